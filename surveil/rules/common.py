"""What several rules share: who is exempt, who is at rest, how a target lies to the flow."""

from __future__ import annotations

import numpy as np

from surveil.tracks.view import View

SERVICE_TYPES = (30, 33, 50, 51, 52, 53, 54, 55, 58)
"""Fishing, dredging, pilot, SAR, tug, tender, anti-pollution, law enforcement, medical (M.1371-5 table 53):
at work in the lanes every day, under COLREG rule 10(e), (i), (k) and (l)."""

AT_REST = (1, 5, 6)
"""Navigational status at anchor, moored, aground (M.1371-5 table 45)."""

_IS_SERVICE = np.isin(np.arange(2**16), SERVICE_TYPES)
_IS_AT_REST = np.isin(np.arange(2**8), AT_REST)
# looked up every tick: ten times as fast as isin

FRESH_S = 360.0
"""A course older than this is not judged: twice the longest reporting interval, 3 min (M.1371-5 table 2)."""


def fresh(view: View) -> np.ndarray:
    """bool[n]: heard lately enough to judge by."""
    return view.age_s <= FRESH_S


def service_craft(view: View) -> np.ndarray:
    """bool[n]: of a type in SERVICE_TYPES."""
    return _IS_SERVICE[view.ship_type.view(np.uint16)]


def at_rest(view: View) -> np.ndarray:
    """bool[n]: says that it is at anchor, moored or aground."""
    return _IS_AT_REST[view.nav_status.view(np.uint8)]


def pointing_deg(view: View) -> np.ndarray:
    """float64[n]: heading where known, else COG: COLREG 10(c) goes by heading, and the tide skews COG."""
    return np.where(np.isnan(view.heading_deg), view.cog_deg, view.heading_deg).astype(np.float64)


def turned_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """float64[n]: the angle between two directions, 0 to 180."""
    return np.abs((a - b + 180.0) % 360.0 - 180.0)


def to_axis_deg(turned: np.ndarray) -> np.ndarray:
    """float64[n]: the angle to the lane's axis, 0 along it either way, 90 straight across."""
    return np.minimum(turned, 180.0 - turned)
