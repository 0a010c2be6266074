"""A real AIS recording as the background of a scenario: its ships are there for the sensors, its lines are kept.

Only what is planted is simulated and has the truth of the scenario; of a real ship no more is known than what she
reported, straight between her reports.
"""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveil.errors import ConfigError, InputError
from surveil.ledger import Ledger
from surveil.schema import CLASS_A, CLASS_B, CLASS_UNKNOWN, MISSING_TIME, Positions, Statics
from surveil.simulate.boats import STEP_MS
from surveil.simulate.scenario import Scenario, Traffic
from surveil.simulate.vessels import KN, Ship, Track, steps_m
from surveil.simulate.world import ECHO_M, Body
from surveil.sources.files import open_sources

GAP_MS = 20 * 60_000
"""A ship silent for longer is not there in between: assumed."""
UNKNOWN_LENGTH_M = 50.0
"""Of a real ship that did not say how long she is: assumed."""
FASTEST_KN = 60.0
"""A report that would need more speed than this from the last is left out: assumed."""


@dataclass(frozen=True)
class Background:
    """The recording and its ships."""

    path: Path
    start_ms: int
    end_ms: int
    bodies: tuple[Body, ...]

    def under(self, scenario: Scenario) -> Scenario:
        """The scenario at the time of the recording: its boats, craft and sensors, and no other traffic."""
        hours = (self.end_ms - self.start_ms) / 3_600_000
        late = [boats.launch_h for boats in scenario.boats if boats.launch_h >= hours]
        if late:
            raise ConfigError(f"a boat is launched {late[0]} h after the start of a recording of {hours:.1f} h",
                              source=scenario.source)  # fmt: skip
        wanted = scenario.traffic
        nobody = Traffic(
            lane_ships_per_day=0, coasters_per_day=0, ferries=0, fishing_groups=0, yachts=0, wind_farm_boats=0,
            pilot_boats=0, anchored=0, moored=0, fixed_stations=False, rescue_craft=wanted.rescue_craft,
            patrols=wanted.patrols,
        )  # fmt: skip
        return dataclasses.replace(scenario, start=self.start_ms, hours=hours, traffic=nobody)

    def copy_to(self, folder: Path) -> None:
        """Put the recording beside the simulated feeds, byte for byte."""
        shutil.copyfile(self.path, folder / f"background-{self.path.name}")


def read_background(path: str | Path, area: tuple[float, float, float, float]) -> Background:
    """The ships of a recording within an area, as bodies that are not simulated.

    Raises
    ------
    InputError : it cannot be read, or nobody in it is in the area.
    """
    positions, statics = _rows(Path(path))
    west, south, east, north = area
    ships = np.isin(positions.ais_class, (CLASS_A, CLASS_B, CLASS_UNKNOWN)) & (positions.t_ms != MISSING_TIME)
    ships &= (positions.lon >= west) & (positions.lon <= east) & (positions.lat >= south) & (positions.lat <= north)
    positions = positions.take(ships)
    if not len(positions):
        raise InputError(f"nobody in it is within the area {area}", source=str(path))
    start_ms, end_ms = (int(t) // STEP_MS * STEP_MS for t in (positions.t_ms.min(), positions.t_ms.max() + STEP_MS))
    lengths = _lengths(statics)
    bodies = [body for mmsi in np.unique(positions.mmsi) for body in _bodies(positions, int(mmsi), lengths)]
    return Background(Path(path), start_ms, end_ms, tuple(bodies))


def _rows(path: Path) -> tuple[Positions, Statics]:
    ledger = Ledger()
    batches = [batch for source in open_sources([path], ledger) for batch in source.batches()]
    for trouble in ledger.problems:
        raise trouble
    parts = [rows for batch in batches for _, rows, _ in batch.parts()]
    return tuple(kind.concat([rows for rows in parts if isinstance(rows, kind)]) for kind in (Positions, Statics))


def _lengths(statics: Statics) -> dict[int, float]:
    """Length of each ship by what she said last."""
    length = np.nan_to_num(statics.to_bow_m) + np.nan_to_num(statics.to_stern_m)
    return {int(m): float(v) for m, v in zip(statics.mmsi, length, strict=True) if v > 0}


def _bodies(positions: Positions, mmsi: int, lengths: dict[int, float]) -> list[Body]:
    """One body for each time that a ship is heard without a gap; numbered later."""
    rows = positions.take(positions.mmsi == mmsi)
    rows = rows.take(np.argsort(rows.t_ms, kind="stable"))
    rows = rows.take(np.append(True, np.diff(rows.t_ms) > 0))
    rows = rows.take(_believable(rows))
    length_m = lengths.get(mmsi, UNKNOWN_LENGTH_M)
    ship = Ship(mmsi, f"MMSI {mmsi}", "real ship", dims_m=(round(length_m), 0, 0, 0))
    bodies = []
    for piece in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows.t_ms) > GAP_MS) + 1):
        track = _track(rows.take(piece))
        if len(track.t_ms) >= 2:
            span = (int(track.t_ms[0]), int(track.t_ms[-1]) + 1)
            bodies.append(
                Body(0, ship, ship, track, height_m=max(1.0, ECHO_M * length_m), on_air=(span,), simulated=False)
            )
    return bodies


def _believable(rows: Positions) -> np.ndarray:
    """Reports that lie within reach of the last one believed, bool."""
    keep, last = np.zeros(len(rows), bool), 0
    for i in range(len(rows)):
        away_m = np.hypot(*steps_m(rows.lon[[last, i]], rows.lat[[last, i]]))[0]
        keep[i] = away_m <= 500 + FASTEST_KN * KN * (rows.t_ms[i] - rows.t_ms[last]) / 1000
        last = i if keep[i] else last
    return keep


def _track(rows: Positions) -> Track:
    """Straight between reports, on the steps of a world."""
    first, last = -(-int(rows.t_ms[0]) // STEP_MS) * STEP_MS, int(rows.t_ms[-1])
    t_ms = np.arange(first, last + 1, STEP_MS, dtype=np.int64)
    lon, lat = np.interp(t_ms, rows.t_ms, rows.lon), np.interp(t_ms, rows.t_ms, rows.lat)
    if len(t_ms) < 2:
        empty = np.zeros(len(t_ms))
        return Track(t_ms, lon, lat, empty, empty, empty, empty.astype(np.int8))
    east, north = (np.append(v, v[-1]) / KN / (STEP_MS / 1000) for v in steps_m(lon, lat))
    course = np.degrees(np.arctan2(east, north)) % 360
    said = rows.heading_deg[np.searchsorted(rows.t_ms, t_ms, side="right") - 1]
    heading = np.where(np.isnan(said), course, said)
    return Track(t_ms, lon, lat, east, north, heading, np.zeros(len(t_ms), np.int8))
