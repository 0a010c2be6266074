"""Which targets are near each other or will be: pairs found over a grid, so that thousands cost no n²."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from surveil.kernels.geodesy import EARTH_RADIUS_M

_DEG_M = math.radians(1.0) * EARTH_RADIUS_M
_LEAST_COS = math.cos(math.radians(85.0))
"""Cells grow no wider than at 85 degrees, beyond which no ship has a pair."""


@njit(cache=True, nogil=True)
def approach_of(east_m, north_m, vx_ms, vy_ms):
    """Closest approach of one that is so far off and moves so, as seen from the other.

    float64 x 4 -> (cpa_m, tcpa_s); negative times are past; one at rest is closest now.
    """
    speed2 = vx_ms * vx_ms + vy_ms * vy_ms
    tcpa_s = -(east_m * vx_ms + north_m * vy_ms) / speed2 if speed2 > 0.0 else 0.0
    return math.hypot(east_m + vx_ms * tcpa_s, north_m + vy_ms * tcpa_s), tcpa_s


@njit(cache=True, nogil=True)
def pairs(lon, lat, vx_ms, vy_ms, reach_m, near_m, close_m, ahead_s):
    """Pairs within ``near_m``, and those within ``reach_m`` that will come within ``close_m`` in ``ahead_s``.

    Each pair's plane is tangent at its mean latitude; none reaches over 180 degrees of longitude. NaN has no pair.

    Parameters
    ----------
    lon, lat : float64[n] degrees; vx_ms, vy_ms : float64[n], east and north
    reach_m, near_m, close_m, ahead_s : float64, ``near_m <= reach_m``

    Returns
    -------
    found : int64[k, 2]: i and j > i, in no particular order
    told : float64[k, 3]: distance_m, cpa_m, tcpa_s
    """
    order, row, column = _cells(lon, lat, reach_m)
    n = len(order)
    found, told = np.empty((256, 2), np.int64), np.empty((256, 3))
    lon, lat, vx_ms, vy_ms = lon[order], lat[order], vx_ms[order], vy_ms[order]  # neighbours lie together
    cos_lat = np.cos(np.radians(lat))
    k = below = 0
    for p in range(n):
        # the rest of its cell and the next one follow it; the three cells of the next row are a stretch further on
        while below < n and (row[below], column[below]) < (row[p] + 1, column[p] - 1):
            below += 1
        for part in range(2):
            q = p + 1 if part == 0 else max(below, p + 1)
            while q < n and row[q] == row[p] + part and column[q] <= column[p] + 1:
                other = q
                q += 1
                north = (lat[other] - lat[p]) * _DEG_M
                east = (lon[other] - lon[p]) * _DEG_M * 0.5 * (cos_lat[p] + cos_lat[other])
                distance2 = north * north + east * east
                if distance2 > reach_m * reach_m:
                    continue
                vx, vy = vx_ms[other] - vx_ms[p], vy_ms[other] - vy_ms[p]
                if distance2 > near_m * near_m and east * vx + north * vy >= 0.0:
                    continue  # neither near nor coming nearer: most of them
                cpa, tcpa = approach_of(east, north, vx, vy)
                if distance2 <= near_m * near_m or (tcpa <= ahead_s and cpa <= close_m):
                    if k == len(told):
                        found = np.concatenate((found, np.empty_like(found)))
                        told = np.concatenate((told, np.empty_like(told)))
                    found[k, 0], found[k, 1] = min(order[p], order[other]), max(order[p], order[other])
                    told[k, 0], told[k, 1], told[k, 2] = math.sqrt(distance2), cpa, tcpa
                    k += 1
    return found[:k], told[:k]


@njit(cache=True, nogil=True)
def _cells(lon, lat, reach_m):
    """Targets by cell: their order, and row and column of each in that order; cells are no narrower than the reach."""
    known = np.flatnonzero(~(np.isnan(lon) | np.isnan(lat)))
    if known.size == 0:
        return known, known, known
    furthest = np.max(np.abs(lat[known]))
    width = reach_m / (_DEG_M * max(math.cos(math.radians(furthest)), _LEAST_COS))
    row = np.floor(lat[known] / (reach_m / _DEG_M)).astype(np.int64)
    column = np.floor(lon[known] / width).astype(np.int64)
    order = np.argsort(row * 10_000_000 + column, kind="mergesort")
    return known[order], row[order], column[order]
