"""Bad input, end to end: a clear message with file, line and cause; the good lines still count."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from surveil.simulate.aivdm import pack, sentences, tag_block

T0_S = int(datetime(2026, 3, 14, 22, tzinfo=UTC).timestamp())
NOAA_HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)


@dataclass(frozen=True)
class Ended:
    """How a run ended and what it left."""

    code: int
    summary: dict | None
    err: str


@pytest.fixture
def replay(surveil, tmp_path):
    """Replays paths through the console entry into `tmp_path/out`."""

    def call(*paths, options=()) -> Ended:
        code, out, err = surveil("replay", *paths, "--out", tmp_path / "out", "--json", *options)
        return Ended(code, json.loads(out.splitlines()[-1]) if out else None, err)

    return call


def report(at_s: float | str, number: int = 0) -> bytes:
    """A line with a position report of one ship, stamped by its tag block."""
    payload = pack(1, 1, mmsi=232_990_001, lon=round((1.4 + number * 1e-4) * 600_000), lat=51 * 600_000, sog=100)
    sentence = sentences(payload, [b"A"])[0]
    return sentence if at_s == "" else tag_block("TEST", at_s) + sentence


def log_of(times, path):
    path.write_bytes(b"".join(report(t, i) + b"\n" for i, t in enumerate(times)))
    return path


def noaa_row(number: int = 0, time: str = "2026-03-14T22:00:00", lat: str = "51.0") -> str:
    return f"232990001,{time},{lat},{1.4 + number * 1e-4:.4f},10.0,45.0,45.0,SIM A,,SIM,70,0,100,16,6.0,,A"


def noaa(path, rows, header=NOAA_HEADER):
    path.write_text("\n".join([header, *rows, ""]))
    return path


def assert_accounted(summary: dict) -> None:
    assert summary["lines_read"] == summary["decoded"] + sum(summary["refused"].values()) + summary["not_ais"]


def assert_no_output(folder, *inputs) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in inputs)


def test_a_missing_file_is_named_and_leaves_no_output(replay, tmp_path):
    ended = replay(tmp_path / "absent.nmea")
    assert ended.code == 3
    assert f"{tmp_path / 'absent.nmea'}: no such file" in ended.err
    assert_no_output(tmp_path)


def test_a_missing_file_beside_a_good_one_is_a_problem_and_the_good_one_counts(replay, tmp_path):
    good = log_of(range(T0_S, T0_S + 100, 10), tmp_path / "good.nmea")
    ended = replay(tmp_path / "absent.nmea", good)
    assert ended.code == 3
    assert ended.summary["decoded"] == 10
    assert f"{tmp_path / 'absent.nmea'}: no such file" in ended.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(replay, tmp_path):
    path = log_of([T0_S], tmp_path / "secret.nmea")
    path.chmod(0)
    ended = replay(path)
    assert ended.code == 3
    assert f"{path}: not allowed to read it" in ended.err


@pytest.mark.parametrize(("content", "cause"), [(b"", "empty file"), (b"\n\n\n", "nothing but blank lines")])
def test_an_empty_file_is_named(replay, tmp_path, content, cause):
    path = tmp_path / "empty.nmea"
    path.write_bytes(content)
    ended = replay(path)
    assert ended.code == 3
    assert str(path) in ended.err
    assert cause in ended.err
    assert_no_output(tmp_path, path)


def test_an_empty_folder_is_named(replay, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    ended = replay(folder)
    assert ended.code == 3
    assert str(folder) in ended.err


def test_a_cut_off_gzip_gives_its_good_part(replay, tmp_path):
    log = log_of(range(T0_S, T0_S + 20_000, 10), tmp_path / "whole.nmea")
    cut = tmp_path / "cut.nmea.gz"
    packed = gzip.compress(log.read_bytes())
    cut.write_bytes(packed[: len(packed) // 2])
    ended = replay(cut)
    assert ended.code == 3
    assert f"{cut}: cut off: the gzip data ends too early" in ended.err
    assert 100 < ended.summary["decoded"] < 2000
    assert_accounted(ended.summary)


def test_a_damaged_gzip_gives_its_good_part(replay, tmp_path):
    log = log_of(range(T0_S, T0_S + 40_000, 10), tmp_path / "whole.nmea")
    packed = bytearray(gzip.compress(log.read_bytes()))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = b"\xff" * 64
    path = tmp_path / "damaged.nmea.gz"
    path.write_bytes(packed)
    ended = replay(path)
    assert ended.code == 3
    assert str(path) in ended.err
    assert ended.summary["decoded"] > 1000
    assert_accounted(ended.summary)


def test_binary_junk_is_named_for_what_it_is(replay, tmp_path):
    path = tmp_path / "photo.nmea"
    path.write_bytes(bytes(range(256)) * 500)
    ended = replay(path)
    assert ended.code == 3
    assert f"{path}: looks like binary data" in ended.err
    assert_no_output(tmp_path, path)


def test_binary_junk_in_the_middle_of_a_log_costs_no_good_line(replay, tmp_path):
    before, after = log_of(range(T0_S, T0_S + 100, 10), tmp_path / "a"), log_of([T0_S + 200], tmp_path / "b")
    path = tmp_path / "mixed.nmea"
    path.write_bytes(before.read_bytes() + bytes(range(256)) * 20 + b"\n" + after.read_bytes())
    ended = replay(path)
    assert ended.summary["decoded"] == 11
    assert_accounted(ended.summary)


def test_a_csv_with_a_missing_column_names_the_column(replay, tmp_path):
    path = noaa(tmp_path / "noaa.csv", [noaa_row()], NOAA_HEADER.replace(",LAT", ""))
    ended = replay(path)
    assert ended.code == 3
    assert f"{path}: looks like NOAA MarineCadastre CSV, but has no column 'LAT'" in ended.err
    assert_no_output(tmp_path, path)


@pytest.mark.parametrize(
    "bad",
    [
        "232990001,2026-03-14T22:00:30,fifty-one,1.4,10,45,45,SIM A,,SIM,70,0,100,16,6.0,,A",
        "232990001,not a time,51.0,1.4,10,45,45,SIM A,,SIM,70,0,100,16,6.0,,A",
        "nobody,2026-03-14T22:00:30,51.0,1.4,10,45,45,SIM A,,SIM,70,0,100,16,6.0,,A",
        "232990001,2026-03-14T22:00:30",
    ],
)
def test_a_bad_row_in_the_middle_is_named_and_its_neighbours_count(replay, tmp_path, bad):
    rows = [noaa_row(i, f"2026-03-14T22:00:{i:02}") for i in range(20)]
    path = noaa(tmp_path / "noaa.csv", [*rows[:10], bad, *rows[10:]])
    ended = replay(path)
    assert ended.code == 3
    assert f"{path}:12: " in ended.err
    assert ended.summary["decoded"] == 20
    assert sum(ended.summary["refused"].values()) == 1
    assert_accounted(ended.summary)
    kept = (tmp_path / "out" / "refused.tsv").read_text().splitlines()[1].split("\t")
    assert kept[:2] == [str(path), "12"]
    assert kept[3] == bad


def test_mixed_time_zones_mean_the_same_instant(replay, tmp_path):
    stamps = ["2026-03-14T22:00:00Z", "2026-03-14T23:00:10+01:00", "2026-03-14 18:00:20-0400", "2026-03-14 22:00:30"]
    path = tmp_path / "zones.nmea"
    path.write_bytes(b"".join(s.encode() + b" " + report("", i) + b"\n" for i, s in enumerate(stamps)))
    ended = replay(path)
    assert ended.code == 0
    assert ended.summary["decoded"] == 4
    assert (ended.summary["late"], ended.summary["time_jump"]) == (0, 0)
    assert ended.summary["span"]["start_ms"] == T0_S * 1000
    assert ended.summary["span"]["end_ms"] == T0_S * 1000 + 30_000


def test_times_that_run_backwards_are_counted_kept_and_told(replay, tmp_path):
    path = log_of([T0_S + 600, *range(T0_S, T0_S + 100, 10), T0_S + 610], tmp_path / "back.nmea")
    ended = replay(path)
    assert ended.summary["decoded"] == 12
    assert ended.summary["late"] == 10
    kept = (tmp_path / "out" / "refused.tsv").read_text().splitlines()[1:]
    assert [row.split("\t")[1:3] for row in kept] == [[str(n), "decoded, but late"] for n in range(2, 12)]


def test_refused_lines_are_copied_to_the_place_asked_for(replay, tmp_path):
    path = log_of([T0_S, T0_S + 10], tmp_path / "log.nmea")
    path.write_bytes(path.read_bytes() + report(T0_S + 20)[:-2] + b"\n")
    kept = tmp_path / "kept.tsv"
    for _ in range(2):  # an earlier list is replaced
        assert replay(path, options=["--rejects", str(kept)]).code == 0
        assert kept.read_bytes() == (tmp_path / "out" / "refused.tsv").read_bytes()
    assert kept.read_text().splitlines()[1].split("\t")[1:3] == ["3", "no checksum"]


@pytest.mark.parametrize("place", ["log.nmea", "absent/kept.tsv", "."])
def test_refused_lines_are_never_written_over_something_else(replay, tmp_path, place):
    path = log_of([T0_S], tmp_path / "log.nmea")
    before = path.read_bytes()
    ended = replay(path, options=["--rejects", str(tmp_path / place)])
    assert ended.code == 4
    assert str(tmp_path / place) in ended.err
    assert path.read_bytes() == before
    assert_no_output(tmp_path, path)


def test_a_line_without_a_checksum_counts_if_asked_for_and_the_summary_tells(replay, tmp_path):
    path = log_of([T0_S, T0_S + 10], tmp_path / "log.nmea")
    path.write_bytes(path.read_bytes() + report(T0_S + 20, 1)[:-3] + b"\n")
    assert replay(path).summary["refused"] == {"no checksum": 1}
    ended = replay(path, options=["--lenient"])
    assert (ended.code, ended.summary["decoded"], ended.summary["refused"]) == (0, 3, {})
    assert ended.summary["warnings"] == {"no checksum, kept": 1}
    assert "\tkept, but no checksum\t" in (tmp_path / "out" / "refused.tsv").read_text()


@pytest.mark.parametrize(("year", "reason"), [(1970, "time before AIS existed"), (2080, "time in the future")])
def test_an_impossible_year_is_refused_by_line_and_the_rest_counts(replay, tmp_path, year, reason):
    odd_s = int(datetime(year, 6, 1, tzinfo=UTC).timestamp())
    path = log_of([T0_S, T0_S + 10, odd_s, T0_S + 20], tmp_path / "odd.nmea")
    ended = replay(path)
    assert ended.code == 3
    assert f"{path}:3: {reason}" in ended.err
    assert ended.summary["decoded"] == 3
    assert ended.summary["refused"] == {reason: 1}
    assert ended.summary["span"]["end"] == "2026-03-14T22:00:20Z"


@pytest.mark.parametrize("year", [1970, 2080])
def test_an_impossible_year_in_a_csv_is_refused_by_line_and_the_rest_counts(replay, tmp_path, year):
    rows = [noaa_row(i, f"2026-03-14T22:00:{i:02}") for i in range(4)]
    path = noaa(tmp_path / "noaa.csv", [*rows[:2], noaa_row(9, f"{year}-06-01T00:00:00"), *rows[2:]])
    ended = replay(path)
    assert ended.code == 3
    assert f"{path}:4: time" in ended.err
    assert ended.summary["decoded"] == 4
    assert ended.summary["span"]["end"] == "2026-03-14T22:00:03Z"


def test_one_wrong_clock_within_what_is_possible_moves_nothing(replay, tmp_path):
    """A stamp of the day after is believed only if others agree."""
    times = [*range(T0_S, T0_S + 100, 10), T0_S + 86_000, *range(T0_S + 100, T0_S + 200, 10)]
    ended = replay(log_of(times, tmp_path / "leap.nmea"))
    assert ended.summary["time_jump"] == 1
    assert ended.summary["late"] == 0


def test_a_log_without_times_asks_for_them_and_never_makes_them_up(replay, tmp_path):
    path = log_of([""] * 5, tmp_path / "untimed.nmea")
    ended = replay(path)
    assert ended.code == 3
    assert str(path) in ended.err
    for option in ("--start", "--rate", "--time-from base-stations"):
        assert option in ended.err
    assert ended.summary is None or ended.summary["decoded"] == 0
    timed = replay(path, options=["--start", "2026-03-14T22:00:00Z", "--rate", "2"])
    assert timed.code == 0
    assert timed.summary["decoded"] == 5
    assert timed.summary["span"]["end_ms"] == T0_S * 1000 + 2000


def test_a_line_with_a_wrong_checksum_is_counted_and_is_no_fault_of_the_file(replay, tmp_path):
    """Radio garbles: that is no reason for an exit code."""
    path = log_of([T0_S, T0_S + 10, T0_S + 20], tmp_path / "garbled.nmea")
    lines = path.read_bytes().splitlines()
    lines[1] = lines[1][:-10] + b"x" + lines[1][-9:]
    path.write_bytes(b"\n".join([*lines, b""]))
    ended = replay(path)
    assert ended.code == 0
    assert ended.summary["decoded"] == 2
    assert sum(ended.summary["refused"].values()) == 1
