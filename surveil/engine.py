"""The only loop: rows in, alerts out. Live and replay differ in who calls `push` and how often.

Rows are handed on in whole ticks: what falls into [T - tick, T) is applied, then the rules are asked at T.
So no stage ever sees where a batch was cut, and any cutting of the same rows gives the same alerts.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from surveil.alert import Alert
from surveil.alerts.acts import Act
from surveil.alerts.lifecycle import Lifecycle, almost_said
from surveil.alerts.lists import make_lists
from surveil.alerts.risk import Assessor
from surveil.areas import Areas
from surveil.config import Config
from surveil.errors import StoreError
from surveil.fusion.picture import Contacts, Picture
from surveil.fusion.reported import reported
from surveil.registry import make_rules
from surveil.schema import MISSING_TIME, Batch, Columns, Plots, Positions, Safety, Statics
from surveil.tracks.events import TrackEvent
from surveil.tracks.identity import StaticHistory
from surveil.tracks.leaps import Leaps
from surveil.tracks.learned import Learned
from surveil.tracks.links import Links
from surveil.tracks.order import Order
from surveil.tracks.table import Applied, TrackTable
from surveil.tracks.trips import Trips
from surveil.tracks.view import Surroundings, View, make_view

_FORMAT = 4
"""Version of the checkpoint file."""
_NEVER_MS = 2**62


def _ignore(*_args) -> None:
    pass


@dataclass
class Hooks:
    """Who is told what, in the order in which it happens.

    ``alert(alert)``: an alert opened, changed or closed. ``unplaced(act)``: a person's act upon an alert that the
    engine does not remember. ``applied(positions, applied)``: rows that went
    through the track table. ``event(event)``: something happened to a track. ``refused(reason, rows)``: rows that
    came too late or leapt in time. ``ticked(view)``: the rules have been asked; what they saw.
    """

    alert: Callable[[Alert], None] = _ignore
    unplaced: Callable[[Act], None] = _ignore
    applied: Callable[[Positions, Applied], None] = _ignore
    event: Callable[[TrackEvent], None] = _ignore
    refused: Callable[[str, Columns], None] = _ignore
    ticked: Callable[[View], None] = _ignore


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

    ``learned`` is what is known of reception and traffic, None if the config asks for no map. While ``asking`` is
    false, rules are told of rows and events but not asked; no tick after ``until_ms`` is run. Both are for
    :mod:`surveil.scale`, which runs a part of an archive's time, and are no part of the state.

    Raises
    ------
    InputError : the config names a map that is none.
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
        self.learned = Learned.of(config.map)
        self.surroundings = Surroundings(areas)
        self.picture = Picture(config.sensors, areas, config.fusion)
        self.rules = make_rules(config)
        lists = make_lists(config, areas, [rule.name for rule in self.rules])
        self.lifecycle = Lifecycle(config.alerts, lists, self._hull, Assessor(config.conditions))
        self._acts: list[Act] = []
        self.watch = Stopwatch()
        self.rows = 0
        self.asking, self.until_ms = True, _NEVER_MS
        self._tick_ms = config.engine.tick_s * 1000
        self._next_ms = MISSING_TIME

    def push(self, batch: Batch) -> None:
        """Take in rows, in the order of arrival; every tick that they complete is run."""
        with self.watch.time("order"):
            for reason, rows in self.order.push(batch):
                self.hooks.refused(reason, rows)
        self._advance(self.order.watermark_ms)

    def act(self, act: Act) -> Act:
        """Take in what a person did; it has effect at the first tick after its time, and is told in that order.

        Returns the act as it was taken: one for a time that is over is moved to the next tick. Kept so, and given
        again at any time before, it has the same effect in a replay.
        """
        act = self.taken(act)
        self._acts = sorted([*self._acts, act], key=lambda a: a.t_ms)
        return act

    def taken(self, act: Act) -> Act:
        """The act as :meth:`act` would take it now, so that it can be kept before it has any effect."""
        return act if self._next_ms == MISSING_TIME else replace(act, t_ms=max(act.t_ms, self._next_ms - self._tick_ms))

    def close(self) -> None:
        """No more rows will come: run the ticks up to the end of the last row's; then what people did later."""
        for reason, rows in self.order.close():
            self.hooks.refused(reason, rows)
        if self.order.run_max_ms != MISSING_TIME:
            self._advance((self.order.run_max_ms // self._tick_ms + 1) * self._tick_ms)
        self._apply_acts(None)

    def view(self) -> View:
        """The picture as of the last tick."""
        return make_view(self._next_ms - self._tick_ms, self.table, self.surroundings, self.learned)

    def _advance(self, watermark_ms: int) -> None:
        """Run every tick that ends at or before the watermark."""
        next_ms = self._next_ms
        if next_ms == MISSING_TIME:
            earliest_ms = self.order.earliest_ms
            if earliest_ms is None:
                return
            next_ms = (earliest_ms // self._tick_ms + 1) * self._tick_ms
        end_ms = min(watermark_ms, self.until_ms) // self._tick_ms * self._tick_ms
        if end_ms < next_ms:
            return  # and forget the first tick: an earlier row may still be admitted
        self._next_ms = next_ms
        with self.watch.time("order"):
            kinds = self.order.release(end_ms)
        self._run_ticks(end_ms, kinds)
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

    def _apply(self, tick_ms: int, positions: Positions, statics: Statics, safety: Safety, plots: Plots) -> None:
        with self.watch.time("fusion"):
            self.picture.push(plots)
        with self.watch.time("tracks"):
            self.table.apply_statics(statics)
            applied = self.table.apply_positions(positions)
            events = self._events(tick_ms, positions, applied, statics)
        if self.learned is not None:
            with self.watch.time("learning"):
                self.learned.learn(positions, applied, self.table.arrays.ais_class[applied.slot])
        self.rows += len(positions) + len(statics) + len(safety) + len(plots)
        with self.watch.time("output"):
            self.hooks.applied(positions, applied)
            for event in events:
                self.hooks.event(event)
        with self.watch.time("rules"):
            for rule in self.rules:
                rule.observe(positions, safety)
                if events:
                    rule.happened(events)

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
        """Ask the rules; False if there was no target and no open alert to ask about, or no rule to ask."""
        contacts = self._contacts(t_ms)
        if not self.rules:
            return False
        if not self.asking:
            self.order.late(t_ms)
            return False
        self._apply_acts(t_ms)
        if (late := self.order.late(t_ms)) is not None:
            for rule in self.rules:
                rule.late(late)
        with self.watch.time("rules"):
            view = make_view(t_ms, self.table, self.surroundings, self.learned, contacts)
            said = [(rule, rule.evaluate(view)) for rule in self.rules]
            almost = cache(lambda: almost_said([(rule, c + rule.almost(view)) for rule, c in said]))
            changed = [
                alert
                for rule, candidates in said
                for alert in self.lifecycle.tick(rule, candidates, view, self.simulated, almost)
            ]
        with self.watch.time("output"):
            for alert in changed:
                self.hooks.alert(alert)
            self.hooks.ticked(view)
        return bool(len(view) or len(self.lifecycle))

    def _contacts(self, t_ms: int) -> Contacts | None:
        """Bring the sensors' tracks up to a tick; those that no AIS explains enter the track table as targets."""
        if not self.picture:
            return None
        with self.watch.time("fusion"):
            contacts = self.picture.tick(t_ms, partial(reported, self.table, self.picture.plane), self.learned)
            rows = contacts.unexplained(t_ms)
            applied = self.table.apply_positions(rows)
        with self.watch.time("output"):
            self.hooks.applied(rows, applied)
        return contacts

    def _apply_acts(self, before_ms: int | None) -> None:
        """What people did before a time, or all that is left."""
        while self._acts and (before_ms is None or self._acts[0].t_ms < before_ms):
            act = self._acts.pop(0)
            alert = self.lifecycle.act(act)
            self.hooks.unplaced(act) if alert is None else self.hooks.alert(alert)

    def _hull(self, mmsi: int) -> int:
        """The first MMSI known of a hull."""
        known = self.table.arrays.mmsi[: self.table.n]
        slot = next(iter(np.flatnonzero(known == mmsi).tolist()), -1)
        while slot in self.links.linked:
            slot = self.links.linked[slot]
        return mmsi if slot < 0 else int(known[slot])

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
            "picture": self.picture.state(),
            "lifecycle": {"open": self.lifecycle.state()},
        }
        if self.learned is not None:
            parts["learned"] = self.learned.state()
        arrays["acts"] = np.array([json.dumps(asdict(act)) for act in self._acts], "U")
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
        for name in ("table", "history", "leaps", "links", "trips", "picture"):
            getattr(self, name).restore(part(name))
        if self.learned is not None:
            self.learned.restore(part("learned"))
        self._acts = [Act(**json.loads(text)) for text in arrays["acts"].tolist()]
        self.lifecycle.restore(part("lifecycle")["open"])
        for rule in self.rules:
            rule.restore(part(f"rule:{rule.name}"))
