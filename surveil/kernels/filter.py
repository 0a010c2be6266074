"""One filter a target: where it is, how fast, and how surely, at any time; and which fixes cannot be its own.

Model: velocity stays as it is but for a turn that dies away and for random changes, an integrated Ornstein-Uhlenbeck
process (Millefiori et al., IEEE Trans. Aerospace and Electronic Systems 52(5), 2016: it fits ships where white noise
grows far too fast). Errors are the same in every direction, so that three scalars stand for the 4 x 4 covariance: the
variances of a component of position and of velocity, and their covariance. GNSS errs in no special direction, a turn
throws a ship as far across its course as a change of speed does along it, and a rotation of the velocity leaves such
a covariance as it is; an update then costs a dozen multiplications.

Functions take a record of PATH and a :class:`Fix`; all are meant to be called from kernels.
"""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
from numba import njit

from surveil.kernels.geodesy import EARTH_RADIUS_M

PATH = np.dtype(
    [("t_ms", "i8"), ("lon", "f8"), ("lat", "f8"), ("east_ms", "f8"), ("north_ms", "f8"), ("turn", "f8"),
     ("pp", "f8"), ("pv", "f8"), ("vv", "f8"), ("cos_lat", "f8"), ("cos_at", "f8"),
     ("check_ms", "i8"), ("check_east_m", "f8"), ("check_north_m", "f8"), ("heard", "i4"), ("unsound", "i4"),
     ("first_ms", "i8")]
)  # fmt: skip
"""``heard`` fixes since ``first_ms``, 0 for no path; place as filtered (degrees) at ``t_ms``, velocity (m/s), ``turn``
clockwise (rad/s); ``pp`` (m²), ``pv`` (m²/s), ``vv`` (m²/s²); ``cos_lat`` of the latitude ``cos_at``. From ``check_ms``
on, ``check_east_m`` and ``check_north_m`` add up what was made good less what reported speed and course say;
``unsound`` tells that they contradict each other."""

Fix = namedtuple(
    "Fix", ["t_ms", "lon", "lat", "moves", "east_ms", "north_ms", "velocity_m2s2", "place_m2", "wander_m2s2"]
)
"""A report: time, place (degrees), whether it tells a velocity, that velocity (m/s), variances of a component of the
velocity and of the place, and the least wander of its kind of craft."""
Ahead = namedtuple("Ahead", ["dt_s", "east_m", "north_m", "x_m", "y_m", "vx_ms", "vy_ms", "speed2", "pp", "pv", "vv"])
"""A path at the time of a fix: seconds since its last one; how far the fix and the path have come since, metres east
and north; the path's velocity (m/s), its variances, and the square of the higher of its speed and the fix's."""

DEG_M = math.radians(1.0) * EARTH_RADIUS_M
"""Metres in a degree of a great circle."""
KN = 1852.0 / 3600.0
"""Metres per second in a knot (BIPM)."""
GATE = 27.6
"""Square of the normalised miss above which a fix is no part of a path: chi-square with 2 degrees of freedom, one true
fix in a million, were the model the truth."""
PLACE_M2 = 10.0**2
"""Variance of a component of a fix: M.1371-5 table 48 bounds high accuracy by 10 m."""
COARSE_M2 = 53.0**2
"""What type 27 adds to it: steps of 1/10 minute, 185 m, uniform (M.1371-5 table 84)."""
STAMP_S2 = 1.0
"""Variance of the time of a fix, 1 s: stamps are of receipt, often in whole seconds (assumed)."""
SPEED_M2S2 = 0.3**2
"""Variance of a component of a reported velocity: steps of 0.1 kn, smoothing within the receiver (assumed)."""
COURSE_2 = 0.05**2
"""Square of what a reported velocity errs in proportion to speed: 3 degrees of course (assumed)."""
STILL_KN = 0.5
"""A report slower than this tells a velocity without a course: of a ship at rest courses are noise (assumed)."""
UNKNOWN_M2S2 = 5.0**2
"""Variance of a component of a velocity not told: 10 kn (assumed)."""
WANDER_S = 600.0
"""How long a velocity is remembered (assumed: a leg in coastal traffic lasts ten minutes)."""
WANDER_SHARE = 0.5
"""Variance of a velocity's component once forgotten, as a share of speed squared: any course at this speed."""
WANDER_M2S2 = np.array([2.5, 1.5, 2.5, 0.05, 0.05, 30.0, 1.0, 1.5]) ** 2
"""The least that it is, by ``ais_class``: unknown, A, B, base station, aid, SAR aircraft, device, contact (assumed: a
ship that leaves its berth, a boat that does, a helicopter, a raft)."""
SURPRISE = 9.0
"""A squared normalised miss above this was a manoeuvre, which the path follows: 3 sigma (assumed)."""
TURN_S = 60.0
"""How long a turn goes on (assumed)."""
TURN_GAIN = 0.15
"""Weight of a new rate of turn (assumed)."""
TURNING_M2S2 = 4.0
"""A target slower than its root, 4 kn, has no rate of turn (assumed)."""
CHECK_MS = 60_000
"""Over so long reported speed and course are held against what is made good (assumed)."""
CHECK_SHARE, CHECK_M = 0.3, 100.0
"""By how much of the way, and how many metres more, they may differ (assumed)."""


@njit(cache=True, nogil=True, inline="always")
def make_fix(t_ms, lon, lat, sog_kn, cog_deg, ais_class, msg_type, limit_kn):
    """A Fix from the columns of a report; a speed above the limit of its kind of craft is none."""
    speed_ms = sog_kn * KN
    moves = 0.0 <= sog_kn <= limit_kn and (cog_deg >= 0.0 or sog_kn < STILL_KN)
    east_ms = north_ms = 0.0
    if moves and cog_deg >= 0.0:
        course = math.radians(cog_deg)
        east_ms, north_ms = speed_ms * math.sin(course), speed_ms * math.cos(course)
    velocity_m2s2 = SPEED_M2S2 + COURSE_2 * speed_ms * speed_ms
    place_m2 = PLACE_M2 + COARSE_M2 if msg_type == 27 else PLACE_M2
    return Fix(t_ms, lon, lat, moves, east_ms, north_ms, velocity_m2s2, place_m2, WANDER_M2S2[ais_class])


@njit(cache=True, nogil=True, inline="always")
def _east_of(lon, reference):
    """How far a longitude lies east of another, in [-180, 180], degrees."""
    d = lon - reference
    return d - 360.0 if d > 180.0 else d + 360.0 if d < -180.0 else d


@njit(cache=True, nogil=True, inline="always")
def advance(p, dt_s):
    """Where a path goes in a time: metres east and north, and its velocity then, m/s."""
    east_ms, north_ms = p.east_ms, p.north_ms
    east_m, north_m = east_ms * dt_s, north_ms * dt_s
    half = 0.5 * p.turn * dt_s / (1.0 + dt_s / TURN_S)
    if abs(half) > 0.005:
        cos, sin = math.cos(half), math.sin(half)
        east_ms, north_ms = east_ms * cos + north_ms * sin, north_ms * cos - east_ms * sin  # halfway round
        chord_s = dt_s * sin / half
        east_m, north_m = east_ms * chord_s, north_ms * chord_s
        east_ms, north_ms = east_ms * cos + north_ms * sin, north_ms * cos - east_ms * sin
    return east_m, north_m, east_ms, north_ms


@njit(cache=True, nogil=True, inline="always")
def spread(p, dt_s, s2):
    """``pp``, ``pv`` and ``vv`` of a path after a time, if its velocity wanders by a variance ``s2`` at last.

    Rational forms, within 12 % of the Ornstein-Uhlenbeck process's exponential ones and the same at both ends.
    """
    x = dt_s / WANDER_S
    a, b = 1.0 + 0.5774 * x, 1.0 + x
    pp = s2 * WANDER_S * WANDER_S * (2.0 / 3.0) * x * x * x / (a * a)
    pv = s2 * WANDER_S * x * x / (b * b)
    vv = s2 * 2.0 * x / (b + x)
    return pp + p.pp + dt_s * (2.0 * p.pv + dt_s * p.vv), pv + p.pv + dt_s * p.vv, vv + p.vv


@njit(cache=True, nogil=True, inline="always")
def begin(p, fix):
    """A path of one fix."""
    p.t_ms, p.lon, p.lat, p.turn = fix.t_ms, fix.lon, fix.lat, 0.0
    p.first_ms, p.heard, p.unsound = fix.t_ms, 1, 0
    p.pp, p.pv, p.vv = fix.place_m2, 0.0, fix.velocity_m2s2 if fix.moves else UNKNOWN_M2S2 + fix.wander_m2s2
    p.east_ms, p.north_ms = fix.east_ms, fix.north_ms
    p.cos_at, p.cos_lat = fix.lat, math.cos(math.radians(fix.lat))
    p.check_ms, p.check_east_m, p.check_north_m = fix.t_ms, 0.0, 0.0


@njit(cache=True, nogil=True, inline="always")
def look(p, fix):
    """A path at the time of a fix."""
    dt_s = (fix.t_ms - p.t_ms) / 1000.0
    east_m, north_m = _east_of(fix.lon, p.lon) * p.cos_lat * DEG_M, (fix.lat - p.lat) * DEG_M
    x_m, y_m, vx_ms, vy_ms = advance(p, dt_s)
    speed2 = max(vx_ms**2 + vy_ms**2, fix.east_ms**2 + fix.north_ms**2)
    pp, pv, vv = spread(p, dt_s, max(fix.wander_m2s2, WANDER_SHARE * speed2))
    return Ahead(dt_s, east_m, north_m, x_m, y_m, vx_ms, vy_ms, speed2, pp, pv, vv)


@njit(cache=True, nogil=True, inline="always")
def miss(ahead, fix):
    """Square of the metres by which a fix misses a path, and the variance of a component that is expected of it.

    A ship may have changed to what it now reports right after its last fix, so the smaller of two misses counts: from
    its velocity, and from the reported one.
    """
    miss_m2 = (ahead.east_m - ahead.x_m) ** 2 + (ahead.north_m - ahead.y_m) ** 2
    if fix.moves:
        off_x, off_y = ahead.east_m - fix.east_ms * ahead.dt_s, ahead.north_m - fix.north_ms * ahead.dt_s
        miss_m2 = min(miss_m2, off_x * off_x + off_y * off_y)
    return miss_m2, ahead.pp + fix.place_m2 + STAMP_S2 * ahead.speed2


@njit(cache=True, nogil=True, inline="always")
def take(p, ahead, fix):
    """Bring a path up to date with a fix of its own: Kalman updates by its place, then by its velocity where sound."""
    dt_s, x_m, y_m, vx_ms, vy_ms = ahead.dt_s, ahead.x_m, ahead.y_m, ahead.vx_ms, ahead.vy_ms
    pp, pv, vv = ahead.pp, ahead.pv, ahead.vv
    off_x, off_y, noise = ahead.east_m - x_m, ahead.north_m - y_m, fix.place_m2 + STAMP_S2 * ahead.speed2
    surprise = (off_x * off_x + off_y * off_y) / SURPRISE - pp - noise
    if surprise > 0.0:
        faster = min(surprise / max(dt_s * dt_s, 1.0), max(fix.wander_m2s2, WANDER_SHARE * ahead.speed2))
        pp, pv, vv = pp + surprise, pv + math.sqrt(surprise * faster), vv + faster
    kp, kv = pp / (pp + noise), pv / (pp + noise)
    x_m, y_m, vx_ms, vy_ms = x_m + kp * off_x, y_m + kp * off_y, vx_ms + kv * off_x, vy_ms + kv * off_y
    pp, pv, vv = pp - kp * pp, pv - kp * pv, vv - kv * pv
    if fix.moves:
        _check(p, ahead, fix)
        if p.unsound == 0:
            off_x, off_y, noise = fix.east_ms - vx_ms, fix.north_ms - vy_ms, fix.velocity_m2s2
            kp, kv = pv / (vv + noise), vv / (vv + noise)
            x_m, y_m, vx_ms, vy_ms = x_m + kp * off_x, y_m + kp * off_y, vx_ms + kv * off_x, vy_ms + kv * off_y
            pp, pv, vv = pp - kp * pv, pv - kp * vv, vv - kv * vv
    _turn(p, ahead, vx_ms, vy_ms)
    p.t_ms, p.heard = fix.t_ms, p.heard + 1
    p.lon, p.lat = _east_of(p.lon + x_m / (DEG_M * p.cos_lat), 0.0), p.lat + y_m / DEG_M
    p.east_ms, p.north_ms, p.pp, p.pv, p.vv = vx_ms, vy_ms, pp, pv, vv
    if abs(p.lat - p.cos_at) > 0.01:
        p.cos_at, p.cos_lat = p.lat, math.cos(math.radians(p.lat))


@njit(cache=True, nogil=True, inline="always")
def _check(p, ahead, fix):
    """Whether reported speed and course lead where the fixes do."""
    p.check_east_m += ahead.east_m - fix.east_ms * ahead.dt_s
    p.check_north_m += ahead.north_m - fix.north_ms * ahead.dt_s
    span_ms = fix.t_ms - p.check_ms
    if span_ms >= CHECK_MS:
        limit_m = CHECK_M + CHECK_SHARE * math.sqrt(ahead.speed2) * span_ms / 1000.0
        p.unsound = p.check_east_m**2 + p.check_north_m**2 > limit_m * limit_m
        p.check_ms, p.check_east_m, p.check_north_m = fix.t_ms, 0.0, 0.0


@njit(cache=True, nogil=True, inline="always")
def _turn(p, ahead, vx_ms, vy_ms):
    """Learn the rate of turn from how the velocity changed."""
    dt_s, size2 = ahead.dt_s, vx_ms * vx_ms + vy_ms * vy_ms
    if size2 < TURNING_M2S2 or dt_s > TURN_S or dt_s <= 0.0:
        p.turn = 0.0
    else:
        rate = (ahead.vy_ms * vx_ms - ahead.vx_ms * vy_ms) / (size2 * dt_s)
        p.turn = p.turn * TURN_S / (TURN_S + dt_s) + TURN_GAIN * rate


@njit(cache=True, nogil=True)
def predict(paths, believed, slots, t_ms, wander_m2s2):
    """Where paths are at a time, from their last fix on.

    Parameters
    ----------
    paths : PATH[m, 2]; believed : int32[m], which of the two counts; slots : int64[k]
    t_ms : int64[k]; wander_m2s2 : float64[k], the least wander of each

    Returns
    -------
    state : float64[k, 7]
        lon, lat (degrees), velocity east and north (m/s), pp (m²), pv (m²/s), vv (m²/s²); NaN without a fix, and
        before the last one.
    """
    state = np.full((slots.size, 7), np.nan)
    for i in range(slots.size):
        p = paths[slots[i], believed[slots[i]]]
        if p.heard == 0 or t_ms[i] < p.t_ms:
            continue
        dt_s = (t_ms[i] - p.t_ms) / 1000.0
        x_m, y_m, vx_ms, vy_ms = advance(p, dt_s)
        s2 = max(wander_m2s2[i], WANDER_SHARE * (vx_ms * vx_ms + vy_ms * vy_ms))
        state[i, 0], state[i, 1] = _east_of(p.lon + x_m / (DEG_M * p.cos_lat), 0.0), p.lat + y_m / DEG_M
        state[i, 2], state[i, 3] = vx_ms, vy_ms
        state[i, 4], state[i, 5], state[i, 6] = spread(p, dt_s, s2)
    return state
