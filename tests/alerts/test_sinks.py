"""Alerts as files that other tools open."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveil.alerts.sinks import iso, write_geojson, write_parquet


@pytest.fixture
def alerts(make_alert):
    return [make_alert(), make_alert(2, lon=None, lat=None), make_alert(3, state="closed", t_end_ms=1_773_525_700_500)]


def test_geojson_keeps_places_times_and_evidence(alerts, tmp_path):
    write_geojson(tmp_path / "alerts.geojson", alerts)
    features = json.loads((tmp_path / "alerts.geojson").read_text("utf-8"))["features"]
    assert [f["id"] for f in features] == [a.id for a in alerts]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [1.4268, 51.0316]}
    properties = features[0]["properties"]
    assert (properties["start"], properties["end"]) == ("2026-03-14T22:00:00Z", None)
    assert properties["name"] == "SIM ÉTOILE"
    assert json.loads(properties["evidence"]) == json.loads(alerts[0].to_json())["evidence"]


def test_an_alert_without_a_place_has_a_null_geometry(alerts, tmp_path):
    write_geojson(tmp_path / "alerts.geojson", alerts)
    assert json.loads((tmp_path / "alerts.geojson").read_text("utf-8"))["features"][1]["geometry"] is None


def test_parquet_keeps_every_field(alerts, tmp_path):
    write_parquet(tmp_path / "alerts.parquet", alerts)
    rows = pq.read_table(tmp_path / "alerts.parquet").to_pylist()
    for row, alert in zip(rows, alerts, strict=True):
        body = json.loads(alert.to_json())
        for name in ("id", "rule", "mmsi", "name", "state", "severity", "risk_to_life", "lon", "lat", "simulated"):
            assert row[name] == body[name]
        assert json.loads(row["evidence"]) == body["evidence"]
        assert json.loads(row["history"]) == body["history"]
    assert [row["end"] and row["end"].timestamp() * 1000 for row in rows] == [None, None, 1_773_525_700_500]


@pytest.mark.parametrize("write", [write_geojson, write_parquet])
def test_no_alerts_make_a_file_with_the_same_columns(write, alerts, tmp_path):
    write(tmp_path / "none", [])
    write(tmp_path / "some", alerts)
    if write is write_parquet:
        assert pq.read_schema(tmp_path / "none") == pq.read_schema(tmp_path / "some")
        assert pq.read_schema(tmp_path / "none").field("raised").type == pa.timestamp("ms", "UTC")
    else:
        assert json.loads((tmp_path / "none").read_text()) == {"type": "FeatureCollection", "features": []}


def test_times_are_written_in_utc():
    assert iso(1_773_525_600_000) == "2026-03-14T22:00:00Z"
    assert iso(None) is None
