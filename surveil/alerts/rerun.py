"""What a run takes over from an earlier one in its folder: what people did there, and the alerts they did it to."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

from surveil.alert import Alert
from surveil.alerts.acts import Act
from surveil.alerts.store import AlertStore
from surveil.errors import StoreError
from surveil.words import Words


class Earlier:
    """The store of an earlier run, if there is one. The new run's store takes its place when :meth:`handing_over` ends.

    ``acts`` is what people had done when the new run began, in the order of event time.

    Raises
    ------
    StoreError : there is a store, but of a version whose acts cannot be read.
    """

    def __init__(self, path: Path):
        self.path = path
        self.acts: list[Act] = []
        if self._is_there():
            store = AlertStore(path)
            self.acts = store.acts()
            store.close()

    def _is_there(self) -> bool:
        return self.path.exists() and _version(self.path) != 1  # the first had no acts

    @contextmanager
    def handing_over(self, new: AlertStore, names: dict[int, str]):
        """Within it nobody can act upon the earlier store; acts that came during the run are taken over first.

        ``names`` are those of the new run's sources, by index.
        """
        if not self._is_there():
            yield
            return
        store = AlertStore(self.path)
        with store.locked():
            for act in store.acts():
                if act not in self.acts:
                    new.put_act(act)
            _keep_acted(store, new, names)
            yield
        store.db.close()


def _keep_acted(old: AlertStore, new: AlertStore, names: dict[int, str]) -> None:
    """Alerts that people acted upon and that the new run did not raise: kept, retracted."""
    before = old.source_names()
    for act in new.acts():
        if not _told(act, new) and (lost := old.find(act.alert_id)):
            inputs = lost[0].evidence.inputs
            same = tuple(row for row in inputs if before.get(row.source) == names.get(row.source))
            evidence = dataclasses.replace(lost[0].evidence, inputs=same)
            new.put(_not_raised(dataclasses.replace(lost[0], evidence=evidence), new.config))


def _told(act: Act, new: AlertStore) -> bool:
    rows = new.db.execute("SELECT 1 FROM changes WHERE (t_ms, by_whom, why) = (?,?,?)", (act.t_ms, act.by, act.why))
    return rows.fetchone() is not None


def _not_raised(alert: Alert, config: str) -> Alert:
    why = Words("not raised by a later run, with settings {config}", config=config)
    if alert.state == "retracted" and alert.history[-1].why == why:
        return alert
    return alert.changed(alert.history[-1].t_ms, "retract", why=why, state="retracted", until_ms=None)


def _version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        try:
            return db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise StoreError(f"is not an alert store: {error}", source=str(path)) from None
