"""What people and cameras report: a camera on a mast, a patrol's lookout, and calls from boats in need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from surveil.fusion.plane import Plane
from surveil.simulate.sensors.physics import horizon_m
from surveil.simulate.sensors.scene import CLUTTER, Objects, Sensed, Weather, sensed
from surveil.simulate.settings import key
from surveil.simulate.vessels import displace

CLASSES = ("small boat", "vessel", "ship")
BOUNDS_M = (15.0, 50.0)
"""Lengths between the classes: assumed."""
EXTINCTION = 3.912
"""Visibility is where contrast is down to 2 %: Koschmieder 1924, ln(1 / 0.02)."""


def classes_of(length_m) -> np.ndarray:
    """Index into ``CLASSES`` of lengths."""
    return np.searchsorted(BOUNDS_M, length_m, side="right")


def johnson(cycles, needed: float) -> np.ndarray:
    """Probability of a visual task at so many resolved cycles across a target, where ``needed`` give one half: Johnson
    1958, as NVESD's target transfer probability function has it (Ratches 1976): x^E / (1 + x^E), E = 2.7 + 0.7 x."""
    ratio = np.minimum(np.asarray(cycles, float) / needed, 50.0)
    power = ratio ** (2.7 + 0.7 * ratio)
    return np.where(ratio > 8, 1.0, power / (1 + power))


def _looks(place, objects: Objects, times: np.ndarray):
    """Every object at every time it is there: (index, t_ms, range_m, bearing_deg, heading_deg)."""
    lon, lat, heading = objects.on_grid(times)
    index, column = np.nonzero(np.isfinite(lon))
    polar = Plane(*place).polar(lon[index, column], lat[index, column])
    return index, times[column], *polar, heading[index, column]


def _times(weather: Weather, every_s: float, rng) -> np.ndarray:
    start_ms, end_ms = weather.span_ms
    return np.arange(start_ms + int(rng.uniform(0, every_s) * 1000), end_ms, int(every_s * 1000), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera that scans a sector, by day or in the infrared, and names what it sees."""

    kind: ClassVar[str] = "camera"

    name: str = key("word")
    format: str = key("word", "jsonl", among=("jsonl", "csv", "parquet"))
    place: tuple[float, float] = key("point", unit="deg")
    height_m: float = key("number", 40.0, "m", "assumed", 1, 500)
    from_deg: float = key("number", 0.0, "deg", "first bearing of the sector, clockwise", 0, 360)
    to_deg: float = key("number", 360.0, "deg", "last bearing of the sector", 0, 360)
    max_range_m: float = key("number", 15_000.0, "m", "assumed", 100, 60_000)
    every_s: float = key("number", 60.0, "s", "assumed: time of a scan", 1, 3600)
    pixel_mrad: float = key("number", 0.05, "mrad", "assumed: 2 degrees on 640 pixels", 0.001, 5)
    attention: float = key("number", 0.8, "", "assumed: share of what is seen that is reported", 0, 1)
    bearing_error_deg: float = key("number", 0.1, "deg", "assumed", 0, 5)
    range_error: float = key("number", 0.1, "", "assumed: from the dip below the horizon, share of the range", 0, 1)
    false_per_h: float = key("number", 0.5, "1/h", "assumed: waves, birds", 0, 1000)

    def described(self) -> dict[str, float]:
        """What a manifest says of it besides its name, place and format."""
        told = ("height_m", "from_deg", "to_deg", "max_range_m", "every_s", "bearing_error_deg", "range_error")
        return {name: getattr(self, name) for name in told}

    def cycles(self, size_m, range_m, visibility_m) -> np.ndarray:
        """Cycles (pairs of pixels) across a target, fewer as haze takes contrast; none beyond the visibility."""
        contrast = np.exp(-EXTINCTION * np.asarray(range_m) / visibility_m)
        return np.where(contrast > 0.02, size_m / range_m / (2e-3 * self.pixel_mrad) * np.sqrt(contrast), 0.0)

    def sees(self, range_m, bearing_deg, height_m) -> np.ndarray:
        """Whether a place lies in the sector, in range and above the horizon (that of radar: light's is near it)."""
        span = (self.to_deg - self.from_deg) % 360 or 360.0
        within = (bearing_deg - self.from_deg) % 360 <= span
        return within & (range_m <= self.max_range_m) & (range_m < horizon_m(self.height_m, height_m)) & (range_m > 0)

    def sense(self, objects: Objects, weather: Weather, rng: np.random.Generator) -> Sensed:
        """Every scan; detection at one cycle, the right name at four (Johnson 1958)."""
        times = _times(weather, self.every_s, rng)
        index, t_ms, range_m, bearing_deg, heading = _looks(self.place, objects, times)
        seen = self.sees(range_m, bearing_deg, objects.height_m[index])
        index, t_ms, range_m, bearing_deg, heading = (v[seen] for v in (index, t_ms, range_m, bearing_deg, heading))
        length_m, aspect = objects.length_m[index], np.radians(heading - bearing_deg)
        size_m = np.sqrt(objects.height_m[index] * np.maximum(length_m * np.abs(np.sin(aspect)), length_m / 4))
        cycles = self.cycles(size_m, range_m, weather.at("visibility_m", t_ms))
        pd = self.attention * johnson(cycles, 1.0)
        found = rng.random(len(pd)) < pd
        known = johnson(cycles, 4.0)[found]
        right = rng.random(len(known)) < known
        named = np.where(right, classes_of(length_m[found]), rng.integers(0, len(CLASSES), len(known)))
        false = self._false(times, rng)
        who = np.append(index[found], np.full(len(false[0]), CLUTTER))
        columns = self._columns(
            np.append(t_ms[found], false[0]), np.append(range_m[found], false[1]),
            np.append(bearing_deg[found], false[2]), np.append(named, np.zeros(len(false[0]), np.int64)),
            np.append((known + (1 - known) / len(CLASSES)), np.full(len(false[0]), 1 / len(CLASSES))), rng,
        )  # fmt: skip
        return sensed(objects, (index, t_ms, pd, found), who, columns)

    def _false(self, times, rng):
        n = rng.poisson(self.false_per_h * len(times) * self.every_s / 3600) if len(times) else 0
        span = (self.to_deg - self.from_deg) % 360 or 360.0
        return (
            rng.choice(times, n) if n else times[:0],
            rng.uniform(200, self.max_range_m, n),
            self.from_deg + rng.uniform(0, span, n),
        )

    def _columns(self, t_ms, range_m, bearing_deg, named, sure, rng) -> dict[str, np.ndarray]:
        n = len(t_ms)
        return {
            "t_ms": t_ms, "sensor": np.zeros(n),
            "range_m": range_m * np.exp(rng.normal(0, self.range_error, n)),
            "bearing_deg": (bearing_deg + rng.normal(0, self.bearing_error_deg, n)) % 360,
            "sigma_range_m": range_m * self.range_error, "sigma_bearing_deg": np.full(n, self.bearing_error_deg),
            "probability": np.round(sure, 2), "label": np.array(CLASSES, "S24")[named],
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Patrol:
    """A lookout at a place at sea who reports small craft by radio: late, and about where they are.

    The chance of a sighting in a look falls with the cube of range: 1 - exp(-(sweep / range)^3), the inverse cube law
    of Koopman, Search and Screening, 1946, with ``sweep_m`` taken as the range of a sure sighting.
    """

    kind: ClassVar[str] = "patrol"

    name: str = key("word")
    format: str = key("word", "jsonl", among=("jsonl", "csv", "parquet"))
    place: tuple[float, float] = key("point", unit="deg")
    sweep_m: float = key("number", 2000.0, "m", "assumed, in good visibility", 10, 20_000)
    reach_m: float = key("number", 10_000.0, "m", "assumed: nothing is reported from beyond", 100, 50_000)
    every_s: float = key("number", 600.0, "s", "assumed", 10, 7200)
    longest_m: float = key("number", 15.0, "m", "assumed: larger craft are not worth a report", 1, 500)
    error_m: float = key("number", 400.0, "m", "standard error per axis at the reach, less near by, assumed", 0, 20_000)
    delay_s: float = key("number", 240.0, "s", "mean time until it is written down, assumed", 0, 7200)

    def described(self) -> dict[str, float]:
        """What a manifest says of it besides its name, place and format."""
        return {name: getattr(self, name) for name in ("reach_m", "every_s", "longest_m", "error_m", "delay_s")}

    def sense(self, objects: Objects, weather: Weather, rng: np.random.Generator) -> Sensed:
        """Every look; the time told is that of writing down."""
        index, t_ms, range_m, _, _ = _looks(self.place, objects, _times(weather, self.every_s, rng))
        small = (objects.length_m[index] <= self.longest_m) & (range_m <= self.reach_m)
        index, t_ms, range_m = index[small], t_ms[small], range_m[small]
        clear = np.minimum(weather.at("visibility_m", t_ms) / self.reach_m, 1.0)
        pd = -np.expm1(-((self.sweep_m * clear / np.maximum(range_m, 1.0)) ** 3))
        found = rng.random(len(pd)) < pd
        sigma_m = 50 + self.error_m * range_m[found] / self.reach_m
        lon, lat = _where(objects, index[found], t_ms[found])
        columns = _told(t_ms[found], lon, lat, sigma_m, self.delay_s, weather.span_ms[1], rng)
        columns["label"] = np.array([f"{CLASSES[0]} seen"] * found.sum(), "S24")
        return sensed(objects, (index, t_ms, pd, found), index[found], columns)


@dataclass(frozen=True, kw_only=True)
class Telephone:
    """Calls from aboard, as the coastguard logs them: some calls are tried again and again (MAIB 7/2023)."""

    kind: ClassVar[str] = "telephone"
    place: ClassVar[None] = None

    name: str = key("word")
    format: str = key("word", "jsonl", among=("jsonl", "csv", "parquet"))
    again: float = key("number", 2.0, "", "mean number of further calls in an hour, assumed", 0, 100)
    error_m: float = key("number", 1852.0, "m", "standard error per axis of a place told, assumed", 0, 50_000)
    delay_s: float = key("number", 180.0, "s", "mean time until it is written down, assumed", 0, 7200)

    def described(self) -> dict[str, float]:
        """What a manifest says of it besides its name, place and format."""
        return {"error_m": self.error_m, "delay_s": self.delay_s}

    def sense(self, objects: Objects, weather: Weather, rng: np.random.Generator) -> Sensed:
        """Each call as the caller told it, and further ones near the boat while it is there."""
        rows = [(i, *call, True) for i, calls in enumerate(objects.calls) for call in calls]
        for i, t_ms, *_ in list(rows):
            last_ms = min(t_ms + 3_600_000, int(objects.t_ms[objects.rows(i)][-1]))
            for later in np.sort(rng.integers(t_ms, max(last_ms, t_ms + 1), rng.poisson(self.again))).tolist():
                lon, lat = _where(objects, np.array([i]), np.array([later]))
                rows.append((i, later, float(lon[0]), float(lat[0]), False))
        index = np.array([r[0] for r in rows], np.int64)
        t_ms = np.array([r[1] for r in rows], np.int64)
        sigma_m = np.full(len(rows), self.error_m)
        lon, lat = (np.array([r[k] for r in rows], float) for k in (2, 3))
        columns = _told(t_ms, lon, lat, sigma_m, self.delay_s, weather.span_ms[1], rng)
        first = np.array([r[4] for r in rows], bool)
        columns["lon"], columns["lat"] = np.where(first, lon, columns["lon"]), np.where(first, lat, columns["lat"])
        columns["label"] = np.full(len(rows), "call for help", "S24")
        return sensed(objects, (index, t_ms, np.ones(len(rows)), np.ones(len(rows), bool)), index, columns)


def _where(objects: Objects, index, t_ms) -> tuple[np.ndarray, np.ndarray]:
    """Places of objects, each at a time of its own."""
    lon, lat = np.empty(len(index)), np.empty(len(index))
    for k, (i, t) in enumerate(zip(index.tolist(), t_ms.tolist(), strict=True)):
        rows = objects.rows(i)
        lon[k] = np.interp(t, objects.t_ms[rows], objects.lon[rows])
        lat[k] = np.interp(t, objects.t_ms[rows], objects.lat[rows])
    return lon, lat


def _told(t_ms, lon, lat, sigma_m, delay_s: float, end_ms: int, rng) -> dict[str, np.ndarray]:
    """Reports by word of mouth: off by metres, and written down later."""
    lon, lat = displace((lon, lat), *rng.normal(0, sigma_m, (2, len(t_ms))))
    later = np.minimum(t_ms + (rng.exponential(delay_s, len(t_ms)) * 1000).astype(np.int64), end_ms)
    return {"t_ms": later, "sensor": np.zeros(len(t_ms)), "lon": lon, "lat": lat, "sigma_m": sigma_m}
