"""Histories are asked as looking through them from the start would answer."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels.motion import back_then


def slow_back_then(n, t_ms, sog_kn, cog_deg, at_ms):
    """The last of the entries kept that is not after the time."""
    size = len(t_ms)
    kept = [k % size for k in range(max(0, n - size), n)]
    past = [k for k in kept if t_ms[k] <= at_ms]
    return (sog_kn[past[-1]], cog_deg[past[-1]]) if past else (np.nan, np.nan)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(-10, 2000), st.integers(0, 2**32 - 1))
def test_speed_and_course_back_then_are_those_of_the_last_entry_before(counts, at_ms, seed):
    rng, size = np.random.default_rng(seed), 6
    ring_n = np.array(counts, np.int64)
    t_ms, sog_kn, cog_deg = np.zeros((len(counts), size), np.int64), *rng.random((2, len(counts), size), np.float32)
    for row, n in enumerate(counts):
        times = np.cumsum(rng.integers(1, 200, n))
        for k in range(n):
            t_ms[row, k % size] = times[k]
    slots = np.arange(len(counts), dtype=np.int32)
    sog, cog = back_then(slots, at_ms, ring_n, t_ms, sog_kn, cog_deg)
    expected = [
        slow_back_then(n, *(ring[row] for ring in (t_ms, sog_kn, cog_deg)), at_ms) for row, n in enumerate(counts)
    ]
    np.testing.assert_array_equal(np.c_[sog, cog], expected)
