"""Which path a fix belongs to: its target's, another hull's under the same MMSI, or a rival not believed yet.

A slot holds two paths, the one believed and a rival, made of fixes that do not fit the first. A rival that goes on
while the believed path stops becomes the believed one; two that go on by turns are two hulls, and the rival gets a
slot of its own.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from surveil.kernels.filter import DEG_M, GATE, STILL_KN, begin, look, make_fix, miss, take
from surveil.kernels.inline import borrow
from surveil.kernels.motion_state import follow
from surveil.kernels.tracks import (
    APPLIED,
    IMPLAUSIBLE,
    NEW_HULL,
    NEW_PATH,
    NO_POSITION,
    RING,
    reachable,
    remember,
    slot_of,
)

HULL = np.dtype(
    [("next", "i4"), ("number", "i4"), ("believed", "i4"), ("run", "i4"), ("run_ms", "i8"), ("between", "i4"),
     ("switches", "i4"), ("switch_ms", "i8")]
)  # fmt: skip
"""Of a slot: the ``next`` slot under its MMSI, 0 for none (slot 0 is never a second one), and its ``number``, 0 for the
first; which of its two paths is ``believed``; fixes of the rival without one of the believed path between, and when
that run began; fixes of the believed path since the rival began; changes from one to the other, 0 only without a rival,
and when the last was."""

HOLD_MS = 30_000
"""A rival of one fix is not given up for another wild one sooner (assumed)."""
SWITCHES = 4
"""Changes between two paths that make two hulls of them (assumed: jamming that comes and goes makes two or three)."""
FORGET_MS = 1_800_000
"""Changes longer ago count no more (assumed)."""
PATIENCE = 3
"""Mean intervals of the believed path for which it must be silent before a rival is believed (assumed)."""
MOST_HULLS = 8
"""Hulls told apart under one MMSI (assumed); what fits none of so many is refused."""
ECHO_KN, ECHO_DEG, ECHO_M = 0.5, 10.0, 100.0
"""How near to its own recent path, speed and course a refused fix is an echo (assumed)."""
_NO_FIT, _BARELY = 1e300, 0.99 * GATE


@njit(cache=True, nogil=True, inline="always")
def _off(p, ahead, fix, limit_kn, slack_m, gap_ms):
    """Squared normalised miss, and the variance it is of; within the slack a fix always fits.

    After a silence nothing but reach counts: a ship may have done anything.
    """
    miss_m2, variance_m2 = miss(ahead, fix)
    off = miss_m2 / variance_m2
    if p.heard == 0:
        off = 0.0
    elif fix.t_ms - p.t_ms > gap_ms:
        near = reachable(p.t_ms, p.lon, p.lat, fix.t_ms, fix.lon, fix.lat, limit_kn, slack_m)
        off = _BARELY if near else _NO_FIT
    elif miss_m2 <= slack_m * slack_m:
        off = min(off, _BARELY)
    return off, variance_m2


@njit(cache=True, nogil=True)
def _likeliest(paths, hulls, k, fix, limit_kn, slack_m, gap_ms):
    """Of the hulls under an MMSI that a fix fits the one that makes it likeliest (a Gaussian's log, less a constant);
    the first if it fits none. And how far off it is."""
    best, least, best_off, h = k, _NO_FIT, _NO_FIT, k
    while True:
        p = paths[h, hulls[h].believed]
        off, variance_m2 = _off(p, look(p, fix), fix, limit_kn, slack_m, gap_ms)
        score = off + 2.0 * math.log(variance_m2)
        if off <= GATE and score < least:
            best, least, best_off = h, score, off
        h = hulls[h].next
        if h == 0:
            break
    return best, best_off


@njit(cache=True, nogil=True)
def is_echo(fix, sog_kn, cog_deg, n, ring_lon, ring_lat, ring_sog_kn, ring_cog_deg):
    """Whether a fix is where the target was of late, at its speed and course then: one that came late, stamped anew."""
    if n < 2 or not fix.moves or not sog_kn >= STILL_KN:
        return False
    cos = math.cos(math.radians(fix.lat))
    for j in range(max(0, n - RING), n - 1):
        a, b = j % RING, (j + 1) % RING
        off_deg = abs((ring_cog_deg[a] - cog_deg + 180.0) % 360.0 - 180.0)
        if not (abs(ring_sog_kn[a] - sog_kn) <= ECHO_KN and off_deg <= ECHO_DEG):  # one not told proves nothing
            continue
        x, y = (fix.lon - ring_lon[a]) * cos, fix.lat - ring_lat[a]
        dx, dy = (ring_lon[b] - ring_lon[a]) * cos, ring_lat[b] - ring_lat[a]
        size2 = dx * dx + dy * dy
        along = min(1.0, max(0.0, (x * dx + y * dy) / size2)) if size2 > 0.0 else 0.0
        if math.hypot(x - along * dx, y - along * dy) * DEG_M < ECHO_M:
            return True
    return False


@njit(cache=True, nogil=True, inline="always")
def _believed(p, c, ahead, fix, gap_ms):
    """A fix of a believed path, at a slot whose record of hulls is given; whether the path begins with it."""
    fresh = p.heard == 0 or fix.t_ms - p.t_ms > gap_ms
    if fresh:
        begin(p, fix)
    else:
        take(p, ahead, fix)
    if c.switches > 0:  # else there is no rival
        c.between += 1
        if c.run > 0:
            c.run, c.switches, c.switch_ms = 0, c.switches + 1, fix.t_ms
    return fresh


@njit(cache=True, nogil=True)
def _refused(paths, hulls, k, fix, limit_kn, slack_m, gap_ms):
    """A fix that fits no hull: whether it goes on a rival path, else it may begin one."""
    c = hulls[k]
    rival = paths[k, 1 - c.believed]
    ahead = look(rival, fix)
    off, _ = _off(rival, ahead, fix, limit_kn, slack_m, gap_ms)
    goes_on = rival.heard > 0 and fix.t_ms - rival.t_ms <= gap_ms and off <= GATE
    if goes_on:
        take(rival, ahead, fix)
        if c.run == 0:
            c.switches = 1 if fix.t_ms - c.switch_ms > FORGET_MS else c.switches + 1
            c.switch_ms = c.run_ms = fix.t_ms
        c.run += 1
    elif rival.heard == 0 or fix.t_ms - rival.t_ms > HOLD_MS:
        begin(rival, fix)
        c.between, c.switches, c.run = 0, 1, 1
        c.switch_ms = c.run_ms = fix.t_ms
    return goes_on


@njit(cache=True, nogil=True)
def _outlives(paths, hulls, k, t_ms, confirmations, lasting_ms):
    """Whether the rival goes on and the believed path has stopped."""
    c = hulls[k]
    p = paths[k, c.believed]
    silence_ms = max(lasting_ms, PATIENCE * (p.t_ms - p.first_ms) // p.heard)
    return c.run >= confirmations and t_ms - c.run_ms >= lasting_ms and t_ms - p.t_ms >= silence_ms


@njit(cache=True, nogil=True)
def _split(paths, hulls, k, new):
    """Give the rival the slot ``new``; False if there are too many already."""
    at, hops = k, 1
    while hulls[at].next != 0:
        at, hops = hulls[at].next, hops + 1
    if hops < MOST_HULLS:
        hulls[at].next, hulls[new].number = new, hops
        paths[new, 0] = paths[k, 1 - hulls[k].believed]
        paths[k, 1 - hulls[k].believed].heard = 0
        hulls[k].run = hulls[k].switches = 0
    return hops < MOST_HULLS


@njit(cache=True, nogil=True)
def assign(
    s, paths, hulls, motion, table_mmsi, table_slot, used, start, mmsi, t_ms, lon, lat, sog_kn, cog_deg,
    heading_deg, nav_status, ais_class, msg_type, limit_kn, slack_m, confirmations, lasting_ms, gap_ms, slot, outcome,
):  # fmt: skip
    """Give each fix to a path, from row ``start`` on.

    Parameters
    ----------
    s : TrackArrays, of which the MMSI of new slots and the histories are updated in place
    paths : PATH[m, 2]; hulls : HULL[m]; motion : MOTION[m]; updated in place
    table_mmsi, table_slot : int32[], the table of :func:`tracks.find_slots`; new MMSIs are entered
    used : int64[1], slots in use, updated in place
    mmsi : int32[n]; t_ms : int64[n], ascending; lon, lat : float64[n]; sog_kn, cog_deg,
    heading_deg : float32[n]; nav_status : int8[n]; ais_class, msg_type : uint8[n]
    limit_kn : float64[n], what bounds the reach after a silence, by kind of craft
    slack_m : float64, fixes closer to a path than this are its own
    confirmations, lasting_ms : int64, so many fixes over so long make a rival's path; gap_ms : int64, a silence
    slot : int32[n], outcome : uint8[n]
        Filled in: the slot of the hull, and APPLIED, NEW_PATH, NEW_HULL, IMPLAUSIBLE or NO_POSITION.

    Returns
    -------
    end : int64, rows done; fewer than n if there is no room for another slot
    """
    paths, hulls, motion, table_mmsi, table_slot, used = borrow((paths, hulls, motion, table_mmsi, table_slot, used))
    ring_n, ring_t_ms, ring_lon, ring_lat = borrow((s.ring_n, s.ring_t_ms, s.ring_lon, s.ring_lat))
    ring_sog_kn, ring_cog_deg, slot_mmsi = borrow((s.ring_sog_kn, s.ring_cog_deg, s.mmsi))
    for i in range(start, mmsi.size):
        if used[0] == hulls.size:
            return i
        k = slot_of(mmsi[i], table_mmsi, table_slot, slot_mmsi, used)
        slot[i] = k
        if np.isnan(lon[i]) or np.isnan(lat[i]):
            outcome[i] = NO_POSITION
            continue
        fix = make_fix(t_ms[i], lon[i], lat[i], sog_kn[i], cog_deg[i], ais_class[i], msg_type[i], limit_kn[i])
        c = hulls[k]
        p = paths[k, c.believed]
        ahead = look(p, fix)
        off, _ = _off(p, ahead, fix, limit_kn[i], slack_m, gap_ms)
        if c.next != 0:
            best, off = _likeliest(paths, hulls, k, fix, limit_kn[i], slack_m, gap_ms)
            p, slot[i] = paths[best, hulls[best].believed], best
            ahead = look(p, fix)
        if off <= GATE:
            fresh = _believed(p, c, ahead, fix, gap_ms)
            k = slot[i]
            follow(motion[k], p, fresh, heading_deg[i], nav_status[i])
            if fresh:
                ring_n[k] = 0
            remember(
                ring_n, ring_t_ms, ring_lon, ring_lat, ring_sog_kn, ring_cog_deg, k, t_ms[i], lon[i], lat[i],
                sog_kn[i], cog_deg[i],
            )  # fmt: skip
            outcome[i] = APPLIED
            continue
        outcome[i], slot[i] = IMPLAUSIBLE, k
        if is_echo(fix, sog_kn[i], cog_deg[i], ring_n[k], ring_lon[k], ring_lat[k], ring_sog_kn[k], ring_cog_deg[k]):
            continue
        goes_on = _refused(paths, hulls, k, fix, limit_kn[i], slack_m, gap_ms)
        if not goes_on or paths[k, 1 - c.believed].heard < confirmations:
            continue
        if c.switches >= SWITCHES and c.between >= confirmations - 1:
            if _split(paths, hulls, k, used[0]):
                slot[i], outcome[i] = used[0], NEW_HULL
                slot_mmsi[used[0]] = mmsi[i]
                used[0] += 1
                follow(motion[slot[i]], paths[slot[i], 0], True, heading_deg[i], nav_status[i])
        elif _outlives(paths, hulls, k, t_ms[i], confirmations, lasting_ms):
            c.believed = 1 - c.believed
            c.between, c.run = c.run, 0
            outcome[i], ring_n[k] = NEW_PATH, 0
            follow(motion[k], paths[k, c.believed], True, heading_deg[i], nav_status[i])
    return mmsi.size
