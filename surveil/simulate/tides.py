"""The tidal stream over the strait, interpolated between the few places whose rates are printed or recalled.

A model to drift boats with, not a prediction: one tide like the other, and nothing between the places but a mean.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np

from surveil.resources import resource
from surveil.simulate.vessels import M2_PERIOD_S, M_PER_DEG

NEAR_M = 3000.0
"""Added to the distance in the weights of the interpolation, so that no place is a cusp: assumed."""


@dataclass(frozen=True)
class Diamond:
    """Rates at one place; hours after high water at Dover at which each stream begins."""

    lon: float
    lat: float
    ne_deg: float
    sw_deg: float
    spring_ne_kn: float
    spring_sw_kn: float
    neap_ne_kn: float
    neap_sw_kn: float
    ne_begins_h: float
    sw_begins_h: float

    def at(self, hours: np.ndarray, springs: float) -> tuple[np.ndarray, np.ndarray]:
        """(east, north) in knots, hours after high water. Each stream is half a sine from its beginning to the
        beginning of the other, so that both may differ in length and rate."""
        period = M2_PERIOD_S / 3600
        since = (hours - self.ne_begins_h) % period
        lasts = self.sw_begins_h - self.ne_begins_h
        flood = since < lasts
        ne_kn = self.neap_ne_kn + springs * (self.spring_ne_kn - self.neap_ne_kn)
        sw_kn = self.neap_sw_kn + springs * (self.spring_sw_kn - self.neap_sw_kn)
        share = np.where(flood, since / lasts, (since - lasts) / (period - lasts))
        rate = np.where(flood, ne_kn, sw_kn) * np.sin(np.pi * share)
        toward = np.radians(np.where(flood, self.ne_deg, self.sw_deg))
        return rate * np.sin(toward), rate * np.cos(toward)


@dataclass(frozen=True)
class StreamField:
    """The stream at any time and place: the diamonds' mean, weighted by inverse square distance (Shepard 1968)."""

    high_water_ms: int
    springs: float

    def at(self, t_ms, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """(east, north) in knots."""
        hours, lon, lat = np.broadcast_arrays((np.asarray(t_ms) - self.high_water_ms) / 3_600_000, lon, lat)
        east, north, total = np.zeros(hours.shape), np.zeros(hours.shape), np.zeros(hours.shape)
        for diamond in diamonds():
            east_m = (lon - diamond.lon) * (M_PER_DEG * np.cos(np.radians(diamond.lat)))
            north_m = (lat - diamond.lat) * M_PER_DEG
            weight = 1 / (east_m**2 + north_m**2 + NEAR_M**2)
            part = diamond.at(hours, self.springs)
            east, north, total = east + weight * part[0], north + weight * part[1], total + weight
        return east / total, north / total


@cache
def diamonds() -> tuple[Diamond, ...]:
    """The places of geodata/tidal_streams.csv."""
    with open(resource("geodata") / "tidal_streams.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(Diamond(**{name: float(row[name]) for name in Diamond.__dataclass_fields__}) for row in rows)


@dataclass(frozen=True)
class Leeway:
    """How wind moves a drifting object: slopes as shares of the wind, offsets and standard deviations in cm/s."""

    down_slope: float
    down_offset_cms: float
    down_sd_cms: float
    cross_slope: float
    cross_offset_cms: float
    cross_sd_cms: float


@dataclass(frozen=True)
class Drift:
    """Stream and leeway together, as a `vessels.Current`. Winds over time as (UTC ms, kn, from deg).

    ``down_cms`` and ``cross_cms`` are this object's own departures from the mean of its class, and ``side`` is
    1 or -1: on which side of downwind she goes (Allen and Plourde 1999; as OpenDrift draws them).
    """

    stream: StreamField
    leeway: Leeway
    wind: tuple[tuple[int, float, float], ...]
    down_cms: float = 0.0
    cross_cms: float = 0.0
    side: int = 1

    def at(self, t_ms, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """(east, north) in knots."""
        east, north = self.stream.at(t_ms, lon, lat)
        begins, speed_kn, from_deg = map(np.array, zip(*self.wind, strict=True))
        now = np.maximum(np.searchsorted(begins, t_ms, side="right") - 1, 0)
        toward = np.radians(from_deg[now] + 180)
        way = self.leeway
        down = way.down_slope * speed_kn[now] + (way.down_offset_cms + self.down_cms) * KN_PER_CMS
        cross = self.side * (way.cross_slope * speed_kn[now] + (way.cross_offset_cms + self.cross_cms) * KN_PER_CMS)
        calm = speed_kn[now] <= 0
        down, cross = np.where(calm, 0, np.maximum(down, 0)), np.where(calm, 0, cross)
        return (
            east + down * np.sin(toward) + cross * np.cos(toward),
            north + down * np.cos(toward) - cross * np.sin(toward),
        )


KN_PER_CMS = 36 / 1852
"""Knots in a centimetre a second."""
