"""The tasks of a plan: functions of their arguments alone, in bytes that a process or another machine gives back.

A task reads only the files of the archive that hold its time. Its memory is that of one replay: the picture, one
stretch of the archive, and what it has found.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from surveil.alert import Alert
from surveil.alerts.acts import Act
from surveil.archive.reading import open_inputs
from surveil.areas import load_areas
from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.errors import ConfigError
from surveil.evaluate.nights import code_version
from surveil.kernels.tracks import APPLIED, IMPLAUSIBLE, NEW_HULL, NEW_PATH
from surveil.ledger import Ledger
from surveil.scale.parcel import pack, pack_state, state_of, unpack
from surveil.scale.plan import Slice
from surveil.schema import Batch, Columns, Positions
from surveil.sources.cut import Cut
from surveil.sources.merge import merge
from surveil.tracks.events import TrackEvent
from surveil.tracks.learned import Increments, Learned
from surveil.tracks.table import Applied

_CHUNK_ROWS = 100_000
LEARNED = "learned-"
"""Members of a parcel of facts: what was learned, by span of ``halve_days`` in order."""
_GOOD = (APPLIED, NEW_PATH, NEW_HULL)
_BEGAN = ("reports", "segment")


@dataclass(frozen=True)
class Job:
    """What all tasks of a run have in common: archives, settings, what part is wanted, and what people did."""

    paths: tuple[str, ...]
    config: Config
    cut: Cut
    acts: tuple[Act, ...] = ()
    code: str = field(default_factory=code_version)

    def check(self) -> None:
        """That this process has the code that the run has: another would find something else.

        Raises
        ------
        ConfigError : it has not.
        """
        if self.code != code_version():
            cause = f"a worker has surveil {code_version()}, the run {self.code}; give all the same"
            raise ConfigError(cause, source="--executor")


class _Part:
    """An engine and the rows of a stretch of time."""

    def __init__(self, job: Job, from_ms: int, to_ms: int, hooks: Hooks | None = None):
        job.check()
        config, self.ledger = job.config, Ledger()
        self.margin_ms = 1000 * (config.engine.lateness_s + config.engine.tick_s)
        self.cut = _within(job.cut, from_ms, to_ms + self.margin_ms)
        self.sources = open_inputs(map(Path, job.paths), self.ledger, cut=self.cut)
        self.known_problems = len(self.ledger.problems)
        self.engine = Engine(config, load_areas(), simulated=lambda i: self.ledger[i].simulated, hooks=hooks)

    def go_on(self, facts: bytes, learned: bytes | None, at_ms: int) -> None:
        """Take over what a pass of facts knew at a time, and what was learned by then."""
        self.engine.restore(state_of(unpack(facts)["state"]))
        self.engine.order.go_on_from(at_ms)
        if learned is not None and self.engine.learned is not None:
            self.engine.learned.merge(learned_of(learned))

    def batches(self) -> Iterator[Batch]:
        """Rows wanted, and no others: what is cut out is accounted for by the run."""
        for batch in merge(self.sources):
            yield self.cut.apply(batch, self.ledger)

    def run_to(self, batches: Iterator[Batch], to_ms: int) -> None:
        """Every tick up to a time, and none later."""
        engine = self.engine
        engine.until_ms = to_ms
        engine.push(Batch.build())
        while engine.order.watermark_ms < to_ms:
            batch = next(batches, None)
            if batch is None:
                batch = Batch.build(heartbeat_ms=to_ms + self.margin_ms)
            engine.push(batch)


def _within(cut: Cut, from_ms: int, to_ms: int) -> Cut:
    first = from_ms if cut.from_ms is None else max(from_ms, cut.from_ms)
    last = to_ms if cut.to_ms is None else min(to_ms, cut.to_ms)
    return replace(cut, from_ms=first, to_ms=last)


def gather_facts(job: Job, this: Slice, after: Slice, before: bytes | None) -> bytes:
    """The pass of facts up to ``after.ask_ms``: the engine's state there, and what was learned since ``this.ask_ms``.

    ``before`` is what the pass up to ``this.ask_ms`` gave, if this one goes on from it.
    """
    start_ms = this.facts_ms if before is None else this.ask_ms
    part = _Part(job, start_ms, after.ask_ms)
    engine, counting = part.engine, False
    engine.asking = False
    if engine.learned is not None:
        counting = engine.learned.counting
        engine.learned = Increments.like(engine.learned)
        engine.learned.counting = False
    if before is not None:
        part.go_on(before, None, start_ms)
    taken: Counter[int] = Counter()
    batches = _counted(part.batches(), taken, this.ask_ms, after.ask_ms)
    if start_ms < this.ask_ms:
        part.run_to(batches, this.ask_ms)
    if counting:
        engine.learned.counting = True
    part.run_to(batches, after.ask_ms)
    for _ in batches:
        pass  # rows of its time that came last of all are counted, as one engine that refuses them does
    parts = engine.learned.parts() if counting else []
    members = {f"{LEARNED}{i:03}": pack_state(each.state()) for i, each in enumerate(parts)}
    about = {"taken": list(taken.items()), "seconds": engine.watch.seconds}
    return pack({"about": json.dumps(about).encode(), "state": pack_state(engine.state()), **members})


def learned_of(state: bytes) -> Learned:
    """A map from the bytes of its state."""
    arrays = state_of(state)
    learned = Learned(float(arrays["cell_deg"][0]), 1)
    learned.restore(arrays)
    return learned


def watch(job: Job, this: Slice, last: bool, facts: bytes | None, learned: bytes | None) -> bytes:
    """What one engine finds in a slice. ``facts``, ``learned``: of the time before ``this.ask_ms``, None at the very
    beginning. The engine is closed at the end of the ``last`` one."""
    found = _Found()
    part = _Part(job, this.ask_ms, this.to_ms, found.hooks())
    engine = part.engine
    if facts is not None:
        part.go_on(facts, learned, this.ask_ms)
    for act in job.acts:
        if (facts is None or this.ask_ms <= act.t_ms) and (last or act.t_ms < this.to_ms):
            engine.act(act)
    batches = _counted(part.batches(), found.taken, this.from_ms, this.to_ms)
    if this.ask_ms < this.from_ms:
        part.run_to(batches, this.from_ms)
    found.begin(engine)
    if last:
        engine.until_ms = this.to_ms + part.margin_ms
        engine.push(Batch.build())
        for batch in batches:
            engine.push(batch)
        engine.close()
    else:
        part.run_to(batches, this.to_ms)
        for _ in batches:
            pass  # rows that wait for the next slice are counted there
    return found.packed(part, this, last)


def _counted(batches: Iterator[Batch], taken: Counter[int], from_ms: int, to_ms: int) -> Iterator[Batch]:
    for batch in batches:
        for _, rows, _ in batch.parts():
            own = rows.take((rows.t_ms >= from_ms) & (rows.t_ms < to_ms))
            taken.update(dict(zip(*(v.tolist() for v in np.unique(own.source, return_counts=True)), strict=True)))
        yield batch


class _Found:
    """What the engine says: from the beginning of the slice on it is the slice's own."""

    def __init__(self):
        self.alerts: dict[str, Alert] = {}
        self.known: dict[str, Alert] = {}
        self.events: list[TrackEvent] = []
        self.refused: list[tuple[str, int, int, int]] = []
        self.unplaced: list[Act] = []
        self.taken: Counter[int] = Counter()
        self.jumps: Counter[int] = Counter()
        self.kept_back: dict[tuple[str, str, int], int] = {}
        self._rows: list[tuple[Positions, Applied]] = []
        self._n = 0
        self._buffer, self._file = io.BytesIO(), None

    def hooks(self) -> Hooks:
        return Hooks(
            alert=lambda alert: self.alerts.__setitem__(alert.id, alert),
            unplaced=self.unplaced.append,
            applied=self._applied,
            event=self.events.append,
            refused=self._refused,
        )

    def begin(self, engine: Engine) -> None:
        """What was found so far was the warm-up's."""
        self.known, self.alerts = self.alerts, {}
        for of_warm_up in (self.events, self.unplaced, self._rows, self.jumps):
            of_warm_up.clear()
        self._n = 0
        self._buffer, self._file = io.BytesIO(), None
        self.kept_back = _kept_back(engine)
        self._duplicates = dict(engine.order.counts["duplicate"])
        self._began = {name: getattr(engine.table.arrays, name)[: engine.table.n].copy() for name in _BEGAN}

    def _refused(self, reason: str, rows: Columns) -> None:
        columns = (rows.source.tolist(), rows.seq.tolist(), rows.t_ms.tolist())
        self.refused += [(reason, *each) for each in zip(*columns, strict=True)]

    def _applied(self, rows: Positions, applied: Applied) -> None:
        self.jumps.update(applied.slot[applied.outcome == IMPLAUSIBLE].tolist())
        good = np.isin(applied.outcome, _GOOD)
        if good.any():
            self._rows.append((rows.take(good), applied.take(good)))
            self._n += int(good.sum())
        if self._n >= _CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._rows:
            return
        rows, applied = Positions.concat([r for r, _ in self._rows]), Applied.concat([a for _, a in self._rows])
        self._rows, self._n = [], 0
        columns = {name: getattr(rows, name) for name in rows.DTYPES}
        table = pa.table(columns | {f"applied/{name}": column for name, column in vars(applied).items()})
        if self._file is None:
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            self._file = pa.ipc.new_file(self._buffer, table.schema, options=options)
        self._file.write_table(table)

    def packed(self, part: _Part, this: Slice, last: bool) -> bytes:
        """As bytes, with what the engine knows at the end."""
        self._flush()
        if self._file is not None:
            self._file.close()
        engine = part.engine
        kept = {key: n - self.kept_back.get(key, 0) for key, n in _kept_back(engine).items()}
        own = [each for each in self.refused if this.from_ms <= each[3] < this.to_ms]
        about = {
            "span_ms": engine.order.span_ms,
            "taken": list(self.taken.items()),
            "jumps": list(self.jumps.items()),
            "duplicate": _more(engine.order.counts["duplicate"], self._duplicates),
            "refused": own,
            "kept_back": [[*key, n] for key, n in sorted(kept.items()) if n],
            "problems": part.ledger.state()["problems"][part.known_problems :],
            "unplaced": [vars(act) for act in self.unplaced],
            "events": [vars(event) for event in self.events],
            "alerts": [alert.to_dict() for alert in self.alerts.values()],
            "known": [alert.to_dict() for alert in self.known.values()],
            "seconds": engine.watch.seconds,
        }
        members = {
            "about": json.dumps(about).encode(),
            "rows": self._buffer.getvalue(),
            "began": pack_state(self._began),
            "ended": pack_state(_without_rings(engine.table.state())),
        }
        if last and engine.learned is not None:
            members["learned"] = pack_state(engine.learned.state())
        return pack(members)


def _without_rings(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: column for name, column in state.items() if not name.startswith("ring_")}


def _kept_back(engine: Engine) -> dict[tuple[str, str, int], int]:
    return {(each.entry, each.rule, each.mmsi): each.episodes for each in engine.lifecycle.kept_back}


def _more(now: dict[int, int], before: dict[int, int]) -> list[tuple[int, int]]:
    return [(source, n - before.get(source, 0)) for source, n in sorted(now.items())]
