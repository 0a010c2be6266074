"""CSV kernels: plain rows of AIS tables from bytes to numbers. Pure functions over arrays; what is not plain is marked.

A row is plain if it is printable ASCII without a quote, has as many fields as the header, and all that is read of it is
in its usual form and range. All others, and rows that say something new of their vessel, are left to a slower reader.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SKIP, TIME, MMSI, LAT, LON, SOG, COG, HEADING, STATUS, STATION, STATIC = range(11)
"""What a column is read as."""
YEAR_FIRST, DAY_FIRST = 0, 1
"""Forms of time: ``2026-03-14T22:00:00`` or ``14/03/2026 22:00:00``, a space for the T, a fraction or none."""
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
"""FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/"""
_MOST_EXACT = 1 << 53
_POWERS = 10.0 ** np.arange(23)
"""An integer to 2**53 over a power of ten to 22 is rounded once: it is the nearest double (Clinger 1990,
doi 10.1145/93542.93557)."""
_NO_CODE = np.int64(-(1 << 62))
_SOUND, _UNSOUND, _ENDS = 0, 1, 2
_BYTES = np.array(
    [_ENDS if b in b",\n\r" else _SOUND if 32 <= b < 127 and b != ord('"') else _UNSOUND for b in range(256)], np.uint8
)
"""What a byte does to a row: printable ASCII but the quote is plain, and a comma or an end of line ends a field."""


@njit(cache=True, nogil=True)
def fnv(buf, start, end, seed):
    """uint64: hash of buf[start:end], letters taken as small ones."""
    value = _FNV_START ^ seed
    for i in range(start, end):
        byte = buf[i]
        if 65 <= byte <= 90:
            byte += 32
        value = (value ^ np.uint64(byte)) * _FNV_PRIME
    return value


@njit(cache=True, nogil=True, inline="always")
def _number(buf, start, end):
    """(number, whether it is plain) of digits with at most one point; NaN if empty."""
    if start == end:
        return np.nan, True
    negative = buf[start] == 45
    mantissa, digits, point = np.int64(0), 0, -1
    for i in range(start + negative, end):
        byte = buf[i]
        if 48 <= byte <= 57 and mantissa < _MOST_EXACT // 10:
            mantissa = mantissa * 10 + (byte - 48)
            digits += 1
        elif byte == 46 and point < 0:
            point = digits
        else:
            return np.nan, False
    if digits == 0 or digits - point > 22:
        return np.nan, False
    value = float(mantissa) if point < 0 else mantissa / _POWERS[digits - point]
    return -value if negative else value, True


@njit(cache=True, nogil=True, inline="always")
def _digits(buf, start, n):
    """int64: n digits as a number, -1 if one is none."""
    value = np.int64(0)
    for i in range(start, start + n):
        if buf[i] < 48 or buf[i] > 57:
            return np.int64(-1)
        value = value * 10 + (buf[i] - 48)
    return value


@njit(cache=True, nogil=True)
def moment(buf, start, end, form):
    """int64: epoch ms of a time in UTC, -1 if it is not of the form or not in the calendar (1970 to 9999)."""
    if end - start < 19 or (buf[start + 10] != 84 and buf[start + 10] != 32):
        return np.int64(-1)
    year, month, day = start, start + 5, start + 8
    mark = 45
    if form == DAY_FIRST:
        year, month, day, mark = start + 6, start + 3, start, 47
    first, second = (4, 7) if form == YEAR_FIRST else (2, 5)
    if buf[start + first] != mark or buf[start + second] != mark or buf[start + 13] != 58 or buf[start + 16] != 58:
        return np.int64(-1)
    y, m, d = _digits(buf, year, 4), _digits(buf, month, 2), _digits(buf, day, 2)
    hh, mm, ss = _digits(buf, start + 11, 2), _digits(buf, start + 14, 2), _digits(buf, start + 17, 2)
    if min(y - 1970, m - 1, d - 1, hh, mm, ss) < 0 or m > 12 or hh > 23 or mm > 59 or ss > 60:
        return np.int64(-1)
    leap = y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)
    if d > (28 + leap if m == 2 else 31 - (m - 1) % 7 % 2):
        return np.int64(-1)
    shifted = y - (m <= 2)  # years from March: the leap day is the last one
    days = (
        365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + (153 * ((m + 9) % 12) + 2) // 5 + d - 719_469
    )
    ms = np.int64(0)
    if end - start > 19:
        if buf[start + 19] != 46 or end - start == 20:
            return np.int64(-1)
        for i in range(start + 20, end):
            if buf[i] < 48 or buf[i] > 57:
                return np.int64(-1)
        for i in range(3):
            ms = ms * 10 + (buf[start + 20 + i] - 48 if start + 20 + i < end else 0)
    return (((days * 24 + hh) * 60 + mm) * 60 + ss) * 1000 + ms


@njit(cache=True, nogil=True, inline="always")
def _code(buf, start, end, seed, words, codes):
    """Code of a word by its hash in the sorted ``words``, _NO_CODE if it is not there."""
    wanted = fnv(buf, start, end, seed)
    at = np.searchsorted(words, wanted)
    return codes[at] if at < words.size and words[at] == wanted else _NO_CODE


@njit(cache=True, nogil=True, inline="always")
def _news(mmsi, said, seen_mmsi, seen_said):
    """Remember what a vessel says; true if that is not what it said last. ``said`` 0 forgets it."""
    mask = np.uint32(seen_mmsi.size - 1)
    at = (np.uint32(mmsi) * np.uint32(2654435769)) & mask
    while seen_mmsi[at] != 0 and seen_mmsi[at] != mmsi:
        at = (at + np.uint32(1)) & mask
    new = seen_mmsi[at] == 0 or seen_said[at] != said
    seen_mmsi[at], seen_said[at] = mmsi, said
    return new


@njit(cache=True, nogil=True)
def read_rows(buf, roles, form, span_ms, words, codes, seen_mmsi, seen_said, line_end, plain, whole, numbers):
    """Read whole lines.

    Parameters
    ----------
    buf : uint8[b], lines, each with its end
    roles : int64[w], what each column is read as
    form : YEAR_FIRST or DAY_FIRST
    span_ms : int64[2], first and last time that is believed
    words : uint64[k], sorted hashes of the words for status and station, seeded with their role; codes : int64[k]
    seen_mmsi : int32[m], seen_said : uint64[m], m a power of two at least twice the vessels and lines: what each
        vessel said last, updated in place; MMSI 0 marks a free place
    line_end : int64[n], out: the byte after each line, its end excluded
    plain : bool[n], out: rows that are read and say nothing new
    whole : int64[n, 4], out: epoch ms, MMSI, status, station (of plain rows)
    numbers : float64[n, 5], out: latitude, longitude, SOG, COG, heading as they are given, NaN where empty

    Returns
    -------
    int64, how many lines; -1 if one ends in a carriage return alone
    """
    line, start = 0, 0
    while start < buf.size:
        at, field, column, sound, good, said = start, start, 0, True, True, _FNV_START
        mmsi = np.int64(0)
        while True:
            byte = buf[at]
            if _BYTES[byte] != _ENDS:
                sound &= _BYTES[byte] == _SOUND
                at += 1
                continue
            role = roles[column] if sound and column < roles.size else SKIP
            if role == STATIC:
                said = (fnv(buf, field, at, said) ^ np.uint64(column)) * _FNV_PRIME
            elif role >= LAT and role <= HEADING:
                numbers[line, role - LAT], ok = _number(buf, field, at)
                good &= ok
            elif role == TIME:
                whole[line, 0] = moment(buf, field, at, form)
            elif role == MMSI:
                mmsi = _digits(buf, field, at - field) if 0 < at - field < 10 else np.int64(0)
                whole[line, 1] = mmsi
            elif role != SKIP:
                code = _code(buf, field, at, np.uint64(role), words, codes)
                whole[line, role - STATUS + 2] = code
                good &= code != _NO_CODE
            column += 1
            if byte != 44:
                break
            at += 1
            field = at
        line_end[line] = at
        if buf[at] == 13:
            if at + 1 == buf.size or buf[at + 1] != 10:
                return -1
            at += 1
        good &= sound and column == roles.size and mmsi > 0 and span_ms[0] <= whole[line, 0] <= span_ms[1]
        lat, lon = numbers[line, 0], numbers[line, 1]
        good &= not (abs(lat) > 90.0 and lat != 91.0) and not (abs(lon) > 180.0 and lon != 181.0)
        if mmsi > 0:
            good &= not _news(mmsi, said if good else np.uint64(0), seen_mmsi, seen_said)
        elif line_end[line] > start:  # a row of an unknown vessel may say something new of any
            seen_mmsi[:] = 0
        plain[line] = good
        line += 1
        start = at + 1
    return line
