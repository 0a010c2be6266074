"""Alerts and acts of a watch: in the store before they count, shown at once, and made up for when the disk has room."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from surveil.alert import Alert
from surveil.alerts.acts import Act, acted, refusal
from surveil.alerts.store import AlertStore
from surveil.errors import StoreError
from surveil.ledger import Ledger
from surveil.schema import MISSING_TIME

DISK = (StoreError, sqlite3.Error, OSError)
"""What a disk without room, or none at all, makes of writing."""


class Keeping:
    """The store of a watch and what of it is shown. Lives in the engine's thread.

    ``shown`` is by id what people see: alerts that have not ended, or have lately, with all that was done to them.
    ``act_seq`` counts the acts that the engine has been given; ``told`` keeps what is to go out of alerts that changed.
    """

    def __init__(self, path: Path, config: str, ended_h: float, told: Callable[[list[Alert]], None] = len):
        self.store = AlertStore(path, create=True, config=config)
        self.trouble, self._told = "", told
        self.act_seq, self.shown = 0, {}
        self._ended_ms = round(ended_h * 3_600_000)
        self._alerts: dict[str, Alert] = {}
        self._unsaved: dict[str, Alert] = {}
        self._pending: list[Act] = []

    @property
    def saved(self) -> bool:
        """Whether the store has everything."""
        return not self._unsaved

    def changed(self, alert: Alert) -> None:
        """The engine said something new of an alert."""
        self._unsaved[alert.id] = self._alerts[alert.id] = alert

    def unplaced(self, act: Act) -> None:
        """An act upon an alert that the engine has forgotten."""
        if (alert := self.store.put_act(act)) is not None:
            self._alerts[alert.id] = alert

    def read(self) -> None:
        """Take up all that the store has."""
        self._alerts = {a.id: a for a in self.store.alerts()} | self._unsaved

    def refresh(self, t_ms: int, tick_ms: int) -> None:
        """Make ``shown`` true again, at an event time, after the engine's tick of another."""
        self._alerts = {id: alert for id, alert in self._alerts.items() if self._lasts(alert, t_ms)}
        known = [(act, self._alerts.get(act.alert_id)) for act in self._pending]
        self._pending = [
            act for act, alert in known if (act.t_ms >= tick_ms if alert is None else not act.told_in(alert))
        ]
        self.shown = {id: self._with_acts(alert) for id, alert in self._alerts.items()}

    def _lasts(self, alert: Alert, t_ms: int) -> bool:
        return not alert.ended or t_ms == MISSING_TIME or alert.history[-1].t_ms >= t_ms - self._ended_ms

    def _with_acts(self, alert: Alert) -> Alert:
        """An alert with what people did to it, also if the engine has yet to come to it."""
        for act in self._pending:
            if act.alert_id == alert.id and not act.told_in(alert):
                alert = acted(alert, act)
        return alert

    def save(self, ledger: Ledger) -> None:
        """Put what changed into the store; what cannot be put waits, and ``trouble`` says so."""
        if not self._unsaved:
            return
        try:
            self.store.put_all(self._unsaved.values())
            self._told(list(self._unsaved.values()))
            self.store.put_sources((i, s.name, s.simulated) for i, s in enumerate(ledger.sources))
        except DISK as error:
            self.trouble = f"ALERTS ARE NOT BEING KEPT ON DISK: {error}"
            return
        self._unsaved, self.trouble = {}, ""

    def earlier_acts(self) -> list[Act]:
        """Acts in the store that the engine has not been given, which it now is to be."""
        found = self.store.acts_since(self.act_seq)
        self.act_seq = max((seq for seq, _ in found), default=self.act_seq)
        return [act for _, act in found]

    def take(self, wanted: dict, t_ms: int, taken: Callable[[Act], Act], ledger: Ledger) -> Act:
        """An act of a person, on disk.

        Parameters
        ----------
        wanted : alert_id, kind, by, why, until_ms, to; taken : the act as the engine would take it now

        Raises
        ------
        StoreError : no such alert, no such act, one that does not fit the alert's state, or it cannot be kept.
        """
        alert = self.shown.get(wanted["alert_id"])
        if alert is None:
            raise StoreError(f"no alert has the id {wanted['alert_id']!r}", source=str(self.store.path))
        more = {key: value for key, value in wanted.items() if key != "alert_id"}
        act = taken(Act.upon(alert, t_ms=max(t_ms, alert.history[-1].t_ms), **more))
        if problem := act.problem() or refusal(alert, act.kind):
            raise StoreError(f"alert {alert.id}: {problem}", source=str(self.store.path))
        self.save(ledger)
        try:
            done = self.store.put_act(act)
            self.earlier_acts()
        except (*DISK, ValueError) as error:
            raise StoreError(f"not done, it cannot be kept: {error}", source=str(self.store.path)) from None
        if done is not None:
            self._tell_act(done)
        return act

    def _tell_act(self, alert: Alert) -> None:
        """Tell the sinks now: the engine's next tick, which tells them too, does not come if no feed goes on."""
        try:
            self._told([alert])
        except DISK as error:
            self.trouble = f"WHAT WAS DONE IS NOT BEING TOLD: {error}"

    def pend(self, act: Act) -> None:
        """The engine has been given an act, and will come to it."""
        self._pending.append(act)

    def close(self) -> None:
        self.store.close()
