"""What several rules share: who is exempt, who is at rest, how a target lies to the flow."""

from __future__ import annotations

from functools import cache

import numpy as np

from surveil.kernels.geodesy import EARTH_RADIUS_M
from surveil.kernels.tracks import KN
from surveil.schema import CLASS_B
from surveil.tracks.table import SMALL_UNKNOWN, SMALL_YES
from surveil.tracks.view import View, once_a_tick

SERVICE_TYPES = (30, 33, 50, 51, 52, 53, 54, 55, 58)
"""Fishing, dredging, pilot, SAR, tug, tender, anti-pollution, law enforcement, medical (M.1371-5 table 53):
at work in the lanes every day, under COLREG rule 10(e), (i), (k) and (l)."""

AT_REST = (1, 5, 6)
"""Navigational status at anchor, moored, aground (M.1371-5 table 45)."""

_IS_AT_REST = np.isin(np.arange(2**8), AT_REST)  # looked up every tick: ten times as fast as isin

FRESH_S = 360.0
"""A course older than this is not judged: twice the longest reporting interval, 3 min (M.1371-5 table 2)."""


@once_a_tick
def fresh(view: View) -> np.ndarray:
    """bool[n]: heard lately enough to judge by."""
    return view.age_s <= FRESH_S


def service_craft(view: View) -> np.ndarray:
    """bool[n]: of a type in SERVICE_TYPES."""
    return of_types(view, SERVICE_TYPES)


@once_a_tick
def of_types(view: View, types: tuple[int, ...]) -> np.ndarray:
    """bool[n]: of some ship types (M.1371-5 table 53)."""
    return _lookup(types)[view.ship_type.view(np.uint16)]


@cache
def _lookup(types: tuple[int, ...]) -> np.ndarray:
    """bool[65536], by type: looked up every tick, ten times as fast as isin."""
    return np.isin(np.arange(2**16), types)


@once_a_tick
def maybe_small(view: View) -> np.ndarray:
    """bool[n]: small craft, and class B of no known size."""
    return (view.small == SMALL_YES) | ((view.small == SMALL_UNKNOWN) & (view.ais_class == CLASS_B))


@once_a_tick
def at_rest(view: View) -> np.ndarray:
    """bool[n]: says that it is at anchor, moored or aground."""
    return _IS_AT_REST[view.nav_status.view(np.uint8)]


@once_a_tick
def pointing_deg(view: View) -> np.ndarray:
    """float64[n]: heading where known, else COG: COLREG 10(c) goes by heading, and the tide skews COG."""
    return np.where(np.isnan(view.heading_deg), view.cog_deg, view.heading_deg).astype(np.float64)


def turned_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """float64[n]: the angle between two directions, 0 to 180."""
    return np.abs((a - b + 180.0) % 360.0 - 180.0)


def to_axis_deg(turned: np.ndarray) -> np.ndarray:
    """float64[n]: the angle to the lane's axis, 0 along it either way, 90 straight across."""
    return np.minimum(turned, 180.0 - turned)


def beaches_behind(view: View, row: int, sector_deg: float, most_m: float) -> list[str]:
    """Up to three beaches from which a target may have come, by its course."""
    behind = (float(view.cog_deg[row]) + 180.0) % 360.0
    if np.isnan(behind):
        return []
    found, _ = view.areas.sector("beach", float(view.lon[row]), float(view.lat[row]), behind, sector_deg, most_m)
    return [view.areas.places[place].name for place in found[:3]]


def closest_approach(
    view: View, row: int, near_m: float, ahead_s: float, among: np.ndarray | None = None
) -> tuple[int, float, float]:
    """The craft with AIS that will pass closest, if all keep course and speed: row, CPA m and TCPA s from now.

    (-1, NaN, NaN) where there is none; see :func:`approaches`.
    """
    rows, cpa_m, tcpa_s = approaches(view, row, near_m, ahead_s, among)
    if not rows.size:
        return -1, np.nan, np.nan
    at = int(np.argmin(cpa_m))
    return int(rows[at]), float(cpa_m[at]), float(tcpa_s[at])


def approaches(
    view: View, row: int, near_m: float, ahead_s: float, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Craft with AIS that a target will pass, if all keep course and speed: rows int[k], CPA m, TCPA s from now.

    Only craft within ``near_m`` and approaches within ``ahead_s`` count. On a plane tangent at the target. ``among``,
    bool[n], leaves others out.
    """
    east = np.radians(view.lon - view.lon[row]) * np.cos(np.radians(view.lat[row])) * EARTH_RADIUS_M
    north = np.radians(view.lat - view.lat[row]) * EARTH_RADIUS_M
    course, speed_ms = np.radians(view.cog_deg), view.sog_kn * KN
    vx, vy = speed_ms * np.sin(course), speed_ms * np.cos(course)
    east, north = east + vx * view.age_s, north + vy * view.age_s
    rel_x, rel_y = vx - vx[row], vy - vy[row]
    with np.errstate(invalid="ignore", divide="ignore"):
        tcpa_s = -(east * rel_x + north * rel_y) / (rel_x**2 + rel_y**2)
    cpa_m = np.hypot(east + rel_x * tcpa_s, north + rel_y * tcpa_s)
    counts = view.craft & fresh(view) & (np.hypot(east, north) <= near_m) & (tcpa_s >= 0) & (tcpa_s <= ahead_s)
    counts[row] = False
    if among is not None:
        counts &= among
    rows = np.flatnonzero(counts)
    return rows, cpa_m[rows].astype(float), tcpa_s[rows].astype(float)
