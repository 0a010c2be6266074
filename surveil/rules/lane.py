"""Lane discipline: against the traffic flow in a lane, or crossing one far from a right angle.

Conditions, each for at least its `*_s` and faster than `min_sog_kn`:
- against: pointing within `against_deg` of the direction opposite to the lane's flow (COLREG 10(b)(i));
- oblique: pointing between `joining_deg` and `crossing_deg` off the lane's axis: too much for joining or
  leaving "at as small an angle as practicable" (10(b)(iii)), too little for crossing "on a heading as nearly
  as practicable at right angles" (10(c)). Heading is used where known, else COG, which the tide skews: without a
  heading only what a stream of `tide_kn` across it leaves of the angle counts. A ship within `fork_m` of
  another lane or a precautionary area, on its way there or from there, is left alone: lanes fork and meet.

Source: COLREG rule 10(b), (c); the angles and times are assumed.

Known false alarms: vessels restricted in their ability to manoeuvre (status 3 is left out) or that do not say
so; ships avoiding another; ships that make for a fork late or come from one far astern; lane edges digitised
with errors of some 250 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import destination_deg_array
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, between, direction, last_input, off_place
from surveil.rules.common import at_rest, fresh, pointing_deg, service_craft, to_axis_deg, turned_deg
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, Example, run, together
from surveil.tracks.view import LANE_KINDS
from surveil.words import Words

_NOT_UNDER_COMMAND, _RESTRICTED = 2, 3
"""Navigational status (M.1371-5 table 45)."""
_PROBES = 5
"""Places ahead, and as many astern, at which another lane is looked for (assumed: one each mile by default)."""
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
    tide_kn: float = param(3.0, "kn", "assumed: near springs in the strait; across the course at most", 0, 10)
    fork_m: float = param(5 * NM_M, "m", "assumed: half an hour ahead at 10 kn", 0, 50_000)


class Lane(Rule):
    """A vessel that does not follow the flow of its lane."""

    name = "lane"
    version = 1
    Params = Params
    known_false_alarms = (
        "Vessels restricted in their ability to manoeuvre that do not say so; evasions; ships that make for a fork "
        "late or come from one far astern; lane edges digitised with errors of some 250 m."
    )

    def __init__(self, params):
        super().__init__(params)
        self.against = Episodes(grace_s=120)
        self.oblique = Episodes(grace_s=120)

    def evaluate(self, view) -> list[Candidate]:
        p, pointing = self.params, pointing_deg(view)
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
        rows, against, oblique = np.flatnonzero(judged), np.zeros(len(view), bool), np.zeros(len(view), bool)
        turned, skew = turned_deg(pointing[rows], view.lane_flow_deg[rows]), self._skew_deg(view, rows)
        axis = to_axis_deg(turned)
        against[rows] = turned - skew >= 180.0 - p.against_deg
        oblique[rows] = ~against[rows] & (axis - skew > p.joining_deg) & (axis + skew < p.crossing_deg)
        oblique &= ~self._between_lanes(view, pointing, oblique)
        self._going = {
            "against": self.against.update(view, against, view.lane),
            "oblique": self.oblique.update(view, oblique, view.lane),
        }
        return self._candidates(view, ripe=True)

    def almost(self, view) -> list[Candidate]:
        return self._candidates(view, ripe=False)

    def _candidates(self, view, ripe: bool) -> list[Candidate]:
        """Those that have lasted long enough, or those that have not."""
        p, candidates = self.params, []
        for key, episodes, min_s in (
            ("against", self.against, p.against_s),
            ("oblique", self.oblique, p.oblique_s),
        ):
            rows = np.flatnonzero(self._going[key])
            since_ms = episodes.since_ms[view.slots[rows]]
            # one that ended early must not ripen in the grace
            lasted_s = (episodes.seen_ms[view.slots[rows]] - since_ms) / 1000.0
            told = (lasted_s >= min_s) == ripe
            for row, start, lasted in zip(
                rows[told].tolist(), since_ms[told].tolist(), lasted_s[told].tolist(), strict=True
            ):
                lacks = None if ripe else _lasted(lasted, min_s)
                candidates.append(Candidate(row, int(view.mmsi[row]), start, key, almost=lacks))
        return candidates

    def _skew_deg(self, view, rows: np.ndarray) -> np.ndarray:
        """float64[k]: how far the tide may turn a course from the way a craft without a heading points."""
        with np.errstate(divide="ignore", invalid="ignore"):
            skew = np.degrees(np.arcsin(np.minimum(self.params.tide_kn / view.sog_kn[rows].astype(np.float64), 1.0)))
        return np.where(np.isnan(view.heading_deg[rows]), np.nan_to_num(skew, nan=90.0), 0.0)

    def _between_lanes(self, view, pointing: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """bool[n]: ahead or astern lies a precautionary area, or another lane whose flow is that of the ship."""
        p, rows, found = self.params, np.flatnonzero(asked), np.zeros(len(view), bool)
        if not rows.size:
            return found
        ahead_m = np.repeat(np.linspace(-p.fork_m, p.fork_m, 2 * _PROBES + 1), rows.size)
        at = np.tile(rows, 2 * _PROBES + 1)
        lon, lat = destination_deg_array(view.lon[at], view.lat[at], pointing[at], ahead_m)
        meeting, lanes = view.areas.columns_of("precautionary_area"), view.areas.columns_of(*LANE_KINDS)
        inside = view.areas.inside(lon, lat, np.concatenate([meeting, lanes]))
        found[at[inside[:, : len(meeting)].any(axis=1)]] = True
        place, which = np.nonzero(inside[:, len(meeting) :])
        other = view.lane[at[place]] != lanes[which]
        place, column = place[other], lanes[which[other]]
        flow = view.areas.lane_flow_deg(lon[place], lat[place], column)
        found[at[place[turned_deg(pointing[at[place]], flow) < p.crossing_deg]]] = True
        return found

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
            _lasted(
                (episodes.seen_ms[slot] - episodes.since_ms[slot]) / 1000.0, p.against_s if against else p.oblique_s
            ),
            Compared("SOG", round(float(view.sog_kn[row]), 1), ">=", p.min_sog_kn, "kn", "assumed"),
        ]
        inputs = [episodes.first_input(slot), last_input(view, row)]
        ground = Words("Its {by:name} against the flow of the lane at its place", by=by)
        severity, risk = ("medium", 0.35) if against else ("low", 0.15)
        return Details(sentence, severity, risk, view.lon[row], view.lat[row], self.evidence(ground, compared, inputs))

    @classmethod
    def examples(cls):
        def ship(off_flow_deg: float, duration_s: int, speed_kn: float = 10.0):
            course = (SW_FLOW_DEG + off_flow_deg) % 360
            rows = run(235_123_456, IN_SW_LANE, course, speed_kn, duration_s)
            return rows.replace(heading_deg=np.full(len(rows), course, np.float32))

        yield Example("against the flow for 15 min", ship(180, 900), True)
        yield Example("against it for 8 min", ship(180, 480), False)
        yield Example("at 45° to the flow, slowly enough to stay in the lane for 18 min", ship(45, 1080, 5), True)
        unsaid = ship(45, 1080, 5)
        unsaid = unsaid.replace(heading_deg=np.full(len(unsaid), np.nan, np.float32))
        yield Example("the same without a heading: the tide may skew the course", unsaid, False)
        brief = ship(45, 850, 5)
        aligned = run(235_123_456, (float(brief.lon[-1]), float(brief.lat[-1])), SW_FLOW_DEG, 5, 300, start_s=880)
        yield Example("at 45° for 14 min, then with the flow", together(brief, aligned), False)
        yield Example("at right angles", ship(90, 1080, 5), False)
        yield Example("with the flow", ship(0, 1800), False)


def _lasted(lasted_s: float, min_s: int) -> Compared:
    return Compared("time", round(float(lasted_s)), ">=", min_s, "s", "assumed")
