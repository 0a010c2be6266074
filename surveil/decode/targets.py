"""Targets that a radar tells in NMEA sentences: TTM (tracked target) and TLL (target latitude and longitude).

IEC 61162-1:2016 8.3.101 and 8.3.98 (numbers of clauses recalled):

``$--TTM,number,distance,bearing,T/R,speed,course,T/R,CPA,TCPA,K/N/S,name,L/Q/T,reference,hhmmss.ss,A/M/R``
``$--TLL,number,ddmm.mm,N/S,dddmm.mm,E/W,name,hhmmss.ss,L/Q/T,reference``
"""

from __future__ import annotations

import re

import numpy as np

from surveil.decode.lines import LineSplitter
from surveil.decode.syntax import checksum, parse_tag
from surveil.ledger import Ledger
from surveil.schema import MISSING_SENSOR, MISSING_TRACK, Plots

_SENTENCE = re.compile(rb"\$([A-Z]{2})(TTM|TLL),([^*$!]*)\*([0-9A-Fa-f]{2})")
_LOOKS_LIKE = re.compile(rb"\$..T(?:TM|LL),")
DISTANCE_M = {b"N": 1852.0, b"K": 1000.0, b"S": 1609.344}
"""Nautical miles, kilometres, statute miles; speeds go by the same letter, an hour each."""
DAY_MS = 86_400_000
_EMPTY = {"range_m": np.nan, "bearing_deg": np.nan, "lon": np.nan, "lat": np.nan, "sog_kn": np.nan, "cog_deg": np.nan}


class TargetDecoder:
    """Decodes one feed of lines in pieces of any size.

    Parameters
    ----------
    ledger, source : where to account, and under which index rows travel. A line counts as one of the ledger's.
    sensors : index of the sensor by the station of the tag block, or by the talker where there is none.
    near_ms : a time within 12 h of the first line, for sentences that carry the time of day only.
    """

    def __init__(self, ledger: Ledger, source: int, sensors: dict[bytes, int], near_ms: int):
        self.ledger, self.source, self.sensors = ledger, source, sensors
        self._last_ms, self._received_ms, self._splitter = near_ms, None, LineSplitter()

    @property
    def _count(self):
        return self.ledger[self.source]

    def hear(self, t_ms: int) -> None:
        """What is fed from now on was received then: the time of sentences that have none, and near the others'."""
        self._last_ms = self._received_ms = t_ms

    def state(self) -> dict:
        """What feeding so far has left behind, as JSON can carry it; the ledger is kept apart."""
        return {"last_ms": self._last_ms, "received_ms": self._received_ms, "lines": self._splitter.state()}

    def restore(self, state: dict) -> None:
        """Inverse of :meth:`state`."""
        self._last_ms, self._received_ms = state["last_ms"], state["received_ms"]
        self._splitter.restore(state["lines"])

    def feed(self, data: bytes) -> Plots:
        return self._decode(self._splitter.feed(data))

    def close(self) -> Plots:
        return self._decode(self._splitter.close())

    def _decode(self, lines: list[bytes]) -> Plots:
        rows = []
        for line in lines:
            self._count.lines_read += 1
            row = self._line(line)
            if isinstance(row, dict):
                rows.append(row)
                self._count.decoded += 1
            elif row:
                self.ledger.refuse(self.source, self._count.lines_read, row, line)
            else:
                self._count.not_ais += 1
        if not rows:
            return Plots.empty()
        return Plots.build(**{name: [row[name] for row in rows] for name in rows[0]})

    def _line(self, line: bytes) -> dict | str:
        """A row, or why there is none; an empty reason where the line is something else."""
        found = _SENTENCE.search(line)
        if found is None:
            return "malformed sentence" if _LOOKS_LIKE.search(line) else ""
        talker, kind, body, given = found.groups()
        if checksum(line[found.start() + 1 : found.start(4) - 1]) != int(given, 16):
            return "bad checksum"
        tag = parse_tag(line[1 : line.index(b"\\", 1)]) if line[:1] == b"\\" and b"\\" in line[1:] else None
        try:
            values, clock, status = (_ttm if kind == b"TTM" else _tll)(body.split(b","))
        except (ValueError, IndexError, KeyError):
            return "malformed sentence"
        if isinstance(values, str):
            return values
        if status == b"L":
            return "target lost"
        t_ms = self._time(clock, None if tag is None else tag.t_ms)
        if t_ms is None:
            return "no time"
        self._count.types[kind.decode()] += 1
        station = tag.station if tag is not None and tag.station else talker
        sensor = self.sensors.get(station, MISSING_SENSOR)
        if sensor == MISSING_SENSOR:
            self._count.warnings[f"{station.decode('ascii', 'replace')} is no sensor of the settings"] += 1
        return {
            "t_ms": t_ms,
            "source": self.source,
            "seq": self._count.lines_read,
            "sensor": sensor,
            **_EMPTY,
            **values,
        }

    def _time(self, clock: bytes, stamped_ms: int | None) -> int | None:
        """The sentence's own time of day, on the day of the stamp or of the line before; else the stamp."""
        stamped_ms = self._received_ms if stamped_ms is None else stamped_ms
        near_ms = self._last_ms if stamped_ms is None else stamped_ms
        if clock:
            of_day = round(1000 * (int(clock[:2]) * 3600 + int(clock[2:4]) * 60 + float(clock[4:])))
            near_ms += (of_day - near_ms + DAY_MS // 2) % DAY_MS - DAY_MS // 2
        elif stamped_ms is None:
            return None
        self._last_ms = near_ms
        return near_ms


def _float(text: bytes) -> float:
    return float(text) if text else np.nan


def _ttm(fields: list[bytes]):
    """(columns or why refused, clock, status)."""
    number, distance, bearing, bearing_from, speed, course, course_from, _, _, units, name, status, _, clock = fields[
        :14
    ]
    if bearing_from != b"T":
        return "bearing from a ship's head, which is not known here", clock, status
    unit_m = DISTANCE_M[units]
    return {
        "range_m": float(distance) * unit_m,
        "bearing_deg": float(bearing) % 360,
        "sog_kn": _float(speed) * unit_m / 1852,
        "cog_deg": _float(course) if course_from == b"T" else np.nan,
        "track": int(number) if number else MISSING_TRACK,
        "label": name[:24],
    }, clock, status  # fmt: skip


def _tll(fields: list[bytes]):
    number, lat, north, lon, east, name, clock, status = fields[:8]
    return {
        "lat": _degrees(lat, 2) * {b"N": 1, b"S": -1}[north],
        "lon": _degrees(lon, 3) * {b"E": 1, b"W": -1}[east],
        "track": int(number) if number else MISSING_TRACK,
        "label": name[:24],
    }, clock, status  # fmt: skip


def _degrees(text: bytes, whole: int) -> float:
    degrees = int(text[:whole]) + float(text[whole:]) / 60
    if degrees > (90 if whole == 2 else 180):
        raise ValueError
    return degrees


def clock_text(t_ms: int) -> str:
    """hhmmss.ss of a time, rounded down."""
    s, ms = divmod(t_ms % DAY_MS, 1000)
    return f"{s // 3600:02d}{s // 60 % 60:02d}{s % 60:02d}.{ms // 10:02d}"


def ttm(number: int, range_m: float, bearing_deg: float, t_ms: int, name: str = "", talker: str = "RA") -> bytes:
    """A TTM sentence of a place seen, without speed and course: ``$RATTM,07,4.300,121.25,T,,,T,,,N,...``."""
    body = (
        f"{talker}TTM,{number:02d},{range_m / 1852:.4f},{bearing_deg:.2f},T,,,T,,,N,{name},T,,{clock_text(t_ms)},A"
    ).encode()
    return b"$%b*%02X" % (body, checksum(body))


def tll(number: int, lon: float, lat: float, t_ms: int, name: str = "", talker: str = "RA") -> bytes:
    """A TLL sentence of a place."""
    parts = []
    for value, width, (plus, minus) in ((lat, 2, "NS"), (lon, 3, "EW")):
        minutes = round(abs(value) * 60, 4)
        parts += [f"{int(minutes // 60):0{width}d}{minutes % 60:07.4f}", plus if value >= 0 else minus]
    body = f"{talker}TLL,{number:02d},{','.join(parts)},{name},{clock_text(t_ms)},T,".encode()
    return b"$%b*%02X" % (body, checksum(body))
