"""Fixes that their target's filter refuses, and what they mean: a wild one, a path taken up elsewhere, another hull
under the same MMSI, or, if most ships of an area leap within minutes, interference with GNSS.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from surveil.kernels import tracks as kernel
from surveil.kernels.geodesy import distance_m, distance_m_array
from surveil.schema import CLASS_ATON, CLASS_BASE, Positions
from surveil.tracks.events import CLONE, INTERFERENCE, INTERFERENCE_OVER, JUMP, NEW_PATH, TrackEvent
from surveil.tracks.table import Applied, TrackTable

WINDOW_MS = 600_000
"""Leaps of so long count together, and one is told of after so long, when it is known to be of no area (assumed)."""
NM_M = 1852.0
REACHES_M = (5 * NM_M, 10 * NM_M, 20 * NM_M, 30 * NM_M)
"""Reaches of an area from the ship found last that are tried (assumed: from a device in a car to one on a mast)."""
SHIPS, SHARE = 4, 0.5
"""So many ships, and such a share of those heard there within the window, make interference (assumed)."""
FIXES = 2
"""Fixes of a ship refused, and none that fits between, that count it in (assumed)."""
_IS_OUT_OF_PATH = np.isin(np.arange(2**8), (kernel.IMPLAUSIBLE, kernel.NEW_PATH, kernel.NEW_HULL))


@dataclass
class _Leap:
    """Refused fixes of a slot within the window: when, from where and how far at first, its row, how many; and whether
    it was told of as more than a jump."""

    slot: int
    t_ms: int
    lon: float
    lat: float
    apart_m: float
    source: int
    seq: int
    fixes: int = 1
    told: bool = False


@dataclass
class _Area:
    """Interference that goes on: where it was found, since when, last leap, slots."""

    lon: float
    lat: float
    from_ms: int
    last_ms: int
    slots: list[int]


class Leaps:
    """Bounded by slots and minutes: a slot has one leap that waits, at most."""

    kinds = (CLONE, NEW_PATH, JUMP, INTERFERENCE, INTERFERENCE_OVER)

    def __init__(self):
        self._waiting: dict[int, _Leap] = {}
        self._areas: list[_Area] = []

    def tick(self, tick_ms: int, rows: Positions, applied: Applied, table: TrackTable) -> list[TrackEvent]:
        """Take in rows and what became of them; events that are certain by now."""
        events = []
        for i in np.flatnonzero(_IS_OUT_OF_PATH[applied.outcome]).tolist():
            event = self._row(i, tick_ms, rows, applied, table)
            if event:
                events.append(event)
        return events + self._expire(tick_ms, table)

    def _row(self, i: int, tick_ms: int, rows: Positions, applied: Applied, table: TrackTable) -> TrackEvent | None:
        slot, outcome = int(applied.slot[i]), int(applied.outcome[i])
        if outcome == kernel.IMPLAUSIBLE:
            return self._refused(i, slot, tick_ms, rows, table)
        first = int(table.slots(rows.mmsi[i : i + 1])[0])
        if first in self._waiting:
            self._waiting[first].told = True
        if any(first in area.slots for area in self._areas):
            return None
        return (_cloned if outcome == kernel.NEW_HULL else _moved)(i, first, slot, tick_ms, rows, table)

    def _refused(self, i: int, slot: int, tick_ms: int, rows: Positions, table: TrackTable) -> TrackEvent | None:
        leap = self._waiting.get(slot)
        if leap is None:
            s = table.arrays
            place = float(s.lon[slot]), float(s.lat[slot])
            apart_m = distance_m(*place, float(rows.lon[i]), float(rows.lat[i]))
            leap = _Leap(slot, int(rows.t_ms[i]), *place, apart_m, int(rows.source[i]), int(rows.seq[i]))
            self._waiting[slot] = leap
        else:
            leap.fixes += 1
        if self._joins(leap, int(rows.t_ms[i])):
            del self._waiting[slot]
            return None
        return self._interference(leap, int(rows.t_ms[i]), tick_ms, table)

    def _joins(self, leap: _Leap, t_ms: int) -> bool:
        """Whether a leap is of interference that is known."""
        for area in self._areas:
            if leap.slot in area.slots or distance_m(area.lon, area.lat, leap.lon, leap.lat) <= REACHES_M[-1]:
                area.last_ms = t_ms
                area.slots = sorted({*area.slots, leap.slot})
                return True
        return False

    def _interference(self, leap: _Leap, t_ms: int, tick_ms: int, table: TrackTable) -> TrackEvent | None:
        """An area, if enough others leapt near a leap and fewer reported well since."""
        last_ms = table.arrays.last_ms
        lasting = [w for w in self._waiting.values() if w.fixes >= FIXES and last_ms[w.slot] <= w.t_ms]
        if len(lasting) < SHIPS or leap not in lasting:
            return None
        away_m = {w.slot: distance_m(w.lon, w.lat, leap.lon, leap.lat) for w in lasting}
        for reach_m in REACHES_M:
            slots = sorted(slot for slot, m in away_m.items() if m <= reach_m)
            if len(slots) < SHIPS:
                continue
            times = sorted(self._waiting[slot].t_ms for slot in slots)
            there = len(slots) + _well_since(times[len(times) // 2], leap, reach_m, slots, table)
            if len(slots) >= SHARE * there:
                return self._begin(leap, t_ms, tick_ms, slots, there, reach_m, table)
        return None

    def _begin(self, leap: _Leap, t_ms: int, tick_ms: int, slots, there: int, reach_m: float, table) -> TrackEvent:
        from_ms = min(self._waiting.pop(slot).t_ms for slot in slots)
        self._areas.append(_Area(leap.lon, leap.lat, from_ms, t_ms, slots))
        sentence = (
            f"GNSS interference: positions of {len(slots)} of {there} ships heard within {reach_m / NM_M:.0f} nm leapt "
            f"within {(t_ms - from_ms) / 60_000:.0f} min"
        )
        mmsis = " ".join(str(mmsi) for mmsi in table.arrays.mmsi[slots].tolist())
        facts = {"ships": len(slots), "ships_there": there, "within_m": reach_m, "mmsis": mmsis}
        return TrackEvent(from_ms, tick_ms, INTERFERENCE, 0, leap.lon, leap.lat, sentence, facts)

    def _expire(self, tick_ms: int, table: TrackTable) -> list[TrackEvent]:
        """Leaps that no area explained, and areas where none leaps any more."""
        events = []
        for area in [a for a in self._areas if tick_ms - a.last_ms > WINDOW_MS]:
            self._areas.remove(area)
            sentence = f"GNSS interference of {(area.last_ms - area.from_ms) / 60_000:.0f} min is over"
            facts = {"ships": len(area.slots), "first_ms": area.from_ms}
            events.append(TrackEvent(area.last_ms, tick_ms, INTERFERENCE_OVER, 0, area.lon, area.lat, sentence, facts))
        for leap in [w for w in self._waiting.values() if tick_ms - w.t_ms > WINDOW_MS]:
            del self._waiting[leap.slot]
            if not leap.told:
                events.append(_jump(leap, tick_ms, int(table.arrays.mmsi[leap.slot])))
        return events

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        few = {"waiting": [asdict(w) for w in self._waiting.values()], "areas": [asdict(a) for a in self._areas]}
        return {"few": np.frombuffer(json.dumps(few).encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        few = json.loads(arrays["few"].tobytes())
        self._waiting = {w["slot"]: _Leap(**w) for w in few["waiting"]}
        self._areas = [_Area(**a) for a in few["areas"]]


def _well_since(since_ms: int, leap: _Leap, reach_m: float, slots: list[int], table: TrackTable) -> int:
    """Ships near a leap, other than those, whose reports from a time on fit."""
    s, n = table.arrays, table.n
    well = (s.last_ms[:n] >= since_ms) & ~np.isin(s.ais_class[:n], (CLASS_BASE, CLASS_ATON))
    well[slots] = False
    at = np.flatnonzero(well)
    away_m = distance_m_array(np.full(at.size, leap.lon), np.full(at.size, leap.lat), s.lon[at], s.lat[at])
    return int((away_m <= reach_m).sum())


def _jump(leap: _Leap, tick_ms: int, mmsi: int) -> TrackEvent:
    sentence = (
        f"{mmsi} reported {leap.fixes} position(s) that cannot be its own, the first {leap.apart_m / NM_M:.1f} nm off"
    )
    facts = {"fixes": leap.fixes, "apart_m": round(leap.apart_m, 1), "source": leap.source, "line": leap.seq}
    return TrackEvent(leap.t_ms, tick_ms, JUMP, mmsi, leap.lon, leap.lat, sentence, facts)


def _row(rows: Positions, i: int) -> dict[str, int]:
    return {"source": int(rows.source[i]), "line": int(rows.seq[i])}


def _moved(i: int, first: int, slot: int, tick_ms: int, rows: Positions, table: TrackTable) -> TrackEvent:
    """A path taken up elsewhere, from where it was given up."""
    old = table.paths[slot, 1 - table.hulls["believed"][slot]]
    mmsi, lon, lat = int(rows.mmsi[i]), float(rows.lon[i]), float(rows.lat[i])
    apart_m = distance_m(float(old["lon"]), float(old["lat"]), lon, lat)
    silent_s = (int(rows.t_ms[i]) - int(old["t_ms"])) / 1000.0
    sentence = f"{mmsi} goes on {apart_m / NM_M:.1f} nm from where it was {silent_s:.0f} s ago, which no ship can"
    facts = {
        "apart_m": round(apart_m, 1),
        "silent_s": silent_s,
        "source": int(rows.source[i]),
        "line": int(rows.seq[i]),
    }
    return TrackEvent(int(rows.t_ms[i]), tick_ms, NEW_PATH, mmsi, lon, lat, sentence, facts)


def _cloned(i: int, first: int, slot: int, tick_ms: int, rows: Positions, table: TrackTable) -> TrackEvent:
    """Another hull under an MMSI, which goes on as one of its own."""
    s, number = table.arrays, int(table.hulls["number"][slot]) + 1
    mmsi, lon, lat = int(rows.mmsi[i]), float(rows.lon[i]), float(rows.lat[i])
    apart_m = distance_m(float(s.lon[first]), float(s.lat[first]), lon, lat)
    sentence = (
        f"{mmsi} is sent by {number} hulls at once, {apart_m / NM_M:.1f} nm apart: one goes on as {mmsi}#{number}"
    )
    facts = {"hull": number, "apart_m": round(apart_m, 1)} | _row(rows, i)
    return TrackEvent(int(rows.t_ms[i]), tick_ms, CLONE, mmsi, lon, lat, sentence, facts)
