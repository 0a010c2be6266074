"""Files of plots: ASTERIX, captures of it, radar sentences, and tables of detections, recognised by content.

A table is CSV, Parquet, JSON lines or GeoJSON. Its columns are those of :class:`~surveil.schema.Plots`, under one of
the names in ``NAMES``; or it is a table of KSAT's vessel detections. A row without time or place is refused.
"""

from __future__ import annotations

import csv as stdcsv
import io
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from surveil.decode import capture, plots
from surveil.decode.lines import LineSplitter
from surveil.decode.targets import TargetDecoder
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.schema import MISSING_SENSOR, Plots
from surveil.sources.csvcolumns import numbers, times_ms
from surveil.sources.dialects import ISO_TIME
from surveil.sources.opening import Member

NAMES = {
    "t": ("t", "time", "timestamp", "t_ms", "productstarttime"),
    "lon": ("lon", "longitude"), "lat": ("lat", "latitude"), "range_m": ("range_m",), "bearing_deg": ("bearing_deg",),
    "sigma_range_m": ("sigma_range_m",), "sigma_bearing_deg": ("sigma_bearing_deg",), "sigma_m": ("sigma_m",),
    "snr_db": ("snr_db",), "length_m": ("length_m", "length"), "sog_kn": ("sog_kn",), "cog_deg": ("cog_deg",),
    "probability": ("probability",), "track": ("track",), "label": ("label", "type"), "sensor": ("sensor",),
}  # fmt: skip
"""Names of each column, case aside; the first that a table has counts."""
TEXTS = ("label", "sensor")
KSAT_MARK = "detectionid"
"""A table with this column is KSAT's: its probability is in per cent."""
ROWS = 1 << 16
"""Rows of a table read at a time."""
PARQUET = b"PAR1"


def read_plots(
    path: Path, ledger: Ledger, sensors: dict, near_ms: int = 0, sensor: int = MISSING_SENSOR, source: int | None = None
) -> Iterator[Plots]:
    """Every plot of a file, in pieces of bounded size, in its order.

    Parameters
    ----------
    sensors : index of a sensor by what names it in the file: (SAC, SIC) in ASTERIX, a station's or talker's name
        (bytes) in sentences, a name (str) in a table.
    near_ms : a time within 12 h of the first plot, where plots carry the time of day only.
    sensor : index of rows of a table that name none.
    source : index of the file in the ledger, where it is entered already.

    Raises
    ------
    InputError : the file cannot be read, or is none of these.
    """
    if source is None:
        source = ledger.add_source(str(path))
    member = Member(Path(path))
    chunks = member.chunks(ledger.problem)
    head = next(chunks, b"")
    kind = kind_of(head)
    if not kind:
        raise InputError("holds neither ASTERIX, a capture of it, TTM or TLL, nor a table of plots", source=str(path))
    ledger[source].format = kind
    chunks = itertools.chain([head], chunks)
    if kind == "asterix":
        yield from _fed(plots.PlotDecoder(ledger, source, sensors, near_ms), chunks)
    elif kind == "nmea":
        yield from _fed(TargetDecoder(ledger, source, sensors, near_ms), chunks)
    elif kind == "pcap":
        decoder = plots.PlotDecoder(ledger, source, sensors, near_ms)
        yield from _captured(decoder, b"".join(chunks), str(path))
    else:
        rows = Rows(ledger, source, sensors, sensor)
        try:
            for piece in _TABLES[kind](chunks):
                yield rows.plots(piece)
        except pa.ArrowException as trouble:
            raise InputError(f"damaged {kind} data: {trouble}", source=str(path)) from trouble


def kind_of(head: bytes) -> str:
    """What kind of file of plots begins so; empty if none."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if capture.is_capture(head):
        return "pcap"
    if head[:4] == PARQUET:
        return "parquet"
    if text[:1] == b"{":
        return "geojson" if b'"FeatureCollection"' in text[:4096] else "jsonl"
    if plots.looks_like_asterix(head):
        return "asterix"
    lines = text.splitlines()[:20]
    if any(b"TTM," in line or b"TLL," in line for line in lines):
        return "nmea"
    header = (
        {name.strip().strip('"').lower() for name in lines[0].decode("utf-8", "replace").split(",")} if lines else {}
    )
    return "csv" if any(name in header for name in NAMES["t"]) and len(header) > 2 else ""


def _fed(decoder, chunks: Iterator[bytes]) -> Iterator[Plots]:
    for chunk in chunks:
        yield decoder.feed(chunk)
    rest = decoder.close()
    if rest is not None:
        yield rest


def _captured(decoder, data: bytes, name: str) -> Iterator[Plots]:
    packets = capture.datagrams(data, name)
    while part := list(itertools.islice(packets, 4096)):
        yield decoder.datagrams(part)


class Piece(NamedTuple):
    """Rows of a table with the line of each, and lines that are no rows."""

    table: pa.Table
    seq: np.ndarray
    wrong: tuple[tuple[int, bytes], ...] = ()


class Rows:
    """Tables of plots to :class:`Plots`."""

    def __init__(self, ledger: Ledger, source: int, sensors: dict[str, int], sensor: int):
        self.ledger, self.source, self.sensors, self.sensor = ledger, source, sensors, sensor

    def plots(self, piece: Piece) -> Plots:
        """The rows that have a time and a place."""
        table, seq, wrong = piece
        places = {name.strip().lower(): at for at, name in reversed(list(enumerate(table.column_names)))}
        found = {ours: places[n] for ours, names in NAMES.items() for n in reversed(names) if n in places}
        columns = {ours: table.column(at).combine_chunks() for ours, at in found.items()}
        n = len(table)
        t_ms, bad = _times(columns["t"]) if "t" in columns else (np.zeros(n, np.int64), np.ones(n, bool))
        values = {name: _floats(column) for name, column in columns.items() if name not in ("t", *TEXTS)}
        if KSAT_MARK in places and "probability" in values:
            values["probability"] = values["probability"] / 100
        here = np.isfinite(values.get("lon", np.full(n, np.nan)) + values.get("lat", np.full(n, np.nan)))
        here |= np.isfinite(values.get("range_m", np.full(n, np.nan)) + values.get("bearing_deg", np.full(n, np.nan)))
        self._account(seq, {"no time": bad, "no position": ~bad & ~here}, wrong)
        keep = ~bad & here
        rows = {name: column[keep] for name, column in values.items()}
        if "track" in rows:
            rows["track"] = np.where(np.isfinite(rows["track"]), rows["track"], Plots.missing("track"))
        if "label" in columns:
            rows["label"] = np.array([(v or "").encode()[:24] for v in columns["label"].cast("string").to_pylist()])[
                keep
            ]
        return Plots.build(
            t_ms=t_ms[keep], source=np.full(keep.sum(), self.source), seq=seq[keep],
            sensor=self._sensors(columns.get("sensor"), n)[keep], **rows,
        )  # fmt: skip

    def _account(self, seq: np.ndarray, faults: dict[str, np.ndarray], wrong: tuple[tuple[int, bytes], ...]) -> None:
        count = self.ledger[self.source]
        count.lines_read += len(seq) + len(wrong)
        for line, raw in wrong:
            self.ledger.refuse(self.source, line, "wrong number of fields", raw)
        count.decoded += len(seq) - sum(int(wrong.sum()) for wrong in faults.values())
        for reason, wrong in faults.items():
            for line in seq[wrong].tolist():
                self.ledger.refuse(self.source, line, reason)

    def _sensors(self, column: pa.Array | None, n: int) -> np.ndarray:
        if column is None or not pa.types.is_string(column.type):
            return np.full(n, self.sensor)
        return np.array([self.sensors.get(name, self.sensor) for name in column.to_pylist()], np.int64)


def _floats(column: pa.Array) -> np.ndarray:
    if pa.types.is_string(column.type):
        return numbers(column.fill_null(""))[0]
    return np.array(column.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _times(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """UTC ms, and where there is no time. A number is UTC ms, or s below 10^11."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", column.type.tz)).cast(pa.int64())
    values = _floats(column)
    bad = ~np.isfinite(values)
    values = np.where(bad, 0, values)
    t_ms = np.where(np.abs(values) < 1e11, values * 1000, values).astype(np.int64)
    if pa.types.is_string(column.type):
        stamps, unread = times_ms(column.fill_null(""), ISO_TIME)
        t_ms, bad = np.where(unread, t_ms, stamps), bad & unread
    return t_ms, bad


def _csv(chunks: Iterator[bytes]) -> Iterator[Piece]:
    """Every column as text; the header is line 1, blank lines count as lines and are no rows."""
    splitter, header, first = LineSplitter(), b"", 1
    for lines in itertools.chain(map(splitter.feed, chunks), (splitter.close() for _ in range(1))):
        filled = [(first + i, line) for i, line in enumerate(lines) if line.strip()]
        first += len(lines)
        if not header and filled:
            header = filled.pop(0)[1].removeprefix(b"\xef\xbb\xbf")
        if filled:
            yield _text_piece(header, filled)


def _text_piece(header: bytes, numbered: list[tuple[int, bytes]]) -> Piece:
    from pyarrow import csv

    names, wrong = next(stdcsv.reader([header.decode("utf-8", "replace")])), []

    def note(row) -> str:
        wrong.append(row.number - 1)
        return "skip"

    text = b"\n".join(line.decode("utf-8", "replace").encode() for _, line in numbered)
    table = csv.read_csv(
        io.BytesIO(text),
        read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 28),
        parse_options=csv.ParseOptions(invalid_row_handler=note),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    seq = np.delete(np.array([number for number, _ in numbered]), wrong)
    return Piece(table, seq, tuple(numbered[i] for i in wrong))


def _parquet(chunks: Iterator[bytes]) -> Iterator[Piece]:
    import pyarrow.parquet as pq

    first = 1
    for batch in pq.ParquetFile(io.BytesIO(b"".join(chunks))).iter_batches(ROWS):
        yield Piece(pa.Table.from_batches([batch]), first + np.arange(len(batch)))
        first += len(batch)


def _jsonl(chunks: Iterator[bytes]) -> Iterator[Piece]:
    splitter, first = LineSplitter(), 1
    for lines in itertools.chain(map(splitter.feed, chunks), (splitter.close() for _ in range(1))):
        if lines:
            yield Piece(_object_table([_object(line) for line in lines]), first + np.arange(len(lines)))
        first += len(lines)


def _geojson(chunks: Iterator[bytes]) -> Iterator[Piece]:
    rows = []
    for feature in _object(b"".join(chunks)).get("features") or []:
        geometry = feature.get("geometry") or {}
        point = geometry["coordinates"][:2] if geometry.get("type") == "Point" else ()
        rows.append((feature.get("properties") or {}) | dict(zip(("lon", "lat"), point, strict=False)))
    if rows:
        yield Piece(_object_table(rows), 1 + np.arange(len(rows)))


def _object(line: bytes) -> dict:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _object_table(rows: list[dict]) -> pa.Table:
    """As text; what is no object is a row without anything, and refused as such."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = {n: pa.array(["" if row.get(n) is None else str(row[n]) for row in rows], pa.string()) for n in names}
    return pa.table(text) if text else pa.table({"t": pa.array([""] * len(rows), pa.string())})


_TABLES: dict[str, Callable[[Iterator[bytes]], Iterator[Piece]]] = {
    "csv": _csv, "parquet": _parquet, "jsonl": _jsonl, "geojson": _geojson,
}  # fmt: skip
