"""What the tracker must do at sea: find what is there, and nothing else."""

import dataclasses

import numpy as np
import pytest

from surveil.fusion.tracker import MOST_NATS, Tracker
from tests.fusion.scene import SIDE_M, STEP_MS, sail, scan, sea, shown


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def distance_m(places, states):
    return np.hypot(*(np.asarray(places)[:, None] - states[:, :2]).transpose(2, 0, 1))


def test_every_target_is_tracked_and_nothing_else(rng):
    starts, velocities = rng.uniform(3000, 17_000, (20, 2)), rng.normal(0, 6, (20, 2))
    tracker, places = sail(rng, starts, velocities, 30)
    apart = distance_m(places, shown(tracker))
    assert (apart.min(axis=1) < 60).all()
    assert len(shown(tracker)) == 20


def test_clutter_alone_shows_nothing(rng):
    tracker, _ = sail(rng, np.empty((0, 2)), np.empty((0, 2)), 60, clutter=40)
    assert len(shown(tracker)) == 0


def test_a_boat_seen_three_times_in_ten_is_found_by_persistence(rng):
    tracker, places = sail(rng, [(9000, 9000)], [(2, 0)], 80, pd=0.3)
    assert distance_m(places, shown(tracker)).min() < 100


def test_a_boat_in_dense_clutter_begins_a_track_however_rare_boats_are(rng):
    rare = {"births_per_km2_h": 0.02, "first_per_km2": 0.0}
    tracker, places = sail(rng, [(9000, 9000)], [(2, 0)], 40, clutter=120, **rare)
    assert distance_m(places, shown(tracker)).min() < 100


def test_a_target_out_of_sight_is_kept_and_one_that_is_looked_for_in_vain_is_not(rng):
    for sight, kept in ((0.0, True), (1.0, False)):
        tracker, _ = sail(rng, [(9000, 9000)], [(2, 0)], 20)
        learned = sea()
        for k in range(20, 40):
            tracker.push(scan(k * STEP_MS, np.empty((0, 2)), learned, sight=lambda x, y, s=sight: np.full(len(x), s)))
        assert bool(len(shown(tracker))) is kept


def test_what_has_not_been_seen_for_minutes_is_not_shown(rng):
    tracker, _ = sail(rng, [(9000, 9000)], [(2, 0)], 20)
    tracker.push(scan(20 * STEP_MS + 300_000, np.empty((0, 2)), sea(), sight=lambda x, y: np.zeros(len(x))))
    assert len(shown(tracker)) == 0


def test_the_plots_along_a_hull_are_one_ship(rng):
    tracker, learned = Tracker(), sea()
    for k in range(40):
        along = rng.uniform(-140, 140, rng.integers(1, 4))
        tracker.push(scan(k * STEP_MS, np.stack([9000 + 8 * 3 * k + along, 0 * along + 9000], 1), learned, 30.0, 80.0))
    assert len(shown(tracker)) == 1


def test_two_boats_side_by_side_are_two(rng):
    tracker, _ = sail(rng, [(9000, 9000), (9000, 9200)], [(3, 0), (3, 0)], 30)
    assert len(shown(tracker)) == 2


def test_a_number_stays_with_its_target(rng):
    tracker, learned, numbers = Tracker(), sea(), set()
    for k in range(60):
        tracker.push(scan(k * STEP_MS, rng.normal((9000 + 15 * k, 9000), 20, (1, 2)), learned))
        numbers |= set(tracker.tracks.number[tracker.tracks.shown].tolist())
    assert numbers == {1}


def test_the_tracks_go_on_from_a_checkpoint_as_if_nothing_had_been(rng):
    starts, velocities = rng.uniform(0, SIDE_M, (5, 2)), rng.normal(0, 6, (5, 2))
    tracker, places = sail(rng, starts, velocities, 10)
    other = Tracker()
    other.restore(tracker.state())
    for one in (tracker, other):
        one.push(scan(10 * STEP_MS, places + velocities * 3, sea()))
    for name, values in tracker.state().items():
        np.testing.assert_array_equal(values, other.state()[name])


def test_a_sensor_that_is_not_well_ends_a_track_later(rng):
    exists = []
    for trust in (1.0, 0.2):
        tracker, _ = sail(rng, [(9000, 9000)], [(2, 0)], 20)
        for k in range(20, 26):
            blind = dataclasses.replace(scan(k * STEP_MS, np.empty((0, 2)), sea()), trust=trust)
            tracker.push(blind)
        exists.append(tracker.tracks.exists.max(initial=0))
    assert exists[1] > exists[0] + 0.3


def test_what_a_camera_calls_a_track_adds_up_to_a_bound():
    tracker, learned = Tracker(), sea()
    for k in range(30):
        tracker.push(dataclasses.replace(scan(k * STEP_MS, (9000, 9000), learned), ship_nats=np.array([0.5])))
    assert tracker.tracks.ship_nats[tracker.tracks.shown].tolist() == [MOST_NATS]
