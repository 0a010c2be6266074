"""What would have changed a decision is said of each number, and what almost fired is told."""

import json

import pytest

from surveil.alert import Compared
from surveil.alerts.explain import expanded, margin, tightest, turns
from surveil.alerts.lifecycle import almost_said
from surveil.alerts.store import AlertStore
from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.rules.base import Candidate, between
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, run, sized
from surveil.schema import CLASS_B, Batch


def compared(value, op: str, threshold) -> Compared:
    return Compared("speed", value, op, threshold, "kn", "assumed")


@pytest.mark.parametrize(
    ("value", "op", "threshold", "left", "said"),
    [
        (12.5, ">=", 10, 2.5, "not under 10 (2.5 kn less)"),
        (12.5, ">", 10, 2.5, "not under 10 (2.5 kn less)"),
        (4.1, "<=", 12.0, 7.9, "not over 12 (7.9 kn more)"),
        (4.1, "<", 12.0, 7.9, "not over 12 (7.9 kn more)"),
        (4.0, "between", between(1, 12), 3.0, "not under 1 (3 kn less)"),
        (11.0, "between", between(1, 12), 1.0, "not over 12 (1 kn more)"),
        (7.0, ">=", 10, -3.0, "3 kn short"),
        ("not reported", "<", 20.0, None, ""),
        (972, "in", "970, 972, 974", None, ""),
        (200, "", None, None, ""),
    ],
)
def test_the_margin_is_what_would_change_the_comparison(value, op, threshold, left, said):
    assert margin(compared(value, op, threshold)) == left
    assert turns(compared(value, op, threshold)) == said


def test_the_tightest_is_the_nearest_as_a_share_of_its_threshold():
    steps = (compared(1300, ">=", 1200), compared(2.0, ">=", 1.0), compared("not reported", "<", 20.0))
    assert tightest(steps) == 0
    assert tightest(steps[2:]) is None
    assert tightest((compared(3.0, ">=", 0),)) is None


def test_a_rule_that_has_half_of_what_it_asks_for_almost_fires():
    class Other:
        name = "other"

    few, many = (Candidate(0, 1, 5, almost=compared(value, ">=", 100)) for value in (49, 50))
    assert almost_said([(Other, [few, Candidate(0, 1, 5)])]) == {}
    assert [(a.rule, a.lacked.value) for a in almost_said([(Other, [many])])[1]] == [("other", 50)]


@pytest.fixture(scope="module")
def alerts(areas):
    """A small craft at 50 degrees to the lane: it crosses, and after a quarter of an hour it does so obliquely."""
    boat = run(235_123_456, IN_SW_LANE, (SW_FLOW_DEG + 50) % 360, 4.0, 1200, ais_class=CLASS_B)
    boat = boat.replace(heading_deg=boat.cog_deg)
    seen = []
    engine = Engine(Config(rules={"small_craft_crossing": {"min_s": 600}}), areas, hooks=Hooks(alert=seen.append))
    engine.push(Batch.build(statics=sized(235_123_456, 8)))
    engine.push(Batch.build(positions=boat))
    engine.close()
    return {alert.rule: alert for alert in seen if alert.history[-1].event == "open"}


def test_what_another_rule_almost_said_is_told_with_an_alert(alerts):
    (almost,) = alerts["small_craft_crossing"].evidence.almost
    assert (almost.rule, almost.lacked.value, almost.lacked.threshold) == ("lane", 600, 900)
    assert alerts["lane"].evidence.almost == ()


def test_alerts_about_one_craft_are_one_incident(alerts):
    assert len({alert.incident for alert in alerts.values()}) == 1


def test_an_alert_is_explained_step_by_step_in_either_language(alerts, tmp_path):
    store = AlertStore(tmp_path / "alerts.sqlite", create=True)
    for alert in alerts.values():
        store.put(alert)
    alert = store.one(alerts["small_craft_crossing"].id)
    english, french = expanded(store, alert), expanded(store, alert, "fr")
    store.close()
    assert json.loads(json.dumps(french)) == french
    assert english["sentences"] == french["sentences"] == {"en": english["sentence"], "fr": french["sentence"]}
    assert [step["turns"] for step in english["evidence"]["compared"]] == [
        "not over 20 (12 m more)", "not under 1 (3 kn less)", "not under 600 (0 s less)", "",
    ]  # fmt: skip
    assert [step["tightest"] for step in english["history"][0]["compared"]] == [False, False, True, False]
    assert french["evidence"]["compared"][1]["turns"] == "pas sous 1 (3 nd de moins)"
    assert french["evidence"]["almost"][0]["lacked"]["turns"] == "il manque 300 s"
    assert [other["rule"] for other in english["others"]] == ["lane"]
    assert "words" not in english
