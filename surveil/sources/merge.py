"""Several sources as one stream, in the order of their time, whatever the size of their chunks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from surveil.schema import KIND_CLASSES, KINDS, MISSING_TIME, Batch


def merge(sources: Iterable) -> Iterator[Batch]:
    """Rows of all sources, ordered by (key, index of source, order within it).

    The key of a row is the largest time so far within its source, so that no source is put into another order
    than its own. A source is opened when the others have reached its first time. ``*_at`` becomes the row's
    place in the whole run, counted from 0. Memory holds one batch of each open source.

    Parameters
    ----------
    sources : objects with ``index``, ``peek_ms()`` (None if it holds no row) and ``batches()``.
    """
    sources = list(sources)
    if len(sources) == 1:
        yield from _numbered(b for b in sources[0].batches() if len(b) or b.heartbeat_ms != MISSING_TIME)
    else:
        yield from _numbered(_in_order(sources))


def _in_order(sources: list) -> Iterator[Batch]:
    unread = sorted(((s.peek_ms(), s.index, s) for s in sources), key=_by_first_time, reverse=True)
    open_: list[_Stream] = []
    while unread or open_:
        if unread and (not open_ or unread[-1][0] is None or unread[-1][:2] <= min(s.end for s in open_)):
            stream = _Stream(unread.pop()[2])
            if stream.advance():
                open_.append(stream)
            continue
        horizon = min(s.end for s in open_)
        yield _weave([s.release(horizon) for s in open_])
        open_ = [s for s in open_ if len(s.key) or s.advance()]


def _by_first_time(item) -> tuple[bool, int, int]:
    """Sources without a row first: reading them takes no place in the order, but accounts for their lines."""
    first_ms, index, _ = item
    return first_ms is not None, first_ms or 0, index


@dataclass
class _Rows:
    """Rows of one source in order: ``kind`` and ``row`` say where in ``batch`` each is."""

    batch: Batch
    index: int
    key: np.ndarray
    kind: np.ndarray
    row: np.ndarray


@dataclass
class _Stream:
    """An open source and what of it waits."""

    source: object
    batch: Batch | None = None
    key: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    kind: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    row: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    latest_ms: int = MISSING_TIME

    def __post_init__(self):
        self._batches = self.source.batches()

    @property
    def end(self) -> tuple[int, int]:
        """Key and index of the last row that waits."""
        return int(self.key[-1]), self.source.index

    def advance(self) -> bool:
        """Take the next batch that has rows; false at the end."""
        self.batch = next((batch for batch in self._batches if len(batch)), None)
        if self.batch is None:
            return False
        t_ms, kind, row, arrival = _flat(self.batch)
        order = np.lexsort((row, kind, arrival))
        self.key = np.maximum.accumulate(np.maximum(t_ms[order], self.latest_ms))
        self.kind, self.row, self.latest_ms = kind[order], row[order], int(self.key[-1])
        return True

    def release(self, horizon: tuple[int, int]) -> _Rows:
        """Take out the rows up to and with ``horizon``."""
        side = "right" if self.source.index <= horizon[1] else "left"
        n = int(np.searchsorted(self.key, horizon[0], side))
        taken = _Rows(self.batch, self.source.index, self.key[:n], self.kind[:n], self.row[:n])
        self.key, self.kind, self.row = self.key[n:], self.kind[n:], self.row[n:]
        return taken


def _flat(batch: Batch) -> tuple[np.ndarray, ...]:
    """t_ms, kind, row within the kind, arrival: one entry per row of any kind."""
    parts = [(rows.t_ms, np.full(len(rows), nth), np.arange(len(rows)), at)
             for nth, (_, rows, at) in enumerate(batch.parts())]  # fmt: skip
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _weave(taken: list[_Rows]) -> Batch:
    """One batch of rows of several sources, ``*_at`` counted from 0 within it."""
    taken = [rows for rows in taken if len(rows.key)]
    index = np.concatenate([np.full(len(rows.key), rows.index) for rows in taken])
    place = np.concatenate([np.arange(len(rows.key)) for rows in taken])
    order = np.lexsort((place, index, np.concatenate([rows.key for rows in taken])))
    ordinal = np.empty(len(order), np.int64)
    ordinal[order] = np.arange(len(order))
    ordinals = np.split(ordinal, np.cumsum([len(rows.key) for rows in taken])[:-1])
    columns = {}
    for nth, kind in enumerate(KINDS):
        picked = [rows.kind == nth for rows in taken]
        at = np.concatenate([o[p] for o, p in zip(ordinals, picked, strict=True)])
        parts = [getattr(r.batch, kind).take(r.row[p]) for r, p in zip(taken, picked, strict=True)]
        by_place = np.argsort(at, kind="stable")
        columns[kind], columns[f"{kind}_at"] = KIND_CLASSES[kind].concat(parts).take(by_place), at[by_place]
    return Batch(**columns)


def _numbered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """``*_at`` counted over the whole run."""
    start = 0
    for batch in batches:
        _, kind, row, arrival = _flat(batch)
        ordinal = np.empty(len(arrival), np.int64)
        ordinal[np.lexsort((row, kind, arrival))] = np.arange(start, start + len(arrival))
        start += len(arrival)
        places = np.split(ordinal, np.cumsum([len(rows) for _, rows, _ in batch.parts()])[:-1])
        yield dataclasses.replace(batch, **{f"{kind}_at": at for kind, at in zip(KINDS, places, strict=True)})
