"""The circle that a path lies on best."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from surveil.kernels.filter import DEG_M


@njit(cache=True, nogil=True)
def circles(slots, since_ms, ring_n, ring_t_ms, ring_lon, ring_lat):
    """Circle fitted to the remembered path of each slot since a time, on a plane tangent at its newest place.

    By algebraic least squares (Kåsa 1976), which is exact where the path is a circle.

    Parameters
    ----------
    slots : int64[k]; since_ms : int64; ring_n : int64[m]; ring_t_ms : int64[m, r]; ring_lon, ring_lat : float64[m, r]
        Histories, the j-th entry ever at ``j % r``.

    Returns
    -------
    used : int64[k], entries that the fit has
    radius_m, rms_m : float64[k], radius, and root mean square distance of the entries from the circle; NaN with fewer
        than four entries, and where they lie on a line
    turns : float64[k], times that the path goes round the centre, backward counted against forward
    """
    size = ring_t_ms.shape[1]
    used = np.zeros(slots.size, np.int64)
    radius_m, rms_m, turns = np.full(slots.size, np.nan), np.full(slots.size, np.nan), np.zeros(slots.size)
    x, y = np.empty(size), np.empty(size)
    for k in range(slots.size):
        s, n, count = slots[k], ring_n[slots[k]], 0
        if n == 0:
            continue
        lon0, lat0 = ring_lon[s, (n - 1) % size], ring_lat[s, (n - 1) % size]
        east_m = DEG_M * math.cos(math.radians(lat0))
        for j in range(max(0, n - size), n):
            at = j % size
            if ring_t_ms[s, at] >= since_ms:
                x[count] = (ring_lon[s, at] - lon0) * east_m
                y[count] = (ring_lat[s, at] - lat0) * DEG_M
                count += 1
        used[k] = count
        if count >= 4:
            radius_m[k], rms_m[k], turns[k] = _fit(x[:count], y[:count])
    return used, radius_m, rms_m, turns


@njit(cache=True, nogil=True)
def _fit(x, y):
    """(radius, rms, turns) of points, float64[n] each; NaN for a line."""
    mean_x, mean_y = x.mean(), y.mean()
    suu = svv = suv = suuu = svvv = suvv = svuu = 0.0
    for i in range(len(x)):
        u, v = x[i] - mean_x, y[i] - mean_y
        suu += u * u
        svv += v * v
        suv += u * v
        suuu += u * u * u
        svvv += v * v * v
        suvv += u * v * v
        svuu += v * u * u
    det = suu * svv - suv * suv
    if det <= 1e-9 * (suu + svv) ** 2:
        return np.nan, np.nan, 0.0
    a, b = 0.5 * (suuu + suvv), 0.5 * (svvv + svuu)
    centre_u, centre_v = (a * svv - b * suv) / det, (b * suu - a * suv) / det
    radius = math.sqrt(centre_u * centre_u + centre_v * centre_v + (suu + svv) / len(x))
    square, turned, before = 0.0, 0.0, 0.0
    for i in range(len(x)):
        u, v = x[i] - mean_x - centre_u, y[i] - mean_y - centre_v
        off = math.sqrt(u * u + v * v) - radius
        square += off * off
        angle = math.atan2(v, u)
        if i > 0:
            turned += (angle - before + 3 * math.pi) % (2 * math.pi) - math.pi
        before = angle
    return radius, math.sqrt(square / len(x)), abs(turned) / (2 * math.pi)
