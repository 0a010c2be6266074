"""Biases found from ships of known place."""

import numpy as np
import pytest
from pyproj import Geod

from surveil.config import SensorConfig
from surveil.fusion.plane import Fitted, Plane
from surveil.fusion.registration import Registration
from surveil.fusion.sensors import Sensor
from surveil.schema import Plots
from surveil.simulate.sensors.coastal import EXAMPLE_SITES, CoastalRadar


def watch(bias, looks, ships=8, seed=1, wrong=0):
    rng, found = np.random.default_rng(seed), Registration()
    for k in range(looks):
        radial, angular = rng.uniform(-8, 8, ships), rng.uniform(-0.05, 0.05, ships)
        off_m = bias[0] - radial * bias[2] + rng.normal(0, 40, ships)
        off_deg = bias[1] - angular * bias[2] + rng.normal(0, 0.3, ships)
        off_m[:wrong] += 3000
        sigma = np.repeat([[40.0], [0.3]], ships, axis=1)
        found.step(k * 3000, np.stack([off_m, off_deg]), np.stack([radial, angular]), sigma, 3.0)
    return found


def test_range_bearing_and_time_are_found():
    bias = np.array([120.0, 0.8, -2.0])
    found = watch(bias, 2000)
    assert (np.abs(found.bias - bias) < 3 * found.sigma).all()
    assert (found.sigma < [10, 0.1, 1.5]).all()


def test_wrong_pairs_are_left_out():
    bias = np.array([50.0, 0.2, 0.0])
    assert abs(watch(bias, 2000, wrong=2).bias[0] - 50) < 15


def test_a_bias_that_matters_raises_an_alarm_and_a_small_one_none():
    assert watch((400.0, 0.0, 0.0), 500).alarm
    assert not watch((30.0, 0.1, 0.2), 500).alarm


def test_nothing_seen_is_nothing_known():
    assert not Registration().alarm and (Registration().sigma > [100, 0.5, 1]).all()


def test_the_simulators_radar_measures_on_the_earth_on_which_its_plots_are_placed():
    """On a sphere its ranges to the north would be 40 m off at 20 km, which the reader would take for a bias."""
    lon, lat, _ = EXAMPLE_SITES["dover"]
    radar = CoastalRadar(name="dover", place=(lon, lat))
    sensor = Sensor("dover", SensorConfig(lon=lon, lat=lat), Plane(1.5, 50.9), None)
    there = np.array([1.35, 1.7, 1.5]), np.array([51.31, 51.1, 50.9])
    range_m, bearing_deg = radar.polar(*there)
    east_m, north_m = sensor.from_it(*sensor.plane.xy(*there))
    polar = np.hypot(east_m, north_m), np.degrees(np.arctan2(east_m, north_m)) % 360
    np.testing.assert_allclose(polar, (range_m, bearing_deg), atol=1e-4)
    plots = Plots.build(t_ms=np.zeros(3), range_m=range_m, bearing_deg=bearing_deg)
    np.testing.assert_allclose(sensor.places(plots)[:2], there, atol=1e-6)
    _, _, geodesic_m = Geod(ellps="WGS84").inv(np.full(3, lon), np.full(3, lat), *there)
    np.testing.assert_allclose(range_m, geodesic_m, atol=1e-3)


def test_places_from_one_plane_to_another_are_those_of_proj():
    here, there = Plane(1.46, 51.0), Plane(1.343, 51.1325)
    at = tuple(float(v) for v in here.xy(there.lon, there.lat))
    x_m, y_m = np.random.default_rng(0).uniform(-44_448, 44_448, (2, 50))
    found = Fitted(at, 48_000.0, lambda x, y: there.xy(*here.lonlat(x, y)))(*here.xy(*there.lonlat(x_m, y_m)))
    np.testing.assert_allclose(found, (x_m, y_m), atol=1e-6)


@pytest.mark.parametrize("lon", [1.343, 179.9])
def test_plots_are_placed_where_proj_places_them_whether_they_are_polar_or_not(lon):
    sensor = Sensor("dover", SensorConfig(lon=lon, lat=51.1325), Plane(lon + 0.1, 51.0), None)
    rng, n = np.random.default_rng(3), 40
    plots = Plots.build(t_ms=np.zeros(n), range_m=rng.uniform(200, 44_000, n), bearing_deg=rng.uniform(0, 360, n))
    bearing = np.radians(plots.bearing_deg.astype(float))
    wanted = sensor._own.lonlat(plots.range_m * np.sin(bearing), plots.range_m * np.cos(bearing))
    found = sensor.places(plots)
    np.testing.assert_allclose(found[:2], wanted, atol=1e-9)
    np.testing.assert_allclose(found[2:], sensor.plane.xy(*wanted), atol=1e-5)
    given = Plots.build(t_ms=np.zeros(n), lon=wanted[0], lat=wanted[1])
    np.testing.assert_array_equal(sensor.places(given)[:2], wanted)
