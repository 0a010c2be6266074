"""Bearings without a range sharpen tracks, and none is lost without a reason."""

import dataclasses

import numpy as np
import pytest

from surveil.areas import load_areas
from surveil.config import SensorConfig
from surveil.fusion import bearings
from surveil.fusion.looks import NO_PLACE, Looks
from surveil.fusion.plane import Plane
from surveil.fusion.sensors import Sensor, ship_nats
from surveil.fusion.tracker import Tracks
from surveil.schema import Plots

T_MS = 1_773_525_600_000


def tracks(*places) -> Tracks:
    """Shown tracks at rest, uncertain by 100 m and 1 m/s."""
    n = len(places)
    none = Tracks.none().join(Tracks(*(np.zeros(n, a.dtype) for a in vars(Tracks.none()).values() if a.ndim == 1),
                                     np.zeros((n, 4)), np.tile(np.diag([1e4, 1e4, 1.0, 1.0]), (n, 1, 1))))  # fmt: skip
    none.state[:, :2], none.shown[:], none.t_ms[:] = places, True, T_MS
    return none


def told(of: Tracks, bearing_deg: float, t_ms=T_MS) -> str:
    sigma = np.radians(0.1)
    return bearings.update(of, t_ms, (0.0, 0.0), np.radians(bearing_deg), sigma, lambda x, y: np.ones(len(x)), 0.02)


def test_a_bearing_moves_a_track_across_the_line_and_not_along_it():
    track = tracks((0.0, 10_000.0))
    assert told(track, np.degrees(np.arctan2(80.0, 10_000.0))) == bearings.USED
    assert 65 < track.state[0, 0] < 80
    assert abs(track.state[0, 1] - 10_000.0) < 1.0
    assert track.cov[0, 0, 0] < 1000
    assert track.cov[0, 1, 1] > 9_900


def test_bearings_over_time_teach_a_velocity():
    track = tracks((0.0, 10_000.0))
    for s in range(0, 100, 10):
        assert told(track, np.degrees(np.arctan2(2.0 * s, 10_000.0)), T_MS + s * 1000) == bearings.USED
    assert track.state[0, 2] == pytest.approx(2.0, abs=0.5)


def test_a_bearing_that_may_be_of_two_tracks_or_of_none_changes_nothing():
    two = tracks((0.0, 10_000.0), (0.0, 6_000.0))
    before = two.state.copy()
    assert told(two, 0.0) == bearings.SEVERAL
    assert told(two, 90.0) == bearings.NO_TRACK
    assert (two.state == before).all()


def test_a_bearing_across_north_is_near_it():
    assert told(tracks((0.0, 10_000.0)), 359.9) == bearings.USED


@pytest.fixture(scope="module")
def camera():
    areas, config = load_areas(), SensorConfig(lon=1.343, lat=51.1325, rotation_s=0.0)
    return lambda: Looks(Sensor("mast", config, Plane(1.5, 51.0), areas))


def rows(bearing_deg) -> Plots:
    n = len(bearing_deg)
    return Plots.build(t_ms=T_MS + 1000 * np.arange(n), bearing_deg=bearing_deg, sensor=np.zeros(n))


def test_every_plot_without_a_place_is_counted_with_its_fate(camera):
    looks = camera()
    looks.push(rows([140.0, np.nan, 150.0]))
    looks.point(Tracks.none(), 0.02)
    assert looks.due(T_MS + 60_000) == []
    assert looks.fates[NO_PLACE] == 1
    assert looks.fates[bearings.NO_TRACK] == 2
    assert looks.health()["last_ms"] == T_MS + 2000


def test_bearings_that_wait_and_the_account_are_in_the_checkpoint(camera):
    looks, again = camera(), camera()
    looks.push(rows([140.0, np.nan]))
    again.restore(looks.state())
    for each in (looks, again):
        each.point(Tracks.none(), 0.02)
    assert again.health() == looks.health()
    assert dataclasses.astuple(again.waiting)[0].size == 0


def test_the_plane_is_turned_to_the_sensors_north(camera):
    sensor = camera().sensor
    far = sensor.plane.xy(*sensor._own.lonlat(15_000 * np.sin(np.radians(140)), 15_000 * np.cos(np.radians(140))))
    on_plane = np.arctan2(far[0] - sensor.at[0], far[1] - sensor.at[1])
    assert sensor.bearings(rows([140.0]))[0][0] == pytest.approx(on_plane, abs=np.radians(0.02))


def test_a_label_speaks_for_its_kind_by_how_sure_the_camera_is():
    labels = np.array([b"ship", b"ship", b"small boat", b"vessel", b""], "S24")
    of = Plots.build(t_ms=np.full(5, T_MS), label=labels, probability=[0.9, np.nan, 0.9, 0.9, 0.9])
    sure, unsure, small, vessel, none = ship_nats(of).tolist()
    assert sure == pytest.approx(np.log(18), abs=1e-5) and small == -sure and vessel == none == 0.0
    assert 0 < unsure < sure
    named = tracks((0.0, 10_000.0))
    bearings.update(named, T_MS, (0.0, 0.0), 0.0, 0.01, lambda x, y: np.ones(len(x)), 0.02, ship_nats=small)
    assert named.ship_nats.tolist() == [small]
