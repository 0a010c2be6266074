"""Particles that go with the stream, the wind and their own engine, forward or back in time; and their spread."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from surveil.kernels.streams import streams_kn

_KN_MS = 1852.0 / 3600.0


@njit(cache=True, nogil=True)
def drift(lon, lat, way, leeway, jibe_s, wind, current, hours, places, tide, step_s, steps):
    """Where particles are at each step; the stream is taken at the middle of a step, the places at its beginning.

    Leeway is downwind and across it, each a share of the wind and an offset (Allen and Plourde 1999); after ``jibe_s``
    a particle's share across changes sign. ``way`` is what the engine adds. A negative ``step_s`` goes back in time.

    lon, lat float64 (n,) degrees at the start; way float64 (n, 2) m/s east and north; leeway float64 (n, 4): share
    down, m/s down, share across, m/s across, to the right; jibe_s float64 (n,); wind float64 (2,) m/s, whither, east
    and north; current float64 (2,) m/s besides the tide; hours float64 after high water; places float64 (k, 8) as
    :func:`surveil.kernels.streams.streams_kn` takes them, k may be 0; tide float64 (3,): period h, near m, m a degree;
    step_s float64, steps int64 -> (lon, lat) float64 (steps + 1, n).
    """
    n = len(lon)
    lons, lats = np.empty((steps + 1, n)), np.empty((steps + 1, n))
    lons[0], lats[0] = lon, lat
    speed_ms = math.hypot(wind[0], wind[1])
    down_east, down_north = (wind[0] / speed_ms, wind[1] / speed_ms) if speed_ms > 0 else (0.0, 0.0)
    east_kn, north_kn = np.zeros(n), np.zeros(n)
    for k in range(steps):
        if len(places):
            now = np.full(n, hours + (k + 0.5) * step_s / 3600.0)
            east_kn, north_kn = streams_kn(now, lons[k], lats[k], places, tide[0], tide[1], tide[2])
        for i in range(n):
            turned = -1.0 if abs(step_s) * (k + 0.5) > jibe_s[i] else 1.0
            down = leeway[i, 0] * speed_ms + leeway[i, 1]
            across = turned * leeway[i, 2] * speed_ms + leeway[i, 3]
            east = way[i, 0] + current[0] + east_kn[i] * _KN_MS + down * down_east + across * down_north
            north = way[i, 1] + current[1] + north_kn[i] * _KN_MS + down * down_north - across * down_east
            lats[k + 1, i] = lats[k, i] + north * step_s / tide[2]
            scale = tide[2] * math.cos(math.radians(0.5 * (lats[k, i] + lats[k + 1, i])))
            lons[k + 1, i] = lons[k, i] + east * step_s / scale
    return lons, lats


@njit(cache=True, nogil=True)
def spread(lon, lat, m_per_deg):
    """Middle and standard ellipse of a cloud: float64 (n,) x 2, float64 -> (lon, lat, major_m, minor_m, axis_deg).

    ``axis_deg`` is where the longer axis points, [0, 180).
    """
    mid_lon, mid_lat = lon.mean(), lat.mean()
    scale = m_per_deg * math.cos(math.radians(mid_lat))
    xx, xy, yy = 0.0, 0.0, 0.0
    for i in range(len(lon)):
        x, y = (lon[i] - mid_lon) * scale, (lat[i] - mid_lat) * m_per_deg
        xx, xy, yy = xx + x * x, xy + x * y, yy + y * y
    xx, xy, yy = xx / len(lon), xy / len(lon), yy / len(lon)
    half, root = 0.5 * (xx + yy), math.hypot(0.5 * (xx - yy), xy)
    axis = math.degrees(0.5 * math.atan2(2.0 * xy, yy - xx)) % 180.0
    return mid_lon, mid_lat, math.sqrt(half + root), math.sqrt(max(half - root, 0.0)), axis
