"""Bits of payloads, against strings of 0 and 1."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from surveil.decode.messages import mix64 as plain_mix64
from surveil.decode.tables import bits_of
from surveil.kernels import bits

ARMOUR = "".join(chr(c) for c in (*range(48, 88), *range(96, 120)))
payloads = st.text(ARMOUR, min_size=1, max_size=90).map(str.encode)


@njit
def _number(words, offset, width):
    return bits.unsigned(words, offset, width)


@njit
def _pack(buf, start, end, words):
    return bits.pack(buf, start, end, words)


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
def _first(buf, end, char):
    marks = bits.marks_of(bits.up_to_eight(buf, np.uint64(0), np.uint64(end)), char)
    return bits.first_marked(marks) if marks != 0 else np.uint64(8)


def packed(payload: bytes, fill: int = 0):
    """Words of a payload, and its bits as a string."""
    words = np.full(20, 2**64 - 1, np.uint64)
    assert _pack(np.frombuffer(b"~" + payload, np.uint8), 1, 1 + len(payload), words) == 1 + len(payload)
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


@given(st.lists(st.integers(0, 255), min_size=1, max_size=40).map(bytes), st.integers(0, 9))
def test_packing_ends_at_the_first_character_that_is_none_of_a_payload(line, at):
    at = min(at, len(line))
    end = next((i for i in range(at, len(line)) if chr(line[i]) not in ARMOUR), len(line))
    words = np.empty(10, np.uint64)
    assert _pack(np.frombuffer(line, np.uint8), at, len(line), words) == end
    _cut(words, 6 * (end - at), 6)
    bits_spelt = bits_of(line[at:end], 0) if end > at else ""
    assert "".join(f"{int(w):064b}" for w in words[:6]).startswith(bits_spelt.ljust(384, "0"))


def test_every_byte_is_a_payload_character_or_none():
    words = np.empty(6, np.uint64)
    ends = [_pack(np.array([c], np.uint8), 0, 1, words) for c in range(256)]
    assert bytes(c for c in range(256) if ends[c]).decode("latin-1") == ARMOUR


@given(st.binary(min_size=1, max_size=12), st.integers(1, 255))
def test_a_byte_is_found_where_it_is_first_among_eight(word, char):
    place = word[:8].find(char)
    assert _first(np.frombuffer(word, np.uint8), len(word), char) == (place if place >= 0 else 8)


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
