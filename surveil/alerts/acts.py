"""What people do to alerts: acknowledge, silence, close, reopen, note, assign. An alert and an act give an alert."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from surveil.alert import MACHINE, Alert, Change

KINDS = ("acknowledge", "silence", "close", "reopen", "note", "assign")

_STATE = {"acknowledge": "acknowledged", "silence": "silenced", "close": "closed", "reopen": "open"}


@dataclass(frozen=True)
class Act:
    """One act of one person, at an event time; a row of input like any other. Immutable.

    ``rule``, ``mmsi`` and ``key`` say what the alert is about: under changed settings its id may be another.
    ``until_ms`` is for silence, ``to`` (a name) for assign.
    """

    alert_id: str
    kind: str
    by: str
    why: str
    t_ms: int
    until_ms: int | None = None
    to: str = ""
    rule: str = ""
    mmsi: int = 0
    key: str = ""

    @classmethod
    def upon(cls, alert: Alert, kind: str, by: str, why: str, t_ms: int, **more) -> Act:
        """An act upon an alert."""
        return cls(alert.id, kind, by, why, t_ms, rule=alert.rule, mmsi=alert.mmsi, key=alert.key, **more)

    def problem(self) -> str | None:
        """Why it cannot be an act of anyone's upon anything, or None."""
        if self.kind not in KINDS:
            return f"no such act: {self.kind!r}; there are {', '.join(KINDS)}"
        if not self.by or self.by == MACHINE:
            return "an act needs the name of whoever does it"
        if self.kind in ("silence", "close", "note") and not self.why:
            return f"{self.kind} needs a reason"
        if self.kind == "silence" and (self.until_ms is None or self.until_ms <= self.t_ms):
            return "silence needs a time to last until, later than its own"
        return "assign needs the name of somebody" if self.kind == "assign" and not self.to else None

    def told_in(self, alert: Alert) -> bool:
        """Whether the alert's history has it."""
        return any((c.t_ms, c.by, c.why, c.event) == (self.t_ms, self.by, self.why, self.kind) for c in alert.history)


def refusal(alert: Alert, kind: str) -> str | None:
    """Why an act does not fit the alert's state, or None."""
    if kind in ("acknowledge", "silence", "close") and alert.ended:
        return f"is {alert.state}; reopen it first"
    if kind == "reopen" and alert.state == "open":
        return "is open already"
    return None


def acted(alert: Alert, act: Act) -> Alert:
    """The alert after the act. One that does not fit its state is told in the history and changes nothing else."""
    fields = {}
    if refusal(alert, act.kind) is None:
        fields = _effect(alert, act)
    return alert.changed(act.t_ms, act.kind, by=act.by, why=act.why, **fields)


def _effect(alert: Alert, act: Act) -> dict:
    if act.kind == "assign":
        return {"assigned": act.to}
    if act.kind not in _STATE:
        return {}
    ended_ms = {"close": alert.t_end_ms or act.t_ms, "reopen": None}
    return {
        "state": _STATE[act.kind],
        "until_ms": act.until_ms,
        "t_end_ms": ended_ms.get(act.kind, alert.t_end_ms),
    }


def resting_state(alert: Alert, t_ms: int) -> dict:
    """State and silence in which an alert comes back: what people asked for stands, but distress always opens."""
    if alert.until_ms is not None and t_ms < alert.until_ms:
        return {"state": "silenced"}
    last = next((c.event for c in reversed(alert.history) if c.event in _STATE and c.by != MACHINE), "reopen")
    stays = last == "acknowledge" and alert.severity != "distress"
    return {"state": "acknowledged" if stays else "open", "until_ms": None}


def closed_by_hand(alert: Alert) -> bool:
    """Whether a person closed it, and nobody has opened it since."""
    last: Change | None = next((c for c in reversed(alert.history) if c.event in ("close", "reopen", "retract")), None)
    return last is not None and last.event == "close" and last.by != MACHINE


def merged(alert: Alert, acts: list[Act]) -> Alert:
    """The alert with acts of its past that its history does not have yet: somebody else did them meanwhile."""
    missing = [act for act in acts if act.t_ms <= alert.history[-1].t_ms and not act.told_in(alert)]
    for act in missing:
        alert = acted(alert, act)
    return dataclasses.replace(alert, history=tuple(sorted(alert.history, key=lambda c: c.t_ms))) if missing else alert
