"""Biases of a sensor from plots of ships of known place: what each pair tells, and the filter. Pure functions."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def _turned_deg(a, b):
    """How far one bearing lies clockwise of another, -180 to 180."""
    return (a - b + 180.0) % 360.0 - 180.0


@njit(cache=True, nogil=True)
def offsets(east_m, north_m):
    """How plots are off their ships, and how the ships move, as the sensor measures it.

    Parameters
    ----------
    east_m, north_m : float64[3, n], from the sensor, of each ship when it was plotted, a second later, and of the plot

    Returns
    -------
    float64[5, n] : range of the ship, m; range, m, and bearing, deg, of the plot less hers; her speed away, m/s, and
        clockwise, deg/s
    """
    n = east_m.shape[1]
    out = np.empty((5, n))
    for i in range(n):
        true_m, later_m = math.hypot(east_m[0, i], north_m[0, i]), math.hypot(east_m[1, i], north_m[1, i])
        true_deg = math.degrees(math.atan2(east_m[0, i], north_m[0, i]))
        later_deg = math.degrees(math.atan2(east_m[1, i], north_m[1, i]))
        seen_deg = math.degrees(math.atan2(east_m[2, i], north_m[2, i]))
        out[0, i] = true_m
        out[1, i] = math.hypot(east_m[2, i], north_m[2, i]) - true_m
        out[2, i] = _turned_deg(seen_deg, true_deg)
        out[3, i] = later_m - true_m
        out[4, i] = _turned_deg(later_deg, true_deg)
    return out


@njit(cache=True, nogil=True)
def learn(bias, cov, off, rate, variance, share, gate2):
    """Kalman filter of three biases (range, bearing, time), in place.

    Parameters
    ----------
    bias : float64[3]; cov : float64[3, 3]
    off : float64[2, n], in range and bearing, before any correction; rate : float64[2, n], the ships', in both
    variance : float64[2, n], of a pair without bias; share : float64, how many pairs are one by their errors
    gate2 : float64, squared Mahalanobis distance, by the biases as they were, beyond which a pair is left out
    """
    before, spread = bias.copy(), cov.copy()
    h, gain = np.zeros(3), np.empty(3)
    for i in range(off.shape[1]):
        r, b = rate[0, i], rate[1, i]
        off_r = off[0, i] - before[0] + r * before[2]
        off_b = off[1, i] - before[1] + b * before[2]
        rr = spread[0, 0] - 2.0 * r * spread[0, 2] + r * r * spread[2, 2] + variance[0, i]
        bb = spread[1, 1] - 2.0 * b * spread[1, 2] + b * b * spread[2, 2] + variance[1, i]
        rb = spread[0, 1] - b * spread[0, 2] - r * spread[1, 2] + r * b * spread[2, 2]
        if (bb * off_r * off_r - 2.0 * rb * off_r * off_b + rr * off_b * off_b) / (rr * bb - rb * rb) > gate2:
            continue
        for axis in range(2):
            h[0], h[1], h[2] = 1.0 - axis, float(axis), -rate[axis, i]
            total = share * variance[axis, i]
            left = off[axis, i]
            for a in range(3):
                gain[a] = cov[a, 0] * h[0] + cov[a, 1] * h[1] + cov[a, 2] * h[2]
                left -= h[a] * bias[a]
            for a in range(3):
                total += h[a] * gain[a]
            for a in range(3):
                bias[a] += gain[a] * left / total
                for c in range(3):
                    cov[a, c] -= gain[a] * gain[c] / total
