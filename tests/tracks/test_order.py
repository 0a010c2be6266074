"""Rows come out in the order of their time, each report once; what came too late is counted and handed back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.config import EngineConfig
from surveil.schema import MISSING_TIME, Batch, Positions, Statics
from surveil.tracks.order import Order

T0_MS = 1_773_525_600_000
END_MS = T0_MS + 10**10
CONFIG = EngineConfig()


def rows(t_s, kind=Positions, source=0, digest=None, after=0):
    """Rows at seconds after T0, in that order of arrival, after so many others; each another report unless a
    digest is given."""
    t_ms = T0_MS + (np.asarray(t_s, float) * 1000).astype(np.int64)
    n = len(t_ms)
    seq = np.arange(after + 1, after + n + 1)
    return kind.build(
        t_ms=t_ms, seq=seq, source=np.broadcast_to(source, n), mmsi=np.full(n, 235_000_001),
        digest=seq if digest is None else np.broadcast_to(digest, n),
    )  # fmt: skip


def batch(t_s, **how) -> Batch:
    return Batch.build(positions=rows(t_s, **how))


def seconds(columns) -> list[float]:
    return ((columns.t_ms - T0_MS) / 1000).tolist()


def all_of(order: Order) -> list[float]:
    order.close()
    return seconds(order.release(END_MS)[0])


def test_rows_within_the_lateness_are_put_in_order():
    order = Order(CONFIG)
    assert order.push(batch([20, 10, 15, 30])) == []
    assert all_of(order) == [10, 15, 20, 30]


def test_a_row_later_than_the_lateness_is_handed_back_and_counted_by_its_source():
    order = Order(CONFIG)
    ((reason, refused),) = order.push(batch([20, 9.999, 10, 30, 19], source=[0, 1, 0, 1, 1]))
    assert (reason, seconds(refused)) == ("late", [9.999, 19])
    assert order.counts["late"] == {1: 2}
    assert all_of(order) == [10, 20, 30]


def test_lateness_is_judged_over_all_kinds_in_the_order_of_arrival():
    """A static row that arrives between two positions makes the second one late, not the first."""
    positions, statics = rows([0, 1]), rows([60], Statics)
    mixed = Batch(positions, statics, Batch.build().safety, np.array([0, 2]), np.array([1]), np.empty(0, np.int64))
    order = Order(CONFIG)
    ((reason, refused),) = order.push(mixed)
    assert (reason, seconds(refused)) == ("late", [1])


def test_only_what_can_no_longer_be_preceded_is_final():
    order = Order(CONFIG)
    order.push(batch([0, 5, 12]))
    assert order.watermark_ms == T0_MS + 2000
    assert seconds(order.release(order.watermark_ms)[0]) == [0]
    assert order.earliest_ms == T0_MS + 5000


def test_a_heartbeat_advances_time_without_a_row():
    order = Order(CONFIG)
    order.push(Batch.build(positions=rows([0]), heartbeat_ms=T0_MS + 60_000))
    assert order.watermark_ms == T0_MS + 50_000
    order.push(Batch.build(heartbeat_ms=T0_MS))
    assert order.watermark_ms == T0_MS + 50_000


def test_before_the_first_row_there_is_no_watermark():
    assert Order(CONFIG).watermark_ms == MISSING_TIME
    assert Order(CONFIG).earliest_ms is None


DAY = 86_400


def test_a_lone_leap_is_refused_once_the_old_time_goes_on():
    order = Order(CONFIG)
    assert order.push(batch([0, DAY])) == []
    assert order.watermark_ms == T0_MS - 10_000
    ((reason, refused),) = order.push(batch([10], after=2))
    assert (reason, seconds(refused)) == ("time_jump", [DAY])
    assert order.counts["time_jump"] == {0: 1}
    assert all_of(order) == [0, 10]


def test_two_bad_clocks_in_a_row_are_refused_together():
    order = Order(CONFIG)
    order.push(batch([0, DAY]))
    order.push(batch([9 * DAY], after=2))
    ((_, refused),) = order.push(batch([10], after=3))
    assert sorted(seconds(refused)) == [DAY, 9 * DAY]
    assert all_of(order) == [0, 10]


def test_a_leap_that_enough_rows_confirm_is_the_new_time():
    order = Order(CONFIG)
    assert order.push(batch([0, DAY, DAY + 1])) == []
    assert order.push(batch([DAY + 2], after=3)) == []
    assert order.watermark_ms == T0_MS + (DAY + 2 - 10) * 1000
    assert all_of(order) == [0, DAY, DAY + 1, DAY + 2]


def test_a_leap_at_the_very_end_is_believed():
    order = Order(CONFIG)
    order.push(batch([0, DAY]))
    assert order.close() == []
    assert seconds(order.release(END_MS)[0]) == [0, DAY]


@pytest.mark.parametrize(("gap_s", "kept"), [(0, 1), (2, 1), (10, 1), (10.001, 2)])
def test_the_same_report_from_two_stations_within_the_window_counts_once(gap_s, kept):
    order = Order(CONFIG)
    order.push(batch([100, 100 + gap_s], source=[0, 1], digest=7))
    assert len(all_of(order)) == kept
    assert order.counts["duplicate"] == ({1: 1} if kept == 1 else {})


def test_the_same_content_is_another_report_in_another_kind():
    order = Order(CONFIG)
    order.push(Batch.build(positions=rows([1], digest=7), statics=rows([1], Statics, digest=7)))
    order.close()
    positions, statics, *_ = order.release(END_MS)
    assert (len(positions), len(statics)) == (1, 1)


def test_a_duplicate_is_known_across_releases():
    order = Order(CONFIG)
    order.push(batch([0, 60], digest=[7, 8]))
    assert seconds(order.release(T0_MS + 1000)[0]) == [0]
    order.push(Batch.build(positions=rows([59.5, 70], digest=[8, 9])))
    assert all_of(order) == [59.5, 70]


def test_rows_of_one_instant_come_by_source_and_then_content():
    order = Order(CONFIG)
    order.push(batch([5, 5, 5], source=[1, 0, 0], digest=[1, 9, 2]))
    order.close()
    released = order.release(END_MS)[0]
    assert list(zip(released.source.tolist(), released.digest.tolist(), strict=True)) == [(0, 2), (0, 9), (1, 1)]


times = st.lists(st.sampled_from([0, 1, 5, 9, 11, 14, 25, 40, DAY, DAY + 3, DAY + 9, 3 * DAY]), min_size=1, max_size=40)
steps = st.lists(st.integers(1, 6), min_size=1, max_size=40)


def run(t_s, sizes, stop_at=None):
    """Everything released and refused when pushed in pieces; saved and restored before one of them."""
    order, released, refused, start = Order(CONFIG), [], [], 0
    sources, digests = np.arange(len(t_s)) % 2, np.arange(len(t_s)) // 2 % 5
    whole = Batch.build(positions=rows(t_s, source=sources, digest=digests))
    for piece, size in enumerate(sizes):
        if piece == stop_at:
            state = {name: array.copy() for name, array in order.state().items()}
            order = Order(CONFIG)
            order.restore(state)
        part = whole.positions.take(slice(start, start + size))
        refused += order.push(Batch.build(positions=part))
        released.append(order.release(order.watermark_ms)[0])
        start += size
    refused += order.close()
    released.append(order.release(END_MS)[0])
    kept = Positions.concat(released).seq.tolist()
    return kept, sorted((reason, n) for reason, r in refused for n in r.seq.tolist()), order.counts


def pieces(n: int, steps: list[int]) -> list[int]:
    sizes = []
    while sum(sizes) < n:
        sizes.append(steps[len(sizes) % len(steps)])
    return sizes


@settings(max_examples=150)
@given(times, steps)
def test_any_cutting_releases_and_refuses_the_same_rows(t_s, steps):
    assert run(t_s, pieces(len(t_s), steps)) == run(t_s, [len(t_s)])


@settings(max_examples=150)
@given(times, steps, st.integers(0, 40))
def test_saved_and_restored_anywhere_it_goes_on_the_same(t_s, steps, stop_at):
    assert run(t_s, pieces(len(t_s), steps), stop_at) == run(t_s, [len(t_s)])


@settings(max_examples=100)
@given(times)
def test_no_row_is_lost(t_s):
    kept, refused, counts = run(t_s, [len(t_s)])
    duplicates = sum(counts["duplicate"].values())
    assert len(kept) + len(refused) + duplicates == len(t_s)
    assert len({*kept, *(n for _, n in refused)}) == len(kept) + len(refused)
