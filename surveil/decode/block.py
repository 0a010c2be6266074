"""Some thousand lines of a log, read by the kernels, and the messages found in them as tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surveil.decode.columns import Room
from surveil.decode.fragments import Key, Message
from surveil.decode.lines import MAX_LINE
from surveil.kernels import fragments
from surveil.kernels import sentences as kernel
from surveil.kernels.sentences import FORMS, NO_TIME

START, N_CHARS, FILL, T_MS, FORM, HEARD, SEQ, ARRIVAL, ORIGIN, INDEX, N_LINES = range(11)
"""Rows of a table of messages, int64[11, n]: where its characters are, its fill bits, time, form of the time,
whether any sentence had a time by then, lines of its first part and of its last, and where its lines are told."""
SINGLE, JOINED, TAKEN = range(3)
_FROM_ROW = [kernel.PAYLOAD, kernel.N_CHARS, kernel.FILL, kernel.T_MS, kernel.FORM, kernel.HEARD]


@dataclass
class Block:
    """Lines taken from ``buf``: ``n_lines`` after ``base`` others of the source, ``n`` of which have ``rows``.

    The others gave the first ``n_positions`` of ``positions`` and ``n_statics`` of ``statics``, or nothing.

    What is joined goes into ``buf`` from ``spare`` on. ``joined`` are tables of messages, and ``parts`` int64[k, 10]
    the rows that each of them came from, by number of the part; -1 for none. ``taken`` are messages of the slow reader,
    with the line that completed each and whether any sentence had a time by then; ``parts_mixed`` says that some of
    its sentences were parts.
    """

    buf: np.ndarray
    spare: int
    rows: np.ndarray
    base: int
    positions: Room
    statics: Room
    n: int = 0
    n_lines: int = 0
    n_positions: int = 0
    n_statics: int = 0
    parts_done: int = 0
    parts_mixed: bool = False
    joined: list[np.ndarray] = field(default_factory=list)
    parts: list[np.ndarray] = field(default_factory=list)
    taken: list[tuple[Message, int, bool]] = field(default_factory=list)

    @property
    def ends_odd(self) -> bool:
        return self.rows[self.n - 1, kernel.KIND] == kernel.ODD

    def line(self, row: int) -> tuple[int, bytes]:
        """Number and bytes of a line."""
        start, end = self.rows[row, kernel.START], self.rows[row, kernel.END]
        return self.number(row), self.buf[start : min(end, start + MAX_LINE)].tobytes()

    def number(self, row: int) -> int:
        """Number of the line that a row tells of."""
        return self.base + int(self.rows[row, kernel.LINE]) + 1

    def lines_of(self, message: np.ndarray) -> list[tuple[int, bytes]]:
        """The lines that a message, one column of a table, came from, as they came."""
        index = message[INDEX]
        if message[ORIGIN] == TAKEN:
            return self.taken[index][0].lines
        if message[ORIGIN] == SINGLE:
            return [self.line(index)]
        rows = np.sort(np.concatenate(self.parts)[index])
        return [self.line(row) for row in rows[rows >= 0]]

    def new_parts(self, from_first: bool) -> np.ndarray:
        """Rows, read since the last call, that are part of a message, joined or not; those before the first that is
        not joined are left out if asked for: where nothing waits, they tell nothing."""
        new, done = self.rows[self.parts_done : self.n, kernel.KIND], self.parts_done
        self.parts_done = self.n
        parts = new == kernel.PART
        begin = 0 if not from_first else int(parts.argmax()) if parts.any() else len(new)
        return done + begin + (parts[begin:] | (new[begin:] == kernel.JOINED)).nonzero()[0]

    def add_joined(self, at, part, by_number, stamp, first, last) -> None:
        """Take messages all of whose parts are here.

        ``at`` are the rows of the parts, ``part`` their columns; the others as :func:`fragments.join` returns them.
        """
        has = by_number != fragments.NONE
        total = has.sum(1)
        pieces = by_number[has]
        n_chars = part[kernel.N_CHARS][pieces]
        out = np.empty(n_chars.sum(), np.uint8)
        fragments.gather(self.buf, part[kernel.PAYLOAD][pieces], n_chars, out)
        table = np.empty((11, len(total)), np.int64)
        table[N_CHARS] = np.add.reduceat(n_chars, np.cumsum(total) - total)
        table[START] = self._append(out) + np.cumsum(table[N_CHARS]) - table[N_CHARS]
        table[FILL] = part[kernel.FILL][by_number[np.arange(len(total)), total]]
        table[T_MS], table[FORM] = part[kernel.T_MS][stamp], part[kernel.FORM][stamp]
        table[HEARD] = part[kernel.HEARD][last]
        table[SEQ], table[ARRIVAL] = self.base + part[kernel.LINE][first] + 1, self.base + part[kernel.LINE][last] + 1
        before = sum(len(rows) for rows in self.parts)
        table[ORIGIN], table[INDEX], table[N_LINES] = JOINED, before + np.arange(len(total)), total
        self.joined.append(table)
        self.parts.append(np.where(has, at[by_number], -1))

    def table(self) -> np.ndarray:
        """All messages, in order of arrival."""
        tables = [self._singles(), *self.joined]
        if self.taken:
            tables.append(np.array([self._taken(i) for i in range(len(self.taken))], np.int64).T)
        if len(tables) == 1:
            return tables[0]
        table = np.concatenate(tables, axis=1)
        return np.take(table, np.argsort(table[ARRIVAL], kind="stable"), axis=1)

    def _singles(self) -> np.ndarray:
        rows = self.rows[: self.n]
        at = np.flatnonzero(rows[:, kernel.KIND] == kernel.WHOLE)
        table = np.empty((11, len(at)), np.int64)
        for place, name in enumerate(_FROM_ROW):
            table[place] = rows[at, name]
        table[SEQ] = table[ARRIVAL] = self.base + rows[at, kernel.LINE] + 1
        table[ORIGIN], table[INDEX], table[N_LINES] = SINGLE, at, 1
        return table

    def _taken(self, i: int) -> tuple[int, ...]:
        message, arrival, heard = self.taken[i]
        payload, fill = message.joined()
        t_ms = NO_TIME if message.stamp.t_ms is None else message.stamp.t_ms
        return (
            self._append(np.frombuffer(payload, np.uint8)), len(payload), fill, t_ms, FORMS.index(message.stamp.form),
            heard, message.first_line, arrival, TAKEN, i, len(message.lines),
        )  # fmt: skip

    def _append(self, pieces: np.ndarray) -> int:
        """Put characters after what is there; returns where they begin."""
        start, self.spare = self.spare, self.spare + len(pieces)
        self.buf[start : self.spare] = pieces
        return start


def waiting_arrays(waiting: list[tuple[Key, Message]]) -> tuple[np.ndarray, ...]:
    """What :func:`fragments.join` wants to know of messages that wait."""
    has = np.zeros((len(waiting), fragments.MAX_PARTS + 1), np.bool_)
    for row, (_, message) in zip(has, waiting, strict=True):
        row[list(message.parts)] = True
    stamps = [message.stamp for _, message in waiting]
    return (
        np.array([_hash(key) for key, _ in waiting], np.int64),
        np.array([NO_TIME if s.t_ms is None else s.t_ms for s in stamps], np.int64),
        np.array([s.own for s in stamps], np.bool_),
        has,
    )


def _hash(key: Key) -> int:
    """A key as the kernel hashes it."""
    kind, origin, talker, channel, sequence, parts = key
    head = b"%bVDM,%b,1,%b,%b" % (talker, parts, sequence, channel)
    text = np.frombuffer(origin + head, np.uint8)
    return kernel.part_key(text, 0, len(origin), kind == b"group", len(origin), len(text))
