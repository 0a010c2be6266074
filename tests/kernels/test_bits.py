"""Bits of payloads, against strings of 0 and 1."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from surveil.decode.messages import mix64 as plain_mix64
from surveil.decode.tables import bits_of
from surveil.kernels import bits
from surveil.kernels.vectors import PAD

ARMOUR = "".join(chr(c) for c in (*range(48, 88), *range(96, 120)))
payloads = st.text(ARMOUR, min_size=1, max_size=90).map(str.encode)


@njit
def _number(words, offset, width):
    return bits.unsigned(words, offset, width)


@njit
def _pack(buf, start, most, words):
    return bits.pack(buf, start, most, words)


@njit
def _cut(words, n_bits, clear_to):
    bits.cut(words, n_bits, clear_to)


@njit
def _digest(words, n_bits):
    return bits.digest(words, n_bits)


@njit
def _mix64(x):
    return bits.mix64(x)


@njit
def _eight_digits(buf):
    return bits.eight_digits(bits.eight(buf, np.uint64(0)))


@njit
def _letters(six):
    return bits.letters(six)


@njit
def _marks_of(buf, char):
    return bits.marks_of(bits.eight(buf, np.uint64(0)), char)


def padded(line: bytes) -> np.ndarray:
    return np.frombuffer(line + b"0" * PAD, np.uint8)


def packed(payload: bytes, fill: int = 0):
    """Words of a payload, and its bits as a string."""
    words = np.full(20, 2**64 - 1, np.uint64)
    assert _pack(padded(b"~" + payload + b","), 1, len(payload) + 1, words) == 1 + len(payload)
    plain = bits_of(payload, fill)
    _cut(words, len(plain), 12)
    return words, plain


@given(payloads, st.integers(0, 5), st.data())
def test_any_number_of_a_packed_payload_is_the_one_its_bits_spell(payload, fill, data):
    words, plain = packed(payload, fill)
    offset = data.draw(st.integers(0, 600))
    width = data.draw(st.integers(1, 63))
    spelt = (plain + "0" * 700)[offset : offset + width]
    assert _number(words, offset, width) == int(spelt, 2)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=80).map(bytes), st.integers(0, 9), st.integers(0, 200))
def test_packing_ends_at_the_first_character_that_is_none_of_a_payload(line, at, most):
    at = min(at, len(line))
    end = next((i for i in range(at, len(line)) if chr(line[i]) not in ARMOUR), len(line))
    end = min(end, at + -(-most // 32) * 32)
    words = np.zeros(30, np.uint64)
    assert _pack(padded(line + b","), at, most, words) == end
    spelt = bits_of(line[at:end], 0) if end > at else ""
    assert "".join(f"{int(w):064b}" for w in words).startswith(spelt)


@given(st.one_of(st.binary(min_size=8, max_size=8), st.integers(0, 99_999_999).map(b"%08d".__mod__)))
def test_eight_digits_are_the_number_they_spell(text):
    spelt = int(text) if all(48 <= c <= 57 for c in text) else -1
    assert _eight_digits(np.frombuffer(text, np.uint8)) == spelt


@given(st.lists(st.integers(0, 63), min_size=8, max_size=8))
def test_letters_are_those_of_the_six_bit_table(symbols):
    six = int("".join(f"{s:06b}" for s in symbols), 2)
    spelt = bytes(s + 64 if s < 32 else s for s in symbols)
    assert int(_letters(np.uint64(six))).to_bytes(8, "little") == spelt


@given(st.binary(min_size=8, max_size=8), st.integers(0, 127))
def test_each_byte_that_is_a_character_is_marked_and_no_other(word, char):
    marks = int(_marks_of(np.frombuffer(word, np.uint8), char)).to_bytes(8, "little")
    assert marks == bytes(0x80 * (c == char) for c in word)


@given(payloads, st.integers(0, 5))
def test_the_digest_mixes_the_number_of_bits_and_then_each_word(payload, fill):
    words, plain = packed(payload, fill)
    digest = len(plain)
    for at in range(0, len(plain), 64):
        digest = int(plain_mix64(np.array([digest ^ int(plain[at : at + 64].ljust(64, "0"), 2)], np.uint64))[0])
    assert _digest(words, len(plain)) == digest


@given(st.integers(0, 2**64 - 1))
def test_hash_is_the_one_the_plain_decoder_uses(x):
    assert _mix64(np.uint64(x)) == plain_mix64(np.array([x], np.uint64))[0]


numbers = st.one_of(st.floats(width=64, allow_nan=True), st.sampled_from([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf]))


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), numbers), max_size=20), st.booleans())
def test_a_column_is_mixed_into_the_hash_of_each_row_and_one_number_counts_as_one(rows, is_number):
    digest = np.array([seed for seed, _ in rows], np.uint64)
    column = np.array([number for _, number in rows], float)
    told_apart = np.where(np.isnan(column), np.nan, column + 0.0) if is_number else column
    wanted = plain_mix64(digest ^ told_apart.view(np.uint64))
    bits.mix_column(digest, column.view(np.uint64), is_number)
    assert (digest == wanted).all()
