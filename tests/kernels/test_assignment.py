"""The pairing of rows and columns: against every permutation, tried out."""

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from surveil.kernels.assignment import assign

costs = st.tuples(st.integers(0, 5), st.integers(0, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.25, 40.0, np.inf]))
)


def least_total(cost: np.ndarray) -> float:
    """The twin: the cheapest of all pairings of the shorter side."""
    if cost.shape[0] > cost.shape[1]:
        cost = cost.T
    rows = range(cost.shape[0])
    return min(sum(cost[r, c] for r, c in zip(rows, p)) for p in permutations(range(cost.shape[1]), len(rows)))  # noqa: B905


@given(costs)
def test_no_pairing_is_cheaper(cost):
    column = assign(cost)
    paired = np.flatnonzero(column >= 0)
    assert len(set(column[paired].tolist())) == len(paired)
    least = least_total(cost)
    if np.isinf(least):
        assert not len(paired)
    else:
        assert len(paired) == min(cost.shape)
        assert cost[paired, column[paired]].sum() == least


def test_large_random_costs_leave_no_swap_that_pays():
    cost = np.random.default_rng(7).random((120, 150))
    column = assign(cost)
    rows = np.arange(120)
    straight = cost[rows, column][:, None] + cost[rows, column][None, :]
    swapped = cost[:, column].T + cost[:, column]
    assert (straight <= swapped + 1e-12).all()
