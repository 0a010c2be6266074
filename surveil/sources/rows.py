"""Columns of text, whatever file they were in, to rows: what all tables of AIS have in common.

A row gives a position, and statics when what it says of the vessel has changed since that vessel's last row. Where a
table says which AIS message a row was, only the types that carry a position give one, and each message of statics or
of text is kept. ``msg_type`` is 0 where a table does not tell it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from surveil.decode.messages import (
    MAX_MMSI,
    POSITION_TYPES,
    SAFETY_TYPES,
    SOG_NONE,
    STATIC_TYPES,
    classify,
    missing_pair,
)
from surveil.decode.times import AIS_BEGAN_MS, TimeOptions
from surveil.kernels.bits import mix_column
from surveil.ledger import Ledger
from surveil.schema import CLASS_UNKNOWN, MISSING_SHIP_TYPE, MISSING_STATUS, Batch, Positions, Safety, Statics
from surveil.sources import csvcolumns as read
from surveil.sources.dialects import NAV_STATUS, SHIP_TYPE, STATION_CLASS, Dialect

_NOTHING = ("unknown", "undefined", "null", "n/a")
_LON_NONE_DEG, _LAT_NONE_DEG = 181.0, 91.0
_SOG_NONE_KN, _COG_NONE_DEG, _HEADING_NONE_DEG = 102.3, 360.0, 360.0
"""What M.1371-5 table 45 calls not available, in the archives' units; COG and heading from here up."""
_MAX_STATUS, _MAX_SHIP_TYPE, _MAX_TYPE, _SECOND_NONE = 14, 255, 63, 60


class TableDecoder:
    """What decoders of tables share. Fed like a SentenceDecoder; counts every line (or record) in the ledger.

    Parameters
    ----------
    source : its index in the ledger.
    ledger : where lines are counted and refused ones go.
    dialect : the archive it is from.
    time : which times to believe.
    """

    def __init__(self, source: int, ledger: Ledger, dialect: Dialect, time: TimeOptions | None = None):
        self.source, self.ledger, self.dialect = source, ledger, dialect
        self.options = time or TimeOptions()
        self._splitter = dialect.splitter()
        self._last_static: dict[int, int] = {}

    @property
    def count(self):
        return self.ledger[self.source]

    def feed(self, chunk: bytes) -> Batch:
        """Rows that these bytes complete. A missing column raises InputError."""
        return self._decode(self._splitter.feed(chunk))

    def close(self) -> Batch:
        """The last line, if it has no end."""
        return self._decode(self._splitter.close())

    def state(self) -> dict:
        """Everything that feeding so far has left behind, as JSON can carry it."""
        return {"lines": self._splitter.state(), "last_static": [list(pair) for pair in self._last_static.items()]}

    def restore(self, state: dict) -> None:
        """Inverse of :meth:`state`; the ledger must be restored too, since it counts the lines."""
        self._splitter.restore(state["lines"])
        self._last_static = dict(state["last_static"])

    def _decode(self, lines: list[bytes]) -> Batch:
        raise NotImplementedError

    def _refuse(self, number: int, reason: str, raw: bytes) -> None:
        self.ledger.refuse(self.source, number, reason, raw, defect=True)

    def _rows(self, rows: list[tuple[int, bytes]], columns: dict[str, pa.StringArray]) -> Batch:
        """Rows of numbered lines whose columns are given as text, by our names for them."""
        values, faults = _values(columns, self.dialect, self.options)
        for at in np.flatnonzero(faults).tolist():
            number, line = rows[at]
            self._refuse(number, FAULTS[faults[at]], line)
        good = faults == 0
        self.count.decoded += int(good.sum())
        self.count.times["column"] += int(good.sum())
        seq = np.array([number for number, _ in rows], np.int64)
        positions = position_rows(values, seq, self.source)
        statics = _statics(columns, positions, self.dialect.scale)
        kind = positions.msg_type
        for msg_type, n in enumerate(np.bincount(kind[good])):
            if msg_type and n:
                self.count.types[str(msg_type)] += int(n)
        placed, texts = np.isin(kind, _POSITION), np.isin(kind, _SAFETY)
        return Batch.build(
            positions.take(good & placed),
            statics.take(self._news(statics, good & ~texts)),
            _safety(columns, positions, np.flatnonzero(good & texts)),
        )

    def _news(self, statics: Statics, good: np.ndarray) -> np.ndarray:
        """Indices of good rows that say something of the vessel and are either messages of their own, or do not
        say what its row before said."""
        says = np.flatnonzero(good & (statics.digest != _NO_STATIC))
        order = says[np.argsort(statics.mmsi[says], kind="stable")]
        mmsi, digest = statics.mmsi[order], statics.digest[order].view(np.int64)
        vessels = np.flatnonzero(np.r_[len(order) > 0, mmsi[1:] != mmsi[:-1]])
        new = np.ones(len(order), bool)
        new[1:] = digest[1:] != digest[:-1]
        for at, end in zip(vessels, np.r_[vessels[1:], len(order)][: len(vessels)], strict=True):
            vessel = int(mmsi[at])
            new[at] = self._last_static.get(vessel) != int(digest[at])
            self._last_static[vessel] = int(digest[end - 1])
        return np.sort(order[new | np.isin(statics.msg_type[order], _STATIC)])


_POSITION, _STATIC, _SAFETY = ([0, *sorted(POSITION_TYPES)], sorted(STATIC_TYPES), sorted(SAFETY_TYPES))

FAULTS = (
    "", "time not readable", "time before AIS existed", "time in the future", "MMSI not a number",
    "MMSI out of range", "latitude not a number", "latitude out of range", "longitude not a number",
    "longitude out of range", "SOG not a number", "COG not a number", "heading not a number",
)  # fmt: skip
"""Reasons to refuse a row, by code; the first that holds is given."""
_NO_STATIC = np.uint64(0)


def _values(columns: dict[str, pa.StringArray], dialect: Dialect, options: TimeOptions):
    """(numbers by column, uint8[n] index into FAULTS)."""
    n = len(columns["time"])
    t_ms, no_time = read.times_ms(columns["time"], dialect.time_form)
    values, bad = {"t_ms": t_ms}, {}
    for name in ("mmsi", "lat", "lon", "sog", "cog", "heading"):
        given = columns.get(name)
        values[name], bad[name] = (np.full(n, np.nan), np.zeros(n, bool)) if given is None else read.numbers(given)
    mmsi, lat, lon = values["mmsi"], values["lat"], values["lon"]
    values["status"] = (
        read.codes(columns["status"], NAV_STATUS, MISSING_STATUS) if "status" in columns else np.full(n, MISSING_STATUS)
    )
    values["msg_type"] = _whole(columns, "msg_type", n)
    values["utc_s"] = _whole(columns, "utc_s", n, _SECOND_NONE)
    values["t_ms"] = t_ms + _whole(columns, "millisecond", n)
    values["station"] = (
        read.codes(columns["station"], STATION_CLASS, CLASS_UNKNOWN) if "station" in columns else np.zeros(n, int)
    )
    latest_ms = np.iinfo(np.int64).max if options.not_after_ms is None else options.not_after_ms
    checks = [
        no_time, t_ms < AIS_BEGAN_MS, t_ms > latest_ms, bad["mmsi"] | np.isnan(mmsi) | (mmsi % 1 != 0),
        (mmsi < 1) | (mmsi > MAX_MMSI), bad["lat"], (np.abs(lat) > 90) & (lat != _LAT_NONE_DEG), bad["lon"],
        (np.abs(lon) > 180) & (lon != _LON_NONE_DEG), bad["sog"], bad["cog"], bad["heading"],
    ]  # fmt: skip
    return values, np.select(checks, range(1, len(FAULTS)), 0).astype(np.uint8)


def _whole(columns: dict[str, pa.StringArray], name: str, n: int, missing: int = 0) -> np.ndarray:
    """int64[n], ``missing`` where empty or unreadable."""
    if name not in columns:
        return np.full(n, missing)
    return np.nan_to_num(read.numbers(columns[name])[0], nan=missing).astype(np.int64)


def position_rows(values: dict[str, np.ndarray], seq: np.ndarray, source: int) -> Positions:
    """Positions from numbers as a table gives them: all rows, bad ones too, so that rows and lines stay in step."""
    lat, lon, sog, cog, heading = (values[k] for k in ("lat", "lon", "sog", "cog", "heading"))
    with np.errstate(invalid="ignore"):
        no_place = (lat == _LAT_NONE_DEG) | (lon == _LON_NONE_DEG) | np.isnan(lat) | np.isnan(lon)
        mmsi = np.nan_to_num(values["mmsi"]).clip(0, MAX_MMSI).astype(np.int64)
        status = values["status"]
        station = np.where((values["station"] >= 0) & (values["station"] < 7), values["station"], CLASS_UNKNOWN)
        msg_type = values.get("msg_type", np.zeros(len(mmsi), np.int64)).clip(0, _MAX_TYPE)
        sog_none = np.full(len(sog), _SOG_NONE_KN)
        for kind, none in SOG_NONE.items():
            sog_none[msg_type == kind] = none
        second = values.get("utc_s", np.full(len(mmsi), _SECOND_NONE))
        second = np.where((second < 0) | (second > _SECOND_NONE), _SECOND_NONE, second)
        by_mmsi = classify(mmsi, msg_type)
        columns = {
            "lon": np.where(no_place, np.nan, lon),
            "lat": np.where(no_place, np.nan, lat),
            "sog_kn": np.where((sog >= sog_none) | (sog < 0), np.nan, sog),
            "cog_deg": np.where((cog >= _COG_NONE_DEG) | (cog < 0), np.nan, cog),
            "heading_deg": np.where((heading >= _HEADING_NONE_DEG) | (heading < 0), np.nan, heading),
        }
    nav_status = np.where((status >= 0) & (status <= _MAX_STATUS), status, MISSING_STATUS)
    rows = Positions.build(
        t_ms=values["t_ms"],
        seq=seq,
        mmsi=mmsi,
        source=np.full(len(mmsi), source),
        ais_class=np.where(by_mmsi == CLASS_UNKNOWN, station, by_mmsi),
        nav_status=nav_status,
        msg_type=msg_type,
        utc_s=second,
        **columns,
    )
    return rows.replace(digest=position_digest(rows))


def position_digest(rows: Positions) -> np.ndarray:
    """uint64[n]: the ``digest`` of rows of an archive, from what they say; a log's is of the message as sent."""
    return _digest([rows.mmsi, rows.lon, rows.lat, rows.sog_kn, rows.cog_deg, rows.heading_deg, rows.nav_status])


def _digest(columns: list[np.ndarray]) -> np.ndarray:
    """uint64[n]: hash of numeric columns, the same in every run; every NaN, and either zero, counts as one."""
    digest = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        words = np.ascontiguousarray(column, column.dtype.kind + "8").view(np.uint64)
        mix_column(digest, words, column.dtype.kind == "f")
    return digest


def _statics(columns: dict[str, pa.StringArray], positions: Positions, scale: dict[str, float]) -> Statics:
    """One row per row; ``digest`` is _NO_STATIC where it says nothing.

    An archive that gives length and width alone is read as a report without a reference point, M.1371-5
    fig. 41: all of the length astern of it, all of the width to starboard.
    """
    n = len(positions)
    text = {
        name: read.texts(columns[name], width, _NOTHING) if name in columns else np.zeros(n, f"S{width}")
        for name, width in (("name", 34), ("callsign", 7), ("destination", 20))
    }
    if "aid_name" in columns:
        text["name"] = np.where(text["name"] == b"", read.texts(columns["aid_name"], 34, _NOTHING), text["name"])
    size = {name: _metres(columns, name, n) for name in ("to_bow", "to_stern", "to_port", "to_starboard", "draught")}
    size["draught"] = size["draught"] * scale.get("draught", 1.0)
    whole = {name: _metres(columns, name, n) for name in ("length", "width")}
    no_length, no_width = size["to_bow"] + size["to_stern"] == 0, size["to_port"] + size["to_starboard"] == 0
    bow, stern = missing_pair(size["to_bow"], np.where(no_length, whole["length"], size["to_stern"]))
    port, starboard = missing_pair(size["to_port"], np.where(no_width, whole["width"], size["to_starboard"]))
    numeric = {
        "imo": read.imo_numbers(columns["imo"]) if "imo" in columns else np.zeros(n, np.int64),
        "ship_type": _ship_types(columns, n),
        "to_bow_m": bow, "to_stern_m": stern, "to_port_m": port, "to_starboard_m": starboard,
        "draught_m": np.where(size["draught"] == 0, np.nan, size["draught"]),
    }  # fmt: skip
    says = (numeric["imo"] > 0) | (numeric["ship_type"] != MISSING_SHIP_TYPE) | ~np.isnan(numeric["draught_m"])
    says |= ~np.isnan(bow) | ~np.isnan(port) | np.logical_or.reduce([t != b"" for t in text.values()])
    digest = _digest([positions.mmsi, *numeric.values(), *_text_words(text)]) | np.uint64(1)
    shared = {k: getattr(positions, k) for k in ("t_ms", "source", "seq", "mmsi", "msg_type", "ais_class")}
    return Statics.build(**shared, **numeric, **text, digest=np.where(says, digest, _NO_STATIC))


def _safety(columns: dict[str, pa.StringArray], positions: Positions, rows: np.ndarray) -> Safety:
    """Texts of some rows."""
    chosen = positions.take(rows)
    text = read.texts(columns["text"].take(pa.array(rows)), 161) if "text" in columns else np.zeros(len(rows), "S1")
    addressee = {"dest_mmsi": columns["dest_mmsi"].take(pa.array(rows))} if "dest_mmsi" in columns else {}
    to = _whole(addressee, "dest_mmsi", len(rows)).clip(0, MAX_MMSI)
    shared = {k: getattr(chosen, k) for k in ("t_ms", "source", "seq", "mmsi", "msg_type")}
    return Safety.build(**shared, dest_mmsi=to, text=text, digest=_digest([chosen.mmsi, to, *_text_words({"": text})]))


def _text_words(text: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Texts as int64 columns of eight bytes each."""
    words = []
    for column in text.values():
        width = -(-column.dtype.itemsize // 8) * 8
        words.extend(column.astype(f"S{width}").view(np.int64).reshape(len(column), width // 8).T)
    return words


def _metres(columns: dict[str, pa.StringArray], name: str, n: int) -> np.ndarray:
    """float64[n], 0 where empty, unreadable or negative."""
    if name not in columns:
        return np.zeros(n)
    return np.nan_to_num(read.numbers(columns[name])[0]).clip(0)


def _ship_types(columns: dict[str, pa.StringArray], n: int) -> np.ndarray:
    if "ship_type" not in columns:
        return np.full(n, MISSING_SHIP_TYPE)
    codes = read.codes(columns["ship_type"], SHIP_TYPE, MISSING_SHIP_TYPE)
    return np.where((codes >= 0) & (codes <= _MAX_SHIP_TYPE), codes, MISSING_SHIP_TYPE)
