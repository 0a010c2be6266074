"""Clusters against joining, again and again, whatever is near enough."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels import plots


def joined_until_nothing_changes(x_m, y_m, reach_m):
    label = list(range(len(x_m)))
    changed = True
    while changed:
        changed = False
        for i in range(len(x_m)):
            for j in range(len(x_m)):
                near = np.hypot(x_m[i] - x_m[j], y_m[i] - y_m[j]) <= min(reach_m[i], reach_m[j])
                if near and label[i] != label[j]:
                    low, high = sorted((label[i], label[j]))
                    label = [low if k == high else k for k in label]
                    changed = True
    numbers = {}
    return [numbers.setdefault(k, len(numbers)) for k in label]


@given(st.integers(0, 2**32 - 1), st.integers(0, 25))
def test_clusters_are_those_of_joining_whatever_is_near(seed, m):
    rng = np.random.default_rng(seed)
    x_m, y_m, reach_m = rng.uniform(0, 1000, m), rng.uniform(0, 1000, m), rng.choice([60.0, 200.0], m)
    of, n = plots.clusters(np.argsort(x_m, kind="stable"), x_m, y_m, reach_m)
    wanted = joined_until_nothing_changes(x_m, y_m, reach_m)
    assert of.tolist() == wanted
    assert n == len(set(wanted))


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_a_cluster_is_the_mean_of_its_plots_and_as_strong_as_the_strongest(seed, m):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 6, m)
    of = np.array([sorted(set(labels)).index(k) for k in labels])
    n, (x_m, y_m), late_ms = len(set(labels)), rng.uniform(0, 500, (2, m)), rng.integers(-3000, 1, m)
    noise, snr_db = rng.uniform(1, 9, (m, 3)), rng.choice([np.nan, 10.0, 20.0], m)
    strength_db = rng.choice([np.nan, 30.0, 50.0], m)
    found = plots.merged(of, n, late_ms, x_m, y_m, noise, snr_db, strength_db, 38.0, 900.0, 25.0)
    for k in range(n):
        own = of == k
        most = [v[own][~np.isnan(v[own])].max() if (~np.isnan(v[own])).any() else np.nan for v in (snr_db, strength_db)]
        spread2 = np.var(x_m[own]) + np.var(y_m[own])
        wander2 = (900.0 if most[1] > 38 else 25.0) + spread2 / 4
        wanted = [np.flatnonzero(own)[0], late_ms[own].mean(), x_m[own].mean(), y_m[own].mean(),
                  noise[own].mean(axis=0) + np.array([wander2, 0, wander2]), *most]  # fmt: skip
        for column, value in zip(found, wanted, strict=True):
            np.testing.assert_allclose(column[k], value, rtol=1e-9)
