"""Several sources as one: in the order of time, each in its own order, whatever the chunks."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.schema import Batch, Positions, Statics
from surveil.sources.merge import merge


class Made:
    """A source of rows at given times, in batches of given lengths; every third row is a static one."""

    def __init__(self, index: int, t_ms: list[int], size: int):
        self.index, self.t_ms, self.size, self.opened = index, t_ms, size, False

    def peek_ms(self) -> int | None:
        return self.t_ms[0] if self.t_ms else None

    def batches(self):
        self.opened = True
        for at in range(0, len(self.t_ms), self.size):
            t_ms = np.array(self.t_ms[at : at + self.size])
            seq = np.arange(at, at + len(t_ms))
            static = seq % 3 == 2
            yield Batch.build(
                *(cls.build(t_ms=t_ms[p], seq=seq[p], source=np.full(p.sum(), self.index))
                  for cls, p in ((Positions, ~static), (Statics, static)))
            )  # fmt: skip


def order_of(batches) -> list[tuple[int, int]]:
    """(source, seq) in the order of arrival; arrival must count from 0 without a gap."""
    rows = [
        (int(at), int(source), int(seq))
        for batch in batches
        for _, columns, arrival in batch.parts()
        for at, source, seq in zip(arrival, columns.source, columns.seq, strict=True)
    ]
    rows.sort()
    assert [at for at, _, _ in rows] == list(range(len(rows)))
    return [(source, seq) for _, source, seq in rows]


def by_hand(sources: list[list[int]]) -> list[tuple[int, int]]:
    keyed = [
        (key, index, seq)
        for index, t_ms in enumerate(sources)
        for seq, key in enumerate(itertools.accumulate(t_ms, max))
    ]
    return [(index, seq) for _, index, seq in sorted(keyed)]


TIMES = st.lists(st.integers(0, 30), max_size=25)


@given(st.lists(TIMES, min_size=1, max_size=4), st.lists(st.integers(1, 9), min_size=4, max_size=4))
def test_rows_come_by_running_time_then_source_then_line_whatever_the_chunks(sources, sizes):
    made = [Made(i, t, size) for i, (t, size) in enumerate(zip(sources, sizes, strict=False))]
    assert order_of(merge(made)) == by_hand(sources)


def test_a_source_is_opened_only_when_its_first_time_is_reached():
    early, late = Made(0, list(range(10)), 2), Made(1, [8, 9], 2)
    merged = merge([early, late])
    next(merged)
    assert early.opened and not late.opened
    list(merged)
    assert late.opened


def test_batches_do_not_grow_when_a_source_runs_backwards():
    jumped = Made(0, [1000, *range(900)], 10)
    other = Made(1, list(range(2000)), 10)
    assert max(len(batch) for batch in merge([jumped, other])) <= 20
