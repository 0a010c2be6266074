"""The true world of a scenario: every object with its motion, which sensors look at and truth is written from."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import numpy as np

from surveil.forecast.streams import StreamField
from surveil.simulate.boats import Boat, launched
from surveil.simulate.drift import KINDS
from surveil.simulate.giveway import keep_clear
from surveil.simulate.night import Role, TruthEvent, generator, lane_events
from surveil.simulate.rescue import respond
from surveil.simulate.scenario import Jamming, Scenario
from surveil.simulate.traffic import STEP_MS, traffic
from surveil.simulate.vessels import M_PER_DEG, Ship, Track, sail

NEVER_MS = 1 << 62
ECHO_M = 0.06
"""Height above the sea of the middle of a ship's echo, as a share of her length: assumed."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Body:
    """One object and what it did.

    Attributes
    ----------
    number : its key in all truth files.
    ship : who she is; ``says`` is who her AIS says she is.
    track : true motion, on the grid of STEP_MS, from when she is there to when she is gone.
    boat_kind : of a small boat, else "".
    rcs_m2 : mean radar cross-section at X-band; NaN where the length is to say.
    height_m : of the middle of her echo, above the sea.
    adrift_from_ms : from then on she drifts.
    on_air : spans (UTC ms) of her AIS; empty if she carries none. ``jammed``: those without a fix.
    simulated : False for a ship of a real recording.
    """

    number: int
    ship: Ship
    says: Ship
    track: Track = field(repr=False)
    boat_kind: str = ""
    rcs_m2: float = math.nan
    height_m: float = 5.0
    persons: int = 0
    adrift_from_ms: int = NEVER_MS
    on_air: tuple[Span, ...] = ()
    jammed: tuple[Span, ...] = ()
    simulated: bool = True
    events: tuple[TruthEvent, ...] = field(default=(), repr=False)

    @property
    def adrift(self) -> np.ndarray:
        """Whether she drifts, bool, at each time of the track."""
        return self.track.t_ms >= self.adrift_from_ms


@dataclass(frozen=True)
class World:
    """A scenario played: ``bodies[i].number == i``."""

    scenario: Scenario
    bodies: tuple[Body, ...] = field(repr=False)

    def random(self, name: str) -> np.random.Generator:
        """The random stream of one object or sensor, by its name: others may come and go."""
        return generator(self.scenario.seed, name)


def build_world(scenario: Scenario, real: tuple[Body, ...] = ()) -> World:
    """Play a scenario, among real ships if there are any: the same scenario gives the same world."""
    stream = StreamField(scenario.ms(scenario.tide.high_water_dover_h), scenario.tide.springs)
    sailed = _sailed(scenario, stream)
    crafts, boats = respond(scenario, launched(scenario, stream), stream)
    bodies = [_vessel(role.ship, track, []) for role, track in sailed]
    bodies += [_vessel(craft.ship, craft.done[0], craft.happens) for craft in crafts]
    bodies += [_small(boat) for boat in boats]
    bodies = [dataclasses.replace(body, number=i) for i, body in enumerate([*bodies, *real])]
    return World(scenario, tuple(_faulty(_cloned(bodies, scenario), scenario)))


def _sailed(scenario: Scenario, stream: StreamField) -> list[tuple[Role, Track]]:
    """Roles that are in the area for a time, clear of each other."""
    found = []
    for role in traffic(scenario):
        track = _in_area(sail(role.plan, stream, scenario.start_ms, scenario.end_ms, STEP_MS), scenario.area)
        if len(track.t_ms) >= 2:
            found.append((role, track))
    tracks = keep_clear([track for _, track in found], [role.ship.kind for role, _ in found])
    return [(role, track) for (role, _), track in zip(found, tracks, strict=True)]


def _in_area(track: Track, area: tuple[float, float, float, float]) -> Track:
    """From the first row within the area to the last."""
    west, south, east, north = area
    within = (track.lon >= west) & (track.lon <= east) & (track.lat >= south) & (track.lat <= north)
    rows = np.flatnonzero(within)
    return track.rows(slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0))


def _events(track: Track, happens: list[tuple[str, int]]) -> tuple[TruthEvent, ...]:
    events = [TruthEvent(kind, t, *track.at(t)) for kind, t in happens if track.t_ms[0] <= t <= track.t_ms[-1]]
    events += lane_events(track.t_ms, track.lon, track.lat, track.heading_deg)
    return tuple(sorted(events, key=lambda e: (e.t_ms, e.kind)))


def _vessel(ship: Ship, track: Track, happens: list[tuple[str, int]]) -> Body:
    return Body(
        0, ship, ship, track, height_m=max(1.0, ECHO_M * ship.length_m), on_air=_on_air(ship, track, NEVER_MS),
        events=_events(track, happens),
    )  # fmt: skip


def _on_air(ship: Ship, track: Track, until_ms: int) -> tuple[Span, ...]:
    return ((int(track.t_ms[0]), min(int(track.t_ms[-1]) + 1, until_ms)),) if ship.ais_class else ()


def _small(boat: Boat) -> Body:
    silent_ms = NEVER_MS if boat.silent_ms is None else boat.silent_ms
    return Body(
        0, boat.ship, boat.ship, boat.track, boat.boats.kind, boat.rcs_m2, KINDS[boat.boats.kind].height_m,
        boat.persons, adrift_from_ms=NEVER_MS if boat.failure_ms is None else boat.failure_ms,
        on_air=_on_air(boat.ship, boat.track, silent_ms), events=_events(boat.track, boat.happens),
    )  # fmt: skip


def _cloned(bodies: list[Body], scenario: Scenario) -> list[Body]:
    """As many ships as are wanted take the number of the next one of their kind, and say so the whole time."""
    ships = [body for body in bodies if body.ship.kind == "lane traffic"]
    chosen = generator(scenario.seed, "clones").permutation(len(ships))[: 2 * scenario.faults.cloned_mmsis]
    bodies = list(bodies)
    for a, b in chosen[: len(chosen) // 2 * 2].reshape(-1, 2).tolist():
        clone, original = ships[a], ships[b]
        ship = dataclasses.replace(clone.ship, mmsi=original.ship.mmsi)
        event = TruthEvent("cloned", int(clone.track.t_ms[0]), float(clone.track.lon[0]), float(clone.track.lat[0]))
        bodies[clone.number] = dataclasses.replace(clone, ship=ship, says=ship, events=(event, *clone.events))
    return bodies


def _faulty(bodies: list[Body], scenario: Scenario) -> list[Body]:
    faulty = []
    for body in bodies:
        rng = generator(scenario.seed, f"faults {body.ship.name}")
        wrong = body.ship.kind == "lane traffic" and rng.random() < scenario.faults.wrong_static
        says = _misstated(body.says, rng) if wrong else body.says
        jamming = scenario.faults.jamming if body.simulated else ()
        spans = [span for jam in jamming for span in _jammed(body, jam, scenario)]
        events = [TruthEvent("jammed", t, *body.track.at(t)) for t, _ in spans]
        events = tuple(sorted([*body.events, *events], key=lambda e: (e.t_ms, e.kind)))
        faulty.append(dataclasses.replace(body, says=says, jammed=tuple(spans), events=events))
    return faulty


def _misstated(ship: Ship, rng: np.random.Generator) -> Ship:
    """A ship with a length of 0, or the type of another."""
    return (
        dataclasses.replace(ship, dims_m=(0, 0, 0, 0))
        if rng.random() < 0.5
        else dataclasses.replace(ship, ship_type=30)
    )


def _jammed(body: Body, jam: Jamming, scenario: Scenario) -> list[Span]:
    """When a body with AIS is within reach of a jammer that is on."""
    track = body.track
    if not body.on_air:
        return []
    east = (track.lon - jam.place[0]) * np.cos(np.radians(jam.place[1]))
    near = np.hypot(east, track.lat - jam.place[1]) * M_PER_DEG <= jam.radius_nm * 1852
    near &= (track.t_ms >= scenario.ms(jam.from_h)) & (track.t_ms < scenario.ms(jam.to_h))
    edges = np.flatnonzero(np.diff(np.pad(near.astype(np.int8), 1))).reshape(-1, 2)
    return [(int(track.t_ms[a]), int(track.t_ms[b - 1]) + STEP_MS) for a, b in edges.tolist()]
