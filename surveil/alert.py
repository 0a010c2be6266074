"""What an alert is: advice to a human, with its evidence."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from surveil.words import Words, translated

SEVERITIES = ("distress", "high", "medium", "low", "info")
"""From the most to the least pressing."""

ENDED = ("closed", "retracted")
"""States in which nobody need look; the others are open, acknowledged and silenced."""
MACHINE = "surveil"
"""Who changed an alert, where no person did."""


@dataclass(frozen=True)
class Compared:
    """One number held against one threshold; ``source`` says where the threshold is from."""

    what: str
    value: float | str
    op: str
    threshold: float | str | None
    unit: str
    source: str


@dataclass(frozen=True)
class InputRow:
    """An input line an alert rests on; ``source`` is an index into the run's sources."""

    source: int
    line: int
    t_ms: int


@dataclass(frozen=True)
class Almost:
    """Another rule that did not fire for the same target: since when it might have, and what it lacked."""

    rule: str
    t_start_ms: int
    lacked: Compared


@dataclass(frozen=True)
class RiskPart:
    """One part of the risk to life: what is known, and the ``factor`` by which it changes the odds; ``source`` says
    where the factor is from."""

    what: str
    value: float | str
    unit: str
    factor: float
    source: str


@dataclass(frozen=True)
class Helper:
    """A rescue or patrol craft in the picture, and how soon it can be there at full speed, in a straight line."""

    mmsi: int
    name: str
    kind: str
    distance_m: float
    bearing_deg: float
    speed_kn: float
    intercept_s: float


@dataclass(frozen=True)
class Ellipse:
    """Where a target may be at a time: the middle, and the ellipse within which it is with a chance of 95 %."""

    t_ms: int
    lon: float
    lat: float
    major_m: float
    minor_m: float
    axis_deg: float


@dataclass(frozen=True)
class Origin:
    """A beach that a craft may have left, ``share`` 0 to 1 of all guesses at its way, and when it would have."""

    beach: str
    share: float
    t_ms: int


@dataclass(frozen=True)
class Evidence:
    """Why: the ground in words, the numbers compared, the input rows, and how the rule is known to be wrong.

    ``almost`` is what other rules almost said of the target then; ``risk`` what its risk to life is made of,
    ``helpers`` who can be there first, ``forecast`` where it will be, ``origins`` where it may be from.
    """

    ground: str
    compared: tuple[Compared, ...] = ()
    inputs: tuple[InputRow, ...] = ()
    known_false_alarms: str = ""
    almost: tuple[Almost, ...] = ()
    risk: tuple[RiskPart, ...] = ()
    helpers: tuple[Helper, ...] = ()
    forecast: tuple[Ellipse, ...] = ()
    origins: tuple[Origin, ...] = ()


_STATE_AFTER = {
    "open": "open", "reopen": "open", "unsilence": "open", "acknowledge": "acknowledged", "silence": "silenced",
    "close": "closed", "retract": "retracted",
}  # fmt: skip
"""What state an event leaves an alert in; an event that is not here leaves the state as it was."""


@dataclass(frozen=True)
class Change:
    """One step in the life of an alert: what happened, what was said then, by whom and why.

    ``event`` is candidate, open, update, close, retract or unsilence, by the rules; or one of
    :data:`surveil.alerts.acts.KINDS`, by a person; reopen is by either. ``compared`` is what the step was decided by;
    ``risk_to_life`` is what it was then.
    """

    t_ms: int
    event: str
    sentence: str
    by: str = MACHINE
    why: str = ""
    compared: tuple[Compared, ...] = ()
    risk_to_life: float | None = None


@dataclass(frozen=True)
class Alert:
    """Immutable. A change of state is a new Alert with the same ``id`` and one more line of history.

    ``t_start_ms`` is when the condition began, ``t_raised_ms`` the tick that decided it, ``t_end_ms`` when
    it was last seen to hold, None while open. ``state`` is open, acknowledged, silenced (until event time
    ``until_ms``), closed or retracted. ``key`` tells episodes of one target under one rule apart; alerts about one
    thing share an ``incident``. ``risk_to_life`` is 0 to 1; ``lon``, ``lat`` None where no position is known.
    """

    id: str
    rule: str
    rule_version: int
    mmsi: int
    name: str
    t_start_ms: int
    t_raised_ms: int
    t_end_ms: int | None
    state: str
    severity: str
    risk_to_life: float
    lon: float | None
    lat: float | None
    sentence: str
    evidence: Evidence
    history: tuple[Change, ...] = ()
    simulated: bool = False
    key: str = ""
    incident: str = ""
    until_ms: int | None = None
    assigned: str = ""

    @property
    def ended(self) -> bool:
        """Closed or retracted."""
        return self.state in ENDED

    def changed(self, t_ms: int, event: str, *, by: str = MACHINE, why: str = "", compared=(), **fields) -> Alert:
        """The alert after one more event."""
        after = dataclasses.replace(self, **fields)
        change = Change(t_ms, event, after.sentence, by, why, compared, after.risk_to_life)
        return dataclasses.replace(after, history=(*self.history, change))

    def as_of(self, t_ms: int) -> Alert | None:
        """The alert as it stood at an event time: state, sentence, risk, history of then; None before it was raised."""
        past = tuple(change for change in self.history if change.t_ms <= t_ms)
        if not past or t_ms < self.t_raised_ms:
            return None
        state = next((_STATE_AFTER[c.event] for c in reversed(past) if c.event in _STATE_AFTER), "open")
        end_ms = self.t_end_ms if state in ENDED else None
        risk = self.risk_to_life if past[-1].risk_to_life is None else past[-1].risk_to_life
        said = {"sentence": past[-1].sentence, "risk_to_life": risk}
        return dataclasses.replace(self, state=state, history=past, t_end_ms=end_ms, **said)

    def in_language(self, code: str) -> Alert:
        """The alert with its texts in another language, to be shown: see :func:`surveil.words.translated`."""
        say = partial(translated, code=code)
        evidence = dataclasses.replace(
            self.evidence,
            ground=say(self.evidence.ground),
            known_false_alarms=say(self.evidence.known_false_alarms),
            compared=tuple(_compared_in(c, say) for c in self.evidence.compared),
            almost=tuple(dataclasses.replace(a, lacked=_compared_in(a.lacked, say)) for a in self.evidence.almost),
            risk=tuple(_texts_in(part, ("what", "value", "unit", "source"), say) for part in self.evidence.risk),
            helpers=tuple(_texts_in(helper, ("kind",), say) for helper in self.evidence.helpers),
        )
        history = tuple(
            dataclasses.replace(
                c, sentence=say(c.sentence), why=say(c.why), compared=tuple(_compared_in(x, say) for x in c.compared)
            )
            for c in self.history
        )
        return dataclasses.replace(self, sentence=say(self.sentence), evidence=evidence, history=history)

    def to_dict(self) -> dict:
        """Plain values, for JSON; ``words`` has, by English text, what each text was made of."""
        book: dict[str, list] = {}
        return {**_plain(dataclasses.asdict(self), book), "words": book}

    def to_json(self) -> str:
        """One line, the same for the same alert on any run."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_dict(cls, values: dict) -> Alert:
        """Inverse of :meth:`to_dict`."""
        book = {text: Words.from_parts(parts) for text, parts in values["words"].items()}
        fields = _restored({k: v for k, v in values.items() if k != "words"}, book)
        evidence, history = fields["evidence"], fields["history"]
        made = {
            "evidence": Evidence(
                evidence["ground"],
                tuple(Compared(**c) for c in evidence["compared"]),
                tuple(InputRow(**i) for i in evidence["inputs"]),
                evidence["known_false_alarms"],
                tuple(Almost(**{**a, "lacked": Compared(**a["lacked"])}) for a in evidence["almost"]),
                tuple(RiskPart(**part) for part in evidence["risk"]),
                tuple(Helper(**helper) for helper in evidence["helpers"]),
                tuple(Ellipse(**ellipse) for ellipse in evidence["forecast"]),
                tuple(Origin(**origin) for origin in evidence.get("origins", ())),  # older stores have none
            ),
            "history": tuple(
                Change(**{**c, "compared": tuple(Compared(**each) for each in c["compared"])}) for c in history
            ),
        }
        return cls(**{**fields, **made})


def _compared_in(compared: Compared, say: Callable[[str], str]) -> Compared:
    return _texts_in(compared, ("what", "value", "threshold", "unit", "source"), say)


def _texts_in(part, names: tuple[str, ...], say: Callable[[str], str]):
    """A part of the evidence with some of its fields said in another language, where they are texts."""
    texts = {name: getattr(part, name) for name in names}
    return dataclasses.replace(part, **{k: say(v) for k, v in texts.items() if isinstance(v, str)})


def _plain(value, book: dict[str, list]):
    """Words as their English text, noted in the book; tuples as lists."""
    if isinstance(value, Words):
        text = value[:]
        book[text] = value.parts()
        return text
    if isinstance(value, dict):
        return {key: _plain(item, book) for key, item in value.items()}
    return [_plain(item, book) for item in value] if isinstance(value, tuple | list) else value


def _restored(value, book: dict[str, Words]):
    if isinstance(value, dict):
        return {key: _restored(item, book) for key, item in value.items()}
    if isinstance(value, list):
        return [_restored(item, book) for item in value]
    return book.get(value, value) if isinstance(value, str) else value


def alert_id(rule: str, mmsi: int, key: str, t_start_ms: int) -> str:
    """Name of an alert: a hash of rule, subject and start, so that any run of the same input agrees."""
    text = f"{rule}|{mmsi}|{key}|{t_start_ms}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def urgency(alert: Alert) -> tuple:
    """Sort key: risk to life first, then severity, then the earlier."""
    return (-alert.risk_to_life, SEVERITIES.index(alert.severity), alert.t_raised_ms, alert.id)
