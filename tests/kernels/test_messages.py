"""Message kernels, against the plain decoder (pyais with its faults put right) and against the tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.decode import columns, messages
from surveil.decode.plan import make_plan
from surveil.decode.tables import LAYOUTS, bits_of, layout_of
from surveil.kernels import messages as kernel
from surveil.kernels.bits import WORD_BITS
from surveil.kernels.vectors import PAD
from tests.kernels.test_bits import ARMOUR

TEXTS = {"name", "callsign", "destination", "text"}


def decoded(payloads: list[tuple[bytes, int]]):
    """What the plain decoder and the kernels make of payloads with their fill bits."""
    n = len(payloads)
    t_ms, seq = 1_600_000_000_000 + np.arange(n), np.arange(n) + 1
    plain = messages.Payloads.build([p for p, _ in payloads], [f for _, f in payloads], t_ms, seq, seq)
    given_to_kernel = columns.Messages(
        np.append(plain.buffer, np.zeros(PAD, np.uint8)),
        plain.start[:-1].copy(),
        np.diff(plain.start),
        plain.fill,
        plain.t_ms,
        plain.seq,
    )
    return messages.decode(plain, 3), columns.decode(given_to_kernel, 3)


def assert_same(plain, fast):
    for name in ("verdict", "msg_type", "positions_from", "statics_from", "safety_from"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(fast, name), name)
    for kind in ("positions", "statics", "safety"):
        one, other = getattr(plain, kind), getattr(fast, kind)
        for column in one.DTYPES:
            np.testing.assert_array_equal(getattr(one, column), getattr(other, column), column)
            assert getattr(one, column).dtype == getattr(other, column).dtype


def assert_texts_are_the_tables(payloads, fast):
    for kind, rows in ((fast.statics, fast.statics_from), (fast.safety, fast.safety_from)):
        for i, row in enumerate(rows.tolist()):
            bits = bits_of(*payloads[row])
            layout = layout_of(bits)
            for column in TEXTS & set(kind.DTYPES):
                assert getattr(kind, column)[i].decode() == _text(layout, bits, column)


def _text(layout, bits, column):
    fields = {f.name: f for f in layout.fitted(len(bits))}
    if column not in fields:
        return ""
    raw = fields[column].raw(bits)
    if column == "name" and "name_ext" in fields:
        raw += fields["name_ext"].raw(bits)
    return raw.split("@")[0].strip(" ")


@st.composite
def payload(draw):
    """A message of any type, with a length near one that its layout allows, and random content."""
    layout = draw(st.sampled_from(LAYOUTS))
    length = draw(st.sampled_from(sorted(layout.lengths))) + draw(st.sampled_from([0, 0, 0, -6, 6, -1, 40]))
    n_bits = max(length, 6)
    body = draw(st.integers(0, (1 << n_bits) - 1))
    bits = f"{draw(st.sampled_from(layout.types)):06b}" + f"{body:0{n_bits}b}"[6:]
    mmsi = draw(st.sampled_from([body % 2**30, 235_012_345, 982_350_001, 970_001_234, 2_655_651, 0, 992_351_000]))
    bits = (bits[:8] + f"{mmsi:030b}" + bits[38:])[:n_bits]
    for name, allowed in layout.select:
        field = layout[name]
        if field.end <= n_bits and draw(st.integers(0, 9)) > 0:
            bits = bits[: field.offset] + f"{min(allowed):0{field.width}b}" + bits[field.end :]
    fill = -n_bits % 6
    padded = bits + draw(st.sampled_from("01")) * fill
    return "".join(ARMOUR[int(padded[i : i + 6], 2)] for i in range(0, len(padded), 6)).encode(), fill


@settings(max_examples=100)
@given(st.lists(payload(), min_size=1, max_size=5))
def test_columns_and_verdicts_are_those_of_the_plain_decoder(payloads):
    plain, fast = decoded(payloads)
    assert_same(plain, fast)
    assert_texts_are_the_tables(payloads, fast)


@given(st.lists(st.tuples(st.text(ARMOUR, min_size=1, max_size=12).map(str.encode), st.integers(0, 5)), min_size=1))
def test_junk_gets_the_same_verdict(payloads):
    assert_same(*decoded(payloads))


@pytest.mark.parametrize("msg_type", range(1, 28))
def test_a_message_cut_short_is_refused_with_its_type(msg_type):
    least = min(min(f.lengths) for f in LAYOUTS if msg_type in f.types)
    n_chars = (least - 1) // 6
    bits = f"{msg_type:06b}00{235_012_345:030b}".ljust(6 * n_chars, "0")
    short = "".join(ARMOUR[int(bits[i : i + 6], 2)] for i in range(0, 6 * n_chars, 6)).encode()
    _, fast = decoded([(short, 0)])
    assert messages.VERDICTS[fast.verdict[0]] == f"type {msg_type} too short"
    assert len(fast.positions) == len(fast.statics) == len(fast.safety) == 0


def test_verdict_codes_are_those_of_the_plain_decoder():
    assert messages.VERDICTS[kernel.UNKNOWN_TYPE] == "unknown type"
    assert messages.VERDICTS[kernel.TOO_SHORT + 27] == "type 27 too short"
    assert messages.VERDICTS[kernel.UNKNOWN_FORM] == "type 24 unknown part"
    assert messages.VERDICTS[kernel.BAD_MMSI] == "MMSI out of range"


def test_numbers_lie_in_the_words_that_are_cleared():
    said = make_plan().numbers.reshape(-1, kernel.N_SAID)
    ends = said[:, kernel.OFFSET] + said[:, kernel.WIDTH]
    assert ends.max() <= WORD_BITS * kernel.FIELD_WORDS


def test_payload_longer_than_the_numbers_has_the_plain_digest():
    long = b"<" + b"5UwI" * 60
    plain, fast = decoded([(long, 2)])
    assert fast.safety.digest[0] == plain.safety.digest[0]
