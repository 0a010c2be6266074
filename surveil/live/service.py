"""The watch itself: an inflow's batches through the one engine; alerts, acts and checkpoints that survive; the picture.

Three threads. The inflow's hands over batches, in order; the engine's pushes them, keeps alerts and acts in the store
and writes checkpoints; the picture's moves targets on between ticks and tells the subscribers. The inflow may be feeds
(:mod:`surveil.live.intake`) or a recording (:mod:`surveil.live.recorded`).
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from surveil.alert import Alert
from surveil.alerts.acts import Act
from surveil.alerts.store import AlertStore
from surveil.areas import Areas, load_areas
from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.errors import StoreError, SurveilError
from surveil.ledger import Ledger
from surveil.live import checkpoint
from surveil.live.clock import ReceiveClock
from surveil.live.keeping import DISK, Keeping
from surveil.live.outbox import Outbox
from surveil.live.past import Past
from surveil.live.picture import FeedHealth, Snapshot, Targets, targets_of
from surveil.live.publisher import Publisher
from surveil.live.settings import live_of, sinks_of
from surveil.live.sinks import make_sink
from surveil.schema import MISSING_TIME, Batch
from surveil.tracks.view import View

_WAITING = 512
"""Batches between inflow and engine; beyond them the inflow waits (assumed: half a minute, some 30 MB of all the
world's AIS). The picture goes on while a tick takes its time."""

_ANSWER_S = 0.02
"""So soon a person's act is looked at when no batch comes."""
_ENDED_S = 0.5
"""So often one who waits for an answer looks whether there is still anyone to give it."""


@dataclass(frozen=True)
class Mark:
    """A place in the inflow: what :meth:`Inflow.restore` needs to go on right after the batches before it."""

    state: dict


class Inflow(Protocol):
    """Where batches come from."""

    ledger: Ledger
    replaying: bool

    def restore(self, state: dict | None) -> Iterator[Batch]:
        """Go back to a mark, None to begin; gives what was taken in after it and is to be pushed first."""

    def run(self, emit: Callable[[Batch | Mark], None], stopped: threading.Event) -> None:
        """Emit until there is no more or ``stopped``."""

    def keep_act(self, act: Act) -> None:
        """Keep what a person did beside what was taken in, so that a replay of it says the same."""

    def health(self) -> tuple[FeedHealth, ...]: ...

    def troubles(self) -> list[str]: ...

    def close(self) -> None: ...


class Watch:
    """One running watch over a folder, of which it is the only one.

    Parameters
    ----------
    data : folder of the raw log, the store, checkpoints and past pictures; made if it is not there.
    inflow : feeds, or a recording.

    Use :meth:`start` and :meth:`close`, or ``with``. All other methods may be called from any thread.

    Raises
    ------
    SurveilError : by :meth:`start`, if it cannot begin.
    """

    def __init__(
        self, config: Config, data: Path, inflow: Inflow, *, areas: Areas | None = None,
        clock: ReceiveClock | None = None,
    ):  # fmt: skip
        self.config, self.data, self.inflow = config, Path(data), inflow
        self.settings, self.clock = live_of(config), clock or ReceiveClock()
        self.areas = areas or load_areas()
        self.data.mkdir(parents=True, exist_ok=True)
        self.past = Past(self.data / "past.sqlite", self.settings)
        self.outbox = Outbox(self.data / "outbox.sqlite", sinks_of(config), make_sink)
        self.publisher = Publisher(self._snapshot, self.settings.picture_ms / 1000)
        self.ended = threading.Event()
        """Set when the inflow has no more (a recording is over), or the watch has been closed."""
        self.failure: BaseException | None = None
        self._asked: deque[tuple[Callable[[], object], Future]] = deque()
        self._queue: queue.Queue = queue.Queue(_WAITING)
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._ready: Future = Future()
        self._view: View | None = None
        self._trouble: dict[str, str] = {}
        self._t_ms = MISSING_TIME
        self._counters = {"batches": 0, "ticks": 0, "checkpoints": 0, "caught_up_rows": 0}
        self._threads = [threading.Thread(target=self._engine_thread, name="surveil-engine", daemon=True)]

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_exc) -> None:
        self.close()

    def start(self) -> None:
        """Go on from the last checkpoint, and begin."""
        self._threads[0].start()
        self._ready.result()
        self.publisher.start()
        self.outbox.start()
        inflow = threading.Thread(target=self._inflow_thread, name="surveil-inflow", daemon=True)
        self._threads.append(inflow)
        inflow.start()

    def close(self) -> None:
        """Stop taking in, push what has been taken in, write a checkpoint."""
        self._stopped.set()
        for thread in reversed(self._threads):
            if thread.is_alive():
                thread.join()
        self.publisher.close()
        self.past.close()
        self.outbox.close()

    @property
    def simulated(self) -> bool:
        """Whether anything taken in said that it is simulated."""
        return any(source.simulated for source in self.inflow.ledger.sources)

    def snapshot(self) -> Snapshot:
        """The picture as it was last told."""
        return self.publisher.snapshot

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Be given every new snapshot, at most one each ``picture_ms`` and one a second at least; returns what ends it.

        The callback runs in the picture's thread: it must hand on and return.
        """
        return self.publisher.subscribe(callback)

    def act(
        self, kind: str, alert_id: str, by: str, why: str = "", until_ms: int | None = None, assigned: str | None = None
    ) -> Act:
        """Do something to an alert (:data:`surveil.alerts.acts.KINDS`); on disk and shown when it returns.

        Raises
        ------
        StoreError : no such alert, no such act, one that does not fit the alert's state, or it cannot be kept.
        """
        wanted = {"alert_id": alert_id, "kind": kind, "by": by, "why": why, "until_ms": until_ms, "to": assigned or ""}
        return self._ask(lambda: self._act(wanted))

    def tracks(self, mmsi: int, since_ms: int = 0, hull: int = 0) -> dict[str, np.ndarray]:
        """Where a target has been, oldest first: t_ms, lon, lat, sog_kn, cog_deg; of its last 48 minutes or more."""
        with self._lock:
            table = self.engine.table
            slots = np.flatnonzero((table.arrays.mmsi[: table.n] == mmsi) & (table.hulls["number"][: table.n] == hull))
            path = table.path(int(slots[0]) if len(slots) else 0, since_ms)
        return path if len(slots) else {name: column[:0] for name, column in path.items()}

    def reception(self) -> tuple[dict[str, np.ndarray], float] | None:
        """What was learned of it: :meth:`surveil.tracks.reception.ReceptionMap.cells`, and their side in degrees."""
        learned = self.engine.learned
        with self._lock:
            return None if learned is None else (learned.reception.cells(), learned.cell_deg)

    def history(self, t_ms: int) -> Snapshot | None:
        """The picture as it was at an event time, to the minute, with the alerts of then; None if none is kept."""
        found = self.past.at(t_ms)
        if found is None:
            return None
        store = AlertStore(self.data / "alerts.sqlite")
        try:
            alerts = self.past.alerts_at(store.alerts(), t_ms)
        finally:
            store.close()
        return Snapshot(0, t_ms, found[0], found[0], found[1], alerts, simulated=self.simulated, replaying=True)

    def _ask(self, what: Callable[[], object]):
        """Have the engine's thread do something between two batches."""
        done: Future = Future()
        self._asked.append((what, done))
        while not done.done():
            wait((done,), _ENDED_S if self._threads[0].is_alive() else 0)
            if not (done.done() or self._threads[0].is_alive()):  # it may end without having seen this
                raise StoreError("the watch has stopped", source=str(self.data))
        return done.result()

    # in the engine's thread

    def _engine_thread(self) -> None:
        try:
            self._open()
            self._ready.set_result(None)
            self._loop()
        except BaseException as error:
            self.failure = error
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            self._stopped.set()
            self.ended.set()
            self._refuse_asked()
            if hasattr(self, "keeping"):
                self.keeping.close()

    def _open(self) -> None:
        self.keeping = Keeping(self.data / "alerts.sqlite", self.config.digest, self.settings.ended_h, self.outbox.add)
        self._saved = checkpoint.Checkpoint(self.data / "checkpoint.npz")
        self._begin(self._saved.load(self._trouble))
        self.keeping.save(self.inflow.ledger)
        self.keeping.read()
        self._show()

    def _begin(self, state: dict | None) -> None:
        """An engine that goes on from a checkpoint, and through all that was taken in since."""
        self.engine = self._new_engine()
        if state is not None:
            try:
                self.engine.restore(state["engine"])
                self.keeping.act_seq = state["act_seq"]
            except (ValueError, KeyError) as error:
                self._trouble["checkpoint"] = (
                    f"the checkpoint does not fit these settings, the raw log is read: {error}"
                )
                self.engine, state = self._new_engine(), None
        for act in self.keeping.earlier_acts():
            self._give(act)
        for batch in self.inflow.restore(None if state is None else state["inflow"]):
            self._push(batch, caught_up=True)

    def _new_engine(self) -> Engine:
        return Engine(
            self.config, self.areas, simulated=lambda source: self.inflow.ledger[source].simulated,
            hooks=Hooks(alert=self.keeping.changed, unplaced=self.keeping.unplaced, ticked=self._ticked),
        )  # fmt: skip

    def _loop(self) -> None:
        """Until the inflow has ended and, after a recording's end, until the watch is closed."""
        open_ = True
        while open_ or not self._stopped.is_set():
            self._answer()
            try:
                item = self._queue.get(timeout=_ANSWER_S)
            except queue.Empty:
                continue
            if item is None:
                open_ = False
                self._inflow_ended()
            elif isinstance(item, Mark):
                self._save_checkpoint(item)
            else:
                self._push(item)

    def _inflow_ended(self) -> None:
        """What stops by itself is over: the last ticks are run. People may go on."""
        if not self._stopped.is_set():
            with self._lock:
                self.engine.close()
            if self._view is not None:
                self._after_ticks(caught_up=False)
        self.ended.set()

    def _push(self, batch: Batch, caught_up: bool = False) -> None:
        before = self._view
        with self._lock:
            self.engine.push(batch)
        self._t_ms = max(self._t_ms, *(int(rows.t_ms.max(initial=MISSING_TIME)) for _, rows, _ in batch.parts()))
        self._counters["batches"] += 1
        if caught_up:
            self._counters["caught_up_rows"] += len(batch)
        if self._view is not before:
            self._after_ticks(caught_up)
        elif not self.keeping.saved:
            self.keeping.save(self.inflow.ledger)

    def _after_ticks(self, caught_up: bool) -> None:
        self.keeping.save(self.inflow.ledger)
        if caught_up:
            return
        seen = targets_of(self._view)
        self.publisher.tick(seen)
        self._show()
        try:
            self.past.keep(self._view.t_ms, seen)
            self._trouble.pop("past", None)
        except DISK as error:
            self._trouble["past"] = f"past pictures cannot be kept: {error}"

    def _ticked(self, view: View) -> None:
        self._view = view
        self._counters["ticks"] += 1

    def _act(self, wanted: dict) -> Act:
        act = self.keeping.take(wanted, self._t_ms, self.engine.taken, self.inflow.ledger)
        self._give(act)
        self._show()
        return act

    def _give(self, act: Act) -> None:
        self.inflow.keep_act(act)
        self.engine.act(act)
        self.keeping.pend(act)

    def _show(self) -> None:
        self.keeping.refresh(self._t_ms, self._view.t_ms if self._view else MISSING_TIME)
        self.publisher.alerts = self.keeping.shown
        self.publisher.wake()

    def _answer(self) -> None:
        while self._asked:
            what, done = self._asked.popleft()
            try:
                done.set_result(what())
            except SurveilError as error:
                done.set_exception(error)

    def _refuse_asked(self) -> None:
        while self._asked:
            self._asked.popleft()[1].set_exception(StoreError("the watch has stopped", source=str(self.data)))

    def _save_checkpoint(self, mark: Mark) -> None:
        """Keep the state of everything at a mark; never one that is ahead of the store."""
        self.keeping.save(self.inflow.ledger)
        if not self.keeping.saved:
            return
        state = {"engine": self.engine.state(), "act_seq": self.keeping.act_seq, "inflow": mark.state}
        try:
            self._saved.save(state)
            self._counters["checkpoints"] += 1
            self._trouble.pop("checkpoint", None)
        except DISK as error:
            self._trouble["checkpoint"] = f"no checkpoint could be written: {error}"

    # in the inflow's thread

    def _inflow_thread(self) -> None:
        try:
            self.inflow.run(self._emit, self._stopped)
        except BaseException as error:
            self.failure = error
        finally:
            self.inflow.close()
            self._queue.put(None)

    def _emit(self, item: Batch | Mark) -> None:
        if isinstance(item, Batch):
            self.publisher.hear(item.positions)
        self._queue.put(item)

    # in the picture's thread

    def _snapshot(self, version: int, targets: Targets, alerts: dict[str, Alert], t_ms: int) -> Snapshot:
        view, seconds = self._view, self.engine.watch.seconds
        sources = list(self.inflow.ledger.sources)
        counted = {name: sum(getattr(s, name) for s in sources) for name in ("lines_read", "decoded", "not_ais")}
        refused = sum(n for s in sources for n in tuple(s.refused.values()))
        counted |= {"refused": refused, "rows": self.engine.rows}
        down = (f"sink {s.name} takes nothing: {s.cause}" for s in self.outbox.health.values() if s.cause)
        told = (self.keeping.trouble, *self._trouble.values(), *self.inflow.troubles(), *down)
        return Snapshot(
            version, t_ms, view.t_ms if view else MISSING_TIME, self.clock.now_ms(), targets, alerts,
            self.inflow.health(), dict(seconds), self._counters | counted | {"waiting": self._queue.qsize()},
            tuple(filter(None, told)), self.simulated, self.inflow.replaying,
        )  # fmt: skip
