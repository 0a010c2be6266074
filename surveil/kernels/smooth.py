"""The path of one vessel with every fix known, later ones too: for the analyst, never for the engine."""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.filter import PATH, PLACE_M2, STAMP_S2, UNKNOWN_M2S2, WANDER_SHARE, spread


@njit(cache=True, nogil=True)
def smooth(t_ms, place_m, told_ms, told_m2s2, wander_m2s2):
    """Rauch-Tung-Striebel smoother of the filter's model without turns (AIAA Journal 3(8), 1965). It looks ahead.

    Parameters
    ----------
    t_ms : int64[n], ascending; place_m : float64[n, 2], fixes in metres east and north of a place nearby
    told_ms : float64[n, 2], velocities told (m/s), NaN where none; told_m2s2 : float64[n], their variances
    wander_m2s2 : float64, least wander of the kind of craft

    Returns
    -------
    state : float64[n, 4], metres east and north, velocity east and north (m/s)
    variance : float64[n, 3], of a component: place (m²), place and velocity (m²/s), velocity (m²/s²)
    """
    n = t_ms.size
    state, variance = np.zeros((n, 4)), np.zeros((n, 3))
    ahead, ahead_variance = np.zeros((n, 4)), np.zeros((n, 3))
    path = np.zeros(1, PATH)
    p = path[0]
    for i in range(n):
        if i == 0:
            x, y, vx, vy = place_m[0, 0], place_m[0, 1], 0.0, 0.0
            pp, pv, vv = 1e6 * PLACE_M2, 0.0, UNKNOWN_M2S2 + wander_m2s2
        else:
            dt_s = (t_ms[i] - t_ms[i - 1]) / 1000.0
            x, y, vx, vy = state[i - 1, 0], state[i - 1, 1], state[i - 1, 2], state[i - 1, 3]
            x, y = x + dt_s * vx, y + dt_s * vy
            p.pp, p.pv, p.vv = variance[i - 1, 0], variance[i - 1, 1], variance[i - 1, 2]
            pp, pv, vv = spread(p, dt_s, max(wander_m2s2, WANDER_SHARE * (vx * vx + vy * vy)))
        ahead[i, 0], ahead[i, 1], ahead[i, 2], ahead[i, 3] = x, y, vx, vy
        ahead_variance[i, 0], ahead_variance[i, 1], ahead_variance[i, 2] = pp, pv, vv
        noise = PLACE_M2 + STAMP_S2 * (vx * vx + vy * vy)
        kp, kv = pp / (pp + noise), pv / (pp + noise)
        off_x, off_y = place_m[i, 0] - x, place_m[i, 1] - y
        x, y, vx, vy = x + kp * off_x, y + kp * off_y, vx + kv * off_x, vy + kv * off_y
        pp, pv, vv = pp - kp * pp, pv - kp * pv, vv - kv * pv
        if not np.isnan(told_ms[i, 0]):
            kp, kv = pv / (vv + told_m2s2[i]), vv / (vv + told_m2s2[i])
            off_x, off_y = told_ms[i, 0] - vx, told_ms[i, 1] - vy
            x, y, vx, vy = x + kp * off_x, y + kp * off_y, vx + kv * off_x, vy + kv * off_y
            pp, pv, vv = pp - kp * pv, pv - kp * vv, vv - kv * vv
        state[i, 0], state[i, 1], state[i, 2], state[i, 3] = x, y, vx, vy
        variance[i, 0], variance[i, 1], variance[i, 2] = pp, pv, vv
    for i in range(n - 2, -1, -1):
        _look_back(i, (t_ms[i + 1] - t_ms[i]) / 1000.0, state, variance, ahead, ahead_variance)
    return state, variance


@njit(cache=True, nogil=True)
def _look_back(i, dt_s, state, variance, ahead, ahead_variance):
    """What the fixes after the i-th say of its state: gain G = P F' M^-1, with M the variance predicted from it."""
    pp, pv, vv = variance[i, 0], variance[i, 1], variance[i, 2]
    mpp, mpv, mvv = ahead_variance[i + 1, 0], ahead_variance[i + 1, 1], ahead_variance[i + 1, 2]
    size = mpp * mvv - mpv * mpv
    if size <= 0.0:
        return
    a, b = pp + dt_s * pv, pv + dt_s * vv  # P F', its first column
    gpp, gpv = (a * mvv - pv * mpv) / size, (pv * mpp - a * mpv) / size
    gvp, gvv = (b * mvv - vv * mpv) / size, (vv * mpp - b * mpv) / size
    for axis in range(2):
        dp = state[i + 1, axis] - ahead[i + 1, axis]
        dv = state[i + 1, axis + 2] - ahead[i + 1, axis + 2]
        state[i, axis] += gpp * dp + gpv * dv
        state[i, axis + 2] += gvp * dp + gvv * dv
    dpp, dpv, dvv = variance[i + 1, 0] - mpp, variance[i + 1, 1] - mpv, variance[i + 1, 2] - mvv
    variance[i, 0] = pp + gpp * (gpp * dpp + gpv * dpv) + gpv * (gpp * dpv + gpv * dvv)
    variance[i, 1] = pv + gvp * (gpp * dpp + gpv * dpv) + gvv * (gpp * dpv + gpv * dvv)
    variance[i, 2] = vv + gvp * (gvp * dpp + gvv * dpv) + gvv * (gvp * dpv + gvv * dvv)
