"""Targets as GeoJSON, KML, GPX and CSV, for other programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from surveil.live.picture import Snapshot
from surveil.web.wire import FIELDS, keys_of, rows_of

Rows = list[dict]


BOX = r"^(-?[0-9]+(\.[0-9]+)?(,-?[0-9]+(\.[0-9]+)?){3})?$"
"""What a box looks like."""


def box_of(text: str) -> tuple[float, ...] | None:
    """west, south, east, north, of a text as :data:`BOX` says; None for an empty one."""
    return tuple(float(part) for part in text.split(",")) if text else None


def chosen(shown: Snapshot, keys: list[str], box: tuple[float, ...] | None) -> Rows:
    """Targets with a position, by key and in the box where these are given."""
    targets = shown.targets
    keep = np.isfinite(targets.lon) & np.isfinite(targets.lat)
    if keys:
        keep &= np.isin(keys_of(targets), keys)
    if box:
        west, south, east, north = box
        keep &= (targets.lon >= west) & (targets.lon <= east) & (targets.lat >= south) & (targets.lat <= north)
    return [dict(zip(FIELDS, row, strict=True)) for row in rows_of(targets.take(np.flatnonzero(keep)))]


def iso(t_ms: int) -> str:
    """UTC, as ISO 8601; empty for a time that is not known."""
    return dt.datetime.fromtimestamp(t_ms / 1000, dt.UTC).isoformat().replace("+00:00", "Z") if t_ms >= 0 else ""


def stamp(t_ms: int) -> str:
    """A time in the name of a file."""
    return iso(t_ms).replace(":", "").replace("-", "")[:15]


def _title(row: dict) -> str:
    return row["name"] or ("contact " if row["mmsi"] < 0 else "") + row["key"].lstrip("-")


def geojson(rows: Rows, shown: Snapshot) -> tuple[str, str]:
    """RFC 7946."""
    features = [
        {"type": "Feature", "id": row["key"], "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
         "properties": {k: v for k, v in row.items() if k not in ("lon", "lat")} | {"time": iso(row["t_ms"])}}
        for row in rows
    ]  # fmt: skip
    body = {"type": "FeatureCollection", "simulated": shown.simulated, "time": iso(shown.t_ms), "features": features}
    return json.dumps(body, ensure_ascii=False, indent=1), "application/geo+json"


def kml(rows: Rows, shown: Snapshot) -> tuple[str, str]:
    """OGC KML 2.2."""
    marks = [
        f"<Placemark><name>{escape(_title(row))}</name><description>{escape(_says(row))}</description>"
        f"<TimeStamp><when>{iso(row['t_ms'])}</when></TimeStamp>"
        f"<Point><coordinates>{row['lon']},{row['lat']}</coordinates></Point></Placemark>"
        for row in rows
    ]
    name = f"surveil {iso(shown.t_ms)}{' SIMULATED' if shown.simulated else ''}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{name}</name>\n" + "\n".join(marks) + "\n</Document></kml>\n"
    )
    return body, "application/vnd.google-earth.kml+xml"


def gpx(rows: Rows, shown: Snapshot) -> tuple[str, str]:
    """GPX 1.1, a waypoint each."""
    points = [
        f"<wpt lat={quoteattr(str(row['lat']))} lon={quoteattr(str(row['lon']))}><time>{iso(row['t_ms'])}</time>"
        f"<name>{escape(_title(row))}</name><desc>{escape(_says(row))}</desc></wpt>"
        for row in rows
    ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="surveil" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<metadata><desc>{'SIMULATED' if shown.simulated else ''}</desc><time>{iso(shown.t_ms)}</time></metadata>\n"
        + "\n".join(points) + "\n</gpx>\n"
    )  # fmt: skip
    return body, "application/gpx+xml"


def csv_(rows: Rows, shown: Snapshot) -> tuple[str, str]:
    """With a heading, a line each. A text that a spreadsheet would compute is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*FIELDS, "time", "simulated"])
    for row in rows:
        writer.writerow([*(_inert(value) for value in row.values()), iso(row["t_ms"]), int(shown.simulated)])
    return out.getvalue(), "text/csv; charset=utf-8"


def _inert(value):
    """Names come from the air: =HYPERLINK(...) is one."""
    computed = (
        isinstance(value, str) and value[:1] in "=+-@\t\r" and not value.lstrip("-").partition("#")[0].isdecimal()
    )
    return f"'{value}" if computed and value else value


def _says(row: dict) -> str:
    known = [f"{name} {row[name]}" for name in ("kind", "sog_kn", "cog_deg", "callsign", "destination") if row[name]]
    return ", ".join(known)


FORMATS = {"geojson": geojson, "kml": kml, "gpx": gpx, "csv": csv_}
MEDIA = ("application/geo+json", "application/vnd.google-earth.kml+xml", "application/gpx+xml", "text/csv")
"""What they come as."""
