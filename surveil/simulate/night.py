"""A simulated night: roles played against the clock, heard ashore, and the truth kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import numpy as np

from surveil import __version__
from surveil.simulate.ais import Glitch, transmit
from surveil.simulate.receivers import Lines, hear
from surveil.simulate.scenario import Station
from surveil.simulate.vessels import Plan, Ship, Stream, Track, sail
from surveil.simulate.waters import passages

TRUTH_STEP_S = 10


@dataclass(frozen=True)
class Role:
    """One object of a scenario. ``on_air`` spans (UTC ms) limit when its AIS is on; empty: always.

    ``happens`` names what is planned, as (kind, t_ms); launches, lane passages and silences are found.
    """

    ship: Ship
    plan: Plan
    on_air: tuple[tuple[int, int], ...] = ()
    glitches: tuple[Glitch, ...] = ()
    happens: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class TruthEvent:
    """What happened, when and where. Lane entries and exits name the lane (``area``, a geodata id) and the
    median angle between heading and flow over the passage: 0 with the flow, 180 against."""

    kind: str
    t_ms: int
    lon: float
    lat: float
    area: str = ""
    angle_deg: float = math.nan


@dataclass(frozen=True)
class TruthObject:
    """Who it was, what it did, and where it was every ten seconds."""

    ship: Ship
    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    events: tuple[TruthEvent, ...]

    @property
    def mmsi(self) -> int:
        return self.ship.mmsi

    @property
    def kind(self) -> str:
        return self.ship.kind

    def first(self, kind: str) -> TruthEvent:
        """The first event of a kind; KeyError if there is none."""
        for event in self.events:
            if event.kind == kind:
                return event
        raise KeyError(f"{self.ship.name} has no {kind}")


@dataclass(frozen=True)
class Night:
    """Lines as they arrived, and ``truth`` by MMSI. ``corrupt`` lines have a wrong checksum on purpose."""

    seed: int
    start_ms: int
    end_ms: int
    lines: list[bytes] = field(repr=False)
    corrupt: int
    truth: dict[int, TruthObject] = field(repr=False)

    def to_bytes(self) -> bytes:
        return b"\n".join([header(self.seed), *self.lines, b""])

    def write(self, path: str | Path) -> Path:
        """Write the tag-blocked AIVDM log; returns its path."""
        path = Path(path)
        path.write_bytes(self.to_bytes())
        return path

    def of_kind(self, kind: str) -> list[TruthObject]:
        return [t for t in self.truth.values() if t.kind == kind]


def header(seed: int) -> bytes:
    return (
        f"# SIMULATED by surveil {__version__}, seed {seed}: an invented night in the Dover Strait; "
        "no real vessel, not for navigation"
    ).encode()


def generator(seed: int, name: str) -> np.random.Generator:
    """The random stream of one object: by its name, so that others can come and go."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, crc32(name.encode())))))


def play(roles: list[Role], stations: list[Station], stream: Stream, start_ms: int, end_ms: int, seed: int) -> Night:
    """Sail every role, let the stations hear it, and merge what they pass on by time of arrival.

    A role whose time lies outside [start, end) takes no part.
    """
    heard: list[Lines] = []
    truth: dict[int, TruthObject] = {}
    for role in roles:
        track = sail(role.plan, stream, start_ms, end_ms)
        if len(track.t_ms) < 2:
            continue
        truth[role.ship.mmsi] = _truth(role, track, start_ms, end_ms)
        heard += _heard(role, track, stations, generator(seed, role.ship.name))
    arrival = np.concatenate([h.arrival_ms for h in heard])
    lines = [line for h in heard for line in h.lines]
    order = np.argsort(arrival, kind="stable")
    return Night(seed, start_ms, end_ms, [lines[i] for i in order], sum(h.corrupt for h in heard), truth)


def _heard(role: Role, track: Track, stations, rng) -> list[Lines]:
    ears = rng.spawn(len(stations))
    spans = role.on_air or ((int(track.t_ms[0]), int(track.t_ms[-1]) + 1),)
    heard = []
    for span in spans:
        spoken = track.between(*span)
        if len(spoken.t_ms) < 2:
            continue
        glitches = tuple(g for g in role.glitches if span[0] <= g.t_ms < span[1])
        reports = transmit(role.ship, spoken, rng, glitches)
        heard += [hear(s, role.ship.ais_class, reports, ear) for s, ear in zip(stations, ears, strict=True)]
    return heard


def _truth(role: Role, track: Track, start_ms: int, end_ms: int) -> TruthObject:
    rows = slice(None, None, TRUTH_STEP_S)
    t_ms, lon, lat = track.t_ms[rows], track.lon[rows], track.lat[rows]
    planned = [*role.happens, *(("glitch", g.t_ms) for g in role.glitches)]
    events = [TruthEvent(kind, t, *track.at(t)) for kind, t in planned if start_ms <= t < end_ms]
    events += lane_events(t_ms, lon, lat, track.heading_deg[rows])
    return TruthObject(role.ship, t_ms, lon, lat, tuple(sorted(events, key=lambda e: (e.t_ms, e.kind))))


def lane_events(t_ms: np.ndarray, lon: np.ndarray, lat: np.ndarray, heading_deg: np.ndarray) -> list[TruthEvent]:
    """Entries to lanes and exits from them that were seen to happen."""
    events = []
    for p in passages(lon, lat, heading_deg):
        ends = (("lane_entry", p.entry, p.entry > 0), ("lane_exit", p.leave, p.leave < len(t_ms) - 1))
        events += [
            TruthEvent(kind, int(t_ms[i]), float(lon[i]), float(lat[i]), p.lane, p.angle_deg)
            for kind, i, seen in ends
            if seen
        ]
    return events
