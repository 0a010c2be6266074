"""The spherical kernels against geodesics on the ellipsoid (pyproj.Geod)."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from surveil.kernels import geodesy as g

GEOD = Geod(ellps="WGS84")
LON, LAT = st.floats(-0.5, 3.2), st.floats(49.8, 51.8)
ANGLE = st.floats(-720, 720)


@settings(deadline=None)  # the first call compiles
@given(LON, LAT, LON, LAT)
def test_distance_and_bearing_agree_with_the_ellipsoid(lon1, lat1, lon2, lat2):
    azimuth, _, exact = GEOD.inv(lon1, lat1, lon2, lat2)
    assert g.distance_m(lon1, lat1, lon2, lat2) == pytest.approx(exact, rel=3.5e-3, abs=1e-3)
    if exact > 1.0:
        assert abs(g.angle_diff_deg(g.bearing_deg(lon1, lat1, lon2, lat2), azimuth)) < 0.2


@settings(deadline=None)  # the first call compiles
@given(LON, LAT, st.floats(0, 359.9), st.floats(1, 200_000))
def test_destination_lies_at_the_bearing_and_distance_asked_for(lon, lat, bearing, distance):
    lon2, lat2 = g.destination_deg(lon, lat, bearing, distance)
    assert g.distance_m(lon, lat, lon2, lat2) == pytest.approx(distance, rel=1e-6, abs=1e-3)
    assert abs(g.angle_diff_deg(g.bearing_deg(lon, lat, lon2, lat2), bearing)) < 1e-2
    exact_lon, exact_lat, _ = GEOD.fwd(lon, lat, bearing, distance)
    assert GEOD.inv(lon2, lat2, exact_lon, exact_lat)[2] < 0.005 * distance + 1e-3


@settings(deadline=None)  # the first call compiles
@given(ANGLE, ANGLE)
def test_angle_difference_is_signed_and_never_more_than_half_a_turn(a, b):
    d = g.angle_diff_deg(a, b)
    assert -180.0 < d <= 180.0
    assert math.cos(math.radians(a - b)) == pytest.approx(math.cos(math.radians(d)), abs=1e-9)
    assert math.sin(math.radians(a - b)) == pytest.approx(math.sin(math.radians(d)), abs=1e-9)


def test_angle_difference_through_north_takes_the_short_way():
    assert g.angle_diff_deg(10.0, 350.0) == 20.0
    assert g.angle_diff_deg(350.0, 10.0) == -20.0
    assert g.angle_diff_deg(180.0, 0.0) == g.angle_diff_deg(0.0, 180.0) == 180.0


@settings(deadline=None)  # the first call compiles
@given(st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180), st.floats(-89, 89))
def test_bearing_stays_below_360_and_distance_within_half_the_world(lon1, lat1, lon2, lat2):
    assert 0.0 <= g.bearing_deg(lon1, lat1, lon2, lat2) < 360.0
    assert 0.0 <= g.distance_m(lon1, lat1, lon2, lat2) <= math.pi * g.EARTH_RADIUS_M


def test_a_missing_position_gives_a_missing_answer():
    assert math.isnan(g.distance_m(math.nan, 51.0, 1.0, 51.0))
    assert math.isnan(g.bearing_deg(1.0, math.nan, 1.0, 51.0))
    assert math.isnan(g.angle_diff_deg(math.nan, 1.0))
    assert all(map(math.isnan, g.destination_deg(1.0, 51.0, math.nan, 10.0)))


def test_arrays_are_the_scalars_row_by_row():
    rng = np.random.default_rng(1)
    a, b, c, d = (rng.uniform(-60, 60, 50) for _ in range(4))
    assert g.distance_m_array(a, b, c, d).tolist() == [g.distance_m(*r) for r in zip(a, b, c, d, strict=True)]
    assert g.bearing_deg_array(a, b, c, d).tolist() == [g.bearing_deg(*r) for r in zip(a, b, c, d, strict=True)]
    assert g.angle_diff_deg_array(a, b).tolist() == [g.angle_diff_deg(*r) for r in zip(a, b, strict=True)]
    got = np.column_stack(g.destination_deg_array(a, b, c, d))
    assert got.tolist() == [list(g.destination_deg(*r)) for r in zip(a, b, c, d, strict=True)]
