"""Fields to AIVDM sentences, by the tables by which :mod:`surveil.decode` reads them.

Six-bit characters, checksum and the 82 characters of a sentence: IEC 61162-1; tag block: NMEA 0183 4.10 §7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from surveil.decode.messages import MAX_MMSI
from surveil.decode.syntax import checksum
from surveil.decode.tables import DATA, FLAG, SIGNED, SIX_BIT, SPARE, TEXT, Field, Layout, layouts_of
from surveil.errors import InputError

MAX_CHARS = 60
"""Payload of a sentence of at most 82 characters with line end, when all its other fields are filled."""
_REQUIRED = ("msg_type", "mmsi")
_TOLD_BY_DATA = ("application", "content")
"""What ``decode_one`` makes of ``data``; the data are what is sent."""
_SIXES = np.array([32, 16, 8, 4, 2, 1], np.uint8)
_SIX_BIT_VALUE = {character: value for value, character in enumerate(SIX_BIT)}


def encode(
    fields: Mapping[str, Any],
    *,
    channel: str = "A",
    talker: str = "AI",
    own_ship: bool = False,
    sequence: int = 0,
    station: str = "",
    t_ms: int | None = None,
) -> list[str]:
    r"""Sentences of one message of any type: the inverse of :func:`surveil.decode.decode_one`.

    Parameters
    ----------
    fields : names and units as ``decode_one`` gives them; ``msg_type`` and ``mmsi`` must be there. None, or a field
        left out, is sent as "not available", or as 0 where the standard has no value for that. Numbers are rounded
        to the nearest step of the field. Parts of a message at its end for which there is no field are not sent.
    channel : "A", "B" or "".
    talker : two letters; ``own_ship`` makes it VDO, a report of the own ship, not VDM.
    sequence : 0-9, the sequential message id of a message that needs several sentences.
    station, t_ms : if given, sentences carry a tag block with the receiver's name and its time, and, of several,
        their group.

    Raises
    ------
    InputError : a field is missing, unknown to the type, not of its kind, or beyond what can be sent.

    Examples
    --------
    >>> encode({"msg_type": 18, "mmsi": 235_000_001, "lon": 1.4, "lat": 51.0, "sog": 6.1})
    ['!AIVDM,1,1,,A,B3P7@h@0?@1VRP7Brl3Q3wv00000,0*79']
    >>> encode({"msg_type": 14, "mmsi": 970_012_345, "text": "SART ACTIVE"}, station="DOVER", t_ms=1_700_000_000_000)
    ['\\s:DOVER,c:1700000000*70\\!AIVDM,1,1,,A,>>M4nfA<59B04=@UHD0,2*76']
    """
    form = _form_of(fields)
    characters, fill = armoured(_message(form, fields))
    payload = characters.tobytes().decode()
    chunks = [payload[at : at + MAX_CHARS] for at in range(0, len(payload), MAX_CHARS)]
    parts = len(chunks)
    head = f"{talker}VD{'O' if own_ship else 'M'},{parts}"
    lines = []
    for part, chunk in enumerate(chunks, 1):
        body = f"{head},{part},{sequence if parts > 1 else ''},{channel},{chunk},{fill if part == parts else 0}"
        tag = _tag(station, t_ms, f"{part}-{parts}-{sequence}" if parts > 1 else "")
        lines.append(f"{tag}!{body}*{checksum(body.encode()):02X}")
    return lines


def _tag(station: str, t_ms: int | None, group: str) -> str:
    if not station and t_ms is None:
        return ""
    time = "" if t_ms is None else str(t_ms if t_ms % 1000 else t_ms // 1000)
    return tag_block(station, time, group)


@cache
def tag_block(station: str = "", time: str = "", group: str = "") -> str:
    r"""``\g:1-2-5,s:STATION,c:EPOCH*hh\``; ``group`` is part-parts-id of a multi-part message, all may be empty."""
    body = ",".join(f"{code}:{value}" for code, value in (("g", group), ("s", station), ("c", time)) if value)
    return f"\\{body}*{checksum(body.encode()):02X}\\"


def _form_of(fields: Mapping[str, Any]) -> Layout:
    """The table by which to send; every given field is one of its own."""
    missing = [name for name in _REQUIRED if fields.get(name) is None]
    if missing:
        raise InputError(f"no {' and no '.join(missing)} to encode")
    if not 0 < fields["mmsi"] <= MAX_MMSI:
        raise InputError(f"MMSI out of range: {fields['mmsi']!r}")
    kind = fields["msg_type"]
    chosen = (f for f in layouts_of(kind) if all((fields.get(name) or 0) in want for name, want in f.select))
    form = next(chosen, None)
    if form is None:
        raise InputError(f"no form of type {kind} has these fields")
    known = {field.name for field in form.fields if field.kind != SPARE}
    unknown = [name for name in fields if name not in known and name not in _TOLD_BY_DATA]
    if unknown:
        raise InputError(f"type {kind} ({form.title}) has no field {', '.join(unknown)}")
    return form


def _message(form: Layout, fields: Mapping[str, Any]) -> np.ndarray:
    """The bits of a message, uint8[1, n]: as many as its fields need, and whole bytes as on the air unless data."""
    given = _split_name(form, {name: value for name, value in fields.items() if value is not None})
    numbered = {field.name: field for field in form.fields if field.kind != SPARE}
    bits = packed(form, 1, {name: raw_of(field, given.get(name)) for name, field in numbered.items()})
    n_bits = bits.shape[1] if form.open_ended else max(numbered[name].end for name in given if name in numbered)
    fitting = (n for n in sorted(form.lengths) if n >= n_bits and (form.holds_data or n % 8 == 0))
    length = next(fitting, None)
    if length is None or (form.holds_data and length != n_bits):
        raise InputError(f"type {fields['msg_type']} of {n_bits} bits; {form.min_bits} to {form.max_bits} can be sent")
    return _as_wide(bits, length)


def _split_name(form: Layout, given: dict[str, Any]) -> dict[str, Any]:
    """A name that is longer than its field goes on in the extension."""
    if "name_ext" in form and isinstance(given.get("name"), str):
        fits = form["name"].width // 6
        given |= {"name": given["name"][:fits], "name_ext": given["name"][fits:]}
    return given


def raw_of(field: Field, value: Any) -> int | str:
    """What is sent for a value in the field's unit, None for "not available": the inverse of ``Field.value``."""
    if field.kind in (TEXT, DATA):
        return _characters(field, "" if value is None else value)
    if value is None:
        return field.na or 0
    if field.kind == FLAG:
        return int(bool(value))
    try:
        raw = round(value * field.per_unit) - field.bias
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{field.name} is no number: {value!r}") from None
    least = -(1 << field.width - 1) if field.kind == SIGNED else 0
    if not least <= raw < least + (1 << field.width) or (field.limit is not None and abs(raw) > field.limit):
        raise InputError(f"{field.name} beyond what can be sent: {value!r}")
    return raw


def _characters(field: Field, value: Any) -> str:
    """Text without ``@``, which ends it, and small letters, which there are none of; or data as 0 and 1."""
    what, allowed, width = (
        ("six-bit text", SIX_BIT[1:], field.width // 6) if field.kind == TEXT else ("0 and 1", "01", field.width)
    )
    if not isinstance(value, str) or set(value) - set(allowed):
        raise InputError(f"{field.name} is not {what}: {value!r}")
    if len(value) > width:
        raise InputError(f"{field.name} has {len(value)} characters, {width} fit")
    return value


def packed(form: Layout, n: int, raws: Mapping[str, Any]) -> np.ndarray:
    """The bits uint8[n, width] of ``n`` messages of one form, negative numbers in two's complement.

    ``raws``: for each field its raw integer or ``n`` of them, or its text or data. A field left out is "not
    available", or 0. A text at the end of an open-ended form, and data, have the width of what they hold.
    """
    laid = _laid(form)
    open_text = laid[-1] if form.open_ended else None
    pieces = [piece for field in laid for piece in _pieces(field, raws.get(field.name), field is open_text)]
    names, values, widths = zip(*pieces, strict=True)
    columns = np.empty((n, len(values)), np.int64)
    for place, value in enumerate(values):
        columns[:, place] = value
    width = np.array(widths)
    beyond = ((columns < -(1 << (width - 1))) | (columns >= 1 << width)).any(axis=0)
    if beyond.any():
        which = int(beyond.argmax())
        raise InputError(f"{names[which]} does not fit {widths[which]} bits")
    shift = np.repeat(np.cumsum(width), width) - 1 - np.arange(width.sum())
    return ((columns[:, np.repeat(np.arange(len(width)), width)] >> shift) & 1).astype(np.uint8)


def _laid(form: Layout) -> tuple[Field, ...]:
    """The fields, without the spare bits after a text of any length."""
    ends_in_text = form.open_ended and [f.kind for f in form.fields if f.kind != SPARE][-1] == TEXT
    return form.fields[:-1] if ends_in_text and form.fields[-1].kind == SPARE else form.fields


def _pieces(field: Field, raw: Any, as_wide_as_held: bool) -> Iterator[tuple[str, Any, int]]:
    """(name, integer, width) of a field: one number, the characters of a text, the bits of data."""
    if field.kind == DATA:
        yield from ((field.name, bit == "1", 1) for bit in raw or "")
    elif field.kind == TEXT:
        held = (raw or "").ljust(0 if as_wide_as_held else field.width // 6, "@")
        yield from ((field.name, _SIX_BIT_VALUE[character], 6) for character in held)
    else:
        yield field.name, (field.na or 0) if raw is None else raw, field.width


def _as_wide(bits: np.ndarray, width: int) -> np.ndarray:
    """The first ``width`` bits, with zeros after them where there are fewer."""
    wide = np.zeros((len(bits), width), np.uint8)
    wide[:, : bits.shape[1]] = bits[:, :width]
    return wide


def armoured(bits: np.ndarray) -> tuple[np.ndarray, int]:
    """Payload characters uint8[n, m] of bits uint8[n, width], and how many bits fill the last."""
    fill = -bits.shape[1] % 6
    n_bits = bits.shape[1] + fill
    sixes = _as_wide(bits, n_bits).reshape(len(bits), n_bits // 6, 6) @ _SIXES
    return np.where(sixes < 40, sixes + 48, sixes + 56).astype(np.uint8), fill
