"""The console's server: what pages are told, who may do what, and what is refused."""

import csv
import io
import json
import sqlite3
import xml.etree.ElementTree as xml

import numpy as np
import pytest

pytest.importorskip("fastapi")
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from surveil.areas import load_areas
from surveil.config import Config
from surveil.errors import ConfigError, StoreError
from surveil.web import app, wire
from surveil.web.accounts import Accounts
from surveil.web.hub import Page
from surveil.web.serving import Console
from surveil.web.settings import Address, address_of
from tests.web.stub import HOSTILE, T0_MS, StubWatch, alert, targets

PASSWORD = "correct horse battery"
HERE = "http://127.0.0.1"
AREAS = load_areas()


@pytest.fixture
def watch(tmp_path):
    return StubWatch(tmp_path, [alert(), alert("bbbbbbbbbbbb", 0.9, "distress", "Mayday")], AREAS)


@pytest.fixture
def desk(watch):
    """A page at this machine, without accounts, that has its secret."""
    with TestClient(app(watch, Config()), base_url=HERE) as client:
        client.headers["x-csrf-token"] = client.get("/api/session").json()["csrf"]
        yield client


@pytest.fixture
def accounts(watch):
    made = Accounts(watch.data / "accounts.sqlite", watch.clock.now_ms)
    for role in ("viewer", "operator", "admin"):
        made.put(role, role, PASSWORD)
    return made


@pytest.fixture
def outside(watch, accounts):
    """A console that others reach, behind a proxy with TLS."""
    config = Config(web={"hosts": ["watch.example"], "login_tries": 3})
    with TestClient(
        app(watch, config, address=Address("0.0.0.0", 80), accounts=accounts), base_url="https://watch.example"
    ) as client:
        yield client


def log_in(client, name: str) -> None:
    said = client.post("/api/login", json={"name": name, "password": PASSWORD})
    assert said.status_code == 200, said.text
    client.headers["x-csrf-token"] = said.json()["csrf"]


ACKNOWLEDGE = "/api/alerts/aaaaaaaaaaaa/acts"


def test_a_delta_on_what_was_there_gives_what_is_there(watch):
    """Any page's picture after a delta is the whole picture anew."""
    before = watch.snapshot()
    moved = targets(lon=[1.41, 1.50, 1.60], version=[2, 1, 1]).take(np.array([0, 1]))
    now = watch.show(targets=moved, alerts={"aaaaaaaaaaaa": alert(risk=0.5)})
    page, change = wire.whole(before), wire.delta(before, now)
    held = {row[0]: row for row in page["targets"]} | {row[0]: row for row in change["targets"]}
    for key in change["gone"]:
        del held[key]
    alerts = {a["id"]: a for a in page["alerts"]} | {a["id"]: a for a in change["alerts"]}
    for id in change["gone_alerts"]:
        del alerts[id]
    assert list(held.values()) == wire.whole(now)["targets"]
    assert list(alerts.values()) == wire.whole(now)["alerts"]
    assert [row[0] for row in change["targets"]] == ["235012345"]


def test_alerts_come_by_risk_to_life_in_both_languages(desk):
    body = desk.get("/api/snapshot").json()
    assert [a["id"][0] for a in body["alerts"]] == ["b", "a"]
    assert set(body["alerts"][0]["sentence"]) == {"en", "fr"}


def test_what_one_desk_does_another_sees(desk):
    with desk.websocket_connect("ws://127.0.0.1/ws", headers={"origin": HERE}) as other:
        assert other.receive_json()["type"] == "whole"
        assert desk.post(ACKNOWLEDGE, json={"kind": "acknowledge", "by": "Reed"}).status_code == 200
        told = other.receive_json()
    assert [(a["id"], a["state"]) for a in told["alerts"]] == [("aaaaaaaaaaaa", "acknowledged")]


def test_reception_is_told_where_enough_was_due(desk):
    (cell,) = desk.get("/api/reception").json()["features"]
    assert cell["properties"] == {"share": 0.75, "due": 40}
    assert cell["geometry"]["coordinates"][0][0] == [1.4, 51.0]


def test_a_drift_starts_at_the_last_report_and_stays_what_it_was_for_a_target_that_is_gone(desk, watch):
    told = desk.get("/api/alerts/aaaaaaaaaaaa/drift").json()
    hours = [(e["t_ms"] - T0_MS) / 3_600_000 for e in told["forecast"]]
    assert told["t_ms"] == T0_MS and len(hours) > 1 and hours == [1, 2, 3, 4, 5, 6][: len(hours)]  # until she lands
    assert told["forecast"][0]["lon"] < 1.6 < told["forecast"][0]["lon"] + 0.2  # at 4 kn to the north-west
    assert all(0 < o["share"] <= 1 and o["t_ms"] < T0_MS for o in told["origins"])
    watch.show(targets=targets(version=[2, 2, 2]).take(np.array([0])))
    gone = desk.get("/api/alerts/aaaaaaaaaaaa/drift").json()
    assert [e["lon"] for e in gone["forecast"]] == [1.62]
    assert desk.get("/api/alerts/cccccccccccc/drift").status_code == 404


def test_a_slow_page_begins_anew_and_its_queue_stays_bounded():
    page = Page()
    results = [page.put("change") for _ in range(21)]
    assert results == [True] * 20 + [False]
    assert page.queue.get_nowait() is None
    assert page.queue.empty()


def test_an_act_that_does_not_fit_is_a_conflict_with_its_cause(desk):
    assert desk.post(ACKNOWLEDGE, json={"kind": "close", "by": "Reed"}).status_code == 409
    assert "reason" in desk.post(ACKNOWLEDGE, json={"kind": "close", "by": "Reed"}).json()["detail"]
    assert desk.post("/api/alerts/cccccccccccc/acts", json={"kind": "note", "by": "R", "why": "x"}).status_code == 404


def test_without_the_pages_secret_nothing_is_done(desk, watch):
    for token in ("", "wrong"):
        said = desk.post(ACKNOWLEDGE, json={"kind": "acknowledge", "by": "Reed"}, headers={"x-csrf-token": token})
        assert said.status_code == 403
    assert watch.snapshot().alerts["aaaaaaaaaaaa"].state == "open"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999"])
def test_other_sites_get_nothing(desk, origin):
    assert desk.get("/api/session", headers={"origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        desk.websocket_connect("ws://127.0.0.1/ws", headers={"origin": origin}) as socket,
    ):
        socket.receive_json()


def test_a_socket_without_an_origin_is_refused(desk):
    with pytest.raises(WebSocketDisconnect), desk.websocket_connect("ws://127.0.0.1/ws") as socket:
        socket.receive_json()


def test_another_name_that_leads_here_is_refused(desk):
    assert desk.get("/api/session", headers={"host": "rebound.example"}).status_code == 421


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2f..%2faccounts.sqlite",
        "/static//etc/passwd",
        "/static/vendor/../../page.py",
    ],
)
def test_no_path_leads_out_of_the_pages_files(desk, path):
    said = desk.get(path)
    assert said.status_code == 404
    assert b"import" not in said.content


def test_a_body_that_is_too_long_is_refused_whatever_its_header_says(desk):
    long = json.dumps({"kind": "note", "by": "R", "why": "x" * 70_000}).encode()
    assert desk.post(ACKNOWLEDGE, content=long).status_code == 413
    assert desk.post(ACKNOWLEDGE, content=iter([long])).status_code == 413


def test_every_answer_has_the_headers_that_keep_a_page_in(desk):
    for path in ("/", "/api/session", "/static/nothing", "/healthz"):
        headers = desk.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_outside_nothing_but_the_page_and_health_is_seen_without_logging_in(outside):
    for path in ("/api/session", "/api/snapshot", "/api/map", "/api/export", "/api/handover", "/api/audit", "/metrics"):
        assert outside.get(path).status_code == 401, path
    assert outside.get("/healthz").text == "ok"
    with (
        pytest.raises(WebSocketDisconnect),
        outside.websocket_connect("wss://watch.example/ws", headers={"origin": "https://watch.example"}) as socket,
    ):
        socket.receive_json()


def test_a_role_may_what_it_may(outside, watch):
    log_in(outside, "viewer")
    assert outside.get("/api/snapshot").status_code == 200
    assert outside.post(ACKNOWLEDGE, json={"kind": "acknowledge"}).status_code == 403
    assert outside.get("/api/audit").status_code == 403
    log_in(outside, "operator")
    assert outside.post(ACKNOWLEDGE, json={"kind": "acknowledge", "by": "somebody else"}).status_code == 200
    assert watch.snapshot().alerts["aaaaaaaaaaaa"].history[-1].by == "operator"
    assert outside.get("/api/audit").status_code == 403
    log_in(outside, "admin")
    assert [line["what"] for line in outside.get("/api/audit").json()[:3]] == ["log-in", "acknowledge", "log-in"]


def test_a_session_ends_with_its_time_and_with_log_out(outside, watch):
    log_in(outside, "viewer")
    cookie = outside.cookies.get("surveil_session")
    outside.post("/api/logout")
    outside.cookies.set("surveil_session", cookie)
    assert outside.get("/api/session").status_code == 401
    log_in(outside, "viewer")
    watch.clock.t_ms += 12 * 3_600_000 + 1
    assert outside.get("/api/session").status_code == 401


def test_the_session_cookie_is_kept_from_scripts_other_sites_and_plain_http(outside):
    set_cookie = outside.post("/api/login", json={"name": "viewer", "password": PASSWORD}).headers["set-cookie"].lower()
    for word in ("httponly", "secure", "samesite=strict"):
        assert word in set_cookie


def test_wrong_passwords_make_one_wait(outside, watch):
    wrong = {"name": "viewer", "password": "a guess that is wrong"}
    assert [outside.post("/api/login", json=wrong).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert outside.post("/api/login", json={"name": "viewer", "password": PASSWORD}).status_code == 429
    watch.clock.t_ms += 300_001
    log_in(outside, "viewer")


def test_a_machine_needs_a_token_and_no_page(outside, accounts):
    bearer = {"authorization": f"Bearer {accounts.make_token('prometheus', 'viewer')}"}
    assert b"surveil_targets 3.0" in outside.get("/metrics", headers=bearer).content
    assert outside.post(ACKNOWLEDGE, json={"kind": "acknowledge"}, headers=bearer).status_code == 403
    assert outside.get("/metrics", headers={"authorization": "Bearer surveil_x"}).status_code == 401
    assert accounts.remove("prometheus") and not accounts.remove("prometheus")
    assert outside.get("/metrics", headers=bearer).status_code == 401


def test_the_audit_log_is_only_added_to(accounts):
    accounts.audit("reed", "", "note")
    for sql in ("DELETE FROM audit", "UPDATE audit SET who = 'x'"):
        with pytest.raises(sqlite3.IntegrityError):
            accounts._db.execute(sql)


def test_no_secret_is_in_the_file(accounts):
    token, (session, _who) = accounts.make_token("m", "viewer"), accounts.begin("viewer", 1000)
    held = "".join(str(accounts._all(f"SELECT * FROM {table}")) for table in ("accounts", "sessions", "tokens"))
    assert not [secret for secret in (token, session, PASSWORD) if secret in held]
    assert "$argon2id$" in held


def test_a_short_password_is_none(accounts):
    with pytest.raises(StoreError, match="12 characters"):
        accounts.put("x", "viewer", "short")


def test_wider_than_this_machine_needs_an_account(watch):
    with pytest.raises(ConfigError, match="accounts add"):
        Console(watch, Config(), address_of("0.0.0.0:0"))


@pytest.mark.parametrize("text", ["8080", "here:80", "127.0.0.1:x", "127.0.0.1:70000"])
def test_what_is_no_address_is_said_so(text):
    with pytest.raises(ConfigError, match="no address"):
        address_of(text)


def test_a_selection_goes_out_in_four_formats(desk):
    chosen = {"keys": "235012345,-7"}
    geo = desk.get("/api/export", params=chosen | {"format": "geojson"}).json()
    assert [f["id"] for f in geo["features"]] == ["235012345", "-7"] and geo["simulated"]
    assert (
        len(xml.fromstring(desk.get("/api/export", params={"format": "kml"}).content).findall(".//{*}Placemark")) == 3
    )
    assert len(xml.fromstring(desk.get("/api/export", params={"format": "gpx"}).content).findall("{*}wpt")) == 3
    rows = list(
        csv.DictReader(io.StringIO(desk.get("/api/export", params={"format": "csv", "bbox": "1.45,51,1.55,52"}).text))
    )
    assert [row["name"] for row in rows] == [HOSTILE]
    assert desk.get("/api/export", params={"bbox": "1,2"}).status_code == 422


def test_a_name_that_a_spreadsheet_would_run_is_text(desk, watch):
    watch.show(targets=targets(name=[b"=CMD|'/C CALC'!A0", b"", b""], version=[2, 2, 2]))
    rows = list(csv.DictReader(io.StringIO(desk.get("/api/export", params={"format": "csv"}).text)))
    assert rows[0]["name"].startswith("'=") and rows[2]["mmsi"] == "-7"


def test_the_hand_over_says_what_is_open_what_was_done_and_how_feeds_do_in_both_languages(desk):
    desk.post(ACKNOWLEDGE, json={"kind": "note", "by": "Reed <b>", "why": "lifeboat asked"})
    english, french = (desk.get("/api/handover", params={"lang": lang}).text for lang in ("en", "fr"))
    for text in ("Mayday", "Reed &lt;b&gt;", "lifeboat asked", "dover", "SIMULATED"):
        assert text in english
    assert "Passation de quart" in french and "Reed <b>" not in french


def test_the_past_is_another_picture_and_before_it_is_none(desk):
    assert desk.get(f"/api/past/{T0_MS - 1000}").json()["status"]["t_ms"] == T0_MS - 1000
    assert desk.get("/api/past/1000").status_code == 404


def test_a_watch_that_has_stopped_is_not_healthy(desk, watch):
    watch.clock.t_ms += 6000
    assert desk.get("/healthz").status_code == 503
    assert desk.get("/").status_code == 200
