"""An alert about a craft without AIS is withdrawn, with its reason, when its AIS is heard after all."""

import pytest

from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.rules.examples import IN_SW_LANE, T0_MS, seen_by_radar
from surveil.schema import Batch

HEARD_S = 600


@pytest.fixture(scope="module")
def told(areas):
    """What is told of a boat seen by radar for 20 min whose AIS is heard from the tenth minute on."""
    boat, seen = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 1200), []
    engine = Engine(Config(sensors=boat["sensors"]), areas, hooks=Hooks(alert=seen.append))
    for start_s in range(0, 1200, 30):
        parts = {}
        for kind in ("plots", "positions"):
            t_s = (boat[kind].t_ms - T0_MS) / 1000
            from_s = max(start_s, HEARD_S) if kind == "positions" else start_s
            parts[kind] = boat[kind].take((t_s >= from_s) & (t_s < start_s + 30))
        engine.push(Batch.build(**parts))
    engine.close()
    return [alert for alert in seen if alert.rule == "dark_craft"]


def test_it_is_retracted_once_when_ais_explains_the_contact(told):
    assert [alert.history[-1].event for alert in told] == ["open", "retract"]
    retracted = told[-1]
    assert (retracted.state, retracted.id) == ("retracted", told[0].id)
    assert HEARD_S < (retracted.history[-1].t_ms - T0_MS) / 1000 < HEARD_S + 120


def test_the_reason_is_told_in_both_languages(told):
    change = told[-1].history[-1]
    assert change.why.startswith("AIS explains it (")
    assert told[-1].in_language("fr").history[-1].why.startswith("expliqué par l'AIS (")
