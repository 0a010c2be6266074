"""How likely a contact is a craft without AIS: what reception says of the AIS it would have, and what it was before."""

import dataclasses

import numpy as np
import pytest

from surveil.areas import load_areas
from surveil.config import SensorConfig
from surveil.fusion import dark
from surveil.fusion.association import Reported
from surveil.fusion.picture import Picture
from surveil.fusion.tracker import Tracks


def p_dark(
    age_s: float, missed: float = np.nan, explained: float = 0.0, strength_db: float = 20.0, ship_nats: float = 0.0
) -> float:
    values = (np.array([v]) for v in (1.0, explained, age_s, strength_db, ship_nats, missed))
    return float(dark.probability(*values)[0])


def test_where_a_craft_with_ais_would_have_been_heard_by_now_it_is_sooner_said_to_have_none():
    heard, unknown, unheard = p_dark(120, 0.001), p_dark(120), p_dark(120, 0.999)
    assert heard > 0.85 > unknown > unheard > 0.5


def test_a_map_that_says_too_much_or_too_little_is_bounded():
    assert p_dark(60, 0.0) == p_dark(60, np.exp(-60 / dark.SOONEST_S)) < 0.8
    assert p_dark(3600, 1.0) == p_dark(3600, np.exp(-3600 / dark.LATEST_S)) > 0.9


def test_what_ais_explains_is_not_dark_and_a_ship_seldom_is():
    assert p_dark(600, 0.0, explained=dark.KNOWN) < 0.1
    assert p_dark(600, 0.0, strength_db=60.0) < p_dark(600, 0.0) - 0.4


def test_what_a_camera_calls_a_ship_seldom_goes_without_ais_and_no_label_changes_nothing():
    boat, ship = p_dark(600, 0.0), p_dark(600, 0.0, strength_db=60.0)
    assert (
        p_dark(600, 0.0, ship_nats=6.0) < boat - 0.1 < boat == pytest.approx(p_dark(600, 0.0, ship_nats=-6.0), abs=0.01)
    )
    assert p_dark(600, 0.0, strength_db=60.0, ship_nats=-6.0) > ship + 0.2


@pytest.fixture(scope="module")
def picture():
    return Picture({"one": SensorConfig(lon=1.343, lat=51.1325, rotation_s=3.0)}, load_areas())


def reported(*slots: int, sigma_m: float = 20.0) -> Reported:
    n, zero = len(slots), np.zeros(len(slots))
    return Reported(np.array(slots, np.int64), zero, zero, zero, zero, np.full(n, sigma_m), np.full(n, 0.5), zero, zero)


def test_a_track_whose_ais_fell_silent_stays_that_craft_until_it_is_heard_elsewhere(picture):
    def silent(slot: int, heard: Reported) -> bool:
        return bool(picture._fell_silent(np.array([7]), np.array([slot]), heard)[0])

    assert not silent(-1, reported(3)), "it never had any"
    assert not silent(3, reported(3))
    assert silent(-1, reported()) and silent(-1, reported(3, sigma_m=900.0)), "not heard since"
    again = Picture({looks.sensor.name: looks.sensor.config for looks in picture.looks.values()}, load_areas())
    again.restore(picture.state())
    assert again._was == {7: 3}
    assert not silent(-1, reported(3)), "heard, and not here"
    assert not silent(-1, reported()), "which is not forgotten"


def test_one_that_is_hidden_for_a_while_is_still_that_craft():
    picture = Picture({"one": SensorConfig(lon=1.343, lat=51.1325, rotation_s=3.0)}, load_areas())
    none = np.array([], np.int64)
    tracked = picture.tracker.tracks = Tracks.none()
    picture.tracker.tracks = dataclasses.replace(
        tracked, **{name: np.zeros(1, values.dtype) for name, values in vars(tracked).items() if values.ndim == 1},
        state=np.zeros((1, 4)), cov=np.zeros((1, 4, 4)),
    )  # fmt: skip
    picture.tracker.tracks.number[:] = 7
    picture._fell_silent(np.array([7]), np.array([3]), reported(3))
    picture._fell_silent(none, none, reported())
    assert picture._fell_silent(np.array([7]), np.array([-1]), reported())[0]
    picture.tracker.tracks = Tracks.none()
    picture._fell_silent(none, none, reported())
    assert picture._was == {}
