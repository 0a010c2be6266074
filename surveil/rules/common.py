"""What several rules share: which lane a target is in, how it lies to the flow, who is exempt."""

from __future__ import annotations

import numpy as np

from surveil.tracks.view import View

LANE_KINDS = ("lane", "deep_water_route")

SERVICE_TYPES = (30, 33, 50, 51, 52, 53, 54, 55, 58)
"""Fishing, dredging, pilot, SAR, tug, tender, anti-pollution, law enforcement, medical (M.1371-5 table 53):
at work in the lanes every day, under COLREG rule 10(e), (i), (k) and (l)."""

AT_REST = (1, 5, 6)
"""Navigational status at anchor, moored, aground (M.1371-5 table 45)."""

FRESH_S = 360.0
"""A course older than this is not judged: twice the longest reporting interval, 3 min (M.1371-5 table 2)."""


def fresh(view: View) -> np.ndarray:
    """bool[n]: heard lately enough to judge by."""
    return view.age_s <= FRESH_S


def lanes(view: View) -> tuple[np.ndarray, np.ndarray]:
    """The lane each target is in, as an area column or -1, and the lane's flow there.

    Returns
    -------
    column : int[n]
    flow_deg : float64[n], degrees true, NaN outside lanes
    """
    columns = view.areas.columns_of(*LANE_KINDS)
    within = view.inside[:, columns]
    column = np.where(within.any(axis=1), columns[within.argmax(axis=1)] if len(columns) else -1, -1)
    flow_deg = np.full(len(view), np.nan)
    rows = np.flatnonzero(column >= 0)
    if rows.size:
        flow_deg[rows] = view.areas.lane_flow_deg(view.lon[rows], view.lat[rows], column[rows])
    return column, flow_deg


def pointing_deg(view: View) -> np.ndarray:
    """float64[n]: heading where known, else COG: COLREG 10(c) goes by heading, and the tide skews COG."""
    return np.where(np.isnan(view.heading_deg), view.cog_deg, view.heading_deg).astype(np.float64)


def turned_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """float64[n]: the angle between two directions, 0 to 180."""
    return np.abs((a - b + 180.0) % 360.0 - 180.0)


def to_axis_deg(turned: np.ndarray) -> np.ndarray:
    """float64[n]: the angle to the lane's axis, 0 along it either way, 90 straight across."""
    return np.minimum(turned, 180.0 - turned)
