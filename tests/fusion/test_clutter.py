"""What is learned of clutter."""

import numpy as np

from surveil.fusion.clutter import Amplitudes, ClutterMap, Steadiness


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


def steady(*looks) -> Steadiness:
    """After so many looks of so many plots, one after another."""
    of = Steadiness()
    for count, plots in looks:
        for _ in range(count):
            of.step(plots)
    return of


def test_the_looks_of_a_sensor_that_bursts_out_or_goes_nearly_blind_weigh_less():
    for plots in (4000, 3):
        assert steady((300, 200), (40, plots)).trust < 0.5
    assert steady((300, 200), (40, 4000), (100, 200)).trust == 1.0, "it is well again"


def test_rain_many_boats_on_an_empty_sea_and_a_beginning_are_no_fault():
    assert steady((300, 200), (40, 380)).trust == 1.0
    assert steady((300, 1), (40, 15)).trust == 1.0
    assert steady((20, 10), (40, 4000)).trust == 1.0
