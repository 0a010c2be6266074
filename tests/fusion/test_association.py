"""Which track is which ship."""

import numpy as np

from surveil.fusion.association import Association, Reported

TICK_MS = 10_000


def ais(slots, places, velocities, sigma_m=30.0) -> Reported:
    n = len(slots)
    places, velocities = np.asarray(places, float), np.asarray(velocities, float)
    return Reported(
        np.asarray(slots),
        *places.T,
        *velocities.T,
        np.full(n, sigma_m),
        np.full(n, 0.5),
        np.zeros(n),
        np.full(n, np.nan),
    )


def radar(places, velocities):
    places, velocities = np.asarray(places, float), np.asarray(velocities, float)
    cov = np.tile(np.diag([400.0, 400.0, 0.25, 0.25]), (len(places), 1, 1))
    return np.arange(1, len(places) + 1), np.hstack([places, velocities]), cov


def run(ticks, tracks, reported, association=None, start=0):
    association = association or Association()
    for k in range(start, start + ticks):
        association.step(k * TICK_MS, *tracks(k * 10.0), reported(k * 10.0))
    return association


def test_a_ship_is_known_within_a_minute():
    velocity = np.array([[6.0, 0.0]])
    found = run(6, lambda t: radar(velocity * t + 15, velocity), lambda t: ais([4], velocity * t, velocity))
    assert found.of(np.array([1]))[0].tolist() == [4]


def test_ships_that_pass_close_by_keep_their_names():
    places, velocities = np.array([[0.0, 0.0], [6000.0, 60.0]]), np.array([[6.0, 0.0], [-4.0, 0.0]])
    found = run(
        120,
        lambda t: radar(places + velocities * t, velocities),
        lambda t: ais([7, 3], places + velocities * t, velocities),
    )
    assert found.of(np.array([1, 2]))[0].tolist() == [7, 3]


def test_a_boat_that_runs_beside_a_ship_does_not_take_her_name():
    velocity = np.array([[6.0, 0.0], [6.0, 0.0]])
    places = np.array([[0.0, 0.0], [0.0, 300.0]])
    found = run(
        60,
        lambda t: radar(places + velocity * t, velocity),
        lambda t: ais([7], (places + velocity * t)[:1], velocity[:1]),
    )
    assert found.of(np.array([1, 2]))[0].tolist() == [7, -1]


def test_a_position_minutes_old_still_explains():
    velocity = np.array([[6.0, 0.0]])
    found = run(
        30, lambda t: radar(velocity * t, velocity), lambda t: ais([7], velocity * t + [[150.0, 90.0]], velocity, 200.0)
    )
    assert found.of(np.array([1]))[0].tolist() == [7]


def test_a_pair_that_parts_comes_apart():
    velocity = np.array([[6.0, 0.0]])
    found = run(30, lambda t: radar(velocity * t, velocity), lambda t: ais([7], velocity * t, velocity))
    away = run(
        30,
        lambda t: radar(velocity * t, velocity),
        lambda t: ais([7], velocity * t + [[0, 3000.0]], velocity),
        found,
        30,
    )
    assert away.of(np.array([1]))[0].tolist() == [-1]


def test_one_jump_of_ais_undoes_nothing():
    velocity = np.array([[6.0, 0.0]])
    found = run(30, lambda t: radar(velocity * t, velocity), lambda t: ais([7], velocity * t, velocity))
    run(1, lambda t: radar(velocity * t, velocity), lambda t: ais([7], velocity * t + 9000, velocity), found, 30)
    assert found.of(np.array([1]))[0].tolist() == [7]


def test_a_checkpoint_changes_nothing():
    velocity = np.array([[6.0, 0.0]])
    tracks, reported = (lambda t: radar(velocity * t, velocity)), (lambda t: ais([7], velocity * t, velocity))
    one, other = run(3, tracks, reported), Association()
    other.restore(one.state())
    run(2, tracks, reported, one, 3), run(2, tracks, reported, other, 3)
    for name, values in one.state().items():
        np.testing.assert_array_equal(values, other.state()[name])
