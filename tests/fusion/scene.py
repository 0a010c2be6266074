"""Small seas for the tests of fusion: plots as a sensor would give them, without simulating one."""

from __future__ import annotations

import numpy as np

from surveil.config import FusionConfig
from surveil.fusion.clutter import Amplitudes, ClutterMap
from surveil.fusion.tracker import Scan, Tracker
from surveil.schema import Plots

SIDE_M, STEP_MS = 20_000.0, 3000
EVERYWHERE = np.ones_like


def sea() -> tuple[ClutterMap, Amplitudes]:
    return ClutterMap(0, 0, SIDE_M, SIDE_M), Amplitudes()


def scan(at_ms, xy, learned, sigma_m=20.0, strength_db=None, sight=lambda x, y: np.ones(len(x))) -> Scan:
    """Plots (m, 2) of one moment."""
    xy = np.asarray(xy, float).reshape(-1, 2)
    n = len(xy)
    strength = np.full(n, np.nan) if strength_db is None else np.broadcast_to(np.asarray(strength_db, float), n).copy()
    noise = np.tile([sigma_m**2, 0.0, sigma_m**2], (n, 1))
    rows = np.zeros(n, np.int16), np.arange(1, n + 1, dtype=np.int64)
    return Scan(
        at_ms, np.full(n, at_ms), xy[:, 0], xy[:, 1], noise, strength, strength, np.zeros(n), *rows, sight, *learned
    )


def sail(rng, starts, velocities, scans, pd=0.9, clutter=10, sigma_m=20.0, **config):
    """A tracker after targets (n, 2) of velocities (n, 2) m/s went on so long among clutter; the last places."""
    tracker, learned = Tracker(FusionConfig(**config)), sea()
    starts, velocities = np.asarray(starts, float), np.asarray(velocities, float)
    for k in range(scans):
        places = starts + velocities * k * STEP_MS / 1000
        seen = places[rng.random(len(places)) < pd]
        seen = seen + rng.normal(0, sigma_m, seen.shape)
        false = rng.uniform(0, SIDE_M, (rng.poisson(clutter), 2))
        tracker.push(scan(k * STEP_MS, np.vstack([seen, false]), learned, sigma_m))
    return tracker, places


def shown(tracker: Tracker) -> np.ndarray:
    """States (n, 4) of the tracks shown."""
    return tracker.tracks.state[tracker.tracks.shown]


def plots(t_ms, range_m, bearing_deg, sensor=0, snr_db=None, source=0) -> Plots:
    n = len(t_ms)
    return Plots.build(
        t_ms=t_ms, range_m=range_m, bearing_deg=bearing_deg, sensor=np.full(n, sensor), source=np.full(n, source),
        seq=np.arange(1, n + 1), **({} if snr_db is None else {"snr_db": np.broadcast_to(snr_db, n)}),
    )  # fmt: skip
