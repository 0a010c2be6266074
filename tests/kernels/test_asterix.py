"""ASTERIX kernels against loops that anyone can read."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels import asterix as kernel

octets = st.binary(min_size=1, max_size=60)


def as_array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


@given(data=octets, size=st.integers(1, 8), signed=st.booleans())
def test_numbers_are_those_of_the_language(data, size, signed):
    places = np.arange(-1, max(len(data) - size + 1, 0))
    wanted = [int.from_bytes(data[p : p + size], "big", signed=signed) if p >= 0 else 0 for p in places.tolist()]
    wrapped = np.array(wanted, object) % 2**64  # eight octets without sign go round in int64
    found = kernel.integers(as_array(data), places, size, signed)
    assert (found.astype(object) % 2**64 == wrapped).all()


@given(data=st.binary(max_size=40) | st.lists(st.integers(0, 3), max_size=40).map(bytes))
def test_blocks_follow_each_other_by_their_lengths(data):
    wanted, at = [], 0
    while at + 3 <= len(data) and 3 <= int.from_bytes(data[at + 1 : at + 3], "big") <= len(data) - at:
        wanted.append(at)
        at += int.from_bytes(data[at + 1 : at + 3], "big")
    places, end = kernel.blocks(as_array(data), 0, len(data))
    assert places.tolist() == wanted and end == at


@given(data=octets, most=st.integers(1, 42))
def test_presence_bits_are_those_set_up_to_the_octet_without_fx(data, most):
    wanted, state, at = [], -kernel.OVERRUN, 0
    for number, octet in enumerate(data):
        at = number + 1
        wanted += [7 * number + k for k in range(7) if octet & (128 >> k)]
        if wanted and wanted[-1] >= most:
            state = -kernel.UNKNOWN_ITEM
            break
        if not octet & 1:
            state = len(wanted)
            break
    found = np.empty(most, np.int16)
    count, end = kernel.presence(as_array(data), 0, len(data), most, found)
    assert (count, end) == (state, at)
    assert count < 0 or found[:count].tolist() == wanted


@given(data=octets, form=st.sampled_from([kernel.FIXED, kernel.EXTENDED, kernel.REPETITIVE, kernel.EXPLICIT]))
def test_an_item_ends_where_its_length_form_says(data, form):
    size, end = 2, len(data)
    if form == kernel.FIXED:
        wanted = size
    elif form == kernel.EXTENDED:
        wanted = size * (1 + next((k for k in range(99) if not (data[2 * k + 1 : 2 * k + 2] or b"\0")[0] & 1), 0))
    elif form == kernel.REPETITIVE:
        wanted = 1 + size * data[0]
    else:
        wanted = data[0] or end + 1
    found = kernel.simple_end(as_array(data), 0, end, form, size)
    assert found == wanted or (found > end and wanted > end)
