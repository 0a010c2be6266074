"""How soon one craft can be where another will be."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def intercept_s(east_m, north_m, vx, vy, speed_ms):
    """Seconds until a craft at full speed meets a target that holds its course; inf if it never does.

    On a plane, in a straight line, from rest: the least t >= 0 with abs(d + v t) = s t.

    east_m, north_m float64 (n,), the target as seen from each craft; vx, vy float64, its velocity m/s; speed_ms
    float64 (n,) -> float64 (n,).
    """
    out = np.empty(len(east_m))
    for i in range(len(east_m)):
        c = east_m[i] ** 2 + north_m[i] ** 2
        b = east_m[i] * vx + north_m[i] * vy
        a = vx * vx + vy * vy - speed_ms[i] ** 2
        under = b * b - a * c
        if c == 0.0:
            out[i] = 0.0
        elif abs(a) < 1e-12:
            out[i] = -c / (2.0 * b) if b < 0.0 else np.inf
        elif under < 0.0:
            out[i] = np.inf
        else:
            root = math.sqrt(under)
            # the roots as c over a sum that does not cancel
            q = -(b + root) if b >= 0.0 else -(b - root)
            first, second = q / a, c / q
            low, high = min(first, second), max(first, second)
            out[i] = low if low >= 0.0 else high if high >= 0.0 else np.inf
    return out
