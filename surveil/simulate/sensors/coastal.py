"""A coastal radar: what it detects scan by scan, with errors, several plots of a big ship, ghosts and clutter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import shapely

from surveil.fusion.plane import Plane
from surveil.kernels.geodesy import EARTH_RADIUS_M
from surveil.simulate.sensors import physics
from surveil.simulate.sensors.clutter import CLUTTER_SEEN, false_plots
from surveil.simulate.sensors.scene import CLUTTER, Objects, Sensed, Weather, sensed
from surveil.simulate.settings import key
from surveil.simulate.waters import waters

EXAMPLE_SITES = {
    "dover": (1.3430, 51.1325, 120.0),
    "dungeness": (0.9730, 50.9137, 40.0),
    "gris_nez": (1.5838, 50.8697, 70.0),
    "calais_dunkirk": (2.1030, 51.0060, 45.0),
}
"""EXAMPLES, not surveyed: lon, lat and height of an antenna above the sea. Places read off a map near Dover
Coastguard, Dungeness, Cap Gris-Nez and Gravelines; heights assumed."""
BEARINGS = 1440
"""Directions in which the coast is looked for, one each quarter of a degree."""


@dataclass(frozen=True, kw_only=True)
class CoastalRadar:
    """A rotating X-band radar ashore. Figures are those of no make; "typical" is of VTS radars."""

    kind: ClassVar[str] = "coastal_radar"

    name: str = key("word")
    format: str = key("word", "cat048", among=("cat048", "cat010", "ttm", "csv", "parquet"))
    place: tuple[float, float] = key("point", unit="deg")
    antenna_m: float = key("number", 50.0, "m", "assumed: height above the sea", 1, 1000)
    rotation_s: float = key("number", 3.0, "s", "20 turns a minute, typical", 0.5, 60)
    max_range_m: float = key("number", 44_448.0, "m", "24 nm; unambiguous at the default pulse rate", 1000, 200_000)
    min_range_m: float = key("number", 200.0, "m", "assumed", 0, 10_000)
    frequency_hz: float = key("number", 9.41e9, "Hz", "X-band, typical", 1e9, 18e9)
    power_w: float = key("number", 25_000.0, "W", "peak, of a magnetron, typical", 1, 1e6)
    gain_db: float = key("number", 35.0, "dB", "of an antenna of 5.5 m, typical", 10, 50)
    beam_deg: float = key("number", 0.45, "deg", "of an antenna of 5.5 m, typical", 0.1, 5)
    beam_up_deg: float = key("number", 11.0, "deg", "assumed", 0.5, 30)
    pulse_s: float = key("number", 80e-9, "s", "a resolution of 12 m, typical", 1e-8, 2e-6)
    pulse_rate_hz: float = key("number", 3000.0, "Hz", "assumed", 100, 10_000)
    noise_db: float = key("number", 4.0, "dB", "assumed", 0, 20)
    loss_db: float = key("number", 8.0, "dB", "two ways, beam shape and detector: assumed", 0, 30)
    pfa: float = key("number", 1e-6, "per resolution cell", "assumed", 1e-9, 1e-2)
    polarisation: str = key("word", "H", "", "assumed", among=("H", "V"))
    rain_rejection_db: float = key("number", 15.0, "dB", "circular polarisation, Skolnik 1980 ch. 13 (recalled)", 0, 30)
    looks: int = key("integer", 2, "independent looks at clutter in a dwell", "two frequencies, assumed", 1, 32)
    clutter_shape: float = key(
        "number", 3.0, "shape of the K-distribution", "assumed: of what the CFAR leaves", 0.1, 100
    )
    range_error_m: float = key("number", 15.0, "m", "standard error, assumed", 0, 1000)
    bearing_error_deg: float = key("number", 0.15, "deg", "standard error, a third of the beam", 0, 5)
    range_bias_m: float = key("number", 0.0, "m", "", -2000, 2000)
    bearing_bias_deg: float = key("number", 0.0, "deg", "", -10, 10)
    clock_bias_s: float = key("number", 0.0, "s", "", -60, 60)
    split_m: float = key("number", 90.0, "m", "length of ship for each further plot, assumed", 10, 1000)
    ghost_pd: float = key("number", 0.02, "per pair of ships and scan", "assumed", 0, 1)
    ghost_length_m: float = key("number", 150.0, "m", "ships that mirror others, assumed", 10, 500)
    ghost_within_m: float = key("number", 3000.0, "m", "assumed", 0, 20_000)
    own_land_m: float = key("number", 4000.0, "m", "land that the antenna looks over, assumed", 0, 20_000)

    off_from_h: float | None = key("number", None, "h", "off the air from then, after the start", 0, 168)
    off_to_h: float = key("number", 168.0, "h", "and on again", 0, 168)

    @property
    def wavelength_m(self) -> float:
        return physics.LIGHT_M_S / self.frequency_hz

    @property
    def cell_m(self) -> float:
        """Range resolution."""
        return physics.LIGHT_M_S * self.pulse_s / 2

    @property
    def pulses(self) -> int:
        """Pulses on a target in one pass of the beam."""
        return max(1, int(self.beam_deg / 360 * self.rotation_s * self.pulse_rate_hz))

    @cached_property
    def land_m(self) -> np.ndarray:
        """Range of the first land beyond ``own_land_m`` in each of ``BEARINGS`` directions, inf where there is none."""
        bearings, reach = np.arange(BEARINGS) * (360 / BEARINGS), np.full(BEARINGS, self.own_land_m)
        first = np.where(waters().on_land(*self.lonlat(reach, bearings)), self.own_land_m, np.inf)
        for column in waters().columns_of("land"):
            for ring in shapely.get_rings(shapely.get_parts(waters().features[column].geometry)):
                ray, range_m = _shore(*self.polar(*shapely.get_coordinates(ring).T.copy()))
                beyond = range_m > self.own_land_m
                np.minimum.at(first, ray[beyond], range_m[beyond])
        return first

    def sees(self, range_m, bearing_deg) -> np.ndarray:
        """Whether a place is within range and not behind land."""
        ray = np.rint(np.asarray(bearing_deg) * (BEARINGS / 360)).astype(np.int64) % BEARINGS
        return (range_m >= self.min_range_m) & (range_m <= self.max_range_m) & (range_m < self.land_m[ray])

    @cached_property
    def plane(self) -> Plane:
        """The plane about the antenna, as whoever reads the plots has it."""
        return Plane(*self.place)

    def lonlat(self, range_m, bearing_deg) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) of ranges and bearings, each (n,)."""
        return self.plane.from_polar(range_m, bearing_deg)

    def polar(self, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """(range_m, bearing_deg) of places, each (n,)."""
        return self.plane.polar(lon, lat)

    def described(self) -> dict[str, float]:
        """What a manifest says of it besides its name, place and format."""
        told = ("antenna_m", "rotation_s", "max_range_m", "min_range_m", "frequency_hz", "pfa", "range_error_m")
        return {
            n: getattr(self, n)
            for n in (*told, "bearing_error_deg", "range_bias_m", "bearing_bias_deg", "clock_bias_s")
        }

    def snr_per_m2(self, range_m, rain_mm_h=0.0) -> np.ndarray:
        """Signal over noise of one pulse on 1 m2 in free space: the radar equation (Skolnik 1980, eq. 1.9),
        with rain on both ways; noise in the bandwidth 1 / pulse."""
        noise_w = physics.BOLTZMANN * physics.STANDARD_K / self.pulse_s * physics.from_db(self.noise_db)
        gain = physics.from_db(self.gain_db)
        loss_db = self.loss_db + 2 * physics.rain_loss_db_km(rain_mm_h, self.frequency_hz) * np.asarray(range_m) / 1000
        power_w = (
            self.power_w * (gain * self.wavelength_m) ** 2 / ((4 * math.pi) ** 3 * np.asarray(range_m, float) ** 4)
        )
        return power_w / (noise_w * physics.from_db(loss_db))

    def clutter_m2(self, range_m, sea_state, rain_mm_h=0.0) -> np.ndarray:
        """Cross-section of the clutter in a resolution cell: sea by area, rain by volume (Probert-Jones 1962)."""
        width_m = np.asarray(range_m, float) * math.radians(self.beam_deg)
        angle = physics.grazing_deg(range_m, self.antenna_m)
        sea = physics.sea_reflectivity(angle, sea_state, self.frequency_hz, self.polarisation) * width_m * self.cell_m
        height_m = np.minimum(np.asarray(range_m) * math.radians(self.beam_up_deg), RAIN_HEIGHT_M)
        volume = math.pi / (8 * math.log(2)) * width_m * height_m * self.cell_m
        rain = physics.rain_reflectivity(rain_mm_h, self.wavelength_m) * volume
        return sea + rain / physics.from_db(self.rain_rejection_db)

    def detection(self, range_m, rcs_m2, height_m, sea_state=0.0, rain_mm_h=0.0) -> tuple[np.ndarray, np.ndarray]:
        """(expected probability of detection in one scan, mean signal over interference of one pulse).

        Noise is new at each pulse; clutter hardly changes within a dwell of some 10 ms (Ward, Tough and Watts, Sea
        Clutter, 2006, ch. 2), so it gives ``looks`` samples. The pulses that count are those that give a sum of both
        its variance.
        """
        per_m2 = self.snr_per_m2(range_m, rain_mm_h)
        clutter = per_m2 * self.clutter_m2(range_m, sea_state, rain_mm_h)
        wave_m = physics.significant_wave_m(sea_state)
        carried = physics.propagation(range_m, self.antenna_m, height_m, wave_m, self.wavelength_m)
        sinr = per_m2 * rcs_m2 * carried / (1 + clutter)
        counted = (1 + clutter) ** 2 / (1 / self.pulses + clutter**2 / min(self.looks, self.pulses))
        return self._pd(sinr, np.clip(counted, 1, self.pulses)), sinr

    def _pd(self, sinr, counted) -> np.ndarray:
        """Swerling 1 for a number of pulses that need not be whole, between those of the whole numbers about it."""
        sinr, counted = np.broadcast_arrays(sinr, counted)
        whole, pd = np.floor(counted), np.zeros(sinr.shape)
        for n in np.unique(whole).tolist():
            at = whole == n
            fewer, more = (physics.swerling1(sinr[at], int(k), self.pfa) for k in (n, n + 1))
            pd[at] = fewer + (counted[at] - n) * (more - fewer)
        return pd

    def sense(self, objects: Objects, weather: Weather, rng: np.random.Generator) -> Sensed:
        """Every scan from the first to the last time of the weather."""
        turns = self._turns(*weather.span_ms, rng)
        looks, echoes = _watch(self, objects, weather, turns, rng)
        echoes += [_ghosts(self, objects, turns, rng), false_plots(self, weather, turns, rng)]
        who, *rest = (np.concatenate(part) for part in zip(*echoes, strict=True))
        return sensed(objects, looks, who, self._columns(turns, *rest, rng))

    def _turns(self, start_ms: int, end_ms: int, rng: np.random.Generator) -> np.ndarray:
        """When each whole turn within a span begins, pointing north: float64 ms."""
        turn_ms = 1000 * self.rotation_s
        turns = np.arange(start_ms + rng.uniform(0, turn_ms), end_ms - turn_ms, turn_ms)
        if self.off_from_h is None:
            return turns
        hours = (turns - start_ms) / 3_600_000
        return turns[(hours < self.off_from_h) | (hours >= self.off_to_h)]

    def _columns(self, turns, turn, range_m, bearing_deg, snr, rng) -> dict[str, np.ndarray]:
        n = len(turn)
        t_ms = turns[turn] + 1000 * self.rotation_s * (bearing_deg % 360) / 360
        range_m = range_m + rng.normal(self.range_bias_m, self.range_error_m, n)
        bearing_deg = bearing_deg + rng.normal(self.bearing_bias_deg, self.bearing_error_deg, n)
        return {
            "t_ms": np.rint(t_ms + 1000 * self.clock_bias_s).astype(np.int64),
            "sensor": np.zeros(n, np.int16),
            "range_m": np.abs(range_m),
            "bearing_deg": bearing_deg % 360,
            "snr_db": physics.to_db(snr),
        }


RAIN_HEIGHT_M = 3000.0
"""Depth of rain, near the mean of ITU-R P.839 at 51 degrees north (recalled)."""


def _shore(range_m, bearing_deg) -> tuple[np.ndarray, np.ndarray]:
    """Which of ``BEARINGS`` rays cross a coastline given by its corners, and at what range."""
    mark = np.unwrap(bearing_deg, period=360) * (BEARINGS / 360)
    low, high = np.minimum(mark[1:], mark[:-1]), np.maximum(mark[1:], mark[:-1])
    first = np.ceil(low).astype(np.int64)
    crossed = np.maximum(np.floor(high).astype(np.int64) - first + 1, 0)
    piece = np.repeat(np.arange(len(crossed)), crossed)
    ray = first[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(crossed) - crossed, crossed)
    share = (ray - mark[piece]) / (mark[piece + 1] - mark[piece])
    return ray % BEARINGS, range_m[piece] + share * (range_m[piece + 1] - range_m[piece])


def _watch(radar: CoastalRadar, objects: Objects, weather: Weather, turns, rng):
    """Looks at objects, and the echoes of those detected: parts of (object, turn, range, bearing, snr)."""
    range_m, bearing_deg = radar.polar(objects.lon, objects.lat)
    rcs_m2 = np.where(np.isnan(objects.rcs_m2), physics.ship_rcs_m2(objects.length_m), objects.rcs_m2)
    seen = radar.sees(range_m, bearing_deg)
    pd, sinr = np.zeros(len(range_m)), np.zeros(len(range_m))
    sea, rain = (weather.at(name, objects.t_ms[seen]) for name in ("sea_state", "rain_mm_h"))
    owner = objects.owner[seen]
    pd[seen], sinr[seen] = radar.detection(range_m[seen], rcs_m2[owner], objects.height_m[owner], sea, rain)
    looks, echoes = [], []
    for i in range(len(objects)):
        rows = objects.rows(i)
        if not (pd[rows] > 2 * radar.pfa).any():
            continue
        look, echo = _look(radar, objects, i, (range_m[rows], bearing_deg[rows], pd[rows], sinr[rows]), turns, rng)
        looks.append(look)
        echoes.append(echo)
    nothing = tuple(np.empty(0, dtype) for dtype in (np.int64, np.int64, float, bool))
    return tuple(np.concatenate(part) for part in zip(nothing, *looks, strict=True)), echoes


def _look(radar: CoastalRadar, objects: Objects, i: int, polar, turns, rng):
    """The looks at one object and the echoes it gives."""
    own_ms, bearing = objects.t_ms[objects.rows(i)], np.unwrap(polar[1], period=360)
    turn = np.arange(*np.searchsorted(turns, (own_ms[0] - 1000 * radar.rotation_s, own_ms[-1])))
    t_ms = turns[turn] + 1000 * radar.rotation_s * (np.interp(turns[turn], own_ms, bearing) % 360) / 360
    there = (t_ms >= own_ms[0]) & (t_ms <= own_ms[-1])
    turn, t_ms = turn[there], t_ms[there]
    range_m, bearing, pd, sinr = (np.interp(t_ms, own_ms, values) for values in (polar[0], bearing, *polar[2:]))
    found = rng.random(len(pd)) < pd
    look = np.full(len(pd), i), np.rint(t_ms).astype(np.int64), pd, found
    row = np.minimum(np.searchsorted(own_ms, t_ms[found]), len(own_ms) - 1)
    aspect = np.radians(objects.heading_deg[objects.rows(i)][row] - bearing[found])
    which, along_m = _spread(objects.length_m[i], radar.split_m, found.sum(), rng)
    range_m, aspect = range_m[found][which], aspect[which]
    bearing = bearing[found][which] + np.degrees(along_m * np.sin(aspect) / range_m)
    # above the threshold an exponential echo is exponential again
    snr = -math.log(radar.pfa) + (1 + sinr[found][which]) * rng.exponential(size=len(which))
    return look, (np.full(len(which), i), turn[found][which], range_m + along_m * np.cos(aspect), bearing % 360, snr)


def _spread(length_m: float, split_m: float, n: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """The plots that ``n`` detections of a ship give: (which detection, metres forward of her middle).

    The centroid wanders by an eighth of her length; each further length of ``split_m`` is a plot of its own in
    half of the scans. Both assumed.
    """
    first = rng.normal(0, length_m / 8, n)
    further = np.repeat(np.arange(n), rng.binomial(max(0, math.ceil(length_m / split_m) - 1), 0.5, n))
    along_m = rng.uniform(-length_m / 2, length_m / 2, len(further))
    return np.append(np.arange(n), further), np.append(first, along_m)


def _ghosts(radar: CoastalRadar, objects: Objects, turns, rng):
    """Echoes by way of another big ship: on her bearing, at half the length of the way round (assumed: both big)."""
    big = np.flatnonzero(objects.length_m >= radar.ghost_length_m)
    block = max(1, round(60 / radar.rotation_s))
    starts = np.arange(0, len(turns), block)
    lon, lat, _ = objects.on_grid(turns[starts])
    parts = [(np.empty(0, np.int64), np.empty(0), np.empty(0))]
    for k, first in enumerate(starts.tolist()):
        here = big[np.isfinite(lon[big, k])]
        range_m, bearing_deg = radar.polar(lon[here, k], lat[here, k])
        east = np.radians(lon[here, k]) * np.cos(np.radians(lat[here, k])) * EARTH_RADIUS_M
        north = np.radians(lat[here, k]) * EARTH_RADIUS_M
        apart_m = np.hypot(east[:, None] - east, north[:, None] - north)
        seen = radar.sees(range_m, bearing_deg)
        near = (apart_m < radar.ghost_within_m) & seen[:, None] & seen & ~np.eye(len(here), dtype=bool)
        target, mirror = np.nonzero(near)
        times = rng.poisson(radar.ghost_pd * min(block, len(turns) - first), len(target))
        target, mirror = np.repeat(target, times), np.repeat(mirror, times)
        way_m = (range_m[target] + apart_m[target, mirror] + range_m[mirror]) / 2
        turn = first + rng.integers(0, min(block, len(turns) - first), len(target))
        parts.append((turn, way_m, bearing_deg[mirror]))
    turn, way_m, bearing_deg = (np.concatenate(part) for part in zip(*parts, strict=True))
    snr = -math.log(radar.pfa) * (1 + CLUTTER_SEEN * rng.exponential(size=len(turn)))
    return np.full(len(turn), CLUTTER), turn, way_m, bearing_deg, snr
