"""A ferry off its route: a passenger ship or fast craft far from where it always goes.

Condition: for at least `min_s`, at `min_kn` or more and off ports, more than `off_m` from everywhere that it went on
earlier passages and from the ferry lines of geodata. A passage is what lies between two stops and leads at least
`min_leg_m` away. It is a ferry if it kept to such a route for the share `keeps` of each of its last `min_passages`: so
a cruise ship, an excursion boat or one on its first days is not judged, and a line of geodata saves it the first.

Source: none published was found; the lines of geodata are guesses, good to 2 nm or so. Figures are assumed.

Known false alarms: ferries that go round weather, take refuge, go to a dockyard, trials or another line; ships under
new charter until they have gone there three times.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import numpy as np
import shapely

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import distance_m_array
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, nm, off_place, under_way
from surveil.rules.common import at_rest, fresh, of_types
from surveil.rules.examples import IN_SW_LANE, Example, off, run, sized, together
from surveil.words import Words

FERRIES = (*range(60, 70), *range(40, 50))
"""Passenger ships and high-speed craft (M.1371-5 table 53)."""
_EVERY_MS = 60_000
"""How often a ferry's place is looked at: half a mile at 30 kn."""
_CELL_DEG = 1 / 60
_COLUMNS = 360 * 60
_CELLS = _COLUMNS * 180 * 60
"""Routes are kept as cells of a minute of arc."""
_STOP_KN = 1.0
_GAP_MS, _MOST_POINTS = 1_800_000, 1440
"""A passage with a longer silence in it, or of more than a day, teaches no route."""
_MOST_CELLS = 6000
"""Of one ship: a lane of 600 nm; one that goes everywhere has no route, and what it learned is forgotten."""
_FORGET_MS = 60 * 86_400_000
"""All assumed."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    off_m: float = param(3 * NM_M, "m", "assumed: ferries go round traffic by 2 nm", 500, 50_000)
    min_s: int = param(600, "s", "assumed: longer than an evasion takes out there", 0, 7200)
    min_kn: float = param(5.0, "kn", "assumed: slower ones wait", 0, 30)
    min_port_m: float = param(2 * NM_M, "m", "assumed; where ports are known", 0, 50_000)
    min_passages: int = param(3, "", "assumed: there, back and there again", 1, 20)
    min_leg_m: float = param(5 * NM_M, "m", "assumed: longer than a harbour tour", 500, 100_000)
    keeps: float = param(0.9, "", "assumed: share of the time of each passage", 0.5, 1)


@dataclass
class _Ship:
    """The passage it is on, a place a minute, ``on`` of which lay on its route; and the share of the last ones."""

    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    last_ms: int = 0
    on: int = 0
    shares: list[float] = field(default_factory=list)

    def begin(self) -> None:
        self.lon, self.lat, self.on = [], [], 0


class FerryOffRoute(Rule):
    """A ferry where it never goes."""

    name = "ferry_off_route"
    version = 1
    Params = Params
    hold_s = 1200
    known_false_alarms = (
        "Ferries that go round weather, take refuge, go to a dockyard, trials or another line; ships under new charter."
    )

    def __init__(self, params):
        super().__init__(params)
        self.away = Episodes(grace_s=180)
        self.ships: dict[int, _Ship] = {}
        self.been = np.zeros(0, np.int64)
        """Slot and cell as one number, sorted: everywhere within ``off_m`` of a passage made."""
        self._lines: np.ndarray | None = None

    def evaluate(self, view) -> list[Candidate]:
        away = np.zeros(len(view), bool)
        if view.t_ms % _EVERY_MS == 0:
            rows = np.flatnonzero(of_types(view, FERRIES) & view.craft & fresh(view) & ~np.isnan(view.lon))
            away[rows] = self._follow(view, rows)
        going = self.away.update(view, away)
        return [self._candidate(view, row) for row in np.flatnonzero(going).tolist()]

    def _candidate(self, view, row: int) -> Candidate:
        slot = view.slots[row]
        almost = None if self._held_s(slot) >= self.params.min_s else self._held(slot)
        return Candidate(row, int(view.mmsi[row]), int(self.away.since_ms[slot]), almost=almost)

    def _held_s(self, slot: int) -> float:
        return float(self.away.seen_ms[slot] - self.away.since_ms[slot]) / 1000

    def _held(self, slot: int) -> Compared:
        return Compared("time", round(self._held_s(slot)), ">=", self.params.min_s, "s", "assumed")

    def _follow(self, view, rows: np.ndarray) -> np.ndarray:
        """bool[k]: which are ferries off their route; each goes on with its passage, or ends it."""
        p, cell = self.params, cells_of(view.lon[rows], view.lat[rows])
        on = _has(self._charted(view.areas), cell) | _has(self.been, view.slots[rows] * _CELLS + cell)
        stopped = (view.sog_kn[rows] < _STOP_KN) | at_rest(view)[rows]
        for row, stops, is_on in zip(rows.tolist(), stopped.tolist(), on.tolist(), strict=True):
            self._step(view, row, stops, is_on)
        off = ~on & ~stopped & (view.sog_kn[rows] >= p.min_kn) & ~(view.port_m[rows] < p.min_port_m)
        return off & np.array([self._keeps(slot) for slot in view.slots[rows].tolist()], bool)

    def _step(self, view, row: int, stops: bool, on: bool) -> None:
        ship = self.ships.setdefault(int(view.slots[row]), _Ship())
        if stops:
            self._end(view, int(view.slots[row]), ship)
            ship.begin()
        elif len(ship.lon) >= _MOST_POINTS or (ship.lon and view.last_ms[row] - ship.last_ms > _GAP_MS):
            ship.begin()
        ship.lon.append(float(view.lon[row]))
        ship.lat.append(float(view.lat[row]))
        ship.on += on
        ship.last_ms = int(view.last_ms[row])

    def _end(self, view, slot: int, ship: _Ship) -> None:
        """A stop: the passage that led there, if it led anywhere, is part of the ship's route from now on."""
        n = len(ship.lon)
        if n < 2 or furthest_m(ship.lon, ship.lat) < self.params.min_leg_m:
            return
        ship.shares = [*ship.shares, ship.on / n][-self.params.min_passages :]
        self._forget(view)
        first, end = np.searchsorted(self.been, [slot * _CELLS, (slot + 1) * _CELLS])
        own = np.union1d(self.been[first:end], slot * _CELLS + within(ship.lon, ship.lat, self.params.off_m))
        if len(own) > _MOST_CELLS:
            own, ship.shares = own[:0], []
        self.been = np.concatenate([self.been[:first], own, self.been[end:]])

    def _forget(self, view) -> None:
        """Ships not heard for long."""
        gone = [slot for slot, ship in self.ships.items() if view.t_ms - ship.last_ms > _FORGET_MS]
        self.been = self.been[~np.isin(self.been // _CELLS, gone)] if gone else self.been
        for slot in gone:
            del self.ships[slot]

    def _keeps(self, slot: int) -> bool:
        shares = self.ships[slot].shares
        return len(shares) >= self.params.min_passages and min(shares) >= self.params.keeps

    def _charted(self, areas) -> np.ndarray:
        if self._lines is None:
            lines = [shapely.get_coordinates(f.geometry).T for f in areas.lines if f.kind == "ferry_route"]
            self._lines = np.unique(np.concatenate([within(*line, self.params.off_m) for line in lines] or [[]]))
        return self._lines

    def _off_m(self, view, row: int) -> float:
        """How far it is off its route, to half a mile or so."""
        slot = int(view.slots[row])
        first, end = np.searchsorted(self.been, [slot * _CELLS, (slot + 1) * _CELLS])
        cells = np.concatenate([self.been[first:end] % _CELLS, self._charted(view.areas)]).astype(np.int64)
        lon, lat = (cells % _COLUMNS + 0.5) * _CELL_DEG - 180, (cells // _COLUMNS + 0.5) * _CELL_DEG - 90
        here = np.full(len(cells), float(view.lon[row])), np.full(len(cells), float(view.lat[row]))
        return float(distance_m_array(*here, lon, lat).min(initial=np.inf)) + self.params.off_m

    def describe(self, view, candidate: Candidate) -> Details:
        p, row, slot = self.params, candidate.row, int(view.slots[candidate.row])
        off_m, shares = self._off_m(view, row), self.ships[slot].shares
        sentence = Words(
            "{craft} is {distance} off the route that it kept to on its last passages: {motion}{where}; since "
            "{since:clock}",
            craft=view.title(row), distance=nm(off_m), motion=under_way(view, row),
            where=off_place(view.areas, view.lon[row], view.lat[row]), since=candidate.t_start_ms,
        )  # fmt: skip
        compared = [
            Compared("distance off its route", round(off_m), ">", p.off_m, "m", "assumed"),
            Compared("passages", len(shares), ">=", p.min_passages, "", "assumed"),
            Compared("least share of a passage on the route", round(min(shares, default=0.0), 2), ">=", p.keeps, "",
                     "assumed"),
            self._held(slot),
        ]  # fmt: skip
        inputs = [self.away.first_input(slot), last_input(view, row)]
        ground = "Where the ship itself went before, and the ferry lines of geodata"
        return Details(sentence, "medium", 0.3, view.lon[row], view.lat[row], self.evidence(ground, compared, inputs))

    def state(self) -> dict[str, np.ndarray]:
        text = json.dumps({slot: asdict(ship) for slot, ship in self.ships.items()})
        return super().state() | {"been": self.been, "ships": np.frombuffer(text.encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        super().restore(arrays)
        self.been = arrays["been"]
        self.ships = {int(slot): _Ship(**ship) for slot, ship in json.loads(arrays["ships"].tobytes()).items()}

    @classmethod
    def examples(cls):
        here, there = IN_SW_LANE, off(IN_SW_LANE, 137.0, 7 * NM_M)

        def shuttle(last_deg: float, passages: int = 4):
            """Half an hour at 14 kn there and back, a stop of 10 min at either end; then once on another course."""
            hour = [
                run(235_123_456, (here, there)[i % 2], (137.0, 317.0)[i % 2], 14.0, 1800, start_s=2400 * i, every_s=60)
                for i in range(passages)
            ]
            stops = [
                run(235_123_456, (there, here)[i % 2], 0.0, 0.0, 600, start_s=2400 * i + 1800, every_s=120)
                for i in range(passages)
            ]
            last = run(235_123_456, here, last_deg, 14.0, 2400, start_s=2400 * passages, every_s=60)
            return together(*hour, *stops, last)

        ferry, soon = sized(235_123_456, 90, ship_type=60), {"min_passages": 2}
        yield Example("a ferry that went there and back twice goes elsewhere", shuttle(227.0), True, ferry, params=soon)
        yield Example("goes there again, 15° off", shuttle(152.0), False, ferry, params=soon)
        yield Example("goes there again", shuttle(137.0), False, ferry, params=soon)
        yield Example("it went there and back once", shuttle(227.0, 2), False, ferry, params=soon)
        yield Example("a tanker does so", shuttle(227.0), False, sized(235_123_456, 90, ship_type=80), params=soon)


def cells_of(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """int64[n]: the cell that each place is in, row by row from 180 W, 90 S; -1 where there is no place."""
    with np.errstate(invalid="ignore"):
        x, y = np.floor((lon + 180) / _CELL_DEG) % _COLUMNS, np.floor((lat + 90) / _CELL_DEG)
        return np.where(np.isnan(lon), -1, y * _COLUMNS + x).astype(np.int64)


def within(lon, lat, reach_m: float) -> np.ndarray:
    """int64[k], sorted: the cells within a distance of a line through places, to half a cell."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    made_m = np.concatenate([[0.0], distance_m_array(lon[:-1], lat[:-1], lon[1:], lat[1:]).cumsum()])
    at_m = np.arange(0.0, made_m[-1] + NM_M / 2, NM_M / 2)
    lon, lat = np.interp(at_m, made_m, lon), np.interp(at_m, made_m, lat)
    squeeze = np.cos(np.radians(lat))[:, None, None]
    rows = int(reach_m / NM_M) + 1
    columns = int(rows / squeeze.min()) + 1
    north, east = np.mgrid[-rows : rows + 1, -columns : columns + 1]
    near = np.hypot(north, east * squeeze) * NM_M <= reach_m
    lon = np.broadcast_to(lon[:, None, None] + east * _CELL_DEG, near.shape)[near]
    lat = np.broadcast_to(lat[:, None, None] + north * _CELL_DEG, near.shape)[near]
    return np.unique(cells_of(lon, lat))


def furthest_m(lon: list[float], lat: list[float]) -> float:
    """How far from the first of some places the furthest is."""
    n = len(lon)
    return float(distance_m_array(np.full(n, lon[0]), np.full(n, lat[0]), np.array(lon), np.array(lat)).max())


def _has(these: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """bool[k]: which of some numbers are among others, which are sorted."""
    if not len(these):
        return np.zeros(len(wanted), bool)
    return these[np.minimum(np.searchsorted(these, wanted), len(these) - 1)] == wanted
