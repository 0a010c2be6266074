"""A sensor as the tracker knows it: where it stands, how it turns, how well it measures and what it can see."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from surveil.areas import Areas
from surveil.config import SensorConfig
from surveil.fusion.clutter import Amplitudes, ClutterMap, Steadiness
from surveil.fusion.plane import Fitted, Plane
from surveil.fusion.registration import Registration
from surveil.kernels import places
from surveil.schema import Plots

BEARINGS = 1440
"""Directions in which the coast is looked for, one each quarter of a degree."""
LAND_STEP_M = 250.0
"""How finely: the coastline in geodata is good to some 200 m."""
FITTED = 1.1
"""How far beyond its range places are reckoned with, in ranges: a bias may put one there."""
LABEL_RIGHT, MOST_RIGHT = 0.7, 0.95
"""How often what a camera calls a craft is right where it does not say, and at most (both assumed)."""
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
        self.amplitudes, self.steadiness = Amplitudes(), Steadiness()
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

    def from_it(self, x_m, y_m) -> np.ndarray:
        """float64[2, n]: metres true east and north of the sensor of places on the plane, in its range."""
        return self._to_own(x_m, y_m)

    @cached_property
    def _to_own(self) -> Fitted:
        """From the picture's plane to its own."""
        return Fitted(
            self.at, FITTED * self.config.max_range_m, lambda x_m, y_m: self._own.xy(*self.plane.lonlat(x_m, y_m))
        )

    @cached_property
    def _from_own(self) -> Fitted:
        """From its own plane to degrees east of it, latitude, and the picture's plane."""

        def places(x_m, y_m):
            lon, lat = self._own.lonlat(x_m, y_m)
            return (lon - self.config.lon + 180.0) % 360.0 - 180.0, lat, *self.plane.xy(lon, lat)

        return Fitted((0.0, 0.0), FITTED * self.config.max_range_m, places)

    def sight(self, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
        """float64[n]: 1 where the sensor can see, 0 out of its range or sector and behind land.

        Bearings are as if the plane were the sensor's own, turned to its north: over the strait that is good to 100 m,
        less than the coastline is.
        """
        config = self.config
        width_deg = (config.to_deg - config.from_deg) % 360.0 or 360.0
        return places.sight(
            np.ascontiguousarray(x_m), np.ascontiguousarray(y_m), *self.at, self._turned_deg, config.from_deg,
            width_deg, config.min_range_m, config.max_range_m, self.first_land_m,
        )  # fmt: skip

    def places(self, plots: Plots) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(lon, lat, x_m, y_m) of plots, from range and bearing where these are given, less the biases found."""
        range_bias_m, bearing_bias_deg, _ = self.registration.bias
        range_m = plots.range_m.astype(np.float64) - range_bias_m
        bearing = np.radians(plots.bearing_deg.astype(np.float64) - bearing_bias_deg)
        lon, lat, x_m, y_m = self._from_own(range_m * np.sin(bearing), range_m * np.cos(bearing))
        lon = (lon + self.config.lon + 180.0) % 360.0 - 180.0
        given = np.flatnonzero(np.isnan(x_m))
        if len(given):
            lon[given], lat[given] = plots.lon[given], plots.lat[given]
            x_m[given], y_m[given] = self.plane.xy(lon[given], lat[given])
        return lon, lat, x_m, y_m

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


def ship_nats(plots: Plots) -> np.ndarray:
    """float64[n]: how much likelier each plot's label is of a ship than of a small craft, as a logarithm; 0 if none.

    A confusion table of three kinds: a label is right with the probability that the sensor states, or ``LABEL_RIGHT``,
    and names either other kind alike if it is wrong. A vessel of 15 to 50 m speaks for neither.
    """
    if not (plots.label != b"").any():
        return np.zeros(len(plots))
    said = np.select([np.char.startswith(plots.label, kind) for kind in (b"small boat", b"ship")], [-1.0, 1.0], 0.0)
    right = np.clip(_or(plots.probability, LABEL_RIGHT), 1 / 3, MOST_RIGHT)
    return said * np.log(2.0 * right / (1.0 - right))


def _or(values: np.ndarray, default: float) -> np.ndarray:
    return np.where(np.isnan(values), default, values).astype(np.float64)
