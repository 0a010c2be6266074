"""What sensors look at, the weather they look through, and what they give back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from surveil.schema import Plots

CLUTTER = -1
"""``object`` of a plot that comes from no object."""
LOOK_PD = 0.05
"""A look counts as an opportunity above this expected probability of detection (assumed)."""
WORTH_MS = 10_000
"""Positions nearer in time than this are not looked up: a ship moves 250 m in it at 50 kn (assumed)."""


@dataclass(frozen=True)
class Seen:
    """One thing afloat: its id, what it is, its size, its radar cross-section (NaN: from its length), and where it
    was: ``t_ms`` increasing int64, ``lon``, ``lat``, ``heading_deg`` float64, all of one length."""

    object: int
    kind: str
    length_m: float
    height_m: float
    rcs_m2: float
    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    heading_deg: np.ndarray
    calls: tuple[tuple[int, float, float], ...] = ()
    """Calls for help from aboard: (t_ms, lon, lat) with the place as the caller has it."""


@dataclass(frozen=True)
class Objects:
    """Everything afloat: ``m`` objects as arrays, their ``n`` positions end to end.

    ``object`` int32 (m,), ids of any kind; ``kind`` m names; ``length_m``, ``height_m``, ``rcs_m2`` float64 (m,).
    Positions of object ``i`` are the rows ``start[i]`` to ``start[i + 1]`` of ``t_ms``, ``lon``, ``lat`` and
    ``heading_deg``; an object is there from the first to the last of them. ``calls``: see :class:`Seen`.
    """

    object: np.ndarray
    kind: tuple[str, ...]
    length_m: np.ndarray
    height_m: np.ndarray
    rcs_m2: np.ndarray
    start: np.ndarray
    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    heading_deg: np.ndarray
    calls: tuple[tuple[tuple[int, float, float], ...], ...] = ()

    @classmethod
    def of(cls, things: Iterable[Seen]) -> Objects:
        """From things one by one; positions closer than 10 s are thinned (the last is kept)."""
        things = list(things)
        rows = [_thinned(thing.t_ms) for thing in things]
        joined = {
            name: np.concatenate(
                [np.empty(0, dtype), *(getattr(s, name)[r] for s, r in zip(things, rows, strict=True))]
            )
            for name, dtype in (("t_ms", np.int64), ("lon", float), ("lat", float), ("heading_deg", float))
        }
        sizes = {n: np.array([getattr(s, n) for s in things], float) for n in ("length_m", "height_m", "rcs_m2")}
        start = np.cumsum([0, *map(len, rows)]).astype(np.int64)
        ids = np.array([s.object for s in things], np.int32)
        return cls(
            ids, tuple(s.kind for s in things), start=start, calls=tuple(s.calls for s in things), **sizes, **joined
        )

    def __len__(self) -> int:
        return len(self.object)

    @property
    def owner(self) -> np.ndarray:
        """Index of the object of each position, int64 (n,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def rows(self, i: int) -> slice:
        """The positions of object ``i``."""
        return slice(int(self.start[i]), int(self.start[i + 1]))

    def on_grid(self, t_ms: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(lon, lat, heading_deg) of every object at times, each float64 (m, k); NaN where it is not there."""
        out = np.full((3, len(self), len(t_ms)), np.nan)
        for i in range(len(self)):
            rows = self.rows(i)
            own = self.t_ms[rows]
            there = slice(*np.searchsorted(t_ms, (own[0], own[-1] + 1)))
            heading = np.unwrap(self.heading_deg[rows], period=360)
            for k, values in enumerate((self.lon[rows], self.lat[rows], heading)):
                out[k, i, there] = np.interp(t_ms[there], own, values)
        return out[0], out[1], out[2] % 360


def _thinned(t_ms: np.ndarray) -> np.ndarray:
    step = np.diff(t_ms[:2])
    every = max(1, WORTH_MS // int(step[0])) if len(step) else 1
    rows = np.arange(0, len(t_ms), every)
    return rows if not len(rows) or rows[-1] == len(t_ms) - 1 else np.append(rows, len(t_ms) - 1)


@dataclass(frozen=True)
class Weather:
    """The weather at times ``t_ms``, linear between them; sensors work from the first of them to the last.

    ``sea_state`` Douglas, may be fractional; ``rain_mm_h``; ``visibility_m``. All float64 (k,), k at least 2.
    """

    t_ms: np.ndarray
    sea_state: np.ndarray
    rain_mm_h: np.ndarray
    visibility_m: np.ndarray

    @classmethod
    def steady(cls, start_ms: int, end_ms: int, sea_state=1.0, rain_mm_h=0.0, visibility_m=20_000.0) -> Weather:
        twice = [np.full(2, v, float) for v in (sea_state, rain_mm_h, visibility_m)]
        return cls(np.array([start_ms, end_ms], np.int64), *twice)

    @property
    def span_ms(self) -> tuple[int, int]:
        return int(self.t_ms[0]), int(self.t_ms[-1])

    def at(self, name: str, t_ms) -> np.ndarray:
        """One of its quantities at times."""
        return np.interp(t_ms, self.t_ms, getattr(self, name))


@dataclass(frozen=True)
class Sensed:
    """What one sensor reported and who it was.

    ``plots`` in order of time, ``seq`` from 1; ``object`` int32, the object of each plot, ``CLUTTER`` for none
    (ghosts too). For each of the m objects: ``opportunities`` int64, looks with an expected probability of detection
    over ``LOOK_PD``, and ``detections`` of them; ``first_ms`` and ``last_ms`` of the opportunities (-1: none).
    """

    plots: Plots
    object: np.ndarray
    opportunities: np.ndarray
    detections: np.ndarray
    first_ms: np.ndarray
    last_ms: np.ndarray

    def rows(self, objects: Objects, sensor: str) -> list[tuple[int, str, int, int, int, int]]:
        """Rows of truth/sensed.parquet, (object, sensor, first_ms, last_ms, opportunities, detections), of the objects
        that the sensor had an opportunity to see."""
        columns = (self.first_ms, self.last_ms, self.opportunities, self.detections)
        some = np.flatnonzero(self.opportunities).tolist()
        return [(int(objects.object[i]), sensor, *(int(column[i]) for column in columns)) for i in some]


def sensed(objects: Objects, looks: tuple[np.ndarray, ...], who: np.ndarray, columns: dict[str, np.ndarray]) -> Sensed:
    """Put together what a sensor found, in order of time and range.

    ``looks``: (index of the object, t_ms, expected Pd, whether detected) of every look. ``who``: index of the object
    of each plot or ``CLUTTER``. ``columns``: of :class:`Plots`, without source and seq.
    """
    index, t_ms, pd, found = looks
    m, worth = len(objects), pd > LOOK_PD
    first, last = np.full(m, np.iinfo(np.int64).max), np.full(m, -1, np.int64)
    np.minimum.at(first, index[worth], t_ms[worth])
    np.maximum.at(last, index[worth], t_ms[worth])
    count = (np.bincount(index[worth & keep], minlength=m) for keep in (pd >= 0, found))
    order = np.lexsort((columns.get("range_m", np.zeros(len(who))), columns["t_ms"]))
    rows = {name: values[order] for name, values in columns.items()}
    plots = Plots.build(**rows, seq=np.arange(1, len(order) + 1))
    ids = np.append(objects.object, np.int32(CLUTTER))[who[order]]
    return Sensed(plots, ids, *count, np.where(last < 0, -1, first), last)
