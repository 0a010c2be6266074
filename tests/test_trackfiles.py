"""The tracks of a replay, read back by readers that are not ours: GDAL, geopandas, and MovingPandas where it is."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest

from surveil import trackfiles
from surveil.errors import StoreError
from surveil.simulate.demo import make_night
from surveil.trackfiles import FORMATS, Who, read_sorted, segments

KML = {"k": "http://www.opengis.net/kml/2.2", "gx": "http://www.google.com/kml/ext/2.2"}


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Half an hour replayed with a file of every format; gives the folder of the files and the run's own tracks."""
    from surveil.run import Replay

    folder = tmp_path_factory.mktemp("tracks")
    log = make_night(seed=1, hours=0.5, lane_ships=6).write(folder / "night.nmea")
    Replay([log], folder / "out", track_files=[folder / f"night{ending}" for ending in FORMATS]).run()
    return folder, read_sorted(folder / "out" / "tracks.parquet").to_pandas()


@pytest.fixture(scope="module")
def pieces(night):
    """(MMSI, segment) to its rows, as the run's tracks.parquet has them."""
    return dict(list(night[1].groupby(["mmsi", "segment"])))


def utc_s(texts) -> np.ndarray:
    return np.array([text.removesuffix("Z") for text in texts], "M8[ms]").astype(float) / 1000


def seconds(rows) -> np.ndarray:
    return rows.t.dt.tz_localize(None).to_numpy().astype("M8[ms]").astype(float) / 1000


def same_places(coordinates, rows) -> bool:
    return np.allclose(np.array(coordinates)[:, :2], rows[["lon", "lat"]], rtol=0, atol=1e-6)


def test_geoparquet_has_every_fix_with_its_columns(night):
    folder, rows = night
    frame = gpd.read_parquet(folder / "night.parquet")
    assert frame.crs == "OGC:CRS84"
    assert len(frame) == len(rows) > 500
    assert np.array_equal(frame.geometry.x, rows.lon)
    assert np.array_equal(frame.geometry.y, rows.lat)
    assert frame.columns.tolist() == [*rows.columns, "track", "name", "simulated", "geometry"]
    assert frame.simulated.all()
    assert frame.name.notna().any()
    assert set(frame.track) == {f"{m}/{s}" for m, s in zip(rows.mmsi, rows.segment, strict=True)}


def test_geojson_is_one_line_a_segment_with_a_time_for_each_coordinate(night, pieces):
    folder, _ = night
    frame = pyogrio.read_dataframe(folder / "night.geojson")
    assert len(frame) == len(pieces)
    for feature in json.loads((folder / "night.geojson").read_text("utf-8"))["features"]:
        rows, said = pieces[feature["properties"]["mmsi"], feature["properties"]["segment"]], feature["properties"]
        line = feature["geometry"]
        assert same_places([line["coordinates"]] if line["type"] == "Point" else line["coordinates"], rows)
        assert np.array_equal(utc_s(said["coordTimes"]), seconds(rows))
        assert [v is None for v in said["sog_kn"]] == rows.sog_kn.isna().tolist()
        assert np.allclose(np.array(said["sog_kn"], float), rows.sog_kn, atol=0.051, equal_nan=True)


def test_kml_has_a_track_of_times_and_coordinates_that_gdal_reads(night, pieces):
    folder, _ = night
    if "LIBKML" in pyogrio.list_drivers():
        frame = pyogrio.read_dataframe(folder / "night.kml")
        assert len(frame) == len(pieces)
        assert frame.Name.str.startswith("SIMULATED").all()
    for mark in ET.parse(folder / "night.kml").getroot().iterfind(".//k:Placemark", KML):
        mmsi, segment = map(int, mark.get("id").split("-")[1:])
        rows, track = pieces[mmsi, segment], mark.find("gx:Track", KML)
        coords = [tuple(map(float, c.text.split())) for c in track.iterfind("gx:coord", KML)]
        assert same_places(coords, rows)
        assert np.array_equal(utc_s(w.text for w in track.iterfind("k:when", KML)), seconds(rows))
        for array in track.iterfind(".//gx:SimpleArrayData", KML):
            values = [np.nan if v.text is None else float(v.text) for v in array]
            assert np.allclose(values, rows[array.get("name")], atol=0.051, equal_nan=True)


def test_gpx_has_a_track_a_vessel_and_a_point_a_fix(night, pieces):
    folder, rows = night
    tracks = pyogrio.read_dataframe(folder / "night.gpx", layer="tracks")
    points = pyogrio.read_dataframe(folder / "night.gpx", layer="track_points")
    assert len(tracks) == rows.mmsi.nunique()
    assert tracks.src.str.removeprefix("AIS ").astype(int).tolist() == sorted(rows.mmsi.unique())
    assert sum(len(track.geoms) for track in tracks.geometry) == len(pieces)
    assert same_places(np.c_[points.geometry.x, points.geometry.y], rows)
    times = points.time.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("M8[ms]").astype(float) / 1000
    assert np.array_equal(times, seconds(rows))


def test_mfjson_follows_the_prism_encoding_of_ogc_19_045r3(night, pieces):
    folder, _ = night
    collection = json.loads((folder / "night.mfjson").read_text("utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert collection["trs"]["properties"]["name"] == "urn:ogc:data:time:iso8601"
    assert len(collection["features"]) == len(pieces)
    for feature in collection["features"]:
        rows, moving = pieces[tuple(map(int, feature["id"].split("/")))], feature["temporalGeometry"]
        rows = rows.drop_duplicates("t")
        assert moving["type"] == "MovingPoint"
        assert moving["interpolation"] == ("Linear" if len(rows) > 1 else "Discrete")
        assert same_places(moving["coordinates"], rows)
        assert np.array_equal(utc_s(moving["datetimes"]), seconds(rows))
        for measure in feature["temporalProperties"]:
            (name,) = measure.keys() - {"datetimes"}
            assert measure[name]["type"] == "Measure"
            assert len(measure["datetimes"]) == len(measure[name]["values"]) == rows[name].notna().sum()
            assert np.allclose(measure[name]["values"], rows[name].dropna(), atol=0.051)


@pytest.mark.filterwarnings("ignore")
def test_movingpandas_reads_the_mfjson(night, pieces):
    mpd = pytest.importorskip("movingpandas", reason="MovingPandas is not installed (uv sync --group peers)")
    collection = mpd.read_mf_json(str(night[0] / "night.mfjson"), traj_id_property="track")
    assert {t.id: len(t.df) for t in collection} == {
        f"{m}/{s}": rows.t.nunique() for (m, s), rows in pieces.items() if rows.t.nunique() > 1
    }


def made(**columns):
    """A sorted table of fixes of one vessel."""
    import pyarrow as pa

    n = len(columns["t"])
    filled = {"mmsi": [232000001] * n, "hull": [0] * n, "segment": [0] * n, "lon": [1.5] * n, "lat": [51.0] * n,
              "sog_kn": [5.0] * n, "cog_deg": [10.0] * n, "source": [0] * n, **columns}  # fmt: skip
    return pa.table({**filled, "t": pa.array(columns["t"], pa.timestamp("ms", "UTC"))})


@pytest.mark.parametrize("ending", FORMATS)
def test_a_run_without_tracks_gives_a_file_without_features(tmp_path, ending):
    path = tmp_path / f"none{ending}"
    trackfiles.write_tracks(path, made(t=[]), lambda m: Who())
    if ending == ".parquet":
        assert len(gpd.read_parquet(path)) == 0
    elif ending in (".kml", ".gpx"):
        assert not [e for e in ET.parse(path).getroot().iter() if e.tag.endswith(("Placemark", "trk"))]
    else:
        assert json.loads(path.read_text())["features"] == []


def test_two_fixes_at_one_time_are_one_instant_of_a_moving_feature(tmp_path):
    path = tmp_path / "twice.mfjson"
    trackfiles.write_tracks(path, made(t=[0, 0, 500], sog_kn=[None, 1.0, 2.0]), lambda m: Who())
    (feature,) = json.loads(path.read_text())["features"]
    assert feature["temporalGeometry"]["datetimes"] == ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.500Z"]
    sog = next(m for m in feature["temporalProperties"] if "sog_kn" in m)
    assert (sog["datetimes"], sog["sog_kn"]["values"]) == (["1970-01-01T00:00:00.500Z"], [2.0])


@pytest.mark.parametrize("ending", [".kml", ".gpx"])
def test_a_name_with_markup_or_control_characters_stays_well_formed(tmp_path, ending):
    path = tmp_path / f"odd{ending}"
    trackfiles.write_tracks(path, made(t=[0]), lambda m: Who('A & "B" <C>\x00\x1b'))
    names = [e.text for e in ET.parse(path).getroot().iter() if e.tag.endswith("}name")]
    assert names == ['A & "B" <C> (232000001)']


def test_the_runs_own_tracks_tell_speed_and_course_made_good_and_stops(night, pieces):
    rows = night[1]
    for piece in pieces.values():
        assert np.isnan(piece.made_kn.iloc[0])
    under_way = rows[(rows.sog_kn > 5) & rows.made_kn.notna()]
    assert abs((under_way.made_kn - under_way.sog_kn).median()) < 0.3
    stopped = rows[rows.stopped_since.notna()]
    assert len(stopped)
    assert (stopped.t - stopped.stopped_since >= np.timedelta64(600, "s")).all()
    assert stopped.made_kn.median() < 0.5


def test_a_new_segment_of_the_same_vessel_is_a_new_feature():
    found = list(segments(made(t=[0, 1000, 9_000_000], segment=[0, 0, 1]), lambda m: Who()))
    assert [(s.id, len(s.t_ms)) for s in found] == [("232000001/0", 2), ("232000001/1", 1)]


def test_a_second_hull_under_one_mmsi_is_a_track_of_its_own(tmp_path):
    table, path = made(t=[0, 1000, 9000], hull=[0, 0, 1]), tmp_path / "two.gpx"
    assert [s.id for s in segments(table, lambda m: Who())] == ["232000001/0", "232000001#2/0"]
    trackfiles.write_tracks(path, table, lambda m: Who())
    names = [e.text for e in ET.parse(path).getroot().iter() if e.tag.endswith("}name")]
    assert names == ["232000001", "232000001#2"]


@pytest.mark.parametrize(("name", "words"), [("t.shp", "tracks are written as"), ("no/t.kml", "does not exist"),
                                             ("t.gpx", "something else already")])  # fmt: skip
def test_a_place_where_tracks_cannot_go_is_refused_before_anything_is_read(surveil, tmp_path, name, words):
    (tmp_path / "t.gpx").write_text("my notes")
    code, _, err = surveil("replay", tmp_path / "no.nmea", "--out", tmp_path / "out", "--tracks", tmp_path / name)
    assert code == StoreError.exit_code
    assert words in err
    assert (tmp_path / "t.gpx").read_text() == "my notes"


def test_tracks_may_be_written_again_over_the_older_file(surveil, night):
    folder, rows = night
    path = folder / "again.parquet"
    for _ in range(2):
        code, _, err = surveil("replay", folder / "night.nmea", "--out", folder / "out", "--tracks", path)
        assert code == 0, err
    assert pq.read_metadata(path).num_rows == len(rows)
