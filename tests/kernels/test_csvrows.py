"""Numbers, times and words of CSV rows against ``float``, the slow reader and a hash in Python.

That whole rows are those of the slow reader is tested in ``tests/sources/test_fastcsv.py``.
"""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels import csvrows
from surveil.sources import csvcolumns
from surveil.sources.dialects import ISO_TIME


@given(st.from_regex(r"\A-?[0-9]{0,17}(\.[0-9]{0,17})?\Z"))
def test_numbers_are_the_nearest_double_or_not_plain(text):
    raw = np.frombuffer(text.encode() or b" ", np.uint8)
    value, plain = csvrows._number.py_func(raw, 0, len(text))
    if plain:
        assert np.isnan(value) if text == "" else float(text).hex() == float(value).hex()


@given(st.datetimes(), st.integers(0, 9999))
def test_times_are_those_of_the_slow_reader(when, fraction):
    for text in (f"{when:%Y-%m-%dT%H:%M:%S}".zfill(19), f"{when:%Y-%m-%d %H:%M:%S}".zfill(19) + f".{fraction}"):
        (slow,), (bad,) = csvcolumns.times_ms(pa.array([text]), ISO_TIME)
        got = csvrows.moment(np.frombuffer(text.encode(), np.uint8), 0, len(text), csvrows.YEAR_FIRST)
        assert got == (-1 if bad or when.year < 1970 else slow)


@given(st.binary(max_size=40), st.integers(0, 20))
def test_a_hash_is_fnv_1a_of_the_small_letters(text, seed):
    value = 0xCBF29CE484222325 ^ seed
    for byte in bytes(b + 32 if 65 <= b <= 90 else b for b in text):
        value = (value ^ byte) * 0x100000001B3 % 2**64
    got = csvrows.fnv(np.frombuffer(text or b" ", np.uint8), 0, len(text), np.uint64(seed))
    assert int(got) == value
