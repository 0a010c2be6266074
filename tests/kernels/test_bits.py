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
def _unsigned(words, offset, width):
    return bits.unsigned(words, offset, width)


@njit
def _pack(buf, start, n_chars, fill, words, clear_to):
    return bits.pack(buf, start, n_chars, fill, words, clear_to)


@njit
def _mix64(x):
    return bits.mix64(x)


@given(payloads, st.integers(0, 5), st.data())
def test_any_number_of_a_packed_payload_is_the_one_its_bits_spell(payload, fill, data):
    words = np.full(20, -1, np.int64)
    n_bits = _pack(np.frombuffer(b"~" + payload, np.uint8), 1, len(payload), fill, words, 10)
    plain = bits_of(payload, fill)
    assert n_bits == len(plain)
    padded = plain + "0" * 600
    offset = data.draw(st.integers(0, 500 if len(payload) < 80 else len(plain)))
    width = data.draw(st.integers(1, min(60, max(600, 6 * len(payload)) - offset)))
    if offset + width <= max(600, len(plain)):
        assert _unsigned(words, offset, width) == int(padded[offset : offset + width], 2)


def test_words_are_never_negative():
    words = np.empty(3, np.int64)
    _pack(np.frombuffer(b"w" * 30, np.uint8), 0, 30, 0, words, 3)
    assert (words == (1 << 60) - 1).all()


@given(st.integers(0, 2**64 - 1))
def test_hash_is_the_one_the_plain_decoder_uses(x):
    assert _mix64(np.uint64(x)) == plain_mix64(np.array([x], np.uint64))[0]
