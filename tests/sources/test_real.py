"""The real recordings: every line accounted for, every file named for what it is."""

from __future__ import annotations

import gzip

import pytest

from surveil.info import describe, render
from surveil.ledger import Ledger
from surveil.sources.files import open_sources
from surveil.sources.merge import merge
from surveil.sources.opening import Member
from tests.decode.made import decoded, same

FORMATS = {
    "PROVENANCE.md": "Markdown",
    "aisdb_test_data_20210701.csv.gz": "exactearth csv",
    "noaa_track_212049000.csv.gz": "BaseDateTime",
    "gpsd_sample.aivdm.expected.scaled.json": "JSON",
    "gpsd_sample.aivdm.expected.unscaled.json": "JSON",
    "libais_typeexamples.json": "JSON",
    "aisdb_test_data_noaa_20230101.csv": "noaa csv",
    "dma_aisdk_20180601_138rows.csv": "danish csv",
    "stonesoup_SolentAIS_20160112_130211.csv.gz": "solent csv",
}
WITHOUT_TIME = {
    "gpsd_ais-18-27.log",
    "gpsd_ais-nmea-type6-fid55.log",
    "gpsd_ais-nmea-type6-fid55.log.expected.gz",
    "pyais_nmea_data_sample.txt",
}


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "data" / "ais"


@pytest.mark.shared
def test_every_line_of_every_file_is_accounted_for(folder):
    ledger = Ledger()
    rows = sum(len(batch) for batch in merge(open_sources([folder], ledger)))
    assert rows > 150_000
    for count in ledger.sources:
        content = b"".join(Member.from_name(count.name).chunks(ledger.problem))
        assert count.lines_read == len(content.splitlines()), count.name
        assert count.waiting == 0, count.name
    totals = ledger.totals()
    assert totals["lines_read"] == totals["decoded"] + totals["not_ais"] + sum(totals["refused"].values())


@pytest.mark.shared
def test_info_names_the_format_of_every_file_or_says_why_not(folder):
    about = {file["name"].rpartition("/")[2]: file for file in describe(folder)["files"]}
    assert about.keys() == {path.name for path in folder.iterdir()}
    for name, file in about.items():
        assert FORMATS.get(name, "aivdm") in (file["format"] or file["fault"]), name
        assert file["replayable"] == bool(file["format"])
        if file["format"]:
            assert ("only with" in file["replay"]) == (name in WITHOUT_TIME), name
            assert (file["span"] is None) == (name in WITHOUT_TIME), name
    assert len(render({"files": list(about.values())}).split("\n\n")) == len(about)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "vessels"),
    [
        ("stonesoup_SolentAIS_20160112_130211.csv.gz", 18_623, 91),
        ("aisdb_test_data_noaa_20230101.csv", 1_000, 1_000),
        ("dma_aisdk_20180601_138rows.csv", 138, 135),
    ],
)
def test_archives_give_a_position_for_every_row(folder, name, rows, vessels):
    (file,) = describe(folder / name)["files"]
    assert (file["rows"]["positions"], file["vessels"], file["refused"]) == (rows, vessels, {})


@pytest.mark.shared
def test_the_cut_between_chunks_changes_nothing_on_a_real_log(folder):
    data = gzip.decompress((folder / "dma_aislib_stream_example_20100611.txt.gz").read_bytes())[:60_000]
    whole, ledger = decoded(data)
    for step in (1, 7, 1000):
        pieces, other = decoded(data, step=step)
        assert same(whole, pieces)
        assert other.state() == ledger.state()
