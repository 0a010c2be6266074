"""The tidal stream at many times and places, from its rates at a few."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def streams_kn(hours, lon, lat, places, period_h, near_m, m_per_deg):
    """East and north parts, weighted by inverse square distance to the places (Shepard 1968).

    At a place each stream is half a sine from its beginning to the beginning of the other. ``places`` float64 (k, 8):
    lon, lat, east and north of the first stream at its strongest, of the second, hour at which the first begins, hours
    that it lasts. ``near_m`` is added to distances in quadrature, so that no place is a cusp.

    hours, lon, lat float64 (n,), places float64 (k, 8), float64 x 3 -> (east_kn, north_kn) float64 (n,).
    """
    east, north = np.empty(len(hours)), np.empty(len(hours))
    m_per_deg_east = m_per_deg * np.cos(np.radians(places[:, 1]))
    for i in range(len(hours)):
        sum_east, sum_north, total = 0.0, 0.0, 0.0
        for k in range(len(places)):
            since, lasts = (hours[i] - places[k, 6]) % period_h, places[k, 7]
            east_m = (lon[i] - places[k, 0]) * m_per_deg_east[k]
            north_m = (lat[i] - places[k, 1]) * m_per_deg
            weight = 1.0 / (east_m * east_m + north_m * north_m + near_m * near_m)
            if since < lasts:
                rate = weight * math.sin(math.pi * since / lasts)
                sum_east += rate * places[k, 2]
                sum_north += rate * places[k, 3]
            else:
                rate = weight * math.sin(math.pi * (since - lasts) / (period_h - lasts))
                sum_east += rate * places[k, 4]
                sum_north += rate * places[k, 5]
            total += weight
        east[i], north[i] = sum_east / total, sum_north / total
    return east, north
