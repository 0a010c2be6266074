"""Files of plots as sources, beside those of AIS: which sensor each is of, and on which day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surveil.config import Config, SensorConfig
from surveil.decode.lines import LineSplitter
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.schema import MISSING_SENSOR, Batch
from surveil.sources.opening import Member
from surveil.sources.plotfiles import kind_of, read_plots
from surveil.sources.simulated import simulated_sensors, start_of

ONCE_BY_KIND = {"satellite": "satellite", "patrol": "report", "telephone": "report"}
"""What the detections of a simulated kind of sensor are, where they stand alone."""
TOLD = ("rotation_s", "range_error_m", "bearing_error_deg", "min_range_m", "max_range_m", "from_deg", "to_deg")
"""Settings of a sensor that a simulated folder's manifest tells."""

_IN_LINES = ("nmea", "csv", "jsonl")
_SELF_TOLD = ("asterix", "pcap", "nmea")


@dataclass(frozen=True)
class Sensors:
    """The sensors of a configuration as files name them: ``names`` in the order in which plots count them."""

    names: tuple[str, ...] = ()
    codes: tuple[tuple[int, int], ...] = ()
    """SAC and SIC of each."""

    @classmethod
    def of(cls, config: Config) -> Sensors:
        return cls(tuple(config.sensors), tuple((s.sac, s.sic) for s in config.sensors.values()))

    def index(self, name: str) -> int:
        """Of the sensor of that name, MISSING_SENSOR if there is none."""
        return self.names.index(name) if name in self.names else MISSING_SENSOR

    def naming(self) -> dict[Any, int]:
        """Index by whatever may name a sensor in a file."""
        by_name = {name: i for i, name in enumerate(self.names)}
        return by_name | {n.encode(): i for n, i in by_name.items()} | {code: i for i, code in enumerate(self.codes)}


def with_simulated_sensors(config: Config, paths: Iterable[Path]) -> Config:
    """The configuration with the sensors of simulated folders that it does not have."""
    found = {}
    for path in paths:
        for told in simulated_sensors(Path(path)):
            place = dict(zip(("lon", "lat"), told["place"], strict=True)) if told.get("place") else {}
            turns = {"rotation_s": 0.0} | {name: float(told[name]) for name in TOLD if name in told}
            alone = {"once": ONCE_BY_KIND.get(told.get("kind"), ""), "time_error_s": float(told.get("delay_s", 0.0))}
            found[told["name"]] = SensorConfig(**place, **turns, **alone)
    return replace(config, sensors={**found, **config.sensors}) if found else config


@dataclass
class PlotSource:
    """One file of plots. The day of plots that carry the time of day alone is that of ``near_ms``."""

    name: str
    index: int
    format: str
    member: Member
    ledger: Ledger
    sensors: Sensors
    near_ms: int
    read_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        return self.member.size_bytes

    def lines(self, wanted: Iterable[int]) -> dict[int, bytes]:
        """Raw lines by their 1-based number; none of a file whose plots are no lines of text."""
        splitter, found, before, numbers = LineSplitter(), {}, 0, set(wanted)
        if not self.format.endswith(_IN_LINES):
            return found
        for chunk in (*self.member.chunks(lambda _: None), None):
            lines = splitter.close() if chunk is None else splitter.feed(chunk)
            found |= {before + i: line for i, line in enumerate(lines, 1) if before + i in numbers}
            before += len(lines)
        return found

    def batches(self) -> Iterator[Batch]:
        """All plots in their order. What goes wrong on the way becomes a problem in the ledger."""
        yield from self._read(self.ledger, self.index)
        self.read_bytes = self.size_bytes

    def glance(self) -> Iterator[Batch]:
        """The same again, counted nowhere."""
        scratch = Ledger()
        yield from self._read(scratch, scratch.add_source(self.name))

    def peek_ms(self) -> int | None:
        """Time of the first plot, None if there is none."""
        return next((int(batch.plots.t_ms[0]) for batch in self.glance() if len(batch)), None)

    def _read(self, ledger: Ledger, index: int) -> Iterator[Batch]:
        own = self.sensors.index(Path(self.name).name.partition(".")[0])
        try:
            for plots in read_plots(self.member.path, ledger, self.sensors.naming(), self.near_ms, own, index):
                sensor = plots.sensor if own == MISSING_SENSOR else np.full(len(plots), own, np.int16)
                yield Batch.build(plots=plots.replace(sensor=sensor, source=np.full(len(plots), self.index, np.int16)))
        except InputError as trouble:
            ledger.problem(trouble)


def plot_source(
    member: Member, head: bytes, ledger: Ledger, sensors: Sensors, near_ms: int, simulated: bool
) -> PlotSource | None:
    """The source in a member that holds plots; None if it holds none, or is packed within an archive.

    A table of whatever columns is one of plots only if it bears the name of a sensor.
    """
    kind = kind_of(head)
    named = sensors.index(member.path.name.partition(".")[0]) != MISSING_SENSOR
    if not kind or member.name != str(member.path) or not (named or kind in _SELF_TOLD):
        return None
    index = ledger.add_source(member.name, f"plots, {kind}")
    ledger[index].simulated = simulated
    return PlotSource(member.name, index, f"plots, {kind}", member, ledger, sensors, near_ms)


def day_of(path: Path, start_ms: int | None) -> int:
    """UTC ms near plots in a path that carry the time of day alone: of the folder's manifest, or as stated."""
    for folder in (path, path.parent, path.parent.parent):
        if found := start_of(folder):
            return found
    return start_ms or 0
