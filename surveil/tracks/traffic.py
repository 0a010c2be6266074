"""What traffic is usual where: a learned histogram of course and speed by cell and class, and how rare a position is.

A craft counts once a minute while it is heard, whatever its reporting interval, so the counts are minutes of presence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.kernels import traffic as kernel
from surveil.kernels.reception import KINDS
from surveil.kernels.traffic import WIDTH
from surveil.schema import Positions
from surveil.tracks.counts import Counts, columns_of, corner_of
from surveil.tracks.reception import kind_of
from surveil.tracks.table import Applied

LEVELS = ("this class", "any class", None, "cells round it", "unknown")
"""What a rarity rests on, by level: see :mod:`surveil.kernels.traffic`."""
STEP_MS = 60_000
"""Each craft counts once in each such span (assumed)."""
LEAST = 100
"""Craft-minutes that must have been seen before anything is called rare (assumed): p can then be as low as 0.01."""


@dataclass(frozen=True)
class Rarity:
    """``p`` float64[n]: share of what was seen there that moved in a way as rare or rarer, NaN where too little was
    seen; ``level`` int64[n] indexes LEVELS."""

    p: np.ndarray
    level: np.ndarray


class TrafficMap:
    """Minutes of presence by cell and class, in columns by course and speed.

    Parameters
    ----------
    cell_deg : side of a cell, degrees of latitude and of longitude
    """

    def __init__(self, cell_deg: float):
        self.cell_deg, self.columns = cell_deg, columns_of(cell_deg)
        self.counts = Counts((WIDTH,))
        self._counted = np.zeros(0, np.int64)

    def learn(self, rows: Positions, applied: Applied, kind: np.ndarray) -> None:
        """Take in rows that went through the track table, in order; ``kind`` int8[n]."""
        missing = int(applied.slot.max(initial=-1)) + 1 - len(self._counted)
        if missing > 0:
            self._counted = np.concatenate([self._counted, np.full(missing, -1)])
        counts = self.counts

        def step(first: int, n: int) -> tuple[int, int]:
            return kernel.learn(
                first, applied.slot, rows.t_ms, rows.lon, rows.lat, rows.sog_kn, rows.cog_deg, kind, applied.outcome,
                self._counted, STEP_MS, self.cell_deg, self.columns, counts.keys, counts.table, counts.values, n,
            )  # fmt: skip

        counts.fill(step, len(rows), 1)

    def rarity(self, *, lon, lat, sog_kn, cog_deg, ais_class) -> Rarity:
        """How rare it is to move like this there.

        Parameters
        ----------
        lon, lat : float64[n]; sog_kn, cog_deg : float32[n]; ais_class : uint8[n]
        """
        counts = self.counts
        return Rarity(
            *kernel.rarity(
                lon, lat, sog_kn, cog_deg, kind_of(ais_class), self.cell_deg, self.columns, counts.keys, counts.table,
                counts.values, LEAST,
            )
        )  # fmt: skip

    def density(self) -> dict[str, np.ndarray]:
        """Cells in order: ``x``, ``y`` from 180 W and 90 S; ``minutes`` int64[n, KINDS] of presence by class."""
        keys, values = self.counts.sorted()
        cell, place = np.unique(keys // KINDS, return_inverse=True)
        minutes = np.zeros((len(cell), KINDS), np.int64)
        minutes[place, keys % KINDS] = values.sum(axis=1, dtype=np.int64)
        x, y = corner_of(cell, self.cell_deg)
        return {"x": x, "y": y, "minutes": minutes}

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        keys, values = self.counts.sorted()
        return {"keys": keys, "values": values, "counted": self._counted}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.counts = Counts((WIDTH,))
        self.counts.add(arrays["keys"], arrays["values"])
        self._counted = arrays["counted"].copy()
