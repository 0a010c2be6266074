"""What slices found, put together in the order of time as if one engine had found it.

An alert belongs to the slice in whose own time it was raised. A later slice meets it again in its warm-up, under the
same rule, MMSI and key; what happened to it there after the edge is added to it.
"""

from __future__ import annotations

import dataclasses
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from surveil.alert import ENDED, Alert
from surveil.kernels.filter import PATH
from surveil.kernels.motion_state import MOTION
from surveil.kernels.paths import HULL
from surveil.kernels.tracks import RING, TRACK_DTYPES
from surveil.schema import Positions
from surveil.tracks.table import STATIC_DTYPES, Applied

Hull = tuple[int, int]
"""MMSI and the number of the hull under it."""
_CHANGES_STATE = ("reopen", "close", "retract", "unsilence", "acknowledge", "silence", "open")


@dataclass
class Edges:
    """What came of alerts that were open at edges between slices: ``same`` to the letter before and after, or merely
    ``met`` again; ``lost``: not met, and closed; ``unowned``: met by a later slice alone, and left out."""

    same: int = 0
    met: int = 0
    lost: int = 0
    unowned: int = 0


@dataclass
class Alerts:
    """Alerts of all slices so far."""

    edges: Edges = field(default_factory=Edges)
    _by_id: dict[str, Alert] = field(default_factory=dict)
    _latest: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def add(self, alerts: list[Alert], known: list[Alert], from_ms: int, first: bool) -> list[Alert]:
        """Take in a slice's own alerts and those that it knew at ``from_ms``; returns what is new or changed."""
        before = {alert.id: alert for alert in known}
        changed = [] if first else self._lost(known, from_ms)
        incidents: dict[str, str] = {}
        for then in known:
            ours = self._ours(then)
            if ours is not None:
                incidents.setdefault(then.incident, ours.incident)
                if not ours.ended or not then.ended:
                    self.edges.met += 1
                    self.edges.same += then == ours
        for alert in sorted(alerts, key=lambda a: (a.t_raised_ms, a.id)):
            then = before.get(alert.id)
            if then is None:
                alert = dataclasses.replace(alert, incident=incidents.get(alert.incident, alert.incident))
            elif (ours := self._ours(then)) is None:
                self.edges.unowned += 1
                continue
            else:
                alert = carried_on(ours, then, alert)
            self._by_id[alert.id] = alert
            self._latest[_slot(alert)] = alert.id
            changed.append(alert)
        return changed

    def _ours(self, then: Alert) -> Alert | None:
        """The alert that one of a warm-up stands for."""
        return self._by_id.get(then.id) or self._by_id.get(self._latest.get(_slot(then), ""))

    def _lost(self, known: list[Alert], from_ms: int) -> list[Alert]:
        """Alerts that were open and that the next slice knows nothing of: nobody would ever close them."""
        met = {_slot(alert) for alert in known}
        lost = [self._by_id[id] for slot, id in sorted(self._latest.items()) if slot not in met]
        closed = [a.changed(from_ms, "close", state="closed", t_end_ms=from_ms) for a in lost if not a.ended]
        self.edges.lost += len(closed)
        self._by_id |= {alert.id: alert for alert in closed}
        return closed


def _slot(alert: Alert) -> tuple[str, int, str]:
    return alert.rule, alert.mmsi, alert.key


def carried_on(ours: Alert, then: Alert, later: Alert) -> Alert:
    """Our alert after what happened to ``then``, the same one as a later slice knew it at its beginning."""
    if ours == then:
        return later
    steps = later.history[len(then.history) :]
    fields = {}
    events = {step.event for step in steps}
    if events & {*_CHANGES_STATE, "update"}:
        fields |= {name: getattr(later, name) for name in ("state", "t_end_ms", "until_ms")}
    if not events & {*_CHANGES_STATE} and ours.state not in ENDED:
        fields |= {name: getattr(ours, name) for name in ("state", "t_end_ms", "until_ms")}
    if "update" in events:
        inputs = dict.fromkeys((*ours.evidence.inputs, *later.evidence.inputs[len(then.evidence.inputs) :]))
        evidence = dataclasses.replace(later.evidence, inputs=tuple(inputs))
        worded = ("name", "severity", "risk_to_life", "lon", "lat", "sentence")
        fields |= {name: getattr(later, name) for name in worded} | {"evidence": evidence}
    if "assign" in events:
        fields["assigned"] = later.assigned
    history, sentence = list(ours.history), ours.sentence
    for step in steps:
        sentence = step.sentence if step.event == "update" else sentence
        history.append(dataclasses.replace(step, sentence=sentence))
    return dataclasses.replace(ours, history=tuple(history), **fields)


_APPLIED = tuple(each.name for each in dataclasses.fields(Applied))
_KEPT = ("mmsi", "ais_class", "first_ms", "last_ms", "hulls", *STATIC_DTYPES)
"""What of a target is kept to the end: who it is."""


@dataclass
class Targets:
    """Slots of all slices so far, by hull, in the order of first hearing; and their segments, counted through."""

    slots: dict[Hull, int] = field(default_factory=dict)
    jumps: Counter[int] = field(default_factory=Counter)
    _who: dict[Hull, list] = field(default_factory=dict)
    _segment: dict[int, int] = field(default_factory=dict)

    def add(self, began: dict, ended: dict, jumps: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
        """Take in the tracks of a slice, as state of its table at the beginning and the end.

        Returns int32[n] each, by slot of its own: our slot, and how many segments there were before its first.
        """
        hulls = list(zip(ended["mmsi"].tolist(), ended["hulls"]["number"].tolist(), strict=True))
        columns = [ended[name] for name in _KEPT]
        for at, hull in enumerate(hulls):
            self.slots.setdefault(hull, len(self.slots))
            self._who[hull] = [column[at].copy() for column in columns]
        ours = np.array([self.slots[hull] for hull in hulls], np.int32)
        self.jumps.update({int(ours[slot]): n for slot, n in jumps})
        return ours, self._segments_before(ours, began, ended)

    def _segments_before(self, ours: np.ndarray, began: dict, ended: dict) -> np.ndarray:
        before = np.zeros(len(ours), np.int32)
        for slot, our in enumerate(ours.tolist()):
            heard_before = slot < len(began["reports"]) and began["reports"][slot] > 0
            if our in self._segment:
                before[slot] = self._segment[our] - (began["segment"][slot] if heard_before else -1)
            if ended["reports"][slot] > 0:
                self._segment[our] = int(ended["segment"][slot] + before[slot])
        return before

    def state(self) -> dict[str, np.ndarray]:
        """Of one track table that has all of them, where nobody is."""
        n = len(self.slots)
        rings = {name: (n, RING) for name in TRACK_DTYPES if name.startswith("ring_") and name != "ring_n"}
        state = {name: np.zeros(rings.get(name, n), dtype) for name, dtype in TRACK_DTYPES.items()}
        state |= {"paths": np.zeros((n, 2), PATH), "hulls": np.zeros(n, HULL), "motion": np.zeros(n, MOTION)}
        state |= {name: np.zeros(n, dtype) for name, dtype in STATIC_DTYPES.items()}
        for slot, hull in enumerate(self.slots):
            for name, value in zip(_KEPT, self._who[hull], strict=True):
                state[name][slot] = value
        state["jumps"][list(self.jumps)] = list(self.jumps.values())
        return state


def rows_of(packed: bytes) -> Iterator[tuple[Positions, Applied]]:
    """Rows that moved targets, as a slice packed them, in its own slots and segments."""
    if not packed:
        return
    with pa.ipc.open_file(io.BytesIO(packed)) as file:
        for i in range(file.num_record_batches):
            batch = file.get_batch(i)
            columns = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}
            applied = Applied(**{name: columns.pop(f"applied/{name}") for name in _APPLIED})
            yield Positions(**columns), applied
