"""Small scenarios for the rules' examples: straight runs of reports from one craft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surveil.config import SensorConfig
from surveil.kernels.geodesy import bearing_deg_array, destination_deg_array, distance_m_array
from surveil.kernels.tracks import KN
from surveil.schema import CLASS_A, CLASS_B, Plots, Positions, Statics

IN_SW_LANE = (1.4268, 51.0316)
SW_FLOW_DEG = 227.0
IN_MAIN_ZONE = (1.3054, 50.7600)
"""Places in the project's own geodata; the SW lane flows that way at the first."""

T0_MS = 1_773_525_600_000
"""2026-03-14 22:00 UTC."""


@dataclass(frozen=True)
class Example:
    """One scenario of a rule: rows to feed, and whether it must fire. ``params`` override defaults; ``sensors`` are
    those of ``plots``."""

    title: str
    positions: Positions
    fires: bool
    statics: Statics | None = None
    safety: Any = None
    params: dict | None = None
    plots: Plots | None = None
    sensors: dict[str, SensorConfig] = field(default_factory=dict)


def off(place: tuple[float, float], bearing_deg: float, distance_m: float) -> tuple[float, float]:
    """The place so far from another."""
    lon, lat = destination_deg_array(*(np.array([float(v)]) for v in (*place, bearing_deg, distance_m)))
    return float(lon[0]), float(lat[0])


def run(
    mmsi: int, place: tuple[float, float], course_deg: float, speed_kn: float, duration_s: int, *,
    every_s: int = 30, ais_class: int = CLASS_A, nav_status: int = 0, start_s: int = 0,
) -> Positions:  # fmt: skip
    """Reports of a craft that starts at a place and holds course and speed."""
    t_s = np.arange(0, duration_s, every_s)
    n = len(t_s)
    lon, lat = destination_deg_array(
        np.full(n, place[0]), np.full(n, place[1]), np.full(n, course_deg), speed_kn * KN * t_s
    )
    seq = np.arange(1, n + 1)
    return Positions.build(
        t_ms=T0_MS + (start_s + t_s) * 1000, seq=seq, mmsi=np.full(n, mmsi), digest=mmsi * 100_000 + seq,
        msg_type=np.full(n, 18 if ais_class == CLASS_B else 1), ais_class=np.full(n, ais_class), lon=lon, lat=lat,
        sog_kn=np.full(n, speed_kn), cog_deg=np.full(n, course_deg), nav_status=np.full(n, nav_status),
    )  # fmt: skip


def together(*runs: Positions) -> Positions:
    """Several craft in one feed, in the order of time, numbered as lines anew."""
    rows = Positions.concat(list(runs))
    rows = rows.take(np.argsort(rows.t_ms, kind="stable"))
    return rows.replace(seq=np.arange(1, len(rows) + 1))


def sized(mmsi: int, length_m: float, ship_type: int = 0) -> Statics:
    """Static data of one craft, heard at the start."""
    return Statics.build(
        t_ms=[T0_MS], seq=[0], mmsi=[mmsi], msg_type=[5], digest=[mmsi], ship_type=[ship_type],
        to_bow_m=[length_m / 2], to_stern_m=[length_m / 2],
    )  # fmt: skip


RADAR = SensorConfig(lon=1.343, lat=51.1325, rotation_s=3.0)
"""An invented radar on the cliffs of Dover."""


def seen_by_radar(place: tuple[float, float], course_deg: float, speed_kn: float, duration_s: int) -> dict[str, Any]:
    """``plots`` of a small craft, ``sensors`` that gave them, and ``positions`` as if it had AIS."""
    boat = run(235_000_001, place, course_deg, speed_kn, duration_s, every_s=3)
    n = len(boat)
    here = np.full(n, RADAR.lon), np.full(n, RADAR.lat)
    # errors of 15 m and 0.15 degrees that no look repeats, without chance
    range_m = distance_m_array(*here, boat.lon, boat.lat) + 21 * np.sin(2.4 * np.arange(n))
    bearing_deg = bearing_deg_array(*here, boat.lon, boat.lat) + 0.21 * np.sin(1.7 * np.arange(n) ** 1.1)
    t_ms = boat.t_ms + np.rint(3000 * (bearing_deg % 360) / 360).astype(np.int64)
    plots = Plots.build(
        t_ms=t_ms,
        seq=boat.seq,
        sensor=np.zeros(n),
        range_m=range_m,
        bearing_deg=bearing_deg % 360,
        snr_db=np.full(n, 20.0),
    )
    return {
        "plots": plots,
        "sensors": {"dover": RADAR},
        "positions": run(235_000_001, place, course_deg, speed_kn, duration_s),
    }
