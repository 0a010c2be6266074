"""Paths to streams of bytes: folders walked, archives opened, compression undone, recognised by content."""

from __future__ import annotations

import bz2
import contextlib
import itertools
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

from surveil.errors import InputError

CHUNK = 1 << 20
_PIECE = 1 << 12
"""Compressed bytes undone at a time: what a fault within one piece spoils is lost."""
_INSIDE = "!"
"""Between the path of a zip and the name of the member in it."""

_STREAMS: dict[str, tuple[bytes, Callable]] = {
    "gzip": (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    "bzip2": (b"BZh", bz2.BZ2Decompressor),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMADecompressor),
    "zstd": (b"\x28\xb5\x2f\xfd", lambda: zstandard.ZstdDecompressor().decompressobj()),
}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGE = (
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    RuntimeError,
)

Report = Callable[[InputError], None]


@dataclass(frozen=True)
class Member:
    """A file, or one member of a zip."""

    path: Path
    inner: str | None = None

    @property
    def name(self) -> str:
        return str(self.path) if self.inner is None else f"{self.path}{_INSIDE}{self.inner}"

    @classmethod
    def from_name(cls, name: str) -> Member:
        """Inverse of :attr:`name`."""
        outer, mark, inner = name.partition(_INSIDE)
        if mark and not Path(name).exists():
            return cls(Path(outer), inner)
        return cls(Path(name))

    @property
    def size_bytes(self) -> int:
        """Size as it is stored; that of a zip's member as it is unpacked."""
        if self.inner is None:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.inner).file_size

    def chunks(self, report: Report, progress: Callable[[int], None] = lambda n: None) -> Iterator[bytes]:
        """The content, decompressed, in pieces of bounded size.

        Trouble on the way goes to ``report`` and ends the stream after the good part. ``progress`` is told of
        every so many bytes read, out of ``size_bytes``.
        """
        return decompress(self._raw(report, progress), self.name, report)

    def compression(self) -> str:
        """``"gzip"`` and so on, ``"zip"``, or ``""``."""
        if self.inner is not None:
            return "zip"
        with open(self.path, "rb") as file:
            return _stream_kind(file.read(8)) or ""

    def _raw(self, report: Report, progress: Callable[[int], None]) -> Iterator[bytes]:
        try:
            with contextlib.ExitStack() as stack:
                if self.inner is None:
                    file = stack.enter_context(open(self.path, "rb"))
                else:
                    archive = stack.enter_context(zipfile.ZipFile(self.path))
                    file = stack.enter_context(archive.open(self.inner))
                while chunk := file.read(CHUNK):
                    progress(len(chunk))
                    yield chunk
        except _DAMAGE as trouble:
            report(InputError(_cause(trouble), source=self.name))


def members(path: Path) -> list[Member]:
    """What a path holds: itself, the members of a zip, or all files below a folder in order of their names.

    Raises
    ------
    InputError : nothing there, not readable, or a zip that is damaged or empty.
    """
    try:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file())
            return [Member(p) for p in files]
        with open(path, "rb") as file:
            magic = file.read(4)
    except OSError as trouble:
        raise InputError(_cause(trouble), source=str(path)) from trouble
    return zip_members(path) if magic in _ZIP else [Member(path)]


def zip_members(path: Path) -> list[Member]:
    """The files within a zip, in its own order."""
    try:
        with zipfile.ZipFile(path) as archive:
            inner = [info.filename for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile as trouble:
        raise InputError(f"damaged or cut-off zip: {trouble}", source=str(path)) from trouble
    if not inner:
        raise InputError("the zip is empty", source=str(path))
    return [Member(path, name) for name in inner]


def members_within(path: Path, report: Report) -> list[Member]:
    """As :func:`members`, with the zips in a folder opened too; trouble with one of them is reported."""
    found = members(path)
    if not path.is_dir():
        return found
    inner = []
    for member in found:
        try:
            inner.extend(members(member.path))
        except InputError as trouble:
            report(trouble)
    return inner


def decompress(chunks: Iterable[bytes], name: str, report: Report) -> Iterator[bytes]:
    """Undo gzip, bzip2, xz or zstd if the first bytes say so; anything else passes through."""
    chunks = iter(chunks)
    first = next(chunks, b"")
    kind = _stream_kind(first)
    if kind is None:
        yield from _pieces(first, chunks, CHUNK)
    else:
        yield from _gather(_inflate(_pieces(first, chunks, _PIECE), kind, name, report))


def _stream_kind(head: bytes) -> str | None:
    return next((kind for kind, (magic, _) in _STREAMS.items() if head.startswith(magic)), None)


def _pieces(first: bytes, chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for chunk in itertools.chain([first], chunks):
        for at in range(0, len(chunk), size):
            yield chunk[at : at + size]


def _inflate(pieces: Iterable[bytes], kind: str, name: str, report: Report) -> Iterator[bytes]:
    """Undo one kind of compression, any number of members one after the other."""
    make = _STREAMS[kind][1]
    stream, ended = make(), False
    for piece in pieces:
        while piece:
            if ended:  # another member, or padding
                piece = piece.lstrip(b"\0")
                stream, ended = make(), not piece
                continue
            try:
                out = stream.decompress(piece)
            except _DAMAGE as trouble:
                report(InputError(f"damaged {kind} data, read up to there: {trouble}", source=name))
                return
            yield out
            ended = stream.eof
            piece = stream.unused_data if ended else b""
    if not ended:
        report(InputError(f"cut off: the {kind} data ends too early; the part before was read", source=name))


def _gather(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Small pieces to chunks, large ones cut."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= CHUNK:
            whole = b"".join(held)
            yield from (whole[at : at + CHUNK] for at in range(0, size, CHUNK))
            held, size = [], 0
    if size:
        yield b"".join(held)


def _cause(trouble: Exception) -> str:
    causes = {
        FileNotFoundError: "no such file or folder",
        PermissionError: "not allowed to read it",
        IsADirectoryError: "is a folder",
    }
    return causes.get(type(trouble), f"cannot be read: {getattr(trouble, 'strerror', None) or trouble}")
