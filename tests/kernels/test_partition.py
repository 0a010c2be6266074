"""The partition kernels against dicts and sorted()."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels.partition import order_by, vessels

ROWS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([np.nan, 1.0, -2.5]), st.floats(-90, 90)), max_size=60)


@given(ROWS)
def test_vessels_are_numbered_as_they_occur_with_their_first_known_position(rows):
    mmsi, lon, lat = (np.array([r[i] for r in rows], t) for i, t in enumerate(("i4", "f8", "f8")))
    numbers: dict[int, int] = {}
    places: dict[int, tuple[float, float]] = {}
    for m, x, y in zip(mmsi.tolist(), lon.tolist(), lat.tolist(), strict=True):
        numbers.setdefault(m, len(numbers))
        if not np.isnan(x):
            places.setdefault(m, (x, y))
    vessel, number, first_lon, first_lat = vessels(mmsi, lon, lat)
    assert vessel.tolist() == [numbers[m] for m in mmsi.tolist()]
    assert number.tolist() == list(numbers)
    known = [places.get(m, (np.nan, None)) for m in numbers]
    np.testing.assert_array_equal(first_lon, [x for x, _ in known])
    assert all(y is None or y == got for (_, y), got in zip(known, first_lat.tolist(), strict=True))


@given(st.lists(st.integers(0, 9), max_size=60), st.randoms(use_true_random=False))
def test_rows_come_by_key_and_otherwise_as_they_were(keys, random):
    rows = list(range(len(keys)))
    random.shuffle(rows)
    ordered = order_by(np.array(keys, np.int32), 10, np.array(rows, np.int64))
    assert ordered.tolist() == sorted(rows, key=lambda row: keys[row])
