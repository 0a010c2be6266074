"""Times as the bytes of a log tell them. Pure functions over arrays; the forms are those of ``decode/times``."""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.inline import inlined

NO_TIME = np.iinfo(np.int64).min
MS_FROM = 10**11
"""An epoch number at least this large is in ms (in seconds it would be the year 5138)."""
LIKELY_DIGITS = 9
"""A number outside a field that is a time by its name must have so many digits to be one: from 1973 on."""
DAY_MS = 86_400_000
GPS_CENTURY_FROM = 80
"""GPS time began in 1980: a two-digit year from here on belongs to the 1900s."""

COMMA, DOT, ZERO, NINE, STATUS_A = 44, 46, 48, 57, 65
BLANKS = (9, 11, 12, 32)


@inlined
def epoch_ms(buf, at, end, fewest_digits):
    """Milliseconds from an epoch number of up to 10, of 12 or 13 digits, with or without a fraction, else NO_TIME."""
    whole, dot = np.int64(0), at
    while dot < end and dot - at < 14 and ZERO <= buf[dot] <= NINE:
        whole = whole * 10 + (np.int64(buf[dot]) - ZERO)
        dot += 1
    digits = dot - at
    if digits < fewest_digits or digits == 11 or digits > 13:
        return NO_TIME
    fraction = np.int64(0)
    if dot < end:
        fraction = fraction_ms(buf, dot + 1, end) if buf[dot] == DOT and dot + 1 < end else -1
    if fraction < 0:
        return NO_TIME
    return whole if whole >= MS_FROM else whole * 1000 + fraction


@njit(cache=True, nogil=True)
def fraction_ms(buf, at, end):
    """The digits after a decimal point as milliseconds, cut off after the third; -1 if they are not digits."""
    ms, place = np.int64(0), np.int64(100)
    for i in range(at, end):
        if not ZERO <= buf[i] <= NINE:
            return -1
        ms += place * (np.int64(buf[i]) - ZERO)
        place //= 10
    return ms


@njit(cache=True, nogil=True)
def suffix_ms(buf, at, end):
    """The first field that looks like an epoch in ``,field,field`` after the checksum, else NO_TIME."""
    if at == end or buf[at] != COMMA:
        return NO_TIME
    while end > at and buf[end - 1] in BLANKS:
        end -= 1
    while at < end:
        stop = field_end(buf, at + 1, end)
        t_ms = epoch_ms(buf, at + 1, stop, LIKELY_DIGITS)
        if t_ms != NO_TIME:
            return t_ms
        at = stop
    return NO_TIME


@njit(cache=True, nogil=True)
def field_end(buf, at, end):
    """Place of the comma that ends the field at ``at``, or ``end``."""
    while at < end and buf[at] != COMMA:
        at += 1
    return at


@njit(cache=True, nogil=True)
def nth_field(buf, at, end, n):
    """(start, end) of the field ``n``, from 0; (-1, -1) if there are fewer."""
    for _ in range(n):
        at = field_end(buf, at, end) + 1
    return (at, field_end(buf, at, end)) if at <= end else (-1, -1)


@njit(cache=True, nogil=True)
def number(buf, at, end):
    """The number that plain digits spell; -1 for anything else."""
    if at < 0 or at >= end or end - at > 9:
        return -1
    value = np.int64(0)
    for i in range(at, end):
        if not ZERO <= buf[i] <= NINE:
            return -1
        value = value * 10 + (np.int64(buf[i]) - ZERO)
    return value


@njit(cache=True, nogil=True)
def clock_ms(buf, at, end, checked):
    """Milliseconds of the day from ``hhmmss[.fff]``, -1 if it is not that; ``checked``: nor a time of day."""
    whole = number(buf, at, at + 6) if at >= 0 and end - at >= 6 else -1
    fraction = np.int64(0)
    if whole >= 0 and end - at > 6:
        fraction = fraction_ms(buf, at + 7, end) if buf[at + 6] == DOT else -1
    hour, minute, second = whole // 10000, whole // 100 % 100, whole % 100
    if whole < 0 or fraction < 0 or (checked and (hour > 23 or minute > 59 or second > 60)):
        return -1
    return ((hour * 60 + minute) * 60 + second) * 1000 + fraction


@njit(cache=True, nogil=True)
def midnight_ms(year, month, day):
    """UTC midnight of a day of the Gregorian calendar, NO_TIME if there is none (Hinnant, days_from_civil)."""
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= _days_of(year, month)):
        return NO_TIME
    y = year - (month <= 2)
    era, of_era = y // 400, y % 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468) * DAY_MS


@njit(cache=True, nogil=True)
def _days_of(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@njit(cache=True, nogil=True)
def pghp_ms(buf, at, end):
    """Time of the fields of a ``$PGHP`` (Gatehouse), NO_TIME if they are not plain numbers or no time."""
    at = field_end(buf, at, end) + 1
    year, at = _next_number(buf, at, end)
    month, at = _next_number(buf, at, end)
    day, at = _next_number(buf, at, end)
    hour, at = _next_number(buf, at, end)
    minute, at = _next_number(buf, at, end)
    second, at = _next_number(buf, at, end)
    ms, at = _next_number(buf, at, end)
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 60 and 0 <= ms <= 999):
        return NO_TIME
    midnight = midnight_ms(year, month, day)
    return midnight if midnight == NO_TIME else midnight + ((hour * 60 + minute) * 60 + second) * 1000 + ms


@njit(cache=True, nogil=True)
def _next_number(buf, at, end):
    """(the number in the field at ``at``, -1 if it is none; where the next field begins)."""
    stop = field_end(buf, at, end) if at <= end else at
    return number(buf, at, min(stop, end)), stop + 1


@njit(cache=True, nogil=True)
def zda_ms(buf, at, end):
    """Time of the fields of a ``$--ZDA``, NO_TIME as for :func:`pghp_ms`."""
    of_day = clock_ms(buf, *nth_field(buf, at, end, 0), True)
    day = number(buf, *nth_field(buf, at, end, 1))
    month = number(buf, *nth_field(buf, at, end, 2))
    midnight = midnight_ms(number(buf, *nth_field(buf, at, end, 3)), month, day)
    return NO_TIME if of_day < 0 or midnight == NO_TIME else midnight + of_day


@njit(cache=True, nogil=True)
def rmc_ms(buf, at, end):
    """Time of the fields of a ``$--RMC`` with status A and a date, NO_TIME as for :func:`pghp_ms`."""
    status, status_end = nth_field(buf, at, end, 1)
    start, stop = nth_field(buf, at, end, 8)
    if status_end - status != 1 or buf[status] != STATUS_A or stop - start != 6:
        return NO_TIME
    of_day, date = clock_ms(buf, *nth_field(buf, at, end, 0), True), number(buf, start, stop)
    if date < 0 or of_day < 0:
        return NO_TIME
    year = date % 100
    year += 1900 if year >= GPS_CENTURY_FROM else 2000
    midnight = midnight_ms(year, date // 100 % 100, date // 10000)
    return midnight if midnight == NO_TIME else midnight + of_day


@njit(cache=True, nogil=True)
def vsi_ms(buf, at, end, known_ms):
    """Time of day in the fields of a ``$--VSI``, on the day next to a known time; NO_TIME without one."""
    of_day = clock_ms(buf, *nth_field(buf, at, end, 2), False)
    if of_day < 0 or known_ms == NO_TIME:
        return NO_TIME
    ahead = (of_day - known_ms) % DAY_MS
    return known_ms + (ahead if ahead < DAY_MS // 2 else ahead - DAY_MS)
