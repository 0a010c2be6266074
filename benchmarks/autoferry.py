"""Real radar plots of two boats, with their GNSS positions as truth: the Autoferry data set (Helgesen et al. 2022).

Each scenario's radar scans through this tracker and through Stone Soup's nearest neighbour, told the same noise,
detection probability and clutter. Other boats and the shore were seen as well but have no truth, so every track on
them counts as false.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

from benchmarks._plots import Judgement, Task, installed, ours, stone_soup
from surveil.errors import InputError
from surveil.resources import shared_folder

RADAR = 2
SIGMA_M, PD, ACCEL, SPEED_MS, CLUTTER = 6.0, 0.8, 0.1, 4.0, 4.0
"""Assumed, the same for all: the scatter about the truth is 3 to 8 m, of which a part is the size of the boats."""
CUTOFF_M, NEAR_M = 50.0, 25.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help="where autoferry_*.json.gz are; default: the shared data")


def run(options: argparse.Namespace) -> dict:
    scenarios = load(options.folder)
    trackers = {"surveil": ours}
    if installed("stonesoup"):
        trackers["Stone Soup"] = stone_soup
    print(f"{'scenario':<10}{'tracker':<12}{'tracked':>9}{'error m':>9}{'false/h':>9}{'switches':>10}{'GOSPA m':>9}")
    results = {name: {} for name in trackers}
    for scenario, (task, truth) in scenarios.items():
        hours = (task.t_s[-1] - task.t_s[0]) / 3600
        for name, track in trackers.items():
            row = Judgement(truth, CUTOFF_M, NEAR_M).of(task, track)
            row["false_per_h"] = row["false_tracks"] / hours
            results[name][scenario] = row
            print(f"{scenario:<10}{name:<12}{_words(row)}")
    whole = {name: _mean(rows) for name, rows in results.items()}
    for name, row in whole.items():
        print(f"{'all':<10}{name:<12}{_words(row)}")
    return {"all": whole, "by_scenario": results}


def _words(row: dict) -> str:
    return (
        f"{row['completeness']:>9.3f}{row['position_m']:>9.2f}{row['false_per_h']:>9.1f}{row['switches']:>10.4g}"
        f"{row['gospa_m']:>9.1f}"
    )


def _mean(rows: dict[str, dict]) -> dict:
    names = ("completeness", "position_m", "false_per_h", "switches", "gospa_m")
    return {name: float(np.mean([row[name] for row in rows.values()])) for name in names}


def load(folder: Path | None = None) -> dict[str, tuple[Task, np.ndarray]]:
    """The radar scans of each scenario, and its truth at their times; metres east and north of the data's origin."""
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


def _scenario(detections: list[dict], truth: list[list[dict]]) -> tuple[Task, np.ndarray]:
    scans = [d for d in detections if d["sensorID"] == RADAR]
    t_s = np.array([d["time"] for d in scans])
    plots = [_plots(d) for d in scans]
    whole = np.vstack(plots)
    low, high = whole.min(axis=0) - 50, whole.max(axis=0) + 50
    side_m = float((high - low).max())
    task = Task(t_s - t_s[0], plots, *low.tolist(), side_m, SIGMA_M, PD, ACCEL, SPEED_MS, CLUTTER)
    return task, _truth_at(t_s, truth)


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
