"""The field tables as the arrays that the message kernels read."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from surveil.decode.messages import MAX_CHARS, POSITION_TYPES, SAFETY_TYPES, STATIC_TYPES, classify
from surveil.decode.tables import LAYOUTS, SIGNED, Field, Layout
from surveil.kernels import messages as kernel
from surveil.schema import CLASS_ATON, CLASS_BASE, CLASS_DEVICE, CLASS_SAR_AIRCRAFT

_NUMBERS = {
    "lon": kernel.LON, "lat": kernel.LAT, "sog": kernel.SOG, "cog": kernel.COG, "heading": kernel.HEADING,
    "nav_status": kernel.STATUS, "utc_s": kernel.UTC_S, "second": kernel.UTC_S, "imo": kernel.IMO,
    "ship_type": kernel.SHIP_TYPE, "to_bow": kernel.BOW, "to_stern": kernel.STERN, "to_port": kernel.PORT,
    "to_starboard": kernel.STARBOARD, "draught": kernel.DRAUGHT, "dest_mmsi": kernel.DEST_MMSI,
}  # fmt: skip
_TEXTS = {
    "name": kernel.NAME, "callsign": kernel.CALLSIGN, "destination": kernel.DESTINATION,
    "name_ext": kernel.NAME_EXT, "text": kernel.TEXT,
}  # fmt: skip
_LAST_SECOND = 59
"""Above it ``utc_s`` says how the position was found, not when (M.1371-5, time stamp of message 1)."""
_NO_LIMIT = 1 << 40
_ANY_MMSI = 200_000_000
"""An MMSI whose form says nothing of the kind of station (a ship's, ITU-R M.585-9)."""


class Plan(NamedTuple):
    """What :mod:`surveil.kernels.messages` asks for, under the names it uses."""

    first: np.ndarray
    count: np.ndarray
    select: np.ndarray
    min_bits: np.ndarray
    numbers: np.ndarray
    texts: np.ndarray
    classes: np.ndarray
    gives: np.ndarray
    max_chars: np.ndarray


@cache
def make_plan() -> Plan:
    """The plan of the 28 message types."""
    by_type = [(t, form) for t in range(64) for form in LAYOUTS if t in form.types]
    types = np.array([t for t, _ in by_type])
    special = [CLASS_DEVICE, CLASS_SAR_AIRCRAFT, CLASS_ATON, CLASS_BASE]
    return Plan(
        first=np.searchsorted(types, np.arange(64)),
        count=np.bincount(types, minlength=64),
        select=np.array([_select(form) for _, form in by_type]).ravel(),
        min_bits=np.array([form.min_bits for _, form in by_type]),
        numbers=np.array([_numbers(form) for _, form in by_type]).ravel(),
        texts=np.array([_texts(form) for _, form in by_type]),
        max_chars=MAX_CHARS,
        gives=_mask(POSITION_TYPES) + 2 * _mask(STATIC_TYPES) + 4 * _mask(SAFETY_TYPES),
        classes=np.append(classify(np.full(64, _ANY_MMSI), np.arange(64)), np.array(special, np.uint8)),
    )


def _mask(types: frozenset[int]) -> np.ndarray:
    return np.isin(np.arange(64), sorted(types)).astype(np.uint8)


def _select(form: Layout) -> np.ndarray:
    rows = np.zeros((2, 4), np.int64)
    for row, (name, allowed) in zip(rows, form.select, strict=False):
        row[:] = form[name].offset, form[name].width, min(allowed), max(allowed)
    return rows


def _numbers(form: Layout) -> np.ndarray:
    rows = np.zeros((kernel.N_NUMBERS, kernel.N_SAID), np.int64)
    rows[:, kernel.WIDTH] = rows[:, kernel.PER_UNIT] = 1
    rows[:, kernel.LIMIT] = -1
    for field in form.fields:
        place = _NUMBERS.get(field.name)
        if place is not None:
            sign = 1 << (field.width - 1) if field.kind == SIGNED else 0
            rows[place] = field.offset, field.width, sign, _limit(field), field.per_unit
    return rows


def _limit(field: Field) -> int:
    if field.name == "utc_s":
        return _LAST_SECOND
    return _NO_LIMIT if field.limit is None else field.limit


def _texts(form: Layout) -> np.ndarray:
    rows = np.zeros((kernel.N_TEXTS, 2), np.int64)
    for field in form.fields:
        if field.name in _TEXTS:
            rows[_TEXTS[field.name]] = field.offset, field.width // 6
    return rows
