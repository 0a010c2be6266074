"""Write ``geodata/`` from the shared folder's raw material: one schema, simplified, rounded, attributed.

For maintainers; users get the files it wrote. ``geodata_manifest.csv`` beside this script gives every raw
line and area its id, name and kind, or says why it is skipped, so nothing slips in or out unnoticed. What
we drew ourselves (anchorages, ferry routes) is below; ``rescue_assets.csv`` and
``tidal_streams.csv`` in ``geodata/`` are kept by hand::

    SURVEIL_SHARED=/path/to/shared python tools/build_geodata.py
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import shapely
from pyproj import Geod

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from surveil.geo.features import PROPERTIES  # noqa: E402
from surveil.resources import shared_folder  # noqa: E402

OUT = ROOT / "geodata"
BBOX = [-0.5, 49.8, 3.2, 51.8]
READ = "2026-11-24"
ODBL = "ODbL-1.0"
ODBL_NOTICE = "Contains information from OpenStreetMap, (c) OpenStreetMap contributors, under the ODbL 1.0"
FACTS = "facts; as part of this project Apache-2.0"
ASSUMED = "assumed by this project from general knowledge"
RECALLED = "recalled from general knowledge; no source read"

# name, country, lon, lat, radius_m, accuracy_m, note
ANCHORAGES = [
    ("The Downs", "GB", 1.44, 51.215, 1852, 2000, "circle round a recalled position off Deal"),
    ("Dungeness East Road", "GB", 1.04, 50.935, 2778, 2000, "circle round a recalled position"),
    (
        "Dunkerque roads",
        "FR",
        2.27,
        51.09,
        1852,
        5000,
        "a guess: where ships wait off Dunkerque was not read",
    ),
]
DOVER = [(1.346, 51.1195), (1.37, 51.113), (1.475, 51.105)]
"""Out of the eastern entrance and up to the South Goodwin."""
# name, accuracy_m, note, waypoints
FERRIES = [
    (
        "Dover-Calais",
        2000,
        "up to the South Goodwin, then straight across to buoy CA6, as local skippers say in a forum",
        [*DOVER, (1.73, 50.975), (1.78, 50.9725), (1.838, 50.9735)],
    ),
    (
        "Dover-Dunkerque",
        3000,
        "across the lanes as to Calais, then by the Dunkerque western approach",
        [*DOVER, (1.67, 51.02), (1.86, 51.045), (2.10, 51.043), (2.155, 51.037)],
    ),
    (
        "Newhaven-Dieppe",
        4000,
        "lanes assumed to be crossed near a right angle",
        [(0.056, 50.775), (0.16, 50.68), (0.33, 50.30), (1.06, 49.96), (1.083, 49.941)],
    ),
]

RENAMED_KINDS = {"sandbank": "bank", "windfarm": "wind_farm"}
ANCHORAGE_ROWS = {"The Downs anchorage", "Dungeness East Road anchorage"}
"""Rows of places.csv that are circles in anchorages.geojson instead."""
PLACE_SOURCES = [
    ("same comment", "MGN 364 / Admiralty chart 5500, as quoted in a public code comment"),
    ("public code comment", "MGN 364 / Admiralty chart 5500, as quoted in a public code comment"),
    ("s3.11", "MGN 364 s3.11, as quoted in a public dossier"),
    ("weather-station", "recalled; a public list of weather stations has 51.017 1.400"),
    ("name in MGN 364", "name in MGN 364; position recalled"),
    ("recalled", RECALLED),
]
"""What the raw source says, and how we say it; the first that matches."""
TABLES = {
    "mids": "pyais 3.3.1 COUNTRY_MAPPING",
    "ship_types": "ITU-R M.1371-5 table 53, recalled; codes as in pyais 3.3.1",
    "nav_status": "ITU-R M.1371-5 table 45, recalled; codes as in pyais 3.3.1",
}
ADDED_ROWS = {
    "mids": [
        ["550", "TL", "Timor-Leste", "ITU table of MIDs, as quoted on 4 Sep 2023"],
        ["638", "SS", "South Sudan", "ITU table of MIDs, as in libais"],
    ]
}


def read_features(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def read_csv(path: Path) -> list[dict]:
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "")).strip("-")


def joined(*notes: str | None) -> str:
    return "; ".join(filter(None, notes))


def polygons_only(geometry):
    """What a repair leaves, without its stray lines and points."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(geometry)))
    return shapely.union_all([p for p in parts if p.geom_type == "Polygon"])


def simplified(geometry, tolerance_m: float = 0):
    """Off by at most ``tolerance_m`` north-south (less east-west), and rounded to 5 decimals (1 m)."""
    if shapely.get_dimensions(geometry) == 2:
        coarse = shapely.simplify(polygons_only(geometry), tolerance_m / 111_320)
        geometry = shapely.set_precision(polygons_only(coarse), 1e-5)
    return shapely.transform(geometry, lambda xy: np.round(xy, 5))


def feature(geometry, lane: str | None = None, **fields) -> dict:
    """One feature in the order of the schema; a missing or unknown property is a KeyError or ValueError."""
    fields.setdefault("direction_deg", None)
    properties = {name: fields.pop(name) for name in PROPERTIES}
    if fields:
        raise ValueError(f"not in the schema: {sorted(fields)}")
    if lane:
        properties["lane"] = lane
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(geometry)}


def write_geojson(name: str, features: list[dict], licence: str, **extra) -> None:
    """One feature a line, so that a change shows in a diff."""
    head = {
        "type": "FeatureCollection",
        "name": name,
        "notice": "NOT FOR NAVIGATION",
        "licence": licence,
        **extra,
    }
    body = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + body + "\n]}\n"
    (OUT / f"{name}.geojson").write_text(text, encoding="utf-8")


def write_csv(name: str, header: list[str], rows: list[list]) -> None:
    with open(OUT / f"{name}.csv", "w", newline="", encoding="utf-8") as f:
        csv.writer(f, lineterminator="\n").writerows([header, *rows])


def build_land(raw: Path) -> None:
    """Great Britain and the continent, each with its islets; those below 1,000 m2 are left out."""
    rows = [r for r in read_features(raw / "land_osm_clip.geojson") if r["properties"]["area_m2"] >= 1000]
    shapes = np.array([shapely.geometry.shape(r["geometry"]) for r in rows])
    britain, continent = (shapes[shapely.contains_xy(shapes, *at)][0] for at in [(1.2, 51.2), (2.0, 50.7)])
    british = shapely.distance(shapes, britain) < shapely.distance(shapes, continent)
    common = {
        "kind": "land",
        "source": "OpenStreetMap land polygons, as simplified in roaring-landmask 0.11.0",
        "licence": ODBL,
        "date": READ,
        "accuracy_m": 200,
        "note": "about 50 m typical, 200 m for 90 %, 1 km in creeks; simplified by 15 m; islets below "
        "1,000 m2 left out; straight edges on the bbox are not coast",
    }
    features = [
        feature(simplified(shapely.union_all(shapes[own]), 15), id=id_, name=name, country=country, **common)
        for own, id_, name, country in [
            (british, "land-great-britain", "Great Britain", "GB"),
            (~british, "land-continent", "Continent", "FR,BE"),
        ]
    ]
    write_geojson("land", features, ODBL_NOTICE, bbox=BBOX)


def build_charted(raw: Path) -> None:
    """routeing.geojson and boundaries.geojson, by the manifest."""
    manifest = read_csv(Path(__file__).with_name("geodata_manifest.csv"))
    rows = {(name, r["properties"]["name"]): r for name in ("tss.geojson", "boundaries.geojson")
            for r in read_features(raw / name)}  # fmt: skip
    unlisted = rows.keys() - {(m["raw_file"], m["raw_name"]) for m in manifest}
    if unlisted:
        raise SystemExit(f"not in the manifest: {sorted(unlisted)}")
    files: dict[str, list] = {}
    for m in manifest:
        if not m["skipped_because"]:
            files.setdefault(m["file"], []).append(charted(m, rows[m["raw_file"], m["raw_name"]]))
    for name, features in files.items():
        write_geojson(name, features, f"{ODBL_NOTICE} (those features whose licence says so)")


def charted(m: dict, row: dict) -> dict:
    p = row["properties"]
    source = p["source"]
    if p.get("osm_way_ids") or "seamark" in source:
        ways = " ways " + p["osm_way_ids"].replace(",", ", ") if p["osm_way_ids"] else ""
        source = f"OpenStreetMap seamark{ways}, through GitHub Gustavarendd/OSM-TSS-tiles"
    return feature(
        simplified(shapely.geometry.shape(row["geometry"]), float(m["simplify_m"])),
        **{k: m[k] for k in ("id", "name", "kind", "lane", "licence", "date")},
        country=m["country"] or None,
        direction_deg=p.get("direction_deg"),
        source=source,
        accuracy_m=p["accuracy_m"],
        note=joined(p["name"], p.get("method"), p.get("note"), p.get("checked")),
    )


def circle(lon: float, lat: float, radius_m: float):
    bearings = np.arange(0.0, 360.0, 10.0)
    start = np.full_like(bearings, lon), np.full_like(bearings, lat)
    lons, lats, _ = Geod(ellps="WGS84").fwd(*start, bearings, np.full_like(bearings, radius_m))
    return simplified(shapely.Polygon(np.column_stack([lons, lats])))


def build_assumed() -> None:
    common = {"source": ASSUMED, "licence": FACTS, "date": READ}
    anchorages = [
        feature(circle(lon, lat, radius_m), id=f"anchorage-{slug(name)}", name=f"{name} anchorage",
                kind="anchorage", country=country, accuracy_m=accuracy_m, note=note, **common)
        for name, country, lon, lat, radius_m, accuracy_m, note in ANCHORAGES
    ]  # fmt: skip
    ferries = [
        feature(shapely.LineString(points), id=f"ferry-{slug(name)}", name=f"{name} ferry route",
                kind="ferry_route", country=None, accuracy_m=accuracy_m, note=note, **common)
        for name, accuracy_m, note, points in FERRIES
    ]  # fmt: skip
    write_geojson("anchorages", anchorages, FACTS)
    write_geojson("ferry_routes", ferries, FACTS)


def place(row: dict) -> dict:
    name, note = row["name"], ""
    if row["kind"] not in ("port", "harbour", "beach"):  # there, brackets tell two places apart
        name, note = re.fullmatch(r"(.*?)\s*(?:\((.*)\))?", name).groups(default="")
    source = next(text for mark, text in PLACE_SOURCES if mark in row["source"])
    kind = RENAMED_KINDS.get(row["kind"], row["kind"])
    return {**row, "id": slug(name), "name": name, "kind": kind, "source": source, "note": note}


def mrcc(row: dict) -> dict:
    p = row["properties"]
    lon, lat = row["geometry"]["coordinates"]
    name = p["name"].partition(" (")[0]
    return {
        **p,
        "id": slug(name),
        "name": name,
        "lon": lon,
        "lat": lat,
        "source": RECALLED,
        "note": p["call"],
    }


def build_places(raw: Path) -> None:
    rows = [place(r) for r in read_csv(raw / "places.csv") if r["name"] not in ANCHORAGE_ROWS]
    rows += [mrcc(r) for r in read_features(raw / "boundaries.geojson") if r["properties"]["kind"] == "mrcc"]
    header = [*PROPERTIES[:3], "lon", "lat", *PROPERTIES[3:]]
    common = {"direction_deg": "", "licence": FACTS, "date": READ}
    write_csv("places", header, [[{**r, **common}[k] for k in header] for r in rows])


def build_tables(raw: Path) -> None:
    for name, source in TABLES.items():
        rows = read_csv(raw / f"{name}.csv")
        body = [[*r.values(), source] for r in rows] + ADDED_ROWS.get(name, [])
        write_csv(name, [*rows[0], "source"], sorted(body) if name in ADDED_ROWS else body)


def main() -> None:
    shared = shared_folder()
    if shared is None:
        sys.exit("set SURVEIL_SHARED to the folder that holds data/ and geodata/")
    raw = shared / "geodata"
    build_land(raw)
    build_charted(raw)
    build_assumed()
    build_places(raw)
    build_tables(raw)
    for path in sorted(OUT.iterdir()):
        print(f"{path.stat().st_size:8d}  {path.name}")


if __name__ == "__main__":
    main()
