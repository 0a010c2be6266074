"""What moves a boat without an engine: the tidal stream over the strait, and the wind.

The stream is interpolated between the few places whose rates are printed or recalled. It is a model to drift boats
with, not a prediction: one tide like the other, and nothing between the places but a mean.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from surveil.kernels.streams import streams_kn
from surveil.resources import resource
from surveil.simulate.vessels import M2_PERIOD_S, M_PER_DEG
from surveil.simulate.waters import waters

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
        east, north = streams_kn(*flat, self._places, M2_PERIOD_S / 3600, NEAR_M, M_PER_DEG)
        return east.reshape(hours.shape), north.reshape(hours.shape)

    @cached_property
    def _places(self) -> np.ndarray:
        return np.array([diamond.row(self.springs) for diamond in diamonds()])


@cache
def diamonds() -> tuple[Diamond, ...]:
    """The places of geodata/tidal_streams.csv."""
    with open(resource("geodata") / "tidal_streams.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(Diamond(**{name: float(row[name]) for name in Diamond.__dataclass_fields__}) for row in rows)


INSHORE_M = 2000.0
"""The stream that a small boat feels grows from nothing at the beach to all of it so far out: assumed."""
KN_PER_CMS = 36 / 1852
"""Knots in a centimetre a second."""


@dataclass(frozen=True)
class Leeway:
    """How wind moves a drifting object, downwind and across: slopes in per cent of the wind at 10 m, offsets and
    standard deviations in cm/s."""

    down_percent: float
    down_cms: float
    down_sd_cms: float
    cross_percent: float
    cross_cms: float
    cross_sd_cms: float


REFUGEE_RAFT = Leeway(1.56, 8.3, 1.53, 0.078, 2.7, 1.52)
SKIFF = Leeway(3.15, 0.0, 2.2, 1.29, 0.0, 2.2)
SEA_KAYAK = Leeway(1.16, 11.12, 4.12, 0.41, 0.0, 4.39)
LIFE_RAFT = Leeway(3.7, 0.0, 12.0, 1.98, 0.0, 9.4)
"""Classes REFUGEE-RAFT-1, SKIFF-1, PERSON-POWERED-VESSEL-1 and LIFE-RAFT-NB-1 of Allen and Plourde 1999
(USCG CG-D-08-99), as OpenDrift lists them. None is of a crowded soft dinghy: the raft is the nearest."""


@dataclass(frozen=True)
class BoatKind:
    """What a kind of small boat is to wind and radar: ``height_m`` is of the echo's centre above the sea."""

    leeway: Leeway
    rcs_m2: float
    height_m: float


KINDS = {
    "inflatable": BoatKind(REFUGEE_RAFT, 1.4, 0.5),
    "rigid": BoatKind(SKIFF, 3.0, 0.8),
    "kayak": BoatKind(SEA_KAYAK, 0.1, 0.3),
    "raft": BoatKind(LIFE_RAFT, 1.0, 0.7),
}
"""Inflatable: a Zodiac of 5.2 m measured 1.4 m2, centre 0.5 m above the sea (Terma, small target detection); people
add to it by an amount that nobody published. The others are assumed."""


@dataclass(frozen=True)
class Drift:
    """Stream and leeway of one object, as a `vessels.Current`.

    Attributes
    ----------
    wind : the wind over time, each (UTC ms, kn, from deg) until the next.
    down_kn, cross_kn : this object's own departure from the mean of its class.
    side : 1 or -1: on which side of downwind she goes.
    """

    stream: StreamField
    leeway: Leeway
    wind: tuple[tuple[int, float, float], ...]
    down_kn: float = 0.0
    cross_kn: float = 0.0
    side: int = 1

    @classmethod
    def drawn(cls, stream: StreamField, leeway: Leeway, wind, rng: np.random.Generator) -> Drift:
        """An object of a class: its departures from the mean, normal with the class's deviations, and its side."""
        down, cross = rng.normal(0, (leeway.down_sd_cms, leeway.cross_sd_cms)) * KN_PER_CMS
        return cls(stream, leeway, wind, float(down), float(cross), int(rng.choice((-1, 1))))

    def at(self, t_ms, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """(east, north) in knots; no leeway in a calm, and less stream inshore."""
        offshore_m = np.nan_to_num(waters().coast_m(lon, lat), nan=INSHORE_M)
        east, north = np.minimum(offshore_m / INSHORE_M, 1) * self.stream.at(t_ms, lon, lat)
        begins, speed_kn, from_deg = map(np.array, zip(*self.wind, strict=True))
        now = np.maximum(np.searchsorted(begins, t_ms, side="right") - 1, 0)
        wind_kn, toward = speed_kn[now], np.radians(from_deg[now] + 180)
        way = self.leeway
        down = way.down_percent / 100 * wind_kn + way.down_cms * KN_PER_CMS + self.down_kn
        cross = self.side * (way.cross_percent / 100 * wind_kn + way.cross_cms * KN_PER_CMS + self.cross_kn)
        down, cross = (wind_kn > 0) * np.maximum(down, 0), (wind_kn > 0) * cross
        return (
            east + down * np.sin(toward) + cross * np.cos(toward),
            north + down * np.cos(toward) - cross * np.sin(toward),
        )
