"""The true world of a simulated span: every object with its motion, which sensors look at and truth is written from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from surveil.simulate.night import TruthEvent, generator
from surveil.simulate.scenario import Scenario
from surveil.simulate.vessels import Ship, Track


@dataclass(frozen=True)
class Body:
    """One object and what it did.

    Attributes
    ----------
    number : its key in all truth files.
    ship : who she says she is; ``mmsi`` 0 where she has none.
    track : true motion, on the grid of STEP_MS, from when she is there to when she is gone.
    boat_kind : of a small boat, else "".
    rcs_m2 : mean radar cross-section at X-band, broadside and head on alike.
    height_m : of what a radar sees, above the sea.
    adrift_from_ms : from then on she drifts; beyond the track's end if never.
    on_air : spans (UTC ms) of her AIS; empty if she carries none.
    simulated : False for a ship of a real recording.
    """

    number: int
    ship: Ship
    track: Track
    boat_kind: str = ""
    rcs_m2: float = math.nan
    height_m: float = 10.0
    persons: int = 0
    adrift_from_ms: int = 1 << 62
    on_air: tuple[tuple[int, int], ...] = ()
    simulated: bool = True
    events: tuple[TruthEvent, ...] = ()

    @property
    def adrift(self) -> np.ndarray:
        """Whether she drifts, bool, at each time of the track."""
        return self.track.t_ms >= self.adrift_from_ms


@dataclass(frozen=True)
class World:
    """A scenario played: ``bodies`` by number, so that ``bodies[i].number == i``."""

    scenario: Scenario
    bodies: tuple[Body, ...] = field(repr=False)

    def random(self, name: str) -> np.random.Generator:
        """The random stream of one object or sensor, by its name: others may come and go."""
        return generator(self.scenario.seed, name)

    def sea_state(self, t_ms: np.ndarray) -> np.ndarray:
        """Sea state at times, float64."""
        return self._over(self.scenario.weather.sea_state, t_ms)

    def rain_mm_h(self, t_ms: np.ndarray) -> np.ndarray:
        """Rain at times, mm/h."""
        return self._over(self.scenario.weather.rain_mm_h, t_ms)

    def visibility_nm(self, t_ms: np.ndarray) -> np.ndarray:
        """Visibility at times, nautical miles."""
        return self._over(self.scenario.weather.visibility_nm, t_ms)

    def _over(self, series, t_ms) -> np.ndarray:
        hours = (np.asarray(t_ms) - self.scenario.start_ms) / 3_600_000
        return np.array(series.values)[np.maximum(np.searchsorted(series.hours, hours, side="right") - 1, 0)]
