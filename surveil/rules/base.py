"""What a rule is: parameters, a condition over the view, and words for what it found.

A rule says which targets meet its condition at a tick. It does not open or close alerts: the lifecycle does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from surveil.alert import Compared, Evidence, InputRow
from surveil.areas import Areas
from surveil.kernels.episodes import step
from surveil.kernels.geodesy import bearing_deg_array
from surveil.rules.examples import Example
from surveil.schema import MISSING_TIME, Positions, Safety
from surveil.tracks.events import TrackEvent
from surveil.tracks.view import PORT_KINDS, View
from surveil.words import Words

NM_M = 1852.0
"""Metres in a nautical mile (BIPM)."""
NAMED_KINDS = (*PORT_KINDS, "headland")
"""Places that a position is given from: ports and headlands, which every chart of the strait names."""


@dataclass(frozen=True)
class Candidate:
    """A target that meets a rule's condition at this tick.

    ``row`` is its row in the view, -1 if it is not a target there (a device that sent no position); ``key``
    tells apart episodes of one target under one rule (an area, say); ``phase`` changes when the alert should be
    worded anew. ``retract``, if not empty, says why its alert was wrong (late data explains it, say): the alert, if
    there is one, is retracted. ``almost``, if given, is what it lacks: no alert, but what almost fired is told with
    the alerts of other rules about the same target.
    """

    row: int
    mmsi: int
    t_start_ms: int
    key: str = ""
    phase: str = ""
    retract: str = ""
    almost: Compared | None = None


@dataclass(frozen=True)
class Details:
    """The words and numbers of a candidate, asked for only when an alert opens or changes phase.

    Texts here and in the evidence are :class:`surveil.words.Words` where they have values in them, else plain English
    that the catalogues may translate.
    """

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
        self._bind()

    def _bind(self) -> None:
        self._columns = tuple(getattr(self, name) for name in Episodes.FIELDS)
        self._open = True  # whether any slot may be in an episode

    def reach(self, slots: np.ndarray) -> None:
        """Make room for slots not met before."""
        needed = int(slots.max(initial=-1)) + 1
        if needed > len(self.since_ms):
            for name, (dtype, initial) in self.FIELDS.items():
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.full(2 * needed - len(old), initial, dtype)]))
            self._bind()

    def update(self, view: View, holds: np.ndarray, key: np.ndarray | int = 0) -> np.ndarray:
        """Take in a tick; returns bool[n], the rows of the view in an episode.

        Parameters
        ----------
        holds : bool[n]; key : int[n] or int, what the condition is about (an area's column, say)
        """
        if len(self.since_ms) < view.table.n:
            self.reach(view.slots)
        if not self._open and not holds.any():
            return np.zeros(len(view), bool)
        rows = (view.source, view.seq, view.last_ms, view.lon, view.lat)
        about = np.atleast_1d(np.asarray(key, np.int64))
        going = step(view.t_ms, self.grace_ms, view.slots, holds, about, *rows, *self._columns)
        self._open = bool((self.since_ms != MISSING_TIME).any())
        return going

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
        self._bind()


class Rule:
    """Base of all rules. A rule's module docstring states condition, known false alarms and source."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    Params: ClassVar[type]
    hold_s: ClassVar[int] = 600
    """An alert closes once its condition has not held for so long (assumed)."""
    known_false_alarms: ClassVar[str]
    of_facts: ClassVar[tuple[str, ...]] = ()
    """Settings that say how long it keeps rows and events told, asked or not: see :mod:`surveil.scale.plan`."""

    def __init__(self, params):
        self.params = params

    def observe(self, positions: Positions, safety: Safety) -> None:
        """See the rows of a tick before it is evaluated; most rules need none."""

    def happened(self, events: list[TrackEvent]) -> None:
        """Be told what happened to tracks by the rows of a tick, before it is evaluated; most rules need not know."""

    def late(self, positions: Positions) -> None:
        """See positions that came too late for the track table, at the first tick after; they may explain an alert."""

    def evaluate(self, view: View) -> list[Candidate]:
        """Targets that meet the condition at this tick, in order of slot."""
        raise NotImplementedError

    def almost(self, view: View) -> list[Candidate]:
        """Targets that lack something of the condition, after :meth:`evaluate` of the same tick.

        Asked for only when some alert is worded; a rule may give them with `evaluate` instead.
        """
        return []

    def describe(self, view: View, candidate: Candidate) -> Details:
        """Words and evidence for one of them."""
        raise NotImplementedError

    def parts(self) -> dict[str, Any]:
        """What of the rule has a state of its own, such as :class:`Episodes`, by name."""
        return {k: v for k, v in vars(self).items() if hasattr(v, "state") and hasattr(v, "restore")}

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        return {f"{k}/{n}": a for k, part in self.parts().items() for n, a in part.state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        for name, part in self.parts().items():
            part.restore({k.partition("/")[2]: a for k, a in arrays.items() if k.startswith(f"{name}/")})

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Scenarios for the contract tests: one that fires, one near miss, one silent."""
        raise NotImplementedError

    def evidence(self, ground: str, compared: list[Compared], inputs: list[InputRow]) -> Evidence:
        """Evidence with this rule's known false alarms; the same input row is named once."""
        return Evidence(ground, tuple(compared), tuple(dict.fromkeys(inputs)), self.known_false_alarms)


def last_input(view: View, row: int) -> InputRow:
    """The input row that a target's present state comes from."""
    if view.is_contact[row]:
        contacts = view.contacts
        i = int(np.searchsorted(contacts.number, -view.mmsi[row]))
        return InputRow(int(contacts.source[i]), int(contacts.seq[i]), int(contacts.seen_ms[i]))
    return InputRow(int(view.source[row]), int(view.seq[row]), int(view.last_ms[row]))


def nm(metres: float) -> Words:
    """Distance as officers write it: tenths below 10 nm, whole miles above."""
    miles = float(metres) / NM_M
    return Words("{miles:.1f} nm", miles=miles) if miles < 10 else Words("{miles:.0f} nm", miles=miles)


def off_place(areas: Areas, lon: float, lat: float) -> Words | str:
    """', 4.2 nm 315° from Cap Gris-Nez', the nearest port or headland; nothing where the geodata does not reach."""
    if np.isnan(lon) or not areas.covers(lon, lat)[0]:
        return ""
    index, away_m = areas.nearest(NAMED_KINDS, lon, lat)
    place = areas.places[index[0]]
    bearing_deg = bearing_deg_array(*(np.array([float(d)]) for d in (place.lon, place.lat, lon, lat)))[0]
    return Words(", {away} {bearing:03d}° from {place}", away=nm(away_m[0]), bearing=_whole_deg(bearing_deg),
                 place=place.name)  # fmt: skip


def _whole_deg(value: float) -> int:
    """A direction as officers write it, 0 to 359."""
    return round(float(value)) % 360


def direction(value: float) -> Words:
    """A direction in three figures, 000° to 359°."""
    return Words("{direction:03d}°", direction=_whole_deg(value))


def under_way(view: View, row: int) -> Words:
    """'at 4.1 kn on 312°', with what is known of it."""
    sog_kn, cog_deg = float(view.sog_kn[row]), float(view.cog_deg[row])
    if np.isnan(sog_kn):
        return Words("at unknown speed") if np.isnan(cog_deg) else Words("on {course}", course=direction(cog_deg))
    if np.isnan(cog_deg):
        return Words("at {speed:.1f} kn", speed=sog_kn)
    return Words("at {speed:.1f} kn on {course}", speed=sog_kn, course=direction(cog_deg))


def by_kind(view: View, row: int) -> Words:
    """The ground of an alert about how a target of its kind moves."""
    return Words("Kinematics and kind: {ground:name}", ground=view.ground(row))


def behind(beaches: list[str]) -> Words | str:
    """Where it may have come from."""
    return Words("; beaches behind it: {beaches}", beaches=tuple(beaches)) if beaches else ""


def between(low: float, high: float) -> Words:
    """The threshold of a value that must lie between two."""
    return Words("{low:g} and {high:g}", low=float(low), high=float(high))
