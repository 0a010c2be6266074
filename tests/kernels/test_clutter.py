"""Densities and strengths of clutter against plain counting."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels import clutter

SEEDS, PLOTS = st.integers(0, 2**32 - 1), st.integers(0, 40)
CORNER = (-1000.0, 500.0, 250.0)


def cells(x_m, y_m):
    low = np.clip((np.stack([x_m, y_m], axis=1) - CORNER[:2]) // CORNER[2], 0, (5, 3)).astype(int)
    return [tuple(row) for row in low.tolist()]


def scene(seed, m):
    rng = np.random.default_rng(seed)
    counts = rng.choice([0.0, 1.5, 8.0], (6, 4))
    return rng, counts, rng.uniform(-1500, 900, m), rng.uniform(0, 2000, m)


@given(SEEDS, PLOTS)
def test_density_is_what_was_counted_with_the_neighbours_now_and_the_mean(seed, m):
    _, counts, x_m, y_m = scene(seed, m)
    found = clutter.density(x_m, y_m, *CORNER, counts, 7.0, 5.0, 0.3)
    now, known = Counter(cells(x_m, y_m)), counts[counts > 0]
    mean = max((known.mean() if known.size else 0.0) / 7.0, 0.3)
    wanted = [(counts[cell] + now[cell] - 1 + 5.0 * mean) / 13.0 for cell in cells(x_m, y_m)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@given(SEEDS, PLOTS)
def test_learning_counts_each_plot_in_its_cell_after_fading_what_was(seed, m):
    rng, counts, x_m, y_m = scene(seed, m)
    share, wanted = rng.random(m), counts * 0.9
    for cell, part in zip(cells(x_m, y_m), share, strict=True):
        wanted[cell] += part
    clutter.learn(x_m, y_m, share, *CORNER, counts, 0.9)
    np.testing.assert_allclose(counts, wanted, rtol=1e-12)


def strengths(seed, m):
    rng = np.random.default_rng(seed)
    counts = rng.choice([0.0, 3.0, 200.0], 12)
    return counts, np.where(rng.random(m) < 0.2, np.nan, rng.uniform(-5, 30, m)), rng.random(m)


def bin_of(strength_db):
    return int(np.clip(np.floor(strength_db) - 10, 0, 11))


@given(SEEDS, PLOTS)
def test_odds_are_even_strengths_against_those_counted(seed, m):
    counts, strength_db, _ = strengths(seed, m)
    smooth = np.convolve(counts + 0.5, np.full(3, 1 / 3), mode="same") + 1.0
    found = clutter.odds(strength_db, counts, 10.0, 20.0)
    wanted = [1.0 if np.isnan(s) else np.clip(smooth.sum() / 12 / smooth[bin_of(s)], 0.05, 20.0) for s in strength_db]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@given(SEEDS, PLOTS)
def test_strengths_are_counted_in_bins_and_no_more_than_the_memory_holds(seed, m):
    counts, strength_db, share = strengths(seed, m)
    wanted = counts.copy()
    for s, part in zip(strength_db, share, strict=True):
        if not np.isnan(s):
            wanted[bin_of(s)] += part
    wanted *= min(1.0, 500.0 / max(wanted.sum(), 1e-9))
    clutter.learn_strengths(strength_db, share, counts, 10.0, 500.0)
    np.testing.assert_allclose(counts, wanted, rtol=1e-12)
