"""A satellite's radar picture of the strait: one instant, ships found by their length, and false detections."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from surveil.kernels.geodesy import EARTH_RADIUS_M
from surveil.simulate.sensors.scene import CLUTTER, Objects, Sensed, Weather, sensed
from surveil.simulate.settings import key
from surveil.simulate.vessels import displace
from surveil.simulate.waters import waters

FALSE_LENGTH_M = (8.0, 60.0)
"""False detections are taken for ships of so many metres: assumed."""


@dataclass(frozen=True, kw_only=True)
class SatellitePass:
    """One synthetic aperture radar scene, over a box. A moving ship is seen shifted along the satellite's path by her
    speed away from it times slant range over its speed (Raney 1971); 0 s where the provider has put that right.

    Half of the ships of ``half_length_m`` are found, and of others by a logistic curve, so that over 80 % above 60 m
    and some 40 % below are (Sentinel-1, English Channel among others: Pelich et al. 2019).
    """

    kind: ClassVar[str] = "satellite"

    name: str = key("word")
    format: str = key("word", "ksat", among=("ksat", "csv", "parquet"))
    t_ms: int = key("time")
    area: tuple[float, float, float, float] = key("box", (0.45, 50.3, 2.4, 51.55), "deg")
    half_length_m: float = key("number", 35.0, "m", "see above", 1, 500)
    length_spread_m: float = key("number", 12.0, "m", "see above", 0.1, 200)
    best_pd: float = key("number", 0.97, "", "assumed", 0, 1)
    false_per_1000_km2: float = key("number", 0.5, "", "assumed", 0, 1000)
    position_error_m: float = key("number", 50.0, "m", "standard error per axis, assumed", 0, 2000)
    length_error: float = key("number", 0.2, "", "standard error as a share of the length, assumed", 0, 1)
    path_deg: float = key("number", 192.0, "deg", "a descending pass looking right, Sentinel-1", 0, 360)
    shift_s: float = key("number", 0.0, "s", "about 112 for Sentinel-1 where it is not put right", 0, 200)

    @property
    def place(self) -> tuple[float, float]:
        """The middle of the scene."""
        west, south, east, north = self.area
        return (west + east) / 2, (south + north) / 2

    def described(self) -> dict:
        """What a manifest says of it besides its name, place and format."""
        return {"t_ms": self.t_ms, "area": list(self.area), "position_error_m": self.position_error_m}

    def detection(self, length_m) -> np.ndarray:
        """Probability that a ship of a length is found."""
        return self.best_pd / (1 + np.exp((self.half_length_m - np.asarray(length_m)) / self.length_spread_m))

    def sense(self, objects: Objects, weather: Weather, rng: np.random.Generator) -> Sensed:
        """The scene, if its time lies within the weather's."""
        start_ms, end_ms = weather.span_ms
        times = np.array([self.t_ms], np.int64) if start_ms <= self.t_ms <= end_ms else np.empty(0, np.int64)
        lon, lat = (values.ravel() for values in self._shifted(objects, times))
        there = np.flatnonzero(self._inside(lon, lat)) if len(times) else np.empty(0, np.int64)
        pd = self.detection(objects.length_m[there])
        found = rng.random(len(there)) < pd
        seen = there[found]
        false = self._false(rng) if len(times) else np.empty((2, 0))
        places = np.hstack([np.array([lon[seen], lat[seen]]).reshape(2, -1), false])
        places = np.array(displace(tuple(places), *rng.normal(0, self.position_error_m, places.shape)))
        lengths = np.append(objects.length_m[seen], rng.uniform(*FALSE_LENGTH_M, false.shape[1]))
        n, real = places.shape[1], np.arange(places.shape[1]) < len(seen)
        columns = {
            "t_ms": np.full(n, self.t_ms), "sensor": np.zeros(n), "lon": places[0], "lat": places[1],
            "sigma_m": np.full(n, self.position_error_m),
            "length_m": np.maximum(lengths * (1 + self.length_error * rng.normal(size=n)), 1.0),
            "probability": np.clip(rng.normal(np.where(real, 0.9, 0.5), 0.15), 0.05, 1.0),
        }  # fmt: skip
        who = np.append(seen, np.full(false.shape[1], CLUTTER))
        return sensed(objects, (there, np.full(len(there), self.t_ms), pd, found), who, columns)

    def _inside(self, lon, lat) -> np.ndarray:
        west, south, east, north = self.area
        return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)

    def _shifted(self, objects: Objects, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where every object appears, each (m, k)."""
        lon, lat, _ = objects.on_grid(times)
        before, after = objects.on_grid(times - 10_000), objects.on_grid(times + 10_000)
        north_m_s = np.nan_to_num((after[1] - before[1]) * math.radians(EARTH_RADIUS_M) / 20)
        east_m_s = np.nan_to_num((after[0] - before[0]) * math.radians(EARTH_RADIUS_M) / 20 * np.cos(np.radians(lat)))
        look, path = math.radians(self.path_deg + 90), math.radians(self.path_deg)
        away_m_s = east_m_s * math.sin(look) + north_m_s * math.cos(look)
        along_m = -away_m_s * self.shift_s
        return displace((lon, lat), along_m * math.sin(path), along_m * math.cos(path))

    def _false(self, rng: np.random.Generator) -> np.ndarray:
        """Places of false detections, (2, n), at sea."""
        west, south, east, north = self.area
        km2 = (east - west) * math.cos(math.radians((south + north) / 2)) * (north - south) * 111.195**2
        n = rng.poisson(self.false_per_1000_km2 * km2 / 1000)
        lon, lat = rng.uniform(west, east, n), rng.uniform(south, north, n)
        return np.array([lon, lat])[:, ~waters().on_land(lon, lat)]
