"""The shipped geodata and the questions asked of them."""

import json
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from surveil.areas import load_areas
from surveil.errors import GeodataError
from surveil.geo.features import PROPERTIES
from surveil.kernels.geodesy import angle_diff_deg
from surveil.resources import resource

GEOD = Geod(ellps="WGS84")
DOVER = (1.3335, 51.1265)
MPC_BUOY = (1.6365, 51.1017)
MID_SW_LANE = (1.36386, 50.99174)
MID_NE_LANE = (1.5389, 50.9754)


@pytest.fixture(scope="module")
def areas():
    return load_areas()


def ids_at(areas, lon, lat):
    return {f.id for f, held in zip(areas.features, areas.inside(lon, lat)[0], strict=True) if held}


def feature(areas, id):
    return next(f for f in areas.features + areas.lines + areas.places if f.id == id)


def random_positions(n=3000):
    rng = np.random.default_rng(7)
    return rng.uniform(-0.6, 3.3, n), rng.uniform(49.7, 51.9, n)


# what the files say


def test_every_feature_says_source_licence_date_and_accuracy(areas):
    for f in areas.features + areas.lines + areas.places:
        assert f.source and f.licence and f.date and f.accuracy_m > 0, f.id


def test_what_came_from_openstreetmap_is_under_the_odbl(areas):
    for f in areas.features + areas.lines + areas.places:
        assert f.licence == "ODbL-1.0" or "OpenStreetMap seamark" not in f.source, f.id
    for path in resource("geodata").glob("*.geojson"):
        text = path.read_text(encoding="utf-8")
        assert "ODbL-1.0" not in text or "(c) OpenStreetMap contributors" in text, path.name


def test_every_geodata_file_stands_in_sources():
    sources = resource("geodata", "SOURCES.md").read_text(encoding="utf-8")
    for path in resource("geodata").iterdir():
        assert path.name in sources or path.name == "SOURCES.md", path.name
    assert "NOT FOR NAVIGATION" in sources


def test_coordinates_are_rounded_to_five_decimals(areas):
    for f in areas.features + areas.lines:
        xy = shapely.get_coordinates(f.geometry)
        assert np.abs(xy - np.round(xy, 5)).max() < 1e-9, f.id


# known facts


def test_the_middle_of_the_sw_lane_is_in_the_lane_and_flows_south_west(areas):
    assert "lane-sw" in ids_at(areas, *MID_SW_LANE)
    assert abs(angle_diff_deg(areas.flow_deg(areas.column("lane-sw"), *MID_SW_LANE), 228.0)) < 10
    assert not {"lane-ne", "separation-zone-main"} & ids_at(areas, *MID_SW_LANE)


def test_the_middle_of_the_ne_lane_is_in_the_lane_and_flows_north_east(areas):
    assert "lane-ne" in ids_at(areas, *MID_NE_LANE)
    assert abs(angle_diff_deg(areas.flow_deg(areas.column("lane-ne"), *MID_NE_LANE), 45.0)) < 15


def test_the_mpc_buoy_marks_the_tip_of_the_main_separation_zone(areas):
    zone = feature(areas, "separation-zone-main").geometry
    tip = zone.boundary.interpolate(zone.boundary.project(shapely.Point(MPC_BUOY)))
    assert GEOD.inv(*MPC_BUOY, tip.x, tip.y)[2] < 250


def test_lanes_zones_and_deep_water_route_do_not_overlap(areas):
    columns = areas.columns_of("lane", "separation_zone", "deep_water_route")
    lon, lat = random_positions(20_000)
    assert (areas.inside(lon, lat)[:, columns].sum(axis=1) > 1).mean() < 0.001


def test_every_lane_has_a_flow_and_its_centreline_lies_inside_it(areas):
    for column in areas.columns_of("lane", "deep_water_route"):
        lane = areas.features[column]
        lines = [f.geometry for f in areas.lines if f.lane == lane.id]
        assert lines, lane.id
        for line in lines:
            assert line.difference(lane.geometry.buffer(lane.accuracy_m / 70_000)).is_empty, lane.id


@pytest.mark.parametrize("kinds", [("beach",), ("port", "harbour"), ("headland",)])
def test_places_on_the_shore_lie_within_1500_m_of_it(areas, kinds):
    places = [areas.places[i] for i in areas.places_of(*kinds)]
    off = areas.coast_m([p.lon for p in places], [p.lat for p in places])
    far = {p.id for p, d in zip(places, off, strict=True) if not d < 1500}
    assert far <= {"sandwich"}  # 2.7 km up the Stour


def test_buoys_banks_and_lightvessels_are_at_sea(areas):
    places = [areas.places[i] for i in areas.places_of("buoy", "bank", "lightvessel", "wind_farm")]
    assert not areas.on_land([p.lon for p in places], [p.lat for p in places]).any()


def test_ferry_routes_and_anchorages_are_clear_of_land(areas):
    land = shapely.union_all([areas.features[c].geometry for c in areas.columns_of("land")])
    routes = [f for f in areas.lines if f.kind == "ferry_route"]
    grounds = [areas.features[c] for c in areas.columns_of("anchorage")]
    assert len(routes) == 3 and len(grounds) == 3
    for f in routes + grounds:
        assert not f.geometry.intersects(land), f.id


def crossings(route, lane):
    return [p for p in shapely.get_parts(route.geometry.intersection(lane.geometry)) if not p.is_empty]


def test_ferry_routes_cross_the_lanes_far_from_along_them(areas):
    lanes = [areas.features[c] for c in areas.columns_of("lane")]
    for route in (f for f in areas.lines if f.kind == "ferry_route"):
        for lane in lanes:
            for part in crossings(route, lane):
                (lon1, lat1), (lon2, lat2) = part.coords[0], part.coords[-1]
                course = GEOD.inv(lon1, lat1, lon2, lat2)[0]
                flow = areas.flow_deg(areas.column(lane.id), (lon1 + lon2) / 2, (lat1 + lat2) / 2)
                assert abs(abs(angle_diff_deg(course, flow)) - 90) < 25, (route.id, lane.id)


def test_calais_is_france_and_dover_is_britain(areas):
    assert "land-continent" in ids_at(areas, 1.90, 50.93)
    assert "land-great-britain" in ids_at(areas, 1.28, 51.14)
    assert areas.on_land([1.90, 1.28, MPC_BUOY[0]], [50.93, 51.14, MPC_BUOY[1]]).tolist() == [
        True,
        True,
        False,
    ]


def test_mid_channel_is_farther_from_the_coast_than_dover_harbour(areas):
    dover, mpc = areas.coast_m([DOVER[0], MPC_BUOY[0]], [DOVER[1], MPC_BUOY[1]])
    assert dover < 600 and 15_000 < mpc < 20_000


# questions


def test_membership_agrees_with_shapely_everywhere(areas):
    lon, lat = random_positions()
    got = areas.inside(lon, lat)
    assert got.shape == (len(lon), len(areas.features))
    for column, f in enumerate(areas.features):
        assert np.array_equal(got[:, column], shapely.contains_xy(f.geometry, lon, lat)), f.id


def test_coast_distance_agrees_with_shapely_in_a_local_projection(areas):
    from pyproj import Transformer

    to_utm = Transformer.from_crs(4326, 32631, always_xy=True).transform
    land = shapely.union_all([areas.features[c].geometry for c in areas.columns_of("land")])
    rim = shapely.box(*areas.coverage).exterior.buffer(1e-6)
    coast = shapely.transform(land.boundary.difference(rim), lambda x, y: to_utm(x, y), interleaved=False)
    lon, lat = random_positions(600)
    held = areas.covers(lon, lat)
    want = shapely.distance(shapely.points(*to_utm(lon[held], lat[held])), coast)
    assert areas.coast_m(lon[held], lat[held]) == pytest.approx(want, rel=2e-3, abs=2.0)


def test_outside_the_coverage_nothing_is_known(areas):
    lon, lat = [-3.0, 1.4, np.nan, 1.4], [51.0, 55.0, 51.0, np.nan]
    assert not areas.covers(lon, lat).any()
    assert np.isnan(areas.coast_m(lon, lat)).all()
    assert not areas.inside(lon, lat).any()
    assert not areas.on_land(lon, lat).any()


def test_coverage_and_coast_distance_agree_on_what_is_known(areas):
    lon, lat = random_positions()
    assert np.array_equal(areas.covers(lon, lat), ~np.isnan(areas.coast_m(lon, lat)))


def test_nearest_port_is_the_one_the_geodesic_says(areas):
    lon, lat = random_positions(200)
    index, metres = areas.nearest(("port", "harbour"), lon, lat)
    ports = areas.places_of("port", "harbour")
    for i in range(len(lon)):
        exact = [GEOD.inv(lon[i], lat[i], areas.places[p].lon, areas.places[p].lat)[2] for p in ports]
        assert metres[i] == pytest.approx(min(exact), rel=1e-3)
        assert index[i] == ports[int(np.argmin(exact))]


def test_nearest_place_of_a_missing_position_is_none(areas):
    index, metres = areas.nearest("port", np.nan, 51.0)
    assert index.tolist() == [-1] and np.isnan(metres).all()


def test_a_lane_without_direction_and_no_lane_have_no_flow(areas):
    zone = areas.column("separation-zone-main")
    assert np.isnan(areas.lane_flow_deg(*MID_SW_LANE, [zone])).all()
    assert np.isnan(areas.lane_flow_deg(*MID_SW_LANE, [-1])).all()


def test_flow_takes_one_column_for_all_positions_or_one_for_each(areas):
    sw, ne = areas.column("lane-sw"), areas.column("lane-ne")
    lon, lat = zip(MID_SW_LANE, MID_NE_LANE, strict=True)
    each = areas.lane_flow_deg(lon, lat, [sw, ne])
    assert each[0] == areas.lane_flow_deg(lon, lat, sw)[0] == areas.flow_deg(sw, *MID_SW_LANE)
    assert each[1] == areas.lane_flow_deg(lon, lat, ne)[1]


def test_sector_finds_the_beaches_behind_a_boat_heading_for_dover(areas):
    index, metres = areas.sector("beach", 1.55, 50.97, 150.0, 40.0, 20_000.0)
    names = [areas.places[i].name for i in index]
    assert "Wissant" in names and "Deal" not in names
    assert (np.diff(metres) >= 0).all() and (metres <= 20_000).all()


def test_sector_holds_exactly_the_places_whose_bearing_and_distance_fit(areas):
    lon, lat = 1.5, 51.0
    index, _ = areas.sector("beach", lon, lat, 350.0, 30.0, 40_000.0)
    want = set()
    for i in areas.places_of("beach"):
        azimuth, _, metres = GEOD.inv(lon, lat, areas.places[i].lon, areas.places[i].lat)
        if abs(angle_diff_deg(azimuth, 350.0)) <= 30 and metres <= 40_000:
            want.add(i)
    assert want and set(index.tolist()) == want


def test_columns_are_found_by_id_and_by_kind(areas):
    assert areas.features[areas.column("lane-sw")].id == "lane-sw"
    assert {areas.features[c].kind for c in areas.columns_of("lane", "anchorage")} == {"lane", "anchorage"}
    with pytest.raises(GeodataError, match="did you mean lane-sw"):
        areas.column("lane-sww")
    with pytest.raises(GeodataError, match="unknown kind 'lanes'"):
        areas.columns_of("lanes")


def test_geojson_of_some_kinds_round_trips(areas):
    text = json.dumps(areas.to_geojson(["lane", "beach"]))
    kinds = [f["properties"]["kind"] for f in json.loads(text)["features"]]
    assert set(kinds) == {"lane", "beach"}
    everything = areas.to_geojson()["features"]
    assert len(everything) == len(areas.features) + len(areas.lines) + len(areas.places)


# bad files


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(resource("geodata"), tmp_path / "g")
    return tmp_path / "g"


def spoil(folder, change, name="anchorages.geojson"):
    path = folder / name
    collection = json.loads(path.read_text(encoding="utf-8"))
    change(collection["features"])
    path.write_text(json.dumps(collection), encoding="utf-8")


def set_property(name, value):
    return lambda features: features[1]["properties"].update({name: value})


BOW_TIE = {"type": "Polygon", "coordinates": [[[1, 50], [2, 51], [2, 50], [1, 51], [1, 50]]]}
SWAPPED = {"type": "Polygon", "coordinates": [[[51, 150], [52, 150], [52, 151], [51, 150]]]}


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (set_property("kind", "anchor"), "unknown kind 'anchor'"),
        (set_property("id", "anchorage-the-downs"), "id used before"),
        (set_property("accuracy_m", 0), "accuracy_m"),
        (set_property("accuracy_m", "50"), "accuracy_m"),
        (set_property("date", "last week"), "date"),
        (set_property("source", ""), "source"),
        (set_property("direction_deg", 360), "direction_deg"),
        (set_property("direction_deg", "north"), "direction_deg"),
        (lambda f: f[1].update(geometry=BOW_TIE), "Self-intersection"),
        (lambda f: f[1].update(geometry=SWAPPED), "the order is lon, lat"),
        (lambda f: f[1].update(geometry={"type": "Point", "coordinates": [1, 51]}), "must be a Polygon"),
        (lambda f: f[1].update(geometry=None), "bad geometry"),
        (lambda f: f[1].update(geometry={"type": "Polygon", "coordinates": "x"}), "bad geometry"),
    ],
)
def test_a_bad_feature_is_refused_by_file_and_id(folder, change, cause):
    spoil(folder, change)
    with pytest.raises(GeodataError, match=cause) as e:
        load_areas(folder)
    assert "anchorages.geojson" in str(e.value) and "anchorage-" in str(e.value)


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_missing_property_is_named(folder, name):
    spoil(folder, lambda f: f[1]["properties"].pop(name))
    with pytest.raises(GeodataError, match=f"feature 2.*property missing: {name}"):
        load_areas(folder)


def test_a_centreline_must_name_a_lane_that_exists(folder):
    def change(features):
        next(f for f in features if f["properties"]["kind"] == "centreline")["properties"]["lane"] = "lane-nw"

    spoil(folder, change, "routeing.geojson")
    with pytest.raises(GeodataError, match="lane 'lane-nw' is no area"):
        load_areas(folder)


def test_a_file_that_is_not_json_is_named_with_its_line(folder):
    (folder / "extra.geojson").write_text('{"type":\n oops', encoding="utf-8")
    with pytest.raises(GeodataError, match=r"extra\.geojson:2: not JSON"):
        load_areas(folder)


def test_json_that_is_no_feature_collection_is_named(folder):
    (folder / "extra.geojson").write_text("[]", encoding="utf-8")
    with pytest.raises(GeodataError, match=r"extra\.geojson: not a GeoJSON FeatureCollection"):
        load_areas(folder)


def test_a_bad_place_is_named_with_its_line(folder):
    path = folder / "places.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace("1.312", "east")
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(GeodataError, match=r"places\.csv:3: dover-western-docks: lon is not a number"):
        load_areas(folder)


def test_land_without_a_stated_coverage_is_refused(folder):
    path = folder / "land.geojson"
    collection = json.loads(path.read_text(encoding="utf-8"))
    del collection["bbox"]
    path.write_text(json.dumps(collection), encoding="utf-8")
    with pytest.raises(GeodataError, match=r"land\.geojson.*bbox"):
        load_areas(folder)


def test_a_folder_without_geodata_is_refused(tmp_path):
    with pytest.raises(GeodataError, match="no "):
        load_areas(tmp_path)


def test_areas_of_ones_own_work_without_land_or_places(folder):
    for path in folder.iterdir():
        if path.name != "anchorages.geojson":
            path.unlink()
    own = load_areas(folder)
    assert own.inside(1.44, 51.215).tolist() == [[True, False, False]]
    assert np.isnan(own.coast_m(1.44, 51.215)).all() and not own.covers(1.44, 51.215).any()
    assert own.nearest("port", 1.44, 51.215)[0].tolist() == [-1]
    assert len(own.sector("port", 1.44, 51.215, 0.0, 180.0, 1e6)[0]) == 0


@pytest.mark.shared
def test_the_shipped_files_are_what_the_build_tool_writes(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("SURVEIL_SHARED", str(shared))
    tool = runpy.run_path(str(Path(__file__).parent.parent / "tools" / "build_geodata.py"))
    monkeypatch.setitem(tool["main"].__globals__, "OUT", tmp_path)
    tool["main"]()
    for path in tmp_path.iterdir():
        shipped = resource("geodata", path.name)
        if path.suffix == ".csv":
            assert path.read_text() == shipped.read_text(), path.name
            continue
        made, kept = (json.loads(p.read_text(encoding="utf-8"))["features"] for p in (path, shipped))
        assert [f["properties"] for f in made] == [f["properties"] for f in kept]
        for a, b in zip(made, kept, strict=True):  # another GEOS may order or round differently
            apart = shapely.hausdorff_distance(*(shapely.geometry.shape(f["geometry"]) for f in (a, b)))
            assert apart < 1e-4, a["properties"]["id"]
