"""The picture of now, to be shown: what the engine saw at its last tick, moved on by what has been heard since.

The engine waits for late rows and runs whole ticks, so it is 10 to 20 s behind the last report. Screens are not: a
report moves its target at once. What is shown so is never told to a rule.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from surveil.alert import Alert
from surveil.kernels.geodesy import distance_m_array
from surveil.schema import CLASS_CONTACT, MISSING_SHIP_TYPE, MISSING_TIME, Columns, Positions, columns
from surveil.tracks.view import View

REACH_MS, SLACK_M = 60.0, 2000.0
"""A report farther from the last one than this speed (m/s) and slack allow waits for the engine's word (assumed)."""
_LONE_MS = 60_000
"""A target that the engine has not taken up is shown so long after its report (assumed)."""
_COPIED = (
    "mmsi", "ais_class", "last_ms", "lon", "lat", "sog_kn", "cog_deg", "heading_deg", "nav_status", "ship_type",
    "length_m", "small", "motion", "hull",
)  # fmt: skip
_MOVED = ("lon", "lat", "sog_kn", "cog_deg", "heading_deg", "nav_status")


@columns
class Targets(Columns):
    """Equal-length arrays, one row a target; immutable. Times UTC ms, degrees WGS84, NaN where not known.

    ``slot`` is the target's place in the engine's table, -1 until the engine has seen it; ``mmsi`` is negative for a
    contact without AIS (its number); ``ais_class`` see :data:`surveil.schema.CLASS_NAMES`; ``name``, ``callsign`` and
    ``destination`` are ASCII bytes; ``small`` 0 no, 1 unknown, 2 yes; ``motion`` of
    :mod:`surveil.kernels.motion_state`; ``hull`` counts the targets of one MMSI from 0. Contacts have ``p_dark``,
    ``exists`` and the ellipse of one standard error: half axes and the bearing of the longer. ``version`` is that of
    the snapshot in which the row last changed.
    """

    DTYPES = {
        "slot": "i4", "mmsi": "i4", "t_ms": "i8", "lon": "f8", "lat": "f8", "sog_kn": "f4", "cog_deg": "f4",
        "heading_deg": "f4", "nav_status": "i1", "ais_class": "u1", "ship_type": "i2", "length_m": "f4", "beam_m": "f4",
        "small": "i1", "motion": "u1", "hull": "i1", "name": "S34", "callsign": "S7", "destination": "S20",
        "p_dark": "f4", "exists": "f4", "major_m": "f4", "minor_m": "f4", "axis_deg": "f4", "version": "i8",
    }  # fmt: skip

    def age_s(self, t_ms: int) -> np.ndarray:
        """Seconds since each target was last heard or seen."""
        return (t_ms - self.t_ms) / 1000.0


@dataclass(frozen=True)
class FeedHealth:
    """How one feed does. ``state`` is connecting, up, waiting (for its next try), down (stopped) or failed.

    ``received_ms`` of the last bytes and ``heard_ms``, the latest time in its rows, are None until there are any;
    ``lag_s`` is how far the second is behind the first. ``rate_s`` are bytes a second over the last minute;
    ``gaps`` the times it was lost; ``dropped_bytes`` what could not be held.
    """

    name: str
    kind: str
    state: str
    cause: str = ""
    received_ms: int | None = None
    heard_ms: int | None = None
    lag_s: float | None = None
    bytes: int = 0
    lines: int = 0
    decoded: int = 0
    refused: int = 0
    rate_s: float = 0.0
    connects: int = 0
    gaps: int = 0
    dropped_bytes: int = 0
    next_try_s: float = 0.0


@dataclass(frozen=True)
class Snapshot:
    """Everything a screen shows, at one moment; immutable.

    ``version`` grows by one; ``t_ms`` is event time of the picture, the latest heard; ``tick_ms`` that of the engine's
    last tick, which ``alerts`` (by id) are as of; ``received_ms`` the machine's time. ``troubles`` are sentences for
    people, the gravest first: a full disk, a clock that was set. ``replaying`` says that this is a recording.
    """

    version: int
    t_ms: int
    tick_ms: int
    received_ms: int
    targets: Targets
    alerts: dict[str, Alert]
    feeds: tuple[FeedHealth, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    simulated: bool = False
    replaying: bool = False


def targets_of(view: View) -> Targets:
    """What the engine saw at a tick."""
    copied = {name: getattr(view, name) for name in _COPIED}
    copied["t_ms"] = copied.pop("last_ms")
    statics = {name: view.table.statics[name][view.slots] for name in ("name", "callsign", "destination", "beam_m")}
    return Targets.build(slot=view.slots, **copied, **statics, **_ellipses(view), version=np.zeros(len(view), np.int64))


def _ellipses(view: View) -> dict[str, np.ndarray]:
    names = ("p_dark", "exists", "major_m", "minor_m", "axis_deg")
    found = {name: np.full(len(view), np.nan) for name in names}
    if view.contacts is None:
        return found
    rows, which = view.contact_rows()
    squares, axes = np.linalg.eigh(view.contacts.cov[which][:, :2, :2])
    long = axes[:, :, 1]  # eigh has the larger last
    bearing = np.degrees(np.arctan2(long[:, 0], long[:, 1])) % 180.0
    major, minor = (np.sqrt(np.maximum(squares[:, i], 0)) for i in (1, 0))
    values = (view.contacts.p_dark[which], view.contacts.exists[which], major, minor, bearing)
    for name, value in zip(names, values, strict=True):
        found[name][rows] = value
    return found


class Moving:
    """The targets shown: rebuilt at each tick, moved by each report between."""

    def __init__(self):
        self.targets = Targets.empty()
        self._row_of: dict[int, int] = {}

    @staticmethod
    def warm() -> None:
        """Have the kernel ready: else the picture waits for all that the engine's first tick compiles or loads."""
        distance_m_array(*np.zeros((4, 1)))

    def tick(self, seen: Targets, version: int) -> None:
        """Take what the engine saw; targets that later reports have moved stay where those put them."""
        shown, newer, lone = self.targets, {}, []
        row_of, recent_ms = _rows(seen), seen.t_ms.max(initial=MISSING_TIME) - _LONE_MS
        for row in np.flatnonzero(shown.hull == 0).tolist():
            mmsi = int(shown.mmsi[row])
            at = row_of.get(mmsi)
            if at is not None and shown.t_ms[row] > seen.t_ms[at]:
                newer[at] = row
            elif at is None and shown.slot[row] < 0 and shown.t_ms[row] > recent_ms:
                lone.append(row)
        merged = {name: getattr(seen, name).copy() for name in Targets.DTYPES}
        to, source = list(newer), list(newer.values())
        for name in ("t_ms", *_MOVED):
            merged[name][to] = getattr(shown, name)[source]
        merged = Targets.concat([Targets(**merged), shown.take(lone)])
        self._row_of = _rows(merged)
        self.targets = merged.replace(version=self._versions(merged, shown, version))

    def _versions(self, now: Targets, before: Targets, version: int) -> np.ndarray:
        """The version in which each row last changed."""
        if not len(before):
            return np.full(len(now), version)
        row_of = {key: i for i, key in enumerate(zip(before.mmsi.tolist(), before.hull.tolist(), strict=True))}
        keys = zip(now.mmsi.tolist(), now.hull.tolist(), strict=True)
        at = np.array([row_of.get(key, -1) for key in keys], np.int64)
        same = at >= 0
        for name in Targets.DTYPES:
            if name != "version":
                mine, theirs = getattr(now, name), getattr(before, name)[at]
                same &= (mine == theirs) | ((mine != mine) & (theirs != theirs))
        return np.where(same, before.version[at], version)

    def hear(self, rows: Positions, version: int) -> int:
        """Move targets by reports just decoded, of whatever order; returns how many reports moved one."""
        heard = rows.take(np.flatnonzero(np.isfinite(rows.lon)))
        newest = heard.take(np.argsort(heard.t_ms, kind="stable"))
        last = {mmsi: i for i, mmsi in enumerate(newest.mmsi.tolist())}
        fresh = [i for mmsi, i in last.items() if mmsi not in self._row_of]
        known = np.array([i for mmsi, i in last.items() if self._row_of.get(mmsi, -1) >= 0], np.int64)
        moved = self._move(newest.take(known), version) if len(known) else 0
        if fresh:
            self._add(newest.take(np.array(fresh)), version)
        return moved + len(fresh)

    def _move(self, rows: Positions, version: int) -> int:
        at = np.array([self._row_of[mmsi] for mmsi in rows.mmsi.tolist()], np.int64)
        shown = self.targets
        passed_s = (rows.t_ms - shown.t_ms[at]) / 1000.0
        away_m = distance_m_array(shown.lon[at], shown.lat[at], rows.lon, rows.lat)
        ok = (passed_s > 0) & ~(away_m > SLACK_M + REACH_MS * passed_s)
        at, rows = at[ok], rows.take(ok)
        changed = {}
        for name in ("t_ms", *_MOVED, "version"):
            changed[name] = getattr(shown, name).copy()
            changed[name][at] = version if name == "version" else getattr(rows, name)
        self.targets = shown.replace(**changed)
        return len(at)

    def _add(self, rows: Positions, version: int) -> None:
        same = {name: getattr(rows, name) for name in ("mmsi", "t_ms", *_MOVED, "ais_class")}
        n = len(rows)
        added = Targets.build(
            slot=np.full(n, -1), small=np.ones(n), ship_type=np.full(n, MISSING_SHIP_TYPE), **same,
            **{name: np.full(n, np.nan) for name in ("length_m", "beam_m", "p_dark", "exists", "major_m", "minor_m",
                                                     "axis_deg")},
            version=np.full(n, version),
        )  # fmt: skip
        self._row_of |= {mmsi: len(self.targets) + i for i, mmsi in enumerate(rows.mmsi.tolist())}
        self.targets = Targets.concat([self.targets, added])


def _rows(targets: Targets) -> dict[int, int]:
    """Row by MMSI; -1 where one report could be of several hulls, or of none: those the engine alone moves."""
    found: dict[int, int] = {}
    for row, (mmsi, kind) in enumerate(zip(targets.mmsi.tolist(), targets.ais_class.tolist(), strict=True)):
        found[mmsi] = -1 if mmsi in found or kind == CLASS_CONTACT else row
    return found


def stale(snapshot: Snapshot, feeds: tuple[FeedHealth, ...], received_ms: int, version: int) -> Snapshot:
    """The snapshot again, a moment later, with nothing new but the time and how the feeds do."""
    return dataclasses.replace(snapshot, feeds=feeds, received_ms=received_ms, version=version)
