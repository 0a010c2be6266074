"""What moves a simulated boat without an engine: the tidal stream over the strait, and the wind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.forecast.leeway import KN_PER_CMS, LIFE_RAFT, REFUGEE_RAFT, SEA_KAYAK, SKIFF, Leeway
from surveil.forecast.streams import StreamField
from surveil.simulate.waters import waters

INSHORE_M = 2000.0
"""The stream that a small boat feels grows from nothing at the beach to all of it so far out: assumed."""


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
