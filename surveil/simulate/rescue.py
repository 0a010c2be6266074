"""Rescue craft and patrols: who is sent when somebody calls, where they look, and how long they stay.

A coordination centre in one rule: the free craft that can be there first goes to where the callers said they were,
and from there to the boat; it stays by it until the people are aboard, and goes home. Ranges of sight, several craft
for one boat, helicopters and refusals are not modelled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import shapely

from surveil.forecast.streams import StreamField
from surveil.simulate import cast
from surveil.simulate.boats import STEP_MS, Boat
from surveil.simulate.cast import Route, mmsi
from surveil.simulate.scenario import Scenario
from surveil.simulate.vessels import Follow, Plan, Point, Ship, Stay, Track, displace, joined, sail, steps_m
from surveil.simulate.waters import land

SPEED_KN, PATROL_KN, HOME_KN = 22.0, 8.0, 16.0
TURN_OUT_MS, TOLD_MS = 12 * 60_000, 3 * 60_000
"""From call to casting off, and from call to a patrol's change of course."""
BOARDING_MS = 20 * 60_000
"""To take everybody aboard."""
SEARCH_MS = 40 * 60_000
"""How long a craft stays where it was sent if the boat is gone."""
NEAR_M, ABREAST_M = 200.0, 40.0
"""All of these are assumed."""

HOMES: tuple[tuple[int, Route], ...] = (
    (232, (*cast.DOVER_WEST, (1.36, 51.09))),
    (227, (*cast.CALAIS, (1.79, 51.0))),
    (235, (*cast.RAMSGATE, (1.5, 51.3))),
    (227, (*cast.DUNKERQUE, (2.06, 51.08))),
    (232, (*cast.DOVER_EAST, (1.4, 51.09))),
)
"""Berths at Dover, Calais, Ramsgate and Dunkerque and ways out to open water; more craft than homes share them."""
BEATS: tuple[tuple[int, Route], ...] = (
    (228, ((1.55, 50.93), (1.72, 51.01), (1.85, 51.05), (1.7, 50.985), (1.56, 50.9), (1.5, 50.83))),
    (235, ((1.3, 51.06), (1.39, 51.1), (1.47, 51.15), (1.41, 51.11), (1.27, 51.05), (1.17, 51.01))),
)
"""Rounds that patrols make off Calais and off Dover."""


@dataclass
class Craft:
    """A craft while its night is planned: ``done`` is its track so far, on which ``free_ms`` lies."""

    ship: Ship
    home: Route
    patrols: bool
    free_ms: int
    done: list[Track] = field(default_factory=list)
    happens: list[tuple[str, int]] = field(default_factory=list)

    def place(self, t_ms: int) -> Point:
        """Where it is if nothing is asked of it."""
        return self.done[-1].at(t_ms)


def respond(scenario: Scenario, boats: list[Boat], stream: StreamField) -> tuple[list[Craft], list[Boat]]:
    """The night of every craft, and the boats as they then fared."""
    crafts, fared = _crafts(scenario, stream), list(boats)
    calls = [(boat.call_ms, i) for i, boat in enumerate(boats) if boat.call_ms is not None]
    for _, i in sorted(calls):
        sent = _sent(crafts, boats[i])
        if sent is not None:
            fared[i] = _go(sent, boats[i], scenario, stream)
    for craft in crafts:
        craft.done = [joined(craft.done).between(scenario.start_ms, scenario.end_ms)]
    return crafts, fared


def _crafts(scenario: Scenario, stream: StreamField) -> list[Craft]:
    crafts = []
    for patrols, count, posts in (
        (False, scenario.traffic.rescue_craft, HOMES),
        (True, scenario.traffic.patrols, BEATS),
    ):
        for i in range(count):
            mid, home = posts[i % len(posts)]
            kind = "patrol" if patrols else "rescue"
            ship = Ship(
                mmsi(mid, 8001 + i + 100 * patrols), f"SIM {kind.upper()} {i + 1}", kind,
                ship_type=55 if patrols else 51, dims_m=(10, 22, 4, 4) if patrols else (5, 12, 3, 3),
                draught_m=2.5 if patrols else 1.4, callsign=f"SIMR{i + 100 * patrols}", destination="SIM SEA",
            )  # fmt: skip
            craft = Craft(ship, home, patrols, scenario.start_ms)
            craft.done.append(_idle(craft, home[0], scenario.start_ms, scenario, stream))
            crafts.append(craft)
    return crafts


def _idle(craft: Craft, place: Point, t_ms: int, scenario: Scenario, stream: StreamField) -> Track:
    """What a craft does unasked until the end: a patrol makes its rounds, a rescue craft lies alongside."""
    end_ms = scenario.end_ms + 2 * STEP_MS
    if not craft.patrols:
        return sail(Plan(t_ms, place, (Stay(end_ms),)), stream, t_ms, end_ms, STEP_MS)
    rounds = 2 + int((end_ms - t_ms) / 3_600_000 / 2)
    leg = Follow((*craft.home * rounds, craft.home[0]), PATROL_KN)
    return sail(Plan(t_ms, place, (leg,)), stream, t_ms, end_ms, STEP_MS)


def _sent(crafts: list[Craft], boat: Boat) -> Craft | None:
    """The craft that can be there first with open water before it, or none."""
    reach = [(_arrival_ms(craft, boat), i) for i, craft in enumerate(crafts)]
    soonest_ms, i = min(reach, default=(math.inf, 0))
    return crafts[i] if soonest_ms < math.inf else None


def _leaves_ms(craft: Craft, boat: Boat) -> int:
    ready_ms = boat.call_ms + (TOLD_MS if craft.patrols else TURN_OUT_MS)
    return max(ready_ms, craft.free_ms) // STEP_MS * STEP_MS


def _arrival_ms(craft: Craft, boat: Boat) -> float:
    leaves_ms = _leaves_ms(craft, boat)
    way = [craft.place(leaves_ms)] if craft.patrols else list(craft.home)
    points = np.array([*way, boat.told])
    if shapely.intersects(land(), shapely.LineString(points[-2:])):
        return math.inf
    return leaves_ms + np.hypot(*steps_m(*points.T)).sum() / (SPEED_KN * 1852 / 3_600_000)


def _go(craft: Craft, boat: Boat, scenario: Scenario, stream: StreamField) -> Boat:
    """Send a craft to a boat and home; returns the boat as it then fared."""
    leaves_ms = _leaves_ms(craft, boat)
    if leaves_ms >= scenario.end_ms:
        return boat
    here, out = craft.place(leaves_ms), () if craft.patrols else craft.home[1:]
    craft.done[-1] = craft.done[-1].between(0, leaves_ms)
    craft.done.append(_leg(here, (*out, boat.told), SPEED_KN, leaves_ms, stream))
    boat = _meet(craft, boat, scenario, stream)
    _home(craft, scenario, stream)
    return boat


def _leg(origin: Point, route: Route, speed_kn: float, t_ms: int, stream: StreamField) -> Track:
    return sail(
        Plan(t_ms, origin, (Follow(route, speed_kn, over_ground=True),)), stream, t_ms, t_ms + 86_400_000, STEP_MS
    )


def _meet(craft: Craft, boat: Boat, scenario: Scenario, stream: StreamField) -> Boat:
    """From where she was sent to the boat itself, and by it until everybody is aboard; or a search in vain."""
    while True:
        t_ms = int(craft.done[-1].t_ms[-1]) + STEP_MS
        here, there = craft.done[-1].at(t_ms), boat.track.at(t_ms)
        if t_ms >= boat.track.t_ms[-1] or t_ms >= scenario.end_ms:
            craft.done.append(_stayed(here, t_ms, t_ms + SEARCH_MS, stream))
            return boat
        away_m = float(np.hypot(*steps_m(*np.array([here, there]).T))[0])
        if away_m < NEAR_M:
            break
        ahead_ms = int(away_m / (SPEED_KN * 1852 / 3_600_000))
        craft.done.append(_leg(here, (boat.track.at(t_ms + ahead_ms),), SPEED_KN, t_ms, stream))
    until_ms = max(t_ms + BOARDING_MS, boat.pick_up_ms or 0)
    boat = boat.met(until_ms)
    craft.done.append(_abreast(boat.track.between(t_ms, until_ms + STEP_MS)))
    craft.happens += [("alongside", t_ms), ("pick_up", until_ms)]
    return boat


def _abreast(track: Track) -> Track:
    """Beside a boat: her own way, some metres to one side."""
    lon, lat = displace((track.lon, track.lat), ABREAST_M, 0.0)
    return Track(track.t_ms, lon, lat, track.east_kn, track.north_kn, track.heading_deg, track.status)


def _stayed(place: Point, t_ms: int, until_ms: int, stream: StreamField) -> Track:
    return sail(Plan(t_ms, place, (Stay(until_ms, status=0),)), stream, t_ms, until_ms, STEP_MS)


def _home(craft: Craft, scenario: Scenario, stream: StreamField) -> None:
    t_ms = int(craft.done[-1].t_ms[-1]) + STEP_MS
    here, back = craft.done[-1].at(t_ms), craft.home[:1] if craft.patrols else craft.home[::-1]
    craft.done.append(_leg(here, back, HOME_KN, t_ms, stream))
    craft.free_ms = int(craft.done[-1].t_ms[-1]) + STEP_MS
    craft.done.append(_idle(craft, craft.done[-1].at(craft.free_ms), craft.free_ms, scenario, stream))
