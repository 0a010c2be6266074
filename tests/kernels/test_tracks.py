"""The track kernels against their slow, obvious twins."""

import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.config import TracksConfig
from surveil.kernels import tracks as kernel
from surveil.kernels.encounter import witnesses
from surveil.kernels.geodesy import distance_m
from surveil.kernels.motion import wander
from surveil.schema import Positions
from surveil.tracks.table import TrackTable

CONFIG = TracksConfig()


@given(st.lists(st.integers(1, 2**30), max_size=60))
def test_slots_go_by_first_hearing_and_are_found_again(mmsi):
    table = TrackTable(CONFIG)
    slots = table.slots(np.array(mmsi, np.int32))
    assert slots.tolist() == [list(dict.fromkeys(mmsi)).index(m) for m in mmsi]
    assert table.slots(np.array(mmsi, np.int32)).tolist() == slots.tolist()


def test_the_history_keeps_an_entry_every_step_and_the_latest_of_them():
    n = 2 * kernel.RING * kernel.RING_STEP_MS // 10_000
    table = TrackTable(CONFIG)
    t = np.arange(n) * 10_000
    table.apply_positions(Positions.build(t_ms=t, mmsi=[1] * n, lon=1 + t * 1e-9, lat=[51.0] * n))
    kept = np.sort(table.arrays.ring_t_ms[0])
    assert (np.diff(kept) == kernel.RING_STEP_MS).all()
    assert kept[-1] == t[t % kernel.RING_STEP_MS == 0][-1]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200), st.integers(0, 2)), max_size=50))
def test_thinning_keeps_one_row_a_step_and_the_first_of_each_segment(rows):
    rows = sorted(rows, key=lambda r: r[1])
    slot, t, segment = (np.array([r[i] for r in rows], d) for i, d in enumerate((np.int32, np.int64, np.int32)))
    keep = kernel.thin(slot, t, segment, np.full(4, -1000, np.int64), np.full(4, -1, np.int32), 60)
    last = {}
    for i, (s, when, seg) in enumerate(rows):
        wanted = s not in last or when - last[s][0] >= 60 or seg != last[s][1]
        assert keep[i] == wanted
        if wanted:
            last[s] = (when, seg)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(1, 2), st.floats(50, 51), st.integers(0, 100), st.booleans()), max_size=20))
def test_counting_witnesses_agrees_with_its_twin(rows):
    lon, lat, last, craft = (np.array([r[i] for r in rows]) for i in range(4))
    dtypes = (np.float64, np.float64, np.int64, np.bool_)
    columns = [np.asarray(c, d) for c, d in zip((lon, lat, last, craft), dtypes, strict=True)]
    count = witnesses(*columns, np.array([1.5]), np.array([50.5]), np.array([40]), 60, 30_000.0)
    expected = sum(c and t >= 60 and distance_m(1.5, 50.5, x, y) <= 30_000 for x, y, t, c in rows)
    assert count.tolist() == [expected]


@settings(max_examples=50)
@given(st.integers(0, 12), st.integers(0, 60))
def test_wandering_agrees_with_its_twin(entries, window):
    ring = 5
    ring_t, ring_lon, ring_lat = np.zeros((1, ring), np.int64), np.zeros((1, ring)), np.zeros((1, ring))
    path = [(10 * j, 1 + 0.01 * math.sin(j), 51 + 0.003 * j) for j in range(entries)]
    for j, (t, lon, lat) in enumerate(path):
        ring_t[0, j % ring], ring_lon[0, j % ring], ring_lat[0, j % ring] = t, lon, lat
    now = 10 * entries
    span, radius, speed = wander(np.array([0]), now, window, np.array([entries]), ring_t, ring_lon, ring_lat)
    used = [p for p in path[-ring:] if p[0] >= now - window]
    if len(used) < 2:
        assert math.isnan(radius[0])
        return
    mean = [sum(p[i] for p in used) / len(used) for i in (1, 2)]
    made = sum(distance_m(a[1], a[2], b[1], b[2]) for a, b in itertools.pairwise(used))
    assert span[0] == used[-1][0] - used[0][0]
    assert math.isclose(radius[0], max(distance_m(*mean, p[1], p[2]) for p in used), rel_tol=1e-9)
    assert math.isclose(speed[0], made / (span[0] / 1000) * 3600 / 1852, rel_tol=1e-9)
