"""A smoothed path is the most likely one given every fix."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.kernels import filter as model
from surveil.kernels.smooth import smooth
from surveil.tracks.smooth import smoothed


def most_likely(t_ms, x_m, v_ms, told_m2s2, wander_m2s2):
    """One axis of a slow ship, whose wander is the least and whose stamps do not matter: all fixes in one system."""
    n, tau = len(t_ms), model.WANDER_S
    prior = np.diag([1e6 * model.PLACE_M2, model.UNKNOWN_M2S2 + wander_m2s2])
    weight, pull = np.zeros((2 * n, 2 * n)), np.zeros(2 * n)

    def add(rows, measured, noise):
        inverse = np.linalg.inv(np.atleast_2d(noise))
        weight[:] += rows.T @ inverse @ rows
        pull[:] += rows.T @ inverse @ np.atleast_1d(measured)

    each = np.eye(2 * n)
    add(each[:2], np.array([x_m[0], 0.0]), prior)
    for i in range(n):
        add(each[[2 * i]], x_m[i], model.PLACE_M2)
        if not np.isnan(v_ms[i]):
            add(each[[2 * i + 1]], v_ms[i], told_m2s2[i])
        if i:
            dt = (t_ms[i] - t_ms[i - 1]) / 1000
            x = dt / tau
            noise = wander_m2s2 * np.array(
                [[tau**2 * 2 / 3 * x**3 / (1 + 0.5774 * x) ** 2, tau * x**2 / (1 + x) ** 2],
                 [tau * x**2 / (1 + x) ** 2, 2 * x / (1 + 2 * x)]]
            )  # fmt: skip
            step = np.zeros((2, 2 * n))
            step[:, 2 * i : 2 * i + 2] = np.eye(2)
            step[:, 2 * i - 2 : 2 * i] = -np.array([[1, dt], [0, 1]])
            add(step, np.zeros(2), noise)
    return np.linalg.solve(weight, pull).reshape(n, 2), np.linalg.inv(weight)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(2, 300), st.floats(-0.2, 0.2), st.booleans()), min_size=1, max_size=12))
def test_smoothing_agrees_with_the_most_likely_path(rows):
    t_ms = np.cumsum([r[0] for r in rows]) * 1000
    x = np.array([r[1] for r in rows])
    v = np.where([r[2] for r in rows], 0.0, np.nan)
    told = np.full(len(rows), model.SPEED_M2S2)
    state, variance = smooth(t_ms, np.column_stack([x, x]), np.column_stack([v, v]), told, 400.0)
    expected, cov = most_likely(t_ms, x, v, told, 400.0)
    assert np.allclose(state[:, [0, 2]], expected, rtol=1e-3, atol=1e-4)
    assert np.allclose(variance[:, 0], np.diag(cov)[::2], rtol=1e-3)
    assert np.allclose(variance[:, 2], np.diag(cov)[1::2], rtol=1e-3)


def test_smoothing_comes_nearer_to_the_truth_than_the_fixes():
    chance = np.random.default_rng(1)
    t = np.arange(200) * 10.0
    north = t * 6.0 / model.DEG_M
    noise = chance.normal(0, 10 / model.DEG_M, 200)
    found = smoothed(
        (t * 1000).astype(np.int64), np.full(200, 1.4), 51 + north + noise, np.full(200, 11.66), np.zeros(200)
    )
    assert np.std(found.lat - 51 - north) < 0.4 * np.std(noise)
    assert abs(np.median(found.sog_kn) - 11.66) < 0.1
