"""AIVDM bytes of simulated reports: many of one type at once, and rare ones each.

Bits, characters, checksums and tag blocks are those of :mod:`surveil.decode.encoding`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from surveil.decode.encoding import armoured, encode, packed
from surveil.decode.encoding import tag_block as tag_text
from surveil.decode.tables import layouts_of


def pack(msg_type: int, n: int, **fields) -> np.ndarray:
    """Payload characters (n, 28) uint8 of ``n`` reports of a type that has one form and fills its characters.

    ``fields`` are raw integers, scalars or arrays of ``n``, in the steps of the standard; a field left out is
    "not available", or zero. Raises KeyError for an unknown field and InputError where a value does not fit.
    """
    (form,) = layouts_of(msg_type)
    unknown = [name for name in fields if name not in form]
    if unknown:
        raise KeyError(f"type {msg_type} has no field {sorted(unknown)}")
    payloads, _ = armoured(packed(form, n, {"msg_type": msg_type, **fields}))
    return payloads


def sentences(payloads: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Whole sentences, with checksum, of payloads (n, m) uint8 without fill bits; channels b"A"/b"B".

    Returns bytes strings (n,) of numpy.
    """
    n = len(payloads)
    head = np.tile(np.frombuffer(b"AIVDM,1,1,,", np.uint8), (n, 1))
    channel = np.asarray(channels, "S1").view(np.uint8).reshape(n, 1)
    tail = np.tile(np.frombuffer(b",0", np.uint8), (n, 1))
    comma = tail[:, :1]
    return as_text(_enclosed(b"!", np.hstack([head, channel, comma, payloads, tail]), b""))


def as_text(rows: np.ndarray) -> np.ndarray:
    """Rows of characters, uint8 (n, m), as byte strings (n,)."""
    return np.ascontiguousarray(rows).view(f"S{rows.shape[1]}")[:, 0]


def _enclosed(before: bytes, body: np.ndarray, after: bytes) -> np.ndarray:
    """``before`` body * checksum ``after``, uint8; a NUL in the body counts for nothing."""
    n, sums = len(body), np.bitwise_xor.reduce(body, axis=1)
    star = np.full((n, 1), ord("*"), np.uint8)
    ends = [np.tile(np.frombuffer(end, np.uint8), (n, 1)) for end in (before, after)]
    return np.hstack([ends[0], body, star, _HEX[sums >> 4][:, None], _HEX[sums & 15][:, None], ends[1]])


_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)


@cache
def rare(channel: str, group: int, **fields) -> tuple[bytes, ...]:
    """Sentences of one message of any type (names and units as :func:`surveil.decode.encode` takes them)."""
    return tuple(line.encode() for line in encode(fields, channel=channel, sequence=group))


@cache
def tag_block(station: str, t_s: int, group: str = "") -> bytes:
    r"""``\g:1-2-5,s:STATION,c:EPOCH*hh\``; ``group`` is part-parts-id of a multi-part message."""
    return tag_text(station, str(t_s), group).encode()


def tag_blocks(station: str, t_s: np.ndarray, parts=0, part=0, group=0) -> np.ndarray:
    r"""``\g:1-2-5,s:STATION,c:EPOCH*hh\`` of each, uint8 (n, m); NUL where there is no group (``parts`` 0).

    ``t_s`` is of ten digits, ``part`` of ``parts`` in ``group`` of one each; scalars or arrays.
    """
    n = len(t_s)
    grouped = np.tile(np.frombuffer(b"g:1-2-0,", np.uint8), (n, 1))
    for column, number in ((2, part), (4, parts), (6, group)):
        grouped[:, column] = np.broadcast_to(number, n) + ord("0")
    grouped[np.broadcast_to(parts, n) == 0] = 0
    name = np.tile(np.frombuffer(f"s:{station},c:".encode(), np.uint8), (n, 1))
    digits = (np.asarray(t_s, np.int64)[:, None] // 10 ** np.arange(9, -1, -1) % 10 + ord("0")).astype(np.uint8)
    return _enclosed(b"\\", np.hstack([grouped, name, digits]), b"\\")
