"""Sparse counts: rows of integers found by an int64 key, in an open-addressing table; and cells of a grid as keys."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def place_of(key, keys, table):
    """Where in the table a key stands or would stand.

    Parameters
    ----------
    key : int64, not negative
    keys : int64[m], the key of each row; table : int32[size], a row or -1, size a power of two and never full

    Returns
    -------
    int64, an index into ``table``; -1 there says that the key has no row yet
    """
    mask = table.size - 1
    mixed = key * 2654435761  # Knuth's multiplier; the high bits are brought down, as neighbours differ in the low
    at = (mixed ^ (mixed >> 29)) & mask
    while table[at] != -1 and keys[table[at]] != key:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def find_rows(wanted, keys, table):
    """Row of each key, -1 where it has none. int64[k], int64[m], int32[size] -> int64[k]."""
    rows = np.empty(wanted.size, np.int64)
    for i in range(wanted.size):
        rows[i] = table[place_of(wanted[i], keys, table)]
    return rows


@njit(cache=True, nogil=True)
def enter_keys(new, keys, table, n):
    """Give a row to every key that has none, from row ``n`` on, in place. Returns the number of rows.

    int64[k], int64[m], int32[size], int64 -> int64
    """
    for i in range(new.size):
        at = place_of(new[i], keys, table)
        if table[at] == -1:
            table[at] = n
            keys[n] = new[i]
            n += 1
    return n


@njit(cache=True, nogil=True)
def cell_of(lon, lat, cell_deg, columns):
    """Number of the cell a place is in, row by row from 180 W, 90 S. float64 x 3, int64 -> int64."""
    east = lon + 180.0
    if east >= 360.0:
        east -= 360.0
    elif east < 0.0:
        east += 360.0
    return math.floor((lat + 90.0) / cell_deg) * columns + math.floor(east / cell_deg)


@njit(cache=True, nogil=True)
def beside(cell, dx, dy, columns):
    """The cell so many columns and rows away, round the antimeridian. int64 x 4 -> int64; negative off the poles."""
    y, x = cell // columns, cell % columns
    return (y + dy) * columns + (x + dx) % columns
