"""Archives out of order are sorted; logs are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.errors import ConfigError
from surveil.ledger import Ledger
from surveil.schema import KINDS, Batch, Positions, Statics
from surveil.sources.files import open_sources
from surveil.sources.sorting import SortedSource, in_order, sort_where


class Listed:
    """A source of given times: a position for each, and statics for every third, arriving together."""

    index = 0

    def __init__(self, times, chunk):
        n = len(times)
        self.rows = Positions.build(t_ms=np.array(times, np.int64), seq=np.arange(n))
        self.chunk = chunk

    def batches(self):
        for start in range(0, len(self.rows), self.chunk):
            rows = self.rows.take(slice(start, start + self.chunk))
            some = rows.seq % 3 == 0
            statics = Statics.build(t_ms=rows.t_ms[some], seq=rows.seq[some])
            yield Batch(rows, statics, Batch.build().safety, 2 * rows.seq, 2 * statics.seq + 1, np.zeros(0, np.int64))

    glance = batches


def flat(batches):
    """(place, kind, t, seq) of every row, by place."""
    rows = [
        (int(at[i]), kind, int(part.t_ms[i]), int(part.seq[i]))
        for batch in batches
        for kind, part, at in batch.parts()
        for i in range(len(part))
    ]
    return sorted(rows, key=lambda row: (row[0], KINDS.index(row[1])))


times = st.lists(st.integers(0, 50), max_size=40)


@given(times, st.integers(1, 9), st.integers(1, 12))
def test_sorting_is_stable_and_does_not_depend_on_chunks_or_runs(t, chunk, run_rows):
    source = SortedSource(Listed(t, chunk), run_rows)
    got = [(kind, t_ms, seq) for _, kind, t_ms, seq in flat(source.batches())]
    rows = [(when, 2 * i, "positions", i) for i, when in enumerate(t)]
    rows += [(when, 2 * i + 1, "statics", i) for i, when in enumerate(t) if i % 3 == 0]
    assert got == [(kind, when, seq) for when, _, kind, seq in sorted(rows)]
    assert source.peek_ms() == min(t, default=None)


@given(times, st.integers(1, 9), st.integers(0, 20))
def test_order_is_judged_row_by_row(t, chunk, lateness):
    expected = all(b >= max(t[: i + 1]) - lateness for i, b in enumerate(t[1:]))
    assert in_order(Listed(t, chunk).batches(), lateness) == expected


CSV = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo\n"


@pytest.fixture
def by_vessel(tmp_path):
    """A NOAA file sorted by vessel, as some years are."""
    row = "{mmsi},2023-01-11T00:{minute:02}:00,43.0,-70.7,0.0,360.0,95.0,,,,,,,,,\n"
    path = tmp_path / "noaa.csv"
    path.write_text(CSV + "".join(row.format(mmsi=367000000 + v, minute=m) for v in range(3) for m in range(30)))
    return path


def test_an_archive_sorted_by_vessel_is_sorted_by_time_and_a_log_is_left_alone(by_vessel, tmp_path):
    log = tmp_path / "log.nmea"
    lines = [b"\\c:%d*00\\!AIVDM,1,1,,A,13mb9U0P00PRk8fT5nw>4?wj2006,0*5D\n" % t for t in (1565218900, 1565218000)]
    log.write_bytes(b"".join(lines))
    sources = sort_where("auto", open_sources([by_vessel, log], Ledger()), 10_000)
    assert [isinstance(s, SortedSource) for s in sources] == [True, False]
    t = np.concatenate([b.positions.t_ms for b in sources[0].batches()])
    assert len(t) == 90
    assert (np.diff(t) >= 0).all()


def test_each_line_is_counted_once_though_the_file_is_looked_at_twice(by_vessel):
    ledger = Ledger()
    (source,) = sort_where("auto", open_sources([by_vessel], ledger), 10_000)
    source.peek_ms()
    list(source.batches())
    assert (ledger.totals()["lines_read"], ledger.totals()["decoded"]) == (91, 90)


def test_another_word_for_sorting_is_refused():
    with pytest.raises(ConfigError, match="'auto', 'always' or 'never'"):
        sort_where("sometimes", [], 0)
