"""Plain lines: a sentence that is a whole message, bare or after a tag block, and nothing else. Pure functions.

Most lines of most logs are such. They are read without a look at where they end, and without a row for what they say;
whatever is not so in the least is left to :mod:`kernels.sentences`.
"""

from __future__ import annotations

import numpy as np

from surveil.kernels import stamps
from surveil.kernels.bits import eight, eight_digits, pack
from surveil.kernels.inline import inlined
from surveil.kernels.sentences import BACKSLASH, BANG, COLON, COMMA, CR, HEX, LF, SMALL_C, SMALL_S, STAR, ZERO
from surveil.kernels.stamps import NO_TIME
from surveil.kernels.vectors import PAD, checksum, first, marks

MOST_CHARS = 1024
"""A message that is longer is not plain."""
_ONE = np.uint64(1)
_HEAD = np.uint64(int.from_bytes(b"!\0\0VDM,1", "little"))
_HEAD_MASK = np.uint64(int.from_bytes(b"\xff\0\0\xff\xff\xfd\xff\xff", "little"))
_NUMBER, _NUMBER_MASK = np.uint64(int.from_bytes(b",1,", "little")), np.uint64(0xFFFFFF)
_TAIL, _TAIL_MASK = np.uint64(int.from_bytes(b",\0*", "little")), np.uint64(0xFF00FF)
"""What a sentence of one part begins with but for the talker (M and O share the masked bits, and no other characters
do), goes on with, and has after the payload."""
NO_TALKER = np.isin(np.arange(256), [*range(CR + 1), *b"!$,*"])
_SIM = np.uint64(int.from_bytes(b"s:SIM", "little"))
_SIM_MASK = np.uint64(0xFFFFFFFFFF)
_EPOCH_DIGITS = 10


@inlined
def line(buf, at, words):
    """What a plain line at ``at`` says, but for the bits of its payload, which go into ``words``.

    buf uint8[:] with room for PAD more bytes after the end of the line, at int64, words as for ``bits.pack``. Returns
    the place of the line end, 0 if the line is not plain; characters of the payload, fill bits, the time or NO_TIME,
    whether no tag block has a wrong checksum, whether its station is a simulated one.
    """
    t_ms, right, simulated = NO_TIME, True, False
    if buf[at] == BACKSLASH:
        at, t_ms, right, simulated = tag_block(buf, at)
    if at < 0:
        return 0, 0, 0, NO_TIME, True, False
    stop, n_chars, fill = message(buf, at, words)
    return stop, n_chars, fill, t_ms, right, simulated


@inlined
def message(buf, at, words):
    """(line end after it, characters of the payload, fill bits) of a message at ``at``; 0 if it is none."""
    if (eight(buf, np.uint64(at)) & _HEAD_MASK) != _HEAD or NO_TALKER[buf[at + 1]] | NO_TALKER[buf[at + 2]]:
        return 0, 0, 0
    if (eight(buf, np.uint64(at + 8)) & _NUMBER_MASK) != _NUMBER:
        return 0, 0, 0
    here = at + 11 + (np.uint8(buf[at + 11] - ZERO) < 10)
    channel = buf[here + 1]
    payload = here + 2 + (channel != COMMA)
    if buf[here] != COMMA or buf[payload - 1] != COMMA or channel <= CR or channel == BANG:
        return 0, 0, 0
    stop = pack(buf, payload, MOST_CHARS, words)
    fill, high, low = np.int64(buf[stop + 1]) - ZERO, HEX[buf[stop + 3]], HEX[buf[stop + 4]]
    if (eight(buf, np.uint64(stop)) & _TAIL_MASK) != _TAIL or fill < 0 or fill > 5 or stop == payload:
        return 0, 0, 0
    if checksum(buf, np.uint64(at + 1), np.uint64(stop + 2)) != np.uint64(16) * high + low:
        return 0, 0, 0
    return (stop + 5, stop - payload, fill) if buf[stop + 5] == LF or buf[stop + 5] == CR else (0, 0, 0)


@inlined
def tag_block(buf, at):
    """What a tag block at ``at``, a backslash, says: (place after it, time, whether its checksum is right, simulated).

    -1 for the place if it is longer than most.
    """
    at = np.uint64(at + 1)
    closing = marks(buf, at, np.uint64(BACKSLASH))
    ends = marks(buf, at, np.uint64(LF)) | marks(buf, at, np.uint64(CR))
    n = first(closing)
    if n == PAD or first(ends) < n:
        return -1, NO_TIME, False, False
    star = min(first(marks(buf, at, np.uint64(STAR))), n)
    digits = at + np.uint64(star + 1)
    right = n - star == 3 and np.uint64(16) * HEX[buf[digits]] + HEX[buf[digits + _ONE]] == checksum(
        buf, at, at + np.uint64(star)
    )
    t_ms, simulated = NO_TIME, False
    commas = marks(buf, at, np.uint64(COMMA)) | (_ONE << np.uint64(star))
    begin = 0
    while begin <= star:
        end = first(commas)
        commas &= commas - _ONE
        field = at + np.uint64(begin)
        key = buf[field]
        if end - begin == 1:
            return -1, NO_TIME, False, False
        if end - begin > 1 and buf[field + _ONE] == COLON:
            if key == SMALL_C:
                t_ms = _epoch_ms(buf, np.int64(field) + 2, end - begin - 2)
            elif key == SMALL_S:
                simulated = end - begin >= 5 and (eight(buf, field) & _SIM_MASK) == _SIM
        begin = end + 1
    return np.int64(at) + n + 1, t_ms, right, simulated


@inlined
def _epoch_ms(buf, at, n):
    """As :func:`stamps.epoch_ms`, and fast for the seconds of our days."""
    if n == _EPOCH_DIGITS:
        head = eight_digits(eight(buf, np.uint64(at)))
        ten, one = np.int64(buf[at + 8]) - ZERO, np.int64(buf[at + 9]) - ZERO
        if head >= 0 and 0 <= ten <= 9 and 0 <= one <= 9:
            return (head * 100 + ten * 10 + one) * 1000
    return stamps.epoch_ms(buf, at, at + n, 1)
