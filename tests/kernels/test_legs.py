"""The leg kernel against a slow twin that keeps every fix, and against stops that anyone would see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from surveil.config import TracksConfig
from surveil.kernels.geodesy import bearing_deg, distance_m
from surveil.kernels.legs import HELD, NOT_STOPPED
from surveil.kernels.tracks import APPLIED, IMPLAUSIBLE, KN, NEW_PATH
from surveil.schema import Positions
from surveil.tracks.legs import Legs
from surveil.tracks.table import Applied

CONFIG = TracksConfig(stop_diameter_m=100.0, stop_min_s=310)
MIN_MS = CONFIG.stop_min_s * 1000
STEP_MS = MIN_MS // (HELD - 2)


def rows_of(fixes) -> Positions:
    t_ms, lon, lat = zip(*fixes, strict=True)
    return Positions.build(t_ms=np.array(t_ms), lon=np.array(lon, float), lat=np.array(lat, float))


def run(fixes, segment=None, outcome=None, slot=None, cuts=(), config=CONFIG):
    rows, n = rows_of(fixes), len(fixes)
    slot = np.zeros(n, np.int32) if slot is None else np.array(slot, np.int32)
    segment = np.zeros(n, np.int32) if segment is None else np.array(segment, np.int32)
    outcome = np.full(n, APPLIED, np.uint8) if outcome is None else np.array(outcome, np.uint8)
    legs, parts = Legs(config), []
    for a, b in zip([0, *cuts], [*cuts, n], strict=True):
        applied = Applied(slot[a:b], outcome[a:b], segment[a:b], np.zeros(b - a, np.int8))
        parts.append(legs.apply(rows.take(slice(a, b)), applied))
    return [np.concatenate([getattr(p, name) for p in parts]) for name in ("kn", "deg", "since_ms")]


def diagonal_m(window):
    lons, lats = [x for _, x, _ in window], [y for _, _, y in window]
    east = [(x - lons[0] + 180) % 360 - 180 for x in lons]
    return distance_m(min(east), min(lats), max(east), max(lats))


def twin(fixes, segments):
    """One target, slot 0: the window as a list, in the words of MovingPandas's stop detector but for the box."""
    kn, deg, since, last, last_segment, window, stopped, staying = [], [], [], None, None, [], None, False
    for (t, lon, lat), segment in zip(fixes, segments, strict=True):
        made_kn = made_deg = np.nan
        if segment != last_segment:
            window, stopped, staying = [], None, False
        else:
            metres = distance_m(last[1], last[2], lon, lat)
            if t > last[0]:
                made_kn = metres / ((t - last[0]) / 1000) / KN
            if metres > 0:
                made_deg = bearing_deg(last[1], last[2], lon, lat)
            here = (t, lon, lat)
            if not staying:
                while len(window) > 1 and t - window[0][0] >= MIN_MS:
                    window = window[1:]
            staying = bool(window) and diagonal_m([*window, here]) < CONFIG.stop_diameter_m
            if stopped is not None and not staying:
                window, stopped = [], None
            elif staying and t - window[0][0] >= MIN_MS:
                stopped = window[0][0]
        if stopped is not None or not window or t - window[-1][0] >= STEP_MS:
            window.append((t, lon, lat))
        kn.append(made_kn), deg.append(made_deg), since.append(NOT_STOPPED if stopped is None else stopped)
        last, last_segment = (t, lon, lat), segment
    return np.array(kn), np.array(deg), np.array(since)


move = st.sampled_from([-9, -1, 0, 0, 0, 0, 0, 1, 4])
legs_of_a_day = st.lists(st.tuples(st.integers(0, 90), move, move, st.integers(0, 60)), min_size=1, max_size=80)
"""Seconds on, how far in steps of 1e-4 degrees, and now and then a new segment."""


@given(legs_of_a_day, st.sampled_from([1.3, 179.9995]), st.lists(st.integers(0, 80), max_size=3))
def test_the_kernel_agrees_with_its_twin_however_the_rows_are_cut(steps, lon0, cuts):
    t_ms, lon, lat, segment, fixes, segments = 10**12, lon0, 51.0, 0, [], []
    for seconds, east, north, chance in steps:
        t_ms, lat = t_ms + seconds * 1000, lat + north * 1e-4
        lon = (lon + east * 1e-4 + 180) % 360 - 180
        segment += chance == 60
        fixes.append((t_ms, lon, lat))
        segments.append(segment)
    kn, deg, since = run(fixes, segments, cuts=sorted(c for c in cuts if c <= len(fixes)))
    twin_kn, twin_deg, twin_since = twin(fixes, segments)
    np.testing.assert_allclose(kn, twin_kn, rtol=1e-5)
    np.testing.assert_allclose(deg, twin_deg, rtol=1e-5)
    np.testing.assert_array_equal(since, twin_since)
    event("stopped" if (since != NOT_STOPPED).any() else "never stopped")


def berthed(minutes, from_ms=0, lon=1.3, lat=51.1, every_s=60):
    jitter = np.random.default_rng(minutes).normal(0, 5e-5, (minutes * 60 // every_s, 2))
    return [(from_ms + i * every_s * 1000, lon + x, lat + y) for i, (x, y) in enumerate(jitter)]


def sailing(minutes, from_ms, lon=1.31, lat=51.1):
    return [(from_ms + i * 60_000, lon + i * 0.005, lat) for i in range(minutes)]


def test_a_stop_begins_with_its_first_fix_and_ends_when_the_ship_sails():
    fixes = berthed(30) + sailing(20, 30 * 60_000) + berthed(40, 50 * 60_000, lon=1.5)
    since = run(fixes)[2]
    stops = {int(s) for s in since if s != NOT_STOPPED}
    assert stops == {0, 50 * 60_000}
    assert (since[6:30] == 0).all()
    assert (since[30:56] == NOT_STOPPED).all()


@pytest.mark.parametrize("every_s", [1, 2, 10, 60])
def test_a_stop_is_the_same_however_often_the_ship_reports(every_s):
    since = run(berthed(20, every_s=every_s))[2]
    assert set(since[-10:].tolist()) == {0}


def test_a_slow_drift_is_no_stop():
    fixes = [(i * 60_000, 1.3 + i * 0.0004, 51.1) for i in range(60)]  # 28 m a minute
    assert (run(fixes)[2] == NOT_STOPPED).all()


def test_rows_that_were_not_accepted_say_nothing_and_change_nothing():
    fixes = berthed(20)
    thrown = [*fixes[:10], (fixes[9][0] + 1, 3.0, 51.0), *fixes[10:]]
    outcome = [APPLIED] * 10 + [IMPLAUSIBLE] + [APPLIED] * 10
    with_it, without = run(thrown, outcome=outcome), run(fixes)
    for a, b in zip(with_it, without, strict=True):
        np.testing.assert_array_equal(np.delete(a, 10), b)
    assert np.isnan(with_it[0][10])


def test_a_new_path_starts_anew():
    fixes = berthed(20)
    kn, _, since = run(fixes, segment=[0] * 10 + [1] * 10, outcome=[APPLIED] * 10 + [NEW_PATH] + [APPLIED] * 9)
    assert np.isnan(kn[10])
    assert since[9] == 0
    assert since[10] == NOT_STOPPED


def test_targets_do_not_disturb_each_other():
    ours, theirs = berthed(20), sailing(20, 0, lon=2.0)
    mixed = [fix for pair in zip(ours, theirs, strict=True) for fix in pair]
    together = run(mixed, slot=[0, 500] * 20)
    for at, alone in ((0, run(ours)), (1, run(theirs))):
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_array_equal(a[at::2], b)
