"""The store keeps every change once, survives its writer, and is read while it is written."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from surveil.alerts.store import SCHEMA_VERSION, AlertStore, expanded
from surveil.errors import StoreError


@pytest.fixture
def store(tmp_path):
    store = AlertStore(tmp_path / "alerts.sqlite", create=True)
    yield store
    store.db.close()


def changes(store: AlertStore) -> list[tuple]:
    return store.db.execute("SELECT alert_id, event FROM changes ORDER BY seq").fetchall()


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
from surveil.alerts.lifecycle import alert_from_dict
from surveil.alerts.store import AlertStore
store = AlertStore(sys.argv[1], create=True)
body = json.loads(sys.argv[2])
for i in range(100_000):
    store.put(alert_from_dict({**body, "id": f"{i:012}"}))
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
