"""Which track is which AIS target: likelihoods gathered over time, one target a track, with hysteresis.

For every pair that comes near, the logarithm of how much likelier their places and velocities are if they are one craft
than if they passed by chance is gathered, forgetting with ``MEMORY_S``. Successive looks are not independent, as both
sides are filtered: a look counts for as much of ``INDEPENDENT_S`` as has gone by.

This is the sequential likelihood ratio for track-to-track association (Bar-Shalom and Chen 2005, "Multisensor
track-to-track association for tracks with dependent errors", J. Adv. Inf. Fusion 1(1)), with forgetting, so that a pair
that parts ways comes apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surveil.kernels import jipda
from surveil.kernels.assignment import assign

MEMORY_S = 180.0
INDEPENDENT_S = 20.0
"""Seconds after which errors are taken to be new (assumed: a few turns of a radar, two AIS intervals)."""
MOST, LEAST = 12.0, -12.0
"""Bounds of the evidence gathered, so that it can turn within minutes (assumed)."""
STEP_MOST, STEP_LEAST = 3.0, -3.0
"""Bounds of one look's (assumed: a jump of AIS must not undo an hour)."""
GATE2 = 36.0
"""Squared Mahalanobis distance within which a pair is looked at (assumed: 6 standard errors, as AIS has outliers)."""
JOIN, PART = 3.0, -1.0
"""Evidence, in nats, at which a pair is one craft (20 to 1) and below which it no longer is (assumed)."""
WORTH = 0.5
"""Evidence below which a pair that is not joined is forgotten (assumed): it says nothing that one unknown does not."""
OTHERS_PER_KM2 = 0.3
"""AIS targets that may be near by chance (assumed: a busy lane)."""
SPEED_MS = 8.0
"""Standard deviation by component of the velocities of targets that have nothing to do with each other (assumed)."""


@dataclass(frozen=True)
class Reported:
    """AIS targets at a time, on the plane: ``slot`` int64[m], places and velocities float64[m], how uncertain they are.

    ``sigma_m`` of each axis of the place, ``sigma_ms`` of each of the velocity, NaN velocities where not reported.
    ``heard_ms`` int64[m], the time of the fix that it is reckoned from; ``length_m`` NaN where not reported.
    """

    slot: np.ndarray
    x_m: np.ndarray
    y_m: np.ndarray
    vx: np.ndarray
    vy: np.ndarray
    sigma_m: np.ndarray
    sigma_ms: np.ndarray
    heard_ms: np.ndarray
    length_m: np.ndarray


class Association:
    """Evidence for pairs of a track's number and an AIS slot."""

    def __init__(self):
        self.number = np.empty(0, np.int64)
        self.slot = np.empty(0, np.int64)
        self.evidence = np.empty(0)
        self.joined = np.empty(0, bool)
        self._at_ms: int | None = None

    def step(self, t_ms: int, number: np.ndarray, state: np.ndarray, cov: np.ndarray, reported: Reported) -> None:
        """Take in how the tracks (``number`` int64[n] ascending, ``state``, ``cov``) and AIS lie at a time."""
        dt_s = INDEPENDENT_S if self._at_ms is None else (t_ms - self._at_ms) / 1000.0
        self._at_ms = t_ms
        track, target, step = _near(state, cov, reported)
        keys = _key(number[track], reported.slot[target])
        known = _key(self.number, self.slot)
        every = np.union1d(keys, known)
        gathered = np.zeros(len(every))
        at = np.searchsorted(every, known)
        gathered[at] = self.evidence * math.exp(-dt_s / MEMORY_S)
        weight = min(dt_s / INDEPENDENT_S, 1.0)
        now = np.full(len(every), STEP_LEAST)
        now[np.searchsorted(every, keys)] = step
        both = np.isin(every >> 32, number) & np.isin(every & 0xFFFFFFFF, reported.slot)
        gathered = np.clip(gathered + np.where(both, weight * now, 0.0), LEAST, MOST)
        joined = np.zeros(len(every), bool)
        joined[at] = self.joined
        self._keep(every, gathered, joined)
        self._assign()

    def _keep(self, every: np.ndarray, evidence: np.ndarray, joined: np.ndarray) -> None:
        worth = (evidence > WORTH) | joined
        self.number, self.slot = every[worth] >> 32, every[worth] & 0xFFFFFFFF
        self.evidence, self.joined = evidence[worth], joined[worth] & (evidence[worth] > PART)

    def _assign(self) -> None:
        """At most one target a track and one track a target, the most evidence in all; what is joined stays so unless
        another has more by ``JOIN``."""
        worth = np.where(self.joined, self.evidence + JOIN - PART, self.evidence)
        able = worth >= JOIN
        joined = np.zeros(len(worth), bool)
        rows = np.flatnonzero(able)
        if len(rows):
            tracks, row_of = np.unique(self.number[rows], return_inverse=True)
            slots, column_of = np.unique(self.slot[rows], return_inverse=True)
            cost = np.zeros((len(tracks), len(slots) + len(tracks)))
            cost[row_of, column_of] = -worth[rows]
            chosen = assign(cost)
            joined[rows] = chosen[row_of] == column_of
        self.joined = joined

    def of(self, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The AIS slot of each track, int64[n], -1 for none, and the evidence for its best pair, float64[n]."""
        slot, best = np.full(len(number), -1), np.full(len(number), LEAST)
        place = {int(n): i for i, n in enumerate(number)}
        for pair_number, pair_slot, evidence, joined in zip(
            self.number.tolist(), self.slot.tolist(), self.evidence.tolist(), self.joined.tolist(), strict=True
        ):
            i = place.get(pair_number)
            if i is not None:
                best[i] = max(best[i], evidence)
                if joined:
                    slot[i] = pair_slot
        return slot, best

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        at = np.array([-1 if self._at_ms is None else self._at_ms])
        return {name: getattr(self, name) for name in ("number", "slot", "evidence", "joined")} | {"at_ms": at}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        for name in ("number", "slot", "evidence", "joined"):
            setattr(self, name, arrays[name])
        self._at_ms = None if arrays["at_ms"][0] < 0 else int(arrays["at_ms"][0])


def _key(number: np.ndarray, slot: np.ndarray) -> np.ndarray:
    return (number.astype(np.int64) << 32) | slot.astype(np.int64)


def _near(state: np.ndarray, cov: np.ndarray, reported: Reported) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs in the gate: rows of both, and the evidence of one look."""
    order = np.argsort(reported.x_m, kind="stable")
    variance = reported.sigma_m[order] ** 2
    noise = np.stack([variance, np.zeros(len(order)), variance], axis=1)
    places = reported.x_m[order], reported.y_m[order], noise, np.zeros(len(order))
    first, target, likelihood = jipda.gate(state, cov, *places, GATE2)
    track = np.repeat(np.arange(len(state)), np.diff(first))
    target = order[target]
    place = np.log(np.maximum(likelihood, 1e-300) / (OTHERS_PER_KM2 * 1e-6))
    velocity = np.zeros(len(track))
    for axis, speed in ((2, reported.vx), (3, reported.vy)):
        both2 = cov[track, axis, axis] + reported.sigma_ms[target] ** 2
        apart2 = (state[track, axis] - speed[target]) ** 2
        chance2 = both2 + 2 * SPEED_MS**2
        ratio = 0.5 * (apart2 / chance2 - apart2 / both2 + np.log(chance2 / both2))
        velocity += np.where(np.isnan(ratio), 0.0, ratio)
    return track, target, np.clip(place + velocity, STEP_LEAST, STEP_MOST)
