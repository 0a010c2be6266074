"""What a stream holds, told from its first bytes and not from its name."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from surveil.decode.syntax import parse_line
from surveil.sources import dialects, jsonfiles

HEAD = 1 << 16
AIVDM = "aivdm"
RAW_LOG = "raw log"
"""Of a watch: a folder, see :mod:`surveil.live.rawlog`."""
SUPPORTED = "AIVDM/AIVDO logs, " + ", ".join(d.title for d in (*dialects.DIALECTS, *jsonfiles.FORMS))
_PACKED = {
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x9d": "compress (.Z) data",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF",
}
_UNPRINTABLE_SHARE = 0.1
"""Assumed: more unprintable bytes than this is not text."""


@dataclass(frozen=True)
class Format:
    """``name`` is ``"aivdm"`` or a CSV dialect's, or ``""`` with the reason in ``fault``.

    ``broken`` says that it is meant to be read here and cannot be, so that a folder with it is at fault too; ``head``
    is given where it may be a file of plots instead.
    """

    name: str = ""
    fault: str = ""
    broken: bool = False
    head: bytes = b""


def may_be_plots(found: Format, head: bytes) -> bool:
    """Whether a file should be tried as one of plots: it is nothing else, or speaks of a radar's targets."""
    return bool(found.fault) or (found.name == AIVDM and b"VDM" not in head and b"VDO" not in head)


def recognise(head: bytes) -> Format:
    """The format of a stream from its first HEAD bytes."""
    if not head:
        return Format(fault="empty file")
    lines = head.splitlines()
    if len(head) >= HEAD and len(lines) > 1:
        lines.pop()
    if _speaks_nmea(lines):
        return Format(AIVDM)
    if name := jsonfiles.recognise(head):
        return Format(name)
    return _binary(head) or _table(lines) or _text(lines)


def _speaks_nmea(lines: list[bytes]) -> bool:
    """A sound AIS sentence anywhere, or NMEA on most lines."""
    parsed = [parse_line(line) for line in lines]
    if any(p.sentences for p in parsed):
        return True
    filled = [line for line in lines if line.strip() and not line.startswith(b"#")]
    nmea = sum(line[:1] in (b"$", b"!", b"\\") for line in filled)
    return nmea > len(filled) / 2


def _binary(head: bytes) -> Format | None:
    packed = next((what for magic, what in _PACKED.items() if head.startswith(magic)), None)
    if packed is None and head[257:262] == b"ustar":
        packed = "a tar archive"
    if packed is not None:
        return _unknown(packed)
    odd = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return _unknown("binary data") if odd > _UNPRINTABLE_SHARE * len(head) else None


def _table(lines: list[bytes]) -> Format | None:
    dialect, missing, other = dialects.guess(header_of(lines[0]))
    if missing:
        return Format(fault=f"looks like {dialect.title}, but has no column {missing[0]!r}", broken=True)
    if dialect is not None:
        return Format(dialect.name)
    return _unknown(other) if other and b"{" not in lines[0] else None


def header_of(line: bytes) -> list[str]:
    """Names in the header line of a CSV table."""
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return next(csv.reader([text.replace("\0", "")]), [])


def _text(lines: list[bytes]) -> Format:
    filled = [line.strip() for line in lines if line.strip()]
    if not filled:
        return Format(fault="holds nothing but blank lines")
    if filled[0][:1] in (b"{", b"["):
        return _unknown("JSON")
    if any(line.startswith(b"|--") or line.startswith((b"# ", b"## ")) for line in filled):
        return _unknown("Markdown or commented text without AIS")
    return _unknown(f"text that begins {filled[0][:40].decode('ascii', 'backslashreplace')!r}")


def _unknown(what: str) -> Format:
    return Format(fault=f"looks like {what}; surveil reads {SUPPORTED}")
