"""A scenario to a folder: AIS as stations heard it, what sensors reported, the truth, and a manifest of it all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surveil.files import replaced_folder
from surveil.simulate.background import read_background
from surveil.simulate.scenario import Scenario
from surveil.simulate.shore import Heard, on_air, write_station
from surveil.simulate.truth import Looked, write_manifest, write_truth
from surveil.simulate.world import World, build_world
from surveil.sources.simulated import MANIFEST

M_PER_NM = 1852
ASHORE = "base station"


def simulate(scenario: Scenario, out: Path, background: Path | None = None) -> dict:
    """Write the folder of a scenario, replacing an earlier one at the end; returns its manifest.

    Parameters
    ----------
    background : a real AIS recording that the scenario is planted in, at the recording's time and instead of traffic.

    Raises
    ------
    InputError : the background cannot be read, or has nobody in the area.
    StoreError : the folder cannot be written.
    """
    real = None if background is None else read_background(background, scenario.area)
    world = build_world(scenario) if real is None else build_world(real.under(scenario), real.bodies)
    with replaced_folder(out, MANIFEST) as folder:
        heard = _write_ais(world, folder / "ais")
        if real is not None:
            real.copy_to(folder / "ais")
        sensors, looked = _write_sensors(world, folder)
        rows = [row for name, each in heard.items() for row in _sensed(name, each)]
        rows += [row for each in looked for row in each.sensed]
        write_truth(world, rows, looked, folder)
        lines = {name: each.lines for name, each in heard.items()}
        return write_manifest(world, sensors, folder, lines=lines, background=background and background.name)


def _write_ais(world: World, folder: Path) -> dict[str, Heard]:
    folder.mkdir()
    air = on_air(world)
    return {s.name: write_station(s, air, world, folder / f"{s.name}.nmea") for s in world.scenario.stations}


def _sensed(name: str, heard: Heard) -> list[tuple]:
    """Rows of truth/sensed.parquet."""
    columns = (heard.first_ms, heard.last_ms, heard.chances, heard.heard)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(number, name, *row) for number, row in enumerate(rows) if row[2]]


def _write_sensors(world: World, folder: Path) -> tuple[list[dict], list[Looked]]:
    """What the manifest says of each sensor, and what the truth does."""
    if not world.scenario.sensors:
        return [], []
    from surveil.simulate import sensors

    objects = sensors.Objects.of(_seen(body) for body in world.bodies if body.ship.kind != ASHORE)
    weather, entries, looked = _weather(world.scenario), [], []
    for number, sensor in enumerate(world.scenario.sensors, 1):
        seen = sensors.sense(sensor, objects, weather, world.random(sensor.name))
        entries.append(sensors.write(sensor, seen, folder, number))
        looked.append(Looked(sensor.name, seen.rows(objects, sensor.name), seen.object))
    return entries, looked


def _seen(body):
    from surveil.simulate.sensors import Seen

    track, ship = body.track, body.ship
    return Seen(
        body.number, ship.kind, float(ship.length_m), body.height_m, body.rcs_m2, track.t_ms, track.lon, track.lat,
        track.heading_deg,
    )  # fmt: skip


def _weather(scenario: Scenario):
    """The weather with its steps: each value from its hour to just before the next."""
    from surveil.simulate.sensors import Weather

    series = [getattr(scenario.weather, name) for name in ("sea_state", "rain_mm_h", "visibility_nm")]
    changes = {scenario.ms(h) for each in series for h in each.hours if 0 < h < scenario.hours}
    t_ms = sorted({scenario.start_ms, scenario.end_ms, *changes, *(t - 1 for t in changes)})
    hours = [(t - scenario.start_ms) / 3_600_000 for t in t_ms]
    sea, rain, visible_nm = (np.array([each.at(h) for h in hours]) for each in series)
    return Weather(np.array(t_ms, np.int64), sea, rain, visible_nm * M_PER_NM)
