"""Alerts kept in SQLite (WAL): what is, every change that led to it, and the input lines it rests on."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

from surveil.alert import Alert, urgency
from surveil.alerts.acts import Act, acted, merged, refusal
from surveil.errors import StoreError

SCHEMA_VERSION = 2

_SCHEMA = """
CREATE TABLE alerts (
    id TEXT PRIMARY KEY, rule TEXT NOT NULL, rule_version INTEGER NOT NULL, config TEXT NOT NULL,
    incident TEXT NOT NULL, mmsi INTEGER NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL,
    risk_to_life REAL NOT NULL, t_start_ms INTEGER NOT NULL, t_raised_ms INTEGER NOT NULL, t_end_ms INTEGER,
    sentence TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX by_incident ON alerts (incident);
CREATE TABLE changes (
    alert_id TEXT NOT NULL REFERENCES alerts(id), n INTEGER NOT NULL, t_ms INTEGER NOT NULL, event TEXT NOT NULL,
    sentence TEXT NOT NULL, by_whom TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (alert_id, n)
);
CREATE TABLE acts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, alert_id TEXT NOT NULL, kind TEXT NOT NULL, by_whom TEXT NOT NULL,
    why TEXT NOT NULL, t_ms INTEGER NOT NULL, until_ms INTEGER, to_whom TEXT NOT NULL, rule TEXT NOT NULL,
    mmsi INTEGER NOT NULL, key TEXT NOT NULL, UNIQUE (alert_id, kind, by_whom, why, t_ms)
);
CREATE TRIGGER acts_stay BEFORE UPDATE ON acts BEGIN SELECT RAISE(ABORT, 'acts are only added to'); END;
CREATE TRIGGER acts_remain BEFORE DELETE ON acts BEGIN SELECT RAISE(ABORT, 'acts are only added to'); END;
CREATE TABLE sources (idx INTEGER PRIMARY KEY, name TEXT NOT NULL, simulated INTEGER NOT NULL);
CREATE TABLE lines (source INTEGER NOT NULL, line INTEGER NOT NULL, raw BLOB NOT NULL, PRIMARY KEY (source, line));
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_ACT = "alert_id, kind, by_whom, why, t_ms, until_ms, to_whom, rule, mmsi, key"
_WAIT_S = 30.0
"""For another process that writes (assumed: far longer than any transaction of ours)."""


class AlertStore:
    """One SQLite file. A change is on disk when :meth:`put` or :meth:`act` returns; the same one twice is kept once.

    ``config`` names the settings that alerts put from now on were raised under.

    Raises
    ------
    StoreError : the file is not a store of this version.
    """

    def __init__(self, path: Path, *, create: bool = False, config: str = ""):
        self.path, self.config = Path(path), config
        if not create and not self.path.exists():
            raise StoreError("no alerts are kept here; name the output folder of a replay", source=str(path))
        try:
            self._connect()
            version = self.db.execute("PRAGMA user_version").fetchone()[0]
            if create and version == 0:
                self.db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
            elif version != SCHEMA_VERSION:
                raise StoreError(f"is a store of version {version}, not {SCHEMA_VERSION}", source=str(path))
        except sqlite3.DatabaseError as error:
            raise StoreError(f"is not an alert store: {error}", source=str(path)) from None

    def _connect(self) -> None:
        self.db = sqlite3.connect(self.path, isolation_level=None, timeout=_WAIT_S)
        self.db.execute("PRAGMA journal_mode=WAL")
        self._inode = os.stat(self.path).st_ino

    def put(self, alert: Alert) -> None:
        """Keep an alert as it now is, with what people did to it meanwhile, and every change of it."""
        with self.locked():
            self._write(merged(alert, self.acts(alert.id)))

    def put_all(self, alerts: Iterable[Alert]) -> None:
        """As :meth:`put` of each, all or none."""
        with self.locked():
            for alert in alerts:
                self._write(merged(alert, self.acts(alert.id)))

    def act(self, alert_id: str, kind: str, by: str, why: str, t_ms: int, until_ms: int | None = None, to: str = ""):
        """Keep what a person did to an alert, and return the alert as it now is.

        An act for a time before the alert's last change is kept, and has effect when the input is replayed again.

        Parameters
        ----------
        kind : one of :data:`surveil.alerts.acts.KINDS`; ``t_ms``, ``until_ms`` : event time; ``to`` : whom to assign

        Raises
        ------
        StoreError : no such alert, no such act, or one that does not fit the alert's state.
        """
        with self.locked():
            body = self.db.execute("SELECT body FROM alerts WHERE id=?", (alert_id,)).fetchone()
            if body is None:
                raise StoreError(f"no alert has the id {alert_id!r}", source=str(self.path))
            alert = Alert.from_dict(json.loads(body[0]))
            act = Act.upon(alert, kind, by, why, t_ms, until_ms=until_ms, to=to)
            if act.told_in(alert):
                return alert
            if problem := act.problem():
                raise StoreError(problem, source=str(self.path))
            past = t_ms < alert.history[-1].t_ms
            if not past and (problem := refusal(alert, kind)):
                raise StoreError(f"alert {alert_id} {problem}", source=str(self.path))
            self._write_act(act)
            if not past:
                alert = acted(alert, act)
                self._write(alert)
            return alert

    def put_act(self, act: Act) -> Alert | None:
        """Keep an act as it is, whatever it is upon; returns the alert with it, None if it is not here."""
        with self.locked():
            self._write_act(act)
            body = self.db.execute("SELECT body FROM alerts WHERE id=?", (act.alert_id,)).fetchone()
            if body is None:
                return None
            alert = Alert.from_dict(json.loads(body[0]))
            if not act.told_in(alert):
                alert = acted(alert, act)
                self._write(alert)
            return alert

    def acts(self, alert_id: str | None = None) -> list[Act]:
        """What people did, to one alert or to all, in the order of event time."""
        where = "" if alert_id is None else "WHERE alert_id = ?"
        rows = self.db.execute(f"SELECT {_ACT} FROM acts {where} ORDER BY t_ms, seq", (alert_id,) if where else ())
        return [Act(*row) for row in rows.fetchall()]

    def acts_since(self, seq: int) -> list[tuple[int, Act]]:
        """Acts kept after the one of that number, each with its number, in the order in which they were kept."""
        rows = self.db.execute(f"SELECT seq, {_ACT} FROM acts WHERE seq > ? ORDER BY seq", (seq,)).fetchall()
        return [(row[0], Act(*row[1:])) for row in rows]

    def put_acts(self, acts: Iterable[Act]) -> None:
        """Keep acts of an earlier run, without applying them."""
        with self.locked():
            for act in acts:
                self._write_act(act)

    def _write_act(self, act: Act) -> None:
        values = (act.alert_id, act.kind, act.by, act.why, act.t_ms, act.until_ms, act.to, act.rule, act.mmsi, act.key)
        self.db.execute(f"INSERT OR IGNORE INTO acts ({_ACT}) VALUES (?,?,?,?,?,?,?,?,?,?)", values)

    def _write(self, alert: Alert) -> None:
        self.db.execute(
            "INSERT INTO alerts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET"
            " state=excluded.state, severity=excluded.severity, risk_to_life=excluded.risk_to_life,"
            " t_end_ms=excluded.t_end_ms, sentence=excluded.sentence, body=excluded.body",
            (
                alert.id, alert.rule, alert.rule_version, self.config, alert.incident, alert.mmsi, alert.state,
                alert.severity, alert.risk_to_life, alert.t_start_ms, alert.t_raised_ms, alert.t_end_ms,
                alert.sentence[:], alert.to_json(),
            ),
        )  # fmt: skip
        self.db.execute("DELETE FROM changes WHERE alert_id = ?", (alert.id,))
        self.db.executemany(
            "INSERT INTO changes VALUES (?,?,?,?,?,?,?)",
            [(alert.id, n, c.t_ms, c.event, c.sentence[:], c.by, c.why[:]) for n, c in enumerate(alert.history)],
        )

    def put_sources(self, sources: Iterable[tuple[int, str, bool]]) -> None:
        """Name the sources that alerts refer to by index."""
        with self.locked():
            self.db.executemany("INSERT OR REPLACE INTO sources VALUES (?,?,?)", sources)

    def put_lines(self, source: int, lines: dict[int, bytes]) -> None:
        """Keep input lines that alerts rest on."""
        with self.locked():
            self.db.executemany(
                "INSERT OR REPLACE INTO lines VALUES (?,?,?)", [(source, n, raw) for n, raw in sorted(lines.items())]
            )

    def put_meta(self, key: str, value) -> None:
        """Keep a fact about the run."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, json.dumps(value)))

    def alerts(self) -> list[Alert]:
        """All alerts, the most urgent first."""
        bodies = self.db.execute("SELECT body FROM alerts")
        return sorted((Alert.from_dict(json.loads(body)) for (body,) in bodies), key=urgency)

    def find(self, prefix: str) -> list[Alert]:
        """Alerts whose id begins so."""
        bodies = self.db.execute("SELECT body FROM alerts WHERE substr(id, 1, ?) = ?", (len(prefix), prefix)).fetchall()
        return sorted((Alert.from_dict(json.loads(body)) for (body,) in bodies), key=urgency)

    def one(self, prefix: str) -> Alert:
        """The alert whose id begins so.

        Raises
        ------
        StoreError : there is none, or more than one.
        """
        found = self.find(prefix)
        if len(found) != 1:
            several = f"several alerts begin with {prefix!r}: {', '.join(a.id for a in found[:5])}"
            raise StoreError(several if found else f"no alert begins with {prefix!r}", source=str(self.path.parent))
        return found[0]

    def incidents(self) -> list[list[Alert]]:
        """Alerts by incident, those of each in the order of time; the incident with the most urgent alert first."""
        by_id: dict[str, list[Alert]] = {}
        for alert in self.alerts():
            by_id.setdefault(alert.incident, []).append(alert)
        return [sorted(alerts, key=lambda a: (a.t_raised_ms, a.id)) for alerts in by_id.values()]

    def incident(self, id: str) -> list[Alert]:
        """Alerts of one incident, in the order of time."""
        bodies = self.db.execute(
            "SELECT body FROM alerts WHERE incident = ? ORDER BY t_raised_ms, id", (id,)
        ).fetchall()
        return [Alert.from_dict(json.loads(body)) for (body,) in bodies]

    def meta(self, key: str):
        """A fact about the run; None if it was not kept."""
        row = self.db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

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

    def _begin(self) -> None:
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise StoreError(f"is in use: {error}; try again", source=str(self.path)) from None

    @contextmanager
    def locked(self):
        """A transaction that no other writer is in; should a newer run have taken this file's place, in that one."""
        self._begin()
        while os.stat(self.path).st_ino != self._inode:
            self.db.execute("ROLLBACK")
            self.db.close()
            self._connect()
            self._begin()
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
