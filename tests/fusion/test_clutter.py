"""What is learned of clutter."""

import numpy as np

from surveil.fusion.clutter import Amplitudes, ClutterMap


def test_a_patch_is_told_from_quiet_water():
    rng, learned = np.random.default_rng(1), ClutterMap(0, 0, 20_000, 20_000)
    for _ in range(200):
        x_m, y_m = rng.uniform(4000, 6000, rng.poisson(8)), rng.uniform(4000, 6000, 1)
        learned.learn(x_m, np.resize(y_m, len(x_m)), np.ones(len(x_m)))
    here, there = learned.density(np.array([5000.0, 15_000.0]), np.array([5000.0, 15_000.0]))
    assert 1.5 < here < 2.2, "eight plots over four square kilometres"
    assert there < here / 10


def test_at_first_sight_the_neighbours_tell_a_rough_patch():
    rng, learned = np.random.default_rng(1), ClutterMap(0, 0, 20_000, 20_000)
    crowd = rng.uniform(4100, 5900, (2, 30))
    density = learned.density(np.append(crowd[0], 15_000.0), np.append(crowd[1], 15_000.0))
    assert density[0] > 5 * density[-1]


def test_strength_speaks_for_a_target_where_clutter_is_weak():
    rng, learned = np.random.default_rng(1), Amplitudes()
    weak = rng.uniform(11, 15, 5000)
    learned.learn(weak, np.ones(len(weak)))
    odds = learned.odds(np.array([13.0, 40.0, np.nan]))
    assert odds[0] < 0.2 and odds[1] == Amplitudes.MOST and odds[2] == 1


def test_nothing_learned_says_nothing():
    np.testing.assert_allclose(Amplitudes().odds(np.array([10.0, 40.0])), 1, rtol=0.2)
