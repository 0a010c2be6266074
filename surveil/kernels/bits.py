"""Six-bit payload characters to bits and back out of them, eight bytes at a time. Pure functions over arrays.

Bits are kept most significant first in uint64 words. No unsigned arithmetic is mixed with signed: Numba would make
floats of it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.inline import inlined
from surveil.kernels.vectors import first, payload_marks

WORD_BITS = 64
_HALF = np.uint64(32)
"""Characters packed at a time."""

_ONE, _SIX, _63 = np.uint64(1), np.uint64(6), np.uint64(63)
_EACH = np.uint64(0x0101010101010101)
_SEVEN, _HIGH = np.uint64(0x7F) * _EACH, np.uint64(0x80) * _EACH
_ZEROS, _BIT_6 = np.uint64(0x30) * _EACH, np.uint64(0x40) * _EACH
_PAIRS, _FOURS, _LOW_FOUR = np.uint64(0x003F003F003F003F), np.uint64(0x00000FFF00000FFF), np.uint64(0xFFFFFF)
_TENS, _HUNDREDS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)


@inlined
def _byte(buf, at, place):
    return np.uint64(buf[at + np.uint64(place)]) << np.uint64(8 * place)


@inlined
def eight(buf, at):
    """The bytes from ``at`` (uint64) on as a word; the compiler makes one load of it."""
    low = _byte(buf, at, 0) | _byte(buf, at, 1) | _byte(buf, at, 2) | _byte(buf, at, 3)
    return low | _byte(buf, at, 4) | _byte(buf, at, 5) | _byte(buf, at, 6) | _byte(buf, at, 7)


@inlined
def marks_of(word, char):
    """The high bit of each byte that is ``char``."""
    other = word ^ (np.uint64(char) * _EACH)
    return ~(((other & _SEVEN) + _SEVEN) | other) & _HIGH


@inlined
def eight_digits(word):
    """The number that eight bytes spell in decimal, int64; -1 if they are not all digits."""
    digits = word ^ _ZEROS
    if ((digits + _SIX * _EACH) | digits) & (np.uint64(0xF0) * _EACH) != 0:
        return -1
    pairs = (digits * np.uint64(10) + (digits >> np.uint64(8))) & _TENS
    fours = (pairs * np.uint64(100) + (pairs >> np.uint64(16))) & _HUNDREDS
    return np.int64((fours * np.uint64(10_000) + (fours >> np.uint64(32))) & np.uint64(0xFFFFFFFF))


@inlined
def _forty_eight(word):
    """Bits of eight payload characters at the top of a word; what follows one that is none means nothing."""
    x = word - _ZEROS - ((word & (word << _ONE) & _BIT_6) >> np.uint64(3))
    x = ((x & _PAIRS) << _SIX) | ((x >> np.uint64(8)) & _PAIRS)
    x = ((x & _FOURS) << np.uint64(12)) | ((x >> np.uint64(16)) & _FOURS)
    return (((x & _LOW_FOUR) << np.uint64(24)) | (x >> np.uint64(32) & _LOW_FOUR)) << np.uint64(16)


@inlined
def pack(buf, start, most, words):
    """Write the bits of payload characters into ``words``, as far as there are such; returns where they end.

    Parameters
    ----------
    buf : uint8[:] with room for PAD more bytes after what ends the payload
    start : int64
    most : int64, how many characters to look at; rounded up to 32s
    words : uint64[:], with three for every 32 characters begun; what follows the payload means nothing
    """
    at, stop, w, n = np.uint64(start), np.uint64(start + most), np.uint64(0), _HALF
    while n == _HALF and at < stop:
        one, two = _forty_eight(eight(buf, at)), _forty_eight(eight(buf, at + np.uint64(8)))
        three, four = _forty_eight(eight(buf, at + np.uint64(16))), _forty_eight(eight(buf, at + np.uint64(24)))
        words[w] = one | (two >> np.uint64(48))
        words[w + _ONE] = (two << np.uint64(16)) | (three >> np.uint64(32))
        words[w + np.uint64(2)] = (three << np.uint64(32)) | (four >> np.uint64(16))
        n = np.uint64(first(~payload_marks(buf, at) | (_ONE << _HALF)))
        at += n
        w += np.uint64(3)
    return np.int64(at)


@inlined
def letters(bits):
    """Eight six-bit characters, 48 bits, as the bytes of a word, the first in its lowest bits (M.1371-5 table 47)."""
    x = (bits >> np.uint64(24)) | ((bits & _LOW_FOUR) << np.uint64(32))
    x = ((x >> np.uint64(12)) & _FOURS) | ((x & _FOURS) << np.uint64(16))
    x = ((x >> _SIX) & _PAIRS) | ((x & _PAIRS) << np.uint64(8))
    return x | ((~x & (np.uint64(0x20) * _EACH)) << _ONE)


@inlined
def cut(words, n_bits, clear_to):
    """Make 0 of what follows ``n_bits`` int64 in its word, and of the words after it up to ``clear_to``."""
    w, used = np.uint64(n_bits) >> _SIX, np.uint64(n_bits) & _63
    words[w] &= ~(~np.uint64(0) >> used)
    for k in range(w + _ONE, np.uint64(clear_to)):
        words[k] = np.uint64(0)


@inlined
def unsigned(words, offset, width):
    """The unsigned number of ``width`` (1-63) bits at ``offset``, int64 both; int64. One more word is read."""
    w, used = np.uint64(offset) >> _SIX, np.uint64(offset) & _63
    bits = (words[w] << used) | ((words[w + _ONE] >> _ONE) >> (_63 - used))
    return np.int64(bits >> np.uint64(WORD_BITS - width))


@inlined
def mix64(x):
    """splitmix64's output function (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195); uint64."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@inlined
def digest(words, n_bits):
    """Hash of the ``n_bits`` (int64) in ``words``, 0 after them, and of their number; uint64."""
    mixed = np.uint64(n_bits)
    for k in range((mixed + _63) >> _SIX):
        mixed = mix64(mixed ^ words[k])
    return mixed


_WITHOUT_SIGN, _INFINITY, _NAN = np.uint64((1 << 63) - 1), np.uint64(0x7FF << 52), np.uint64(0xFFF << 51)
"""Of IEEE 754 binary64: all bits but the sign, infinity, and the NaN that stands for every one."""


@njit(cache=True, nogil=True)
def mix_column(digest, words, is_number):
    """Mix a column into the hash of each row, in place.

    Parameters
    ----------
    digest : uint64[n]; words : uint64[n], the column's bits
    is_number : bool, that they are those of float64: every NaN counts as one, and so does either zero
    """
    for i in range(digest.size):
        word = words[i]
        if is_number:
            unsigned = word & _WITHOUT_SIGN
            if unsigned > _INFINITY:
                word = _NAN
            elif unsigned == 0:
                word = unsigned
        digest[i] = mix64(digest[i] ^ word)
