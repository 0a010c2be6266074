"""Satellite detections matched to AIS, against the reviews of Global Fishing Watch: precision and recall.

The sample gives, for each pair of a detection and a vessel that was considered, how likely the vessel was there (per
square kilometre) and both lengths, but no tracks. Each scene is matched as a whole from that; the reviewers' word is
the truth: "yes", also where ambiguous, is a match, "no" is none, "maybe" is left out.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from surveil.errors import InputError
from surveil.fusion.snapshots import match
from surveil.resources import shared_folder

MATCH = 0.5
"""Probability from which a pair counts as matched."""
PD = 0.9
"""That a vessel in the scene is detected (assumed)."""
SCENE_KM2 = 160.0 * 500.0
"""Area of a RADARSAT-2 DVWF scene, to the nearest thousand (assumed; the footprints are about as large)."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--file", type=Path, help="default: gfw_all_detections_and_vessels.csv of the shared data")


def run(options: argparse.Namespace) -> dict:
    counts = dict.fromkeys(("yes and matched", "yes and not", "no and matched", "no and not", "not reviewed"), 0)
    probabilities = []
    for rows in _scenes(options.file).values():
        for verdict, probability in _judged(rows):
            matched = probability >= MATCH
            if verdict in ("yes", "no"):
                counts[f"{verdict} and {'matched' if matched else 'not'}"] += 1
                probabilities.append((verdict == "yes", probability))
            else:
                counts["not reviewed"] += 1
    right, wrong, lost = counts["yes and matched"], counts["no and matched"], counts["yes and not"]
    figures = {
        "precision": right / max(right + wrong, 1),
        "recall": right / max(right + lost, 1),
        "auc": _auc(probabilities),
    }
    for name, count in counts.items():
        print(f"{name:<18}{count:>6}")
    print(", ".join(f"{name} {value:.4f}" for name, value in figures.items()))
    return figures | {"counts": counts}


def _scenes(path: Path | None) -> dict[str, list[dict]]:
    shared = shared_folder()
    path = path or (shared and shared / "data/radar/gfw_all_detections_and_vessels.csv")
    if path is None or not path.exists():
        raise InputError("no gfw_all_detections_and_vessels.csv; set SURVEIL_SHARED to the folder that holds data/")
    scenes = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            scenes[row["scene_id"]].append(row)
    return scenes


def _judged(rows: list[dict]) -> list[tuple[str, float]]:
    """Verdict and probability of each pair of a scene that was given a likelihood."""
    pairs = [row for row in rows if row["detect_id"] and row["ssvid"]]
    detections = sorted({row["detect_id"] for row in rows if row["detect_id"]})
    vessels = sorted({row["ssvid"] for row in pairs})
    density = np.zeros((len(detections), len(vessels)))
    length_m, vessel_m = np.full(len(detections), np.nan), np.full(len(vessels), np.nan)
    for row in rows:
        if row["detect_id"] and row["sar_length"]:
            length_m[detections.index(row["detect_id"])] = float(row["sar_length"])
    for row in pairs:
        d, v = detections.index(row["detect_id"]), vessels.index(row["ssvid"])
        density[d, v] = float(row["score"])
        vessel_m[v] = float(row["gfw_length"] or "nan")
    found = match(density, length_m, vessel_m, PD, len(detections) / SCENE_KM2).pair
    return [
        (_verdict(row["match_review"]), float(found[detections.index(row["detect_id"]), vessels.index(row["ssvid"])]))
        for row in pairs
    ]


def _verdict(review: str) -> str:
    return review.strip().removesuffix("_amb")


def _auc(probabilities: list[tuple[bool, float]]) -> float:
    """That a pair the reviewers accept has a higher probability than one they refuse."""
    yes = np.array([p for good, p in probabilities if good])
    no = np.array([p for good, p in probabilities if not good])
    return float(((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()) if len(yes) and len(no) else np.nan)
