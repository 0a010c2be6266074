"""Truth on disk as Parquet: objects, positions each ten seconds, events, what each sensor could have sensed and
whose each of its plots is.

A row of every file names its object by ``object``, the row number in objects.parquet. All times are UTC ms.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from surveil import __version__
from surveil.simulate.world import Body, World
from surveil.sources.simulated import FORMAT_VERSION, MANIFEST

OBJECTS = pa.schema(
    {
        "object": pa.int32(), "name": pa.string(), "mmsi": pa.int64(), "kind": pa.string(), "boat_kind": pa.string(),
        "length_m": pa.float64(), "rcs_m2": pa.float64(), "persons": pa.int32(), "carries_ais": pa.bool_(),
        "simulated": pa.bool_(),
    }
)  # fmt: skip
"""``mmsi`` is what she sends, 0 where there is none, that of another where it is cloned; ``boat_kind`` is empty but for
small boats; ``rcs_m2`` is NaN where a sensor takes it from the length."""
POSITIONS = pa.schema(
    {
        "object": pa.int32(), "t_ms": pa.int64(), "lon": pa.float64(), "lat": pa.float64(), "sog_kn": pa.float64(),
        "cog_deg": pa.float64(), "heading_deg": pa.float64(), "adrift": pa.bool_(),
    }
)  # fmt: skip
EVENTS = pa.schema(
    {
        "object": pa.int32(), "kind": pa.string(), "t_ms": pa.int64(), "lon": pa.float64(), "lat": pa.float64(),
        "area": pa.string(), "angle_deg": pa.float64(),
    }
)  # fmt: skip
"""``area`` and ``angle_deg`` as `night.TruthEvent` has them."""
SENSED = pa.schema(
    {
        "object": pa.int32(), "sensor": pa.string(), "first_ms": pa.int64(), "last_ms": pa.int64(),
        "opportunities": pa.int64(), "detections": pa.int64(),
    }
)  # fmt: skip
"""``opportunities``: looks with an expected probability of detection above 0.05; ``first_ms`` of the first."""


CLUTTER = pa.schema({"sensor": pa.string(), "row": pa.int64(), "object": pa.int32()})
"""Whose plot each row (from 1) of a sensor's file is; -1: of no object."""


@dataclass(frozen=True)
class Looked:
    """What a sensor did: rows of SENSED, and the object of each of its plots."""

    sensor: str
    sensed: list[tuple]
    plot_object: np.ndarray


def write_truth(world: World, sensed: list[tuple], looked: list[Looked], folder: Path) -> None:
    """Write the tables to ``folder``/truth; ``sensed`` are rows of SENSED, of sensors and of AIS stations."""
    folder = folder / "truth"
    folder.mkdir(parents=True)
    tables = {
        "objects": _objects(world.bodies), "positions": _positions(world.bodies),
        "events": _events(world.bodies), "sensed": _of_rows(sensed, SENSED), "clutter": _clutter(looked),
    }  # fmt: skip
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _objects(bodies: tuple[Body, ...]) -> pa.Table:
    rows = [
        (b.number, b.ship.name, b.ship.mmsi, b.ship.kind, b.boat_kind, b.ship.length_m, b.rcs_m2, b.persons,
         bool(b.on_air), b.simulated)
        for b in bodies
    ]  # fmt: skip
    return _of_rows(rows, OBJECTS)


def _positions(bodies: tuple[Body, ...]) -> pa.Table:
    """In order of object, then time."""
    tracks = [b.track for b in bodies]
    columns = {name: _joined([getattr(t, name) for t in tracks]) for name in ("t_ms", "lon", "lat", "heading_deg")}
    east, north = (_joined([getattr(t, name) for t in tracks]) for name in ("east_kn", "north_kn"))
    columns |= {
        "object": np.repeat(np.array([b.number for b in bodies], np.int32), [len(t.t_ms) for t in tracks]),
        "sog_kn": np.round(np.hypot(east, north), 3),
        "cog_deg": np.round(np.degrees(np.arctan2(east, north)) % 360, 2) % 360,
        "heading_deg": np.round(columns["heading_deg"], 2) % 360,
        "lon": np.round(columns["lon"], 7),
        "lat": np.round(columns["lat"], 7),
        "adrift": _joined([b.adrift for b in bodies], bool),
    }
    return pa.table([pa.array(columns[f.name], f.type) for f in POSITIONS], schema=POSITIONS)


def _joined(arrays: list[np.ndarray], dtype=float) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype)


def _events(bodies: tuple[Body, ...]) -> pa.Table:
    rows = [(b.number, e.kind, e.t_ms, e.lon, e.lat, e.area, e.angle_deg) for b in bodies for e in b.events]
    return _of_rows(sorted(rows, key=lambda r: (r[2], r[0], r[1], r[5])), EVENTS)


def _clutter(looked: list[Looked]) -> pa.Table:
    lengths = [len(each.plot_object) for each in looked]
    columns = {
        "sensor": np.repeat([each.sensor for each in looked], lengths) if looked else [],
        "row": _joined([np.arange(1, n + 1) for n in lengths], np.int64),
        "object": _joined([each.plot_object for each in looked], np.int32),
    }
    return pa.table([pa.array(columns[f.name], f.type) for f in CLUTTER], schema=CLUTTER)


def _of_rows(rows: list[tuple], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[]] * len(schema)
    return pa.table([pa.array(list(c), f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def write_manifest(world: World, sensors: list[dict], folder: Path, **more) -> dict:
    """Hash every file of ``folder`` and write its manifest last; returns it.

    Parameters
    ----------
    sensors : for each, at least ``name``, ``kind``, ``place``, ``format`` and ``file``.
    """
    scenario, weather = world.scenario, world.scenario.weather
    over = {
        name: [[scenario.ms(h), v] for h, v in zip(series.hours, series.values, strict=True)]
        for name, series in vars(weather).items()
    }
    manifest = {
        "format_version": FORMAT_VERSION,
        "surveil": __version__,
        "simulated": True,
        "scenario": scenario.name,
        "seed": scenario.seed,
        "start_ms": scenario.start_ms,
        "end_ms": scenario.end_ms,
        "area": list(scenario.area),
        **over,
        "sensors": sensors,
        **more,
        "sha256": {p.relative_to(folder).as_posix(): _sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()},
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
