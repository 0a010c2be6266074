"""Sudden change: a ship stops dead, or turns right round in a lane, as none does of her own will.

Conditions, off ports, for ships known to be `min_length_m` or longer and no service craft (a small one may):
- stopped: it said more than `fast_kn`, and within `drop_s` less than `slow_kn`, and has said so for `held_s` since;
- turned: in a traffic lane, at `min_turn_kn` or more before and after, it has turned by `turned_deg` or more within
  `turn_s`, and holds the new course for `held_s`.
A speed of 102.2 kn is what AIS sends for that "or more": most often a fault, and said to be one.

Source: the stop is the sudden speed change of the Danish Maritime Authority's AisAbnormal (more than 7 to less than 1
kn within 30 s, held 60 s); the turn is assumed.

Known false alarms: a faulty log or GNSS receiver, by far the most; ships that anchor in a hurry; hovercraft and fast
craft of an unsaid type.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.motion import back_then
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, direction, last_input, off_place, under_way
from surveil.rules.common import fresh, of_types, service_craft, turned_deg
from surveil.rules.examples import IN_SW_LANE, Example, off, run, sized, together
from surveil.schema import MISSING_TIME
from surveil.words import Words

IMPOSSIBLE_KN = 102.2
"""'102.2 knots or higher' (M.1371-5 table 48)."""
_NIMBLE = tuple(range(40, 50))
"""High-speed craft (M.1371-5 table 53)."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    fast_kn: float = param(7.0, "kn", "DMA AisAbnormal, sudden speed change", 1, 60)
    slow_kn: float = param(1.0, "kn", "DMA AisAbnormal, sudden speed change", 0.1, 10)
    drop_s: float = param(30.0, "s", "DMA AisAbnormal, sudden speed change", 2, 600)
    held_s: int = param(60, "s", "DMA AisAbnormal, sudden speed change", 0, 600)
    turned_deg: float = param(120.0, "deg", "assumed: more than from one leg of a lane to the next", 45, 180)
    turn_s: float = param(360.0, "s", "assumed: two plotting intervals of 3 min", 60, 1800)
    min_turn_kn: float = param(6.0, "kn", "assumed: slower ships wait for a pilot", 1, 30)
    min_length_m: float = param(50.0, "m", "DMA AisAbnormal: ships of 50 m or more", 0, 400)
    min_port_m: float = param(2 * NM_M, "m", "assumed; where ports are known", 0, 50_000)


class SuddenChange(Rule):
    """A ship that stops or turns round at once."""

    name = "sudden_change"
    version = 1
    Params = Params
    hold_s = 600
    known_false_alarms = (
        "A faulty log or GNSS receiver, by far the most; ships that anchor in a hurry; fast craft of an unsaid type."
    )

    def __init__(self, params):
        super().__init__(params)
        self.stopped, self.turned = Episodes(grace_s=30), Episodes(grace_s=120)
        self.before = {"fast_ms": np.zeros(0, np.int64), "fast_kn": np.zeros(0)}
        """By slot: when it last said it was fast, and how fast."""

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        able = view.craft & (view.length_m >= p.min_length_m) & ~service_craft(view) & ~of_types(view, _NIMBLE)
        able &= ~(view.port_m < p.min_port_m) & fresh(view)
        found = []
        for key, episodes, holds in (
            ("stopped", self.stopped, able & self._stops(view)),
            ("turned", self.turned, self._turns(view, able)),
        ):
            going = episodes.update(view, holds)
            for row in np.flatnonzero(going & holds):
                slot = view.slots[row]
                heard_s = float(view.last_ms[row] - episodes.row_ms[slot]) / 1000
                almost = None if heard_s >= p.held_s else self._held(heard_s)
                start_ms = int(episodes.since_ms[slot])
                found.append(Candidate(int(row), int(view.mmsi[row]), start_ms, key, almost=almost))
        return found

    def _stops(self, view) -> np.ndarray:
        """bool[n]: slow now, and soon after it was fast, or stopped so before and slow still."""
        p, slots = self.params, view.slots
        self._reach(int(slots.max(initial=-1)) + 1)
        fast, slow = view.sog_kn > p.fast_kn, view.sog_kn < p.slow_kn
        self.before["fast_ms"][slots[fast]] = view.last_ms[fast]
        self.before["fast_kn"][slots[fast]] = view.sog_kn[fast]
        soon = view.last_ms - self.before["fast_ms"][slots] <= p.drop_s * 1000
        self.stopped.reach(slots)
        self.stopped.since_ms[slots[fast]] = MISSING_TIME
        return slow & (soon | (self.stopped.since_ms[slots] != MISSING_TIME))

    def _reach(self, needed: int) -> None:
        extra = 2 * needed - len(self.before["fast_ms"])
        if needed > len(self.before["fast_ms"]):
            self.before = {k: np.concatenate([v, np.zeros(extra, v.dtype)]) for k, v in self.before.items()}

    def _turns(self, view, able: np.ndarray) -> np.ndarray:
        p = self.params
        rows = np.flatnonzero(able & (view.lane >= 0) & (view.sog_kn >= p.min_turn_kn))
        sog_kn, cog_deg = self._then(view, rows)
        turns = np.zeros(len(view), bool)
        turns[rows] = (sog_kn >= p.min_turn_kn) & (turned_deg(view.cog_deg[rows], cog_deg) >= p.turned_deg)
        return turns

    def _then(self, view, rows) -> tuple[np.ndarray, np.ndarray]:
        arrays, at_ms = view.table.arrays, view.t_ms - int(self.params.turn_s * 1000)
        return back_then(
            view.slots[rows], at_ms, arrays.ring_n, arrays.ring_t_ms, arrays.ring_sog_kn, arrays.ring_cog_deg
        )

    def _held(self, heard_s: float) -> Compared:
        return Compared("time", round(heard_s), ">=", self.params.held_s, "s", "DMA AisAbnormal")

    def describe(self, view, candidate: Candidate) -> Details:
        row, slot = candidate.row, view.slots[candidate.row]
        stopped = candidate.key == "stopped"
        episodes = self.stopped if stopped else self.turned
        where = off_place(view.areas, view.lon[row], view.lat[row])
        say = self._stop_said if stopped else self._turn_said
        sentence, compared = say(view, row, where)
        heard_s = float(view.last_ms[row] - episodes.row_ms[slot]) / 1000
        faulty = stopped and self.before["fast_kn"][slot] >= IMPOSSIBLE_KN - 0.05
        severity, risk = ("low", 0.1) if faulty else ("medium", 0.4)
        inputs = [episodes.first_input(slot), last_input(view, row)]
        evidence = self.evidence("Speed and course as reported, one after the other",
                                 [*compared, self._held(heard_s)], inputs)  # fmt: skip
        return Details(sentence, severity, risk, view.lon[row], view.lat[row], evidence)

    def _stop_said(self, view, row: int, where):
        p, slot = self.params, view.slots[row]
        then_kn, now_kn = float(self.before["fast_kn"][slot]), float(view.sog_kn[row])
        drop_s = (self.stopped.row_ms[slot] - self.before["fast_ms"][slot]) / 1000
        message = (
            "{craft} says that it stopped at once, from {then:.1f} to {now:.1f} kn in {seconds:.0f} s; {then:.1f} kn "
            "is a fault{where}"
            if then_kn >= IMPOSSIBLE_KN - 0.05
            else "{craft} stopped at once, from {then:.1f} to {now:.1f} kn in {seconds:.0f} s{where}"
        )
        said = Words(message, craft=view.title(row), then=then_kn, now=now_kn, seconds=drop_s, where=where)
        source = "DMA AisAbnormal"
        return said, [
            Compared("SOG before", round(then_kn, 1), ">", p.fast_kn, "kn", source),
            Compared("SOG", round(now_kn, 1), "<", p.slow_kn, "kn", source),
            Compared("time between the two", round(drop_s), "<=", p.drop_s, "s", source),
        ]

    def _turn_said(self, view, row: int, where):
        p, (_, cog_deg) = self.params, self._then(view, np.array([row]))
        said = Words(
            "{craft} has turned round in the {area:name}: {motion}, {before} {minutes:.0f} min before{where}",
            craft=view.title(row), area=view.areas.features[view.lane[row]].name, motion=under_way(view, row),
            before=direction(cog_deg[0]), minutes=p.turn_s / 60, where=where,
        )  # fmt: skip
        turned = float(turned_deg(view.cog_deg[row], cog_deg[0]))
        return said, [Compared("turned by", round(turned), ">=", p.turned_deg, "deg", "assumed")]

    def state(self):
        return super().state() | {f"before/{name}": array for name, array in self.before.items()}

    def restore(self, arrays) -> None:
        super().restore(arrays)
        self.before = {name: arrays[f"before/{name}"] for name in self.before}

    @classmethod
    def examples(cls):
        def then(speed_kn: float, course_deg: float = 227.0):
            """Twelve knots down the lane for 10 min, then otherwise."""
            turn = off(IN_SW_LANE, 227.0, 12 * 1852 / 3600 * 600)
            before = run(235_123_456, IN_SW_LANE, 227.0, 12.0, 600, every_s=10)
            return together(before, run(235_123_456, turn, course_deg, speed_kn, 300, every_s=10, start_s=600))

        ship = sized(235_123_456, 90)
        yield Example("from 12 kn to a stop in 10 s", then(0.0), True, statics=ship)
        yield Example("from 12 kn to 3 kn", then(3.0), False, statics=ship)
        yield Example("turns right round in the lane", then(12.0, 47.0), True, statics=ship)
        yield Example("turns by 90°", then(12.0, 317.0), False, statics=ship)
        yield Example("a boat stops", then(0.0), False, statics=sized(235_123_456, 8))
