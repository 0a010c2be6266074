"""Lane discipline: against the traffic flow in a lane, or crossing one far from a right angle.

Conditions, each for at least its `*_s` and faster than `min_sog_kn`:
- against: pointing within `against_deg` of the direction opposite to the lane's flow (COLREG 10(b)(i));
- oblique: pointing between `joining_deg` and `crossing_deg` off the lane's axis: too much for joining or
  leaving "at as small an angle as practicable" (10(b)(iii)), too little for crossing "on a heading as nearly
  as practicable at right angles" (10(c)). Heading is used where known, else COG, which the tide skews.

Source: COLREG rule 10(b), (c); the angles and times are assumed.

Known false alarms: vessels restricted in their ability to manoeuvre (status 3 is left out) or that do not say
so; ships avoiding another; COG skewed by the tide where no heading is sent; lane edges digitised with errors
of some 250 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.rules.base import Candidate, Details, Episodes, Rule, between, direction, last_input, off_place
from surveil.rules.common import at_rest, fresh, pointing_deg, service_craft, to_axis_deg, turned_deg
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, Example, run
from surveil.words import Words

_NOT_UNDER_COMMAND, _RESTRICTED = 2, 3
"""Navigational status (M.1371-5 table 45)."""
_AGAINST = (
    "{craft} runs against the flow of the {area:name}: {by:name} {pointing} where traffic flows {flow}, "
    "{speed:.1f} kn{where}; since {since:clock}"
)
_OBLIQUE = (
    "{craft} crosses the {area:name} far from a right angle: {by:name} {pointing} where traffic flows {flow}, "
    "{speed:.1f} kn{where}; since {since:clock}"
)


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    against_deg: float = param(45.0, "deg", "assumed: opposite, give or take half a right angle", 5, 90)
    joining_deg: float = param(30.0, "deg", "assumed: largest angle of joining or leaving", 0, 45)
    crossing_deg: float = param(60.0, "deg", "assumed: smallest angle that passes for a right one", 45, 90)
    min_sog_kn: float = param(3.0, "kn", "assumed: below it heading says little", 0, 20)
    against_s: int = param(600, "s", "assumed: longer than a turn or an evasion", 0, 7200)
    oblique_s: int = param(900, "s", "assumed: longer than a turn or an evasion", 0, 7200)


class Lane(Rule):
    """A vessel that does not follow the flow of its lane."""

    name = "lane"
    version = 1
    Params = Params
    known_false_alarms = (
        "Vessels restricted in their ability to manoeuvre that do not say so; evasions; COG skewed by the tide "
        "where no heading is sent; lane edges digitised with errors of some 250 m."
    )

    def __init__(self, params):
        super().__init__(params)
        self.against = Episodes(grace_s=120)
        self.oblique = Episodes(grace_s=120)

    def evaluate(self, view) -> list[Candidate]:
        p, pointing = self.params, pointing_deg(view)
        turned = turned_deg(pointing, view.lane_flow_deg)
        judged = (
            view.craft
            & fresh(view)
            & (view.lane >= 0)
            & (view.sog_kn >= p.min_sog_kn)
            & ~at_rest(view)
            & (view.nav_status != _NOT_UNDER_COMMAND)
            & (view.nav_status != _RESTRICTED)
            & ~service_craft(view)
        )
        axis = to_axis_deg(turned)
        against = judged & (turned >= 180.0 - p.against_deg)
        oblique = judged & ~against & (axis > p.joining_deg) & (axis < p.crossing_deg)
        candidates = []
        for key, episodes, holds, min_s in (
            ("against", self.against, against, p.against_s),
            ("oblique", self.oblique, oblique, p.oblique_s),
        ):
            going = episodes.update(view, holds, view.lane)
            lasted_s = episodes.lasted_s(view)
            for row in np.flatnonzero(going):
                start = int(episodes.since_ms[view.slots[row]])
                almost = None if lasted_s[row] >= min_s else _lasted(lasted_s[row], min_s)
                candidates.append(Candidate(int(row), int(view.mmsi[row]), start, key, almost=almost))
        return candidates

    def describe(self, view, candidate: Candidate) -> Details:
        row, p = candidate.row, self.params
        against = candidate.key == "against"
        episodes = self.against if against else self.oblique
        slot = view.slots[row]
        area = view.areas.features[episodes.key[slot]]
        here = np.array([view.lon[row]]), np.array([view.lat[row]])
        flow = float(view.areas.lane_flow_deg(*here, np.array([episodes.key[slot]]))[0])
        pointing, by = float(pointing_deg(view)[row]), "course" if np.isnan(view.heading_deg[row]) else "heading"
        turned = float(turned_deg(np.array(pointing), np.array(flow)))
        sentence = Words(
            _AGAINST if against else _OBLIQUE, craft=view.title(row), area=area.name, by=by,
            pointing=direction(pointing), flow=direction(flow), speed=float(view.sog_kn[row]),
            where=off_place(view.areas, view.lon[row], view.lat[row]), since=candidate.t_start_ms,
        )  # fmt: skip
        angle = (
            Compared("angle to the flow", round(turned), ">=", 180 - p.against_deg, "deg", "COLREG 10(b)(i); assumed")
            if against
            else Compared(
                "angle to the lane's axis", round(min(turned, 180 - turned)), "between",
                between(p.joining_deg, p.crossing_deg), "deg", "COLREG 10(b)(iii), (c); assumed",
            )
        )  # fmt: skip
        compared = [
            angle,
            _lasted(episodes.lasted_s(view)[row], p.against_s if against else p.oblique_s),
            Compared("SOG", round(float(view.sog_kn[row]), 1), ">=", p.min_sog_kn, "kn", "assumed"),
        ]
        inputs = [episodes.first_input(slot), last_input(view, row)]
        ground = Words("Its {by:name} against the flow of the lane at its place", by=by)
        severity, risk = ("medium", 0.35) if against else ("low", 0.15)
        return Details(sentence, severity, risk, view.lon[row], view.lat[row], self.evidence(ground, compared, inputs))

    @classmethod
    def examples(cls):
        def ship(off_flow_deg: float, duration_s: int, speed_kn: float = 10.0):
            return run(235_123_456, IN_SW_LANE, (SW_FLOW_DEG + off_flow_deg) % 360, speed_kn, duration_s)

        yield Example("against the flow for 15 min", ship(180, 900), True)
        yield Example("against it for 8 min", ship(180, 480), False)
        yield Example("at 45° to the flow, slowly enough to stay in the lane for 18 min", ship(45, 1080, 5), True)
        yield Example("at right angles", ship(90, 1080, 5), False)
        yield Example("with the flow", ship(0, 1800), False)


def _lasted(lasted_s: float, min_s: int) -> Compared:
    return Compared("time", round(float(lasted_s)), ">=", min_s, "s", "assumed")
