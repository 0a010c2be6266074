"""Small boats of a scenario: drawn, launched, moved by engine, stream and wind, until they land or are met."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from surveil.forecast.streams import StreamField
from surveil.simulate.cast import mmsi
from surveil.simulate.drift import KINDS, Drift
from surveil.simulate.night import generator
from surveil.simulate.scenario import Boats, Scenario, launch_places
from surveil.simulate.settings import Where
from surveil.simulate.vessels import Plan, Point, Ship, Steer, Track, displace, sail
from surveil.simulate.waters import waters

STEP_MS = 10_000
"""Tracks of a world are on whole multiples of ten seconds of UTC; between them motion is straight."""
AFLOAT_M, SEARCHED_M = 150.0, 2500.0
"""A boat is afloat this far off the coast; water is looked for so far from the place of launch (assumed)."""
ALONG_BEACH_M = 250.0
"""Standard deviation of the place of launch along the beach: assumed."""


@dataclass(frozen=True)
class Boat:
    """One boat as it was drawn and what became of it; times UTC ms, None for never.

    ``told`` is where the callers say they are.
    """

    boats: Boats
    ship: Ship
    persons: int
    track: Track
    launch_ms: int
    failure_ms: int | None
    silent_ms: int | None
    call_ms: int | None
    told: Point | None
    pick_up_ms: int | None
    landed: bool

    @property
    def rcs_m2(self) -> float:
        return self.boats.rcs_m2 or KINDS[self.boats.kind].rcs_m2

    def met(self, t_ms: int) -> Boat:
        """Picked up at a time: there the track ends."""
        track = self.track.between(int(self.track.t_ms[0]), t_ms + STEP_MS)
        return dataclasses.replace(self, track=track, pick_up_ms=int(track.t_ms[-1]), landed=False)

    @property
    def happens(self) -> list[tuple[str, int]]:
        """What became of it, as (kind, UTC ms), within the time of its track."""
        end_ms = int(self.track.t_ms[-1])
        times = {
            "launch": self.launch_ms, "engine_failure": self.failure_ms, "call": self.call_ms,
            "silence": self.silent_ms, "pick_up": self.pick_up_ms, "landing": end_ms if self.landed else None,
        }  # fmt: skip
        return [(kind, t_ms) for kind, t_ms in times.items() if t_ms is not None and t_ms <= end_ms]


def launched(scenario: Scenario, stream: StreamField) -> list[Boat]:
    """Every boat of the scenario that is launched before its end, as if nobody met it."""
    wind = winds(scenario)
    found = []
    for index, boats in enumerate(scenario.boats, 1):
        for i in range(boats.count):
            rng = generator(scenario.seed, f"boats {index} {i}")
            drift = Drift.drawn(stream, KINDS[boats.kind].leeway, wind, rng)
            boat = _boat(boats, index, len(found) + 1, scenario, drift, rng)
            if len(boat.track.t_ms) >= 2:
                found.append(boat)
    return found


def winds(scenario: Scenario) -> tuple[tuple[int, float, float], ...]:
    """The wind over time, each (UTC ms, kn, from deg) until the next."""
    kn, from_deg = scenario.weather.wind_kn, scenario.weather.wind_from_deg
    return tuple((scenario.ms(h), kn.at(h), from_deg.at(h)) for h in sorted({*kn.hours, *from_deg.hours}))


def _boat(boats: Boats, index: int, number: int, scenario: Scenario, drift: Drift, rng: np.random.Generator) -> Boat:
    launch_h = boats.launch_h + abs(rng.normal(0, 1)) * boats.launch_spread_h
    launch_ms = scenario.ms(launch_h) // STEP_MS * STEP_MS
    persons = max(1, round(boats.persons + boats.persons_spread * rng.normal()))
    speed_kn = max(0.0, boats.speed_kn + boats.speed_spread_kn * rng.normal())
    heading_deg = (boats.heading_deg + boats.heading_spread_deg * rng.normal()) % 360
    fails = rng.random() < boats.engine_failure_share
    failure_ms, call_ms, pick_up_ms, silent_ms = (
        _after(launch_ms, hours)
        for hours in (
            boats.engine_failure_after_h if fails else None, boats.calls_after_h, boats.pick_up_after_h,
            boats.silent_after_h if boats.carries_ais else None,
        )
    )  # fmt: skip
    origin = _afloat(launch_places(boats, Where(scenario.source, "boats", index)), rng)
    legs = _legs(heading_deg, speed_kn, launch_ms, failure_ms, scenario.end_ms)
    track, landed = _until_land(sail(Plan(launch_ms, origin, legs), drift, launch_ms, scenario.end_ms, STEP_MS))
    told = _told(track, call_ms, boats.call_error_nm, rng)
    return Boat(
        boats, _ship(boats, number), persons, track, launch_ms, failure_ms, silent_ms, call_ms if told else None, told,
        pick_up_ms, landed,
    )  # fmt: skip


def _after(launch_ms: int, hours: float | None) -> int | None:
    return None if hours is None else launch_ms + round(hours * 360) * STEP_MS


def _ship(boats: Boats, number: int) -> Ship:
    bow = round(boats.length_m / 2)
    return Ship(
        mmsi(227, 7000 + number) if boats.carries_ais else 0, f"SIM SMALL CRAFT {number}", "small craft",
        "B" if boats.carries_ais else "", 37, (bow, round(boats.length_m) - bow, 1, 1),
    )  # fmt: skip


def _legs(heading_deg, speed_kn, launch_ms, failure_ms, end_ms) -> tuple[Steer, ...]:
    """Under way until the engine fails, then adrift with the same heading."""
    turns_ms = end_ms + STEP_MS if failure_ms is None else min(failure_ms, end_ms + STEP_MS)
    return (
        Steer(heading_deg, speed_kn, (turns_ms - launch_ms) / 1000),
        Steer(heading_deg, 0.0, max(0, end_ms + STEP_MS - turns_ms) / 1000),
    )


def _afloat(places: list[Point], rng: np.random.Generator) -> Point:
    """The water nearest to one of some beaches, a little along it."""
    place = displace(places[int(rng.integers(len(places)))], *rng.normal(0, ALONG_BEACH_M, 2))
    away_m, toward = np.meshgrid(np.arange(0, SEARCHED_M, 50.0), np.arange(0, 2 * math.pi, math.pi / 18))
    lon, lat = displace(place, (away_m * np.sin(toward)).ravel(), (away_m * np.cos(toward)).ravel())
    afloat = ~waters().on_land(lon, lat) & (waters().coast_m(lon, lat) >= AFLOAT_M)
    nearest = np.argmin(np.where(afloat, away_m.ravel(), np.inf))
    return float(lon[nearest]), float(lat[nearest])


def _until_land(track: Track) -> tuple[Track, bool]:
    """The track up to the shore, and whether it got there."""
    ashore = np.flatnonzero(waters().on_land(track.lon, track.lat))
    if not len(ashore):
        return track, False
    return track.rows(slice(0, max(2, int(ashore[0])))), True


def _told(track: Track, call_ms: int | None, error_nm: float, rng: np.random.Generator) -> Point | None:
    """Where the callers say they are, if they still are at sea."""
    if call_ms is None or not track.t_ms[0] <= call_ms < track.t_ms[-1]:
        return None
    lon, lat = displace(track.at(call_ms), *rng.normal(0, error_nm * 1852 / math.sqrt(2), 2))
    return float(lon), float(lat)
