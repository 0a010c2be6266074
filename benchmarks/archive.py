"""Import of a generated NOAA day beside DuckDB and Polars, then the bytes that a query of one vessel and hour reads.

The peers read the columns that the import reads and write them to one Parquet file, zstd like the archive's, in the
order of the CSV: no check of a row, no partition, no sort, no account. Each run has a process of its own, and times
begin when its imports are done; the fastest of some runs in turn counts. ``_cpu_s`` is of all its threads, with the
start of the process. The query's bytes are all that is read of the archive's files, footers too, counted by the file
objects that read them, and the whole manifest, against the bytes of the whole archive.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np

DAY = np.datetime64("2026-03-14")
VESSELS = 10_000
HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
READ = [name for name in HEADER.split(",") if name != "Cargo"]
"""Columns that an import reads."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, in turn; the fastest counts")


def run(options: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        csv = write_noaa(folder / "day.csv", options.rows)
        figures = {"rows": options.rows, "csv_mb": round(csv.stat().st_size / 1e6, 1)}
        archive = folder / "out-surveil"
        figures |= imports(csv, folder, options.runs) | query(archive) | reading(archive, csv)
    for key, value in figures.items():
        print(f"{key:<28} {value}")
    return figures


def write_noaa(path: Path, rows: int) -> Path:
    """A day of vessels on straight courses, in the order of time, in the columns and the decimals of NOAA's files."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    draw = np.random.default_rng(1)
    vessel = np.tile(np.arange(VESSELS), -(-rows // VESSELS))[:rows]
    second = np.sort(draw.integers(0, 86_400, rows))
    speed, course = draw.uniform(0, 20, VESSELS)[vessel], draw.uniform(0, 360, VESSELS)[vessel]
    miles = speed * second / 3600
    lat = draw.uniform(25, 47, VESSELS)[vessel] + miles / 60 * np.cos(np.radians(course))
    lon = draw.uniform(-125, -70, VESSELS)[vessel] + miles / 60 * np.sin(np.radians(course)) / np.cos(np.radians(lat))
    length = draw.integers(10, 300, VESSELS)
    text = {
        "VesselName": [f"VESSEL {v}" for v in range(VESSELS)], "CallSign": [f"W{v:05}" for v in range(VESSELS)],
        "IMO": [f"IMO{9_000_000 + v}" if v % 2 else "" for v in range(VESSELS)],
        "TransceiverClass": ["AB"[v % 4 == 0] for v in range(VESSELS)],
    }  # fmt: skip
    columns = {
        "MMSI": 366_000_000 + 37 * vessel,
        "BaseDateTime": pc.strftime(pa.array(DAY + second.astype("m8[s]")), format="%Y-%m-%dT%H:%M:%S"),
        "LAT": lat.round(5), "LON": lon.round(5),
        "SOG": np.clip(speed + draw.normal(0, 0.2, rows), 0, 30).round(1),
        "COG": ((course + draw.normal(0, 1, rows)) % 360).round(1),
        "Heading": course.round(), "VesselType": draw.choice([30, 31, 52, 60, 70, 80], VESSELS)[vessel],
        "Status": np.where(vessel % 7, 0, 15), "Length": length[vessel], "Width": length[vessel] // 6,
        "Draft": (length[vessel] / 25).round(1), "Cargo": vessel % 90,
        **{name: pa.array(words).take(pa.array(vessel)) for name, words in text.items()},
    }  # fmt: skip
    with path.open("wb") as file:
        file.write(HEADER.encode() + b"\n")
        plain = csv.WriteOptions(include_header=False, quoting_style="none")
        csv.write_csv(pa.table({name: columns[name] for name in HEADER.split(",")}), file, plain)
    return path


SURVEIL = """
from pathlib import Path
from surveil.archive.importing import Importer
def job(csv, out): Importer(Path(out)).run([Path(csv)])
"""
SELECTED = ", ".join(READ)
DUCKDB = f"""
import duckdb
duckdb.sql("SET enable_progress_bar = false")
def job(csv, out):
    duckdb.sql(f"COPY (SELECT {SELECTED} FROM read_csv('{{csv}}')) TO '{{out}}' (FORMAT parquet, COMPRESSION zstd)")
"""
POLARS = f"""
import polars
def job(csv, out): polars.scan_csv(csv, try_parse_dates=True).select({READ}).sink_parquet(out, compression="zstd")
"""
TIMED = """
import resource, sys, time
started = time.perf_counter()
job(*sys.argv[1:])
wall = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_SELF)
peak_kb = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(wall, used.ru_utime + used.ru_stime, int(peak_kb) / 1024)
"""


def imports(csv: Path, folder: Path, runs: int) -> dict:
    """Seconds and peak memory of each, each run in a process of its own."""
    jobs = {"surveil": SURVEIL}
    for name, job in (("duckdb", DUCKDB), ("polars", POLARS)):
        if importlib.util.find_spec(name):
            jobs[name] = job
        else:
            print(f"{name} is not installed; left out")
    seconds, peak = {name: [] for name in jobs}, {}
    for _ in range(runs):
        for name, job in jobs.items():
            out = folder / f"out-{name}"
            shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
            ended = subprocess.run(
                [sys.executable, "-c", job + TIMED, csv, out], capture_output=True, text=True, check=True
            )
            *took, peak[name] = map(float, ended.stdout.split())
            seconds[name].append(took)
    check_rows(folder, jobs)
    best = {name: np.min(took, axis=0).tolist() for name, took in seconds.items()}
    figures = {f"{name}_s": round(wall, 2) for name, (wall, _) in best.items()}
    figures |= {f"{name}_cpu_s": round(cpu, 2) for name, (_, cpu) in best.items()}
    figures |= {f"{name}_peak_rss_mb": round(mb) for name, mb in peak.items()}
    wall, cpu = best.pop("surveil")
    if best:
        figures["ratio_to_faster_peer"] = round(wall / min(wall for wall, _ in best.values()), 2)
        figures["cpu_ratio_to_faster_peer"] = round(cpu / min(cpu for _, cpu in best.values()), 2)
    return figures


def check_rows(folder: Path, jobs: dict[str, str]) -> None:
    """All of them have written as many rows."""
    import pyarrow.parquet as pq

    def count(out: Path) -> int:
        files = sorted((out / "positions").rglob("*.parquet")) if out.is_dir() else [out]
        return sum(pq.read_metadata(file).num_rows for file in files)

    rows = {name: count(folder / f"out-{name}") for name in jobs}
    if len(set(rows.values())) > 1:
        raise SystemExit(f"not the same rows: {rows}")


class Counting(io.FileIO):
    """A file that counts the bytes read of it, footer and all."""

    read_bytes = 0

    def read(self, size=-1) -> bytes:
        data = super().read(size)
        Counting.read_bytes += len(data)
        return data

    def readinto(self, buffer) -> int:
        n = super().readinto(buffer)
        Counting.read_bytes += n
        return n


def query(archive: Path, vessel: int = 5_000) -> dict:
    """Bytes read for one vessel and one hour; the manifest counts whole."""
    import pyarrow.parquet as pq

    from surveil import open_archive
    from surveil.archive.manifest import MARK

    open_archive(archive).tracks(mmsi=1)  # what is imported and compiled at the first query is no matter of bytes
    real, opened = pq.ParquetFile, []
    Counting.read_bytes = 0
    with mock.patch.object(pq, "ParquetFile", lambda path: opened.append(path) or real(Counting(path))):
        started = time.perf_counter()
        hour = (f"{DAY}T11:30", f"{DAY}T12:30")
        tracks = open_archive(archive).tracks(mmsi=366_000_000 + 37 * vessel, time=hour)
        took = time.perf_counter() - started
    files = sorted(archive.rglob("*.parquet"))
    manifest = (archive / MARK).stat().st_size
    size = sum(path.stat().st_size for path in files) + manifest
    return {
        "archive_mb": round(size / 1e6, 1), "archive_files": len(files), "query_rows": len(tracks),
        "query_files": len(opened), "query_ms": round(took * 1000, 1),
        "query_kb": round((Counting.read_bytes + manifest) / 1e3, 1),
        "query_percent_of_bytes": round(100 * (Counting.read_bytes + manifest) / size, 3),
    }  # fmt: skip


def reading(archive: Path, csv: Path) -> dict:
    """Rows a second into the engine's hands, from the archive and from the CSV."""
    from surveil import open_archive
    from surveil.ledger import Ledger
    from surveil.sources.files import open_sources

    figures = {}
    for name, sources in (("archive", open_archive(archive).sources(Ledger())), ("csv", open_sources([csv], Ledger()))):
        started, cpu = time.perf_counter(), time.process_time()
        rows = sum(len(batch.positions) for source in sources for batch in source.batches())
        figures[f"{name}_rows_read"] = rows
        figures[f"{name}_rows_per_s"] = round(rows / (time.perf_counter() - started))
        figures[f"{name}_rows_per_cpu_s"] = round(rows / (time.process_time() - cpu))
    return figures
