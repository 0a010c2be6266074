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
