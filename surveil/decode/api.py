"""The decoder as a library: any source to batches or to all fields, one message to its fields, rows to tables."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from surveil.decode.applications import content_of
from surveil.decode.encoding import encode as encode
from surveil.decode.fast import FastDecoder
from surveil.decode.fragments import Message, key_of
from surveil.decode.messages import fault_of
from surveil.decode.sentences import SentenceDecoder
from surveil.decode.syntax import Sentence, parse_line
from surveil.decode.tables import bits_of, layout_of, position_or_none
from surveil.decode.times import TimeOptions
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.schema import AIS_KINDS, KIND_CLASSES, Batch, Positions

CHUNK = 1 << 20
"""Bytes decoded at a time."""

Text = str | bytes


def decode(
    source: str | os.PathLike | bytes | Iterable[Text],
    time: TimeOptions | None = None,
    ledger: Ledger | None = None,
) -> Iterator[Batch]:
    """Decode AIVDM/AIVDO sentences.

    Parameters
    ----------
    source : path of a log (not packed), the bytes of one, or its lines (str or bytes, with line ends or without),
        such as an open binary file: ``decode(gzip.open("log.nmea.gz"))``.
    time : what to do about sentences that carry no time, and what to believe.
    ledger : counts every line and keeps what went wrong.

    Yields
    ------
    Batch : the rows of about a megabyte, as numpy columns; ``batch.to_arrow()`` makes pyarrow Tables of them.

    Raises
    ------
    InputError : at the end, the first problem that the ledger would have told of, if none is given: a source
        whose sentences carry no time, or a time that cannot be.
    OSError : the path cannot be read.

    Examples
    --------
    >>> line = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
    >>> (batch,) = decode([line], TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1))
    >>> batch.positions.mmsi, batch.positions.sog_kn
    (array([371798000], dtype=int32), array([12.3], dtype=float32))

    >>> ledger = Ledger()
    >>> list(decode(line.encode(), ledger=ledger))
    []
    >>> ledger.totals()["refused"]
    {'no time yet': 1}
    """
    yield from filter(len, _fed(FastDecoder, source, time, ledger))


def decode_each(
    source: str | os.PathLike | bytes | Iterable[Text],
    types: Collection[int] | None = None,
    time: TimeOptions | None = None,
    ledger: Ledger | None = None,
) -> Iterator[dict[str, Any]]:
    """All fields of each message of a log, as :func:`decode_one` gives them, with parts joined and times found.

    For what the columns of :func:`decode` leave out, such as weather and area notices; it takes the slow way.

    Parameters
    ----------
    source, time, ledger : as of :func:`decode`.
    types : the message types wanted, all if None.

    Yields
    ------
    dict : the fields, with ``t_ms`` (UTC ms since 1970) and ``seq`` (the 1-based line of the first part) before them.

    Examples
    --------
    >>> line = "!AIVDM,1,1,,B,83aDChPj2d<dL<uM=hhhI?a@6HP0,0*40"
    >>> (found,) = decode_each([line], types=(8,), time=TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1))
    >>> found["t_ms"], found["seq"], found["content"]["length"]
    (1500000000000, 1, 39.0)
    """
    for found in _fed(_MessageReader, source, time, ledger):
        for message in found:
            payload, fill = message.joined()
            if (types is None or int(bits_of(payload[:1]), 2) in types) and not fault_of(payload, fill):
                yield {"t_ms": message.stamp.t_ms, "seq": message.first_line, **_fields(payload, fill)}


class _MessageReader(SentenceDecoder):
    """Gives the messages themselves, with the same accounts."""

    def _flush(self) -> list[Message]:
        taken = [message for message, _ in self._ready]
        super()._flush()
        return taken


def _fed(decoder_class, source, time: TimeOptions | None, ledger: Ledger | None) -> Iterator:
    """What a decoder makes of a source, chunk by chunk."""
    accounts = Ledger() if ledger is None else ledger
    decoder = decoder_class(accounts.add_source(_name(source)), accounts, time)
    yield from map(decoder.feed, _chunks(source))
    yield decoder.close()
    if ledger is None and accounts.problems:
        raise accounts.problems[0]


def _name(source) -> str:
    return os.fspath(source) if isinstance(source, str | os.PathLike) else str(getattr(source, "name", "sentences"))


def _chunks(source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield from (source[at : at + CHUNK] for at in range(0, len(source), CHUNK))
    elif isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    else:
        yield from _gathered(source)


def _gathered(lines: Iterable[Text]) -> Iterator[bytes]:
    """Lines as chunks, since a line at a time is slow."""
    held, size = [], 0
    for line in map(_bytes, lines):
        held.append(line if line.endswith((b"\n", b"\r")) else line + b"\n")
        size += len(line)
        if size >= CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _bytes(text: Text) -> bytes:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def decode_one(sentence: Text, *more_parts: Text) -> dict[str, Any]:
    """All fields of one message, by the tables of ITU-R M.1371-5.

    Parameters
    ----------
    sentence : a line that holds an AIVDM/AIVDO sentence; more_parts : the others of a multi-part message, in any order.

    Returns
    -------
    dict : the fields under the names of :mod:`surveil.decode.tables`, in degrees, knots, metres; None where not
        available or without meaning; data as a string of 0 and 1. Where these have an application id, ``application``
        is its title and ``content`` a dict of its fields (:mod:`surveil.decode.applications`), None if not known.
        What the batch of :func:`decode` has columns for says the same here, but that ``utc_s`` 61 to 63, which tell
        how the position was found, are all 60 there.

    Raises
    ------
    InputError : there is not one whole message, or it cannot be right; the cause is the reason to refuse it.

    Examples
    --------
    >>> found = decode_one("!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A")
    >>> found["mmsi"], found["sog"], found["rot"], found["raim"]
    (371798000, 12.3, -127, False)
    >>> decode_one("!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4B")
    Traceback (most recent call last):
    surveil.errors.InputError: bad checksum [!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4B]
    """
    lines = [_bytes(text).strip() for text in (sentence, *more_parts)]
    payload, fill = _joined(lines)
    if fault := fault_of(payload, fill):
        raise InputError(fault, raw=b" ".join(lines))
    return _fields(payload, fill)


def _fields(payload: bytes, fill: int) -> dict[str, Any]:
    bits = bits_of(payload, fill)
    found = _missing_together(_one_name(layout_of(bits), bits))
    return found | content_of(found) if "dac" in found else found


def _joined(lines: list[bytes]) -> tuple[bytes, int]:
    """Payload and fill bits of the message that the lines hold."""
    found = [_only_sentence(line) for line in lines]
    keys = {key for key, _ in found}
    parts = sorted((part for _, part in found), key=lambda part: part.part)
    if len(keys) > 1 or [part.part for part in parts] != list(range(1, parts[0].parts + 1)):
        raise InputError("not all parts of one message", raw=b" ".join(lines))
    return b"".join(part.payload for part in parts), parts[-1].fill


def _only_sentence(line: bytes) -> tuple[tuple, Sentence]:
    taken = parse_line(line)
    if len(taken.sentences) != 1:
        raise InputError(taken.fault or f"{len(taken.sentences) or 'no'} sentences on a line", raw=line)
    (only,) = taken.sentences
    return key_of(only, None)[2:], only


def _one_name(layout, bits: str) -> dict[str, Any]:
    """The fields, where a name that goes on in its extension is one, and without spaces around texts."""
    values = layout.values(bits)
    if "name_ext" in values:
        whole = layout["name"].raw(bits)
        values["name"] = (whole + layout["name_ext"].raw(bits)).partition("@")[0]
        del values["name_ext"]
    texts = {f.name for f in layout.fields if f.kind == "text"}
    return {name: value.strip(" ") if name in texts else value for name, value in values.items()}


_PAIRS = (("to_bow", "to_stern"), ("to_port", "to_starboard"))


def _missing_together(values: dict[str, Any]) -> dict[str, Any]:
    """Longitude and latitude, and distances that are both 0 (M.1371-5 fig. 41), are there or missing in pairs."""
    position_or_none(values)
    for one, other in _PAIRS:
        if one in values and values[one] == values[other] == 0:
            values.update({one: None, other: None})
    return values


def to_arrow(batches: Batch | Iterable[Batch]) -> dict[str, Any]:
    """All rows as pyarrow Tables under "positions", "statics" and "safety".

    Columns are those of :mod:`surveil.schema`, with the time as ``t`` and null where not available. All rows are held
    in memory: of a long log, write ``batch.to_arrow()`` batch by batch.

    Examples
    --------
    >>> line = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
    >>> tables = to_arrow(decode([line], TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1)))
    >>> tables["positions"].num_rows, tables["statics"].num_rows
    (1, 0)
    """
    batches = [batches] if isinstance(batches, Batch) else list(batches)
    return {k: KIND_CLASSES[k].concat([getattr(batch, k) for batch in batches]).to_arrow() for k in AIS_KINDS}


def to_geopandas(batches: Batch | Iterable[Batch]):
    """Positions as a GeoDataFrame in WGS84 (EPSG:4326), with the columns of :class:`surveil.schema.Positions`.

    A row without a position, such as a distress device without a fix, has no geometry.

    Examples
    --------
    >>> line = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
    >>> frame = to_geopandas(decode([line], TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1)))
    >>> frame.geometry.iloc[0].wkt
    'POINT (-123.39538333333333 48.38163333333333)'
    """
    import geopandas
    import numpy as np
    import shapely

    batches = [batches] if isinstance(batches, Batch) else batches
    rows = Positions.concat([batch.positions for batch in batches])
    geometry = np.full(len(rows), None, object)
    known = ~np.isnan(rows.lon)
    geometry[known] = shapely.points(rows.lon[known], rows.lat[known])
    return geopandas.GeoDataFrame(rows.to_arrow().to_pandas(), geometry=geometry, crs="EPSG:4326")
