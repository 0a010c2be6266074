"""Who can be there: rescue and patrol craft in the AIS picture, by the time in which they could meet a target."""

from __future__ import annotations

import numpy as np

from surveil.alert import Helper
from surveil.kernels.geodesy import EARTH_RADIUS_M, bearing_deg_array
from surveil.kernels.intercept import intercept_s
from surveil.kernels.tracks import KN
from surveil.rules.rescuers import kinds
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
MOST = 3


def helpers(view: View, lon: float, lat: float, vx_ms: float, vy_ms: float, but: int = -1) -> tuple[Helper, ...]:
    """Up to three craft that can be at a moving target first, at full speed in a straight line; land is not seen.

    A craft that goes faster than its kind's full speed keeps that. ``but`` is the target's own row, left out.
    """
    found = kinds(view)
    rows = np.array([row for row in found if row != but], np.int64)
    if not rows.size or np.isnan(lon):
        return ()
    kind = [found[row] for row in rows.tolist()]
    speed_kn = np.fmax([SPEED_KN[each] for each in kind], view.sog_kn[rows]).astype(float)
    east = np.radians(lon - view.lon[rows]) * np.cos(np.radians(lat)) * EARTH_RADIUS_M
    north = np.radians(lat - view.lat[rows]) * EARTH_RADIUS_M
    soon_s = intercept_s(east, north, vx_ms, vy_ms, speed_kn * KN)
    bearing = bearing_deg_array(view.lon[rows], view.lat[rows], np.full(len(rows), lon), np.full(len(rows), lat))
    order = np.lexsort((view.mmsi[rows], soon_s))
    return tuple(
        Helper(
            int(view.mmsi[rows[i]]), view.name(rows[i]), kind[i], round(float(np.hypot(east[i], north[i]))),
            round(float(bearing[i])) % 360, round(float(speed_kn[i]), 1), round(float(soon_s[i])),
        )
        for i in order[:MOST].tolist() if np.isfinite(soon_s[i])
    )  # fmt: skip
