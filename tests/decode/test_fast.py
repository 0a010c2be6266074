"""The fast decoder, against the plain one: the same rows, counts and reasons, however the bytes are cut."""

import gzip
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.decode import fast
from surveil.decode.fast import FastDecoder
from surveil.decode.sentences import SentenceDecoder
from surveil.decode.times import TimeOptions
from surveil.ledger import Ledger
from surveil.schema import KINDS, MISSING_TIME
from tests.kernels.test_sentences import LINES, closed, damaged

LOGS = (".nmea", ".nm4", ".txt", ".log", ".aivdm")
RATE = TimeOptions(start_ms=1_600_000_000_000, rate_per_s=7.5)
LENIENT = TimeOptions(lenient=True)


@contextmanager
def small_blocks(lines: int):
    kept = fast.SMALL_BYTES, fast.BLOCK_LINES
    fast.SMALL_BYTES, fast.BLOCK_LINES = 1, lines
    try:
        yield
    finally:
        fast.SMALL_BYTES, fast.BLOCK_LINES = kept


def run(decoder_class, chunks, options=None, save_at=None):
    """All rows of a stream fed in chunks, the account, and what was rejected."""
    rejected = []
    ledger = Ledger(lambda *entry: rejected.append(entry))
    decoder = decoder_class(ledger.add_source("log"), ledger, options)
    batches = []
    for i, chunk in enumerate(chunks):
        if i == save_at:
            state, decoder = decoder.state(), decoder_class(0, ledger, options)
            decoder.restore(state)
        batches.append(decoder.feed(chunk))
    batches.append(decoder.close())
    return batches, ledger, sorted(rejected)


def assert_same(plain, other):
    for kind in KINDS:
        rows, others = (type(getattr(b[0], kind)).concat([getattr(x, kind) for x in b]) for b in (plain[0], other[0]))
        at, other_at = (np.concatenate([getattr(x, f"{kind}_at") for x in b]) for b in (plain[0], other[0]))
        np.testing.assert_array_equal(at, other_at, kind)
        for name in rows.DTYPES:
            np.testing.assert_array_equal(getattr(rows, name), getattr(others, name), f"{kind} {name}")
    one, two = plain[1][0], other[1][0]
    for count in ("lines_read", "decoded", "not_ais", "refused", "warnings", "types", "times", "simulated"):
        assert getattr(one, count) == getattr(two, count), count
    assert {p.cause for p in plain[1].problems} == {p.cause for p in other[1].problems}
    assert plain[2] == other[2]
    assert two.waiting == 0


def _logs(shared):
    for path in sorted((shared / "data/ais").iterdir()):
        name = path.name.removesuffix(".gz")
        if name.endswith(LOGS):
            yield path, gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.mark.shared
@pytest.mark.parametrize("options", [None, RATE, LENIENT], ids=["as told", "start and rate", "lenient"])
def test_real_logs_give_the_rows_counts_and_reasons_of_the_plain_decoder(shared, options):
    for path, data in _logs(shared):
        data = data[:1_500_000]
        cuts = np.sort(np.random.default_rng(len(data)).integers(0, len(data), 5))
        chunks = [part.tobytes() for part in np.split(np.frombuffer(data, np.uint8), cuts)]
        with small_blocks(700):
            assert_same(run(SentenceDecoder, [data], options), run(FastDecoder, chunks, options, save_at=3))
        assert path


STREAM = (
    *LINES, *LINES[:4], b"\\" + closed(b"s:SIM1,c:1469664000") + b"\\" + LINES[0],
    b"!" + closed(b"AIVDM,2,2,3,B,1@0000000000000,2"), b"!" + closed(b"AIVDM,2,2,3,B,1@0000000000000,2"),
    b"\\" + closed(b"g:2-2-77,n:3") + b"\\!" + closed(b"AIVDM,2,2,3,B,1@0000000000000,2"),
    b"\\c:1469664100*00\\" + LINES[1], b"x" * 5000 + LINES[0],
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(damaged(), st.sampled_from(STREAM)), min_size=1, max_size=25),
    st.lists(st.sampled_from([b"\n", b"\r\n", b"\r"]), min_size=25, max_size=25),
    st.lists(st.integers(0, 3000), max_size=6), st.integers(1, 9), st.sampled_from([None, RATE, LENIENT]),
    st.booleans(),
)  # fmt: skip
def test_any_split_of_damaged_lines_gives_the_rows_of_the_plain_decoder(lines, ends, cuts, block, options, closed_end):
    data = b"".join(line + end for line, end in zip(lines, ends, strict=False))
    data = data if closed_end else data[:-1]
    cuts = sorted({0, len(data), *(c for c in cuts if c < len(data))})
    chunks = [data[a:b] for a, b in pairwise(cuts)]
    with small_blocks(block):
        assert_same(run(SentenceDecoder, [data], options), run(FastDecoder, chunks, options, save_at=1))


def test_one_byte_at_a_time_gives_the_same():
    data = b"\r\n".join(STREAM[:-1])
    with small_blocks(3):
        bytewise = run(FastDecoder, [data[i : i + 1] for i in range(len(data))])
    assert_same(run(SentenceDecoder, [data]), bytewise)


def test_a_message_whose_parts_lie_in_different_blocks_arrives_with_its_last_line():
    report, first, last = LINES[0], LINES[1], STREAM[len(LINES) + 5]
    chunks = [b"\n".join([report, first, report, b""]), b"\n".join([*[report] * 9, last, report, b""])]
    with small_blocks(100):
        result = run(FastDecoder, chunks, RATE)
    assert_same(run(SentenceDecoder, chunks, RATE), result)
    assert np.concatenate([b.statics_at for b in result[0]]).tolist() == [13]


def test_a_position_in_several_parts_stands_where_its_last_part_came():
    whole = b"15RTgt0PAso;90TKcjM8h6g208CQ"
    parts = [b"!" + closed(b"AIVDM,2,%d,7,A,%b,0" % (n, p)) for n, p in ((1, whole[:20]), (2, whole[20:]))]
    lines = [LINES[0], parts[0], LINES[0], parts[1], LINES[0], LINES[0], *parts]
    with small_blocks(100):
        result = run(FastDecoder, [b"\n".join([*lines, b""])], RATE)
    assert_same(run(SentenceDecoder, [b"\n".join([*lines, b""])], RATE), result)
    assert result[0][0].positions_at.tolist() == [1, 3, 4, 5, 6, 8]
    assert result[0][0].positions.seq.tolist() == [1, 3, 2, 5, 6, 7]


def test_times_that_cannot_be_are_refused_alike():
    lines = [b"\\c:%d*00\\%b" % (t, LINES[0]) for t in (800_000_000, 1_469_664_000, 4_102_444_800)]
    options = TimeOptions(not_after_ms=1_700_000_000_000)
    data = b"\n".join([*lines, LINES[0]])
    with small_blocks(2):
        result = run(FastDecoder, [data], options)
    assert_same(run(SentenceDecoder, [data], options), result)
    assert result[1][0].refused == {
        "time before AIS existed": 1, "time in the future": 1, "no time": 1,
    }  # fmt: skip
    assert all((b.positions.t_ms != MISSING_TIME).all() for b in result[0])
