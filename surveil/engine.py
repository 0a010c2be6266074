"""The only loop: rows in, alerts out. Live and replay differ in who calls `push` and how often.

Rows are handed on in whole ticks: what falls into [T - tick, T) is applied, then the rules are asked at T.
So no stage ever sees where a batch was cut, and any cutting of the same rows gives the same alerts.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from surveil.alert import Alert
from surveil.alerts.lifecycle import Lifecycle
from surveil.areas import Areas
from surveil.config import Config
from surveil.errors import StoreError
from surveil.registry import make_rules
from surveil.schema import MISSING_TIME, Batch, Columns, Positions, Safety, Statics
from surveil.tracks.events import TrackEvent
from surveil.tracks.identity import StaticHistory
from surveil.tracks.leaps import Leaps
from surveil.tracks.links import Links
from surveil.tracks.order import Order
from surveil.tracks.table import Applied, TrackTable
from surveil.tracks.trips import Trips
from surveil.tracks.view import Surroundings, View, make_view

_FORMAT = 1
"""Version of the checkpoint file."""


def _ignore(*_args) -> None:
    pass


@dataclass
class Hooks:
    """Who is told what, in the order in which it happens.

    ``alert(alert)``: an alert opened, changed or closed. ``applied(positions, applied)``: rows that went
    through the track table. ``event(event)``: something happened to a track. ``refused(reason, rows)``: rows that
    came too late or leapt in time.
    """

    alert: Callable[[Alert], None] = _ignore
    applied: Callable[[Positions, Applied], None] = _ignore
    event: Callable[[TrackEvent], None] = _ignore
    refused: Callable[[str, Columns], None] = _ignore


@dataclass
class Stopwatch:
    """Seconds spent, by stage. For the summary only: nothing in the engine depends on it."""

    seconds: dict[str, float] = field(default_factory=dict)

    def time(self, stage: str):
        return _Lap(self, stage)


class _Lap:
    def __init__(self, watch: Stopwatch, stage: str):
        self.watch, self.stage = watch, stage

    def __enter__(self):
        self.start = time.perf_counter()

    def __exit__(self, *_exc):
        spent = time.perf_counter() - self.start
        self.watch.seconds[self.stage] = self.watch.seconds.get(self.stage, 0.0) + spent


class Engine:
    """Order, track table, rules and lifecycle, driven by rows.

    Parameters
    ----------
    config : settings of every stage
    areas : the geography, see :func:`surveil.areas.load_areas`
    simulated : says whether a source index is simulated, so that its alerts are marked
    hooks : who is told what
    """

    def __init__(
        self,
        config: Config,
        areas: Areas,
        *,
        simulated: Callable[[int], bool] = lambda source: False,
        hooks: Hooks | None = None,
    ):
        self.config, self.areas, self.simulated, self.hooks = config, areas, simulated, hooks or Hooks()
        self.order = Order(config.engine)
        self.table = TrackTable(config.tracks)
        self.history, self.leaps, self.links, self.trips = StaticHistory(), Leaps(), Links(), Trips(areas)
        self.surroundings = Surroundings(areas)
        self.rules = make_rules(config)
        self.lifecycle = Lifecycle()
        self.watch = Stopwatch()
        self.rows = 0
        self._tick_ms = config.engine.tick_s * 1000
        self._next_ms = MISSING_TIME

    def push(self, batch: Batch) -> None:
        """Take in rows, in the order of arrival; every tick that they complete is run."""
        with self.watch.time("order"):
            for reason, rows in self.order.push(batch):
                self.hooks.refused(reason, rows)
        self._advance(self.order.watermark_ms)

    def close(self) -> None:
        """No more rows will come: run the ticks up to the end of the last row's."""
        for reason, rows in self.order.close():
            self.hooks.refused(reason, rows)
        if self.order.run_max_ms != MISSING_TIME:
            self._advance((self.order.run_max_ms // self._tick_ms + 1) * self._tick_ms)

    def view(self) -> View:
        """The picture as of the last tick."""
        return make_view(self._next_ms - self._tick_ms, self.table, self.surroundings)

    def _advance(self, watermark_ms: int) -> None:
        """Run every tick that ends at or before the watermark."""
        next_ms = self._next_ms
        if next_ms == MISSING_TIME:
            earliest_ms = self.order.earliest_ms
            if earliest_ms is None:
                return
            next_ms = (earliest_ms // self._tick_ms + 1) * self._tick_ms
        end_ms = watermark_ms // self._tick_ms * self._tick_ms
        if end_ms < next_ms:
            return  # and forget the first tick: an earlier row may still be admitted
        self._next_ms = next_ms
        with self.watch.time("order"):
            positions, statics, safety = self.order.release(end_ms)
        self._run_ticks(end_ms, (positions, statics, safety))
        self._next_ms = end_ms + self._tick_ms

    def _run_ticks(self, end_ms: int, kinds: tuple[Columns, ...]) -> None:
        starts = [0] * len(kinds)
        tick_ms = self._next_ms
        while tick_ms <= end_ms:
            stops = [int(np.searchsorted(rows.t_ms, tick_ms)) for rows in kinds]
            fed = stops != starts
            if fed:
                self._apply(tick_ms, *(rows.take(slice(a, b)) for rows, a, b in zip(kinds, starts, stops, strict=True)))
                starts = stops
            idle = not self._tick(tick_ms) and not fed
            tick_ms = self._after(tick_ms, kinds, starts, end_ms) if idle else tick_ms + self._tick_ms

    def _after(self, tick_ms: int, kinds, starts: list[int], end_ms: int) -> int:
        """The next tick with rows in it: with no target in the picture, time alone changes nothing."""
        coming = [int(rows.t_ms[at]) for rows, at in zip(kinds, starts, strict=True) if at < len(rows)]
        next_row_ms = min(coming, default=end_ms)
        return max(tick_ms, next_row_ms // self._tick_ms * self._tick_ms) + self._tick_ms

    def _apply(self, tick_ms: int, positions: Positions, statics: Statics, safety: Safety) -> None:
        with self.watch.time("tracks"):
            self.table.apply_statics(statics)
            applied = self.table.apply_positions(positions)
            events = self._events(tick_ms, positions, applied, statics)
        self.rows += len(positions) + len(statics) + len(safety)
        with self.watch.time("output"):
            self.hooks.applied(positions, applied)
            for event in events:
                self.hooks.event(event)
        with self.watch.time("rules"):
            for rule in self.rules:
                rule.observe(positions, safety)

    @property
    def event_kinds(self) -> tuple[str, ...]:
        """Kinds of track events (:data:`surveil.tracks.events.KINDS`) that this engine looks for."""
        return (*self.history.kinds, *self.leaps.kinds, *self.links.kinds, *self.trips.kinds)

    def _events(self, tick_ms: int, positions: Positions, applied: Applied, statics: Statics) -> list[TrackEvent]:
        """What happened to tracks by the rows just applied."""
        table = self.table
        known = slice(table.n)
        said = self.history.check_numbers(table.arrays.mmsi[known], table.arrays.first_ms[known], tick_ms)
        said += self.history.observe(statics, table.slots(statics.mmsi), tick_ms)
        events = [replace(event, **table.whereabouts(event.mmsi)) for event in said]
        events += self.leaps.tick(tick_ms, positions, applied, table)
        return events + self.links.tick(tick_ms, table) + self.trips.tick(tick_ms, table)

    def _tick(self, t_ms: int) -> bool:
        """Ask the rules; False if there was no target and no open alert to ask about."""
        with self.watch.time("rules"):
            view = make_view(t_ms, self.table, self.surroundings)
            changed = [
                alert
                for rule in self.rules
                for alert in self.lifecycle.tick(rule, rule.evaluate(view), view, self.simulated)
            ]
        with self.watch.time("output"):
            for alert in changed:
                self.hooks.alert(alert)
        return bool(len(view) or len(self.lifecycle))

    def save(self, path: Path) -> None:
        """Write the whole state as one file; replaces an older one at once or not at all."""
        from surveil.files import replace_file

        buffer = io.BytesIO()
        np.savez(buffer, **self.state())
        replace_file(Path(path), buffer.getvalue())

    def load(self, path: Path) -> None:
        """Continue from a file of :meth:`save`.

        Raises
        ------
        StoreError : not a checkpoint, or of another version.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                self.restore(dict(arrays))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise StoreError(f"is not a checkpoint of this version: {error}", source=str(path)) from None

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        arrays = {"format": np.array([_FORMAT]), "next_ms": np.array([self._next_ms]), "rows": np.array([self.rows])}
        arrays["rules"] = np.array([rule.name for rule in self.rules])
        parts = {
            "order": self.order.state(),
            "table": self.table.state(),
            "history": self.history.state(),
            "leaps": self.leaps.state(),
            "links": self.links.state(),
            "trips": self.trips.state(),
            "lifecycle": {"open": self.lifecycle.state()},
        }
        parts |= {f"rule:{rule.name}": rule.state() for rule in self.rules}
        for part, values in parts.items():
            arrays |= {f"{part}|{name}": array for name, array in values.items()}
        return arrays

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken, with the same config.

        Raises
        ------
        ValueError : of another version or another set of rules. KeyError : incomplete.
        """
        if int(arrays["format"][0]) != _FORMAT:
            raise ValueError(f"format {int(arrays['format'][0])}, not {_FORMAT}")
        saved, ours = arrays["rules"].tolist(), [rule.name for rule in self.rules]
        if saved != ours:
            raise ValueError(f"its rules are {', '.join(saved)}, not {', '.join(ours)}")

        def part(name: str) -> dict[str, np.ndarray]:
            return {k.partition("|")[2]: v for k, v in arrays.items() if k.startswith(f"{name}|")}

        self._next_ms, self.rows = int(arrays["next_ms"][0]), int(arrays["rows"][0])
        self.order.restore(part("order"))
        for name in ("table", "history", "leaps", "links", "trips"):
            getattr(self, name).restore(part(name))
        self.lifecycle.restore(part("lifecycle")["open"])
        for rule in self.rules:
            rule.restore(part(f"rule:{rule.name}"))
