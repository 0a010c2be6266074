"""False plots of a coastal radar: noise everywhere, and sea and rain clutter in patches that come and go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from surveil.simulate.sensors.scene import CLUTTER, Weather
from surveil.simulate.waters import waters

if TYPE_CHECKING:
    from surveil.simulate.sensors.coastal import CoastalRadar

RING_M, SECTOR_DEG, LIFE_S = 500.0, 4.0, 30.0
"""Size of a patch and how long it lasts: assumed, a few long waves and several dwells."""
CLUTTER_SEEN = 0.3
"""Mean excess of a false plot over the threshold, as a share of it: assumed."""


def texture_pfa(pfa: float, clutter, texture) -> np.ndarray:
    """Probability of a false alarm in a cell whose clutter is ``texture`` times its mean.

    In the K-distribution the local power is gamma-distributed about its mean and, given it, the intensity is
    exponential (Ward, "Compound representation of high resolution sea clutter", Electronics Letters 17, 1981). A
    threshold set on the mean is then exceeded with pfa^((1 + c) / (1 + c texture)), where c is clutter over noise.
    """
    return pfa ** ((1 + clutter) / (1 + clutter * texture))


def false_plots(radar: CoastalRadar, weather: Weather, turns: np.ndarray, rng: np.random.Generator):
    """(object, turn, range, bearing, snr) of plots that no object gave."""
    rings = np.arange(radar.min_range_m, radar.max_range_m - RING_M, RING_M)
    sectors = np.arange(0, 360, SECTOR_DEG)
    middle = [v.ravel() for v in np.meshgrid(rings + RING_M / 2, sectors + SECTOR_DEG / 2, indexing="ij")]
    open_sea = radar.sees(*middle) & ~waters().on_land(*radar.lonlat(*middle))
    cells = open_sea.reshape(len(rings), -1) * (RING_M / radar.cell_m * SECTOR_DEG / radar.beam_deg)
    block = max(1, round(LIFE_S / radar.rotation_s))
    parts = [(np.empty(0, np.int64), np.empty(0), np.empty(0))]
    for first in range(0, len(turns), block):
        n_turns = min(block, len(turns) - first)
        sea, rain = (weather.at(name, turns[first]) for name in ("sea_state", "rain_mm_h"))
        clutter = radar.snr_per_m2(rings, rain) * radar.clutter_m2(rings + RING_M / 2, sea, rain)
        texture = rng.gamma(radar.clutter_shape, 1 / radar.clutter_shape, cells.shape)
        rate = cells * texture_pfa(radar.pfa, clutter[:, None], texture)
        ring, sector = np.divmod(np.repeat(np.arange(rate.size), rng.poisson(rate * n_turns).ravel()), len(sectors))
        turn = first + rng.integers(0, n_turns, len(ring))
        range_m, bearing_deg = (
            rings[ring] + rng.uniform(0, RING_M, len(ring)),
            sectors[sector] + rng.uniform(0, SECTOR_DEG, len(ring)),
        )
        parts.append((turn, range_m, bearing_deg))
    turn, range_m, bearing_deg = (np.concatenate(part) for part in zip(*parts, strict=True))
    snr = -math.log(radar.pfa) * (1 + CLUTTER_SEEN * rng.exponential(size=len(turn)))
    return np.full(len(turn), CLUTTER), turn, range_m, bearing_deg, snr
