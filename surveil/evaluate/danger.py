"""Which boat was in most danger, and when, by the truth alone: with it a list by risk to life should then begin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surveil.evaluate.truth import STEP_MS, Subject, Truth
from surveil.kernels.geodesy import distance_m_array

SHIP_M = 50.0
"""Vessels that run a boat down unseen are at least so long (assumed)."""
ADRIFT_MS = 600_000
"""A boat that has drifted so long is adrift (assumed: longer than changing a fuel tank)."""


class Danger(NamedTuple):
    """The number of a boat, and when it was in most danger."""

    object: int
    at_ms: int


def most_endangered(truth: Truth) -> Danger | None:
    """The boat in most danger of those that a sensor or AIS could have shown, and when; None if there are none.

    Adrift comes before under way, and of equals the boat that a ship passed nearest (assumed: drifting in a lane is how
    boats are run down), while it was adrift if it was; that is when. What happened before anything could show the boat
    counts for nothing.
    """
    boats = [s for s in truth.boats if s.sensed_ms is not None]
    ships = [s for s in truth.subjects if not s.is_boat and s.length_m >= SHIP_M]
    ranked = [(not _drifts(boat), *nearest_pass(boat, ships), boat.object) for boat in boats]
    if not ranked:
        return None
    _, _, at_ms, number = min(ranked)
    return Danger(number, at_ms)


def _drifts(boat: Subject) -> bool:
    return int((boat.course.adrift & _counts(boat)).sum()) * STEP_MS >= ADRIFT_MS


def _counts(boat: Subject) -> np.ndarray:
    """bool[n]: the rows of its course at which it was afloat and could be shown."""
    t_ms = boat.course.t_ms
    return (t_ms >= max(boat.launched_ms, boat.sensed_ms)) & (t_ms <= boat.ended_ms)


def nearest_pass(boat: Subject, ships: list[Subject]) -> tuple[float, int]:
    """How near any ship came while the boat was afloat and could be shown, and adrift if it ever was, in metres; when.

    (inf, when it ended) where no ship was there.
    """
    own = boat.course
    rows = np.flatnonzero(_counts(boat) & (own.adrift | (not _drifts(boat))))
    nearest = np.inf, boat.ended_ms
    for ship in ships:
        t_ms, mine, hers = np.intersect1d(own.t_ms[rows], ship.course.t_ms, assume_unique=True, return_indices=True)
        if len(mine):
            mine = rows[mine]
            away_m = distance_m_array(own.lon[mine], own.lat[mine], ship.course.lon[hers], ship.course.lat[hers])
            at = int(away_m.argmin())
            nearest = min(nearest, (float(away_m[at]), int(t_ms[at])))
    return nearest
