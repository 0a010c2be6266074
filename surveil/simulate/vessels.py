"""Simulated ships and how they move: a ship is data, its legs are data, `sail` turns them into a track.

The stream is one sinusoid along the strait, the same everywhere: enough that COG differs from heading, and
not a prediction for any date. Speeds of legs are through the water unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from surveil.forecast.streams import M2_PERIOD_S, M_PER_DEG
from surveil.kernels.tracks import KN

STEP_MS = 1000
SET_ROUNDS = 5
"""Rounds in which a drift through a field finds its path; a test compares it with small steps."""

UNDER_WAY, AT_ANCHOR, MOORED, FISHING, SART_ACTIVE = 0, 1, 5, 7, 14
"""Navigational status, M.1371-5 Annex 8, 3.1."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Ship:
    """Who she says she is. Lengths in metres; ``dims_m`` is (to bow, to stern, to port, to starboard)."""

    mmsi: int
    name: str
    kind: str
    ais_class: str = "A"
    ship_type: int = 70
    dims_m: tuple[int, int, int, int] = (100, 20, 9, 9)
    draught_m: float = 0.0
    callsign: str = ""
    destination: str = ""

    @property
    def length_m(self) -> int:
        return self.dims_m[0] + self.dims_m[1]


@dataclass(frozen=True)
class Follow:
    """Along a route over the ground, crabbing into the stream.

    ``ramp``: from and to a stop, in sheltered water. ``over_ground``: the speed is held over the ground.
    """

    route: tuple[Point, ...]
    speed_kn: float
    status: int = UNDER_WAY
    ramp: bool = False
    over_ground: bool = False


@dataclass(frozen=True)
class Steer:
    """A heading held through the water, set by the stream; speed 0 is a drift."""

    heading_deg: float
    speed_kn: float
    duration_s: float
    status: int = UNDER_WAY


@dataclass(frozen=True)
class Stay:
    """Made fast or at anchor until ``until_ms`` (UTC)."""

    until_ms: int
    status: int = MOORED
    heading_deg: float = 45.0


@dataclass(frozen=True)
class Plan:
    """Where and when she starts (``t_ms`` UTC, may be before the night) and what she does."""

    t_ms: int
    origin: Point
    legs: tuple[Follow | Steer | Stay, ...]


@dataclass(frozen=True)
class Stream:
    """The tidal stream: a sinusoid towards ``toward_deg`` and back, NE-going from 1.5 h before HW Dover.

    Direction 40/220 and start: Channel Swimming Association, "NE-going from 1.5-2 h before to 4-4.5 h after
    HW Dover". Peak: UKHO tidal diamonds as printed by visitmyharbour.com/articles/3171 give 2.2-2.3 kn
    (springs, SW of South Sand Head) to 3.2 kn (off Ramsgate); 2.5 kn between them is assumed.
    """

    high_water_ms: int
    toward_deg: float = 40.0
    peak_kn: float = 2.5
    starts_before_hw_s: float = 1.5 * 3600

    def at(self, t_ms, lon=None, lat=None) -> tuple[np.ndarray, np.ndarray]:
        """(east, north) in knots at times ``t_ms``; the place does not matter."""
        phase_s = (np.asarray(t_ms) - self.high_water_ms) / 1000 + self.starts_before_hw_s
        rate = self.peak_kn * np.sin(2 * np.pi * phase_s / M2_PERIOD_S)
        toward = np.radians(self.toward_deg)
        return rate * np.sin(toward), rate * np.cos(toward)


@dataclass(frozen=True)
class Track:
    """True motion on a grid of equal steps. Velocities over the ground, knots; heading degrees true."""

    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    east_kn: np.ndarray
    north_kn: np.ndarray
    heading_deg: np.ndarray
    status: np.ndarray

    @property
    def step_ms(self) -> int:
        """Between two rows; there are two at least."""
        return int(self.t_ms[1] - self.t_ms[0])

    @property
    def sog_kn(self) -> np.ndarray:
        return np.hypot(self.east_kn, self.north_kn)

    def at(self, t_ms: int) -> Point:
        """Position at a time, held at the ends."""
        return float(np.interp(t_ms, self.t_ms, self.lon)), float(np.interp(t_ms, self.t_ms, self.lat))

    def between(self, start_ms: int, end_ms: int) -> Track:
        """The rows within [start, end)."""
        return self.rows(slice(*np.searchsorted(self.t_ms, (start_ms, end_ms))))

    def rows(self, rows: slice) -> Track:
        return Track(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def displace(origin: Point, east_m, north_m) -> tuple[np.ndarray, np.ndarray]:
    """Move a point by metres east and north, on the tangent plane (0.3 % over 30 nm)."""
    lon, lat = origin
    lat_new = lat + np.asarray(north_m) / M_PER_DEG
    return lon + np.asarray(east_m) / (M_PER_DEG * np.cos(np.radians((lat + lat_new) / 2))), lat_new


def steps_m(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """East and north parts, in metres, of the steps between consecutive points."""
    scale = M_PER_DEG * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
    return np.diff(lon) * scale, np.diff(lat) * M_PER_DEG


def rounded(route, times: int = 4) -> np.ndarray:
    """Corner cutting (Chaikin 1974): a ship turns, she does not pivot. Ends stay; (n, 2) lon, lat."""
    points = np.asarray(route, float)
    for _ in range(times if len(points) > 2 else 0):
        near, far = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        cut = np.stack([near, far], 1).reshape(-1, 2)
        points = np.vstack([points[:1], cut[1:-1], points[-1:]])
    return points


def beside(route, offset_m) -> np.ndarray:
    """The route (n, 2) moved to starboard (negative: port) by metres, a scalar or (n,)."""
    route = np.asarray(route, float)
    scale = np.array([M_PER_DEG * np.cos(np.radians(route[:, 1].mean())), M_PER_DEG])
    along = np.gradient(route * scale, axis=0)
    along /= np.hypot(*along.T)[:, None]
    return route + np.reshape(offset_m, (-1, 1)) * np.column_stack([along[:, 1], -along[:, 0]]) / scale


class Current(Protocol):
    """What sets a vessel: `Stream`, or a field over the strait."""

    def at(self, t_ms, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """(east, north) in knots at times and places."""


def sail(plan: Plan, stream: Current, start_ms: int, end_ms: int, step_ms: int = STEP_MS) -> Track:
    """The track of a plan within [start, end), every ``step_ms`` from ``plan.t_ms`` on.

    ``plan.t_ms`` may lie before ``start_ms``; a plan that runs out before ``end_ms`` ends there. Each leg lasts
    a whole number of steps.
    """
    movers = {Follow: _follow, Steer: _steer, Stay: _stay}
    t_ms, origin, parts = plan.t_ms, plan.origin, []
    for leg in plan.legs:
        part = movers[type(leg)](leg, t_ms, origin, stream, step_ms)
        if len(part.t_ms) < 2:
            continue
        parts.append(part)
        t_ms, origin = int(part.t_ms[-1]), (float(part.lon[-1]), float(part.lat[-1]))
        if t_ms >= end_ms:
            break
    return joined([part.rows(slice(None, -1)) for part in parts]).between(start_ms, end_ms)


def joined(tracks: list[Track]) -> Track:
    """Tracks end to end."""
    return Track(**{name: np.concatenate([getattr(t, name) for t in tracks]) for name in Track.__dataclass_fields__})


def _grid(start_ms: int, duration_s: float, step_ms: int) -> np.ndarray:
    return start_ms + step_ms * np.arange(int(duration_s * 1000 / step_ms) + 1, dtype=np.int64)


def _moving(t_ms, lon, lat, heading_deg, status) -> Track:
    east, north = steps_m(lon, lat)
    step_s = (t_ms[1] - t_ms[0]) / 1000 if len(t_ms) > 1 else 1.0
    east, north = (np.append(v, v[-1:]) / KN / step_s for v in (east, north))
    return Track(t_ms, lon, lat, east, north, heading_deg % 360, np.full(len(t_ms), status, np.int8))


def _stay(leg: Stay, t_ms, origin, stream, step_ms) -> Track:
    grid = _grid(t_ms, max(0, leg.until_ms - t_ms) / 1000, step_ms)
    zero = np.zeros(len(grid))
    return Track(
        grid, zero + origin[0], zero + origin[1], zero, zero, zero + leg.heading_deg,
        np.full(len(grid), leg.status, np.int8),
    )  # fmt: skip


def _steer(leg: Steer, t_ms, origin, stream, step_ms) -> Track:
    """The set depends on the place and the place on the set: taken along the path found before, a few times over."""
    grid = _grid(t_ms, leg.duration_s, step_ms)
    heading = np.radians(leg.heading_deg)
    lon, lat = np.full(len(grid), origin[0]), np.full(len(grid), origin[1])
    for _ in range(SET_ROUNDS):
        set_east, set_north = stream.at(grid, lon, lat)
        east_m = np.cumsum((leg.speed_kn * np.sin(heading) + set_east) * KN * step_ms / 1000)
        north_m = np.cumsum((leg.speed_kn * np.cos(heading) + set_north) * KN * step_ms / 1000)
        lon, lat = displace(origin, east_m - east_m[0], north_m - north_m[0])
    return _moving(grid, lon, lat, np.full(len(grid), leg.heading_deg), leg.status)


def _follow(leg: Follow, t_ms, origin, stream, step_ms) -> Track:
    route = np.vstack([origin, leg.route]) if tuple(leg.route[0]) != tuple(origin) else leg.route
    lon, lat = rounded(route).T
    east, north = steps_m(lon, lat)
    along_m = np.append(0, np.cumsum(np.hypot(east, north)))
    mark_m = np.linspace(0, along_m[-1], max(2, int(along_m[-1] / 50)))
    lon, lat = np.interp(mark_m, along_m, lon), np.interp(mark_m, along_m, lat)
    when_ms = _timetable(leg, t_ms, mark_m, lon, lat, stream)
    grid = _grid(t_ms, (when_ms[-1] - t_ms) / 1000, step_ms)
    lon, lat = np.interp(grid, when_ms, lon), np.interp(grid, when_ms, lat)
    track = _moving(grid, lon, lat, np.zeros(len(grid)), leg.status)
    set_east, set_north = np.array(stream.at(grid, lon, lat)) * np.interp(grid, when_ms, _shelter(leg, mark_m))
    heading = np.degrees(np.arctan2(track.east_kn - set_east, track.north_kn - set_north))
    return _moving(grid, lon, lat, heading, leg.status)


def _timetable(leg: Follow, t_ms, mark_m, lon, lat, stream) -> np.ndarray:
    """When she is at each mark: the triangle of velocities, iterated as the stream depends on the time."""
    (east_m, north_m), middle = steps_m(lon, lat), ((lon[1:] + lon[:-1]) / 2, (lat[1:] + lat[:-1]) / 2)
    step_m, shelter = np.hypot(east_m, north_m), _shelter(leg, mark_m)[1:]
    water_kn = _speeds(leg, (mark_m[1:] + mark_m[:-1]) / 2, mark_m[-1])
    ground_kn = water_kn
    for _ in range(1 if leg.over_ground else 4):
        when_ms = t_ms + 1000 * np.append(0, np.cumsum(step_m / (ground_kn * KN)))
        set_east, set_north = np.array(stream.at((when_ms[1:] + when_ms[:-1]) / 2, *middle)) * shelter
        along = (set_east * east_m + set_north * north_m) / step_m
        across = (set_east * north_m - set_north * east_m) / step_m
        made_good = np.sqrt(np.maximum(water_kn**2 - across**2, 0)) + along
        ground_kn = np.maximum(made_good, 0.3 * water_kn)
    return when_ms


def _shelter(leg: Follow, mark_m) -> np.ndarray:
    """Share of the stream felt by distance run: none alongside, all of it 3 km out (assumed)."""
    return np.clip(np.minimum(mark_m, mark_m[-1] - mark_m) / 3000, 0, 1) if leg.ramp else np.ones(len(mark_m))


def _speeds(leg: Follow, mark_m, length_m) -> np.ndarray:
    """Speed through the water by distance run; ramps at 0.02 m/s2 from 1.5 kn (assumed)."""
    if not leg.ramp:
        return np.full(len(mark_m), leg.speed_kn)
    gone = np.minimum(mark_m, length_m - mark_m)
    return np.minimum(leg.speed_kn, np.sqrt(1.5**2 + 2 * 0.02 * gone / KN**2))
