"""Kernel that tells rest from way, target by target."""

from __future__ import annotations

import numpy as np
from numba import njit

UNKNOWN, AT_REST, UNDER_WAY = 0, 1, 2


@njit(cache=True, nogil=True)
def rest_and_way(
    is_vessel, last_ms, lon, lat, sog_kn, gap_ms, rest_kn, rest_ms, way_kn, way_ms,
    mode, leaning, since_ms, at_lon, at_lat, heard_ms, origin, left_ms,
):  # fmt: skip
    """Which targets came to rest or set out, of those heard since the last call.

    A target leans to rest at ``rest_kn`` or less and to way at ``way_kn`` or more, since ``since_ms`` and from a
    place; between the two, and without a speed, nothing changes. After a silence over ``gap_ms`` nothing is known.

    Parameters
    ----------
    is_vessel : bool[n], that has been heard with a position; last_ms : int64[n]; lon, lat : float64[n]
    sog_kn : float32[n]; gap_ms, rest_ms, way_ms : int64; rest_kn, way_kn : float64
    mode, leaning : uint8[n]; since_ms, heard_ms, left_ms : int64[n]; at_lon, at_lat : float64[n]; origin : int32[n]
        What is remembered, changed in place; ``mode`` is left for the caller to change.

    Returns
    -------
    int64[k]: targets whose ``mode`` is due to become their ``leaning``
    """
    due, k = np.empty(last_ms.size, np.int64), 0
    for i in range(last_ms.size):
        if not is_vessel[i] or last_ms[i] == heard_ms[i]:
            continue
        if last_ms[i] - heard_ms[i] > gap_ms:
            mode[i], leaning[i], origin[i], left_ms[i] = UNKNOWN, UNKNOWN, -1, 0
        heard_ms[i] = last_ms[i]
        leans = AT_REST if sog_kn[i] <= rest_kn else UNDER_WAY if sog_kn[i] >= way_kn else UNKNOWN
        if leans == UNKNOWN:
            continue
        if leans != leaning[i]:
            leaning[i], since_ms[i], at_lon[i], at_lat[i] = leans, last_ms[i], lon[i], lat[i]
        lasted_ms = last_ms[i] - since_ms[i]
        if leans != mode[i] and lasted_ms >= (rest_ms if leans == AT_REST else way_ms):
            due[k] = i
            k += 1
    return due[:k]
