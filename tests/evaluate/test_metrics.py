"""OSPA, GOSPA and SIAP: against definitions tried out by hand, and against Stone Soup where it is installed."""

from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics import EPOCH, stone_soup_paths
from benchmarks.metrics import picture as straight_courses
from surveil.evaluate.metrics import associate, gospa, ospa, siap
from surveil.kernels.metrics import NO_OBJECT, NO_TRACK, nearest_truth

CUTOFF_M = 300.0


def picture(seed: int, times: int = 12, objects: int = 4, false: int = 2, gaps: float = 0.15):
    """Truth that comes and goes, tracks near it with gaps and swaps, and false ones."""
    t_s, truth, tracks = straight_courses(seed, times, objects, false, spread_m=2000, noise_m=60)
    rng = np.random.default_rng([seed, 1])
    tracks[rng.random(tracks.shape[:2]) < gaps] = np.nan
    tracks[:2, 0], tracks[-3:, 1] = np.nan, np.nan
    truth[: times // 3, -1] = np.nan
    return t_s, truth, tracks


def at(truth, tracks, t):
    here, there = (part[t][~np.isnan(part[t, :, 0]), :2] for part in (truth, tracks))
    return np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))


def slow_ospa(distance: np.ndarray, order: float) -> float:
    """The twin: every pairing tried."""
    if max(distance.shape) == 0:
        return 0.0
    cut = np.minimum(distance if distance.shape[0] <= distance.shape[1] else distance.T, CUTOFF_M) ** order
    few, many = cut.shape
    total = min(sum(cut[i, j] for i, j in enumerate(p)) for p in permutations(range(many), few))
    return ((total + CUTOFF_M**order * (many - few)) / many) ** (1 / order)


def slow_gospa(distance: np.ndarray, order: float) -> float:
    """The twin: every pairing of every size tried; an object and a track left alone cost half the cut-off each."""
    few, many = sorted(distance.shape)
    cut = np.minimum(distance if distance.shape[0] == few else distance.T, CUTOFF_M) ** order
    half = CUTOFF_M**order / 2
    total = min(sum(cut[i, j] for i, j in enumerate(p)) for p in permutations(range(many), few))
    return (total + half * (many - few)) ** (1 / order)


@pytest.mark.parametrize("order", [1.0, 2.0])
@given(seed=st.integers(0, 10_000))
def test_distances_are_the_least_over_all_pairings(order, seed):
    _, truth, tracks = picture(seed, times=4, objects=3)
    ours = ospa(truth, tracks, cutoff_m=CUTOFF_M, order=order)
    parts = gospa(truth, tracks, cutoff_m=CUTOFF_M, order=order)
    for t in range(len(truth)):
        distance = at(truth, tracks, t)
        assert ours[t] == pytest.approx(slow_ospa(distance, order), abs=1e-9)
        assert parts.distance_m[t] == pytest.approx(slow_gospa(distance, order), abs=1e-9)
    whole = (parts.localisation + parts.missed + parts.false) ** (1 / order)
    np.testing.assert_allclose(whole, parts.distance_m)


@given(seed=st.integers(0, 10_000))
def test_each_track_is_nearest_to_the_object_that_a_search_of_all_finds(seed):
    _, truth, tracks = picture(seed, times=6)
    nearest = nearest_truth(truth, tracks, CUTOFF_M)
    for t, n in np.ndindex(nearest.shape):
        if np.isnan(tracks[t, n, 0]):
            assert nearest[t, n] == NO_TRACK
            continue
        off = np.hypot(*(truth[t, :, :2] - tracks[t, n, :2]).T)
        near = np.where(off < CUTOFF_M, off, np.inf)
        assert nearest[t, n] == (near.argmin() if np.isfinite(near).any() else NO_OBJECT)


def test_a_picture_of_nothing_but_false_tracks_is_spurious():
    t_s, truth, tracks = picture(5)
    nothing = truth[:, :0]
    result = siap(t_s, nothing, tracks, associate(nothing, tracks, threshold_m=200))
    assert (result.completeness, result.spuriousness, result.switches) == (0, 1, 0)


def test_a_perfect_picture_costs_nothing():
    t_s, truth, _ = picture(1)
    assert not ospa(truth, truth, cutoff_m=CUTOFF_M).any()
    assert not gospa(truth, truth, cutoff_m=CUTOFF_M).distance_m.any()
    result = siap(t_s, truth, truth, associate(truth, truth, threshold_m=1.0, confirm=1))
    assert (result.completeness, result.ambiguity, result.spuriousness, result.switches) == (1, 1, 0, 0)
    assert result.position_m == 0 and result.longest_segment == 1


def test_missed_and_false_are_told_apart():
    _, truth, tracks = picture(3, objects=2, false=0)
    tracks[:] = np.nan
    assert gospa(truth, tracks, cutoff_m=CUTOFF_M, order=1.0).missed[-1] == 2 * CUTOFF_M / 2
    assert gospa(tracks, truth, cutoff_m=CUTOFF_M, order=1.0).false[-1] == 2 * CUTOFF_M / 2


def line(y_m: float, times: int = 10) -> np.ndarray:
    one = np.zeros((times, 1, 4))
    one[:, 0, 0], one[:, 0, 1], one[:, 0, 2] = np.arange(times) * 10.0, y_m, 1.0
    return one


def test_an_association_begins_when_confirmed_and_outlives_one_miss():
    truth, track = line(0), line(20)
    track[4, 0, 1] = 500
    found = associate(truth, track, threshold_m=100, confirm=3, misses=2)
    assert (found.start.tolist(), found.end.tolist()) == ([0], [9])
    track[5, 0, 1] = 500
    found = associate(truth, track, threshold_m=100, confirm=3, misses=2)
    assert (found.start.tolist(), found.end.tolist()) == ([0, 6], [3, 9])


def test_a_track_that_changes_its_object_is_a_switch_for_both():
    truth = np.concatenate([line(0, 20), line(1000, 20)], axis=1)
    tracks = truth.copy()
    tracks[10:] = tracks[10:, ::-1]
    found = associate(truth, tracks, threshold_m=100)
    assert siap(np.arange(20) * 10.0, truth, tracks, found).switches == 2
    assert gospa(truth, tracks, cutoff_m=100, order=1.0, switching_m=5).switching_m[10] == 10


def test_grids_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="one grid"):
        ospa(line(0, 3), line(0, 4), cutoff_m=1)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_stone_soup(seed):
    pytest.importorskip("stonesoup", reason="Stone Soup, a peer, is not installed")
    from stonesoup.measures import Euclidean
    from stonesoup.metricgenerator.manager import MultiManager
    from stonesoup.metricgenerator.ospametric import GOSPAMetric, OSPAMetric
    from stonesoup.metricgenerator.tracktotruthmetrics import SIAPMetrics
    from stonesoup.types.association import AssociationSet, TimeRangeAssociation
    from stonesoup.types.time import TimeRange

    t_s, truth, tracks = picture(seed, times=40)
    paths, follows = stone_soup_paths(t_s, truth, tracks)
    place, speed = Euclidean((0, 1)), Euclidean((2, 3))
    for order in (1.0, 2.0):
        manager = MultiManager(
            [GOSPAMetric(c=CUTOFF_M, p=order, switching_penalty=50.0, measure=place)]
            + ([OSPAMetric(c=CUTOFF_M, p=order, measure=place)] if order == 1 else [])
        )
        manager.add_data({"groundtruth_paths": paths, "tracks": follows})
        theirs = manager.generate_metrics()
        ours = gospa(truth, tracks, cutoff_m=CUTOFF_M, order=order, switching_m=50.0)
        series = [m.value["distance"] for m in theirs["gospa_generator"]["GOSPA Metrics"].value]
        np.testing.assert_allclose(ours.distance_m, series, atol=1e-6)
        if order == 1:
            series = [m.value for m in theirs["ospa_generator"]["OSPA distances"].value]
            np.testing.assert_allclose(ospa(truth, tracks, cutoff_m=CUTOFF_M), series, atol=1e-6)
    t_s, truth, tracks = picture(seed, times=40, gaps=0)  # theirs fails on a track with a gap
    paths, follows = stone_soup_paths(t_s, truth, tracks)
    found = associate(truth, tracks, threshold_m=120, confirm=2)
    manager = MultiManager([SIAPMetrics(position_measure=place, velocity_measure=speed)])
    manager.add_data({"groundtruth_paths": paths, "tracks": follows})
    manager.association_set = AssociationSet(
        {
            TimeRangeAssociation({follows[n], paths[j]}, TimeRange(*(EPOCH + timedelta(seconds=t_s[i]) for i in ends)))
            for n, j, *ends in found
        }
    )
    theirs = {name: m.value for name, m in manager.generate_metrics()["siap_generator"].items()}
    ours = siap(t_s, truth, tracks, found)
    pairs = {
        "completeness": "Completeness", "ambiguity": "Ambiguity", "spuriousness": "Spuriousness",
        "position_m": "Position Accuracy", "velocity_ms": "Velocity Accuracy",
        "changes_per_s": "Rate of Track Number Change", "longest_segment": "Longest Track Segment",
    }  # fmt: skip
    for name, title in pairs.items():
        assert getattr(ours, name) == pytest.approx(theirs[f"SIAP {title}"], abs=1e-6), name
