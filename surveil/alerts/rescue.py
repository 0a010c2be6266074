"""Who can be there: rescue and patrol craft in the AIS picture, by the time in which they could meet a target."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np

from surveil.alert import Helper
from surveil.kernels.geodesy import EARTH_RADIUS_M, bearing_deg_array
from surveil.kernels.intercept import intercept_s
from surveil.kernels.tracks import KN
from surveil.resources import resource
from surveil.schema import CLASS_SAR_AIRCRAFT
from surveil.tracks.view import View

SPEED_KN = {
    "SAR aircraft": 120.0,
    "lifeboat": 25.0,
    "crew transfer vessel": 20.0,
    "cutter": 20.0,
    "patrol vessel PSP": 20.0,
    "patrol vessel": 20.0,
    "emergency towing vessel": 17.0,
    "rescue craft": 20.0,
}
"""Full speed by kind. Lifeboat: Severn and Shannon classes make 25 kn (RNLI, recalled); the others are assumed."""
TYPES = {51: "rescue craft", 55: "patrol vessel"}
"""Ship types of search and rescue and of law enforcement (M.1371-5 table 53)."""
MOST = 3


@cache
def assets() -> dict[int, str]:
    """Kind by MMSI of the craft in geodata/rescue_assets.csv whose MMSI is known."""
    with open(resource("geodata") / "rescue_assets.csv", encoding="utf-8", newline="") as file:
        return {int(row["mmsi"]): row["kind"] for row in csv.DictReader(file) if row["mmsi"]}


def helpers(view: View, lon: float, lat: float, vx_ms: float, vy_ms: float, but: int = -1) -> tuple[Helper, ...]:
    """Up to three craft that can be at a moving target first, at full speed in a straight line; land is not seen.

    A craft that goes faster than its kind's full speed keeps that. ``but`` is the target's own row, left out.
    """
    found = _rows(view)
    rows = np.array([row for row in found if row != but], np.int64)
    if not rows.size or np.isnan(lon):
        return ()
    kinds = [found[row] for row in rows.tolist()]
    speed_kn = np.fmax([SPEED_KN[kind] for kind in kinds], view.sog_kn[rows]).astype(float)
    east = np.radians(lon - view.lon[rows]) * np.cos(np.radians(lat)) * EARTH_RADIUS_M
    north = np.radians(lat - view.lat[rows]) * EARTH_RADIUS_M
    soon_s = intercept_s(east, north, vx_ms, vy_ms, speed_kn * KN)
    bearing = bearing_deg_array(view.lon[rows], view.lat[rows], np.full(len(rows), lon), np.full(len(rows), lat))
    order = np.lexsort((view.mmsi[rows], soon_s))
    return tuple(
        Helper(
            int(view.mmsi[rows[i]]), view.name(rows[i]), kinds[i], round(float(np.hypot(east[i], north[i]))),
            round(float(bearing[i])) % 360, round(float(speed_kn[i]), 1), round(float(soon_s[i])),
        )
        for i in order[:MOST].tolist() if np.isfinite(soon_s[i])
    )  # fmt: skip


def _rows(view: View) -> dict[int, str]:
    """Kind of help by row of the view."""
    known = np.flatnonzero(np.isin(view.mmsi, list(assets()))).tolist()
    found = {row: assets()[int(view.mmsi[row])] for row in known}
    for code, kind in TYPES.items():
        found |= {row: kind for row in np.flatnonzero(view.ship_type == code).tolist() if row not in found}
    found |= dict.fromkeys(np.flatnonzero(view.ais_class == CLASS_SAR_AIRCRAFT).tolist(), "SAR aircraft")
    return {row: kind for row, kind in found.items() if not np.isnan(view.lon[row])}
