"""AIS payloads to columns, by the tables they are given. Pure functions over arrays.

The layout of every message comes in as arrays made from the field tables of the standard; no bit position
stands in this file but that of the MMSI, which all messages share. A form is one layout of a type; numbers
and texts of a form have the places named here.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.bits import VALUES, mix64, pack, unsigned

LON, LAT, SOG, COG, HEADING, STATUS, UTC_S = range(7)
IMO, SHIP_TYPE, BOW, STERN, PORT, STARBOARD, DRAUGHT, DEST_MMSI = range(7, 15)
N_NUMBERS = 15
"""Places of the numbers in ``numbers`` int64[forms, N_NUMBERS, 5]."""
OFFSET, WIDTH, SIGNED, LIMIT, PER_UNIT = range(5)
"""What is said of a number: WIDTH 0 where the form has no such field; beyond LIMIT it is missing."""
NAME, CALLSIGN, DESTINATION, NAME_EXT, TEXT = range(5)
N_TEXTS = 5
"""Places of the texts in ``texts`` int64[forms, N_TEXTS, 2]: offset and number of characters."""
BY_TYPE, DEVICE, SAR_AIRCRAFT, ATON, BASE = 0, 64, 65, 66, 67
"""Places in ``classes`` uint8[68]: the class by message type, and those that the form of an MMSI tells."""

UNKNOWN_TYPE, TOO_SHORT, UNKNOWN_FORM, BAD_MMSI = 1, 1, 30, 31
"""Verdicts other than 0; TOO_SHORT is added to the type."""
MAX_MMSI = 999_999_999
"""Nine digits (ITU-R M.585); the 30-bit field could hold more."""
MISSING_STATUS, MISSING_SHIP_TYPE, MISSING_UTC_S = -1, -1, 60
MAX_WORDS = 4096
"""Room for nine parts of the longest line that is read."""
FIELD_WORDS = 8
"""Words that numbers may lie in: the longest layout with numbers, type 5, has 424 bits."""
SPACE = 32


@njit(cache=True, nogil=True)
def judge(buf, start, n_chars, fill, first, count, select, min_bits, symbols, verdict, msg_type, form, mmsi, digest):
    """What each message is, and why it gives nothing if it does not.

    Parameters
    ----------
    buf : uint8[:]; ``start``, ``n_chars`` int64[n], ``fill`` uint8[n]: valid characters, at least one a message
    first, count : int64[64], where the forms of a type begin and how many there are
    select : int64[forms, 2, 4], (offset, width, least, most) of the fields that choose a form; width 0 for none
    min_bits : int64[forms]
    symbols : uint64[64 * places], :func:`mix64` of ``64 * place + symbol`` for the first places
    verdict, msg_type : uint8[n]; ``form`` int64[n], ``mmsi`` int32[n], ``digest`` uint64[n]: filled

    Notes
    -----
    The digest is the XOR of the hashes of every symbol in its place and of the length in bits.
    """
    words = np.empty(MAX_WORDS, np.int64)
    for i in range(start.size):
        n_bits = pack(buf, start[i], n_chars[i], np.int64(fill[i]), words, FIELD_WORDS)
        kind = unsigned(words, 0, min(n_bits, 6))
        number = unsigned(words, 8, 30)
        chosen, fault = _form(words, n_bits, np.uint64(kind), first, count, select, min_bits)
        if fault == 0 and not 0 < number <= MAX_MMSI:
            fault = BAD_MMSI
        msg_type[i], verdict[i], form[i], mmsi[i] = kind, fault, chosen, number
        digest[i] = _digest(buf, start[i], n_chars[i], fill[i], n_bits, symbols)


@njit(cache=True, nogil=True)
def _form(words, n_bits, kind, first, count, select, min_bits):
    """(form, verdict) of a message."""
    form = np.uint64(first[kind])
    if count[kind] == 0:
        return 0, UNKNOWN_TYPE
    if n_bits < min_bits[form]:
        return 0, TOO_SHORT + np.int64(kind)
    for _ in range(count[kind]):
        if _selected(words, select, form, 0) and _selected(words, select, form, 1):
            return (np.int64(form), 0) if n_bits >= min_bits[form] else (0, TOO_SHORT + np.int64(kind))
        form += np.uint64(1)
    return 0, UNKNOWN_FORM


@njit(cache=True, nogil=True)
def _selected(words, select, form, nth):
    width = select[form, nth, 1]
    if width == 0:
        return True
    return select[form, nth, 2] <= unsigned(words, select[form, nth, 0], width) <= select[form, nth, 3]


@njit(cache=True, nogil=True)
def _digest(buf, start, n_chars, fill, n_bits, symbols):
    """Unsigned indices spare the test for negative ones, three quarters of the time."""
    digest = mix64(~np.uint64(n_bits))
    at, last, known = np.uint64(start), np.uint64(n_chars - 1), np.uint64(symbols.size >> 6)
    for place in range(min(last, known)):
        digest ^= symbols[(place << np.uint64(6)) + np.uint64(VALUES[buf[at + place]])]
    for place in range(known, last):
        digest ^= mix64((place << np.uint64(6)) + np.uint64(VALUES[buf[at + place]]))
    symbol = np.uint64(VALUES[buf[at + last]] >> fill) << np.uint64(fill)
    return digest ^ mix64((last << np.uint64(6)) + symbol)


@njit(cache=True, nogil=True)
def _number(words, numbers, form, which):
    """A number in its unit; NaN where the form has none or it is not available."""
    width = numbers[form, which, WIDTH]
    if width == 0:
        return np.nan
    raw = unsigned(words, numbers[form, which, OFFSET], width)
    if numbers[form, which, SIGNED]:
        raw -= (raw >> (width - 1)) << width
    limit = numbers[form, which, LIMIT]
    return np.nan if raw > limit or raw < -limit else raw / numbers[form, which, PER_UNIT]


@njit(cache=True, nogil=True)
def _integer(words, numbers, form, which, missing):
    """An unsigned number without unit; ``missing`` where the form has none or it is not available."""
    width = numbers[form, which, WIDTH]
    if width == 0:
        return missing
    raw = unsigned(words, numbers[form, which, OFFSET], width)
    return raw if raw <= numbers[form, which, LIMIT] else missing


@njit(cache=True, nogil=True)
def classify(mmsi, msg_type, classes, ais_class):
    """Class of station: by the form of its MMSI (ITU-R M.585-9), else by message type; fills ``ais_class``.

    mmsi int32[n], msg_type uint8[n], classes uint8[68], ais_class uint8[n].
    """
    for i in range(mmsi.size):
        prefix = mmsi[i] // 1_000_000
        place = np.int64(msg_type[i])
        if prefix == 970 or prefix == 972 or prefix == 974:
            place = DEVICE
        elif prefix == 111:
            place = SAR_AIRCRAFT
        elif prefix // 10 == 99:
            place = ATON
        elif prefix < 10:
            place = BASE
        ais_class[i] = classes[place]


@njit(cache=True, nogil=True)
def fill_positions(buf, start, n_chars, fill, form, numbers, lon, lat, sog_kn, cog_deg, heading_deg, nav_status, utc_s):
    """Fill the columns of ``schema.Positions`` that the payload tells, a row for each message given.

    buf uint8[:]; start, n_chars int64[n], fill uint8[n], form int64[n]; the columns with the schema's dtypes.
    """
    words = np.empty(MAX_WORDS, np.int64)
    for i in range(start.size):
        pack(buf, start[i], n_chars[i], np.int64(fill[i]), words, FIELD_WORDS)
        f = np.uint64(form[i])
        x, y = _number(words, numbers, f, LON), _number(words, numbers, f, LAT)
        nowhere = np.isnan(x) or np.isnan(y)
        lon[i] = np.nan if nowhere else x
        lat[i] = np.nan if nowhere else y
        sog_kn[i] = _number(words, numbers, f, SOG)
        cog_deg[i] = _number(words, numbers, f, COG)
        heading_deg[i] = _number(words, numbers, f, HEADING)
        nav_status[i] = _integer(words, numbers, f, STATUS, MISSING_STATUS)
        utc_s[i] = _integer(words, numbers, f, UTC_S, MISSING_UTC_S)


@njit(cache=True, nogil=True)
def fill_statics(
    buf, start, n_chars, fill, form, numbers, texts, imo, ship_type, name, callsign, destination, to_bow_m,
    to_stern_m, to_port_m, to_starboard_m, draught_m,
):  # fmt: skip
    """Fill the columns of ``schema.Statics`` that the payload tells, a row for each message given.

    As :func:`fill_positions`; texts are uint8[n, width], zero to begin with.
    """
    words = np.empty(MAX_WORDS, np.int64)
    for i in range(start.size):
        n_bits = pack(buf, start[i], n_chars[i], np.int64(fill[i]), words, FIELD_WORDS)
        f = np.uint64(form[i])
        imo[i] = _integer(words, numbers, f, IMO, 0)
        ship_type[i] = _integer(words, numbers, f, SHIP_TYPE, MISSING_SHIP_TYPE)
        to_bow_m[i], to_stern_m[i] = _ends(words, numbers, f, BOW, STERN)
        to_port_m[i], to_starboard_m[i] = _ends(words, numbers, f, PORT, STARBOARD)
        draught = _number(words, numbers, f, DRAUGHT)
        draught_m[i] = draught if draught > 0 else np.nan
        length = _text(words, n_bits, texts, f, NAME, name, i, 0)
        if length == texts[f, NAME, 1]:
            _text(words, n_bits, texts, f, NAME_EXT, name, i, length)
        _text(words, n_bits, texts, f, CALLSIGN, callsign, i, 0)
        _text(words, n_bits, texts, f, DESTINATION, destination, i, 0)
        _strip(name, i)
        _strip(callsign, i)
        _strip(destination, i)


@njit(cache=True, nogil=True)
def fill_safety(buf, start, n_chars, fill, form, numbers, texts, dest_mmsi, text):
    """Fill the columns of ``schema.Safety`` that the payload tells; as :func:`fill_statics`."""
    words = np.empty(MAX_WORDS, np.int64)
    for i in range(start.size):
        n_bits = pack(buf, start[i], n_chars[i], np.int64(fill[i]), words, FIELD_WORDS)
        dest_mmsi[i] = _integer(words, numbers, form[i], DEST_MMSI, 0)
        _text(words, n_bits, texts, form[i], TEXT, text, i, 0)
        _strip(text, i)


@njit(cache=True, nogil=True)
def _ends(words, numbers, form, one, other):
    """Distances to both ends: missing where both are 0 (M.1371-5 fig. 41)."""
    a, b = _number(words, numbers, form, one), _number(words, numbers, form, other)
    return (np.nan, np.nan) if a == 0 and b == 0 else (a, b)


@njit(cache=True, nogil=True)
def _text(words, n_bits, texts, form, which, out, row, at):
    """Write six-bit text to its first ``@`` into ``out[row, at:]``; the place after it."""
    offset = texts[form, which, 0]
    room = min(texts[form, which, 1], (n_bits - offset) // 6, out.shape[1] - at)
    for i in range(room):
        symbol = unsigned(words, offset + 6 * i, 6)
        if symbol == 0:
            break
        out[row, at] = symbol + 64 if symbol < 32 else symbol
        at += 1
    return at


@njit(cache=True, nogil=True)
def _strip(out, row):
    """Take spaces away at both ends of a text that zeros end."""
    length = 0
    while length < out.shape[1] and out[row, length] != 0:
        length += 1
    while length > 0 and out[row, length - 1] == SPACE:
        length -= 1
        out[row, length] = 0
    lead = 0
    while lead < length and out[row, lead] == SPACE:
        lead += 1
    if lead > 0:
        for i in range(length):
            out[row, i] = out[row, i + lead] if i + lead < length else 0
