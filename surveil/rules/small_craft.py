"""Small craft crossing the lanes: a casualty waiting to happen.

Condition: a craft that is small (under 20 m, or of a pleasure type), or of class B and of no known size, is in a
traffic lane for at least `min_s`, at a small craft's speed, not along the lane. A pleasure craft that gives its call
sign has a station licence and is somebody's: it is left to the rules about drifting, collision and silence. When it
comes out on the other side the alert says so. The sentence names the beaches within `sector_deg` of the way it came
from.

Source: COLREG rule 10(c), (j); speeds of crowded small boats are assumed (no published source found).

Known false alarms: yachts and angling boats that cross lawfully, many on a fine summer's day, and give no call sign:
they carry a name and a type more often than not, and are ranked lower for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import distance_m
from surveil.rules.base import (
    NM_M,
    Candidate,
    Details,
    Episodes,
    Rule,
    behind,
    between,
    by_kind,
    last_input,
    off_place,
    under_way,
)
from surveil.rules.common import at_rest, beaches_behind, fresh, maybe_small, service_craft, to_axis_deg, turned_deg
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, Example, run, sized
from surveil.schema import CLASS_B
from surveil.tracks.table import SMALL_LENGTH_M
from surveil.words import Words

_PLEASURE = (36, 37)
"""Sailing and pleasure craft (M.1371-5 table 53)."""
_MESSAGES = {
    "crossing": "{craft} is crossing the {lane:name} {motion}{where}; since {since:clock}{behind}",
    "crossed": "{craft} has crossed the {lane:name} {motion}{where}; since {since:clock}{behind}",
    "left": "{craft} has left the {lane:name} {motion}{where}; since {since:clock}{behind}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_s: int = param(300, "s", "assumed: longer than cutting a corner of the lane", 0, 7200)
    min_sog_kn: float = param(1.0, "kn", "assumed: slower is drifting", 0, 10)
    max_sog_kn: float = param(12.0, "kn", "assumed: faster than any crowded inflatable", 2, 60)
    min_axis_deg: float = param(30.0, "deg", "assumed: less is along the lane", 0, 90)
    sector_deg: float = param(25.0, "deg", "assumed: spread of the way it may have come", 1, 90)
    min_across_m: float = param(
        2 * NM_M, "m", "assumed: less may be a turn back; lanes are 2.5 nm wide or more", 0, 50_000
    )
    licensed_too: bool = param(
        False, "", "assumed: a yacht that gives a call sign crosses lawfully (ITU RR 18.1, 19.1)"
    )
    beach_m: float = param(30 * NM_M, "m", "assumed: the strait is 18 to 30 nm wide here", 1000, 200_000)


class SmallCraft(Rule):
    """A small craft across a traffic lane."""

    name = "small_craft_crossing"
    version = 1
    Params = Params
    hold_s = 1200
    known_false_alarms = (
        "Yachts and angling boats without a call sign that cross lawfully; craft that send a wrong size or type."
    )

    def __init__(self, params):
        super().__init__(params)
        self.crossings = Episodes(grace_s=900)

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        crossing = (
            maybe_small(view)
            & view.craft
            & fresh(view)
            & (view.lane >= 0)
            & (view.sog_kn >= p.min_sog_kn)
            & (view.sog_kn <= p.max_sog_kn)
            & ~at_rest(view)
            & ~service_craft(view)
        )
        if not p.licensed_too:
            crossing &= ~self._licensed(view)
        rows = np.flatnonzero(crossing)
        crossing[rows] = to_axis_deg(turned_deg(view.cog_deg[rows], view.lane_flow_deg[rows])) >= p.min_axis_deg
        going = np.flatnonzero(self.crossings.update(view, crossing, view.lane))
        slots = view.slots[going]
        ripe = self.crossings.seen_ms[slots] - self.crossings.since_ms[slots] >= p.min_s * 1000
        self._unripe = going[crossing[going] & ~ripe]
        return [self._candidate(view, row, True) for row in going[ripe].tolist()]

    def almost(self, view) -> list[Candidate]:
        return [self._candidate(view, row, False) for row in self._unripe.tolist()]

    def _licensed(self, view) -> np.ndarray:
        """bool[n]: pleasure craft with a call sign."""
        pleasure = (view.ship_type == _PLEASURE[0]) | (view.ship_type == _PLEASURE[1])
        return pleasure & (view.table.statics["callsign"][view.slots] != b"")

    def _candidate(self, view, row: int, ripe: bool) -> Candidate:
        slot = view.slots[row]
        lane, column = int(self.crossings.key[slot]), int(view.lane[row])
        far = column == lane or self._made_m(view, row) >= self.params.min_across_m
        phase = "crossing" if column == lane else "crossed" if far else "left"
        start = int(self.crossings.since_ms[slot])
        almost = None if ripe else self._held((view.t_ms - start) / 1000)
        return Candidate(row, int(view.mmsi[row]), start, view.areas.features[lane].id, phase, almost=almost)

    def _held(self, held_s: float) -> Compared:
        return Compared("time in the lane", round(held_s), ">=", self.params.min_s, "s", "assumed")

    def _made_m(self, view, row: int) -> float:
        """Distance from where it was first seen in the lane."""
        slot = view.slots[row]
        return distance_m(self.crossings.lon[slot], self.crossings.lat[slot], view.lon[row], view.lat[row])

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, slot = candidate.row, self.params, view.slots[candidate.row]
        lane = view.areas.features[self.crossings.key[slot]]
        beaches = beaches_behind(view, row, p.sector_deg, p.beach_m)
        sentence = Words(
            _MESSAGES[candidate.phase], craft=view.title(row), lane=lane.name, motion=under_way(view, row),
            where=off_place(view.areas, view.lon[row], view.lat[row]), since=candidate.t_start_ms,
            behind=behind(beaches),
        )  # fmt: skip
        length = float(view.length_m[row])
        compared = [
            Compared(
                "length", "not reported" if np.isnan(length) else length, "<", SMALL_LENGTH_M, "m", "COLREG 10(j)"
            ),
            Compared(
                "SOG",
                round(float(view.sog_kn[row]), 1),
                "between",
                between(p.min_sog_kn, p.max_sog_kn),
                "kn",
                "assumed",
            ),
            self._held((view.t_ms - candidate.t_start_ms) / 1000),
            Compared(
                "distance made since entering", round(self._made_m(view, row) / NM_M, 2), "", None, "nm", "shown only"
            ),
        ]
        severity, risk = self._risk(view, row, bool(beaches))
        inputs = [self.crossings.first_input(slot), last_input(view, row)]
        return Details(
            sentence, severity, risk, view.lon[row], view.lat[row],
            self.evidence(by_kind(view, row), compared, inputs),
        )  # fmt: skip

    def _risk(self, view, row: int, from_beach: bool) -> tuple[str, float]:
        """Assumed weights: a craft without a name, a type or a size, from a beach, is the likelier casualty."""
        unnamed = not view.name(row)
        untyped = view.ship_type[row] <= 0
        risk = 0.4 + 0.15 * unnamed + 0.15 * untyped + 0.1 * from_beach
        return ("high" if risk >= 0.6 else "medium"), risk

    @classmethod
    def examples(cls):
        def boat(off_flow_deg: float, speed_kn: float = 4.0):
            course = (SW_FLOW_DEG + off_flow_deg) % 360
            return run(235_123_456, IN_SW_LANE, course, speed_kn, 900, ais_class=CLASS_B)

        yield Example("8 m, straight across at 4 kn", boat(90), True, statics=sized(235_123_456, 8))
        yield Example("class B of no known size", boat(90), True)
        yacht = sized(235_123_456, 11, ship_type=36).replace(callsign=np.array([b"MABC7"], "S7"))
        yield Example("a yacht that gives its call sign", boat(90), False, statics=yacht)
        yield Example("24 m", boat(90), False, statics=sized(235_123_456, 24))
        yield Example("along the lane", boat(0), False, statics=sized(235_123_456, 8))
