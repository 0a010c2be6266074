"""A sweep: every point on every night, in parallel, each result a file that is never made twice."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

from surveil import __version__
from surveil.areas import load_areas
from surveil.errors import ConfigError, InputError, StoreError, SurveilError
from surveil.evaluate.claims import spells_of
from surveil.evaluate.matching import from_alerts, match
from surveil.evaluate.nights import PART, Simulate, alerts_of_night, code_version, hashed, ready_night
from surveil.evaluate.points import Point
from surveil.evaluate.scores import Night, score
from surveil.evaluate.truth import read_truth
from surveil.files import replace_file
from surveil.scale.executors import executor

MARK = "sweep.json"
"""A folder that holds this file is a sweep's, and may be written to by another."""


@dataclass(frozen=True)
class Cell:
    """One point on one night; ``path`` is its result, named by a hash of all it depends on."""

    point: Point
    path: Path


@dataclass(frozen=True)
class Job:
    """One night and the cells that are still to be made of it. Goes to another process as it is."""

    scenario: Path
    seed: int
    cells: tuple[Cell, ...]
    nights: Path
    simulate: Simulate


@dataclass
class Sweep:
    """What is asked for.

    Parameters
    ----------
    points : see :func:`surveil.evaluate.points.make_points`.
    scenarios : TOML files; seeds : how many nights of each, from its own seed on, ``seed_offset`` further.
    folder : where results are kept; cells that are there already are not made again, whoever made them.
    workers : processes; 1 does it in this one. executor, scheduler : who else may, see
        :func:`surveil.scale.executors.executor`; its workers must see ``folder``.
    progress : told of (cells there, cells in all) as they come.
    """

    points: list[Point]
    scenarios: list[Path]
    folder: Path
    simulate: Simulate
    seeds: int = 1
    seed_offset: int = 0
    workers: int = 1
    progress: Callable[[int, int], None] = field(default=lambda done, of: None)
    executor: str = "processes"
    scheduler: str = ""

    def run(self) -> list[list[Night]]:
        """Do what is missing; returns the nights of each point, in one order of nights.

        Raises
        ------
        SurveilError : a scenario, the folder or a night is wrong; what was done before is kept.
        """
        self._prepare()
        cells = {night: self._cells(*night) for night in self._nights()}
        jobs = [
            Job(*night, missing, self.folder / "nights", self.simulate)
            for night, own in cells.items()
            if (missing := tuple(c for c in own if not c.path.exists()))
        ]
        of = len(cells) * len(self.points)
        done = of - sum(len(job.cells) for job in jobs)
        self.progress(done, of)
        for made in self._run(jobs):
            done += made
            self.progress(done, of)
        for left in (self.folder / "nights").glob(f"{PART}*"):
            shutil.rmtree(left, ignore_errors=True)
        return [[read_cell(own[i].path) for own in cells.values()] for i in range(len(self.points))]

    def _prepare(self) -> None:
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
            raise StoreError(f"holds other files (no {MARK}); give a new folder or a sweep's", source=str(self.folder))
        about = {
            "surveil": __version__, "scenarios": [str(s) for s in self.scenarios], "seeds": self.seeds,
            "seed_offset": self.seed_offset, "points": [p.values for p in self.points],
        }  # fmt: skip
        try:
            for name in ("cells", "nights"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            replace_file(self.folder / MARK, json.dumps(about, indent=1).encode() + b"\n")
        except OSError as error:
            raise StoreError(f"cannot be written: {error.strerror}", source=str(self.folder)) from None

    def _nights(self) -> list[tuple[Path, int]]:
        first = [(path, own_seed(path) + self.seed_offset) for path in self.scenarios]
        return [(path, seed + i) for path, seed in first for i in range(self.seeds)]

    def _cells(self, scenario: Path, seed: int) -> list[Cell]:
        text, version = scenario.read_text("utf-8"), code_version()
        names = (hashed(text, str(seed), point.text, version) for point in self.points)
        return [Cell(p, self.folder / "cells" / f"{name}.json") for p, name in zip(self.points, names, strict=True)]

    def _run(self, jobs: list[Job]) -> Iterable[int]:
        """Do the jobs; yields how many cells each made, as they end."""
        if self.executor == "serial" or (self.workers == 1 and self.executor == "processes"):
            yield from map(run_job, jobs)
            return
        with executor(self.executor, self.workers, self.scheduler) as pool:
            for future in as_completed([pool.submit(run_job, job) for job in jobs]):
                yield future.result()


def scenario_files(paths: Iterable[Path]) -> list[Path]:
    """The scenarios named, each once: files, folders of ``*.toml``, or patterns that no shell has spread.

    Raises
    ------
    ConfigError : there is none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        several = sorted(path.glob("*.toml")) if path.is_dir() else sorted(map(Path, glob(str(path)))) or [path]
        if not several:
            raise ConfigError("holds no scenario, *.toml", source=str(path))
        found |= dict.fromkeys(several)
    if not found:
        raise ConfigError("no scenario was given; name some with --scenarios")
    return list(found)


def own_seed(scenario: Path) -> int:
    """The seed that a scenario names.

    Raises
    ------
    ConfigError : it cannot be read.
    """
    try:
        return int(tomllib.loads(scenario.read_text("utf-8")).get("seed", 1))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", source=str(scenario)) from None
    except ValueError as error:
        raise ConfigError(f"is not valid TOML: {error}", source=str(scenario)) from None


def run_job(job: Job) -> int:
    """Make the missing cells of one night; each is on disk as soon as it is known.

    Raises
    ------
    InputError : the night cannot be made, naming scenario and seed.
    """
    try:
        night = ready_night(job.scenario, job.seed, job.nights, job.simulate)
    except SurveilError as error:
        raise InputError(f"seed {job.seed}: {error}", source=str(job.scenario)) from None
    areas, truth = load_areas(), read_truth(night)
    spells = spells_of(truth, areas)
    groups: dict[str, list[Cell]] = {}
    for cell in job.cells:
        groups.setdefault(cell.point.stages_text, []).append(cell)
    for cells in groups.values():
        found = alerts_of_night(night, [c.point.config for c in cells], areas)
        for cell, alerts in zip(cells, found, strict=True):
            rules = [name for name, params in cell.point.settings["rules"].items() if params is not None]
            result = score(match(from_alerts(alerts), truth, spells), truth, spells, rules)
            replace_file(cell.path, json.dumps(result.to_dict(), ensure_ascii=False).encode())
    return len(job.cells)


def read_cell(path: Path) -> Night:
    """The result kept in a cell's file."""
    return Night.from_dict(json.loads(path.read_text("utf-8")))
