"""How the replay of an archive is cut into tasks: a function of what the archive holds and of the settings alone.

Time is cut into slices. A slice is *watched* by an engine of its own, from ``ask_ms`` on, so that by its beginning the
rules know what they would have known; it answers for what changes within [from, to). What reaches further back than
rules do is the *facts*: targets with their static data, what was learned of reception and traffic, what happened to
tracks. They are gathered by a first pass over the same time, an engine whose rules are told but not asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from surveil.archive.manifest import File
from surveil.archive.reading import Archive, ArchiveSource
from surveil.config import Config
from surveil.errors import ConfigError
from surveil.registry import make_rules
from surveil.schema import AIS_KINDS
from surveil.sources.cut import Cut

HOUR_MS = 3_600_000
SLICE_H = 72.0
"""Hours of a slice (assumed: a hundred tasks for a year, and a warm-up of half a day small beside it)."""
_UNITS_MS = {"s": 1000, "min": 60_000, "h": HOUR_MS, "days": 24 * HOUR_MS}
_RUN_MS = 24 * HOUR_MS
"""Facts are gathered from so long before they count on (assumed: a ship at her berth, and what is told once a day)."""


@dataclass(frozen=True)
class Slice:
    """One stretch of time, ms: rules are asked from ``ask_ms``, and answered for in (from_ms, to_ms].

    The facts before ``ask_ms`` come from the pass over [ask_ms of the slice before, ask_ms), which begins at
    ``facts_ms``.
    """

    number: int
    facts_ms: int
    ask_ms: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Plan:
    """The slices, one after the other without a gap. ``chained``: the pass of facts goes from slice to slice, exactly
    as one engine would; else each begins anew, at ``facts_ms``."""

    slices: tuple[Slice, ...]
    warm_up_ms: int
    chained: bool = False


def make_plan(files: Iterable[File], config: Config, cut: Cut, slice_ms: int, chained: bool = False) -> Plan:
    """The plan for files of an archive.

    Parameters
    ----------
    cut : what part of it is wanted; slice_ms : length of a slice, made a whole number of ticks and minutes
    """
    whole_ms = 1000 * math.lcm(config.engine.tick_s, 60)  # maps count presence by the minute
    slice_ms = max(slice_ms // whole_ms, 1) * whole_ms
    spans = sorted((max(f.t_min, _or(cut.from_ms, f.t_min)), min(f.t_max, _or(cut.to_ms, f.t_max + 1) - 1))
                   for f in files)  # fmt: skip
    spans = [(first, last) for first, last in spans if first <= last]
    starts = sorted({n for first, last in spans for n in range(first // slice_ms, last // slice_ms + 1)})
    edges = [n * slice_ms for n in starts]
    if not edges:
        return Plan((), 0, chained)
    edges.append(edges[-1] + slice_ms)
    warm_up_ms = -(-warm_up_s(config) * 1000 // whole_ms) * whole_ms
    asks = [max(edges[0], start - warm_up_ms) for start in edges[:-1]]
    facts = [max(edges[0], before - _RUN_MS) for before in (edges[0], *asks)]
    return Plan(tuple(map(Slice, range(len(asks)), facts, asks, edges, edges[1:])), warm_up_ms, chained)


def plan_of(sources: Iterable, config: Config, cut: Cut, slice_h: float, chained: bool = False) -> Plan:
    """The plan for sources of archives; every file counts once.

    Raises
    ------
    ConfigError : something else is among the sources.
    """
    files = []
    for archive in archives_of(sources):
        files += [file for kind in AIS_KINDS for file in archive.files(kind, cut)]
    return make_plan(files, config, cut, round(slice_h * HOUR_MS), chained)


def archives_of(sources: Iterable) -> list[Archive]:
    """The archives that sources are of, each once.

    Raises
    ------
    ConfigError : something else is among them.
    """
    found = {}
    for source in sources:
        if not isinstance(source, ArchiveSource):
            raise ConfigError(f"{source.name} is no archive; import it first", source="--executor")
        found[source.archive.manifest.folder] = source.archive
    return list(found.values())


def count_cut_out(sources: Iterable[ArchiveSource], taken: Mapping[int, int]) -> None:
    """Account for rows of archives that no slice took, ``taken`` being those taken, by source."""
    for source in sources:
        held = source.archive.manifest.files(where="import = ?", values=(source.known.id,))
        source.ledger[source.index].cut_out = sum(file.rows for file in held) - taken.get(source.index, 0)


def _or(value: int | None, other: int) -> int:
    return other if value is None else value


def warm_up_s(config: Config) -> int:
    """How long rules must have been asked to know what they would have known: the longest of the times in their
    settings, and as long again as an alert that ended is remembered.

    Times that a rule keeps facts for (``of_facts``) are not among them: those are handed over.
    """
    rules = make_rules(config)
    times = [rule.hold_s for rule in rules]
    for rule in rules:
        for each in fields(rule.params):
            unit = _UNITS_MS.get(each.metadata.get("unit", ""))
            if unit and each.name not in rule.of_facts and re.search(r"_(s|min|h|days)$", each.name):
                times.append(int(getattr(rule.params, each.name) * unit / 1000))
    return max(times, default=0) + config.alerts.again_s
