"""Queries give what a plain filter gives, read little, and a replay of an archive is that of its files."""

import io

import geopandas
import numpy as np
import pytest

import surveil as package
from surveil.archive import parquet
from surveil.archive.reading import open_archive
from surveil.errors import StoreError
from surveil.run import Replay, alerts_of
from surveil.simulate.demo import make_night
from surveil.sources.cut import Cut
from tests.archive.conftest import noaa, noaa_row


@pytest.fixture
def archive(importer, table, tmp_path):
    importer(table)
    return package.open_archive(tmp_path / "archive")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"mmsi": 232990005},
        {"mmsi": [232990005, 232990021], "time": ("2026-03-14T23:00", "2026-03-14T23:30")},
        {"bbox": (1.5, 50.9, 1.9, 51.1)},
        {"bbox": (1.5, 50.9, 1.9, 51.1), "time": (None, "2026-03-14T22:10Z")},
        {"time": ("2026-03-15", None)},
        {"mmsi": 1},
    ],
)
def test_a_query_gives_what_a_filter_of_all_rows_gives(archive, query):
    everything = archive.tracks().positions
    found = archive.tracks(**query).positions
    cut = Cut(
        *(
            None if t is None else int(np.datetime64(t.removesuffix("Z"), "ms").astype(int))
            for t in query.get("time", (None, None))
        ),
        query.get("bbox"),
        frozenset(np.atleast_1d(query["mmsi"]).tolist()) if "mmsi" in query else None,
    )
    np.testing.assert_array_equal(found.seq, everything.take(cut.wanted(everything)).seq)
    assert (np.diff(found.mmsi) >= 0).all()


def test_a_query_opens_no_file_and_reads_no_row_group_that_it_can_skip(archive, monkeypatch):
    opened = []
    real = parquet._groups
    monkeypatch.setattr(parquet, "_groups", lambda file, cut: opened.append(real(file, cut)) or opened[-1])
    archive.tracks(mmsi=232990005, time=("2026-03-15T00:10", "2026-03-15T00:20"))
    assert len(opened) <= 2, "one bucket of one day, in the stretches that reach into it"
    archive.tracks(bbox=(100, 0, 101, 1))
    assert len(opened) <= 2


def test_a_query_of_one_vessel_and_an_hour_reads_few_of_the_bytes(importer, tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    rows = [noaa_row(t, v) for t in range(0, 86_400, 240) for v in range(200)]
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 1000)
    importer(noaa(tmp_path / "day.csv", rows), stretch_rows=10**6)
    archive, read = open_archive(tmp_path / "archive"), []

    class Counting(io.FileIO):
        def read(self, size=-1):
            data = super().read(size)
            read.append(len(data))
            return data

    real = pq.ParquetFile
    monkeypatch.setattr(pq, "ParquetFile", lambda path: real(Counting(path)))
    assert len(archive.tracks(mmsi=232990017, time=("2026-03-15T03:00", "2026-03-15T04:00"))) == 15
    size = sum(file.stat().st_size for file in (tmp_path / "archive").rglob("*.parquet"))
    assert 0 < sum(read) < size / 10


def test_an_archive_is_geoparquet_that_others_read(archive, tmp_path):
    frame = geopandas.read_parquet(tmp_path / "archive" / "positions")
    assert len(frame) == 12_000
    assert frame.crs.equals("OGC:CRS84")
    assert set(frame["source"]) == {str(tmp_path / "day.csv")}
    box = geopandas.read_parquet(tmp_path / "archive" / "positions", bbox=(1.5, 50, 1.6, 52))
    assert len(box) == len(archive.tracks(bbox=(1.5, 50, 1.6, 52)))


def test_tracks_become_a_geodataframe_and_trajectories(archive):
    tracks = archive.tracks(mmsi=[232990005, 232990006])
    frame = tracks.to_geopandas()
    assert len(frame) == 600
    assert frame["seq"].tolist() == tracks.positions.seq.tolist()
    movingpandas = pytest.importorskip("movingpandas")
    trips = tracks.to_movingpandas()
    assert isinstance(trips, movingpandas.TrajectoryCollection)
    assert len(trips) == 2


def test_a_report_heard_by_two_stations_is_one_report_and_counted(importer, tmp_path):
    rows = [noaa_row(t) for t in range(0, 600, 60)]
    importer(noaa(tmp_path / "west.csv", rows), noaa(tmp_path / "east.csv", [noaa_row(900), *rows]))
    archive = open_archive(tmp_path / "archive")
    tracks = archive.tracks()
    assert (len(tracks), tracks.duplicates) == (11, 10)
    assert sum(file.rows for file in archive.manifest.files("positions")) == 21, "nothing is lost"


def test_what_is_no_archive_is_named(tmp_path):
    with pytest.raises(StoreError, match="is not an archive"):
        open_archive(tmp_path)
    (tmp_path / "surveil-archive.sqlite").write_bytes(b"something else, long enough to be no database" * 20)
    with pytest.raises(StoreError, match="damaged"):
        open_archive(tmp_path)


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """A simulated night, cut in two logs, its replay, and its archive."""
    from surveil.archive.importing import Importer

    folder = tmp_path_factory.mktemp("nights")
    log = make_night(seed=1, hours=3.0).write(folder / "night.nmea")
    lines = log.read_bytes().splitlines(keepends=True)
    halves = [folder / "a.nmea", folder / "b.nmea"]
    for nth, half in enumerate(halves):
        half.write_bytes(b"".join(lines[nth::2]))
    Importer(folder / "archive", stretch_rows=10_000).run(halves)
    return folder, halves


def replayed(paths, out, **how) -> tuple[dict, list]:
    summary = Replay(list(paths), out, **how).run()
    return summary, [alert.to_dict() for alert in alerts_of(out)]


def test_an_archive_replays_to_the_alerts_and_the_account_of_its_files(nights):
    folder, halves = nights
    summary, alerts = replayed(halves, folder / "of-files")
    again, same = replayed([folder / "archive"], folder / "of-archive")
    assert alerts
    assert same == alerts
    for key in (
        "lines_read",
        "decoded",
        "refused",
        "not_ais",
        "vessels",
        "alerts",
        "span",
        "late",
        "duplicate",
        "problems",
        "inputs",
    ):
        assert again[key] == summary[key], key
    lines = (folder / "of-files" / "tracks.parquet").read_bytes()
    assert (folder / "of-archive" / "tracks.parquet").read_bytes() == lines


@pytest.mark.parametrize("jumbled", [False, True])
def test_an_archive_of_a_table_replays_as_the_table_does_sorted_where_that_is(importer, tmp_path, jumbled):
    rows = [noaa_row(t, v) for t in range(0, 7200, 60) for v in range(5)]
    if jumbled:
        rows.sort(key=lambda row: row.split(",")[0])
    path = noaa(tmp_path / "day.csv", rows)
    importer(path, stretch_rows=100)
    summary, _ = replayed([path], tmp_path / "of-table")
    again, _ = replayed([tmp_path / "archive"], tmp_path / "of-archive")
    assert summary["late"] == 0
    assert {k: again[k] for k in ("lines_read", "vessels", "late", "duplicate")} == {
        k: summary[k] for k in ("lines_read", "vessels", "late", "duplicate")
    }
    tables = [(tmp_path / out / "tracks.parquet").read_bytes() for out in ("of-table", "of-archive")]
    assert tables[0] == tables[1]


def test_a_cut_replay_of_an_archive_counts_what_it_did_not_read(nights):
    folder, halves = nights
    cut = Cut(bbox=(1.3, 50.8, 1.6, 51.2))
    summary, alerts = replayed(halves, folder / "cut-files", cut=cut)
    again, same = replayed([folder / "archive"], folder / "cut-archive", cut=cut)
    assert summary["cut_out"] > 0
    assert again["cut_out"] == summary["cut_out"]
    assert same == alerts


def test_an_alert_from_an_archive_still_shows_its_input_lines(nights, surveil):
    folder, _ = nights
    out = folder / "explained"
    _, alerts = replayed([folder / "archive"], out)
    code, text, _ = surveil("explain", alerts[0]["id"], "--out", out, "--json")
    assert code == 0
    assert "AIVDM" in text


def test_importing_the_package_imports_no_archive():
    import subprocess
    import sys

    code = "import surveil, sys; sys.exit('pyarrow' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
