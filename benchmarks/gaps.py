"""Silences by bad reception and by transponders switched off, planted into real logs: does the map tell them apart?

Logs: Solent (84 minutes), the Danish network's (5 minutes), the US one's (33 seconds: too short for a silence). In some
cells reports of all ships are lost in runs, over the whole log; and ships under way are switched off for a while, as
often as a silence came from reception. The map is learned from one part of the log,
silences of both kinds in it: the first two thirds of its time or, of a log too short for that, four ships in five.
The silences of the rest are scored by 1 - p_reception; those of which the map knows nothing are counted apart.

``gap_auc``: ships switched off for a minute up to half of that rest, where at least half of the reports due meanwhile
had been received. ``length_auc`` is what the number of reports missed would give alone. ``matched_auc``: each switched
off for as long as some silence by reception lasted, so that nothing but the place tells. ``anywhere_auc``: switched off
also where few of the reports had been received, which no map can tell from what reception does there all the time.
Each is the mean over the logs with enough silences, as each log has a map of its own.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.errors import InputError
from surveil.kernels.counts import cell_of
from surveil.kernels.reception import KIND_OTHER, intervals_s, shown_kind
from surveil.ledger import Ledger
from surveil.registry import rule_classes
from surveil.resources import shared_folder
from surveil.rules.silence import Params
from surveil.schema import CLASS_A, Positions
from surveil.sources.files import open_sources
from surveil.sources.merge import merge
from surveil.tracks.counts import columns_of
from surveil.tracks.learned import Learned
from surveil.tracks.reception import kind_of
from surveil.tracks.table import Applied, TrackTable

LOGS = {
    "stonesoup_SolentAIS_20160112_130211.csv.gz": 0.05, "dma_aisabnormal_ais-sample_20131112.txt.gz": 0.25,
    "nais_us_20160728_100k.nmea.gz": 1.0,
}  # fmt: skip
"""Side of the map's cells, degrees, by log: so that some minutes of it put a hundred reports or more into most."""
SHORT_MS = 600_000
"""A log shorter than this is cut by ships."""
BAD_CELLS = 1 / 8
"""Share of cells with planted bad reception (assumed)."""
LOST, RUN = 0.8, 5
"""There, the share of reports lost, and how many are lost in a row on average (assumed)."""
LEAST_DUE = 6
"""Reports that must be due before a gap is called a silence: a minute of class A under way (assumed)."""
UNDER_WAY_KN = Params().min_sog_kn
ENOUGH = 10
"""Silences of each kind that a log must give to count (assumed)."""
AUCS = ("gap_auc", "length_auc", "matched_auc", "anywhere_auc")
FIRST_SEED = 100
"""Earlier seeds were looked at while the map was made."""
HEARD, LOST_BY_RECEPTION, SWITCHED_OFF = range(3)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=20, help="copies of each log")


def read_rows(path: Path) -> Positions:
    """Positions of surface craft as the engine applied them, in order, with the class each vessel was known by."""
    from surveil.areas import load_areas

    taken = []
    off = {name: {"enabled": False} for name in rule_classes()}
    engine = Engine(Config(rules=off), load_areas(), hooks=Hooks(applied=lambda rows, what: taken.append((rows, what))))
    for batch in merge(open_sources([path], Ledger())):
        engine.push(batch)
    engine.close()
    rows = Positions.concat([rows for rows, _ in taken])
    slot = np.concatenate([what.slot for _, what in taken])
    rows = rows.replace(ais_class=engine.table.arrays.ais_class[slot])
    return rows.take((kind_of(rows.ais_class) >= 0) & ~np.isnan(rows.lon) & (rows.msg_type != 27))


@dataclass
class Silences:
    """Planted silences, one entry each: reports due, score (NaN unknown), and whether the transponder was off."""

    due: np.ndarray
    score: np.ndarray
    off: np.ndarray

    @classmethod
    def together(cls, parts: list[Silences]) -> Silences:
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("due", "score", "off")))

    def auc(self) -> float | None:
        known = ~np.isnan(self.score)
        return _auc(self.score[known], self.off[known])


def _auc(score: np.ndarray, positive: np.ndarray) -> float | None:
    """Chance that a positive scores above a negative, a tie counting half."""
    if positive.all() or not positive.any():
        return None
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    n, m = int(positive.sum()), int((~positive).sum())
    return round(float((rank[positive].sum() - n * (n + 1) / 2) / (n * m)), 4)


def _by_vessel(rows: Positions) -> list[np.ndarray]:
    order = np.argsort(rows.mmsi, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(rows.mmsi[order])) + 1)


def lose(rows: Positions, cell_deg: float, rng: np.random.Generator) -> np.ndarray:
    """What becomes of each row, uint8[n]: in some cells reports of all ships are lost in runs."""
    cell = np.array([cell_of(x, y, cell_deg, columns_of(cell_deg)) for x, y in zip(rows.lon, rows.lat, strict=True)])
    cells = np.unique(cell)
    bad = np.isin(cell, rng.choice(cells, max(1, round(len(cells) * BAD_CELLS)), replace=False))
    fate, draw = np.zeros(len(rows), np.uint8), rng.random(len(rows))
    into = LOST / (1 - LOST) / RUN
    for vessel in _by_vessel(rows):
        lost = rng.random() < LOST
        for at in vessel[bad[vessel]]:
            lost = draw[at] < (1 - 1 / RUN if lost else into)
            fate[at] = LOST_BY_RECEPTION * lost
    return fate


def _gaps(rows: Positions, fate: np.ndarray, within: np.ndarray) -> list[tuple[int, int, int]]:
    """(last heard, next heard, the cause between) of vessels' planted gaps that lie within some rows."""
    found = []
    for vessel in _by_vessel(rows):
        heard = np.flatnonzero(fate[vessel] == HEARD)
        for a, b in pairwise(heard.tolist()):
            if b > a + 1 and within[vessel[a]] and within[vessel[b]]:
                found.append((vessel[a], vessel[b], fate[vessel[a + 1 : b]].max()))
    return found


def switch_off(
    rows: Positions, fate: np.ndarray, parts: list[np.ndarray], least: float, matched: bool, rng
) -> np.ndarray:
    """More rows gone: in each part as many silences as by reception, a share ``least`` of each received before."""
    fate = fate.copy()
    interval_s = _intervals_s(rows)
    for part in parts:
        lengths = [_due(rows, interval_s, a, b) for a, b, _ in _gaps(rows, fate, part)]
        lengths = [due for due in lengths if due >= LEAST_DUE]
        span_s = np.ptp(rows.t_ms[part]) / 1000
        for due in lengths:
            _one_off(rows, fate, part, least, interval_s, due if matched else None, span_s / 2, rng)
    return fate


def _intervals_s(rows: Positions) -> np.ndarray:
    """Nominal interval after each row; the class of a craft that does not say it, as the whole log shows."""
    kind = kind_of(rows.ais_class)
    for vessel in _by_vessel(rows):
        if kind[vessel[0]] == KIND_OTHER:
            under_way = rows.sog_kn[vessel[:-1]] > 2
            spacing_ms = np.diff(rows.t_ms[vessel])[under_way]
            kind[vessel] = shown_kind(KIND_OTHER, len(spacing_ms), spacing_ms.min(initial=10**9))
    return intervals_s(kind, rows.sog_kn, rows.nav_status)


def _due(rows: Positions, interval_s: np.ndarray, a: int, b: int) -> int:
    dt_s = (rows.t_ms[b] - rows.t_ms[a]) / 1000
    return 0 if np.isnan(interval_s[a]) or rows.sog_kn[a] < UNDER_WAY_KN else int(dt_s / interval_s[a])


def _one_off(rows, fate, part, least, interval_s, length, longest_s, rng: np.random.Generator) -> None:
    """One ship off from a random report of it on, if it is heard again afterwards, within the part."""
    for at in rng.choice(np.flatnonzero(part & (fate == HEARD) & (rows.sog_kn >= UNDER_WAY_KN)), 20):
        own = np.flatnonzero(rows.mmsi == rows.mmsi[at])
        own = own[(own > at) & part[own]]
        due = length if length is not None else LEAST_DUE * (longest_s / interval_s[at] / LEAST_DUE) ** rng.random()
        until_ms = rows.t_ms[at] + 1000 * due * interval_s[at]
        gone = own[rows.t_ms[own] < until_ms]
        back = own[rows.t_ms[own] >= until_ms]
        if (
            (fate[gone] == HEARD).sum() > least * due
            and len(back[fate[back] == HEARD])
            and (fate[gone] != SWITCHED_OFF).all()
        ):
            fate[gone] = SWITCHED_OFF
            return


def learn(rows: Positions, taught: np.ndarray, cell_deg: float) -> tuple[Learned, np.ndarray]:
    """A map of some rows, as `surveil learn` makes it, that then follows the others; and the slot of each row."""
    config = Config()
    learned = Learned(cell_deg, config.map.max_gap_s)
    table, slot = TrackTable(config.tracks), np.zeros(len(rows), np.int64)
    for part, learned.counting in ((taught, True), (~taught, False)):
        some = rows.take(part)
        applied = table.apply_positions(some)
        learned.learn(some, applied, some.ais_class)
        slot[part] = applied.slot
    return learned, slot


def _parts(rows: Positions, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    first_ms, last_ms = int(rows.t_ms[0]), int(rows.t_ms[-1])
    if last_ms - first_ms < SHORT_MS:
        ships = np.unique(rows.mmsi)
        first = np.isin(rows.mmsi, rng.choice(ships, len(ships) * 4 // 5, replace=False))
    else:
        first = rows.t_ms < first_ms + (last_ms - first_ms) * 2 // 3
    return first, ~first


def one_copy(rows: Positions, cell_deg: float, how: str, rng: np.random.Generator) -> Silences:
    """Plant, learn from one part, score the silences of the other."""
    first, second = _parts(rows, rng)
    fate = lose(rows, cell_deg, rng)
    fate = switch_off(rows, fate, [first, second], 0.0 if how == "anywhere" else 0.5, how == "matched", rng)
    heard, slot = fate == HEARD, np.zeros(len(rows), np.int64)
    learned, slot[heard] = learn(rows.take(heard), first[heard], cell_deg)
    last, back, cause = np.array(_gaps(rows, fate, second), np.int64).reshape(-1, 3).T
    names = ("lon", "lat", "sog_kn", "cog_deg", "nav_status", "ais_class")
    silence = learned.reception.silence(
        slots=slot[last], last_ms=rows.t_ms[last], age_s=(rows.t_ms[back] - rows.t_ms[last]) / 1000,
        **{name: getattr(rows, name)[last] for name in names},
    )  # fmt: skip
    long = (silence.due >= LEAST_DUE) & (rows.sog_kn[last] >= UNDER_WAY_KN)
    score = 1 - silence.p_reception(Params().off_per_hour)
    return Silences(silence.due[long], score[long], cause[long] == SWITCHED_OFF)


def _figures(own: Silences, matched: Silences, anywhere: Silences) -> dict:
    return {
        "gap_auc": own.auc(), "length_auc": _auc(own.due, own.off), "matched_auc": matched.auc(),
        "anywhere_auc": anywhere.auc(),
        "by_reception": int((~own.off).sum()), "switched_off": int(own.off.sum()),
        "unknown": round(float(np.isnan(own.score).mean()), 4) if len(own.score) else None,
    }  # fmt: skip


def gap_auc(seeds: int) -> dict:
    """Means over the logs, and each: ``gap_auc``, ``length_auc``, ``matched_auc``, ``anywhere_auc``, and how many."""
    shared = shared_folder()
    if shared is None:
        raise InputError("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    logs = {}
    for at, (name, cell_deg) in enumerate(LOGS.items()):
        rows = read_rows(shared / "data/ais" / name)
        own = [
            [one_copy(rows, cell_deg, how, np.random.default_rng([FIRST_SEED + seed, at])) for seed in range(seeds)]
            for how in ("received", "matched", "anywhere")
        ]
        logs[name.partition(".")[0]] = _figures(*map(Silences.together, own))
    enough = [log for log in logs.values() if min(log["by_reception"], log["switched_off"]) >= ENOUGH]
    means = {name: round(float(np.mean([log[name] for log in enough])), 4) if enough else None for name in AUCS}
    return means | {"logs": logs}


def learning_speed(rows: int = 2_000_000, ships: int = 1000) -> int:
    """Positions a second into both maps: class A over the strait every 10 s, a fifth of the reports lost."""
    rng = np.random.default_rng(1)
    slot, step = np.tile(np.arange(ships), rows // ships), np.repeat(np.arange(rows // ships), ships)
    start, way = rng.uniform((0, 50), (3, 52), (ships, 2)), rng.uniform(-1e-4, 1e-4, (ships, 2))
    lon, lat = (start[slot] + way[slot] * step[:, None]).T
    positions = Positions.build(
        t_ms=1_773_525_600_000 + 10_000 * step, mmsi=slot, lon=lon, lat=lat, sog_kn=np.full(rows, 12.0),
        cog_deg=np.full(rows, 40.0), ais_class=np.full(rows, CLASS_A), msg_type=np.ones(rows),
    )  # fmt: skip
    heard = rng.random(rows) < 0.8
    positions, n = positions.take(heard), int(heard.sum())
    applied = Applied(slot[heard].astype(np.int32), np.zeros(n, np.uint8), np.zeros(n, np.int32), np.zeros(n, np.int8))
    laps = []
    for _ in range(3):  # the first compiles
        learned = Learned(0.05, Config().map.max_gap_s)
        lap = time.perf_counter()
        learned.learn(positions, applied, positions.ais_class)
        laps.append(time.perf_counter() - lap)
    return round(n / min(laps))


def run(options: argparse.Namespace) -> dict:
    figures = gap_auc(options.seeds) | {"learned_per_s": learning_speed()}
    for name, log in figures["logs"].items():
        print(f"{name}: {log}")
    print(f"gap_auc {figures['gap_auc']} (asked for 0.9), by length alone {figures['length_auc']}")
    print(f"each as long as one by reception: {figures['matched_auc']}; anywhere: {figures['anywhere_auc']}")
    print(f"learned: {figures['learned_per_s']:,} positions/s")
    return figures
