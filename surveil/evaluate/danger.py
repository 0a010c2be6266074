"""Which small boat was in most danger, by the truth alone: what a list sorted by risk to life should begin with."""

from __future__ import annotations

import numpy as np

from surveil.evaluate.truth import STEP_MS, Subject, Truth
from surveil.kernels.geodesy import distance_m_array

SHIP_M = 50.0
"""Vessels that run a boat down unseen are at least so long (assumed)."""
ADRIFT_MS = 600_000
"""A boat that has drifted so long is adrift (assumed: longer than changing a fuel tank)."""


def most_endangered(truth: Truth) -> int | None:
    """The number of the boat in most danger of those that a sensor or AIS could have shown; None if there are none.

    Adrift comes before under way, and of equals the boat that a ship passed nearest (assumed: drifting in a lane is how
    boats are run down).
    """
    boats = [s for s in truth.boats if s.sensed_ms is not None]
    ships = [s for s in truth.subjects if not s.is_boat and s.length_m >= SHIP_M]
    ranked = [(not _drifts(boat), nearest_pass_m(boat, ships), boat.object) for boat in boats]
    return min(ranked)[2] if ranked else None


def _drifts(boat: Subject) -> bool:
    return int(boat.course.adrift.sum()) * STEP_MS >= ADRIFT_MS


def nearest_pass_m(boat: Subject, ships: list[Subject]) -> float:
    """How near any ship came while the boat was afloat, in metres; inf where none shared its time."""
    own = boat.course
    afloat = (own.t_ms >= boat.launched_ms) & (own.t_ms <= boat.ended_ms)
    nearest = np.inf
    for ship in ships:
        _, mine, hers = np.intersect1d(own.t_ms[afloat], ship.course.t_ms, assume_unique=True, return_indices=True)
        if len(mine):
            away_m = distance_m_array(
                own.lon[afloat][mine], own.lat[afloat][mine], ship.course.lon[hers], ship.course.lat[hers]
            )
            nearest = min(nearest, float(away_m.min()))
    return nearest
