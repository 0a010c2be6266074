"""A scenario to a folder: AIS as stations heard it, what sensors reported, the truth, and a manifest of it all."""

from __future__ import annotations

from pathlib import Path

from surveil.files import replaced_folder
from surveil.simulate.scenario import Scenario
from surveil.simulate.shore import on_air, write_station
from surveil.simulate.truth import MANIFEST, write_manifest, write_truth
from surveil.simulate.world import World, build_world


def simulate(scenario: Scenario, out: Path) -> dict:
    """Write the folder of a scenario, replacing an earlier one at the end; returns its manifest.

    Raises
    ------
    StoreError : the folder cannot be written.
    """
    world = build_world(scenario)
    with replaced_folder(out, MANIFEST) as folder:
        lines = _write_ais(world, folder / "ais")
        write_truth(world, [], folder)
        return write_manifest(world, [], folder, lines=lines)


def _write_ais(world: World, folder: Path) -> dict[str, int]:
    folder.mkdir()
    air = on_air(world)
    return {s.name: write_station(s, air, world, folder / f"{s.name}.nmea") for s in world.scenario.stations}
