"""Rare route: a craft that moves as hardly any of its class was seen to move there.

Condition: for at least `min_s`, of what was learned there of its class, no more than `share` moved in a way as rare or
rarer (see surveil/kernels/traffic.py); at `min_kn` or more, off ports, not a service or small craft; asked each minute.

Source: learned traffic; the Danish Maritime Authority's AisAbnormal asks for p < 0.001 and 5,000 counts in a cell. The
share is the rate of false alarms to be expected, a cell; figures are assumed.

Known false alarms: where little was learned yet; yachts, which go everywhere; ships that wait, avoid or go round
weather.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, off_place, under_way
from surveil.rules.common import at_rest, fresh, service_craft
from surveil.rules.examples import IN_SW_LANE, Example, off, run, together
from surveil.rules.pairing import small_with_ais
from surveil.words import Words

_EVERY_MS = 60_000
"""Traffic is learned by the minute, and asked so."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    share: float = param(0.002, "", "assumed; AisAbnormal: 0.001", 1e-6, 0.5)
    min_s: int = param(900, "s", "assumed: longer than an evasion", 0, 7200)
    min_kn: float = param(4.0, "kn", "assumed: slower ones drift or wait", 0, 30)
    min_port_m: float = param(3 * NM_M, "m", "assumed", 0, 50_000)


class RareRoute(Rule):
    """A craft where, and on a course on which, its like do not go."""

    name = "rare_route"
    version = 1
    Params = Params
    hold_s = 1800
    known_false_alarms = (
        "Where little was learned yet; yachts, which go everywhere; ships that wait, avoid or go round weather."
    )

    def __init__(self, params):
        super().__init__(params)
        self.rare = Episodes(grace_s=300)

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        holds = np.zeros(len(view), bool)
        if view.learned is not None and view.t_ms % _EVERY_MS == 0:
            able = view.craft & fresh(view) & (view.sog_kn >= p.min_kn) & (view.port_m >= p.min_port_m)
            able &= ~service_craft(view) & ~at_rest(view) & ~small_with_ais(view)
            rows = np.flatnonzero(able)
            holds[rows] = self._share(view, rows) <= p.share
        going = np.flatnonzero(self.rare.update(view, holds))
        since_ms = self.rare.since_ms[view.slots[going]]
        held_s = (self.rare.seen_ms[view.slots[going]] - since_ms) / 1000
        return [
            Candidate(row, int(view.mmsi[row]), since, almost=None if held >= p.min_s else self._held(held))
            for row, since, held in zip(going.tolist(), since_ms.tolist(), held_s.tolist(), strict=True)
        ]

    def _share(self, view, rows) -> np.ndarray:
        names = ("lon", "lat", "sog_kn", "cog_deg", "ais_class")
        return view.learned.traffic.rarity(**{name: getattr(view, name)[rows] for name in names}).p

    def _held(self, held_s: float) -> Compared:
        return Compared("time", round(float(held_s)), ">=", self.params.min_s, "s", "assumed")

    def describe(self, view, candidate: Candidate) -> Details:
        row, slot = candidate.row, view.slots[candidate.row]
        share = float(self._share(view, np.array([row]))[0])
        share = self.params.share if np.isnan(share) else share
        sentence = Words(
            "{craft} goes as hardly any of its class does here (rarer than {percent:.1f} %): {motion}{where}; since "
            "{since:clock}",
            craft=view.title(row), percent=100 * (1 - share), motion=under_way(view, row),
            where=off_place(view.areas, view.lon[row], view.lat[row]), since=candidate.t_start_ms,
        )  # fmt: skip
        held_s = float(self.rare.seen_ms[slot] - self.rare.since_ms[slot]) / 1000
        compared = [
            Compared("share as rare or rarer", round(share, 5), "<=", self.params.share, "", "assumed"),
            self._held(held_s),
        ]
        inputs = [self.rare.first_input(slot), last_input(view, row)]
        ground = "Course and speed against those learned of its class"
        return Details(sentence, "low", 0.15, view.lon[row], view.lat[row], self.evidence(ground, compared, inputs))

    @classmethod
    def examples(cls):
        def lane_and(course_deg: float, speed_kn: float = 12.0):
            """A procession down the lane, then one ship on a course of her own."""
            ships = [run(235_000_001 + i, off(IN_SW_LANE, 47.0, 600.0 * i), 227.0, 12.0, 2400) for i in range(20)]
            return together(*ships, run(235_123_456, IN_SW_LANE, course_deg, speed_kn, 1200, start_s=1200))

        loose = {"share": 0.05, "min_s": 300}
        yield Example("a ship up the lane that 20 came down", lane_and(47.0), True, params=loose)
        yield Example("for less than the time asked", lane_and(47.0), False, params=loose | {"min_s": 1800})
        yield Example("down the lane with them", lane_and(227.0), False, params=loose)
