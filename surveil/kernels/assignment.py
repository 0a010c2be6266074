"""Who belongs to whom: the pairing of rows and columns at the least total cost. Pure functions over arrays."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _cheapest_path(cost, row, u, v, row_of, path, spent):
    """The cheapest alternating path from a free row to a free column.

    Fills ``path``, the row from which each column is reached, and ``spent``, what that costs. Gives the free column
    (-1: there is no way to one), and the columns in an order in which those from ``remaining`` on were reached.
    """
    n_columns = cost.shape[1]
    left = np.arange(n_columns)
    remaining = n_columns
    spent[:] = np.inf
    least, sink = 0.0, -1
    while sink == -1:
        nearest, at = np.inf, -1
        for k in range(remaining):
            column = left[k]
            through = least + cost[row, column] - u[row] - v[column]
            if through < spent[column]:
                path[column], spent[column] = row, through
            # of equally near columns a free one ends the search
            if spent[column] < nearest or (spent[column] == nearest and row_of[column] == -1):
                nearest, at = spent[column], k
        least = nearest
        if np.isinf(least):
            return -1, remaining, left
        column = left[at]
        remaining -= 1
        left[at], left[remaining] = left[remaining], column
        if row_of[column] == -1:
            sink = column
        else:
            row = row_of[column]
    return sink, remaining, left


@njit(cache=True, nogil=True)
def _wide(cost):
    """:func:`assign` for no more rows than columns."""
    n_rows, n_columns = cost.shape
    u, v = np.zeros(n_rows), np.zeros(n_columns)
    spent, path = np.empty(n_columns), np.full(n_columns, -1)
    column_of, row_of = np.full(n_rows, -1), np.full(n_columns, -1)
    for start in range(n_rows):
        sink, remaining, left = _cheapest_path(cost, start, u, v, row_of, path, spent)
        if sink == -1:
            column_of[:] = -1
            return column_of
        least = spent[sink]
        u[start] += least
        for k in range(remaining, n_columns):
            column = left[k]
            if row_of[column] != -1:
                u[row_of[column]] += least - spent[column]
            v[column] -= least - spent[column]
        while True:
            row = path[sink]
            row_of[sink] = row
            column_of[row], sink = sink, column_of[row]
            if row == start:
                break
    return column_of


@njit(cache=True, nogil=True)
def assign(cost):
    """Pair rows with columns, as many as there are of the fewer, at the least total cost.

    Shortest augmenting paths: Crouse 2016, doi 10.1109/TAES.2016.140952, after Jonker and Volgenant 1987.

    Parameters
    ----------
    cost : float64[m, n], finite or +inf where a pair may not be

    Returns
    -------
    column : int64[m], the column of each row, -1 where it has none; all -1 if no full pairing is allowed
    """
    if cost.shape[0] <= cost.shape[1]:
        return _wide(cost)
    column = np.full(cost.shape[0], -1)
    row_of = _wide(np.ascontiguousarray(cost.T))
    for k in range(row_of.size):
        if row_of[k] >= 0:
            column[row_of[k]] = k
    return column
