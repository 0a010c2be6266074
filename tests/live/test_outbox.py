"""Sinks: each change of an alert at least once, signed, under an id that tells doubles; one that is down waits."""

import hashlib
import hmac
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from xml.etree import ElementTree

import pytest

from benchmarks._watching import until
from surveil.alert import Alert, Change, Evidence
from surveil.ledger import Ledger
from surveil.live.keeping import Keeping
from surveil.live.outbox import Outbox, message
from surveil.live.settings import SinkConfig
from surveil.live.sinks import cursor_on_target, make_sink


def alert(n: int, changes: int = 1, severity: str = "high") -> Alert:
    history = tuple(Change(1000 * i, "open" if i == 0 else "update", "said") for i in range(changes))
    return Alert(
        f"{n:012x}", "lane", 1, 235_000_000 + n, "NAME & SON", 0, 1000, None, "open", severity, 0.5, 1.4, 51.0, "said",
        Evidence("ground"), history,
    )  # fmt: skip


class Receiver:
    """A web server that keeps what is posted, and answers as it is told."""

    def __init__(self):
        receiver = self
        self.got, self.status = [], 204

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    @property
    def ids(self) -> list[str]:
        return [headers["Idempotency-Key"] for headers, _ in self.got]


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def outbox(folder, url: str, **more) -> Outbox:
    sink = SinkConfig(type="webhook", url=url, **more)
    return Outbox(folder / "outbox.sqlite", {"hook": sink}, make_sink)


def test_a_webhook_is_signed_and_each_change_is_sent_once_though_said_again(tmp_path, receiver, monkeypatch):
    monkeypatch.setenv("HOOK_KEY", "secret")
    box = outbox(tmp_path, receiver.url, secret_env="HOOK_KEY")
    box.start()
    box.add([alert(1), alert(2)])
    box.add([alert(1), alert(1, changes=2)])
    assert until(lambda: len(receiver.got) == 3, 10)
    box.add([alert(2)])
    box.close()
    assert receiver.ids == [f"{1:012x}-1", f"{2:012x}-1", f"{1:012x}-2"]
    headers, body = receiver.got[0]
    assert headers["X-Surveil-Signature"] == "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert json.loads(body)["change"] == {"n": 1, "event": "open", "by": "surveil", "t_ms": 0}


def test_a_sink_that_is_down_has_everything_after_it_is_back_and_after_a_restart(tmp_path, receiver):
    receiver.status = 503
    box = outbox(tmp_path, receiver.url)
    box.start()
    box.add([alert(n) for n in range(5)])
    assert until(lambda: box.health["hook"].cause, 10)
    box.close()
    assert set(receiver.ids) == {f"{0:012x}-1"}
    receiver.status, before = 204, len(receiver.got)
    box = outbox(tmp_path, receiver.url)
    box.start()
    assert until(lambda: len(receiver.got) == before + 5, 10)
    box.close()
    assert receiver.ids[before:] == [f"{n:012x}-1" for n in range(5)]


def test_alerts_less_severe_than_asked_for_stay_here(tmp_path):
    box = outbox(tmp_path, "http://127.0.0.1:9/", min_severity="high")
    box.add([alert(1, severity="low"), alert(2, severity="distress")])
    assert [id for _, id, _ in box.waiting("hook")] == [f"{2:012x}-1"]
    box.close()


def test_cursor_on_target_is_xml_with_the_place_and_goes_stale_when_the_alert_has_ended():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        sink = SinkConfig(type="cot-udp", port=listener.getsockname()[1])
        make_sink("tak", sink)("id", message(alert(1), sink))
        event = ElementTree.fromstring(listener.recv(65536))
    assert event.get("uid") == f"surveil.{1:012x}"
    assert (event.find("point").get("lon"), event.find("point").get("lat")) == ("1.400000", "51.000000")
    assert event.find("detail/contact").get("callsign") == "NAME & SON"
    ended = message(alert(1), sink) | {"state": "closed"}
    over = ElementTree.fromstring(cursor_on_target(ended, 600, now_s=100.0))
    assert over.get("stale") == over.get("time") == "1970-01-01T00:01:40.000Z"
    assert cursor_on_target(ended | {"lon": None}, 600) is None


def test_what_a_person_did_is_told_at_once_though_no_report_comes_any_more(tmp_path):
    told = []
    keeping = Keeping(tmp_path / "alerts.sqlite", "settings", 12.0, told.extend)
    keeping.changed(alert(1))
    keeping.refresh(1000, 1000)
    wanted = {"alert_id": alert(1).id, "kind": "acknowledge", "by": "desk", "why": "", "until_ms": None, "to": ""}
    keeping.take(wanted, 2000, lambda act: act, Ledger())
    keeping.close()
    assert [[change.event for change in each.history] for each in told] == [["open"], ["open", "acknowledge"]]
