"""Names, order and text of alerts."""

import json

from surveil.alert import Alert, alert_id, urgency


def test_an_id_is_the_same_on_any_run_and_another_for_another_episode():
    assert alert_id("lane", 235_123_456, "against", 1_773_525_600_000) == "5f81aba3a2d3"
    others = [
        ("area", 235_123_456, "against", 1_773_525_600_000),
        ("lane", 235_123_457, "against", 1_773_525_600_000),
        ("lane", 235_123_456, "oblique", 1_773_525_600_000),
        ("lane", 235_123_456, "against", 1_773_525_610_000),
    ]
    assert len({alert_id(*other) for other in others} | {"5f81aba3a2d3"}) == 5


def test_an_alert_is_read_back_whole_from_its_json(make_alert):
    alert = make_alert(state="closed", t_end_ms=1_773_525_700_000)
    assert Alert.from_dict(json.loads(alert.to_json())) == alert


def test_its_json_is_one_line_with_its_letters_as_they_are(make_alert):
    text = make_alert().to_json()
    assert "\n" not in text
    assert "SIM ÉTOILE" in text


def test_a_change_adds_to_the_history_and_leaves_the_old_alert_as_it_was(make_alert):
    first = make_alert()
    second = first.changed(1_773_525_900_000, "close", state="closed")
    assert [change.event for change in first.history] == ["open"]
    assert [change.event for change in second.history] == ["open", "close"]
    assert (first.state, second.state) == ("open", "closed")
    assert second.id == first.id


def test_risk_to_life_comes_before_severity_and_severity_before_time(make_alert):
    late_distress = make_alert(1, severity="distress", risk_to_life=0.7, t_raised_ms=1_773_525_999_000)
    risky = make_alert(2, severity="low", risk_to_life=0.9)
    early, later = make_alert(3, t_raised_ms=1_773_525_600_000), make_alert(4)
    assert sorted([later, early, late_distress, risky], key=urgency) == [risky, late_distress, early, later]
