"""The track table: one slot a MMSI, what is known of it now, and where it has been."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.config import TracksConfig
from surveil.identity import station_class
from surveil.kernels import tracks as kernel
from surveil.kernels.filter import PATH, WANDER_M2S2, predict
from surveil.kernels.motion_state import MOTION
from surveil.kernels.paths import HULL, assign
from surveil.kernels.tracks import RING, TRACK_DTYPES, TrackArrays
from surveil.schema import (
    CLASS_A,
    CLASS_ATON,
    CLASS_B,
    CLASS_BASE,
    CLASS_CONTACT,
    CLASS_DEVICE,
    CLASS_SAR_AIRCRAFT,
    CLASS_UNKNOWN,
    MISSING_SHIP_TYPE,
    MISSING_TIME,
    Positions,
    Statics,
)
from surveil.tracks.identity import static_values

STATIC_DTYPES = {
    "name": "S34", "callsign": "S7", "destination": "S20", "imo": "i4", "ship_type": "i2", "length_m": "f4",
    "beam_m": "f4", "draught_m": "f4",
}  # fmt: skip
_INITIAL = {"interval_s": np.nan, "first_ms": MISSING_TIME, "last_ms": MISSING_TIME,
            "ship_type": MISSING_SHIP_TYPE, "length_m": np.nan, "beam_m": np.nan, "draught_m": np.nan}  # fmt: skip
_FIRST_CAPACITY = 256
_CONTACT_MS = 10_000
"""A contact that a sensor no longer shows, or AIS explains, leaves the picture with the next tick."""

SMALL_NO, SMALL_UNKNOWN, SMALL_YES = 0, 1, 2
SMALL_NAMES = ("no", "unknown", "yes")
SMALL_LENGTH_M = 20.0
"""A craft shorter than this is small: COLREG rule 10(j) asks vessels under 20 m not to impede others."""

_GROUNDS = (
    "no size, type or class B transponder heard",
    "length as reported, 20 m or more",
    "length as reported, under 20 m",
    "type: sailing or pleasure craft (36, 37)",
    "type: passenger, cargo or tanker (60-89)",
    "class B transponder, no size reported",
)
_VERDICTS = np.array([SMALL_UNKNOWN, SMALL_NO, SMALL_YES, SMALL_YES, SMALL_NO, SMALL_UNKNOWN], np.int8)


def small_craft(length_m, ship_type, ais_class) -> tuple[np.ndarray, np.ndarray]:
    """Whether targets are small craft, and on what ground.

    Parameters
    ----------
    length_m : float32[n], NaN unknown; ship_type : int16[n] M.1371-5 table 53; ais_class : uint8[n]

    Returns
    -------
    small : int8[n], SMALL_NO, SMALL_UNKNOWN or SMALL_YES
    ground : int8[n], index into the grounds of :func:`small_craft_ground`
    """
    ground = np.zeros(len(length_m), np.int8)
    ground[ais_class == CLASS_B] = 5  # from the weakest ground to the strongest
    ground[(ship_type >= 60) & (ship_type < 90)] = 4
    ground[(ship_type == 36) | (ship_type == 37)] = 3
    ground[length_m < SMALL_LENGTH_M] = 2
    ground[length_m >= SMALL_LENGTH_M] = 1
    return _VERDICTS[ground], ground


def small_craft_ground(ground: int) -> str:
    """The ground of a verdict of :func:`small_craft`, in words."""
    return _GROUNDS[ground]


def checked_class(rows: Positions | Statics) -> np.ndarray:
    """uint8[n] CLASS_*: a row's own where it says A or B, else checked against the form of its MMSI."""
    doubtful = (rows.ais_class != CLASS_A) & (rows.ais_class != CLASS_B)
    if not doubtful.any():
        return rows.ais_class
    checked = rows.ais_class.copy()
    checked[doubtful] = station_class(rows.mmsi[doubtful], checked[doubtful], rows.msg_type[doubtful])
    return checked


_APPLIED = ("slot", "outcome", "segment", "hull")


@dataclass(frozen=True)
class Applied:
    """What became of rows: ``outcome`` uint8[n], see :mod:`surveil.kernels.tracks`; ``segment`` int32[n];
    ``hull`` int8[n], 0 for the first of an MMSI."""

    slot: np.ndarray
    outcome: np.ndarray
    segment: np.ndarray
    hull: np.ndarray

    def take(self, rows) -> Applied:
        """Rows by index or mask."""
        return Applied(*(getattr(self, name)[rows] for name in _APPLIED))

    @classmethod
    def concat(cls, parts: list[Applied]) -> Applied:
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in _APPLIED))


@dataclass(frozen=True)
class Kinematics:
    """State of targets at a time, float64[k] each: place (degrees), velocity (m/s), and of any component the variance
    of place (m²), its covariance with velocity (m²/s) and the variance of velocity (m²/s²), the same in any direction.
    """

    lon: np.ndarray
    lat: np.ndarray
    east_ms: np.ndarray
    north_ms: np.ndarray
    place_m2: np.ndarray
    place_velocity_m2s: np.ndarray
    velocity_m2s2: np.ndarray

    @property
    def sog_kn(self) -> np.ndarray:
        return np.hypot(self.east_ms, self.north_ms) / kernel.KN

    @property
    def cog_deg(self) -> np.ndarray:
        return np.degrees(np.arctan2(self.east_ms, self.north_ms)) % 360.0

    @property
    def covariance(self) -> np.ndarray:
        """float64[k, 4, 4] of (east m, north m, east m/s, north m/s)."""
        found = np.zeros((len(self.lon), 4, 4))
        for i in range(2):
            found[:, i, i], found[:, i + 2, i + 2] = self.place_m2, self.velocity_m2s2
            found[:, i, i + 2] = found[:, i + 2, i] = self.place_velocity_m2s
        return found


class TrackTable:
    """Slots in order of first hearing. ``arrays`` and ``statics`` are indexed by slot."""

    def __init__(self, config: TracksConfig):
        self.config = config
        self.n = 0
        self.dirty = np.zeros(_FIRST_CAPACITY, bool)
        self.arrays = TrackArrays(**{k: self._new(k, d, _FIRST_CAPACITY) for k, d in TRACK_DTYPES.items()})
        self.statics = {k: self._new(k, d, _FIRST_CAPACITY) for k, d in STATIC_DTYPES.items()}
        self.paths, self.hulls = np.zeros((_FIRST_CAPACITY, 2), PATH), np.zeros(_FIRST_CAPACITY, HULL)
        self.motion = np.zeros(_FIRST_CAPACITY, MOTION)
        self._rehash()

    @staticmethod
    def _new(name: str, dtype: str, capacity: int) -> np.ndarray:
        shape = (capacity, RING) if name.startswith("ring_") and name != "ring_n" else capacity
        return np.full(shape, _INITIAL.get(name, b"" if dtype.startswith("S") else 0), dtype)

    def _rehash(self) -> None:
        size = 4 * len(self.dirty)  # a power of two, at most a quarter full
        self._table_mmsi, self._table_slot = np.zeros(size, np.int32), np.full(size, -1, np.int32)
        first = np.flatnonzero(self.hulls["number"][: self.n] == 0).astype(np.int32)
        kernel.enter_slots(self.arrays.mmsi[first], first, self._table_mmsi, self._table_slot)

    def _grow(self, needed: int) -> None:
        capacity = len(self.dirty)
        while capacity < needed:
            capacity *= 2
        extra = capacity - len(self.dirty)

        def longer(name, dtype, old):
            return np.concatenate([old, self._new(name, dtype, extra)])

        self.arrays = TrackArrays(**{k: longer(k, d, getattr(self.arrays, k)) for k, d in TRACK_DTYPES.items()})
        self.statics = {k: longer(k, d, self.statics[k]) for k, d in STATIC_DTYPES.items()}
        self.paths = np.concatenate([self.paths, np.zeros((extra, 2), PATH)])
        self.hulls = np.concatenate([self.hulls, np.zeros(extra, HULL)])
        self.motion = np.concatenate([self.motion, np.zeros(extra, MOTION)])
        self.dirty = np.concatenate([self.dirty, np.zeros(extra, bool)])
        self._rehash()

    def slots(self, mmsi: np.ndarray) -> np.ndarray:
        """int32[n]: the slot of each MMSI; a new MMSI gets the next one."""
        slot = kernel.find_slots(mmsi, self._table_mmsi, self._table_slot)
        if (slot >= 0).all():
            return slot
        fresh, first = np.unique(mmsi[slot < 0], return_index=True)
        fresh = fresh[np.argsort(first)]  # slots go by order of first hearing
        if self.n + fresh.size > len(self.dirty):
            self._grow(self.n + fresh.size)
        new_slots = np.arange(self.n, self.n + fresh.size, dtype=np.int32)
        self.arrays.mmsi[new_slots] = fresh
        kernel.enter_slots(fresh, new_slots, self._table_mmsi, self._table_slot)
        self.n += fresh.size
        return kernel.find_slots(mmsi, self._table_mmsi, self._table_slot)

    def apply_positions(self, rows: Positions) -> Applied:
        """Move targets; rows in the order of time."""
        ais_class = checked_class(rows)
        slot, outcome = self._assign(rows, ais_class)
        segment = kernel.apply_positions(
            self.arrays, slot, outcome, rows.t_ms, rows.lon, rows.lat, rows.sog_kn, rows.cog_deg, rows.heading_deg,
            rows.nav_status, ais_class, rows.msg_type, rows.source, rows.seq, self.config.gap_s * 1000,
        )  # fmt: skip
        self.dirty[slot] = True
        return Applied(slot, outcome, segment, self.hulls["number"][slot].astype(np.int8))

    def _assign(self, rows: Positions, ais_class: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The slot of each row's hull, and what became of the row; stations and hulls new to us get slots."""
        config, done, used = self.config, 0, np.array([self.n])
        slot, outcome = np.empty(len(rows), np.int32), np.empty(len(rows), np.uint8)
        aircraft = ais_class == CLASS_SAR_AIRCRAFT
        limit_kn = np.where(aircraft, config.max_aircraft_speed_kn, config.max_speed_kn)
        while done < len(rows):
            if self.n == len(self.dirty):
                self._grow(self.n + 1)
            done = assign(
                self.arrays, self.paths, self.hulls, self.motion, self._table_mmsi, self._table_slot, used, done,
                rows.mmsi, rows.t_ms, rows.lon, rows.lat, rows.sog_kn, rows.cog_deg, rows.heading_deg, rows.nav_status,
                ais_class, rows.msg_type, limit_kn, config.position_slack_m, config.jump_confirmations,
                config.jump_lasting_s * 1000, config.gap_s * 1000, slot, outcome,
            )  # fmt: skip
            self.n = int(used[0])
        return slot, outcome

    def apply_statics(self, rows: Statics) -> None:
        """Learn who targets are; a field that a row does not carry leaves what is known."""
        if not len(rows):
            return
        slot = self.slots(rows.mmsi)
        for name, (values, carried) in static_values(rows).items():
            self.statics[name][slot[carried]] = values[carried]  # of several rows the last one stands
        ais_class = checked_class(rows)
        known = ais_class != CLASS_UNKNOWN
        self.arrays.ais_class[slot[known]] = ais_class[known]

    def whereabouts(self, mmsi: int) -> dict[str, float | None]:
        """``lon`` and ``lat`` of the last position, None if there was none."""
        slot = int(self.slots(np.array([mmsi], np.int32))[0])
        heard = self.arrays.reports[slot] > 0
        return {name: float(getattr(self.arrays, name)[slot]) if heard else None for name in ("lon", "lat")}

    def at(self, slots: np.ndarray, t_ms) -> Kinematics:
        """Where targets are at a time, or at one each, from their last fix on: looks back, never ahead.

        NaN for a slot without a fix, and before its last one.
        """
        t_ms = np.broadcast_to(np.asarray(t_ms, np.int64), len(slots))
        wander = WANDER_M2S2[self.arrays.ais_class[slots]]
        believed = np.ascontiguousarray(self.hulls["believed"])
        return Kinematics(*predict(self.paths, believed, np.asarray(slots, np.int64), t_ms, wander).T)

    def active(self, t_ms: int) -> np.ndarray:
        """int64[k]: slots heard within ``expire_s`` before a time, in order of slot; contacts only if still there."""
        contact = self.arrays.ais_class[: self.n] == CLASS_CONTACT
        most_ms = np.where(contact, _CONTACT_MS, self.config.expire_s * 1000)
        return np.flatnonzero(self.arrays.last_ms[: self.n] > t_ms - most_ms)

    def name(self, slot: int) -> str:
        """The target's name as it broadcasts it, or an empty string."""
        return self.statics["name"][slot].decode("ascii", "replace")

    def path(self, slot: int, since_ms: int = MISSING_TIME) -> dict[str, np.ndarray]:
        """A target's recent path, oldest first: t_ms, lon, lat, sog_kn, cog_deg."""
        n = int(self.arrays.ring_n[slot])
        at = np.arange(max(0, n - RING), n) % RING
        at = at[self.arrays.ring_t_ms[slot, at] >= since_ms]
        names = ("t_ms", "lon", "lat", "sog_kn", "cog_deg")
        return {name: getattr(self.arrays, f"ring_{name}")[slot, at] for name in names}

    def vessels(self) -> int:
        """Number of stations heard that are craft: not base stations, aids to navigation or devices."""
        return int(
            (~np.isin(self.arrays.ais_class[: self.n], (CLASS_BASE, CLASS_ATON, CLASS_DEVICE, CLASS_CONTACT))).sum()
        )

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        used = {name: getattr(self.arrays, name)[: self.n] for name in TRACK_DTYPES}
        used |= {name: getattr(self, name)[: self.n] for name in ("paths", "hulls", "motion")}
        return used | {name: self.statics[name][: self.n] for name in STATIC_DTYPES}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.__init__(self.config)
        n = len(arrays["mmsi"])
        self._grow(n)
        self.n = n
        for name in TRACK_DTYPES:
            getattr(self.arrays, name)[:n] = arrays[name]
        for name in STATIC_DTYPES:
            self.statics[name][:n] = arrays[name]
        for name in ("paths", "hulls", "motion"):
            getattr(self, name)[:n] = arrays[name]
        self.dirty[:n] = True
        self._rehash()
