"""Every threshold is where its rule changes its mind, the alert says so, and what almost fired lacks something."""

import math

import pytest

from tests.rules import scenes, scenes_of_others, scenes_of_several
from tests.rules.pins import Variants, holds, told

SCENES = [*scenes.SCENES, *scenes_of_others.SCENES, *scenes_of_several.SCENES]


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_a_rule_changes_its_mind_where_its_thresholds_say(scene, areas):
    asked = [(name, value) for name, pair in scene.pins.items() for value in pair]
    variants = Variants(scene, [{}, *({name: value} for name, value in asked)], areas)
    base, *said = variants.said
    if scene.alerts is not None:
        assert {alert.mmsi for alert in base} == scene.alerts
    found = [(name, value, bool(alerts)) for (name, value), alerts in zip(asked, said, strict=True)]
    assert found == [(name, value, value == scene.pins[name][0]) for name, value in asked]
    for (name, value), alerts in zip(asked, said, strict=True):
        for alert in alerts[:1]:
            _is_told(scene, name, value, alert)
    for lacked in variants.lacking:
        assert _lacks(lacked), f"it is said to lack {lacked}"


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene.says], ids=str)
def test_it_words_otherwise_what_is_on_the_other_side(scene, areas):
    asked = [{name: value} for name, pair in scene.says.items() for value in pair]
    said = [_words(alerts) for alerts in Variants(scene, asked, areas).said]
    same = [name for n, name in enumerate(scene.says) if said[2 * n] == said[2 * n + 1]]
    assert same == []


def _words(alerts) -> list:
    return [(alert.severity, alert.risk_to_life, [change.sentence[:] for change in alert.history]) for alert in alerts]


def _is_told(scene, name: str, value: float, alert) -> None:
    given = told(alert)
    assert name in scene.untold or any(math.isclose(value, g, rel_tol=0.02) for g in given), (
        f"{name} is not among {given}"
    )
    either = any(compared.what.startswith("or ") for compared in alert.evidence.compared)
    for compared in () if either else alert.evidence.compared:
        assert holds(compared) is not False, f"it is said that {compared}"


def _lacks(lacked) -> bool:
    return lacked.value <= lacked.threshold if lacked.op.startswith(">") else lacked.value >= lacked.threshold
