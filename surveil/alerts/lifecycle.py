"""The life of an alert: opened, updated, closed. Rules say what holds; this remembers what was said."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

import numpy as np

from surveil.alert import Alert, Change, Compared, Evidence, InputRow, alert_id
from surveil.rules.base import Candidate, Rule
from surveil.tracks.view import View


@dataclass
class _Open:
    alert: Alert
    phase: str
    seen_ms: int


class Lifecycle:
    """Open alerts by (rule, MMSI, key). A target is not alerted twice for one episode."""

    def __init__(self):
        self._open: dict[tuple[str, int, str], _Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    def tick(self, rule: Rule, candidates: list[Candidate], view: View, simulated) -> list[Alert]:
        """Alerts of one rule that changed at this tick, by MMSI and key.

        ``simulated(source)`` says whether a source index is simulated.
        """
        changed = []
        for candidate in sorted(candidates, key=lambda c: (c.mmsi, _key(c, view))):
            slot = (rule.name, candidate.mmsi, _key(candidate, view))
            known = self._open.get(slot)
            if known is None:
                alert = self._opened(rule, candidate, view, simulated)
                self._open[slot] = _Open(alert, candidate.phase, view.t_ms)
                changed.append(alert)
                continue
            known.seen_ms = view.t_ms
            if known.phase != candidate.phase:
                known.alert = _updated(rule, candidate, view, known.alert)
                known.phase = candidate.phase
                changed.append(known.alert)
        return changed + self._overdue(rule, view.t_ms)

    def _opened(self, rule: Rule, candidate: Candidate, view: View, simulated) -> Alert:
        details = rule.describe(view, candidate)
        alert = Alert(
            id=alert_id(rule.name, candidate.mmsi, _key(candidate, view), candidate.t_start_ms),
            rule=rule.name,
            rule_version=rule.version,
            mmsi=candidate.mmsi,
            name=_name(view, candidate),
            t_start_ms=candidate.t_start_ms,
            t_raised_ms=view.t_ms,
            t_end_ms=None,
            state="open",
            simulated=any(simulated(row.source) for row in details.evidence.inputs),
            **_details(details),
        )
        return alert.changed(view.t_ms, "open")

    def _overdue(self, rule: Rule, t_ms: int) -> list[Alert]:
        """Close what has not held for the rule's hold time."""
        closed = []
        for slot in sorted(s for s in self._open if s[0] == rule.name):
            known = self._open[slot]
            if t_ms - known.seen_ms > rule.hold_s * 1000:
                closed.append(known.alert.changed(t_ms, "close", state="closed", t_end_ms=known.seen_ms))
                del self._open[slot]
        return closed

    def state(self) -> np.ndarray:
        """Open alerts as one array of JSON bytes."""
        rows = [[list(slot), known.alert.to_dict(), known.phase, known.seen_ms] for slot, known in self._open.items()]
        return np.frombuffer(json.dumps(rows).encode(), np.uint8)

    def restore(self, state: np.ndarray) -> None:
        """Continue where :meth:`state` was taken."""
        self._open = {
            tuple(slot): _Open(alert_from_dict(alert), phase, seen_ms)
            for slot, alert, phase, seen_ms in json.loads(state.tobytes())
        }


def _key(candidate: Candidate, view: View) -> str:
    """Its key, told apart by hull where another sends the same MMSI."""
    return candidate.key + (view.suffix(candidate.row) if candidate.row >= 0 else "")


def _name(view: View, candidate: Candidate) -> str:
    return view.name(candidate.row) if candidate.row >= 0 else ""


def _degrees(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _details(details) -> dict:
    return {
        "severity": details.severity,
        "risk_to_life": round(float(details.risk_to_life), 3),
        "lon": _degrees(details.lon),
        "lat": _degrees(details.lat),
        "sentence": details.sentence,
        "evidence": details.evidence,
    }


def _updated(rule: Rule, candidate: Candidate, view: View, alert: Alert) -> Alert:
    details = _details(rule.describe(view, candidate))
    inputs = tuple(dict.fromkeys((*alert.evidence.inputs, *details["evidence"].inputs)))
    details["evidence"] = dataclasses.replace(details["evidence"], inputs=inputs)
    return alert.changed(view.t_ms, "update", name=_name(view, candidate), **details)


def alert_from_dict(values: dict) -> Alert:
    """Inverse of :meth:`surveil.alert.Alert.to_dict`."""
    evidence = values["evidence"]
    return Alert(
        **{
            **values,
            "evidence": Evidence(
                evidence["ground"],
                tuple(Compared(**c) for c in evidence["compared"]),
                tuple(InputRow(**i) for i in evidence["inputs"]),
                evidence["known_false_alarms"],
            ),
            "history": tuple(Change(**c) for c in values["history"]),
        }
    )
