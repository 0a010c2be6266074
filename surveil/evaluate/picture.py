"""The tracks of a run against truth, on one grid of time: OSPA, GOSPA, SIAP and identity switches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveil.errors import InputError
from surveil.evaluate.metrics import associate, gospa, ospa, siap
from surveil.evaluate.truth import Truth
from surveil.kernels.geodesy import EARTH_RADIUS_M
from surveil.kernels.tracks import KN
from surveil.schema import CLASS_A, CLASS_B, CLASS_UNKNOWN

STEP_S = 60
"""A picture a minute: a watch officer's glance (assumed)."""
CUTOFF_M = 1852.0
"""An object further than a mile from its track is missed (assumed: what a lifeboat looks over)."""
FOLLOWED_M = 500.0
"""A track within so much of an object follows it (assumed: AIS is good to 10 m, coastal radar to some 100 m)."""
ORDER = 2.0
"""Of OSPA and GOSPA: Rahmathullah et al. 2017 use 2."""
LAST_S = 360
"""A track stays in the picture for so long after its last report: twice the longest interval of class A and B, 3 min
(M.1371-5 tables 1 and 2)."""
FIXED = ("base station", "aid to navigation")
"""Kinds that nobody tracks."""


@dataclass(frozen=True)
class Tracks:
    """The columns of a ``tracks.parquet``, by track, then time. ``track`` int64[n] numbers pieces, ``who`` MMSIs."""

    track: np.ndarray
    who: np.ndarray
    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    sog_kn: np.ndarray
    cog_deg: np.ndarray


def read_tracks(path: Path) -> Tracks:
    """Craft of a ``tracks.parquet``; a track is one unbroken segment of one MMSI.

    Raises
    ------
    InputError : not there, or not readable.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", source=str(path)) from None
    table = table.filter(pc.is_in(table.column("ais_class"), pa.array([CLASS_A, CLASS_B, CLASS_UNKNOWN], pa.uint8())))
    table = table.sort_by([("mmsi", "ascending"), ("segment", "ascending"), ("t", "ascending")])
    mmsi, segment = table.column("mmsi").to_numpy(), table.column("segment").to_numpy()
    new = np.r_[True, (np.diff(mmsi) != 0) | (np.diff(segment) != 0)] if len(mmsi) else np.zeros(0, bool)
    columns = {name: table.column(name).to_numpy().astype(np.float64) for name in ("lon", "lat", "sog_kn", "cog_deg")}
    return Tracks(np.cumsum(new) - 1, mmsi, table.column("t").cast("int64").to_numpy(), **columns)


def score_tracks(tracks: Tracks, truth: Truth, step_s: int = STEP_S) -> dict:
    """Figures of the picture as it was known at each time: a track is where its last report makes it by then."""
    t_ms = np.arange(truth.start_ms, truth.end_ms + 1, step_s * 1000)
    origin = truth.subjects[0].course
    frame = _Frame(float(origin.lon[0]), float(origin.lat[0]))
    real = _truth_grid(truth, t_ms, frame)
    seen = _track_grid(tracks, t_ms, frame)
    found = associate(real, seen, threshold_m=FOLLOWED_M)
    parts = gospa(real, seen, cutoff_m=CUTOFF_M, order=ORDER)
    whole = siap(t_ms / 1000.0, real, seen, found)
    return {
        "tracks": int(seen.shape[1]), "objects": int(real.shape[1]),
        "ospa_m": _mean(ospa(real, seen, cutoff_m=CUTOFF_M, order=ORDER)), "gospa_m": _mean(parts.distance_m),
        "missed": _mean(parts.missed) / (CUTOFF_M**ORDER / 2), "false": _mean(parts.false) / (CUTOFF_M**ORDER / 2),
        "siap": vars(whole),
        "identity_switches": identity_switches(real, seen, _who(tracks)),
    }  # fmt: skip


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


@dataclass(frozen=True)
class _Frame:
    """Metres east and north of a place, on the plane that touches the sphere there: good to 0.5 % in the strait."""

    lon: float
    lat: float

    def metres(self, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        per_deg = np.radians(EARTH_RADIUS_M)
        return (lon - self.lon) * per_deg * np.cos(np.radians(self.lat)), (lat - self.lat) * per_deg


def _states(lon, lat, sog_kn, cog_deg, frame: _Frame) -> np.ndarray:
    """float64[n, 4] of x, y, vx, vy; at rest where speed or course is not known."""
    speed, course = np.nan_to_num(sog_kn) * KN, np.radians(np.nan_to_num(cog_deg))
    return np.stack([*frame.metres(lon, lat), speed * np.sin(course), speed * np.cos(course)], axis=-1)


def _truth_grid(truth: Truth, t_ms: np.ndarray, frame: _Frame) -> np.ndarray:
    """float64[T, J, 4] of everything that moves or could."""
    moving = [s.course for s in truth.subjects if s.kind not in FIXED]
    grid = np.full((len(t_ms), len(moving), 4), np.nan)
    for j, course in enumerate(moving):
        here = (t_ms >= course.t_ms[0]) & (t_ms <= course.t_ms[-1])
        rows = np.searchsorted(course.t_ms, t_ms[here], side="right") - 1
        grid[here, j] = _states(course.lon[rows], course.lat[rows], course.sog_kn[rows], course.cog_deg[rows], frame)
    return grid


def _track_grid(tracks: Tracks, t_ms: np.ndarray, frame: _Frame) -> np.ndarray:
    """float64[T, N, 4], from reports up to each time alone; between two reports of a track it goes on as it went."""
    starts = np.flatnonzero(np.diff(tracks.track, prepend=-1))
    ends = np.append(starts[1:], len(tracks.track))
    grid = np.full((len(t_ms), len(starts), 4), np.nan)
    for n, (a, b) in enumerate(zip(starts, ends, strict=True)):
        last = np.searchsorted(tracks.t_ms[a:b], t_ms, side="right") - 1
        age_s = (t_ms - tracks.t_ms[a + np.maximum(last, 0)]) / 1000.0
        here = (last >= 0) & (t_ms <= tracks.t_ms[b - 1] + LAST_S * 1000)
        rows = a + last[here]
        states = _states(tracks.lon[rows], tracks.lat[rows], tracks.sog_kn[rows], tracks.cog_deg[rows], frame)
        states[:, :2] += states[:, 2:] * age_s[here, None]
        grid[here, n] = states
    return grid


def _who(tracks: Tracks) -> np.ndarray:
    return tracks.who[np.flatnonzero(np.diff(tracks.track, prepend=-1))]


def identity_switches(truth: np.ndarray, tracks: np.ndarray, who: np.ndarray, near_m: float = FOLLOWED_M) -> int:
    """How often an object is followed under another identity than before, as CLEAR MOT counts mismatches: a pair holds
    for as long as it is within ``near_m``, so that ships side by side are not swapped (Bernardin and Stiefelhagen
    2008, doi 10.1155/2008/246309). What is left is paired nearest first.

    Parameters
    ----------
    truth : float64[T, J, 4]; tracks : float64[T, N, 4]; who : int64[N], the identity of each track
    """
    switches, held, before, who = 0, {}, {}, who.tolist()
    for real, seen in zip(truth, tracks, strict=True):
        held = _paired(real, seen, held, near_m)
        switches += sum(before.get(obj, who[track]) != who[track] for obj, track in held.items())
        before |= {obj: who[track] for obj, track in held.items()}
    return switches


def _paired(real: np.ndarray, seen: np.ndarray, held: dict[int, int], near_m: float) -> dict[int, int]:
    """Track by object at one time, given the pairs of the time before."""
    away_m = np.hypot(real[:, None, 0] - seen[None, :, 0], real[:, None, 1] - seen[None, :, 1])
    pairs = {obj: track for obj, track in held.items() if away_m[obj, track] <= near_m}
    taken = set(pairs.values())
    objects, free = np.nonzero(away_m <= near_m)
    for i in np.argsort(away_m[objects, free], kind="stable").tolist():
        obj, track = int(objects[i]), int(free[i])
        if obj not in pairs and track not in taken:
            pairs[obj] = track
            taken.add(track)
    return pairs
