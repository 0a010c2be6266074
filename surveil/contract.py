"""What every rule must keep, whoever wrote it: checks to call from the tests of a package that adds one.

from surveil.contract import check_rule
def test_my_rule_keeps_the_contract():
    check_rule(MyRule)
"""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np

from surveil.alert import SEVERITIES, Alert
from surveil.areas import Areas, load_areas
from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.registry import rule_classes
from surveil.rules.base import Rule
from surveil.rules.examples import Example
from surveil.schema import Batch


def check_rule(cls: type[Rule], areas: Areas | None = None) -> None:
    """Every check upon one rule, which must be installed: found by name, as the engine finds it.

    Raises
    ------
    AssertionError : naming the rule, the example, and what it does not keep.
    """
    areas = areas or load_areas()
    assert rule_classes().get(cls.name) is cls, f"{cls.name}: not found by the entry point group surveil.rules"
    check_settings(cls)
    check_examples(cls)
    for example in cls.examples():
        check_fires(cls.name, example, areas)
        check_cut(cls.name, example, areas)
        if example.fires:
            check_alerts(cls.name, example, areas)


def check_settings(cls: type[Rule]) -> None:
    """Every setting has a unit and a source."""
    for field in dataclasses.fields(cls.Params):
        assert field.metadata.get("source"), f"{cls.name}: setting {field.name} has no source"
        assert "unit" in field.metadata, f"{cls.name}: setting {field.name} has no unit"


def check_examples(cls: type[Rule]) -> None:
    """One example fires; a near miss and a silent one do not. It says how it may be wrong."""
    fires = [example.fires for example in cls.examples()]
    assert fires.count(True) >= 1, f"{cls.name}: no example fires"
    assert fires.count(False) >= 2, f"{cls.name}: a near miss and a silent example are missing"
    assert cls.known_false_alarms, f"{cls.name}: no known false alarms"


def check_fires(name: str, example: Example, areas: Areas) -> None:
    """The rule fires on the example if it must, else not."""
    assert bool(run_example(name, example, areas)) == example.fires, f"{name}, {example.title}: fires={example.fires}"


def check_cut(name: str, example: Example, areas: Areas) -> None:
    """The rule says the same however the input is cut into batches."""
    whole = [alert.to_json() for alert in run_example(name, example, areas)]
    cut = [alert.to_json() for alert in run_example(name, example, areas, range(1, len(rows_of(example)), 7))]
    assert cut == whole, f"{name}, {example.title}: says otherwise when its input is cut"


def check_alerts(name: str, example: Example, areas: Areas) -> None:
    """Alerts can be read and traced to input rows, and none is opened twice."""
    alerts, what = run_example(name, example, areas), f"{name}, {example.title}"
    kinds = [rows for rows in (example.positions, example.plots) if rows is not None]
    known = {row for rows in kinds for row in zip(rows.seq.tolist(), rows.t_ms.tolist(), strict=True)}
    opened = [alert.id for alert in alerts if alert.history[-1].event == "open"]
    assert len(opened) == len(set(opened)), f"{what}: opened twice"
    check_alert(alerts[0], known, what)


def check_alert(alert: Alert, known: set[tuple[int, int]], what: str) -> None:
    """One alert; ``known`` are the (line, t_ms) of the input."""
    assert alert.severity in SEVERITIES, f"{what}: severity {alert.severity!r}"
    assert 0 <= alert.risk_to_life <= 1, f"{what}: risk to life {alert.risk_to_life}"
    assert str(abs(alert.mmsi)) in alert.sentence, f"{what}: the sentence does not name {alert.mmsi}"
    assert "nan" not in alert.to_json().lower(), f"{what}: a value is not a number"
    assert alert.evidence.compared, f"{what}: nothing was compared"
    assert alert.evidence.inputs, f"{what}: no input row"
    assert {(row.line, row.t_ms) for row in alert.evidence.inputs} <= known, f"{what}: an input row that is none"
    assert alert.t_start_ms <= alert.t_raised_ms, f"{what}: raised before it began"


def run_example(name: str, example: Example, areas: Areas, cuts=()) -> list[Alert]:
    """Alerts that only this rule raises on an example, the input cut into batches at rows."""
    rules = {other: {"enabled": False} for other in rule_classes() if other != name}
    if example.params:
        rules[name] = example.params
    seen: list[Alert] = []
    engine = Engine(Config(rules=rules, sensors=example.sensors), areas, hooks=Hooks(alert=seen.append))
    feed(engine, example, cuts)
    return seen


def feed(engine: Engine, example: Example, cuts=()) -> None:
    """An example's rows, to their end; the input cut into batches at rows."""
    if example.statics is not None:
        engine.push(Batch.build(statics=example.statics))
    for first, end in pairwise([None, *rows_of(example).t_ms[list(cuts)].tolist(), None]):
        batch = Batch.build(
            positions=between(example.positions, first, end), plots=between(example.plots, first, end),
            safety=example.safety,
        )  # fmt: skip
        # plots and reports are numbered apart: they arrive by time
        engine.push(dataclasses.replace(batch, positions_at=batch.positions.t_ms, plots_at=batch.plots.t_ms))
    engine.close()


def rows_of(example: Example):
    """The rows that an example is cut by."""
    return example.plots if example.plots is not None else example.positions


def between(rows, first: int | None, end: int | None):
    """Rows from one time to before another, None standing for no bound."""
    if rows is None:
        return None
    keep = np.ones(len(rows), bool)
    if first is not None:
        keep &= rows.t_ms >= first
    if end is not None:
        keep &= rows.t_ms < end
    return rows.take(keep)
