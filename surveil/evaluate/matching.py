"""Which alert found what: each is given the object it is about, and is right, beside the point, false, or not known."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveil.errors import InputError
from surveil.evaluate.claims import LATE_MS, Claim, Spell, claim_of
from surveil.evaluate.truth import Truth
from surveil.kernels.geodesy import distance_m

RIGHT, BESIDE, UNKNOWN, FALSE = "right", "beside", "unknown", "false"
"""Of an alert: its claim is true; it is about a small boat but its claim is not true of it; it is about a vessel of a
real recording, of which the truth is not known; none of these."""
NOTHING = "nothing there"
_NEEDED = ("id", "rule", "mmsi", "start", "raised", "lon", "lat")


@dataclass(frozen=True)
class Said:
    """An alert as far as it matters here. ``placed_ms`` is when its place was last said; NaN where it has none.

    ``risk`` to life as it last said it, NaN if the detector says none, and ``risks`` as it said it over time, as (t_ms,
    risk); ``closed_ms`` is when it left the list, inf if it never did.
    """

    id: str
    rule: str
    mmsi: int
    start_ms: int
    raised_ms: int
    end_ms: int
    placed_ms: int
    lon: float
    lat: float
    sentence: str = ""
    risk: float = np.nan
    closed_ms: float = np.inf
    risks: tuple[tuple[int, float], ...] = ()

    def at(self, t_ms: int) -> Said:
        """With the risk that it had at a time."""
        said = [risk for said_ms, risk in self.risks if said_ms <= t_ms]
        return dataclasses.replace(self, risk=said[-1] if said else self.risk)

    def listed(self, t_ms: int) -> bool:
        """Whether it was among the open alerts then."""
        return self.raised_ms <= t_ms < self.closed_ms


@dataclass(frozen=True)
class Match:
    """What an alert was about. ``subject`` is an index into the truth, -1 if there was nothing; ``what`` its kind.

    ``spells`` are those that make it right, as (subject, place among its spells); ``away_m`` how far the place it says
    is from where the subject was then.
    """

    alert: Said
    outcome: str
    subject: int
    what: str
    away_m: float
    spells: tuple[tuple[int, int], ...] = ()


def read_alerts(path: Path) -> list[Said]:
    """Alerts of an ``alerts.parquet``, by the time they were raised. Any detector that writes the columns will do.

    Raises
    ------
    InputError : not there, not readable, or a column is missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError("is missing; name the output folder of a replay", source=str(path)) from None
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", source=str(path)) from None
    if absent := [name for name in _NEEDED if name not in table.column_names]:
        raise InputError(f"has no column {absent[0]!r}", source=str(path))
    for name in ("start", "raised", "end"):
        if name in table.column_names:
            column = table.column(name).cast(pa.timestamp("ms", "UTC")).cast(pa.int64())
            table = table.set_column(table.column_names.index(name), name, column)
    said = [_said(row) for row in table.to_pylist()]
    return sorted(said, key=lambda alert: (alert.raised_ms, alert.id))


def _said(row: dict) -> Said:
    history = json.loads(row.get("history") or "[]")
    moved = [change["t_ms"] for change in history if change["event"] in ("open", "update")]
    closed_ms = _closed_ms((change["event"], change["t_ms"]) for change in history)
    risks = tuple((c["t_ms"], c["risk_to_life"]) for c in history if c.get("risk_to_life") is not None)
    place = (_or_nan(row[name]) for name in ("lon", "lat"))
    raised_ms, end_ms = row["raised"], row.get("end")
    return Said(
        row["id"], row["rule"], int(row["mmsi"] or 0), row["start"], raised_ms, raised_ms if end_ms is None else end_ms,
        max(moved, default=raised_ms), *place, row.get("sentence") or "", _or_nan(row.get("risk_to_life")), closed_ms,
        risks,
    )  # fmt: skip


def _closed_ms(events: Iterable[tuple[str, int]]) -> float:
    """When an alert with such a history left the list of open ones for good; inf if it never did."""
    at_ms = np.inf
    for event, t_ms in events:
        if event in ("close", "retract"):
            at_ms = float(t_ms)
        elif event in ("open", "reopen", "update"):
            at_ms = np.inf
    return at_ms


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def from_alerts(alerts: Iterable) -> list[Said]:
    """The same from :class:`surveil.alert.Alert`."""
    said = [
        Said(
            a.id, a.rule, a.mmsi, a.t_start_ms, a.t_raised_ms, a.t_end_ms or a.t_raised_ms,
            max(c.t_ms for c in a.history if c.event in ("open", "update")),
            _or_nan(a.lon), _or_nan(a.lat), a.sentence, a.risk_to_life,
            _closed_ms((c.event, c.t_ms) for c in a.history),
            tuple((c.t_ms, c.risk_to_life) for c in a.history if c.risk_to_life is not None),
        )
        for a in alerts
    ]  # fmt: skip
    return sorted(said, key=lambda alert: (alert.raised_ms, alert.id))


def match(alerts: list[Said], truth: Truth, spells: dict[int, list[Spell]]) -> list[Match]:
    """One match an alert, in their order.

    An alert that names an MMSI is about the object that has it, the nearest if several have; any other is about the
    nearest object within the claim's distance of the place it says, at the time it says it: first those of which its
    claim is true (small boats before the rest), then small boats, then anything.
    """
    return [_match(alert, claim_of(alert.rule), truth, spells) for alert in alerts]


def _match(alert: Said, claim: Claim, truth: Truth, spells: dict[int, list[Spell]]) -> Match:
    ranked = []
    for away_m, index in _suspects(alert, claim, truth):
        due = [i for i, s in enumerate(spells[index]) if s.kind in claim.spells and s.covers(alert.raised_ms)]
        boat = any(s.kind == "boat" and s.covers(alert.raised_ms) for s in spells[index])
        outcome = RIGHT if due else BESIDE if boat else FALSE if truth.subjects[index].simulated else UNKNOWN
        order = (_ORDER[outcome], not boat, _last_if_nan(away_m), index)
        ranked.append(
            (order, Match(alert, outcome, index, _what(truth, index), away_m, tuple((index, i) for i in due)))
        )
    if not ranked:
        unheard_of = truth.partly_real and alert.mmsi and not claim.device
        return Match(alert, UNKNOWN if unheard_of else FALSE, -1, NOTHING, np.nan)
    first = min(ranked, key=lambda pair: pair[0])[1]
    if claim.device:  # one alert is right of the device and of the boat it is on
        return dataclasses.replace(first, spells=tuple(spell for _, m in ranked for spell in m.spells))
    return first


_ORDER = {RIGHT: 0, BESIDE: 1, UNKNOWN: 2, FALSE: 2}


def _what(truth: Truth, index: int) -> str:
    subject = truth.subjects[index]
    return subject.boat_kind or subject.kind


def _last_if_nan(metres: float) -> float:
    return np.inf if np.isnan(metres) else metres


def _suspects(alert: Said, claim: Claim, truth: Truth) -> list[tuple[float, int]]:
    """(metres, index) of what an alert may be about."""
    named = [(_away_m(alert, truth, index), index) for index in truth.by_mmsi.get(alert.mmsi, [])]
    near = [] if np.isnan(alert.lon) else _about(alert, claim, truth)
    if named and not claim.device:
        return [min(named, key=lambda pair: (_last_if_nan(pair[0]), pair[1]))]
    return near or named


def _about(alert: Said, claim: Claim, truth: Truth) -> list[tuple[float, int]]:
    """(metres, index) of what was there when the place was said, or had been there within LATE_MS before."""
    near = truth.near(alert.lon, alert.lat, alert.placed_ms, claim.within_m)
    for index, boat in enumerate(truth.subjects):
        if boat.is_boat and 0 < alert.placed_ms - int(boat.course.t_ms[-1]) <= LATE_MS:
            away_m = float(distance_m(alert.lon, alert.lat, boat.course.lon[-1], boat.course.lat[-1]))
            near += [(away_m, index)] if away_m <= claim.within_m else []
    return near


def _away_m(alert: Said, truth: Truth, index: int) -> float:
    place = truth.subjects[index].course.place(alert.placed_ms)
    return float(distance_m(alert.lon, alert.lat, *place))
