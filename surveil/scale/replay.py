"""`surveil replay ARCHIVE --executor`: the plan of an archive, run by whoever, and its results as one output folder."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from surveil.alert import Alert
from surveil.alerts.acts import Act
from surveil.alerts.lists import KeptBack
from surveil.errors import StoreError
from surveil.evaluate.nights import code_version, hashed
from surveil.ledger import Ledger
from surveil.run import Replay, _CtrlC
from surveil.scale.executors import executor
from surveil.scale.merging import Alerts, Targets, rows_of
from surveil.scale.parcel import state_of, unpack
from surveil.scale.plan import SLICE_H, Plan, Slice, archives_of, count_cut_out, plan_of
from surveil.scale.running import Running
from surveil.scale.tasks import Job, learned_of
from surveil.tracks.events import TrackEvent

_WORK = "surveil-work"
"""A folder that holds a file of this name is a run's, and may be removed."""


@dataclass
class PlannedReplay(Replay):
    """A replay of archives as a plan of tasks; see :mod:`surveil.scale.plan`.

    Parameters
    ----------
    executor : one of :data:`surveil.scale.executors.NAMES`; workers, scheduler : as :func:`executor` takes them
    resume : go on with what an earlier run of the same left in its work folder, ``OUT.work``
    slice_h : hours of a slice; chained : pass facts on from slice to slice, see :class:`surveil.scale.plan.Plan`
    """

    executor: str = "serial"
    workers: int = 1
    scheduler: str = ""
    resume: bool = False
    slice_h: float = SLICE_H
    chained: bool = False

    @property
    def work(self) -> Path:
        """Where the results of tasks are kept while the run lasts."""
        out = Path(self.out).resolve()
        return out.with_name(f"{out.name}.work")

    def run(self) -> dict:
        """As :meth:`surveil.run.Replay.run`; an interrupted run keeps its work folder, for ``resume``."""
        summary = super().run()
        if not summary["interrupted"]:
            shutil.rmtree(self.work, ignore_errors=True)
        return summary

    def _read_all(self) -> bool:
        """Run the plan, and leave the engine as if it had done it all; True if the user stopped it."""
        plan = plan_of(self.sources, self.config, self.cut, self.slice_h, self.chained)
        job = Job(tuple(str(p) for p in self.paths), self.config, self.cut, tuple(self.engine._acts))
        self._prepare_work()
        self._merged = merged = _Merged(self)
        with _CtrlC() as ctrl_c:
            running = Running(
                plan, job, partial(executor, self.executor, self.workers, self.scheduler),
                1 if self.executor == "serial" else self.workers + 1, self.work, self._name(plan),
                lambda share: self.progress(self.ledger, self.engine, share), lambda: ctrl_c.asked,
            )  # fmt: skip
            for this, parcel in running.results():
                merged.add(this, unpack(parcel))
        merged.finish()
        self.tracks.close()
        self.events.close()
        self._plan = plan
        return merged.slices < len(plan.slices)

    def _summary(self, alerts: list[Alert], interrupted: bool) -> dict:
        plan = {
            "executor": self.executor, "workers": self.workers, "slices": len(self._plan.slices),
            "slice_h": self.slice_h, "warm_up_s": self._plan.warm_up_ms // 1000, "chained": self.chained,
            "edges": dataclasses.asdict(self._merged.alerts.edges),
        }  # fmt: skip
        kept = [KeptBack(*key, n).to_dict() for key, n in sorted(self._merged.kept_back.items())]
        return super()._summary(alerts, interrupted) | {"kept_back": kept, "plan": plan}

    def _prepare_work(self) -> None:
        """The work folder, empty unless a run is resumed.

        Raises
        ------
        StoreError : another thing is in its place, or it cannot be written.
        """
        work = self.work
        try:
            if work.exists() and not self.resume:
                if any(work.iterdir()) and not (work / _WORK).exists():
                    raise StoreError(f"holds other files (no {_WORK}); remove it", source=str(work))
                shutil.rmtree(work)
            work.mkdir(parents=True, exist_ok=True)
            (work / _WORK).touch()
        except OSError as error:
            raise StoreError(f"cannot be written: {error.strerror}", source=str(work)) from None

    def _name(self, plan: Plan) -> str:
        """A hash of all that the results of tasks depend on."""
        files = [file for archive in archives_of(self.sources) for file in archive.manifest.files()]
        held = [(file.path, file.rows, file.t_min, file.t_max) for file in files]
        asked = (self.paths, self.config.digest, self.config.map.file, self.cut, self.engine._acts, plan)
        return hashed(code_version(), repr(held), repr(asked))


class _Merged:
    """Puts what slices gave where one engine and its hooks would have put it."""

    def __init__(self, run: Replay):
        self.run, self.alerts, self.targets = run, Alerts(), Targets()
        self.slices, self._learned = 0, b""
        self.kept_back: Counter[tuple[str, str, int]] = Counter()
        self._taken: Counter[int] = Counter()

    def add(self, this: Slice, members: dict[str, bytes]) -> None:
        """Take in the next slice."""
        run, about = self.run, json.loads(members["about"])
        found = ([Alert.from_dict(each) for each in about[name]] for name in ("alerts", "known"))
        run.store.put_all(self.alerts.add(*found, this.from_ms, first=not self.slices))
        for act in about["unplaced"]:
            run.store.put_act(Act(**act))
        for event in about["events"]:
            run.events.add(TrackEvent(**event))
        self._add_rows(members, about["jumps"])
        self._count(about)
        self._learned = members.get("learned", b"")
        self.slices += 1

    def finish(self) -> None:
        """Give the engine the table, the map and the counts that it would have."""
        run, engine = self.run, self.run.engine
        engine.table.restore(self.targets.state())
        if self._learned:
            engine.learned = learned_of(self._learned)
        count_cut_out(run.sources, self._taken)

    def _add_rows(self, members: dict[str, bytes], jumps: list) -> None:
        slots, before = self.targets.add(state_of(members["began"]), state_of(members["ended"]), jumps)
        for rows, applied in rows_of(members["rows"]):
            ours = dataclasses.replace(
                applied, slot=slots[applied.slot], segment=applied.segment + before[applied.slot]
            )  # fmt: skip
            self.run.tracks.add(rows, ours)

    def _count(self, about: dict) -> None:
        run, order = self.run, self.run.engine.order
        if about["span_ms"] is not None:
            first_ms, last_ms = about["span_ms"]
            order.first_ms, order.last_ms = min(order.first_ms, first_ms), max(order.last_ms, last_ms)
        self._taken.update(dict(about["taken"]))
        counts = Counter(dict(order.counts["duplicate"]))
        counts.update(dict(about["duplicate"]))
        order.counts["duplicate"] = dict(counts)
        for reason, source, seq, _ in about["refused"]:
            order.counts[reason][source] = order.counts[reason].get(source, 0) + 1
            run.rejects(run.ledger[source].name, seq, f"decoded, but {reason.replace('_', ' ')}", b"")
        for *key, n in about["kept_back"]:
            self.kept_back[tuple(key)] += n
        known = {str(problem) for problem in run.ledger.problems}
        found = Ledger()
        found.restore({"sources": [], "problems": about["problems"], "skipped": []})
        run.ledger.problems += [p for p in found.problems if str(p) not in known]
        for stage, seconds in about["seconds"].items():
            run.engine.watch.seconds[stage] = run.engine.watch.seconds.get(stage, 0.0) + seconds
