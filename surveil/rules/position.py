"""Positions that cannot be: a vessel that jumps, or many of an area at once.

Conditions, by the track events of the same name:
- jump: at least `min_fixes` reports, the first at least `min_apart_m` off, that the target's path cannot have;
- new_path: it goes on as far off from where it was lately, which no ship can;
- interference: many ships of an area leap within minutes. It lasts until none leaps any more.
A vessel's own jumps are told once within `quiet_s`.

Source: `tracks/leaps.py` (when a report is refused, and when several are interference; its figures are assumed).

Known false alarms: a GNSS receiver that starts cold or is set up; two stations with one number, before they are told
apart; feeds of several stations whose clocks differ by minutes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import destination_deg
from surveil.rules.base import NM_M, Candidate, Details, Rule, last_input, nm, off_place
from surveil.rules.examples import IN_SW_LANE, Example, run, together
from surveil.rules.noted import Noted, inputs_of, row_of
from surveil.tracks.events import INTERFERENCE, INTERFERENCE_OVER, JUMP, NEW_PATH, TrackEvent
from surveil.words import Words

_SENTENCES = {
    JUMP: "{craft} sent positions that cannot be its own: {fixes} of them, the first {apart} off{where}",
    NEW_PATH: "{craft} goes on {apart} from where it was {silent:.0f} min ago, which no ship can{where}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_fixes: int = param(3, "reports", "assumed: one wild report is noise", 1, 1000)
    min_apart_m: float = param(5 * NM_M, "m", "assumed: less may be an antenna, a clock or a turn", 0, 10_000_000)
    quiet_s: int = param(86400, "s", "assumed: a bad receiver is told once a day", 0, 10_000_000)
    lasts_s: int = param(14400, "s", "assumed: interference whose end was not seen is over by then", 600, 1_000_000)


class Position(Rule):
    """Positions that no ship can have had."""

    name = "position"
    version = 1
    Params = Params
    of_facts = ("quiet_s", "lasts_s")
    known_false_alarms = (
        "GNSS receivers that start cold; two stations with one number; feeds whose clocks differ by minutes."
    )

    def __init__(self, params):
        super().__init__(params)
        self.noted = Noted(self.hold_s, params.quiet_s)
        self._areas: list[TrackEvent] = []

    def happened(self, events: list[TrackEvent]) -> None:
        p = self.params
        for event in events:
            if event.kind == INTERFERENCE:
                self._areas.append(event)
            elif event.kind == INTERFERENCE_OVER:
                self._areas = [a for a in self._areas if (a.lon, a.lat) != (event.lon, event.lat)]
            elif (
                event.kind in _SENTENCES
                and event.facts["apart_m"] >= p.min_apart_m
                and event.facts.get("fixes", p.min_fixes) >= p.min_fixes
            ):
                self.noted.take([(event.kind, event)])

    def evaluate(self, view) -> list[Candidate]:
        self._areas = [a for a in self._areas if view.t_ms - a.found_ms <= self.params.lasts_s * 1000]
        found = self.noted.candidates(view)
        for area in self._areas:
            row = row_of(view, _first_ship(area))
            if row >= 0:
                found.append(Candidate(row, area.mmsi, area.t_ms, _area_key(area)))
        return found

    def describe(self, view, candidate: Candidate) -> Details:
        if candidate.mmsi == 0:
            return self._interference(view, candidate)
        row, event = candidate.row, self.noted.events[candidate.mmsi, candidate.key]
        facts = event.facts
        sentence = Words(
            _SENTENCES[event.kind], craft=view.title(row), apart=nm(facts["apart_m"]),
            where=off_place(view.areas, view.lon[row], view.lat[row]), fixes=facts.get("fixes", 0),
            silent=facts.get("silent_s", 0.0) / 60,
        )  # fmt: skip
        compared = [
            Compared("distance off", round(facts["apart_m"]), ">=", self.params.min_apart_m, "m", "assumed"),
            Compared("reports refused", facts.get("fixes", "not given"), ">=", self.params.min_fixes, "", "assumed"),
        ]
        return Details(
            sentence, "low", 0.1, view.lon[row], view.lat[row],
            self.evidence("Positions out of reach of its path", compared, inputs_of(view, row, event)),
        )  # fmt: skip

    def _interference(self, view, candidate: Candidate) -> Details:
        area = next(a for a in self._areas if _area_key(a) == candidate.key)
        facts = area.facts
        sentence = Words(
            "GNSS interference: positions of {ships} of {there} ships heard within {within} leap{where}",
            ships=facts["ships"], there=facts["ships_there"], within=nm(facts["within_m"]),
            where=off_place(view.areas, area.lon, area.lat),
        )  # fmt: skip
        compared = [
            Compared("ships that leap", facts["ships"], ">=", 4, "", "assumed"),
            Compared("ships heard there", facts["ships_there"], "", None, "", ""),
        ]
        inputs = [last_input(view, row) for m in map(int, facts["mmsis"].split()) if (row := row_of(view, m)) >= 0]
        return Details(
            sentence, "medium", 0.3, area.lon, area.lat,
            self.evidence("Positions of many ships of an area out of reach of their paths", compared, inputs),
        )  # fmt: skip

    def state(self) -> dict[str, np.ndarray]:
        areas = json.dumps([asdict(a) for a in self._areas]).encode()
        return super().state() | {"areas": np.frombuffer(areas, np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        super().restore(arrays)
        self._areas = [TrackEvent(**each) for each in json.loads(arrays["areas"].tobytes())]

    @classmethod
    def examples(cls):
        far = destination_deg(*IN_SW_LANE, 20.0, 20_000.0)

        def leaps(fixes: int):
            ship = run(235_123_456, IN_SW_LANE, 227.0, 10.0, 1800)
            wild = run(235_123_456, far, 300.0, 30.0, 30 * fixes, start_s=300)
            wild = wild.replace(lon=wild.lon + 0.3 * np.arange(fixes), digest=wild.digest + np.uint64(50_000))
            at = ~np.isin(ship.t_ms, wild.t_ms)
            return together(ship.take(at), wild)

        yield Example("four reports from 11 nm off and more, here and there", leaps(4), True)
        yield Example("one such report", leaps(1), False)
        yield Example("none", run(235_123_456, IN_SW_LANE, 227.0, 10.0, 1800), False)


def _first_ship(area: TrackEvent) -> int:
    return int(area.facts["mmsis"].split()[0])


def _area_key(area: TrackEvent) -> str:
    return f"{area.kind} {area.t_ms}"
