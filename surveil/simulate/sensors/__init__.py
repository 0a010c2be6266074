"""Simulated sensors: a table of a scenario is read into one, which looks at objects through weather.

>>> sensor = read({"kind": "coastal_radar", "site": "dover"}, "sensors.dover")
>>> seen = sense(sensor, objects, weather, rng)      # doctest: +SKIP
>>> write(sensor, seen, folder)                      # doctest: +SKIP
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from surveil.config import Config
from surveil.simulate.sensors.coastal import EXAMPLE_SITES, CoastalRadar
from surveil.simulate.sensors.scene import CLUTTER, Objects, Seen, Sensed, Weather

__all__ = ["CLUTTER", "KINDS", "Objects", "Seen", "Sensed", "Weather", "read", "sense"]

KINDS = {"coastal_radar": CoastalRadar}
Sensor = CoastalRadar


def read(table: dict[str, Any], where: str, config: Config | None = None) -> Sensor:
    """The sensor that a table describes.

    Parameters
    ----------
    table : ``kind`` (see ``KINDS``), the settings of that kind, and for a coastal radar perhaps ``site``, one of
        ``EXAMPLE_SITES``, for its place and height. ``name`` is by default the last part of ``where``.
    where : the section the table stands in, for messages.
    config : the file it is from, for messages.

    Raises
    ------
    ConfigError : a kind or setting is unknown, missing or out of range.
    """
    config = config or Config()
    table = dict(config.table(where, table))
    kind = table.pop("kind", None)
    if kind not in KINDS:
        raise config.error(where, "kind", f"must be one of {', '.join(KINDS)}, not {kind!r}")
    site = table.pop("site", None)
    if site is not None:
        if kind != "coastal_radar" or site not in EXAMPLE_SITES:
            raise config.error(where, "site", f"only a coastal radar has one, of {', '.join(EXAMPLE_SITES)}")
        table = dict(zip(("lon", "lat", "antenna_m"), EXAMPLE_SITES[site], strict=True)) | table
    sensor = config.section(where, {"name": where.rpartition(".")[2]} | table, KINDS[kind])
    for spec in dataclasses.fields(sensor):
        value = getattr(sensor, spec.name)
        if isinstance(value, float) and math.isnan(value):
            raise config.error(where, spec.name, "is required")
        if spec.name in sensor.CHOICES and value not in sensor.CHOICES[spec.name]:
            raise config.error(
                where, spec.name, f"must be one of {', '.join(sensor.CHOICES[spec.name])}, not {value!r}"
            )
    return sensor


def sense(sensor: Sensor, objects: Objects, weather: Weather, rng: np.random.Generator) -> Sensed:
    """What a sensor reports of objects from the first to the last time of the weather."""
    return sensor.sense(objects, weather, rng)
