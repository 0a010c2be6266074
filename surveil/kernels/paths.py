"""Which path a fix belongs to: its target's, a second hull's under the same MMSI, or a rival not believed yet.

A slot holds two paths, the one believed and a rival, made of fixes that do not fit the first. A rival that goes on
while the believed path stops becomes the believed one; two that go on by turns are two hulls, and the rival gets a
slot of its own.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.filter import FIX_M2, GATE, WANDER_MS, begin, miss, reported, take
from surveil.kernels.tracks import APPLIED, IMPLAUSIBLE, NEW_HULL, NEW_PATH, NO_POSITION, reachable

HULL = np.dtype(
    [("next", "i4"), ("number", "i4"), ("believed", "i4"), ("run", "i4"), ("run_ms", "i8"), ("others", "i4"),
     ("switches", "i4"), ("switch_ms", "i8")]
)  # fmt: skip
"""Of a slot: ``next`` slot of a hull under its MMSI, 0 for none (slot 0 is never a second one), and its ``number``, 0
for the first; which of its two paths is ``believed``; fixes of the rival without one of the believed path between, and
when that run began; fixes of the believed path while there is a rival; changes between them, and when the last was."""

COARSE_M2 = 53.0**2
"""Variance that type 27 adds: steps of 1/10 minute, 185 m, uniform (M.1371-5 table 84)."""
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
NO_FIT = 1e300


@njit(cache=True, nogil=True)
def assign(
    paths, hulls, used, start, slot, t_ms, lon, lat, sog_kn, cog_deg, ais_class, msg_type, max_speed_kn,
    slack_m, confirmations, lasting_ms, gap_ms, hull_slot, outcome,
):  # fmt: skip
    """Give each fix to a path, from row ``start`` on.

    Parameters
    ----------
    paths : PATH[m, 2]; hulls : HULL[m]; updated in place
    used : int64[1], slots in use, those of new hulls added in place
    slot : int32[n], the slot of the first hull of each row's MMSI
    t_ms : int64[n], ascending; lon, lat : float64[n]; sog_kn, cog_deg : float32[n]; ais_class, msg_type : uint8[n]
    max_speed_kn : float64[n], by kind of craft: what is within reach after a silence
    slack_m : float64; confirmations, lasting_ms, gap_ms : int64
    hull_slot : int32[n], outcome : uint8[n]
        Filled in: the slot of the hull, and APPLIED, NEW_PATH, NEW_HULL, IMPLAUSIBLE or NO_POSITION.

    Returns
    -------
    end : int64, rows done; fewer than n if there is no room for another hull
    """
    for i in range(start, slot.size):
        if used[0] == hulls.size:
            return i
        k = slot[i]
        hull_slot[i] = k
        if np.isnan(lon[i]) or np.isnan(lat[i]):
            outcome[i] = NO_POSITION
            continue
        known, east_ms, north_ms, velocity_m2s2 = reported(sog_kn[i], cog_deg[i])
        floor_ms = WANDER_MS[ais_class[i]]
        fix_m2 = FIX_M2 + COARSE_M2 if msg_type[i] == 27 else FIX_M2
        best, least, h = k, NO_FIT, k
        while True:
            p = paths[h, hulls[h].believed]
            if p.heard == 0:
                off = 0.0
            elif t_ms[i] - p.t_ms > gap_ms:
                near = reachable(p.t_ms, p.lon, p.lat, t_ms[i], lon[i], lat[i], max_speed_kn[i], slack_m)
                off = 0.99 * GATE if near else NO_FIT
            else:
                off = miss(p, t_ms[i], lon[i], lat[i], known, east_ms, north_ms, fix_m2, floor_ms, slack_m)
            if off < least:
                best, least = h, off
            h = hulls[h].next
            if h == 0:
                break
        c, rival = hulls[k], paths[k, 1 - hulls[k].believed]
        if least <= GATE:
            p = paths[best, hulls[best].believed]
            if p.heard == 0 or t_ms[i] - p.t_ms > gap_ms:
                begin(p, t_ms[i], lon[i], lat[i], known, east_ms, north_ms, velocity_m2s2, fix_m2, floor_ms)
            else:
                take(p, t_ms[i], lon[i], lat[i], known, east_ms, north_ms, velocity_m2s2, fix_m2, floor_ms)
            if rival.heard > 0:
                c.others += 1
                if c.run > 0:
                    c.run, c.switch_ms = 0, t_ms[i]
                    c.switches += 1
            hull_slot[i] = best
            outcome[i] = APPLIED
            continue
        outcome[i] = IMPLAUSIBLE
        if rival.heard > 0 and t_ms[i] - rival.t_ms <= gap_ms and miss(
            rival, t_ms[i], lon[i], lat[i], known, east_ms, north_ms, fix_m2, floor_ms, slack_m
        ) <= GATE:
            take(rival, t_ms[i], lon[i], lat[i], known, east_ms, north_ms, velocity_m2s2, fix_m2, floor_ms)
            if c.run == 0:
                c.switches = 1 if t_ms[i] - c.switch_ms > FORGET_MS else c.switches + 1
                c.switch_ms = c.run_ms = t_ms[i]
            c.run += 1
        elif rival.heard == 0 or t_ms[i] - rival.t_ms > HOLD_MS:
            begin(rival, t_ms[i], lon[i], lat[i], known, east_ms, north_ms, velocity_m2s2, fix_m2, floor_ms)
            c.others, c.switches, c.run = 0, 1, 1
            c.switch_ms = c.run_ms = t_ms[i]
            continue
        else:
            continue
        if rival.heard < confirmations:
            continue
        if c.switches >= SWITCHES and c.others >= confirmations - 1:
            at, hops = k, 1
            while hulls[at].next != 0:
                at = hulls[at].next
                hops += 1
            if hops < MOST_HULLS:
                new = used[0]
                used[0] += 1
                hulls[at].next = new
                hulls[new].number = hops
                paths[new, 0] = rival
                rival.heard = 0
                c.run = c.switches = 0
                hull_slot[i], outcome[i] = new, NEW_HULL
            continue
        p = paths[k, c.believed]
        patience_ms = max(lasting_ms, PATIENCE * (p.t_ms - p.first_ms) // p.heard)
        if c.run >= confirmations and t_ms[i] - c.run_ms >= lasting_ms and t_ms[i] - p.t_ms >= patience_ms:
            c.believed = 1 - c.believed
            c.others, c.run = c.run, 0
            outcome[i] = NEW_PATH
    return slot.size
