"""One pass over the bytes of a log: where the lines are, and what the plain ones say. Pure functions.

The pass recognises the forms that make up nearly all of real logs, exactly, and stops at every other line
(``ODD``) for a slower reader to judge. It never calls a line not AIS, or a sentence whole, that the slow
reader would see otherwise.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels import stamps
from surveil.kernels.bits import eight, mix64
from surveil.kernels.inline import inlined
from surveil.kernels.stamps import NO_TIME
from surveil.kernels.vectors import PAD, checksum, first, marks, payload_marks

NOT_AIS, WHOLE, PART, EMPTY, ODD, JOINED = range(6)
"""What a line is: not AIS; one sentence that is a message; one that is part of a message; one that is right but has no
payload; any other; part of a message that is joined and written already."""

(
    KIND, START, END, PAYLOAD, N_CHARS, FILL, PARTS, NUMBER, KEY, T_MS, FORM, OWN, HEARD, TAG_OK,
    STATION, N_STATION, GROUP, N_GROUP, LINE,
) = range(19)  # fmt: skip
N_COLUMNS = 19
"""Columns of ``rows`` int64[n, N_COLUMNS]. START, END, PAYLOAD, STATION, GROUP are places in the buffer; KEY is
a hash of what parts of one message have in common; T_MS the time, FORM how it was told (see FORMS), OWN whether
by the sentence itself, HEARD whether any sentence so far had a time; TAG_OK 1 if there is a tag block with a
right checksum, 0 with a wrong one, -1 without one. LINE is for the caller."""

FORMS = (
    "", "tag block", "after the checksum", "before the sentence", "PGHP", "ZDA", "RMC", "VSI",
    "start and rate", "base stations",
)  # fmt: skip
_TAG, _SUFFIX, _PGHP, _ZDA, _RMC, _VSI, _RATE = 1, 2, 4, 5, 6, 7, 8

COMPANION_MS, COMPANION, LAST_MS, ASSUMED, HEARD_TIME, HEARD_AIS, SIMULATED, BAD_TAGS, N_NOT_AIS = range(9)
N_TALLY = 9
"""Places in ``tally`` int64[N_TALLY]: the clock as in ``decode.times.Clock``, where COMPANION is one of FORMS; what
was heard so far; how many lines had a tag block with a wrong checksum or were not AIS. Odd lines do not count."""

MAX_LINE, MAX_TAG = 4096, 1024
"""Longer lines are odd, and so, to begin with, are those with a longer tag block."""
LF, CR, HASH, DOLLAR, STAR, COMMA, MINUS, COLON, BANG, BACKSLASH = 10, 13, 35, 36, 42, 44, 45, 58, 33, 92
ZERO, NINE = 48, 57
A, C, D, G, H, I, M, O, P, R, S, V, Z = 65, 67, 68, 71, 72, 73, 77, 79, 80, 82, 83, 86, 90  # noqa: E741
SMALL_B, SMALL_C, SMALL_G, SMALL_R, SMALL_S = 98, 99, 103, 114, 115


NOT_HEX = 255


def _hex_digits() -> np.ndarray:
    values = np.full(256, NOT_HEX, np.uint8)
    for digits in (b"0123456789abcdef", b"0123456789ABCDEF"):
        values[list(digits)] = np.arange(16)
    return values


HEX = _hex_digits()
RESERVED = np.isin(np.arange(256), (BANG, DOLLAR, COMMA, STAR))
_HEAD = np.uint64(int.from_bytes(b"!\0\0VDM,\0", "little"))
_HEAD_MASK = np.uint64(int.from_bytes(b"\xff\0\0\xff\xff\xfd\xff\0", "little"))
"""How a sentence begins, but for the talker; of M and O the masked bits are the same, and of no others."""


@inlined
def step(buf, start, end, row, tally, start_ms, rate_per_s):
    """Take apart the line at ``start`` of ``buf[start:end]``, which ends with a line end.

    Parameters
    ----------
    buf : uint8[:], with PAD more bytes after ``end``, which do not count
    start, end : int64
    row : int64[N_COLUMNS], filled; an ODD line changes nothing else
    tally : int64[N_TALLY], carried from line to line
    start_ms, rate_per_s : int64, float64: time of the first sentence that has none; NO_TIME for none

    Returns
    -------
    next_start : int64, where the next line begins
    """
    stop = _line_end(buf, start, end)
    kind = _line(buf, start, stop, row, tally)
    row[KIND], row[START], row[END] = kind, start, stop
    if kind != ODD:
        tally[BAD_TAGS] += row[TAG_OK] == 0
        tally[SIMULATED] |= row[TAG_OK] >= 0 and _simulated(buf, row)
        tally[N_NOT_AIS] += kind == NOT_AIS
        if kind == EMPTY and row[T_MS] != NO_TIME:
            _set(tally, row[T_MS], _TAG)
        elif kind != NOT_AIS and kind != EMPTY:
            _stamp(row, tally, start_ms, rate_per_s)
    return stop + (2 if buf[stop] == CR and stop + 1 < end and buf[stop + 1] == LF else 1)


@inlined
def _line_end(buf, at, end):
    """Place of the first LF or CR in ``buf[at:end]``, else ``end``."""
    while at < end:
        found = marks(buf, np.uint64(at), np.uint64(LF)) | marks(buf, np.uint64(at), np.uint64(CR))
        if found != 0:
            return min(at + first(found), end)
        at += PAD
    return end


@njit(cache=True, nogil=True)
def _find(buf, at, end, char):
    """Place of the first ``char`` in ``buf[at:end]``, else ``end``."""
    while at < end:
        found = marks(buf, np.uint64(at), np.uint64(char))
        if found != 0:
            return min(at + first(found), end)
        at += PAD
    return end


@inlined
def _xor(buf, at, end):
    """Checksum of ``buf[at:end]``; int64."""
    return np.int64(checksum(buf, np.uint64(at), np.uint64(end)))


@njit(cache=True, nogil=True)
def _line(buf, at, end, row, tally):
    """Kind of the line ``buf[at:end]``; fills ``row``, and hears companions."""
    row[T_MS], row[N_STATION], row[N_GROUP], row[TAG_OK] = NO_TIME, 0, 0, -1
    if at == end or buf[at] == HASH:
        return NOT_AIS
    if end - at > MAX_LINE:
        return ODD
    body = at
    if buf[at] == BACKSLASH:
        closing = _find(buf, at + 1, end, BACKSLASH)
        if closing < end:
            _tag_block(buf, at + 1, closing, row)
            body = closing + 1
    bang = _find(buf, body, end, BANG)
    after = _sentence(buf, bang, end, row)
    if after < 0:
        return _other(buf, body, end, row, tally)
    if _find(buf, after, end, BANG) < end:
        return ODD
    if row[N_CHARS] == 0:
        return EMPTY
    row[FORM] = _TAG
    if row[T_MS] == NO_TIME:
        row[FORM] = _SUFFIX
        row[T_MS] = stamps.suffix_ms(buf, after, end)
        if row[T_MS] == NO_TIME and bang > body:
            return ODD
    if row[PARTS] == 1:
        return WHOLE
    _origin(buf, after, end, row)
    return PART


@inlined
def _sentence(buf, at, end, row):
    """Read ``!ttVDM,n,n,s,c,payload,f*hh``; the place after it, or -1 if it is not whole and right."""
    if end - at < 17 or (eight(buf, np.uint64(at)) & _HEAD_MASK) != _HEAD or _reserved(buf[at + 1], buf[at + 2]):
        return -1
    parts, number = np.int64(buf[at + 7]) - ZERO, np.int64(buf[at + 9]) - ZERO
    if parts < 1 or parts > 9 or number < 1 or number > parts or buf[at + 8] != COMMA or buf[at + 10] != COMMA:
        return -1
    row[PARTS], row[NUMBER] = parts, number
    here = at + 11 + (ZERO <= buf[at + 11] <= NINE)
    if buf[here] != COMMA:
        return -1
    here += 1
    here += buf[here] != COMMA and buf[here] != BANG
    if buf[here] != COMMA:
        return -1
    return _payload(buf, at, here + 1, end, row)


@inlined
def _payload(buf, bang, at, end, row):
    """The rest of a sentence from its payload on."""
    stop = at
    while stop < end:
        n = first(~payload_marks(buf, np.uint64(stop)))
        stop += n
        if n < PAD:
            break
    if end - stop < 5 or buf[stop] != COMMA or buf[stop + 2] != STAR:
        return -1
    fill = np.int64(buf[stop + 1]) - ZERO
    high, low = HEX[buf[stop + 3]], HEX[buf[stop + 4]]
    if fill < 0 or fill > 5 or high == NOT_HEX or low == NOT_HEX:
        return -1
    if _xor(buf, bang + 1, stop + 2) != 16 * high + low:
        return -1
    row[PAYLOAD], row[N_CHARS], row[FILL] = at, stop - at, fill
    return stop + 5


@inlined
def _reserved(one, other):
    """Whether one of two characters cannot be a talker's."""
    return RESERVED[one] | RESERVED[other]


@inlined
def _tag_block(buf, at, end, row):
    """Station, time and group of the tag block ``buf[at:end]``; the last field of a kind counts."""
    star = _find(buf, at, end, STAR)
    right = end - star == 3 and 16 * HEX[buf[star + 1]] + HEX[buf[star + 2]] == _xor(buf, at, star)
    row[TAG_OK] = right
    while at <= star:
        stop = _find(buf, at, star, COMMA)
        if stop - at == 1 or (stop > at and buf[at + 1] == COLON):
            value = min(at + 2, stop)
            if buf[at] == SMALL_C:
                row[T_MS] = stamps.epoch_ms(buf, value, stop, 1)
            elif buf[at] == SMALL_S:
                row[STATION], row[N_STATION] = value, stop - value
            elif buf[at] == SMALL_G:
                dash = stop
                while dash > value and buf[dash - 1] != MINUS:
                    dash -= 1
                row[GROUP], row[N_GROUP] = dash, stop - dash
        at = stop + 1


@inlined
def _simulated(buf, row):
    """Whether the station's name begins with SIM."""
    at = row[STATION]
    return row[N_STATION] > 2 and buf[at] == S and buf[at + 1] == I and buf[at + 2] == M


@njit(cache=True, nogil=True)
def _other(buf, at, end, row, tally):
    """A line without a whole sentence: not AIS, perhaps a companion, or for the slow reader."""
    kind = _companion_kind(buf, at, end)
    if _suspect(buf, at + (kind > 0), end):
        return ODD
    if kind == 0:
        if row[T_MS] != NO_TIME:
            _set(tally, row[T_MS], _TAG)
        return NOT_AIS
    star = _find(buf, at, end, STAR)
    if end - star < 3 or 16 * HEX[buf[star + 1]] + HEX[buf[star + 2]] != _xor(buf, at + 1, star):
        return ODD
    if _find(buf, at + 1, star, BANG) < star or _find(buf, at + 1, star, DOLLAR) < star:
        return ODD
    return NOT_AIS if _hear(buf, at, star, kind, tally) else ODD


@njit(cache=True, nogil=True)
def _companion_kind(buf, at, end):
    """Which companion begins at ``at``: one of FORMS, 0 for none."""
    if end - at < 9 or buf[at] != DOLLAR:
        return 0
    if buf[at + 5] == COMMA:
        return _PGHP if buf[at + 1] == P and buf[at + 2] == G and buf[at + 3] == H and buf[at + 4] == P else 0
    if buf[at + 6] != COMMA or not (A <= buf[at + 1] <= Z and A <= buf[at + 2] <= Z):
        return 0
    a, b, c = buf[at + 3], buf[at + 4], buf[at + 5]
    if a == Z and b == D and c == A:
        return _ZDA
    if a == R and b == M and c == C:
        return _RMC
    return _VSI if a == V and b == S and c == I else 0


@njit(cache=True, nogil=True)
def _hear(buf, at, star, kind, tally):
    """Take a companion's time, if it has one; False if its numbers are not plain digits."""
    if kind == _PGHP:
        t_ms = stamps.pghp_ms(buf, at + 6, star)
    elif kind == _ZDA:
        t_ms = stamps.zda_ms(buf, at + 7, star)
    elif kind == _RMC:
        t_ms = stamps.rmc_ms(buf, at + 7, star)
    else:
        t_ms = stamps.vsi_ms(buf, at + 7, star, tally[LAST_MS])
    if t_ms != NO_TIME:
        _set(tally, t_ms, kind)
    return t_ms != NO_TIME or kind in (_RMC, _VSI)


@njit(cache=True, nogil=True)
def _set(tally, t_ms, form):
    tally[COMPANION_MS], tally[COMPANION], tally[LAST_MS] = t_ms, form, t_ms


@njit(cache=True, nogil=True)
def _suspect(buf, at, end):
    """Whether a line may hold a sentence, ``VDM,`` or ``VDO,``, or a companion, anywhere."""
    for i in range(at, end - 3):
        if buf[i] == V and buf[i + 1] == D and buf[i + 3] == COMMA:
            return True
        if buf[i] == DOLLAR and _companion_kind(buf, i, end) > 0:
            return True
    return False


@inlined
def _stamp(row, tally, start_ms, rate_per_s):
    """The time of a sentence: its own, or else that of its neighbours."""
    tally[HEARD_AIS] = 1
    row[OWN] = row[T_MS] != NO_TIME
    if row[OWN]:
        tally[LAST_MS] = row[T_MS]
    elif tally[COMPANION_MS] != NO_TIME or start_ms == NO_TIME:
        row[T_MS], row[FORM] = tally[COMPANION_MS], tally[COMPANION]
    else:
        tally[ASSUMED] += row[NUMBER] == 1
        row[T_MS], row[FORM] = _assumed_ms(tally[ASSUMED], start_ms, rate_per_s), _RATE
        tally[LAST_MS] = row[T_MS]
    tally[HEARD_TIME] |= row[T_MS] != NO_TIME
    row[HEARD] = tally[HEARD_TIME]


@inlined
def _assumed_ms(count, start_ms, rate_per_s):
    """Time of the sentences of message number ``count``, from 1, by start and rate."""
    return start_ms + np.int64(max(count - 1, 0) * 1000 / rate_per_s)


@inlined
def time_between(tally, start_ms, rate_per_s):
    """Time of a whole message that tells none, if it comes next; int64, NO_TIME if it has none."""
    if tally[COMPANION_MS] != NO_TIME or start_ms == NO_TIME:
        return tally[COMPANION_MS]
    return _assumed_ms(tally[ASSUMED] + 1, start_ms, rate_per_s)


@inlined
def pass_time(tally, t_ms, own):
    """Note in ``tally`` the time of a whole message, its own or from :func:`time_between`; how it was told."""
    tally[HEARD_AIS] = tally[HEARD_TIME] = 1
    if not own and tally[COMPANION_MS] != NO_TIME:
        return tally[COMPANION]
    tally[LAST_MS] = t_ms
    tally[ASSUMED] += not own
    return _TAG if own else _RATE


@njit(cache=True, nogil=True)
def _origin(buf, after, end, row):
    """Set KEY of a part: its tag-block group, or else its station, told by the tag block or after the checksum."""
    group = row[N_GROUP] > 0
    at, n = (row[GROUP], row[N_GROUP]) if group else (row[STATION], row[N_STATION])
    if n == 0:
        while after < end - 1 and not (buf[after] == COMMA and (buf[after + 1] in (SMALL_R, SMALL_B))):
            after += 1
        if after < end - 1:
            at = after + 1
            n = stamps.field_end(buf, at, end) - at
    head = row[PAYLOAD] - 1
    start = head - 1
    while buf[start] != BANG:
        start -= 1
    row[KEY] = part_key(buf, at, n, group, start + 1, head)


@njit(cache=True, nogil=True)
def part_key(buf, origin, n_origin, is_group, head, head_end):
    """Hash of the origin and of the talker, sequence, channel and number of parts in a head ``ttVDM,n,n,s,c``.

    int64; equal for equal keys, and for different ones as good as never.
    """
    key = mix64(np.uint64(is_group))
    for i in range(origin, origin + n_origin):
        key = mix64(key ^ np.uint64(buf[i]))
    for i in (head, head + 1, head + 6):
        key = mix64(key ^ np.uint64(256 + np.int64(buf[i])))
    for i in range(head + 10, head_end):
        key = mix64(key ^ np.uint64(512 + np.int64(buf[i])))
    return np.int64(key)
