"""Real plots of two boats, with their GNSS positions as truth: the Autoferry data set (Helgesen et al. 2022).

Each scenario's radar scans through this tracker and through Stone Soup's nearest neighbour, told the same noise,
detection probability and clutter; then both with the lidar and the two cameras, whose bearings have no range, besides.
All are judged at the times of the radar's scans. Other boats and the shore were seen as well but have no truth, so
every track on them counts as false.
"""

from __future__ import annotations

import argparse
import gzip
import json
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._plots import Judgement, Kind, Look, Task, installed, ours, stone_soup
from surveil.errors import InputError
from surveil.resources import shared_folder

LIDAR, RADAR, INFRARED, CAMERA = 1, 2, 3, 4
SIGMA_M, PD, ACCEL, SPEED_MS, CLUTTER = 6.0, 0.8, 0.1, 4.0, 4.0
"""Assumed, the same for all: the scatter about the truth is 3 to 8 m, of which a part is the size of the boats."""
KINDS = {
    LIDAR: Kind(4.0, 110.0, 0.5), INFRARED: Kind(np.radians(1.5), 400.0, bearings=True),
    CAMERA: Kind(np.radians(1.5), 400.0, bearings=True),
}  # fmt: skip
"""Assumed, the same for all: by truth the lidar scatters by 2 to 8 m and is blind from 100 to 120 m, the cameras by
0.7 to 1.8 degrees."""
MERGE_M = 12.0
"""Lidar plots of one hull are one, for all trackers (assumed)."""
BEARINGS_EVERY_S = 0.5
"""Of a camera's 5 to 20 frames a second, all trackers are given as many."""
CUTOFF_M, NEAR_M = 50.0, 25.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help="where autoferry_*.json.gz are; default: the shared data")
    parser.add_argument("--radar-only", action="store_true", help="leave out the rows with lidar and cameras")


def run(options: argparse.Namespace) -> dict:
    scenarios = load(options.folder)
    trackers = {"surveil": ours} | ({"Stone Soup": stone_soup} if installed("stonesoup") else {})
    sensors = ("radar",) if options.radar_only else ("radar", "all sensors")
    names = [f"{name}, {of}" for of in sensors for name in trackers]
    print(f"{'scenario':<9}{'tracker':<25}{'tracked':>9}{'error m':>9}{'false/h':>9}{'switches':>9}{'GOSPA m':>9}")
    results: dict[str, dict] = {name: {} for name in names}
    for scenario, (task, truth, others) in scenarios.items():
        hours = (task.t_s[-1] - task.t_s[0]) / 3600
        for name in names:
            tracker, _, of = name.partition(", ")
            track = partial(trackers[tracker], others=others if of == "all sensors" else ())
            row = Judgement(truth, CUTOFF_M, NEAR_M).of(task, track)
            row["false_per_h"] = row["false_tracks"] / hours
            results[name][scenario] = row
            print(f"{scenario:<9}{name:<25}{_words(row)}", flush=True)
    whole = {name: _mean(rows) for name, rows in results.items()}
    for name, row in whole.items():
        print(f"{'all':<9}{name:<25}{_words(row)}")
    return {"all": whole, "by_scenario": results}


def _words(row: dict) -> str:
    return (
        f"{row['completeness']:>9.3f}{row['position_m']:>9.2f}{row['false_per_h']:>9.1f}{row['switches']:>9.4g}"
        f"{row['gospa_m']:>9.1f}"
    )


def _mean(rows: dict[str, dict]) -> dict:
    names = ("completeness", "position_m", "false_per_h", "switches", "gospa_m")
    return {name: float(np.mean([row[name] for row in rows.values()])) for name in names}


def load(folder: Path | None = None) -> dict[str, tuple[Task, np.ndarray, list[Look]]]:
    """Of each scenario the radar's scans, the truth at their times, and the looks of the other sensors; metres east and
    north of the data's origin."""
    shared = shared_folder()
    folder = folder or (shared and shared / "data/radar")
    files = sorted(folder.glob("autoferry_*_detections.json.gz")) if folder else []
    if not files:
        raise InputError("no autoferry_*_detections.json.gz; set SURVEIL_SHARED to the folder that holds data/")
    scenarios = {}
    for path in files:
        truth = path.with_name(path.name.replace("detections", "groundTruth"))
        scenarios[path.name.split("_")[1].removeprefix("scenario")] = _scenario(_read(path), _read(truth))
    return dict(sorted(scenarios.items(), key=lambda item: int(item[0])))


def _read(path: Path) -> list:
    with gzip.open(path) as file:
        return json.load(file)


def _scenario(detections: list[dict], truth: list[list[dict]]) -> tuple[Task, np.ndarray, list[Look]]:
    scans = [d for d in detections if d["sensorID"] == RADAR]
    t_s = np.array([d["time"] for d in scans])
    plots = [_plots(d) for d in scans]
    whole = np.vstack(plots)
    low, high = whole.min(axis=0) - 50, whole.max(axis=0) + 50
    side_m = float((high - low).max())
    task = Task(t_s - t_s[0], plots, *low.tolist(), side_m, SIGMA_M, PD, ACCEL, SPEED_MS, CLUTTER)
    return task, _truth_at(t_s, truth), _looks(detections, t_s[0])


def _looks(detections: list[dict], start_s: float) -> list[Look]:
    """What lidar and cameras saw from the first radar scan on, in order of time."""
    looks, last_s = [], dict.fromkeys(KINDS, -np.inf)
    for d in sorted(detections, key=lambda d: d["time"]):
        kind, at_s = KINDS.get(d["sensorID"]), d["time"] - start_s
        if kind is None or at_s < 0 or (kind.bearings and at_s - last_s[d["sensorID"]] < BEARINGS_EVERY_S):
            continue
        last_s[d["sensorID"]] = at_s
        seen = np.atleast_1d(np.array(d["measurement"], float)) if kind.bearings else _merged(_plots(d))
        looks.append(Look(at_s, kind, tuple(d["ownshipPosition"][::-1]), seen))
    return looks


def _merged(plots: np.ndarray) -> np.ndarray:
    """One plot for each hull."""
    from surveil.kernels.plots import clusters

    x_m, y_m = plots.T.copy()
    of, n = clusters(np.argsort(x_m, kind="stable"), x_m, y_m, np.full(len(plots), MERGE_M))
    count = np.bincount(of, minlength=n)
    return np.stack([np.bincount(of, values, n) / count for values in (x_m, y_m)], axis=1)


def _plots(scan: dict) -> np.ndarray:
    """float64[m, 2] east, north m; they are given as north, east from the moving ship, one plot as a flat list."""
    north, east = np.reshape(np.array(scan["measurement"], float), (2, -1))
    own_north, own_east = scan["ownshipPosition"]
    return np.stack([east + own_east, north + own_north], axis=1)


def _truth_at(t_s: np.ndarray, truth: list[list[dict]]) -> np.ndarray:
    """float64[scans, boats, 4], with velocities from the positions."""
    fixes: dict[int, dict[float, tuple]] = {}
    for entry in truth:
        for boat in entry:
            fixes.setdefault(boat["targetID"], {})[boat["time"]] = tuple(boat["position"][:2])
    columns = []
    for boat in sorted(fixes):
        at = np.array(sorted(fixes[boat]))
        north, east = np.array([fixes[boat][t] for t in at.tolist()]).T
        paths = [np.interp(t_s, at, path) for path in (east, north)]
        columns.append(np.stack([*paths, *(np.gradient(path, t_s) for path in paths)], axis=1))
    return np.stack(columns, axis=1)
