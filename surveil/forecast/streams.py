"""The tidal stream over the strait.

It is interpolated between the few places whose rates are printed or recalled. It is a model to drift boats with, not a
prediction: one tide like the other, and nothing between the places but a mean.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from surveil.kernels.streams import streams_kn
from surveil.resources import resource

M_PER_DEG = 111_194.93
"""Metres in a degree of latitude on a sphere of 6,371,008.8 m (IUGG mean radius R1)."""
M2_PERIOD_S = 12.42 * 3600
"""Period of the principal lunar tide, M2 (Doodson)."""
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

    def row(self, springs: float) -> tuple[float, ...]:
        """The place as `kernels.streams` takes it."""
        ne_kn = self.neap_ne_kn + springs * (self.spring_ne_kn - self.neap_ne_kn)
        sw_kn = self.neap_sw_kn + springs * (self.spring_sw_kn - self.neap_sw_kn)
        ne, sw = math.radians(self.ne_deg), math.radians(self.sw_deg)
        return (
            self.lon, self.lat, ne_kn * math.sin(ne), ne_kn * math.cos(ne), sw_kn * math.sin(sw), sw_kn * math.cos(sw),
            self.ne_begins_h, self.sw_begins_h - self.ne_begins_h,
        )  # fmt: skip


@dataclass(frozen=True)
class StreamField:
    """The stream at any time and place: the diamonds' mean, weighted by inverse square distance."""

    high_water_ms: int
    springs: float

    def at(self, t_ms, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """(east, north) in knots."""
        hours, lon, lat = np.broadcast_arrays((np.asarray(t_ms) - self.high_water_ms) / 3_600_000, lon, lat)
        flat = [np.array(v, float).ravel() for v in (hours, lon, lat)]
        east, north = streams_kn(*flat, self.places, M2_PERIOD_S / 3600, NEAR_M, M_PER_DEG)
        return east.reshape(hours.shape), north.reshape(hours.shape)

    @cached_property
    def places(self) -> np.ndarray:
        return np.array([diamond.row(self.springs) for diamond in diamonds()])


@cache
def diamonds() -> tuple[Diamond, ...]:
    """The places of geodata/tidal_streams.csv."""
    with open(resource("geodata") / "tidal_streams.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(Diamond(**{name: float(row[name]) for name in Diamond.__dataclass_fields__}) for row in rows)
