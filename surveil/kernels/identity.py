"""Kernels over MMSIs: which form each has and whose digits are in it, and which went on where another fell silent."""

from __future__ import annotations

import numpy as np
from numba import njit

from surveil.kernels.geodesy import destination_deg, distance_m
from surveil.kernels.tracks import KN


@njit(cache=True, nogil=True)
def mmsi_forms(mmsi, forms):
    """The first of some forms that each MMSI has.

    Parameters
    ----------
    mmsi : int64[n]
    forms : int64[k, 4]: kind, first and last number, divisor that brings the country's digits to the end, or 0

    Returns
    -------
    kind : uint8[n], 0 where it has none of the forms
    mid : int64[n], the country's digits, -1 where the form has none
    """
    kind = np.zeros(mmsi.size, np.uint8)
    mid = np.full(mmsi.size, -1, np.int64)
    for i in range(mmsi.size):
        for k in range(forms.shape[0]):
            if forms[k, 1] <= mmsi[i] <= forms[k, 2]:
                kind[i] = forms[k, 0]
                if forms[k, 3] > 0:
                    mid[i] = mmsi[i] // forms[k, 3] % 1000
                break
    return kind, mid


@njit(cache=True, nogil=True)
def fallen_silent(
    new, craft, first_ms, last_ms, lon, lat, sog_kn, cog_deg, window_ms, box_deg, nearby_m, fix_m, drift_ms, gate, most
):
    """For each new number, the old ones that should be where it begins: silent since, and nearest their prediction.

    Each old target is moved on along its last course at its last speed (none: not at all) until the new one is heard.
    Its place then has the standard deviation ``hypot(fix_m, drift_ms * silence)``.

    Parameters
    ----------
    new, craft : int64[n], int64[m] slots; first_ms, last_ms : int64[slots]
    lon, lat, sog_kn, cog_deg : float64[slots], the last two float32
    window_ms : the longest silence; box_deg : half of a box of latitude, and of longitude twice as wide, looked into
    nearby_m : metres; fix_m, drift_ms : metres, m/s; gate : in standard deviations; most : old ones for each new one

    Returns
    -------
    old : int64[n, most] slots, the likeliest first, -1 where there are no more
    silent_s, apart_m, sigma_m : float64[n, most]
    rivals : int64[n], how many fell silent within ``nearby_m`` of it
    """
    old = np.full((new.size, most), -1, np.int64)
    silent_s, apart_m, sigma_m = np.zeros(old.shape), np.zeros(old.shape), np.ones(old.shape)
    rivals = np.zeros(new.size, np.int64)
    northward = craft[np.argsort(lat[craft], kind="mergesort")]
    northward_lat = lat[northward]
    for i in range(new.size):
        k = new[i]
        south = np.searchsorted(northward_lat, lat[k] - box_deg)
        north = np.searchsorted(northward_lat, lat[k] + box_deg)
        for c in northward[south:north]:
            silent_ms = first_ms[k] - last_ms[c]
            if silent_ms <= 0 or silent_ms > window_ms:
                continue
            if abs((lon[c] - lon[k] + 180.0) % 360.0 - 180.0) >= 2 * box_deg:
                continue
            s = (last_ms[k] - last_ms[c]) / 1000.0
            moved_m = 0.0 if np.isnan(sog_kn[c]) or np.isnan(cog_deg[c]) else sog_kn[c] * KN * s
            course_deg = 0.0 if np.isnan(cog_deg[c]) else cog_deg[c]
            at = destination_deg(lon[c], lat[c], course_deg, moved_m)
            d = distance_m(at[0], at[1], lon[k], lat[k])
            rivals[i] += d < nearby_m
            sigma = np.hypot(fix_m, drift_ms * s)
            j = most
            while j > 0 and (old[i, j - 1] < 0 or d / sigma < apart_m[i, j - 1] / sigma_m[i, j - 1]):
                j -= 1
            if d >= gate * sigma or j == most:
                continue
            for column in range(most - 1, j, -1):
                old[i, column], silent_s[i, column] = old[i, column - 1], silent_s[i, column - 1]
                apart_m[i, column], sigma_m[i, column] = apart_m[i, column - 1], sigma_m[i, column - 1]
            old[i, j], silent_s[i, j], apart_m[i, j], sigma_m[i, j] = c, s, d, sigma
    return old, silent_s, apart_m, sigma_m, rivals
