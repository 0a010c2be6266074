"""Landing: a small craft comes in from the open sea to a shore with no berth.

Condition: a small craft, or one of class B of no known size, that within `since_s` was at least `offing_m` off the
coast is now within `near_m` of it, at least `min_port_m` from ports and harbours, and has been for `min_s`; heading in
at `min_sog_kn` or more, or come to rest there.

Source: assumed; landings of small boats on open beaches are described in MAIB report 7/2023.

Known false alarms: yachts and angling boats that anchor in a bay or fish close in; craft kept on a beach; harbours,
marinas and slips that the geodata does not know; the coast is good to some 200 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import destination_deg
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, by_kind, last_input, nm, off_place, under_way
from surveil.rules.beach_departure import OFF_WISSANT
from surveil.rules.common import fresh, maybe_small, service_craft
from surveil.rules.examples import Example, run, sized, together
from surveil.schema import CLASS_B
from surveil.words import Words

_SENTENCES = {
    "comes in": "{craft} comes in to a shore with no berth, {coast} off {motion}{where}; at sea until {until:clock}",
    "at rest": "{craft} lies {coast} off a shore with no berth{where}; at sea until {until:clock}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    offing_m: float = param(4.0 * NM_M, "m", "assumed: anglers along the shore keep nearer", 1000, 50_000)
    near_m: float = param(1000.0, "m", "assumed: a beach, and the error of the coast", 100, 10_000)
    min_port_m: float = param(1.5 * NM_M, "m", "assumed: nearer she makes for the harbour", 0, 50_000)
    since_s: int = param(7200, "s", "assumed: longer than the way in from there at 3 kn", 600, 86400)
    min_sog_kn: float = param(1.0, "kn", "assumed: slower is at rest", 0, 10)
    min_s: int = param(120, "s", "assumed", 0, 7200)


class Landing(Rule):
    """A small craft that lands where no berth is."""

    name = "landing"
    version = 1
    Params = Params
    hold_s = 1200
    known_false_alarms = (
        "Yachts and anglers that anchor or fish close in; craft kept on a beach; harbours and slips that the geodata "
        "does not know."
    )

    def __init__(self, params):
        super().__init__(params)
        self.offing = Episodes(grace_s=params.since_s)
        self.landings = Episodes(grace_s=900)

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        small = maybe_small(view) & view.craft & fresh(view)
        was_off = self.offing.update(view, small & (view.coast_m >= p.offing_m))
        holds = small & was_off & (view.coast_m <= p.near_m) & (view.port_m >= p.min_port_m) & ~service_craft(view)
        going = self.landings.update(view, holds)
        return [self._candidate(view, row) for row in np.flatnonzero(going & was_off).tolist()]

    def _candidate(self, view, row: int) -> Candidate:
        slot = view.slots[row]
        lasted = self._lasted(slot)
        phase = "comes in" if view.sog_kn[row] >= self.params.min_sog_kn else "at rest"
        almost = None if lasted.value >= self.params.min_s else lasted
        return Candidate(row, int(view.mmsi[row]), int(self.landings.since_ms[slot]), phase=phase, almost=almost)

    def _lasted(self, slot: int) -> Compared:
        lasted_s = round((self.landings.seen_ms[slot] - self.landings.since_ms[slot]) / 1000)
        return Compared("time near the shore", lasted_s, ">=", self.params.min_s, "s", "assumed")

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, slot = candidate.row, self.params, view.slots[candidate.row]
        coast_m, port_m = float(view.coast_m[row]), float(view.port_m[row])
        sentence = Words(
            _SENTENCES[candidate.phase], craft=view.title(row), coast=nm(coast_m), motion=under_way(view, row),
            where=off_place(view.areas, view.lon[row], view.lat[row]), until=int(self.offing.seen_ms[slot]),
        )  # fmt: skip
        off_s = round((view.t_ms - self.offing.seen_ms[slot]) / 1000)
        compared = [
            Compared("distance to the coast", round(coast_m), "<=", p.near_m, "m", "assumed"),
            Compared("distance to port", round(port_m / NM_M, 1), ">=", round(p.min_port_m / NM_M, 1), "nm", "assumed"),
            Compared("time since off shore", off_s, "<=", p.since_s, "s", "assumed"),
            self._lasted(slot),
        ]
        risk = 0.3 + 0.1 * (not view.name(row)) + 0.1 * (view.ship_type[row] <= 0)
        inputs = [self.landings.first_input(slot), last_input(view, row)]
        return Details(
            sentence, "medium", risk, view.lon[row], view.lat[row], self.evidence(by_kind(view, row), compared, inputs)
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def comes_in(miles: float):
            start = destination_deg(*OFF_WISSANT, 325.0, miles * NM_M)
            way_s = int(miles / 6.0 * 3600)
            rest = run(235_123_456, OFF_WISSANT, 145.0, 0.2, 900, ais_class=CLASS_B, start_s=way_s)
            way = run(235_123_456, start, 145.0, 6.0, way_s, ais_class=CLASS_B)
            return together(way, rest.replace(digest=rest.digest + np.uint64(50_000)))

        yield Example("8 m, from 6 nm off in to the beach of Wissant", comes_in(6), True, sized(235_123_456, 8))
        yield Example("from 2 nm off", comes_in(2), False, sized(235_123_456, 8))
        yield Example("24 m", comes_in(6), False, sized(235_123_456, 24))
