"""Running a plan: tasks go to an executor as soon as what they need is there, and what they give is kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from surveil.errors import StoreError
from surveil.files import replace_file
from surveil.scale.parcel import pack_state, unpack
from surveil.scale.plan import Plan, Slice
from surveil.scale.tasks import LEARNED, Job, gather_facts, learned_of, watch
from surveil.tracks.learned import Learned

FACTS, WATCH = "facts", "watch"
_FACTS_WEIGHT = 0.3
"""Work of a pass of facts, of that of watching the same slice (assumed; for the bar of progress alone)."""
_TRIES = 3
"""So often a task may lose its process before the run gives up (assumed)."""
Task = tuple[str, int]


@dataclass
class Running:
    """One run of a plan.

    Parameters
    ----------
    open_executor : opens one; it is opened again when its processes die
    ahead : tasks submitted at once, so that what they need waits on disk and not in memory
    folder : where parcels are kept; those that are there are not made again
    name : names of parcels begin so: a hash of all that they depend on
    progress : told of the share that is done, 0 to 1
    """

    plan: Plan
    job: Job
    open_executor: Callable[[], AbstractContextManager[Executor]]
    ahead: int
    folder: Path
    name: str
    progress: Callable[[float], None] = lambda share: None
    asked_to_stop: Callable[[], bool] = lambda: False
    _tries: dict[Task, int] = field(default_factory=dict)
    _futures: dict[Future, Task] = field(default_factory=dict)
    _learned: Learned | None = None
    _folded: int = 0

    def results(self) -> Iterator[tuple[Slice, bytes]]:
        """What each slice gave, in the order of time, as soon as those before it are there; it ends early if asked to.

        Raises
        ------
        SurveilError : a task failed, or lost its process again and again.
        """
        self._learned = Learned.of(self.job.config.map)
        given = 0
        while given < len(self.plan.slices):
            with self.open_executor() as executor:
                try:
                    for this in self._ready(executor, given):
                        yield this, self._path(WATCH, this.number).read_bytes()
                        given += 1
                except BrokenExecutor:
                    self._count_deaths()
                    continue
            return

    def _ready(self, executor: Executor, given: int) -> Iterator[Slice]:
        """Slices from one on, each when its parcel is there."""
        self._futures = {}
        for this in self.plan.slices[given:]:
            while not self._path(WATCH, this.number).exists():
                if self.asked_to_stop():
                    return self._let_end()
                self._submit(executor)
                self._collect()
            yield this

    def _let_end(self) -> None:
        """Keep what tasks at work still give; begin no other."""
        self._futures = {future: task for future, task in self._futures.items() if not future.cancel()}
        while self._futures:
            self._collect()

    def _submit(self, executor: Executor) -> None:
        waiting = set(self._futures.values())
        for task in self._missing():
            if len(self._futures) >= self.ahead:
                return
            if task not in waiting and self._can_begin(task):
                future = executor.submit(*self._call(task))
                self._futures[future] = task

    def _missing(self) -> Iterator[Task]:
        """Tasks whose parcel is not there; a slice's facts are wanted before it, and before later ones."""
        for this in self.plan.slices:
            for kind in (FACTS, WATCH):
                wanted = kind == WATCH or self._has_facts_for_next(this)
                if wanted and not self._path(kind, this.number).exists():
                    yield kind, this.number

    def _has_facts_for_next(self, this: Slice) -> bool:
        """Whether the slice after it begins later than the first one, so that facts are handed to it."""
        return this.number + 1 < len(self.plan.slices) and self._needs_facts(self.plan.slices[this.number + 1])

    def _needs_facts(self, this: Slice) -> bool:
        return this.ask_ms > self.plan.slices[0].from_ms

    def _can_begin(self, task: Task) -> bool:
        kind, number = task
        if not self._needs_facts(self.plan.slices[number]):
            return True
        if kind == FACTS:
            return not self.plan.chained or self._path(FACTS, number - 1).exists()
        self._fold(number)
        return self._folded >= number

    def _fold(self, number: int) -> None:
        """Add up what was learned before slices, as far as the passes have come; each sum is kept until it is used."""
        while self._folded < number and self._is_there(self._folded):
            if self._learned is not None and self._path(FACTS, self._folded).exists():
                members = unpack(self._path(FACTS, self._folded).read_bytes())
                for name in sorted(name for name in members if name.startswith(LEARNED)):
                    self._learned.follow(learned_of(members[name]))
            self._folded += 1
            if self._learned is not None:
                replace_file(self._path("learned", self._folded), pack_state(self._learned.state()))

    def _is_there(self, number: int) -> bool:
        after = self.plan.slices[number + 1]
        return not self._needs_facts(after) or self._path(FACTS, number).exists()

    def _call(self, task: Task) -> tuple:
        kind, number = task
        this, slices = self.plan.slices[number], self.plan.slices
        goes_on = self._needs_facts(this) and (kind == WATCH or self.plan.chained)
        before = self._path(FACTS, number - 1).read_bytes() if goes_on else None
        if kind == FACTS:
            return gather_facts, self.job, this, slices[number + 1], before
        learned = self._path("learned", number).read_bytes() if before and self._learned is not None else None
        return watch, self.job, this, number == len(slices) - 1, before, learned

    def _collect(self) -> None:
        """Keep what has come, in files."""
        done, _ = wait(self._futures, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            kind, number = self._futures[future]
            parcel = future.result()  # if its process died, the task stays among those to be counted
            del self._futures[future]
            replace_file(self._path(kind, number), parcel)
            self.progress(self._share_done())

    def _share_done(self) -> float:
        n = len(self.plan.slices)
        done = {kind: sum(self._path(kind, i).exists() for i in range(n)) for kind in (FACTS, WATCH)}
        return (_FACTS_WEIGHT * done[FACTS] + done[WATCH]) / (_FACTS_WEIGHT * max(n - 1, 0) + n)

    def _count_deaths(self) -> None:
        """Every task that was at work when processes died may have killed them."""
        for task in self._futures.values():
            self._tries[task] = self._tries.get(task, 0) + 1
            if self._tries[task] >= _TRIES:
                raise StoreError(f"the processes of {task[0]} {task[1]} died {_TRIES} times; is there memory for it?")

    def _path(self, kind: str, number: int) -> Path:
        return self.folder / f"{self.name}-{kind}-{number:05}.zip"
