"""What becomes of static data that contradict each other."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.schema import MISSING_TIME, Statics
from surveil.tracks.identity import FORGET_S, KEPT, LASTING_S, StaticHistory

T0_MS = 1_773_525_600_000
MMSI = 235_000_001
CYCLE_S = 360
A, B, C = b"SIM ALPHA", b"SIM BRAVO", b"SIM CHARLIE"


def said(t_s, **columns) -> Statics:
    n = len(t_s)
    given = {name: np.broadcast_to(values, n) for name, values in columns.items()}
    return Statics.build(t_ms=T0_MS + np.array(t_s) * 1000, mmsi=np.full(n, MMSI), **given)


def heard(names: list[bytes], every_s: int = CYCLE_S) -> tuple[StaticHistory, list]:
    history = StaticHistory()
    rows = said(np.arange(len(names)) * every_s, name=np.array(names, "S34"))
    return history, history.observe(rows, np.zeros(len(names), np.int32), T0_MS)


def test_a_new_name_that_stays_is_a_change_from_when_it_was_first_heard():
    history, events = heard([A, A, B, B, B])
    assert [(e.kind, e.t_ms, e.facts["old"], e.facts["new"]) for e in events] == [
        ("static_changed", T0_MS + 2 * CYCLE_S * 1000, "SIM ALPHA", "SIM BRAVO")
    ]
    assert [c.new for c in history.changes(0)] == ["SIM BRAVO"]


@pytest.mark.parametrize("names", [[A, B, A, A, A], [A, B, C, A, A], [A, A, A, B], [A, b"", b"", A, A]])
def test_damage_that_does_not_last_is_no_contradiction(names):
    history, events = heard(names)
    assert not events and not history.changes(0)


def test_an_archive_that_repeats_a_damaged_message_on_every_row_says_nothing_new():
    rows = [A] * 60 + [B] * 35 + [A] * 60
    assert heard(rows, every_s=10)[1] == []
    assert LASTING_S > CYCLE_S


def test_two_names_in_turn_are_reported_once_and_keep_both():
    history, events = heard([A, B] * 20)
    assert [(e.kind, e.facts["old"], e.facts["new"]) for e in events] == [
        ("static_alternates", "SIM ALPHA", "SIM BRAVO")
    ]
    assert history.stands["name"][0] == A


def test_the_last_of_two_names_in_turn_stands_once_the_other_is_gone():
    _, events = heard([A, B] * 4 + [B] * (FORGET_S // CYCLE_S + 2))
    assert [e.kind for e in events] == ["static_alternates", "static_changed"]


def test_a_name_changed_back_is_two_changes():
    _, events = heard([A, A, B, B, B, A, A, A])
    assert [e.facts["new"] for e in events] == ["SIM BRAVO", "SIM ALPHA"]


def test_sizes_types_and_call_signs_have_histories_too():
    history = StaticHistory()
    size = np.repeat([90.0, 140.0], 3)
    kind, sign = np.repeat([70, 80], 3), np.repeat([b"SIM1", b"SIM2"], 3)
    rows = said(np.arange(6) * CYCLE_S, to_bow_m=size, to_stern_m=10.0, ship_type=kind, callsign=sign)
    events = history.observe(rows, np.zeros(6, np.int32), T0_MS)
    assert {(e.facts["field"], e.facts["old"], e.facts["new"]) for e in events} == {
        ("length_m", 100.0, 150.0), ("ship_type", 70, 80), ("callsign", "SIM1", "SIM2"),
    }  # fmt: skip


def test_another_reference_point_of_a_ship_as_long_is_no_contradiction():
    history = StaticHistory()
    rows = said(np.arange(6) * CYCLE_S, to_bow_m=np.repeat([90.0, 20.0], 3), to_stern_m=np.repeat([10.0, 80.0], 3))
    assert history.observe(rows, np.zeros(6, np.int32), T0_MS) == []


def test_a_wrong_imo_number_is_told_once_and_only_if_it_lasts():
    for imo, told in (([9_074_728] * 6, ["imo_wrong"]), ([9_074_728] + [9_074_729] * 4, ["static_changed"])):
        history = StaticHistory()
        rows = said(np.arange(len(imo)) * CYCLE_S, imo=imo)
        assert [e.kind for e in history.observe(rows, np.zeros(len(imo), np.int32), T0_MS)] == told


def test_numbers_that_cannot_be_right_are_told_once_each():
    history = StaticHistory()
    mmsi, first_ms = np.array([MMSI, 1_193_046, 970_123_456, 5], np.int32), np.array([1, 2, 3, MISSING_TIME])
    events = history.check_numbers(mmsi, first_ms, T0_MS)
    assert [(e.mmsi, e.t_ms) for e in events] == [(1_193_046, 2), (5, T0_MS)]
    assert events[0].sentence == "001193046 is an invented number, and no MMSI"
    assert history.check_numbers(mmsi, first_ms, T0_MS) == []


def test_memory_of_one_target_is_bounded():
    names = [b"SIM %d" % (i // 3) for i in range(3 * 3 * KEPT)]
    history, events = heard(names)
    assert len(events) == 3 * KEPT - 1
    assert len(history.changes(0)) == KEPT
    assert history.changes(0)[-1].new == f"SIM {3 * KEPT - 1}"


said_by_two = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(1, 500), st.sampled_from([A, B, C, b""]),
        st.sampled_from([0, 9_074_728, 9_074_729]),
    ),
    min_size=1, max_size=60,
)  # fmt: skip


@given(said_by_two, st.lists(st.integers(0, 60), max_size=5), st.booleans())
def test_any_cut_and_any_checkpoint_gives_the_same_history(rows, cuts, through_file):
    slot, step_s, name, imo = (np.array(column) for column in zip(*rows, strict=True))
    all_rows = said(np.cumsum(step_s), name=name.astype("S34"), imo=imo)
    slot = slot.astype(np.int32)
    whole, cut = StaticHistory(), StaticHistory()
    expected, found = whole.observe(all_rows, slot, T0_MS), []
    edges = sorted({0, len(rows), *(c for c in cuts if c < len(rows))})
    for a, b in pairwise(edges):
        found += cut.observe(all_rows.take(slice(a, b)), slot[a:b], T0_MS)
        if through_file:
            state, cut = cut.state(), StaticHistory()
            cut.restore(state)
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    assert [c.tobytes() for c in cut.state().values()] == [c.tobytes() for c in whole.state().values()]
