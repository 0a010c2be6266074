"""Counts by key that grow as keys come: the memory of what is learned. Integers only, so that sums are exact."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surveil.kernels.counts import enter_keys, find_rows

_FIRST_CAPACITY = 4096


class Counts:
    """Rows of int32 by int64 key; ``keys`` and ``values`` hold ``n`` of them, in the order of first entry.

    ``changes`` differs once anything was counted.
    """

    def __init__(self, shape: tuple[int, ...]):
        self.shape, self.n, self.changes = shape, 0, 0
        self.keys, self.values = np.zeros(0, np.int64), np.zeros((0, *shape), np.int32)
        self._make_room(_FIRST_CAPACITY)

    def _make_room(self, needed: int) -> None:
        capacity = _FIRST_CAPACITY
        while capacity < needed:
            capacity *= 2  # the kernels' table is a power of two
        extra = capacity - len(self.keys)
        self.keys = np.concatenate([self.keys, np.zeros(extra, np.int64)])
        self.values = np.concatenate([self.values, np.zeros((extra, *self.shape), np.int32)])
        self.table = np.full(4 * capacity, -1, np.int32)
        enter_keys(self.keys[: self.n], np.zeros(self.n, np.int64), self.table, 0)

    def fill(self, step: Callable[[int, int], tuple[int, int]], rows: int, most: int) -> None:
        """Run a learning kernel over rows, with more room each time it stops for want of it.

        Parameters
        ----------
        step : (first row, keys so far) to (first row not counted, keys now)
        rows : how many there are; most : new keys one of them may need
        """
        self.changes += 1
        first = 0
        while first < rows:
            if self.n + most > len(self.keys):
                self._make_room(self.n + most)
            first, self.n = step(first, self.n)

    def add(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Add counts to those of the same keys, exactly.

        Raises
        ------
        OverflowError : a sum does not fit; nothing has been added.
        """
        known = find_rows(keys, self.keys, self.table)
        old = np.where((known >= 0).reshape(-1, *[1] * len(self.shape)), self.values[known], 0)
        summed = old.astype(np.int64) + values
        if summed.size and summed.max() > np.iinfo(np.int32).max:
            raise OverflowError("counts over 2,147,483,647")
        self.changes += 1
        needed = self.n + int((known < 0).sum())
        if needed > len(self.keys):
            self._make_room(needed)
        self.n = enter_keys(keys, self.keys, self.table, self.n)
        self.values[find_rows(keys, self.keys, self.table)] = summed

    def halve(self) -> None:
        """Half of every count, rounded down; what has come to nothing is forgotten."""
        keys, values = self.sorted()
        values = values // 2
        left = values.any(axis=tuple(range(1, values.ndim)))
        changes = self.changes
        self.__init__(self.shape)
        self.changes = changes
        self.add(keys[left], values[left])

    def sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """(keys, values) by key, whatever the order of entry."""
        order = np.argsort(self.keys[: self.n])
        return self.keys[: self.n][order], self.values[: self.n][order]


def columns_of(cell_deg: float) -> int:
    """Cells round the earth, at the kernels' way of numbering them."""
    return int(np.ceil(360.0 / cell_deg)) + 1


def corner_of(cell: np.ndarray, cell_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of cells, from 180 W and 90 S."""
    columns = columns_of(cell_deg)
    return cell % columns, cell // columns
