"""Scores of one night or of many pooled: boats found and when, false alerts a day, each split several ways."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from surveil.evaluate.claims import Spell, claim_of
from surveil.evaluate.danger import most_endangered
from surveil.evaluate.matching import BESIDE, FALSE, RIGHT, UNKNOWN, Match
from surveil.evaluate.truth import DAY_MS, Truth

MINUTE_MS = 60_000
RADAR_LENGTH_M = 7.0
"""Coastal radars are judged by boats of so many metres and more (assumed: the crowded inflatables)."""
Z_95 = 1.959963984540054
"""Of the normal distribution, two-sided 95 %."""


@dataclass(frozen=True)
class BoatRow:
    """A small boat and what was said of it; times UTC ms, None for never.

    ``sensed_ms``: the first fair chance of any sensor, ``radar_ms`` of a radar; ``right_ms``: the first right alert, by
    ``rule``, whose place was ``away_m`` off; ``alert_ms``: the first alert of any kind about it; ``sea_state``: at the
    launch; ``length_m``: None where not known.
    """

    object: int
    name: str
    boat_kind: str
    launched_ms: int
    ended_ms: int
    sensed_ms: int | None
    sea_state: float | None
    alert_ms: int | None
    right_ms: int | None
    rule: str | None
    away_m: float | None
    alerts: int
    radar_ms: int | None = None
    length_m: float | None = None


@dataclass(frozen=True)
class AlertRow:
    """An alert and what it was about; ``repeat``: it was right of something that its rule had already been right of."""

    id: str
    rule: str
    mmsi: int
    start_ms: int
    raised_ms: int
    end_ms: int
    outcome: str
    object: int | None
    what: str
    away_m: float | None
    repeat: bool
    sea_state: float | None
    sentence: str


@dataclass(frozen=True)
class CaseRow:
    """Something that a rule should find, and whether it did."""

    rule: str
    kind: str
    object: int
    start_ms: int
    found: bool


@dataclass(frozen=True)
class Night:
    """What came of one run. ``sea_days``: (state, days) it lasted; ``endangered``: the number of the boat in most
    danger of those that could be shown; ``first``: of what the alert of the highest risk is about, of those in the list
    when it was; ``first_of_all``: of those of the whole night. None for none."""

    name: str
    seed: int
    days: float
    sea_days: tuple[tuple[float | None, float], ...]
    boats: tuple[BoatRow, ...]
    alerts: tuple[AlertRow, ...]
    cases: tuple[CaseRow, ...]
    endangered: int | None = None
    first: int | None = None
    first_of_all: int | None = None

    def to_dict(self) -> dict:
        """Plain values, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Night:
        """Inverse of :meth:`to_dict`, also after a way through JSON."""
        rows = {"boats": BoatRow, "alerts": AlertRow, "cases": CaseRow}
        parts = {name: tuple(kind(**row) for row in values[name]) for name, kind in rows.items()}
        return cls(**{**values, **parts, "sea_days": tuple(map(tuple, values["sea_days"]))})


def score(matches: list[Match], truth: Truth, spells: dict[int, list[Spell]], rules: Iterable[str]) -> Night:
    """The rows of one run, of which ``rules`` were at work."""
    states = Counter()
    for start_ms, end_ms, state in truth.sea_states():
        states[state] += (end_ms - start_ms) / DAY_MS
    danger = most_endangered(truth)
    return Night(
        name=str(truth.manifest.get("scenario", truth.folder.name)),
        seed=int(truth.manifest["seed"]),
        days=truth.days,
        sea_days=tuple(sorted(states.items())) or ((None, truth.days),),
        boats=tuple(_boat_row(index, matches, truth) for index, s in enumerate(truth.subjects) if s.is_boat),
        alerts=tuple(_alert_rows(matches, truth)),
        cases=tuple(_case_rows(matches, truth, spells, rules)),
        endangered=None if danger is None else danger.object,
        first=None if danger is None else _first(_listed(matches, danger.at_ms), truth),
        first_of_all=_first(matches, truth),
    )


def _listed(matches: list[Match], t_ms: int) -> list[Match]:
    """Those whose alert was open at a time, with the risk it had then."""
    return [dataclasses.replace(m, alert=m.alert.at(t_ms)) for m in matches if m.alert.listed(t_ms)]


def _first(matches: list[Match], truth: Truth) -> int | None:
    """What the alert at the head of a list is about: that of the highest risk to life, of equals the earlier."""
    placed = [m for m in matches if m.subject >= 0 and not np.isnan(m.alert.risk)]
    first = max(placed, key=lambda m: (m.alert.risk, -m.alert.raised_ms), default=None)
    return None if first is None else truth.subjects[first.subject].object


def _boat_row(index: int, matches: list[Match], truth: Truth) -> BoatRow:
    boat = truth.subjects[index]
    about = [m for m in matches if m.subject == index and m.outcome in (RIGHT, BESIDE)]
    right = [m for m in about if m.outcome == RIGHT]
    first = right[0] if right else None
    return BoatRow(
        boat.object, boat.name, boat.boat_kind, boat.launched_ms, boat.ended_ms, boat.sensed_ms,
        truth.sea_state(boat.launched_ms),
        alert_ms=about[0].alert.raised_ms if about else None,
        right_ms=first.alert.raised_ms if first else None,
        rule=first.alert.rule if first else None,
        away_m=_number(first.away_m) if first else None,
        alerts=len(about),
        radar_ms=boat.radar_ms,
        length_m=_number(boat.length_m),
    )  # fmt: skip


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 1)


def _alert_rows(matches: list[Match], truth: Truth):
    said: set[tuple[str, int]] = set()
    for m in matches:
        a, key = m.alert, (m.alert.rule, m.subject)
        repeat = m.outcome == RIGHT and key in said
        said |= {key} if m.outcome == RIGHT else set()
        yield AlertRow(
            a.id, a.rule, a.mmsi, a.start_ms, a.raised_ms, a.end_ms, m.outcome,
            None if m.subject < 0 else truth.subjects[m.subject].object, m.what, _number(m.away_m), repeat,
            truth.sea_state(a.raised_ms), a.sentence,
        )  # fmt: skip


def _case_rows(matches: list[Match], truth: Truth, spells: dict[int, list[Spell]], rules: Iterable[str]):
    found = {(m.alert.rule, *spell) for m in matches for spell in m.spells}
    for rule in sorted(rules):
        claim = claim_of(rule)
        for index, held in spells.items():
            for i, spell in enumerate(held):
                if spell.kind in (claim.spells if claim.cases is None else claim.cases):
                    number = truth.subjects[index].object
                    yield CaseRow(rule, spell.kind, number, spell.start_ms, (rule, index, i) in found)


def wilson(found: int, of: int) -> tuple[float, float]:
    """95 % interval of a proportion: Wilson 1927, doi 10.1080/01621459.1927.10502953. (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, z2 = found / of, Z_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 / (1 + z2 / of) * np.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def summarise(nights: Iterable[Night]) -> dict:
    """Figures of one night or of several pooled; None where there is nothing to count. docs/evaluation.md explains."""
    nights = list(nights)
    boats, alerts, cases = ([row for n in nights for row in getattr(n, part)] for part in ("boats", "alerts", "cases"))
    days = sum(n.days for n in nights)
    false = [a for a in alerts if a.outcome == FALSE]
    times = _times(boats)
    return {
        "nights": len(nights), "days": days,
        **_found(boats), "pd_of_all": _pd_of_all(boats),
        "boats_alerted": sum(b.alert_ms is not None for b in boats),
        "endangered_first": {
            "nights": sum(n.endangered is not None for n in nights),
            "first": sum(n.endangered is not None and n.endangered == n.first for n in nights),
            "first_of_all": sum(n.endangered is not None and n.endangered == n.first_of_all for n in nights),
        },
        "by_radar": _by_radar(boats),
        "alerts": len(alerts), "right": sum(a.outcome == RIGHT for a in alerts),
        "repeats": sum(a.repeat for a in alerts), "beside": sum(a.outcome == BESIDE for a in alerts),
        "unknown": sum(a.outcome == UNKNOWN for a in alerts),
        "false_alerts": len(false), "false_alerts_per_day": len(false) / days if days else None,
        "false_were": dict(Counter(a.what for a in false).most_common()),
        "median_minutes_to_alert": times["from_launch"]["first_right"]["median"],
        "minutes": times,
        "place_error_m": _spread([b.away_m for b in boats if b.away_m is not None]),
        "by_rule": _by_rule(alerts, cases, days),
        "by_boat_kind": _split(boats, lambda b: b.boat_kind),
        "by_sea_state": _by_sea_state(nights, boats, false),
    }  # fmt: skip


def _found(boats: list[BoatRow]) -> dict:
    """``pd`` is of the boats that a sensor or AIS could have shown; one that nothing could show is no miss."""
    shown = [b for b in boats if b.sensed_ms is not None]
    found = sum(b.right_ms is not None for b in shown)
    return {
        "boats": len(boats), "boats_sensed": len(shown), "boats_found": found,
        "pd": found / len(shown) if shown else None, "pd_interval": list(wilson(found, len(shown))),
    }  # fmt: skip


def _pd_of_all(boats: list[BoatRow]) -> float | None:
    """The share of all boats that was found, whoever could have shown them."""
    return sum(b.right_ms is not None for b in boats) / len(boats) if boats else None


def _by_radar(boats: list[BoatRow]) -> dict:
    """The boats of some length that a radar could see, and the minutes from when it first could."""
    seen = [b for b in boats if b.radar_ms is not None and (b.length_m or 0.0) >= RADAR_LENGTH_M]
    minutes = [(b.right_ms - b.radar_ms) / MINUTE_MS for b in seen if b.right_ms is not None]
    return {**_found(seen), "minutes": _spread(minutes)}


def _spread(values: list[float]) -> dict:
    """How many, their median and the value that nine in ten do not exceed."""
    median, p90 = (float(np.percentile(values, q)) if values else None for q in (50, 90))
    return {"n": len(values), "median": median, "p90": p90}


def _times(boats: list[BoatRow]) -> dict:
    """Minutes from the launch and from the first fair chance of a sensor, over the boats that were found."""
    return {
        since: {
            until: _spread(
                [
                    (getattr(b, at) - getattr(b, begin)) / MINUTE_MS
                    for b in boats
                    if getattr(b, at) is not None and getattr(b, begin) is not None
                ]
            )
            for until, at in (("first_alert", "alert_ms"), ("first_right", "right_ms"))
        }
        for since, begin in (("from_launch", "launched_ms"), ("from_first_sensing", "sensed_ms"))
    }


def _split(boats: list[BoatRow], key: Callable[[BoatRow], object]) -> dict:
    groups: dict[object, list[BoatRow]] = {}
    for boat in boats:
        groups.setdefault(key(boat), []).append(boat)
    return {
        str(name): {**_found(group), "median_minutes_to_alert": _times(group)["from_launch"]["first_right"]["median"]}
        for name, group in sorted(groups.items(), key=lambda item: str(item[0]))
    }


def _by_rule(alerts: list[AlertRow], cases: list[CaseRow], days: float) -> dict:
    rules = sorted({row.rule for row in (*alerts, *cases)})
    return {rule: _of_rule(rule, alerts, cases, days) for rule in rules}


def _of_rule(rule: str, alerts: list[AlertRow], cases: list[CaseRow], days: float) -> dict:
    own, due = [a for a in alerts if a.rule == rule], [c for c in cases if c.rule == rule]
    found, false = sum(c.found for c in due), [a for a in own if a.outcome == FALSE]
    return {
        "alerts": len(own), "right": sum(a.outcome == RIGHT for a in own), "repeats": sum(a.repeat for a in own),
        "beside": sum(a.outcome == BESIDE for a in own), "unknown": sum(a.outcome == UNKNOWN for a in own),
        "false_alerts": len(false),
        "false_alerts_per_day": len(false) / days if days else None,
        "false_were": dict(Counter(a.what for a in false).most_common()),
        "cases": len(due), "cases_found": found, "pd": found / len(due) if due else None,
        "pd_interval": list(wilson(found, len(due))),
    }  # fmt: skip


def _by_sea_state(nights: list[Night], boats: list[BoatRow], false: list[AlertRow]) -> dict:
    """Boats by the sea state at their launch, false alerts by that when they were raised."""
    days: Counter = Counter()
    for night in nights:
        for state, share in night.sea_days:
            days[state] += share
    split, raised = _split(boats, lambda b: b.sea_state), Counter(a.sea_state for a in false)
    return {
        str(state): {
            "days": days[state], **split.get(str(state), _found([])),
            "false_alerts": raised[state], "false_alerts_per_day": raised[state] / days[state] if days[state] else None,
        }
        for state in sorted(days, key=str)
    }  # fmt: skip
