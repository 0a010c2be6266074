"""Kernels over the histories of targets. Pure functions over arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.geodesy import distance_m


@njit(cache=True, nogil=True)
def back_then(slots, at_ms, ring_n, ring_t_ms, ring_sog_kn, ring_cog_deg):
    """Speed and course of targets at a time past: those of the last entry of their history at or before it.

    slots int32[k], at_ms int64, histories as for :func:`wander`, ring_sog_kn and ring_cog_deg float32[m, r] ->
    (sog_kn float64[k], cog_deg float64[k]), NaN where the history does not reach back so far.
    """
    size = ring_t_ms.shape[1]
    sog_kn, cog_deg = np.full(slots.size, np.nan), np.full(slots.size, np.nan)
    for k in range(slots.size):
        s = slots[k]
        last = ring_n[s] - 1
        first = max(0, ring_n[s] - size)
        while last >= first and ring_t_ms[s, last % size] > at_ms:
            last -= 1
        if last >= first:
            sog_kn[k], cog_deg[k] = ring_sog_kn[s, last % size], ring_cog_deg[s, last % size]
    return sog_kn, cog_deg


@njit(cache=True, nogil=True)
def wander(slots, now_ms, window_ms, ring_n, ring_t_ms, ring_lon, ring_lat):
    """How a target moved over a window: how far from its mean place, how fast along its path.

    Parameters
    ----------
    slots : int32[k]; now_ms, window_ms : int64
    ring_n : int64[m]; ring_t_ms : int64[m, r]; ring_lon, ring_lat : float64[m, r]
        Histories, the j-th entry ever at ``j % r``.

    Returns
    -------
    span_ms : int64[k], from the oldest entry used to the newest
    radius_m : float64[k], largest distance of an entry from the mean of all
    speed_kn : float64[k], path length over span; NaN if fewer than two entries
    """
    size = ring_t_ms.shape[1]
    span_ms = np.zeros(slots.size, np.int64)
    radius_m = np.full(slots.size, np.nan)
    speed_kn = np.full(slots.size, np.nan)
    for k in range(slots.size):
        s = slots[k]
        n = ring_n[s]
        first = n
        while first > 0 and n - first < size and ring_t_ms[s, (first - 1) % size] >= now_ms - window_ms:
            first -= 1
        used = n - first
        if used < 2:
            continue
        lon = 0.0
        lat = 0.0
        path_m = 0.0
        for j in range(first, n):
            at = j % size
            lon += ring_lon[s, at]
            lat += ring_lat[s, at]
            if j > first:
                before = (j - 1) % size
                path_m += distance_m(ring_lon[s, before], ring_lat[s, before], ring_lon[s, at], ring_lat[s, at])
        radius = 0.0
        for j in range(first, n):
            at = j % size
            radius = max(radius, distance_m(lon / used, lat / used, ring_lon[s, at], ring_lat[s, at]))
        span_ms[k] = ring_t_ms[s, (n - 1) % size] - ring_t_ms[s, first % size]
        radius_m[k] = radius
        if span_ms[k] > 0:
            speed_kn[k] = path_m / (span_ms[k] / 1000.0) * 3600.0 / 1852.0
    return span_ms, radius_m, speed_kn
