"""Which reports should have been heard, and how likely a silence is by bad reception alone.

Every report that should have been sent is one trial, heard or missed, at its place and hour. Misses come in runs (a
ship in a shadow, a weak aerial, fading), so trials are counted apart by how many reports before them were missed
already: by run 0, 1, 2-3, 4-7 and so on. What a silence's chance is made of is in :mod:`surveil.kernels.silence`.
Reporting intervals are those of M.1371-5 Annex 1 tables 1 and 2.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.counts import beside, cell_of, place_of
from surveil.kernels.tracks import APPLIED, NEW_PATH

KIND_A, KIND_B, KIND_OTHER = 0, 1, 2
"""Classes that are told apart: A, B, and craft of a class not said, which their reports may show: see
:func:`shown_kind`."""
KINDS, HOURS = 3, 24
RUNS = 10
"""Runs of misses told apart: 0, 1, 2-3, 4-7, ... 128-255, 256 and more."""
HEARD, EXPECTED = 0, 1
HOUR, ANY_HOUR, ANY_CLASS, NEIGHBOURS, UNKNOWN = range(5)
"""What miss shares rest on most: the cell, class and hour; all hours; all classes too; the cell and its eight
neighbours, of the class; or nothing."""
HOUR_MS = 3_600_000
PAST = np.dtype([("t_ms", "i8"), ("lon", "f8"), ("lat", "f8"), ("due", "i8")])
"""A report of a vessel's own record: ``due`` that and those missed since the one before, 0 if that is not known."""
RECORD = 16
"""Reports in the record (assumed: of 8 to 64 all tell planted silences apart alike)."""
_LONG_RANGE = 27
"""Type 27 is sent besides, for satellites, and does not count (M.1371-5 Annex 8, 3.25)."""
_UNDER_WAY_KN = 2.0
"""Above it class B reports every 30 s (M.1371-5 Annex 1 table 2)."""
_STILL_KN = 0.5
"""A class A station that gives no status may be moored when slower, and its interval is not known (assumed)."""


_SHOWN_BY = 5
"""Reports under way that show the class of a craft that does not say it (assumed)."""
_SLOW_MS = 20_000
"""Half way between the longest interval of class A under way, 10 s, and the shortest of class B "CS", 30 s (M.1371-5
Annex 1 tables 1 and 2)."""


@njit(cache=True, nogil=True)
def shown_kind(kind, spacings, shortest_ms):
    """The class of a craft: as said, else as its reports under way show, -1 while there are too few.

    int8, int64 how many spacings of reports there were, int64 the shortest of them -> int8
    """
    if kind != KIND_OTHER:
        return kind
    if spacings < _SHOWN_BY:
        return -1
    return KIND_B if shortest_ms > _SLOW_MS else KIND_A


@njit(cache=True, nogil=True)
def shown_kinds(kind, slot, spacings, shortest_ms):
    """:func:`shown_kind` of slots. int8[n], int64[n], int64[s], int64[s] -> int8[n]; a slot never met has none."""
    out = np.empty(kind.size, np.int8)
    for i in range(kind.size):
        met = slot[i] < spacings.size
        out[i] = shown_kind(kind[i], spacings[slot[i]] if met else 0, shortest_ms[slot[i]] if met else 0)
    return out


@njit(cache=True, nogil=True)
def interval_s(kind, sog_kn, nav_status):
    """Nominal seconds to the next report; NaN where unknown. M.1371-5 Annex 1 tables 1 and 2.

    A ship changing course sends up to three times as often, which no report says: such reports count as on time.

    int8, float32, int8 -> float64
    """
    if kind < 0 or kind == KIND_OTHER or np.isnan(sog_kn):
        return np.nan
    if kind == KIND_B:
        return 30.0 if sog_kn > 2.0 else 180.0
    if (nav_status == 1 or nav_status == 5) and sog_kn <= 3.0:
        return 180.0
    if nav_status < 0 and sog_kn < _STILL_KN:
        return np.nan
    if sog_kn > 23.0:
        return 2.0
    return 6.0 if sog_kn > 14.0 else 10.0


@njit(cache=True, nogil=True)
def intervals_s(kind, sog_kn, nav_status):
    """:func:`interval_s` row by row. int8[n], float32[n], int8[n] -> float64[n]."""
    out = np.empty(kind.size)
    for i in range(kind.size):
        out[i] = interval_s(kind[i], sog_kn[i], nav_status[i])
    return out


@njit(cache=True, nogil=True)
def run_of(missed):
    """Number of the run of so many reports missed. int64 -> int64."""
    run = 0
    while missed > 0 and run < RUNS - 1:
        missed >>= 1
        run += 1
    return run


@njit(cache=True, nogil=True, inline="always")
def _record(past, past_n, s, t_ms, lon, lat, due, anew):
    """Append a report to the record of a slot."""
    if anew:
        past_n[s] = 0
    at = past_n[s] % RECORD
    past[s, at].t_ms, past[s, at].lon, past[s, at].lat, past[s, at].due = t_ms, lon, lat, due
    past_n[s] += 1


@njit(cache=True, nogil=True)
def learn(
    first, slot, t_ms, lon, lat, sog_kn, nav_status, msg_type, kind, outcome,
    prev_ms, prev_lon, prev_lat, prev_sog_kn, prev_s, spacings, shortest_ms, past_n, past, cell_deg, columns,
    max_gap_ms, counting, keys, table, counts, n,
):  # fmt: skip
    """Count the reports between each report and the vessel's one before, missed on the straight line, and itself.

    A silence longer than ``max_gap_ms`` counts for nothing: the station may have been off. Stops where the table
    might not hold the next row's keys.

    Parameters
    ----------
    first : int64, the row to begin with
    slot : int32[r]; t_ms : int64[r], ascending by slot; lon, lat : float64[r]; sog_kn : float32[r]
    nav_status : int8[r]; msg_type : uint8[r]; kind : int8[r], KIND_* or -1; outcome : uint8[r] of the track table
    prev_ms : int64[s]; prev_lon, prev_lat : float64[s]; prev_sog_kn, prev_s : float32[s]
        The last report of each slot and the interval to the next, NaN if unknown; updated in place.
    spacings, shortest_ms : int64[s], as :func:`shown_kind` has them; updated in place
    past_n : int64[s]; past : PAST[s, RECORD], the k-th report ever at ``k % RECORD``; updated in place
        The record of each slot, anew on a new path and after a silence that counts for nothing.
    cell_deg : float64; columns, max_gap_ms : int64; counting : bool, False follows the vessels and counts nothing
    keys : int64[m]; table : int32[size]; counts : int32[m, RUNS, 2]; n : int64
        The sparse counts, heard and expected by run; updated in place.

    Returns
    -------
    (row, n) : int64, int64
        The first row not counted, and how many keys there are now.
    """
    for i in range(first, slot.size):
        if (outcome[i] != APPLIED and outcome[i] != NEW_PATH) or msg_type[i] == _LONG_RANGE:
            continue
        s = slot[i]
        dt_ms = t_ms[i] - prev_ms[s]
        step_s = prev_s[s]
        shown = shown_kind(kind[i], spacings[s], shortest_ms[s])
        steps = 0
        if outcome[i] == APPLIED and shown >= 0 and step_s > 0 and 0 < dt_ms <= max_gap_ms:
            steps = max(1, int(dt_ms / (1000.0 * step_s) + 0.5))
        if counting and steps > 0:
            if n + steps > keys.size:
                return i, n
            east = lon[i] - prev_lon[s]
            if east > 180.0:
                east -= 360.0
            elif east < -180.0:
                east += 360.0
            north = lat[i] - prev_lat[s]
            run = 0
            next_run = 1
            for j in range(1, steps + 1):
                part = j / steps
                hour = (prev_ms[s] + dt_ms * j // steps) // HOUR_MS % HOURS
                cell = cell_of(prev_lon[s] + east * part, prev_lat[s] + north * part, cell_deg, columns)
                key = (cell * KINDS + shown) * HOURS + hour
                at = place_of(key, keys, table)
                row = table[at]
                if row == -1:
                    row = n
                    table[at] = row
                    keys[row] = key
                    n += 1
                if j > next_run:
                    next_run *= 2
                    run = min(run + 1, RUNS - 1)
                counts[row, run, EXPECTED] += 1
                if j == steps:
                    counts[row, run, HEARD] += 1
        if outcome[i] == APPLIED and dt_ms > 0 and prev_ms[s] >= 0 and prev_sog_kn[s] > _UNDER_WAY_KN:
            shortest_ms[s] = dt_ms if spacings[s] == 0 else min(shortest_ms[s], dt_ms)
            spacings[s] += 1
        if dt_ms != 0 or outcome[i] == NEW_PATH:
            _record(past, past_n, s, t_ms[i], lon[i], lat[i], steps, outcome[i] == NEW_PATH or dt_ms > max_gap_ms)
        prev_ms[s] = t_ms[i]
        prev_lon[s] = lon[i]
        prev_lat[s] = lat[i]
        prev_sog_kn[s] = sog_kn[i]
        prev_s[s] = interval_s(shown_kind(kind[i], spacings[s], shortest_ms[s]), sog_kn[i], nav_status[i])
    return slot.size, n


@njit(cache=True, nogil=True)
def _add(key, keys, table, counts, total):
    row = table[place_of(key, keys, table)]
    if row >= 0:
        for run in range(RUNS):
            total[run, HEARD] += counts[row, run, HEARD]
            total[run, EXPECTED] += counts[row, run, EXPECTED]


@njit(cache=True, nogil=True)
def _draw(share, total, weight):
    """Miss shares of a coarser level drawn to the counts of a finer one, in place; returns its reports expected.

    One run of misses may be a transponder switched off, even the one asked about: it proves nothing of reception. So
    as many misses as one run can give do not count. The coarser share stands for ``weight`` runs.
    """
    sum_expected = 0
    for run in range(RUNS):
        width = 1 << max(run - 1, 0)
        expected = total[run, EXPECTED]
        missed = expected - total[run, HEARD]
        aside = min(missed, width)
        share[run] = (missed - aside + weight * width * share[run]) / (expected - aside + weight * width)
        sum_expected += expected
    return sum_expected


@njit(cache=True, nogil=True)
def miss_shares(cell, kind, hour, columns, keys, table, counts, usual, least, weight, share, total):
    """Miss shares by run, from the whole map's through coarser and finer counts to those of a cell, class and hour.

    What a level cannot say, for want of reports, the coarser one says: from the cell and its neighbours, of the class,
    to the cell with all classes, with the class, at the hour.

    Parameters
    ----------
    cell, kind, hour, columns, least : int64; keys, table, counts : as :func:`learn` has them
    usual : float64[RUNS], miss shares of the whole map for the class; weight : float64
    share : float64[RUNS], overwritten with the shares; total : int64[RUNS, 2], scratch

    Returns
    -------
    int64, the finest level that had ``least`` reports expected: HOUR, ANY_HOUR, ANY_CLASS, NEIGHBOURS or UNKNOWN
    """
    share[:] = usual
    level = UNKNOWN
    total[:] = 0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            near = beside(cell, dx, dy, columns)
            for h in range(HOURS):
                if near >= 0:
                    _add((near * KINDS + kind) * HOURS + h, keys, table, counts, total)
    if _draw(share, total, weight) >= least:
        level = NEIGHBOURS
    total[:] = 0
    for k in range(KINDS):
        for h in range(HOURS):
            _add((cell * KINDS + k) * HOURS + h, keys, table, counts, total)
    if _draw(share, total, weight) >= least:
        level = ANY_CLASS
    total[:] = 0
    for h in range(HOURS):
        _add((cell * KINDS + kind) * HOURS + h, keys, table, counts, total)
    if _draw(share, total, weight) >= least:
        level = ANY_HOUR
    total[:] = 0
    _add((cell * KINDS + kind) * HOURS + hour, keys, table, counts, total)
    if _draw(share, total, weight) >= least:
        level = HOUR
    return level
