"""Biases found from ships of known place."""

import numpy as np

from surveil.fusion.registration import Registration


def watch(bias, looks, ships=8, seed=1, wrong=0):
    rng, found = np.random.default_rng(seed), Registration()
    for k in range(looks):
        radial, angular = rng.uniform(-8, 8, ships), rng.uniform(-0.05, 0.05, ships)
        off_m = bias[0] - radial * bias[2] + rng.normal(0, 40, ships)
        off_deg = bias[1] - angular * bias[2] + rng.normal(0, 0.3, ships)
        off_m[:wrong] += 3000
        found.step(k * 3000, off_m, off_deg, radial, angular, np.full(ships, 40.0), np.full(ships, 0.3), 3.0)
    return found


def test_range_bearing_and_time_are_found():
    bias = np.array([120.0, 0.8, -2.0])
    found = watch(bias, 2000)
    assert (np.abs(found.bias - bias) < 3 * found.sigma).all()
    assert (found.sigma < [10, 0.1, 1.5]).all()


def test_wrong_pairs_are_left_out():
    bias = np.array([50.0, 0.2, 0.0])
    assert abs(watch(bias, 2000, wrong=2).bias[0] - 50) < 15


def test_a_bias_that_matters_raises_an_alarm_and_a_small_one_none():
    assert watch((400.0, 0.0, 0.0), 500).alarm
    assert not watch((30.0, 0.1, 0.2), 500).alarm


def test_nothing_seen_is_nothing_known():
    assert not Registration().alarm and (Registration().sigma > [100, 0.5, 1]).all()
