"""Learning from archives: input files in, one map of reception and traffic out. Stands on top of the engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from surveil.alerts.sinks import iso
from surveil.areas import load_areas
from surveil.config import Config
from surveil.decode.times import TimeOptions
from surveil.engine import Engine
from surveil.errors import InputError, StoreError
from surveil.ledger import Ledger
from surveil.registry import rule_classes
from surveil.run import nothing_to_read, sources_in
from surveil.schema import MISSING_TIME
from surveil.sources.cut import Cut
from surveil.sources.merge import merge
from surveil.sources.sorting import sort_where
from surveil.tracks.learned import Learned, merge_maps


@dataclass
class Learning:
    """One pass over files, by the engine without rules.

    Parameters
    ----------
    paths : files, folders, archives and raw logs of a watch; to : the map to write, in place of an older one
    times, cut, sort : as :class:`surveil.run.Replay` has them; config : of order, tracks and map
    progress : called after every batch with the ledger, the engine and the share of bytes read (0 to 1)
    """

    paths: list[Path]
    to: Path
    config: Config = field(default_factory=Config)
    times: TimeOptions = field(default_factory=TimeOptions)
    cut: Cut = field(default_factory=Cut)
    sort: str = "auto"
    progress: Callable[[Ledger, Engine, float], None] = lambda ledger, engine, share: None

    def run(self) -> dict:
        """Do it; returns the summary. The config's own map file, if any, is where it begins; nothing decays.

        Raises
        ------
        SurveilError : no input could be read at all, or the map cannot be written.
        """
        check_map_place(self.to)
        ledger = Ledger()
        sources = [s for path in self.paths for s in sources_in(path, self.config, ledger, self.times, self.cut)]
        sources = sort_where(self.sort, sources, self.config.engine.lateness_s * 1000)
        if not sources:
            raise nothing_to_read(ledger, "learn from")
        engine = Engine(_without_rules(self.config), load_areas())
        self._learn(engine, ledger, sources)
        engine.learned.save(self.to)
        totals = ledger.totals()
        return {
            **{key: totals[key] for key in ("lines_read", "decoded", "refused", "not_ais", "warnings", "cut_out")},
            **describe(engine.learned),
            "problems": [str(problem) for problem in ledger.problems],
            "exit_code": ledger.exit_code,
            "map": str(self.to),
            "seconds": {stage: round(s, 3) for stage, s in engine.watch.seconds.items()},
        }

    def _learn(self, engine: Engine, ledger: Ledger, sources: list) -> None:
        """Fill the engine's map."""
        size = max(1, sum(source.size_bytes for source in sources))
        for batch in merge(sources):
            engine.push(self.cut.apply(batch, ledger))
            self.progress(ledger, engine, sum(source.read_bytes for source in sources) / size)
        engine.close()


def _without_rules(config: Config) -> Config:
    off = {name: {"enabled": False} for name in rule_classes()}
    return dataclasses.replace(config, rules=off, map=dataclasses.replace(config.map, learn=True, halve_days=0))


def merge_files(paths: list[Path], to: Path) -> dict:
    """Write the sum of several maps; returns what it holds.

    Raises
    ------
    InputError : one is not a map, or does not fit the first. StoreError : it cannot be written.
    """
    check_map_place(to)
    total = merge_maps(paths)
    total.save(to)
    return {**describe(total), "map": str(to), "exit_code": 0}


def check_map_place(path: Path) -> None:
    """That a map could be written there, in place of nothing but an older map.

    Raises
    ------
    StoreError : it would be written over something else, or into no folder.
    """
    if not path.resolve().parent.is_dir():
        raise StoreError("its folder does not exist", source=str(path))
    if path.exists():
        try:
            Learned.load(path)
        except InputError:
            raise StoreError("is something else already; give another name", source=str(path)) from None


def describe(learned: Learned) -> dict:
    """What a map holds, in numbers."""
    cells = learned.reception.cells()
    expected = int(cells["expected"].sum())
    start_ms, end_ms = (None if t == MISSING_TIME else t for t in learned.span_ms)
    return {
        "cell_deg": learned.cell_deg,
        "span": {"start": iso(start_ms), "end": iso(end_ms)},
        "reports": learned.reports,
        "reception_cells": len(cells["x"]),
        "expected": expected,
        "heard_share": round(int(cells["heard"].sum()) / expected, 4) if expected else None,
        "traffic_cells": len(learned.traffic.density()["x"]),
    }
