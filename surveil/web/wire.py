"""Snapshots as what goes to a page: everything once, then only what changed.

Targets go as rows of :data:`FIELDS`; alerts as their list entry, in both languages. Deltas are against the message
before, so that one encoding serves all pages.
"""

from __future__ import annotations

import json
import re

import numpy as np

from surveil.alert import Alert, urgency
from surveil.live.picture import Snapshot, Targets
from surveil.report.encode import plain
from surveil.schema import MISSING_TIME
from surveil.words import LANGUAGES

FIELDS = (
    "key", "mmsi", "t_ms", "lon", "lat", "sog_kn", "cog_deg", "heading_deg", "nav_status", "ais_class", "kind",
    "ship_type", "length_m", "beam_m", "small", "motion", "name", "callsign", "destination", "p_dark", "major_m",
    "minor_m", "axis_deg",
)  # fmt: skip
_DIGITS = {
    "lon": 5, "lat": 5, "sog_kn": 1, "cog_deg": 1, "heading_deg": 0, "length_m": 0, "beam_m": 0, "p_dark": 2,
    "major_m": 0, "minor_m": 0, "axis_deg": 0,
}  # fmt: skip
_HULL = re.compile(r"#\d+$")
_TEXTS = ("name", "callsign", "destination")

_BY_CLASS = {3: "base", 4: "aton", 5: "aircraft", 6: "device", 7: "contact"}
"""Kinds that the class alone says: :data:`surveil.schema.CLASS_NAMES`."""
_BY_TYPE = (
    (30, 30, "fishing"), (31, 35, "service"), (36, 37, "pleasure"), (40, 49, "passenger"), (50, 59, "service"),
    (60, 69, "passenger"), (70, 79, "cargo"), (80, 89, "tanker"),
)  # fmt: skip
"""First and last ship type of a kind, M.1371-5 table 53."""


def kind_of(ais_class: int, ship_type: int) -> str:
    """How a target is drawn."""
    if ais_class in _BY_CLASS:
        return _BY_CLASS[ais_class]
    return next((kind for low, high, kind in _BY_TYPE if low <= ship_type <= high), "other")


def keys_of(targets: Targets) -> list[str]:
    """The name of each target: its MMSI, with ``#2`` for a second hull of it."""
    pairs = zip(targets.mmsi.tolist(), targets.hull.tolist(), strict=True)
    return [f"{mmsi}#{hull + 1}" if hull else str(mmsi) for mmsi, hull in pairs]


def rows_of(targets: Targets) -> list[list]:
    """Rows of :data:`FIELDS`, None where nothing is known."""
    kinds = zip(targets.ais_class.tolist(), targets.ship_type.tolist(), strict=True)
    columns = {"key": keys_of(targets), "kind": [kind_of(*pair) for pair in kinds]}
    for name in FIELDS:
        if name not in columns:
            columns[name] = _column(name, getattr(targets, name))
    return [list(row) for row in zip(*(columns[name] for name in FIELDS), strict=True)]


def _column(name: str, values: np.ndarray) -> list:
    if name in _TEXTS:
        return [text.decode("ascii", "replace").strip() for text in values.tolist()]
    if name not in _DIGITS:
        return values.tolist()
    digits = _DIGITS[name]
    return [None if value != value else round(value, digits) for value in values.astype(np.float64).tolist()]


def alert_row(alert: Alert) -> dict:
    """An alert as the list shows it."""
    wanted = (
        "id", "rule", "mmsi", "name", "t_start_ms", "t_raised_ms", "t_end_ms", "state", "severity", "risk_to_life",
        "lon", "lat", "incident", "until_ms", "assigned", "simulated",
    )  # fmt: skip
    said = {code: str(alert.in_language(code).sentence) for code in LANGUAGES}
    more = {"target": target_of(alert), "sentence": said, "steps": len(alert.history)}
    return plain({name: getattr(alert, name) for name in wanted}) | more


def target_of(alert: Alert) -> str:
    """The target it is about, as :func:`keys_of` names it: its own key ends in that of a second hull."""
    hull = _HULL.search(alert.key)
    return f"{alert.mmsi}{hull[0] if hull else ''}"


def status_of(snapshot: Snapshot) -> dict:
    """All of a snapshot but targets and alerts."""
    names = ("version", "t_ms", "tick_ms", "received_ms", "simulated", "replaying", "counters", "timings", "troubles")
    feeds = [vars(feed) for feed in snapshot.feeds]
    values = {name: getattr(snapshot, name) for name in names}
    times = {name: None if values[name] == MISSING_TIME else values[name] for name in ("t_ms", "tick_ms")}
    return plain(values | times | {"feeds": feeds})


def whole(snapshot: Snapshot) -> dict:
    """Everything a page needs to begin."""
    alerts = sorted(snapshot.alerts.values(), key=urgency)
    return {
        "type": "whole", "fields": FIELDS, "targets": rows_of(snapshot.targets),
        "alerts": [alert_row(alert) for alert in alerts], "status": status_of(snapshot),
    }  # fmt: skip


def delta(before: Snapshot, now: Snapshot) -> dict:
    """What a page that has ``before`` lacks of ``now``; gone targets and alerts by name."""
    changed = now.targets.take(np.flatnonzero(now.targets.version > before.version))
    gone = [] if before.targets is now.targets else _gone(before.targets, now.targets)
    alerts = [alert for id, alert in now.alerts.items() if before.alerts.get(id) != alert]
    ended = [id for id in before.alerts if id not in now.alerts]
    return {
        "type": "delta", "from": before.version, "targets": rows_of(changed), "gone": gone,
        "alerts": [alert_row(alert) for alert in alerts], "gone_alerts": ended, "status": status_of(now),
    }  # fmt: skip


def _gone(before: Targets, now: Targets) -> list[str]:
    n = len(before)
    if len(now) >= n and all(np.array_equal(getattr(now, k)[:n], getattr(before, k)) for k in ("mmsi", "hull")):
        return []  # as between ticks, when targets are moved and added but never taken away
    there = set(keys_of(now))
    return [key for key in keys_of(before) if key not in there]


def text(message: dict) -> str:
    """As it is sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
