"""How likely a silence is by bad reception alone: by where it is, and by how the vessel was heard of late.

The chance of a silence is the product of the miss shares along it, each that of a run so long (see
:mod:`surveil.kernels.reception`). A vessel is heard better or worse than the others there, by its aerial, its power and
how its decks lie: its odds of a miss are theirs times a factor. What the factor may be, its record tells by Bayes' rule
over a grid, starting from 1 for a vessel without a record; and the chance is the mean over the grid.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.counts import cell_of
from surveil.kernels.geodesy import destination_deg
from surveil.kernels.reception import HOUR, HOUR_MS, HOURS, RECORD, RUNS, UNKNOWN, miss_shares, run_of
from surveil.kernels.tracks import KN

_LOG_FACTOR = np.linspace(-2.4, 2.4, 7)
_SPREAD = 0.5
"""Standard deviation of the logarithm of a vessel's factor (assumed: of 0.3 to 1.5 the one that told planted silences
apart best on the Solent and Danish logs together; `benchmarks gaps`, other seeds)."""
FACTOR = np.exp(_LOG_FACTOR)
"""What a vessel's odds of a miss may be, as multiples of the others'."""
LOG_PRIOR = -0.5 * (_LOG_FACTOR / _SPREAD) ** 2
"""Logarithm of how likely each is before anything is known of the vessel, less a constant."""


@njit(cache=True, nogil=True)
def _weigh(log_p, share, missed, weight):
    """Learn of a vessel's factor by a report heard or missed, where the miss share of all is so. Updates ``log_p``."""
    for g in range(FACTOR.size):
        odds = share / (1.0 - share) * FACTOR[g]
        log_p[g] += weight * (np.log(odds) * missed - np.log1p(odds))


@njit(cache=True, nogil=True)
def factor_chances(
    past, n, kind, cell_deg, columns, keys, table, counts, usual, least, weight, share, total, p
):  # fmt: skip
    """How likely each factor is, by the record of a vessel.

    Misses in a row prove less than misses apart: a run's share was counted over runs as wholes, so each run of misses
    (1, 2-3, 4-7 and so on) is one trial, where it begins, and the report that ends one is worth its part of it.

    Parameters
    ----------
    past : PAST[RECORD]; n : int64, reports ever recorded; kind : int8
    cell_deg to total : as :func:`reception.miss_shares` has them
    p : float64[FACTOR.size], overwritten with the chances, which add up to 1
    """
    p[:] = LOG_PRIOR
    at_cell, at_hour, found = -1, -1, UNKNOWN
    for k in range(max(0, n - RECORD) + 1, n):
        a, b = past[(k - 1) % RECORD], past[k % RECORD]
        east = (b.lon - a.lon + 180.0) % 360.0 - 180.0
        before = 0
        while before < b.due:
            part = (before + 1) / b.due
            hour = (a.t_ms + (b.t_ms - a.t_ms) * (before + 1) // b.due) // HOUR_MS % HOURS
            cell = cell_of(a.lon + east * part, a.lat + (b.lat - a.lat) * part, cell_deg, columns)
            if cell != at_cell or hour != at_hour:
                found = miss_shares(
                    cell, kind, hour, columns, keys, table, counts, usual, least, weight, share, total
                )  # fmt: skip
                at_cell, at_hour = cell, hour
            run, heard = run_of(before), before == b.due - 1
            if found != UNKNOWN:
                _weigh(p, share[run], not heard, 1.0 / (1 << max(run - 1, 0)) if heard else 1.0)
            # on to where the next run begins, or to the report heard
            before = b.due if heard else min(max(1, 2 * before), b.due - 1)
    p[:] = np.exp(p - p.max())
    p /= p.sum()


@njit(cache=True, nogil=True)
def silence_chance(
    lon, lat, sog_kn, cog_deg, kind, last_ms, step_s, missed, slot, past_n, past, cell_deg, columns, keys, table,
    counts, usual, least, weight,
):  # fmt: skip
    """How likely it is that a station that goes on reporting is not heard for so many reports.

    Each report is looked for where the vessel would be on its last course and speed. Where its way leaves what was
    learned, the product stops: what is beyond cannot speak against bad reception.

    Parameters
    ----------
    lon, lat : float64[k], where last heard; sog_kn, cog_deg : float32[k], NaN stays there; kind : int8[k]
    last_ms : int64[k]; step_s : float64[k], the interval; missed : int64[k], reports due since; slot : int64[k]
    past_n : int64[s]; past : PAST[s, RECORD], records; a slot beyond has none
    cell_deg : float64; columns : int64; keys, table, counts : as :func:`reception.learn` has them
    usual : float64[KINDS, RUNS], miss shares of the whole map; least : int64; weight : float64

    Returns
    -------
    chance : float64[k], NaN where nothing was learned of the first cell or the interval is unknown
    level : int64[k], the coarsest used; known : int64[k], reports the product runs over
    """
    chance = np.full(lon.size, np.nan)
    level = np.full(lon.size, UNKNOWN)
    known = np.zeros(lon.size, np.int64)
    total, share = np.empty((RUNS, 2), np.int64), np.empty(RUNS)
    product = np.empty(FACTOR.size)
    nothing = np.empty(RECORD, past.dtype)
    for i in range(lon.size):
        if kind[i] < 0 or np.isnan(step_s[i]):
            continue
        if missed[i] > 0:
            own = slot[i] < past_n.size
            factor_chances(
                past[slot[i]] if own else nothing, past_n[slot[i]] if own else 0, kind[i], cell_deg, columns, keys,
                table, counts, usual[kind[i]], least, weight, share, total, product,
            )  # fmt: skip
        moves = sog_kn[i] > 0 and not np.isnan(cog_deg[i])
        at_cell = -1
        at_hour = -1
        coarsest = HOUR
        for j in range(missed[i]):
            after_s = (j + 1) * step_s[i]
            x, y = lon[i], lat[i]
            if moves:
                x, y = destination_deg(x, y, cog_deg[i], sog_kn[i] * KN * after_s)
            cell = cell_of(x, y, cell_deg, columns)
            hour = (last_ms[i] + int(1000 * after_s)) // HOUR_MS % HOURS
            if cell != at_cell or hour != at_hour:
                found = miss_shares(
                    cell, kind[i], hour, columns, keys, table, counts, usual[kind[i]], least, weight, share, total
                )
                if found == UNKNOWN:
                    break
                at_cell, at_hour = cell, hour
                coarsest = max(coarsest, found)
            odds = share[run_of(j)] / (1.0 - share[run_of(j)])
            for g in range(FACTOR.size):
                product[g] *= odds * FACTOR[g] / (1.0 + odds * FACTOR[g])
            known[i] += 1
        if known[i] > 0 or missed[i] == 0:
            chance[i] = product.sum() if missed[i] > 0 else 1.0
            level[i] = coarsest
    return chance, level, known
