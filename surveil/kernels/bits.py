"""Six-bit payload characters to bits and back out of them. Pure functions over arrays.

Bits are kept most significant first in int64 words of 60 bits, ten payload characters each: no word is
negative, and no unsigned arithmetic is mixed with signed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

WORD_BITS = 60
WORD_CHARS = 10
INVALID = 255


def _values() -> np.ndarray:
    """Value of each payload character, ``0-W`` and `````-``w`` (IEC 61162-1, 6-bit field conversion)."""
    values = np.full(256, INVALID, np.uint8)
    values[48:88] = np.arange(40)
    values[96:120] = np.arange(40, 64)
    return values


VALUES = _values()


@njit(cache=True, nogil=True)
def _six(buf, at, place):
    return np.int64(VALUES[buf[at + np.uint64(place)]]) << (54 - 6 * place)


@njit(cache=True, nogil=True)
def _ten(buf, at):
    """A word from ten characters; unsigned places and no loop, twice as fast as with."""
    first = _six(buf, at, 0) | _six(buf, at, 1) | _six(buf, at, 2) | _six(buf, at, 3) | _six(buf, at, 4)
    last = _six(buf, at, 5) | _six(buf, at, 6) | _six(buf, at, 7) | _six(buf, at, 8) | _six(buf, at, 9)
    return first | last


@njit(cache=True, nogil=True)
def pack(buf, start, n_chars, fill, words, clear_to):
    """Write payload characters into ``words``; returns the number of bits.

    Parameters
    ----------
    buf : uint8[:], payload characters from ``start`` on, all of them valid
    start, n_chars, fill : int64; ``fill`` bits of the last character do not count and become 0
    words : int64[:], at least ``ceil(n_chars / 10)`` and ``clear_to`` long
    clear_to : int64; words after the payload and before this one become 0
    """
    n_words = (n_chars + WORD_CHARS - 1) // WORD_CHARS
    at, w = np.uint64(start), np.uint64(0)
    for _ in range(n_chars // WORD_CHARS):
        words[w] = _ten(buf, at)
        at += np.uint64(WORD_CHARS)
        w += np.uint64(1)
    left = n_chars % WORD_CHARS
    if left > 0:
        word = np.int64(0)
        for j in range(np.uint64(left)):
            word = (word << 6) | np.int64(VALUES[buf[at + j]])
        words[w] = word << (6 * (WORD_CHARS - left))
    for k in range(np.uint64(n_words), np.uint64(clear_to)):
        words[k] = 0
    n_bits = max(6 * n_chars - fill, 0)
    if fill > 0 and n_words > 0:
        spare = n_words * WORD_BITS - n_bits
        words[n_words - 1] = (words[n_words - 1] >> spare) << spare
    return n_bits


@njit(cache=True, nogil=True)
def unsigned(words, offset, width):
    """The unsigned number of ``width`` (1-60) bits at ``offset``; int64."""
    w = offset // WORD_BITS
    room = WORD_BITS - (offset - w * WORD_BITS)
    if width <= room:
        return (words[w] >> (room - width)) & ((np.int64(1) << width) - 1)
    low = width - room
    return ((words[w] & ((np.int64(1) << room) - 1)) << low) | (words[w + 1] >> (WORD_BITS - low))


@njit(cache=True, nogil=True)
def mix64(x):
    """splitmix64's output function (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195); uint64."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
