"""Writing so that a reader sees the old file or the new one, never half of either."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from surveil.errors import StoreError

MARK = "run.json"
"""A folder that holds this file is an output of ours, and may be replaced by a newer one."""


@contextmanager
def replaced_file(path: Path):
    """A binary file to write to, that takes the place of ``path``, durably, when the block ends well."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _share_as_usual(temporary)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _share_as_usual(path: str) -> None:
    """Give the file the mode an ordinary open would have; mkstemp makes it private."""
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(path, 0o666 & ~mask)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole, durably, in place of an older one."""
    with replaced_file(path) as file:
        file.write(content)


def check_place(path: Path, header: str) -> None:
    """That a file could be written, and takes the place of nothing but an older one that begins with ``header``.

    Raises
    ------
    StoreError : it would be written over something else, or into no folder.
    """
    if not path.resolve().parent.is_dir():
        raise StoreError("its folder does not exist", source=str(path))
    if path.exists() and not (path.is_file() and _begins_with(path, header.encode())):
        raise StoreError("is something else already; give another name", source=str(path))


def _begins_with(path: Path, head: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(head)) == head


def copy_file(original: Path, path: Path) -> None:
    """Copy a file; a reader sees the old one or the new one.

    Raises
    ------
    StoreError : it cannot be written.
    """
    try:
        with original.open("rb") as source, replaced_file(path) as copy:
            shutil.copyfileobj(source, copy)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(path)) from None


@contextmanager
def replaced_folder(path: Path, mark: str = MARK):
    """A folder to write into, that takes the place of ``path`` when the block ends well.

    Parameters
    ----------
    mark : a file by which a folder is known as an earlier output of the same kind.

    Raises
    ------
    StoreError : ``path`` holds something that is not an output of ours, or cannot be written.
    """
    path = Path(path).resolve()  # a link stays a link; "." has a parent
    if path.exists() and not path.is_dir():
        raise StoreError("is a file; give a folder for the output", source=str(path))
    if path.is_dir() and any(path.iterdir()) and not (path / mark).exists():
        raise StoreError(f"holds other files (no {mark}); give a new or an earlier output folder", source=str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.part-"))
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(path)) from None
    try:
        yield work
        work.chmod(0o755)
        _swap(work, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _swap(work: Path, path: Path) -> None:
    if path.exists():
        old = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old-"))
        os.replace(path, old / "was")
        os.replace(work, path)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(work, path)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes as they are stored, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
