"""A few logs and what an import of them is compared with."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from surveil.archive.importing import Importer
from surveil.schema import KINDS, Batch
from surveil.sources.sorting import joined

NOAA_HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
T0 = datetime(2026, 3, 14, 22, tzinfo=UTC)


def noaa_row(at_s: int, vessel: int = 0, lat: str = "51.0", lon: str | None = None) -> str:
    stamp = datetime.fromtimestamp(T0.timestamp() + at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    lon = f"{1.4 + at_s * 1e-4 + vessel * 0.05:.5f}" if lon is None else lon
    return f"{232990001 + vessel},{stamp},{lat},{lon},10.0,45.0,45.0,SIM {vessel},,SIM,70,0,100,16,6.0,,A"


def noaa(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([NOAA_HEADER, *rows, ""]))
    return path


@pytest.fixture
def table(tmp_path) -> Path:
    """Forty vessels over five hours and midnight, 12,000 rows."""
    return noaa(tmp_path / "day.csv", [noaa_row(t, v) for t in range(0, 18_000, 60) for v in range(40)])


@pytest.fixture
def importer(tmp_path):
    """Imports into one archive, in short stretches."""

    def run(*paths, stretch_rows: int = 5_000, to: Path = tmp_path / "archive", **how) -> dict:
        return Importer(to, stretch_rows=stretch_rows, **how).run(map(Path, paths))

    return run


def whole(source) -> Batch:
    """All rows of a source, in the order of arrival, as if it were the first of its ledger."""
    batch = joined(list(source.batches()))
    columns = {}
    for kind, rows, at in batch.parts():
        order = np.lexsort((rows.digest, rows.t_ms, rows.seq, at))
        columns[kind] = rows.take(order).replace(source=np.zeros(len(rows), np.int16))
        columns[f"{kind}_at"] = at[order]
    return Batch(**columns)


def assert_same(ours: Batch, theirs: Batch) -> None:
    for kind in KINDS:
        a, b = getattr(ours, kind), getattr(theirs, kind)
        for name in a.DTYPES:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=f"{kind}.{name}")
        np.testing.assert_array_equal(getattr(ours, f"{kind}_at"), getattr(theirs, f"{kind}_at"))
