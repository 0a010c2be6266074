"""Alerts as files that other tools open: GeoJSON for QGIS, Parquet for notebooks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from surveil.alert import Alert
from surveil.words import translated

_FLAT = (
    "id", "incident", "rule", "rule_version", "mmsi", "name", "state", "assigned", "severity", "risk_to_life",
    "simulated",
)  # fmt: skip
_ROWS = 1000
"""Rows of a row group: what is held at once while writing."""


def iso(t_ms: int | None) -> str | None:
    """UTC time stamp, e.g. 2026-03-14T22:00:00Z."""
    if t_ms is None:
        return None
    return dt.datetime.fromtimestamp(t_ms / 1000, dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _flat(alert: Alert) -> dict:
    sentences = {"sentence": translated(alert.sentence, "en")[:], "sentence_fr": translated(alert.sentence, "fr")[:]}
    return {**{name: getattr(alert, name) for name in _FLAT}, **sentences}


def write_geojson(path: Path, alerts: list[Alert]) -> None:
    """FeatureCollection of points (RFC 7946), one a line; an alert without a place has a null geometry."""
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for n, alert in enumerate(alerts):
            file.write((",\n" if n else "\n") + json.dumps(_feature(alert), ensure_ascii=False))
        file.write("\n]}\n")


def _feature(alert: Alert) -> dict:
    times = {"start": iso(alert.t_start_ms), "raised": iso(alert.t_raised_ms), "end": iso(alert.t_end_ms)}
    times["silenced_until"] = iso(alert.until_ms)
    place = None if alert.lon is None else {"type": "Point", "coordinates": [alert.lon, alert.lat]}
    evidence = json.dumps(alert.to_dict()["evidence"], ensure_ascii=False)
    properties = {**_flat(alert), **times, "evidence": evidence}
    return {"type": "Feature", "id": alert.id, "geometry": place, "properties": properties}


def write_parquet(path: Path, alerts: list[Alert]) -> None:
    """One row an alert; times are UTC timestamps, evidence and history JSON text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stamp = pa.timestamp("ms", "UTC")
    schema = pa.schema(
        [("id", pa.string()), ("incident", pa.string()), ("rule", pa.string()), ("rule_version", pa.int32()),
         ("mmsi", pa.int32()), ("name", pa.string()), ("state", pa.string()), ("assigned", pa.string()),
         ("severity", pa.string()), ("risk_to_life", pa.float64()), ("sentence", pa.string()),
         ("sentence_fr", pa.string()), ("simulated", pa.bool_()), ("start", stamp), ("raised", stamp), ("end", stamp),
         ("silenced_until", stamp),
         ("lon", pa.float64()), ("lat", pa.float64()), ("evidence", pa.string()), ("history", pa.string())]
    )  # fmt: skip
    with pq.ParquetWriter(path, schema) as file:
        for at in range(0, len(alerts), _ROWS):
            rows = [_row(alert) for alert in alerts[at : at + _ROWS]]
            file.write_table(pa.Table.from_pylist(rows, schema=schema))


def _row(alert: Alert) -> dict:
    body = alert.to_dict()
    return {
        **_flat(alert), "start": alert.t_start_ms, "raised": alert.t_raised_ms, "end": alert.t_end_ms,
        "silenced_until": alert.until_ms, "lon": alert.lon, "lat": alert.lat,
        "evidence": json.dumps(body["evidence"], ensure_ascii=False),
        "history": json.dumps(body["history"], ensure_ascii=False),
    }  # fmt: skip
