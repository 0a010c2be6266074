"""A recording as the inflow of a watch: whatever `surveil replay` reads, at its own speed or faster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from surveil.alerts.acts import Act
from surveil.config import Config
from surveil.ledger import Ledger
from surveil.live.picture import FeedHealth
from surveil.live.service import Mark
from surveil.run import default_times, nothing_to_read, sources_in
from surveil.schema import MISSING_TIME, Batch
from surveil.sources.cut import between
from surveil.sources.merge import merge
from surveil.sources.plotsource import with_simulated_sensors

_STEP_MS = 1000
"""Event time handed over at once, when the recording is played at its own speed."""
_WAKES = 20
"""At most so many steps a second of the machine's time (assumed): faster, each has more event time."""


class Recorded:
    """Files, folders, archives or raw logs, in the order of a replay.

    Parameters
    ----------
    paths : the recordings; speed : event time in seconds a second; 0: as fast as it goes.

    ``config`` is the configuration with the sensors that a simulated folder tells of; use it for the watch.

    Raises
    ------
    InputError : there is nothing in them.
    """

    replaying = True

    def __init__(self, config: Config, paths: list[Path], speed: float = 1.0, checkpoint_s: float = 60.0):
        self.speed, self.checkpoint_s = speed, checkpoint_s
        self.ledger = Ledger()
        self.config = with_simulated_sensors(config, paths)
        self.sources = [s for path in paths for s in sources_in(path, self.config, self.ledger, default_times())]
        if not self.sources:
            raise nothing_to_read(self.ledger, "play")
        self._done, self._t_ms, self._state = 0, MISSING_TIME, "waiting"

    def restore(self, state: dict | None) -> Iterator[Batch]:
        self._done = 0 if state is None else state["rows"]
        return iter(())

    def run(self, emit: Callable[[Batch | Mark], None], stopped: threading.Event) -> None:
        self._state, since_s = "up", 0.0
        for batch in merge(self.sources):
            for part in self._steps(batch):
                if stopped.is_set():
                    return
                emit(part)
                since_s += self._pause(part, stopped)
                self._done = int(max(at.max(initial=-1) for _, _, at in part.parts())) + 1
                if since_s >= self.checkpoint_s:
                    emit(Mark({"rows": self._done}))
                    since_s = 0.0
        emit(Mark({"rows": self._done}))
        self._state = "down"

    def _steps(self, batch: Batch) -> Iterator[Batch]:
        """What has not been played, in steps of event time, in the order of arrival."""
        at = np.concatenate([at for _, _, at in batch.parts()])
        t_ms = np.concatenate([rows.t_ms for _, rows, _ in batch.parts()])
        order = np.argsort(at)
        at, t_ms = at[order], np.maximum.accumulate(t_ms[order])
        at, t_ms = at[at >= self._done], t_ms[at >= self._done]
        if not len(at):  # all of it was played before a restart
            return
        step_ms = max(_STEP_MS, round(1000 * self.speed / _WAKES)) if self.speed else np.iinfo(np.int64).max
        starts = [0, *(np.flatnonzero(np.diff(t_ms // step_ms)) + 1).tolist()]
        for begin, end in zip(starts, [*starts[1:], len(at)], strict=True):
            yield between(batch, int(at[begin]), int(at[end - 1]) + 1)

    def _pause(self, batch: Batch, stopped: threading.Event) -> float:
        """Wait until the step is over; returns the seconds."""
        latest_ms = max(int(rows.t_ms.max(initial=MISSING_TIME)) for _, rows, _ in batch.parts())
        if self._t_ms == MISSING_TIME:
            self._t_ms = latest_ms
        wait_s = max(0, latest_ms - self._t_ms) / 1000.0 / self.speed if self.speed else 0.0
        self._t_ms = max(self._t_ms, latest_ms)
        stopped.wait(wait_s)
        return wait_s

    def keep_act(self, act: Act) -> None:
        """A recording is not added to; the store has the act."""

    def health(self) -> tuple[FeedHealth, ...]:
        heard_ms = None if self._t_ms == MISSING_TIME else self._t_ms
        return tuple(
            FeedHealth(s.name, "recording", self._state, heard_ms=heard_ms, lines=s.lines_read, decoded=s.decoded,
                       refused=sum(tuple(s.refused.values())))
            for s in self.ledger.sources
        )  # fmt: skip

    def troubles(self) -> list[str]:
        return [str(problem) for problem in self.ledger.problems[:5]]

    def close(self) -> None:
        self._state = "down"
