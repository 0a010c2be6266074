"""A sensor as the tracker knows it: where it stands, how it turns, how well it measures and what it can see."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from surveil.areas import Areas
from surveil.config import SensorConfig
from surveil.fusion.clutter import Amplitudes, ClutterMap
from surveil.fusion.plane import Between, Plane
from surveil.fusion.registration import Registration
from surveil.schema import Plots

BEARINGS = 1440
"""Directions in which the coast is looked for, one each quarter of a degree."""
LAND_STEP_M = 250.0
"""How finely: the coastline in geodata is good to some 200 m."""
REFERENCE_M = 10_000.0
"""Range to which the strength of an echo is brought, with the fourth power of range (Skolnik 1980, eq. 1.9)."""


class Sensor:
    """A sensor on the plane of a picture, with what is learned of it."""

    def __init__(self, name: str, config: SensorConfig, plane: Plane, areas: Areas):
        self.name, self.config, self.areas = name, config, areas
        self.plane, self._own = plane, Plane(config.lon, config.lat)
        x_m, y_m = (float(v) for v in plane.xy(config.lon, config.lat))
        self.at = x_m, y_m
        north = plane.xy(config.lon, config.lat + 0.1)
        self._turned_deg = -float(np.degrees(np.arctan2(north[0] - x_m, north[1] - y_m)))
        reach_m = config.max_range_m
        self.clutter = ClutterMap(x_m - reach_m, y_m - reach_m, x_m + reach_m, y_m + reach_m, per_km2=0.02)
        self.amplitudes = Amplitudes()
        self.registration = Registration()

    @cached_property
    def first_land_m(self) -> np.ndarray:
        """float64[BEARINGS]: where land begins to hide what lies behind, beyond the land looked over; inf: nowhere."""
        bearing = np.radians(np.arange(BEARINGS) * (360.0 / BEARINGS))
        range_m = np.arange(self.config.own_land_m, self.config.max_range_m + LAND_STEP_M, LAND_STEP_M)
        x_m, y_m = np.outer(np.sin(bearing), range_m), np.outer(np.cos(bearing), range_m)
        land = self.areas.on_land(*self._own.lonlat(x_m.ravel(), y_m.ravel())).reshape(x_m.shape)
        return np.where(land.any(axis=1), range_m[land.argmax(axis=1)], np.inf)

    @cached_property
    def cut_deg(self) -> float:
        """The bearing in the middle of where least is seen: the best place to begin a turn."""
        seen = np.minimum(self.first_land_m, self.config.max_range_m)
        near = np.flatnonzero(seen == seen.min())
        return float(near[len(near) // 2]) * 360.0 / BEARINGS

    def polar(self, x_m, y_m) -> tuple[np.ndarray, np.ndarray]:
        """(range_m, bearing_deg) of places on the plane in its range, from the sensor, each float64[n]."""
        east_m, north_m = self._to_own(x_m, y_m)
        return np.hypot(east_m, north_m), np.degrees(np.arctan2(east_m, north_m)) % 360.0

    @cached_property
    def _to_own(self) -> Between:
        return Between(self.plane, self._own, 1.1 * self.config.max_range_m)

    def _nearly_polar(self, x_m: np.ndarray, y_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """:meth:`polar` without a projection: as if the plane were the sensor's own, turned to its north. Over the
        strait that is good to 100 m, less than the coastline is."""
        east_m, north_m = x_m - self.at[0], y_m - self.at[1]
        return np.hypot(east_m, north_m), (np.degrees(np.arctan2(east_m, north_m)) + self._turned_deg) % 360.0

    def sight(self, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
        """float64[n]: 1 where the sensor can see, 0 out of its range or sector and behind land."""
        config, (range_m, bearing_deg) = self.config, self._nearly_polar(x_m, y_m)
        ray = np.rint(bearing_deg * (BEARINGS / 360.0)).astype(np.int64) % BEARINGS
        width = (config.to_deg - config.from_deg) % 360.0 or 360.0
        seen = (bearing_deg - config.from_deg) % 360.0 <= width
        seen &= (range_m >= config.min_range_m) & (range_m <= config.max_range_m) & (range_m < self.first_land_m[ray])
        return seen.astype(np.float64)

    def places(self, plots: Plots) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) of plots, from range and bearing where these are given, less the biases found."""
        polar = ~np.isnan(plots.range_m) & ~np.isnan(plots.bearing_deg)
        range_bias_m, bearing_bias_deg, _ = self.registration.bias
        range_m = plots.range_m.astype(np.float64) - range_bias_m
        bearing_deg = plots.bearing_deg.astype(np.float64) - bearing_bias_deg
        lon, lat = self._own.from_polar(np.where(polar, range_m, 0.0), np.where(polar, bearing_deg, 0.0))
        return np.where(polar, lon, plots.lon), np.where(polar, lat, plots.lat)

    def bearings(self, plots: Plots) -> tuple[np.ndarray, np.ndarray]:
        """Bearings from the y axis of the plane, less the bias found, and their standard errors: rad, float64[n]."""
        measured = plots.bearing_deg.astype(np.float64) - self.registration.bias[1]
        sigma_deg = _or(plots.sigma_bearing_deg, self.config.bearing_error_deg)
        return np.radians(measured - self._turned_deg), np.radians(sigma_deg)

    def noise(self, plots: Plots) -> np.ndarray:
        """float64[n, 3]: covariance xx, xy, yy of each plot's place, m2: stated by the sensor, or of its settings."""
        config = self.config
        along = _or(plots.sigma_range_m, config.range_error_m) ** 2
        bearing_sigma = np.radians(_or(plots.sigma_bearing_deg, config.bearing_error_deg))
        across = (bearing_sigma * plots.range_m.astype(np.float64)) ** 2
        sin, cos = np.sin(np.radians(plots.bearing_deg)), np.cos(np.radians(plots.bearing_deg))
        round_ = _or(plots.sigma_m, config.place_error_m) ** 2
        polar = ~np.isnan(across)
        return np.stack([
            np.where(polar, sin * sin * along + cos * cos * across, round_),
            np.where(polar, sin * cos * (along - across), 0.0),
            np.where(polar, cos * cos * along + sin * sin * across, round_),
        ], axis=1)  # fmt: skip

    def strength_db(self, plots: Plots) -> np.ndarray:
        """float64[n]: the echo as it would be at 10 km, NaN where the sensor gives none."""
        return plots.snr_db.astype(np.float64) + 40.0 * np.log10(np.maximum(plots.range_m, 1.0) / REFERENCE_M)


def _or(values: np.ndarray, default: float) -> np.ndarray:
    return np.where(np.isnan(values), default, values).astype(np.float64)
