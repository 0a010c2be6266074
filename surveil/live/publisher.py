"""One thread that makes snapshots and tells them: by reports, alerts and ticks, and once a second anyhow."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from surveil.alert import Alert
from surveil.live.clock import steady_s
from surveil.live.picture import Moving, Snapshot, Targets
from surveil.schema import MISSING_TIME, Positions

_ALIVE_S = 1.0
"""A page must know within 5 s that the picture is stale: it hears something each second."""

Make = Callable[[int, Targets, dict[str, Alert], int], Snapshot]


class Publisher:
    """``make(version, targets, alerts, t_ms)`` builds the snapshot; ``alerts`` and ``seen`` are set by the engine."""

    def __init__(self, make: Make, every_s: float):
        self._make, self._every_s = make, every_s
        self.alerts: dict[str, Alert] = {}
        self.seen = Targets.empty()
        self._moving, self._ticked, self._t_ms = Moving(), False, MISSING_TIME
        self._heard: deque[Positions] = deque()
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._subscribers: tuple[Callable[[Snapshot], None], ...] = ()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="surveil-picture", daemon=True)
        self.failures: dict[str, int] = {}
        self.version = 0

    def start(self) -> None:
        self._moving.warm()
        self._publish()
        self._thread.start()

    def close(self) -> None:
        """Tell a last snapshot, and no more."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        with self._lock:
            self._subscribers = (*self._subscribers, callback)

        def leave() -> None:
            with self._lock:
                self._subscribers = tuple(s for s in self._subscribers if s is not callback)

        return leave

    def tick(self, seen: Targets) -> None:
        """What the engine saw."""
        self.seen, self._ticked = seen, True
        self._wake.set()

    def hear(self, rows: Positions) -> None:
        """Reports just decoded."""
        if len(rows):
            self._heard.append(rows)
            self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(_ALIVE_S)
            self._wake.clear()
            begun_s = steady_s()
            self._publish()
            self._stopped.wait(max(0.0, begun_s + self._every_s - steady_s()))
        self._publish()

    def _publish(self) -> None:
        self.version += 1
        if self._ticked:
            self._ticked = False
            self._moving.tick(self.seen, self.version)
            self._t_ms = max(self._t_ms, int(self.seen.t_ms.max(initial=MISSING_TIME)))
        parts = [self._heard.popleft() for _ in range(len(self._heard))]
        if parts:
            rows = Positions.concat(parts)
            self._moving.hear(rows, self.version)
            self._t_ms = max(self._t_ms, int(rows.t_ms.max()))
        self.snapshot = self._make(self.version, self._moving.targets, self.alerts, self._t_ms)
        for tell in self._subscribers:
            try:
                tell(self.snapshot)
            except Exception as error:  # a subscriber's fault is its own
                name = f"{type(error).__name__}: {error}"
                self.failures[name] = self.failures.get(name, 0) + 1
