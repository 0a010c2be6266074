"""Drifting: a ship that moves, but not by her engine.

Condition: for at least `min_s` her motion is that of a drifting hull (`kernels/motion_state.py`), her course over
ground at least `min_off_deg` off her heading or her status "not under command", at a speed between `min_sog_kn` and
`max_sog_kn`, over at least `min_made_m`; heard lately, at least `min_coast_m` from the coast where that is known, no
craft at work. It is worded anew once she drifts in a traffic lane or deep-water route.

Source: the drift of AisAbnormal (Danish Maritime Authority, open source): 1 to 5 kn, 10 min, 500 m, course 45 degrees
off the heading; status 2 is of M.1371-5 table 45. The distance to the coast is assumed.

Known false alarms: heading sensors that are off by tens of degrees; slow ships that crab in a strong tide or wind;
fishing, survey and cable craft that do not say so; ships that wait for a pilot with the engine stopped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import distance_m, distance_m_array
from surveil.kernels.motion_state import DRIFTING, HELPLESS_STATUS
from surveil.rules.base import (
    Candidate,
    Details,
    Episodes,
    Rule,
    between,
    direction,
    last_input,
    nm,
    off_place,
    under_way,
)
from surveil.rules.common import at_rest, fresh, service_craft, turned_deg
from surveil.rules.examples import IN_SW_LANE, Example, run
from surveil.tracks.table import SMALL_YES
from surveil.words import Words

_SENTENCES = {
    "adrift": "{craft} drifts {motion}, heading {heading}{where}: {made} since {since:clock}",
    "in a lane": "{craft} drifts in a traffic lane {motion}, heading {heading}{where}: {made} since {since:clock}",
    "helpless": "{craft} is not under command and drifts {motion}{where}: {made} since {since:clock}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_s: int = param(600, "s", "AisAbnormal: 10 min", 60, 86400)
    min_sog_kn: float = param(1.0, "kn", "AisAbnormal", 0, 10)
    max_sog_kn: float = param(5.0, "kn", "AisAbnormal", 1, 20)
    min_off_deg: float = param(45.0, "deg", "AisAbnormal", 20, 180)
    min_made_m: float = param(500.0, "m", "AisAbnormal", 0, 50_000)
    min_coast_m: float = param(1852.0, "m", "assumed: nearer ships manoeuvre for ports and pilots", 0, 50_000)


class Drifting(Rule):
    """A ship adrift."""

    name = "drifting"
    version = 1
    Params = Params
    hold_s = 900
    known_false_alarms = (
        "Heading sensors that are off; slow ships that crab in tide or wind; fishing, survey and cable craft that do "
        "not say so; ships that wait with the engine stopped."
    )

    def __init__(self, params):
        super().__init__(params)
        self.drifts = Episodes(grace_s=300)

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        holds = (
            (view.motion == DRIFTING)
            & (view.sog_kn >= p.min_sog_kn)
            & (view.sog_kn <= p.max_sog_kn)
            & view.craft
            & fresh(view)
            & ~(view.coast_m < p.min_coast_m)
            & ~at_rest(view)
            & ~service_craft(view)
        )
        if holds.any():
            off = turned_deg(view.cog_deg, view.heading_deg) >= p.min_off_deg
            holds &= off | (view.nav_status == HELPLESS_STATUS)
        going = np.flatnonzero(self.drifts.update(view, holds))
        if not going.size:
            return []
        slots = view.slots[going]
        made_m = distance_m_array(self.drifts.lon[slots], self.drifts.lat[slots], view.lon[going], view.lat[going])
        lasted_s = (self.drifts.seen_ms[slots] - self.drifts.since_ms[slots]) / 1000.0
        return [
            self._candidate(view, *each)
            for each in zip(going.tolist(), made_m.tolist(), lasted_s.tolist(), strict=True)
        ]

    def _candidate(self, view, row: int, made_m: float, lasted_s: float) -> Candidate:
        p = self.params
        helpless = view.nav_status[row] == HELPLESS_STATUS
        phase = "in a lane" if view.lane[row] >= 0 else "helpless" if helpless else "adrift"
        almost = None
        if lasted_s < p.min_s:
            almost = self._lasted(lasted_s)
        elif made_m < p.min_made_m:
            almost = self._made(made_m)
        start = int(self.drifts.since_ms[view.slots[row]])
        return Candidate(row, int(view.mmsi[row]), start, phase=phase, almost=almost)

    def _lasted(self, lasted_s: float) -> Compared:
        return Compared("time adrift", round(lasted_s), ">=", self.params.min_s, "s", "AisAbnormal")

    def _made(self, made_m: float) -> Compared:
        return Compared("distance made", round(made_m), ">=", self.params.min_made_m, "m", "AisAbnormal")

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, slot = candidate.row, self.params, view.slots[candidate.row]
        made_m = distance_m(self.drifts.lon[slot], self.drifts.lat[slot], view.lon[row], view.lat[row])
        heading = float(view.heading_deg[row])
        sentence = Words(
            _SENTENCES[candidate.phase], craft=view.title(row), motion=under_way(view, row), made=nm(made_m),
            heading=Words("unknown") if np.isnan(heading) else direction(heading), since=candidate.t_start_ms,
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        off_deg = float(turned_deg(view.cog_deg[row], view.heading_deg[row]))
        compared = [
            self._lasted((self.drifts.seen_ms[slot] - self.drifts.since_ms[slot]) / 1000),
            self._made(made_m),
            Compared("SOG", round(float(view.sog_kn[row]), 1), "between", between(p.min_sog_kn, p.max_sog_kn), "kn",
                     "AisAbnormal"),
            Compared("course off heading", "unknown" if np.isnan(off_deg) else round(off_deg), ">=", p.min_off_deg,
                     "deg", "AisAbnormal"),
        ]  # fmt: skip
        risk = 0.35 + 0.2 * (candidate.phase == "in a lane") + 0.15 * (view.small[row] == SMALL_YES)
        severity = "high" if risk >= 0.5 else "medium"
        inputs = [self.drifts.first_input(slot), last_input(view, row)]
        return Details(
            sentence, severity, risk, view.lon[row], view.lat[row],
            self.evidence("Her course over ground does not come of her heading", compared, inputs),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        off = (IN_SW_LANE[0] + 0.05, IN_SW_LANE[1] - 0.05)

        def ship(off_deg: float, speed_kn: float = 2.5, nav_status: int = 0):
            rows = run(235_123_456, off, 40.0, speed_kn, 2400, every_s=10, nav_status=nav_status)
            return rows.replace(heading_deg=np.full(len(rows), (40.0 + off_deg) % 360, np.float32))

        yield Example("2.5 kn at 60° to her heading for 40 min", ship(60), True)
        yield Example("not under command at 2 kn", ship(0, 2.0, HELPLESS_STATUS), True)
        yield Example("35° off her heading", ship(35), False)
        yield Example("60° off, fast", ship(60, 9.0), False)
        yield Example("60° off, at anchor by her status", ship(60, 1.5, 1), False)
