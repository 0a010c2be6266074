"""Sections of a scenario file to frozen dataclasses: every key has a kind, a unit, a source and a range.

>>> @dataclass(frozen=True)
... class Wind:
...     speed_kn: float = key("number", 8.0, "kn", "assumed", low=0, high=80)
>>> section(Wind, {"speed_kn": 12}, Where("night.toml", "wind"))
Wind(speed_kn=12.0)
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from surveil.errors import ConfigError

T = TypeVar("T")
REQUIRED = dataclasses.MISSING


@dataclass(frozen=True)
class Where:
    """A section of a file: ``index`` counts the tables of an array of tables from 1, 0 where it is none."""

    path: str
    name: str = ""
    index: int = 0
    text: str = dataclasses.field(default="", repr=False)

    def error(self, key: str, cause: str) -> ConfigError:
        """A ConfigError that names file, line, section, key and cause."""
        shown = f"[[{self.name}]] {self.index}" if self.index else f"[{self.name}]" if self.name else ""
        return ConfigError(f"{shown} {key}: {cause}".strip(), source=self.path, line=self._line(key))

    def _line(self, key: str) -> int | None:
        """Line of a key in its section, or of the section's header; tomllib does not say."""
        header, seen, here, start = None, 0, not self.name, None
        for number, line in enumerate(self.text.splitlines(), 1):
            if found := re.match(r"\s*\[+([^\[\]]+)\]", line):
                header = found[1].strip()
                seen += header == self.name
                here = header == self.name and seen == max(self.index, 1)
                start = number if here else start
                if not self.name and header == key:
                    return number
            elif here and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
                return number
        return start


@dataclass(frozen=True)
class Series:
    """A value over time: each holds from its hour (after the start) to the next."""

    hours: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, hour: float) -> float:
        """The value at an hour; before the first, the first."""
        return self.values[max(sum(h <= hour for h in self.hours) - 1, 0)]


def key(kind: str, default=REQUIRED, unit: str = "", source: str = "", low=None, high=None, among=None):
    """A key of a section; ``kind`` is one of :data:`KINDS`, ``among`` the words allowed.

    A default of None means that it may be left out.
    """
    meta = {"kind": kind, "unit": unit, "source": source, "low": low, "high": high, "among": among}
    return dataclasses.field(default=default, metadata=meta)


def section(cls: type[T], table, where: Where) -> T:
    """A checked dataclass from one table of the TOML.

    Raises
    ------
    ConfigError : unknown or missing key, wrong kind, or out of range.
    """
    if not isinstance(table, dict):
        raise where.error("", "must be a section")
    fields = keys_of(cls)
    for name in table:
        check_among(name, fields, where, name, "key")
    for name, field in fields.items():
        if name not in table and field.default is REQUIRED:
            raise where.error(name, "is missing")
    return cls(**{name: _value(value, fields[name], where) for name, value in table.items()})


def keys_of(cls) -> dict[str, dataclasses.Field]:
    """The keys that a section may have, by name."""
    return {f.name: f for f in dataclasses.fields(cls) if "kind" in f.metadata}


def check_among(value, known: Iterable[str], where: Where, name: str, what: str) -> None:
    """Raise, with the nearest of what is known, unless a word is among them."""
    known = sorted(known)
    if value not in known:
        close = difflib.get_close_matches(str(value), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
        raise where.error(name, f"unknown {what} {value!r}; {hint}")


def _value(value, field: dataclasses.Field, where: Where):
    meta = field.metadata
    try:
        parsed = KINDS[meta["kind"]](value)
    except (TypeError, ValueError):
        raise where.error(field.name, f"must be {_SPOKEN[meta['kind']]}, not {value!r}") from None
    if meta["among"] is not None:
        check_among(parsed, meta["among"], where, field.name, field.name.replace("_", " "))
    low, high = meta["low"], meta["high"]
    for number in parsed.values if isinstance(parsed, Series) else (parsed,):
        if (low is not None and not number >= low) or (high is not None and not number <= high):
            raise where.error(field.name, f"{number!r} is outside {low} to {high} {meta['unit']}".rstrip())
    return parsed


def _number(value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _integer(value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _word(value) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _flag(value) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _point(value) -> tuple[float, float]:
    lon, lat = map(_number, value)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError
    return lon, lat


def _box(value) -> tuple[float, float, float, float]:
    west, south, east, north = map(_number, value)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError
    return west, south, east, north


def _series(value) -> Series:
    if not isinstance(value, list):
        return Series((0.0,), (_number(value),))
    hours, values = zip(*((_number(h), _number(v)) for h, v in value), strict=True)
    if list(hours) != sorted(hours):
        raise ValueError
    return Series(hours, values)


def _time_ms(value) -> int:
    if not isinstance(value, datetime):
        raise TypeError
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()) * 1000


KINDS = {
    "number": _number,
    "integer": _integer,
    "word": _word,
    "flag": _flag,
    "point": _point,
    "box": _box,
    "series": _series,
    "time": _time_ms,
}
_SPOKEN = {
    "number": "a number",
    "integer": "a whole number",
    "word": "a text",
    "flag": "true or false",
    "point": "[longitude, latitude] in degrees",
    "box": "[west, south, east, north] in degrees",
    "series": "a number, or a list of [hour, number] in order of time",
    "time": "a date and time, as 2026-05-02T20:00:00Z",
}
