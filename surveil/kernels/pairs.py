"""Which targets are near each other or will be: pairs found over a grid, so that thousands cost no n²."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from surveil.kernels.geodesy import EARTH_RADIUS_M
from surveil.kernels.inline import borrow, inlined

_DEG_M = math.radians(1.0) * EARTH_RADIUS_M
_LEAST_COS = math.cos(math.radians(85.0))
"""Cells grow no wider than at 85 degrees, beyond which no ship has a pair."""
_STRIP = 1000.0
"""More than there are degrees of longitude, and room between two strips."""
_SURE = 1.0 + 1e-6
"""What is asked first, without a root or a quotient, is asked by so much more generously: rounding must lose none."""


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
    found : int64[2, k]: i and j > i, in order
    told : float64[3, k]: distance_m, cpa_m, tcpa_s
    """
    order, key, across = _strips(lon, lat, reach_m)
    n = len(order)
    first, second, told = np.empty(256, np.int64), np.empty(256, np.int64), np.empty((256, 3))
    x, y, vx, vy = lon[order], lat[order], vx_ms[order], vy_ms[order]  # neighbours lie together
    half_cos = 0.5 * np.cos(np.radians(y))
    maybe = np.empty(n, np.bool_)
    lent = borrow((x, y, vx, vy, half_cos, maybe))
    limits = reach_m * reach_m, near_m * near_m, close_m * close_m * _SURE, ahead_s * _SURE
    k = right = low = high = 0
    for p in range(n):
        while right < n and key[right] <= key[p] + across:
            right += 1
        while low < n and key[low] < key[p] + _STRIP - across:
            low += 1
        while high < n and key[high] <= key[p] + _STRIP + across:
            high += 1
        for start, stop in ((p + 1, right), (low, high)):
            _ask(lent, p, start, stop, limits)
            for q in range(start, stop):
                if not maybe[q]:
                    continue
                north = (y[q] - y[p]) * _DEG_M
                east = (x[q] - x[p]) * _DEG_M * (half_cos[p] + half_cos[q])
                distance2 = north * north + east * east
                cpa, tcpa = approach_of(east, north, vx[q] - vx[p], vy[q] - vy[p])
                if distance2 <= near_m * near_m or (0.0 < tcpa <= ahead_s and cpa <= close_m):
                    if k == len(first):
                        first = np.concatenate((first, np.empty_like(first)))
                        second = np.concatenate((second, np.empty_like(second)))
                        told = np.concatenate((told, np.empty_like(told)))
                    first[k], second[k] = min(order[p], order[q]), max(order[p], order[q])
                    told[k, 0], told[k, 1], told[k, 2] = math.sqrt(distance2), cpa, tcpa
                    k += 1
    return _in_order(first[:k], second[:k], told[:k], len(lon))


@inlined
def _ask(lent, p, start, stop, limits):
    """Mark who of a stretch may be a pair with ``p``, with neither root, quotient nor jump: several at once."""
    x, y, vx, vy, half_cos, maybe = lent
    reach2, near2, close2, ahead_s = limits
    x_p, y_p, vx_p, vy_p, half_p = x[p], y[p], vx[p], vy[p], half_cos[p]
    for q in range(max(start, 0), stop):
        north, east = (y[q] - y_p) * _DEG_M, (x[q] - x_p) * _DEG_M * (half_p + half_cos[q])
        wx, wy = vx[q] - vx_p, vy[q] - vy_p
        distance2, speed2, nearing = north * north + east * east, wx * wx + wy * wy, -(east * wx + north * wy)
        meets = (nearing > 0.0) & (nearing <= ahead_s * speed2) & ((distance2 - close2) * speed2 <= nearing * nearing)
        maybe[q] = (distance2 <= near2) | ((distance2 <= reach2) & meets)


@njit(cache=True, nogil=True)
def _in_order(first, second, told, n):
    """Sorted by first, then by second: counted out, the second before the first."""
    k = len(first)
    order, by = np.arange(k), np.empty(k, np.int64)
    for column in (second, first):
        start = np.zeros(n + 1, np.int64)
        for c in column:
            start[c + 1] += 1
        start = np.cumsum(start)
        for o in order:
            by[start[column[o]]] = o
            start[column[o]] += 1
        order, by = by, order
    found, in_order = np.empty((2, k), np.int64), np.empty((3, k))
    for i in range(k):
        o = order[i]
        found[0, i], found[1, i] = first[o], second[o]
        in_order[0, i], in_order[1, i], in_order[2, i] = told[o, 0], told[o, 1], told[o, 2]
    return found, in_order


@njit(cache=True, nogil=True)
def _strips(lon, lat, reach_m):
    """Targets by strips of latitude as high as the reach, from west to east in each.

    -> (their order; in that order ``_STRIP`` a strip and degrees of longitude; the reach in those degrees, no less).
    """
    known = np.flatnonzero(~(np.isnan(lon) | np.isnan(lat)))
    if known.size == 0:
        return known, np.empty(0), 0.0
    furthest = np.max(np.abs(lat[known]))
    across = _SURE * reach_m / (_DEG_M * max(math.cos(math.radians(furthest)), _LEAST_COS))
    key = np.floor(lat[known] / (reach_m / _DEG_M)) * _STRIP + lon[known]
    order = np.argsort(key, kind="mergesort")
    return known[order], key[order], across
