"""Lines to rows of columns in one pass: a line is checked and its columns written while it is in the cache.

A message that is not whole on a plain line or in two parts that follow each other, may be refused or gives more than
positions and static data gets a row for the slower steps instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from surveil.kernels import messages, plain, sentences
from surveil.kernels.bits import cut, digest, pack
from surveil.kernels.inline import borrow, inlined
from surveil.kernels.sentences import CR, LF
from surveil.kernels.stamps import NO_TIME

POSITION, STATIC, OTHER = 1, 2, 4
"""Bits of ``plan.gives`` uint8[64]: what a message type gives columns of."""
TYPES, FORMS, LINES, LONG = range(4)
N_GIVEN = 4
N_KEYS = 1024
"""Places by which parts that wait are told apart."""


class Columns(NamedTuple):
    """Columns of ``schema.Positions`` or ``Statics``, without the source and with the order of arrival.

    ``told`` are those that the payload tells.
    """

    t_ms: np.ndarray
    seq: np.ndarray
    at: np.ndarray
    mmsi: np.ndarray
    msg_type: np.ndarray
    digest: np.ndarray
    ais_class: np.ndarray
    told: tuple[np.ndarray, ...]


class Rules(NamedTuple):
    """What holds for a source.

    Time of the first sentence without one, NO_TIME for none, and how many come a second; times between which a message
    may be written; how long and how many multi-part messages may wait.
    """

    start_ms: int
    rate_per_s: float
    earliest_ms: int
    latest_ms: int
    max_age_ms: int
    max_waiting: int


class Account(NamedTuple):
    """What is counted.

    tally : int64[N_TALLY], as for :func:`sentences.step`
    given : int64[N_GIVEN, 64], how many messages were written of each type, with each form of time, first, of how
        many lines, and, of each type, that are longer than they can be
    open_keys : int64[N_KEYS + 1], how many parts wait by ``KEY % N_KEYS``, and in all; rather too many than too few
    """

    tally: np.ndarray
    given: np.ndarray
    open_keys: np.ndarray


class Space(NamedTuple):
    """To work in: words uint64[MAX_WORDS]; joined uint8[:], the longest payload of two parts and PAD more."""

    words: np.ndarray
    joined: np.ndarray


@njit(cache=True, nogil=True)
def read(buf, start, end, first_line, done, rows, positions, statics, plan, rules, account, space):
    """Read lines up to the first odd one; write the columns of those that are whole messages.

    So are two lines that follow each other and hold the parts of a message, if no other part can belong to it.

    Parameters
    ----------
    buf, start, end : as for :func:`sentences.step`
    first_line : int64, the ``seq`` of line 0
    done : four int64, rows, lines, positions and statics of earlier calls
    rows : int64[:, N_COLUMNS], one for each line that is AIS and not written, with LINE; reading stops when it is full
    positions, statics : Columns, filled; a message for which there is no room gets a row
    plan : named tuple of what :mod:`kernels.messages` asks for, ``gives``, and ``max_chars`` int64[64], beyond which
        a message is too long
    rules, account, space : Rules, Account, Space

    Returns
    -------
    n, n_lines, n_positions, n_statics, next_start : int64
    """
    buf, rows, positions, statics, plan = borrow((buf, rows, positions, statics, plan))
    account, space = borrow((account, space))
    n, n_lines, i, j = done
    odd = False
    while start < end and n < rows.shape[0] and not odd:
        line = first_line + n_lines
        start, gives = _plain(buf, start, end, line, plan, rules, account, space, positions, i, statics, j)
        if not gives:
            row = rows[n]
            start = sentences.step(buf, start, end, row, account.tally, rules.start_ms, rules.rate_per_s)
            row[sentences.LINE] = n_lines
            if row[sentences.KIND] == sentences.PART:
                before = rows[max(n - 1, 0)]
                gives = _part(buf, before, row, n, line, plan, rules, account, space, positions, i, statics, j)
            n += row[sentences.KIND] != sentences.NOT_AIS
            odd = row[sentences.KIND] == sentences.ODD
        i += gives & POSITION
        j += (gives & STATIC) >> 1
        n_lines += 1
    return n, n_lines, i, j, start


@inlined
def _plain(buf, start, end, line, plan, rules, account, space, positions, i, statics, j):
    """(where the next line begins, what is written) of a line; 0 if it is still to be read by another."""
    stop, n_chars, fill, t_ms, right, simulated = plain.line(buf, start, space.words)
    own = t_ms != NO_TIME
    if stop > 0 and not own:
        t_ms = sentences.time_between(account.tally, rules.start_ms, rules.rate_per_s)
    if stop == 0 or t_ms < rules.earliest_ms or t_ms > rules.latest_ms:
        return start, 0
    n_bits = 6 * n_chars - fill
    gives = _write(t_ms, line, line, n_chars, n_bits, plan, account.given, space.words, positions, i, statics, j)
    if not gives:
        return start, 0
    tally = account.tally
    account.given[FORMS, sentences.pass_time(tally, t_ms, own)] += 1
    account.given[LINES, 0] += 1
    tally[sentences.BAD_TAGS] += not right
    tally[sentences.SIMULATED] |= simulated
    return stop + 1 + ((buf[stop] == CR) & (buf[stop + 1] == LF) & (stop + 1 < end)), gives


@inlined
def _part(buf, one, two, n, line, plan, rules, account, space, positions, i, statics, j):
    """What is written of a message of two parts that ends with row ``two``, number ``n``, and began with ``one``."""
    keys = account.open_keys
    keys[two[sentences.KEY] % N_KEYS] += 1
    keys[N_KEYS] += 1
    if n == 0 or not _are_pair(one, two, rules.max_age_ms):
        return 0
    if keys[two[sentences.KEY] % N_KEYS] > 2 or keys[N_KEYS] > rules.max_waiting:
        return 0
    stamp = two if two[sentences.OWN] > one[sentences.OWN] else one
    t_ms = stamp[sentences.T_MS]
    if t_ms < rules.earliest_ms or t_ms > rules.latest_ms:
        return 0
    n_chars = _join(buf, one, two, space)
    n_bits = 6 * n_chars - two[sentences.FILL]
    gives = _write(t_ms, line - 1, line, n_chars, n_bits, plan, account.given, space.words, positions, i, statics, j)
    if gives:
        one[sentences.KIND] = two[sentences.KIND] = sentences.JOINED
        keys[two[sentences.KEY] % N_KEYS] -= 2
        keys[N_KEYS] -= 2
        account.given[FORMS, stamp[sentences.FORM]] += 1
        account.given[LINES, 0] += 2
    return gives


@inlined
def _are_pair(one, two, max_age_ms):
    """Whether the lines of two rows follow each other and have a message of two parts, by their keys and times."""
    neighbours = one[sentences.KIND] == sentences.PART and one[sentences.LINE] + 1 == two[sentences.LINE]
    ordered = one[sentences.PARTS] == 2 and one[sentences.NUMBER] == 1 and two[sentences.NUMBER] == 2
    timed = one[sentences.T_MS] != NO_TIME and two[sentences.T_MS] != NO_TIME
    alike = one[sentences.OWN] == two[sentences.OWN]
    late = alike and two[sentences.T_MS] - one[sentences.T_MS] > max_age_ms
    return neighbours and ordered and timed and not late and one[sentences.KEY] == two[sentences.KEY]


@inlined
def _join(buf, one, two, space):
    """Put the bits of two parts into ``words``; how many characters they have."""
    n = one[sentences.N_CHARS] + two[sentences.N_CHARS]
    for k in range(one[sentences.N_CHARS]):
        space.joined[k] = buf[one[sentences.PAYLOAD] + k]
    for k in range(two[sentences.N_CHARS]):
        space.joined[one[sentences.N_CHARS] + k] = buf[two[sentences.PAYLOAD] + k]
    pack(space.joined, 0, n, space.words)
    return n


_WRITTEN = 8
"""Set beside what a message gave columns of."""


@inlined
def _write(t_ms, seq, at, n_chars, n_bits, plan, given, words, positions, i, statics, j):
    """Write a message whose bits are in ``words`` to rows ``i`` or ``j``; what it gives, 0 if it is not written."""
    cut(words, n_bits, messages.FIELD_WORDS)
    kind, mmsi, form, fault = messages.identify(words, n_bits, plan)
    gives = np.int64(plan.gives[kind])
    room = (i < positions.seq.size) & (j < statics.seq.size)
    if fault != 0 or gives & OTHER or not room:
        return 0
    hashed, station = digest(words, n_bits), plan.classes[messages.class_place(mmsi, kind)]
    if gives & POSITION:
        _common(positions, np.uint64(i), t_ms, seq, at, mmsi, kind, hashed, station)
        messages.put_position(words, np.uint64(form), plan.numbers, np.uint64(i), positions.told)
    if gives & STATIC:
        _common(statics, np.uint64(j), t_ms, seq, at, mmsi, kind, hashed, station)
        messages.put_static(words, n_bits, np.uint64(form), plan, j, statics.told)
    given[TYPES, kind] += 1
    given[LONG, kind] += n_chars > plan.max_chars[kind]
    return gives | _WRITTEN


@inlined
def _common(out, i, t_ms, seq, at, mmsi, kind, hashed, station):
    out.t_ms[i], out.seq[i], out.at[i], out.mmsi[i], out.msg_type[i] = t_ms, seq, at, mmsi, kind
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
