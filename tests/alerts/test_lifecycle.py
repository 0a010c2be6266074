"""An alert opens once for an episode, is updated when its wording changes, and closes after the hold time."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.alert import Evidence, InputRow
from surveil.alerts.lifecycle import Lifecycle
from surveil.rules.base import Candidate, Details

T0_MS = 1_773_525_600_000
TICK_MS = 10_000


@dataclass
class FakeView:
    t_ms: int

    def name(self, row: int) -> str:
        return "SIM A"

    def suffix(self, row: int) -> str:
        return "#2" if row == 2 else ""


class FakeRule:
    """Says of a candidate what its phase is, and rests on a line that grows with time."""

    name, version, hold_s = "fake", 3, 60

    def describe(self, view, candidate: Candidate) -> Details:
        line = (view.t_ms - T0_MS) // TICK_MS
        evidence = Evidence("ground", (), (InputRow(candidate.row, line, view.t_ms),), "none known")
        return Details(f"is {candidate.phase}", "low", 0.12345, 1.23456789, np.nan, evidence)


def ticks(lifecycle: Lifecycle, said: list[list[Candidate]], start: int = 0) -> list:
    """What changed at each tick."""
    return [
        lifecycle.tick(FakeRule(), candidates, FakeView(T0_MS + (start + i) * TICK_MS), lambda source: source == 1)
        for i, candidates in enumerate(said)
    ]


def one(mmsi: int = 1, key: str = "", phase: str = "", row: int = 0, start_ms: int = T0_MS) -> Candidate:
    return Candidate(row, mmsi, start_ms, key, phase)


def events(changed: list[list]) -> list[list[str]]:
    return [[alert.history[-1].event for alert in tick] for tick in changed]


def test_an_alert_opens_once_and_closes_when_it_has_not_held_for_longer_than_the_hold_time():
    said = ticks(Lifecycle(), [[one()], [one()], *[[]] * 8])
    assert events(said) == [["open"], [], [], [], [], [], [], [], ["close"], []]
    closed = said[8][0]
    assert (closed.state, closed.t_end_ms, closed.t_raised_ms) == ("closed", T0_MS + TICK_MS, T0_MS)
    assert [change.t_ms - T0_MS for change in closed.history] == [0, 80_000]


def test_a_pause_within_the_hold_time_is_the_same_episode():
    said = ticks(Lifecycle(), [[one()], *[[]] * 6, [one()], [one()]])
    assert events(said) == [["open"], *[[]] * 8]


def test_another_phase_updates_the_words_and_adds_to_the_evidence():
    (opened,), (), (updated,) = ticks(Lifecycle(), [[one(phase="in")], [one(phase="in")], [one(phase="out")]])
    assert (opened.sentence, updated.sentence) == ("is in", "is out")
    assert updated.id == opened.id
    assert [row.line for row in updated.evidence.inputs] == [0, 2]
    assert [(c.event, c.sentence) for c in updated.history] == [("open", "is in"), ("update", "is out")]


def test_keys_tell_episodes_of_one_target_apart():
    (tick,) = ticks(Lifecycle(), [[one(key="b"), one(key="a")]])
    assert len({alert.id for alert in tick}) == 2


def test_alerts_of_a_tick_come_by_mmsi_and_key_whatever_the_order_of_candidates():
    candidates = [one(2), one(1, "b"), one(3), one(1, "a")]
    (tick,), (backwards,) = ticks(Lifecycle(), [candidates]), ticks(Lifecycle(), [candidates[::-1]])
    assert [alert.mmsi for alert in tick] == [1, 1, 2, 3]
    assert backwards == tick


def test_a_rule_closes_only_its_own_alerts():
    class Other(FakeRule):
        name = "other"

    lifecycle = Lifecycle()
    ticks(lifecycle, [[one()]])
    assert lifecycle.tick(Other(), [], FakeView(T0_MS + 10**6), lambda source: False) == []
    assert len(lifecycle) == 1


def test_a_missing_place_is_none_and_numbers_are_rounded():
    ((alert,),) = ticks(Lifecycle(), [[one()]])
    assert (alert.lon, alert.lat, alert.risk_to_life) == (1.234568, None, 0.123)


@pytest.mark.parametrize(("source", "simulated"), [(0, False), (1, True)])
def test_an_alert_is_simulated_if_a_line_it_rests_on_is(source, simulated):
    ((alert,),) = ticks(Lifecycle(), [[one(row=source)]])
    assert alert.simulated is simulated


def test_a_candidate_without_a_target_has_no_name():
    ((alert,),) = ticks(Lifecycle(), [[one(row=-1)]])
    assert alert.name == ""


candidates = st.builds(one, st.integers(1, 3), st.sampled_from("ab"), st.sampled_from(["in", "out"]))
said = st.lists(st.lists(candidates, max_size=4, unique_by=lambda c: (c.mmsi, c.key)), min_size=1, max_size=40)


@given(said, st.integers(0, 40))
def test_stopped_and_resumed_anywhere_it_says_the_same(said, cut):
    whole = ticks(Lifecycle(), said)
    first, second = Lifecycle(), Lifecycle()
    before = ticks(first, said[:cut])
    second.restore(first.state())
    assert before + ticks(second, said[cut:], start=len(said[:cut])) == whole


@given(said)
def test_between_an_open_and_its_close_there_is_no_second_open(said):
    is_open = set()
    for alert in (alert for tick in ticks(Lifecycle(), said) for alert in tick):
        event = alert.history[-1].event
        slot = alert.id
        assert (event in ("open", "reopen")) == (slot not in is_open)
        (is_open.discard if event == "close" else is_open.add)(slot)


def test_two_hulls_under_one_mmsi_have_an_alert_each():
    life, view = Lifecycle(), FakeView(T0_MS)
    hulls = [Candidate(row=1, mmsi=1, t_start_ms=T0_MS), Candidate(row=2, mmsi=1, t_start_ms=T0_MS)]
    alerts = life.tick(FakeRule(), hulls, view, lambda source: False)
    assert len({alert.id for alert in alerts}) == 2
