"""The columns that travel between stages: names, dtypes, units, and how "missing" is written.

Every kind is a frozen dataclass of equal-length contiguous numpy arrays (struct of arrays). Times are
``t_ms``, int64 UTC milliseconds since 1970. Positions are float64 degrees WGS84. A missing float is NaN;
a missing integer is the sentinel named here. ``source`` indexes a table of source names kept by the
engine and ``seq`` is the 1-based line in that source, so every row leads back to its input.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Self

import numpy as np

MISSING_TIME = np.iinfo(np.int64).min
"""``t_ms`` of a row whose source has not said when."""
MISSING_STATUS = -1
"""``nav_status`` where the message has none or says 15, "undefined" (M.1371-5 table 45)."""
MISSING_SHIP_TYPE = -1
"""``ship_type`` where a row does not carry the field; 0 is the standard's own "not available"."""
MISSING_IMO = 0
"""``imo`` where not available (M.1371-5 table 48)."""
MISSING_SENSOR = -1
"""``sensor`` of a plot whose sensor is not in the table."""
MISSING_TRACK = -1
"""``track`` of a plot that the sensor counts to no track of its own."""

CLASS_UNKNOWN, CLASS_A, CLASS_B, CLASS_BASE, CLASS_ATON, CLASS_SAR_AIRCRAFT, CLASS_DEVICE, CLASS_CONTACT = range(8)
"""``ais_class``: what kind of station sent it. DEVICE is a SART, MOB or EPIRB (970, 972, 974). CONTACT is none: a
sensor's track that no AIS explains, under its number, negative, as ``mmsi``."""
CLASS_NAMES = (
    "unknown", "A", "B", "base station", "aid to navigation", "SAR aircraft", "distress device", "contact without AIS",
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Equal-length arrays, one row a report. Subclasses name the columns; ``DTYPES`` gives their dtypes."""

    DTYPES: ClassVar[dict[str, str]] = {}

    def __post_init__(self):
        lengths = {name: len(getattr(self, name)) for name in self.DTYPES}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"{type(self).__name__} columns differ in length: {lengths}")

    def __len__(self) -> int:
        return len(self.t_ms)

    @classmethod
    def build(cls, **columns) -> Self:
        """From anything array-like; casts to the column dtypes. A column left out is all missing."""
        n = len(columns["t_ms"])
        extra = columns.keys() - cls.DTYPES.keys()
        if extra:
            raise ValueError(f"{cls.__name__} has no column {sorted(extra)}")
        arrays = {}
        for name, dtype in cls.DTYPES.items():
            given = columns.get(name)
            arrays[name] = np.full(n, cls.missing(name), dtype) if given is None else np.ascontiguousarray(given, dtype)
        return cls(**arrays)

    @classmethod
    def missing(cls, name: str):
        """The value that says "missing" in a column."""
        kind = np.dtype(cls.DTYPES[name]).kind
        return {"f": np.nan, "S": b""}.get(kind, _MISSING_INTEGERS.get(name, 0))

    @classmethod
    @cache
    def empty(cls) -> Self:
        return cls.build(t_ms=np.empty(0, np.int64))

    def take(self, rows) -> Self:
        """Rows by index, mask or slice; of a mask or slice that is of all, these rows themselves."""
        mine, n = vars(self), len(self)
        if isinstance(rows, slice):
            if n == 0 or rows.indices(n) == (0, n, 1):
                return self
            return self._of({name: np.ascontiguousarray(mine[name][rows]) for name in self.DTYPES})
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
            if rows.size == n:
                return self
        if not rows.size:
            return self.empty()
        return self._of({name: mine[name].take(rows) for name in self.DTYPES})

    @classmethod
    def concat(cls, parts: list[Self]) -> Self:
        parts = [p for p in parts if len(p)]
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        return cls._of({name: np.concatenate([getattr(p, name) for p in parts]) for name in cls.DTYPES})

    @classmethod
    def _of(cls, arrays: dict[str, np.ndarray]) -> Self:
        """From arrays that are of one length by how they were made: checking that costs as much as making them."""
        made = object.__new__(cls)
        vars(made).update(arrays)
        return made

    def replace(self, **columns) -> Self:
        return dataclasses.replace(self, **columns)

    def to_arrow(self):
        """As a pyarrow Table: NaN and empty strings become null, times a UTC timestamp."""
        import pyarrow as pa

        arrays = {}
        for name, dtype in self.DTYPES.items():
            values = getattr(self, name)
            kind = np.dtype(dtype).kind
            if name == "t_ms":
                arrays["t"] = pa.array(values, pa.timestamp("ms", "UTC"))
            elif kind == "S":
                text = [v.decode("utf-8", "replace") or None for v in values.tolist()]
                arrays[name] = pa.array(text, pa.string())
            else:
                arrays[name] = pa.array(values, from_pandas=(kind == "f"))
        return pa.table(arrays)

    @classmethod
    def from_arrow(cls, table) -> Self:
        """Inverse of :meth:`to_arrow`."""
        import pyarrow as pa

        columns = {}
        for name, dtype in cls.DTYPES.items():
            column = table.column("t" if name == "t_ms" else name).combine_chunks()
            if name == "t_ms":
                columns[name] = column.cast(pa.int64()).to_numpy()
            elif np.dtype(dtype).kind == "S":
                columns[name] = [(v or "").encode() for v in column.to_pylist()]
            else:
                columns[name] = column.to_numpy(zero_copy_only=False)
        return cls.build(**columns)


_MISSING_INTEGERS = {
    "t_ms": MISSING_TIME,
    "nav_status": MISSING_STATUS,
    "ship_type": MISSING_SHIP_TYPE,
    "utc_s": 60,
    "dest_mmsi": 0,
    "imo": MISSING_IMO,
    "sensor": MISSING_SENSOR,
    "track": MISSING_TRACK,
}

_COMMON = {"t_ms": "i8", "source": "i2", "seq": "i8", "mmsi": "i4", "msg_type": "u1", "digest": "u8"}


def columns(cls):
    """Dataclass whose fields are the keys of ``DTYPES``: one list, not two."""
    cls.__annotations__ = {**dict.fromkeys(cls.DTYPES, np.ndarray), "DTYPES": ClassVar[dict[str, str]]}
    return dataclass(frozen=True)(cls)


@columns
class Positions(Columns):
    """Where a station said it was.

    ``mmsi`` int32; ``msg_type`` M.1371 message number (0 where an archive does not say);
    ``digest`` a hash of the report's content without its time, equal for the same report heard twice;
    ``ais_class`` see CLASS_*; ``lon``, ``lat`` degrees; ``sog_kn`` knots; ``cog_deg``, ``heading_deg``
    degrees true; ``nav_status`` 0-14; ``utc_s`` the second within the minute the station stamped, 60 if none.
    """

    DTYPES = {
        **_COMMON, "ais_class": "u1", "lon": "f8", "lat": "f8", "sog_kn": "f4", "cog_deg": "f4",
        "heading_deg": "f4", "nav_status": "i1", "utc_s": "u1",
    }  # fmt: skip


@columns
class Statics(Columns):
    """Who a station said it is. Lengths in metres from the reference point; text as ASCII bytes.

    A field the message does not carry is missing and leaves what is known of the target as it was.
    """

    DTYPES = {
        **_COMMON, "ais_class": "u1", "imo": "i4", "ship_type": "i2", "name": "S34", "callsign": "S7",
        "destination": "S20", "to_bow_m": "f4", "to_stern_m": "f4", "to_port_m": "f4", "to_starboard_m": "f4",
        "draught_m": "f4",
    }  # fmt: skip


@columns
class Safety(Columns):
    """Safety-related texts: types 12 (addressed, ``dest_mmsi``) and 14 (broadcast)."""

    DTYPES = {**_COMMON, "dest_mmsi": "i4", "text": "S161"}


@columns
class Plots(Columns):
    """What a sensor saw: a radar plot or track, a satellite or camera detection, a report by word of mouth.

    ``sensor`` indexes a table of sensors, -1 if unknown. ``range_m`` and ``bearing_deg`` (true) from the sensor,
    ``lon``, ``lat`` where the sensor gives a place; one of the two pairs may be missing. ``sigma_range_m``,
    ``sigma_bearing_deg`` and ``sigma_m`` (of the place, per axis) are standard errors if the sensor states them.
    ``snr_db`` signal over noise, or the sensor's own amplitude; ``length_m``, ``sog_kn``, ``cog_deg`` as measured;
    ``probability`` that it is a vessel; ``track`` the sensor's own number, -1 for none; ``label`` what it said it was.
    """

    DTYPES = {
        "t_ms": "i8", "source": "i2", "seq": "i8", "sensor": "i2", "range_m": "f4", "bearing_deg": "f4",
        "lon": "f8", "lat": "f8", "sigma_range_m": "f4", "sigma_bearing_deg": "f4", "sigma_m": "f4", "snr_db": "f4",
        "length_m": "f4", "sog_kn": "f4", "cog_deg": "f4", "probability": "f4", "track": "i4", "label": "S24",
    }  # fmt: skip

    @property
    def digest(self) -> np.ndarray:
        """uint64[n]: a hash of what was measured, when and by which sensor: equal for the same plot given twice."""
        mixed = self.t_ms.astype(np.uint64)
        for column in (self.sensor, self.range_m, self.bearing_deg, self.lon, self.lat, self.snr_db, self.track):
            bits = np.ascontiguousarray(column, np.float64).view(np.uint64)
            mixed = (mixed ^ (mixed >> np.uint64(29)) ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        return mixed ^ (mixed >> np.uint64(32))


KIND_CLASSES = {"positions": Positions, "statics": Statics, "safety": Safety, "plots": Plots}
KINDS = tuple(KIND_CLASSES)
AIS_KINDS = ("positions", "statics", "safety")
"""What comes by AIS: all that an archive keeps so far."""


@dataclass(frozen=True)
class Batch:
    """What one push carries: rows of every kind, in the order in which they arrived.

    ``positions_at``, ``statics_at``, ``safety_at`` and ``plots_at`` (int64) say where in the order of arrival each row
    stands; ``heartbeat_ms`` is the latest time the source vouches for even if no row carries it.
    """

    positions: Positions
    statics: Statics
    safety: Safety
    positions_at: np.ndarray
    statics_at: np.ndarray
    safety_at: np.ndarray
    plots: Plots = dataclasses.field(default_factory=Plots.empty)
    plots_at: np.ndarray = dataclasses.field(default_factory=lambda: np.empty(0, np.int64))
    heartbeat_ms: int = MISSING_TIME

    def __len__(self) -> int:
        return sum(len(rows) for _, rows, _ in self.parts())

    def parts(self):
        """(kind, columns, arrival) of every kind."""
        return [(kind, getattr(self, kind), getattr(self, f"{kind}_at")) for kind in KINDS]

    def to_arrow(self) -> dict:
        """A pyarrow Table of each kind that has rows, by kind: see :meth:`Columns.to_arrow`."""
        return {kind: rows.to_arrow() for kind, rows, _ in self.parts() if len(rows)}

    @classmethod
    def build(cls, positions=None, statics=None, safety=None, plots=None, *, heartbeat_ms: int = MISSING_TIME) -> Self:
        """A batch whose arrival order is by ``seq``: right for rows of one source."""
        given = zip(KIND_CLASSES.items(), (positions, statics, safety, plots), strict=True)
        parts = {kind: of.empty() if rows is None else rows for (kind, of), rows in given}
        return cls(**parts, **{f"{k}_at": v.seq for k, v in parts.items()}, heartbeat_ms=heartbeat_ms)
