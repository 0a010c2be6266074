"""Offsets against plain trigonometry, and the filter of biases against that of matrices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels import registration

SEEDS, PAIRS = st.integers(0, 2**32 - 1), st.integers(0, 12)


@given(SEEDS, PAIRS)
def test_offsets_are_differences_of_ranges_and_of_bearings_the_short_way(seed, n):
    east_m, north_m = np.random.default_rng(seed).normal(0, 9000, (2, 3, n))
    range_m, bearing = np.hypot(east_m, north_m), np.exp(1j * np.arctan2(east_m, north_m))
    found = registration.offsets(east_m, north_m)
    np.testing.assert_allclose(found[[0, 1, 3]], [range_m[0], range_m[2] - range_m[0], range_m[1] - range_m[0]])
    for row, other in ((2, 2), (4, 1)):
        turned = np.degrees(np.angle(bearing[other] / bearing[0]))
        np.testing.assert_allclose((found[row] - turned + 180) % 360, 180, atol=1e-9)


@given(SEEDS, PAIRS)
def test_biases_are_those_of_the_information_filter_over_the_pairs_in_the_gate(seed, n):
    rng = np.random.default_rng(seed)
    root = rng.normal(0, 1, (3, 3)) * np.array([[50.0], [0.5], [1.0]])
    bias, cov = rng.normal(0, 1, 3), root @ root.T + np.diag([100.0, 0.1, 0.1])
    off, rate = rng.normal(0, [[80.0], [0.8]], (2, n)), rng.normal(0, [[8.0], [0.05]], (2, n))
    variance = rng.uniform(0.5, 2, (2, n)) * np.array([[900.0], [0.09]])
    before, information = bias.copy(), np.linalg.inv(cov)
    pull = np.zeros(3)
    for i in range(n):
        h = np.array([[1.0, 0.0, -rate[0, i]], [0.0, 1.0, -rate[1, i]]])
        left = off[:, i] - h @ before
        if left @ np.linalg.solve(h @ cov @ h.T + np.diag(variance[:, i]), left) <= 9.0:
            information = information + h.T @ np.diag(1 / (20.0 * variance[:, i])) @ h
            pull += h.T @ (left / (20.0 * variance[:, i]))
    spread = np.linalg.inv(information)
    registration.learn(bias, cov, off, rate, variance, 20.0, 9.0)
    np.testing.assert_allclose(cov, spread, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(bias, before + spread @ pull, rtol=1e-6, atol=1e-8)
