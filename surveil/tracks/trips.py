"""Trips: where a target set out, and where it came to rest.

By speed over ground alone: at rest below ``REST_KN`` for ``REST_S``, under way above ``UNDER_WAY_KN`` for
``UNDER_WAY_S``; between the two, and without a speed, nothing changes. After a gap longer than the track's
``gap_s`` nothing is known any more. A trip whose start was not seen has an unknown origin; what was first heard
already under way says at most near which place that was.
"""

from __future__ import annotations

import numpy as np

from surveil.areas import Areas
from surveil.kernels.trips import AT_REST, UNDER_WAY, rest_and_way
from surveil.schema import CLASS_ATON, CLASS_BASE, CLASS_CONTACT, CLASS_DEVICE, CLASS_NAMES, CLASS_SAR_AIRCRAFT
from surveil.tracks.events import APPEARED, ARRIVED, DEPARTED, TrackEvent
from surveil.tracks.table import TrackTable

REST_KN, REST_S = 0.5, 300
UNDER_WAY_KN, UNDER_WAY_S = 2.0, 60
"""Below the first a moored ship's GNSS wanders, above the second no ship at anchor swings (assumed)."""
PLACES = ("port", "harbour", "beach")
NEAR_M = 1500.0
"""A place is where a trip starts or ends if it is so near, beyond the accuracy of its own position (assumed)."""
_IS_VESSEL = np.ones(len(CLASS_NAMES), bool)
_IS_VESSEL[[CLASS_BASE, CLASS_ATON, CLASS_DEVICE, CLASS_SAR_AIRCRAFT, CLASS_CONTACT]] = False

_DTYPES = {
    "mode": "u1", "leaning": "u1", "since_ms": "i8", "lon": "f8", "lat": "f8", "heard_ms": "i8", "origin": "i4",
    "left_ms": "i8",
}  # fmt: skip
"""By slot: the mode and the one it leans to, since when and from where; last report used; where the trip began
(index of ``areas.places``, -1 unknown) and when."""
_INITIAL = {"origin": -1}
_FIRST_CAPACITY = 256


class Trips:
    """Departures and arrivals, decided at ticks."""

    kinds = (DEPARTED, APPEARED, ARRIVED)

    def __init__(self, areas: Areas):
        self.areas = areas
        self._n = 0
        self.s = {name: np.full(_FIRST_CAPACITY, _INITIAL.get(name, 0), dtype) for name, dtype in _DTYPES.items()}

    def tick(self, t_ms: int, table: TrackTable) -> list[TrackEvent]:
        """Look at every target heard since the last tick."""
        self._grow(table.n)
        known = slice(table.n)
        a, remembered = table.arrays, [self.s[name][known] for name in _DTYPES]
        due = rest_and_way(
            (a.reports[known] > 0) & _IS_VESSEL[a.ais_class[known]], a.last_ms[known], a.lon[known], a.lat[known],
            a.sog_kn[known], table.config.gap_s * 1000, REST_KN, REST_S * 1000, UNDER_WAY_KN, UNDER_WAY_S * 1000,
            *remembered,
        )  # fmt: skip
        events = [self._change(k, t_ms, int(a.mmsi[k])) for k in due.tolist()]
        return [event for event in events if event is not None]

    def _grow(self, needed: int) -> None:
        self._n = max(self._n, needed)
        extra = self._n - len(self.s["mode"])
        if extra > 0:
            extra = max(extra, len(self.s["mode"]))
            for name, dtype in _DTYPES.items():
                self.s[name] = np.concatenate([self.s[name], np.full(extra, _INITIAL.get(name, 0), dtype)])

    def _change(self, slot: int, t_ms: int, mmsi: int) -> TrackEvent | None:
        """Enter the mode a target leans to; what that says."""
        s = self.s
        before, s["mode"][slot] = int(s["mode"][slot]), s["leaning"][slot]
        since_ms, lon, lat = int(s["since_ms"][slot]), float(s["lon"][slot]), float(s["lat"][slot])
        place, place_m = self._place(lon, lat)
        facts = {"place": self._id(place), "place_m": place_m}
        if s["mode"][slot] == UNDER_WAY:
            s["origin"][slot], s["left_ms"][slot] = (place, since_ms) if before == AT_REST else (-1, 0)
            if before == AT_REST:
                sentence = f"{mmsi} set out from {self._name(place)}"
                return TrackEvent(since_ms, t_ms, DEPARTED, mmsi, lon, lat, sentence, facts)
            if place < 0:
                return None
            sentence = (
                f"{mmsi} was first heard under way, {place_m:.0f} m from {self._name(place)}; its origin is unknown"
            )
            return TrackEvent(since_ms, t_ms, APPEARED, mmsi, lon, lat, sentence, facts)
        if before != UNDER_WAY:
            return None
        origin, left_ms = int(s["origin"][slot]), int(s["left_ms"][slot])
        s["origin"][slot], s["left_ms"][slot] = -1, 0
        facts |= {"origin": self._id(origin) if left_ms else "not seen", "left_ms": left_ms or None}
        came = f"from {self._name(origin)}" if left_ms else "from where was not seen"
        sentence = f"{mmsi} came to rest at {self._name(place)}, {came}"
        return TrackEvent(since_ms, t_ms, ARRIVED, mmsi, lon, lat, sentence, facts)

    def _place(self, lon: float, lat: float) -> tuple[int, float | None]:
        """The port, harbour or beach a position is at, -1 if none is near enough or the coast is not known here."""
        found, metres = self.areas.nearest(PLACES, lon, lat)
        if found[0] < 0 or not metres[0] <= NEAR_M + self.areas.places[found[0]].accuracy_m:
            return -1, None
        return int(found[0]), round(float(metres[0]))

    def _id(self, place: int) -> str:
        return self.areas.places[place].id if place >= 0 else "unknown"

    def _name(self, place: int) -> str:
        return self.areas.places[place].name if place >= 0 else "an unknown place"

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        return {name: column[: self._n].copy() for name, column in self.s.items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.s = {name: arrays[name].copy() for name in _DTYPES}
        self._n = len(self.s["mode"])
