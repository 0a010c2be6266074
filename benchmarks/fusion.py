"""Plots of many targets and clutter to tracks, by this tracker and by Stone Soup, on the same simulated plots.

Targets move with nearly constant velocity over a square, each gives a plot with PD, and clutter is even over the
square. All trackers are told the true motion model, noise and mean clutter. Stone Soup's have its usual parts: an
initiator of three plots, and an associator by nearest neighbour in a k-d tree, or JPDA with efficient hypothesis
management where its plug-in is installed. Making the plots is not timed; scans a second are by processor time, of one
thread, so that what else runs on the machine does not count. GOSPA (order 2, cut-off 300 m) and SIAP of all are by
surveil's metrics and, for the smallest crowd, by Stone Soup's as well.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks._plots import Judgement, Task, installed, ours, stone_soup

SIDE_M, STEP_S, PD, SIGMA_M, ACCEL, SPEED_MS = 40_000.0, 3.0, 0.9, 30.0, 0.02, 6.0
"""A square of the strait, a radar's rotation, the noise of a plot, m2/s3 of white acceleration, speed by component."""
CROWDS = ((100, 50), (300, 150), (1000, 1000))
"""Targets, and plots of clutter a scan."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scans", type=int, default=40, help="of this tracker and of Stone Soup's nearest neighbour")
    parser.add_argument("--jpda-scans", type=int, default=15, help="of Stone Soup's JPDA, compared over so many")
    parser.add_argument("--largest", type=int, default=300, help="most targets that Stone Soup is given")
    parser.add_argument("--seed", type=int, default=1)


def run(options: argparse.Namespace) -> dict:
    ours(scene(options.seed, 20, 10, 3)[0])  # compiles
    peers = installed("stonesoup"), installed("pyehm")
    results = {str(targets): _race(options, peers, targets, clutter) for targets, clutter in CROWDS}
    rows = results["300"]
    return {
        "scans_per_s_300": rows["surveil"]["scans_per_s"], "ratio_stonesoup_300": _speed_ratio(rows),
        "gospa_ratio_300": _gospa_ratio(rows), "scans_per_s_1000": results["1000"]["surveil"]["scans_per_s"],
        "by_crowd": results,
    }  # fmt: skip


def scene(seed: int, targets: int, clutter: int, scans: int) -> tuple[Task, np.ndarray]:
    """Targets of nearly constant velocity, seen with PD, and evenly spread clutter; the truth (scans, targets, 4)."""
    rng = np.random.default_rng(seed)
    spread = np.array([[STEP_S**3 / 3, STEP_S**2 / 2], [STEP_S**2 / 2, STEP_S]])
    root = np.linalg.cholesky(ACCEL * spread).T
    state = np.hstack([rng.uniform(0, SIDE_M, (targets, 2)), rng.normal(0, SPEED_MS, (targets, 2))])
    truth, plots = np.empty((scans, targets, 4)), []
    for k in range(scans):
        truth[k] = state
        seen = state[rng.random(targets) < PD, :2]
        seen = seen + rng.normal(0, SIGMA_M, seen.shape)
        plots.append(np.vstack([seen, rng.uniform(0, SIDE_M, (rng.poisson(clutter), 2))]))
        push = rng.normal(0, 1, (targets, 2, 2)) @ root
        state = np.hstack([state[:, :2] + STEP_S * state[:, 2:] + push[..., 0], state[:, 2:] + push[..., 1]])
    t_s = np.arange(scans) * STEP_S
    return Task(t_s, plots, 0.0, 0.0, SIDE_M, SIGMA_M, PD, ACCEL, SPEED_MS, clutter), truth


def _race(options: argparse.Namespace, peers: tuple[bool, bool], targets: int, clutter: int) -> dict[str, dict]:
    task, truth = scene(options.seed, targets, clutter, options.scans)
    judge = Judgement(truth, 300.0, 150.0, both=peers[0] and targets <= 100)
    print(f"\n{f'{targets:,} targets, {clutter:,} clutter':<32}{'scans/s':>9}{'GOSPA m':>9}{'complete':>10}"
          f"{'spurious':>10}{'switches':>10}")  # fmt: skip
    rows: dict[str, dict] = {}

    def enter(name: str, track: Callable, scans: int) -> None:
        rows[name] = row = judge.of(task.first(scans), track)
        print(
            f"{name:<32}{row['scans_per_s']:>9.2f}{row['gospa_m']:>9.1f}{row['completeness']:>10.4f}"
            f"{row['spuriousness']:>10.4f}{row['switches']:>10}", flush=True,
        )  # fmt: skip

    enter("surveil", ours, options.scans)
    if targets > options.largest:
        print(f"Stone Soup is left out above {options.largest} targets")
        return rows
    if peers[0]:
        enter("Stone Soup, nearest neighbour", stone_soup, options.scans)
    if all(peers):
        enter("Stone Soup, JPDA", partial(stone_soup, jpda=True), options.jpda_scans)
        enter(f"surveil, {options.jpda_scans} scans", ours, options.jpda_scans)
    return rows


def _theirs(rows: dict) -> list[dict]:
    return [row for name, row in rows.items() if name.startswith("Stone Soup")]


def _speed_ratio(rows: dict) -> float | None:
    """Against the fastest of theirs."""
    return min((rows["surveil"]["scans_per_s"] / row["scans_per_s"] for row in _theirs(rows)), default=None)


def _gospa_ratio(rows: dict) -> float | None:
    """Over the better of theirs: each compared over the scans that it was given."""
    by_scans = {row["scans"]: row["gospa_m"] for name, row in rows.items() if name.startswith("surveil")}
    return max((by_scans[row["scans"]] / row["gospa_m"] for row in _theirs(rows)), default=None)
