"""What a run leaves behind: alerts in SQLite, GeoJSON and Parquet, tracks in Parquet, track events, report, summary."""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from surveil import __version__
from surveil.alert import SEVERITIES, Alert
from surveil.alerts.explain import expanded
from surveil.alerts.sinks import write_geojson, write_parquet
from surveil.alerts.store import AlertStore
from surveil.config import TracksConfig
from surveil.decode.times import DAY_MS
from surveil.files import MARK
from surveil.identity import country
from surveil.kernels.legs import NOT_STOPPED
from surveil.kernels.tracks import APPLIED, NEW_HULL, NEW_PATH, thin
from surveil.schema import CLASS_NAMES, Positions
from surveil.tracks.events import TrackEvent
from surveil.tracks.learned import Learned
from surveil.tracks.legs import Legs
from surveil.tracks.table import SMALL_NAMES, Applied, TrackTable, small_craft, small_craft_ground

_CHUNK_ROWS = 100_000
_DRAW_STEP_MS = 60_000
"""The report draws a position a minute (assumed enough at the scale of the strait)."""
_DRAW_MOST = 300_000
"""Points in a report; of more, the step between them is doubled: what a browser draws without a pause (assumed)."""
_DRAW_CELLS = 20_000
"""Cells of the reception map in a report (assumed: what a browser draws without a pause)."""

_SHOWN_EVENTS = 20
"""Of what happened to a target, the report shows the latest so many (assumed enough to read); the file has all."""

_TRACK_SCHEMA = pa.schema(
    [("mmsi", pa.int32()), ("hull", pa.int8()), ("segment", pa.int32()), ("t", pa.timestamp("ms", "UTC")),
     ("lon", pa.float64()), ("lat", pa.float64()), ("sog_kn", pa.float32()), ("cog_deg", pa.float32()),
     ("heading_deg", pa.float32()), ("nav_status", pa.int8()), ("ais_class", pa.uint8()), ("source", pa.int16()),
     ("line", pa.int64()), ("made_kn", pa.float32()), ("made_deg", pa.float32()),
     ("stopped_since", pa.timestamp("ms", "UTC"))]
)  # fmt: skip

_EVENT_SCHEMA = pa.schema(
    [("t", pa.timestamp("ms", "UTC")), ("found", pa.timestamp("ms", "UTC")), ("kind", pa.string()),
     ("mmsi", pa.int32()), ("lon", pa.float64()), ("lat", pa.float64()), ("sentence", pa.string()),
     ("facts", pa.string())]
)  # fmt: skip


class EventWriter:
    """Track events into Parquet as they come; ``counts`` by kind."""

    def __init__(self, path: Path):
        self._file = pq.ParquetWriter(path, _EVENT_SCHEMA, compression="zstd")
        self._rows: list[tuple] = []
        self.counts: Counter[str] = Counter()

    def add(self, event: TrackEvent) -> None:
        self._rows.append(
            (event.t_ms, event.found_ms, event.kind, event.mmsi, event.lon, event.lat, event.sentence,
             event.facts_json())
        )  # fmt: skip
        self.counts[event.kind] += 1
        if len(self._rows) >= _CHUNK_ROWS:
            self.flush()

    def flush(self) -> None:
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(_EVENT_SCHEMA)
        arrays = [pa.array(column, f.type) for column, f in zip(columns, _EVENT_SCHEMA, strict=True)]
        self._file.write_table(pa.Table.from_arrays(arrays, schema=_EVENT_SCHEMA))
        self._rows = []

    def close(self) -> None:
        self.flush()
        self._file.close()


class TrackWriter:
    """Accepted positions into Parquet as they come, with speed and course made good and stops; a thinned copy for the
    map."""

    def __init__(self, path: Path, config: TracksConfig):
        self._legs = Legs(config)
        self._file = pq.ParquetWriter(path, _TRACK_SCHEMA, compression="zstd")
        self._rows: list[tuple[Positions, Applied]] = []
        self._n = 0
        self._kept_ms = np.zeros(0, np.int64)
        self._kept_segment = np.zeros(0, np.int32)
        self._step_ms = _DRAW_STEP_MS
        self.drawn: list[dict[str, np.ndarray]] = []

    def add(self, rows: Positions, applied: Applied) -> None:
        good = np.isin(applied.outcome, (APPLIED, NEW_PATH, NEW_HULL))
        if good.any():
            self._rows.append((rows.take(good), applied.take(good)))
            self._n += int(good.sum())
        if self._n >= _CHUNK_ROWS:
            self.flush()

    def flush(self) -> None:
        if not self._rows:
            return
        rows, applied = Positions.concat([r for r, _ in self._rows]), Applied.concat([a for _, a in self._rows])
        made = self._legs.apply(rows, applied)
        self._rows, self._n = [], 0
        columns = {name: getattr(rows, name) for name in _TRACK_SCHEMA.names if name in rows.DTYPES}
        columns |= {
            "segment": applied.segment,
            "hull": applied.hull,
            "t": rows.t_ms,
            "line": rows.seq,
            "made_kn": made.kn,
            "made_deg": made.deg,
        }
        stopped_since = pa.array(made.since_ms, mask=made.since_ms == NOT_STOPPED)
        columns["stopped_since"] = stopped_since.cast(_TRACK_SCHEMA.field("stopped_since").type)
        arrays = [pa.array(columns[f.name], f.type, from_pandas=True) for f in _TRACK_SCHEMA]
        self._file.write_table(pa.Table.from_arrays(arrays, schema=_TRACK_SCHEMA))
        self._draw(rows, applied.slot, applied.segment)

    def _draw(self, rows: Positions, slot: np.ndarray, segment: np.ndarray) -> None:
        missing = int(slot.max()) + 1 - len(self._kept_ms)
        if missing > 0:
            self._kept_ms = np.concatenate([self._kept_ms, np.zeros(missing, np.int64)])
            self._kept_segment = np.concatenate([self._kept_segment, np.full(missing, -1, np.int32)])
        names = ("t_ms", "lon", "lat", "sog_kn", "cog_deg")
        self._thin({"slot": slot, "segment": segment, **{name: getattr(rows, name) for name in names}})
        while sum(len(d["slot"]) for d in self.drawn) > _DRAW_MOST and self._step_ms < DAY_MS:
            self._step_ms *= 2
            points = {name: np.concatenate([d[name] for d in self.drawn]) for name in self.drawn[0]}
            self.drawn, self._kept_segment[:] = [], -1
            self._thin(points)

    def _thin(self, points: dict[str, np.ndarray]) -> None:
        slot, segment = points["slot"], points["segment"]
        keep = thin(slot, points["t_ms"], segment, self._kept_ms, self._kept_segment, self._step_ms)
        self.drawn.append({name: column[keep] for name, column in points.items()})

    def close(self) -> None:
        self.flush()
        self._file.close()

    def tracks(self, table: TrackTable) -> list[dict]:
        """Targets and their thinned paths, for the report."""
        if not self.drawn:
            return []
        points = {k: np.concatenate([d[k] for d in self.drawn]) for k in self.drawn[0]}
        order = np.argsort(points["slot"], kind="stable")
        points = {k: v[order] for k, v in points.items()}
        cuts = np.flatnonzero(np.diff(points["slot"])) + 1
        starts = [0, *cuts.tolist()]
        ends = [*cuts.tolist(), len(points["slot"])]
        small, ground = small_craft(
            table.statics["length_m"][: table.n], table.statics["ship_type"][: table.n],
            table.arrays.ais_class[: table.n],
        )  # fmt: skip
        return [
            {**_who(table, int(points["slot"][a]), small, ground), "segments": _segments(points, a, b)}
            for a, b in zip(starts, ends, strict=True)
            if b > a
        ]


def with_events(tracks: list[dict], path: Path) -> list[dict]:
    """Tracks for the report, each with what a file of track events says happened to it."""
    happened: dict[int, deque] = defaultdict(lambda: deque(maxlen=_SHOWN_EVENTS))
    for batch in pq.ParquetFile(path).iter_batches(columns=["t", "mmsi", "sentence"]):
        columns = batch["t"].cast(pa.int64()).to_pylist(), batch["mmsi"].to_pylist(), batch["sentence"].to_pylist()
        for t_ms, mmsi, sentence in zip(*columns, strict=True):
            happened[mmsi].append({"t_ms": t_ms, "sentence": sentence})
    return [
        {**track, "events": sorted(happened.get(track["mmsi"], ()), key=lambda event: event["t_ms"])}
        for track in tracks
    ]


def names(table: TrackTable) -> dict[int, str]:
    """Names by MMSI, of those that have said one."""
    return {mmsi: name for slot, mmsi in enumerate(table.arrays.mmsi[: table.n].tolist()) if (name := table.name(slot))}


def _who(table: TrackTable, slot: int, small: np.ndarray, ground: np.ndarray) -> dict:
    length_m = float(table.statics["length_m"][slot])
    ship_type = int(table.statics["ship_type"][slot])
    return {
        "mmsi": int(table.arrays.mmsi[slot]),
        "name": table.name(slot) or None,
        "flag": country(int(table.arrays.mmsi[slot])) or None,
        "ais_class": CLASS_NAMES[table.arrays.ais_class[slot]],
        "small_craft": SMALL_NAMES[small[slot]],
        "small_craft_ground": small_craft_ground(int(ground[slot])),
        "ship_type": ship_type if ship_type >= 0 else None,
        "ship_type_text": ship_types().get(ship_type),
        "length_m": None if np.isnan(length_m) else length_m,
    }


def _segments(points: dict[str, np.ndarray], a: int, b: int) -> list[dict]:
    cuts = np.flatnonzero(np.diff(points["segment"][a:b])) + 1
    names = ("t_ms", "lon", "lat", "sog_kn", "cog_deg")
    parts = {name: np.split(points[name][a:b], cuts) for name in names}
    return [{name: parts[name][i] for name in names} for i in range(len(cuts) + 1)]


@cache
def ship_types() -> dict[int, str]:
    """Words for the ship type codes of M.1371-5 table 53."""
    import csv

    from surveil.resources import resource

    with open(resource("geodata", "ship_types.csv"), encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {int(row["code"]): row["type"] for row in rows}


def count_alerts(alerts: list[Alert]) -> dict:
    """Alerts by rule and by severity."""
    by_rule = Counter(a.rule for a in alerts)
    by_severity = Counter(a.severity for a in alerts)
    return {
        "alerts": dict(sorted(by_rule.items())),
        "severities": {s: by_severity[s] for s in SEVERITIES if by_severity[s]},
    }


def write_alerts(folder: Path, alerts: list[Alert]) -> None:
    """alerts.geojson and alerts.parquet."""
    write_geojson(folder / "alerts.geojson", alerts)
    write_parquet(folder / "alerts.parquet", alerts)


def write_summary(folder: Path, summary: dict) -> None:
    """run.json: the summary, and the mark of an output folder."""
    text = json.dumps({"surveil": __version__, **summary}, indent=1, ensure_ascii=False)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")


def reception_cells(learned: Learned | None) -> dict | None:
    """The reception map for the report: of many cells those with the most reports expected."""
    if learned is None:
        return None
    cells = learned.reception.cells()
    most = np.sort(np.argsort(-cells["expected"].sum(axis=1), kind="stable")[:_DRAW_CELLS])
    return {"cell_deg": learned.cell_deg, **{name: values[most] for name, values in cells.items()}}


def report_data(
    title: str,
    summary: dict,
    areas,
    tracks: list[dict],
    store: AlertStore,
    alerts: list[Alert],
    learned: Learned | None,
    lang: str = "en",
) -> dict:
    """What :func:`surveil.report.write_report` draws; its alerts are read from the store as they are written."""
    world = areas.to_geojson()["features"]
    land = [f for f in world if f["properties"]["kind"] == "land"]
    points = [f for f in world if f["geometry"]["type"] == "Point"]
    rest = [f for f in world if f["geometry"]["type"] != "Point" and f["properties"]["kind"] != "land"]
    places = [
        {"name": f["properties"]["name"], "kind": f["properties"]["kind"],
         "lon": f["geometry"]["coordinates"][0], "lat": f["geometry"]["coordinates"][1]}
        for f in points
    ]  # fmt: skip
    return {
        "title": title,
        "simulated": summary["simulated"],
        "sources": list(store.source_names().values()),
        "span": [summary["span"]["start_ms"], summary["span"]["end_ms"]],
        "generated_by": f"surveil {__version__}",
        "summary": summary,
        "areas": {"type": "FeatureCollection", "features": rest},
        "land": {"type": "FeatureCollection", "features": land},
        "places": places,
        "tracks": tracks,
        "reception": reception_cells(learned),
        "alerts": (expanded(store, alert, lang) for alert in alerts),
    }
