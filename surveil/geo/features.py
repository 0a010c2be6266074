"""The geodata schema: what a feature must carry, and reading it with errors that name file and feature.

A folder of geodata holds GeoJSON feature collections for areas and lines and ``places.csv`` for points.
Every feature has ``id``, ``name``, ``kind``, ``country``, ``direction_deg``, ``source``, ``licence``,
``date``, ``accuracy_m`` and ``note``; a centreline also names the ``lane`` whose flow it gives.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import shapely
import shapely.geometry

from surveil.errors import GeodataError

AREA_KINDS = (
    "land", "lane", "deep_water_route", "separation_zone", "separation_crossing", "precautionary_area",
    "inshore_zone", "territorial_sea", "reporting_area", "anchorage", "watch_area",
)  # fmt: skip
"""Polygons. ``watch_area`` is for areas a user draws; the project's own files hold none."""
LINE_KINDS = (
    "centreline", "inshore_limit", "territorial_sea_line", "median_line", "srr_line", "reporting_line",
    "ferry_route",
)  # fmt: skip
PLACE_KINDS = (
    "port", "harbour", "beach", "headland", "bank", "lightvessel", "buoy", "former_light", "wind_farm",
    "platform", "mrcc",
)  # fmt: skip

_SHAPES = {
    **dict.fromkeys(AREA_KINDS, ("Polygon", "MultiPolygon")),
    **dict.fromkeys(LINE_KINDS, ("LineString", "MultiLineString")),
    **dict.fromkeys(PLACE_KINDS, ("Point",)),
}


@dataclass(frozen=True)
class Feature:
    """An area, line or place with where it comes from and how far it can be trusted.

    Attributes
    ----------
    id : stable, lower case; what rules and configurations name.
    country : ISO 3166 code, several joined by commas, or None.
    direction_deg : direction of traffic where one number says it, else None.
    date : day of the source, or the day it was read.
    accuracy_m : how far a coordinate may be off; an estimate unless ``note`` says otherwise.
    lane : of a centreline, the id of the area whose flow it gives.
    geometry : shapely geometry, longitude and latitude in degrees WGS84.
    """

    id: str
    name: str
    kind: str
    country: str | None
    direction_deg: float | None
    source: str
    licence: str
    date: str
    accuracy_m: float
    note: str
    geometry: shapely.Geometry
    lane: str | None = None

    @property
    def lon(self) -> float:
        """Longitude of a place, in degrees."""
        return self.geometry.x

    @property
    def lat(self) -> float:
        """Latitude of a place, in degrees."""
        return self.geometry.y

    def to_geojson(self) -> dict:
        properties = {k: v for k, v in asdict(self).items() if k != "geometry" and (k != "lane" or v)}
        return {
            "type": "Feature",
            "id": self.id,
            "properties": properties,
            "geometry": shapely.geometry.mapping(self.geometry),
        }


PROPERTIES = tuple(f.name for f in fields(Feature) if f.name not in ("geometry", "lane"))
"""What every feature must carry."""


@dataclass(frozen=True)
class Geodata:
    """All features of a folder in the order of file name and place in it.

    ``coverage`` is (west, south, east, north) of the water whose coast is known, or None without land.
    """

    features: tuple[Feature, ...]
    coverage: tuple[float, float, float, float] | None


def read_geodata(folder: Path) -> Geodata:
    """Read every ``*.geojson`` of a folder and its ``places.csv``.

    Raises
    ------
    GeodataError : a file that is missing or not JSON; a feature with a property missing or of the wrong
        kind, an unknown ``kind``, a bad geometry, an id used twice, or a centreline of no known lane.
    """
    paths = sorted(Path(folder).glob("*.geojson"))
    if not paths:
        raise GeodataError("no *.geojson files in this folder", source=str(folder))
    features, coverage = [], None
    for path in paths:
        collection = _read_collection(path)
        found = [_feature(path, n, row) for n, row in enumerate(collection["features"], 1)]
        if any(f.kind == "land" for f in found):
            coverage = _coverage(path, collection)
        features += [(path, f) for f in found]
    places = Path(folder) / "places.csv"
    if places.exists():
        features += [(places, f) for f in _read_places(places)]
    _check_ids(features)
    return Geodata(tuple(f for _, f in features), coverage)


def _read_collection(path: Path) -> dict:
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as e:
        raise GeodataError(f"not JSON: {e.msg}", source=str(path), line=e.lineno) from e
    except (OSError, UnicodeDecodeError) as e:
        raise GeodataError(f"cannot be read: {e}", source=str(path)) from e
    if not isinstance(collection, dict) or not isinstance(collection.get("features"), list):
        raise GeodataError("not a GeoJSON FeatureCollection", source=str(path))
    return collection


def _coverage(path: Path, collection: dict) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = map(float, collection["bbox"])
    except (KeyError, TypeError, ValueError) as e:
        cause = 'a file with land must say what it covers: "bbox": [west, south, east, north]'
        raise GeodataError(cause, source=str(path)) from e
    return west, south, east, north


def _feature(path: Path, number: int, row: dict) -> Feature:
    properties = row.get("properties") if isinstance(row, dict) else None
    if not isinstance(properties, dict):
        raise GeodataError(f"feature {number} has no properties", source=str(path))
    where = f"feature {number} ({properties.get('id', 'no id')})"
    try:
        geometry = shapely.geometry.shape(row["geometry"])
    except Exception as e:  # shapely raises many kinds for malformed coordinates
        raise GeodataError(f"{where}: bad geometry: {e}", source=str(path)) from e
    return _checked(path, None, where, properties, geometry)


def _read_places(path: Path) -> list[Feature]:
    with open(path, newline="", encoding="utf-8") as f:
        return [_place(path, n, row) for n, row in enumerate(csv.DictReader(f), 2)]


def _place(path: Path, line: int, row: dict) -> Feature:
    where = row.get("id") or "place"
    numbers = {}
    for name in ("lon", "lat", "accuracy_m", "direction_deg"):
        try:
            numbers[name] = float(row[name]) if row.get(name) else None
        except ValueError as e:
            raise GeodataError(f"{where}: {name} is not a number: {row[name]}", source=str(path), line=line) from e
    if numbers["lon"] is None or numbers["lat"] is None:
        raise GeodataError(f"{where}: lon or lat is missing", source=str(path), line=line)
    properties = {**row, **numbers}
    if "country" in properties:
        properties["country"] = properties["country"] or None
    return _checked(path, line, where, properties, shapely.Point(numbers["lon"], numbers["lat"]))


def _checked(path: Path, line: int | None, where: str, properties: dict, geometry) -> Feature:
    trouble = _trouble(properties, geometry)
    if trouble:
        raise GeodataError(f"{where}: {trouble}", source=str(path), line=line)
    return Feature(**{k: properties[k] for k in PROPERTIES}, geometry=geometry, lane=properties.get("lane"))


def _trouble(p: dict, geometry) -> str | None:
    """What is wrong with a feature, in words, or None."""
    missing = [k for k in PROPERTIES if k not in p]
    if missing:
        return f"property missing: {', '.join(missing)}"
    for name in ("id", "name", "kind", "source", "licence", "date"):
        if not isinstance(p[name], str) or not p[name]:
            return f"{name} must be a text"
    if p["kind"] not in _SHAPES:
        return f"unknown kind {p['kind']!r}; known are {', '.join(_SHAPES)}"
    if not _is_number(p["accuracy_m"]) or not p["accuracy_m"] > 0:
        return f"accuracy_m must be a number above 0, not {p['accuracy_m']!r}"
    direction = p["direction_deg"]
    if direction is not None and not (_is_number(direction) and 0 <= direction < 360):
        return f"direction_deg must be null or in 0..360, not {direction!r}"
    if p["kind"] == "centreline" and not p.get("lane"):
        return "a centreline must name its lane"
    return _bad_date(p["date"]) or _bad_geometry(p["kind"], geometry)


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _bad_date(text: str) -> str | None:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return f"date must be YYYY-MM-DD, not {text!r}"
    return None


def _bad_geometry(kind: str, geometry) -> str | None:
    if geometry.is_empty or geometry.geom_type not in _SHAPES[kind]:
        return f"bad geometry: {kind} must be a {' or '.join(_SHAPES[kind])}, not {geometry.geom_type}"
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"bad geometry: out of range ({west} to {east}, {south} to {north}); the order is lon, lat"
    if not geometry.is_valid:
        return f"bad geometry: {shapely.is_valid_reason(geometry)}"
    return None


def _check_ids(features: list[tuple[Path, Feature]]) -> None:
    first: dict[str, Path] = {}
    for path, f in features:
        if f.id in first:
            raise GeodataError(f"{f.id}: id used before, in {first[f.id].name}", source=str(path))
        first[f.id] = path
    areas = {f.id for _, f in features if f.kind in AREA_KINDS}
    for path, f in features:
        if f.lane and f.lane not in areas:
            raise GeodataError(f"{f.id}: lane {f.lane!r} is no area of this folder", source=str(path))
