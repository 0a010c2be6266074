"""What traffic is usual: how long craft of a class were heard in a cell, by course and speed."""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.counts import beside, cell_of, place_of
from surveil.kernels.reception import ANY_CLASS, KINDS, NEIGHBOURS, UNKNOWN
from surveil.kernels.tracks import APPLIED, NEW_PATH

SECTORS = 16
"""Courses by compass point: 22.5 degrees each, the first about north."""
NOT_SAID, STILL, MOVING = 0, 1, 2
"""Columns of the counts: speed or course not said; still; then sector by sector, band after band."""
BANDS_KN = (0.5, 3.0, 7.0, 12.0, 18.0, 25.0)
"""Lower ends of the speed bands of craft that move: drifting or fishing, sail, coasters, ships, ferries, fast craft
(assumed)."""
WIDTH = MOVING + SECTORS * len(BANDS_KN)
OWN_CLASS = 0


@njit(cache=True, nogil=True)
def motion_of(sog_kn, cog_deg):
    """Column of a speed and course. float32, float32 -> int64."""
    if np.isnan(sog_kn):
        return NOT_SAID
    if sog_kn < BANDS_KN[0]:
        return STILL
    if np.isnan(cog_deg):
        return NOT_SAID
    band = 0
    while band + 1 < len(BANDS_KN) and sog_kn >= BANDS_KN[band + 1]:
        band += 1
    return MOVING + band * SECTORS + int(cog_deg * SECTORS / 360.0 + 0.5) % SECTORS


@njit(cache=True, nogil=True)
def learn(
    first, slot, t_ms, lon, lat, sog_kn, cog_deg, kind, outcome, counted, step_ms, cell_deg, columns, keys, table,
    counts, n,
):  # fmt: skip
    """Count where each craft is and how it moves, once every ``step_ms`` at most, whatever its reporting interval.

    Parameters
    ----------
    first : int64, the row to begin with
    slot : int32[r]; t_ms : int64[r]; lon, lat : float64[r]; sog_kn, cog_deg : float32[r]
    kind : int8[r], -1 counts nothing; outcome : uint8[r] of the track table
    counted : int64[s], the step each slot was last counted in; updated in place
    step_ms : int64; cell_deg : float64; columns : int64
    keys : int64[m]; table : int32[size]; counts : int32[m, WIDTH]; n : int64
        The sparse counts; updated in place.

    Returns
    -------
    (row, n) : int64, int64
        The first row not counted, and how many keys there are now.
    """
    for i in range(first, slot.size):
        if kind[i] < 0 or (outcome[i] != APPLIED and outcome[i] != NEW_PATH):
            continue
        step = t_ms[i] // step_ms
        if counted[slot[i]] == step:
            continue
        if n == keys.size:
            return i, n
        counted[slot[i]] = step
        key = cell_of(lon[i], lat[i], cell_deg, columns) * KINDS + kind[i]
        at = place_of(key, keys, table)
        row = table[at]
        if row == -1:
            row = n
            table[at] = row
            keys[row] = key
            n += 1
        counts[row, motion_of(sog_kn[i], cog_deg[i])] += 1
    return slot.size, n


@njit(cache=True, nogil=True)
def _add(key, keys, table, counts, total):
    """Add a key's counts; returns how much of it said course and speed."""
    row = table[place_of(key, keys, table)]
    said = 0
    if row >= 0:
        for b in range(WIDTH):
            total[b] += counts[row, b]
            if b != NOT_SAID:
                said += counts[row, b]
    return said


@njit(cache=True, nogil=True)
def smoothed(total, b):
    """A column with half of each neighbouring sector, four times: a course on the edge of two is of both.

    int64[WIDTH], int64 -> int64
    """
    if b < MOVING:
        return 4 * total[b]
    band = b - (b - MOVING) % SECTORS
    left = band + (b - band - 1) % SECTORS
    right = band + (b - band + 1) % SECTORS
    return 2 * total[b] + total[left] + total[right]


@njit(cache=True, nogil=True)
def rarity(lon, lat, sog_kn, cog_deg, kind, cell_deg, columns, keys, table, counts, least):
    """Share of what was seen in each cell that moved in a way as rare as this, or rarer; itself counted in.

    Parameters
    ----------
    lon, lat : float64[k]; sog_kn, cog_deg : float32[k]; kind : int8[k]
    cell_deg : float64; columns : int64; keys, table, counts : as :func:`learn` has them
    least : int64, so much must have been seen: of the class in the cell, else of all classes in it, else of the class
        in it and its eight neighbours

    Returns
    -------
    p : float64[k], in (0, 1]: 0.02 is rarer than 98 % of what was seen; NaN where too little was seen
    level : int64[k], OWN_CLASS, ANY_CLASS, NEIGHBOURS or UNKNOWN
    """
    p = np.full(lon.size, np.nan)
    level = np.full(lon.size, UNKNOWN)
    total = np.empty(WIDTH, np.int64)
    for i in range(lon.size):
        b = motion_of(sog_kn[i], cog_deg[i])
        if kind[i] < 0 or b == NOT_SAID or np.isnan(lon[i]) or np.isnan(lat[i]):
            continue
        cell = cell_of(lon[i], lat[i], cell_deg, columns)
        total[:] = 0
        said = _add(cell * KINDS + kind[i], keys, table, counts, total)
        found = OWN_CLASS
        if said < least:
            found = ANY_CLASS
            for k in range(KINDS):
                if k != kind[i]:
                    said += _add(cell * KINDS + k, keys, table, counts, total)
        if said < least:
            found = NEIGHBOURS
            total[:] = 0
            said = 0
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    near = beside(cell, dx, dy, columns)
                    if near >= 0:
                        said += _add(near * KINDS + kind[i], keys, table, counts, total)
        if said < least:
            continue
        own = smoothed(total, b)
        rarer = 0
        for other in range(STILL, WIDTH):
            if smoothed(total, other) <= own:
                rarer += total[other]
        p[i] = (rarer + 1) / (said + 1)
        level[i] = found
    return p, level
