"""ASTERIX records: read one whole by its table, slow and obvious; or many into plots, by kernels; and written.

Unknown field reference numbers end a block: without a length form what follows cannot be found. CAT240 is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from surveil.decode import asterix_tables as tables
from surveil.decode.asterix_tables import CATEGORIES, Category, Field, Item
from surveil.errors import InputError
from surveil.kernels import asterix as kernel

VIDEO = 240
WHY_NO_VIDEO = "CAT240 is raw radar video: pictures, no plots; have the radar's plot extractor send CAT048 or CAT010"
SERVICE = {2: "radar service", 34: "radar service", 63: "sensor status", 65: "tracker service"}
"""Categories that carry no plots or tracks."""
_SIX_BIT = " ABCDEFGHIJKLMNOPQRSTUVWXYZ     " + " " * 16 + "0123456789      "
"""ICAO Annex 10 vol. IV, table 3-8."""


class Malformed(ValueError):
    """A record that its tables cannot read."""


def read_records(block: bytes) -> Iterator[dict[str, Any]]:
    """Every record of one data block, each {item id: value}, every field by name in its unit.

    An item of parts or with subfields is a dictionary of all fields; a repetitive one a list of them; RE and SP
    their octets in hexadecimal.

    Raises
    ------
    Malformed : the category is not known, or a record does not fit its table.
    """
    number, length = block[0], int.from_bytes(block[1:3], "big")
    if number not in CATEGORIES or length != len(block):
        raise Malformed(WHY_NO_VIDEO if number == VIDEO else f"category {number} of length {length} is not read")
    at = 3
    while at < length:
        record, at = _read_record(CATEGORIES[number], block, at)
        yield record


def _read_record(category: Category, block: bytes, at: int) -> tuple[dict[str, Any], int]:
    frns, at = _presence(block, at)
    record: dict[str, Any] = {}
    for frn in frns:
        id = category.uap[frn] if frn < len(category.uap) else ""
        if not id:
            raise Malformed(f"field reference number {frn + 1} has no item")
        record[id], at = _read_item(category.items[id], block, at)
        if category is tables.CAT001_PLOT and record.get("020", {}).get("TYP"):
            category = tables.CAT001_TRACK
    return record, at


def _presence(block: bytes, at: int) -> tuple[list[int], int]:
    """Bits set in octets that end with FX: of a field specification or a compound item."""
    found, bit = [], 0
    while True:
        octet = _octets(block, at, 1)[0]
        found += [bit + k for k in range(7) if octet & (128 >> k)]
        at, bit = at + 1, bit + 7
        if not octet & 1:
            return found, at


def _octets(block: bytes, at: int, n: int) -> bytes:
    if at + n > len(block):
        raise Malformed("an item runs past the end of its block")
    return block[at : at + n]


def _read_item(item: Item, block: bytes, at: int) -> tuple[Any, int]:
    if item.form == tables.FIXED:
        return _values(item.parts[0], _octets(block, at, item.octets)), at + item.octets
    if item.form == tables.EXTENDED:
        return _read_extended(item, block, at)
    if item.form == tables.REPETITIVE:
        n, at = _octets(block, at, 1)[0], at + 1
        stop = at + n * item.octets
        return [_values(item.parts[0], _octets(block, i, item.octets)) for i in range(at, stop, item.octets)], stop
    if item.form == tables.EXPLICIT:
        n = max(1, _octets(block, at, 1)[0])
        return _octets(block, at, n)[1:].hex(), at + n
    return _read_compound(item, block, at)


def _read_extended(item: Item, block: bytes, at: int) -> tuple[dict[str, Any], int]:
    values: dict[str, Any] = {}
    for part in range(256):
        octets, at = _octets(block, at, item.octets), at + item.octets
        if part < len(item.parts):
            values |= _values(item.parts[part], octets)
        if not octets[-1] & 1:
            break
    return values, at


def _read_compound(item: Item, block: bytes, at: int) -> tuple[dict[str, Any], int]:
    bits, at = _presence(block, at)
    values: dict[str, Any] = {}
    for bit in bits:
        sub = item.subs[bit] if bit < len(item.subs) else None
        if sub is None:
            raise Malformed(f"item {item.id} has no subfield {bit + 1}")
        values[sub.id], at = _read_item(sub, block, at)
    return values, at


def _values(fields: tuple[Field, ...], octets: bytes) -> dict[str, Any]:
    whole, bits = int.from_bytes(octets, "big"), 8 * len(octets)
    return {f.name: _value(f, whole >> (bits - f.offset - f.width)) for f in fields if f.name != "-"}


def _value(field: Field, shifted: int) -> Any:
    raw = shifted & ((1 << field.width) - 1)
    if field.coding == "s" and raw >> (field.width - 1):
        raw -= 1 << field.width
    elif field.coding == "o":
        return f"{raw:0{field.width // 3}o}"
    elif field.coding == "x":
        return f"{raw:0{field.width // 4}X}"
    elif field.coding == "a":
        return raw.to_bytes(field.width // 8, "big").decode("latin-1")
    elif field.coding == "c":
        return "".join(_SIX_BIT[raw >> i & 63] for i in range(field.width - 6, -1, -6))
    return raw * field.lsb if field.lsb else raw


class Layout(NamedTuple):
    """The tables as the kernel reads them, and the columns wanted: (category, item, subfield) to column."""

    uap: np.ndarray
    form: np.ndarray
    size: np.ndarray
    subs: np.ndarray
    want: np.ndarray
    columns: dict[tuple[int, str, str], int]
    items: dict[tuple[int, str, str], Item]


@cache
def layout(wanted: tuple[tuple[int, str, str], ...], categories: tuple[int, ...]) -> Layout:
    """Rows of every item and subfield of some categories; ``wanted`` says which places to note, in which column."""
    uap = np.full(256 * kernel.N_FRN, -1, np.int16)
    rows: list[Item] = []
    keys: list[tuple[int, str, str]] = []
    links: list[tuple[int, int, int]] = []
    for number in categories:
        category = CATEGORIES[number]
        for frn, id in enumerate(category.uap):
            if not id:
                continue
            item = category.items[id]
            uap[number * kernel.N_FRN + frn] = row = len(rows)
            rows.append(item)
            keys.append((number, id, ""))
            for bit, sub in enumerate(item.subs):
                if sub is not None:
                    links.append((row, bit, len(rows)))
                    rows.append(sub)
                    keys.append((number, id, sub.id))
    subs = np.full(len(rows) * kernel.N_SUB, -1, np.int16)
    for row, bit, sub in links:
        subs[row * kernel.N_SUB + bit] = sub
    want = np.full(len(rows), -1, np.int16)
    columns = {key: column for column, key in enumerate(wanted)}
    for row, key in enumerate(keys):
        want[row] = columns.get(key, -1)
    form, size = np.array([r.form for r in rows], np.uint8), np.array([r.octets for r in rows], np.int16)
    return Layout(uap, form, size, subs, want, columns, dict(zip(keys, rows, strict=True)))


def encode(category: Category, ids: tuple[str, ...], values: dict[str, np.ndarray], cut: np.ndarray) -> bytes:
    """Blocks of records that all carry the same items.

    Parameters
    ----------
    ids : items in the order of the UAP, fixed or extended, or the one subfield of a compound one as "130/PAM".
    values : "item/field" to raw integers or numbers in the field's unit, each (n,) or a scalar; a field left out is 0.
    cut : a new block begins where this, int64 (n,), changes.

    Raises
    ------
    InputError : a value does not fit its field.
    """
    n = len(cut)
    body = np.hstack([_fspec(category, ids, n), *(_written(category, id, values, n) for id in ids)])
    fresh = np.append(True, cut[1:] != cut[:-1]) if n else np.zeros(0, bool)
    longest = (0xFFFF - 3) // body.shape[1]
    since = np.arange(n) - np.maximum.accumulate(np.where(fresh, np.arange(n), 0))
    fresh |= since % longest == 0
    first = np.flatnonzero(fresh)
    lengths = 3 + np.diff(np.append(first, n)) * body.shape[1]
    out = np.empty(n * body.shape[1] + 3 * len(first), np.uint8)
    heads = np.cumsum(np.append(0, lengths[:-1])) if len(first) else np.zeros(0, np.int64)
    out[heads], out[heads + 1], out[heads + 2] = category.number, lengths >> 8, lengths & 255
    records = np.ones(len(out), bool)
    records[heads] = records[heads + 1] = records[heads + 2] = False
    out[records] = body.ravel()
    return out.tobytes()


def _fspec(category: Category, ids: tuple[str, ...], n: int) -> np.ndarray:
    frns = [category.uap.index(id.partition("/")[0]) for id in ids]
    return np.tile(_presence_octets(frns), (n, 1))


def _presence_octets(bits: list[int]) -> np.ndarray:
    octets = np.zeros(max(bits) // 7 + 1, np.uint8)
    octets[:-1] = 1
    for bit in bits:
        octets[bit // 7] |= 128 >> bit % 7
    return octets


def _written(category: Category, id: str, values: dict[str, np.ndarray], n: int) -> np.ndarray:
    """One item of all records, uint8 (n, octets)."""
    name, _, sub = id.partition("/")
    item, head = category.items[name], np.zeros((n, 0), np.uint8)
    if sub:
        bit = next(i for i, s in enumerate(item.subs) if s is not None and s.id == sub)
        item, head = item.subs[bit], np.tile(_presence_octets([bit]), (n, 1))
    given = [name.rpartition("/")[2] for name in values if name.startswith(f"{id}/")]
    last = max((item.field(name)[0] for name in given), default=0)
    parts = [_part(item, k, {f: values[f"{id}/{f}"] for f in given}, n) for k in range(last + 1)]
    for part in parts[:-1]:
        part[:, -1] |= 1  # FX
    return np.hstack([head, *parts])


def _part(item: Item, part: int, values: dict[str, np.ndarray], n: int) -> np.ndarray:
    whole = np.zeros(n, np.uint64)
    for field in item.parts[part]:
        if field.name in values:
            shift = 8 * item.octets - field.offset - field.width
            whole |= _raw(field, values[field.name], n) << np.uint64(shift)
    return np.ascontiguousarray(whole.astype(">u8").view(np.uint8).reshape(n, 8)[:, 8 - item.octets :])


def _raw(field: Field, value, n: int) -> np.ndarray:
    raw = np.broadcast_to(np.rint(np.asarray(value, float) / (field.lsb or 1)), n).astype(np.int64)
    low, beyond = (-(1 << field.width - 1), 1 << field.width - 1) if field.coding == "s" else (0, 1 << field.width)
    if ((raw < low) | (raw >= beyond)).any():
        raise InputError(f"a value of {field.name} does not fit {field.width} bits")
    return (raw & ((1 << field.width) - 1)).astype(np.uint64)
