"""How well what is there is heard: a learned binomial map by cell, class and hour of day (UTC).

Of the reports that a vessel should have sent between two that were heard (M.1371-5 Annex 1 tables 1 and 2), those in
between were missed. Both counts are integers, so maps of two days or two stations add up exactly, in any order. After
Hammond and Peters (2012), who learn such a grid from what was received; unlike theirs it counts trials apart by how
many reports were missed just before, because misses come in runs: the chance of a silence is a product over its
reports, as in a binomial, but of miss shares that grow as the silence goes on. A vessel's own last reports tell how
much better or worse than the others there it is heard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.kernels import reception as kernel
from surveil.kernels.reception import EXPECTED, HEARD, HOURS, KIND_A, KIND_B, KIND_OTHER, KINDS, PAST, RECORD, RUNS
from surveil.kernels.silence import silence_chance
from surveil.schema import CLASS_A, CLASS_B, CLASS_UNKNOWN, MISSING_TIME, Positions
from surveil.tracks.counts import Counts, columns_of, corner_of
from surveil.tracks.table import Applied

LEVELS = ("this hour", "any hour", "any class", "cells round it", "unknown")
"""What a chance rests on, by level: see :mod:`surveil.kernels.reception`."""
LEAST = 10
"""Expected reports from which on a level is known (assumed)."""
WEIGHT = 8.0
"""Runs of misses that a coarser level's shares stand for beside a finer one's counts (assumed: of 1 to 16 the one that
told planted silences apart best on the Solent and Danish logs together; `benchmarks gaps`, other seeds)."""
MOST_MISSED = 40
"""Reports that :meth:`ReceptionMap.unheard` asks about at most (assumed: so many missed are as good as impossible)."""
_SLOTS = {
    "prev_ms": ("i8", MISSING_TIME), "prev_lon": ("f8", np.nan), "prev_lat": ("f8", np.nan),
    "prev_sog_kn": ("f4", np.nan), "prev_s": ("f4", np.nan), "spacings": ("i8", 0), "shortest_ms": ("i8", 0),
    "past_n": ("i8", 0), "past": ((PAST, RECORD), 0),
}  # fmt: skip
"""What is kept of each vessel, as the kernel takes it."""
_KIND = np.full(256, -1, np.int8)
_KIND[[CLASS_A, CLASS_B, CLASS_UNKNOWN]] = KIND_A, KIND_B, KIND_OTHER


def kind_of(ais_class: np.ndarray) -> np.ndarray:
    """int8[n]: class A, B or not said, as the kernels number them; -1 for stations that are no surface craft."""
    return _KIND[ais_class]


@dataclass(frozen=True)
class Silence:
    """How silences of some vessels look, equal-length arrays.

    ``chance``: of a silence so long from a station that goes on sending, NaN where nothing was learned; ``level``
    indexes LEVELS; ``due``: reports that should have come since; ``interval_s``: seconds between them.
    """

    chance: np.ndarray
    level: np.ndarray
    due: np.ndarray
    interval_s: np.ndarray

    def p_reception(self, off_per_hour: float) -> np.ndarray:
        """float64[n]: probability that the silence is bad reception and nothing else; NaN where unknown.

        Bayes' rule for two causes after the last report heard: that the station is not heard for so long, or that it
        is switched off just then, of which there are ``off_per_hour``.
        """
        off = off_per_hour * self.interval_s / 3600.0
        return self.chance / (self.chance + off)


class ReceptionMap:
    """Heard and expected reports by cell, class, hour and run of misses before.

    Parameters
    ----------
    cell_deg : side of a cell, degrees of latitude and of longitude
    max_gap_s : a longer silence teaches nothing
    """

    def __init__(self, cell_deg: float, max_gap_s: int):
        self.cell_deg, self.max_gap_s = cell_deg, max_gap_s
        self.columns = columns_of(cell_deg)
        self.counts, self._usual = Counts((RUNS, 2)), None
        self._slots = {name: np.full(0, initial, dtype) for name, (dtype, initial) in _SLOTS.items()}

    def learn(self, rows: Positions, applied: Applied, kind: np.ndarray, *, counting: bool = True) -> None:
        """Take in rows that went through the track table, in order.

        ``kind`` int8[n], see :func:`kind_of`. Without ``counting`` the map stays as it is, and only what is known of
        the vessels goes on: :meth:`silence` needs it.
        """
        self._reach(applied.slot)
        counts = self.counts

        def step(first: int, n: int) -> tuple[int, int]:
            return kernel.learn(
                first, applied.slot, rows.t_ms, rows.lon, rows.lat, rows.sog_kn, rows.nav_status, rows.msg_type, kind,
                applied.outcome, *self._slots.values(), self.cell_deg, self.columns, self.max_gap_s * 1000,
                counting, counts.keys, counts.table, counts.values, n,
            )  # fmt: skip

        if counting:
            counts.fill(step, len(rows), self.max_gap_s)
        else:
            step(0, counts.n)

    def _reach(self, slot: np.ndarray) -> None:
        missing = int(slot.max(initial=-1)) + 1 - len(self._slots["prev_ms"])
        if missing > 0:
            for name, (dtype, initial) in _SLOTS.items():
                self._slots[name] = np.concatenate([self._slots[name], np.full(missing, initial, dtype)])

    def silence(self, *, slots, lon, lat, sog_kn, cog_deg, nav_status, ais_class, last_ms, age_s) -> Silence:
        """How likely silences since the last report are.

        Parameters
        ----------
        slots : int64[n], of the track table; lon, lat : float64[n], where last heard; sog_kn, cog_deg : float32[n]
        nav_status : int8[n]; ais_class : uint8[n]; last_ms : int64[n]; age_s : float64[n], how long ago
        """
        known = (self._slots["spacings"], self._slots["shortest_ms"])
        kind = kernel.shown_kinds(kind_of(ais_class), slots.astype(np.int64), *known)
        interval_s = kernel.intervals_s(kind, sog_kn, nav_status)
        due = np.nan_to_num(age_s / interval_s, nan=0.0).astype(np.int64)
        counts = self.counts
        chance, level, _ = silence_chance(
            lon, lat, sog_kn, cog_deg, kind, last_ms, interval_s, due, slots.astype(np.int64), self._slots["past_n"],
            self._slots["past"], self.cell_deg, self.columns, counts.keys, counts.table, counts.values, self.usual(),
            LEAST, WEIGHT,
        )  # fmt: skip
        return Silence(chance, level, due, interval_s)

    def unheard(self, lon, lat, speed_kn, t_ms: int, age_s) -> np.ndarray:
        """float64[n]: chance that a craft of class B that was there so long would not have been heard at all, NaN where
        nothing was learned.

        Parameters
        ----------
        lon, lat, speed_kn, age_s : float64[n]; t_ms : now
        """
        n, counts = len(lon), self.counts
        kind, nowhere = np.full(n, KIND_B, np.int8), np.full(n, np.nan, np.float32)
        interval_s = kernel.intervals_s(kind, speed_kn.astype(np.float32), np.full(n, -1, np.int8))
        missed = np.minimum(age_s / interval_s, MOST_MISSED).astype(np.int64)
        since_ms = t_ms - (1000.0 * missed * interval_s).astype(np.int64)
        chance, _, _ = silence_chance(
            lon, lat, nowhere, nowhere, kind, since_ms, interval_s, missed, np.full(n, len(self._slots["past_n"])),
            self._slots["past_n"], self._slots["past"], self.cell_deg, self.columns, counts.keys, counts.table,
            counts.values, self.usual(), LEAST, WEIGHT,
        )  # fmt: skip
        return chance

    def usual(self) -> np.ndarray:
        """float64[KINDS, RUNS]: miss shares of the whole map; of a run not met, those of the run before it."""
        if self._usual is None or self._usual[0] != self.counts.changes:
            self._usual = (self.counts.changes, self._whole_map())
        return self._usual[1]

    def _whole_map(self) -> np.ndarray:
        n = self.counts.n
        kind = self.counts.keys[:n] // HOURS % KINDS
        shares = np.empty((KINDS, RUNS))
        for k in range(KINDS):
            total = self.counts.values[:n][kind == k].sum(axis=0, dtype=np.int64)
            before = 0.5
            for run in range(RUNS):
                width = 2 if run == 0 else 1 << (run - 1)
                missed = total[run, EXPECTED] - total[run, HEARD]
                before = shares[k, run] = (missed + width * before) / (total[run, EXPECTED] + width)
        return shares

    def cells(self) -> dict[str, np.ndarray]:
        """Cells in order, over all hours: ``x``, ``y`` from 180 W and 90 S; ``heard``, ``expected`` int64[n, KINDS]."""
        keys, values = self.counts.sorted()
        cell, place = np.unique(keys // HOURS // KINDS, return_inverse=True)
        sums = np.zeros((len(cell), KINDS, 2), np.int64)
        np.add.at(sums, (place, keys // HOURS % KINDS), values.sum(axis=1, dtype=np.int64))
        x, y = corner_of(cell, self.cell_deg)
        return {"x": x, "y": y, "heard": sums[..., HEARD], "expected": sums[..., EXPECTED]}

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        keys, values = self.counts.sorted()
        return {"keys": keys, "values": values, **self._slots}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.counts, self._usual = Counts((RUNS, 2)), None
        self.counts.add(arrays["keys"], arrays["values"])
        self._slots = {name: arrays[name].copy() for name in _SLOTS}
