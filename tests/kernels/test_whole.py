"""Lines to positions in one pass, against the plain decoder; and rows put in between others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.decode import columns, messages
from surveil.decode.plan import make_plan
from surveil.decode.syntax import parse_line
from surveil.kernels import positions as kernel
from surveil.kernels import sentences
from surveil.kernels.messages import MAX_WORDS
from surveil.kernels.stamps import NO_TIME
from surveil.schema import Positions
from tests.kernels.test_messages import payload
from tests.kernels.test_sentences import closed, damaged

START_MS = 1_600_000_000_000


def read(lines: list[bytes], room: int = 100, latest_ms: int = 2**62):
    """Rows kept, positions and counts of lines, odd ones passed over."""
    buf = np.frombuffer(b"".join(line + b"\n" for line in lines), np.uint8)
    rows, words = np.empty((len(lines) + 1, sentences.N_COLUMNS), np.int64), np.empty(MAX_WORDS, np.uint64)
    tally = np.array([NO_TIME, 0, NO_TIME, 0, 0, 0, 0, 0, 0], np.int64)
    out, counts = columns.room_for(room), np.zeros((2, 64), np.int64)
    n = n_lines = n_out = start = 0
    while start < len(buf):
        n, n_lines, n_out, start = kernel.read(
            buf, start, len(buf), rows, n, n_lines, 1, tally, START_MS, 1.0, 0, latest_ms, make_plan(), words, out,
            n_out, counts,
        )  # fmt: skip
    assert n_lines == len(lines)
    nothing = Positions.empty(), np.empty(0, np.int64)
    return rows[:n], columns.positions(out, n_out, *nothing, 0)[0], counts


def _sentence(payload_and_fill) -> bytes:
    return b"!" + closed(b"AIVDM,1,1,,A,%b,%d" % payload_and_fill)


@settings(max_examples=150)
@given(st.lists(st.one_of(payload().map(_sentence), damaged()), min_size=1, max_size=6))
def test_positions_are_those_of_the_plain_decoder_and_all_else_has_a_row_or_a_count(lines):
    rows, found, counts = read(lines)
    kept = set(rows[(rows[:, sentences.KIND] != sentences.PLACED), sentences.LINE].tolist())
    whole = [(i, parse_line(line).sentences) for i, line in enumerate(lines) if i not in kept]
    whole = [(i, of[0]) for i, of in whole if of]
    assert all(sentence.parts == 1 for _, sentence in whole)
    seq = np.array([i + 1 for i, _ in whole], np.int64)
    given = messages.Payloads.build([s.payload for _, s in whole], [s.fill for _, s in whole], seq, seq, seq)
    plain = messages.decode(given, 0)
    assert not plain.verdict.any()
    for name in Positions.DTYPES.keys() - {"t_ms"}:
        np.testing.assert_array_equal(getattr(found, name), getattr(plain.positions, name), name)
    placed = set(rows[rows[:, sentences.KIND] == sentences.PLACED, sentences.LINE].tolist())
    alone = [kind for kind, (i, _) in zip(plain.msg_type.tolist(), whole, strict=True) if i not in placed]
    assert counts[kernel.TYPES].tolist() == np.bincount(np.array(alone, int), minlength=64).tolist()
    assert counts[kernel.FORMS].sum() == len(alone)


SHIP, STATION = (b"!" + closed(b"AIVDM,1,1,,A,%b,0" % p) for p in (b"15RTgt0PAso;90TKcjM8h6g208CQ", b"4" + b"0" * 27))


@pytest.mark.parametrize(("room", "latest_ms", "kept"), [(9, 2**62, 0), (1, 2**62, 2), (9, START_MS, 2)])
def test_what_finds_no_room_or_has_no_time_that_can_be_keeps_its_row(room, latest_ms, kept):
    rows, found, counts = read([SHIP, SHIP, SHIP], room, latest_ms)
    assert (len(rows), len(found), counts[kernel.TYPES, 1]) == (kept, 3 - kept, 3 - kept)
    assert found.t_ms.tolist() == [START_MS + 1000 * i for i in range(3 - kept)]


def test_a_message_that_may_be_refused_or_warned_of_keeps_its_row():
    long = b"!" + closed(b"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ0000,0")
    rows, found, _ = read([STATION, long, SHIP])
    assert rows[:, sentences.LINE].tolist() == [0, 1] and found.seq.tolist() == [3]


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20), st.lists(st.integers(0, 20), max_size=5))
def test_merging_is_inserting_as_numpy_does(values, places):
    places = np.array(sorted(min(p, len(values)) for p in places), np.int64)
    column, more = np.array(values, np.uint32), np.arange(len(places), dtype=np.uint32)
    out = np.empty(len(values) + len(places), np.uint32)
    kernel.merge(column, places, more, out)
    assert out.tolist() == np.insert(column, places, more).tolist()
