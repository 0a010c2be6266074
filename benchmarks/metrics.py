"""OSPA, GOSPA and SIAP of a picture against truth, by surveil and by Stone Soup where installed; equal figures checked.

Both get the same grid of positions in their own types; making those types is not timed.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime, timedelta

import numpy as np

CUTOFF_M, SWITCHING_M, NEAR_M = 300.0, 50.0, 120.0
EPOCH = datetime(2026, 1, 1)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--objects", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)


def run(options: argparse.Namespace) -> dict:
    from surveil.evaluate.metrics import associate, gospa, ospa, siap

    t_s, truth, tracks = picture(options.seed, options.times, options.objects, max(1, options.objects // 10))

    def ours() -> dict:
        found = associate(truth, tracks, threshold_m=NEAR_M, confirm=2)
        parts = gospa(truth, tracks, cutoff_m=CUTOFF_M, order=1.0, switching_m=SWITCHING_M)
        whole = siap(t_s, truth, tracks, found)
        return {
            "ospa_m": ospa(truth, tracks, cutoff_m=CUTOFF_M).mean(), "gospa_m": parts.distance_m.mean(),
            "completeness": whole.completeness, "position_m": whole.position_m,
        }  # fmt: skip

    ours()  # compiles
    figures, seconds = _timed(ours)
    print(f"surveil      {seconds * 1e3:10.1f} ms  {_words(figures)}")
    result = {"times": options.times, "objects": options.objects, "seconds": seconds, "ratio_stonesoup": None}
    try:
        import stonesoup  # noqa: F401
    except ImportError:
        print("Stone Soup is not installed: left out")
        return result
    paths = stone_soup_paths(t_s, truth, tracks)
    theirs, their_seconds = _timed(lambda: by_stone_soup(*paths))
    print(f"Stone Soup   {their_seconds * 1e3:10.1f} ms  {_words(theirs)}")
    equal = all(abs(figures[name] - theirs[name]) < 1e-6 for name in figures)
    print(f"ratio        {their_seconds / seconds:10.0f}     equal to 1e-6: {equal}")
    return result | {"ratio_stonesoup": their_seconds / seconds, "equal": equal}


def _timed(work) -> tuple[dict, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _words(figures: dict) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())


def picture(
    seed: int, times: int, objects: int, false: int, spread_m: float = 20_000, noise_m: float = 40
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """t_s, truth and tracks: straight courses, tracks beside them and false ones, two that swap midway."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(times) * 10.0
    truth = np.empty((times, objects, 4))
    speed = rng.normal(0, 6, (objects, 2))
    truth[..., :2] = rng.uniform(-spread_m, spread_m, (objects, 2)) + t_s[:, None, None] * speed
    truth[..., 2:] = speed
    tracks = np.concatenate([truth, rng.uniform(-spread_m, spread_m, (times, false, 4))], axis=1)
    tracks = tracks + rng.normal(0, noise_m, tracks.shape)
    tracks[times // 2 :, [0, 1]] = tracks[times // 2 :, [1, 0]]
    return t_s, truth, tracks


def stone_soup_paths(t_s, truth, tracks) -> tuple[list, list]:
    """The same picture as Stone Soup's truth paths and tracks."""
    from stonesoup.types.groundtruth import GroundTruthPath, GroundTruthState
    from stonesoup.types.state import State
    from stonesoup.types.track import Track

    def states(column, kind):
        rows = np.flatnonzero(~np.isnan(column[:, 0]))
        return [kind(column[i], timestamp=EPOCH + timedelta(seconds=t_s[i])) for i in rows]

    paths = [GroundTruthPath(states(truth[:, j], GroundTruthState)) for j in range(truth.shape[1])]
    return paths, [Track(states(tracks[:, n], State)) for n in range(tracks.shape[1])]


def by_stone_soup(
    paths: list, tracks: list, cutoff_m=CUTOFF_M, order=1, switching_m=SWITCHING_M, near_m=NEAR_M
) -> dict:
    """The same figures by Stone Soup."""
    from stonesoup.dataassociator.tracktotrack import TrackToTruth
    from stonesoup.measures import Euclidean
    from stonesoup.metricgenerator.manager import MultiManager
    from stonesoup.metricgenerator.ospametric import GOSPAMetric, OSPAMetric
    from stonesoup.metricgenerator.tracktotruthmetrics import SIAPMetrics

    place, speed = Euclidean((0, 1)), Euclidean((2, 3))
    manager = MultiManager(
        [
            OSPAMetric(c=cutoff_m, p=order, measure=place),
            GOSPAMetric(c=cutoff_m, p=order, switching_penalty=switching_m, measure=place),
            SIAPMetrics(position_measure=place, velocity_measure=speed),
        ],
        associator=TrackToTruth(association_threshold=near_m, consec_pairs_confirm=2, measure=place),
    )
    manager.add_data({"groundtruth_paths": paths, "tracks": tracks})
    found = manager.generate_metrics()
    gospa = found["gospa_generator"]["GOSPA Metrics"].value
    return {
        "ospa_m": np.mean([m.value for m in found["ospa_generator"]["OSPA distances"].value]),
        "gospa_m": np.mean([m.value["distance"] for m in gospa]),
        "completeness": found["siap_generator"]["SIAP Completeness"].value,
        "position_m": found["siap_generator"]["SIAP Position Accuracy"].value,
    }
