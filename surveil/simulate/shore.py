"""What the stations of a scenario hear of a whole world, and the files they make of it.

Range grows with the height of the aerial as the radio horizon does, and varies by the hour; transmissions in a busy
minute are lost to each other. A station hears or does not: it has no antenna pattern and no sectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveil.simulate.ais import Reports, transmit
from surveil.simulate.night import header
from surveil.simulate.receivers import HALF_HEARD_NM, Lines, hearing, passed_on
from surveil.simulate.scenario import Station
from surveil.simulate.world import Body, World

REFERENCE_M, SHIP_AERIAL_M = 100.0, 15.0
"""Heights that HALF_HEARD_NM is for: assumed."""
HOURLY_SD, HOURLY_MEMORY = 0.08, 0.7
"""Range from hour to hour: logarithmic standard deviation, and correlation with the hour before (assumed)."""
SLOTS_A_MINUTE = 4500
"""2,250 on each of two channels (M.1371-5 Annex 2)."""
SHARED_LOSS = 0.5
"""Share of two transmissions within range at once of which one is lost: assumed, as stations choose free slots."""
PIECE_MS = 3_600_000
DUPLICATE_S = 3.0
"""A line given twice comes again up to this much later: assumed."""


@dataclass(frozen=True)
class Air:
    """Everything transmitted: reports in order of time, and the range at which half of each kind is heard."""

    reports: Reports
    half_heard_nm: np.ndarray

    def between(self, start_ms: int, end_ms: int) -> tuple[slice, Reports]:
        """The messages within [start, end)."""
        rows = slice(*np.searchsorted(self.reports.t_ms, (start_ms, end_ms)).tolist())
        text = slice(*np.searchsorted(self.reports.message, (rows.start, rows.stop)).tolist())
        r = self.reports
        part = Reports(r.t_ms[rows], r.lon[rows], r.lat[rows], r.text[text], r.message[text] - rows.start)
        return rows, part


def on_air(world: World) -> Air:
    """What all bodies transmit."""
    parts = [(HALF_HEARD_NM[body.says.ais_class], r) for body in world.bodies for r in _sent(body, world)]
    if not parts:
        return Air(Reports.of(np.empty(0, np.int64), np.empty(0), np.empty(0), []), np.empty(0))
    reports = [r for _, r in parts]
    t_ms, lon, lat = (np.concatenate([getattr(r, name) for r in reports]) for name in ("t_ms", "lon", "lat"))
    half_nm = np.repeat([nm for nm, _ in parts], [len(r.t_ms) for r in reports])
    first = np.cumsum([0, *(len(r.t_ms) for r in reports)])
    message = np.concatenate([r.message + at for r, at in zip(reports, first[:-1], strict=True)])
    order = np.argsort(t_ms, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    by_message = np.argsort(place[message], kind="stable")
    text = np.concatenate([r.text for r in reports])[by_message]
    return Air(Reports(t_ms[order], lon[order], lat[order], text, place[message][by_message]), half_nm[order])


def _sent(body: Body, world: World) -> Iterator[Reports]:
    rng = world.random(body.ship.name)
    for span in body.on_air:
        spoken = body.track.between(*span)
        if len(spoken.t_ms) >= 2:
            yield transmit(body.says, spoken, rng, jammed=body.jammed)


def write_station(station: Station, air: Air, world: World, path: Path) -> int:
    """One station's tag-blocked lines, in the order of their arrival; returns how many."""
    scenario, rng = world.scenario, world.random(station.name)
    gain, count = _hourly_gain(station, scenario.hours, rng), 0
    waiting = Lines(np.empty(0, np.int64), np.empty((0, 1), np.uint8), 0)
    with open(path, "wb") as file:
        file.write(header(scenario.seed) + b"\n")
        for hour, begins_ms in enumerate(range(scenario.start_ms, scenario.end_ms + 1, PIECE_MS)):
            rows, reports = air.between(begins_ms, begins_ms + PIECE_MS)
            heard = _heard(station, gain[hour] * air.half_heard_nm[rows], reports, rng)
            fresh = _twice(passed_on(station, reports, heard, rng), scenario.faults.duplicates, rng)
            ready, waiting = _parted(_together(waiting, fresh), begins_ms + PIECE_MS)
            count += _write(ready, file)
        count += _write(waiting, file)
    return count


def _hourly_gain(station: Station, hours: float, rng: np.random.Generator) -> np.ndarray:
    """Factor on all ranges in each hour."""
    height = np.sqrt([station.height_m, REFERENCE_M]) + np.sqrt(SHIP_AERIAL_M)
    log, logs = 0.0, []
    for draw in rng.normal(0, HOURLY_SD, int(hours) + 2).tolist():
        log = HOURLY_MEMORY * log + draw * np.sqrt(1 - HOURLY_MEMORY**2)
        logs.append(log)
    return height[0] / height[1] * np.exp(logs)


def _heard(station: Station, half_nm: np.ndarray, reports: Reports, rng: np.random.Generator) -> np.ndarray:
    """Which messages are received: in range, and not lost among the others in range in the same minute."""
    chance = hearing(station, half_nm, reports.lon, reports.lat)
    minute = reports.t_ms // 60_000
    _, minute = np.unique(minute, return_inverse=True)
    load = np.bincount(minute, chance) / SLOTS_A_MINUTE if len(minute) else np.empty(0)
    return rng.random(len(chance)) < chance * np.exp(-SHARED_LOSS * load[minute])


def _twice(lines: Lines, share: float, rng: np.random.Generator) -> Lines:
    again = rng.random(len(lines.arrival_ms)) < share
    late_ms = (rng.uniform(0, 1000 * DUPLICATE_S, len(again))).astype(np.int64)
    return _together(lines, Lines(lines.arrival_ms[again] + late_ms[again], lines.text[again], 0))


def _together(a: Lines, b: Lines) -> Lines:
    width = max(a.text.shape[1], b.text.shape[1])
    text = [np.pad(lines.text, ((0, 0), (0, width - lines.text.shape[1]))) for lines in (a, b)]
    return Lines(np.append(a.arrival_ms, b.arrival_ms), np.vstack(text), a.corrupt + b.corrupt)


def _parted(lines: Lines, until_ms: int) -> tuple[Lines, Lines]:
    """What has arrived before a time, in order, and the rest."""
    order = np.argsort(lines.arrival_ms, kind="stable")
    n = int(np.searchsorted(lines.arrival_ms[order], until_ms))
    return tuple(Lines(lines.arrival_ms[rows], lines.text[rows], 0) for rows in (order[:n], order[n:]))


def _write(lines: Lines, file) -> int:
    ended = np.hstack([lines.text, np.full((len(lines.text), 1), ord("\n"), np.uint8)])
    file.write(ended[ended != 0].tobytes())
    return len(lines.text)
