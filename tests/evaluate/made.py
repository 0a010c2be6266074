"""A simulated folder made by hand from the demo's night, as `surveil simulate` writes one."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from surveil.simulate.demo import make_night


def write_night(folder: Path, seed: int = 1, hours: float = 6, lane_ships: int = 36, sea_state=((0.0, 2),)) -> Path:
    """A night with AIS, its truth and a manifest; its small craft are boats of kind ``inflatable``."""
    night = make_night(seed=seed, hours=hours, lane_ships=lane_ships)
    (folder / "ais").mkdir(parents=True)
    (folder / "truth").mkdir()
    night.write(folder / "ais" / "all.nmea")
    write_truth(folder / "truth", list(night.truth.values()))
    states = [[night.start_ms + int(h * 3_600_000), state] for h, state in sea_state]
    write_manifest(folder, seed=seed, start_ms=night.start_ms, end_ms=night.end_ms, sea_state=states)
    return folder


def write_truth(folder: Path, objects: list) -> None:
    """The four tables, of objects like `surveil.simulate.night.TruthObject`; slow ones of kind ``adrift`` drift."""
    boats = [o.kind == "small craft" for o in objects]
    tables = {
        "objects": {
            "object": np.arange(len(objects), dtype=np.int32), "name": [o.ship.name for o in objects],
            "mmsi": np.array([o.mmsi for o in objects], np.int64), "kind": [o.kind for o in objects],
            "boat_kind": ["inflatable" if boat else "" for boat in boats],
            "length_m": [8.0 if boat else 100.0 for boat in boats],
            "carries_ais": [True for _ in objects], "simulated": [True for _ in objects],
        },
        "positions": _stacked(objects, _positions),
        "events": _stacked(objects, _events),
        "sensed": _stacked(objects, lambda o: {
            "sensor": np.array(["all"], object), "first_ms": o.t_ms[:1] + 30_000, "last_ms": o.t_ms[-1:],
            "opportunities": np.array([10]), "detections": np.array([5]),
        }),
    }  # fmt: skip
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def _positions(o) -> dict:
    east = np.gradient(o.lon) * np.cos(np.radians(o.lat)) * 60 * 360  # nautical miles in 10 s to knots
    north = np.gradient(o.lat) * 60 * 360
    sog_kn = np.hypot(east, north)
    return {
        "t_ms": o.t_ms, "lon": o.lon, "lat": o.lat, "sog_kn": sog_kn,
        "cog_deg": np.degrees(np.arctan2(east, north)) % 360, "adrift": (o.kind == "adrift") & (sog_kn < 3),
    }  # fmt: skip


def _events(o) -> dict:
    kinds = {"kind": object, "t_ms": np.int64, "area": object, "angle_deg": float}
    return {name: np.array([getattr(e, name) for e in o.events], kind) for name, kind in kinds.items()}


def _stacked(objects: list, columns_of) -> dict:
    parts = [columns_of(o) for o in objects]
    numbers = np.repeat(np.arange(len(objects), dtype=np.int32), [len(next(iter(p.values()))) for p in parts])
    return {"object": numbers, **{name: np.concatenate([p[name] for p in parts]) for name in parts[0]}}


def write_manifest(folder: Path, **about) -> None:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")
    digests = {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    manifest = {"format_version": 1, "scenario": "made by hand", "simulated": True, **about, "sha256": digests}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def write_scenario(path: Path, seed: int = 1, hours: float = 2.2, lane_ships: int = 4) -> Path:
    """A scenario that :func:`simulate_by_hand` makes nights of."""
    path.write_text(f"seed = {seed}\nhours = {hours}\nlane_ships = {lane_ships}\n")
    return path


def simulate_by_hand(scenario: Path, seed: int, folder: Path) -> None:
    """A simulator for sweeps; at module level, so that other processes find it."""
    plan = tomllib.loads(scenario.read_text())
    write_night(folder, seed=seed, hours=plan["hours"], lane_ships=plan["lane_ships"])
