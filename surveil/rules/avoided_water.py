"""Ships go round empty water: several alter course or slow at one place, and nothing in the picture tells why.

Condition: within `window_s`, `min_ships` ships or more on passage, off ports and the coast, each left its course by
`turned_deg` or slowed by the share `slower` for `most_s` at most and then took up its course and speed again, and the
places that they so kept clear of lie within `near_m` of their middle. A ship does not count if, on her old course, she
would have passed a craft in the picture within `clear_m` in `ahead_s`, or if her lane bends there; nor does a place
near a buoy, light, wind farm or bank (`mark_m`), in geodata or by AIS; nor, where traffic was learned, a course that
more than the share `usual` takes there.

Source: COLREG rule 8(b): an alteration "large enough to be readily apparent"; figures are assumed.

Known false alarms: ships on one route with a dogleg that geodata does not know; small craft without AIS that are there
lawfully; fishing gear; ships in company that train.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.config import param
from surveil.kernels.geodesy import EARTH_RADIUS_M, destination_deg, distance_m_array
from surveil.kernels.motion import back_then
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Rule, last_input, off_place
from surveil.rules.common import at_rest, fresh, service_craft, turned_deg
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, Example, off, run, together
from surveil.rules.pairing import dark, offshore, small_with_ais
from surveil.rules.spots import OfSpots, Spot, Spots, clusters, row_of
from surveil.schema import CLASS_ATON
from surveil.words import Words

_EVERY_MS = 60_000
_BACK_MS = 300_000
"""A turn shows against the course of five minutes before (assumed)."""
_MARKS = ("buoy", "lightvessel", "former_light", "wind_farm", "bank")
_MIN_P_DARK = 0.85
"""Contacts of such a probability are craft: as for dark_craft, and the rule `reaction` tells of them."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_ships: int = param(2, "", "assumed", 2, 20)
    window_s: int = param(1800, "s", "assumed: a boat adrift goes 1.5 nm in it", 60, 7200)
    near_m: float = param(1 * NM_M, "m", "assumed", 100, 10_000)
    min_kn: float = param(8.0, "kn", "assumed: a ship on passage", 1, 30)
    turned_deg: float = param(20.0, "deg", "assumed: readily apparent (COLREG 8(b))", 5, 90)
    slower: float = param(0.3, "", "assumed: share of her speed", 0.05, 1)
    back_deg: float = param(8.0, "deg", "assumed: on her course again", 1, 45)
    most_s: int = param(1200, "s", "assumed: an evasion takes less", 120, 7200)
    clear_m: float = param(0.5 * NM_M, "m", "assumed: ships in lanes pass at no less if they can", 100, 10_000)
    ahead_s: int = param(1200, "s", "assumed: sooner than that none turns", 60, 3600)
    mark_m: float = param(1 * NM_M, "m", "assumed; banks and wind farms twice that", 0, 20_000)
    usual: float = param(0.1, "", "assumed", 0, 1)
    min_port_m: float = param(3 * NM_M, "m", "assumed", 0, 50_000)
    min_coast_m: float = param(1 * NM_M, "m", "assumed", 0, 50_000)


@dataclass
class _Swerve:
    """A ship that left her course: where, from which course and speed, which way traffic flows there (NaN off lanes),
    how far she turned, whether she slowed, when she was back, and what she kept clear of."""

    slot: int
    t_ms: int
    lon: float
    lat: float
    cog_deg: float
    flow_deg: float
    sog_kn: float
    inputs: list[InputRow]
    explained: bool
    turned_deg: float = 0.0
    slowed: bool = False
    back_ms: int = 0
    clear_of: tuple[float, float] = field(default=(np.nan, np.nan))


class AvoidedWater(OfSpots, Rule):
    """Water that ships go round."""

    name = "avoided_water"
    version = 1
    Params = Params
    hold_s = 600
    known_false_alarms = (
        "Ships on one route with a dogleg that geodata does not know; small craft without AIS that are there lawfully; "
        "fishing gear; ships in company that train."
    )

    def __init__(self, params):
        super().__init__(params)
        self.spots = Spots(params.near_m, grace_s=120)
        self.swerves: dict[int, _Swerve] = {}

    def evaluate(self, view) -> list[Candidate]:
        if view.t_ms % _EVERY_MS == 0:
            self._look(view)
            self.spots.update(view, self._found(view))
        return self.candidates(view)

    def _look(self, view) -> None:
        """Ships that leave their course, and those that took it up again."""
        p = self.params
        able = view.craft & fresh(view) & ~small_with_ais(view) & ~service_craft(view) & ~at_rest(view)
        rows = np.flatnonzero(able & offshore(view, p.min_port_m, p.min_coast_m))
        arrays = view.table.arrays
        sog_kn, cog_deg = back_then(
            view.slots[rows], view.t_ms - _BACK_MS, arrays.ring_n, arrays.ring_t_ms, arrays.ring_sog_kn,
            arrays.ring_cog_deg,
        )  # fmt: skip
        leaves = (turned_deg(view.cog_deg[rows], cog_deg) >= p.turned_deg) | self._slow(view.sog_kn[rows], sog_kn)
        leaves &= (sog_kn >= p.min_kn) & ~np.isnan(cog_deg)
        new = [row for row in rows[leaves].tolist() if int(view.slots[row]) not in self.swerves]
        others = self._others(view) if new else None
        for row in new:
            self._begin(view, row, others)
        for swerve in self.swerves.values():
            if not swerve.explained and not swerve.back_ms:
                self._go_on(view, swerve)
        keep_ms = view.t_ms - (p.window_s + p.most_s) * 1000
        self.swerves = {slot: s for slot, s in self.swerves.items() if s.t_ms >= keep_ms}

    def _slow(self, now_kn, then_kn):
        return now_kn <= (1 - self.params.slower) * then_kn

    def _begin(self, view, row: int, others) -> None:
        """She left her course: from where, and was it for somebody in the picture?"""
        path = view.history(row)
        last = int(np.searchsorted(path["t_ms"], view.t_ms - _BACK_MS, side="right")) - 1
        course_deg, speed_kn = float(path["cog_deg"][last]), float(path["sog_kn"][last])
        held = (turned_deg(path["cog_deg"], course_deg) < self.params.back_deg) & ~self._slow(path["sog_kn"], speed_kn)
        at = max(last + int(np.argmin(np.append(held[last:], False))) - 1, last)
        lon, lat = float(path["lon"][at]), float(path["lat"][at])
        swerve = _Swerve(
            int(view.slots[row]), int(path["t_ms"][at]), lon, lat, course_deg,
            view.areas.flow_deg(int(view.lane[row]), lon, lat) if view.lane[row] >= 0 else np.nan, speed_kn,
            [last_input(view, row)], explained=False,
        )  # fmt: skip
        swerve.explained = self._for_somebody(view, row, swerve, others) or self._usual(view, row)
        self.swerves[swerve.slot] = swerve

    def _others(self, view):
        """Craft in the picture, and where they are now and go."""
        others = np.flatnonzero((view.craft | dark(view, _MIN_P_DARK)) & fresh(view))
        return others, view.table.at(view.slots[others], view.t_ms)

    def _for_somebody(self, view, row: int, swerve: _Swerve, others) -> bool:
        """Whether she would have come near another on the course that she had."""
        p, (rows, at) = self.params, others
        gone_m = swerve.sog_kn * KN * (view.t_ms - swerve.t_ms) / 1000
        lon, lat = destination_deg(swerve.lon, swerve.lat, swerve.cog_deg, gone_m)
        east = np.radians(at.lon - lon) * np.cos(np.radians(lat)) * EARTH_RADIUS_M
        north = np.radians(at.lat - lat) * EARTH_RADIUS_M
        course, speed_ms = np.radians(swerve.cog_deg), swerve.sog_kn * KN
        vx, vy = at.east_ms - speed_ms * np.sin(course), at.north_ms - speed_ms * np.cos(course)
        with np.errstate(invalid="ignore", divide="ignore"):
            tcpa_s = np.clip(np.nan_to_num(-(east * vx + north * vy) / (vx**2 + vy**2)), -_BACK_MS / 1000, p.ahead_s)
        return bool((np.hypot(east + vx * tcpa_s, north + vy * tcpa_s)[rows != row] <= p.clear_m).any())

    def _usual(self, view, row: int) -> bool:
        """Whether her like are known to go so here."""
        if view.learned is None:
            return False
        names = ("lon", "lat", "sog_kn", "cog_deg", "ais_class")
        return bool(view.learned.traffic.rarity(**{n: getattr(view, n)[[row]] for n in names}).p[0] > self.params.usual)

    def _go_on(self, view, swerve: _Swerve) -> None:
        """Is she back on her course? Then what she kept clear of was halfway."""
        row, p = row_of(view, swerve.slot), self.params
        swerve.explained = view.t_ms - swerve.t_ms > p.most_s * 1000
        if swerve.explained or row < 0 or np.isnan(view.cog_deg[row]):
            return
        slow, away_deg = (
            bool(self._slow(view.sog_kn[row], swerve.sog_kn)),
            turned_deg(view.cog_deg[row], swerve.cog_deg),
        )
        swerve.slowed, swerve.turned_deg = swerve.slowed or slow, max(swerve.turned_deg, float(away_deg))
        bend_deg = float(turned_deg(view.lane_flow_deg[row], swerve.flow_deg))
        bend_deg = 0.0 if np.isnan(bend_deg) else bend_deg
        if bend_deg > p.back_deg:
            swerve.explained = True
        elif away_deg <= p.back_deg + bend_deg and not slow and (swerve.slowed or swerve.turned_deg >= p.turned_deg):
            self._back(view, row, swerve)

    def _back(self, view, row: int, swerve: _Swerve) -> None:
        swerve.back_ms = view.t_ms
        swerve.inputs.append(last_input(view, row))
        half_m = swerve.sog_kn * KN * (view.t_ms - swerve.t_ms) / 2000
        swerve.clear_of = destination_deg(swerve.lon, swerve.lat, swerve.cog_deg, half_m)
        swerve.explained = self._marked(view, *swerve.clear_of)

    def _marked(self, view, lon: float, lat: float) -> bool:
        """Whether something charted is there, or something that sends as an aid to navigation."""
        p, areas = self.params, view.areas
        aids = view.ais_class == CLASS_ATON
        n = int(aids.sum())
        near = distance_m_array(np.full(n, lon), np.full(n, lat), view.lon[aids], view.lat[aids]) <= p.mark_m
        _, small_m = areas.nearest(_MARKS[:3], lon, lat)
        _, wide_m = areas.nearest(_MARKS[3:], lon, lat)
        return bool(near.any() or small_m[0] <= p.mark_m or wide_m[0] <= 2 * p.mark_m)

    def _done(self, view) -> list[_Swerve]:
        """Those that nothing explains, in the order of their return."""
        since_ms = view.t_ms - self.params.window_s * 1000
        done = [s for s in self.swerves.values() if s.back_ms >= since_ms and s.back_ms and not s.explained]
        return sorted(done, key=lambda s: (s.back_ms, s.slot))

    def _found(self, view) -> list[tuple[float, float, list[int]]]:
        done = [s for s in self._done(view) if row_of(view, s.slot) >= 0]
        if len(done) < self.params.min_ships:
            return []
        lon, lat = np.array([s.clear_of for s in done]).T
        return [
            (float(lon[group].mean()), float(lat[group].mean()), [row_of(view, done[i].slot) for i in group])
            for group in clusters(lon, lat, self.params.near_m)
            if len(group) >= self.params.min_ships
        ]

    def describe(self, view, candidate: Candidate) -> Details:
        p, spot = self.params, self.spot_of(view, candidate)
        ships = [s for s in self._done(view) if s.slot in spot.slots]
        apart_m = self._apart_m(spot, ships)
        sentence = Words(
            "{count:d} ships have gone round or slowed for water in which nothing is seen: {ships}{where}; since "
            "{since:clock}",
            count=len(spot.slots), ships=tuple(view.title(row_of(view, s.slot)) for s in ships),
            where=off_place(view.areas, spot.lon, spot.lat), since=min(s.t_ms for s in ships),
        )  # fmt: skip
        compared = [
            Compared("ships", len(ships), ">=", p.min_ships, "", "assumed"),
            Compared("distance apart of what they kept clear of", round(apart_m), "<=", p.near_m, "m", "assumed"),
            Compared("largest change of course", round(max(s.turned_deg for s in ships)), ">=", p.turned_deg, "deg",
                     "assumed; COLREG 8(b)"),
        ]  # fmt: skip
        inputs = [row for s in ships for row in s.inputs]
        evidence = self.evidence("Course and speed of several ships, and what is in the picture", compared, inputs)
        return Details(sentence, "medium", 0.5, spot.lon, spot.lat, evidence)

    def _apart_m(self, spot: Spot, ships: list[_Swerve]) -> float:
        lon, lat = np.array([s.clear_of for s in ships]).T
        n = len(ships)
        return float(distance_m_array(np.full(n, spot.lon), np.full(n, spot.lat), lon, lat).max())

    def state(self) -> dict[str, np.ndarray]:
        text = json.dumps([asdict(s) for s in self.swerves.values()])
        return super().state() | {"swerves": np.frombuffer(text.encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        super().restore(arrays)
        made = [
            _Swerve(**s | {"inputs": [InputRow(**row) for row in s["inputs"]], "clear_of": tuple(s["clear_of"])})
            for s in json.loads(arrays["swerves"].tobytes())
        ]
        self.swerves = {swerve.slot: swerve for swerve in made}

    @classmethod
    def examples(cls):
        def swerving(mmsi: int, start_s: int, by_deg: float, back: bool = True):
            """Down the lane at 12 kn for 8 min, off her course for 6, and on it again."""
            start = off(IN_SW_LANE, SW_FLOW_DEG + 180, 3 * NM_M)
            turn = off(start, SW_FLOW_DEG, 1.6 * NM_M)
            parts = [run(mmsi, start, SW_FLOW_DEG, 12.0, 480, start_s=start_s)]
            parts.append(run(mmsi, turn, SW_FLOW_DEG + by_deg, 12.0, 360, start_s=start_s + 480))
            end = off(turn, SW_FLOW_DEG + by_deg, 1.2 * NM_M)
            on_deg = SW_FLOW_DEG if back else SW_FLOW_DEG + by_deg
            return together(*parts, run(mmsi, end, on_deg, 12.0, 600, start_s=start_s + 840))

        def two(by_deg: float, back: bool = True, *others):
            return together(
                swerving(235_000_001, 0, by_deg, back), swerving(235_000_002, 900, by_deg, back), *others
            )  # fmt: skip

        yield Example("two ships, 15 min apart, go round one place", two(30.0), True)
        yield Example("by 12°", two(12.0), False)
        yield Example(
            "there is a boat with AIS",
            two(30.0, True, run(235_000_009, off(IN_SW_LANE, 47.0, 1500), 0.0, 0.2, 2700)),
            False,
        )
        yield Example("they keep the new course", two(30.0, False), False)
        yield Example("one ship does", swerving(235_000_001, 0, 30.0), False)
