"""`surveil learn ARCHIVE --executor`: each slice of time adds its counts to one map, in whatever order they come."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from concurrent.futures import as_completed
from dataclasses import dataclass

from surveil.engine import Engine
from surveil.learning import Learning
from surveil.ledger import Ledger
from surveil.scale.executors import executor
from surveil.scale.parcel import unpack
from surveil.scale.plan import SLICE_H, count_cut_out, plan_of
from surveil.scale.tasks import LEARNED, Job, gather_facts, learned_of


@dataclass
class PlannedLearning(Learning):
    """As :class:`surveil.learning.Learning`, of archives, by tasks.

    Parameters
    ----------
    executor : one of :data:`surveil.scale.executors.NAMES`; workers, scheduler : as :func:`executor` takes them
    slice_h : hours of a slice
    """

    executor: str = "serial"
    workers: int = 1
    scheduler: str = ""
    slice_h: float = SLICE_H

    def _learn(self, engine: Engine, ledger: Ledger, sources: list) -> None:
        plan = plan_of(sources, engine.config, self.cut, self.slice_h)
        job = Job(tuple(map(str, self.paths)), engine.config, self.cut)
        ends = [*plan.slices[1:], *(dataclasses.replace(last, ask_ms=last.to_ms) for last in plan.slices[-1:])]
        taken: Counter[int] = Counter()
        with executor(self.executor, self.workers, self.scheduler) as pool:
            tasks = [pool.submit(gather_facts, job, *pair, None) for pair in zip(plan.slices, ends, strict=True)]
            for done, task in enumerate(as_completed(tasks), 1):
                members = unpack(task.result())
                for name in sorted(name for name in members if name.startswith(LEARNED)):
                    engine.learned.merge(learned_of(members[name]))
                about = json.loads(members["about"])
                taken.update(dict(about["taken"]))
                for stage, seconds in about["seconds"].items():
                    engine.watch.seconds[stage] = engine.watch.seconds.get(stage, 0.0) + seconds
                self.progress(ledger, engine, done / len(tasks))
        count_cut_out(sources, taken)
