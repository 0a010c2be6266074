"""Columns to GeoParquet files and back, and reading no more of a file than a query needs.

A file holds one kind, day and MMSI bucket. Its vessels follow each other by where they are (Morton order of the first
position), and each vessel's rows lie together in the order of arrival, so that the statistics of a row group span a
small area. Positions are GeoParquet 1.1 points (native encoding: their x and y carry the statistics, so that no
covering column is needed, https://geoparquet.org/releases/v1.1.0/).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from surveil.archive.manifest import SUFFIX, File, Manifest, hidden_name
from surveil.decode.times import DAY_MS
from surveil.errors import InputError
from surveil.kernels import partition
from surveil.schema import KIND_CLASSES, Columns, Positions
from surveil.sources.cut import Cut
from surveil.sources.rows import position_digest

BUCKETS = 16
"""A vessel's rows are in bucket MMSI % 16: a query of one vessel opens a sixteenth of the files (assumed)."""
_GROUP_ROWS = 16_384
"""Rows in a row group, the least that is read: some 300 kB, or two days of a ship under way (assumed)."""
_DELTA = {"t": "DELTA_BINARY_PACKED", "seq": "DELTA_BINARY_PACKED"}
_SPLIT = dict.fromkeys(("geometry.x", "geometry.y", "sog_kn", "cog_deg"), "BYTE_STREAM_SPLIT")
_LATER = "lines_later"
"""Column: how many lines after ``seq``, its first, a message was whole."""


@dataclass(frozen=True)
class Piece:
    """Rows of one kind for one file."""

    file: File
    rows: Columns
    at: np.ndarray
    order: np.ndarray
    source: str


def pieces(import_id: int, flush: int, source: str, kind: str, rows: Columns, at: np.ndarray) -> Iterator[Piece]:
    """Rows cut into days and buckets, each in the order in which it is written."""
    if not len(rows):
        return
    order, cuts, days = _arranged(rows)
    for start, end in pairwise(cuts.tolist()):
        first = order[start]
        day, bucket = str(days[first].astype("M8[D]")), int(rows.mmsi[first]) % BUCKETS
        path = f"{kind}/day={day}/bucket={bucket:02}/{import_id:06}-{flush:05}{SUFFIX}"
        file = File(import_id, flush, kind, day, bucket, path, int(end - start), 0, 0)
        yield Piece(file, rows, at, order[start:end], source)


def _arranged(rows: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Order by (day, bucket, place, MMSI, arrival); where files begin and the last one ends; day of each row."""
    none = np.full(len(rows), np.nan)
    lon, lat = getattr(rows, "lon", none), getattr(rows, "lat", none)
    vessel, mmsi, first_lon, first_lat = partition.vessels(rows.mmsi, lon, lat)
    bucket = mmsi % BUCKETS
    rank = np.empty(len(mmsi), np.int32)
    rank[np.lexsort((mmsi, _morton(first_lon, first_lat), bucket))] = np.arange(len(mmsi))
    days = rows.t_ms // DAY_MS
    known, day = np.unique(days, return_inverse=True)
    order = partition.order_by(rank[vessel], len(mmsi), np.arange(len(rows)))
    order = partition.order_by(day.astype(np.int32), len(known), order)
    part = day[order].astype(np.int64) * BUCKETS + bucket[vessel[order]]
    return order, np.r_[0, np.flatnonzero(np.diff(part)) + 1, len(part)], days


def _morton(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """int64: place on a Z-shaped curve through cells of 0.0055 by 0.0027 degrees; 0 where not known."""
    x = (np.nan_to_num(lon + 180) / 360 * 65535).astype(np.int64)
    y = (np.nan_to_num(lat + 90) / 180 * 65535).astype(np.int64)
    return sum((((x >> bit) & 1) << (2 * bit)) | (((y >> bit) & 1) << (2 * bit + 1)) for bit in range(16))


def write(folder: Path, piece: Piece) -> File:
    """Write a piece under its hidden name, durably; returns its entry in the manifest."""
    rows = piece.rows.take(piece.order)
    table = _table(rows, piece.at[piece.order] - rows.seq, piece.source)
    path = hidden_name(folder / piece.file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pq.write_table(
            table, file, row_group_size=_GROUP_ROWS, compression="zstd", compression_level=1,
            use_dictionary=_dictionaries(table), column_encoding=_encodings(table), write_page_index=False,
        )  # fmt: skip
        file.flush()
        os.fdatasync(file.fileno())
    span = {"t_min": int(rows.t_ms.min()), "t_max": int(rows.t_ms.max())}
    return File(**{**vars(piece.file), **span, **_box(rows)})


def _dictionaries(table: pa.Table) -> list[str]:
    plain = {"t", "seq", "geometry", "digest", "sog_kn", "cog_deg"}
    return [name for name in table.column_names if name not in plain]


def _encodings(table: pa.Table) -> dict[str, str]:
    return _DELTA | (_SPLIT if "geometry" in table.column_names else {})


def _box(rows: Columns) -> dict[str, float]:
    if not isinstance(rows, Positions):
        return {}
    known = ~np.isnan(rows.lon)
    lon, lat, unplaced = rows.lon[known], rows.lat[known], int((~known).sum())
    if not len(lon):
        return {"unplaced": unplaced}
    box = {"west": lon.min(), "south": lat.min(), "east": lon.max(), "north": lat.max()}
    return {"unplaced": unplaced, **{side: float(degrees) for side, degrees in box.items()}}


def _table(rows: Columns, later: np.ndarray, source: str) -> pa.Table:
    """As :meth:`Columns.to_arrow`, but ``geometry`` for lon and lat, the name for the source, and ``lines_later``.

    A digest that the row's content gives again is left out.
    """
    names = pa.DictionaryArray.from_arrays(np.zeros(len(rows), np.int8), pa.array([source]))
    if not isinstance(rows, Positions):
        table = rows.to_arrow()
    else:
        table = pa.table(dict(_position_columns(rows)), metadata={"geo": _geo()})
    at = table.column_names.index("source")
    return table.set_column(at, "source", names).append_column(_LATER, pa.array(later.astype(np.int32)))


def _position_columns(rows: Positions):
    known = ~np.isnan(rows.lon)
    for name in rows.DTYPES:
        values = getattr(rows, name)
        if name == "t_ms":
            yield "t", pa.array(values, pa.timestamp("ms", "UTC"))
        elif name == "digest" and (position_digest(rows) == values).all():
            yield name, pa.nulls(len(rows), pa.uint64())
        elif name == "lon":
            mask = None if known.all() else pa.array(~known)
            yield (
                "geometry",
                pa.StructArray.from_arrays([pa.array(rows.lon), pa.array(rows.lat)], ["x", "y"], mask=mask),
            )
        elif name != "lat":
            yield name, pa.array(values, from_pandas=values.dtype.kind == "f")


@cache
def _geo() -> str:
    column = {"encoding": "point", "geometry_types": ["Point"]}  # no crs: OGC:CRS84, WGS84 longitude and latitude
    return json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})


def read(manifest: Manifest, file: File, source: int, cut: Cut = Cut()) -> tuple[Columns, np.ndarray]:
    """Rows of a file that a cut wants, in the order of the file, and their arrival (line that completed them).

    Raises
    ------
    InputError : the file is gone, damaged, or of another schema.
    """
    kind = KIND_CLASSES[file.kind]
    try:
        with pq.ParquetFile(manifest.opened(file)) as parquet:
            if parquet.metadata.num_rows != file.rows:
                raise ValueError(f"{parquet.metadata.num_rows} rows, not {file.rows}")
            groups = _groups(parquet, cut)
            columns = [name for name in parquet.schema_arrow.names if name != "source"]
            table = parquet.read_row_groups(groups, columns=columns, use_threads=False)
        rows = _rows(kind, table, source)
        at = rows.seq + table.column(_LATER).to_numpy()
    except FileNotFoundError:
        raise InputError(
            "is a file of the archive and is gone; its rows are missing", source=manifest.shown(file)
        ) from None
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise InputError(f"is not the file that the archive wrote: {error}", source=manifest.shown(file)) from None
    wanted = cut.wanted(rows)
    return (rows, at) if wanted.all() else (rows.take(wanted), at[wanted])


def _groups(parquet: pq.ParquetFile, cut: Cut) -> list[int]:
    """Row groups that may hold rows wanted: by their statistics, then by the vessels in them."""
    metadata = parquet.metadata
    places = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    found = []
    for group in range(metadata.num_row_groups):
        spans = {name: _span(metadata.row_group(group).column(at)) for name, at in places.items() if name in _SPANNED}
        if _may_hold(spans, cut):
            found.append(group)
    if cut.mmsi is None or "dest_mmsi" in places:
        return found
    wanted = pa.array(sorted(cut.mmsi), pa.int32())

    def has_vessel(group: int) -> bool:
        mmsi = parquet.read_row_group(group, columns=["mmsi"], use_threads=False).column(0)
        return pc.any(pc.is_in(mmsi, wanted)).as_py()

    return [group for group in found if has_vessel(group)]


_SPANNED = ("t", "geometry.x", "geometry.y")


def _span(column) -> tuple | None:
    """Least and greatest value; None if not known, or if some rows have none, since a query may want those."""
    statistics = column.statistics
    if statistics is None or not statistics.has_min_max or statistics.null_count:
        return None
    return statistics.min, statistics.max


def _may_hold(spans: dict[str, tuple | None], cut: Cut) -> bool:
    if spans["t"] is not None:
        first, last = (int(t.timestamp() * 1000) for t in spans["t"])
        if (cut.to_ms is not None and first >= cut.to_ms) or (cut.from_ms is not None and last + 1 < cut.from_ms):
            return False
    x, y = spans.get("geometry.x"), spans.get("geometry.y")
    return x is None or y is None or cut.may_hold(x[0], y[0], x[1], y[1])


def _rows(kind: type[Columns], table: pa.Table, source: int) -> Columns:
    n = table.num_rows
    if kind is not Positions:
        names = pa.array(np.full(n, source, np.int16))
        return kind.from_arrow(table.append_column("source", names))
    point = table.column("geometry").combine_chunks()
    point = point.flatten() if n else [np.empty(0), np.empty(0)]
    columns = {"lon": np.asarray(point[0], float), "lat": np.asarray(point[1], float), "source": np.full(n, source)}
    columns["t_ms"] = table.column("t").cast(pa.int64()).to_numpy()
    digest = table.column("digest")
    own = digest.null_count < n
    columns["digest"] = digest.to_numpy() if own else np.zeros(n, np.uint64)
    for name in kind.DTYPES:
        if name not in columns:
            columns[name] = table.column(name).to_numpy()
    rows = kind.build(**columns)
    return rows if own else rows.replace(digest=position_digest(rows))
