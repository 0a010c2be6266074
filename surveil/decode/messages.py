"""AIS messages (ITU-R M.1371-5) into columns: payloads in, rows and verdicts out.

The interface is :class:`Payloads` in and :class:`Decoded` out, both columns, so that a faster filler can take
this one's place. Numbers are read by pyais; what it gets wrong is put right here: it decodes messages cut
short as if zeros followed, takes type 0 for type 1, loses ship types that have no name, makes a character of
the bits left over after the last of a text, and loses spaces where a name goes on in its extension.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Self

import numpy as np
from pyais.bit_vector import bit_vector
from pyais.messages import MSG_CLASS

from surveil.decode.tables import LAYOUTS
from surveil.identity import CLASS_OF_TYPE
from surveil.schema import (
    CLASS_ATON,
    CLASS_BASE,
    CLASS_DEVICE,
    CLASS_SAR_AIRCRAFT,
    MISSING_SHIP_TYPE,
    MISSING_STATUS,
    Positions,
    Safety,
    Statics,
)

MIN_BITS = {
    1: 168, 2: 168, 3: 168, 4: 168, 5: 422, 6: 88, 7: 72, 8: 56, 9: 168, 10: 72, 11: 168, 12: 72, 13: 72,
    14: 40, 15: 88, 16: 96, 17: 80, 18: 168, 19: 312, 20: 72, 21: 272, 22: 168, 23: 160, 24: 160, 25: 40,
    26: 60, 27: 96, 28: 168,
}  # fmt: skip
"""Least length in bits of each message, M.1371-6 Annex 7; the spare bits of type 5 may be missing.

Of a type with several forms it is that of the shortest. gpsd takes types 1-3 from 163 bits on; here what is
less than the standard's 168 is cut short."""
_MIN_BITS_24B = 162
"""Type 24 part B to the end of its dimensions (M.1371-5 table 79); the rest is spare."""
_ADDRESSED_BITS, _APPLICATION_BITS = 32, 16
"""What the addressee and the application id add to types 25 and 26 (M.1371-5 tables 81 and 84)."""
MAX_CHARS = np.array([-(-max((f.max_bits for f in LAYOUTS if t in f.types), default=0) // 6) for t in range(64)])
"""int64[64]: most characters of each message, M.1371-5 Annex 8 §3, the last one filled.

A longer message is read and a warning counted: its fields are all there. gpsd too takes types 1-3 of up to 204
bits, since receivers send such, and warns of most others (drivers/driver_ais.c, ``PERMISSIVE_LENGTH_CHECK``).
"""
TOO_LONG = tuple(f"type {t} too long" for t in range(64))
"""Warnings by message type."""
MAX_MMSI = 999_999_999
"""Nine digits (ITU-R M.585); the 30-bit field could hold more."""
VERDICTS = (
    "",
    "unknown type",
    *(f"type {n} too short" for n in MIN_BITS),
    "type 24 unknown part",
    "MMSI out of range",
)
"""Reasons by the codes in :attr:`Decoded.verdict`; code 0 is a message that decodes."""
_CODE = {reason: code for code, reason in enumerate(VERDICTS)}

POSITION_TYPES = frozenset((1, 2, 3, 4, 9, 11, 18, 19, 21, 27, 28))
STATIC_TYPES = frozenset((5, 19, 21, 24))
SAFETY_TYPES = frozenset((12, 14))

_LON_NONE_DEG, _LAT_NONE_DEG = 180.0, 90.0
"""A longitude or latitude beyond these is not one; 181 and 91 say "not available" (M.1371-5 table 45)."""
SOG_NONE = {9: 1023.0, 27: 63.0}
_SOG_NONE_KN = 102.3
_COG_NONE_DEG = _HEADING_NONE_DEG = 360.0
"""From here up not available or not to be used: COG 360, heading 511 (table 45)."""
_STATUS_NONE, _SECOND_NONE = 15, 60

_ARMOUR = np.zeros(256, np.uint8)
_ARMOUR[ord("0") : ord("W") + 1] = np.arange(40)
_ARMOUR[ord("`") : ord("w") + 1] = np.arange(40, 64)


@dataclass(frozen=True)
class Payloads:
    """Joined payloads as columns.

    ``buffer`` uint8, all armoured payloads one after the other; ``start`` int64[n+1], where each begins;
    ``fill`` uint8[n], bits to drop at its end; ``t_ms``, ``seq``, ``arrival`` int64[n].
    """

    buffer: np.ndarray
    start: np.ndarray
    fill: np.ndarray
    t_ms: np.ndarray
    seq: np.ndarray
    arrival: np.ndarray

    def __len__(self) -> int:
        return len(self.t_ms)

    @classmethod
    def build(cls, payloads: list[bytes], fill, t_ms, seq, arrival) -> Self:
        start = np.zeros(len(payloads) + 1, np.int64)
        np.cumsum([len(p) for p in payloads], out=start[1:])
        return cls(
            np.frombuffer(b"".join(payloads), np.uint8),
            start,
            np.asarray(fill, np.uint8),
            *(np.asarray(c, np.int64) for c in (t_ms, seq, arrival)),
        )


@dataclass(frozen=True)
class Decoded:
    """Rows of every kind, which payload each came from, and a verdict (see VERDICTS) per payload."""

    positions: Positions
    statics: Statics
    safety: Safety
    positions_from: np.ndarray
    statics_from: np.ndarray
    safety_from: np.ndarray
    verdict: np.ndarray
    msg_type: np.ndarray


def decode(payloads: Payloads, source: int) -> Decoded:
    """Decode payloads into rows.

    Types 1-4, 9, 11, 18, 19, 21, 27, 28 give positions, 5, 19, 21, 24 statics, 12 and 14 safety texts; the others
    are checked for their length alone and give no row. Nothing is raised for bad content: see ``verdict``.
    """
    n = len(payloads)
    verdict, msg_type = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    rows: dict[str, list[tuple]] = {"positions": [], "statics": [], "safety": []}
    buffer = payloads.buffer.tobytes()
    bounds, fills = payloads.start.tolist(), payloads.fill.tolist()
    for i in range(n):
        bits = bit_vector(buffer[bounds[i] : bounds[i + 1]], fills[i])
        kind = bits.get(0, 6)
        msg_type[i], verdict[i] = kind, _CODE[_fault(kind, bits)]
        if verdict[i] == 0:
            _append_rows(rows, i, kind, bits)
    digest = digests(payloads)
    common = {
        "t_ms": payloads.t_ms,
        "seq": payloads.seq,
        "digest": digest,
        "source": np.full(n, source, np.int16),
    }
    positions, positions_from = _positions(rows["positions"], common)
    statics, statics_from = _statics(rows["statics"], common)
    safety, safety_from = _safety(rows["safety"], common)
    return Decoded(positions, statics, safety, positions_from, statics_from, safety_from, verdict, msg_type)


def fault_of(payload: bytes, fill: int) -> str:
    """Why a message gives nothing, one of VERDICTS; empty if it decodes."""
    bits = bit_vector(payload, fill)
    return _fault(bits.get(0, 6), bits)


def too_long(n_chars: np.ndarray, decoded: Decoded) -> Counter[str]:
    """How many messages of each type that decode have more than MAX_CHARS of the characters int64[n]."""
    long = decoded.msg_type[(decoded.verdict == 0) & (n_chars > MAX_CHARS[decoded.msg_type])]
    return Counter(TOO_LONG[t] for t in long.tolist())


def classify(mmsi: np.ndarray, msg_type: np.ndarray) -> np.ndarray:
    """uint8[n] ``ais_class`` from the message type and, before it, the form of the MMSI (ITU-R M.585-9)."""
    prefix3 = mmsi // 1_000_000
    return np.select(
        [np.isin(prefix3, (970, 972, 974)), prefix3 == 111, prefix3 // 10 == 99, mmsi < 10_000_000],
        [np.uint8(c) for c in (CLASS_DEVICE, CLASS_SAR_AIRCRAFT, CLASS_ATON, CLASS_BASE)],
        CLASS_OF_TYPE[msg_type],
    )


def digests(payloads: Payloads) -> np.ndarray:
    """uint64[n]: hash of each payload's bits without its fill bits, the same in every run.

    Begun with the number of bits, it is mixed with one word of 64 bits after the other, the last one filled with 0.
    """
    bits = 6 * np.diff(payloads.start) - payloads.fill
    begin, words = _words(payloads, bits)
    digest, rows, k = bits.astype(np.uint64), np.arange(len(bits)), 0
    while len(rows):
        digest[rows] = mix64(digest[rows] ^ words[begin[rows] + k])
        k += 1
        rows = rows[bits[rows] > 64 * k]
    return digest


def _words(payloads: Payloads, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(where each payload's words begin, the words): its bits, most significant first, and 0 after them."""
    length = np.diff(payloads.start)
    symbol = _ARMOUR[payloads.buffer].astype(np.uint64)
    last, fill = payloads.start[1:] - 1, payloads.fill.astype(np.uint64)
    symbol[last] = symbol[last] >> fill << fill
    begin = np.cumsum((bits + 63) // 64 + 1)
    begin = np.concatenate([[0], begin])
    offset = 6 * (np.arange(len(symbol)) - np.repeat(payloads.start[:-1], length))
    at, used = np.repeat(begin[:-1], length) + offset // 64, (offset % 64).astype(np.uint64)
    words, top = np.zeros(begin[-1], np.uint64), symbol << np.uint64(58)
    np.bitwise_or.at(words, at, top >> used)
    np.bitwise_or.at(words, at + 1, top << np.uint64(1) << (np.uint64(63) - used))
    return begin[:-1], words


def mix64(x: np.ndarray) -> np.ndarray:
    """splitmix64's output function (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def base_station_fields(payload: bytes, fill: int) -> tuple[int, ...] | None:
    """Year, month, day, hour, minute, second of a type 4 report; None if it is none or too short."""
    bits = bit_vector(payload, fill)
    if bits.get(0, 6) != 4 or len(bits) < MIN_BITS[4]:
        return None
    return tuple(bits.get(at, width) for at, width in ((38, 14), (52, 4), (56, 5), (61, 5), (66, 6), (72, 6)))


def _fault(kind: int, bits) -> str:
    if kind not in MIN_BITS:
        return "unknown type"
    short = len(bits) < MIN_BITS[kind]
    if kind == 24 and not short:
        part = bits.get(38, 2)
        if part > 1:
            return "type 24 unknown part"
        short = part == 1 and len(bits) < _MIN_BITS_24B
    elif kind in (25, 26) and not short:
        head = _ADDRESSED_BITS * bits.get(38, 1) + _APPLICATION_BITS * bits.get(39, 1)
        short = len(bits) < MIN_BITS[kind] + head
    if short:
        return f"type {kind} too short"
    return "" if 0 < bits.get(8, 30) <= MAX_MMSI else "MMSI out of range"


def _append_rows(rows: dict[str, list[tuple]], i: int, kind: int, bits) -> None:
    if kind in POSITION_TYPES:
        message = MSG_CLASS[kind].from_vector(bits)
        rows["positions"].append(_position_row(i, kind, message))
        if kind in STATIC_TYPES:
            rows["statics"].append(_static_row(i, kind, message, bits))
    elif kind in STATIC_TYPES:
        rows["statics"].append(_static_row(i, kind, MSG_CLASS[kind].from_vector(bits), bits))
    elif kind in SAFETY_TYPES:
        message = MSG_CLASS[kind].from_vector(bits)
        rows["safety"].append((i, message.mmsi, kind, getattr(message, "dest_mmsi", 0), _text(bits, *_TEXT_AT[kind])))


def _position_row(i: int, kind: int, m) -> tuple:
    get = lambda name, default: getattr(m, name, default)  # noqa: E731
    return (
        i, m.mmsi, kind, m.lon, m.lat, get("speed", np.nan), get("course", np.nan), get("heading", np.nan),
        get("status", _STATUS_NONE), get("second", _SECOND_NONE),
    )  # fmt: skip


_SHIP_TYPE_AT = {5: 232, 19: 263, 24: 40}
_NAME_AT = {5: 112, 19: 143, 21: 43, 24: 40}
_NAME_EXT_AT = 272
_TEXT_AT = {12: (72, 156), 14: (40, 161)}
"""Where texts are, and the most characters that fit (M.1371-5 tables 50, 65, 67, 71, 74 and 78)."""


def _static_row(i: int, kind: int, m, bits) -> tuple:
    get = lambda name: getattr(m, name, 0) or 0  # noqa: E731
    part_a = kind == 24 and bits.get(38, 2) == 0
    ship_type = MISSING_SHIP_TYPE if kind == 21 or part_a else bits.get(_SHIP_TYPE_AT[kind], 8)
    callsign_at = 70 if kind == 5 else 90 if kind == 24 and not part_a else None
    return (
        i, m.mmsi, kind, get("imo"), ship_type,
        b"" if kind == 24 and not part_a else _text(bits, _NAME_AT[kind], 20, 14 if kind == 21 else 0),
        b"" if callsign_at is None else _text(bits, callsign_at, 7),
        _text(bits, 302, 20) if kind == 5 else b"",
        get("to_bow"), get("to_stern"), get("to_port"), get("to_starboard"), get("draught"),
    )  # fmt: skip


def _text(bits, at: int, most: int, more: int = 0) -> bytes:
    """Six-bit text (M.1371-5 table 47) to its first ``@`` or its last whole character, without spaces around it.

    A name that fills its field goes on in ``more`` characters of an extension, at the end of type 21.
    """
    places = [*range(at, at + 6 * most, 6), *range(_NAME_EXT_AT, _NAME_EXT_AT + 6 * more, 6)]
    symbols = (bits.get(place, 6) for place in places if place + 6 <= len(bits))
    text = bytes(v + 64 if v < 32 else v for v in symbols)
    return text.partition(b"@")[0].strip(b" ")


def _columns(rows: list[tuple], common: dict) -> tuple[np.ndarray, list[tuple], dict]:
    """(index of the payload, remaining columns, columns common to all kinds)."""
    index, mmsi, kind, *rest = zip(*rows, strict=True)
    index, mmsi, kind = np.array(index), np.array(mmsi, np.int64), np.array(kind, np.uint8)
    picked = {name: column[index] for name, column in common.items()}
    return index, rest, {**picked, "mmsi": mmsi, "msg_type": kind}


_NO_INDEX = np.empty(0, np.int64)


def _positions(rows, common) -> tuple[Positions, np.ndarray]:
    """Rows to columns. The one place where "not available" becomes missing."""
    if not rows:
        return Positions.empty(), _NO_INDEX
    index, rest, shared = _columns(rows, common)
    lon, lat, sog, cog, heading = (np.array(c, np.float64) for c in rest[:5])
    status, second = (np.array([int(v) for v in c]) for c in rest[5:])
    kind = shared["msg_type"]
    no_place = (np.abs(lon) > _LON_NONE_DEG) | (np.abs(lat) > _LAT_NONE_DEG)
    sog_none = np.select([kind == k for k in SOG_NONE], list(SOG_NONE.values()), _SOG_NONE_KN)
    scale = np.where(kind == 27, 600.0, 600_000.0)
    positions = Positions.build(
        **shared,
        ais_class=classify(shared["mmsi"], kind),
        lon=np.where(no_place, np.nan, np.rint(lon * scale) / scale),
        lat=np.where(no_place, np.nan, np.rint(lat * scale) / scale),
        sog_kn=np.where(sog >= sog_none, np.nan, sog),
        cog_deg=np.where(cog >= _COG_NONE_DEG, np.nan, cog),
        heading_deg=np.where(heading >= _HEADING_NONE_DEG, np.nan, heading),
        nav_status=np.where(status == _STATUS_NONE, MISSING_STATUS, status),
        utc_s=np.minimum(second, _SECOND_NONE),
    )
    return positions, index


def _statics(rows, common) -> tuple[Statics, np.ndarray]:
    if not rows:
        return Statics.empty(), _NO_INDEX
    index, rest, shared = _columns(rows, common)
    imo, ship_type, name, callsign, destination, *lengths = rest
    bow, stern, port, starboard, draught = (np.array(c, np.float64) for c in lengths)
    bow, stern = missing_pair(bow, stern)
    port, starboard = missing_pair(port, starboard)
    statics = Statics.build(
        **shared, ais_class=classify(shared["mmsi"], shared["msg_type"]), imo=imo, ship_type=ship_type,
        name=name, callsign=callsign, destination=destination, to_bow_m=bow, to_stern_m=stern, to_port_m=port,
        to_starboard_m=starboard, draught_m=np.where(draught == 0, np.nan, draught),
    )  # fmt: skip
    return statics, index


def missing_pair(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances to both ends: missing where both are 0. One 0 alone is an antenna at that end, or a
    reference point not given (M.1371-5 fig. 41), and leaves the sum, the ship's size, right."""
    none = (a == 0) & (b == 0)
    return np.where(none, np.nan, a), np.where(none, np.nan, b)


def _safety(rows, common) -> tuple[Safety, np.ndarray]:
    if not rows:
        return Safety.empty(), _NO_INDEX
    index, (dest_mmsi, text), shared = _columns(rows, common)
    return Safety.build(**shared, dest_mmsi=dest_mmsi, text=text), index
