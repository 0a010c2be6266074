"""The scan of lines, against the plain reader of one line."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from surveil.decode.syntax import checksum, parse_line
from surveil.decode.times import Clock, TimeOptions
from surveil.kernels import sentences as kernel
from surveil.kernels.vectors import PAD


def closed(body: bytes) -> bytes:
    return b"%b*%02X" % (body, checksum(body))


SINGLE = b"!" + closed(b"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0")
PART = b"!" + closed(b"AIVDM,2,1,3,B,55P5TL01VIaAL@7WKO@mBplU@<PDhh000000001S;AJ::4A80?4i@E53,0")
TAG = b"\\" + closed(b"g:1-2-77,s:r003669946,c:1469663999.5") + b"\\"
LINES = (
    SINGLE, PART, TAG + SINGLE, TAG + PART, TAG, b"\\s:x*00\\" + SINGLE, b"\\c:1469663999,c:x*00\\" + SINGLE,
    SINGLE + b",r003669946,1272412827", SINGLE + b",1328133720087", PART + b",b003669, 1328133720087 ",
    b"2016-07-28T00:00:01Z " + SINGLE, SINGLE + SINGLE, b"x!" + SINGLE, SINGLE[:-1] + b"0", SINGLE[:-3], SINGLE[1:],
    b"!" + closed(b"=IVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0"), b"!" + closed(b"AIVDM,1,1,,A,,0"),
    b"!" + closed(b"AIVDM,1,2,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0"), b"#" + SINGLE, b"",
    b"$" + closed(b"PGHP,1,2013,11,12,12,0,0,11,219,,2190067,1,62"), b"$" + closed(b"GPZDA,235959.99,28,07,2016,00,00"),
    b"$" + closed(b"GPRMC,035258,A,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A"),
    b"$" + closed(b"SAVSI,D08,7,235959.285433,2223,-94,26"), b"$" + closed(b"GPGLL,5013.46,N,00346.65,W,035258,A,A"),
    b"$GPZDA,000000.00,30,02,2016,00,00*76", b"$" + closed(b"PGHP,1,20 13,11,12,12,0,0,11,219,,2190067,1,62"),
)  # fmt: skip


@njit
def _scan(buf, start, end, rows, tally):
    n = 0
    while start < end:
        start = kernel.step(buf, start, end, rows[n], tally, kernel.NO_TIME, 1.0)
        n += 1
    return n


def scan_bytes(buf, start, end):
    """Rows and tally of the lines of ``buf[start:end]``, odd ones passed over."""
    rows = np.empty((end, kernel.N_COLUMNS), np.int64)
    tally = np.array([kernel.NO_TIME, 0, kernel.NO_TIME, 0, 0, 0, 0, 0, 0], np.int64)
    n = _scan(buf, start, end, rows, tally)
    return rows[:n], tally


def scan(lines: list[bytes]):
    """Rows and tally of lines, odd ones passed over."""
    data = b"".join(line + b"\n" for line in lines)
    guarded = np.frombuffer(b"!" + data + b"!AIVDM" + b"!" * PAD, np.uint8)
    rows, tally = scan_bytes(guarded, 1, len(data) + 1)
    assert len(rows) == len(lines)
    return guarded, rows, tally


@st.composite
def damaged(draw):
    """A line of a log, whole or with some bytes changed, gone or doubled."""
    line = bytearray(draw(st.sampled_from(LINES)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(line)))
        line[at : at + draw(st.integers(0, 2))] = draw(
            st.one_of(st.binary(max_size=2), st.sampled_from([b",", b"!", b"$", b"*", b"\\", b"VDM,", b" ", b"9"]))
        )
    if draw(st.booleans()) and line[:1] == b"!" and line[-3:-2] == b"*":
        line[-2:] = b"%02X" % checksum(line[1:-3])
    return bytes(line).replace(b"\n", b"").replace(b"\r", b"")


@settings(max_examples=250)
@given(st.lists(damaged(), min_size=1, max_size=4))
def test_what_is_not_odd_is_what_the_plain_reader_says(lines):
    buf, rows, tally = scan(lines)
    not_ais = 0
    for line, row in zip(lines, rows, strict=True):
        taken = parse_line(line)
        if row[kernel.KIND] == kernel.NOT_AIS:
            not_ais += 1
            assert not taken.sentences and taken.fault is None
        elif row[kernel.KIND] == kernel.EMPTY:
            assert taken.fault == "empty payload"
        elif row[kernel.KIND] != kernel.ODD:
            (sentence,) = taken.sentences
            start, n = row[kernel.PAYLOAD], row[kernel.N_CHARS]
            assert buf[start : start + n].tobytes() == sentence.payload
            assert (row[kernel.PARTS], row[kernel.NUMBER]) == (sentence.parts, sentence.part)
            assert row[kernel.FILL] == sentence.fill and taken.fault is None
            assert (row[kernel.KIND] == kernel.WHOLE) == (sentence.parts == 1)
            assert row[kernel.TAG_OK] == (-1 if taken.tag is None else taken.tag.checksum_ok)
    assert tally[kernel.N_NOT_AIS] == not_ais


def _plain_times(lines):
    """Time and form of each sentence as the plain clock tells them, in lines that hold one or none."""
    clock = Clock(TimeOptions())
    for line in lines:
        taken = parse_line(line)
        if taken.tag is not None and not taken.sentences and not taken.companion:
            clock.hear_tag(taken.tag.t_ms)
        if taken.companion:
            clock.hear(*taken.companion)
        for sentence in taken.sentences:
            yield clock.stamp(taken.tag and taken.tag.t_ms, sentence.rest, sentence.lead, sentence.part == 1)


@settings(max_examples=500)
@given(st.lists(damaged(), min_size=1, max_size=6))
def test_times_are_those_of_the_plain_clock(lines):
    _, rows, _ = scan(lines)
    if (rows[:, kernel.KIND] == kernel.ODD).any():
        return
    sentences = rows[(rows[:, kernel.KIND] == kernel.WHOLE) | (rows[:, kernel.KIND] == kernel.PART)]
    for row, stamp in zip(sentences, _plain_times(lines), strict=True):
        assert row[kernel.T_MS] == (kernel.NO_TIME if stamp.t_ms is None else stamp.t_ms)
        assert (kernel.FORMS[row[kernel.FORM]], bool(row[kernel.OWN])) == (stamp.form if stamp.t_ms else "", stamp.own)


def test_plain_lines_of_every_kind_are_not_odd():
    plain = [line for line in LINES[:10] if line != TAG]
    _, rows, _ = scan([*plain, TAG, *LINES[21:26]])
    assert set(rows[:, kernel.KIND]) == {kernel.WHOLE, kernel.PART, kernel.NOT_AIS}


def test_cr_lf_and_crlf_end_lines():
    data = b"\r\n".join([SINGLE, SINGLE]) + b"\r" + SINGLE + b"\n\n" + SINGLE + b"\r"
    rows, _ = scan_bytes(np.frombuffer(data + b"!" * PAD, np.uint8), 0, len(data))
    assert rows[:, kernel.KIND].tolist() == [kernel.WHOLE] * 3 + [kernel.NOT_AIS, kernel.WHOLE]
