"""The kernel finds the approaches that looking at every pair and moment finds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.kernels.approach import approaches

NEAR_M, REACH_M = 100.0, 60.0
steps = st.lists(st.tuples(st.floats(-40, 40), st.floats(-40, 40)), min_size=1, max_size=30)
ships = st.lists(
    st.tuples(st.integers(0, 20), st.floats(-400, 400), st.floats(-400, 400), steps), min_size=1, max_size=5
)


def tracks(drawn):
    """(start, first, x_m, y_m) of ships drawn as (first step, place, moves)."""
    paths = [np.cumsum([(x, y), *moves], axis=0) for _, x, y, moves in drawn]
    start = np.cumsum([0, *map(len, paths)]).astype(np.int64)
    x_m, y_m = np.ascontiguousarray(np.concatenate(paths).T)
    return start, np.array([first for first, *_ in drawn], np.int64), x_m, y_m


def twin(start, first, x_m, y_m):
    """Every pair, every moment: the nearest of each unbroken stay within NEAR_M."""
    found = []
    place = [
        {int(first[i]) + k: (x_m[row], y_m[row]) for k, row in enumerate(range(start[i], start[i + 1]))}
        for i in range(len(first))
    ]
    for i in range(len(first)):
        for j in range(i + 1, len(first)):
            stay = []
            for step in range(100):
                near = step in place[i] and step in place[j]
                distance = np.hypot(*np.subtract(place[i][step], place[j][step])) if near else np.inf
                if distance < NEAR_M:
                    stay.append((distance, step))
                elif stay:
                    found.append((i, j, min(stay)[1], min(stay)[0]))
                    stay = []
    return found


@given(ships)
@settings(max_examples=200, deadline=None)
def test_it_agrees_with_looking_at_every_pair_and_moment(drawn):
    arrays = tracks(drawn)
    pairs, apart_m = approaches(*arrays, NEAR_M, REACH_M)
    expected = twin(*arrays)
    assert [tuple(p) for p in pairs.tolist()] == [(i, j, step) for i, j, step, _ in expected]
    assert np.allclose(apart_m, [d for *_, d in expected])


def test_more_approaches_than_the_first_allocation_are_all_kept():
    swing = np.tile([0.0, 500.0], 100)
    start, first = np.array([0, 200, 400], np.int64), np.zeros(2, np.int64)
    pairs, _ = approaches(start, first, np.concatenate([np.zeros(200), swing]), np.zeros(400), NEAR_M, 600.0)
    assert len(pairs) == 100
