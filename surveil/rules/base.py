"""What a rule is: parameters, a condition over the view, and words for what it found.

A rule says which targets meet its condition at a tick. It does not open or close alerts: the lifecycle does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from surveil.alert import Compared, Evidence, InputRow
from surveil.rules.examples import Example
from surveil.schema import MISSING_TIME, Positions, Safety
from surveil.tracks.view import View

NM_M = 1852.0
"""Metres in a nautical mile (BIPM)."""


@dataclass(frozen=True)
class Candidate:
    """A target that meets a rule's condition at this tick.

    ``row`` is its row in the view, -1 if it is not a target there (a device that sent no position); ``key``
    tells apart episodes of one target under one rule (an area, say); ``phase`` changes when the alert should be
    worded anew.
    """

    row: int
    mmsi: int
    t_start_ms: int
    key: str = ""
    phase: str = ""


@dataclass(frozen=True)
class Details:
    """The words and numbers of a candidate, asked for only when an alert opens or changes phase."""

    sentence: str
    severity: str
    risk_to_life: float
    lon: float
    lat: float
    evidence: Evidence


class Episodes:
    """Since when a condition has held, a slot: the state of most rules.

    An episode starts at the first tick at which the condition holds and ends once it has not held for
    ``grace_s``, or as soon as its ``key`` changes.
    """

    FIELDS: ClassVar[dict[str, tuple[str, Any]]] = {
        "since_ms": ("i8", MISSING_TIME),
        "seen_ms": ("i8", MISSING_TIME),
        "key": ("i4", -1),
        "source": ("i2", 0),
        "seq": ("i8", 0),
        "row_ms": ("i8", 0),
        "lon": ("f8", np.nan),
        "lat": ("f8", np.nan),
    }

    def __init__(self, grace_s: float):
        self.grace_ms = int(grace_s * 1000)
        for name, (dtype, initial) in self.FIELDS.items():
            setattr(self, name, np.full(0, initial, dtype))

    def reach(self, slots: np.ndarray) -> None:
        """Make room for slots not met before."""
        needed = int(slots.max(initial=-1)) + 1
        if needed > len(self.since_ms):
            for name, (dtype, initial) in self.FIELDS.items():
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.full(2 * needed - len(old), initial, dtype)]))

    def update(self, view: View, holds: np.ndarray, key: np.ndarray | int = 0) -> np.ndarray:
        """Take in a tick; returns bool[n], the rows of the view in an episode.

        Parameters
        ----------
        holds : bool[n]; key : int[n] or int, what the condition is about (an area's column, say)
        """
        slots, key = view.slots, np.broadcast_to(key, len(view))
        self.reach(slots)
        since = self.since_ms[slots]
        over = (since != MISSING_TIME) & (
            (view.t_ms - self.seen_ms[slots] > self.grace_ms) | (holds & (self.key[slots] != key))
        )
        self.since_ms[slots[over]] = MISSING_TIME
        begins = holds & (self.since_ms[slots] == MISSING_TIME)
        begun = slots[begins]
        self.since_ms[begun] = view.t_ms
        self.key[begun] = key[begins]
        self.source[begun], self.seq[begun] = view.source[begins], view.seq[begins]
        self.row_ms[begun], self.lon[begun], self.lat[begun] = (
            view.last_ms[begins], view.lon[begins], view.lat[begins],
        )  # fmt: skip
        self.seen_ms[slots[holds]] = view.t_ms
        return self.since_ms[slots] != MISSING_TIME

    def lasted_s(self, view: View) -> np.ndarray:
        """float64[n]: how long each row's episode has lasted; 0 outside one."""
        since = self.since_ms[view.slots]
        return np.where(since == MISSING_TIME, 0.0, (view.t_ms - np.maximum(since, 0)) / 1000.0)

    def first_input(self, slot: int) -> InputRow:
        """The input row at which the episode began."""
        return InputRow(int(self.source[slot]), int(self.seq[slot]), int(self.row_ms[slot]))

    def state(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in self.FIELDS}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        for name in self.FIELDS:
            setattr(self, name, arrays[name])


class Rule:
    """Base of all rules. A rule's module docstring states condition, known false alarms and source."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    Params: ClassVar[type]
    hold_s: ClassVar[int] = 600
    """An alert closes once its condition has not held for so long (assumed)."""
    known_false_alarms: ClassVar[str]

    def __init__(self, params):
        self.params = params

    def observe(self, positions: Positions, safety: Safety) -> None:
        """See the rows of a tick before it is evaluated; most rules need none."""

    def evaluate(self, view: View) -> list[Candidate]:
        """Targets that meet the condition at this tick, in order of slot."""
        raise NotImplementedError

    def describe(self, view: View, candidate: Candidate) -> Details:
        """Words and evidence for one of them."""
        raise NotImplementedError

    def episodes(self) -> dict[str, Episodes]:
        """The per-slot state of the rule, by name."""
        return {k: v for k, v in vars(self).items() if isinstance(v, Episodes)}

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        return {f"{k}/{n}": a for k, e in self.episodes().items() for n, a in e.state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        for name, episodes in self.episodes().items():
            episodes.restore({n: arrays[f"{name}/{n}"] for n in Episodes.FIELDS})

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Scenarios for the contract tests: one that fires, one near miss, one silent."""
        raise NotImplementedError

    def evidence(self, ground: str, compared: list[Compared], inputs: list[InputRow]) -> Evidence:
        """Evidence with this rule's known false alarms; the same input row is named once."""
        return Evidence(ground, tuple(compared), tuple(dict.fromkeys(inputs)), self.known_false_alarms)


def last_input(view: View, row: int) -> InputRow:
    """The input row that a target's present state comes from."""
    return InputRow(int(view.source[row]), int(view.seq[row]), int(view.last_ms[row]))


def nm(metres: float) -> str:
    """Distance as officers write it: tenths below 10 nm, whole miles above."""
    miles = metres / NM_M
    return f"{miles:.1f} nm" if miles < 10 else f"{miles:.0f} nm"


def off_port(view: View, row: int) -> str:
    """', 8 nm from Dover', or nothing where the geodata does not reach."""
    if np.isnan(view.port_m[row]):
        return ""
    return f", {nm(view.port_m[row])} from {view.areas.places[view.port[row]].name}"


def degrees(value: float) -> str:
    """A direction as officers write it: three figures, 000 to 359."""
    return f"{round(float(value)) % 360:03d}°"


def under_way(view: View, row: int) -> str:
    """'at 4.1 kn on 312°', with what is known of it."""
    speed = "" if np.isnan(view.sog_kn[row]) else f"at {view.sog_kn[row]:.1f} kn"
    course = "" if np.isnan(view.cog_deg[row]) else f"on {degrees(view.cog_deg[row])}"
    return " ".join(part for part in (speed, course) if part) or "at unknown speed"


def hhmm(t_ms: int) -> str:
    """UTC time of day, e.g. 02:41 UTC."""
    return dt.datetime.fromtimestamp(t_ms / 1000, dt.UTC).strftime("%H:%M UTC")


def minutes(seconds: float) -> str:
    """A duration in whole minutes."""
    return f"{seconds / 60:.0f} min"
