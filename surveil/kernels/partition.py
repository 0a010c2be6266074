"""Partition kernels: rows to vessels and a stable order by small keys, in linear time. Pure functions over arrays."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def vessels(mmsi, lon, lat):
    """Number the vessels in the order in which they first occur.

    Parameters
    ----------
    mmsi : int32[n]; lon, lat : float64[n], degrees, NaN where not known

    Returns
    -------
    vessel : int32[n], which vessel a row is of
    number : int32[v], the MMSI of each vessel
    first_lon, first_lat : float64[v], its first known position, NaN if none
    """
    size = 16
    while size < 2 * mmsi.size:
        size *= 2
    table = np.full(size, -1, np.int32)
    vessel = np.empty(mmsi.size, np.int32)
    number = np.empty(mmsi.size, np.int32)
    first_lon, first_lat = np.full(mmsi.size, np.nan), np.full(mmsi.size, np.nan)
    n = 0
    for i in range(mmsi.size):
        at = (np.uint32(mmsi[i]) * np.uint32(2654435769)) & np.uint32(size - 1)
        while table[at] >= 0 and number[table[at]] != mmsi[i]:
            at = (at + np.uint32(1)) & np.uint32(size - 1)
        if table[at] < 0:
            table[at] = n
            number[n] = mmsi[i]
            n += 1
        v = table[at]
        vessel[i] = v
        if np.isnan(first_lon[v]):
            first_lon[v], first_lat[v] = lon[i], lat[i]
    return vessel, number[:n].copy(), first_lon[:n].copy(), first_lat[:n].copy()


@njit(cache=True, nogil=True)
def order_by(key, n_keys, rows):
    """Rows by key, those of the same key as they were: a counting sort.

    Parameters
    ----------
    key : int32[n], 0 to ``n_keys`` - 1; rows : int64[m], indices into ``key``

    Returns
    -------
    int64[m], ``rows`` in the order of their keys
    """
    start = np.zeros(n_keys + 1, np.int64)
    for row in rows:
        start[key[row] + 1] += 1
    for k in range(n_keys):
        start[k + 1] += start[k]
    ordered = np.empty_like(rows)
    for row in rows:
        ordered[start[key[row]]] = row
        start[key[row]] += 1
    return ordered
