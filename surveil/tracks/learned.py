"""What was learned of reception and of traffic, as one: from rows, decaying where asked, and as one file."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np

from surveil.config import MapConfig
from surveil.errors import InputError, StoreError
from surveil.files import replace_file
from surveil.kernels.reception import EXPECTED, HEARD, RUNS
from surveil.kernels.traffic import WIDTH
from surveil.schema import MISSING_TIME, Positions
from surveil.tracks.reception import ReceptionMap, kind_of
from surveil.tracks.table import Applied
from surveil.tracks.traffic import TrafficMap

VERSION = 1
"""Of the file: raised whenever counts come to mean something else."""
_DAY_MS = 86_400_000
_SHAPES = {"reception": (RUNS, 2), "traffic": (WIDTH,)}


class Learned:
    """A reception map and a traffic map over the same cells.

    ``reports`` positions of craft were learned from, in ``span_ms`` (first, last), MISSING_TIME if none.
    """

    def __init__(self, cell_deg: float, max_gap_s: int, halve_days: int = 0, counting: bool = True):
        self.cell_deg, self.max_gap_s, self.halve_days, self.counting = cell_deg, max_gap_s, halve_days, counting
        self.reception, self.traffic = ReceptionMap(cell_deg, max_gap_s), TrafficMap(cell_deg)
        self.reports, self.span_ms = 0, (MISSING_TIME, MISSING_TIME)
        self._period = MISSING_TIME

    @classmethod
    def of(cls, config: MapConfig) -> Learned | None:
        """What a config asks for: the map of its file, an empty one to learn into, or None.

        Raises
        ------
        InputError : the file is not a map of this version.
        """
        if config.file:
            learned = cls.load(Path(config.file))
            learned.halve_days, learned.counting = config.halve_days, config.learn
            return learned
        return cls(config.cell_deg, config.max_gap_s, config.halve_days) if config.learn else None

    def learn(self, rows: Positions, applied: Applied, ais_class: np.ndarray) -> None:
        """Take in rows that went through the track table, in the order of time.

        Counts are halved at each midnight (UTC) that ends a span of ``halve_days`` days since 1970; 0 is never. Without
        ``counting`` the counts stay, and only what :meth:`ReceptionMap.silence` must know of vessels goes on.
        """
        kind = kind_of(ais_class)
        if not self.counting:
            self.reception.learn(rows, applied, kind, counting=False)
        elif len(rows):
            self._count(rows, applied, kind)

    def _count(self, rows: Positions, applied: Applied, kind: np.ndarray) -> None:
        period = rows.t_ms // (_DAY_MS * self.halve_days) if self.halve_days else np.zeros(len(rows), np.int64)
        edges = [0, *(np.flatnonzero(np.diff(period)) + 1).tolist(), len(rows)]
        for a, b in pairwise(edges):
            self._decay(int(period[a]))
            part = slice(a, b)
            some, what = rows.take(part), applied.take(part)
            self.reception.learn(some, what, kind[part])
            self.traffic.learn(some, what, kind[part])
        self.reports += int(np.count_nonzero(kind >= 0))
        self._widen(int(rows.t_ms[0]), int(rows.t_ms[-1]))

    def _decay(self, period: int) -> None:
        passed = 0 if self._period == MISSING_TIME else period - self._period
        self._period = period
        for _ in range(min(max(passed, 0), 31)):  # then nothing of an int32 is left
            self.reception.counts.halve()
            self.traffic.counts.halve()

    def _widen(self, first_ms: int, last_ms: int) -> None:
        if first_ms == MISSING_TIME:
            return
        start_ms, end_ms = self.span_ms
        self.span_ms = (first_ms if start_ms == MISSING_TIME else min(start_ms, first_ms), max(end_ms, last_ms))

    def merge(self, other: Learned) -> None:
        """Add another map's counts to this one's: the same in any order, and as if learned from both.

        Raises
        ------
        ValueError : the maps are of different cells or limits, or the counts do not fit; nothing has been added.
        """
        for name in ("cell_deg", "max_gap_s"):
            if (ours := getattr(self, name)) != (theirs := getattr(other, name)):
                raise ValueError(f"its {name} is {theirs:g}, not {ours:g}")
        try:
            for name in _SHAPES:
                getattr(self, name).counts.add(*getattr(other, name).counts.sorted())
        except OverflowError as error:
            raise ValueError(str(error)) from None
        self.reports += other.reports
        self._widen(*other.span_ms)

    def follow(self, later: Learned) -> None:
        """Add what was counted after this, within one span of ``halve_days``: halved first as often as time asks.

        Raises
        ------
        ValueError : as :meth:`merge`.
        """
        if later._period != MISSING_TIME:
            self._decay(later._period)
        self.merge(later)

    def save(self, path: Path) -> None:
        """Write the map as one file, whole or not at all; the same counts give the same bytes.

        Raises
        ------
        StoreError : it cannot be written.
        """
        arrays = {"version": VERSION, "cell_deg": self.cell_deg, "max_gap_s": self.max_gap_s,
                  "reports": self.reports, "span_ms": self.span_ms}  # fmt: skip
        for name in _SHAPES:
            arrays[f"{name}_keys"], arrays[f"{name}_counts"] = getattr(self, name).counts.sorted()
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        try:
            replace_file(path, buffer.getvalue())
        except OSError as error:
            raise StoreError(f"the map cannot be written: {error.strerror}", source=str(path)) from None

    @classmethod
    def load(cls, path: Path) -> Learned:
        """A map from a file of :meth:`save`.

        Raises
        ------
        InputError : naming the file, and why it is not a map of this version.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls._from(dict(arrays))
        except OSError as error:
            raise InputError(f"the map cannot be read: {error.strerror or error}", source=str(path)) from None
        except KeyError as error:
            raise InputError(f"is not a map: it has no {error.args[0]}", source=str(path)) from None
        except (ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"is not a map of this version: {error}", source=str(path)) from None

    @classmethod
    def _from(cls, arrays: dict[str, np.ndarray]) -> Learned:
        if int(arrays["version"]) != VERSION:
            raise ValueError(f"its version is {int(arrays['version'])}, not {VERSION}")
        learned = cls(float(arrays["cell_deg"]), int(arrays["max_gap_s"]))
        for name, shape in _SHAPES.items():
            keys, counts = arrays[f"{name}_keys"], arrays[f"{name}_counts"]
            _check(name, keys, counts, shape)
            getattr(learned, name).counts.add(keys, counts)
        heard = learned.reception.counts.values
        if (heard[..., HEARD] > heard[..., EXPECTED]).any():
            raise ValueError("more reports heard than expected")
        learned.reports = int(arrays["reports"])
        learned.span_ms = tuple(arrays["span_ms"].tolist())
        return learned

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        own = {"cell_deg": np.array([self.cell_deg]),
               "numbers": np.array([self.max_gap_s, self.reports, *self.span_ms, self._period])}  # fmt: skip
        return own | {f"{name}/{k}": a for name in _SHAPES for k, a in getattr(self, name).state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        max_gap_s, reports, first_ms, last_ms, period = arrays["numbers"].tolist()
        self.__init__(float(arrays["cell_deg"][0]), max_gap_s, self.halve_days, self.counting)
        self.reports, self.span_ms, self._period = reports, (first_ms, last_ms), period
        for name in _SHAPES:
            getattr(self, name).restore({k.partition("/")[2]: v for k, v in arrays.items() if k.startswith(f"{name}/")})


class Increments(Learned):
    """What a stretch of time adds to a map, apart by spans of ``halve_days``, so that it adds up exactly with what was
    learned before: see :meth:`Learned.follow`."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self._parts: list[Learned] = []

    @classmethod
    def like(cls, learned: Learned) -> Increments:
        """Empty, with another map's settings."""
        return cls(learned.cell_deg, learned.max_gap_s, learned.halve_days, learned.counting)

    def parts(self) -> list[Learned]:
        """Take out what was counted, one map for each span in the order of time."""
        self._set_aside()
        parts, self._parts = self._parts, []
        return parts

    def _decay(self, period: int) -> None:
        if self._period != period:
            self._set_aside()
        self._period = period

    def _set_aside(self) -> None:
        if not (self.reports or self.reception.counts.n or self.traffic.counts.n):
            return
        part = Learned(self.cell_deg, self.max_gap_s, self.halve_days)
        for name in _SHAPES:
            ours, its = getattr(self, name), getattr(part, name)
            ours.counts, its.counts = its.counts, ours.counts
        part.reports, part.span_ms, part._period = self.reports, self.span_ms, self._period
        self.reports, self.span_ms = 0, (MISSING_TIME, MISSING_TIME)
        self._parts.append(part)


def _check(name: str, keys: np.ndarray, counts: np.ndarray, shape: tuple[int, ...]) -> None:
    if keys.dtype != np.int64 or keys.ndim != 1 or (keys < 0).any() or (np.diff(keys) <= 0).any():
        raise ValueError(f"its {name} keys are not cells in order")
    if counts.dtype != np.int32 or counts.shape != (len(keys), *shape) or (counts < 0).any():
        raise ValueError(f"its {name} counts are not counts of {len(keys)} cells")


def merge_maps(paths: list[Path]) -> Learned:
    """The sum of several map files.

    Raises
    ------
    InputError : naming the file that is no map, or does not fit the first.
    """
    total = Learned.load(paths[0])
    for path in paths[1:]:
        try:
            total.merge(Learned.load(path))
        except ValueError as error:
            raise InputError(f"cannot be added to {paths[0]}: {error}", source=str(path)) from None
    return total
