"""The demo: one seeded, invented night in the Dover Strait.

No vessel in it is real: every name begins with SIM, every MMSI has a valid MID followed by 99, and the lines
come from stations SIM-DOVER and SIM-GRISNEZ. Small craft follow what is assumed in general of the crossings
(4 kn, launched from a beach, 8 m); real ones carry no AIS.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import numpy as np

from surveil.errors import ConfigError
from surveil.simulate import cast
from surveil.simulate.cast import Clock, mmsi
from surveil.simulate.night import Night, Role, generator, play
from surveil.simulate.scenario import Station
from surveil.simulate.vessels import M_PER_DEG, Follow, Plan, Ship, Stream, beside
from surveil.simulate.waters import route as lane_route

START_MS = int(datetime(2026, 3, 14, 22, tzinfo=UTC).timestamp()) * 1000
HOURS = 6
STATIONS = (
    Station("SIM-DOVER", (1.343, 51.133), lag_s=0.4, slot_loss=0.35),
    Station("SIM-GRISNEZ", (1.583, 50.869), lag_s=2.0, slot_loss=0.35),
)
"""Two cliff-top receivers; the second stamps up to 2 s late, so that duplicates differ in time (assumed)."""
LANE_SHIPS = 36
"""About 150 a day: fewer than the strait's 400 to 500, so that the demo stays small."""
SPREAD_M, FARTHEST_M = 900, 1900
"""Standard deviation of ships about the middle of their lane, and its limit: assumed."""


def make_night(seed: int = 1, start_ms: int = START_MS, hours: float = HOURS, lane_ships: int = LANE_SHIPS) -> Night:
    """Six hours of the strait: the same seed gives the same bytes.

    Parameters
    ----------
    seed : of every random draw, not negative; each object has a stream of its own.
    start_ms : UTC ms of the beginning; the tide keeps its phase to it, so it predicts no real night.
    hours : length, more than 0; what is planned for later does not happen.
    lane_ships : ships following the lanes.

    Raises
    ------
    ConfigError : a parameter is out of range.
    """
    if seed < 0 or not 0 < hours <= 24 or lane_ships < 0:
        raise ConfigError(f"seed {seed}, hours {hours}, lane_ships {lane_ships}: one is out of range")
    clock, random = Clock(start_ms, hours), partial(generator, seed)
    stream = Stream(high_water_ms=clock(0, -58))
    sw = tuple(map(tuple, lane_route("centreline-sw").tolist()))
    roles = [
        *_lane_traffic(lane_ships, clock, random), _deep_tanker(clock, random), *cast.odd_ships(clock),
        cast.glitching(sw, clock), *cast.ferries(clock), *cast.trawlers(clock, random), *cast.yachts(clock),
        *cast.workboats(clock), *cast.fixed_stations(clock, *(s.place for s in STATIONS)),
        cast.crossing_boat(clock), *cast.casualty(clock, stream),
    ]  # fmt: skip
    return play(roles, STATIONS, stream, clock.start_ms, clock.end_ms, seed)


def _lane_traffic(count: int, clock: Clock, random) -> list[Role]:
    """Ships alternately down and up the strait, half way at times spread evenly over the night."""
    ways = (
        lane_route("centreline-sw"),
        lane_route("centreline-ne-1", "centreline-ne-2", "centreline-ne-f3"),
    )
    span_ms, roles = clock.end_ms - clock.start_ms + 3 * 3_600_000, []
    for i in range(count):
        rng = random(f"lane ship {i}")
        ship = cast.trader(i + 1, rng)
        middle_ms = clock(-1.5) + int((i + rng.random()) / count * span_ms)
        roles.append(_in_lane(ship, ways[i % 2], middle_ms, rng.uniform(9, 18), rng))
    return roles


def _deep_tanker(clock: Clock, random) -> Role:
    ship = Ship(
        mmsi(636, 80), "SIM DEEP TANKER", "deep-water route", ship_type=80, dims_m=(270, 60, 30, 30),
        draught_m=20.5, callsign="SIM80", destination="SIM ROTTERDAM",
    )  # fmt: skip
    way = lane_route("centreline-ne-1", "centreline-deep-water", "centreline-ne-f3")
    return _in_lane(ship, way, clock(3), 11.5, random(ship.name))


def _in_lane(ship: Ship, way: np.ndarray, middle_ms: int, speed_kn: float, rng: np.random.Generator) -> Role:
    """A ship along a lane, to one side of its centreline, half way at ``middle_ms``."""
    offset_m = float(np.clip(rng.normal(0, SPREAD_M), -FARTHEST_M, FARTHEST_M))
    points = tuple(map(tuple, beside(way, offset_m).tolist()))
    steps_deg = np.diff(way, axis=0) * (np.cos(np.radians(way[:, 1].mean())), 1)
    half_h = np.hypot(*steps_deg.T).sum() * M_PER_DEG / 1852 / speed_kn / 2
    return Role(ship, Plan(middle_ms - int(half_h * 3_600_000), points[0], (Follow(points, speed_kn),)))
