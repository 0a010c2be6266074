"""Characters among 64 bytes and checksums, against a look at each byte."""

from functools import reduce
from operator import xor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from surveil.kernels import vectors
from surveil.kernels.vectors import PAD

lines = st.binary(min_size=1, max_size=200)
"""With PAD more bytes they are what a kernel may be given; those bytes are all there is to be read past a place."""


@njit
def _marks(buf, at, char):
    return vectors.marks(buf, np.uint64(at), np.uint64(char))


@njit
def _payload_marks(buf, at):
    return vectors.payload_marks(buf, np.uint64(at))


@njit
def _checksum(buf, at, end):
    return vectors.checksum(buf, np.uint64(at), np.uint64(end))


@njit
def _first(word):
    return vectors.first(word)


def padded(line: bytes) -> np.ndarray:
    return np.frombuffer(line + b"*" * PAD, np.uint8)


def word_of(marked) -> int:
    return sum(1 << i for i, is_marked in enumerate(marked) if is_marked)


@given(lines, st.data())
def test_a_character_is_marked_wherever_it_is(line, data):
    buf, at = padded(line), data.draw(st.integers(0, len(line)))
    char = data.draw(st.one_of(st.sampled_from(sorted(line)), st.integers(0, 255)))
    assert _marks(buf, at, char) == word_of(buf[at : at + PAD] == char)


@given(lines, st.data())
def test_payload_characters_are_marked(line, data):
    buf, at = padded(line), data.draw(st.integers(0, len(line)))
    assert _payload_marks(buf, at) == word_of(c in b"".join(_ARMOUR) for c in buf[at : at + PAD])


_ARMOUR = [bytes([c]) for c in (*range(0x30, 0x58), *range(0x60, 0x78))]


@given(lines, st.data())
def test_a_checksum_is_the_xor_of_all_bytes_and_of_no_others(line, data):
    at = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(at, len(line)))
    assert _checksum(padded(line), at, end) == reduce(xor, line[at:end], 0)


@pytest.mark.parametrize(("word", "place"), [(0, 64), (1, 0), (0b1000, 3), (1 << 63, 63)])
def test_the_first_is_the_lowest_bit(word, place):
    assert _first(np.uint64(word)) == place
