"""What rules about two targets share: since when a condition has held for a pair, and who is weak, dark or offshore."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.kernels.geodesy import bearing_deg, distance_m
from surveil.kernels.pairs import approach_of
from surveil.rules.base import Candidate, last_input
from surveil.rules.common import maybe_small
from surveil.tracks.view import View, once_a_tick


@dataclass(frozen=True)
class Meeting:
    """A pair that meets a condition, or did within the grace: rows of the view, and since when."""

    a: int
    b: int
    since_ms: int
    seen_ms: int
    inputs: tuple[InputRow, InputRow]

    @property
    def held_s(self) -> float:
        """How long the condition has held, to when it last did."""
        return (self.seen_ms - self.since_ms) / 1000.0


class PairEpisodes:
    """Since when a condition has held, a pair of slots; it ends once it has not held for ``grace_s``."""

    def __init__(self, grace_s: float):
        self.grace_ms = int(grace_s * 1000)
        self.held: dict[tuple[int, int], tuple[int, int, tuple[InputRow, InputRow]]] = {}

    def update(self, view: View, a: np.ndarray, b: np.ndarray) -> list[Meeting]:
        """Take in a tick at which the condition holds for rows ``a`` and ``b``; those in an episode, by slots."""
        for row_a, row_b in zip(a.tolist(), b.tolist(), strict=True):
            pair = int(view.slots[row_a]), int(view.slots[row_b])
            since_ms, seen_ms, inputs = self.held.get(pair, (view.t_ms, view.t_ms, None))
            if inputs is None or view.t_ms - seen_ms > self.grace_ms:
                since_ms, inputs = view.t_ms, (last_input(view, row_a), last_input(view, row_b))
            self.held[pair] = since_ms, view.t_ms, inputs
        self.held = {pair: h for pair, h in sorted(self.held.items()) if view.t_ms - h[1] <= self.grace_ms}
        if not self.held:
            return []
        slots = np.array(list(self.held))
        rows = np.minimum(np.searchsorted(view.slots, slots), len(view) - 1)
        there = (view.slots[rows] == slots).all(axis=1) if len(view) else np.zeros(len(slots), bool)
        return [
            Meeting(*pair, *held)
            for pair, held, both in zip(rows.tolist(), self.held.values(), there, strict=True)
            if both
        ]

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        rows = [
            (*pair, since, seen, *(n for row in inputs for n in (row.source, row.line, row.t_ms)))
            for pair, (since, seen, inputs) in self.held.items()
        ]
        return {"held": np.array(rows, np.int64).reshape(-1, 10)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.held = {(a, b): (since, seen, (InputRow(*rest[:3]), InputRow(*rest[3:])))
                     for a, b, since, seen, *rest in arrays["held"].tolist()}  # fmt: skip


class OfPairs:
    """What rules about two targets share; stands before :class:`Rule` among the bases.

    A meeting is told with the row that it is about and the other: as candidate, and found again to be described.
    """

    grace_s: ClassVar[float] = 300
    least_s_source: ClassVar[str] = "assumed"

    def __init__(self, params):
        super().__init__(params)
        self.meetings = PairEpisodes(self.grace_s)
        self._now: list[tuple[Meeting, int, int]] = []

    def candidates(self, view: View, now: list[tuple[Meeting, int, int]]) -> list[Candidate]:
        """One for each (meeting, row, other) of a tick; the other's number is the key."""
        self._now = now
        return [self._candidate(view, *each) for each in now]

    def _candidate(self, view: View, meeting: Meeting, row: int, other: int) -> Candidate:
        almost = None if meeting.held_s >= self.least_s(view, meeting) else self.held(view, meeting)
        return Candidate(row, int(view.mmsi[row]), meeting.since_ms, number(view, other), almost=almost)

    def least_s(self, view: View, meeting: Meeting) -> int:
        """How long a meeting must have held."""
        return self.params.min_s

    def held(self, view: View, meeting: Meeting) -> Compared:
        """How long it has held, beside that."""
        least_s = self.least_s(view, meeting)
        return Compared("time", round(meeting.held_s), ">=", least_s, "s", self.least_s_source)

    def meeting_of(self, view: View, candidate: Candidate) -> tuple[Meeting, int, int]:
        """The meeting of a candidate of this tick, its row and the other."""
        return next(
            each for each in self._now if each[1] == candidate.row and number(view, each[2]) == candidate.key
        )  # fmt: skip


@once_a_tick
def dark(view: View, min_p_dark: float) -> np.ndarray:
    """bool[n]: contacts that with such a probability are craft without AIS."""
    found = np.zeros(len(view), bool)
    if view.contacts is not None:
        rows, index = view.contact_rows()
        found[rows] = view.contacts.p_dark[index] >= min_p_dark
    return found


@once_a_tick
def small_with_ais(view: View) -> np.ndarray:
    """bool[n]: small craft by size or type, or of class B and unknown size."""
    return maybe_small(view) & view.craft


@once_a_tick
def offshore(view: View, port_m: float, coast_m: float) -> np.ndarray:
    """bool[n]: so far from ports and the coast; not where the geodata does not reach, which may be a harbour."""
    return (view.port_m >= port_m) & (view.coast_m >= coast_m)


def number(view: View, row: int) -> str:
    """How the other of a pair is told in an alert's key."""
    return f"{view.mmsi[row]}{view.suffix(row)}"


def now(view: View, a: int, b: int) -> tuple[float, float, float]:
    """Distance, CPA and TCPA (m, m, s) of two rows at the tick, if both keep course and speed."""
    at = view.table.at(view.slots[[a, b]], view.t_ms)
    apart_m = distance_m(at.lon[0], at.lat[0], at.lon[1], at.lat[1])
    bearing = math.radians(bearing_deg(at.lon[0], at.lat[0], at.lon[1], at.lat[1]))
    moves = at.east_ms[1] - at.east_ms[0], at.north_ms[1] - at.north_ms[0]
    return apart_m, *approach_of(apart_m * math.sin(bearing), apart_m * math.cos(bearing), *moves)


def two_inputs(view: View, meeting: Meeting) -> list[InputRow]:
    """The input rows at which it began, and the present ones."""
    return [*meeting.inputs, last_input(view, meeting.a), last_input(view, meeting.b)]
