"""Cleaning, splitting, speed, course and stops: the track table and legs beside MovingPandas, then 20 million points.

Both get the same made vessels and the same limits. MovingPandas is timed on a TrajectoryCollection that is there
already, ours on rows in the order of time, as the engine gets them, so that finding each row's vessel is within. What
they say is compared, and where they differ is listed with the reason. The 20 million points are streamed through a
process of its own, with the settings that come with surveil.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import multiprocessing
import resource
import time
from dataclasses import dataclass

import numpy as np

from benchmarks._fleet import Fleet, first_of_each
from surveil.config import TracksConfig
from surveil.kernels.legs import NOT_STOPPED
from surveil.kernels.tracks import APPLIED, NEW_PATH
from surveil.schema import Positions
from surveil.tracks.legs import Legs
from surveil.tracks.table import TrackTable

SAME_AS_MOVINGPANDAS = TracksConfig(
    gap_s=1800, max_speed_kn=60.0, position_slack_m=0.0, jump_confirmations=100, jump_lasting_s=3600,
    stop_diameter_m=100.0, stop_min_s=600,
)  # fmt: skip
"""Its OutlierCleaner has a speed limit alone: no slack, and it never takes a burst for a new path."""
BATCH = 100_000
_STOP_NEAR_LIMIT = "within reach of the 100 m limit: ours is the diagonal of the upright box of a stay, theirs of the "
_WHY = {
    "outliers": "at the speed limit: ours is measured on the sphere, theirs on the ellipsoid (0.35 % apart at most)",
    "segments": "after an outlier that one of them takes and the other does not",
    "stops": _STOP_NEAR_LIMIT + "smallest rotated one, so that theirs lets a stay begin earlier or end later",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vessels", type=int, default=1000, help="vessels of the comparison")
    parser.add_argument("--points", type=int, default=500, help="points of each")
    parser.add_argument("--stream", type=int, default=20_000_000, help="points streamed through ours alone")
    parser.add_argument("--stream-vessels", type=int, default=5000, help="vessels that they are of")
    parser.add_argument("--runs", type=int, default=3, help="runs of ours; the fastest counts. MovingPandas has one")


def run(options: argparse.Namespace) -> dict:
    fleet = Fleet(options.vessels)
    rows, thrown = first_of_each(*fleet.steps(int(options.points * 1.5) + 100), options.points)
    build(rows, SAME_AS_MOVINGPANDAS)  # compiles
    timed = [build(rows, SAME_AS_MOVINGPANDAS) for _ in range(options.runs)]
    ours = min(timed, key=lambda found: found.seconds)
    figures = {
        "vessels": options.vessels,
        "points": len(rows),
        "ours_s": round(ours.seconds, 4),
        **_truth(ours, rows, thrown),
    }
    figures |= _beside_movingpandas(rows, ours)
    figures |= streamed(options.stream, options.stream_vessels)
    for name, value in figures.items():
        print(f"{name:<24} {value}")
    return figures


@dataclass(frozen=True)
class Found:
    """What was found in rows: seconds it took; outliers and starts of segments as (MMSI, ms), stops as (MMSI, ms, ms),
    speed (kn) and course (deg) by (MMSI, ms)."""

    seconds: float
    outliers: set[tuple[int, int]]
    segments: set[tuple[int, int]]
    stops: set[tuple[int, int, int]]
    made: dict[tuple[int, int], tuple[float, float]]


def build(rows: Positions, config: TracksConfig) -> Found:
    """Ours."""
    table, legs, parts = TrackTable(config), Legs(config), []
    started = time.perf_counter()
    for at in range(0, len(rows), BATCH):
        part = rows.take(slice(at, at + BATCH))
        applied = table.apply_positions(part)
        parts.append((applied, legs.apply(part, applied)))
    seconds = time.perf_counter() - started
    join = np.concatenate
    outcome, segment = join([a.outcome for a, _ in parts]), join([a.segment for a, _ in parts])
    kn, deg, since = (join([getattr(m, name) for _, m in parts]) for name in ("kn", "deg", "since_ms"))
    good = (outcome == APPLIED) | (outcome == NEW_PATH)
    key = [*zip(rows.mmsi.tolist(), rows.t_ms.tolist(), strict=True)]
    pieces: dict[tuple[int, int], list[int]] = {}
    stops: dict[tuple[int, int], int] = {}
    for i in np.flatnonzero(good).tolist():
        pieces.setdefault((key[i][0], int(segment[i])), []).append(key[i][1])
        if since[i] != NOT_STOPPED:
            stops[key[i][0], int(since[i])] = key[i][1]
    made = {key[i]: (float(kn[i]), float(deg[i])) for i in np.flatnonzero(good & ~np.isnan(kn)).tolist()}
    return Found(
        seconds, {key[i] for i in np.flatnonzero(~good).tolist()},
        {(mmsi, times[0]) for (mmsi, _), times in pieces.items() if len(times) > 1},
        {(mmsi, begin, end) for (mmsi, begin), end in stops.items()}, made,
    )  # fmt: skip


def movingpandas_build(rows: Positions) -> Found:
    """Theirs, with the same limits."""
    import geopandas as gpd
    import movingpandas as mpd
    import pandas as pd

    times = pd.DatetimeIndex(rows.t_ms.astype("M8[ms]"))
    frame = gpd.GeoDataFrame(
        {"mmsi": rows.mmsi}, geometry=gpd.points_from_xy(rows.lon, rows.lat), crs=4326, index=times
    )
    vessels = mpd.TrajectoryCollection(frame, traj_id_col="mmsi")
    config, knots = SAME_AS_MOVINGPANDAS, ("nm", "h")
    started = time.perf_counter()
    cleaned = mpd.OutlierCleaner(vessels).clean(v_max=config.max_speed_kn, units=knots)
    pieces = mpd.ObservationGapSplitter(cleaned).split(gap=dt.timedelta(seconds=config.gap_s))
    pieces.add_speed(units=knots)
    pieces.add_direction()
    detector = mpd.TrajectoryStopDetector(pieces)
    ranges = detector.get_stop_time_ranges(config.stop_diameter_m, dt.timedelta(seconds=config.stop_min_s))
    seconds = time.perf_counter() - started
    kept = {(int(t.id), at) for t in cleaned for at in _ms(t.df.index)}
    made = {
        (int(str(piece.id).split("_")[0]), at): (speed, course)
        for piece in pieces
        for at, speed, course in zip(_ms(piece.df.index)[1:], piece.df.speed[1:], piece.df.direction[1:], strict=True)
    }
    every = set(zip(rows.mmsi.tolist(), rows.t_ms.tolist(), strict=True))
    return Found(
        seconds, every - kept, {(int(str(p.id).split("_")[0]), _ms(p.df.index)[0]) for p in pieces},
        {(int(str(r.traj_id).split("_")[0]), *_ms(pd.DatetimeIndex([r.t_0, r.t_n]))) for r in ranges}, made,
    )  # fmt: skip


def _ms(index) -> list[int]:
    return index.to_numpy().astype("M8[ms]").astype(np.int64).tolist()


def _truth(ours: Found, rows: Positions, thrown: np.ndarray) -> dict:
    """Of the fixes that the maker threw, how many were taken out, and what else was."""
    truth = {(int(m), int(t)) for m, t in zip(rows.mmsi[thrown], rows.t_ms[thrown], strict=True)}
    return {
        "thrown": len(truth),
        "thrown_found": len(truth & ours.outliers),
        "taken_out_wrongly": len(ours.outliers - truth),
    }


def _beside_movingpandas(rows: Positions, ours: Found) -> dict:
    if importlib.util.find_spec("movingpandas") is None:
        return {"ratio_movingpandas": None, "left_out": "MovingPandas is not installed (uv sync --group peers)"}
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = movingpandas_build(rows)
    return {
        "movingpandas_s": round(theirs.seconds, 2),
        "movingpandas_points_per_s": round(len(rows) / theirs.seconds),
        "ratio_movingpandas": round(theirs.seconds / ours.seconds),
        "agreement": {kind: _compared(kind, ours, theirs) for kind in _WHY} | _motion(ours, theirs),
    }


def _compared(kind: str, ours: Found, theirs: Found) -> dict:
    """How many both found, and which ones only one did."""
    a, b = getattr(ours, kind), getattr(theirs, kind)
    found = {"both": len(a & b), "only_ours": sorted(a - b)[:5], "only_movingpandas": sorted(b - a)[:5],
             "differ": len(a ^ b)}  # fmt: skip
    return found | ({"why": _WHY[kind]} if a != b else {})


def _motion(ours: Found, theirs: Found) -> dict:
    """The largest differences of speed, and of course where a ship moved at more than a knot."""
    keys = sorted(ours.made.keys() & theirs.made.keys())
    a, b = (np.array([found.made[k] for k in keys]) for found in (ours, theirs))
    moving = b[:, 0] > 1.0
    off_deg = np.abs((a[:, 1] - b[:, 1] + 180) % 360 - 180)[moving]
    return {
        "speed": {
            "compared": len(keys),
            "largest_difference_percent": round(float((np.abs(a - b)[:, 0] / b[:, 0])[moving].max() * 100), 3),
        },
        "course": {"compared": int(moving.sum()), "largest_difference_deg": round(float(off_deg.max()), 4)},
    }


def streamed(points: int, vessels: int) -> dict:
    """Figures of ours alone, and of a tenth of the points to show what memory grows with."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        *_, tenth_mb = pool.apply(_stream, (points // 10, vessels))
        seconds, cpu_s, peak_mb = pool.apply(_stream, (points, vessels))
    return {
        "streamed_points": points, "streamed_vessels": vessels, "points_per_s": round(points / seconds),
        "points_per_cpu_s": round(points / cpu_s),
        "peak_rss_mb": round(peak_mb), "peak_rss_mb_of_a_tenth": round(tenth_mb),
    }  # fmt: skip


def _stream(points: int, vessels: int) -> tuple[float, float, float]:
    """Seconds within ours, by the clock and of the processor, which others' work does not lengthen; and the process's
    peak of memory in MB, the maker's batches included."""
    config = TracksConfig()
    warm, _ = Fleet(10).steps(50)
    build(warm, config)
    fleet, table, legs = Fleet(vessels, every_s=10.0), TrackTable(config), Legs(config)
    seconds, cpu_s, done = 0.0, 0.0, 0
    while done < points:
        rows, _ = fleet.steps(max(1, BATCH // vessels))
        rows = rows.take(slice(0, points - done))
        started, cpu_started = time.perf_counter(), time.process_time()
        applied = table.apply_positions(rows)
        legs.apply(rows, applied)
        seconds += time.perf_counter() - started
        cpu_s += time.process_time() - cpu_started
        done += len(rows)
    return seconds, cpu_s, _peak_mb()


def _peak_mb() -> float:
    """Of this process alone: ru_maxrss would count what the one that started it had."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except FileNotFoundError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
