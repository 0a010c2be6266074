"""The fast way from CSV to batches: rows, counts and reasons are those of :mod:`surveil.sources.csvfiles`.

A kernel reads the plain rows. A row that is not plain goes to the parent class, and so does one that says something new
of its vessel. What lasts from call to call is kept where the parent keeps it, so that a saved state fits both.
"""

from __future__ import annotations

import numpy as np

from surveil.decode.lines import MAX_LINE
from surveil.decode.times import AIS_BEGAN_MS
from surveil.kernels import csvrows as kernel
from surveil.schema import CLASS_UNKNOWN, MISSING_STATUS, Batch, Positions
from surveil.sources.csvfiles import CsvDecoder
from surveil.sources.dialects import DAY_FIRST_TIME, ISO_TIME, NAV_STATUS, STATION_CLASS
from surveil.sources.rows import position_rows

_FORMS = {ISO_TIME: kernel.YEAR_FIRST, DAY_FIRST_TIME: kernel.DAY_FIRST}
_ROLES = {
    "time": kernel.TIME, "mmsi": kernel.MMSI, "lat": kernel.LAT, "lon": kernel.LON, "sog": kernel.SOG,
    "cog": kernel.COG, "heading": kernel.HEADING, "status": kernel.STATUS, "station": kernel.STATION,
}  # fmt: skip
_NO_WORD = ("", "unknown", "undefined", "unknown value")
SMALL_BYTES = 4096
"""A shorter chunk costs less in the parent."""
_LEAST_PLACES = 1 << 14


def _coded() -> tuple[np.ndarray, np.ndarray]:
    """Sorted hashes of the words that tables have for status and station, and their codes."""
    status = {**NAV_STATUS, **dict.fromkeys(_NO_WORD, MISSING_STATUS)}
    status |= {text: n for n in range(16) for text in (str(n), f"{n}.0")}
    station = {**STATION_CLASS, **dict.fromkeys(_NO_WORD, CLASS_UNKNOWN)}
    found = {}
    for role, words in ((kernel.STATUS, status), (kernel.STATION, station)):
        for word, code in words.items():
            text = np.frombuffer(word.encode() or b" ", np.uint8)
            found[int(kernel.fnv(text, 0, len(word), np.uint64(role)))] = code
    ordered = sorted(found.items())
    return np.array([h for h, _ in ordered], np.uint64), np.array([code for _, code in ordered], np.int64)


class FastCsvDecoder(CsvDecoder):
    """A :class:`CsvDecoder` for speed; the same parameters, methods, rows and account."""

    def __init__(self, *args, **how):
        super().__init__(*args, **how)
        self._seen_mmsi, self._seen_said = np.zeros(0, np.int32), np.zeros(0, np.uint64)
        self._vessels = 0
        self._out = _Out(0)

    def feed(self, chunk: bytes) -> Batch:
        if self._header is None or not self._is_fast(chunk):
            first = chunk.find(b"\n") + 1
            if self._header is None and 0 < first < len(chunk):
                return _together(super().feed(chunk[:first]), self.feed(chunk[first:]))
            return self._slow(chunk)
        whole, tail = self._cut(chunk)
        if b"\r" in tail or not whole:
            return self._slow(chunk)
        read = self._read(np.frombuffer(whole, np.uint8), whole.count(b"\n"))
        if read < 0:
            return self._slow(chunk)
        self._splitter.partial = tail[:MAX_LINE]
        return self._collect(whole, read)

    def _is_fast(self, chunk: bytes) -> bool:
        known = self.dialect.time_form in _FORMS and "msg_type" not in self._places
        return known and len(chunk) >= SMALL_BYTES and not self._splitter.after_cr

    def _slow(self, chunk: bytes) -> Batch:
        self._seen_mmsi[:] = 0
        return super().feed(chunk)

    def _cut(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Whole lines, and the beginning of the next."""
        end = chunk.rfind(b"\n") + 1
        return self._splitter.partial + chunk[:end] if end else b"", chunk[end:]

    def _set_header(self, header: list[str]) -> None:
        super()._set_header(header)
        used = {at: name for name, at in self._places.items()}
        self._roles = np.array(
            [_ROLES.get(used[at], kernel.STATIC) if at in used else kernel.SKIP for at in range(len(header))], np.int64
        )
        self._words, self._codes = _coded()

    def _read(self, buf: np.ndarray, lines: int) -> int:
        """Let the kernel read whole lines; how many there are, -1 if it can't tell."""
        if self._out.lines < lines:
            self._out = _Out(lines)
        if 2 * (self._vessels + lines) > len(self._seen_mmsi):
            places = max(_LEAST_PLACES, 1 << int(4 * (self._vessels + lines)).bit_length())
            self._seen_mmsi, self._seen_said = np.zeros(places, np.int32), np.zeros(places, np.uint64)
        latest = self.options.not_after_ms
        span = np.array([AIS_BEGAN_MS, np.iinfo(np.int64).max if latest is None else latest])
        out = self._out
        out.numbers[:], out.whole[:, 2:] = np.nan, (MISSING_STATUS, CLASS_UNKNOWN)
        read = kernel.read_rows(
            buf, self._roles, _FORMS[self.dialect.time_form], span, self._words, self._codes, self._seen_mmsi,
            self._seen_said, out.line_end, out.plain, out.whole, out.numbers,
        )  # fmt: skip
        self._vessels = int(np.count_nonzero(self._seen_mmsi))
        return read

    def _collect(self, data: bytes, lines: int) -> Batch:
        """Rows that were read, and those of the other lines by the parent, in the order of the lines."""
        out, first_number = self._out, self.count.lines_read + 1
        plain = out.plain[:lines]
        lengths = np.diff(out.line_end[:lines], prepend=-1) - 1
        plain &= lengths <= MAX_LINE
        starts = np.r_[0, out.line_end[: lines - 1] + 1]
        rest = np.flatnonzero(~plain)
        self.count.lines_read += lines
        texts = [
            data[a:b].removeprefix(b"\n")[:MAX_LINE] for a, b in zip(starts[rest], out.line_end[rest], strict=True)
        ]
        odd = self._lines(list(zip((rest + first_number).tolist(), texts, strict=True)))
        done = np.flatnonzero(plain)
        if not len(done):
            return odd
        self.count.decoded += len(done)
        self.count.times["column"] += len(done)
        positions = position_rows(out.values(done), done + first_number, self.source)
        if not len(odd):
            return Batch.build(positions)
        both = Positions.concat([positions, odd.positions])
        return Batch.build(both.take(np.argsort(both.seq, kind="stable")), odd.statics)


class _Out:
    """Where the kernel puts what it reads of so many lines."""

    def __init__(self, lines: int):
        self.lines = lines
        self.line_end, self.plain = np.empty(lines, np.int64), np.empty(lines, np.bool_)
        self.whole, self.numbers = np.empty((lines, 4), np.int64), np.empty((lines, 5))

    def values(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of some rows by our names for them."""
        whole, numbers = self.whole[rows].T.copy(), self.numbers[rows].T.copy()
        return dict(zip(("t_ms", "mmsi", "status", "station"), whole, strict=True)) | dict(
            zip(("lat", "lon", "sog", "cog", "heading"), numbers, strict=True)
        )


def _together(a: Batch, b: Batch) -> Batch:
    """Two batches of one source, one after the other."""
    return (
        b
        if not len(a)
        else a
        if not len(b)
        else Batch.build(*(type(x).concat([x, y]) for (_, x, _), (_, y, _) in zip(a.parts(), b.parts(), strict=True)))
    )
