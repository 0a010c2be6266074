"""The store keeps every change once, survives its writer, and is read while it is written."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from surveil.alerts.explain import expanded
from surveil.alerts.store import SCHEMA_VERSION, AlertStore
from surveil.errors import StoreError

LATER_MS = 1_773_525_900_000


@pytest.fixture
def store(tmp_path):
    store = AlertStore(tmp_path / "alerts.sqlite", create=True)
    yield store
    store.db.close()


def changes(store: AlertStore) -> list[tuple]:
    return store.db.execute("SELECT alert_id, event FROM changes ORDER BY alert_id, n").fetchall()


def test_what_was_put_is_read_back_whole(store, make_alert):
    alert = make_alert(lon=None, lat=None)
    store.put(alert)
    assert store.alerts() == [alert]


def test_the_latest_state_stands_and_every_change_is_kept(store, make_alert):
    opened = make_alert()
    closed = opened.changed(1_773_529_000_000, "close", state="closed", t_end_ms=1_773_528_000_000)
    store.put(opened)
    store.put(closed)
    assert store.alerts() == [closed]
    assert changes(store) == [(opened.id, "open"), (opened.id, "close")]


def test_the_same_change_twice_is_kept_once(store, make_alert):
    for _ in range(3):
        store.put(make_alert())
    assert len(store.alerts()) == 1
    assert len(changes(store)) == 1


def test_alerts_come_the_most_urgent_first(store, make_alert):
    for mmsi, risk in ((1, 0.2), (2, 1.0), (3, 0.5)):
        store.put(make_alert(mmsi, risk_to_life=risk))
    assert [alert.mmsi for alert in store.alerts()] == [2, 3, 1]


def test_an_alert_is_found_by_the_beginning_of_its_id_taken_literally(store, make_alert):
    alert = make_alert()
    store.put(alert)
    assert store.find(alert.id[:3]) == [alert]
    assert store.find("%") == store.find("_" * 12) == []


def test_a_store_is_opened_again_as_it_was_left(store, make_alert):
    store.put(make_alert())
    store.put_sources([(0, "north.nmea", True), (1, "south.nmea", False)])
    store.close()
    again = AlertStore(store.path)
    assert again.alerts() == [make_alert()]
    assert again.source_names() == {0: "north.nmea", 1: "south.nmea"}
    again.close()


def test_after_closing_it_is_one_file(store, make_alert):
    store.put(make_alert())
    store.close()
    assert [path.name for path in store.path.parent.iterdir()] == ["alerts.sqlite"]


def test_opening_what_is_not_there_creates_nothing(tmp_path):
    with pytest.raises(StoreError, match="name the output folder"):
        AlertStore(tmp_path / "alerts.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [False, True])
def test_a_store_of_another_version_is_refused(tmp_path, create):
    path = tmp_path / "alerts.sqlite"
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError, match=f"version {SCHEMA_VERSION + 1}, not {SCHEMA_VERSION}"):
        AlertStore(path, create=create)


@pytest.mark.parametrize("create", [False, True])
def test_a_file_that_is_no_database_is_refused(tmp_path, create):
    path = tmp_path / "alerts.sqlite"
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 40)
    with pytest.raises(StoreError, match="is not an alert store"):
        AlertStore(path, create=create)


def test_an_alert_is_expanded_with_the_names_of_its_sources_and_the_text_of_its_lines(store, make_alert):
    store.put_sources([(0, "north.nmea", True)])
    store.put_lines(0, {17: b"!AIVDM,\xff"})
    body = expanded(store, make_alert())
    assert body["subjects"] == [{"mmsi": 235_123_456, "name": "SIM ÉTOILE"}]
    assert [(row["source"], row["line"], row["raw"]) for row in body["evidence"]["inputs"]] == [
        ("north.nmea", 17, r"!AIVDM,\xff"),
        ("1", 4, None),
    ]


def test_a_failure_within_a_transaction_leaves_nothing_of_it(store, make_alert):
    def lines():
        yield 0, "north.nmea", True
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        store.put_sources(lines())
    assert store.source_names() == {}
    store.put(make_alert())
    assert len(store.alerts()) == 1


def test_a_reader_sees_whole_alerts_while_a_writer_writes(store, make_alert):
    alerts = [make_alert(mmsi) for mmsi in range(1, 201)]

    def write():
        writer = AlertStore(store.path)
        for alert in alerts:
            writer.put(alert)
        writer.close()

    writing = threading.Thread(target=write)
    writing.start()
    counts = []
    while writing.is_alive():
        counts.append(len(store.alerts()))
    writing.join()
    assert counts == sorted(counts)
    assert len(store.alerts()) == 200


WRITER = """
import json, sys
from surveil.alert import Alert
from surveil.alerts.store import AlertStore
store = AlertStore(sys.argv[1], create=True)
body = json.loads(sys.argv[2])
for i in range(100_000):
    store.put(Alert.from_dict({**body, "id": f"{i:012}"}))
    print(i, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_writer_loses_nothing_that_put_returned_for(tmp_path, make_alert):
    path = tmp_path / "alerts.sqlite"
    command = [sys.executable, "-c", WRITER, str(path), make_alert().to_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        last = [int(writer.stdout.readline()) for _ in range(50)][-1]
        os.kill(writer.pid, signal.SIGKILL)
        last = max([last, *map(int, writer.stdout.read().split("\n")[:-1])])
    store = AlertStore(path)
    kept = {alert.id for alert in store.alerts()}
    assert kept >= {f"{i:012}" for i in range(last + 1)}
    assert len(kept) == len(changes(store))
    store.put(make_alert())
    store.close()


ACTOR = """
import sys
from surveil.alerts.store import AlertStore
store = AlertStore(sys.argv[1])
for i in range(100_000):
    store.act(sys.argv[2], "note", "Ann", f"note {i}", int(sys.argv[3]) + i)
    print(i, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_actor_loses_no_act_that_returned_and_leaves_alert_changes_and_acts_agreed(store, make_alert):
    alert = make_alert()
    store.put(alert)
    command = [sys.executable, "-c", ACTOR, str(store.path), alert.id, str(LATER_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as actor:
        last = [int(actor.stdout.readline()) for _ in range(30)][-1]
        os.kill(actor.pid, signal.SIGKILL)
        last = max([last, *map(int, actor.stdout.read().split("\n")[:-1])])
    notes = [change.why for change in store.one(alert.id).history[1:]]
    assert notes == [act.why for act in store.acts()] == [f"note {i}" for i in range(len(notes))]
    assert len(notes) > last
    assert changes(store) == [(alert.id, "open")] + [(alert.id, "note")] * len(notes)


def test_an_act_is_kept_with_who_when_and_why_and_changes_the_alert(store, make_alert):
    alert = make_alert()
    store.put(alert)
    silenced = store.act(alert.id, "silence", "Ann", "exercise", LATER_MS, LATER_MS + 3600_000)
    assert (silenced.state, silenced.until_ms) == ("silenced", LATER_MS + 3600_000)
    assert store.one(alert.id) == silenced
    (act,) = store.acts()
    assert (act.by, act.why, act.t_ms, act.rule, act.mmsi) == ("Ann", "exercise", LATER_MS, alert.rule, alert.mmsi)


def test_the_same_act_twice_is_kept_once(store, make_alert):
    store.put(make_alert())
    once, again = (store.act(make_alert().id, "acknowledge", "Ann", "", LATER_MS) for _ in range(2))
    assert again == once
    assert len(store.acts()) == 1


def test_an_act_that_does_not_fit_is_refused_and_not_kept(store, make_alert):
    store.put(make_alert(state="closed"))
    with pytest.raises(StoreError, match="is closed; reopen it first"):
        store.act(make_alert().id, "acknowledge", "Ann", "", LATER_MS)
    with pytest.raises(StoreError, match="no alert has the id 'x'"):
        store.act("x", "acknowledge", "Ann", "", LATER_MS)
    with pytest.raises(StoreError, match="needs a reason"):
        store.act(make_alert().id, "note", "Ann", "", LATER_MS)
    assert store.acts() == []


def test_an_act_for_a_time_before_the_last_change_waits_for_the_next_replay(store, make_alert):
    alert = make_alert(state="closed")
    store.put(alert)
    assert store.act(alert.id, "acknowledge", "Ann", "", alert.history[0].t_ms + 1) == alert
    assert len(store.acts()) == 1


def test_what_an_engine_puts_does_not_undo_what_another_process_did(store, make_alert):
    alert = make_alert()
    store.put(alert)
    store.act(alert.id, "acknowledge", "Ann", "seen", alert.t_raised_ms + 5000)
    store.put(make_alert(sentence="turns away"))
    kept = store.one(alert.id)
    assert (kept.state, kept.sentence) == ("acknowledged", "turns away")
    assert [c.event for c in kept.history] == ["open", "acknowledge", "update"]


def test_acts_are_only_added_to(store, make_alert):
    store.put(make_alert())
    store.act(make_alert().id, "acknowledge", "Ann", "", LATER_MS)
    for change in ("UPDATE acts SET by_whom = 'Bob'", "DELETE FROM acts"):
        with pytest.raises(sqlite3.DatabaseError, match="only added to"):
            store.db.execute(change)


def test_the_store_says_under_which_settings_and_rule_version_an_alert_was_raised(tmp_path, make_alert):
    store = AlertStore(tmp_path / "alerts.sqlite", create=True, config="c0ffee")
    store.put(make_alert())
    store.config = "decade"
    store.put(make_alert(sentence="turns"))
    store.put(make_alert(2))
    rows = store.db.execute("SELECT mmsi, rule_version, config FROM alerts ORDER BY mmsi").fetchall()
    store.close()
    assert rows == [(2, 1, "decade"), (235_123_456, 1, "c0ffee")]


def test_incidents_come_the_most_urgent_first_and_their_alerts_in_the_order_of_time(store, make_alert):
    for mmsi, incident, risk, t_ms in ((1, "a", 0.1, 3), (2, "b", 0.9, 2), (3, "a", 0.2, 1)):
        store.put(make_alert(mmsi, incident=incident, risk_to_life=risk, t_raised_ms=t_ms))
    assert [[alert.mmsi for alert in alerts] for alerts in store.incidents()] == [[2], [3, 1]]
