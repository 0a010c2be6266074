"""AIS payloads to columns, by the tables they are given. Pure functions over arrays.

The layout of every message comes in as arrays made from the field tables of the standard; no bit position
stands in this file but that of the MMSI, which all messages share. A form is one layout of a type; numbers
and texts of a form have the places named here.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.bits import cut, digest, letters, marks_of, pack, unsigned
from surveil.kernels.inline import borrow, inlined
from surveil.kernels.vectors import first

LON, LAT, SOG, COG, HEADING, STATUS, UTC_S = range(7)
IMO, SHIP_TYPE, BOW, STERN, PORT, STARBOARD, DRAUGHT, DEST_MMSI = range(7, 15)
N_NUMBERS = 15
"""Places of the numbers in ``numbers`` int64[forms * N_NUMBERS * N_SAID], flat so that a place is one addition."""
OFFSET, WIDTH, SIGN, LIMIT, PER_UNIT = range(5)
N_SAID = 5
"""What is said of a number: SIGN is the value of the sign bit, 0 if there is none; beyond LIMIT, or below -LIMIT, it is
missing; a field that a form does not have is always missing, by a LIMIT of -1."""
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
SPACE, AT = 32, 64


@njit(cache=True, nogil=True)
def judge(buf, start, n_chars, fill, words, plan, verdict, msg_type, form, mmsi, digests):
    """What each message is, and why it gives nothing if it does not.

    Parameters
    ----------
    buf : uint8[:]; ``start``, ``n_chars`` int64[n], ``fill`` uint8[n]: valid characters, at least one a message
    words : uint64[MAX_WORDS], to work in
    plan : named tuple of, among others,
        first, count : int64[64], where the forms of a type begin and how many there are
        select : int64[forms * 2 * 4], (offset, width, least, most) of the fields that choose a form; width 0 for none
        min_bits : int64[forms]
    verdict, msg_type : uint8[n]; ``form`` int64[n], ``mmsi`` int32[n], ``digests`` uint64[n]: filled
    """
    buf, words, plan = borrow(buf), borrow(words), borrow(plan)
    for i in range(start.size):
        n_bits = unpack(buf, start[i], n_chars[i], fill[i], words)
        msg_type[i], mmsi[i], form[i], verdict[i] = identify(words, n_bits, plan)
        digests[i] = digest(words, n_bits)


@inlined
def unpack(buf, start, n_chars, fill, words):
    """Put a payload's bits into ``words``, with zeros where numbers may lie after them; their number, int64."""
    pack(buf, start, n_chars, words)
    n_bits = max(6 * n_chars - np.int64(fill), 0)
    cut(words, n_bits, FIELD_WORDS)
    return n_bits


@inlined
def identify(words, n_bits, plan):
    """(type, MMSI, form, verdict) of a message; int64."""
    kind, number = unsigned(words, 0, min(n_bits, 6)), unsigned(words, 8, 30)
    form, fault = _form(words, n_bits, np.uint64(kind), plan)
    if fault == 0 and not 0 < number <= MAX_MMSI:
        fault = BAD_MMSI
    return kind, number, form, fault


@inlined
def _form(words, n_bits, kind, plan):
    """(form, verdict) of a message."""
    form = np.uint64(plan.first[kind])
    if plan.count[kind] == 0:
        return 0, UNKNOWN_TYPE
    if n_bits < plan.min_bits[form]:
        return 0, TOO_SHORT + np.int64(kind)
    for _ in range(plan.count[kind]):
        if _selected(words, plan.select, form, 0) and _selected(words, plan.select, form, 1):
            return (np.int64(form), 0) if n_bits >= plan.min_bits[form] else (0, TOO_SHORT + np.int64(kind))
        form += np.uint64(1)
    return 0, UNKNOWN_FORM


@inlined
def _selected(words, select, form, nth):
    at = form * np.uint64(8) + np.uint64(4 * nth)
    width = select[at + np.uint64(1)]
    if width == 0:
        return True
    return select[at + np.uint64(2)] <= unsigned(words, select[at], width) <= select[at + np.uint64(3)]


@inlined
def _said(numbers, form, which, what):
    return numbers[form * np.uint64(N_NUMBERS * N_SAID) + np.uint64(which * N_SAID + what)]


@inlined
def _number(words, numbers, form, which):
    """A number in its unit; NaN where it is not available. No branch: what is sent in turn cannot be foreseen."""
    raw = _raw(words, numbers, form, which)
    value = raw / _said(numbers, form, which, PER_UNIT)
    return np.nan if abs(raw) > _said(numbers, form, which, LIMIT) else value


@inlined
def _integer(words, numbers, form, which, missing):
    """An unsigned number without unit; ``missing`` where it is not available."""
    raw = _raw(words, numbers, form, which)
    return raw if raw <= _said(numbers, form, which, LIMIT) else missing


@inlined
def _raw(words, numbers, form, which):
    raw = unsigned(words, _said(numbers, form, which, OFFSET), _said(numbers, form, which, WIDTH))
    return raw - ((raw & _said(numbers, form, which, SIGN)) << 1)


@njit(cache=True, nogil=True)
def classify(mmsi, msg_type, classes, ais_class):
    """Class of station: by the form of its MMSI (ITU-R M.585-9), else by message type; fills ``ais_class``.

    mmsi int32[n], msg_type uint8[n], classes uint8[68], ais_class uint8[n].
    """
    for i in range(mmsi.size):
        ais_class[i] = classes[class_place(mmsi[i], msg_type[i])]


@inlined
def class_place(mmsi, msg_type):
    """Place in ``classes`` of a station."""
    prefix = mmsi // 1_000_000
    if prefix == 970 or prefix == 972 or prefix == 974:
        return DEVICE
    if prefix == 111:
        return SAR_AIRCRAFT
    if prefix // 10 == 99:
        return ATON
    return BASE if prefix < 10 else np.int64(msg_type)


@njit(cache=True, nogil=True)
def fill_positions(buf, start, n_chars, fill, form, words, plan, columns):
    """Fill the columns of ``schema.Positions`` that the payload tells, a row for each message given.

    buf uint8[:]; start, n_chars int64[n], fill uint8[n], form int64[n]; words uint64[MAX_WORDS], to work in; plan a
    named tuple with ``numbers``; columns a tuple with the schema's dtypes: lon, lat, sog_kn, cog_deg, heading_deg,
    nav_status, utc_s.
    """
    buf, words, plan, columns = borrow(buf), borrow(words), borrow(plan), borrow(columns)
    for i in range(start.size):
        unpack(buf, start[i], n_chars[i], fill[i], words)
        put_position(words, np.uint64(form[i]), plan.numbers, i, columns)


@inlined
def put_position(words, f, numbers, i, columns):
    """Row ``i`` of the columns that :func:`fill_positions` fills, of a message of the form ``f`` (uint64)."""
    lon, lat, sog_kn, cog_deg, heading_deg, nav_status, utc_s = columns
    x, y = _number(words, numbers, f, LON), _number(words, numbers, f, LAT)
    nowhere = np.isnan(x) | np.isnan(y)
    lon[i] = np.nan if nowhere else x
    lat[i] = np.nan if nowhere else y
    sog_kn[i] = _number(words, numbers, f, SOG)
    cog_deg[i] = _number(words, numbers, f, COG)
    heading_deg[i] = _number(words, numbers, f, HEADING)
    nav_status[i] = _integer(words, numbers, f, STATUS, MISSING_STATUS)
    utc_s[i] = _integer(words, numbers, f, UTC_S, MISSING_UTC_S)


@njit(cache=True, nogil=True)
def fill_statics(buf, start, n_chars, fill, form, words, plan, columns):
    """Fill the columns of ``schema.Statics`` that the payload tells, a row for each message given.

    As :func:`fill_positions`, with ``plan.texts`` too; columns: imo, ship_type, name, callsign, destination, to_bow_m,
    to_stern_m, to_port_m, to_starboard_m, draught_m; texts are uint8[n, width].
    """
    buf, words, plan, columns = borrow(buf), borrow(words), borrow(plan), borrow(columns)
    for i in range(start.size):
        n_bits = unpack(buf, start[i], n_chars[i], fill[i], words)
        put_static(words, n_bits, np.uint64(form[i]), plan, i, columns)


@inlined
def put_static(words, n_bits, f, plan, i, columns):
    """Row ``i`` of the columns that :func:`fill_statics` fills, of a message of the form ``f`` (uint64)."""
    imo, ship_type, name, callsign, destination, bow, stern, port, starboard, draught = columns
    imo[i] = _integer(words, plan.numbers, f, IMO, 0)
    ship_type[i] = _integer(words, plan.numbers, f, SHIP_TYPE, MISSING_SHIP_TYPE)
    bow[i], stern[i] = _ends(words, plan.numbers, f, BOW, STERN)
    port[i], starboard[i] = _ends(words, plan.numbers, f, PORT, STARBOARD)
    metres = _number(words, plan.numbers, f, DRAUGHT)
    draught[i] = metres if metres > 0 else np.nan
    length = _text(words, n_bits, plan.texts, f, NAME, name[i], 0)
    if length == plan.texts[f, NAME, 1]:
        length = _text(words, n_bits, plan.texts, f, NAME_EXT, name[i], length)
    _strip(name[i], length)
    _strip(callsign[i], _text(words, n_bits, plan.texts, f, CALLSIGN, callsign[i], 0))
    _strip(destination[i], _text(words, n_bits, plan.texts, f, DESTINATION, destination[i], 0))


@njit(cache=True, nogil=True)
def fill_safety(buf, start, n_chars, fill, form, words, plan, columns):
    """Fill the columns of ``schema.Safety`` that the payload tells, dest_mmsi and text; as :func:`fill_statics`."""
    buf, words, plan, columns = borrow(buf), borrow(words), borrow(plan), borrow(columns)
    dest_mmsi, text = columns
    for i in range(start.size):
        n_bits, f = unpack(buf, start[i], n_chars[i], fill[i], words), np.uint64(form[i])
        dest_mmsi[i] = _integer(words, plan.numbers, f, DEST_MMSI, 0)
        _strip(text[i], _text(words, n_bits, plan.texts, f, TEXT, text[i], 0))


@inlined
def _ends(words, numbers, form, one, other):
    """Distances to both ends: missing where both are 0 (M.1371-5 fig. 41)."""
    a, b = _number(words, numbers, form, one), _number(words, numbers, form, other)
    return (np.nan, np.nan) if a == 0 and b == 0 else (a, b)


@inlined
def _text(words, n_bits, texts, form, which, out, at):
    """Write six-bit text to its first ``@`` into ``out[at:]``, eight characters at a time; the place after it."""
    offset = texts[form, which, 0]
    room = min(texts[form, which, 1], (n_bits - offset) // 6, out.size - at)
    for k in range(0, room, 8):
        eight = letters(np.uint64(unsigned(words, offset + 6 * k, 48)))
        n = min(room - k, first(marks_of(eight, AT)) >> 3)
        for j in range(n):
            out[at + j] = eight >> np.uint64(8 * j)
        at += n
        if n < 8:
            break
    return at


@inlined
def _strip(out, length):
    """Take spaces away at both ends of a text of ``length`` characters; zeros follow it."""
    while length > 0 and out[length - 1] == SPACE:
        length -= 1
    lead = 0
    while lead < length and out[lead] == SPACE:
        lead += 1
    if lead > 0:
        for i in range(lead, length):
            out[i - lead] = out[i]
    for i in range(length - lead, out.size):
        out[i] = 0
