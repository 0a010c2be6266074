"""Buoys, platforms and turbines that the geodata know are no contacts; a boat by them is one."""

import dataclasses

import numpy as np
import pytest

from surveil.areas import load_areas
from surveil.config import SensorConfig, load_config
from surveil.engine import Engine
from surveil.fusion.fixed import Fixed
from surveil.fusion.plane import Plane
from surveil.fusion.tracker import Tracks
from surveil.rules.examples import T0_MS, run, seen_by_radar
from surveil.schema import CLASS_CONTACT, Batch, Plots

PLANE = Plane(1.5, 51.0)


@pytest.fixture(scope="module")
def areas():
    return load_areas()


@pytest.fixture(scope="module")
def buoy(areas):
    return next(p for p in areas.places if p.id == "cs4-buoy")


def track(*places, numbers=None, sigma_m=20.0) -> Tracks:
    """Shown tracks at places on the plane."""
    n = len(places)
    blank = Tracks.none()
    one = Tracks(*(np.zeros(n, a.dtype) for a in vars(blank).values() if a.ndim == 1), np.zeros((n, 4)),
                 np.tile(np.diag([sigma_m**2, sigma_m**2, 1.0, 1.0]), (n, 1, 1)))  # fmt: skip
    one.state[:, :2] = np.reshape(places, (n, 2))
    one.number[:] = np.arange(1, n + 1) if numbers is None else numbers
    return one


def told(fixed, tracks) -> list[bool]:
    return fixed.tick(tracks, tracks.number).tolist()


def test_a_track_that_stays_where_a_buoy_is_known_is_masked_until_it_leaves(areas, buoy):
    fixed, (x_m, y_m) = Fixed(areas, PLANE), PLANE.xy(buoy.lon, buoy.lat)
    beside = x_m + buoy.accuracy_m / 2
    assert told(fixed, track((beside, y_m))) == [True]
    assert told(fixed, track((beside + 60.0, y_m))) == [True], "it swings on its chain"
    assert told(fixed, track((beside + 300.0, y_m))) == [False]
    assert told(fixed, track((beside, y_m))) == [False], "what left was a boat, and stays one"


def test_a_boat_that_comes_by_a_buoy_is_never_masked(areas, buoy):
    fixed, (x_m, y_m) = Fixed(areas, PLANE), PLANE.xy(buoy.lon, buoy.lat)
    for off_m in (3000.0, 400.0, 0.0, 0.0, -400.0):
        assert told(fixed, track((x_m + off_m, y_m))) == [False]


def test_a_mask_outlives_the_moments_in_which_the_buoy_is_not_shown(areas, buoy):
    fixed, at = Fixed(areas, PLANE), PLANE.xy(buoy.lon, buoy.lat)
    assert told(fixed, track(at)) == [True]
    assert fixed.tick(track(), np.array([1])).tolist() == []
    assert fixed.count == 1
    assert told(fixed, track(at)) == [True]
    fixed.tick(track(), np.array([], np.int64))
    assert fixed.count == 0, "a track given up is forgotten"


def test_the_mask_goes_on_from_a_checkpoint(areas, buoy):
    fixed, again, at = Fixed(areas, PLANE), Fixed(areas, PLANE), PLANE.xy(buoy.lon, buoy.lat)
    told(fixed, track(at))
    again.restore(fixed.state())
    assert told(again, track(at)) == told(fixed, track(at)) == [True]


def test_a_satellite_takes_a_wind_farm_for_itself_and_a_buoy_for_nothing(areas, buoy):
    farm = next(p for p in areas.places if p.kind == "wind_farm")
    x_m, y_m = PLANE.xy([farm.lon, buoy.lon], [farm.lat, buoy.lat])
    assert Fixed(areas, PLANE).hold(x_m, y_m, np.full(2, 50.0)).tolist() == [True, False]


def test_a_radar_that_sees_a_buoy_without_ais_gives_no_contact_and_the_run_says_how_many_it_masked(areas, buoy):
    for speed_kn, masked in ((0.0, 1), (4.0, 0)):
        seen = seen_by_radar((buoy.lon, buoy.lat), 30.0, speed_kn, 400)
        engine = Engine(dataclasses.replace(load_config(None), sensors=seen["sensors"]), areas)
        engine.push(Batch.build(plots=seen["plots"]))
        engine.close()
        assert engine.picture.fixed.count == masked
        assert engine.view().ais_class.tolist().count(CLASS_CONTACT) == 1 - masked


def test_a_detection_in_a_wind_farm_is_counted_and_no_contact(areas):
    farm = next(p for p in areas.places if p.kind == "wind_farm")
    config = dataclasses.replace(load_config(None), sensors={"sar": SensorConfig(once="satellite")})
    engine = Engine(config, areas)
    scene = Plots.build(t_ms=np.full(2, T0_MS), sensor=np.zeros(2), seq=[1, 2], lon=[farm.lon, 1.45],
                        lat=[farm.lat, 51.04])  # fmt: skip
    engine.push(Batch.build(plots=scene))
    engine.push(Batch.build(positions=run(235_000_077, (1.3, 50.9), 45.0, 12.0, 120)))
    engine.close()
    assert engine.picture.health()["sar"]["on_fixed"] == 1
    assert engine.view().ais_class.tolist().count(CLASS_CONTACT) == 1
