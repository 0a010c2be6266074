"""The radar's formulas against what their sources print, and against chance itself."""

import math

import numpy as np
import pytest

from surveil.simulate.sensors import physics


@pytest.mark.parametrize("n", [1, 2, 7, 16])
@pytest.mark.parametrize("snr", [0.1, 1.0, 10.0, 100.0])
def test_detection_probability_is_that_of_pulses_drawn_one_by_one(n, snr):
    rng, pfa, trials = np.random.default_rng(n), 1e-3, 100_000
    echo = snr * rng.exponential(size=trials)  # the same in all pulses of a scan: Swerling 1
    pulses = rng.normal(size=(trials, n)) + 1j * rng.normal(size=(trials, n)) + np.sqrt(2 * echo)[:, None]
    share = (np.sum(np.abs(pulses) ** 2, 1) / 2 > physics.threshold(n, pfa)).mean()
    assert physics.swerling1(snr, n, pfa) == pytest.approx(share, abs=4 * math.sqrt(0.25 / trials))


def test_detection_probability_of_one_pulse_is_the_textbook_formula():
    assert physics.swerling1(np.array([3.0, 30.0]), 1, 1e-6) == pytest.approx([1e-6 ** (1 / 4), 1e-6 ** (1 / 31)])


def test_threshold_lets_through_the_stated_share_of_noise():
    noise = np.random.default_rng(1).exponential(size=(200_000, 5)).sum(1)
    assert (noise > physics.threshold(5, 1e-2)).mean() == pytest.approx(1e-2, abs=1e-3)


def test_rain_loss_is_that_of_the_itu_table():
    """P.838-3 table 5, 10 GHz: k 0.01217, alpha 1.2571."""
    assert physics.rain_loss_db_km(1.0, 10e9) == pytest.approx(0.01217, rel=1e-3)
    assert physics.rain_loss_db_km(10.0, 10e9) == pytest.approx(0.01217 * 10**1.2571, rel=2e-3)


def test_sea_clutter_has_the_curves_that_its_authors_print():
    """NRL/MR/5310--12-9346 figure 9, 9.3 GHz horizontal, curves read off to 1.5 dB: sea states 0 to 5."""
    states = np.arange(6)
    at_a_tenth = physics.to_db(physics.sea_reflectivity(0.1, states, 9.3e9))
    at_one = physics.to_db(physics.sea_reflectivity(1.0, states, 9.3e9))
    assert at_a_tenth == pytest.approx([-80, -69.5, -62, -56, -51, -47], abs=1.5)
    assert at_one == pytest.approx([-66.5, -56.5, -49.5, -44, -39, -35.5], abs=1.5)


def test_sea_clutter_is_near_what_was_measured():
    """Points of the same figure (from Nathanson), read off to 1 dB: 0.1 and 1 degree."""
    measured = [(0.1, s, db) for s, db in zip(range(1, 6), (-71, -59, -53, -48, -42), strict=True)]
    measured += [(1.0, s, db) for s, db in zip(range(6), (-60, -51, -46, -40, -36, -34), strict=True)]
    grazing, states, db = np.array(measured).T
    off_db = physics.to_db(physics.sea_reflectivity(grazing, states, 9.3e9)) - db
    assert np.abs(off_db).mean() < 4


@pytest.mark.parametrize("range_m", [5e3, 15e3, 30e3, 44e3])
@pytest.mark.parametrize("target_m", [1.0, 8.0, 30.0])
def test_the_mean_over_a_targets_height_is_that_of_its_slices(range_m, target_m):
    """Each slice with a reflecting point of its own, found by search: equal angles on either side of it."""
    antenna_m, earth_m, lit = 80.0, physics.EFFECTIVE_RADIUS_M, []
    for height_m in target_m * (np.arange(200) + 0.5) / 200:
        if range_m >= physics.horizon_m(antenna_m, height_m):
            lit.append(0.0)
            continue
        to_point = np.linspace(1.0, range_m - 1e-3, 200_001)
        above = antenna_m - to_point**2 / (2 * earth_m)
        below = height_m - (range_m - to_point) ** 2 / (2 * earth_m)
        at = np.argmin(np.abs(above / to_point - below / (range_m - to_point)))
        phase = 4 * math.pi * above[at] * below[at] / (range_m * 0.032)
        lit.append((2 - 2 * math.cos(phase)) ** 2)
    ours = physics.propagation(range_m, antenna_m, target_m, 0.0, 0.032)
    assert ours == pytest.approx(np.mean(lit), abs=0.01) or abs(physics.to_db(ours / np.mean(lit))) < 1.5


def test_a_low_target_loses_its_echo_with_the_eighth_power_of_range():
    """Skolnik 1980, 12.2: beyond the last lobe over a flat, smooth sea F^4 falls as R^-4."""
    near, far = physics.propagation(np.array([9000.0, 12_000.0]), 60.0, 0.5, 0.0, 0.032)
    assert 10 * math.log10(near / far) == pytest.approx(40 * math.log10(12 / 9), abs=1.5)


def test_a_tall_target_over_rough_sea_has_the_echo_of_free_space():
    assert physics.propagation(8000.0, 100.0, 30.0, 4.0, 0.032) == pytest.approx(1.0, abs=0.25)


def test_nothing_is_seen_beyond_the_horizon():
    beyond = 1.01 * physics.horizon_m(60.0, 1.0)
    assert physics.propagation(beyond, 60.0, 1.0, 0.1, 0.032) == 0
    assert physics.horizon_m(15.0, 10.0) / 1852 == pytest.approx(2.22 * (15**0.5 + 10**0.5), rel=0.01)
