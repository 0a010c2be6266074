"""One file from the web: gone on with where it broke off, its size and hash checked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from surveil.errors import InputError, StoreError
from surveil.fetch.web import BrokenOff, Patience, Unsatisfiable, answered, content_range, length, validator
from surveil.files import replace_file

CHUNK = 1 << 20

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class About:
    """What a server said of a file. ``digests``: hash name to hex; ``validator``: see :func:`web.validator`."""

    url: str
    size: int | None = None
    validator: str = ""
    digests: dict[str, str] = field(default_factory=dict)


def download(
    url: str,
    path: Path,
    *,
    sha256: str = "",
    patience: Patience = Patience(),
    progress: Progress = lambda got, size: None,
) -> str:
    """Bring a file to ``path``; returns its SHA-256. What a broken attempt left in ``path.part`` is used.

    Parameters
    ----------
    sha256 : the hash it must have, hex; what the server says of it (Repr-Digest, Content-MD5) is checked too.
    progress : told of bytes there and bytes in all, None where the server does not say.

    Raises
    ------
    MissingError : no such file there.
    InputError : no network, a break that more tries did not mend, a wrong size or hash.
    StoreError : it cannot be written.
    """
    part = Path(f"{path}.part")

    def kept_bytes() -> str:
        got = part.stat().st_size if _known(url, part) else 0
        return f"; {got:,} bytes are kept, and the same command goes on from there" if got else ""

    about = patience.persist(url, lambda: _attempt(url, part, patience.timeout_s, progress), kept_bytes)
    found = _check(part, about, sha256.lower())
    receipt = {"url": url, "size": part.stat().st_size, "sha256": found}
    store(path, lambda: os.replace(part, path))
    store(path, lambda: replace_file(_receipt(path), json.dumps(receipt).encode()))
    _notes(part).unlink(missing_ok=True)
    return found


def kept(path: Path, urls: list[str], sha256: str = "") -> str | None:
    """The address of a file downloaded earlier from one of these, if it is still as it was."""
    try:
        note = json.loads(_receipt(path).read_text("utf-8"))
        same = note["url"] in urls and digest(path, "sha256") == note["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return note["url"] if same and sha256.lower() in ("", note["sha256"]) else None


def digest(path: Path, name: str) -> str:
    """Hex hash of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, name).hexdigest()


def store(path: Path, action: Callable):
    """Do something to a file here; an OSError becomes a StoreError, so that none is taken for the network's."""
    try:
        return action()
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(path)) from None


def _receipt(path: Path) -> Path:
    """Where address, size and hash of a whole file are noted."""
    return Path(f"{path}.json")


def _notes(part: Path) -> Path:
    """Where it is noted what the server said of a file that is not whole yet."""
    return Path(f"{part}.json")


def _known(url: str, part: Path) -> About | None:
    """What was said of a partial file when it was begun, if it can be gone on with."""
    try:
        about = About(**json.loads(_notes(part).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return about if about.url == url and about.validator and part.exists() else None


def _attempt(url: str, part: Path, timeout_s: float, progress: Progress) -> About:
    """One request, from where the part ends; the whole size or BrokenOff."""
    known = _known(url, part)
    start = part.stat().st_size if known else 0
    if known and known.size == start:
        return known
    headers = {"Range": f"bytes={start}-", "If-Range": known.validator} if start else {}
    try:
        with answered(url, headers, timeout_s) as answer:
            about, start = _begin(url, part, answer, known, start)
            got = _receive(answer, part, start, about.size, progress)
    except Unsatisfiable:
        part.unlink(missing_ok=True)
        raise
    if about.size is not None and got != about.size:
        raise BrokenOff(f"cut off after {got:,} of {about.size:,} bytes")
    return about


def _begin(url: str, part: Path, answer, known: About | None, start: int) -> tuple[About, int]:
    """What is known of the file now, and from where on its bytes come: from 0 where a server ignores Range."""
    if answer.status == 206:
        if known and content_range(answer) == (start, known.size):
            return known, start
        part.unlink(missing_ok=True)
        raise BrokenOff("the server sent another part than asked for")
    about = About(url, length(answer.headers), validator(answer.headers), _digests(answer.headers))
    store(part, lambda: replace_file(_notes(part), json.dumps(asdict(about)).encode()))
    return about, 0


def _digests(headers) -> dict[str, str]:
    """Hashes a server states: Repr-Digest (RFC 9530), Digest (RFC 3230), Content-MD5 (RFC 1864)."""
    stated = ", ".join(headers.get(name, "") for name in ("Repr-Digest", "Digest"))
    sha = re.search(r"sha-256=:?([A-Za-z0-9+/=]+)", stated, re.IGNORECASE)
    coded = {"sha256": (sha[1] if sha else "", 32), "md5": (headers.get("Content-MD5", ""), 16)}
    found = {}
    for name, (code, size) in coded.items():
        try:
            raw = base64.b64decode(code, validate=True)
        except binascii.Error:
            continue
        if len(raw) == size:
            found[name] = raw.hex()
    return found


def _receive(answer, part: Path, start: int, size: int | None, progress: Progress) -> int:
    with store(part, lambda: open(part, "ab" if start else "wb")) as file:
        got = start
        while chunk := answer.read(CHUNK):
            store(part, lambda chunk=chunk: file.write(chunk))
            got += len(chunk)
            progress(got, size)
        store(part, file.flush)
    return got


def _check(part: Path, about: About, sha256: str) -> str:
    """SHA-256 of a whole download; a wrong one is deleted, so that the next try starts anew."""
    found = digest(part, "sha256")
    for name, said in [*({"sha256": sha256} if sha256 else {}).items(), *about.digests.items()]:
        has = found if name == "sha256" else digest(part, name)
        if has != said:
            part.unlink()
            _notes(part).unlink(missing_ok=True)
            raise InputError(f"its {name} is {has}, not {said}: damaged, or another file; deleted", source=about.url)
    return found
