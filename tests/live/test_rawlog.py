"""The raw log: whole after a kill, honest about what was torn, patient with a full disk, and bounded."""

import errno
import os

import pytest
import zstandard

from surveil.live import rawlog
from surveil.live.clock import ReceiveClock
from surveil.live.rawlog import DATA, HEAD, Place, Record, Writer, files_of, read
from surveil.live.settings import LiveConfig

FEEDS = [["station", "ais"]]


def written(folder, n: int, settings=None) -> Writer:
    writer = Writer(folder, settings or LiveConfig())
    writer.begin(1000, FEEDS)
    for i in range(n):
        writer.append(Record(DATA, 0, 1000 + i, b"line %d\n" % i, cursor=i))
        writer.flush(1000 + i)
    return writer


def data_in(folder, since=None, torn=None) -> list[bytes]:
    return [record.payload for _, record in read(folder, since, torn) if record.kind == DATA]


def test_what_was_flushed_is_there_though_the_file_was_never_ended(tmp_path):
    written(tmp_path, 50)  # and no close: as after kill -9
    assert data_in(tmp_path) == [b"line %d\n" % i for i in range(50)]


@pytest.mark.parametrize("cut", [1, 3, 10, 40])
def test_a_torn_end_costs_no_record_before_it_and_is_told(tmp_path, cut):
    written(tmp_path, 50)
    ((_, path),) = files_of(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    found = data_in(tmp_path)
    assert found == [b"line %d\n" % i for i in range(len(found))]
    assert 50 - cut <= len(found) < 50


def test_half_a_record_is_cut_off_and_counted(tmp_path):
    whole = Record(DATA, 0, 5, b"whole\n").packed()
    packed = zstandard.ZstdCompressor().compress(rawlog.MAGIC + whole + whole[:20])
    (tmp_path / f"00000001{rawlog.ENDING}").write_bytes(packed)
    torn = []
    assert data_in(tmp_path, torn=torn) == [b"whole\n"]
    assert torn == ["00000001.rawlog.zst: 20 bytes of a record that was never finished"]


def test_reading_goes_on_right_after_any_place(tmp_path):
    written(tmp_path, 5).close()
    written(tmp_path, 5).close()
    places = [place for place, _ in read(tmp_path)]
    assert places == sorted(places)
    for n, place in enumerate(places):
        assert [p for p, _ in read(tmp_path, place)] == places[n + 1 :]


def test_a_new_run_begins_a_new_file_that_names_the_feeds(tmp_path):
    written(tmp_path, 1)
    written(tmp_path, 1)
    assert [number for number, _ in files_of(tmp_path)] == [1, 2]
    heads = [record.json() for _, record in read(tmp_path) if record.kind == HEAD]
    assert heads == [{"feeds": FEEDS}] * 2


def test_a_full_disk_is_told_and_made_up_for(tmp_path, monkeypatch):
    writer, real, room = written(tmp_path, 3), os.write, [False]

    def write(fd, data):
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data[:7])  # and by halves when there is room

    monkeypatch.setattr(os, "write", write)
    for i in range(3, 6):
        writer.append(Record(DATA, 0, i, b"line %d\n" % i))
        assert not writer.flush(2000)
    assert "CANNOT BE WRITTEN (No space left" in writer.trouble
    assert len(data_in(tmp_path)) == 3
    room[0] = True
    assert writer.flush(2000)
    assert writer.trouble == ""
    assert data_in(tmp_path) == [b"line %d\n" % i for i in range(6)]


def test_what_cannot_be_held_while_the_disk_is_full_is_counted(tmp_path, monkeypatch):
    writer = written(tmp_path, 1, LiveConfig(hold_mb=1))

    def write(fd, data):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", write)
    for _ in range(40):
        writer.append(Record(DATA, 0, 1, os.urandom(100_000)))
        writer.flush(2000)
    assert 2_000_000 < writer.lost_bytes < 4_000_000


def test_the_oldest_files_go_by_size_and_by_age_but_never_the_last(tmp_path):
    for _ in range(3):
        written(tmp_path, 50).close()
    settings = LiveConfig(keep_gb=2.5e-9 * files_of(tmp_path)[0][1].stat().st_size, keep_days=0)
    writer = written(tmp_path, 1, settings)
    writer.forget_old(0)
    assert [number for number, _ in files_of(tmp_path)] == [2, 3, 4]
    Writer.forget_old(_aged(writer, LiveConfig(keep_gb=0, keep_days=1)), 10**15)
    assert [number for number, _ in files_of(tmp_path)] == [4]


def _aged(writer: Writer, settings: LiveConfig) -> Writer:
    writer.settings = settings
    return writer


def test_places_are_ordered_by_file_first():
    assert Place(1, 900) < Place(2, 10) < Place(2, 11)


def test_time_of_reception_never_goes_back_and_a_set_clock_is_told():
    wall, steady = [1000.0], [50.0]
    clock = ReceiveClock(lambda: wall[0], lambda: steady[0])
    assert (clock.now_ms(), clock.offset_ms) == (1_000_000, 0)
    wall[0], steady[0] = 4601.0, 51.0
    assert (clock.now_ms(), clock.offset_ms) == (1_001_000, 3_600_000)
    wall[0], steady[0] = 1002.0, 52.0
    assert (clock.now_ms(), clock.offset_ms) == (1_002_000, 0)
