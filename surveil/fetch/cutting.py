"""An archive's CSV cut to an area as it streams by: line after line, in bounded memory."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from surveil.decode.lines import LineSplitter
from surveil.errors import InputError
from surveil.sources import dialects
from surveil.sources.recognise import header_of

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; west > east crosses the antimeridian."""


@dataclass
class Counts:
    """Rows read = within + outside + without_place + unreadable; all but those outside are written."""

    rows: int = 0
    within: int = 0
    outside: int = 0
    without_place: int = 0
    unreadable: int = 0


def cut_csv(chunks: Iterable[bytes], box: Box, out: BinaryIO, source: str) -> Counts:
    """Write the header, the rows within a box, and those whose place is missing or unreadable, as they stand.

    A row without a place may be the only one to name its vessel, and what cannot be read is for replay to refuse.

    Raises
    ------
    InputError : not a CSV archive that surveil reads.
    """
    splitter, counts, places = LineSplitter(), Counts(), None
    for lines in _lines(chunks, splitter):
        if places is None:
            places = _places(lines[0], source)
            out.write(lines.pop(0) + b"\n")
        if kept := _wanted(lines, places, box, counts):
            out.write(b"\n".join(kept) + b"\n")
    if places is None:
        raise InputError("holds no line", source=source)
    return counts


def _lines(chunks: Iterable[bytes], splitter: LineSplitter) -> Iterator[list[bytes]]:
    """Lines that are not blank, some at a time, never none."""
    for feed in itertools.chain((partial(splitter.feed, chunk) for chunk in chunks), [splitter.close]):
        if lines := [line for line in feed() if line.strip()]:
            yield lines


def _places(header: bytes, source: str) -> tuple[int, int]:
    """Columns of longitude and latitude."""
    dialect, missing, _ = dialects.guess(header_of(header))
    if dialect is None or missing:
        shown = header[:60].decode("ascii", "backslashreplace")
        raise InputError(f"is no CSV archive that surveil reads: it begins {shown!r}", source=source, line=1)
    found = dialect.find(header_of(header))
    return found["lon"], found["lat"]


def _wanted(lines: list[bytes], places: tuple[int, int], box: Box, counts: Counts) -> list[bytes]:
    """The rows to write."""
    west, south, east, north = box
    crosses = west > east
    at_lon, at_lat, n = *places, max(places) + 1
    kept = []
    for line in lines:
        try:
            fields = line.split(b",", n) if b'"' not in line else next(csv.reader([line.decode("latin-1")]))
            lon, lat = float(fields[at_lon]), float(fields[at_lat])
        except (ValueError, IndexError):
            _count_placeless(line, places, counts)
        else:
            across = (lon >= west or lon <= east) if crosses else west <= lon <= east
            if across and south <= lat <= north:
                counts.within += 1
            elif -180 <= lon <= 180 and -90 <= lat <= 90:
                counts.outside += 1
                continue
            else:
                counts.without_place += 1  # 181 and 91 say that there is none, M.1371-5 table 48
        kept.append(line)
    counts.rows += len(lines)
    return kept


def _count_placeless(line: bytes, places: tuple[int, int], counts: Counts) -> None:
    fields = header_of(line)
    if len(fields) > max(places) and not all(fields[at].strip() for at in places):
        counts.without_place += 1
    else:
        counts.unreadable += 1
