"""Distance, bearing and destination on the sphere, for use inside other kernels and over arrays.

Angles are degrees, distances metres, bearings degrees true in [0, 360). The sphere has the mean radius of
the WGS84 ellipsoid (IUGG, R1 = (2a + b)/3). Against geodesics on the ellipsoid, distances within a few
hundred kilometres of the Dover Strait are off by less than 0.35 % and bearings by less than 0.2 degrees.
A NaN in gives a NaN out.

The scalar functions are jitted and meant to be called from kernels; ``*_array`` take equal-length float64
arrays ``(n,)``.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

EARTH_RADIUS_M = 6371008.8
"""Mean radius R1 of WGS84 (Moritz 1980, Geodetic Reference System 1980; as used by IUGG)."""


@njit(cache=True, nogil=True)
def distance_m(lon1, lat1, lon2, lat2):
    """Great-circle distance by the haversine formula. float64 x 4 -> float64."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    sin_dlat = math.sin(0.5 * (p2 - p1))
    sin_dlon = math.sin(0.5 * math.radians(lon2 - lon1))
    h = sin_dlat * sin_dlat + math.cos(p1) * math.cos(p2) * sin_dlon * sin_dlon
    if h > 1.0:  # rounding at the antipode
        h = 1.0
    return 2.0 * EARTH_RADIUS_M * math.asin(math.sqrt(h))


@njit(cache=True, nogil=True)
def bearing_deg(lon1, lat1, lon2, lat2):
    """Initial great-circle bearing from point 1 to point 2, [0, 360). float64 x 4 -> float64.

    Coincident points give 0.
    """
    p1, p2 = math.radians(lat1), math.radians(lat2)
    dlon = math.radians(lon2 - lon1)
    east = math.sin(dlon) * math.cos(p2)
    north = math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(dlon)
    bearing = math.degrees(math.atan2(east, north)) % 360.0
    return 0.0 if bearing >= 360.0 else bearing


@njit(cache=True, nogil=True)
def destination_deg(lon, lat, bearing, distance):
    """Where a great circle of ``distance`` metres that starts on ``bearing`` ends.

    The longitude is in [-180, 180). float64 x 4 -> (float64, float64).
    """
    p, theta, delta = math.radians(lat), math.radians(bearing), distance / EARTH_RADIUS_M
    sin_p2 = math.sin(p) * math.cos(delta) + math.cos(p) * math.sin(delta) * math.cos(theta)
    if abs(sin_p2) > 1.0:  # rounding at a pole
        sin_p2 = math.copysign(1.0, sin_p2)
    east = math.sin(theta) * math.sin(delta) * math.cos(p)
    north = math.cos(delta) - math.sin(p) * sin_p2
    lon2 = lon + math.degrees(math.atan2(east, north))
    return (lon2 + 180.0) % 360.0 - 180.0, math.degrees(math.asin(sin_p2))


@njit(cache=True, nogil=True)
def angle_diff_deg(a, b):
    """``a - b`` turned into (-180, 180]: how far ``a`` lies clockwise of ``b``. float64 x 2 -> float64."""
    d = (a - b) % 360.0
    return d - 360.0 if d > 180.0 else d


@njit(cache=True, nogil=True)
def distance_m_array(lon1, lat1, lon2, lat2):
    """:func:`distance_m` row by row. float64 (n,) x 4 -> float64 (n,)."""
    out = np.empty(len(lon1))
    for i in range(len(lon1)):
        out[i] = distance_m(lon1[i], lat1[i], lon2[i], lat2[i])
    return out


@njit(cache=True, nogil=True)
def bearing_deg_array(lon1, lat1, lon2, lat2):
    """:func:`bearing_deg` row by row. float64 (n,) x 4 -> float64 (n,)."""
    out = np.empty(len(lon1))
    for i in range(len(lon1)):
        out[i] = bearing_deg(lon1[i], lat1[i], lon2[i], lat2[i])
    return out


@njit(cache=True, nogil=True)
def destination_deg_array(lon, lat, bearing, distance):
    """:func:`destination_deg` row by row. float64 (n,) x 4 -> (float64 (n,), float64 (n,))."""
    lon2, lat2 = np.empty(len(lon)), np.empty(len(lon))
    for i in range(len(lon)):
        lon2[i], lat2[i] = destination_deg(lon[i], lat[i], bearing[i], distance[i])
    return lon2, lat2


@njit(cache=True, nogil=True)
def angle_diff_deg_array(a, b):
    """:func:`angle_diff_deg` row by row. float64 (n,) x 2 -> float64 (n,)."""
    out = np.empty(len(a))
    for i in range(len(a)):
        out[i] = angle_diff_deg(a[i], b[i])
    return out
