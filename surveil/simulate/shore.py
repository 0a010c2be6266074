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
FAIR = 0.05
"""A chance of reception that counts as one, as for the other sensors."""
PIECE_MS = 3_600_000
DUPLICATE_S = 3.0
"""A line given twice comes again up to this much later: assumed."""


@dataclass(frozen=True)
class Air:
    """Everything transmitted, in order of time: by message also the range at which half of its kind are heard, and
    the number of the body that sent it."""

    reports: Reports
    half_heard_nm: np.ndarray
    body: np.ndarray

    def between(self, start_ms: int, end_ms: int) -> tuple[slice, Reports]:
        """The messages within [start, end)."""
        rows = slice(*np.searchsorted(self.reports.t_ms, (start_ms, end_ms)).tolist())
        text = slice(*np.searchsorted(self.reports.message, (rows.start, rows.stop)).tolist())
        r = self.reports
        part = Reports(r.t_ms[rows], r.lon[rows], r.lat[rows], r.text[text], r.message[text] - rows.start)
        return rows, part


def on_air(world: World) -> Air:
    """What all bodies transmit."""
    parts = [(body, reports) for body in world.bodies for reports in _sent(body, world)]
    if not parts:
        nothing = np.empty(0, np.int64)
        return Air(Reports.of(nothing, np.empty(0), np.empty(0), []), np.empty(0), nothing)
    reports = [r for _, r in parts]
    t_ms, lon, lat = (np.concatenate([getattr(r, name) for r in reports]) for name in ("t_ms", "lon", "lat"))
    lengths = [len(r.t_ms) for r in reports]
    half_nm = np.repeat([HALF_HEARD_NM[body.says.ais_class] for body, _ in parts], lengths)
    number = np.repeat([body.number for body, _ in parts], lengths)
    first = np.cumsum([0, *lengths])
    message = np.concatenate([r.message + at for r, at in zip(reports, first[:-1], strict=True)])
    order = np.argsort(t_ms, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    by_message = np.argsort(place[message], kind="stable")
    text = np.concatenate([r.text for r in reports])[by_message]
    sorted_reports = Reports(t_ms[order], lon[order], lat[order], text, place[message][by_message])
    return Air(sorted_reports, half_nm[order], number[order])


def _sent(body: Body, world: World) -> Iterator[Reports]:
    if not body.simulated:
        return
    rng = world.random(body.ship.name)
    for span in body.on_air:
        spoken = body.track.between(*span)
        if len(spoken.t_ms) >= 2:
            yield transmit(body.says, spoken, rng, jammed=body.jammed)


@dataclass(frozen=True)
class Heard:
    """What became of a station's night: ``lines`` written, and for the truth, of each body by number, the messages
    that it had a fair chance to hear, those that it heard, and the times of the first and last chance."""

    lines: int
    chances: np.ndarray
    heard: np.ndarray
    first_ms: np.ndarray
    last_ms: np.ndarray


def write_station(station: Station, air: Air, world: World, path: Path) -> Heard:
    """One station's tag-blocked lines to a file, in the order of their arrival."""
    scenario, rng = world.scenario, world.random(station.name)
    chance = _chances(station, air, scenario.start_ms, rng)
    heard = rng.random(len(chance)) < chance
    waiting, lines = Lines(np.empty(0, np.int64), np.empty((0, 1), np.uint8), 0), 0
    with open(path, "wb") as file:
        file.write(header(scenario.seed) + b"\n")
        for begins_ms in range(scenario.start_ms, scenario.end_ms + 1, PIECE_MS):
            rows, reports = air.between(begins_ms, begins_ms + PIECE_MS)
            fresh = _twice(passed_on(station, reports, heard[rows], rng), scenario.faults.duplicates, rng)
            ready, waiting = _parted(_together(waiting, fresh), begins_ms + PIECE_MS)
            lines += _write(ready, file)
        lines += _write(waiting, file)
    return _tally(air, chance, heard, lines, len(world.bodies))


def _tally(air: Air, chance: np.ndarray, heard: np.ndarray, lines: int, n: int) -> Heard:
    fair = chance > FAIR
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, -1, np.int64)
    np.minimum.at(first, air.body[fair], air.reports.t_ms[fair])
    np.maximum.at(last, air.body[fair], air.reports.t_ms[fair])
    counts = (np.bincount(air.body[rows], minlength=n) for rows in (fair, heard))
    return Heard(lines, *counts, first, last)


def _chances(station: Station, air: Air, start_ms: int, rng: np.random.Generator) -> np.ndarray:
    """Probability that each message is received: in range, and not lost among the others of its minute in range."""
    reports = air.reports
    if not len(reports.t_ms):
        return np.empty(0)
    hour = (reports.t_ms - start_ms) // 3_600_000
    gain = _hourly_gain(station, int(hour[-1]) + 1, rng)[hour]
    chance = hearing(station, gain * air.half_heard_nm, reports.lon, reports.lat)
    minute = (reports.t_ms - reports.t_ms[0]) // 60_000
    load = np.bincount(minute, chance) / SLOTS_A_MINUTE
    return chance * np.exp(-SHARED_LOSS * load[minute])


def _hourly_gain(station: Station, hours: int, rng: np.random.Generator) -> np.ndarray:
    """Factor on all ranges in each hour."""
    height = np.sqrt([station.height_m, REFERENCE_M]) + np.sqrt(SHIP_AERIAL_M)
    log, logs = 0.0, []
    for draw in rng.normal(0, HOURLY_SD, hours).tolist():
        log = HOURLY_MEMORY * log + draw * np.sqrt(1 - HOURLY_MEMORY**2)
        logs.append(log)
    return height[0] / height[1] * np.exp(logs)


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
