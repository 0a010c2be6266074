"""How targets moved from fix to fix, and where they stayed: what an analyst asks of every track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.config import TracksConfig
from surveil.kernels import legs as kernel
from surveil.kernels.legs import HELD, LEG_DTYPES, NO_SEGMENT, NOT_STOPPED, LegArrays
from surveil.schema import Positions
from surveil.tracks.table import Applied

_INITIAL = {"segment": NO_SEGMENT, "since_ms": NOT_STOPPED}


@dataclass(frozen=True)
class Made:
    """Of each row: speed (kn) and course (deg) made good since the fix before, NaN where there is none in its segment;
    and when the stop began that it is part of, NOT_STOPPED if it is of none."""

    kn: np.ndarray
    deg: np.ndarray
    since_ms: np.ndarray


class Legs:
    """State by slot; memory grows with targets, not with fixes."""

    def __init__(self, config: TracksConfig):
        self.config = config
        self._arrays = LegArrays(**{name: self._new(name, 0) for name in LEG_DTYPES})

    @staticmethod
    def _new(name: str, n: int) -> np.ndarray:
        width = {"box": (4,), "window": (2,), "held_ms": (HELD,), "held": (HELD, 2)}.get(name, ())
        return np.full((n, *width), _INITIAL.get(name, 0), LEG_DTYPES[name])

    def _reach(self, n: int) -> None:
        extra = max(n - len(self._arrays.t_ms), len(self._arrays.t_ms))
        longer = {k: np.concatenate([getattr(self._arrays, k), self._new(k, extra)]) for k in LEG_DTYPES}
        self._arrays = LegArrays(**longer)

    def apply(self, rows: Positions, applied: Applied) -> Made:
        """Rows in the order of time, and what became of them in the track table."""
        highest = int(applied.slot.max(initial=-1))
        if highest >= len(self._arrays.t_ms):
            self._reach(highest + 1)
        return Made(*kernel.apply_legs(
            self._arrays, applied.slot, applied.outcome, applied.segment, rows.t_ms, rows.lon, rows.lat,
            self.config.stop_diameter_m, self.config.stop_min_s * 1000,
        ))  # fmt: skip
