"""Kernels about several targets at once. Pure functions over arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.geodesy import distance_m


@njit(cache=True, nogil=True)
def witnesses(lon, lat, last_ms, craft, at_lon, at_lat, since_ms, lately_ms, radius_m):
    """How many craft near a place were heard after one time and after another.

    Parameters
    ----------
    lon, lat : float64[n] degrees; last_ms : int64[n], when each was last heard; craft : bool[n]
    at_lon, at_lat : float64[k], the places; since_ms : int64[k], heard after this; NaN places have none
    lately_ms : int64, and not before this; radius_m : float64

    Returns
    -------
    count : int64[k]
    """
    count = np.zeros(at_lon.size, np.int64)
    for k in range(at_lon.size):
        for i in range(lon.size):
            heard = craft[i] and last_ms[i] >= lately_ms and last_ms[i] > since_ms[k]
            if heard and distance_m(at_lon[k], at_lat[k], lon[i], lat[i]) <= radius_m:
                count[k] += 1
    return count
