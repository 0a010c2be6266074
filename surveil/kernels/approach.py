"""Close approaches among many tracks: who comes how near to whom, and when."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def approaches(start, first, x_m, y_m, near_m, step_reach_m):
    """The nearest moment of each stay of two tracks within a distance of each other.

    Track ``i`` is the rows ``start[i]`` to ``start[i + 1]``; its first row is at step ``first[i]`` of a clock that all
    share. Nobody moves more than ``step_reach_m`` in a step: what is far apart is skipped ahead by that.

    start int64 (m + 1,), first int64 (m,), x_m, y_m float64 (n,), near_m, step_reach_m float64 ->
    (pairs int64 (k, 3): i, j > i and the step; distance_m float64 (k,)), by pair, then time.
    """
    found, apart = np.empty((64, 3), np.int64), np.empty(64, np.float64)
    k = 0
    for i in range(len(first)):
        end_i = first[i] + start[i + 1] - start[i]
        for j in range(i + 1, len(first)):
            step = max(first[i], first[j])
            end = min(end_i, first[j] + start[j + 1] - start[j])
            best, best_step = np.inf, -1
            while step < end or best_step >= 0:
                distance = np.inf
                if step < end:
                    a, b = start[i] + step - first[i], start[j] + step - first[j]
                    distance = np.hypot(x_m[a] - x_m[b], y_m[a] - y_m[b])
                if distance < near_m:
                    if distance < best:
                        best, best_step = distance, step
                    step += 1
                elif best_step >= 0:
                    found, apart = _room(found, apart, k)
                    found[k, 0], found[k, 1], found[k, 2], apart[k] = i, j, best_step, best
                    k += 1
                    best, best_step = np.inf, -1
                else:
                    step += max(1, int((distance - near_m) / (2 * step_reach_m)))
    return found[:k], apart[:k]


@njit(cache=True, nogil=True)
def _room(found, apart, k):
    """The same arrays, with room for a row ``k``."""
    if k < len(apart):
        return found, apart
    return np.concatenate((found, np.empty_like(found))), np.concatenate((apart, np.empty_like(apart)))
