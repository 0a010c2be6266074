"""Simulated sensors: a table of a scenario is read into one, which looks at objects through weather.

>>> sensor = read({"kind": "coastal_radar", "site": "dover"}, Where("night.toml", "sensors"))
>>> seen = sense(sensor, objects, weather, rng)      # doctest: +SKIP
>>> entry = write(sensor, seen, folder, number=1)    # doctest: +SKIP
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from surveil.simulate.sensors.coastal import EXAMPLE_SITES, CoastalRadar
from surveil.simulate.sensors.lookouts import Camera, Patrol, Telephone
from surveil.simulate.sensors.satellite import SatellitePass
from surveil.simulate.sensors.scene import CLUTTER, Objects, Seen, Sensed, Weather
from surveil.simulate.sensors.writers import write
from surveil.simulate.settings import Where, check_among, section

__all__ = ["CLUTTER", "EXAMPLE_SITES", "KINDS", "Objects", "Seen", "Sensed", "Weather", "read", "sense", "write"]

Sensor = CoastalRadar | SatellitePass | Camera | Patrol | Telephone
KINDS = {cls.kind: cls for cls in (CoastalRadar, SatellitePass, Camera, Patrol, Telephone)}


def read(table: dict[str, Any], where: Where) -> Sensor:
    """The sensor that a table of a scenario describes.

    Parameters
    ----------
    table : ``kind``, one of ``KINDS``, and the settings of that kind; for a coastal radar perhaps ``site``, one of
        ``EXAMPLE_SITES``, from which come its place, height and name unless they are given.
    where : the section the table stands in, for messages.

    Raises
    ------
    ConfigError : a kind or setting is unknown, missing or out of range.
    """
    if not isinstance(table, dict):
        raise where.error("", "must be a section")
    rest = dict(table)
    kind = rest.pop("kind", None)
    check_among(kind, KINDS, where, "kind", "kind of sensor")
    if kind == "coastal_radar" and "site" in rest:
        site = rest.pop("site")
        check_among(site, EXAMPLE_SITES, where, "site", "site")
        lon, lat, antenna_m = EXAMPLE_SITES[site]
        rest = {"name": site, "place": [lon, lat], "antenna_m": antenna_m} | rest
    sensor = section(KINDS[kind], rest, where)
    if not re.fullmatch(r"\w[\w .-]*", sensor.name):
        raise where.error(
            "name", f"{sensor.name!r} names a file and a station: letters, digits, space, dot and hyphen only"
        )
    return sensor


def sense(sensor: Sensor, objects: Objects, weather: Weather, rng: np.random.Generator) -> Sensed:
    """What a sensor reports of objects from the first to the last time of the weather."""
    return sensor.sense(objects, weather, rng)
