"""A scene seen once against where ships could have been."""

import numpy as np
import pytest

from surveil.fusion.snapshots import length_ratio, match

NAN = [np.nan, np.nan]


def test_each_ship_takes_the_detection_that_fits_and_the_other_stays_dark():
    found = match([[5.0, 0.001], [0.001, 5.0], [0.0, 0.0]], [np.nan] * 3, NAN, 0.9, 1e-3)
    np.testing.assert_allclose(found.pair[[0, 1], [0, 1]], 1, atol=0.01)
    assert found.unclaimed[2] == 1 and found.unclaimed[0] < 0.01


def test_one_ship_cannot_be_two_detections():
    found = match([[1.0], [1.0]], NAN, [np.nan], 0.9, 1e-3)
    np.testing.assert_allclose(found.pair.sum(), 1, atol=1e-3)
    np.testing.assert_allclose(found.unclaimed, 0.5, atol=0.01)


def test_a_ship_that_could_hardly_be_there_explains_nothing():
    assert match([[1e-7]], [np.nan], [np.nan], 0.9, 1e-3).unclaimed[0] > 0.99


def test_lengths_tell_apart_what_places_do_not():
    found = match([[1.0, 1.0], [1.0, 1.0]], [300.0, 25.0], [28.0, 280.0], 0.9, 1e-3)
    assert found.pair[0, 1] > 0.95 and found.pair[1, 0] > 0.95


def test_an_unknown_length_says_nothing():
    np.testing.assert_array_equal(length_ratio([np.nan, 50.0], [np.nan]), 1)


@pytest.mark.parametrize("pd", [0.3, 0.9])
def test_probabilities_of_a_detection_add_up(pd):
    rng = np.random.default_rng(3)
    found = match(rng.exponential(1e-3, (4, 1)), [np.nan] * 4, [np.nan], pd, 1e-3)
    np.testing.assert_allclose(found.pair.sum() + found.missed, 1, atol=1e-9)
