"""A made fleet, for benchmarks: ships that sail, turn, berth, fall silent and are thrown, with the truth of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.schema import CLASS_A, Positions

_KN_DEG_S = 1852.0 / 3600.0 / 111_195.0
"""Degrees of latitude a second in a knot."""


@dataclass
class Fleet:
    """``n`` vessels that report every ``every_s``, each at its own second; call :meth:`steps` for more of them.

    One fix in 500 is thrown 0.2 to 1 degree; once in 250 steps a ship falls silent for 31 to 60 minutes; once in 200
    it berths for 15 to 60 minutes within metres.
    """

    n: int
    every_s: float = 60.0
    seed: int = 1

    def __post_init__(self):
        self._chance = chance = np.random.default_rng(self.seed)
        self._lon, self._lat = chance.uniform(-3, 3, self.n), chance.uniform(49, 53, self.n)
        self._course, self._speed = chance.uniform(0, 360, self.n), chance.uniform(6, 22, self.n)
        self._berthed, self._silent = np.zeros(self.n), np.zeros(self.n)
        self._offset_ms = np.sort(chance.integers(0, int(self.every_s * 1000), self.n))
        self._mmsi = (232_000_000 + chance.permutation(self.n)).astype(np.int32)
        self._step = 0

    def steps(self, k: int) -> tuple[Positions, np.ndarray]:
        """Rows in the order of time, and which of them were thrown, bool."""
        parts = [self._one() for _ in range(k)]
        t_ms, mmsi, lon, lat, speed, course, thrown = (np.concatenate(c) for c in zip(*parts, strict=True))
        rows = Positions.build(
            t_ms=t_ms, mmsi=mmsi, lon=lon, lat=lat, sog_kn=speed, cog_deg=course, ais_class=np.full(len(mmsi), CLASS_A),
            seq=np.arange(1, len(mmsi) + 1),
        )  # fmt: skip
        return rows, thrown

    def _one(self) -> tuple[np.ndarray, ...]:
        chance, n = self._chance, self.n
        minutes = self.every_s / 60.0
        self._course = (self._course + chance.normal(0, 3, n)) % 360
        berths = (self._berthed <= 0) & (chance.random(n) < minutes / 200)
        self._berthed = np.where(berths, chance.uniform(15, 60, n), self._berthed - minutes)
        falls_silent = (self._silent <= 0) & (chance.random(n) < minutes / 250)
        self._silent = np.where(falls_silent, chance.uniform(31, 60, n), self._silent - minutes)
        speed = np.where(self._berthed > 0, 0.0, self._speed)
        far = speed * _KN_DEG_S * self.every_s
        self._lat += far * np.cos(np.radians(self._course))
        self._lon += far * np.sin(np.radians(self._course)) / np.cos(np.radians(self._lat))
        turned = (self._lat < 45) | (self._lat > 57)
        self._course = np.where(turned, (540 - self._course) % 360, self._course)
        self._lat = self._lat.clip(45, 57)
        noise_lon, noise_lat = chance.normal(0, 2e-5, (2, n))
        thrown = chance.random(n) < 1 / 500
        throw = np.where(thrown, chance.uniform(0.2, 1.0, n), 0.0)
        t_ms = 1_767_225_600_000 + int(self._step * self.every_s * 1000) + self._offset_ms
        self._step += 1
        heard = self._silent <= 0
        columns = (t_ms, self._mmsi, self._lon + noise_lon + throw, self._lat + noise_lat, speed, self._course, thrown)
        return tuple(c[heard] for c in columns)


def first_of_each(rows: Positions, thrown: np.ndarray, points: int) -> tuple[Positions, np.ndarray]:
    """The first ``points`` rows of every vessel, still in the order of time."""
    order = np.argsort(rows.mmsi, kind="stable")
    mmsi = rows.mmsi[order]
    starts = np.r_[0, np.flatnonzero(np.diff(mmsi)) + 1]
    rank = np.arange(len(mmsi)) - np.repeat(starts, np.diff(np.r_[starts, len(mmsi)]))
    keep = np.sort(order[rank < points])
    return rows.take(keep), thrown[keep]
