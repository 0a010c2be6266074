"""Payloads to rows by the kernels: what :func:`surveil.decode.messages.decode` does, from any place in a buffer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.decode.messages import POSITION_TYPES, SAFETY_TYPES, STATIC_TYPES, Decoded
from surveil.decode.plan import make_plan
from surveil.kernels import messages as kernel
from surveil.kernels import whole
from surveil.schema import Columns, Positions, Safety, Statics


def _mask(types: frozenset[int]) -> np.ndarray:
    return np.isin(np.arange(64), sorted(types))


_KINDS = (Positions, Statics, Safety)
_FILL = (kernel.fill_positions, kernel.fill_statics, kernel.fill_safety)
_GIVES = tuple(map(_mask, (POSITION_TYPES, STATIC_TYPES, SAFETY_TYPES)))


@dataclass(frozen=True)
class Messages:
    """Joined messages as columns.

    ``buf`` uint8[:] holds their characters from ``start`` int64[n] on, ``n_chars`` int64[n] of them, of which
    ``fill`` uint8[n] bits do not count; ``t_ms``, ``seq`` int64[n] as in the schema; no positions are

    """

    buf: np.ndarray
    start: np.ndarray
    n_chars: np.ndarray
    fill: np.ndarray
    t_ms: np.ndarray
    seq: np.ndarray

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class _Judged:
    verdict: np.ndarray
    msg_type: np.ndarray
    form: np.ndarray
    mmsi: np.ndarray
    digest: np.ndarray


def decode(messages: Messages, source: int) -> Decoded:
    """As :func:`surveil.decode.messages.decode`, of messages that may lie anywhere in their buffer."""
    judged = _judge(messages)
    good = judged.verdict == 0
    at = [np.flatnonzero(good & gives[judged.msg_type]) for gives in _GIVES]
    given = zip(_KINDS, _FILL, at, strict=True)
    tables = (_table(kind, fill, messages, judged, rows, source) for kind, fill, rows in given)
    return Decoded(*tables, *at, judged.verdict, judged.msg_type)


def _table(kind: type[Columns], fill, messages: Messages, judged: _Judged, rows, source: int) -> Columns:
    """The rows of a kind that some of the messages give."""
    if not len(rows):
        return kind.empty()
    columns, words = _common(kind, messages, judged, rows, source), np.empty(kernel.MAX_WORDS, np.uint64)
    fill(*_payloads(messages, judged, rows), words, make_plan(), _own(kind, columns))
    return kind(**columns)


def _judge(messages: Messages) -> _Judged:
    n, plan = len(messages), make_plan()
    judged = _Judged(
        np.empty(n, np.uint8), np.empty(n, np.uint8), np.empty(n, np.int64), np.empty(n, np.int32),
        np.empty(n, np.uint64),
    )  # fmt: skip
    kernel.judge(
        messages.buf, messages.start, messages.n_chars, messages.fill, np.empty(kernel.MAX_WORDS, np.uint64), plan,
        judged.verdict, judged.msg_type, judged.form, judged.mmsi, judged.digest,
    )  # fmt: skip
    return judged


class Room:
    """Columns of a kind for so many rows, to be filled by :func:`kernels.whole.read`: ``rows`` is what it wants."""

    def __init__(self, kind: type[Columns], rows: int):
        self.kind = kind
        self._columns = {name: np.empty(rows, dtype) for name, dtype in kind.DTYPES.items() if name != "source"}
        common = {name: self._columns[name] for name in _COMMON if name != "source"}
        self.rows = whole.Columns(**common, at=np.empty(rows, np.int64), told=_own(kind, self._columns))

    def first(self, n: int, source: int, others: Columns, at: np.ndarray) -> tuple[Columns, np.ndarray]:
        """The first ``n`` rows, with others that arrived in between, as ``at`` int64[k] says; the order of arrival."""
        filled, arrival = {name: column[:n] for name, column in self._columns.items()}, self.rows.at[:n]
        if len(at):
            places = np.searchsorted(arrival, at, "right")
            filled = {name: _merged(column, places, getattr(others, name)) for name, column in filled.items()}
            arrival = _merged(arrival, places, at)
        return self.kind(source=np.full(len(arrival), source, np.int16), **filled), arrival


def _merged(column: np.ndarray, places: np.ndarray, values: np.ndarray) -> np.ndarray:
    out = np.empty(len(column) + len(values), column.dtype)
    whole.merge(column.view(np.uint8), places, values.view(np.uint8), column.itemsize, out.view(np.uint8))
    return out


_COMMON = ("t_ms", "source", "seq", "mmsi", "msg_type", "digest", "ais_class")


def _common(kind: type[Columns], messages: Messages, judged: _Judged, rows, source: int) -> dict[str, np.ndarray]:
    """All columns of a kind: those that every kind has filled, texts zero, the others to be filled."""
    columns = {
        "t_ms": messages.t_ms[rows], "source": np.full(len(rows), source, np.int16), "seq": messages.seq[rows],
        "mmsi": judged.mmsi[rows], "msg_type": judged.msg_type[rows], "digest": judged.digest[rows],
    }  # fmt: skip
    for name in kind.DTYPES.keys() - columns.keys():
        columns[name] = np.zeros(len(rows), kind.DTYPES[name])
    if "ais_class" in columns:
        kernel.classify(columns["mmsi"], columns["msg_type"], make_plan().classes, columns["ais_class"])
    return columns


def _payloads(messages: Messages, judged: _Judged, rows) -> tuple[np.ndarray, ...]:
    return (
        messages.buf,
        messages.start[rows],
        messages.n_chars[rows],
        messages.fill[rows],
        judged.form[rows],
    )


def _own(kind: type[Columns], columns: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """The columns that a kernel fills, in the schema's order; texts as uint8[n, width]."""
    own = (columns[name] for name in kind.DTYPES if name not in _COMMON)
    return tuple(c.view(np.uint8).reshape(len(c), c.itemsize) if c.dtype.kind == "S" else c for c in own)
