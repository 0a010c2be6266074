"""Shadowing: one vessel keeps by another for long, as patrol boats do by a boat they watch, or by one they meet.

Condition: within `near_m` of each other, both at `min_kn` or more, speeds within `speed_kn` and courses within
`course_deg`, for at least `min_s`, off ports and the coast; and
- one is a small craft or a contact without AIS and the other is not, or is a rescue or law-enforcement craft; or
- with `ships_too`, two ships that have turned together by `turned_deg` or more since, outside the lanes. Coasters on
  one route do so all day, and it is no matter of life: off by default.
Tugs and tows, fishing boats, dredgers and pilots work together, and are left out.

Source: none published was found; all figures are assumed.

Known false alarms: a mother ship with her tender; a yacht that keeps near a ship by chance; escorts of swimmers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.motion import back_then
from surveil.rules.base import NM_M, Candidate, Details, Rule, nm, off_place, under_way
from surveil.rules.common import of_types, turned_deg
from surveil.rules.examples import IN_SW_LANE, Example, off, run, sized, together
from surveil.rules.pairing import Meeting, OfPairs, dark, now, offshore, small_with_ais, two_inputs
from surveil.words import Words

_WORK_TOGETHER = (30, 31, 32, 33, 50, 52)
"""Fishing, towing, dredging, pilots, tugs (M.1371-5 table 53)."""
_WATCH = (51, 55)
"""Search and rescue, law enforcement."""

_OPEN_CHANNEL = (0.9, 50.4)
"""No lane and no coast are near."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    near_m: float = param(0.75 * NM_M, "m", "assumed", 50, 1.5 * NM_M)
    min_s: int = param(2400, "s", "assumed: chance company parts sooner", 60, 2700)
    min_kn: float = param(2.0, "kn", "assumed: slower is adrift or waiting", 0, 20)
    speed_kn: float = param(1.5, "kn", "assumed", 0.1, 10)
    course_deg: float = param(25.0, "deg", "assumed", 1, 90)
    ships_too: bool = param(False, "", "assumed: two ships in company are mostly on one route, and endanger nobody")
    turned_deg: float = param(30.0, "deg", "assumed: more than the bend of a lane", 5, 180)
    min_p_dark: float = param(0.85, "", "assumed: as for dark_craft", 0.01, 1)
    min_port_m: float = param(2 * NM_M, "m", "assumed", 0, 50_000)
    min_coast_m: float = param(0.5 * NM_M, "m", "assumed", 0, 50_000)


class Shadowing(OfPairs, Rule):
    """One that keeps by another."""

    name = "shadowing"
    version = 1
    Params = Params
    hold_s = 900
    known_false_alarms = "A mother ship with her tender; a yacht that keeps near a ship by chance; escorts of swimmers."

    def evaluate(self, view) -> list[Candidate]:
        p, pairs = self.params, view.pairs.where(view.pairs.distance_m <= self.params.near_m)
        a, b = pairs.a, pairs.b
        led, leads = self._led(view), self._leads(view)
        judged = (pairs.sog_kn >= p.min_kn) & offshore(view, p.min_port_m, p.min_coast_m)
        judged &= (led | view.craft) & ~of_types(view, _WORK_TOGETHER)
        holds = (
            judged[a]
            & judged[b]
            & (np.abs(pairs.sog_kn[a] - pairs.sog_kn[b]) <= p.speed_kn)
            & (turned_deg(view.cog_deg[a], view.cog_deg[b]) <= p.course_deg)
            & ((led[a] & leads[b]) | (led[b] & leads[a]) | (p.ships_too & leads[a] & leads[b] & (view.lane[a] < 0)))
        )
        found = []
        for m in self.meetings.update(view, a[holds], b[holds]):
            row, other = (m.b, m.a) if led[m.b] and not led[m.a] else (m.a, m.b)
            if led[row] or self._turned(view, m) >= p.turned_deg:
                found.append((m, row, other))
        return self.candidates(view, found)

    def _led(self, view) -> np.ndarray:
        return (small_with_ais(view) & ~of_types(view, _WATCH)) | dark(view, self.params.min_p_dark)

    def _leads(self, view) -> np.ndarray:
        return view.craft & (~small_with_ais(view) | of_types(view, _WATCH))

    def _turned(self, view, meeting: Meeting) -> float:
        """By how much less the two have turned since they came together, degrees."""
        arrays, rows = view.table.arrays, [meeting.a, meeting.b]
        _, cog_deg = back_then(
            view.slots[rows], meeting.since_ms, arrays.ring_n, arrays.ring_t_ms, arrays.ring_sog_kn,
            arrays.ring_cog_deg,
        )  # fmt: skip
        return float(np.nan_to_num(turned_deg(view.cog_deg[rows], cog_deg)).min())

    def describe(self, view, candidate: Candidate) -> Details:
        meeting, row, other = self.meeting_of(view, candidate)
        distance_m, _, _ = now(view, row, other)
        sentence = Words(
            "{other} keeps by {craft} {motion}, {distance} apart, for {minutes:.0f} min{where}; since {since:clock}",
            other=view.title(other), craft=view.title(row), motion=under_way(view, row), distance=nm(distance_m),
            minutes=(view.t_ms - meeting.since_ms) / 60_000, since=meeting.since_ms,
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        p = self.params
        kn, off_deg = view.pairs.sog_kn, turned_deg(view.cog_deg[row], view.cog_deg[other])
        compared = [
            Compared("distance apart", round(distance_m), "<=", p.near_m, "m", "assumed"),
            Compared("difference of speeds", round(abs(kn[row] - kn[other]), 1), "<=", p.speed_kn, "kn", "assumed"),
            Compared("difference of courses", round(float(off_deg)), "<=", p.course_deg, "deg", "assumed"),
            self.held(view, meeting),
        ]
        severity, risk = ("medium", 0.5) if self._led(view)[row] else ("low", 0.15)
        ground = "Two targets that go the same way side by side for long"
        evidence = self.evidence(ground, compared, two_inputs(view, meeting))
        return Details(sentence, severity, risk, view.lon[row], view.lat[row], evidence)

    @classmethod
    def examples(cls):
        def two(duration_s: int, course_deg: float = 317.0, apart_m: float = 600):
            start = off(IN_SW_LANE, 137.0, 2000)
            return together(
                run(235_000_001, off(start, 137.0, apart_m), course_deg, 4.0, duration_s, every_s=60),
                run(235_123_456, start, 317.0, 4.0, duration_s, every_s=60),
            )

        boat = sized(235_123_456, 8)
        yield Example("a cutter a third of a mile behind a boat for 45 min", two(2700), True, statics=boat)
        yield Example("for 35 min", two(2100), False, statics=boat)
        yield Example("a mile behind", two(2700, apart_m=1852), False, statics=boat)
        yield Example("two ships that hold their course", two(2700), False, statics=sized(235_123_456, 60))

        def turning(mmsi: int, start):
            """Ten minutes on one course and forty on another, at 8 kn, in the open Channel."""
            there = off(start, 45.0, 8 * 1852 / 3600 * 600)
            first = run(mmsi, start, 45.0, 8.0, 600, every_s=60)
            return together(first, run(mmsi, there, 100.0, 8.0, 2400, every_s=60, start_s=600))

        ships = together(turning(235_000_001, _OPEN_CHANNEL), turning(235_123_456, off(_OPEN_CHANNEL, 0.0, 600)))
        yield Example("two ships that turn together, if asked", ships, True, params={"ships_too": True})
        yield Example("two ships that turn together", ships, False)
