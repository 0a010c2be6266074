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
