"""The kernels of a scan against plain matrix algebra, every pair tried, and every association tried."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.kernels import jipda

SEEDS = st.integers(0, 2**32 - 1)
GATE2 = 9.0


def tracks(rng, n, spread_m=500.0):
    state = np.hstack([rng.uniform(-spread_m, spread_m, (n, 2)), rng.normal(0, 8, (n, 2))])
    root = rng.normal(0, 1, (n, 4, 4)) * np.array([40, 40, 4, 4])[:, None]
    return state, root @ root.transpose(0, 2, 1) + np.diag([25.0, 25.0, 1.0, 1.0])


def plots(rng, m, spread_m=500.0):
    x_m = np.sort(rng.uniform(-spread_m, spread_m, m))
    root = rng.normal(0, 30, (m, 2, 2))
    full = root @ root.transpose(0, 2, 1) + 10 * np.eye(2)
    noise = np.stack([full[:, 0, 0], full[:, 0, 1], full[:, 1, 1]], axis=1)
    return x_m, rng.uniform(-spread_m, spread_m, m), noise, rng.uniform(-3, 0, m)


def seen_through(dt_s):
    return np.hstack([np.eye(2), dt_s * np.eye(2)])


def square(noise):
    return np.array([[noise[0], noise[1]], [noise[1], noise[2]]])


def innovation(state, cov, x_m, y_m, noise, dt_s):
    h = seen_through(dt_s)
    return np.array([x_m, y_m]) - h @ state, h @ cov @ h.T + square(noise), h


@given(SEEDS, st.integers(0, 4), st.integers(0, 60_000))
def test_prediction_is_that_of_the_matrices(seed, n, step_ms):
    rng = np.random.default_rng(seed)
    (state, cov), exists, accel = tracks(rng, n), rng.random(n), rng.uniform(0, 1, n)
    dt = step_ms / 1000
    move = np.block([[np.eye(2), dt * np.eye(2)], [np.zeros((2, 2)), np.eye(2)]])
    push = np.kron([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]], np.eye(2))
    expected = state @ move.T, move @ cov @ move.T + accel[:, None, None] * push, exists * np.exp(-dt / 900)
    jipda.predict(state, cov, exists, np.full(n, 5000), 5000 + step_ms, accel, 900.0)
    for found, wanted in zip((state, cov, exists), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@given(SEEDS, st.integers(0, 6), st.integers(0, 12))
def test_gates_hold_the_pairs_that_trying_each_finds(seed, n, m):
    rng = np.random.default_rng(seed)
    (state, cov), seen = tracks(rng, n), plots(rng, m)
    first, plot, likelihood = jipda.gate(state, cov, *seen, GATE2)
    found = {(i, int(plot[e])): likelihood[e] for i in range(n) for e in range(first[i], first[i + 1])}
    wanted = {}
    for i, j in product(range(n), range(m)):
        off, s, _ = innovation(state[i], cov[i], *(column[j] for column in seen))
        d2 = off @ np.linalg.solve(s, off)
        if d2 <= GATE2:
            wanted[i, j] = np.exp(-d2 / 2) / (2 * np.pi * np.sqrt(np.linalg.det(s)))
    assert found.keys() == wanted.keys()
    np.testing.assert_allclose([found[pair] for pair in wanted], list(wanted.values()), rtol=1e-7)


def pairs_of(rng, n, m, share):
    held = rng.random((n, m)) < share
    first = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
    plot = np.nonzero(held)[1]
    return held, first, plot, rng.exponential(3, len(plot)), rng.uniform(0.05, 1, n)


def every_association(held, weight, missed):
    """Probabilities of pairs, of tracks alone, and of plots unclaimed, by the sum over all associations."""
    n, m = held.shape
    full = np.zeros((n, m))
    full[held] = weight
    pair, alone, unclaimed, total = np.zeros((n, m)), np.zeros(n), np.zeros(m), 0.0
    for choice in product(range(-1, m), repeat=n):
        taken = [j for j in choice if j >= 0]
        if len(set(taken)) < len(taken):
            continue
        chance = np.prod([full[i, j] if j >= 0 else missed[i] for i, j in enumerate(choice)])
        total += chance
        unclaimed += chance * ~np.isin(np.arange(m), taken)
        for i, j in enumerate(choice):
            if j >= 0:
                pair[i, j] += chance
            else:
                alone[i] += chance
    return pair[held] / total, alone / total, unclaimed / total


@given(SEEDS, st.integers(1, 6))
def test_one_track_has_the_probabilities_of_every_association(seed, m):
    """Belief propagation is exact where the pairs have no loop."""
    rng = np.random.default_rng(seed)
    held, *pairs = pairs_of(rng, 1, m, 0.7)
    found = jipda.marginals(*pairs, m)
    for ours, exact in zip(found, every_association(held, *pairs[2:]), strict=True):
        np.testing.assert_allclose(ours, exact, atol=1e-9)


@given(SEEDS, st.integers(1, 6))
def test_tracks_that_share_one_plot_have_the_probabilities_of_every_association(seed, n):
    rng = np.random.default_rng(seed)
    held, *pairs = pairs_of(rng, n, 1, 0.7)
    found = jipda.marginals(*pairs, 1)
    for ours, exact in zip(found, every_association(held, *pairs[2:]), strict=True):
        np.testing.assert_allclose(ours, exact, atol=1e-6)


@settings(max_examples=60)
@given(SEEDS, st.integers(2, 4), st.integers(2, 4))
def test_a_crowd_has_nearly_the_probabilities_of_every_association(seed, n, m):
    """With loops it errs towards certainty, by less than 0.2 in these crowds (Williams and Lau 2014 find the like)."""
    rng = np.random.default_rng(seed)
    held, *pairs = pairs_of(rng, n, m, 0.8)
    pair, alone, unclaimed = jipda.marginals(*pairs, m)
    for ours, exact in zip((pair, alone, unclaimed), every_association(held, *pairs[2:]), strict=True):
        assert np.abs(ours - exact).max(initial=0) < 0.2
    sums = alone + np.add.reduceat(np.append(pair, 0), pairs[0][:-1]) * (np.diff(pairs[0]) > 0)
    np.testing.assert_allclose(sums, 1, atol=1e-9)


@given(SEEDS, st.integers(1, 4), st.integers(1, 6))
def test_updates_are_the_moments_of_the_mixture(seed, n, m):
    rng = np.random.default_rng(seed)
    (state, cov), seen, exists = tracks(rng, n, 100), plots(rng, m, 100), rng.uniform(0.01, 0.99, n)
    unseen = rng.uniform(0.05, 0.9, n)
    first, plot, likelihood = jipda.gate(state, cov, *seen, 25.0)
    of = np.repeat(np.arange(n), np.diff(first))
    weight = exists[of] * (1 - unseen[of]) * likelihood / 1e-5
    pair, alone, _ = jipda.marginals(first, plot, weight, 1 - exists * (1 - unseen), m)
    wanted = [one_track(state[i], cov[i], exists[i], unseen[i], alone[i], seen, plot[of == i], pair[of == i])
              for i in range(n)]  # fmt: skip
    jipda.update(state, cov, exists, first, plot, pair, alone, unseen, *seen)
    for i, (there, mean, spread) in enumerate(wanted):
        np.testing.assert_allclose(exists[i], there, rtol=1e-9)
        np.testing.assert_allclose(state[i], mean, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(cov[i], spread, rtol=1e-6, atol=1e-6)


def one_track(state, cov, exists, unseen, alone, seen, plot, pair):
    still = alone * exists * unseen / (1 - exists + exists * unseen)
    there = still + pair.sum()
    parts = [(still / there, state, cov)]
    for j, share in zip(plot, pair / there, strict=True):
        off, s, h = innovation(state, cov, *(column[j] for column in seen))
        gain = cov @ h.T @ np.linalg.inv(s)
        parts.append((share, state + gain @ off, cov - gain @ s @ gain.T))
    mean = sum(share * x for share, x, _ in parts)
    return there, mean, sum(share * (p + np.outer(x - mean, x - mean)) for share, x, p in parts)


@given(SEEDS, st.integers(0, 12))
def test_doubles_are_those_that_trying_each_pair_finds(seed, n):
    rng = np.random.default_rng(seed)
    (state, cov), exists = tracks(rng, n, 60), rng.choice([0.2, 0.6, 0.9], n)
    state[:, 2:] /= 8
    found = jipda.doubles(state, cov, exists, np.argsort(state[:, 0], kind="stable"), 0.5, 70.0)
    wanted = [False] * n
    for i, j in product(range(n), range(n)):
        near = np.mean((state[i] - state[j]) ** 2 / (np.diag(cov[i]) + np.diag(cov[j]))) <= 0.5
        if i < j and near and np.hypot(*(state[i] - state[j])[:2]) <= 70:
            wanted[j if exists[i] >= exists[j] else i] = True
    assert found.tolist() == wanted


@given(SEEDS, st.integers(0, 12))
def test_seconds_are_those_that_trying_each_pair_finds(seed, n):
    state = np.random.default_rng(seed).uniform(0, 5, (n, 4))
    apart = state[:, None] - state
    near = (np.hypot(apart[..., 0], apart[..., 1]) < 2) & (np.hypot(apart[..., 2], apart[..., 3]) < 2)
    assert jipda.seconds(state, 2.0, 2.0).tolist() == [bool(near[:j, j].any()) for j in range(n)]


def moments(rng, n, k):
    """Pairs of n tracks and k plots: first, plot."""
    held = rng.random((n, k)) < 0.6
    return np.concatenate([[0], np.cumsum(held.sum(axis=1))]), np.nonzero(held)[1]


@given(SEEDS, st.integers(0, 6), st.integers(1, 6))
def test_weights_are_by_how_often_each_track_is_seen(seed, n, m):
    rng = np.random.default_rng(seed)
    first, plot = moments(rng, n, m)
    likelihood, density, exists = rng.random(len(plot)), rng.uniform(0.1, 1, m), rng.random(n)
    hits, looks, sight = rng.uniform(0, 20, n), rng.uniform(0, 30, n), rng.integers(0, 2, n).astype(float)
    told = jipda.weigh(first, plot, likelihood, density, exists, hits, looks, sight, 0.7, 4.0, 0.2, 0.9)
    pd = np.clip((hits + 4.0 * 0.7) / (looks + 4.0), 0.2, 0.9) * sight
    of = np.repeat(np.arange(n), np.diff(first))
    wanted = exists[of] * pd[of] * likelihood / density[plot], 1 - exists * pd, 1 - pd
    for found, expected in zip(told, wanted, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(SEEDS, st.integers(0, 6), st.integers(1, 6))
def test_what_is_remembered_of_looks_is_their_fading_sum(seed, n, m):
    rng = np.random.default_rng(seed)
    first, plot = moments(rng, n, m)
    of = np.repeat(np.arange(n), np.diff(first))
    pair = rng.dirichlet(np.full(m + 1, 0.3), n)[:, :m][of, plot] if n else np.empty(0)
    hits, looks, sight = rng.uniform(0, 20, n), rng.uniform(0, 30, n), rng.integers(0, 2, n).astype(float)
    seen_ms, strength = np.zeros(n, np.int64), rng.choice([np.nan, 20.0, 40.0], n)
    plot_strength = rng.choice([np.nan, 10.0, 50.0], m)
    total = np.bincount(of, pair, n)
    best = {int(i): int(j) for i, j, p in zip(of, plot, pair, strict=True) if p > 0.5}
    wanted = [hits * (1 - sight / 30) + total, looks * (1 - sight / 30) + sight, np.where(total > 0.5, 7, 0)]
    told = strength.copy()
    for i, j in best.items():
        if not np.isnan(plot_strength[j]):
            before = plot_strength[j] if np.isnan(strength[i]) else strength[i]
            told[i] = before + 0.2 * (plot_strength[j] - before)
    had = jipda.remember(first, plot, pair, sight, hits, looks, seen_ms, 7, strength, plot_strength, 30.0, 0.2)
    assert had.tolist() == [best.get(i, -1) for i in range(n)]
    for found, expected in zip((hits, looks, seen_ms, strength), (*wanted, told), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(SEEDS, st.integers(0, 10), st.integers(0, 10))
def test_tracks_begin_at_plots_that_may_be_new_and_lie_about_no_ship(seed, m, n):
    rng = np.random.default_rng(seed)
    x_m, y_m, noise, dt_s = plots(rng, m)
    exists, (state, _), ships = rng.random(m), tracks(rng, n), rng.random(n) < 0.5
    row, begun, cov = jipda.begin(x_m, y_m, noise, dt_s, exists, 0.3, state, ships, 100.0, 2.0, 64.0)
    apart = np.hypot(x_m[:, None] - state[ships, 0], y_m[:, None] - state[ships, 1])
    near = (apart <= 100.0 + 2.0 * np.sqrt(noise[:, 0] + noise[:, 2])[:, None]).any(axis=1)
    assert row.tolist() == np.flatnonzero((exists >= 0.3) & ~near).tolist()
    for i, j in enumerate(row):
        d = dt_s[j]
        # the place was seen d after the state's time: x = z - d v + e
        wanted = np.zeros((4, 4))
        wanted[:2, :2] = square(noise[j]) + d * d * 64.0 * np.eye(2)
        wanted[:2, 2:] = wanted[2:, :2] = -d * 64.0 * np.eye(2)
        wanted[2:, 2:] = 64.0 * np.eye(2)
        np.testing.assert_allclose(cov[i], wanted)
        np.testing.assert_array_equal(begun[i], [x_m[j], y_m[j], 0, 0])


@given(SEEDS, st.integers(0, 12))
def test_tidying_shows_numbers_and_gives_up_what_each_rule_says(seed, n):
    rng = np.random.default_rng(seed)
    (state, cov), exists = tracks(rng, n, 60), rng.choice([0.01, 0.5, 0.9], n)
    unseen_ms, number = rng.integers(0, 5, n), rng.choice([0, 0, 3], n)
    shown, strong = rng.random(n) < 0.5, rng.random(n) < 0.5
    order, was = np.argsort(state[:, 0], kind="stable"), (shown.copy(), number.copy())
    limits = 0.8, 0.2, 2, 3, 0.05, 0.5, 70.0, 50.0, 10.0
    keep, newly = jipda.tidy(state, cov, exists, unseen_ms, number, 100, shown, strong, order, *limits)
    wanted = ((exists >= 0.8) | (was[0] & (exists >= 0.2))) & (unseen_ms <= 2)
    assert shown.tolist() == wanted.tolist()
    new = np.flatnonzero(wanted & (was[1] == 0))
    assert number[new].tolist() == list(range(100, 100 + len(new))) and newly == len(new)
    gone = jipda.doubles(state, cov, exists, order, 0.5, 70.0)
    ships = np.flatnonzero(wanted & strong)
    gone[ships[jipda.seconds(state[ships], 50.0, 10.0)]] = True
    assert keep.tolist() == (~gone & (exists >= 0.05) & (unseen_ms <= 3)).tolist()
