"""Identity: a vessel that is not who it says it is, or cannot be.

Conditions, each by the track events of the same name:
- clone: one MMSI is sent by two hulls at once;
- mmsi_changed: a hull goes on under another MMSI;
- static_changed: its name, call sign or IMO number becomes another; or, if `sizes`, its type or size;
- static_alternates: two values of one of these are in use at once;
- mmsi_wrong: a number of no form or country; imo_wrong: an IMO number whose check digit is wrong.
Each is told once a vessel and kind within `quiet_s`, since wrong numbers stay for years.

Source: ITU-R M.585-9 (forms of MMSIs), ITU's list of maritime identification digits, IMO A.1117(30) (IMO numbers);
when an event is one is in `tracks/identity.py`, `leaps.py` and `links.py`.

Known false alarms: numbers typed in wrongly, which most of these are; fishing gear and inland craft with numbers of
their own; sale, charter or a new flag, which change name and MMSI lawfully; damage to messages from satellites.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import destination_deg
from surveil.rules.base import Candidate, Details, Rule, nm, off_place
from surveil.rules.examples import IN_SW_LANE, T0_MS, Example, run, together
from surveil.rules.noted import Noted, inputs_of
from surveil.schema import Statics
from surveil.tracks.events import (
    CLONE,
    IMO_WRONG,
    MMSI_CHANGED,
    MMSI_WRONG,
    STATIC_ALTERNATES,
    STATIC_CHANGED,
    TrackEvent,
)
from surveil.words import Words

_WHO = ("name", "callsign", "imo")
_SENTENCES = {
    CLONE: "{craft}: its MMSI is sent by {hulls} hulls at once, {apart} apart{where}",
    MMSI_CHANGED: "{craft} is likely the hull that was {before}, which fell silent near by{where}",
    STATIC_CHANGED: "{craft} changed its {field:name} from {old} to {new}{where}",
    STATIC_ALTERNATES: "{craft} gives two values of its {field:name} by turns, {old} and {new}{where}",
    MMSI_WRONG: "{craft} sends a number that is no MMSI ({why:name}){where}",
    IMO_WRONG: "{craft} gives the IMO number {imo:07d}, whose check digit is wrong{where}",
}
_RANKS = {CLONE: ("low", 0.1), MMSI_CHANGED: ("low", 0.15), STATIC_CHANGED: ("low", 0.1)}
"""Severity and risk to life (assumed); the others are for the record."""
_FIELDS = {
    "name": "name", "callsign": "call sign", "imo": "IMO number", "ship_type": "ship type", "length_m": "length",
    "beam_m": "beam",
}  # fmt: skip
_GROUNDS = {
    CLONE: "Reports of one MMSI that no one hull can have sent",
    MMSI_CHANGED: "A number first heard where another, just fallen silent, should have been",
    STATIC_CHANGED: "Static data that became another, and stayed so",
    STATIC_ALTERNATES: "Two values of static data heard by turns",
    MMSI_WRONG: "The form of the number",
    IMO_WRONG: "The check digit of the number",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    kinds: tuple = param(
        (CLONE, MMSI_CHANGED, STATIC_CHANGED, STATIC_ALTERNATES, MMSI_WRONG, IMO_WRONG), "kinds of track event",
        "assumed: all that are about who a vessel is",
    )  # fmt: skip
    sizes: bool = param(False, "", "assumed: type and size are typed in anew too often to say much")
    min_log_odds: float = param(4.6, "", "assumed: odds of a hundred to one that two numbers are one hull", 0, 100)
    quiet_s: int = param(86400, "s", "assumed: a wrong number is told once a day", 0, 10_000_000)


class Identity(Rule):
    """A vessel whose identity changed, is used twice or cannot be right."""

    name = "identity"
    version = 1
    Params = Params
    of_facts = ("quiet_s",)
    known_false_alarms = (
        "Numbers typed in wrongly; sale, charter or a new flag; fishing gear and inland craft with numbers of their "
        "own; messages damaged on their way by satellite."
    )

    def __init__(self, params):
        super().__init__(params)
        self.noted = Noted(self.hold_s, params.quiet_s)

    def happened(self, events: list[TrackEvent]) -> None:
        self.noted.take((_kind(event), event) for event in events if self._told(event))

    def _told(self, event: TrackEvent) -> bool:
        if event.kind not in self.params.kinds or event.kind not in _SENTENCES:
            return False
        if event.kind == MMSI_CHANGED:
            return event.facts["log_odds"] >= self.params.min_log_odds
        return self.params.sizes or event.facts.get("field", "name") in _WHO

    def evaluate(self, view) -> list[Candidate]:
        return self.noted.candidates(view)

    def describe(self, view, candidate: Candidate) -> Details:
        row, event = candidate.row, self.noted.events[candidate.mmsi, candidate.key]
        severity, risk = _RANKS.get(event.kind, ("info", 0.05))
        where = off_place(view.areas, view.lon[row], view.lat[row])
        sentence = Words(_SENTENCES[event.kind], craft=view.title(row), where=where, **_values(event))
        return Details(
            sentence, severity, risk, view.lon[row], view.lat[row],
            self.evidence(_GROUNDS[event.kind], _compared(event, self.params), inputs_of(view, row, event)),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def ship(mmsi: int):
            return run(mmsi, IN_SW_LANE, 227.0, 10.0, 900)

        def named(*names: bytes):
            n = len(names)
            return Statics.build(
                t_ms=T0_MS + 240_000 * np.arange(n), seq=np.arange(n), mmsi=[235_123_456] * n, msg_type=[5] * n,
                digest=np.arange(n), name=names,
            )  # fmt: skip

        far = destination_deg(*IN_SW_LANE, 227.0, 40_000.0)
        other = run(235_123_456, far, 47.0, 12.0, 900, start_s=15)
        twice = together(ship(235_123_456), other.replace(digest=other.digest + np.uint64(50_000)))
        yield Example("one MMSI from two hulls 22 nm apart", twice, True)
        yield Example("a number of no country", ship(299_123_456), True)
        yield Example(
            "a name that became another", ship(235_123_456), True, named(b"ANNA", b"BERTA", b"BERTA", b"BERTA")
        )
        yield Example(
            "a name that was damaged once", ship(235_123_456), False, named(b"ANNA", b"ANMA", b"ANNA", b"ANNA")
        )
        yield Example("a ship's own number", ship(235_123_456), False)


def _kind(event: TrackEvent) -> str:
    """What it is told once of: the event's kind, and the field it is about."""
    return f"{event.kind} {event.facts['field']}" if "field" in event.facts else event.kind


def _values(event: TrackEvent) -> dict:
    """What the sentence has in it."""
    facts = event.facts
    if event.kind == CLONE:
        return {"hulls": facts["hull"], "apart": nm(facts["apart_m"])}
    if event.kind == MMSI_CHANGED:
        return {"before": facts["mmsi_before"]}
    if event.kind in (MMSI_WRONG, IMO_WRONG):
        return {name: facts[name] for name in ("why", "imo") if name in facts}
    return {"field": _FIELDS[facts["field"]], "old": str(facts["old"]), "new": str(facts["new"])}


def _compared(event: TrackEvent, p: Params) -> list[Compared]:
    facts = event.facts
    if event.kind == CLONE:
        return [Compared("distance between hulls", round(facts["apart_m"]), "", None, "m", "")]
    if event.kind == MMSI_CHANGED:
        return [
            Compared("log odds of one hull", facts["log_odds"], ">=", p.min_log_odds, "", "assumed"),
            Compared("distance from where it should be", round(facts["apart_m"]), "", None, "m", ""),
        ]
    if event.kind == MMSI_WRONG:
        return [Compared("number sent as MMSI", str(event.mmsi), "", None, "", "ITU-R M.585-9")]
    if event.kind == IMO_WRONG:
        return [Compared("IMO number", str(facts["imo"]), "", None, "", "IMO A.1117(30)")]
    return [Compared("static data", str(facts["old"]), "!=", str(facts["new"]), "", "as reported")]
