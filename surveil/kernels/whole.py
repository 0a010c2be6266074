"""Lines to rows of columns in one pass: a line is checked and its columns written while it is in the cache.

What is not a whole message on a plain line, may be refused, needs a warning or gives more than positions and static
data, gets a row for the slower steps instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from surveil.kernels import messages, plain, sentences
from surveil.kernels.bits import cut, digest
from surveil.kernels.inline import borrow, inlined
from surveil.kernels.sentences import BACKSLASH, CR, LF
from surveil.kernels.stamps import NO_TIME

POSITION, STATIC, OTHER = 1, 2, 4
"""Bits of ``plan.gives`` uint8[64]: what a message type gives columns of."""
TYPES, FORMS = range(2)


class Columns(NamedTuple):
    """Columns of ``schema.Positions`` or ``Statics``, without the source; ``told`` are those that the payload tells."""

    t_ms: np.ndarray
    seq: np.ndarray
    mmsi: np.ndarray
    msg_type: np.ndarray
    digest: np.ndarray
    ais_class: np.ndarray
    told: tuple[np.ndarray, ...]


@njit(cache=True, nogil=True)
def read(
    buf, start, end, rows, n, n_lines, first_line, tally, start_ms, rate_per_s, earliest_ms, latest_ms, plan, words,
    positions, n_positions, statics, n_statics, given,
):  # fmt: skip
    """Read lines up to the first odd one; write the columns of those that are whole messages.

    Parameters
    ----------
    buf, start, end, tally, start_ms, rate_per_s : as for :func:`sentences.step`
    rows : int64[:, N_COLUMNS], filled from row ``n`` on; reading stops when it is full
    n_lines : int64, lines read before; it goes into LINE. ``first_line`` is the ``seq`` of line 0
    earliest_ms, latest_ms : int64; a message with a time outside them gets a row
    plan : named tuple of what :mod:`kernels.messages` asks for, ``gives``, and ``max_chars`` int64[64]; a message of
        more characters gets a row
    words : uint64[MAX_WORDS], to work in
    positions, statics : Columns, filled from the rows n_positions and n_statics on; a message for which there is no
        room gets a row of ``rows``
    given : int64[2, 64], how many messages without a row there were of each type, and each form of time

    Returns
    -------
    n, n_lines, n_positions, n_statics, next_start : int64
    """
    buf, rows, tally, plan, words, given = borrow((buf, rows, tally, plan, words, given))
    positions, statics = borrow((positions, statics))
    while start < end and n < rows.shape[0]:
        stop, n_chars, fill, t_ms, right, simulated = plain.line(buf, start, words)
        gives = 0
        if stop > 0:
            own = t_ms != NO_TIME
            if not own:
                t_ms = sentences.time_between(tally, start_ms, rate_per_s)
            if earliest_ms <= t_ms <= latest_ms:
                gives = _write(
                    t_ms, first_line + n_lines, n_chars, fill, plan, words, positions, n_positions, statics, n_statics,
                    given,
                )  # fmt: skip
        if gives:
            given[FORMS, sentences.pass_time(tally, t_ms, own)] += 1
            tally[sentences.BAD_TAGS] += not right
            tally[sentences.SIMULATED] |= simulated
            n_positions += gives & POSITION
            n_statics += (gives & STATIC) >> 1
            start = stop + 1 + ((buf[stop] == CR) & (buf[stop + 1] == LF) & (stop + 1 < end))
            n_lines += 1
            continue
        row = rows[n]
        start = sentences.step(buf, start, end, row, tally, start_ms, rate_per_s)
        row[sentences.LINE] = n_lines
        n_lines += 1
        n += row[sentences.KIND] != sentences.NOT_AIS
        if row[sentences.KIND] == sentences.ODD:
            break
    return n, n_lines, n_positions, n_statics, start


_WRITTEN = 8
"""Set beside what a message gave columns of."""


@inlined
def _write(t_ms, seq, n_chars, fill, plan, words, positions, i, statics, j, given):
    """Write what a message whose bits are in ``words`` gives to row ``i`` or ``j``; what it gives, 0 if it needs a row."""
    n_bits = 6 * n_chars - fill
    cut(words, n_bits, messages.FIELD_WORDS)
    kind, mmsi, form, fault = messages.identify(words, n_bits, plan)
    gives = np.int64(plan.gives[kind])
    room = (i < positions.seq.size) & (j < statics.seq.size)
    if fault != 0 or n_chars > plan.max_chars[kind] or gives & OTHER or not room:
        return 0
    hashed, station = digest(words, n_bits), plan.classes[messages.class_place(mmsi, kind)]
    if gives & POSITION:
        _common(positions, np.uint64(i), t_ms, seq, mmsi, kind, hashed, station)
        messages.put_position(words, np.uint64(form), plan.numbers, np.uint64(i), positions.told)
    if gives & STATIC:
        _common(statics, np.uint64(j), t_ms, seq, mmsi, kind, hashed, station)
        messages.put_static(words, n_bits, np.uint64(form), plan, j, statics.told)
    given[TYPES, kind] += 1
    return gives | _WRITTEN


@inlined
def _common(out, i, t_ms, seq, mmsi, kind, hashed, station):
    out.t_ms[i], out.seq[i], out.mmsi[i], out.msg_type[i] = t_ms, seq, mmsi, kind
    out.digest[i], out.ais_class[i] = hashed, station


@njit(cache=True, nogil=True)
def merge(column, places, values, width, out):
    """Copy a column to ``out`` with ``values`` put in before its rows ``places`` int64[k], ascending.

    All but the places as uint8[:], ``width`` bytes a row.
    """
    column, values, out = borrow(column), borrow(values), borrow(out)
    begin, to, step = np.uint64(0), np.uint64(0), np.uint64(width)
    for j in range(places.size):
        end = np.uint64(places[j]) * step
        to = _copy(column, begin, end, out, to)
        to = _copy(values, np.uint64(j) * step, np.uint64(j) * step + step, out, to)
        begin = end
    _copy(column, begin, np.uint64(column.size), out, to)


@inlined
def _copy(column, begin, end, out, to):
    """Copy ``column[begin:end]`` to ``out[to:]``; the place after it. All uint64."""
    for i in range(end - begin):
        out[to + i] = column[begin + i]
    return to + (end - begin)
