"""An import holds every line once, however often and wherever it is interrupted."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
import time

import pytest

from surveil.archive.manifest import Manifest
from surveil.archive.reading import open_archive
from surveil.decode.times import TimeOptions
from surveil.errors import InputError, StoreError
from surveil.ledger import Ledger
from surveil.schema import AIS_KINDS
from surveil.sources.files import open_sources
from tests.archive.conftest import assert_same, noaa, noaa_row, whole
from tests.sources.test_json import ENCODED, HUMAN, POSITION, STATIC, TEXT, TO_ONE


def of_archive(folder, nth: int = 0):
    return whole(open_archive(folder).sources(Ledger())[nth])


def of_file(path):
    (source,) = open_sources([path], Ledger())
    return whole(source)


def test_an_archive_gives_back_every_row_in_the_order_in_which_it_came(importer, table, tmp_path):
    summary = importer(table)
    assert summary["exit_code"] == 0
    assert summary["archive"]["rows"] == {"positions": 12_000, "statics": 40, "safety": 0}
    assert_same(of_archive(tmp_path / "archive"), of_file(table))


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "dma_aislib_stream_example_20100611.txt.gz",
        "stonesoup_SolentAIS_20160112_130211.csv.gz",
        "dma_aisdk_20180601_138rows.csv",
        "amsa_exact-earth-with-tag-block.txt",
        "amsa_exact-earth-augmented-2.txt.gz",
        "aisdb_test_data_20211101.nm4",
        "aisdb_test_data_20210701.csv.gz",
    ],
)
def test_a_real_recording_comes_back_row_by_row(importer, shared, tmp_path, name):
    path = shared / "data" / "ais" / name
    importer(path, stretch_rows=2_000)
    assert_same(of_archive(tmp_path / "archive"), of_file(path))


@pytest.mark.parametrize("lines", [[POSITION, STATIC, TEXT, TO_ONE], [HUMAN, ENCODED]])
def test_json_comes_back_row_by_row(importer, tmp_path, lines):
    path = tmp_path / "feed.json"
    path.write_text("\n".join(lines))
    summary = importer(path)
    assert summary["exit_code"] == 0
    assert_same(of_archive(tmp_path / "archive"), of_file(path))


def test_the_same_input_again_under_another_name_and_packed_adds_nothing(importer, table, tmp_path):
    importer(table)
    renamed = tmp_path / "again.csv.gz"
    renamed.write_bytes(gzip.compress(table.read_bytes()))
    summary = importer(table, renamed)
    assert summary["sources"] == {str(table): "there already", str(renamed): "there already"}
    assert summary["archive"]["rows"]["positions"] == 12_000


def test_a_file_that_has_grown_adds_what_is_new(importer, table, tmp_path):
    lines = table.read_bytes().splitlines(keepends=True)
    growing = tmp_path / "growing.csv"
    for end in (1, 100, 7_000, len(lines)):
        growing.write_bytes(b"".join(lines[:end]))
        summary = importer(growing)
        assert summary["archive"]["imports"] == 1
        assert_same(of_archive(tmp_path / "archive"), of_file(growing))


def test_files_with_the_same_beginning_are_told_apart(importer, table, tmp_path):
    other = tmp_path / "other.csv"
    other.write_bytes(table.read_bytes()[:-3] + b"B,\n")
    assert importer(table, other)["archive"]["imports"] == 2


class Stop(Exception):
    """Ends an import where a test wants it."""


@pytest.mark.parametrize("at_share", [0.0, 0.4, 0.9])
def test_an_import_that_stopped_is_told_of_and_goes_on_without_doubling_or_losing_a_row(
    importer, table, tmp_path, monkeypatch, at_share
):
    monkeypatch.setattr("surveil.sources.opening.CHUNK", 1 << 14)

    def stop(ledger, share):
        if share > at_share:
            raise Stop

    with pytest.raises(Stop):
        importer(table, progress=stop, stretch_rows=1_000)
    ledger = Ledger()
    part = whole(open_archive(tmp_path / "archive").sources(ledger)[0])
    assert "interrupted" in str(ledger.problems[0])
    assert len(part.positions) < 12_000
    assert importer(table, stretch_rows=1_000)["sources"] == {str(table): "continued"}
    assert_same(of_archive(tmp_path / "archive"), of_file(table))
    assert importer(table)["sources"] == {str(table): "there already"}


SCRIPT = """
import sys
from pathlib import Path
import surveil.sources.opening as opening
opening.CHUNK = 1 << 14
from surveil.archive.importing import Importer
print("ready", flush=True)
Importer(Path(sys.argv[1]), stretch_rows=500).run([Path(sys.argv[2])])
"""


def test_an_import_killed_at_any_moment_goes_on(table, tmp_path, importer):
    archive = tmp_path / "archive"
    for delay_s in (0.02, 0.08, 0.15, 0.3):
        with subprocess.Popen([sys.executable, "-c", SCRIPT, archive, table], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            time.sleep(delay_s)
            child.send_signal(signal.SIGKILL)
        if (archive / "surveil-archive.sqlite").exists():
            assert_prefix(of_archive(archive) if open_archive(archive).imports() else None, of_file(table))
    importer(table, stretch_rows=500)
    assert_same(of_archive(archive), of_file(table))
    assert not list(archive.rglob("*.part"))


def assert_prefix(part, all_rows) -> None:
    if part is not None:
        n = len(part.positions)
        assert part.positions.seq.tolist() == all_rows.positions.seq[:n].tolist()


@pytest.mark.parametrize("step", ["commit", "publish", "reopen"])
def test_a_kill_on_either_side_of_a_commit_loses_and_doubles_nothing(importer, table, tmp_path, monkeypatch, step):
    importer(noaa(tmp_path / "first.csv", [noaa_row(0, 7)]))
    calls = []

    def killed(self, *args, **how):
        calls.append(step)
        if len(calls) > 1:
            raise Stop
        return real(self, *args, **how)

    real = getattr(Manifest, step)
    with monkeypatch.context() as patched:
        patched.setattr(Manifest, step, killed)
        if step == "reopen":
            killed_once = pytest.raises(Stop)
            calls.append("first")
            with killed_once, open(tmp_path / "first.csv", "a") as file:
                file.write(noaa_row(60, 7) + "\n")
                file.flush()
                importer(tmp_path / "first.csv")
        else:
            with pytest.raises(Stop):
                importer(table, stretch_rows=1_000)
    for path in (tmp_path / "first.csv", table):
        importer(path, stretch_rows=1_000)
    assert_same(of_archive(tmp_path / "archive", 0), of_file(tmp_path / "first.csv"))
    assert_same(of_archive(tmp_path / "archive", 1), of_file(table))


def test_committed_rows_are_read_before_their_files_are_published(importer, table, tmp_path, monkeypatch):
    monkeypatch.setattr(Manifest, "publish", lambda self, files: None)
    importer(table)
    assert not list((tmp_path / "archive").glob("*/*/*/[!.]*"))
    assert_same(of_archive(tmp_path / "archive"), of_file(table))


def test_a_full_disk_is_named_and_the_import_goes_on_when_there_is_room(importer, table, tmp_path, monkeypatch):
    import surveil.archive.parquet as parquet

    real, written = parquet.write, []

    def full(folder, piece):
        written.append(piece)
        if len(written) > 40:
            raise OSError(28, "No space left on device")
        return real(folder, piece)

    with monkeypatch.context() as patched:
        patched.setattr(parquet, "write", full)
        with pytest.raises(StoreError, match="No space left"):
            importer(table, stretch_rows=1_000)
    importer(table, stretch_rows=1_000)
    assert_same(of_archive(tmp_path / "archive"), of_file(table))


def test_two_imports_at_once_into_one_archive_are_refused(importer, table, tmp_path):
    manifest = Manifest(tmp_path / "archive", create=True)
    with manifest.writing(), pytest.raises(StoreError, match="another import"):
        importer(table)


def test_bad_rows_are_refused_by_name_and_counted_and_the_good_ones_kept(importer, tmp_path):
    rows = [noaa_row(0), "0" + noaa_row(1)[9:], noaa_row(2, lat="", lon=""), noaa_row(3, lat="99"), noaa_row(4)[:30]]
    summary = importer(noaa(tmp_path / "bad.csv", rows))
    assert summary["refused"] == {"MMSI out of range": 1, "latitude out of range": 1, "wrong number of columns": 1}
    assert summary["archive"]["rows"]["positions"] == 2, "a row without a position is kept without one"
    assert summary["exit_code"] == 3
    assert summary["lines_read"] == summary["decoded"] + sum(summary["refused"].values()) + summary["not_ais"]


def test_an_archive_tells_the_account_of_its_lines_again(importer, tmp_path):
    summary = importer(noaa(tmp_path / "bad.csv", [noaa_row(0), noaa_row(3, lat="99")]))
    ledger = Ledger()
    open_archive(tmp_path / "archive").sources(ledger)
    assert ledger.totals()["refused"] == summary["refused"]
    assert [str(problem) for problem in ledger.problems] == summary["problems"]


def test_times_out_of_order_by_days_go_to_their_days(importer, tmp_path):
    day = 86_400
    path = noaa(tmp_path / "jumbled.csv", [noaa_row(t * day, v) for t in (0, 5, -3, 2) for v in range(3)])
    importer(path)
    files = Manifest(tmp_path / "archive").files("positions")
    assert sorted({file.day for file in files}) == ["2026-03-11", "2026-03-14", "2026-03-16", "2026-03-19"]
    assert_same(of_archive(tmp_path / "archive"), of_file(path))


def test_a_parquet_file_is_no_input_and_is_named(importer, tmp_path, table):
    importer(table)
    inner = next((tmp_path / "archive").rglob("*.parquet"))
    foreign = shutil.copy(inner, tmp_path / "foreign.parquet")
    with pytest.raises(InputError, match=r"foreign\.parquet: looks like a Parquet file"):
        importer(foreign)


def test_a_file_of_another_schema_in_the_archive_is_named_and_the_rest_is_read(importer, tmp_path, table):
    import pyarrow as pa
    import pyarrow.parquet as pq

    importer(table, stretch_rows=10**6)
    first, *_ = Manifest(tmp_path / "archive").files("positions")
    pq.write_table(pa.table({"x": range(first.rows)}), tmp_path / "archive" / first.path)
    (source,) = open_archive(tmp_path / "archive").sources(ledger := Ledger())
    assert len(whole(source).positions) == 12_000 - first.rows
    assert first.path in str(ledger.problems[0])
    assert "not the file that the archive wrote" in str(ledger.problems[0])


def test_a_stranger_in_the_archive_is_left_alone_and_named(importer, tmp_path, table):
    importer(table)
    stranger = next((tmp_path / "archive").rglob("*.parquet")).with_name("mine.parquet")
    stranger.write_bytes(b"PAR1")
    assert any("mine.parquet" in skipped for skipped in importer(table)["skipped"])
    assert stranger.exists()


def test_a_folder_with_other_files_is_no_archive(importer, table, tmp_path):
    with pytest.raises(StoreError, match="holds other files"):
        importer(table, to=tmp_path)


def test_the_command_imports_and_says_so(surveil, table, tmp_path):
    code, out, _ = surveil("import", table, "--to", tmp_path / "archive", "--json")
    assert code == 0
    summary = json.loads(out.splitlines()[-1])
    assert summary["archive"]["rows"] == {kind: summary["archive"]["rows"][kind] for kind in AIS_KINDS}
    assert summary["sources"] == {str(table): "imported"}


def test_options_for_times_hold_in_an_import(importer, shared, tmp_path):
    path = shared / "data" / "ais" / "pyais_nmea_data_sample.txt"
    summary = importer(path, times=TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1.0))
    assert summary["archive"]["rows"]["positions"] > 500
