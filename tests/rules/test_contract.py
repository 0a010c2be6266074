"""What every rule must keep, whoever wrote it."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from surveil.alert import SEVERITIES
from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.registry import rule_classes
from surveil.schema import Batch, Positions

RULES = rule_classes()
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{example.title}")
    for name, cls in RULES.items()
    for example in cls.examples()
]


def between(rows, first, end):
    """Rows from one time to before another, None standing for no bound."""
    if rows is None:
        return None
    keep = np.ones(len(rows), bool)
    if first is not None:
        keep &= rows.t_ms >= first
    if end is not None:
        keep &= rows.t_ms < end
    return rows.take(keep)


def run_example(name, example, areas, cuts=()):
    """Alerts that only this rule raises on an example, the input cut into batches at rows."""
    rules = {other: {"enabled": False} for other in RULES if other != name}
    if example.params:
        rules[name] = example.params
    seen = []
    engine = Engine(Config(rules=rules, sensors=example.sensors), areas, hooks=Hooks(alert=seen.append))
    if example.statics is not None:
        engine.push(Batch.build(statics=example.statics))
    rows = example.plots if example.plots is not None else example.positions
    for first, end in pairwise([None, *rows.t_ms[list(cuts)].tolist(), None]):
        batch = Batch.build(
            positions=between(example.positions, first, end), plots=between(example.plots, first, end),
            safety=example.safety,
        )  # fmt: skip
        # plots and reports are numbered apart: they arrive by time
        engine.push(dataclasses.replace(batch, positions_at=batch.positions.t_ms, plots_at=batch.plots.t_ms))
    engine.close()
    return seen


def rows_of(example):
    return len(example.plots if example.plots is not None else example.positions)


def test_every_rule_of_the_first_issue_is_there():
    assert set(RULES) >= {"area", "loitering", "silence", "lane", "small_craft_crossing", "distress"}


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_rule_fires_on_its_examples_and_only_there(name, example, areas):
    assert bool(run_example(name, example, areas)) == example.fires


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_an_example_that_fires_a_near_miss_and_a_silent_one(name):
    fires = [e.fires for e in RULES[name].examples()]
    assert fires.count(True) >= 1
    assert fires.count(False) >= 2


@pytest.mark.parametrize(("name", "example"), [e for e in EXAMPLES if e.values[1].fires])
def test_an_alert_can_be_read_and_traced(name, example, areas):
    alert = run_example(name, example, areas)[0]
    kinds = [rows for rows in (example.positions, example.plots) if rows is not None]
    known = {each for rows in kinds for each in zip(rows.seq.tolist(), rows.t_ms.tolist(), strict=True)}
    assert alert.severity in SEVERITIES
    assert 0 <= alert.risk_to_life <= 1
    assert str(abs(alert.mmsi)) in alert.sentence
    assert "nan" not in alert.to_json().lower()
    assert alert.evidence.compared
    assert alert.evidence.inputs
    assert {(row.line, row.t_ms) for row in alert.evidence.inputs} <= known
    assert alert.t_start_ms <= alert.t_raised_ms


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_rule_says_the_same_however_the_input_is_cut(name, example, areas):
    whole = [a.to_json() for a in run_example(name, example, areas)]
    cut = [a.to_json() for a in run_example(name, example, areas, cuts=range(1, rows_of(example), 7))]
    assert cut == whole


@pytest.mark.parametrize(("name", "example"), [e for e in EXAMPLES if e.values[1].fires])
def test_no_alert_is_opened_twice(name, example, areas):
    opened = [a.id for a in run_example(name, example, areas) if a.history[-1].event == "open"]
    assert len(opened) == len(set(opened))


@pytest.mark.parametrize("name", RULES)
def test_every_setting_has_a_unit_and_a_source(name):
    for field in dataclasses.fields(RULES[name].Params):
        assert field.metadata["source"], field.name
        assert "unit" in field.metadata, field.name


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_silent_on_empty_water(name, areas):
    engine = Engine(Config(), areas)
    engine.push(Batch.build(positions=Positions.empty()))
    engine.close()
    assert engine.table.n == 0
