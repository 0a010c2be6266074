"""Scenes that pin the thresholds of a rule from both sides: a step on either side of what happens in the scene, the
rule says otherwise. Values are those of the scene, not the rule's defaults, which may change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surveil.alert import Alert, Compared
from surveil.config import Config
from surveil.contract import feed
from surveil.engine import Engine
from surveil.evaluate.nights import Lifecycles
from surveil.registry import rule_classes
from surveil.rules.base import NM_M
from surveil.rules.examples import Example, sized
from surveil.schema import Positions, Statics
from surveil.words import Words

SHIP = 235_123_456


@dataclass(frozen=True)
class Scene:
    """What a rule must say of a scene.

    ``pins`` has by setting a value at which there is an alert about the ship, and one close by at which there is none;
    ``alerts`` are the MMSIs of all that are alerted on with the settings of the example, in any order; None: not asked.
    ``untold`` are pinned settings that the evidence does not give. ``says`` has by setting two values close by between
    which the words, or the risk, are others.
    """

    rule: str
    example: Example
    pins: dict[str, tuple[float, float]] = field(default_factory=dict)
    alerts: frozenset[int] | None = None
    untold: tuple[str, ...] = ()
    says: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}-{self.example.title}"


def scene(
    rule: str, title: str, positions: Positions, *, pins=None, alerts=None, untold=(), says=None, **more
) -> Scene:
    """A scene; ``more`` are fields of :class:`surveil.rules.examples.Example`."""
    among = None if alerts is None else frozenset(alerts)
    return Scene(rule, Example(title, positions, True, **more), pins or {}, among, tuple(untold), says or {})


def like(rows: Positions, mmsi: int, **columns) -> Positions:
    """Another craft that reports the same, but for some columns."""
    n = len(rows)
    made = {name: np.full(n, value, getattr(rows, name).dtype) for name, value in columns.items()}
    return rows.replace(mmsi=np.full(n, mmsi, rows.mmsi.dtype), digest=rows.digest + np.uint64(mmsi * 10**6), **made)


def known(mmsi: int = SHIP, length_m: float = 0.0, ship_type: int = 0, **texts: bytes) -> Statics:
    """Static data of one craft, heard at the start; ``texts`` are its name and call sign."""
    statics = sized(mmsi, length_m, ship_type)
    return statics.replace(**{k: np.array([v], getattr(statics, k).dtype) for k, v in texts.items()})


class Variants:
    """One rule, asked at once with many settings in one engine: what each says."""

    def __init__(self, scene: Scene, settings: list[dict], areas):
        cls = rule_classes()[scene.rule]
        others = {name: {"enabled": False} for name in rule_classes()}
        config = Config(rules=others, sensors=scene.example.sensors)
        engine = Engine(config, areas)
        base = scene.example.params or {}
        where = f"rules.{scene.rule}"
        engine.rules = [cls(config.section(where, _plain(base | each), cls.Params)) for each in settings]
        engine.lifecycle = lifecycles = _Heard(engine.rules, engine.lifecycle)
        feed(engine, scene.example)
        self.said = [lifecycles.of([rule]) for rule in engine.rules]
        self.lacking = lifecycles.lacking


class _Heard(Lifecycles):
    """Besides alerts, what rules say that something lacks of firing."""

    def __init__(self, rules, like):
        super().__init__(rules, like)
        self.lacking: list[Compared] = []

    def tick(self, rule, candidates, view, simulated, almost):
        self.lacking += [c.almost for c in (*candidates, *rule.almost(view)) if c.almost is not None]
        return super().tick(rule, candidates, view, simulated, almost)


def _plain(settings: dict) -> dict:
    return {name: float(v) if isinstance(v, np.floating) else v for name, v in settings.items()}


def told(alert: Alert) -> list[float]:
    """The thresholds that an alert's evidence gives, each in its unit and, for miles, in metres."""
    found = []
    for compared in alert.evidence.compared:
        given = compared.threshold
        numbers = list(given.values.values()) if isinstance(given, Words) else [given]
        numbers = [float(n) for n in numbers if isinstance(n, int | float)]
        found += numbers + [n * NM_M for n in numbers if compared.unit == "nm"]
    return found


def holds(compared: Compared) -> bool | None:
    """Whether a comparison comes out as it is said to; None where no number says. Values are rounded to be told."""
    value, given = compared.value, compared.threshold
    if isinstance(given, Words) and compared.op == "between":
        low, high = given.values["low"], given.values["high"]
        return low - 0.6 <= value <= high + 0.6
    if not isinstance(value, int | float) or not isinstance(given, int | float):
        return None
    slack = 0.5 if value == round(value) else 0.06
    return {">=": value >= given - slack, ">": value > given - slack, "<=": value <= given + slack,
            "<": value < given + slack}.get(compared.op)  # fmt: skip
