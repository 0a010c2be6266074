"""Rescue craft gather: several come to one spot at sea and stop there, or aircraft and lifeboats work it together.

Condition, for at least `min_s`: `min_units` or more within `near_m` of their middle, off ports and the coast. Units are
search and rescue aircraft, craft of the types search and rescue and law enforcement, and those that geodata names. A
craft counts while it makes `slow_kn` or less, an aircraft while it has stayed within `circle_m` over `circle_s`. One of
them at least came: it made `came_kn` or more within the last `came_s`, or it is an aircraft.

Source: IAMSAR volume II: several units work an area under an on-scene co-ordinator; figures are assumed.

Known false alarms: exercises, above all; a lifeboat that meets a patrol to change crews; boats of a wind farm or a
regatta that say they are rescue craft.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.motion import wander
from surveil.rules.base import NM_M, Candidate, Details, Rule, last_input, off_place
from surveil.rules.common import fresh
from surveil.rules.examples import IN_SW_LANE, Example, off, run, together
from surveil.rules.pairing import offshore
from surveil.rules.rescuers import rescuers
from surveil.rules.spots import OfSpots, Spot, Spots, clusters, row_of, spread_m
from surveil.schema import CLASS_SAR_AIRCRAFT, Positions, Statics
from surveil.words import Words

_EVERY_MS = 30_000
"""Histories keep a place each 30 s."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_units: int = param(2, "", "assumed", 2, 20)
    near_m: float = param(1 * NM_M, "m", "assumed: what a lifeboat looks over", 100, 20_000)
    slow_kn: float = param(4.0, "kn", "assumed: alongside, or looking", 0.5, 15)
    circle_m: float = param(2 * NM_M, "m", "assumed: a turn of a fixed wing", 200, 20_000)
    circle_s: int = param(300, "s", "assumed: two turns of a fixed wing", 60, 3600)
    came_kn: float = param(10.0, "kn", "assumed: on the way to somebody", 2, 40)
    came_s: int = param(2400, "s", "assumed; histories reach back 48 min", 60, 2880)
    min_s: int = param(180, "s", "assumed", 0, 7200)
    min_port_m: float = param(2 * NM_M, "m", "assumed: lifeboats lie in ports", 0, 50_000)
    min_coast_m: float = param(0.5 * NM_M, "m", "assumed: and on beaches", 0, 50_000)


class RescueGathering(OfSpots, Rule):
    """Several rescue units at one spot: somebody is in distress there, whether it was heard or not."""

    name = "rescue_gathering"
    version = 1
    Params = Params
    hold_s = 900
    known_false_alarms = (
        "Exercises, above all; a lifeboat that meets a patrol to change crews; boats of a wind farm or a regatta that "
        "say they are rescue craft."
    )

    def __init__(self, params):
        super().__init__(params)
        self.spots = Spots(params.near_m, grace_s=300)

    def evaluate(self, view) -> list[Candidate]:
        if view.t_ms % _EVERY_MS == 0:
            self.spots.update(view, self._found(view))
        return self.candidates(view)

    def lacks(self, spot: Spot) -> Compared | None:
        return None if spot.held_s >= self.params.min_s else self._held(spot)

    def _held(self, spot: Spot) -> Compared:
        return Compared("time", round(spot.held_s), ">=", self.params.min_s, "s", "assumed")

    def _found(self, view) -> list[tuple[float, float, list[int]]]:
        units = np.flatnonzero(rescuers(view) & fresh(view))
        if len(units) < self.params.min_units:
            return []
        p, rows = self.params, units[self._working(view, units)]
        lon, lat = view.lon[rows], view.lat[rows]
        groups = [np.array(group) for group in clusters(lon, lat, p.near_m) if len(group) >= p.min_units]
        return [
            (float(lon[g].mean()), float(lat[g].mean()), rows[g].tolist())
            for g in groups
            if self._came(view, rows[g])
        ]  # fmt: skip

    def _working(self, view, rows: np.ndarray) -> np.ndarray:
        """bool[k]: which are at work where they are."""
        p, arrays = self.params, view.table.arrays
        span_ms, radius_m, _ = wander(
            view.slots[rows], view.t_ms, p.circle_s * 1000, arrays.ring_n, arrays.ring_t_ms, arrays.ring_lon,
            arrays.ring_lat,
        )  # fmt: skip
        circles = (radius_m <= p.circle_m) & (span_ms >= 800 * p.circle_s)
        works = np.where(view.ais_class[rows] == CLASS_SAR_AIRCRAFT, circles, view.sog_kn[rows] <= p.slow_kn)
        return works & offshore(view, p.min_port_m, p.min_coast_m)[rows]

    def _came(self, view, rows: np.ndarray) -> bool:
        """Whether any of them was on the way here a while ago."""
        since_ms = view.t_ms - self.params.came_s * 1000
        aircraft = (view.ais_class[rows] == CLASS_SAR_AIRCRAFT).any()
        return bool(aircraft) or any(
            (view.table.path(slot, since_ms)["sog_kn"] >= self.params.came_kn).any() for slot in view.slots[rows]
        )

    def describe(self, view, candidate: Candidate) -> Details:
        p, spot = self.params, self.spot_of(view, candidate)
        rows = np.array([row for row in (row_of(view, slot) for slot in spot.slots) if row >= 0])
        aircraft = int((view.ais_class[rows] == CLASS_SAR_AIRCRAFT).sum())
        sentence = Words(
            "{count:d} rescue units at one spot, {aircraft:d} of them aircraft: {units}{where}; since {since:clock}",
            count=len(rows), aircraft=aircraft, units=tuple(view.title(row) for row in rows.tolist()),
            where=off_place(view.areas, spot.lon, spot.lat), since=spot.since_ms,
        )  # fmt: skip
        compared = [
            Compared("rescue units", len(rows), ">=", p.min_units, "", "assumed"),
            Compared("distance from their middle", round(spread_m(view.lon[rows], view.lat[rows])), "<=", p.near_m, "m",
                     "assumed"),
            self._held(spot),
        ]  # fmt: skip
        inputs = [*spot.inputs, *(last_input(view, row) for row in rows.tolist())]
        evidence = self.evidence("What rescue aircraft, lifeboats and patrols do", compared, inputs)
        severity, risk = ("high", 0.7) if aircraft or len(rows) > 2 else ("medium", 0.6)
        return Details(sentence, severity, risk, spot.lon, spot.lat, evidence)

    @classmethod
    def examples(cls):
        def comes(mmsi: int, from_deg: float, to_kn: float = 1.0):
            """20 kn for ten minutes to the spot, then another speed."""
            start = off(IN_SW_LANE, from_deg, 20 * NM_M / 6)
            before = run(mmsi, start, (from_deg + 180) % 360, 20.0, 600)
            return together(before, run(mmsi, IN_SW_LANE, 10.0, to_kn, 600, start_s=600))

        def circling(mmsi: int, place: tuple[float, float]) -> Positions:
            """An aircraft that turns round a place a mile off, once in three minutes."""
            parts = [
                run(mmsi, off(place, bearing, NM_M), (bearing + 90) % 360, 120.0, 30, start_s=30 * i, every_s=30,
                    ais_class=CLASS_SAR_AIRCRAFT, nav_status=15)
                for i, bearing in enumerate(range(0, 60 * 40, 60))
            ]  # fmt: skip
            return together(*parts)

        boat, patrol, plane = 235_000_001, 235_000_002, 111_232_501
        types = Statics.build(
            t_ms=[0, 0], seq=[0, 0], mmsi=[boat, patrol], msg_type=[5, 5], digest=[1, 2], ship_type=[51, 55],
        )  # fmt: skip
        yield Example("two come at 20 kn and stop", together(comes(boat, 317), comes(patrol, 47)), True, types)
        yield Example(
            "an aircraft circles over a lifeboat", together(circling(plane, IN_SW_LANE), comes(boat, 317)), True, types
        )
        yield Example("one passes at 8 kn", together(comes(boat, 317), comes(patrol, 47, 8.0)), False, types)
        yield Example(
            "two that lay there all the time",
            together(*(run(mmsi, IN_SW_LANE, 227.0, 0.5, 1200) for mmsi in (boat, patrol))), False, types,
        )  # fmt: skip
        yield Example("one comes and stops", comes(boat, 317), False, types)
