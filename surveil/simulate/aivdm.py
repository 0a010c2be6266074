"""AIVDM bytes of simulated reports: ITU-R M.1371-5 fields packed for many reports at once.

Types 1, 4 and 18 come from the tables below, the rare types from pyais. Armouring, checksum and tag block:
IEC 61162-1 and the NMEA 0183 4.10 tag block.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from pyais import encode_dict

from surveil.decode.syntax import checksum

NO_LON, NO_LAT = 181 * 600_000, 91 * 600_000
NO_SOG, NO_COG, NO_HEADING, NO_ROT = 1023, 3600, 511, -128
"""Raw "not available" values of position reports, M.1371-5 Annex 8, 3.1."""

_POSITION = (("lon", 28), ("lat", 27), ("cog", 12), ("heading", 9), ("second", 6))
TABLES: dict[int, tuple[tuple[str, int], ...]] = {
    # Annex 8, 3.1: lon, lat in 1/10,000 min, SOG in 0.1 kn, COG in 0.1 deg.
    1: (
        ("type", 6), ("repeat", 2), ("mmsi", 30), ("status", 4), ("turn", 8), ("sog", 10), ("accuracy", 1),
        *_POSITION, ("maneuver", 2), ("spare", 3), ("raim", 1), ("radio", 19),
    ),
    # Annex 8, 3.2.
    4: (
        ("type", 6), ("repeat", 2), ("mmsi", 30), ("year", 14), ("month", 4), ("day", 5), ("hour", 5),
        ("minute", 6), ("second", 6), ("accuracy", 1), ("lon", 28), ("lat", 27), ("epfd", 4),
        ("long_range", 1), ("spare", 9), ("raim", 1), ("radio", 19),
    ),
    # Annex 8, 3.16; the flags from "cs" on describe the unit, not the ship.
    18: (
        ("type", 6), ("repeat", 2), ("mmsi", 30), ("reserved", 8), ("sog", 10), ("accuracy", 1), *_POSITION,
        ("reserved_2", 2), ("cs", 1), ("display", 1), ("dsc", 1), ("band", 1), ("msg22", 1), ("assigned", 1),
        ("raim", 1), ("radio", 20),
    ),
}  # fmt: skip


def pack(msg_type: int, n: int, **fields) -> np.ndarray:
    """Payload characters (n, 28) uint8 of ``n`` reports of one type.

    ``fields`` are raw integers, scalars or arrays of ``n``, in the units of the standard; a field left out
    is zero. Negative values are written in two's complement. Raises KeyError for an unknown field and
    ValueError where a value does not fit.
    """
    table = TABLES[msg_type]
    unknown = fields.keys() - {name for name, _ in table}
    if unknown:
        raise KeyError(f"type {msg_type} has no field {sorted(unknown)}")
    columns = [_bits(name, fields.get(name, 0), width, n) for name, width in table if name != "type"]
    bits = np.hstack([_bits("type", msg_type, 6, n), *columns])
    sixes = bits.reshape(n, -1, 6) @ np.array([32, 16, 8, 4, 2, 1], np.uint8)
    return np.where(sixes < 40, sixes + 48, sixes + 56).astype(np.uint8)


def _bits(name: str, value, width: int, n: int) -> np.ndarray:
    values = np.broadcast_to(np.asarray(value, np.int64), n)
    if ((values < -(1 << (width - 1))) | (values >= 1 << width)).any():
        raise ValueError(f"{name} does not fit {width} bits")
    return ((values[:, None] >> np.arange(width - 1, -1, -1)) & 1).astype(np.uint8)


def sentences(payloads: np.ndarray, channels: np.ndarray) -> list[bytes]:
    """Whole sentences, with checksum, of payloads (n, m) uint8 without fill bits; channels b"A"/b"B"."""
    n = len(payloads)
    head = np.tile(np.frombuffer(b"AIVDM,1,1,,", np.uint8), (n, 1))
    channel = np.asarray(channels, "S1").view(np.uint8).reshape(n, 1)
    comma = np.full((n, 1), ord(","), np.uint8)
    body = np.hstack([head, channel, comma, payloads, comma, np.full((n, 1), ord("0"), np.uint8)])
    sums = np.bitwise_xor.reduce(body, axis=1)
    width, text = body.shape[1], body.tobytes()
    return [b"!%b*%02X" % (text[i * width : (i + 1) * width], s) for i, s in enumerate(sums.tolist())]


@cache
def rare(channel: str, group: int, **fields) -> tuple[bytes, ...]:
    """Sentences of one message of any type, by pyais (names and units are pyais's)."""
    made = encode_dict(fields, talker_id="AI", sentence_type="VDM", radio_channel=channel, seq_id=group)
    return tuple(s.encode() for s in made)


@cache
def tag_block(station: str, t_s: int, group: str = "") -> bytes:
    r"""``\g:1-2-5,s:STATION,c:EPOCH*hh\``; ``group`` is part-parts-id of a multi-part message."""
    body = f"{f'g:{group},' if group else ''}s:{station},c:{t_s}".encode()
    return b"\\%b*%02X\\" % (body, checksum(body))
