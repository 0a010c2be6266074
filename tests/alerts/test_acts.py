"""What people do to alerts stands: through updates, breaks, checkpoints, re-runs and other settings."""

import dataclasses

import pytest

from surveil.alert import MACHINE
from surveil.alerts.acts import KINDS, Act, acted, merged, refusal
from surveil.alerts.lifecycle import Lifecycle
from surveil.config import AlertsConfig
from tests.alerts.test_lifecycle import T0_MS, TICK_MS, FakeRule, FakeView, one

HOUR = 3600_000 // TICK_MS
QUIET = [[]] * 8
"""Ticks after which the fake rule's alert has closed."""


class Watch:
    """A lifecycle with people at it: ticks and acts in turn."""

    def __init__(self, **config):
        self.lifecycle, self.n, self.said = Lifecycle(AlertsConfig(**config)), 0, []

    def tick(self, *candidates, rule=None) -> list:
        view = FakeView(T0_MS + self.n * TICK_MS)
        self.n += 1
        changed = self.lifecycle.tick(rule or FakeRule(), list(candidates), view, lambda source: False)
        self.said += changed
        return changed

    def quiet(self, n: int) -> None:
        for _ in range(n):
            self.tick()

    def act(self, kind: str, why: str = "because", **more):
        alert = self.said[-1]
        act = Act.upon(alert, kind, "Ann", why, T0_MS + self.n * TICK_MS - 5000, **more)
        changed = self.lifecycle.act(act)
        self.said += [changed] if changed else []
        return changed

    @property
    def now_ms(self) -> int:
        return T0_MS + self.n * TICK_MS

    @property
    def states(self) -> list[str]:
        return [alert.state for alert in self.said]


@pytest.fixture
def watch():
    return Watch()


def test_each_change_has_its_time_its_doer_and_its_reason(watch):
    watch.tick(one())
    alert = watch.act("acknowledge", "lifeboat called")
    assert [(c.event, c.by, c.why) for c in alert.history] == [
        ("open", MACHINE, ""),
        ("acknowledge", "Ann", "lifeboat called"),
    ]
    assert alert.history[-1].t_ms == T0_MS + 5000


def test_an_acknowledged_alert_stays_so_when_it_is_worded_anew_and_after_a_break(watch):
    watch.tick(one(phase="in"))
    watch.act("acknowledge")
    watch.tick(one(phase="out"))
    watch.quiet(8)
    watch.tick(one(phase="out", start_ms=watch.now_ms))
    assert watch.states == ["open", "acknowledged", "acknowledged", "closed", "acknowledged"]
    assert len({alert.id for alert in watch.said}) == 1


def test_it_comes_back_when_it_is_more_severe_than_it_was(watch):
    class Worse(FakeRule):
        def describe(self, view, candidate):
            return dataclasses.replace(super().describe(view, candidate), severity="high")

    watch.tick(one(phase="in"))
    watch.act("acknowledge")
    watch.tick(one(phase="out"), rule=Worse())
    assert watch.states[-1] == "open"
    assert watch.said[-1].history[-1].why == "severity rose from low to high"


def test_distress_that_is_heard_again_opens_though_it_was_acknowledged(watch):
    class Mayday(FakeRule):
        def describe(self, view, candidate):
            return dataclasses.replace(super().describe(view, candidate), severity="distress")

    watch.tick(one(), rule=Mayday())
    watch.act("acknowledge")
    watch.quiet(8)
    watch.tick(one(), rule=Mayday())
    assert watch.states == ["open", "acknowledged", "closed", "open"]


def test_silence_lasts_until_its_event_time(watch):
    watch.tick(one())
    watch.act("silence", until_ms=T0_MS + 5 * TICK_MS)
    for _ in range(6):
        watch.tick(one())
    assert watch.states == ["open", "silenced", "open"]
    assert watch.said[-1].history[-1].t_ms == T0_MS + 5 * TICK_MS
    assert watch.said[-1].until_ms is None


def test_silence_covers_later_episodes_of_the_same_thing(watch):
    watch.tick(one())
    watch.act("silence", until_ms=T0_MS + 12 * 3600_000)
    watch.quiet(3 * HOUR)
    watch.tick(one(start_ms=watch.now_ms))
    assert watch.states == ["open", "silenced", "closed", "silenced"]
    assert len({alert.id for alert in watch.said}) == 1


def test_what_a_person_closed_stays_closed_while_it_holds(watch):
    watch.tick(one())
    watch.act("close")
    for _ in range(20):
        watch.tick(one())
    assert watch.states == ["open", "closed"]
    assert len(watch.lifecycle) == 0


def test_what_holds_again_much_later_is_another_alert():
    watch = Watch(again_s=600)
    watch.tick(one())
    watch.quiet(100)
    watch.tick(one(start_ms=watch.now_ms))
    assert [(alert.history[-1].event) for alert in watch.said] == ["open", "close", "open"]
    assert watch.said[-1].id != watch.said[0].id


def test_a_rule_retracts_its_alert_and_says_why(watch):
    watch.tick(one())
    (retracted,) = watch.tick(dataclasses.replace(one(), retract="its reports came late"))
    assert (retracted.state, retracted.history[-1].event, retracted.history[-1].why) == (
        "retracted", "retract", "its reports came late",
    )  # fmt: skip
    assert watch.tick(dataclasses.replace(one(), retract="its reports came late")) == []
    assert len(watch.lifecycle) == 0


def test_nothing_is_retracted_that_was_not_said(watch):
    assert watch.tick(dataclasses.replace(one(), retract="never mind")) == []


def test_after_a_retraction_another_episode_is_another_alert(watch):
    watch.tick(one())
    watch.tick(dataclasses.replace(one(), retract="late"))
    watch.tick(one(start_ms=watch.now_ms))
    assert watch.states == ["open", "retracted", "open"]
    assert watch.said[-1].id != watch.said[0].id


def test_an_act_finds_its_alert_though_other_settings_gave_it_another_id(watch):
    watch.tick(one(start_ms=T0_MS - 60_000))
    act = dataclasses.replace(Act.upon(watch.said[0], "acknowledge", "Ann", "", T0_MS + 1), alert_id="of another run")
    assert watch.lifecycle.act(act).state == "acknowledged"


def test_an_act_upon_what_is_long_forgotten_is_given_back(watch):
    watch.tick(one())
    watch.quiet(2 * HOUR)
    assert watch.act("reopen") is None


def test_an_act_that_does_not_fit_is_told_and_changes_nothing_else(watch):
    watch.tick(one())
    watch.quiet(8)
    alert = watch.act("acknowledge")
    assert (alert.state, alert.history[-1].event) == ("closed", "acknowledge")


def test_notes_and_assignments_leave_the_state_alone(watch):
    watch.tick(one())
    watch.act("acknowledge")
    watch.act("note", "radar sees two boats")
    alert = watch.act("assign", to="Bob")
    assert (alert.state, alert.assigned) == ("acknowledged", "Bob")


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"kind": "delete"}, "no such act"),
        ({"by": ""}, "needs the name"),
        ({"by": MACHINE}, "needs the name"),
        ({"kind": "close", "why": ""}, "needs a reason"),
        ({"kind": "silence"}, "time to last until"),
        ({"kind": "silence", "until_ms": T0_MS}, "time to last until"),
        ({"kind": "assign"}, "name of somebody"),
    ],
)
def test_an_act_without_doer_reason_or_end_is_none(make_alert, fields, cause):
    act = dataclasses.replace(Act.upon(make_alert(), "note", "Ann", "why", T0_MS), **fields)
    assert cause in act.problem()


def test_every_act_changes_an_open_alert_or_its_history(make_alert):
    for kind in KINDS:
        act = Act.upon(make_alert(), kind, "Ann", "why", T0_MS + 20_000, until_ms=T0_MS + 90_000, to="Bob")
        assert act.problem() is None
        after = acted(make_alert(), act)
        assert after.history[-1].event == kind
        assert (after.state == "open") == (kind in ("reopen", "note", "assign"))


def test_an_open_alert_is_not_reopened_nor_a_closed_one_acknowledged(make_alert):
    assert refusal(make_alert(), "reopen")
    assert refusal(make_alert(state="closed"), "acknowledge")
    assert refusal(make_alert(state="closed"), "reopen") is None


def test_acts_of_others_are_merged_once_and_in_the_order_of_time(make_alert):
    act = Act.upon(make_alert(), "acknowledge", "Ann", "", T0_MS + 15_000)
    alert = make_alert(sentence="turns")
    once = merged(alert, [act])
    assert [c.event for c in once.history] == ["open", "acknowledge", "update"]
    assert once.state == "acknowledged"
    assert merged(once, [act]) == once
    later = dataclasses.replace(act, t_ms=T0_MS + 10**6)
    assert merged(alert, [later]) == alert


def test_of_several_alerts_the_one_acted_upon_changes(watch):
    watch.tick(one(1), one(2), one(3))
    act = Act.upon(watch.said[1], "acknowledge", "Ann", "", T0_MS + 5000)
    elsewhere = dataclasses.replace(act, mmsi=9)  # by id alone
    assert watch.lifecycle.act(elsewhere).mmsi == 2
    assert watch.lifecycle.act(dataclasses.replace(act, alert_id="of another run", mmsi=3)).mmsi == 3


def test_what_was_retracted_and_is_said_again_goes_on_under_its_id(watch):
    watch.tick(one())
    watch.tick(dataclasses.replace(one(), retract="late"))
    (again,) = watch.tick(one())
    assert [c.event for c in again.history] == ["open", "retract", "reopen"]
    assert (again.state, again.id) == ("open", watch.said[0].id)
