"""Loitering: a craft keeps to one piece of open water, too slow to be going anywhere.

Condition: over the last `window_s`, mean speed along its path between `min_speed_kn` and `max_speed_kn` and never
further than `radius_m` from its mean place; of a known type, or of one not told for `untyped_s`; not at anchor,
moored or aground by its status, not fishing, outside anchorages, and at least `min_port_m` from ports and
`min_coast_m` from the coast. Outside the geodata's coverage it cannot tell open water from a harbour and says
nothing.

Source: mean speed under 2 kn, after Global Fishing Watch's loitering events (hourly mean); the rest is assumed.

Known false alarms: ships that wait for a pilot, a tide or orders; fishing and angling boats that do not say so;
survey and guard vessels; ships at anchor outside a charted anchorage that keep the status "under way".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.motion import wander
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, between, last_input, nm, off_place
from surveil.rules.common import at_rest, fresh, service_craft
from surveil.rules.examples import IN_SW_LANE, Example, run, sized
from surveil.tracks.table import SMALL_YES
from surveil.words import Words

_FISHING_STATUS = 7


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    window_s: int = param(2400, "s", "assumed: two thirds of the hour that GFW averages over", 300, 2880)
    max_speed_kn: float = param(2.0, "kn", "Global Fishing Watch, loitering: hourly mean under 2 kn", 0.1, 10)
    min_speed_kn: float = param(0.3, "kn", "assumed: slower is at rest, give or take GNSS noise", 0, 5)
    radius_m: float = param(
        0.35 * NM_M, "m", "assumed: half of what 1 kn makes good in the window; who makes more gets on", 50, 50_000
    )
    min_port_m: float = param(2.0 * NM_M, "m", "assumed", 0, 50_000)
    untyped_s: int = param(
        43_200, "s", "assumed: 120 static reports, one each 6 min; at the edge most are lost", 0, 86400
    )
    min_coast_m: float = param(0.5 * NM_M, "m", "assumed", 0, 50_000)


class Loitering(Rule):
    """A craft that lingers in open water."""

    name = "loitering"
    version = 1
    Params = Params
    hold_s = 1800
    known_false_alarms = (
        "Ships that wait for a pilot, a tide or orders; fishing, survey and guard vessels; ships at anchor that "
        "keep the status 'under way'."
    )

    def __init__(self, params):
        super().__init__(params)
        self.stays = Episodes(grace_s=600)

    def evaluate(self, view) -> list[Candidate]:
        p, heard_s = self.params, (view.t_ms - view.table.arrays.first_ms[view.slots]) / 1000.0
        eligible = (
            view.craft
            & fresh(view)
            & ~(view.sog_kn > 2 * p.max_speed_kn)
            & (view.port_m >= p.min_port_m)
            & (view.coast_m >= p.min_coast_m)
            & (view.area_of("anchorage") < 0)
            & ~at_rest(view)
            & (view.nav_status != _FISHING_STATUS)
            & ~service_craft(view)
            & ((view.ship_type > 0) | (heard_s >= p.untyped_s))
        )
        rows = np.flatnonzero(eligible)
        _, radius_m, speed_kn, long_enough = self._motion(view, rows)
        holds = np.zeros(len(view), bool)
        holds[rows] = (
            long_enough & (speed_kn <= p.max_speed_kn) & (speed_kn >= p.min_speed_kn) & (radius_m <= p.radius_m)
        )
        going = self.stays.update(view, holds)
        return [
            Candidate(int(row), int(view.mmsi[row]), int(self.stays.since_ms[view.slots[row]]))
            for row in np.flatnonzero(going)
        ]

    def _motion(self, view, rows):
        arrays, window_ms = view.table.arrays, self.params.window_s * 1000
        span_ms, radius_m, speed_kn = wander(
            view.slots[rows], view.t_ms, window_ms, arrays.ring_n, arrays.ring_t_ms, arrays.ring_lon, arrays.ring_lat
        )
        return span_ms, radius_m, speed_kn, span_ms >= 0.9 * window_ms

    def describe(self, view, candidate: Candidate) -> Details:
        row, p = candidate.row, self.params
        span_ms, radius_m, speed_kn, _ = (values[0] for values in self._motion(view, np.array([row])))
        sentence = Words(
            "{craft} lingers within {radius} for {minutes:.0f} min at {speed:.1f} kn{where}, {coast} off the coast",
            craft=view.title(row), radius=nm(radius_m), minutes=span_ms / 60_000, speed=float(speed_kn),
            where=off_place(view.areas, view.lon[row], view.lat[row]), coast=nm(view.coast_m[row]),
        )  # fmt: skip
        compared = [
            Compared(
                "mean speed",
                round(float(speed_kn), 2),
                "between",
                between(p.min_speed_kn, p.max_speed_kn),
                "kn",
                "Global Fishing Watch; lower bound assumed",
            ),
            Compared("radius", round(float(radius_m)), "<=", p.radius_m, "m", "assumed"),
            Compared("window", round(span_ms / 1000), ">=", 0.9 * p.window_s, "s", "assumed"),
            Compared(
                "distance to port", round(float(view.port_m[row]) / NM_M, 1), ">=", p.min_port_m / NM_M, "nm", "assumed"
            ),
        ]
        inputs = [self.stays.first_input(view.slots[row]), last_input(view, row)]
        severity, risk = ("medium", 0.4) if view.small[row] == SMALL_YES else ("low", 0.15)
        return Details(
            sentence, severity, risk, view.lon[row], view.lat[row],
            self.evidence("Slow motion about one place in open water", compared, inputs),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def slow(speed_kn: float, nav_status: int = 0):
            return run(235_123_456, IN_SW_LANE, 227.0, speed_kn, 3000, nav_status=nav_status)

        ship = sized(235_123_456, 80, ship_type=70)
        yield Example("drifts at 1 kn for 50 min", slow(1.0), True, statics=ship)
        yield Example("the same of a type not told yet", slow(1.0), False)
        yield Example("goes at 2.5 kn", slow(2.5), False, statics=ship)
        yield Example("says it is at anchor", slow(1.0, nav_status=1), False, statics=ship)
