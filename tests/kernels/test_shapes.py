"""The circle kernel against numpy's own least squares."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels.filter import DEG_M
from surveil.kernels.shapes import circles


def ring(x, y, lat0=51.0):
    """One slot whose places are x, y metres from (1, lat0), a minute apart."""
    lat = lat0 + np.asarray(y) / DEG_M
    lon = 1.0 + np.asarray(x) / (DEG_M * np.cos(np.radians(lat0)))
    t_ms = 60_000 * np.arange(len(lon), dtype=np.int64)
    return np.array([len(lon)]), t_ms[None], lon[None], lat[None]


def fitted(x, y, since_ms=0):
    return [float(column[0]) for column in circles(np.array([0]), since_ms, *ring(x, y))]


def slow(x, y):
    """Radius and rms by numpy's least squares over the normal form of a circle."""
    a = np.column_stack([x, y, np.ones(len(x))])
    (d, e, f), *_ = np.linalg.lstsq(a, -(x**2 + y**2), rcond=None)
    radius = np.sqrt(d**2 / 4 + e**2 / 4 - f)
    return radius, np.sqrt(np.mean((np.hypot(x + d / 2, y + e / 2) - radius) ** 2))


@given(st.floats(100, 5000), st.floats(0.3, 6.0), st.integers(8, 90), st.floats(0, 0.05), st.integers(0, 1000))
def test_the_circle_is_that_of_least_squares(radius, rounds, n, noise, seed):
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi * rounds, n)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    x, y = x + noise * radius * rng.normal(size=n), y + noise * radius * rng.normal(size=n)
    x, y = x - x[-1], y - y[-1]
    _, found, rms, _ = fitted(x, y)
    expected, expected_rms = slow(x, y)
    assert abs(found - expected) <= 1e-3 * expected + 0.1
    assert abs(rms - expected_rms) <= 1e-3 * expected + 0.1


def test_turns_are_counted_either_way_and_to_and_fro_cancel():
    angle = np.linspace(0, 5 * np.pi, 40)
    for way in (1, -1):
        _, radius, rms, turns = fitted(500 * np.cos(way * angle), 500 * np.sin(way * angle))
        assert abs(radius - 500) < 2
        assert rms < 2
        assert abs(turns - 2.5) < 0.02
    swing = np.abs(np.linspace(-4, 4, 41)) / 2
    assert fitted(500 * np.cos(swing), 500 * np.sin(swing))[3] < 0.05


def test_a_line_and_too_few_places_have_no_circle():
    assert np.isnan(fitted(np.arange(20.0) * 300, np.arange(20.0) * 200)[1])
    assert np.isnan(fitted([0.0, 1.0, 2.0], [0.0, 2.0, 1.0])[1])


def test_only_places_since_the_time_count():
    angle = np.linspace(0, 4 * np.pi, 40)
    assert fitted(500 * np.cos(angle), 500 * np.sin(angle), since_ms=30 * 60_000)[0] == 10
