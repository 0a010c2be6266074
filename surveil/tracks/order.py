"""From rows as they arrive to rows in the order of their time, each report once.

The answer depends on the rows and their order of arrival alone, never on how they were cut into batches:
lateness is judged row by row, and rows are handed on only when no earlier one can still be admitted.
"""

from __future__ import annotations

import numpy as np

from surveil.config import EngineConfig
from surveil.kernels import order as kernel
from surveil.schema import KIND_CLASSES, KINDS, MISSING_TIME, Batch, Columns, Positions

_MIN_TABLE = 1024


class Heard:
    """Which reports were heard within the window, of one kind."""

    def __init__(self, window_ms: int):
        self.window_ms = window_ms
        self.digest = np.empty(0, np.uint64)
        self.t_ms = np.empty(0, np.int64)

    def first(self, rows: Columns) -> np.ndarray:
        """bool[n]: rows, ascending in time, that are not a report heard before."""
        if not len(rows):
            return np.ones(0, bool)
        self._make_room(len(rows), int(rows.t_ms[0]) - self.window_ms)
        return kernel.first_heard(rows.t_ms, rows.digest, self.window_ms, self.digest, self.t_ms)

    def _make_room(self, n: int, oldest_ms: int) -> None:
        """Keep the table at most half full; where it would not be, forget what is past the window."""
        if np.count_nonzero(self.t_ms != MISSING_TIME) + n <= len(self.t_ms) // 2:
            return
        fresh = self.t_ms >= max(oldest_ms, MISSING_TIME + 1)
        keep_digest, keep_t = self.digest[fresh], self.t_ms[fresh]
        by_time = np.lexsort((keep_digest, keep_t))
        size = max(_MIN_TABLE, 1 << int(4 * (n + keep_t.size)).bit_length())
        self.digest, self.t_ms = np.zeros(size, np.uint64), np.full(size, MISSING_TIME)
        kernel.first_heard(keep_t[by_time], keep_digest[by_time], 0, self.digest, self.t_ms)


class Order:
    """Watermark, admission, sorting and duplicates. ``late`` and the like count rows by source index."""

    def __init__(self, config: EngineConfig):
        self.config = config
        self.run_max_ms = MISSING_TIME
        self.first_ms, self.last_ms = np.iinfo(np.int64).max, MISSING_TIME
        self._held = Batch.build()
        self._waiting: dict[str, list[Columns]] = {kind: [] for kind in KINDS}
        self._heard = {kind: Heard(config.duplicate_window_s * 1000) for kind in KINDS}
        self._late: list[tuple[np.ndarray, Positions]] = []
        self.counts = {"late": {}, "time_jump": {}, "duplicate": {}}

    @property
    def watermark_ms(self) -> int:
        """No row before this time can still be admitted."""
        if self.run_max_ms == MISSING_TIME:
            return MISSING_TIME
        return self.run_max_ms - self.config.lateness_s * 1000

    @property
    def span_ms(self) -> tuple[int, int] | None:
        """Times of the first and the last row admitted so far, or None."""
        return None if self.first_ms > self.last_ms else (self.first_ms, self.last_ms)

    @property
    def earliest_ms(self) -> int | None:
        """The earliest row that waits."""
        starts = [int(c.t_ms.min()) for parts in self._waiting.values() for c in parts if len(c)]
        return min(starts, default=None)

    def push(self, batch: Batch) -> list[tuple[str, Columns]]:
        """Admit rows; returns the refused ones as (reason, rows), to be archived.

        ``*_at`` must grow from batch to batch, as :func:`surveil.sources.merge.merge` numbers them.
        """
        parts = [
            (kind, KIND_CLASSES[kind].concat([held, new]), np.concatenate([held_at, new_at]))
            for (kind, held, held_at), (_, new, new_at) in zip(self._held.parts(), batch.parts(), strict=True)
        ]
        verdicts = self._judge(parts, self.config.jump_confirmations)
        if batch.heartbeat_ms != MISSING_TIME:
            self.run_max_ms = max(self.run_max_ms, batch.heartbeat_ms)
        return self._sort_out(parts, verdicts)

    def close(self) -> list[tuple[str, Columns]]:
        """No more rows will come: a leap at the very end is believed, for want of evidence against it."""
        parts = self._held.parts()
        return self._sort_out(parts, self._judge(parts, 1))

    def _judge(self, parts, confirmations: int) -> list[np.ndarray]:
        t_ms = np.concatenate([rows.t_ms for _, rows, _ in parts])
        at = np.concatenate([at for _, _, at in parts])
        arrival = slice(None) if (at[1:] >= at[:-1]).all() else np.argsort(at, kind="stable")
        verdict, by_ms = np.empty(t_ms.size, np.uint8), np.empty(t_ms.size, np.int64)
        verdict[arrival], by_ms[arrival], self.run_max_ms = kernel.admit(
            t_ms[arrival],
            self.run_max_ms,
            self.config.lateness_s * 1000,
            self.config.max_time_jump_s * 1000,
            confirmations,
        )
        late = np.flatnonzero(verdict[: len(parts[0][1])] == kernel.LATE)
        if late.size:
            self._late.append((by_ms[late] - self.config.lateness_s * 1000, parts[0][1].take(late)))
        return np.split(verdict, np.cumsum([len(rows) for _, rows, _ in parts])[:-1])

    def late(self, tick_ms: int) -> Positions | None:
        """Positions that came too late, after the tick before this one had been run; each is given once.

        By the watermark at its arrival, not by batches: the same however rows are cut.
        """
        if not self._late:
            return None
        due_ms = np.concatenate([due for due, _ in self._late])
        rows = Positions.concat([rows for _, rows in self._late])
        ready = due_ms < tick_ms
        self._late = [(due_ms[~ready], rows.take(~ready))] if not ready.all() else []
        rows = rows.take(ready)
        return rows.take(np.lexsort((rows.seq, rows.digest, rows.source, rows.t_ms))) if len(rows) else None

    def _sort_out(self, parts, verdicts) -> list[tuple[str, Columns]]:
        refused, held = [], {}
        for (kind, rows, at), verdict in zip(parts, verdicts, strict=True):
            admitted = rows.take(verdict == kernel.ADMITTED)
            self._waiting[kind].append(admitted)
            self.first_ms = int(admitted.t_ms.min(initial=self.first_ms))
            self.last_ms = int(admitted.t_ms.max(initial=self.last_ms))
            keep = verdict == kernel.HELD
            held[kind], held[f"{kind}_at"] = rows.take(keep), at[keep]
            for reason, code in (("late", kernel.LATE), ("time_jump", kernel.TIME_JUMP)):
                if (verdict == code).any():
                    refused.append((reason, rows.take(verdict == code)))
                    self._count(reason, refused[-1][1])
        self._held = Batch(**held)
        return refused

    def release(self, before_ms: int) -> tuple[Columns, ...]:
        """Rows of each kind earlier than a time, ordered by (time, source, content), without duplicates."""
        return tuple(self._release(kind, before_ms) for kind in KINDS)

    def _release(self, kind: str, before_ms: int) -> Columns:
        rows = KIND_CLASSES[kind].concat(self._waiting[kind])
        if not len(rows):
            self._waiting[kind] = []
            return rows
        in_order = (rows.t_ms[1:] > rows.t_ms[:-1]).all()
        if in_order:  # what is ready comes first: nothing is copied
            ready = int(np.searchsorted(rows.t_ms, before_ms))
            self._waiting[kind], rows = [rows.take(slice(ready, None))], rows.take(slice(ready))
        else:
            ready = rows.t_ms < before_ms
            self._waiting[kind], rows = [rows.take(~ready)], rows.take(ready)
        if not in_order and not (rows.t_ms[1:] > rows.t_ms[:-1]).all():
            rows = rows.take(np.lexsort((rows.seq, rows.digest, rows.source, rows.t_ms)))
        first = self._heard[kind].first(rows)
        if not first.all():
            self._count("duplicate", rows.take(~first))
        return rows.take(first)

    def _count(self, what: str, rows: Columns) -> None:
        for source, n in zip(*np.unique(rows.source, return_counts=True), strict=True):
            counts = self.counts[what]
            counts[int(source)] = counts.get(int(source), 0) + int(n)

    def go_on_from(self, t_ms: int) -> None:
        """Begin anew at a time, knowing only which reports were heard before it: rows that wait are given again."""
        heard = self._heard
        self.__init__(self.config)
        self._heard, self.run_max_ms = heard, t_ms

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        arrays = {"run_max_ms": np.array([self.run_max_ms]), "first_ms": np.array([self.first_ms])}
        for kind, rows, at in self._held.parts():
            waiting = KIND_CLASSES[kind].concat(self._waiting[kind])
            for name in rows.DTYPES:
                arrays[f"held/{kind}/{name}"] = getattr(rows, name)
                arrays[f"waiting/{kind}/{name}"] = getattr(waiting, name)
            arrays[f"held/{kind}_at"] = at
            arrays[f"heard/{kind}/digest"] = self._heard[kind].digest
            arrays[f"heard/{kind}/t_ms"] = self._heard[kind].t_ms
        late = Positions.concat([rows for _, rows in self._late])
        arrays |= {f"late/{name}": getattr(late, name) for name in late.DTYPES}
        arrays["late_due_ms"] = np.concatenate([np.empty(0, np.int64), *(due for due, _ in self._late)])
        for what, counts in self.counts.items():
            arrays[f"counts/{what}"] = np.array(sorted(counts.items()), np.int64).reshape(-1, 2)
        return arrays

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.run_max_ms, self.first_ms = int(arrays["run_max_ms"][0]), int(arrays["first_ms"][0])
        self.last_ms = self.run_max_ms
        held = {}
        for kind, cls in KIND_CLASSES.items():
            held[kind] = cls(**{name: arrays[f"held/{kind}/{name}"] for name in cls.DTYPES})
            held[f"{kind}_at"] = arrays[f"held/{kind}_at"]
            self._waiting[kind] = [cls(**{name: arrays[f"waiting/{kind}/{name}"] for name in cls.DTYPES})]
            self._heard[kind].digest = arrays[f"heard/{kind}/digest"]
            self._heard[kind].t_ms = arrays[f"heard/{kind}/t_ms"]
        self._held = Batch(**held)
        late = Positions(**{name: arrays[f"late/{name}"] for name in Positions.DTYPES})
        self._late = [(arrays["late_due_ms"], late)] if len(late) else []
        for what in self.counts:
            self.counts[what] = {int(s): int(n) for s, n in arrays[f"counts/{what}"]}
