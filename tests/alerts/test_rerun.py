"""A run over the same input loses nothing that people did in the folder it replaces, and doubles nothing."""

import pytest

from surveil.alerts.rerun import Earlier
from surveil.alerts.store import AlertStore
from surveil.errors import StoreError

NAMES = {0: "north.nmea", 1: "south.nmea"}
LATER_MS = 1_773_525_900_000


@pytest.fixture
def old(tmp_path, make_alert):
    (tmp_path / "out").mkdir()
    store = AlertStore(tmp_path / "out" / "alerts.sqlite", create=True)
    store.put_sources([(0, "north.nmea", False), (1, "south.nmea", False)])
    store.put(make_alert())
    store.put(make_alert(2))
    yield store
    store.db.close()


@pytest.fixture
def new(tmp_path):
    (tmp_path / "new").mkdir()
    store = AlertStore(tmp_path / "new" / "alerts.sqlite", create=True, config="c0ffee")
    yield store
    store.db.close()


def hand_over(old, new, names=None) -> None:
    earlier = Earlier(old.path)
    new.put_acts(earlier.acts)
    new.put_sources((i, name, False) for i, name in (names or NAMES).items())
    with earlier.handing_over(new, names or NAMES):
        pass


def test_alerts_that_a_person_acted_upon_are_kept_though_the_new_run_does_not_raise_them(old, new, make_alert):
    old.act(make_alert().id, "acknowledge", "Ann", "seen", LATER_MS)
    hand_over(old, new)
    (kept,) = new.alerts()
    assert (kept.id, kept.state) == (make_alert().id, "retracted")
    assert [c.event for c in kept.history] == ["open", "acknowledge", "retract"]
    assert kept.history[-1].why == "not raised by a later run, with settings c0ffee"
    assert len(kept.evidence.inputs) == 2
    assert len(new.acts()) == 1


def test_and_again_nothing_is_added(old, new, make_alert, tmp_path):
    old.act(make_alert().id, "acknowledge", "Ann", "seen", LATER_MS)
    hand_over(old, new)
    newest = AlertStore(tmp_path / "new" / "newest.sqlite", create=True, config="c0ffee")
    hand_over(new, newest)
    assert [a.to_json() for a in newest.alerts()] == [a.to_json() for a in new.alerts()]
    newest.close()


def test_input_lines_of_other_sources_are_not_taken_for_those_of_the_new_run(old, new, make_alert):
    old.act(make_alert().id, "acknowledge", "Ann", "seen", LATER_MS)
    hand_over(old, new, {0: "other.nmea", 1: "south.nmea"})
    assert [row.source for row in new.alerts()[0].evidence.inputs] == [1]


def test_acts_that_came_during_the_run_are_taken_over_at_its_end(old, new, make_alert):
    earlier = Earlier(old.path)
    new.put(make_alert())
    old.act(make_alert().id, "acknowledge", "Ann", "seen", LATER_MS)
    with earlier.handing_over(new, {}):
        pass
    assert [alert.state for alert in new.alerts()] == ["acknowledged"]


def test_whoever_acts_while_the_new_store_takes_the_place_of_the_old_acts_in_the_new_one(old, new, make_alert):
    new.put(make_alert())
    new.close()
    old.path.parent.rename(old.path.parent.with_name("was"))
    new.path.parent.rename(old.path.parent)
    assert old.act(make_alert().id, "acknowledge", "Ann", "seen", LATER_MS).state == "acknowledged"
    again = AlertStore(old.path)
    assert [act.by for act in again.acts()] == ["Ann"]
    assert len(again.alerts()) == 1
    again.close()


def test_nobody_acts_upon_the_old_store_while_it_is_handed_over(old, new, make_alert):
    old.db.execute("PRAGMA busy_timeout = 50")
    with Earlier(old.path).handing_over(new, {}), pytest.raises(StoreError, match="is in use"):
        old.act(make_alert().id, "acknowledge", "Ann", "seen", LATER_MS)


def test_without_an_earlier_run_there_is_nothing_to_take_over(tmp_path, new):
    earlier = Earlier(tmp_path / "none.sqlite")
    assert earlier.acts == []
    with earlier.handing_over(new, {}):
        pass
    assert new.alerts() == []


def test_a_store_whose_acts_cannot_be_read_is_not_replaced(tmp_path):
    (tmp_path / "odd.sqlite").write_bytes(b"not a database at all, but long enough to be read as one" * 40)
    with pytest.raises(StoreError, match="is not an alert store"):
        Earlier(tmp_path / "odd.sqlite")
