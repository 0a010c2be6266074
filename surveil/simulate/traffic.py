"""The traffic of a scenario besides its small boats: who sails, when and along which way, as roles of a night.

Shares, speeds and times are assumed unless a source is named. Names begin with SIM and MMSIs have 99 after the
country's digits.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import shapely

from surveil.simulate import cast
from surveil.simulate.boats import STEP_MS
from surveil.simulate.cast import Clock, mmsi, trader
from surveil.simulate.night import Role, generator
from surveil.simulate.scenario import Scenario, Traffic
from surveil.simulate.vessels import (
    AT_ANCHOR,
    FISHING,
    MOORED,
    UNDER_WAY,
    Follow,
    Plan,
    Point,
    Ship,
    Stay,
    beside,
    displace,
    steps_m,
)
from surveil.simulate.waters import LANE_KINDS, route, waters


class Way(NamedTuple):
    """Share of the lane ships, the centrelines that make it, and from which longitude on the last is joined."""

    share: float
    lines: tuple[str, ...]
    joined_west_of: float = 180.0


WAYS = {
    "SW": Way(0.4, ("centreline-sw",)),
    "SW from West Hinder": Way(0.1, ("centreline-west-hinder-w", "centreline-sw"), 1.95),
    "NE": Way(0.27, ("centreline-ne-1", "centreline-ne-2", "centreline-ne-f3")),
    "NE deep": Way(0.06, ("centreline-ne-1", "centreline-deep-water", "centreline-ne-f3")),
    "NE to West Hinder": Way(0.17, ("centreline-ne-1", "centreline-ne-2", "centreline-west-hinder-e")),
}
"""Half of the ships go each way; the other shares are assumed."""
MARK_M, REACH_M, MARGIN = 1000.0, 4000.0, 0.8
"""Distance between the marks of a way; how far aside its lane is probed, and how much of it ships use."""
WANDER_M, WANDER_NM = 120.0, 9.0
"""How far a ship strays from her own line, and over what distance."""
FULL_SPEED_H = 12.0
"""A lane ship takes less than this from end to end; so much before and after the span must be filled."""
INSHORE: tuple[Point, ...] = (
    (1.55, 51.54), (1.53, 51.42), (1.475, 51.33), (1.455, 51.25), (1.43, 51.15), (1.36, 51.085), (1.2, 51.03),
    (1.03, 50.885), (0.8, 50.8), (0.46, 50.715),
)  # fmt: skip
"""Of coasters, through the Gull Stream and the English inshore zone."""
GROUNDS: tuple[Point, ...] = (
    (1.5, 50.7), (1.47, 50.54), (0.85, 50.85), (1.63, 51.29), (2.05, 51.1), (1.2, 50.76), (1.87, 50.995), (0.6, 50.78),
)  # fmt: skip
"""Of fishing, off the lanes; boats keep within 2 nm of the middle."""
DUNKERQUE_YACHTS: tuple[Point, ...] = ((2.1, 51.055), (1.9, 51.025), (1.79, 50.985), *cast.CALAIS[::-1])
BERTHS = tuple(way[0] for way in (cast.DOVER_EAST, cast.DOVER_WEST, cast.CALAIS, cast.DUNKERQUE, cast.RAMSGATE))
UNCHANGED_STATUS = 0.5
"""Share of ships at rest whose status still says "under way", so that they report every 10 s: assumed; in the Danish
log of docs/simulator.md most reports below 1 kn are 10 s apart."""
BUOYS: tuple[tuple[int, int, str, Point], ...] = (
    (30, 2, "SIM MPC BUOY", (1.6365, 51.1017)),
    (31, 15, "SIM SANDETTIE", (1.7853, 51.156)),
    (31, 15, "SIM VARNE", (1.3983, 51.0215)),
)
"""Type of aid (M.1371-5 Annex 8, 3.19: special mark, light vessel), half its length in metres, name and place."""


def traffic(scenario: Scenario) -> list[Role]:
    """Every role of the scenario's traffic, in an order that depends on nothing but the scenario."""
    clock, wanted = Clock(scenario.start_ms, scenario.hours), scenario.traffic
    kinds = (_lane_ships, _coasters, _ferries, _fishing, _yachts, _workboats, _anchored, _moored)
    roles = [role for kind in kinds for role in kind(wanted, clock, scenario.seed)]
    return roles + (_fixed(scenario, clock) if wanted.fixed_stations else [])


def _lane_ships(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    """Ships through the lanes, independent of each other in time, as a Poisson process with its mean kept."""
    names, shares = list(WAYS), [way.share for way in WAYS.values()]
    hours = (clock.end_ms - clock.start_ms) / 3_600_000 + FULL_SPEED_H
    for i in range(round(wanted.lane_ships_per_day * hours / 24)):
        rng = generator(seed, f"lane ship {i}")
        ship = trader(i + 1, rng)
        way = str(rng.choice(names, p=shares))
        middle_h = rng.uniform(-FULL_SPEED_H / 2, hours - FULL_SPEED_H / 2)
        yield _through(ship, _line(way, wanted.lane_spread_m, rng), clock(middle_h), _speed_kn(ship, rng))


def _speed_kn(ship: Ship, rng: np.random.Generator) -> float:
    """Tankers slower, long cargo ships faster: as container ships are."""
    mean, sd = (12.0, 1.6) if ship.ship_type >= 80 else (16.0, 2.2) if ship.length_m > 200 else (11.8, 1.9)
    return float(np.clip(rng.normal(mean, sd), 7, 21))


def _through(ship: Ship, points: np.ndarray, middle_ms: int, speed_kn: float) -> Role:
    """A ship along a line, half way at a time, as if there were no stream."""
    half_h = np.hypot(*steps_m(*points.T)).sum() / 1852 / speed_kn / 2
    start_ms = _whole(middle_ms - int(half_h * 3_600_000))
    line = tuple(map(tuple, points.tolist()))
    return Role(ship, Plan(start_ms, line[0], (Follow(line, speed_kn),)))


def _line(way: str, spread_m: float, rng: np.random.Generator) -> np.ndarray:
    """One ship's own line: beside the centreline, straying a little, and never out of her lane."""
    points, port_m, starboard_m = marks(way)
    wander = WANDER_M * np.sin(2 * np.pi * (np.arange(len(points)) * MARK_M / 1852 / WANDER_NM + rng.random()))
    offset = rng.normal(0, spread_m) + wander
    return beside(points, np.clip(offset, -MARGIN * port_m, MARGIN * starboard_m))


@cache
def marks(way: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Marks along a way (n, 2), and how far its lane reaches to port and starboard of each, metres (n,), narrows
    coming gradually; 500 m where the way is in no lane."""
    *first, last = (route(line, west=0.3) for line in WAYS[way].lines)
    points = with_marks(np.vstack([*first, last[last[:, 0] < WAYS[way].joined_west_of]]), MARK_M)
    columns, probes, widths = waters().columns_of(*LANE_KINDS), np.arange(200.0, REACH_M, 200.0), []
    own = waters().inside(*points.T, columns)
    for side in (-1, 1):
        within = np.array([(waters().inside(*beside(points, side * p).T, columns) & own).any(axis=1) for p in probes])
        reach = np.logical_and.accumulate(within).sum(axis=0) * 200.0
        widths.append(np.maximum(_narrowed(reach), 500.0))
    return points, *widths


def _narrowed(reach: np.ndarray, n: int = 5) -> np.ndarray:
    """The least within ``n`` marks, then the mean within as many: narrows come gradually."""
    near = np.lib.stride_tricks.sliding_window_view(np.pad(reach, n, mode="edge"), 2 * n + 1).min(axis=1)
    return np.lib.stride_tricks.sliding_window_view(np.pad(near, n, mode="edge"), 2 * n + 1).mean(axis=1)


def with_marks(points: np.ndarray, step_m: float) -> np.ndarray:
    """The points of a line with more between them, no farther apart than a step."""
    along = np.append(0, np.cumsum(np.hypot(*steps_m(*points.T))))
    counts = np.maximum(np.ceil(np.diff(along) / step_m).astype(int), 1)
    parts = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(along[:-1], along[1:], counts, strict=True)]
    marks_m = np.append(np.concatenate(parts), along[-1])
    return np.column_stack([np.interp(marks_m, along, points[:, k]) for k in (0, 1)])


def _coasters(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    hours = (clock.end_ms - clock.start_ms) / 3_600_000 + FULL_SPEED_H
    line = with_marks(np.array(INSHORE), MARK_M)
    for i in range(round(wanted.coasters_per_day * hours / 24)):
        rng = generator(seed, f"coaster {i}")
        length = int(rng.integers(60, 100))
        ship = Ship(
            mmsi(int(rng.choice((232, 245, 211))), 2001 + i), f"SIM COASTER {i + 1:03}", "coaster", ship_type=70,
            dims_m=(length - 15, 15, 6, 6), draught_m=4.5, callsign=f"SIMC{i + 1}", destination="SIM COAST",
        )  # fmt: skip
        points = bulged(line if i % 2 else line[::-1], float(rng.normal(400, 200)))
        middle_h = rng.uniform(-FULL_SPEED_H / 2, hours - FULL_SPEED_H / 2)
        yield _through(ship, points, clock(middle_h), float(np.clip(rng.normal(9.5, 1.2), 6, 13)))


def bulged(points: np.ndarray, offset_m: float) -> np.ndarray:
    """The line moved to starboard by up to ``offset_m`` in its middle and not near its ends."""
    return beside(points, offset_m * np.sin(np.linspace(0, np.pi, len(points))) ** 2)


def _ferries(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    """Two of three on Dover-Calais, the others on Dunkerque-Dover, evenly over the hours."""
    for i in range(wanted.ferries):
        rng, calais = generator(seed, f"ferry {i}"), i % 3 != 2
        ship = Ship(
            mmsi(232 if i % 2 else 228, 1001 + i), f"SIM FERRY {i + 1}", "ferry", ship_type=60,
            dims_m=(160, 40, 14, 14),
            draught_m=6.5, callsign=f"SIMF{i + 1}", destination="SIM CALAIS" if calais else "SIM DUNKERQUE",
        )  # fmt: skip
        way = with_marks(np.array(cast.DOVER_CALAIS if calais else cast.DUNKERQUE_DOVER), 1500)
        turn_h, aside_m = 2.3 if calais else 2.9, float(rng.normal(500, 150))
        first_h = -turn_h * (1 + i / wanted.ferries)
        legs, speed_kn = [], float(rng.uniform(17, 21))
        for trip, hour in enumerate(np.arange(first_h, (clock.end_ms - clock.start_ms) / 3_600_000, turn_h).tolist()):
            line = bulged(way if trip % 2 == 0 else way[::-1], aside_m)
            legs += [Stay(_whole(clock(hour))), Follow(tuple(map(tuple, line.tolist())), speed_kn, ramp=True)]
        legs.append(Stay(clock.end_ms + 60_000))
        yield Role(ship, Plan(_whole(clock(first_h)), tuple(way[0].tolist()), tuple(legs)))


def _whole(t_ms: int) -> int:
    """The step of a world's tracks at or before a time."""
    return t_ms // STEP_MS * STEP_MS


FISHING_KN, TOW_NM = (2.4, 3.6), 0.7
"""Speeds of towing over the ground (assumed), and less than the shortest tow: no fisher ends her last one, to be gone
from open water."""


def _fishing(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    """Groups on their grounds, towing at 2.4 to 3.6 kn over the ground in long zigzags the whole time."""
    for group in range(wanted.fishing_groups):
        middle = np.array(GROUNDS[group])
        for i in range(wanted.fishing_group_size):
            number = group * wanted.fishing_group_size + i
            rng = generator(seed, f"fisher {number}")
            length = int(rng.integers(7, 26))
            ship = Ship(
                mmsi(227 if group % 2 else 232, 3001 + number), f"SIM FISHER {number + 1}", "fishing",
                "A" if length >= 15 else "B" if rng.random() >= wanted.without_ais else "", 30,
                (length // 3, length - length // 3, 3, 3), 3.0, f"SIMT{number + 1}", "SIM FISHING",
            )  # fmt: skip
            tow = Follow(_tows(middle, clock, rng), float(rng.uniform(*FISHING_KN)), FISHING, over_ground=True)
            yield Role(ship, Plan(clock(0), tow.route[0], (tow,)))


def _tows(middle: np.ndarray, clock: Clock, rng: np.random.Generator) -> tuple[Point, ...]:
    """Ends of tows to and fro across a ground, some 2 nm long, each a little beside the last."""
    n = int((clock.end_ms - clock.start_ms) / 3_600_000 * FISHING_KN[1] / TOW_NM) + 3
    along, scale = rng.uniform(0, np.pi), np.array([1 / np.cos(np.radians(middle[1])), 1.0]) / 60
    ends = np.where(np.arange(n) % 2, 1.0, -1.0) * rng.uniform(0.7, 1.2, n)
    aside = np.clip(np.cumsum(rng.normal(0, 0.15, n)) + rng.uniform(-1, 1), -1.5, 1.5)
    east, north = ends * np.sin(along) + aside * np.cos(along), ends * np.cos(along) - aside * np.sin(along)
    return tuple(map(tuple, (middle + np.column_stack([east, north]) * scale).tolist()))


def _yachts(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    """One passage each, begun by day more often than by night; all hours UTC."""
    ways = (cast.KENT_COAST, cast.DOVER_CALAIS_SLOW, cast.FRENCH_COAST, DUNKERQUE_YACHTS)
    hours = (clock.end_ms - clock.start_ms) / 3_600_000
    for i in range(wanted.yachts):
        rng = generator(seed, f"yacht {i}")
        way = with_marks(np.array(ways[int(rng.integers(len(ways)))]), 1000)
        line = bulged(way if rng.random() < 0.5 else way[::-1], float(rng.normal(150, 100)))
        leaves = [clock(h) for h in rng.uniform(-2, hours, 3).tolist()]
        by_day = [t for t in leaves if 5 <= t // 3_600_000 % 24 < 19]
        length = int(rng.integers(8, 15))
        ship = Ship(
            mmsi(int(rng.choice((232, 235, 227))), 4001 + i), f"SIM YACHT {i + 1}", "yacht",
            "B" if rng.random() >= wanted.without_ais else "", int(rng.choice((36, 37))),
            (length - length // 3, length // 3, 2, 2), callsign=f"SIMY{i + 1}",
        )  # fmt: skip
        points = tuple(map(tuple, line.tolist()))
        start_ms = _whole((by_day or leaves)[0])
        yield Role(ship, Plan(start_ms, points[0], (Follow(points, float(rng.uniform(4.3, 6.5))),)))


def _workboats(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    """Crew vessels to the Thanet wind farm at about 06 and 14 UTC, and pilot cutters out of Dover all hours."""
    days = range(-1, int((clock.end_ms - clock.start_ms) / 86_400_000) + 2)
    midnight_ms = clock.start_ms // 86_400_000 * 86_400_000
    for i in range(wanted.wind_farm_boats):
        rng = generator(seed, f"wind farm boat {i}")
        ship = _workboat(235, 5001 + i, f"SIM CREW VESSEL {i + 1}", "crew vessel", 90)
        shifts = [_whole(midnight_ms + int((24 * d + h + rng.random()) * 3_600_000)) for d in days for h in (6, 14)]
        yield _working(ship, cast.RAMSGATE[0], [cast.wind_farm_legs(t) for t in shifts if t >= clock.start_ms], clock)
    for i in range(wanted.pilot_boats):
        rng = generator(seed, f"pilot boat {i}")
        ship = _workboat(232, 5101 + i, f"SIM PILOT {i + 1}", "pilot", 50)
        hours = np.cumsum(rng.uniform(1.5, 5, int((clock.end_ms - clock.start_ms) / 3_600_000 / 1.5) + 1))
        jobs = [cast.pilot_legs(_whole(clock(float(h)))) for h in hours]
        yield _working(ship, cast.DOVER_WEST[0], jobs, clock)


def _workboat(mid: int, number: int, name: str, kind: str, ship_type: int) -> Ship:
    return Ship(
        mmsi(mid, number), name, kind, ship_type=ship_type, dims_m=(8, 16, 4, 4), draught_m=2.0,
        callsign=f"SIM{number}", destination="SIM WORK",
    )  # fmt: skip


def _working(ship: Ship, berth: Point, jobs: list[tuple], clock: Clock) -> Role:
    legs = (*(leg for job in jobs for leg in job), Stay(clock.end_ms + 60_000))
    return Role(ship, Plan(clock.start_ms, berth, legs))


def _anchored(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    grounds = [f for f in waters().features if f.kind == "anchorage"]
    for i in range(wanted.anchored):
        rng = generator(seed, f"anchored {i}")
        middle = shapely.centroid(grounds[i % len(grounds)].geometry)
        away_m, toward = 1500 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
        place = displace((middle.x, middle.y), away_m * np.sin(toward), away_m * np.cos(toward))
        yield _resting(trader(6001 + i, rng), place, AT_ANCHOR, clock, rng)


def _moored(wanted: Traffic, clock: Clock, seed: int) -> Iterator[Role]:
    """Ships at the berths from which others sail."""
    for i in range(wanted.moored):
        rng = generator(seed, f"moored {i}")
        place = displace(BERTHS[i % len(BERTHS)], *rng.normal(0, 15, 2))
        yield _resting(dataclasses.replace(trader(6501 + i, rng), kind="moored"), place, MOORED, clock, rng)


def _resting(ship: Ship, place, status: int, clock: Clock, rng: np.random.Generator) -> Role:
    said = UNDER_WAY if rng.random() < UNCHANGED_STATUS else status
    stay = Stay(clock.end_ms + 60_000, said, float(rng.uniform(0, 360)))
    return Role(ship, Plan(clock.start_ms, (float(place[0]), float(place[1])), (stay,)))


def _fixed(scenario: Scenario, clock: Clock) -> list[Role]:
    """A base station beside each receiver, and aids to navigation."""
    posts = [
        (Ship(2_359_901 + i, f"SIM BASE {i + 1}", "base station", "base", dims_m=(0, 0, 0, 0)), station.place)
        for i, station in enumerate(scenario.stations)
    ]
    posts += [
        (Ship(992_351_991 + i, name, "aid to navigation", "aton", kind, (half_m, half_m, 2, 2)), place)
        for i, (kind, half_m, name, place) in enumerate(BUOYS)
    ]
    return [Role(ship, Plan(clock.start_ms, place, (Stay(clock.end_ms + 60_000),))) for ship, place in posts]
