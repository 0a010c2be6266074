"""Detection against false alerts of the points of a sweep, with bootstrap intervals, and what two points differ in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

from surveil.evaluate.matching import FALSE
from surveil.evaluate.points import Point
from surveil.evaluate.scores import AlertRow, Night, summarise

RESAMPLES = 2000
"""Assumed enough for two digits of a 95 % interval."""
BUDGET_PER_DAY = 12.0
"""False alerts a watch can bear in a day: one in two hours (assumed)."""
SAME_MS = 1_800_000
"""Alerts of a rule on one object no further apart are one incident, whatever the point (assumed: half an hour)."""


@dataclass(frozen=True)
class Result:
    """A point and what came of it over all nights. Intervals are 95 %, by bootstrap over nights."""

    point: Point
    nights: list[Night] = field(repr=False)
    figures: dict
    pd_interval: tuple[float, float]
    false_interval: tuple[float, float]

    @property
    def pd(self) -> float:
        return self.figures["pd"] or 0.0

    @property
    def false_per_day(self) -> float:
        return self.figures["false_alerts_per_day"]


@dataclass(frozen=True)
class Incident:
    """Something alerted at some points and not at others; ``points`` are those that alert it."""

    night: int
    rule: str
    outcome: str
    what: str
    raised_ms: int
    sentence: str
    points: tuple[int, ...]


def results(points: list[Point], nights_by_point: list[list[Night]], resamples: int = RESAMPLES) -> list[Result]:
    """Figures of each point, all with the same nights drawn."""
    weights = _draws(len(nights_by_point[0]), resamples)
    return [_result(point, nights, weights) for point, nights in zip(points, nights_by_point, strict=True)]


def _draws(nights: int, resamples: int) -> np.ndarray:
    """How often each night is drawn, float64[resamples, nights]: Efron 1979, doi 10.1214/aos/1176344552."""
    rng = np.random.default_rng(0)
    return rng.multinomial(nights, np.full(nights, 1 / nights), size=resamples).astype(np.float64)


def _result(point: Point, nights: list[Night], weights: np.ndarray) -> Result:
    shown = [[b for b in n.boats if b.sensed_ms is not None] for n in nights]
    found = weights @ [sum(b.right_ms is not None for b in boats) for boats in shown]
    boats = weights @ [len(boats) for boats in shown]
    false = weights @ [sum(a.outcome == FALSE for a in n.alerts) for n in nights]
    days = weights @ [n.days for n in nights]
    pd = found[boats > 0] / boats[boats > 0]
    return Result(point, nights, summarise(nights), _middle(pd), _middle(false / days))


def _middle(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 %; (0, 1) of nothing."""
    if not len(values):
        return 0.0, 1.0
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def choose(found: list[Result], budget_per_day: float = BUDGET_PER_DAY) -> int:
    """The point with the most boats found of those within the budget of false alerts; of equals the fewest false
    alerts, then the fewest settings changed. If none is within it, the point with the fewest false alerts."""
    within = [i for i, r in enumerate(found) if r.false_per_day <= budget_per_day]
    changed = [_changes(r.point.settings, found[0].point.settings) for r in found]
    if not within:
        return min(range(len(found)), key=lambda i: (found[i].false_per_day, -found[i].pd, changed[i]))
    return min(within, key=lambda i: (-found[i].pd, found[i].false_per_day, changed[i]))


def _changes(settings, others) -> int:
    """How many values differ."""
    if isinstance(settings, dict) and isinstance(others, dict):
        return sum(_changes(value, others.get(key)) for key, value in settings.items())
    return int(settings != others)


def front(found: list[Result]) -> list[int]:
    """Points that no other betters in both, by false alerts: the FROC curve."""
    best, kept = -1.0, []
    for i in sorted(range(len(found)), key=lambda i: (found[i].false_per_day, -found[i].pd)):
        if found[i].pd > best:
            best = found[i].pd
            kept.append(i)
    return kept


def incidents(found: list[Result]) -> list[Incident]:
    """What some points alert and others do not, by night and time."""
    differing = []
    for night in range(len(found[0].nights)):
        said = [(row, i) for i, result in enumerate(found) for row in result.nights[night].alerts]
        for group in _grouped(said):
            points = tuple(sorted({i for _, i in group}))
            if len(points) < len(found):
                row = min((row for row, _ in group), key=attrgetter("raised_ms"))
                what = row.what if row.object is None else f"{row.what} {row.object}"
                differing.append(Incident(night, row.rule, row.outcome, what, row.raised_ms, row.sentence, points))
    return sorted(differing, key=lambda incident: (incident.night, incident.raised_ms, incident.rule))


def _grouped(said: list[tuple[AlertRow, int]]) -> Iterable[list[tuple[AlertRow, int]]]:
    """Alerts of one night that are about the same: one rule and outcome, one object, and times that touch."""
    about: dict[tuple, list[tuple[AlertRow, int]]] = {}
    for row, point in said:
        subject = row.mmsi if row.object is None else f"object {row.object}"
        about.setdefault((row.rule, row.outcome, subject), []).append((row, point))
    for rows in about.values():
        group, until_ms = [], None
        for row, point in sorted(rows, key=lambda pair: (pair[0].raised_ms, pair[1])):
            if until_ms is not None and row.raised_ms > until_ms + SAME_MS:
                yield group
                group, until_ms = [], None
            group.append((row, point))
            until_ms = max(row.end_ms, row.raised_ms, until_ms or 0)
        yield group


@dataclass(frozen=True)
class FoundBoat:
    """A boat that some points find and others do not; ``points`` are those that find it."""

    night: int
    name: str
    boat_kind: str
    launched_ms: int
    points: tuple[int, ...]


def boats_that_differ(found: list[Result]) -> list[FoundBoat]:
    """By night and launch. Truth is the same at every point, so that rows correspond."""
    differing = []
    for night, _ in enumerate(found[0].nights):
        for rows in zip(*(result.nights[night].boats for result in found), strict=True):
            points = tuple(i for i, row in enumerate(rows) if row.right_ms is not None)
            if 0 < len(points) < len(found):
                boat = rows[0]
                differing.append(FoundBoat(night, boat.name, boat.boat_kind, boat.launched_ms, points))
    return differing


def as_json(found: list[Result], chosen: int) -> dict:
    """The figures of every point, and which was chosen, as plain data."""
    points = [
        {"name": r.point.name, "values": r.point.values, "pd": r.pd, "pd_interval": list(r.pd_interval),
         "false_alerts_per_day": r.false_per_day, "false_interval": list(r.false_interval),
         **{key: r.figures[key] for key in ("boats", "boats_sensed", "boats_found")},
         "median_minutes_to_alert": r.figures["median_minutes_to_alert"]}
        for r in found
    ]  # fmt: skip
    return {"points": points, "chosen": chosen, "front": front(found)}
