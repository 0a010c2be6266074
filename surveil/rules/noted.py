"""Track events that a rule raises: each is shown for a while, and once a vessel and kind."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np

from surveil.alert import InputRow
from surveil.rules.base import Candidate, last_input
from surveil.tracks.events import TrackEvent
from surveil.tracks.view import View


class Noted:
    """Events of the last ``show_s``; one of a vessel and kind that is told again within ``quiet_s`` is left out.

    Bounded by the vessels that had one within ``quiet_s``.
    """

    def __init__(self, show_s: float, quiet_s: float = 0.0):
        self.show_ms, self.quiet_ms = int(show_s * 1000), int(max(show_s, quiet_s) * 1000)
        self.events: dict[tuple[int, str], TrackEvent] = {}
        self._told_ms: dict[tuple[int, str], int] = {}

    def take(self, events: Iterable[tuple[str, TrackEvent]]) -> None:
        """Note events, each with the kind that it is told once of."""
        for kind, event in events:
            key = (event.mmsi, kind)
            if event.found_ms - self._told_ms.get(key, event.found_ms - self.quiet_ms - 1) > self.quiet_ms:
                self.events[key], self._told_ms[key] = event, event.found_ms

    def shown(self, t_ms: int) -> list[tuple[str, TrackEvent]]:
        """(kind, event) of those to show, in the order of MMSI and kind; others are forgotten."""
        if not self._told_ms:
            return []
        self.events = {k: e for k, e in self.events.items() if t_ms - e.found_ms <= self.show_ms}
        self._told_ms = {k: told for k, told in self._told_ms.items() if t_ms - told <= self.quiet_ms}
        return [(key[1], self.events[key]) for key in sorted(self.events)]

    def candidates(self, view: View) -> list[Candidate]:
        """One for each event about a craft that is in the view; its kind is the key."""
        found = []
        for kind, event in self.shown(view.t_ms):
            row = row_of(view, event.mmsi)
            if row >= 0 and view.craft[row]:
                found.append(Candidate(row, event.mmsi, min(event.t_ms, view.t_ms), kind))
        return found

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        few = {
            "events": [[kind, asdict(event)] for (_, kind), event in self.events.items()],
            "told": [[*key, told_ms] for key, told_ms in self._told_ms.items()],
        }
        return {"noted": np.frombuffer(json.dumps(few).encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        few = json.loads(arrays["noted"].tobytes())
        events = [(kind, TrackEvent(**values)) for kind, values in few["events"]]
        self.events = {(event.mmsi, kind): event for kind, event in events}
        self._told_ms = {(mmsi, kind): told_ms for mmsi, kind, told_ms in few["told"]}


def row_of(view: View, mmsi: int) -> int:
    """The row of the first hull of an MMSI, -1 if it is not in the view."""
    rows = np.flatnonzero((view.mmsi == mmsi) & (view.hull == 0))
    return int(rows[0]) if rows.size else -1


def inputs_of(view: View, row: int, event: TrackEvent) -> list[InputRow]:
    """The input row that an event names, if it does, and the target's last."""
    facts = event.facts
    named = [InputRow(int(facts["source"]), int(facts["line"]), event.t_ms)] if "line" in facts else []
    return [*named, last_input(view, row)]
