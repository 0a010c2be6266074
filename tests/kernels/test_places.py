"""Polynomials against numpy's, and sight against one place after another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

from surveil.kernels import places

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(0, 9), st.integers(2, 8))
def test_polynomials_are_those_of_numpy(seed, n, d):
    rng = np.random.default_rng(seed)
    (x, y), terms = rng.uniform(-1, 1, (2, n)), rng.normal(0, 1, (3, d, d))
    found = places.polynomials(x, y, terms)
    np.testing.assert_allclose(found, [chebyshev.chebval2d(x, y, each) for each in terms], atol=1e-12)


@given(SEEDS, st.integers(0, 30), st.sampled_from([(0, 360), (300, 120), (40, 90)]))
def test_what_is_seen_is_in_range_in_the_sector_and_before_the_land(seed, n, sector):
    rng = np.random.default_rng(seed)
    x_m, y_m = rng.uniform(-9000, 9000, (2, n))
    land_m = np.where(rng.random(72) < 0.5, np.inf, 5000.0)
    from_deg, width_deg = sector
    found = places.sight(x_m, y_m, 100.0, -50.0, 1.5, from_deg, width_deg, 500.0, 8000.0, land_m)
    for i in range(n):
        east_m, north_m = x_m[i] - 100.0, y_m[i] + 50.0
        range_m, bearing_deg = np.hypot(east_m, north_m), (np.degrees(np.arctan2(east_m, north_m)) + 1.5) % 360
        ray = round(bearing_deg / 5) % 72
        wanted = 500 <= range_m <= 8000 and (bearing_deg - from_deg) % 360 <= width_deg and range_m < land_m[ray]
        assert found[i] == wanted
