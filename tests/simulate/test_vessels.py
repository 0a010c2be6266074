"""Ships obey the triangle of velocities and end where their legs end."""

import numpy as np
import pytest

from surveil.simulate.vessels import (
    KN,
    M2_PERIOD_S,
    M_PER_DEG,
    MOORED,
    Follow,
    Plan,
    Stay,
    Steer,
    Stream,
    beside,
    rounded,
    sail,
    steps_m,
)

HOUR_MS = 3_600_000
STREAM = Stream(high_water_ms=0)
SLACK = Stream(high_water_ms=0, peak_kn=0)
ROUTE = ((1.4, 51.1), (1.6, 51.0), (1.7, 51.0))


def test_stream_runs_north_east_from_before_high_water_and_turns_half_a_period_later():
    east, north = STREAM.at([-1.5 * HOUR_MS + 60_000, 1.6 * HOUR_MS, 5 * HOUR_MS])
    assert (east[:2] > 0).all() and (north[:2] > 0).all() and east[2] < 0 and north[2] < 0
    assert np.hypot(east, north).max() <= STREAM.peak_kn
    turn_ms = (M2_PERIOD_S / 2 - 1.5 * 3600) * 1000
    assert np.hypot(*STREAM.at(turn_ms)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("t_ms", [0, 3 * HOUR_MS, 7 * HOUR_MS])
def test_following_a_route_the_speed_through_the_water_is_the_legs(t_ms):
    track = sail(Plan(t_ms, ROUTE[0], (Follow(ROUTE, 12),)), STREAM, t_ms, t_ms + 20 * HOUR_MS)
    set_east, set_north = STREAM.at(track.t_ms)
    water = np.hypot(track.east_kn - set_east, track.north_kn - set_north)
    assert np.percentile(water, [1, 99]) == pytest.approx([12, 12], abs=0.15)
    assert (track.lon[-1], track.lat[-1]) == pytest.approx(ROUTE[-1], abs=2e-4)


def test_over_the_ground_speed_can_be_held_instead():
    leg = Follow(ROUTE, 3, over_ground=True)
    track = sail(Plan(0, ROUTE[0], (leg,)), STREAM, 0, 20 * HOUR_MS)
    assert np.percentile(track.sog_kn, [1, 99]) == pytest.approx([3, 3], abs=0.05)


def test_a_drift_is_the_integral_of_the_stream():
    track = sail(Plan(0, (1.5, 51.0), (Steer(90, 0, 3 * 3600),)), STREAM, 0, 3 * HOUR_MS)
    east, north = steps_m(track.lon[[0, -1]], track.lat[[0, -1]])
    expected = np.array(STREAM.at(track.t_ms)).sum(axis=1) * KN
    assert np.hypot(east[0] - expected[0], north[0] - expected[1]) < 0.005 * np.hypot(*expected)


def test_a_heading_held_in_slack_water_is_the_course_made_good():
    track = sail(Plan(0, (1.5, 51.0), (Steer(315, 4, 3600),)), SLACK, 0, HOUR_MS)
    assert np.degrees(np.arctan2(track.east_kn, track.north_kn)) % 360 == pytest.approx(315, abs=0.1)
    assert track.sog_kn == pytest.approx(4, abs=0.01)


def test_alongside_nothing_moves_and_departure_is_on_time():
    legs = (Stay(HOUR_MS), Follow(ROUTE, 20, ramp=True))
    track = sail(Plan(0, ROUTE[0], legs), STREAM, 0, 4 * HOUR_MS)
    before = track.t_ms < HOUR_MS
    assert (track.sog_kn[before] == 0).all() and (track.status[before] == MOORED).all()
    assert track.sog_kn[track.t_ms > HOUR_MS + 2000].min() > 0


def test_a_track_is_whole_seconds_without_gap_or_jump():
    legs = (Stay(HOUR_MS), Follow(ROUTE, 20, ramp=True), Steer(10, 2, 600), Follow(ROUTE[::-1], 10))
    track = sail(Plan(0, ROUTE[0], legs), STREAM, 0, 6 * HOUR_MS)
    assert (np.diff(track.t_ms) == 1000).all()
    assert np.hypot(*steps_m(track.lon, track.lat)).max() < 25 * KN


def test_only_the_asked_span_is_sailed():
    track = sail(Plan(-HOUR_MS, ROUTE[0], (Follow(ROUTE, 5),)), STREAM, 0, HOUR_MS)
    assert (track.t_ms[0], track.t_ms[-1]) == (0, HOUR_MS - 1000)
    late = sail(Plan(2 * HOUR_MS, ROUTE[0], (Follow(ROUTE, 5),)), STREAM, 0, HOUR_MS)
    assert len(late.t_ms) == 0


def test_a_route_moved_aside_lies_to_starboard_by_that_much():
    moved = beside([(1.0, 51.0), (1.0, 51.2)], 1000)
    east = (moved[:, 0] - 1) * M_PER_DEG * np.cos(np.radians(51.1))
    assert east == pytest.approx([1000, 1000], rel=1e-6)


def test_corners_are_cut_and_ends_kept():
    points = rounded(ROUTE)
    turn = np.diff(np.unwrap(np.arctan2(*np.diff(points, axis=0).T)))
    assert tuple(points[0]) == ROUTE[0] and tuple(points[-1]) == ROUTE[-1]
    assert np.abs(np.degrees(turn)).max() < 10
