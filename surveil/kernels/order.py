"""Order kernels: which rows are in time, and which were heard before. Pure functions over arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

ADMITTED, LATE, TIME_JUMP, HELD = 0, 1, 2, 3
"""Verdicts of :func:`admit`."""


@njit(cache=True, nogil=True)
def admit(t_ms, run_max_ms, lateness_ms, max_jump_ms, confirmations):
    """Judge rows one by one, in the order in which they arrived.

    A row is late if ``t < max(earlier t) - lateness``. A row that leaps more than ``max_jump`` ahead is held
    until ``confirmations`` rows in a row agree with it; a row of the old time before that refuses it, so
    that one bad clock cannot move the watermark.

    Parameters
    ----------
    t_ms : int64[n]
    run_max_ms : int64, the largest admitted time so far; the minimum of int64 if there is none
    lateness_ms, max_jump_ms : int64
    confirmations : int64, how many consecutive rows make a leap believable

    Returns
    -------
    verdict : uint8[n]; HELD rows are the last ones and must be given again, first, in the next call
    by_ms : int64[n], the largest admitted time when each row was judged
    run_max_ms : int64
    """
    none = np.iinfo(np.int64).min
    verdict = np.zeros(t_ms.size, np.uint8)
    by_ms = np.full(t_ms.size, none)
    held = 0
    for i in range(t_ms.size):
        t = t_ms[i]
        if run_max_ms != none and t > run_max_ms + max_jump_ms:
            verdict[i] = HELD
            held += 1
            if held == confirmations:
                run_max_ms = t_ms[i + 1 - held]
                for j in range(i + 1 - held, i + 1):
                    verdict[j] = LATE if t_ms[j] < run_max_ms - lateness_ms else ADMITTED
                    by_ms[j] = run_max_ms
                    run_max_ms = max(run_max_ms, t_ms[j])
                held = 0
            continue
        for j in range(i - held, i):
            verdict[j] = TIME_JUMP
        held = 0
        by_ms[i] = run_max_ms
        if run_max_ms != none and t < run_max_ms - lateness_ms:
            verdict[i] = LATE
        else:
            run_max_ms = max(run_max_ms, t)
    return verdict, by_ms, run_max_ms


@njit(cache=True, nogil=True)
def first_heard(t_ms, digest, window_ms, table_digest, table_t_ms):
    """Mark the first hearing of each report; the same content again within the window is a duplicate.

    Parameters
    ----------
    t_ms : int64[n], ascending
    digest : uint64[n]
    window_ms : int64, counted from the hearing that was kept
    table_digest : uint64[m], table_t_ms : int64[m]
        Open-addressing table of what was kept, ``m`` a power of two at least twice the entries;
        updated in place; ``t`` at the minimum of int64 marks a free place.

    Returns
    -------
    first : bool[n]
    """
    free = np.iinfo(np.int64).min
    mask = np.uint64(table_digest.size - 1)
    first = np.ones(t_ms.size, np.bool_)
    for i in range(t_ms.size):
        at = (digest[i] ^ (digest[i] >> np.uint64(32))) & mask
        while table_t_ms[at] != free and table_digest[at] != digest[i]:
            at = (at + np.uint64(1)) & mask
        if table_t_ms[at] != free and t_ms[i] - table_t_ms[at] <= window_ms:
            first[i] = False
        else:
            table_digest[at] = digest[i]
            table_t_ms[at] = t_ms[i]
    return first
