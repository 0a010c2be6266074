"""Faults planted into real recordings, with a seed: whose, where, from when to when, so that findings can be judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveil.decode.times import TimeOptions
from surveil.identity import KIND_SHIP, mmsi_kind
from surveil.kernels.geodesy import destination_deg_array, distance_m_array
from surveil.ledger import Ledger
from surveil.schema import CLASS_A, CLASS_B, CLASS_UNKNOWN, MISSING_TIME, Batch, Positions, Statics
from surveil.sources.files import open_sources
from surveil.sources.merge import merge

JAMMED, JAMMED_M = 6, 15_000.0
"""Ships, and metres round one of them, that make an area worth planting jamming in."""


@dataclass(frozen=True)
class Log:
    """A recording in the order of time. A planted one has ``touched``: bool[n] of its positions that are false."""

    name: str
    positions: Positions
    statics: Statics
    touched: np.ndarray

    @property
    def vessels(self) -> int:
        return len(np.unique(self.positions.mmsi))

    def batch(self) -> Batch:
        """All rows at once, arriving in the order of time, statics first."""
        t_ms = np.concatenate([self.statics.t_ms, self.positions.t_ms])
        place = np.empty(len(t_ms), np.int64)
        place[np.argsort(t_ms, kind="stable")] = np.arange(len(t_ms))
        at = np.split(place, [len(self.statics)])
        return Batch.build(positions=self.positions.replace(seq=at[1] + 1), statics=self.statics.replace(seq=at[0] + 1))


@dataclass(frozen=True)
class Fault:
    """One planted fault: its MMSI (of an area: 0), span, and the ``seq`` of its first false row; 0 if none."""

    kind: str
    mmsi: int
    from_ms: int
    to_ms: int
    rows: np.ndarray
    others: tuple[int, ...] = ()


def read_log(path: Path) -> Log:
    """A recording's positions and statics, each report once, those with a time; in the order of time."""
    batches = list(merge(open_sources([path], Ledger(), TimeOptions())))
    positions = _in_order(Positions.concat([b.positions for b in batches]))
    statics = _in_order(Statics.concat([b.statics for b in batches]))
    return Log(path.name.partition(".")[0], positions, statics, np.zeros(len(positions), bool))


def _in_order(rows):
    """Sorted, without reports heard again within 10 s, as the engine would have it."""
    rows = rows.take(rows.t_ms != MISSING_TIME)
    span_ms = np.median(rows.t_ms) - 2 * 86_400_000 if len(rows) else 0
    rows = rows.take(rows.t_ms > span_ms)  # before its GPS had a fix a logger says 2010
    rows = rows.take(np.lexsort((rows.t_ms, rows.digest)))
    again = (np.diff(rows.digest, prepend=np.uint64(0)) == 0) & (np.diff(rows.t_ms, prepend=0) <= 10_000)
    rows = rows.take(~again)
    return rows.take(np.argsort(rows.t_ms, kind="stable"))


def tracks(log: Log, least: int, moving_s: float = 0.0) -> dict[int, np.ndarray]:
    """Rows of each vessel with so many positions, over so many seconds; by MMSI, in its order."""
    p = log.positions
    craft = np.isin(p.ais_class, (CLASS_UNKNOWN, CLASS_A, CLASS_B)) & (mmsi_kind(p.mmsi) == KIND_SHIP)
    rows = np.flatnonzero(craft & ~np.isnan(p.lon))
    rows = rows[np.argsort(p.mmsi[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(p.mmsi[rows], prepend=-1))
    found = np.split(rows, starts[1:])
    return {
        int(p.mmsi[r[0]]): r
        for r in found
        if len(r) >= least and p.t_ms[r[-1]] - p.t_ms[r[0]] >= 1000 * moving_s
    }  # fmt: skip


def plant_clones(log: Log, rng: np.random.Generator, count: int) -> tuple[Log, list[Fault]]:
    """A second real ship renumbered to another's MMSI: both sent 5 or more reports while both were there, and were
    never within 1 km of each other then, as far as reports near in time tell."""
    found, mmsi = [], log.positions.mmsi.copy()
    paths = tracks(log, 10)
    free = rng.permutation(sorted(paths)).tolist()
    touched = log.touched.copy()
    while free and len(found) < count:
        a = free.pop()
        b = next((m for m in free if _overlapping(log, paths[a], paths[m]) is not None), None)
        if b is None:
            continue
        free.remove(b)
        from_ms, to_ms = _overlapping(log, paths[a], paths[b])
        mmsi[mmsi == b] = a
        touched[paths[b]] = True
        found.append(Fault("clone", a, from_ms, to_ms, paths[b], (b,)))
    return _planted(log, found, touched, mmsi=mmsi), found


def _overlapping(log: Log, a: np.ndarray, b: np.ndarray) -> tuple[int, int] | None:
    p = log.positions
    from_ms, to_ms = max(p.t_ms[a[0]], p.t_ms[b[0]]), min(p.t_ms[a[-1]], p.t_ms[b[-1]])
    both = [rows[(p.t_ms[rows] >= from_ms) & (p.t_ms[rows] <= to_ms)] for rows in (a, b)]
    if min(map(len, both)) < 5:
        return None
    near = both[0][np.searchsorted(p.t_ms[both[0]], p.t_ms[both[1]]).clip(max=len(both[0]) - 1)]
    apart_m = distance_m_array(p.lon[near], p.lat[near], p.lon[both[1]], p.lat[both[1]])
    return (int(from_ms), int(to_ms)) if apart_m.min() > 1000 else None


def plant_jumps(log: Log, rng: np.random.Generator, count: int) -> tuple[Log, list[Fault]]:
    """Half single, half lasting to the end: reports thrown 5 to 200 km, log-uniform, any way, from the middle of a
    track of 10 or more reports."""
    paths = tracks(log, 10)
    chosen = rng.permutation(sorted(paths))[:count].tolist()
    lon, lat, touched, found = log.positions.lon.copy(), log.positions.lat.copy(), log.touched.copy(), []
    for i, m in enumerate(chosen):
        at = int(rng.integers(len(paths[m]) // 3, 1 + 2 * len(paths[m]) // 3))
        rows = paths[m][at : at + 1] if i % 2 else paths[m][at:]
        _throw(rng, lon, lat, rows, 5000, 200_000)
        touched[rows] = True
        t_ms = log.positions.t_ms[rows]
        found.append(Fault("single" if i % 2 else "lasting", m, int(t_ms[0]), int(t_ms[-1]), rows))
    return _planted(log, found, touched, lon=lon, lat=lat), found


def _throw(rng, lon, lat, rows, least_m: float, most_m: float) -> None:
    """The same way and as far for all rows, in place."""
    bearing, metres = rng.uniform(0, 360), np.exp(rng.uniform(np.log(least_m), np.log(most_m)))
    where = destination_deg_array(lon[rows], lat[rows], np.full(len(rows), bearing), np.full(len(rows), metres))
    lon[rows], lat[rows] = where


def plant_jamming(log: Log, rng: np.random.Generator, count: int) -> tuple[Log, list[Fault]]:
    """One area in a copy, whatever the count: all ships within 15 km of one of them thrown together 10 to 100 km, for
    5 minutes or half of the recording; an area where at least JAMMED have 2 or more reports in that time."""
    p, paths = log.positions, tracks(log, 5)
    first_ms, last_ms = int(p.t_ms[0]), int(p.t_ms[-1])
    lasting_ms = min(300_000, (last_ms - first_ms) // 2)
    for m in rng.permutation(sorted(paths)).tolist():
        from_ms = int(rng.integers(first_ms + lasting_ms // 3, last_ms - lasting_ms + 1))
        at = paths[m][np.searchsorted(p.t_ms[paths[m]], from_ms).clip(max=len(paths[m]) - 1)]
        inside = [(k, _within(p, r, at, from_ms, from_ms + lasting_ms)) for k, r in paths.items()]
        inside = [(k, rows) for k, rows in inside if len(rows) >= 2]
        if len(inside) >= JAMMED:
            rows = np.concatenate([rows for _, rows in inside])
            lon, lat, touched = p.lon.copy(), p.lat.copy(), log.touched.copy()
            _throw(rng, lon, lat, rows, 10_000, 100_000)
            touched[rows] = True
            fault = Fault("interference", 0, from_ms, from_ms + lasting_ms, rows, tuple(k for k, _ in inside))
            return _planted(log, [fault], touched, lon=lon, lat=lat), [fault]
    return log, []


def _within(p: Positions, rows, at: int, from_ms: int, to_ms: int) -> np.ndarray:
    rows = rows[(p.t_ms[rows] >= from_ms) & (p.t_ms[rows] < to_ms)]
    n = len(rows)
    near = distance_m_array(np.full(n, p.lon[at]), np.full(n, p.lat[at]), p.lon[rows], p.lat[rows]) < JAMMED_M
    return rows if n and near[0] else rows[:0]


def plant_changes(log: Log, rng: np.random.Generator, count: int) -> tuple[Log, list[Fault]]:
    """A ship under a new MMSI from the middle of a track of 10 minutes or more on, after 30 to 300 s of silence.

    Its call sign, name and size are sent under both numbers, once each six minutes; they are made up, as some
    recordings have none.
    """
    p, paths = log.positions, tracks(log, 10, 600)
    mmsi, keep, touched = p.mmsi.copy(), np.ones(len(p), bool), log.touched.copy()
    statics, found = [log.statics.take(~np.isin(log.statics.mmsi, list(paths)))], []
    for i, m in enumerate(rng.permutation(sorted(paths))[:count].tolist()):
        new = 235_990_000 + i
        t_ms = p.t_ms[paths[m]]
        at_ms = int(t_ms[len(t_ms) // 2])
        back_ms = at_ms + int(rng.integers(30_000, 300_000))
        keep[paths[m][(t_ms > at_ms) & (t_ms <= back_ms)]] = False
        after = paths[m][t_ms > back_ms]
        if len(after) < 3:
            continue
        mmsi[after], touched[after] = new, True
        for number, from_ms, to_ms in ((m, t_ms[0], at_ms), (new, p.t_ms[after[0]], t_ms[-1])):
            statics.append(_made_up(number, i, np.arange(from_ms + 60_000, to_ms, 360_000)))
        found.append(Fault("change", new, int(p.t_ms[after[0]]), int(t_ms[-1]), after, (m,)))
    said = Statics.concat(statics)
    planted = _planted(log, found, touched, mmsi=mmsi)
    said = said.take(np.argsort(said.t_ms, kind="stable"))
    return Log(log.name, planted.positions.take(keep), said, touched[keep]), found


def _made_up(mmsi: int, hull: int, t_ms: np.ndarray) -> Statics:
    columns = {
        "mmsi": mmsi, "msg_type": 5, "callsign": f"SIM{hull}".encode(), "name": f"SIM HULL {hull}".encode(),
        "to_bow_m": 80 + hull, "to_stern_m": 20, "to_port_m": 8, "to_starboard_m": 8, "ship_type": 70,
    }  # fmt: skip
    digest = np.arange(len(t_ms)) + mmsi * 1000
    return Statics.build(t_ms=t_ms, digest=digest, **{k: np.full(len(t_ms), v) for k, v in columns.items()})


def _planted(log: Log, faults: list[Fault], touched: np.ndarray, **columns) -> Log:
    """With new digests where rows were changed, so that they are no repetitions of anything."""
    digest = log.positions.digest.copy()
    digest[touched] ^= np.uint64(0x5EED)
    return Log(log.name, log.positions.replace(digest=digest, **columns), log.statics, touched)
