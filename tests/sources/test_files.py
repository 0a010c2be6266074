"""Paths to streams: told by content, read to the last good byte, and trouble named."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import pytest
import zstandard

from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.sources.files import lines_of, open_sources
from surveil.sources.merge import merge
from surveil.sources.opening import Member
from tests.decode.made import AT_SEA, T_S, sentences, tagged
from tests.sources.test_csv import NOAA_HEADER, ROW


def made_log(n: int = 2000, start_s: int = T_S) -> bytes:
    (sentence,) = sentences(1, **AT_SEA)
    return b"".join(tagged(sentence, f"c:{start_s + i}") + b"\r\n" for i in range(n))


LOG = made_log()
PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstandard.ZstdCompressor().compress}


def read(*paths: Path) -> tuple[int, Ledger]:
    """(rows, accounts) of a run over paths."""
    ledger = Ledger()
    sources = open_sources(paths, ledger)
    return sum(len(batch) for batch in merge(sources)), ledger


def written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", PACK)
def test_compression_is_told_by_content_and_not_by_name(tmp_path, kind):
    path = written(tmp_path / "log.txt", PACK[kind](LOG))
    assert Member(path).compression() == kind
    assert read(path)[0] == 2000


@pytest.mark.parametrize("kind", PACK)
def test_members_one_after_the_other_are_one_stream(tmp_path, kind):
    half = len(LOG) // 2
    assert read(written(tmp_path / "log", PACK[kind](LOG[:half]) + PACK[kind](LOG[half:])))[0] == 2000


@pytest.mark.parametrize("kind", PACK)
def test_of_a_cut_off_file_the_part_before_is_used_and_the_trouble_told(tmp_path, kind):
    noise = b"".join(b"# %d\n" % (i * 7919 % 100_003) for i in range(400_000))
    packed = PACK[kind](LOG + noise)
    path = written(tmp_path / "log.bin", packed[: len(packed) * 3 // 4])
    rows, ledger = read(path)
    assert rows == 2000
    assert [p.source for p in ledger.problems] == [str(path)]
    assert "cut off" in ledger.problems[0].cause
    assert ledger.exit_code == 3


def test_of_a_damaged_gzip_the_part_before_is_used_and_the_trouble_told(tmp_path):
    noise = b"".join(b"# %d\n" % (i * 7919 % 100_003) for i in range(400_000))
    packed = bytearray(gzip.compress(LOG + noise))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(range(64))
    rows, ledger = read(written(tmp_path / "log.gz", bytes(packed)))
    assert rows == 2000
    assert "gzip" in ledger.problems[0].cause


def test_padding_after_a_gzip_is_no_trouble(tmp_path):
    assert read(written(tmp_path / "log.gz", gzip.compress(LOG) + bytes(512)))[1].problems == []


def test_each_member_of_a_zip_is_a_source(tmp_path):
    path = tmp_path / "aisdk.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.log", LOG)
        archive.writestr("folder/two.csv", f"{NOAA_HEADER}\n{ROW}\n")
        archive.writestr("three.log.gz", gzip.compress(LOG))
    rows, ledger = read(path)
    assert rows == 2000 + 2 + 2000
    assert [s.name for s in ledger.sources] == [f"{path}!{n}" for n in ("one.log", "folder/two.csv", "three.log.gz")]
    assert lines_of(ledger[1].name, [2]) == {2: ROW.encode()}


def test_a_cut_off_zip_is_told(tmp_path):
    path = tmp_path / "aisdk.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.log", LOG)
    path.write_bytes(path.read_bytes()[:-200])
    _, ledger = read(path)
    assert "zip" in ledger.problems[0].cause and ledger.problems[0].source == str(path)


def test_a_folder_is_read_in_the_order_of_names_and_foreign_files_are_noted(tmp_path):
    written(tmp_path / "b" / "second.log", LOG)
    written(tmp_path / "a.log", LOG)
    written(tmp_path / "README.md", b"# Title\n\nWords.\n")
    _, ledger = read(tmp_path)
    assert [s.name for s in ledger.sources] == [str(tmp_path / "a.log"), str(tmp_path / "b" / "second.log")]
    assert [name for name, _ in ledger.skipped] == [str(tmp_path / "README.md")]
    assert ledger.exit_code == 0


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "empty file"),
        (b"\n\n\n", "blank lines"),
        (bytes(range(256)) * 50, "binary data"),
        (b"\x1f\x8b\x08\x00junk that is no gzip at all", "gzip"),
        (b'{"class": "AIS"}\n', "JSON"),
        (b"# Title\n\nWords.\n", "Markdown"),
        (b"PAR1" + bytes(100), "Parquet"),
        (b"mmsi,send,lat,lon,sog\n1,2023-02-02,1,2,3\n", "BaseDateTime"),
        (b"MMSI,Message_ID,Repeat_indicator,Time,Millisecond\n1,1,0,20210701_185151,680\n", "exactEarth"),
        (b"Dear all,\nsee you.\n", "text that begins"),
    ],
)
def test_what_is_not_readable_is_named_with_what_it_looks_like(tmp_path, data, cause):
    path = written(tmp_path / "thing.nmea", data)
    rows, ledger = read(path)
    assert rows == 0
    (problem,) = ledger.problems
    assert problem.source == str(path) and cause in problem.cause
    assert ledger.exit_code == 3


def test_a_missing_file_and_an_empty_folder_are_named_and_the_rest_is_read(tmp_path):
    (tmp_path / "empty").mkdir()
    rows, ledger = read(tmp_path / "none", tmp_path / "empty", written(tmp_path / "log", LOG))
    assert rows == 2000
    assert [p.source for p in ledger.problems] == [str(tmp_path / "none"), str(tmp_path / "empty")]
    assert "no such file" in ledger.problems[0].cause and "no file" in ledger.problems[1].cause


def test_an_unreadable_file_is_named(tmp_path, monkeypatch):
    path = written(tmp_path / "log", LOG)

    def refuse(*_args, **_kw):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    ledger = Ledger()
    assert open_sources([path], ledger) == []
    monkeypatch.undo()
    assert "not allowed" in ledger.problems[0].cause


def test_a_folder_with_a_table_that_lacks_a_column_is_at_fault(tmp_path):
    written(tmp_path / "a.csv", NOAA_HEADER.replace("LAT", "other").encode() + b"\n")
    written(tmp_path / "log", LOG)
    rows, ledger = read(tmp_path)
    assert rows == 2000 and "LAT" in ledger.problems[0].cause


def test_lines_are_fetched_by_number_and_none_is_made_up(tmp_path):
    path = written(tmp_path / "log.gz", gzip.compress(LOG))
    lines = LOG.splitlines()
    assert lines_of(path, [2000, 1, 777, 5000]) == {1: lines[0], 777: lines[776], 2000: lines[1999]}


def test_reading_tells_how_far_it_is(tmp_path):
    ledger = Ledger()
    (source,) = open_sources([written(tmp_path / "log.gz", gzip.compress(LOG))], ledger)
    assert source.read_bytes == 0
    list(source.batches())
    assert source.read_bytes == source.size_bytes == (tmp_path / "log.gz").stat().st_size


def test_an_error_in_the_middle_of_a_run_leaves_the_other_sources_be(tmp_path):
    cut = gzip.compress(LOG)[:-20]
    rows, ledger = read(written(tmp_path / "cut.gz", cut), written(tmp_path / "whole", made_log(10)))
    assert rows > 10
    assert all(isinstance(p, InputError) for p in ledger.problems) and len(ledger.problems) == 1
