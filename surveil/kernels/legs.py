"""Leg kernels: how a target moved from fix to fix, and where it stayed. Pure functions over a :class:`LegArrays`."""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
from numba import njit

from surveil.kernels.geodesy import EARTH_RADIUS_M
from surveil.kernels.inline import borrow
from surveil.kernels.tracks import APPLIED, KN, NEW_HULL, NEW_PATH

LegArrays = namedtuple(
    "LegArrays",
    ["segment", "t_ms", "lon", "lat", "since_ms", "staying", "box", "window", "held_ms", "held"],
)
"""One row a target: its last fix, the stop it is in, and the fixes that may become one.

``since_ms`` is when a stop began, NOT_STOPPED where there is none, and ``box`` (targets, 4) its west, south, east and
north. ``held_ms`` (targets, HELD) and ``held`` (targets, HELD, 2), longitude and latitude, have the k-th entry ever at
``k % HELD``; ``window`` (targets, 2) says which entries count, from the first to before the second.
"""

LEG_DTYPES = {
    "segment": "i4", "t_ms": "i8", "lon": "f8", "lat": "f8", "since_ms": "i8", "staying": "?", "box": "f8",
    "window": "i8", "held_ms": "i8", "held": "f8",
}  # fmt: skip
HELD = 64
"""Fixes of the window that are held, spread evenly over the least duration of a stop."""
NOT_STOPPED = np.iinfo(np.int64).min
NO_SEGMENT = -1
_DEG_M = math.radians(1.0) * EARTH_RADIUS_M
"""Metres in a degree of a great circle."""


@njit(cache=True, nogil=True)
def _east_of(lon, reference):
    """How far a longitude lies east of another, in [-180, 180], degrees."""
    d = lon - reference
    return d - 360.0 if d > 180.0 else d + 360.0 if d < -180.0 else d


@njit(cache=True, nogil=True)
def _off_deg(lon0, lat0, lon, lat):
    """How far a place lies east and north of another, degrees of a great circle, by mid-latitude sailing.

    For legs up to 50 km the distance is that of the great circle within 1e-5, and the course that of the rhumb line,
    which a ship steers (Bowditch, American Practical Navigator, mid-latitude sailing).
    """
    return _east_of(lon, lon0) * math.cos(math.radians(0.5 * (lat + lat0))), lat - lat0


@njit(cache=True, nogil=True)
def _within(west, south, east, north, diameter_m):
    """Whether two places lie closer together than that.

    Most are told without a cosine, which is at most 1 and at least 1 - x²/2.
    """
    x, y, most = _east_of(east, west), north - south, diameter_m / _DEG_M
    if x * x + y * y < most * most:
        return True
    half = math.radians(0.5 * (south + north))
    least = x * max(0.0, 1.0 - 0.5 * half * half)
    if least * least + y * y >= most * most:
        return False
    x *= math.cos(half)
    return x * x + y * y < most * most


@njit(cache=True, nogil=True, inline="always")
def _hold(window, held_ms, held, k, t_ms, lon, lat, step_ms):
    """Append to the window, thinned to one fix every ``step_ms``."""
    first, n = window[k, 0], window[k, 1]
    if n == first or t_ms - held_ms[k, (n - 1) % HELD] >= step_ms:
        held_ms[k, n % HELD] = t_ms
        held[k, n % HELD, 0] = lon
        held[k, n % HELD, 1] = lat
        window[k, 0] = max(first, n + 1 - HELD)
        window[k, 1] = n + 1


@njit(cache=True, nogil=True, inline="always")
def _stays(window, held, box, k, lon, lat, diameter_m):
    """Whether the window and a fix fit into a box of that diagonal, which is left in ``box``."""
    first = window[k, 0]
    reference, oldest_lat = held[k, first % HELD, 0], held[k, first % HELD, 1]
    fits = _within(reference, oldest_lat, lon, lat, diameter_m)
    if fits:
        west = east = _east_of(lon, reference)
        south = north = lat
        for j in range(first, window[k, 1]):
            x, y = _east_of(held[k, j % HELD, 0], reference), held[k, j % HELD, 1]
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
        box[k, 0], box[k, 1], box[k, 2], box[k, 3] = reference + west, south, reference + east, north
        fits = _within(west, south, east, north, diameter_m)
    return fits


@njit(cache=True, nogil=True, inline="always")
def _still_stays(box, k, lon, lat, diameter_m):
    """Whether a stop goes on with a fix; the box grows if so."""
    x = box[k, 0] + _east_of(lon, box[k, 0])
    west, south, east, north = min(box[k, 0], x), min(box[k, 1], lat), max(box[k, 2], x), max(box[k, 3], lat)
    fits = _within(west, south, east, north, diameter_m)
    if fits:
        box[k, 0], box[k, 1], box[k, 2], box[k, 3] = west, south, east, north
    return fits


@njit(cache=True, nogil=True, inline="always")
def _stop(since_ms, staying, window, held_ms, held, box, k, t_ms, lon, lat, diameter_m, min_ms):
    """Bring the stop of a target up to date with a fix; ``staying`` tells of one that has not lasted yet."""
    if since_ms[k] != NOT_STOPPED:
        if not _still_stays(box, k, lon, lat, diameter_m):
            since_ms[k] = NOT_STOPPED
            window[k, 0] = window[k, 1]
            staying[k] = False
    else:
        if not staying[k]:  # else the window is let grow
            while window[k, 1] - window[k, 0] > 1 and t_ms - held_ms[k, window[k, 0] % HELD] >= min_ms:
                window[k, 0] += 1
        staying[k] = window[k, 1] > window[k, 0] and _stays(window, held, box, k, lon, lat, diameter_m)
        begun_ms = held_ms[k, window[k, 0] % HELD]
        if staying[k] and t_ms - begun_ms >= min_ms:
            since_ms[k] = begun_ms


@njit(cache=True, nogil=True)
def apply_legs(s, slot, outcome, segment, t_ms, lon, lat, diameter_m, min_ms):
    """Speed and course made good since the last fix of the segment, and the stop that a fix is part of.

    A target is stopped from the first fix of a window on whose box has a diagonal under ``diameter_m`` and which has
    lasted ``min_ms``, until a fix falls outside. It is told at once, not in hindsight: up to ``min_ms`` late.

    Parameters
    ----------
    s : LegArrays, updated in place
    slot : int32[n]; outcome : uint8[n], segment : int32[n] as of :func:`tracks.apply_positions`
    t_ms : int64[n], ascending; lon, lat : float64[n]
    diameter_m : float64; min_ms : int64

    Returns
    -------
    made_kn, made_deg : float32[n], NaN at the first fix of a segment, two at one time, or for a course, one place
    since_ms : int64[n], when the stop began, NOT_STOPPED where there is none. All missing for rows not accepted.
    """
    made_kn = np.full(t_ms.size, np.nan, np.float32)
    made_deg = np.full(t_ms.size, np.nan, np.float32)
    since_ms = np.full(t_ms.size, NOT_STOPPED, np.int64)
    step_ms = min_ms // (HELD - 2)
    last_segment, last_ms, last_lon, last_lat, since, staying, box, window, held_ms, held = borrow(s)
    for i in range(t_ms.size):
        if outcome[i] not in (APPLIED, NEW_PATH, NEW_HULL):
            continue
        k = slot[i]
        if segment[i] != last_segment[k]:
            last_segment[k] = segment[i]
            since[k] = NOT_STOPPED
            window[k, 0] = window[k, 1]
            staying[k] = False
        else:
            east_deg, north_deg = _off_deg(last_lon[k], last_lat[k], lon[i], lat[i])
            if t_ms[i] > last_ms[k]:
                metres = math.sqrt(east_deg * east_deg + north_deg * north_deg) * _DEG_M
                made_kn[i] = metres / (t_ms[i] - last_ms[k]) * 1000.0 / KN
            if east_deg != 0.0 or north_deg != 0.0:
                course_deg = math.degrees(math.atan2(east_deg, north_deg))
                made_deg[i] = course_deg if course_deg >= 0.0 else course_deg + 360.0
            _stop(since, staying, window, held_ms, held, box, k, t_ms[i], lon[i], lat[i], diameter_m, min_ms)
        if since[k] == NOT_STOPPED:
            _hold(window, held_ms, held, k, t_ms[i], lon[i], lat[i], step_ms)
        since_ms[i] = since[k]
        last_ms[k], last_lon[k], last_lat[k] = t_ms[i], lon[i], lat[i]
    return made_kn, made_deg, since_ms
