"""Joining the parts of multi-part messages. Pure functions over arrays; the rules are those of the plain reader.

Messages have numbers in the order in which their first parts came; those that wait from an earlier call come
first. Parts have numbers too: their place in the arrays given.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.bits import mix64
from surveil.kernels.stamps import NO_TIME

MAX_PARTS = 9
WAITS, COMPLETE, GIVEN_UP = range(3)
N_BUCKETS = 1 << 12
NONE = -1


@njit(cache=True, nogil=True)
def join(key, total, number, t_ms, own, old_key, old_t_ms, old_own, old_has, max_age_ms, max_waiting):
    """Sort parts to messages, one part after the other.

    A message waits for its parts until one comes whose time is more than ``max_age_ms`` after its own, until
    a part with the same key and number takes its place, or until too many wait: then the first is given up.

    Parameters
    ----------
    key, total, number, t_ms : int64[n], own : bool[n]: the parts, as ``sentences.step`` tells them;
        a number of 0 is a part that is joined already, and only tells the time
    old_key, old_t_ms : int64[k], old_own : bool[k]: messages that wait already, and whether their time is of
        their own; old_has : bool[k, 10], the parts that they have
    max_age_ms, max_waiting : int64

    Returns
    -------
    status : uint8[m], what became of each message
    last : int64[m], the part that completed it or made it be given up, NONE
    stamp, first : int64[m], the parts that give its time and its first line; NONE for what it had before
    part_of : int64[n], the message of each part
    by_number : int64[m, 10], the part of each number; NONE if it has none or had it before
    """
    n_old, most = old_key.size, old_key.size + key.size
    status, last = np.zeros(most, np.uint8), np.full(most, NONE, np.int64)
    stamp, first = np.full(most, NONE, np.int64), np.full(most, NONE, np.int64)
    part_of = np.empty(key.size, np.int64)
    by_number = np.full((most, MAX_PARTS + 1), NONE, np.int64)
    has, n_has = np.zeros((most, MAX_PARTS + 1), np.bool_), np.zeros(most, np.int64)
    m_key, m_t_ms, m_own = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.bool_)
    bucket, following = np.full(N_BUCKETS, NONE, np.int64), np.full(most, NONE, np.int64)
    for m in range(n_old):
        m_key[m], m_t_ms[m], m_own[m] = old_key[m], old_t_ms[m], old_own[m]
        for j in range(1, MAX_PARTS + 1):
            has[m, j] = old_has[m, j]
            n_has[m] += old_has[m, j]
        _link(m, m_key, bucket, following)
    oldest, m_count, waiting = 0, n_old, n_old
    for i in range(key.size):
        waiting -= _expire(t_ms[i], own[i], i, oldest, m_count, m_t_ms, m_own, max_age_ms, status, last)
        if number[i] == 0:
            part_of[i] = NONE
            continue
        m = _waiting_with(key[i], m_key, status, bucket, following)
        if m != NONE and has[m, number[i]]:
            status[m], last[m] = GIVEN_UP, i
            waiting -= 1
            m = NONE
        if m == NONE:
            m = m_count
            m_count += 1
            waiting += 1
            m_key[m], m_t_ms[m], m_own[m] = key[i], t_ms[i], own[i]
            stamp[m], first[m] = i, i
            _link(m, m_key, bucket, following)
        elif own[i] and not m_own[m]:
            m_t_ms[m], m_own[m], stamp[m] = t_ms[i], True, i
        if number[i] == 1:
            first[m] = i
        part_of[i], by_number[m, number[i]], has[m, number[i]] = m, i, True
        n_has[m] += 1
        oldest = _first_waiting(oldest, m_count, status)
        if n_has[m] == total[i]:
            status[m], last[m] = COMPLETE, i
            waiting -= 1
        elif waiting > max_waiting:
            status[oldest], last[oldest] = GIVEN_UP, i
            waiting -= 1
    return status[:m_count], last[:m_count], stamp[:m_count], first[:m_count], part_of, by_number[:m_count]


@njit(cache=True, nogil=True)
def _expire(t_ms, own, part, oldest, m_count, m_t_ms, m_own, max_age_ms, status, last):
    """Give up messages that are too old, until one is not; times of their own are not compared with others."""
    count = 0
    for m in range(oldest, m_count if t_ms != NO_TIME else oldest):
        if status[m] != WAITS or m_t_ms[m] == NO_TIME or m_own[m] != own:
            continue
        if t_ms - m_t_ms[m] <= max_age_ms:
            break
        status[m], last[m] = GIVEN_UP, part
        count += 1
    return count


@njit(cache=True, nogil=True)
def _first_waiting(oldest, m_count, status):
    while oldest < m_count and status[oldest] != WAITS:
        oldest += 1
    return oldest


@njit(cache=True, nogil=True)
def _bucket(key):
    return np.int64(mix64(np.uint64(key)) & np.uint64(N_BUCKETS - 1))


@njit(cache=True, nogil=True)
def _link(m, m_key, bucket, following):
    """Put a message at the head of the chain of its key."""
    b = _bucket(m_key[m])
    following[m] = bucket[b]
    bucket[b] = m


@njit(cache=True, nogil=True)
def _waiting_with(key, m_key, status, bucket, following):
    """The message with this key that waits, or NONE; forgets the ones that no longer wait on the way."""
    b = _bucket(key)
    before, m = NONE, bucket[b]
    while m != NONE:
        if status[m] == WAITS:
            if m_key[m] == key:
                return m
            before = m
        elif before == NONE:
            bucket[b] = following[m]
        else:
            following[before] = following[m]
        m = following[m]
    return NONE


@njit(cache=True, nogil=True)
def gather(buf, start, n_chars, out):
    """Copy pieces of ``buf`` uint8[:], given by start and length int64[n], one after the other into ``out``."""
    at = 0
    for i in range(start.size):
        for j in range(n_chars[i]):
            out[at + j] = buf[start[i] + j]
        at += n_chars[i]
