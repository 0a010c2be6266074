"""Grounding: a ship that runs for the shore, and will be on it within minutes.

Condition, for at least `min_s`, at `min_kn` or more, for craft that are not small (small boats land on beaches)
and not at work (patrol and rescue craft go close in): on its
present course and speed it is on land within `ahead_s`, and no port is within `port_m` of there or of it.

Source: none published was found for the times. Banks are not watched: geodata knows their middles only, to 4 km, and
lanes pass nearer than that; a chart would be needed. The coast in geodata is good to some 200 m.

Known false alarms: ships that turn late into a port that geodata does not know; river traffic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import destination_deg_array
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, off_place, under_way
from surveil.rules.common import at_rest, fresh, service_craft
from surveil.rules.examples import Example, run, sized
from surveil.rules.pairing import small_with_ais
from surveil.tracks.view import PORT_KINDS
from surveil.words import Words

_STEP_S = 30.0
_EVERY_MS = 30_000
"""What lies ahead is looked up so often: a ship goes 300 m in it."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    ahead_s: float = param(
        300.0,
        "s",
        "assumed: time for a call and a turn; coasters turn off the shore a mile or more before it",
        60,
        1800,
    )
    min_kn: float = param(5.0, "kn", "assumed: slower ships manoeuvre", 1, 30)
    min_s: int = param(60, "s", "assumed: six ticks in a row", 0, 600)
    port_m: float = param(2 * NM_M, "m", "assumed: ports and their approaches", 0, 50_000)


class Grounding(Rule):
    """A ship that will be aground."""

    name = "grounding"
    version = 1
    Params = Params
    hold_s = 300
    known_false_alarms = "Ships that turn late into a port that geodata does not know; river traffic."

    def __init__(self, params):
        super().__init__(params)
        self.ashore = Episodes(grace_s=60)

    def evaluate(self, view) -> list[Candidate]:
        ashore = np.zeros(len(view), bool)
        if view.t_ms % _EVERY_MS == 0:
            rows = np.flatnonzero(self._near_coast(view))
            ashore[rows] = ~np.isnan(self._ashore_s(view, rows))
        going = self.ashore.update(view, ashore)
        return [self._candidate(view, int(row)) for row in np.flatnonzero(going)]

    def _near_coast(self, view) -> np.ndarray:
        """bool[n]: ships under way that could reach a coast in time."""
        p = self.params
        able = view.craft & ~small_with_ais(view) & fresh(view) & ~at_rest(view) & (view.sog_kn >= p.min_kn)
        able &= ~(view.port_m < p.port_m) & ~np.isnan(view.cog_deg) & ~service_craft(view)
        return able & (view.coast_m <= view.sog_kn * (KN * (p.ahead_s + view.age_s)))

    def _candidate(self, view, row: int) -> Candidate:
        slot = view.slots[row]
        almost = None if self._held_s(slot) >= self.params.min_s else self._held(slot)
        return Candidate(row, int(view.mmsi[row]), int(self.ashore.since_ms[slot]), almost=almost)

    def _held_s(self, slot: int) -> float:
        return float(self.ashore.seen_ms[slot] - self.ashore.since_ms[slot]) / 1000

    def _held(self, slot: int) -> Compared:
        return Compared("time", round(self._held_s(slot)), ">=", self.params.min_s, "s", "assumed")

    def _way(self, view, rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each will be, in steps from now: lon, lat (k, steps) and the seconds (steps,)."""
        ahead_s = np.arange(0.0, self.params.ahead_s + _STEP_S, _STEP_S)
        metres = (view.sog_kn[rows, None] * KN) * (view.age_s[rows, None] + ahead_s)
        shape = metres.shape
        start = [np.repeat(v[rows].astype(np.float64), shape[1]) for v in (view.lon, view.lat, view.cog_deg)]
        lon, lat = destination_deg_array(*start, metres.ravel().astype(np.float64))
        return lon.reshape(shape), lat.reshape(shape), ahead_s

    def _ashore_s(self, view, rows) -> np.ndarray:
        """float64[k]: when each will be on land, s from now, off ports; NaN for none, and for one on land already."""
        if not len(rows):
            return np.zeros(0)
        lon, lat, ahead_s = self._way(view, rows)
        land = view.areas.on_land(lon.ravel(), lat.ravel()).reshape(lon.shape)
        first = land.argmax(axis=1)
        there = np.arange(len(rows)), first
        _, port_m = view.areas.nearest(PORT_KINDS, lon[there], lat[there])
        meets = land.any(axis=1) & (first > 0) & (port_m >= self.params.port_m)
        return np.where(meets, ahead_s[first], np.nan)

    def describe(self, view, candidate: Candidate) -> Details:
        row, slot = candidate.row, view.slots[candidate.row]
        ashore_s = float(np.nan_to_num(self._ashore_s(view, np.array([row]))[0]))
        sentence = Words(
            "{craft} {motion} will be ashore in {minutes:.0f} min if it goes on{where}",
            craft=view.title(row), motion=under_way(view, row), minutes=ashore_s / 60,
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            Compared("time to the shore", round(ashore_s), "<=", self.params.ahead_s, "s", "assumed"),
            Compared("SOG", round(float(view.sog_kn[row]), 1), ">=", self.params.min_kn, "kn", "assumed"),
            self._held(slot),
        ]
        inputs = [self.ashore.first_input(slot), last_input(view, row)]
        evidence = self.evidence("Its course and speed, carried on", compared, inputs)
        return Details(sentence, "high", 0.6, view.lon[row], view.lat[row], evidence)

    @classmethod
    def examples(cls):
        before_dungeness = (0.975, 50.88)
        ship = sized(235_123_456, 90)
        for_it = run(235_123_456, before_dungeness, 0.0, 10.0, 600)
        yield Example("a coaster at 10 kn for the shore west of Dungeness", for_it, True, statics=ship)
        yield Example("a boat of 8 m", for_it, False, statics=sized(235_123_456, 8))
        yield Example("at 3 kn", run(235_123_456, before_dungeness, 0.0, 3.0, 600), False, statics=ship)
        yield Example("along the shore", run(235_123_456, before_dungeness, 225.0, 10.0, 600), False, statics=ship)
