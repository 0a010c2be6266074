"""Stopped in a lane: a craft that lies where ships run.

Condition: in a traffic lane, deep-water route, separation zone or crossing for at least `min_s` at no more than
`max_sog_kn`, not drifting by her motion (that is the rule `drifting`), at least `min_port_m` from ports, outside
anchorages, no craft at work. A craft of class A that says she is at anchor there is told of as well: she should not be.

Source: COLREG rule 10(g) (anchoring in a traffic separation scheme to be avoided as far as practicable); rule 9(g)
(narrow channels) alike. Speed and time are assumed.

Known false alarms: ships ordered to wait or with leave to repair; anglers on banks between the lanes; craft at work
that do not say so; GNSS or status left as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.motion_state import DRIFTING, FISHING_STATUS
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, off_place
from surveil.rules.common import fresh, maybe_small, service_craft
from surveil.rules.examples import IN_SW_LANE, Example, run, sized
from surveil.words import Words

_AT_ANCHOR = 1
_RESTRICTED = 3
"""Navigational status (M.1371-5 table 45)."""
_SENTENCES = {
    "stopped": "{craft} has stopped in the {area:name}{where}, since {since:clock}",
    "at anchor": "{craft} lies at anchor in the {area:name}{where}, since {since:clock}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    kinds: tuple = param(
        ("lane", "deep_water_route", "separation_zone", "separation_crossing"), "kinds of area", "COLREG rule 10(g)"
    )
    max_sog_kn: float = param(1.0, "kn", "assumed: slower than any craft that keeps steerage way", 0.1, 5)
    min_s: int = param(900, "s", "assumed: longer than a pilot's transfer or a man overboard drill's turn", 60, 86400)
    min_port_m: float = param(2.0 * NM_M, "m", "assumed", 0, 50_000)


class Stopped(Rule):
    """A craft that lies in a traffic separation scheme."""

    name = "stopped_in_lane"
    version = 1
    Params = Params
    hold_s = 900
    known_false_alarms = (
        "Ships ordered to wait or with leave to repair; anglers on banks between lanes; craft at work that do not say "
        "so."
    )

    def __init__(self, params):
        super().__init__(params)
        self.stops = Episodes(grace_s=300)

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        holds = (
            (view.sog_kn <= p.max_sog_kn)
            & view.craft
            & fresh(view)
            & (view.port_m >= p.min_port_m)
            & (view.motion != DRIFTING)
            & (view.nav_status != _RESTRICTED)
            & (view.nav_status != FISHING_STATUS)
            & ~service_craft(view)
        )
        column = view.area_of(*p.kinds)
        holds &= (column >= 0) & (view.area_of("anchorage") < 0)
        self._going = np.flatnonzero(self.stops.update(view, holds, column))
        return self._candidates(view, ripe=True)

    def almost(self, view) -> list[Candidate]:
        return self._candidates(view, ripe=False)

    def _candidates(self, view, ripe: bool) -> list[Candidate]:
        """Those that have lasted long enough, or those that have not."""
        slots = view.slots[self._going]
        lasted_ms = self.stops.seen_ms[slots] - self.stops.since_ms[slots]
        told = self._going[(lasted_ms >= self.params.min_s * 1000) == ripe]
        return [self._candidate(view, row, ripe) for row in told.tolist()]

    def _candidate(self, view, row: int, ripe: bool) -> Candidate:
        slot = view.slots[row]
        area = view.areas.features[self.stops.key[slot]]
        phase = "at anchor" if view.nav_status[row] == _AT_ANCHOR else "stopped"
        almost = None if ripe else self._lasted(slot)
        return Candidate(row, int(view.mmsi[row]), int(self.stops.since_ms[slot]), area.id, phase, almost=almost)

    def _lasted(self, slot: int) -> Compared:
        lasted_s = round((self.stops.seen_ms[slot] - self.stops.since_ms[slot]) / 1000)
        return Compared("time stopped", lasted_s, ">=", self.params.min_s, "s", "assumed")

    def describe(self, view, candidate: Candidate) -> Details:
        row, slot = candidate.row, view.slots[candidate.row]
        area = view.areas.features[self.stops.key[slot]]
        sentence = Words(
            _SENTENCES[candidate.phase], craft=view.title(row), area=area.name, since=candidate.t_start_ms,
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            self._lasted(slot),
            Compared("SOG", round(float(view.sog_kn[row]), 1), "<=", self.params.max_sog_kn, "kn", "assumed"),
            Compared("area accuracy", area.accuracy_m, "", None, "m", area.source),
        ]
        small = bool(maybe_small(view)[row])
        severity, risk = ("high", 0.65) if small else ("medium", 0.4)
        inputs = [self.stops.first_input(slot), last_input(view, row)]
        return Details(
            sentence, severity, risk, view.lon[row], view.lat[row],
            self.evidence(Words("Inside an area of kind {kind:name}", kind=area.kind), compared, inputs),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def craft(speed_kn: float, duration_s: int):
            return run(235_123_456, IN_SW_LANE, 40.0, speed_kn, duration_s)

        yield Example("lies in a lane for 20 min", craft(0.3, 1200), True)
        yield Example("for 13 min", craft(0.3, 780), False)
        yield Example("makes 2 kn", craft(2.0, 1200), False)
        yield Example("a tug lies there", craft(0.3, 1200), False, statics=sized(235_123_456, 25, ship_type=52))
