"""Kernel over MMSIs: which form each has, and whose digits are in it."""

from __future__ import annotations

import numpy as np
from numba import njit


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
