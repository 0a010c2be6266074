"""Alerts kept in SQLite (WAL): what is, every change that led to it, and the input lines it rests on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from surveil.alert import Alert, urgency
from surveil.alerts.lifecycle import alert_from_dict
from surveil.errors import StoreError

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE alerts (
    id TEXT PRIMARY KEY, rule TEXT NOT NULL, mmsi INTEGER NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL,
    risk_to_life REAL NOT NULL, t_start_ms INTEGER NOT NULL, t_raised_ms INTEGER NOT NULL, t_end_ms INTEGER,
    sentence TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY, alert_id TEXT NOT NULL REFERENCES alerts(id), t_ms INTEGER NOT NULL,
    event TEXT NOT NULL, sentence TEXT NOT NULL,
    UNIQUE (alert_id, t_ms, event)
);
CREATE TABLE sources (idx INTEGER PRIMARY KEY, name TEXT NOT NULL, simulated INTEGER NOT NULL);
CREATE TABLE lines (source INTEGER NOT NULL, line INTEGER NOT NULL, raw BLOB NOT NULL, PRIMARY KEY (source, line));
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class AlertStore:
    """One SQLite file. A change is on disk when :meth:`put` returns; the same change twice is kept once.

    Raises
    ------
    StoreError : the file is not a store of this version.
    """

    def __init__(self, path: Path, *, create: bool = False):
        self.path = Path(path)
        if not create and not self.path.exists():
            raise StoreError("no alerts are kept here; name the output folder of a replay", source=str(path))
        try:
            self.db = sqlite3.connect(self.path, isolation_level=None)
            self.db.execute("PRAGMA journal_mode=WAL")
            version = self.db.execute("PRAGMA user_version").fetchone()[0]
            if create and version == 0:
                self.db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
            elif version != SCHEMA_VERSION:
                raise StoreError(f"is a store of version {version}, not {SCHEMA_VERSION}", source=str(path))
        except sqlite3.DatabaseError as error:
            raise StoreError(f"is not an alert store: {error}", source=str(path)) from None

    def put(self, alert: Alert) -> None:
        """Keep an alert as it now is, and its latest change."""
        change = alert.history[-1]
        with self._transaction():
            self.db.execute(
                "INSERT INTO alerts VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET state=excluded.state,"
                " severity=excluded.severity, risk_to_life=excluded.risk_to_life, t_end_ms=excluded.t_end_ms,"
                " sentence=excluded.sentence, body=excluded.body",
                (
                    alert.id, alert.rule, alert.mmsi, alert.state, alert.severity, alert.risk_to_life,
                    alert.t_start_ms, alert.t_raised_ms, alert.t_end_ms, alert.sentence, alert.to_json(),
                ),
            )  # fmt: skip
            self.db.execute(
                "INSERT OR IGNORE INTO changes (alert_id, t_ms, event, sentence) VALUES (?,?,?,?)",
                (alert.id, change.t_ms, change.event, change.sentence),
            )

    def put_sources(self, sources: Iterable[tuple[int, str, bool]]) -> None:
        """Name the sources that alerts refer to by index."""
        with self._transaction():
            self.db.executemany("INSERT OR REPLACE INTO sources VALUES (?,?,?)", sources)

    def put_lines(self, source: int, lines: dict[int, bytes]) -> None:
        """Keep input lines that alerts rest on."""
        with self._transaction():
            self.db.executemany(
                "INSERT OR REPLACE INTO lines VALUES (?,?,?)", [(source, n, raw) for n, raw in sorted(lines.items())]
            )

    def put_meta(self, key: str, value) -> None:
        """Keep a fact about the run."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, json.dumps(value)))

    def alerts(self) -> list[Alert]:
        """All alerts, the most urgent first."""
        bodies = self.db.execute("SELECT body FROM alerts").fetchall()
        return sorted((alert_from_dict(json.loads(body)) for (body,) in bodies), key=urgency)

    def find(self, prefix: str) -> list[Alert]:
        """Alerts whose id begins so."""
        bodies = self.db.execute("SELECT body FROM alerts WHERE substr(id, 1, ?) = ?", (len(prefix), prefix)).fetchall()
        return sorted((alert_from_dict(json.loads(body)) for (body,) in bodies), key=urgency)

    def source_names(self) -> dict[int, str]:
        """Source name by index."""
        return dict(self.db.execute("SELECT idx, name FROM sources ORDER BY idx").fetchall())

    def line(self, source: int, line: int) -> str | None:
        """An input line as text, if it was kept."""
        row = self.db.execute("SELECT raw FROM lines WHERE source=? AND line=?", (source, line)).fetchone()
        return None if row is None else bytes(row[0]).decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()

    def _transaction(self):
        return _Transaction(self.db)


class _Transaction:
    def __init__(self, db: sqlite3.Connection):
        self.db = db

    def __enter__(self):
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind, *_exc):
        self.db.execute("COMMIT" if kind is None else "ROLLBACK")


def expanded(store: AlertStore, alert: Alert) -> dict:
    """An alert as plain values, with source names and the text of its input lines, for people to read."""
    names = store.source_names()
    body = alert.to_dict()
    body["subjects"] = [{"mmsi": alert.mmsi, "name": alert.name or None}]
    body["evidence"]["inputs"] = [
        {"source": names.get(row.source, str(row.source)), "line": row.line, "t_ms": row.t_ms,
         "raw": store.line(row.source, row.line)}
        for row in alert.evidence.inputs
    ]  # fmt: skip
    return body
