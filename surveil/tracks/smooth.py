"""A vessel's path in hindsight, for the analyst."""

from __future__ import annotations

import numpy as np

from surveil.kernels.filter import COURSE_2, DEG_M, SPEED_M2S2, STILL_KN, WANDER_M2S2
from surveil.kernels.smooth import smooth
from surveil.kernels.tracks import KN
from surveil.tracks.table import Kinematics


def smoothed(t_ms, lon, lat, sog_kn, cog_deg, ais_class: int = 0) -> Kinematics:
    """State of one vessel at each of its fixes, with the later ones used as well as the earlier.

    It looks ahead: what it says of a time was not known then. The engine never uses it, and no figure of what an alert
    could have known may rest on it.

    Parameters
    ----------
    t_ms : int64[n], ascending; lon, lat : float[n] degrees, of one segment of ``tracks.parquet``; sog_kn, cog_deg :
        float[n], NaN where missing; ais_class : CLASS_*
    """
    t_ms, lon, lat = np.asarray(t_ms, np.int64), np.asarray(lon, float), np.asarray(lat, float)
    speed_ms, course = np.asarray(sog_kn, float) * KN, np.radians(np.asarray(cog_deg, float))
    still = np.isnan(course) & (speed_ms < STILL_KN * KN)
    told = np.column_stack([speed_ms * np.sin(course), speed_ms * np.cos(course)])
    told[still] = 0.0
    if not len(t_ms):
        return Kinematics(*np.empty((7, 0)))
    scale = DEG_M * np.array([np.cos(np.radians(lat.mean())), 1.0])
    east_deg = (lon - lon[0] + 180.0) % 360.0 - 180.0
    place_m = np.column_stack([east_deg, lat - lat[0]]) * scale
    told_m2s2 = SPEED_M2S2 + COURSE_2 * np.nan_to_num(speed_ms) ** 2
    state, variance = smooth(t_ms, place_m, told, told_m2s2, float(WANDER_M2S2[ais_class]))
    found_lon = (lon[0] + state[:, 0] / scale[0] + 180.0) % 360.0 - 180.0
    return Kinematics(found_lon, lat[0] + state[:, 1] / scale[1], state[:, 2], state[:, 3], *variance.T)
