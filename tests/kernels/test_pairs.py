"""The grid finds the same pairs as looking at every two."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels.geodesy import EARTH_RADIUS_M
from surveil.kernels.pairs import pairs

REACH_M, NEAR_M, CLOSE_M, AHEAD_S = 4000.0, 1500.0, 400.0, 600.0
DEG_M = math.radians(1.0) * EARTH_RADIUS_M


def slow_pairs(lon, lat, vx, vy):
    """Every two, one after the other."""
    found = {}
    for i in range(len(lon)):
        for j in range(i + 1, len(lon)):
            east = (lon[j] - lon[i]) * DEG_M * math.cos(math.radians((lat[i] + lat[j]) / 2))
            north = (lat[j] - lat[i]) * DEG_M
            distance = math.hypot(east, north)
            wx, wy = vx[j] - vx[i], vy[j] - vy[i]
            tcpa = -(east * wx + north * wy) / (wx**2 + wy**2) if wx or wy else 0.0
            cpa = math.hypot(east + wx * tcpa, north + wy * tcpa)
            if distance <= NEAR_M or (distance <= REACH_M and 0 <= tcpa <= AHEAD_S and cpa <= CLOSE_M):
                found[i, j] = distance, cpa, tcpa
    return found


@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.sampled_from([0.0, 51.0, -69.9, 84.0]))
def test_the_grid_finds_every_pair_that_a_search_over_all_finds(seed, n, middle):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-0.2, 0.2, n), middle + rng.uniform(-0.1, 0.1, n)
    vx, vy = rng.uniform(-12, 12, (2, n))
    lon[rng.random(n) < 0.1] = np.nan
    found, told = pairs(lon, lat, vx, vy, REACH_M, NEAR_M, CLOSE_M, AHEAD_S)
    fast = {(int(i), int(j)): row for (i, j), row in zip(found.T, told.T, strict=True)}
    slow = slow_pairs(lon, lat, vx, vy)
    assert found.T.tolist() == sorted([i, j] for i, j in slow)
    for pair, expected in slow.items():
        np.testing.assert_allclose(fast[pair], expected, rtol=1e-6, atol=1e-3)


def test_two_on_one_spot_at_one_speed_are_a_pair_that_is_closest_now():
    found, told = pairs(np.ones(2), np.ones(2), np.ones(2), np.ones(2), REACH_M, NEAR_M, CLOSE_M, AHEAD_S)
    assert found.T.tolist() == [[0, 1]]
    assert told.T.tolist() == [[0.0, 0.0, 0.0]]
