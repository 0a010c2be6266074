"""Cutting the input to a time span, a box and vessels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.ledger import Ledger
from surveil.schema import CLASS_DEVICE, Batch, Columns, Plots, Positions


@dataclass(frozen=True)
class Cut:
    """What part of the input is wanted.

    Parameters
    ----------
    from_ms, to_ms : first time kept, and the first no longer kept.
    bbox : west, south, east, north in degrees; west > east crosses the antimeridian. It cuts positions alone;
        one without a place is kept if a distress device sent it.
    mmsi : vessels kept; a safety text is kept if it is from or to one of them.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    mmsi: frozenset[int] | None = None

    def apply(self, batch: Batch, ledger: Ledger) -> Batch:
        """The rows wanted; the others are counted as ``cut_out`` of their source."""
        if self == Cut():
            return batch
        parts = {}
        for kind, rows, at in batch.parts():
            keep = self.wanted(rows)
            for source, n in enumerate(np.bincount(rows.source[~keep])):
                if n:
                    ledger[source].cut_out += int(n)
            parts[kind], parts[f"{kind}_at"] = rows.take(keep), at[keep]
        return Batch(**parts, heartbeat_ms=batch.heartbeat_ms)

    def wanted(self, rows: Columns) -> np.ndarray:
        """bool[n]: the rows to keep."""
        keep = np.ones(len(rows), bool)
        if self.from_ms is not None:
            keep &= rows.t_ms >= self.from_ms
        if self.to_ms is not None:
            keep &= rows.t_ms < self.to_ms
        if self.mmsi is not None and isinstance(rows, Plots):
            keep[:] = False  # a plot is nobody's
        elif self.mmsi is not None:
            wanted = sorted(self.mmsi)
            keep &= np.isin(rows.mmsi, wanted) | np.isin(getattr(rows, "dest_mmsi", -1), wanted)
        if self.bbox is not None and isinstance(rows, Positions):
            keep &= self._inside(rows)
        return keep

    def _inside(self, rows: Positions) -> np.ndarray:
        west, south, east, north = self.bbox
        within = (rows.lon >= west) & (rows.lon <= east)
        if west > east:
            within = (rows.lon >= west) | (rows.lon <= east)
        distress = np.isnan(rows.lon) & (rows.ais_class == CLASS_DEVICE)
        return (within & (rows.lat >= south) & (rows.lat <= north)) | distress

    def may_hold(self, west: float, south: float, east: float, north: float) -> bool:
        """Whether positions within these bounds could be inside the box."""
        if self.bbox is None:
            return True
        mine = self.bbox
        overlaps = west <= mine[2] and east >= mine[0]
        if mine[0] > mine[2]:
            overlaps = west <= mine[2] or east >= mine[0]
        return overlaps and south <= mine[3] and north >= mine[1]


def between(batch: Batch, start: int, end: int) -> Batch:
    """The rows whose place in the order of arrival is in [start, end)."""
    parts = {}
    for kind, rows, at in batch.parts():
        inside = (at >= start) & (at < end)
        parts[kind], parts[f"{kind}_at"] = rows.take(inside), at[inside]
    return Batch(**parts, heartbeat_ms=batch.heartbeat_ms)
