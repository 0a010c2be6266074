"""Plots of one scan that come from one target. Pure functions over arrays."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _root(of, i):
    while of[i] != i:
        of[i] = of[of[i]]
        i = of[i]
    return i


@njit(cache=True, nogil=True)
def clusters(order, x_m, y_m, reach_m):
    """Which plots hang together: two do if they are no further apart than the lesser reach of both.

    Parameters
    ----------
    order : int64[m], plots by ascending x_m; x_m, y_m : float64[m]; reach_m : float64[m]

    Returns
    -------
    of : int64[m], cluster of each plot, numbered from 0 in the order of their first plots
    n : int64, how many clusters
    """
    m = x_m.size
    of = np.arange(m)
    for a in range(m):
        i = order[a]
        for b in range(a + 1, m):
            j = order[b]
            dx, dy = x_m[j] - x_m[i], y_m[j] - y_m[i]
            if dx > reach_m[i]:
                break
            reach = min(reach_m[i], reach_m[j])
            if dx * dx + dy * dy <= reach * reach:
                first, second = _root(of, i), _root(of, j)
                of[max(first, second)] = min(first, second)
    number, n = np.empty(m, np.int64), 0
    for i in range(m):
        root = _root(of, i)
        if root == i:
            number[i] = n
            n += 1
        of[i] = root
    for i in range(m):
        of[i] = number[of[i]]
    return of, n


@njit(cache=True, nogil=True)
def merged(of, n, late_ms, x_m, y_m, noise, snr_db, strength_db, ship_db, ship_m2, boat_m2):
    """Each cluster as one plot: at the middle of its plots, as strong as the strongest.

    Parameters
    ----------
    of : int64[m], n : int64, as of :func:`clusters`; late_ms : int64[m]; x_m, y_m : float64[m]
    noise : float64[m, 3], covariance xx, xy, yy, m2; snr_db, strength_db : float64[m], NaN if not known
    ship_db : float64, strength from which it is a ship; ship_m2, boat_m2 : float64, variance of where on a hull it is

    Returns
    -------
    row : int64[n], the first plot of each; late_ms, x_m, y_m : float64[n]
    noise : float64[n, 3]; snr_db, strength_db : float64[n]
    """
    m = of.size
    row, count = np.full(n, -1, np.int64), np.zeros(n)
    late, x, y, spread2 = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    spread, loudest, strongest = np.zeros((n, 3)), np.full(n, np.nan), np.full(n, np.nan)
    for i in range(m):
        k = of[i]
        if row[k] < 0:
            row[k] = i
        count[k] += 1.0
        late[k] += late_ms[i]
        x[k] += x_m[i]
        y[k] += y_m[i]
        for a in range(3):
            spread[k, a] += noise[i, a]
        if not snr_db[i] <= loudest[k] and not np.isnan(snr_db[i]):
            loudest[k] = snr_db[i]
        if not strength_db[i] <= strongest[k] and not np.isnan(strength_db[i]):
            strongest[k] = strength_db[i]
    for k in range(n):
        late[k], x[k], y[k] = late[k] / count[k], x[k] / count[k], y[k] / count[k]
    for i in range(m):
        k = of[i]
        dx, dy = x_m[i] - x[k], y_m[i] - y[k]
        spread2[k] += dx * dx + dy * dy
    for k in range(n):
        wander2 = (ship_m2 if strongest[k] > ship_db else boat_m2) + spread2[k] / count[k] / 4.0
        for a in range(3):
            spread[k, a] /= count[k]
        spread[k, 0] += wander2
        spread[k, 2] += wander2
    return row, late, x, y, spread, loudest, strongest
