"""Archives that are not in the order of time, put in that order before the engine sees them.

A log is a feed played again: its order of arrival says what could be known when. An archive sorted by vessel, or a
satellite's store-and-forward dump, has no such order, and most of it would be too late for any watermark.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from surveil.errors import ConfigError
from surveil.schema import KIND_CLASSES, KINDS, MISSING_TIME, Batch
from surveil.sources.merge import merge
from surveil.sources.recognise import AIVDM, RAW_LOG

_GLANCE_ROWS = 100_000
"""So many rows decide whether a file is in order: a file sorted by vessel shows it in its second vessel (assumed)."""
_RUN_ROWS = 2_000_000
"""Rows sorted in memory at a time, some 250 MB; more go through sorted runs on disk."""
_BATCH_ROWS = 100_000


def in_order(batches: Iterator[Batch], lateness_ms: int, rows: int = _GLANCE_ROWS) -> bool:
    """Whether the first rows follow each other in time, give or take the lateness."""
    latest_ms, seen = MISSING_TIME + lateness_ms, 0
    for batch in batches:
        parts = batch.parts()
        t_ms = np.concatenate([part.t_ms for _, part, _ in parts])
        t_ms = t_ms[np.argsort(np.concatenate([at for _, _, at in parts]), kind="stable")]
        latest = np.maximum.accumulate(np.append(latest_ms, t_ms))
        if (t_ms < latest[:-1] - lateness_ms).any():
            return False
        latest_ms, seen = int(latest[-1]), seen + len(t_ms)
        if seen >= rows:
            break
    return True


def sort_where(which: str, sources: list, lateness_ms: int) -> list:
    """Sources, some of them sorted: ``"always"`` all, ``"never"`` none, ``"auto"`` tables that begin out of order.

    Raises
    ------
    ConfigError : another word.
    """
    if which not in ("auto", "always", "never"):
        raise ConfigError(f"--sort is 'auto', 'always' or 'never', not {which!r}")
    if which == "never":
        return sources
    return [SortedSource(s) if which == "always" or _is_jumbled(s, lateness_ms) else s for s in sources]


def _is_jumbled(source, lateness_ms: int) -> bool:
    return source.format not in (AIVDM, RAW_LOG) and not in_order(source.glance(), lateness_ms)


@dataclass(frozen=True)
class SortedSource:
    """A source whose rows come in the order of their time; equal times stay in the order of the file."""

    source: object
    run_rows: int = _RUN_ROWS

    def __getattr__(self, name: str):
        """Name, index, format and the like are those of the source."""
        return getattr(self.source, name)

    @cached_property
    def _first_ms(self) -> int | None:
        times = [int(rows.t_ms.min()) for b in self.source.glance() for _, rows, _ in b.parts() if len(rows)]
        return min(times, default=None)

    def peek_ms(self) -> int | None:
        """Earliest time of all; reads the whole source, leaves no trace."""
        return self._first_ms

    def batches(self) -> Iterator[Batch]:
        """All rows, in order. Memory holds ``run_rows`` rows; the rest waits in files that are removed."""
        with tempfile.TemporaryDirectory(prefix="surveil-sort-") as folder:
            runs: list[_Run] = []
            for rows in _gathered(self.source.batches(), self.run_rows):
                runs.append(_Run(len(runs), _sorted(rows)))
                if len(rows) >= self.run_rows:
                    runs[-1] = runs[-1].on_disk(Path(folder))
            yield from merge(runs)


def _gathered(batches: Iterator[Batch], most: int) -> Iterator[Batch]:
    """Batches joined into larger ones of at least ``most`` rows, the last one excepted."""
    waiting: list[Batch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= most:
            yield joined(waiting)
            waiting = []
    yield joined(waiting)


def joined(batches: list[Batch]) -> Batch:
    """Batches as one, in the order given."""
    columns = {}
    for kind in KINDS:
        columns[kind] = KIND_CLASSES[kind].concat([getattr(b, kind) for b in batches])
        columns[f"{kind}_at"] = np.concatenate([[], *(getattr(b, f"{kind}_at") for b in batches)]).astype(np.int64)
    return Batch(**columns)


def _sorted(batch: Batch) -> Batch:
    """Rows by (time, order of arrival); ``*_at`` is the place in that order."""
    parts = batch.parts()
    t_ms = np.concatenate([rows.t_ms for _, rows, _ in parts])
    arrival = np.concatenate([at for _, _, at in parts])
    rank = np.empty(len(t_ms), np.int64)
    rank[np.lexsort((arrival, t_ms))] = np.arange(len(t_ms))
    columns, start = {}, 0
    for kind, rows, _ in parts:
        mine = rank[start : start + len(rows)]
        by_rank = np.argsort(mine)
        columns[kind], columns[f"{kind}_at"] = rows.take(by_rank), mine[by_rank]
        start += len(rows)
    return Batch(**columns)


@dataclass(frozen=True)
class _Run:
    """One sorted piece, in memory or as memory-mapped files."""

    index: int
    rows: Batch

    def on_disk(self, folder: Path) -> _Run:
        """The same run, its columns in files."""

        def moved(name: str, array: np.ndarray) -> np.ndarray:
            if not array.size:  # an empty file can't be mapped
                return array
            path = folder / f"{self.index}-{name}.npy"
            np.save(path, array)
            return np.load(path, mmap_mode="r")

        columns = {}
        for kind, rows, at in self.rows.parts():
            arrays = {name: moved(f"{kind}-{name}", getattr(rows, name)) for name in rows.DTYPES}
            columns[kind], columns[f"{kind}_at"] = KIND_CLASSES[kind](**arrays), moved(f"{kind}-at", at)
        return _Run(self.index, Batch(**columns))

    def peek_ms(self) -> int | None:
        starts = [int(rows.t_ms[0]) for _, rows, _ in self.rows.parts() if len(rows)]
        return min(starts, default=None)

    def batches(self) -> Iterator[Batch]:
        for start in range(0, len(self.rows), _BATCH_ROWS):
            columns = {}
            for kind, rows, at in self.rows.parts():
                piece = slice(*np.searchsorted(at, (start, start + _BATCH_ROWS)))
                columns[kind], columns[f"{kind}_at"] = rows.take(piece), np.array(at[piece])
            yield Batch(**columns)
