"""Which small craft set out from a beach: kept from the track events, for the rules that ask."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from surveil.geo.features import Feature
from surveil.tracks.events import APPEARED, ARRIVED, DEPARTED, TrackEvent
from surveil.tracks.view import View

LISTENED_MS = 360_000
"""A craft is first heard somewhere only if others had been heard for so long: twice the longest interval between
reports, 3 min (M.1371-6). Before that it may have been there all along."""


@dataclass
class Origin:
    """Where and when a craft set out, or was first heard under way; id of the beach."""

    beach: str
    t_ms: int
    lon: float
    lat: float
    seen: bool


class Origins:
    """Craft that left a beach within ``keep_s``, by MMSI; one that comes to rest, or sets out again, is forgotten."""

    def __init__(self, keep_s: float):
        self.keep_ms = int(keep_s * 1000)
        self.by_mmsi: dict[int, Origin] = {}
        self._places: dict[str, Feature] | None = None

    def take(self, events: list[TrackEvent]) -> None:
        """Learn of departures and arrivals."""
        for event in events:
            if event.kind in (DEPARTED, APPEARED, ARRIVED):
                self.by_mmsi.pop(event.mmsi, None)
            if event.kind in (DEPARTED, APPEARED) and event.facts["place"] != "unknown":
                place, seen = str(event.facts["place"]), event.kind == DEPARTED
                self.by_mmsi[event.mmsi] = Origin(place, event.t_ms, event.lon, event.lat, seen)

    def rows(self, view: View) -> list[tuple[int, Origin, Feature]]:
        """(row, origin, beach) of those that left a beach and are in the view, in the order of MMSI.

        One that was first heard as the watch began, see LISTENED_MS, is not among them.
        """
        if not self.by_mmsi:
            return []
        if self._places is None:
            self._places = {place.id: place for place in view.areas.places if place.kind == "beach"}
        heard_ms = int(view.table.arrays.first_ms[: view.table.n].min(initial=view.t_ms)) + LISTENED_MS
        self.by_mmsi = {
            mmsi: origin
            for mmsi, origin in self.by_mmsi.items()
            if view.t_ms - origin.t_ms <= self.keep_ms
            and origin.beach in self._places
            and (origin.seen or origin.t_ms >= heard_ms)
        }
        slots = view.table.slots(np.fromiter(self.by_mmsi, np.int32, len(self.by_mmsi)))
        rows = np.minimum(np.searchsorted(view.slots, slots), max(len(view) - 1, 0))
        rows = rows[view.slots[rows] == slots] if len(view) else rows[:0]
        found = sorted(zip(view.mmsi[rows].tolist(), rows.tolist(), strict=True))
        origins = ((row, self.by_mmsi[mmsi]) for mmsi, row in found)
        return [(row, origin, self._places[origin.beach]) for row, origin in origins]

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        kept = json.dumps([[mmsi, asdict(origin)] for mmsi, origin in self.by_mmsi.items()])
        return {"origins": np.frombuffer(kept.encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.by_mmsi = {mmsi: Origin(**origin) for mmsi, origin in json.loads(arrays["origins"].tobytes())}
