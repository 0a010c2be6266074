"""Since when a condition has held, slot by slot: one pass over the rows of a tick. Pure functions over arrays."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def step(
    t_ms, grace_ms, slots, holds, about, source, seq, last_ms, lon, lat,
    since_of, seen_of, key_of, source_of, seq_of, row_of, lon_of, lat_of,
):  # fmt: skip
    """Take in a tick. An episode ends once its condition has not held for the grace, or is about something else.

    Parameters
    ----------
    t_ms, grace_ms : int64
    slots : int64[n]; holds : bool[n]; about : int64[n] or int64[1] for all
    source, seq, last_ms, lon, lat : of the targets, [n]: int16, int64, int64, float64, float64
    since_of, ... lat_of : by slot, changed in place: since_ms int64 (the minimum of int64 outside an episode), seen_ms
        int64, key int32, source int16, seq int64, row_ms int64, lon and lat float64

    Returns
    -------
    bool[n] : whether each row is in an episode
    """
    none = np.iinfo(np.int64).min
    going = np.zeros(slots.size, np.bool_)
    for i in range(slots.size):
        slot, key = slots[i], about[i if about.size > 1 else 0]
        began = since_of[slot] != none
        if began and (t_ms - seen_of[slot] > grace_ms or (holds[i] and key_of[slot] != key)):
            since_of[slot], began = none, False
        if holds[i]:
            if not began:
                since_of[slot], key_of[slot] = t_ms, key
                source_of[slot], seq_of[slot], row_of[slot] = source[i], seq[i], last_ms[i]
                lon_of[slot], lat_of[slot] = lon[i], lat[i]
            seen_of[slot], began = t_ms, True
        going[i] = began
    return going
