"""One filter a target: where it is, how fast, and how surely, at any time; and which fixes cannot be its own.

Model: velocity stays as it is but for a turn that dies away and for random changes, an integrated Ornstein-Uhlenbeck
process (Millefiori et al., IEEE TAES 52(5), 2016, found it to fit ships where white noise grows far too fast). Errors
are the same in every direction: three scalars a path, the variances of a position's and a velocity's component and
their covariance, instead of a 4 x 4 matrix. GNSS errs in no special direction, a turn throws a ship across its course
as far as a change of speed does along it, and turning the velocity leaves such a covariance as it is; the update costs
a dozen multiplications.

A slot has two paths: the one believed and a rival, made of fixes that do not fit the first. Each is a record of PATH.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from surveil.kernels.geodesy import EARTH_RADIUS_M

PATH = np.dtype(
    [("t_ms", "i8"), ("lon", "f8"), ("lat", "f8"), ("east_ms", "f8"), ("north_ms", "f8"), ("turn", "f8"),
     ("pp", "f8"), ("pv", "f8"), ("vv", "f8"), ("cos_lat", "f8"), ("cos_at", "f8"),
     ("check_ms", "i8"), ("check_east_m", "f8"), ("check_north_m", "f8"), ("heard", "i4"), ("unsound", "i4"),
     ("first_ms", "i8")]
)  # fmt: skip
"""``heard`` fixes, 0 for no path; place as filtered (degrees) at ``t_ms``, velocity (m/s), ``turn`` clockwise (rad/s);
``pp`` (m²), ``pv`` (m²/s), ``vv`` (m²/s²); ``cos_lat`` of the latitude ``cos_at``. From ``check_ms`` on,
``check_east_m`` and ``check_north_m`` add up what was made good less what the reports of speed and course say;
``unsound`` tells that they contradicted each other."""

DEG_M = math.radians(1.0) * EARTH_RADIUS_M
"""Metres in a degree of a great circle."""
KN = 1852.0 / 3600.0
"""Metres per second in a knot (BIPM)."""
GATE = 27.6
"""Square of the normalised miss above which a fix is no part of a path: chi-square with 2 degrees of freedom, one true
fix in a million, were the model the truth."""
FIX_M2 = 15.0**2
"""Variance of a component of a fix: M.1371-5 table 48 calls 10 m the bound of high accuracy; antenna and rounding are
added (assumed)."""
STAMP_S2 = 2.0**2
"""Variance of the time of a fix: stamps of receipt of slow networks (assumed)."""
SPEED_M2S2 = 0.3**2
"""Variance of a component of a reported velocity: steps of 0.1 kn, smoothing within the receiver (assumed)."""
COURSE_2 = 0.05**2
"""Square of what a reported velocity errs in proportion to speed: 3 degrees of course (assumed)."""
WANDER_S = 600.0
"""How long a velocity is remembered (assumed: a leg in coastal traffic lasts ten minutes)."""
WANDER_SHARE = 0.7
"""Standard deviation of a velocity's component, as a share of speed, once forgotten: any course at this speed."""
WANDER_MS = np.array([2.5, 1.5, 2.5, 0.05, 0.05, 30.0, 1.0])
"""The least that it is, by ``ais_class``: unknown, A, B, base station, aid, SAR aircraft, device (assumed: a ship that
leaves its berth, a boat that does, a helicopter)."""
TURN_S = 60.0
"""How long a turn goes on (assumed)."""
TURN_GAIN = 0.3
"""Weight of a new rate of turn (assumed)."""
CHECK_MS = 60_000
"""Over so long a course and speed reported are held against what is made good (assumed)."""
CHECK_SHARE, CHECK_M = 0.3, 100.0
"""How much of the way, and how many metres more, they may differ (assumed)."""


@njit(cache=True, nogil=True, inline="always")
def _wander(dt_s, sd_ms):
    """Growth of pp, pv, vv in a time: rational forms that have the Ornstein-Uhlenbeck process's limits at both ends
    (sigma² tau² 2x³/3 and 2x, sigma² tau x² and 1, sigma² 2x and 1) and stay within 15 % of it between."""
    x = dt_s / WANDER_S
    s2 = sd_ms * sd_ms
    a, b = 1.0 + 0.5774 * x, 1.0 + x
    return s2 * WANDER_S * WANDER_S * (2.0 / 3.0) * x * x * x / (a * a), s2 * WANDER_S * x * x / (b * b), s2 * 2.0 * x / (
        1.0 + 2.0 * x
    )


@njit(cache=True, nogil=True, inline="always")
def _east_of(lon, reference):
    """How far a longitude lies east of another, in [-180, 180], degrees."""
    d = lon - reference
    return d - 360.0 if d > 180.0 else d + 360.0 if d < -180.0 else d


@njit(cache=True, nogil=True, inline="always")
def reported(sog_kn, cog_deg):
    """Velocity that a report tells: whether it does, m/s east and north, variance of a component.

    At less than half a knot a course is noise, and none is needed.
    """
    speed_ms = sog_kn * KN
    known = speed_ms >= 0.0 and (cog_deg >= 0.0 or sog_kn < 0.5)
    east_ms = north_ms = 0.0
    if known and cog_deg >= 0.0:
        course = math.radians(cog_deg)
        east_ms, north_ms = speed_ms * math.sin(course), speed_ms * math.cos(course)
    return known, east_ms, north_ms, SPEED_M2S2 + COURSE_2 * speed_ms * speed_ms


@njit(cache=True, nogil=True, inline="always")
def advance(p, dt_s):
    """Where a path goes in a time: metres east and north, and its velocity then, m/s."""
    if abs(p.turn) * dt_s < 0.01:
        return p.east_ms * dt_s, p.north_ms * dt_s, p.east_ms, p.north_ms
    half = 0.5 * p.turn * dt_s / (1.0 + dt_s / TURN_S)
    cos, sin = math.cos(half), math.sin(half)
    chord_s = dt_s * sin / half if abs(half) > 1e-6 else dt_s
    east_ms, north_ms = p.east_ms * cos + p.north_ms * sin, p.north_ms * cos - p.east_ms * sin  # halfway round
    return (
        east_ms * chord_s, north_ms * chord_s, east_ms * cos + north_ms * sin, north_ms * cos - east_ms * sin,
    )  # fmt: skip


@njit(cache=True, nogil=True, inline="always")
def spread(p, dt_s, sd_ms):
    """``pp``, ``pv`` and ``vv`` of a path after a time."""
    gpp, gpv, gvv = _wander(dt_s, sd_ms)
    return p.pp + dt_s * (2.0 * p.pv + dt_s * p.vv) + gpp, p.pv + dt_s * p.vv + gpv, p.vv + gvv


@njit(cache=True, nogil=True, inline="always")
def begin(p, t_ms, lon, lat, known, east_ms, north_ms, velocity_m2s2, fix_m2, sd_ms):
    """A path of one fix."""
    p.t_ms, p.lon, p.lat, p.turn = t_ms, lon, lat, 0.0
    p.first_ms, p.heard, p.unsound = t_ms, 1, 0
    p.pp, p.pv, p.vv = fix_m2, 0.0, velocity_m2s2 if known else 25.0 + sd_ms * sd_ms
    p.east_ms, p.north_ms = east_ms, north_ms
    p.cos_at, p.cos_lat = lat, math.cos(math.radians(lat))
    p.check_ms, p.check_east_m, p.check_north_m = t_ms, 0.0, 0.0


@njit(cache=True, nogil=True, inline="always")
def miss(p, t_ms, lon, lat, known, east_ms, north_ms, fix_m2, floor_ms, slack_m):
    """Square of the normalised miss of a path by a fix.

    A ship may have changed to what it now reports right after its last fix, so the smaller of two misses counts: from
    its old velocity, and from the reported one.
    """
    dt_s = (t_ms - p.t_ms) / 1000.0
    east_m, north_m = _east_of(lon, p.lon) * p.cos_lat * DEG_M, (lat - p.lat) * DEG_M
    ahead_m, up_m, _, _ = advance(p, dt_s)
    speed2 = max(p.east_ms * p.east_ms + p.north_ms * p.north_ms, east_ms * east_ms + north_ms * north_ms)
    sd_ms = max(floor_ms, WANDER_SHARE * math.sqrt(speed2))
    pp, _, _ = spread(p, dt_s, sd_ms)
    miss_m2 = (east_m - ahead_m) ** 2 + (north_m - up_m) ** 2
    if known:
        miss_m2 = min(miss_m2, (east_m - east_ms * dt_s) ** 2 + (north_m - north_ms * dt_s) ** 2)
    off = miss_m2 / (pp + fix_m2 + STAMP_S2 * speed2)
    return min(off, GATE) if miss_m2 <= slack_m * slack_m else off


@njit(cache=True, nogil=True, inline="always")
def take(p, t_ms, lon, lat, known, east_ms, north_ms, velocity_m2s2, fix_m2, floor_ms):
    """Bring a path up to date with a fix of its own."""
    dt_s = (t_ms - p.t_ms) / 1000.0
    east_m, north_m = _east_of(lon, p.lon) * p.cos_lat * DEG_M, (lat - p.lat) * DEG_M
    ahead_m, up_m, v_east, v_north = advance(p, dt_s)
    old_east, old_north = v_east, v_north
    speed2 = v_east * v_east + v_north * v_north
    pp, pv, vv = spread(p, dt_s, max(floor_ms, WANDER_SHARE * math.sqrt(speed2)))
    off_east, off_north = east_m - ahead_m, north_m - up_m
    noise_m2 = fix_m2 + STAMP_S2 * speed2
    # a miss of more than 3 sigma was a manoeuvre: the path follows
    surprise_m2 = (off_east * off_east + off_north * off_north) / 9.0 - pp - noise_m2
    if surprise_m2 > 0.0:
        pp += surprise_m2
        pv += surprise_m2 / max(dt_s, 1.0)
        vv += surprise_m2 / max(dt_s * dt_s, 1.0)
    kp, kv = pp / (pp + noise_m2), pv / (pp + noise_m2)
    ahead_m += kp * off_east
    up_m += kp * off_north
    v_east += kv * off_east
    v_north += kv * off_north
    pp, pv, vv = pp - kp * pp, pv - kp * pv, vv - kv * pv
    _check(p, t_ms, dt_s, known, east_m, north_m, east_ms, north_ms)
    if known and p.unsound == 0:
        s = vv + velocity_m2s2
        off_east, off_north = east_ms - v_east, north_ms - v_north
        kp, kv = pv / s, vv / s
        ahead_m += kp * off_east
        up_m += kp * off_north
        v_east += kv * off_east
        v_north += kv * off_north
        pp, pv, vv = pp - kp * pv, pv - kp * vv, vv - kv * vv
    _turn(p, dt_s, old_east, old_north, v_east, v_north)
    p.t_ms = t_ms
    p.lon = _east_of(p.lon + ahead_m / (DEG_M * p.cos_lat), 0.0)
    p.lat += up_m / DEG_M
    p.east_ms, p.north_ms, p.pp, p.pv, p.vv = v_east, v_north, pp, pv, vv
    p.heard += 1
    if abs(p.lat - p.cos_at) > 0.01:
        p.cos_at, p.cos_lat = p.lat, math.cos(math.radians(p.lat))


@njit(cache=True, nogil=True, inline="always")
def _check(p, t_ms, dt_s, known, east_m, north_m, east_ms, north_ms):
    """Whether reported speed and course lead where the fixes do."""
    if not known:
        return
    p.check_east_m += east_m - east_ms * dt_s
    p.check_north_m += north_m - north_ms * dt_s
    span_ms = t_ms - p.check_ms
    if span_ms >= CHECK_MS:
        speed_ms = max(math.hypot(east_ms, north_ms), math.hypot(p.east_ms, p.north_ms))
        limit_m = CHECK_M + CHECK_SHARE * speed_ms * span_ms / 1000.0
        p.unsound = p.check_east_m * p.check_east_m + p.check_north_m * p.check_north_m > limit_m * limit_m
        p.check_ms, p.check_east_m, p.check_north_m = t_ms, 0.0, 0.0


@njit(cache=True, nogil=True, inline="always")
def _turn(p, dt_s, old_east, old_north, v_east, v_north):
    """Learn the rate of turn from how the velocity changed; below 2 m/s a course tells nothing."""
    size2 = (old_east * old_east + old_north * old_north) * (v_east * v_east + v_north * v_north)
    if size2 < 16.0 or dt_s > TURN_S or dt_s <= 0.0:
        p.turn = 0.0
        return
    p.turn /= 1.0 + dt_s / TURN_S
    p.turn += TURN_GAIN * (old_north * v_east - old_east * v_north) / math.sqrt(size2) / dt_s
