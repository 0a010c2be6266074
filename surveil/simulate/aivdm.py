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
    """Sentences of one message of any type (names and units as :func:`surveil.decode.encode` takes them)."""
    return tuple(line.encode() for line in encode(fields, channel=channel, sequence=group))


@cache
def tag_block(station: str, t_s: int, group: str = "") -> bytes:
    r"""``\g:1-2-5,s:STATION,c:EPOCH*hh\``; ``group`` is part-parts-id of a multi-part message."""
    return tag_text(station, str(t_s), group).encode()
