"""Geometry kernels against shapely, pyproj and the plainest loops."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from surveil.geo.features import Feature
from surveil.geo.index import AreaIndex, CoastIndex, earth_segments, segments_of
from surveil.kernels import geometry as k

GEOD = Geod(ellps="WGS84")
WEST, SOUTH, EAST, NORTH = BOX = (0.0, 50.0, 2.0, 51.0)
SEEDS = st.integers(0, 2**32 - 1)


def area(geometry, kind="watch_area", id="a"):
    return Feature(id, id, kind, None, None, "test", "test", "2020-01-01", 1.0, "", geometry)


def star(rng, lon, lat, reach, corners=12):
    """A ragged polygon without self-intersection round a centre."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    r = reach * rng.uniform(0.3, 1.0, corners)
    corner = np.column_stack([lon + r * np.cos(angle), lat + r * np.sin(angle)])
    return shapely.make_valid(shapely.Polygon(corner))


def ragged_areas(rng):
    """A polygon, one with a hole, and a multipolygon, overlapping."""
    plain = star(rng, 0.7, 50.5, 0.4)
    outer, inner = star(rng, 1.2, 50.5, 0.45, 40), star(rng, 1.2, 50.5, 0.12)
    several = shapely.union_all([star(rng, x, 50.3, 0.08) for x in (0.2, 0.5, 1.5)])
    return tuple(area(g, id=str(i)) for i, g in enumerate([plain, outer.difference(inner), several]))


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_membership_agrees_with_shapely_for_holes_and_multipolygons(seed):
    rng = np.random.default_rng(seed)
    areas = ragged_areas(rng)
    lon, lat = rng.uniform(-0.1, 2.1, 400), rng.uniform(49.9, 51.1, 400)
    got = AreaIndex.build(areas).inside(lon, lat)
    for column, a in enumerate(areas):
        assert np.array_equal(got[:, column], shapely.contains_xy(a.geometry, lon, lat))


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_membership_is_exact_a_metre_either_side_of_a_boundary(seed):
    rng = np.random.default_rng(seed)
    areas = ragged_areas(rng)
    index = AreaIndex.build(areas)
    for column, a in enumerate(areas):
        along = shapely.line_interpolate_point(a.geometry.boundary, rng.uniform(0, 1, 60), normalized=True)
        lon = shapely.get_x(along) + rng.uniform(-1e-5, 1e-5, 60)
        lat = shapely.get_y(along) + rng.uniform(-1e-5, 1e-5, 60)
        assert np.array_equal(index.inside(lon, lat)[:, column], shapely.contains_xy(a.geometry, lon, lat))


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_points_level_with_a_vertex_are_counted_once(seed):
    rng = np.random.default_rng(seed)
    a = area(star(rng, 1.0, 50.5, 0.4))
    lat = shapely.get_coordinates(a.geometry)[:, 1]
    lon = rng.uniform(0.5, 1.5, len(lat))
    apart = shapely.distance(a.geometry.boundary, shapely.points(lon, lat)) > 1e-9
    got = AreaIndex.build((a,)).inside(lon, lat)[:, 0]
    assert np.array_equal(got[apart], shapely.contains_xy(a.geometry, lon, lat)[apart])


def slow_coast_m(lon, lat, segments):
    """Twin: every segment, at points a few metres apart where it matters, by the geodesic."""
    best = math.inf
    for lon1, lat1, lon2, lat2 in segments:
        t = np.linspace(0.0, 1.0, 200)
        n = np.full(len(t), 1.0)
        _, _, d = GEOD.inv(lon * n, lat * n, lon1 + t * (lon2 - lon1), lat1 + t * (lat2 - lat1))
        best = min(best, d.min())
    return best


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_coast_distance_agrees_with_the_geodesic_to_every_segment(seed):
    rng = np.random.default_rng(seed)
    land = [area(star(rng, *at, 0.2, 30), "land") for at in [(0.4, 50.4), (1.5, 50.7)]]
    lon, lat = rng.uniform(WEST, EAST, 8), rng.uniform(SOUTH, NORTH, 8)
    got = CoastIndex.build(land, BOX).distance_m(lon, lat)
    segments = np.concatenate([segments_of(f.geometry) for f in land])
    for i in range(len(lon)):
        assert got[i] == pytest.approx(slow_coast_m(lon[i], lat[i], segments), rel=1e-3, abs=60.0)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_grid_candidates_never_leave_out_the_nearest_segment(seed):
    rng = np.random.default_rng(seed)
    land = [area(star(rng, *at, 0.3, 60), "land") for at in [(0.4, 50.4), (1.5, 50.7), (1.4, 50.2)]]
    index = CoastIndex.build(land, BOX)
    lon, lat = rng.uniform(WEST, EAST, 200), rng.uniform(SOUTH, NORTH, 200)
    got = index.distance_m(lon, lat)
    for i in range(len(lon)):
        at = k.ecef_m(lon[i], lat[i])
        every = [k.segment_distance2(*at, index.segments, s) for s in range(len(index.segments))]
        assert got[i] == k.arc_m(min(every))


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_tree_search_finds_what_looking_at_every_segment_finds(seed):
    rng = np.random.default_rng(seed)
    index = CoastIndex.build([area(star(rng, 1.0, 50.5, 0.4, 500), "land")], BOX)
    boxes = np.tile([[-1e9] * 3 + [1e9] * 3], (1, 1))
    n = len(index.segments)
    chunks = np.tile(boxes, (math.ceil(n / k.NODE), 1))
    groups = np.tile(boxes, (math.ceil(len(chunks) / k.NODE), 1))
    at = k.ecef_m(rng.uniform(WEST, EAST), rng.uniform(SOUTH, NORTH))
    best, best2 = k.nearest_segment(*at, index.segments, chunks, groups, -1)
    every = [k.segment_distance2(*at, index.segments, s) for s in range(n)]
    assert best2 == min(every) and every[best] == best2


def test_a_cut_along_the_rim_of_the_coverage_is_not_coast():
    land = [area(shapely.segmentize(shapely.box(0.0, 50.0, 2.0, 50.5), 0.05), "land")]
    got = CoastIndex.build(land, BOX).distance_m(np.array([1.0]), np.array([50.05]))
    _, _, to_north_shore = GEOD.inv(1.0, 50.05, 1.0, 50.5)
    assert got[0] == pytest.approx(to_north_shore, rel=1e-3)


def test_coverage_without_any_coast_has_no_distance():
    index = CoastIndex.build([area(shapely.box(*BOX), "land")], BOX)
    assert np.isnan(index.distance_m(np.array([1.0]), np.array([50.5]))).all()


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.integers(1, 30))
def test_nearest_point_agrees_with_the_geodesic(seed, n):
    rng = np.random.default_rng(seed)
    to_lon, to_lat = rng.uniform(-0.5, 3.2, n), rng.uniform(49.8, 51.8, n)
    lon, lat = rng.uniform(-0.5, 3.2, 5), rng.uniform(49.8, 51.8, 5)
    index, metres = k.nearest_points(lon, lat, k.ecef_m_array(to_lon, to_lat))
    for i in range(5):
        _, _, exact = GEOD.inv(np.full(n, lon[i]), np.full(n, lat[i]), to_lon, to_lat)
        assert metres[i] == pytest.approx(exact.min(), rel=2e-4, abs=1e-3)
        assert exact[index[i]] == pytest.approx(exact.min(), rel=2e-4, abs=1e-3)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_flow_is_that_of_the_nearest_centreline_segment_of_the_same_area(seed):
    rng = np.random.default_rng(seed)
    flat = rng.uniform([0, 50, 0, 50], [2, 51, 2, 51], (9, 4))
    segments, bearings = earth_segments(flat), rng.uniform(0, 360, 9)
    start, fixed = np.array([0, 4, 4, 9]), np.array([np.nan, 77.0, np.nan])
    lon, lat, column = rng.uniform(0, 2, 30), rng.uniform(50, 51, 30), rng.integers(-1, 3, 30)
    got = k.flow_directions_deg(lon, lat, column, start, segments, bearings, fixed)
    for i, a in enumerate(column):
        own = range(start[a], start[a + 1]) if a >= 0 else []
        want = [(k.segment_distance2(*k.ecef_m(lon[i], lat[i]), segments, s), bearings[s]) for s in own]
        expected = min(want)[1] if want else fixed[a] if a == 1 else math.nan
        assert got[i] == pytest.approx(expected, nan_ok=True)


def test_a_missing_position_is_inside_nothing_and_far_from_nothing():
    nan = np.array([np.nan, 1.0, np.nan])
    lat = np.array([50.5, np.nan, np.nan])
    land = area(shapely.box(0.5, 50.2, 1.5, 50.8), "land")
    assert not AreaIndex.build((land,)).inside(nan, lat).any()
    assert np.isnan(CoastIndex.build([land], BOX).distance_m(nan, lat)).all()
    index, metres = k.nearest_points(nan, lat, k.ecef_m_array(np.array([1.0]), np.array([50.0])))
    assert (index == -1).all() and np.isnan(metres).all()
