"""Allow and deny lists: whom not to alert on, and the exceptions. What they keep back is counted, never silent."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from surveil.areas import Areas
from surveil.config import Config
from surveil.errors import GeodataError
from surveil.rules.base import Candidate
from surveil.tracks.view import View

_KEYS = {"mmsi": int, "area": str, "type": int, "hour": int, "rule": str}


@dataclass(frozen=True)
class Entry:
    """One entry: it applies where each of its keys that is not empty has the candidate's value.

    ``mmsi``; ``area`` (ids, of an area it is in); ``type`` (codes of M.1371-5 table 53); ``hour`` (UTC, 0 to 23);
    ``rule`` (names). ``name`` is its place in the config, such as "deny 2", and its ``why``.
    """

    name: str
    mmsi: tuple[int, ...] = ()
    area: tuple[str, ...] = ()
    type: tuple[int, ...] = ()
    hour: tuple[int, ...] = ()
    rule: tuple[str, ...] = ()

    def applies(self, rule: str, candidate: Candidate, view: View) -> bool:
        """Whether it speaks of this candidate, now."""
        row = candidate.row
        if (self.area or self.type) and row < 0:
            return False
        return (
            (not self.rule or rule in self.rule)
            and (not self.mmsi or candidate.mmsi in self.mmsi)
            and (not self.hour or dt.datetime.fromtimestamp(view.t_ms / 1000, dt.UTC).hour in self.hour)
            and (not self.type or int(view.ship_type[row]) in self.type)
            and (not self.area or any(view.inside[row, view.areas.column(id)] for id in self.area))
        )


@dataclass(frozen=True)
class Lists:
    """``deny`` keeps alerts back, except those that ``allow`` lets through.

    An entry without rules says nothing of distress: that has to be named.
    """

    deny: tuple[Entry, ...] = ()
    allow: tuple[Entry, ...] = ()

    def keeps_back(self, rule: str, candidate: Candidate, view: View) -> str | None:
        """The entry that keeps a candidate back, by name; None if none does."""
        for entry in self.deny:
            named = rule != "distress" or entry.rule
            if named and entry.applies(rule, candidate, view):
                return None if any(e.applies(rule, candidate, view) for e in self.allow) else entry.name
        return None


def make_lists(config: Config, areas: Areas, rules: list[str]) -> Lists:
    """The lists that a config's ``[[lists.deny]]`` and ``[[lists.allow]]`` have.

    Raises
    ------
    ConfigError : a key, area or rule that does not exist, or an entry that would speak of everything.
    """
    for key in config.lists:
        if key not in ("deny", "allow"):
            raise config.error("lists", key, "unknown list; there are deny and allow")
    return Lists(**{
        kind: tuple(_entry(config, areas, rules, kind, n, table) for n, table in enumerate(tables, 1))
        for kind, tables in config.lists.items()
    })  # fmt: skip


def _entry(config: Config, areas: Areas, rules: list[str], kind: str, n: int, table) -> Entry:
    where = f"lists.{kind}"
    values = dict(config.table(where, table))
    why = values.pop("why", "")
    for key, value in values.items():
        if key not in _KEYS:
            raise config.error(where, key, f"unknown key; there are {', '.join(_KEYS)} and why")
        if not isinstance(value, list) or not value or not all(type(v) is _KEYS[key] for v in value):
            raise config.error(where, key, f"must be a list of one or more {_KEYS[key].__name__}")
    if not values or not isinstance(why, str) or not why:
        raise config.error("lists", kind, "an entry needs a why, and one key or more to say what it is about")
    _check_names(config, where, values, areas, rules)
    return Entry(f"{kind} {n}: {why}", **{key: tuple(value) for key, value in values.items()})


def _check_names(config: Config, where: str, values: dict, areas: Areas, rules: list[str]) -> None:
    for name in values.get("rule", ()):
        if name not in rules:
            raise config.error(where, "rule", f"no such rule: {name}; there are {', '.join(rules)}")
    for id in values.get("area", ()):
        try:
            areas.column(id)
        except GeodataError as error:
            raise config.error(where, "area", error.cause) from None
    for hour in values.get("hour", ()):
        if not 0 <= hour <= 23:
            raise config.error(where, "hour", f"{hour} is outside 0 to 23")


@dataclass
class KeptBack:
    """Episodes that the lists kept back, by entry, rule and MMSI."""

    entry: str
    rule: str
    mmsi: int
    episodes: int = 0

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)
