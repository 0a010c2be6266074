"""Where a boat will be over the next hours, and where it may have come from, by a cloud of particles.

Each particle is one guess at the boat's leeway, speed and course. The guesses are points of a Halton sequence, drawn
out to the distributions, so that a forecast has no chance in it and is the same on any run. Leeway departs from the
mean of its class as in OpenDrift's Leeway (Breivik and Allen 2008): half the deviation at no wind, all of it at 10 m/s,
half the particles to each side of downwind, and four in a hundred that change sides each hour. Land stops nothing.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from surveil.alert import Ellipse, Origin
from surveil.config import ConditionsConfig
from surveil.forecast.leeway import REFUGEE_RAFT, Leeway
from surveil.forecast.streams import M2_PERIOD_S, M_PER_DEG, NEAR_M, StreamField
from surveil.kernels.drift import drift, spread
from surveil.kernels.streams import streams_kn

PARTICLES = 128
STEP_S = 600.0
AHEAD_H = 6.0
CHI_95 = math.sqrt(5.991)
"""Standard deviations from the middle to the edge of an ellipse that holds 95 % (chi square, two degrees)."""
JIBES_PER_H = 0.04
"""Chance that a drifting object changes sides in an hour, as OpenDrift has it."""
SPEED_SHARE_SD = 0.2
"""Standard deviation of what speed a boat under way keeps, as a share of it: assumed."""
COURSE_SD_DEG = 15.0
"""And of the course that she keeps: assumed."""
ADRIFT_MS = 0.4
"""Slower than that through the water she has no engine going: assumed."""
_KN_MS = 1852.0 / 3600.0
_NO_PLACES = np.zeros((0, 8))
_TIDE = np.array([M2_PERIOD_S / 3600, NEAR_M, M_PER_DEG])


@dataclass(frozen=True)
class Water:
    """Wind and stream about a place: ``wind`` m/s, whither, east and north; ``current`` m/s besides the tide."""

    wind: tuple[float, float] = (0.0, 0.0)
    current: tuple[float, float] = (0.0, 0.0)
    tide: StreamField | None = None

    @classmethod
    def of(cls, conditions: ConditionsConfig) -> Water:
        """As the settings say. Raises ValueError : a time of high water that is none."""
        toward, speed = math.radians(conditions.wind_from_deg + 180.0), conditions.wind_kn * _KN_MS
        tide = None
        if conditions.high_water:
            at = dt.datetime.fromisoformat(conditions.high_water)
            at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at
            tide = StreamField(round(at.timestamp() * 1000), conditions.springs)
        return cls((speed * math.sin(toward), speed * math.cos(toward)), (0.0, 0.0), tide)

    def hours(self, t_ms: int) -> float:
        """Hours since high water."""
        return 0.0 if self.tide is None else (t_ms - self.tide.high_water_ms) / 3_600_000

    def places(self) -> np.ndarray:
        return _NO_PLACES if self.tide is None else self.tide.places

    def stream_ms(self, t_ms: int, lon: float, lat: float) -> tuple[float, float]:
        """East and north parts of all that the water does there."""
        if self.tide is None:
            return self.current
        at = np.array([self.hours(t_ms)]), np.array([lon]), np.array([lat])
        east, north = streams_kn(*at, self.tide.places, *_TIDE)
        return self.current[0] + float(east[0]) * _KN_MS, self.current[1] + float(north[0]) * _KN_MS


@dataclass(frozen=True)
class Start:
    """What is known of a boat at a time: place and its standard error, velocity over the ground."""

    t_ms: int
    lon: float
    lat: float
    vx_ms: float = 0.0
    vy_ms: float = 0.0
    sigma_m: float = 0.0


def paths(
    start: Start, water: Water, hours: float, *, leeway: Leeway = REFUGEE_RAFT, adrift: bool | None = None,
    particles: int = PARTICLES,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Particles at each step of ten minutes: t_ms int64 (k,), lon and lat float64 (k, n); back in time if hours < 0.

    ``adrift`` says whether her engine has stopped; None takes it from her speed through the water.
    """
    normal, uniform = _points(particles)
    stream = water.stream_ms(start.t_ms, start.lon, start.lat)
    drifting = _leeway(leeway, normal, math.hypot(*water.wind))
    mean = _mean_leeway_ms(leeway, water.wind)
    through = np.array([start.vx_ms - stream[0] - mean[0], start.vy_ms - stream[1] - mean[1]])
    if adrift is None:
        adrift = bool(np.hypot(*through) < ADRIFT_MS)
    way = np.zeros((particles, 2)) if adrift else _ways(through, normal)
    lon0 = start.lon + start.sigma_m * normal[:, 4] / (M_PER_DEG * math.cos(math.radians(start.lat)))
    lat0 = start.lat + start.sigma_m * normal[:, 5] / M_PER_DEG
    jibe_s = -3600.0 * np.log1p(-uniform) / -math.log(1.0 - JIBES_PER_H)
    steps, step_s = round(abs(hours) * 3600 / STEP_S), math.copysign(STEP_S, hours)
    lon, lat = drift(
        lon0, lat0, way, drifting, jibe_s, np.array(water.wind), np.array(water.current), water.hours(start.t_ms),
        water.places(), _TIDE, step_s, steps,
    )  # fmt: skip
    return start.t_ms + np.arange(steps + 1) * round(step_s * 1000), lon, lat


def forecast(
    lon: float, lat: float, vx_ms: float, vy_ms: float, t_ms: int, hours: float, *, water: Water | None = None,
    every_s: int = 3600, sigma_m: float = 0.0, leeway: Leeway = REFUGEE_RAFT, adrift: bool | None = None,
) -> tuple[Ellipse, ...]:  # fmt: skip
    """Where a boat will be: an ellipse of 95 % each ``every_s`` (a multiple of 600) up to ``hours`` from ``t_ms``.

    Parameters
    ----------
    lon, lat : degrees; vx_ms, vy_ms : velocity over the ground, east and north; sigma_m : standard error of the place
    water : wind and stream, none without; adrift : as :func:`paths` has it
    """
    start = Start(t_ms, lon, lat, vx_ms, vy_ms, sigma_m)
    times, lons, lats = paths(start, water or Water(), hours, leeway=leeway, adrift=adrift)
    every = max(round(every_s / STEP_S), 1)
    return tuple(_ellipse(int(times[k]), lons[k], lats[k]) for k in range(every, len(times), every))


def origins(start: Start, water: Water, areas, hours: float = 12.0, reach_m: float = 3000.0) -> tuple[Origin, ...]:
    """From which beaches, and when (median), a boat under way may have come: the likeliest first.

    A particle that goes back to within ``reach_m`` of a beach left there then (both assumed); not one that is near a
    beach now and comes from elsewhere.
    """
    times, lon, lat = paths(start, water, -abs(hours))
    steps, n = lon.shape
    place, away_m = areas.nearest("beach", lon.ravel(), lat.ravel())
    near = (away_m <= reach_m).reshape(steps, n)
    if not near.any():
        return ()
    near &= ~(_arriving(lon, lat, place[:n], areas) & np.logical_and.accumulate(near))
    reached = np.flatnonzero(near.any(axis=0))
    first = near.argmax(axis=0)[reached]
    left = place.reshape(steps, n)[first, reached]
    found = [
        Origin(
            areas.places[index].name,
            round(np.count_nonzero(left == index) / n, 3),
            int(np.median(times[first[left == index]])),
        )
        for index in np.unique(left).tolist()
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, each.beach)))


def _arriving(lon: np.ndarray, lat: np.ndarray, place: np.ndarray, areas) -> np.ndarray:
    """bool[n]: particles whose way back leads away from the place nearest now."""
    at = np.array([(areas.places[index].lon, areas.places[index].lat) for index in place.tolist()])
    east = (at[:, 0] - lon[0]) * (lon[1] - lon[0]) * np.cos(np.radians(lat[0])) ** 2
    return east + (at[:, 1] - lat[0]) * (lat[1] - lat[0]) < 0


def expected(
    start: Start, water: Water, areas, adrift: bool, likely: float = 0.05
) -> tuple[tuple[Ellipse, ...], tuple[Origin, ...]]:
    """What is told of a small craft: where she will be for six hours or until she lands, and beaches she may have left.

    Of one that is ``adrift`` for certain, as a distress device, no beach is told; nor one less ``likely`` (assumed).
    """
    ahead = forecast(
        start.lon, start.lat, start.vx_ms, start.vy_ms, start.t_ms, AHEAD_H, water=water, adrift=adrift or None,
        sigma_m=start.sigma_m,
    )  # fmt: skip
    ashore = areas.on_land([e.lon for e in ahead], [e.lat for e in ahead])
    ahead = ahead[: int(np.argmax(ashore))] if ashore.any() else ahead
    back = () if adrift else origins(start, water, areas)
    return ahead, tuple(each for each in back if each.share >= likely)


def outline(ellipse: Ellipse, corners: int = 36) -> list[list[float]]:
    """The edge of an ellipse as a ring of [lon, lat], closed, as GeoJSON has it."""
    turn = 2 * np.pi * np.arange(corners + 1) / corners
    axis = math.radians(ellipse.axis_deg)
    along, across = ellipse.major_m * np.cos(turn), ellipse.minor_m * np.sin(turn)
    east = along * math.sin(axis) + across * math.cos(axis)
    north = along * math.cos(axis) - across * math.sin(axis)
    lon = ellipse.lon + east / (M_PER_DEG * math.cos(math.radians(ellipse.lat)))
    ring = np.column_stack([lon, ellipse.lat + north / M_PER_DEG]).round(6).tolist()
    return [*ring[:-1], ring[0]]


def to_geojson(ellipses: tuple[Ellipse, ...]) -> dict:
    """A FeatureCollection of the ellipses, each with its time and axes."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"t_ms": e.t_ms, "major_m": e.major_m, "minor_m": e.minor_m, "axis_deg": e.axis_deg},
                "geometry": {"type": "Polygon", "coordinates": [outline(e)]},
            }
            for e in ellipses
        ],
    }


def _ellipse(t_ms: int, lon: np.ndarray, lat: np.ndarray) -> Ellipse:
    mid_lon, mid_lat, major_m, minor_m, axis_deg = spread(lon, lat, M_PER_DEG)
    axes = round(CHI_95 * major_m, 1), round(CHI_95 * minor_m, 1)
    return Ellipse(t_ms, round(mid_lon, 6), round(mid_lat, 6), *axes, round(axis_deg, 1))


@cache
def _points(n: int) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n, 7) of standard normals and (n,) of [0, 1): Halton's sequence in the first eight primes."""
    points = np.array([[_halton(i + 1, base) for base in (2, 3, 5, 7, 11, 13, 17, 19)] for i in range(n)])
    inverse = np.vectorize(NormalDist().inv_cdf)
    return inverse(points[:, :7]), points[:, 7]


def _halton(index: int, base: int) -> float:
    value, share = 0.0, 1.0
    while index:
        share /= base
        index, digit = divmod(index, base)
        value += digit * share
    return value


def _leeway(way: Leeway, normal: np.ndarray, wind_ms: float) -> np.ndarray:
    """float64 (n, 4) as the kernel takes it; nothing blows in a calm."""
    if wind_ms == 0:
        return np.zeros((len(normal), 4))
    side = np.where(normal[:, 6] > 0, 1.0, -1.0)
    # no particle goes upwind: a share below nothing is mirrored, where OpenDrift draws again
    down_sd = np.abs(way.down_percent / 100 + way.down_sd_cms * normal[:, 0] / 2000) - way.down_percent / 100
    across_sd = way.cross_sd_cms * normal[:, 1]
    return np.column_stack([
        way.down_percent / 100 + down_sd,
        way.down_cms / 100 + 10.0 * down_sd,
        side * way.cross_percent / 100 + across_sd / 2000,
        side * way.cross_cms / 100 + across_sd / 200,
    ])  # fmt: skip


def _mean_leeway_ms(way: Leeway, wind: tuple[float, float]) -> tuple[float, float]:
    speed = math.hypot(*wind)
    down = 0.0 if speed == 0 else way.down_percent / 100 + way.down_cms / 100 / speed
    return down * wind[0], down * wind[1]


def _ways(through: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """float64 (n, 2): what her engine gives each particle."""
    speed = np.hypot(*through) * np.maximum(1 + SPEED_SHARE_SD * normal[:, 2], 0)
    course = math.atan2(through[0], through[1]) + np.radians(COURSE_SD_DEG * normal[:, 3])
    return np.column_stack([speed * np.sin(course), speed * np.cos(course)])
