"""Places seen from a sensor: from its own plane to others by polynomials, and what it can see. Pure functions."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def polynomials(x, y, terms):
    """Sums of ``terms[k, i, j] T_i(x) T_j(y)``, T the polynomials of Chebyshev.

    Parameters
    ----------
    x, y : float64[n]; terms : float64[m, d, d], d at least 2

    Returns
    -------
    values : float64[m, n]
    """
    m, d = terms.shape[0], terms.shape[1]
    values = np.empty((m, x.size))
    in_x, in_y = np.ones(d), np.ones(d)
    for row in range(x.size):
        in_x[1], in_y[1] = x[row], y[row]
        for i in range(2, d):
            in_x[i] = 2.0 * x[row] * in_x[i - 1] - in_x[i - 2]
            in_y[i] = 2.0 * y[row] * in_y[i - 1] - in_y[i - 2]
        for k in range(m):
            total = 0.0
            for i in range(d):
                along = 0.0
                for j in range(d):
                    along += terms[k, i, j] * in_y[j]
                total += in_x[i] * along
            values[k, row] = total
    return values


@njit(cache=True, nogil=True)
def sight(x_m, y_m, at_x_m, at_y_m, turned_deg, from_deg, width_deg, min_range_m, max_range_m, first_land_m):
    """Whether each place is in range, in the sector and before the land.

    Parameters
    ----------
    x_m, y_m : float64[n]; at_x_m, at_y_m : float64, the sensor; turned_deg : float64, from the y axis to its north
    from_deg, width_deg : float64, where the sector begins, and how wide it is, clockwise
    min_range_m, max_range_m : float64; first_land_m : float64[rays], evenly round from north

    Returns
    -------
    seen : float64[n], 1 or 0
    """
    seen = np.zeros(x_m.size)
    rays = first_land_m.size
    for i in range(x_m.size):
        east_m, north_m = x_m[i] - at_x_m, y_m[i] - at_y_m
        range_m = math.hypot(east_m, north_m)
        if not min_range_m <= range_m <= max_range_m:
            continue
        bearing_deg = (math.degrees(math.atan2(east_m, north_m)) + turned_deg) % 360.0
        if (bearing_deg - from_deg) % 360.0 <= width_deg:
            ray = int(np.rint(bearing_deg * (rays / 360.0))) % rays
            if range_m < first_land_m[ray]:
                seen[i] = 1.0
    return seen
