"""Pairs of targets that are near each other or soon will be: searched for once a tick, for every rule about several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.kernels import pairs as kernel

NM_M = 1852.0
REACH_M = 4 * NM_M
"""How far apart two may be that will meet (assumed: 10 minutes at a closing speed of 24 kn)."""
NEAR_M = 1.5 * NM_M
"""Two so near each other are a pair whatever they do (assumed)."""
CLOSE_M, AHEAD_S = 0.25 * NM_M, 720.0
"""Two that will come so close within that time are a pair (assumed: 12 minutes is two plotting intervals of 6)."""
FRESH_S = 360.0
"""Who was heard longer ago has no pair: twice the longest reporting interval, 3 min (M.1371-5 table 2)."""


@dataclass(frozen=True)
class Pairs:
    """``a`` and ``b`` > ``a`` int64[k], rows of the view, in order; ``distance_m``, ``cpa_m`` and ``tcpa_s`` float64[k]
    if both keep course and speed, times before now negative; ``sog_kn`` float64[n] of the view's targets, filtered."""

    a: np.ndarray
    b: np.ndarray
    distance_m: np.ndarray
    cpa_m: np.ndarray
    tcpa_s: np.ndarray
    sog_kn: np.ndarray

    def __len__(self) -> int:
        return len(self.a)

    def where(self, holds: np.ndarray) -> Pairs:
        """Those of bool[k] alone: most rules ask about few."""
        at = np.flatnonzero(holds)
        of_pairs = (self.a, self.b, self.distance_m, self.cpa_m, self.tcpa_s)
        return Pairs(*(column.take(at) for column in of_pairs), self.sog_kn)


def find_pairs(view) -> Pairs:
    """Pairs among the craft and contacts of a view, all brought forward to its time."""
    at = view.table.at(view.slots, view.t_ms)
    counts = (view.craft | view.is_contact) & (view.age_s <= FRESH_S)
    lon = np.where(counts, at.lon, np.nan)
    found, told = kernel.pairs(lon, at.lat, at.east_ms, at.north_ms, REACH_M, NEAR_M, CLOSE_M, AHEAD_S)
    return Pairs(*found, *told, at.sog_kn)
