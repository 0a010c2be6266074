"""What an alert is: advice to a human, with its evidence."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass

SEVERITIES = ("distress", "high", "medium", "low", "info")
"""From the most to the least pressing."""


@dataclass(frozen=True)
class Compared:
    """One number held against one threshold; ``source`` says where the threshold is from."""

    what: str
    value: float | str
    op: str
    threshold: float | str | None
    unit: str
    source: str


@dataclass(frozen=True)
class InputRow:
    """An input line an alert rests on; ``source`` is an index into the run's sources."""

    source: int
    line: int
    t_ms: int


@dataclass(frozen=True)
class Evidence:
    """Why: the ground in words, the numbers compared, the input rows, and how the rule is known to be wrong."""

    ground: str
    compared: tuple[Compared, ...] = ()
    inputs: tuple[InputRow, ...] = ()
    known_false_alarms: str = ""


@dataclass(frozen=True)
class Change:
    """One step in the life of an alert; ``event`` is open, update, close or retract."""

    t_ms: int
    event: str
    sentence: str


@dataclass(frozen=True)
class Alert:
    """Immutable. A change of state is a new Alert with the same ``id`` and one more line of history.

    ``t_start_ms`` is when the condition began, ``t_raised_ms`` the tick that decided it, ``t_end_ms`` when
    it was last seen to hold, None while open. ``risk_to_life`` is 0 to 1; ``lon``, ``lat`` None where no
    position is known.
    """

    id: str
    rule: str
    rule_version: int
    mmsi: int
    name: str
    t_start_ms: int
    t_raised_ms: int
    t_end_ms: int | None
    state: str
    severity: str
    risk_to_life: float
    lon: float | None
    lat: float | None
    sentence: str
    evidence: Evidence
    history: tuple[Change, ...] = ()
    simulated: bool = False

    def changed(self, t_ms: int, event: str, **fields) -> Alert:
        """The alert after one more event."""
        sentence = fields.get("sentence", self.sentence)
        return dataclasses.replace(self, history=(*self.history, Change(t_ms, event, sentence)), **fields)

    def to_dict(self) -> dict:
        """Plain values, for JSON."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """One line, the same for the same alert on any run."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def alert_id(rule: str, mmsi: int, key: str, t_start_ms: int) -> str:
    """Name of an alert: a hash of rule, subject and start, so that any run of the same input agrees."""
    text = f"{rule}|{mmsi}|{key}|{t_start_ms}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def urgency(alert: Alert) -> tuple:
    """Sort key: risk to life first, then severity, then the earlier."""
    return (-alert.risk_to_life, SEVERITIES.index(alert.severity), alert.t_raised_ms, alert.id)
