"""What the wind does to a boat without an engine: leeway by class of object."""

from __future__ import annotations

from dataclasses import dataclass

KN_PER_CMS = 36 / 1852
"""Knots in a centimetre a second."""


@dataclass(frozen=True)
class Leeway:
    """How wind moves a drifting object, downwind and across: slopes in per cent of the wind at 10 m, offsets and
    standard deviations in cm/s."""

    down_percent: float
    down_cms: float
    down_sd_cms: float
    cross_percent: float
    cross_cms: float
    cross_sd_cms: float


REFUGEE_RAFT = Leeway(1.56, 8.3, 1.53, 0.078, 2.7, 1.52)
SKIFF = Leeway(3.15, 0.0, 2.2, 1.29, 0.0, 2.2)
SEA_KAYAK = Leeway(1.16, 11.12, 4.12, 0.41, 0.0, 4.39)
LIFE_RAFT = Leeway(3.7, 0.0, 12.0, 1.98, 0.0, 9.4)
"""Classes REFUGEE-RAFT-1, SKIFF-1, PERSON-POWERED-VESSEL-1 and LIFE-RAFT-NB-1 of Allen and Plourde 1999
(USCG CG-D-08-99), as OpenDrift lists them. None is of a crowded soft dinghy: the raft is the nearest."""
