"""Rules about what is said and what happened to tracks: how long one thing is one thing, and who is asked about."""

from dataclasses import replace

import numpy as np
import pytest

from surveil.rules.distress import Distress
from surveil.rules.distress_call import DistressCall
from surveil.rules.examples import IN_SW_LANE, T0_MS, run
from surveil.rules.identity import Identity
from surveil.rules.noted import Noted
from surveil.rules.position import Position
from surveil.rules.silence import Silence
from surveil.schema import CLASS_DEVICE, Positions, Safety
from surveil.tracks.events import INTERFERENCE, JUMP, MMSI_CHANGED, TrackEvent
from surveil.tracks.table import SMALL_NO, SMALL_UNKNOWN, SMALL_YES
from tests.rules.pins import SHIP, Variants, scene

SART = 970_123_456


def event(kind: str = JUMP, found_s: float = 0.0, **facts) -> TrackEvent:
    t_ms = T0_MS + int(found_s * 1000)
    return TrackEvent(t_ms, t_ms, kind, SHIP, *IN_SW_LANE, "", facts)


def shown(noted: Noted, t_s: float) -> int:
    return len(noted.shown(T0_MS + int(t_s * 1000)))


def test_an_event_is_shown_for_its_time_and_told_anew_once_it_was_quiet_for_longer():
    noted = Noted(show_s=600, quiet_s=3600)
    noted.take([(JUMP, event())])
    assert (shown(noted, 600), shown(noted, 610)) == (1, 0)
    noted.take([(JUMP, event(found_s=3600))])
    assert shown(noted, 3600) == 0
    noted.take([(JUMP, event(found_s=3600.001))])
    assert shown(noted, 3601) == 1


def test_an_event_told_is_remembered_for_as_long_as_it_is_quiet_about_it():
    noted = Noted(show_s=600, quiet_s=3600)
    noted.take([(JUMP, event())])
    assert shown(noted, 3600) == 0
    assert list(noted._told_ms) == [(SHIP, JUMP)]
    shown(noted, 3601)
    assert list(noted._told_ms) == []


@pytest.mark.parametrize("quiet_s", [Position.Params().quiet_s, 7200])
def test_jumps_of_one_ship_are_told_again_when_it_was_quiet_for_so_long(quiet_s):
    rule = Position(Position.Params(quiet_s=quiet_s))
    for found_s in (0, quiet_s, quiet_s + 10):
        rule.happened([event(found_s=found_s, apart_m=50_000.0, fixes=5)])
    assert [e.found_ms for e in rule.noted.events.values()] == [T0_MS + (quiet_s + 10) * 1000]


@pytest.mark.parametrize(("after_s", "lasts"), [(7200, 1), (7210, 0)])
def test_interference_whose_end_was_not_seen_is_over_in_time(after_s, lasts):
    class Nobody:
        t_ms, mmsi, hull = T0_MS + after_s * 1000, np.zeros(0), np.zeros(0)

    rule = Position(Position.Params(lasts_s=7200))
    rule.happened([event(INTERFERENCE, mmsis="1", within_m=1.0)])
    rule.evaluate(Nobody())
    assert len(rule._areas) == lasts


@pytest.mark.parametrize(("log_odds", "told"), [(4.0, 1), (3.9, 0)])
def test_a_changed_number_is_told_from_such_odds_on(log_odds, told):
    rule = Identity(Identity.Params(min_log_odds=4.0))
    rule.happened([event(MMSI_CHANGED, log_odds=log_odds)])
    assert len(rule.noted.events) == told


def test_type_and_size_that_change_are_told_only_if_asked():
    changed = [event("static_changed", field=name, old="1", new="2") for name in ("name", "length_m")]
    told = {}
    for sizes in (False, True):
        rule = Identity(Identity.Params(sizes=sizes))
        rule.happened(changed)
        told[sizes] = [kind for _, kind in rule.noted.events]
    assert told == {False: ["static_changed name"], True: ["static_changed name", "static_changed length_m"]}


def heard(rule_name: str, *starts_s: int, areas, **settings) -> list[list[str]]:
    """What becomes of the alerts about a device heard for a minute at each of some times, among a ship's reports."""
    ship = run(SHIP, IN_SW_LANE, 227.0, 8.0, 1500)
    parts = [run(SART, IN_SW_LANE, 0.0, 0.0, 60, ais_class=CLASS_DEVICE, nav_status=14, start_s=s) for s in starts_s]
    rows = Positions.concat([ship, *(replace(p, digest=p.digest + np.uint64(n)) for n, p in enumerate(parts))])
    rows = rows.take(np.argsort(rows.t_ms, kind="stable")).replace(seq=np.arange(len(rows)))
    (alerts,) = Variants(scene(rule_name, "device", rows), [settings], areas).said
    return [[change.event for change in alert.history] for alert in alerts]


def test_a_device_heard_again_before_it_was_quiet_for_long_is_the_same_call(areas):
    # last heard at 30 s: the tick after that of 630 s is the first at which it has been quiet for longer
    assert heard("distress", 0, 600, areas=areas, quiet_s=600)[0][:2] == ["open", "close"]
    assert heard("distress", 0, 600, areas=areas, quiet_s=500)[0][:3] == ["open", "close", "reopen"]
    last_s = 1470
    assert heard("distress", 0, last_s, areas=areas, quiet_s=1500) == [["open"]]


def safety(t_s: float, text: bytes, mmsi: int = SHIP) -> Safety:
    return Safety.build(t_ms=[T0_MS + int(t_s * 1000)], seq=[1], mmsi=[mmsi], msg_type=[14], text=[text])


def calls(*heard_at: tuple[float, bytes], quiet_s: int = 1800) -> list[tuple[str, int]]:
    """Kind and first time, s, of the calls that are known after some texts of one ship."""
    rule = DistressCall(DistressCall.Params(quiet_s=quiet_s))
    for t_s, text in heard_at:
        rule.observe(Positions.empty(), safety(t_s, text))
    return [(call.kind, (call.first_ms - T0_MS) // 1000) for call in rule._calls.values()]


def test_a_text_sent_again_in_time_is_the_same_call_and_a_graver_one_takes_its_place():
    assert calls((0, b"MAYDAY"), (1800, b"MAYDAY")) == [("distress", 0)]
    assert calls((0, b"MAYDAY"), (1801, b"MAYDAY")) == [("distress", 1801)]
    assert calls((0, b"MAYDAY"), (900, b"MAYDAY"), (1900, b"MAYDAY")) == [("distress", 0)]
    assert calls((0, b"PAN PAN"), (60, b"MAYDAY")) == [("distress", 0)]
    assert calls((0, b"MAYDAY"), (60, b"PAN PAN")) == [("distress", 0)]


def test_texts_of_devices_are_left_to_the_rule_about_devices():
    rule = DistressCall(DistressCall.Params())
    for mmsi in (970_000_001, 972_000_001, 974_000_001, 971_000_001):
        rule.observe(Positions.empty(), safety(0, b"MAYDAY", mmsi))
    assert list(rule._calls) == [971_000_001]


def test_a_device_is_told_by_its_number_alone():
    rule = Distress(Distress.Params())
    for mmsi in (970_000_001, 971_000_001, 972_000_001, 973_000_001, 974_000_001):
        rule.observe(Positions.empty(), safety(0, b"ACTIVE", mmsi))
    assert sorted(rule._devices) == [970_000_001, 972_000_001, 974_000_001]


class Around:
    """As much of a view as the question takes."""

    def __init__(self, small: int, interval_s: float):
        self.small, self.interval_s = np.array([small]), np.array([interval_s])


P = Silence.Params(max_p_reception=0.4, max_p_among_many=0.9, many_witnesses=8, well_heard_s=100.0,
                   off_per_hour=0.002, off_small_per_hour=0.03)  # fmt: skip


@pytest.mark.parametrize(("small", "seen", "interval_s", "most"), [
    (SMALL_YES, 8, 100.0, 0.9), (SMALL_YES, 7, 100.0, 0.4), (SMALL_YES, 8, 100.1, 0.4), (SMALL_NO, 8, 100.0, 0.4),
    (SMALL_UNKNOWN, 8, 100.0, 0.4), (SMALL_YES, 8, np.nan, 0.9),
])  # fmt: skip
def test_how_likely_reception_may_be_to_blame_is_asked_by_settings(small, seen, interval_s, most):
    assert Silence(P)._most_p(Around(small, interval_s), np.array([0]), np.array([seen]))[0] == most


@pytest.mark.parametrize(("small", "per_hour"), [(SMALL_YES, 0.03), (SMALL_NO, 0.002), (SMALL_UNKNOWN, 0.002)])
def test_small_craft_fall_silent_oftener_by_settings(small, per_hour):
    assert Silence(P)._off_per_hour(Around(small, 10.0), np.array([0]))[0] == per_hour
