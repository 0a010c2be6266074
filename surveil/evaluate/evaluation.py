"""A run against truth: that the two belong together, then its alerts and tracks scored and written beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from surveil import __version__
from surveil.alerts.sinks import iso
from surveil.areas import Areas, load_areas
from surveil.errors import InputError, StoreError
from surveil.evaluate.claims import spells_of
from surveil.evaluate.matching import Said, match, read_alerts
from surveil.evaluate.picture import read_tracks, score_tracks
from surveil.evaluate.scores import Night, score, summarise
from surveil.evaluate.truth import Truth, manifest_id, read_truth
from surveil.files import MARK, replace_file, replaced_file
from surveil.sources.simulated import FEEDS

SLACK_MS = 3_600_000
"""Reports may be stamped so far outside the simulated span (assumed: the largest clock error of a scenario)."""
_FEEDS = tuple(f"{feed}/" for feed in FEEDS)


@dataclass(frozen=True)
class Evaluation:
    """``night`` holds the rows, ``summary`` the figures that ``evaluation.json`` has."""

    night: Night
    summary: dict


def evaluate(run: Path, truth_folder: Path, *, tracks: bool = True, areas: Areas | None = None) -> Evaluation:
    """Score the output folder of a replay against the folder of the simulated run it read.

    Parameters
    ----------
    tracks : whether to score ``tracks.parquet`` too.

    Raises
    ------
    InputError : something is missing or not readable, or run and truth do not belong together.
    """
    run, truth = Path(run), read_truth(truth_folder)
    told = read_run(run)
    unread = check_together(told, truth, run)
    night = score_alerts(read_alerts(run / "alerts.parquet"), truth, areas or load_areas(), _rules(told))
    summary = {
        "run": str(run), "truth": str(truth.folder), "surveil": __version__, "manifest": manifest_id(truth.folder),
        "scenario": night.name, "seed": night.seed,
        "span": {"start": iso(truth.start_ms), "end": iso(truth.end_ms)},
        "not_read": unread, **summarise([night]),
        "tracks": score_tracks(read_tracks(run / "tracks.parquet"), truth) if tracks else None,
    }  # fmt: skip
    return Evaluation(night, summary)


def score_alerts(alerts: list[Said], truth: Truth, areas: Areas, rules: list[str]) -> Night:
    """Rows of a run from its alerts."""
    spells = spells_of(truth, areas)
    return score(match(alerts, truth, spells), truth, spells, rules)


def read_run(run: Path) -> dict:
    """The summary of a replay.

    Raises
    ------
    InputError : the folder is not the output of one.
    """
    path = Path(run) / MARK
    try:
        told = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}; name the output folder of a replay", source=str(path)
        ) from None
    except ValueError as error:
        raise InputError(f"is not the summary of a run: {error}", source=str(path)) from None
    if not isinstance(told, dict) or "inputs" not in told:
        raise InputError("does not say what was read; replay again with this version", source=str(path))
    return told


def check_together(told: dict, truth: Truth, run: Path) -> list[str]:
    """That a run read what was simulated with this truth, and all of it. Returns the feeds it did not read.

    Raises
    ------
    InputError : it read something else, a part, or stopped early.
    """
    files = {digest: name for name, digest in truth.manifest["sha256"].items()}
    known = f"{truth.folder} (seed {truth.manifest['seed']})"
    for read in told["inputs"]:
        if read["sha256"] not in files:
            raise InputError(f"read {read['name']}, which is no file of {known}: they do not belong together",
                             source=str(run))  # fmt: skip
    if not told["inputs"]:
        raise InputError(f"read nothing of {known}", source=str(run))
    if told.get("interrupted") or told.get("cut_out"):
        why = "was stopped early" if told.get("interrupted") else f"left {told['cut_out']:,} rows out (--from, --bbox)"
        raise InputError(f"{why}: replay it whole to evaluate it", source=str(run))
    _check_span(told.get("span") or {}, truth, run)
    read_hashes = [read["sha256"] for read in told["inputs"]]
    return sorted(n for h, n in files.items() if n.startswith(_FEEDS) and h not in read_hashes)


def _check_span(span: dict, truth: Truth, run: Path) -> None:
    first_ms, last_ms = span.get("start_ms"), span.get("end_ms")
    if first_ms is None:
        raise InputError("no report of it had a time", source=str(run))
    if first_ms < truth.start_ms - SLACK_MS or last_ms > truth.end_ms + SLACK_MS:
        raise InputError(
            f"has reports from {iso(first_ms)} to {iso(last_ms)}, where the truth is of {iso(truth.start_ms)} to "
            f"{iso(truth.end_ms)}",
            source=str(run),
        )


def _rules(told: dict) -> list[str]:
    """The rules that were at work."""
    return [name for name, params in (told.get("settings") or {}).get("rules", {}).items() if params is not None]


def write_evaluation(folder: Path, evaluation: Evaluation) -> None:
    """``evaluation.json`` with the figures; ``evaluated_alerts.parquet`` and ``evaluated_boats.parquet``, a row each.

    Raises
    ------
    StoreError : the folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(evaluation.summary, indent=1, ensure_ascii=False)
        replace_file(folder / "evaluation.json", text.encode() + b"\n")
        for name, schema in _schemas(pa).items():
            rows = evaluation.night.to_dict()[name]
            with replaced_file(folder / f"evaluated_{name}.parquet") as file:
                pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), file)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(folder)) from None


def _schemas(pa) -> dict:
    """Of the rows in `surveil.evaluate.scores`."""
    ms, text, real, number = pa.int64(), pa.string(), pa.float64(), pa.int32()
    return {
        "alerts": pa.schema(
            [("id", text), ("rule", text), ("mmsi", pa.int64()), ("start_ms", ms), ("raised_ms", ms), ("end_ms", ms),
             ("outcome", text), ("object", number), ("what", text), ("away_m", real), ("repeat", pa.bool_()),
             ("sea_state", real), ("sentence", text)]
        ),
        "boats": pa.schema(
            [("object", number), ("name", text), ("boat_kind", text), ("launched_ms", ms), ("ended_ms", ms),
             ("sensed_ms", ms), ("sea_state", real), ("alert_ms", ms), ("right_ms", ms), ("rule", text),
             ("away_m", real), ("alerts", number)]
        ),
    }  # fmt: skip
