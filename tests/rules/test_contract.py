"""What every rule must keep, whoever wrote it."""

import pytest

from surveil import contract
from surveil.config import Config
from surveil.engine import Engine
from surveil.registry import rule_classes
from surveil.schema import Batch, Positions

RULES = rule_classes()
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{example.title}")
    for name, cls in RULES.items()
    for example in cls.examples()
]


def test_every_rule_of_the_first_issue_is_there():
    assert set(RULES) >= {"area", "loitering", "silence", "lane", "small_craft_crossing", "distress"}


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_rule_fires_on_its_examples_and_only_there(name, example, areas):
    contract.check_fires(name, example, areas)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_an_example_that_fires_a_near_miss_and_a_silent_one(name):
    contract.check_examples(RULES[name])


@pytest.mark.parametrize(("name", "example"), [e for e in EXAMPLES if e.values[1].fires])
def test_an_alert_can_be_read_and_traced_and_is_opened_once(name, example, areas):
    contract.check_alerts(name, example, areas)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_rule_says_the_same_however_the_input_is_cut(name, example, areas):
    contract.check_cut(name, example, areas)


@pytest.mark.parametrize("name", RULES)
def test_every_setting_has_a_unit_and_a_source(name):
    contract.check_settings(RULES[name])


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_silent_on_empty_water(name, areas):
    engine = Engine(Config(), areas)
    engine.push(Batch.build(positions=Positions.empty()))
    engine.close()
    assert engine.table.n == 0
