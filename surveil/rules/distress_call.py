"""A call for help in words, or a craft that sends the distress devices' status.

Conditions, each once a sender within `quiet_s`:
- a safety related text (message 12 or 14) with the words of a distress or urgency call, a person overboard or a
  rescue under way, in English or French; "test", "exercise" or "drill" in it makes it a test;
- navigational status 14, which only devices should send, from a craft, for at least `min_s`.

Source: ITU-R M.1371-5 annex 8 (messages 12 and 14), table 45 (status 14); the words: ITU Radio Regulations article 32
(MAYDAY), article 33 (PAN PAN), IMO Standard Marine Communication Phrases; the French ones of the same calls (assumed).
Texts of devices themselves are the rule `distress`.

Known false alarms: relays and warnings about a case that is known; exercises that do not say so; status 14 set by
mistake.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.config import param
from surveil.rules.base import Candidate, Details, Episodes, Rule, last_input, off_place
from surveil.rules.common import fresh
from surveil.rules.examples import IN_SW_LANE, T0_MS, Example, run
from surveil.rules.noted import row_of
from surveil.schema import Positions, Safety
from surveil.words import Words

_SART_STATUS = 14
_DEVICES = (970, 972, 974)
_WORDS = {
    "distress": (r"MAY ?DAY( RELAY)?", r"M'?AIDEZ", r"MAN OVER ?BOARD", r"PERSONS? OVER ?BOARD", r"\bMOB\b",
                 r"HOMME A LA MER", r"PERSONNES? A LA MER", r"ABANDON(ING)? SHIP", r"ABANDON DU NAVIRE", r"\bSINKING\b",
                 r"\bCOULE\b", r"NOUS COULONS", r"\bSOS\b", r"EPIRB ACTIVE", r"DETRESSE"),
    "urgency": (r"\bPAN[ -]?PAN\b", r"\bPANNE\b.*\bPANNE\b", r"MEDICAL EMERGENCY", r"URGENCE MEDICALE", r"\bMEDEVAC\b",
                r"NOT UNDER COMMAND", r"NON MAITRE DE SA MANOEUVRE", r"TAKING (IN |ON )?WATER", r"VOIE D'?EAU"),
    "rescue": (r"\bSAR\b", r"SEARCH AND RESCUE", r"RECHERCHE ET SAUVETAGE", r"OPERATION DE SAUVETAGE"),
}  # fmt: skip
_PATTERNS = {kind: re.compile("|".join(words)) for kind, words in _WORDS.items()}
_TEST = re.compile(r"\bTEST|\bEXERCI[CS]E|\bDRILL\b|\bESSAI\b")
_ACCENTS = str.maketrans("ÀÂÉÈÊËÎÏÔÙÛÇ", "AAEEEEIIOUUC")
_RANKS = {
    "distress": ("distress", 0.95), "urgency": ("high", 0.7), "rescue": ("medium", 0.5), "test": ("low", 0.05),
    "status": ("medium", 0.4),
}  # fmt: skip
"""Severity and risk to life (assumed)."""
_LEVELS = tuple(_RANKS)
_SENTENCES = {
    "distress": "{sender} sends a DISTRESS text: “{text}”{where}; {heard:clock}",
    "urgency": "{sender} sends an URGENCY text: “{text}”{where}; {heard:clock}",
    "rescue": "{sender} sends a text about a rescue: “{text}”{where}; {heard:clock}",
    "test": "{sender} sends a distress text as a test: “{text}”{where}; {heard:clock}",
    "status": "{sender} sends navigational status 14, a distress device's{where}; since {heard:clock}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    quiet_s: int = param(1800, "s", "assumed: a text sent again within it is the same call", 60, 86400)
    min_s: int = param(120, "s", "assumed: a status that a crew corrects is gone by then", 0, 86400)


@dataclass
class _Call:
    """A text and its row; when the call was first and last heard."""

    kind: str
    text: str
    first_ms: int
    last_ms: int
    row: tuple[int, int, int]


class DistressCall(Rule):
    """A call for help in words, or status 14 from a craft."""

    name = "distress_call"
    version = 1
    Params = Params
    hold_s = 60
    known_false_alarms = "Relays and warnings of known cases; exercises that do not say so; status 14 set by mistake."

    def __init__(self, params):
        super().__init__(params)
        self.status = Episodes(grace_s=300)
        self._calls: dict[int, _Call] = {}

    def observe(self, positions: Positions, safety: Safety) -> None:
        if not len(safety):
            return
        for i in np.flatnonzero(~np.isin(safety.mmsi // 10**6, _DEVICES)).tolist():
            text = " ".join(safety.text[i].decode("utf-8", "replace").split())
            kind = call_kind(text)
            if kind:
                self._hear(int(safety.mmsi[i]), kind, text, safety, i)

    def _hear(self, mmsi: int, kind: str, text: str, rows: Safety, i: int) -> None:
        t_ms, call = int(rows.t_ms[i]), self._calls.get(mmsi)
        if call is not None and t_ms - call.last_ms > self.params.quiet_s * 1000:
            call = None
        if call is None or _LEVELS.index(kind) < _LEVELS.index(call.kind):
            first_ms = t_ms if call is None else call.first_ms
            self._calls[mmsi] = _Call(kind, text, first_ms, t_ms, (int(rows.source[i]), int(rows.seq[i]), t_ms))
        else:
            call.last_ms = t_ms

    def evaluate(self, view) -> list[Candidate]:
        quiet_ms = self.params.quiet_s * 1000
        self._calls = {mmsi: c for mmsi, c in self._calls.items() if view.t_ms - c.last_ms <= quiet_ms}
        found = [
            Candidate(row_of(view, mmsi), mmsi, call.first_ms, "text", call.kind)
            for mmsi, call in sorted(self._calls.items())
        ]
        going = self.status.update(view, (view.nav_status == _SART_STATUS) & view.craft & fresh(view))
        for row in np.flatnonzero(going).tolist():
            slot = view.slots[row]
            start_ms = int(self.status.since_ms[slot])
            lasted = self._lasted(int(self.status.seen_ms[slot]) - start_ms)
            almost = None if lasted.value >= self.params.min_s else lasted
            found.append(Candidate(row, int(view.mmsi[row]), start_ms, "status", "status", almost=almost))
        return found

    def _lasted(self, lasted_ms: int) -> Compared:
        return Compared("time with status 14", lasted_ms // 1000, ">=", self.params.min_s, "s", "assumed")

    def describe(self, view, candidate: Candidate) -> Details:
        row, kind = candidate.row, candidate.phase
        lon, lat = (float(view.lon[row]), float(view.lat[row])) if row >= 0 else (np.nan, np.nan)
        sender = view.title(row) if row >= 0 else Words("Station {number}", number=str(candidate.mmsi))
        call = self._calls[candidate.mmsi] if candidate.key == "text" else None
        sentence = Words(
            _SENTENCES[kind], sender=sender, text=call.text if call else "", where=off_place(view.areas, lon, lat),
            heard=candidate.t_start_ms,
        )  # fmt: skip
        if call:
            compared = [Compared("text", call.text, "has", _matched(call.text), "", "Radio Regulations 32, 33; SMCP")]
            inputs = [InputRow(*call.row)]
        else:
            slot = view.slots[row]
            compared = [self._lasted(int(self.status.seen_ms[slot] - self.status.since_ms[slot]))]
            inputs = [self.status.first_input(slot), last_input(view, row)]
        severity, risk = _RANKS[kind]
        ground = "Words of a safety related text" if call else "Navigational status 14 from a craft"
        return Details(sentence, severity, risk, lon, lat, self.evidence(ground, compared, inputs))

    def state(self) -> dict[str, np.ndarray]:
        calls = json.dumps([[mmsi, asdict(call)] for mmsi, call in sorted(self._calls.items())])
        return super().state() | {"calls": np.frombuffer(calls.encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        super().restore(arrays)
        self._calls = {mmsi: _Call(**call) for mmsi, call in json.loads(arrays["calls"].tobytes())}

    @classmethod
    def examples(cls):
        def ship(nav_status: int = 0):
            return run(235_123_456, IN_SW_LANE, 227.0, 8.0, 300, nav_status=nav_status)

        def text(words: bytes):
            return Safety.build(t_ms=[T0_MS + 60_000], seq=[3], mmsi=[235_123_456], msg_type=[14], text=[words])

        yield Example("a craft with a distress device's status", ship(_SART_STATUS), True)
        yield Example("a ship with another status", ship(0), False)
        yield Example("a weather text", ship(), False, safety=text(b"GALE WARNING DOVER"))
        yield Example("a person overboard, in French", ship(), True, safety=text(b"HOMME A LA MER 3 NM CAP GRIS NEZ"))


def call_kind(text: str) -> str:
    """'distress', 'urgency', 'rescue' or 'test' by the words of a text; '' for any other."""
    plain = text.upper().translate(_ACCENTS)
    found = next((kind for kind, pattern in _PATTERNS.items() if pattern.search(plain)), "")
    return "test" if found and _TEST.search(plain) else found


def _matched(text: str) -> str:
    plain = text.upper().translate(_ACCENTS)
    return next(m.group() for pattern in _PATTERNS.values() if (m := pattern.search(plain)))
