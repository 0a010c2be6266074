"""A scenario to a folder: AIS as stations heard it, what sensors reported, the truth, and a manifest of it all."""

from __future__ import annotations

from pathlib import Path

from surveil.files import replaced_folder
from surveil.simulate.scenario import Scenario
from surveil.simulate.shore import Heard, on_air, write_station
from surveil.simulate.truth import write_manifest, write_truth
from surveil.simulate.world import World, build_world
from surveil.sources.simulated import MANIFEST


def simulate(scenario: Scenario, out: Path) -> dict:
    """Write the folder of a scenario, replacing an earlier one at the end; returns its manifest.

    Raises
    ------
    StoreError : the folder cannot be written.
    """
    world = build_world(scenario)
    with replaced_folder(out, MANIFEST) as folder:
        heard = _write_ais(world, folder / "ais")
        write_truth(world, [row for name, each in heard.items() for row in _sensed(name, each)], folder)
        lines = {name: each.lines for name, each in heard.items()}
        return write_manifest(world, [], folder, lines=lines)


def _write_ais(world: World, folder: Path) -> dict[str, Heard]:
    folder.mkdir()
    air = on_air(world)
    return {s.name: write_station(s, air, world, folder / f"{s.name}.nmea") for s in world.scenario.stations}


def _sensed(name: str, heard: Heard) -> list[tuple]:
    """Rows of truth/sensed.parquet."""
    columns = (heard.first_ms, heard.last_ms, heard.chances, heard.heard)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(number, name, *row) for number, row in enumerate(rows) if row[2]]
