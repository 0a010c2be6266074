"""The life of an alert: opened, updated, closed, resumed, retracted. Rules say what holds; this remembers what was.

What people did comes in as :class:`surveil.alerts.acts.Act`, in event time, between two ticks.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from surveil.alert import SEVERITIES, Alert, Almost, alert_id
from surveil.alerts.acts import Act, acted, closed_by_hand, resting_state
from surveil.alerts.incidents import Incidents
from surveil.alerts.lists import KeptBack, Lists
from surveil.config import AlertsConfig
from surveil.rules.base import Candidate, Details, Rule
from surveil.tracks.view import View
from surveil.words import Words


@dataclass
class _Known:
    """An alert, open or ended lately, and what its rule last said."""

    alert: Alert
    phase: str
    seen_ms: int


ALMOST = 0.5
"""Share of a threshold from which on a rule almost fired (assumed)."""
Slot = tuple[int, str]
"""MMSI and key: what a rule tells episodes apart by."""


class Lifecycle:
    """Alerts by rule, MMSI and key. A target is not alerted twice for one episode.

    An alert that ended is remembered for ``again_s``, or as long as it is silenced: if its condition holds again by
    then, it goes on instead of a new one. ``hull(mmsi)`` is the first MMSI known of a hull. ``assess(details, view,
    row)`` adds what more is known of the risk to life.
    """

    def __init__(
        self,
        config: AlertsConfig | None = None,
        lists: Lists | None = None,
        hull: Callable[[int], int] | None = None,
        assess: Callable[[Details, View, int], Details] | None = None,
    ):
        self.config, self.lists = config or AlertsConfig(), lists or Lists()
        self.assess = assess or (lambda details, view, row: details)
        self.hull = hull or (lambda mmsi: mmsi)
        self.incidents = Incidents(self.config)
        self._almost: Callable[[], dict[int, list[Almost]]] = dict
        self._known: dict[str, dict[Slot, _Known]] = {}
        self._kept_back: dict[tuple[str, str, int], KeptBack] = {}
        self._back_ms: dict[tuple[str, int, str], int] = {}

    def __len__(self) -> int:
        """Number of alerts that have not ended."""
        return sum(1 for _, known in self._each() if not known.alert.ended)

    @property
    def kept_back(self) -> list[KeptBack]:
        """Episodes that the lists kept back."""
        return [self._kept_back[key] for key in sorted(self._kept_back)]

    def tick(
        self,
        rule: Rule,
        candidates: list[Candidate],
        view: View,
        simulated: Callable[[int], bool],
        almost: Callable[[], dict[int, list[Almost]]] = dict,
    ) -> list[Alert]:
        """Alerts of one rule that changed at this tick, by MMSI and key.

        ``simulated(source)`` says whether a source index is simulated; ``almost()`` is by MMSI what rules lack,
        asked for only when an alert is worded.
        """
        if not (candidates or self._known.get(rule.name) or self._back_ms):
            return []  # as for most rules at most ticks
        self._almost = almost
        changed = []
        asked = [(c.mmsi, _key(c, view), c) for c in candidates if c.almost is None]
        for mmsi, key, candidate in sorted(asked, key=lambda each: each[:2]):
            known = self._of(rule.name).get((mmsi, key))
            if candidate.retract:
                changed += self._retracted(known, candidate, view.t_ms)
            elif known is None or self._is_new(known, rule, candidate, view):
                changed += self._open(rule, candidate, view, simulated)
            else:
                changed += self._goes_on(rule, candidate, view, known)
        changed += self._overdue(rule, view.t_ms)
        for alert in changed:
            self.incidents.touch(alert, view.t_ms)
        return changed

    def act(self, act: Act) -> Alert | None:
        """The alert after a person's act upon it; None if it is not remembered."""
        known = next((known for _, known in self._each() if known.alert.id == act.alert_id), None)
        known = known or self._of(act.rule).get((act.mmsi, act.key))
        if known is None or (known.alert.ended and not self._remembered(known, act.t_ms)):
            return None
        known.alert = acted(known.alert, act)
        return known.alert

    def _of(self, rule: str) -> dict[Slot, _Known]:
        return self._known.setdefault(rule, {})

    def _each(self) -> Iterator[tuple[str, _Known]]:
        return ((rule, known) for rule, slots in self._known.items() for known in slots.values())

    def _is_new(self, known: _Known, rule: Rule, candidate: Candidate, view: View) -> bool:
        """Whether a candidate is another episode than the alert in its slot, which has ended."""
        if not known.alert.ended or known.alert.id == _id(rule, candidate, view):
            return False
        return known.alert.state == "retracted" or not self._remembered(known, view.t_ms)

    def _remembered(self, known: _Known, t_ms: int) -> bool:
        return t_ms <= max(known.seen_ms + self.config.again_s * 1000, known.alert.until_ms or 0)

    def _open(self, rule: Rule, candidate: Candidate, view: View, simulated) -> list[Alert]:
        if self._keep_back(rule.name, candidate, view):
            return []
        details = self._described(rule, candidate, view)
        alert = Alert(
            id=_id(rule, candidate, view),
            rule=rule.name,
            rule_version=rule.version,
            mmsi=candidate.mmsi,
            key=_key(candidate, view),
            name=_name(view, candidate),
            t_start_ms=candidate.t_start_ms,
            t_raised_ms=view.t_ms,
            t_end_ms=None,
            state="open",
            simulated=any(simulated(row.source) for row in details.evidence.inputs),
            **_details(details),
        )
        active = [known.alert.incident for _, known in self._each() if not known.alert.ended]
        incident = self.incidents.join(alert, self.hull(candidate.mmsi), view.t_ms, active)
        alert = dataclasses.replace(alert, incident=incident)
        alert = alert.changed(view.t_ms, "open", compared=details.evidence.compared)
        self._of(rule.name)[alert.mmsi, alert.key] = _Known(alert, candidate.phase, view.t_ms)
        return [alert]

    def _described(self, rule: Rule, candidate: Candidate, view: View) -> Details:
        """What the rule says of it, with what other rules almost say."""
        details = self.assess(rule.describe(view, candidate), view, candidate.row)
        almost = tuple(each for each in self._almost().get(candidate.mmsi, ()) if each.rule != rule.name)
        evidence = dataclasses.replace(details.evidence, almost=almost)
        return dataclasses.replace(details, evidence=evidence)

    def _keep_back(self, rule: str, candidate: Candidate, view: View) -> bool:
        """Whether the lists keep a candidate back; each episode is counted once."""
        entry = self.lists.keeps_back(rule, candidate, view)
        if entry is None:
            return False
        episode = (rule, candidate.mmsi, _key(candidate, view))
        if view.t_ms - self._back_ms.get(episode, view.t_ms - 10**12) > self.config.again_s * 1000:
            new = KeptBack(entry, rule, candidate.mmsi)
            self._kept_back.setdefault((entry, rule, candidate.mmsi), new).episodes += 1
        self._back_ms[episode] = view.t_ms
        return True

    def _goes_on(self, rule: Rule, candidate: Candidate, view: View, known: _Known) -> list[Alert]:
        """What an alert becomes whose condition holds at this tick."""
        t_ms, changed = view.t_ms, []
        known.seen_ms = t_ms
        if known.alert.ended and not closed_by_hand(known.alert):
            why = Words("it holds again, within {minutes:.0f} min", minutes=self.config.again_s / 60)
            back = {"t_end_ms": None, **resting_state(known.alert, t_ms)}
            changed.append(known.alert.changed(t_ms, "reopen", why=why, **back))
            known.alert = changed[-1]
        if known.phase != candidate.phase:
            details = self._described(rule, candidate, view)
            known.alert = _updated(details, view.t_ms, _name(view, candidate), known.alert)
            known.phase = candidate.phase
            changed.append(known.alert)
        return changed

    def _retracted(self, known: _Known | None, candidate: Candidate, t_ms: int) -> list[Alert]:
        if known is None or known.alert.state == "retracted":
            return []
        fields = {"state": "retracted", "t_end_ms": known.alert.t_end_ms or known.seen_ms}
        known.alert = known.alert.changed(t_ms, "retract", why=candidate.retract, **fields)
        return [known.alert]

    def _overdue(self, rule: Rule, t_ms: int) -> list[Alert]:
        """Close what has not held for the rule's hold time, end silences that are over, forget what is long past."""
        changed, slots = [], self._of(rule.name)
        for slot in sorted(slot for slot, known in slots.items() if self._is_due(known, rule, t_ms)):
            known = slots[slot]
            if known.alert.ended:
                if not self._remembered(known, t_ms):
                    del slots[slot]
            elif t_ms - known.seen_ms > rule.hold_s * 1000:
                known.alert = known.alert.changed(t_ms, "close", state="closed", t_end_ms=known.seen_ms)
                changed.append(known.alert)
            elif known.alert.state == "silenced" and t_ms >= known.alert.until_ms:
                known.alert = known.alert.changed(t_ms, "unsilence", state="open", until_ms=None)
                changed.append(known.alert)
        over_ms = t_ms - self.config.again_s * 1000
        if self._back_ms:
            self._back_ms = {k: seen for k, seen in self._back_ms.items() if k[0] != rule.name or seen >= over_ms}
        return changed

    def _is_due(self, known: _Known, rule: Rule, t_ms: int) -> bool:
        """Whether time alone may change an alert."""
        return t_ms - known.seen_ms > rule.hold_s * 1000 or known.alert.ended or known.alert.state == "silenced"

    def state(self) -> np.ndarray:
        """Everything :meth:`restore` needs, as one array of JSON bytes."""
        state = {
            "known": [
                [rule, known.alert.to_dict(), known.phase, known.seen_ms]
                for rule in sorted(self._known)
                for _, known in sorted(self._known[rule].items())
            ],
            "kept_back": [each.to_dict() for each in self.kept_back],
            "back_ms": [[*episode, seen_ms] for episode, seen_ms in sorted(self._back_ms.items())],
            "incidents": self.incidents.state(),
        }
        return np.frombuffer(json.dumps(state).encode(), np.uint8)

    def restore(self, array: np.ndarray) -> None:
        """Continue where :meth:`state` was taken."""
        state = json.loads(array.tobytes())
        self._known = {}
        for rule, values, phase, seen_ms in state["known"]:
            alert = Alert.from_dict(values)
            self._of(rule)[alert.mmsi, alert.key] = _Known(alert, phase, seen_ms)
        kept = [KeptBack(**each) for each in state["kept_back"]]
        self._kept_back = {(each.entry, each.rule, each.mmsi): each for each in kept}
        self._back_ms = {(rule, mmsi, key): seen_ms for rule, mmsi, key, seen_ms in state["back_ms"]}
        self.incidents.restore(state["incidents"])


def almost_said(said: list[tuple[Rule, list[Candidate]]]) -> dict[int, list[Almost]]:
    """By MMSI, what rules lack of firing at a tick, if they have at least a share of what they ask for."""
    almost: dict[int, list[Almost]] = {}
    for rule, candidates in said:
        for c in candidates:
            if c.almost is not None and c.almost.value >= ALMOST * c.almost.threshold:
                almost.setdefault(c.mmsi, []).append(Almost(rule.name, c.t_start_ms, c.almost))
    return almost


def _id(rule: Rule, candidate: Candidate, view: View) -> str:
    return alert_id(rule.name, candidate.mmsi, _key(candidate, view), candidate.t_start_ms)


def _key(candidate: Candidate, view: View) -> str:
    """Its key, told apart by hull where another sends the same MMSI."""
    return candidate.key + (view.suffix(candidate.row) if candidate.row >= 0 else "")


def _name(view: View, candidate: Candidate) -> str:
    return view.name(candidate.row) if candidate.row >= 0 else ""


def _degrees(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _details(details: Details) -> dict:
    return {
        "severity": details.severity,
        "risk_to_life": round(float(details.risk_to_life), 3),
        "lon": _degrees(details.lon),
        "lat": _degrees(details.lat),
        "sentence": details.sentence,
        "evidence": details.evidence,
    }


def _updated(said: Details, t_ms: int, name: str, alert: Alert) -> Alert:
    """Worded anew; one acknowledged or silenced comes back only when it is more severe than it was."""
    details = _details(said)
    compared = details["evidence"].compared
    inputs = tuple(dict.fromkeys((*alert.evidence.inputs, *details["evidence"].inputs)))
    details["evidence"] = dataclasses.replace(details["evidence"], inputs=inputs)
    fields, why = {"name": name, **details}, ""
    worse = SEVERITIES.index(details["severity"]) < SEVERITIES.index(alert.severity)
    if worse and alert.state in ("acknowledged", "silenced"):
        fields |= {"state": "open", "until_ms": None}
        why = Words("severity rose from {before:name} to {now:name}", before=alert.severity, now=details["severity"])
    return alert.changed(t_ms, "update", why=why, compared=compared, **fields)
