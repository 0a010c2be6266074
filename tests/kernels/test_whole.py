"""Lines to columns in one pass, against the plain decoder; and rows put in between others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.decode import columns, messages
from surveil.decode.lines import MAX_LINE
from surveil.decode.plan import make_plan
from surveil.decode.syntax import parse_line
from surveil.kernels import sentences
from surveil.kernels import whole as kernel
from surveil.kernels.messages import MAX_WORDS
from surveil.kernels.stamps import NO_TIME
from surveil.kernels.vectors import PAD
from surveil.schema import Positions, Statics
from tests.kernels.test_messages import payload
from tests.kernels.test_sentences import closed, damaged

START_MS = 1_600_000_000_000
VOYAGE = b"55P5TL01VIaAL@7WKO@mBplU@<PDhh000000001S;AJ::4A80?4i@E531@0000000000000"


def read(lines: list[bytes], room: int = 100, latest_ms: int = 2**62):
    """Rows kept, positions and counts of lines, odd ones passed over."""
    data = b"".join(line + b"\n" for line in lines)
    buf = np.frombuffer(data + b"!" * PAD, np.uint8)
    rows, counts = np.empty((len(lines) + 1, sentences.N_COLUMNS), np.int64), np.zeros((kernel.N_GIVEN, 64), np.int64)
    tally = np.array([NO_TIME, 0, NO_TIME, 0, 0, 0, 0, 0, 0], np.int64)
    account = kernel.Account(tally, counts, np.zeros(kernel.N_KEYS + 1, np.int64))
    space = kernel.Space(np.empty(MAX_WORDS, np.uint64), np.empty(2 * MAX_LINE + PAD, np.uint8))
    positions, statics = columns.Room(Positions, room), columns.Room(Statics, room)
    rules = kernel.Rules(START_MS, 1.0, 0, latest_ms, 60_000, 4096)
    done, start = (0, 0, 0, 0), 0
    while start < len(data):
        *done, start = kernel.read(
            buf,
            start,
            len(data),
            1,
            tuple(done),
            rows,
            positions.rows,
            statics.rows,
            make_plan(),
            rules,
            account,
            space,
        )
    n, n_lines, *written = done
    assert n_lines == len(lines)
    no_more = np.empty(0, np.int64)
    found = [
        part.first(k, 0, part.kind.empty(), no_more)[0] for part, k in zip((positions, statics), written, strict=True)
    ]
    return rows[:n], *found, counts


def _sentence(payload_and_fill) -> bytes:
    return b"!" + closed(b"AIVDM,1,1,,A,%b,%d" % payload_and_fill)


@settings(max_examples=150)
@given(st.lists(st.one_of(payload().map(_sentence), damaged()), min_size=1, max_size=6))
def test_positions_are_those_of_the_plain_decoder_and_all_else_has_a_row_or_a_count(lines):
    rows, positions, statics, counts = read(lines)
    kept = set(rows[:, sentences.LINE].tolist())
    whole = [(i, parse_line(line).sentences) for i, line in enumerate(lines) if i not in kept]
    whole = [(i, of[0]) for i, of in whole if of]
    assert all(sentence.parts == 1 for _, sentence in whole)
    seq = np.array([i + 1 for i, _ in whole], np.int64)
    given = messages.Payloads.build([s.payload for _, s in whole], [s.fill for _, s in whole], seq, seq, seq)
    plain = messages.decode(given, 0)
    assert not plain.verdict.any()
    for found, wanted in ((positions, plain.positions), (statics, plain.statics)):
        for name in wanted.DTYPES.keys() - {"t_ms"}:
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), name)
    assert not len(plain.safety)
    assert counts[kernel.TYPES].tolist() == np.bincount(plain.msg_type, minlength=64).tolist()
    assert counts[kernel.FORMS].sum() == counts[kernel.LINES, 0] == len(whole)


SHIP, STATION = (b"!" + closed(b"AIVDM,1,1,,A,%b,0" % p) for p in (b"15RTgt0PAso;90TKcjM8h6g208CQ", b"4" + b"0" * 27))


@pytest.mark.parametrize(("room", "latest_ms", "kept"), [(9, 2**62, 0), (1, 2**62, 2), (9, START_MS, 2)])
def test_what_finds_no_room_or_has_no_time_that_can_be_keeps_its_row(room, latest_ms, kept):
    rows, found, _, counts = read([SHIP, SHIP, SHIP], room, latest_ms)
    assert (len(rows), len(found), counts[kernel.TYPES, 1]) == (kept, 3 - kept, 3 - kept)
    assert found.t_ms.tolist() == [START_MS + 1000 * i for i in range(3 - kept)]


def test_a_message_that_may_be_refused_keeps_its_row_and_one_too_long_is_counted():
    long = b"!" + closed(b"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ0000,0")
    rows, found, _, counts = read([STATION, long, SHIP])
    assert rows[:, sentences.LINE].tolist() == [0] and found.seq.tolist() == [2, 3]
    assert counts[kernel.LONG].nonzero()[0].tolist() == [1] and counts[kernel.LONG, 1] == 1


PARTS = tuple(
    b"!" + closed(b"AIVDM,2,%d,3,B,%b" % part) for part in ((1, VOYAGE[:55] + b",0"), (2, VOYAGE[55:] + b",2"))
)


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ((0, 1), True), ((1, 0), False), ((0, None, 1), False), ((0, 0, 1), False), ((1, 0, 1), False),
        ((0, 1, 0, 1), True),
    ],
)  # fmt: skip
def test_two_parts_are_joined_at_once_only_if_no_other_part_can_belong_to_them(lines, joined):
    rows, _, statics, counts = read([SHIP if part is None else PARTS[part] for part in lines])
    kinds = rows[:, sentences.KIND].tolist()
    assert set(kinds) == {sentences.JOINED if joined else sentences.PART}
    assert (statics.seq.tolist(), counts[kernel.LINES, 0]) == (
        (list(range(1, len(lines), 2)), len(lines)) if joined else ([], lines.count(None))
    )


@given(st.lists(st.binary(min_size=3, max_size=3), max_size=20), st.lists(st.integers(0, 20), max_size=5))
def test_merging_is_inserting_as_numpy_does(values, places):
    places = np.array(sorted(min(p, len(values)) for p in places), np.int64)
    column, more = np.array(values, "S3"), np.arange(100, 100 + len(places)).astype("S3")
    out = np.empty(len(values) + len(places), "S3")
    kernel.merge(column.view(np.uint8), places, more.view(np.uint8), 3, out.view(np.uint8))
    assert out.tolist() == np.insert(column, places, more).tolist()
