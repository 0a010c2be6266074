"""What a sensor gives where there is nothing: density on a grid and strengths in bins. Pure functions over arrays."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def _cell(at_m, low_m, cell_m, n):
    return int(min(max((at_m - low_m) // cell_m, 0.0), n - 1.0))


@njit(cache=True, nogil=True)
def density(x_m, y_m, west_m, south_m, cell_m, counts, scans, prior, least):
    """Plots of clutter expected in the cell of each plot of a scan: learned, with its neighbours in this scan.

    Parameters
    ----------
    x_m, y_m : float64[m]; west_m, south_m, cell_m : float64, corner and side of the cells
    counts : float64[a, b], plots by cell over ``scans``; prior : float64, scans' worth of the mean of all cells
    least : float64, the least that mean is

    Returns
    -------
    float64[m], by cell and scan
    """
    a, b = counts.shape
    now, expected = np.zeros((a, b)), np.empty(x_m.size)
    total, known = 0.0, 0
    for i in range(a):
        for j in range(b):
            if counts[i, j] > 0.0:
                total += counts[i, j]
                known += 1
    mean = max(total / max(known, 1) / max(scans, 1.0), least)
    for k in range(x_m.size):
        now[_cell(x_m[k], west_m, cell_m, a), _cell(y_m[k], south_m, cell_m, b)] += 1.0
    for k in range(x_m.size):
        i, j = _cell(x_m[k], west_m, cell_m, a), _cell(y_m[k], south_m, cell_m, b)
        expected[k] = (counts[i, j] + now[i, j] - 1.0 + prior * mean) / (scans + 1.0 + prior)
    return expected


@njit(cache=True, nogil=True)
def learn(x_m, y_m, clutter, west_m, south_m, cell_m, counts, keep):
    """Count plots by the probability that each is clutter, in place, after what was is kept to a share.

    Parameters
    ----------
    x_m, y_m, clutter : float64[m]; west_m, south_m, cell_m, counts : as of :func:`density`; keep : float64
    """
    a, b = counts.shape
    for i in range(a):
        for j in range(b):
            counts[i, j] *= keep
    for k in range(x_m.size):
        counts[_cell(x_m[k], west_m, cell_m, a), _cell(y_m[k], south_m, cell_m, b)] += clutter[k]


@njit(cache=True, nogil=True, inline="always")
def _bin(strength_db, low_db, n):
    return int(min(max(math.floor(strength_db) - low_db, 0.0), n - 1.0))


@njit(cache=True, nogil=True)
def odds(strength_db, counts, low_db, most):
    """How much likelier each strength is where any is alike than among those counted, smoothed over three bins.

    Parameters
    ----------
    strength_db : float64[m], NaN if not known; counts : float64[bins], by 1 dB from ``low_db``
    most : float64, bound of the ratio and of its inverse

    Returns
    -------
    float64[m], 1 where not known
    """
    n = counts.size
    smooth, total = np.empty(n), 0.0
    for i in range(n):
        smooth[i] = 1.0
        for j in range(max(i - 1, 0), min(i + 2, n)):
            smooth[i] += (counts[j] + 0.5) / 3.0
        total += smooth[i]
    ratio = np.ones(strength_db.size)
    for k in range(strength_db.size):
        if not math.isnan(strength_db[k]):
            alike = total / (n * smooth[_bin(strength_db[k], low_db, n)])
            ratio[k] = min(max(alike, 1.0 / most), most)
    return ratio


@njit(cache=True, nogil=True)
def learn_strengths(strength_db, clutter, counts, low_db, memory):
    """Count strengths by the probability that each plot is clutter, in place; of more than ``memory``, a share is kept.

    Parameters
    ----------
    strength_db : float64[m], NaN if not known; clutter : float64[m]; counts, low_db : as of :func:`odds`
    """
    for k in range(strength_db.size):
        if not math.isnan(strength_db[k]):
            counts[_bin(strength_db[k], low_db, counts.size)] += clutter[k]
    total = counts.sum()
    if total > memory:
        for i in range(counts.size):
            counts[i] *= memory / total
