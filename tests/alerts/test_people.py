"""What people do on the command line stands after the same input is replayed again, under other settings too."""

import json
import sqlite3

import pytest

from surveil.alerts.sinks import iso
from surveil.alerts.store import AlertStore
from surveil.config import Config
from surveil.run import Replay, alerts_of
from surveil.simulate.demo import make_night


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Fifteen minutes with a SART and little else."""
    night = make_night(seed=1, hours=3.3, lane_ships=0)
    from_s = night.end_ms // 1000 - 900
    late = [line for line in night.lines if int(line.split(b"c:")[1][:10]) >= from_s]
    path = tmp_path_factory.mktemp("people") / "sart.nmea"
    path.write_bytes(b"\n".join([*late, b""]))
    return path


@pytest.fixture
def out(log, tmp_path):
    out = tmp_path / "night"
    Replay([log], out).run()
    return out


def the_sart(out):
    return next(alert for alert in alerts_of(out) if alert.rule == "distress")


def test_an_acknowledgement_survives_a_replay_in_its_place_in_time(surveil, log, out):
    before = the_sart(out)
    code, said, _ = surveil("alerts", "ack", before.id[:6], "--out", out, "--by", "Ann", "--why", "lifeboat is there")
    assert (code, said) == (0, f"{before.id}: acknowledged\n")
    acted = the_sart(out)
    for _ in range(2):
        Replay([log], out).run()
        assert [a.to_json() for a in alerts_of(out) if a.rule == "distress"] == [acted.to_json()]
    assert [(c.event, c.by, c.why) for c in acted.history][-1] == ("acknowledge", "Ann", "lifeboat is there")


def test_under_other_settings_it_finds_the_alert_again(surveil, log, out, tmp_path):
    surveil("alerts", "silence", the_sart(out).id, "--until", "2h", "--out", out, "--by", "Ann", "--why", "exercise")
    Replay([log], out, Config(rules={"distress": {"quiet_s": 900}})).run()
    assert the_sart(out).state == "silenced"
    with sqlite3.connect(out / "alerts.sqlite") as db:
        ((config,),) = db.execute("SELECT config FROM alerts WHERE rule = 'distress'").fetchall()
    assert config == json.loads((out / "run.json").read_text())["config"] != Config().digest


def test_when_its_rule_is_off_it_is_kept_retracted(surveil, log, out):
    before = the_sart(out)
    surveil("alerts", "close", before.id, "--out", out, "--by", "Ann", "--why", "picked up")
    Replay([log], out, Config(rules={"distress": {"enabled": False}})).run()
    after = the_sart(out)
    assert (after.id, after.state) == (before.id, "retracted")
    assert [c.event for c in after.history][-2:] == ["close", "retract"]
    first = after.evidence.inputs[0]
    store = AlertStore(out / "alerts.sqlite")
    assert store.line(first.source, first.line) is not None
    store.close()


def test_an_act_in_the_past_waits_for_the_replay(surveil, log, out):
    before = the_sart(out)
    assert surveil("alerts", "ack", before.id, "--out", out, "--at", "yesterday")[0] == 2
    surveil("alerts", "note", before.id, "--out", out, "--why", "heard on 16 too")
    at = iso(before.t_raised_ms + 5000)
    code, said, _ = surveil("alerts", "ack", before.id, "--out", out, "--at", at)
    assert code == 0
    assert "has effect when the input is replayed" in said
    Replay([log], out).run()
    events = [c.event for c in the_sart(out).history]
    assert (events[:2], events[-1]) == (["open", "acknowledge"], "note")


def test_the_list_shows_open_alerts_by_incident(surveil, out):
    alert = the_sart(out)
    _, said, _ = surveil("alerts", "list", "--out", out)
    assert f"incident {alert.incident}" in said
    assert alert.sentence in said
    surveil("alerts", "close", alert.id, "--why", "over", "--out", out)
    assert alert.id not in surveil("alerts", "list", "--out", out)[1]
    bodies = [json.loads(line) for line in surveil("alerts", "list", "--all", "--json", "--out", out)[1].splitlines()]
    assert {body["id"]: body["state"] for body in bodies}[alert.id] == "closed"


def test_what_cannot_be_done_is_said_in_a_line(surveil, out):
    alert = the_sart(out)
    code, _, said = surveil("alerts", "close", alert.id, "--out", out)
    assert (code, said.strip().count("\n")) == (4, 0)
    assert "close needs a reason" in said
    assert surveil("alerts", "ack", "zz", "--out", out)[0] == 4
    assert surveil("alerts", "list", "--lang", "de", "--out", out)[0] == 2


def test_what_the_lists_keep_back_is_in_the_summary(log, tmp_path):
    deny = {"deny": [{"mmsi": [974990001, 970990001], "rule": ["distress"], "why": "exercise"}]}
    summary = Replay([log], tmp_path / "out", Config(lists=deny)).run()
    assert "distress" not in summary["alerts"]
    (kept,) = summary["kept_back"]
    assert (kept["entry"], kept["rule"], kept["episodes"]) == ("deny 1: exercise", "distress", 1)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["kept_back"] == [kept]
