"""Where the items of ASTERIX records lie: the walk over blocks, field specifications and items of any length form.

The layout of a category comes as arrays (see ``decode/asterix.py``), a row an item or subfield:
``uap`` int16 (256 * n_frn): row of a field reference number of a category, -1 if it has none; ``form`` uint8 and
``size`` int16 of each row (FIXED: octets; EXTENDED: octets of a part; REPETITIVE: octets of an element);
``subs`` int16 (rows * n_sub): row of each presence bit of a compound item, -1 if unused; ``want`` int16: the column
of the output that an item's place goes to, -1 for none.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FIXED, EXTENDED, REPETITIVE, EXPLICIT, COMPOUND = range(5)
N_FRN, N_SUB = 42, 35
"""Field reference numbers of a category, six octets of FSPEC; presence bits of a compound item, five octets."""
OK, UNKNOWN_ITEM, OVERRUN = range(3)
"""What became of a block."""


@njit(cache=True, nogil=True)
def simple_end(data, at, end, form, size):
    """First octet after an item that is not compound; beyond ``end`` where it does not fit.
    uint8 (n,), int64 x 2, uint8, int16 -> int64."""
    if form == FIXED:
        return at + size
    if form == EXTENDED:
        at += size
        while at <= end and data[at - 1] & 1:
            at += size
        return at
    if at >= end:
        return end + 1
    if form == REPETITIVE:
        return at + 1 + data[at] * size
    return at + data[at] if data[at] > 0 else end + 1


@njit(cache=True, nogil=True)
def presence(data, at, end, most, found):
    """Bits set in octets that each end with FX, as a field specification and the head of a compound item are:
    (how many, first octet after), or minus a state instead of how many. ``found`` takes the bits, none of which
    may be ``most`` or above. uint8 (n,), int64 x 3, int16 (most,) -> (int64, int64)."""
    count, bit = 0, 0
    while at < end:
        octet = data[at]
        at += 1
        for k in range(7):
            if octet & (128 >> k):
                if bit + k >= most:
                    return -UNKNOWN_ITEM, at
                found[count] = bit + k
                count += 1
        bit += 7
        if not octet & 1:
            return count, at
    return -OVERRUN, at


@njit(cache=True, nogil=True)
def item_end(data, at, end, row, record, form, size, subs, want, out, bits):
    """First octet after an item, or minus a state; the places wanted go to ``out`` unless ``record`` is beyond it.
    Arguments as for :func:`walk`; ``bits`` int16 (N_SUB,) is scratch."""
    fill = record < len(out)
    if fill and want[row] >= 0:
        out[record, want[row]] = at
    if form[row] != COMPOUND:
        at = simple_end(data, at, end, form[row], size[row])
        return at if at <= end else -OVERRUN
    count, at = presence(data, at, end, N_SUB, bits)
    if count < 0:
        return count
    for k in range(count):
        sub = subs[row * N_SUB + bits[k]]
        if sub < 0:
            return -UNKNOWN_ITEM
        if fill and want[sub] >= 0:
            out[record, want[sub]] = at
        at = simple_end(data, at, end, form[sub], size[sub])
        if at > end:
            return -OVERRUN
    return at


@njit(cache=True, nogil=True)
def walk(data, start, end, category, uap, form, size, subs, want, out):
    """Places of the wanted items of every record of some blocks.

    uint8 (n,); int64 (blocks,) of the first octet after the block's head and after the block; uint8 (blocks,);
    layout as above; ``out`` int64 (records, columns + 1), filled with -1, whose last column is the first octet of the
    record, or with no rows to count only
    -> (records of each block int64, state of each block uint8).

    A block ends at the first record that cannot be read; the records before it stand.
    """
    counts, states = np.zeros(len(start), np.int64), np.zeros(len(start), np.uint8)
    frns, bits, record = np.empty(N_FRN, np.int16), np.empty(N_SUB, np.int16), 0
    for block in range(len(start)):
        at = start[block]
        while at < end[block]:
            if record < len(out):
                out[record, -1] = at
            count, at = presence(data, at, end[block], N_FRN, frns)
            if count < 0:
                at = count
            for i in range(count):
                row = uap[category[block] * N_FRN + frns[i]]
                at = (
                    -UNKNOWN_ITEM
                    if row < 0
                    else item_end(data, at, end[block], row, record, form, size, subs, want, out, bits)
                )
                if at < 0:
                    break
            if at < 0:
                states[block] = -at
                if record < len(out):
                    out[record] = -1
                break
            counts[block] += 1
            record += 1
    return counts, states


@njit(cache=True, nogil=True)
def blocks(data, start, end):
    """The blocks of a stretch of octets: (place of each block's head, rest not made of blocks).
    uint8 (n,), int64 x 2 -> (int64 (blocks,), int64)."""
    places = np.empty((end - start) // 3 + 1, np.int64)
    count, at = 0, start
    while at + 3 <= end:
        length = data[at + 1] * 256 + data[at + 2]
        if length < 3 or at + length > end:
            break
        places[count] = at
        count += 1
        at += length
    return places[:count], at


@njit(cache=True, nogil=True)
def integers(data, at, octets, signed):
    """Big-endian numbers at places, 0 where the place is -1. uint8 (n,), int64 (m,), int, bool -> int64 (m,)."""
    out = np.zeros(len(at), np.int64)
    for i in range(len(at)):
        if at[i] >= 0:
            value = np.int64(0)
            for k in range(octets):
                value = value * 256 + data[at[i] + k]
            if signed and octets < 8 and value >= np.int64(1) << (8 * octets - 1):  # eight go round by themselves
                value -= np.int64(1) << (8 * octets)
            out[i] = value
    return out
