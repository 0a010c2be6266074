"""Where AIS targets are at a time, and how certain that is."""

from __future__ import annotations

import numpy as np

from surveil.fusion.association import Reported
from surveil.fusion.plane import Plane
from surveil.kernels.tracks import KN
from surveil.schema import CLASS_ATON, CLASS_BASE, CLASS_CONTACT
from surveil.tracks.table import TrackTable

FIX_M = 15.0
"""Standard error of a fix by axis: GNSS, and a stamp off by a second (assumed)."""
HULL_SHARE = 0.25
UNKNOWN_LENGTH_M = 40.0
"""How far the centre of an echo is from the antenna of the GNSS, in lengths, and what unknown lengths count as (both
assumed)."""
SPEED_MS, ACCEL_MS2 = 0.5, 0.01
"""Standard errors of a reported velocity and of what a helm does to it, by axis (assumed)."""
UNKNOWN_SPEED_MS = 5.0
"""Of a target that reports none (assumed)."""
FIXED_MS, WATCH_M = 0.05, 50.0
"""Standard error of the velocity of what is moored for good, and of its place: a buoy swings on her chain (assumed)."""
_FIXED = (CLASS_BASE, CLASS_ATON)
OLDEST_S = 900.0
"""Targets not heard for longer explain no contact (assumed: five of the longest intervals, 3 min)."""


def reported(table: TrackTable, plane: Plane, t_ms: int) -> Reported:
    """Every AIS target heard of late, dead reckoned to a time, on a plane; backwards if it was heard after."""
    slots = table.active(t_ms)
    a = table.arrays
    slots = slots[(a.last_ms[slots] >= t_ms - OLDEST_S * 1000) & (a.ais_class[slots] != CLASS_CONTACT)]
    age_s = (t_ms - a.last_ms[slots]) / 1000.0
    speed_ms, course = a.sog_kn[slots] * KN, np.radians(a.cog_deg[slots])
    fixed = np.isin(a.ais_class[slots], _FIXED)
    speed_ms = np.where(fixed, 0.0, speed_ms)
    known = ~np.isnan(speed_ms) & (~np.isnan(course) | (speed_ms < 0.5))
    vx = np.where(known, np.nan_to_num(speed_ms * np.sin(course)), np.nan)
    vy = np.where(known, np.nan_to_num(speed_ms * np.cos(course)), np.nan)
    x_m, y_m = plane.xy(a.lon[slots], a.lat[slots])
    sigma_ms = np.where(known, SPEED_MS, UNKNOWN_SPEED_MS) + ACCEL_MS2 * np.abs(age_s)
    sigma_ms = np.where(fixed, FIXED_MS, sigma_ms)
    length_m = table.statics["length_m"][slots].astype(np.float64)
    place_m = np.where(fixed, WATCH_M, np.hypot(FIX_M, HULL_SHARE * np.nan_to_num(length_m, nan=UNKNOWN_LENGTH_M)))
    sigma_m = np.hypot(place_m, np.where(fixed, 0.0, sigma_ms * age_s))
    x_m, y_m = x_m + np.nan_to_num(vx) * age_s, y_m + np.nan_to_num(vy) * age_s
    return Reported(slots, x_m, y_m, vx, vy, sigma_m, sigma_ms, a.last_ms[slots], length_m)
