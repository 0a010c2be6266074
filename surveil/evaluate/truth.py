"""The truth of a simulated run, as `surveil simulate` writes it: who was there, where, and what became of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from surveil.errors import InputError
from surveil.files import sha256_of
from surveil.kernels.geodesy import distance_m_array
from surveil.sources.simulated import FORMAT_VERSION, MANIFEST

STEP_MS = 10_000
"""Truth is kept at every multiple of so much absolute time."""
DAY_MS = 86_400_000

_COLUMNS = {
    "objects": ("object", "name", "mmsi", "kind", "boat_kind", "length_m", "carries_ais", "simulated"),
    "positions": ("object", "t_ms", "lon", "lat", "sog_kn", "cog_deg", "adrift"),
    "events": ("object", "kind", "t_ms", "area", "angle_deg"),
    "sensed": ("object", "sensor", "first_ms", "opportunities"),
}
_SAYS = ("start_ms", "end_ms", "seed", "sha256")


@dataclass(frozen=True)
class Course:
    """Where one object was: ``t_ms`` int64[n] ascending, ``adrift`` bool[n], the rest float64[n]."""

    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    sog_kn: np.ndarray
    cog_deg: np.ndarray
    adrift: np.ndarray

    def place(self, t_ms: int) -> tuple[float, float]:
        """Longitude and latitude at a time; NaN before it came and after it went."""
        if not len(self.t_ms) or not self.t_ms[0] <= t_ms <= self.t_ms[-1]:
            return np.nan, np.nan
        return float(np.interp(t_ms, self.t_ms, self.lon)), float(np.interp(t_ms, self.t_ms, self.lat))


@dataclass(frozen=True)
class Event:
    """Something that happened to an object; ``angle_deg`` of a lane passage is that between heading and flow."""

    kind: str
    t_ms: int
    area: str
    angle_deg: float


@dataclass(frozen=True)
class Subject:
    """One true object. ``mmsi`` 0: it has none; ``boat_kind`` "": it is no small boat.

    ``simulated`` False: a vessel of a real recording, of which no more is known than what it reported. ``sensed_ms`` is
    when the first sensor had a fair chance of seeing or hearing it, None if none ever had: nothing could have shown it;
    ``radar_ms`` the same of radars alone. ``length_m`` is NaN where not known.
    """

    object: int
    name: str
    mmsi: int
    kind: str
    boat_kind: str
    carries_ais: bool
    simulated: bool
    course: Course = field(repr=False)
    events: tuple[Event, ...] = ()
    sensed_ms: int | None = None
    radar_ms: int | None = None
    length_m: float = np.nan

    @property
    def is_boat(self) -> bool:
        """One of the small boats that the whole thing is for."""
        return bool(self.boat_kind)

    @property
    def launched_ms(self) -> int:
        """When it was launched, or first was there."""
        return next((e.t_ms for e in self.events if e.kind == "launch"), int(self.course.t_ms[0]))

    @property
    def ended_ms(self) -> int:
        """When it was picked up or landed, or last was there."""
        ends = [e.t_ms for e in self.events if e.kind in ("pick_up", "landing")]
        return min(ends, default=int(self.course.t_ms[-1]))


@dataclass(frozen=True)
class Truth:
    """All that is known of a simulated span. ``subjects`` in the order of their numbers, each with a course."""

    folder: Path
    manifest: dict
    subjects: tuple[Subject, ...]

    @property
    def start_ms(self) -> int:
        return int(self.manifest["start_ms"])

    @property
    def end_ms(self) -> int:
        return int(self.manifest["end_ms"])

    @property
    def days(self) -> float:
        return (self.end_ms - self.start_ms) / DAY_MS

    @property
    def boats(self) -> list[Subject]:
        return [s for s in self.subjects if s.is_boat]

    @cached_property
    def partly_real(self) -> bool:
        """Whether it was played over a real recording."""
        return not all(s.simulated for s in self.subjects)

    @cached_property
    def by_mmsi(self) -> dict[int, list[int]]:
        """Indices of the subjects that send an MMSI: two where one is a clone."""
        found: dict[int, list[int]] = {}
        for index, subject in enumerate(self.subjects):
            if subject.mmsi:
                found.setdefault(subject.mmsi, []).append(index)
        return found

    def sea_states(self) -> list[tuple[int, int, float]]:
        """(from, to, state) in order of time, over the whole span; a constant state is one of them."""
        told = self.manifest.get("sea_state") or []
        steps = sorted(told) if isinstance(told, list) else [[self.start_ms, told]]
        ends = [*(int(t) for t, _ in steps[1:]), self.end_ms]
        spans = [(int(t), end, state) for (t, state), end in zip(steps, ends, strict=True)]
        clipped = [(max(a, self.start_ms), min(b, self.end_ms), state) for a, b, state in spans]
        return [(a, b, state) for a, b, state in clipped if a < b]

    def sea_state(self, t_ms: int) -> float | None:
        """Sea state at a time (WMO code 3700), None where the manifest does not say."""
        states = self.sea_states()
        return next((s for a, b, s in reversed(states) if t_ms >= a), states[0][2] if states else None)

    @cached_property
    def _by_time(self) -> dict[str, np.ndarray]:
        courses = [s.course for s in self.subjects]
        columns = {n: np.concatenate([getattr(c, n) for c in courses]) for n in ("t_ms", "lon", "lat")}
        columns["index"] = np.repeat(np.arange(len(courses)), [len(c.t_ms) for c in courses])
        order = np.argsort(columns["t_ms"], kind="stable")
        return {n: values[order] for n, values in columns.items()}

    def near(self, lon: float, lat: float, t_ms: int, most_m: float) -> list[tuple[float, int]]:
        """(metres, index) of the subjects within ``most_m`` of a place at a time, the nearest first."""
        step_ms = round(t_ms / STEP_MS) * STEP_MS
        a, b = np.searchsorted(self._by_time["t_ms"], [step_ms, step_ms + 1])
        here = {n: values[a:b] for n, values in self._by_time.items()}
        away_m = distance_m_array(np.full(b - a, float(lon)), np.full(b - a, float(lat)), here["lon"], here["lat"])
        order = np.argsort(away_m, kind="stable")
        return [(float(away_m[i]), int(here["index"][i])) for i in order if away_m[i] <= most_m]


def read_truth(folder: Path) -> Truth:
    """The truth kept in the folder of a simulated run.

    Raises
    ------
    InputError : something is missing, not readable, of another format, or not what the manifest names by its hash.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    tables = {name: _table(folder, f"truth/{name}.parquet", columns, manifest) for name, columns in _COLUMNS.items()}
    courses = _courses(tables["positions"])
    events, sensed = _events(tables["events"]), _sensed(tables["sensed"])
    by_radar = _sensed(tables["sensed"], _radars(manifest))
    o = tables["objects"]
    columns = [o[name].tolist() for name in _COLUMNS["objects"]]
    rows = sorted(zip(*columns, strict=True))
    subjects = tuple(
        Subject(number, name or "", int(mmsi or 0), kind, boat_kind or "", carries_ais, simulated,
                courses[number], tuple(events.get(number, ())), sensed.get(number), by_radar.get(number), length_m)
        for number, name, mmsi, kind, boat_kind, length_m, carries_ais, simulated in rows if number in courses
    )  # fmt: skip
    if not subjects:
        raise InputError("its truth holds no object that was anywhere", source=str(folder))
    return Truth(folder, manifest, subjects)


def _manifest(folder: Path) -> dict:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}; truth is a folder that `surveil simulate` wrote", source=str(path)
        ) from None
    except ValueError as error:
        raise InputError(f"is not a manifest: {error}", source=str(path)) from None
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    if version != FORMAT_VERSION:
        raise InputError(f"is a manifest of format {version}, not {FORMAT_VERSION}", source=str(path))
    if missing := [key for key in _SAYS if key not in manifest]:
        raise InputError(f"does not say {missing[0]}", source=str(path))
    return manifest


def _table(folder: Path, name: str, columns: tuple[str, ...], manifest: dict) -> dict[str, np.ndarray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / name
    try:
        if sha256_of(path) != manifest["sha256"].get(name):
            raise InputError(
                "is not the file that the manifest names: changed since, or of another run", source=str(path)
            )
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError("is missing from the truth", source=str(path)) from None
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", source=str(path)) from None
    if absent := [column for column in columns if column not in table.column_names]:
        raise InputError(f"has no column {absent[0]!r}", source=str(path))
    return {column: table.column(column).to_numpy() for column in columns}


def _courses(p: dict[str, np.ndarray]) -> dict[int, Course]:
    order = np.lexsort((p["t_ms"], p["object"]))
    number = p["object"][order]
    starts = np.flatnonzero(np.r_[True, np.diff(number) != 0]) if len(number) else []
    courses = {}
    for a, b in zip(starts, [*starts[1:], len(number)], strict=True):
        rows = order[a:b]
        numbers = {name: p[name][rows].astype(np.float64) for name in ("lon", "lat", "sog_kn", "cog_deg")}
        courses[int(number[a])] = Course(
            t_ms=p["t_ms"][rows].astype(np.int64), adrift=p["adrift"][rows].astype(bool), **numbers
        )
    return courses


def _events(e: dict[str, np.ndarray]) -> dict[int, list[Event]]:
    events: dict[int, list[Event]] = {}
    columns = [e[name].tolist() for name in ("object", "kind", "t_ms", "area", "angle_deg")]
    for number, kind, t_ms, area, angle in sorted(zip(*columns, strict=True), key=lambda row: row[2]):
        events.setdefault(number, []).append(Event(kind, int(t_ms), area or "", np.nan if angle is None else angle))
    return events


def _sensed(s: dict[str, np.ndarray], sensors: set[str] | None = None) -> dict[int, int]:
    """The first time at which any sensor, or any of some, had a fair chance, by object."""
    first: dict[int, int] = {}
    rows = zip(*(s[name].tolist() for name in _COLUMNS["sensed"]), strict=True)
    for number, sensor, first_ms, opportunities in rows:
        if opportunities and (sensors is None or sensor in sensors):
            first[number] = min(int(first_ms), first.get(number, int(first_ms)))
    return first


def _radars(manifest: dict) -> set[str]:
    """Names of the sensors that turn and look at the sea the whole night."""
    return {told["name"] for told in manifest.get("sensors", []) if "radar" in told.get("kind", "")}


def manifest_id(folder: Path) -> str:
    """What a simulated run is known by: the SHA-256 of its manifest."""
    return sha256_of(Path(folder) / MANIFEST)
