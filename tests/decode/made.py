"""Sentences made for tests."""

from __future__ import annotations

from functools import reduce
from operator import xor

from pyais.encode import encode_dict

from surveil.decode.sentences import SentenceDecoder
from surveil.decode.times import TimeOptions
from surveil.ledger import Ledger
from surveil.schema import KINDS, Batch

T_S = 1_500_000_000
AT_SEA = {"lon": 1.4, "lat": 51.0, "speed": 12.3, "course": 45.6, "heading": 44, "second": 7}


def closed(body: str) -> str:
    """A sentence body (from ``!`` on) with its checksum."""
    return f"{body}*{reduce(xor, body[1:].encode(), 0):02X}"


def tagged(sentence: str, fields: str = f"c:{T_S}") -> bytes:
    """A sentence with a tag block."""
    return f"\\{fields}*{reduce(xor, fields.encode(), 0):02X}\\{sentence}".encode()


def sentences(kind: int, mmsi: int = 235_000_001, talker: str = "AI", channel: str = "A", **fields) -> list[str]:
    """Sentences of one message, as pyais encodes it."""
    return encode_dict(
        {"type": kind, "msg_type": kind, "mmsi": mmsi, **fields}, talker_id=talker, radio_channel=channel
    )


def report(kind: int, mmsi: int = 235_000_001, **fields) -> bytes:
    """A tag-blocked message of one sentence."""
    (only,) = sentences(kind, mmsi, **fields)
    return tagged(only)


def decoded(data: bytes, time: TimeOptions | None = None, step: int | None = None) -> tuple[Batch, Ledger]:
    """All rows of a log, and its accounts; fed whole or in steps."""
    ledger = Ledger()
    decoder = SentenceDecoder(ledger.add_source("log"), ledger, time)
    cuts = range(0, len(data), step or max(len(data), 1))
    batches = [decoder.feed(data[at : at + (step or len(data))]) for at in cuts]
    return joined([*batches, decoder.close()]), ledger


def joined(batches: list[Batch]) -> Batch:
    """Batches as one."""
    import numpy as np

    columns = {}
    for kind in KINDS:
        parts = [getattr(b, kind) for b in batches]
        columns[kind] = type(parts[0]).concat(parts)
        columns[f"{kind}_at"] = np.concatenate([getattr(b, f"{kind}_at") for b in batches])
    return Batch(**columns)


def same(a: Batch, b: Batch) -> bool:
    """Equal to the last bit."""
    return all(
        getattr(rows, name).tobytes() == getattr(getattr(b, kind), name).tobytes()
        for kind, rows, _ in a.parts()
        for name in rows.DTYPES
    ) and all(x[2].tobytes() == y[2].tobytes() for x, y in zip(a.parts(), b.parts(), strict=True))
