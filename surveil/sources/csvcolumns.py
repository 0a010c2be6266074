"""Columns of text to numbers, times and codes, each with a mask of what could not be read. All vectorised."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def numbers(column: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """float64[n] with NaN where empty, and bool[n] of what is neither empty nor a number."""
    text = pc.utf8_trim_whitespace(column)
    is_number = pc.match_substring_regex(text, _NUMBER)
    values = pc.cast(pc.if_else(is_number, text, pa.scalar(None, pa.string())), pa.float64())
    bad = pc.and_(pc.invert(is_number), pc.greater(pc.utf8_length(text), 0))
    return values.to_numpy(zero_copy_only=False), bad.to_numpy(zero_copy_only=False)


def times_ms(column: pa.StringArray, form: str) -> tuple[np.ndarray, np.ndarray]:
    """int64[n] epoch ms, and bool[n] of what is not a time of this form or not in the calendar.

    A zone is honoured; a time without one is UTC, as the archives document.
    """
    found = pc.extract_regex(pc.utf8_trim_whitespace(column), form)
    part = {field.name: found.field(i) for i, field in enumerate(found.type)}
    year, month, day, hour, minute, second = (
        _integers(part[k]) for k in ("year", "month", "day", "hour", "minute", "second")
    )
    ms = _integers(pc.utf8_slice_codeunits(pc.utf8_rpad(part["fraction"], 3, "0"), 0, 3))
    offset_min = _integers(part["zone_hour"]) * 60 + _integers(part["zone_minute"])
    offset_min = np.where(np.asarray(pc.equal(part["sign"], "-").fill_null(False)), -offset_min, offset_min)
    good = found.is_valid().to_numpy(zero_copy_only=False)
    good &= (month >= 1) & (month <= 12) & (hour <= 23) & (minute <= 59) & (second <= 60)
    start = ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("M8[M]")
    month_days = ((start + np.timedelta64(1, "M")).astype("M8[D]") - start.astype("M8[D]")).astype(np.int64)
    good &= (day >= 1) & (day <= month_days)
    days = start.astype("M8[D]").astype(np.int64) + day - 1
    minutes = (days * 24 + hour) * 60 + minute - offset_min
    return (minutes * 60 + second) * 1000 + ms, ~good


def _integers(digits: pa.StringArray) -> np.ndarray:
    """int64[n]; empty and null are 0."""
    filled = pc.if_else(pc.greater(pc.utf8_length(digits), 0), digits, "0").fill_null("0")
    return pc.cast(filled, pa.int64()).to_numpy()


def codes(column: pa.StringArray, words: dict[str, int], missing: int) -> np.ndarray:
    """int64[n]: numbers as they are, words by the table, anything else ``missing``."""
    text = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    encoded = text.dictionary_encode()
    known = np.array([_code(word, words, missing) for word in encoded.dictionary.to_pylist()], np.int64)
    return known[encoded.indices.to_numpy()] if len(known) else np.empty(0, np.int64)


def _code(word: str, words: dict[str, int], missing: int) -> int:
    if word in words:
        return words[word]
    try:
        return int(float(word))
    except (ValueError, OverflowError):
        return missing


def texts(column: pa.StringArray, width: int, nothing: tuple[str, ...] = ()) -> np.ndarray:
    """S[width][n]: trimmed; the words in ``nothing`` (lower case) become empty; not ASCII becomes ``?``."""
    text = pc.utf8_trim_whitespace(column)
    encoded = text.dictionary_encode()
    plain = [
        b"" if word.lower() in nothing else word.encode("ascii", "replace")[:width]
        for word in encoded.dictionary.to_pylist()
    ]
    if not plain:
        return np.empty(0, f"S{width}")
    return np.array(plain, f"S{width}")[encoded.indices.to_numpy()]


def imo_numbers(column: pa.StringArray) -> np.ndarray:
    """int64[n]: seven digits with or without ``IMO`` before them, else 0."""
    found = pc.extract_regex(pc.utf8_trim_whitespace(column), r"^(?:IMO)?\s*0*(?P<imo>[1-9]\d{6})$")
    return _integers(found.field(0))
