"""Risk of collision: two that will pass very close, very soon, and do nothing about it.

Condition, for at least `min_s` on end, off ports and the coast, neither at rest nor a service craft:
- a contact without AIS, or a small craft, and a ship: within `small_cpa_m` in the next `small_ahead_s`, or
  `seen_ahead_s` for a small craft with AIS;
- with `ships_too`, two ships: within `ship_cpa_m` in the next `ship_ahead_s`, later than any give-way vessel should
  act, their courses more than `overtaking_deg` apart;
and they close at `min_closing_kn` or more, so that overtaking in a lane and sailing in company are left out. Small
craft and contacts faster than `max_small_kn` get out of the way. Places and speeds are the filter's, of one time.

Source: COLREG rules 7, 8 and 16, which give no figures. Who overtakes is of rule 13: coming up from more than
22.5 degrees abaft the beam. Other figures are assumed.

Known false alarms: yachts that mean to pass close astern; pilot boats and tenders of an unsaid type; ships that agreed
by radio; contacts whose course is not known well yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Rule, nm, off_place, under_way
from surveil.rules.common import at_rest, service_craft, turned_deg
from surveil.rules.examples import IN_SW_LANE, Example, off, run, sized, together
from surveil.rules.pairing import Meeting, OfPairs, dark, now, offshore, small_with_ais, two_inputs
from surveil.words import Words

_ANEW_S = 120
"""An alert is worded anew so often while they close (assumed: the last time is then within 2 min of their passing)."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    small_cpa_m: float = param(200.0, "m", "assumed: a ship's own length, and its wash", 10, 0.25 * NM_M)
    small_ahead_s: float = param(600.0, "s", "assumed: time for a call and a turn", 30, 720)
    seen_ahead_s: float = param(
        180.0, "s", "assumed: a small craft with AIS is seen, and who gives way to it has acted by then", 30, 720
    )
    ships_too: bool = param(
        False, "", "assumed: of two ships the traffic service tells; simulated ones do not give way as real ones do"
    )
    ship_cpa_m: float = param(100.0, "m", "assumed: half a ship's length, a collision", 10, 0.25 * NM_M)
    overtaking_deg: float = param(67.5, "deg", "COLREG 13(b): courses so near each other are overtaking", 0, 180)
    ship_ahead_s: float = param(180.0, "s", "assumed: a give-way vessel acts well before (COLREG 16)", 30, 720)
    min_closing_kn: float = param(5.0, "kn", "assumed: less is overtaking or company", 0, 40)
    max_small_kn: float = param(15.0, "kn", "assumed: a faster boat is nimble and awake", 2, 60)
    min_ship_kn: float = param(4.0, "kn", "assumed: slower ships wait or manoeuvre", 0, 30)
    min_s: int = param(60, "s", "assumed: six ticks in a row", 0, 600)
    min_p_dark: float = param(0.85, "", "assumed: as for dark_craft", 0.01, 1)
    min_port_m: float = param(2 * NM_M, "m", "assumed: approaches and berths", 0, 50_000)
    min_coast_m: float = param(0.5 * NM_M, "m", "assumed", 0, 50_000)


class Collision(OfPairs, Rule):
    """Two that will meet if nobody does anything."""

    name = "collision"
    version = 1
    Params = Params
    hold_s = 300
    grace_s = 30
    known_false_alarms = (
        "Yachts that mean to pass close astern; pilot boats and tenders of an unsaid type; ships that agreed by radio; "
        "contacts whose course is not known well yet."
    )

    def evaluate(self, view) -> list[Candidate]:
        p, pairs = self.params, view.pairs
        pairs = pairs.where((pairs.tcpa_s > 0) & (pairs.cpa_m <= max(p.small_cpa_m, p.ship_cpa_m)))
        weak, ship = self._weak(view), self._ship(view)
        judged = offshore(view, p.min_port_m, p.min_coast_m) & ~at_rest(view) & ~service_craft(view)
        slow = pairs.sog_kn <= p.max_small_kn
        fast = ship & (pairs.sog_kn >= p.min_ship_kn)
        a, b = pairs.a, pairs.b
        ahead_s = np.where(view.is_contact[a] | view.is_contact[b], p.small_ahead_s, p.seen_ahead_s)
        mixed = (weak & slow)[a] & fast[b] | (weak & slow)[b] & fast[a]
        with np.errstate(invalid="ignore", divide="ignore"):
            closing_kn = np.sqrt(np.maximum(pairs.distance_m**2 - pairs.cpa_m**2, 0.0)) / pairs.tcpa_s / KN
        ships = fast[a] & fast[b] & (turned_deg(view.cog_deg[a], view.cog_deg[b]) > p.overtaking_deg)
        holds = (
            judged[a]
            & judged[b]
            & (mixed | (ships & p.ships_too))
            & (pairs.cpa_m <= np.where(mixed, p.small_cpa_m, p.ship_cpa_m))
            & (pairs.tcpa_s <= np.where(mixed, ahead_s, p.ship_ahead_s))
            & (closing_kn >= p.min_closing_kn)
        )
        first = weak | view.is_contact  # one whose probability falls for a while is the weaker still
        return self.candidates(view, [self._sorted(m, first) for m in self.meetings.update(view, a[holds], b[holds])])

    def _candidate(self, view, meeting: Meeting, row: int, other: int) -> Candidate:
        """Worded anew as they close: the nearer the time, the better it is known how near they pass."""
        return replace(super()._candidate(view, meeting, row, other), phase=str(int(meeting.held_s // _ANEW_S)))

    def _weak(self, view) -> np.ndarray:
        return small_with_ais(view) | dark(view, self.params.min_p_dark)

    def _ship(self, view) -> np.ndarray:
        return view.craft & ~small_with_ais(view)

    def _sorted(self, meeting: Meeting, weak) -> tuple[Meeting, int, int]:
        """With the weaker of the two first."""
        a, b = meeting.a, meeting.b
        return (meeting, b, a) if weak[b] and not weak[a] else (meeting, a, b)

    def describe(self, view, candidate: Candidate) -> Details:
        meeting, row, other = self.meeting_of(view, candidate)
        distance_m, cpa_m, tcpa_s = now(view, row, other)
        mixed = bool(self._weak(view)[row] or view.is_contact[row])
        sentence = Words(
            "{craft} {motion} and {other} {other_motion} will pass {cpa} apart at {at:clock}, in {minutes:.0f} min, if "
            "neither gives way; now {distance} apart{where}",
            craft=view.title(row), motion=under_way(view, row), other=view.title(other),
            other_motion=under_way(view, other), cpa=nm(cpa_m), at=view.t_ms + int(tcpa_s * 1000), minutes=tcpa_s / 60,
            distance=nm(distance_m), where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        p = self.params
        small_s = p.small_ahead_s if view.is_contact[row] else p.seen_ahead_s
        cpa_limit, ahead = (p.small_cpa_m, small_s) if mixed else (p.ship_cpa_m, p.ship_ahead_s)
        compared = [
            Compared("closest approach", round(cpa_m), "<=", cpa_limit, "m", "assumed"),
            Compared("time to it", round(tcpa_s), "<=", ahead, "s", "assumed; COLREG 16"),
            self.held(view, meeting),
        ]
        # assumed: who has no AIS, or is in a lane, is the likelier not to be seen in time; how near she passes, and
        # how little way it makes, are parts of the risk to life of their own
        risk = 0.5 + 0.1 * view.is_contact[row] + 0.1 * (view.lane[row] >= 0) if mixed else 0.3
        ground = "Closest approach of two targets that keep course and speed"
        evidence = self.evidence(ground, compared, two_inputs(view, meeting))
        return Details(sentence, "high" if mixed else "medium", risk, view.lon[row], view.lat[row], evidence)

    @classmethod
    def examples(cls):
        def meets(ahead_m: float, abeam_m: float = 0.0, speed_kn: float = 15.0):
            """A ship down the lane, and a boat at 4 kn across it that is on its course after so many metres."""
            ship = run(235_000_001, IN_SW_LANE, 227.0, speed_kn, 300)
            later_s = ahead_m / (speed_kn * KN)
            meet = off(off(IN_SW_LANE, 227.0, ahead_m), 317.0, abeam_m - 4 * KN * later_s)
            return together(ship, run(235_123_456, meet, 317.0, 4.0, 300))

        boat = sized(235_123_456, 8)
        yield Example("an 8 m boat and a ship that will be at one place in 3 min", meets(2300), True, statics=boat)
        yield Example("the same, 6 min before", meets(4700), False, statics=boat)
        yield Example("the boat passes a third of a mile ahead of the ship", meets(2300, 600), False, statics=boat)
        ships, asked = sized(235_123_456, 80), {"ships_too": True}
        yield Example("two ships, 9 min before", meets(4200), False, statics=ships, params=asked)
        yield Example("two ships, 2 min before", meets(1500), True, statics=ships, params=asked)
        yield Example("two ships, which are not asked about", meets(1500), False, statics=ships)
        yield Example("the boat is a pilot boat", meets(2300), False, statics=sized(235_123_456, 8, ship_type=50))
