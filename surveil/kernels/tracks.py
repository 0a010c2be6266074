"""Track kernels: rows into slots. Pure functions over the arrays of a :class:`TrackArrays`."""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
from numba import njit

from surveil.kernels.geodesy import EARTH_RADIUS_M, distance_m

TrackArrays = namedtuple(
    "TrackArrays",
    [
        "mmsi", "ais_class", "first_ms", "last_ms", "lon", "lat", "sog_kn", "cog_deg", "heading_deg", "nav_status",
        "msg_type", "source", "seq", "reports", "jumps", "segment", "interval_s", "ring_n", "ring_t_ms", "ring_lon",
        "ring_lat", "ring_sog_kn", "ring_cog_deg",
    ],
)  # fmt: skip
"""One row a target. ``ring_*`` are (targets, RING) histories, the k-th entry ever at ``k % RING``."""

TRACK_DTYPES = {
    "mmsi": "i4", "ais_class": "u1", "first_ms": "i8", "last_ms": "i8", "lon": "f8", "lat": "f8",
    "sog_kn": "f4", "cog_deg": "f4", "heading_deg": "f4", "nav_status": "i1", "msg_type": "u1", "source": "i2",
    "seq": "i8", "reports": "i8", "jumps": "i8", "segment": "i4", "interval_s": "f4", "ring_n": "i8",
    "ring_t_ms": "i8", "ring_lon": "f8", "ring_lat": "f8", "ring_sog_kn": "f4", "ring_cog_deg": "f4",
}  # fmt: skip

RING = 96
RING_STEP_MS = 30_000
"""A history entry at most every 30 s: the last 48 minutes or more of a target under way."""

APPLIED, NEW_PATH, IMPLAUSIBLE, NO_POSITION, NEW_HULL = range(5)
"""Outcomes of a row: moves its target; does so on a path of its own that is believed from now on; is out of reach;
has no position; begins the track of another hull under the same MMSI."""

KN = 1852.0 / 3600.0
"""Metres per second in a knot (BIPM)."""

_DEG_M = math.radians(1.0) * EARTH_RADIUS_M
"""Metres in a degree of a great circle."""

_INTERVAL_GAIN = 0.1
"""Weight of a new interval in the smoothed reporting interval (assumed)."""


@njit(cache=True, nogil=True)
def find_slots(mmsi, table_mmsi, table_slot):
    """Slot of each MMSI, -1 where it has none.

    Parameters
    ----------
    mmsi : int32[n]
    table_mmsi, table_slot : int32[m]
        Open-addressing table, ``m`` a power of two; slot -1 marks a free place.

    Returns
    -------
    slot : int32[n]
    """
    slot = np.empty(mmsi.size, np.int32)
    mask = table_mmsi.size - 1
    for i in range(mmsi.size):
        at = (mmsi[i] * 40503) & mask
        while table_slot[at] != -1 and table_mmsi[at] != mmsi[i]:
            at = (at + 1) & mask
        slot[i] = table_slot[at]
    return slot


@njit(cache=True, nogil=True)
def enter_slots(mmsi, slot, table_mmsi, table_slot):
    """Enter new (MMSI, slot) pairs into the table of :func:`find_slots`, in place.

    Parameters
    ----------
    mmsi, slot : int32[n]
    table_mmsi, table_slot : int32[m]
    """
    mask = table_mmsi.size - 1
    for i in range(mmsi.size):
        at = (mmsi[i] * 40503) & mask
        while table_slot[at] != -1:
            at = (at + 1) & mask
        table_mmsi[at] = mmsi[i]
        table_slot[at] = slot[i]


@njit(cache=True, nogil=True, inline="always")
def slot_of(mmsi, table_mmsi, table_slot, slot_mmsi, used):
    """The slot of one MMSI, a new one if it has none; ``used`` int64[1] counts slots, ``slot_mmsi`` names them."""
    mask = table_mmsi.size - 1
    at = (mmsi * 40503) & mask
    while table_slot[at] != -1 and table_mmsi[at] != mmsi:
        at = (at + 1) & mask
    if table_slot[at] == -1:
        table_mmsi[at], table_slot[at] = mmsi, used[0]
        slot_mmsi[used[0]] = mmsi
        used[0] += 1
    return table_slot[at]


@njit(cache=True, nogil=True)
def reachable(t0_ms, lon0, lat0, t_ms, lon, lat, max_speed_kn, slack_m):
    """Whether a target could have come from one fix to the next.

    Along the meridian and then along the equator is never shorter than the great circle, and costs no trigonometry.
    """
    reach_m = max_speed_kn * KN * abs(t_ms - t0_ms) / 1000.0 + slack_m
    if (abs(lat - lat0) + abs(lon - lon0)) * _DEG_M < reach_m:
        return True
    return distance_m(lon0, lat0, lon, lat) <= reach_m


@njit(cache=True, nogil=True, inline="always")
def remember(
    ring_n, ring_t_ms, ring_lon, ring_lat, ring_sog_kn, ring_cog_deg, slot, t_ms, lon, lat, sog_kn, cog_deg
):  # fmt: skip
    """Append to the history of a slot, thinned to one entry every RING_STEP_MS."""
    n = ring_n[slot]
    if n == 0 or t_ms - ring_t_ms[slot, (n - 1) % RING] >= RING_STEP_MS:
        at = n % RING
        ring_t_ms[slot, at], ring_lon[slot, at], ring_lat[slot, at] = t_ms, lon, lat
        ring_sog_kn[slot, at], ring_cog_deg[slot, at] = sog_kn, cog_deg
        ring_n[slot] = n + 1


@njit(cache=True, nogil=True, inline="always")
def _start_or_go_on(s, slot, t_ms, gap_ms, new_path):
    """Count the segment: a new one after a gap or on a new path; smooth the reporting interval otherwise."""
    if s.reports[slot] == 0:
        s.first_ms[slot] = t_ms
        return
    dt_ms = t_ms - s.last_ms[slot]
    if new_path or dt_ms > gap_ms:
        s.segment[slot] += 1
    elif dt_ms > 0:
        dt_s = dt_ms / 1000.0
        old = s.interval_s[slot]
        s.interval_s[slot] = dt_s if np.isnan(old) else old + _INTERVAL_GAIN * (dt_s - old)


@njit(cache=True, nogil=True)
def apply_positions(
    s, slot, outcome, t_ms, lon, lat, sog_kn, cog_deg, heading_deg, nav_status, ais_class, msg_type, source, seq,
    gap_ms,
):  # fmt: skip
    """Bring the slots up to date with rows in the order of time, of which :func:`paths.assign` said what they are.

    Parameters
    ----------
    s : TrackArrays, updated in place
    slot : int32[n]; outcome : uint8[n]; t_ms : int64[n], ascending; lon, lat : float64[n]
    sog_kn, cog_deg, heading_deg : float32[n]; nav_status : int8[n]; ais_class, msg_type : uint8[n]
    source : int16[n]; seq : int64[n]
    gap_ms : int64, a longer silence begins a segment, as a new path does

    Returns
    -------
    segment : int32[n], number of the segment the row fell into
    """
    segment = np.zeros(t_ms.size, np.int32)
    for i in range(t_ms.size):
        k = slot[i]
        if outcome[i] == NEW_PATH or outcome[i] == IMPLAUSIBLE:
            s.jumps[k] += 1
        if outcome[i] == IMPLAUSIBLE or outcome[i] == NO_POSITION:
            segment[i] = s.segment[k]
            continue
        _start_or_go_on(s, k, t_ms[i], gap_ms, outcome[i] == NEW_PATH)
        s.reports[k] += 1
        s.last_ms[k] = t_ms[i]
        s.lon[k] = lon[i]
        s.lat[k] = lat[i]
        s.sog_kn[k] = sog_kn[i]
        s.cog_deg[k] = cog_deg[i]
        s.heading_deg[k] = heading_deg[i]
        s.nav_status[k] = nav_status[i]
        if ais_class[i] != 0:  # some messages do not say
            s.ais_class[k] = ais_class[i]
        s.msg_type[k] = msg_type[i]
        s.source[k] = source[i]
        s.seq[k] = seq[i]
        segment[i] = s.segment[k]
    return segment


@njit(cache=True, nogil=True)
def thin(slot, t_ms, segment, kept_ms, kept_segment, step_ms):
    """Mark rows to draw: at most one every ``step_ms`` for each target, and the first of each segment.

    Parameters
    ----------
    slot : int32[n]; t_ms : int64[n], ascending; segment : int32[n]; step_ms : int64
    kept_ms : int64[m], kept_segment : int32[m]
        Time and segment of the last row kept, by slot; updated in place.

    Returns
    -------
    keep : bool[n]
    """
    keep = np.zeros(slot.size, np.bool_)
    for i in range(slot.size):
        s = slot[i]
        if t_ms[i] - kept_ms[s] >= step_ms or segment[i] != kept_segment[s]:
            keep[i] = True
            kept_ms[s] = t_ms[i]
            kept_segment[s] = segment[i]
    return keep
