"""Moored, at anchor, under way or drifting, fix by fix, from how a target moves and what it says of it."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from surveil.kernels.filter import DEG_M, KN

MOTION = np.dtype(
    [("state", "i4"), ("next", "i4"), ("since_ms", "i8"), ("next_ms", "i8"), ("seen_ms", "i8"), ("stay_ms", "i8"),
     ("stay_lon", "f8"), ("stay_lat", "f8"), ("reach_m", "f8"), ("crab", "f8")]
)  # fmt: skip
"""Of a slot: its ``state`` and since when; what it may become ``next``, and since when; its last fix; where and since
when it has stayed, and how far from there it went; and how much of late it moved across its heading, 0 to 1."""

UNKNOWN, UNDER_WAY, DRIFTING, AT_ANCHOR, MOORED = range(5)
ANCHORED_STATUS, MOORED_STATUS, AGROUND_STATUS, HELPLESS_STATUS, FISHING_STATUS = 1, 5, 6, 2, 7
"""Navigational status (M.1371-5 table 45): at anchor, moored, aground, not under command, engaged in fishing."""

FAST_KN = 3.0
"""Whatever it says, a target faster than this is under way: M.1371-5 table 1 reports ships at anchor or moored more
often from there on."""
SLOW_KN = 0.5
"""A target slower than this has no course (assumed)."""
STAY_M, STAY_MS = 150.0, 600_000
"""A target within so far for so long stays (assumed: a ship's swing, half a turn of the tide's)."""
MOORED_M = 25.0
"""One that stays and never went farther is moored, else at anchor, if it does not say (assumed: GNSS noise)."""
CRAB_COS = math.cos(math.radians(25.0))
"""Course more than 25 degrees off the heading: a ship under engine seldom goes so for long (assumed; the drifting ship
of a Danish recording kept 27 to 60)."""
CRAB_MS = 300_000
"""Over so long it is averaged (assumed: under way between two waves a boat yaws for seconds)."""
CRAB_ENTER, CRAB_LEAVE = 0.7, 0.3
HOLD_MS = np.array([0, 60_000, 300_000, 120_000, 120_000])
"""How long a state must hold before it is said, by state (assumed); the first one is said at once."""


@njit(cache=True, nogil=True, inline="always")
def _stay(m, p, t_ms):
    """How long the target has stayed, ms."""
    east_m = (p.lon - m.stay_lon) * p.cos_lat * DEG_M
    north_m = (p.lat - m.stay_lat) * DEG_M
    away_m = math.sqrt(east_m * east_m + north_m * north_m)
    if away_m > STAY_M:
        m.stay_ms, m.stay_lon, m.stay_lat, m.reach_m = t_ms, p.lon, p.lat, 0.0
    else:
        m.reach_m = max(m.reach_m, away_m)
    return t_ms - m.stay_ms


@njit(cache=True, nogil=True, inline="always")
def _crab(m, p, speed_ms, heading_deg, t_ms):
    """Average whether the target moves across its heading; without one it is not known to."""
    if speed_ms >= SLOW_KN * KN:
        across = 0.0
        if heading_deg >= 0.0:
            heading = math.radians(heading_deg)
            along_ms = p.east_ms * math.sin(heading) + p.north_ms * math.cos(heading)
            across = 1.0 if along_ms < CRAB_COS * speed_ms else 0.0
        dt_ms = float(t_ms - m.seen_ms)
        m.crab += (across - m.crab) * dt_ms / (dt_ms + CRAB_MS)


@njit(cache=True, nogil=True, inline="always")
def _evidence(m, speed_kn, stayed_ms, status):
    """The state that the last fix speaks for."""
    if speed_kn >= FAST_KN:
        found = UNDER_WAY
    elif status == ANCHORED_STATUS:
        found = AT_ANCHOR
    elif status in (MOORED_STATUS, AGROUND_STATUS):
        found = MOORED
    elif stayed_ms >= STAY_MS:
        found = MOORED if m.reach_m <= MOORED_M else AT_ANCHOR
    elif speed_kn < SLOW_KN:
        found = m.state
    elif status != FISHING_STATUS and (
        status == HELPLESS_STATUS or m.crab > (CRAB_LEAVE if m.state == DRIFTING else CRAB_ENTER)
    ):
        found = DRIFTING
    else:
        found = UNDER_WAY
    return found


@njit(cache=True, nogil=True, inline="always")
def follow(m, p, fresh, heading_deg, status):
    """Bring a target's motion up to date with the fix just taken into its path; ``fresh`` begins anew."""
    t_ms = p.t_ms
    if fresh:
        m.state, m.next, m.since_ms, m.next_ms, m.crab = UNKNOWN, UNKNOWN, t_ms, t_ms, 0.0
        m.seen_ms, m.stay_ms, m.stay_lon, m.stay_lat, m.reach_m = t_ms, t_ms, p.lon, p.lat, 0.0
    speed_ms = math.sqrt(p.east_ms * p.east_ms + p.north_ms * p.north_ms)
    _crab(m, p, speed_ms, heading_deg, t_ms)
    found = _evidence(m, speed_ms / KN, _stay(m, p, t_ms), status)
    m.seen_ms = t_ms
    if found != m.next:
        m.next, m.next_ms = found, t_ms
    if found != m.state and (m.state == UNKNOWN or t_ms - m.next_ms >= HOLD_MS[found]):
        m.state, m.since_ms = found, m.next_ms
