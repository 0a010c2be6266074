"""What goes on at a spot, whoever takes part: what rules about several targets at one place share."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.kernels.geodesy import distance_m, distance_m_array
from surveil.rules.base import Candidate, last_input
from surveil.tracks.view import View


@dataclass
class Spot:
    """A place where a condition holds: of which slots, the first to be told being ``slots[0]``, and since when.

    ``key`` is the place where it began, since one target may take part at several.
    """

    lon: float
    lat: float
    key: str
    slots: list[int]
    since_ms: int
    seen_ms: int
    inputs: list[InputRow]

    @property
    def held_s(self) -> float:
        """How long the condition has held, to when it last did."""
        return (self.seen_ms - self.since_ms) / 1000.0


class Spots:
    """Spots that go on: what is found within ``near_m`` of one is the same, until it has not been for ``grace_s``."""

    def __init__(self, near_m: float, grace_s: float):
        self.near_m, self.grace_ms = near_m, int(grace_s * 1000)
        self.held: list[Spot] = []

    def update(self, view: View, found: list[tuple[float, float, list[int]]]) -> None:
        """Take in a tick: ``(lon, lat, rows)`` of each spot found, at which those rows of the view take part."""
        for lon, lat, rows in found:
            spot = next((s for s in self.held if distance_m(s.lon, s.lat, lon, lat) <= self.near_m), None)
            if spot is None:
                spot = Spot(lon, lat, f"{lat:.2f} {lon:.2f}", [], view.t_ms, view.t_ms, [])
                self.held.append(spot)
            spot.lon, spot.lat, spot.seen_ms = lon, lat, view.t_ms
            new = [row for row in rows if int(view.slots[row]) not in spot.slots]
            spot.slots += [int(view.slots[row]) for row in new]
            spot.inputs += [last_input(view, row) for row in new]
        self.held = [spot for spot in self.held if view.t_ms - spot.seen_ms <= self.grace_ms]

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        text = json.dumps([asdict(spot) for spot in self.held])
        return {"held": np.frombuffer(text.encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        held = json.loads(arrays["held"].tobytes())
        self.held = [Spot(**spot | {"inputs": [InputRow(**row) for row in spot["inputs"]]}) for spot in held]


class OfSpots:
    """What rules about spots share; stands before :class:`Rule` among the bases. An alert is about the first there."""

    spots: Spots

    def candidates(self, view: View) -> list[Candidate]:
        """One for each spot whose first target is still in the picture; worded anew when another joins."""
        return [self._candidate(view, row, spot) for row, spot in self._there(view)]

    def _there(self, view: View) -> list[tuple[int, Spot]]:
        if not self.spots.held or not len(view):
            return []
        rows = [row_of(view, spot.slots[0]) for spot in self.spots.held]
        return [(row, spot) for row, spot in zip(rows, self.spots.held, strict=True) if row >= 0]

    def _candidate(self, view: View, row: int, spot: Spot) -> Candidate:
        phase = str(len(spot.slots))
        return Candidate(row, int(view.mmsi[row]), spot.since_ms, spot.key, phase, almost=self.lacks(spot))

    def lacks(self, spot: Spot) -> Compared | None:
        """What a spot lacks of being told, or None."""
        return None

    def spot_of(self, view: View, candidate: Candidate) -> Spot:
        """The spot of a candidate of this tick."""
        wanted = candidate.row, candidate.key
        return next(spot for row, spot in self._there(view) if (row, spot.key) == wanted)


def row_of(view: View, slot: int) -> int:
    """The row of a slot in the view, -1 if it is not there."""
    row = int(np.searchsorted(view.slots, slot))
    return row if row < len(view) and view.slots[row] == slot else -1


def clusters(lon: np.ndarray, lat: np.ndarray, near_m: float) -> list[list[int]]:
    """Which of some places lie within a distance of the middle of those joined before them, in their order."""
    found: list[list[int]] = []
    for i in range(len(lon)):
        middles = [(float(np.mean(lon[c])), float(np.mean(lat[c]))) for c in found]
        away_m = [distance_m(*middle, float(lon[i]), float(lat[i])) for middle in middles]
        nearest = int(np.argmin(away_m)) if away_m else -1
        if nearest >= 0 and away_m[nearest] <= near_m:
            found[nearest].append(i)
        else:
            found.append([i])
    return found


def spread_m(lon: np.ndarray, lat: np.ndarray) -> float:
    """How far from their middle the furthest of some places is."""
    n = len(lon)
    return float(distance_m_array(np.full(n, lon.mean()), np.full(n, lat.mean()), lon, lat).max())
