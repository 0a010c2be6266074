"""The fast CSV reader gives the rows, the counts and the reasons of the slow one, whatever the table and the cuts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.ledger import Ledger
from surveil.sources import fastcsv
from surveil.sources.csvfiles import CsvDecoder
from surveil.sources.dialects import DANISH, NOAA
from surveil.sources.fastcsv import FastCsvDecoder
from surveil.sources.files import open_sources
from tests.decode.made import joined, same
from tests.sources.test_csv import DANISH_HEADER, DANISH_ROW, NOAA_HEADER, ROW


@pytest.fixture(autouse=True)
def even_small_chunks(monkeypatch):
    monkeypatch.setattr(fastcsv, "SMALL_BYTES", 0)


def read(make, data: bytes, cuts: list[int], dialect=NOAA, saved: bool = False):
    ledger = Ledger()
    decoder = make(ledger.add_source("x.csv"), ledger, dialect)
    parts, start = [], 0
    for end in [*sorted(min(c, len(data)) for c in cuts), len(data)]:
        parts.append(decoder.feed(data[start:end]))
        start = end
        if saved:
            state, decoder = json.loads(json.dumps(decoder.state())), make(0, ledger, dialect)
            decoder.restore(state)
    batch = joined([*parts, decoder.close()])
    return batch, ledger.state()


def agree(data: bytes, cuts: list[int], dialect=NOAA, saved: bool = False) -> None:
    ours, our_account = read(FastCsvDecoder, data, cuts, dialect, saved)
    theirs, account = read(CsvDecoder, data, [], dialect)
    assert same(ours, theirs)
    assert our_account == account


FIELDS = {
    NOAA: [
        ["235000001", "235000002", "0", "", "99999999999", "23x", "235000001.0", "-5"],
        ["2023-01-11T00:00:05", "2023-01-11 23:59:60.25", "2023-02-29T00:00:00", "1970-01-01T00:00:00", "", "soon",
         "2024-02-29T00:00:00Z", "2023-01-11T00:00:05."],
        ["51.0", "91.0", "90.5", "-90", "", "x", "5e1", "51.12345678901234567", "-0.0"],
        ["1.4", "181", "-180.0", "180.1", ""], ["12.3", "102.3", "-1", "", "+3"], ["45.6", "360"], ["44", "511.0", ""],
        ["SPIRIT", "OTHER", "", "Ümläut", '"A,B"', '"'], ["IMO9000001", ""], ["2ABC", "2ABD"], ["69", ""],
        ["0.0", "15", "8", "16", "x", "", "under way using engine"], ["150", "150.0", ""], ["25"], ["6.5"], ["60"],
        ["A", "B", "", "Base Station", "?"],
    ],
    DANISH: [
        ["01/06/2018 00:00:00", "31/06/2018 00:00:00", "2018-06-01 00:00:00"],
        ["Class A", "Class B", "AtoN", "Spacecraft"],
        ["219007101", "219007102", "0"], ["55.1", "91"], ["8.3", "181.0"],
        ["Engaged in fishing", "Unknown value", "Moored"], [""], ["3.2"], ["182.5"], ["181"], ["Unknown", "9000001"],
        ["XPE2447"], ["TINY", "Tiny"], ["Fishing", "Undefined"], [""], ["4"], ["8"], ["GPS"], ["1.5"],
        ["ESBJERG"], [""],
        ["AIS"],
    ],
}  # fmt: skip
HEADERS = {NOAA: NOAA_HEADER, DANISH: DANISH_HEADER}


def rows_of(dialect):
    plain = [fields[0] for fields in FIELDS[dialect]]
    odd = st.tuples(*(st.sampled_from(fields) for fields in FIELDS[dialect]))
    near = st.tuples(st.integers(0, len(plain) - 1), st.randoms(use_true_random=False)).map(
        lambda pick: [*plain[: pick[0]], pick[1].choice(FIELDS[dialect][pick[0]]), *plain[pick[0] + 1 :]]
    )
    return st.lists(
        st.one_of(near.map(",".join), near.map(",".join), odd.map(",".join), st.sampled_from(["", "  ", "x,y"])),
        max_size=30,
    )


@settings(max_examples=60)
@given(st.data(), st.sampled_from([NOAA, DANISH]), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_any_table_in_any_pieces_reads_as_the_slow_reader_reads_it(data, dialect, end, saved):
    rows = data.draw(rows_of(dialect))
    text = end.join([HEADERS[dialect], *rows, ""]).encode()
    agree(text, data.draw(st.lists(st.integers(0, len(text)), max_size=4)), dialect, saved)


def test_what_a_vessel_says_is_told_again_only_when_it_changes_even_through_odd_rows():
    odd = ROW.replace("SPIRIT", "SPÏRIT")
    other = ROW.replace("235000001", "235000002")
    for rows in ([ROW, odd, ROW], [ROW, other, odd, other, ROW, ROW], [ROW, '"' + odd, ROW], [ROW, "x" + ROW, ROW]):
        agree("\n".join([NOAA_HEADER, *rows, ""]).encode(), [])


def test_plain_rows_do_not_take_the_slow_way(monkeypatch):
    data = "\n".join([NOAA_HEADER, *[ROW] * 100, ""]).encode()
    taken = []
    slow = CsvDecoder._lines
    monkeypatch.setattr(CsvDecoder, "_lines", lambda self, rows: taken.extend(rows) or slow(self, rows))
    batch, _ = read(FastCsvDecoder, data, [])
    assert (len(batch.positions), len(taken)) == (100, 1), "the first row of a vessel alone"
    danish = "\n".join([DANISH_HEADER, *[DANISH_ROW] * 100, ""]).encode()
    taken.clear()
    read(FastCsvDecoder, danish, [], DANISH)
    assert len(taken) == 1


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "aisdb_test_data_noaa_20230101.csv",
        "dma_aisdk_20180601_138rows.csv",
        "stonesoup_SolentAIS_20160112_130211.csv.gz",
    ],
)
def test_real_tables_read_as_the_slow_reader_reads_them(shared, name):
    (source,) = open_sources([shared / "data" / "ais" / name], Ledger())
    data = b"".join(source.member.chunks(lambda _: None))
    agree(data, [1000, 50_001, 100_000], source.decoder(source.index, source.ledger).dialect)
