"""Simulated nights made once and kept decoded, and every alert of many configs from one pass over a night."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from surveil import __version__
from surveil.alert import Alert
from surveil.alerts.lifecycle import Lifecycle
from surveil.areas import Areas
from surveil.config import Config
from surveil.engine import Engine
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.registry import make_rules
from surveil.resources import resource
from surveil.rules.base import Rule
from surveil.schema import KIND_CLASSES, KINDS, Batch, Columns
from surveil.sources.files import open_sources
from surveil.sources.merge import merge
from surveil.sources.plotsource import Sensors, with_simulated_sensors
from surveil.tracks.view import View

Simulate = Callable[[Path, int, Path], None]
"""Takes a scenario, a seed and a folder that does not exist yet, and writes the simulated run into it."""
PART = ".part-"
"""Begins the name of a night in the making; one that was killed leaves it behind."""
_ROWS = 50_000
"""Rows pushed at a time: bounds what the engine holds besides the night itself."""
_CODE = (".py", ".csv", ".geojson")
"""Endings of what results depend on."""


def simulate(scenario: Path, seed: int, folder: Path) -> None:
    """As `surveil simulate SCENARIO --seed SEED --out FOLDER`."""
    from surveil.simulate import produce
    from surveil.simulate.scenario import read_scenario

    produce.simulate(read_scenario(scenario, seed), folder)


@cache
def code_version() -> str:
    """Version and a hash of the code and geodata at work: what another of them finds is another result."""
    places = Path(__file__).resolve().parents[1], resource("geodata")
    digest = hashlib.sha256()
    for path in (p for place in places for p in sorted(place.rglob("*")) if p.suffix in _CODE):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:16]}"


def hashed(*parts: str) -> str:
    """A name for what is made of these texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def ready_night(scenario: Path, seed: int, nights: Path, simulate: Simulate) -> Path:
    """The folder of a simulated night: truth, manifest and decoded rows; made if it is not there, or not at all.

    The feeds themselves are not kept: the seed gives them again.
    """
    folder = nights / hashed(scenario.read_text("utf-8"), str(seed), code_version())
    if folder.exists():
        return folder
    work = Path(tempfile.mkdtemp(dir=nights, prefix=PART))
    try:
        simulate(scenario, seed, work / "night")
        write_decoded(work / "night", work / "kept")
        for name in ("truth", "manifest.json"):
            shutil.move(work / "night" / name, work / "kept" / name)
        try:
            (work / "kept").rename(folder)
        except OSError:  # made by another process meanwhile
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def write_decoded(night: Path, folder: Path) -> None:
    """Rows of all feeds of a simulated night, merged as a replay has them, one Parquet file a kind.

    Raises
    ------
    InputError : a feed cannot be read: a simulated one always can.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    ledger, sensors = Ledger(), Sensors.of(with_simulated_sensors(Config(), [night]))
    batches = list(merge(open_sources([night], ledger, sensors=sensors)))
    if ledger.problems:
        raise InputError(str(ledger.problems[0]), source=str(night))
    folder.mkdir()
    for kind in KINDS:
        rows = KIND_CLASSES[kind].concat([getattr(b, kind) for b in batches])
        at = np.concatenate([getattr(b, f"{kind}_at") for b in batches] or [np.empty(0, np.int64)])
        pq.write_table(
            rows.to_arrow().append_column("at", pa.array(at)), folder / f"{kind}.parquet", compression="zstd"
        )


def read_decoded(folder: Path) -> Iterator[Batch]:
    """What :func:`write_decoded` wrote, in the order of arrival, some thousand rows at a time."""
    import pyarrow.parquet as pq

    tables = {kind: pq.read_table(folder / f"{kind}.parquet") for kind in KINDS}
    rows: dict[str, Columns] = {kind: KIND_CLASSES[kind].from_arrow(table) for kind, table in tables.items()}
    at = {kind: table.column("at").to_numpy() for kind, table in tables.items()}
    for start in range(0, sum(map(len, at.values())), _ROWS):
        parts = {}
        for kind in KINDS:
            span = slice(*np.searchsorted(at[kind], [start, start + _ROWS]))
            parts |= {kind: rows[kind].take(span), f"{kind}_at": at[kind][span]}
        yield Batch(**parts)


class Lifecycles:
    """A lifecycle for each of many rules, some of them the same rule with other parameters, in the place of the
    engine's one, whose settings, lists and risk to life they share; keeps every alert as it last was."""

    def __init__(self, rules: list[Rule], like: Lifecycle):
        self._own = {id(rule): Lifecycle(like.config, like.lists, like.hull, like.assess) for rule in rules}
        self._said: dict[int, dict[str, Alert]] = {id(rule): {} for rule in rules}

    def __len__(self) -> int:
        return sum(map(len, self._own.values()))

    def tick(self, rule: Rule, candidates: list, view: View, simulated: Callable[[int], bool], _almost) -> list[Alert]:
        """As :meth:`surveil.alerts.lifecycle.Lifecycle.tick`, but that no rule hears of the others: what they almost
        say, and whose incident an alert is part of, is another thing in every config."""
        changed = self._own[id(rule)].tick(rule, candidates, view, simulated)
        self._said[id(rule)] |= {alert.id: alert for alert in changed}
        return changed

    def of(self, rules: list[Rule]) -> list[Alert]:
        """The alerts of some of the rules."""
        return [alert for rule in rules for alert in self._said[id(rule)].values()]


def alerts_of_night(night: Path, configs: list[Config], areas: Areas) -> list[list[Alert]]:
    """Alerts of each config over the decoded rows of a night; the configs differ in their rules alone.

    One engine serves all: its order and track table are the same for all, and a rule that several configs have with
    the same parameters is asked once. Each config hears what it would alone (`tests/evaluate/test_nights.py`).
    """
    shared: dict[tuple, Rule] = {}
    own = [[shared.setdefault((r.name, r.params), r) for r in make_rules(config)] for config in configs]
    engine = Engine(with_simulated_sensors(configs[0], [night]), areas, simulated=lambda source: True)
    engine.rules = list(shared.values())
    engine.lifecycle = Lifecycles(engine.rules, engine.lifecycle)
    for batch in read_decoded(night):
        engine.push(batch)
    engine.close()
    return [engine.lifecycle.of(rules) for rules in own]
