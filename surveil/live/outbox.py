"""What goes out: every change of an alert to every sink, kept on disk until the sink has taken it.

At least once: a message that may have arrived is sent again, under the same id, by which its receiver drops doubles.
Each sink has a thread of its own and its own place in the outbox, so that one that is down delays no other.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from surveil.alert import SEVERITIES, Alert
from surveil.live.clock import wall_s
from surveil.live.feeds import wait_s
from surveil.live.settings import SinkConfig

Send = Callable[[str, dict], None]
"""Sends a message under its id; raises whatever if it may not have arrived."""
_KEEP_SENT_S = 7 * 86400
"""Ids of what was sent are kept so long: what a restart says again is known by them (assumed)."""


@dataclass
class SinkHealth:
    """How a sink does: ``waiting`` messages, ``cause`` of the last failure, empty when it goes well."""

    name: str
    kind: str
    waiting: int = 0
    sent: int = 0
    cause: str = ""


class Outbox:
    """Messages by sink, in SQLite. Any thread may use it."""

    def __init__(self, path: Path, sinks: dict[str, SinkConfig], make: Callable[[str, SinkConfig], Send]):
        self.sinks = sinks
        self._lock, self._news, self._stopped = threading.Lock(), threading.Event(), threading.Event()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS messages (sink TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,"
            " sent_s REAL, n INTEGER PRIMARY KEY AUTOINCREMENT, UNIQUE (sink, id))"
        )
        self.health = {name: SinkHealth(name, sink.type) for name, sink in sinks.items()}
        self._threads = [
            threading.Thread(target=self._run, args=(name, make(name, sink)), name=f"surveil-sink-{name}", daemon=True)
            for name, sink in sinks.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def add(self, alerts: Iterable[Alert]) -> None:
        """Put alerts, as they now are, into every sink's box; the same change again is known by its id.

        Raises
        ------
        sqlite3.Error : it could not be kept.
        """
        rows = [
            (name, f"{alert.id}-{len(alert.history)}", json.dumps(message(alert, sink), ensure_ascii=False))
            for alert in alerts for name, sink in self.sinks.items()
            if SEVERITIES.index(alert.severity) <= SEVERITIES.index(sink.min_severity)
        ]  # fmt: skip
        if not rows:
            return
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO messages (sink, id, body) VALUES (?,?,?)", rows)
            self._db.execute("DELETE FROM messages WHERE sent_s < ?", (wall_s() - _KEEP_SENT_S,))
            self._db.execute("COMMIT")
        self._news.set()

    def waiting(self, sink: str) -> list[tuple[int, str, dict]]:
        """(number, id, message) of what a sink has not taken, the oldest first; a hundred at most."""
        with self._lock:
            rows = self._db.execute(
                "SELECT n, id, body FROM messages WHERE sink = ? AND sent_s IS NULL ORDER BY n LIMIT 100", (sink,)
            ).fetchall()
        return [(n, id, json.loads(body)) for n, id, body in rows]

    def _run(self, name: str, send: Send) -> None:
        tries, health = 0, self.health[name]
        while not self._stopped.is_set():
            batch = self.waiting(name)
            health.waiting = len(batch)
            try:
                for n, id, body in batch:
                    send(id, body)
                    with self._lock:
                        self._db.execute("UPDATE messages SET sent_s = ? WHERE n = ?", (wall_s(), n))
                    health.sent, health.waiting = health.sent + 1, health.waiting - 1
                    tries, health.cause = 0, ""
            except Exception as error:  # whatever a library raises, the message stays and is sent again
                tries += 1
                health.cause = f"{type(error).__name__}: {error}"
                self._stopped.wait(wait_s(name, tries))
                continue
            if not batch:
                self._news.wait(1.0)
                self._news.clear()

    def close(self) -> None:
        """Stop sending; what waits is sent by the next run."""
        self._stopped.set()
        self._news.set()
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join(15)
        with self._lock:
            self._db.close()


def message(alert: Alert, sink: SinkConfig) -> dict:
    """What is told of an alert: its fields in the sink's language, and its last change."""
    said = alert.in_language(sink.lang).to_dict()
    told = {key: said[key] for key in (
        "id", "incident", "rule", "mmsi", "name", "state", "severity", "risk_to_life", "t_start_ms", "t_raised_ms",
        "t_end_ms", "lon", "lat", "sentence", "simulated", "assigned",
    )}  # fmt: skip
    last = alert.history[-1]
    return {**told, "change": {"n": len(alert.history), "event": last.event, "by": last.by, "t_ms": last.t_ms}}
