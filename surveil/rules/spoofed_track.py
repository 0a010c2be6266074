"""A false track: round and round on a circle that no ship steers, or several ships at one spot on the move.

Conditions:
- circle: over the last `window_s` the path lies on one circle, to within `max_rms` of its radius and never worse than
  `max_rms_m`, with a radius of `min_radius_m` to `max_radius_m`, and goes round it at least `min_turns` times without
  turning back, at `min_sog_kn` or more by its reports;
- spot: at least `min_ships` vessels, each heard within `spot_age_s`, report themselves within one cell of `spot_m` at
  `min_sog_kn` or more, for at least `spot_s`: a transmitter that deceives receivers gives all the same place.
A path is looked at once in `every_s` of event time.

Source: circles of ships that were elsewhere: Bjorn Bergman, SkyTruth and Global Fishing Watch, 2019 to 2021; one place
for many ships: C4ADS, Above Us Only Stars, 2019. The figures are assumed. A straight line cannot be told from a good
autopilot by AIS, which is to 0.2 m and filtered by the receiver: it is not looked for.

Known false alarms: ships that swing their compass or wait in circles by autopilot; trials; tugs with a tow, and
regattas, at one spot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.filter import DEG_M
from surveil.kernels.geodesy import destination_deg_array, distance_m_array
from surveil.kernels.shapes import circles
from surveil.kernels.tracks import KN, RING
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, nm, off_place, under_way
from surveil.rules.common import fresh
from surveil.rules.examples import IN_SW_LANE, T0_MS, Example, run, together
from surveil.schema import CLASS_A, CLASS_SAR_AIRCRAFT, MISSING_TIME, Positions
from surveil.words import Words

_BACK = 24
"""Entries back in the history, 30 s apart or more, that a path is first compared with."""
_SENTENCES = {
    "circle": "{craft} reports itself on one circle of {radius} radius, round {turns:.1f} times{where}, {motion}",
    "spot": "{craft} and {others} others report one and the same spot {motion}{where}, since {since:clock}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    window_s: int = param(2700, "s", "assumed", 600, 2880)
    every_s: int = param(120, "s", "assumed: a circle takes many minutes", 10, 3600)
    min_turns: float = param(2.5, "", "assumed: more than a compass swing, a turn either way", 0.5, 100)
    max_rms: float = param(0.04, "", "assumed: a ship's circle in wind and tide is less even", 0, 1)
    max_rms_m: float = param(50.0, "m", "assumed", 1, 1000)
    min_radius_m: float = param(150.0, "m", "assumed: less may swing at anchor", 10, 10_000)
    max_radius_m: float = param(5 * NM_M, "m", "assumed", 100, 100_000)
    min_sog_kn: float = param(4.0, "kn", "assumed: slower ships drift in circles with the tide", 0, 50)
    min_ships: int = param(4, "ships", "assumed: as for interference", 2, 100)
    spot_m: float = param(150.0, "m", "assumed: what ships make within the age at 10 kn", 10, 1000)
    spot_age_s: int = param(30, "s", "assumed: class A every 10 s under way (M.1371-5 table 1)", 10, 600)
    spot_s: int = param(300, "s", "assumed: a meeting of ships is over by then", 0, 7200)


class Looks(Episodes):
    """Episodes, and when the path of each slot was last looked at."""

    FIELDS = Episodes.FIELDS | {"looked_ms": ("i8", MISSING_TIME)}

    def due(self, view, rows: np.ndarray, every_ms: int) -> np.ndarray:
        """int64[k]: rows not looked at for so long; new ones are spread over that time by their slots."""
        slots = view.slots[rows]
        self.reach(slots)
        new = slots[self.looked_ms[slots] == MISSING_TIME]
        self.looked_ms[new] = view.t_ms - new * 10_000 % every_ms
        due = view.t_ms - self.looked_ms[slots] >= every_ms
        self.looked_ms[slots[due]] = view.t_ms
        return rows[due]


class SpoofedTrack(Rule):
    """Positions made up by someone."""

    name = "spoofed_track"
    version = 1
    Params = Params
    hold_s = 900
    known_false_alarms = (
        "Ships that swing their compass or wait in circles by autopilot; trials; tugs with a tow and regattas at one "
        "spot."
    )

    def __init__(self, params):
        super().__init__(params)
        self.rounds = Looks(grace_s=2 * params.every_s)
        self.spots = Episodes(grace_s=120)

    def evaluate(self, view) -> list[Candidate]:
        moving = (
            (view.sog_kn >= self.params.min_sog_kn) & view.craft & (view.ais_class != CLASS_SAR_AIRCRAFT) & fresh(view)
        )
        found = []
        for key, episodes, holds, min_s in (
            ("circle", self.rounds, self._on_circles(view, moving), 0),
            ("spot", self.spots, self._at_spots(view, moving), self.params.spot_s),
        ):
            going = episodes.update(view, holds)
            for row in np.flatnonzero(going).tolist():
                slot = view.slots[row]
                start_ms = int(episodes.since_ms[slot])
                lasted = _lasted(int(episodes.seen_ms[slot]) - start_ms, min_s)
                almost = None if lasted.value >= min_s else lasted
                found.append(Candidate(row, int(view.mmsi[row]), start_ms, key, almost=almost))
        return found

    def _on_circles(self, view, moving: np.ndarray) -> np.ndarray:
        """bool[n]: paths looked at in this tick that are circles."""
        p = self.params
        rows = self.rounds.due(view, np.flatnonzero(moving), p.every_s * 1000)
        rows = rows[_bends(view, rows)]
        holds = np.zeros(len(view), bool)
        _, radius_m, rms_m, turns = self._circles(view, rows)
        with np.errstate(invalid="ignore"):
            holds[rows] = (
                (turns >= p.min_turns)
                & (rms_m <= np.minimum(p.max_rms_m, p.max_rms * radius_m))
                & (radius_m >= p.min_radius_m)
                & (radius_m <= p.max_radius_m)
            )
        return holds

    def _circles(self, view, rows: np.ndarray):
        arrays, since_ms = view.table.arrays, view.t_ms - self.params.window_s * 1000
        return circles(
            view.slots[rows], since_ms, arrays.ring_n, arrays.ring_t_ms, arrays.ring_lon, arrays.ring_lat
        )  # fmt: skip

    def _at_spots(self, view, moving: np.ndarray) -> np.ndarray:
        """bool[n]: in a cell with enough others on the move."""
        holds = np.zeros(len(view), bool)
        rows = np.flatnonzero(moving & (view.age_s <= self.params.spot_age_s))
        cell = self._cell(view, rows)
        in_order, lag = np.sort(cell), self.params.min_ships - 1
        crowded = in_order[lag:][in_order[lag:] == in_order[: len(in_order) - lag]]
        if crowded.size:
            holds[rows] = np.isin(cell, crowded)
        return holds

    def _cell(self, view, rows: np.ndarray) -> np.ndarray:
        """int64[k]: number of the cell that each is in."""
        deg = self.params.spot_m / DEG_M
        north = np.floor(view.lat[rows] / deg).astype(np.int64)
        east = np.floor(view.lon[rows] * np.cos(np.radians(north * deg)) / deg).astype(np.int64)
        return north * 10_000_000 + east

    def describe(self, view, candidate: Candidate) -> Details:
        row, key, rows = candidate.row, candidate.key, np.array([candidate.row])
        episodes = self.rounds if key == "circle" else self.spots
        used, radius_m, rms_m, turns = (column[0] for column in self._circles(view, rows))
        there = np.flatnonzero(self.spots.seen_ms[view.slots] == view.t_ms)
        others = int((self._cell(view, there) == self._cell(view, rows)).sum()) - 1
        sentence = Words(
            _SENTENCES[key], craft=view.title(row), radius=nm(radius_m) if key == "circle" else "", turns=float(turns),
            others=others, since=candidate.t_start_ms, motion=under_way(view, row),
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        inputs = [episodes.first_input(view.slots[row]), last_input(view, row)]
        ground = "The shape of its path" if key == "circle" else "Several vessels on the move at one place"
        return Details(
            sentence, "medium", 0.2, view.lon[row], view.lat[row],
            self.evidence(ground, self._compared(view, candidate, used, radius_m, rms_m, turns, others), inputs),
        )  # fmt: skip

    def _compared(self, view, candidate: Candidate, used, radius_m, rms_m, turns, others: int) -> list[Compared]:
        p, slot = self.params, view.slots[candidate.row]
        if candidate.key == "spot":
            return [
                Compared("vessels at the spot", others + 1, ">=", p.min_ships, "", "assumed"),
                _lasted(int(self.spots.seen_ms[slot] - self.spots.since_ms[slot]), p.spot_s),
            ]
        return [
            Compared("times round", round(float(turns), 1), ">=", p.min_turns, "", "assumed"),
            Compared(
                "off the circle, of its radius", round(float(rms_m / radius_m), 3), "<=", p.max_rms, "", "assumed"
            ),
            Compared("positions looked at", int(used), "", None, "", ""),
        ]

    @classmethod
    def examples(cls):
        yield Example("three times round a circle of half a mile", _round(3.2), True)
        yield Example("once round it", _round(1.2), False)
        yield Example("five ships at one spot for ten minutes", _at_one_spot(5), True)
        yield Example("three ships there", _at_one_spot(3), False)
        yield Example("goes straight on", run(235_123_456, IN_SW_LANE, 227.0, 12.0, 2700), False)


def _bends(view, rows: np.ndarray) -> np.ndarray:
    """bool[k]: went round more than on since some time ago; a saving, no threshold of the rule.

    On a circle of 18 min or less, as two turns and a half in 45 are, the way made good over 12 min is under half of
    the way gone.
    """
    arrays, slots = view.table.arrays, view.slots[rows]
    at = (arrays.ring_n[slots] - _BACK) % RING
    good_m = distance_m_array(arrays.ring_lon[slots, at], arrays.ring_lat[slots, at], view.lon[rows], view.lat[rows])
    gone_m = view.sog_kn[rows] * KN * (view.t_ms - arrays.ring_t_ms[slots, at]) / 1000.0
    return (arrays.ring_n[slots] >= _BACK) & (good_m <= 0.6 * gone_m)


def _lasted(lasted_ms: int, min_s: int) -> Compared:
    return Compared("time at the spot", lasted_ms // 1000, ">=", min_s, "s", "assumed")


def _round(turns: float) -> Positions:
    """A track that goes round a circle of 926 m radius in 13 min, at 14.5 kn."""
    t_s = np.arange(0, int(turns * 780), 30)
    n, bearing = len(t_s), t_s / 780 * 360.0
    lon, lat = destination_deg_array(np.full(n, IN_SW_LANE[0]), np.full(n, IN_SW_LANE[1]), bearing, np.full(n, 926.0))
    return Positions.build(
        t_ms=T0_MS + 1000 * t_s, seq=1 + np.arange(n), mmsi=np.full(n, 235_123_456), digest=1 + np.arange(n),
        msg_type=np.full(n, 1), ais_class=np.full(n, CLASS_A), lon=lon, lat=lat, sog_kn=np.full(n, 14.5),
        cog_deg=(bearing + 90) % 360, nav_status=np.zeros(n),
    )  # fmt: skip


def _at_one_spot(count: int) -> Positions:
    return together(*(run(235_200_000 + i, IN_SW_LANE, 227.0, 6.0, 600, every_s=10) for i in range(count)))
