"""The tracks of a run as files that other tools open: GeoParquet, GeoJSON, KML, GPX and OGC Moving Features JSON.

One feature a track segment, each fix with its time; in GeoParquet one row a fix. Segments are written one after the
other, so that a file needs no more memory than the sorted positions of the run.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

import numpy as np

from surveil.errors import StoreError
from surveil.files import check_place, replaced_file

_ROWS = 100_000
_DEG_DECIMALS = 6
"""A position is sent in 1/10,000 minute, 1.7e-6 degrees (M.1371-5 table 48)."""


@dataclass(frozen=True)
class Who:
    """What a track is called, and whether its reports were made by a simulator."""

    name: str = ""
    simulated: bool = False


_TRACK = ("mmsi", "hull", "segment")


def _vessel(mmsi: int, hull: int) -> str:
    """A second hull under one MMSI is its #2."""
    return f"{mmsi}#{hull + 1}" if hull else str(mmsi)


def _track_id(mmsi: int, hull: int, number: int) -> str:
    return f"{_vessel(mmsi, hull)}/{number}"


@dataclass(frozen=True)
class Segment:
    """One unbroken piece of a track: ``t_ms`` int64[n] ascending, the rest float[n], NaN where missing."""

    mmsi: int
    hull: int
    number: int
    who: Who
    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    sog_kn: np.ndarray
    cog_deg: np.ndarray

    @property
    def id(self) -> str:
        return _track_id(self.mmsi, self.hull, self.number)

    @property
    def title(self) -> str:
        number = _vessel(self.mmsi, self.hull)
        name = f"{self.who.name} ({number})" if self.who.name else number
        return f"SIMULATED {name}" if self.who.simulated else name

    @property
    def times(self) -> list[str]:
        """RFC 3339, UTC; milliseconds only where there are any."""
        unit = "ms" if (self.t_ms % 1000).any() else "s"
        return [f"{t}Z" for t in np.datetime_as_string(self.t_ms.view("M8[ms]"), unit=unit).tolist()]

    @property
    def places(self) -> list[tuple[float, float]]:
        lon, lat = (np.round(values, _DEG_DECIMALS).tolist() for values in (self.lon, self.lat))
        return list(zip(lon, lat, strict=True))

    def tenths(self, name: str) -> list[float | None]:
        """SOG or COG as they were sent, in tenths; None where missing."""
        return [None if v != v else round(v, 1) for v in getattr(self, name).tolist()]


def read_sorted(tracks_parquet: Path):
    """``tracks.parquet`` of an output folder as a pyarrow Table in the order of vessel, hull, segment, time."""
    import pyarrow.parquet as pq

    return pq.read_table(tracks_parquet).sort_by([(name, "ascending") for name in (*_TRACK, "t")])


def who_is_who(table, names: dict[int, str], simulated_sources: list[int]) -> Callable[[int], Who]:
    """Who a table's vessels are; one with a single report of a simulated source is simulated."""
    mmsi, source = (table.column(n).to_numpy() for n in ("mmsi", "source"))
    simulated = frozenset(mmsi[np.isin(source, simulated_sources)].tolist())
    return lambda m: Who(names.get(m, ""), m in simulated)


def segments(table, who: Callable[[int], Who]) -> Iterator[Segment]:
    """Segments of a table of :func:`read_sorted`."""
    if not len(table):
        return
    columns = {n: table.column(n).to_numpy() for n in (*_TRACK, "lon", "lat", "sog_kn", "cog_deg")}
    t_ms = table.column("t").cast("int64").to_numpy()
    cuts = np.flatnonzero(np.any([np.diff(columns[n]) != 0 for n in _TRACK], axis=0)) + 1
    for a, b in itertools.pairwise([0, *cuts.tolist(), len(t_ms)]):
        mmsi, hull, number = (int(columns[n][a]) for n in _TRACK)
        parts = {n: columns[n][a:b] for n in ("lon", "lat", "sog_kn", "cog_deg")}
        yield Segment(mmsi, hull, number, who(mmsi), t_ms[a:b], **parts)


def _properties(s: Segment) -> dict:
    return {"mmsi": s.mmsi, "segment": s.number, "track": s.id, "name": s.who.name or None,
            "simulated": s.who.simulated}  # fmt: skip


def _write_collection(file: BinaryIO, features: Iterable[dict], **members) -> None:
    """A FeatureCollection, one feature a line."""
    file.write(
        f'{{"type": "FeatureCollection", {json.dumps(members)[1:-1]}{", " if members else ""}"features": ['.encode()
    )
    for n, feature in enumerate(features):
        file.write(b",\n" if n else b"\n")
        file.write(json.dumps(feature, ensure_ascii=False, allow_nan=False).encode())
    file.write(b"\n]}\n")


def write_geojson(file: BinaryIO, table, who: Callable[[int], Who]) -> None:
    """RFC 7946; times in the property ``coordTimes``, one a coordinate, as toGeoJSON writes and players read it."""
    _write_collection(file, map(_geojson_feature, segments(table, who)))


def _geojson_feature(s: Segment) -> dict:
    single = len(s.t_ms) == 1
    shape = {"type": "Point", "coordinates": s.places[0]} if single else {"type": "LineString", "coordinates": s.places}
    times = s.times
    properties = {
        **_properties(s), "start": times[0], "end": times[-1], "coordTimes": times,
        "sog_kn": s.tenths("sog_kn"), "cog_deg": s.tenths("cog_deg"),
    }  # fmt: skip
    return {"type": "Feature", "id": s.id, "geometry": shape, "properties": properties}


_MF_FRAMES = {
    "crs": {"type": "Name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    "trs": {"type": "Name", "properties": {"name": "urn:ogc:data:time:iso8601"}},
}
"""The defaults of OGC 19-045r3, said aloud."""
_MF_UNITS = {"sog_kn": "[kn_i]", "cog_deg": "deg"}
"""UCUM codes, as the ``form`` of a Measure may be."""


def write_mfjson(file: BinaryIO, table, who: Callable[[int], Who]) -> None:
    """MF-JSON Prism, OGC 19-045r3: a MovingPoint a segment, SOG and COG as temporal properties.

    The standard wants instants that rise, so of two fixes at one time the first is written.
    """
    _write_collection(file, map(_mf_feature, segments(table, who)), **_MF_FRAMES)


def _mf_feature(s: Segment) -> dict:
    rising = np.flatnonzero(np.r_[True, np.diff(s.t_ms) > 0])
    times, places = s.times, s.places
    geometry = {
        "type": "MovingPoint",
        "datetimes": [times[i] for i in rising],
        "coordinates": [places[i] for i in rising],
        "interpolation": "Linear" if len(rising) > 1 else "Discrete",
    }
    measured = [_mf_measure(name, times, s.tenths(name), rising) for name in _MF_UNITS]
    return {
        "type": "Feature", "id": s.id, "properties": _properties(s), "temporalGeometry": geometry,
        "temporalProperties": [m for m in measured if m["datetimes"]],
    }  # fmt: skip


def _mf_measure(name: str, times: list[str], values: list[float | None], rising: np.ndarray) -> dict:
    """Of a course the last value stands: between 359 and 1 degrees no line is drawn through 180."""
    heard = [i for i in rising if values[i] is not None]
    interpolation = "Step" if name == "cog_deg" else "Linear"
    measure = {"type": "Measure", "form": _MF_UNITS[name], "values": [values[i] for i in heard],
               "interpolation": interpolation}  # fmt: skip
    return {"datetimes": [times[i] for i in heard], name: measure}


def _text(words: str) -> str:
    """Escaped, without the control characters that XML 1.0 has no way to write."""
    return escape("".join(c for c in words if c >= " "))


_KML_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
<Schema id="fix">
<gx:SimpleArrayField name="sog_kn" type="float"/><gx:SimpleArrayField name="cog_deg" type="float"/>
</Schema>
"""


def write_kml(file: BinaryIO, table, who: Callable[[int], Who]) -> None:
    """KML 2.2 with a gx:Track a segment: Google Earth's time slider moves along it."""
    file.write(_KML_HEAD.encode())
    for s in segments(table, who):
        file.write(_placemark(s).encode())
    file.write(b"</Document></kml>\n")


def _placemark(s: Segment) -> str:
    whens = "".join(f"<when>{t}</when>" for t in s.times)
    coords = "".join(f"<gx:coord>{lon} {lat} 0</gx:coord>" for lon, lat in s.places)
    arrays = "".join(
        f'<gx:SimpleArrayData name="{name}">'
        + "".join("<gx:value/>" if v is None else f"<gx:value>{v}</gx:value>" for v in s.tenths(name))
        + "</gx:SimpleArrayData>"
        for name in ("sog_kn", "cog_deg")
    )
    data = f'<ExtendedData><SchemaData schemaUrl="#fix">{arrays}</SchemaData></ExtendedData>'
    hull = f"-hull{s.hull + 1}" if s.hull else ""
    head = f'<Placemark id="track-{s.mmsi}-{s.number}{hull}"><name>{_text(s.title)}</name>'
    return f"{head}<gx:Track>{whens}{coords}{data}</gx:Track></Placemark>\n"


_GPX_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="surveil">
"""


def write_gpx(file: BinaryIO, table, who: Callable[[int], Who]) -> None:
    """GPX 1.1: a trk a vessel, a trkseg a segment. It has no place for speed and course."""
    file.write(_GPX_HEAD.encode())
    for _, own in itertools.groupby(segments(table, who), key=lambda s: (s.mmsi, s.hull)):
        for n, s in enumerate(own):
            head = "" if n else f"<trk><name>{_text(s.title)}</name><src>AIS {s.mmsi}</src>"
            file.write(f"{head}<trkseg>{_trkpts(s)}</trkseg>\n".encode())
        file.write(b"</trk>\n")
    file.write(b"</gpx>\n")


def _trkpts(s: Segment) -> str:
    return "".join(
        f'<trkpt lat="{lat}" lon="{lon}"><time>{t}</time></trkpt>'
        for (lon, lat), t in zip(s.places, s.times, strict=True)
    )


def write_geoparquet(file: BinaryIO, table, who: Callable[[int], Who]) -> None:
    """GeoParquet 1.1: one row a fix, with every column of ``tracks.parquet``, ``track``, ``name`` and ``geometry``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {"encoding": "WKB", "geometry_types": ["Point"]}  # no crs: longitude and latitude, OGC:CRS84
    geo = json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}})
    extra = [("track", pa.string()), ("name", pa.string()), ("simulated", pa.bool_()), ("geometry", pa.binary())]
    schema = pa.schema([*table.schema, *(pa.field(n, t) for n, t in extra)], {"geo": geo})
    with pq.ParquetWriter(file, schema, compression="zstd") as out:
        for start in range(0, len(table), _ROWS):
            rows = table.slice(start, _ROWS)
            out.write_table(pa.table([*rows.columns, *_geo_columns(rows, who)], schema=schema))


def _geo_columns(rows, who: Callable[[int], Who]) -> list:
    import shapely

    mmsi, hull, number = (rows.column(n).to_pylist() for n in _TRACK)
    named = [who(m) for m in mmsi]
    points = shapely.points(rows.column("lon").to_numpy(), rows.column("lat").to_numpy())
    return [
        list(map(_track_id, mmsi, hull, number)), [w.name or None for w in named],
        [w.simulated for w in named], shapely.to_wkb(points).tolist(),
    ]  # fmt: skip


@dataclass(frozen=True)
class Format:
    """How a kind of file is written, and how one begins."""

    write: Callable
    head: str


_JSON_HEAD = '{"type": "FeatureCollection"'
FORMATS = {
    ".parquet": Format(write_geoparquet, "PAR1"),
    ".geojson": Format(write_geojson, _JSON_HEAD),
    ".mfjson": Format(write_mfjson, _JSON_HEAD),
    ".kml": Format(write_kml, "<?xml"),
    ".gpx": Format(write_gpx, "<?xml"),
}
"""By the ending of the file's name."""


def check_track_file(path: Path) -> None:
    """That tracks could be written there.

    Raises
    ------
    StoreError : an ending that is no format, no such folder, or it would replace something of another kind.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise StoreError(f"tracks are written as {', '.join(FORMATS)}", source=str(path))
    check_place(path, kind.head)


def write_tracks(path: Path, table, who: Callable[[int], Who]) -> None:
    """A table of :func:`read_sorted` in the format of the path's ending; replaces an older file at once or not at all.

    Raises
    ------
    StoreError : it cannot be written.
    """
    try:
        with replaced_file(path) as file:
            FORMATS[path.suffix.lower()].write(file, table, who)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(path)) from None
