"""How far a picture is from the truth: OSPA and GOSPA over time, and the association that SIAP counts.

Truth and tracks are float64[T, J, 4] and float64[T, N, 4] on one grid of time: x, y in metres east and north, vx, vy in
m/s; NaN in x where an object is not there. Pure functions over arrays.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.assignment import assign

DISTANCE, LOCALISATION, MISSED, FALSE, SWITCHING = range(5)
"""Columns of :func:`gospa`."""

NO_OBJECT, NO_TRACK = -1, -2
"""Of :func:`nearest_truth`: nothing is near; the track is not there."""

_NEVER, _NOBODY = -2, -1


@njit(cache=True, nogil=True)
def _present(objects):
    """int64[k]: the objects that are there."""
    found = np.empty(len(objects), np.int64)
    n = 0
    for i in range(len(objects)):
        if not np.isnan(objects[i, 0]):
            found[n] = i
            n += 1
    return found[:n]


@njit(cache=True, nogil=True)
def _cut_costs(truth, here, track, there, cutoff_m, order):
    """float64[j, n]: distances in metres, cut off, to the power ``order``."""
    cost = np.empty((here.size, there.size))
    for j in range(here.size):
        for n in range(there.size):
            d = np.hypot(truth[here[j], 0] - track[there[n], 0], truth[here[j], 1] - track[there[n], 1])
            cost[j, n] = min(d, cutoff_m) ** order
    return cost


@njit(cache=True, nogil=True)
def ospa(truth, tracks, cutoff_m, order):
    """Optimal sub-pattern assignment distance at each time: Schuhmacher et al. 2008, doi 10.1109/TSP.2008.920469.

    Parameters
    ----------
    truth : float64[T, J, 4]; tracks : float64[T, N, 4]; cutoff_m, order : float64

    Returns
    -------
    distance_m : float64[T]; 0 where there is nothing and nothing is tracked
    """
    out = np.zeros(len(truth))
    for t in range(len(truth)):
        here, there = _present(truth[t]), _present(tracks[t])
        more = max(here.size, there.size)
        if more == 0:
            continue
        cost = _cut_costs(truth[t], here, tracks[t], there, cutoff_m, order)
        total = cutoff_m**order * (more - min(here.size, there.size))
        if min(here.size, there.size) > 0:
            column = assign(cost)
            for j in range(here.size):
                if column[j] >= 0:
                    total += cost[j, column[j]]
        out[t] = (total / more) ** (1.0 / order)
    return out


@njit(cache=True, nogil=True)
def _switches(here, partner, last):
    """Changes of partner since the last time, a half for one lost or found; ``last`` is brought up to date."""
    changed = 0.0
    for j in range(here.size):
        old, new = last[here[j]], partner[j]
        if old == _NEVER and new == _NOBODY:
            continue
        if old != _NEVER and old != new:
            changed += 1.0 if old != _NOBODY and new != _NOBODY else 0.5
        last[here[j]] = new
    return changed


@njit(cache=True, nogil=True)
def gospa(truth, tracks, cutoff_m, order, switching_m):
    """Generalized OSPA with alpha = 2, in parts: Rahmathullah et al. 2017, doi 10.23919/ICIF.2017.8009645.

    The parts are to the power ``order``; the switching part is in metres, and enters the distance as the root of
    the sum of squares, as Stone Soup has it.

    Parameters
    ----------
    truth : float64[T, J, 4]; tracks : float64[T, N, 4]; cutoff_m, order : float64
    switching_m : float64, penalty for a track that changes its object; 0 leaves it out

    Returns
    -------
    parts : float64[T, 5], columns DISTANCE, LOCALISATION, MISSED, FALSE, SWITCHING
    """
    out = np.zeros((len(truth), 5))
    last = np.full(truth.shape[1], _NEVER)
    half = cutoff_m**order / 2
    for t in range(len(truth)):
        here, there = _present(truth[t]), _present(tracks[t])
        matched, switched = 0, 0.0
        if here.size and there.size:
            cost = _cut_costs(truth[t], here, tracks[t], there, cutoff_m, order)
            column = assign(cost)
            partner = np.full(here.size, _NOBODY)
            for j in range(here.size):
                if column[j] >= 0 and cost[j, column[j]] < 2 * half:
                    partner[j] = there[column[j]]
                    out[t, LOCALISATION] += cost[j, column[j]]
                    matched += 1
            switched = _switches(here, partner, last)
        out[t, MISSED] = half * (here.size - matched)
        out[t, FALSE] = half * (there.size - matched)
        out[t, SWITCHING] = switching_m * switched ** (1.0 / order)
        base = (out[t, LOCALISATION] + out[t, MISSED] + out[t, FALSE]) ** (1.0 / order)
        out[t, DISTANCE] = np.sqrt(base**2 + out[t, SWITCHING] ** 2)
    return out


@njit(cache=True, nogil=True)
def nearest_truth(truth, tracks, threshold_m):
    """The object nearest to each track at each time, nearer than a threshold.

    Parameters
    ----------
    truth : float64[T, J, 4]; tracks : float64[T, N, 4]; threshold_m : float64

    Returns
    -------
    nearest : int64[T, N], or NO_OBJECT, or NO_TRACK
    """
    nearest = np.full((len(tracks), tracks.shape[1]), NO_TRACK)
    for t in range(len(tracks)):
        here = _present(truth[t])
        for n in range(tracks.shape[1]):
            if np.isnan(tracks[t, n, 0]):
                continue
            nearest[t, n] = NO_OBJECT
            least = threshold_m
            for j in here:
                d = np.hypot(truth[t, j, 0] - tracks[t, n, 0], truth[t, j, 1] - tracks[t, n, 1])
                if d < least:
                    least, nearest[t, n] = d, j
    return nearest
