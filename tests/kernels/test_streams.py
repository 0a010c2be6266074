"""The stream's kernel against the formula written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels.streams import streams_kn

PERIOD_H, NEAR_M, M_PER_DEG = 12.42, 3000.0, 111_000.0
place = st.tuples(
    st.floats(0, 3), st.floats(50, 52), *[st.floats(-4, 4)] * 4, st.floats(-3, 3), st.floats(2, 10)
)  # fmt: skip


def twin(hour, lon, lat, places):
    """One place after the other, as it is told in words."""
    parts, weights = [], []
    for at_lon, at_lat, ne_east, ne_north, sw_east, sw_north, begins, lasts in places:
        since = (hour - begins) % PERIOD_H
        first = since < lasts
        share = since / lasts if first else (since - lasts) / (PERIOD_H - lasts)
        parts.append(np.array([ne_east, ne_north] if first else [sw_east, sw_north]) * np.sin(np.pi * share))
        away = np.array([(lon - at_lon) * np.cos(np.radians(at_lat)), lat - at_lat]) * M_PER_DEG
        weights.append(1 / (away @ away + NEAR_M**2))
    return np.average(parts, axis=0, weights=weights)


@given(st.floats(-30, 30), st.floats(0, 3), st.floats(50, 52), st.lists(place, min_size=1, max_size=6))
def test_it_is_the_weighted_mean_of_half_sines(hour, lon, lat, places):
    one = [np.array([v]) for v in (hour, lon, lat)]
    east, north = streams_kn(*one, np.array(places), PERIOD_H, NEAR_M, M_PER_DEG)
    assert (east[0], north[0]) == pytest.approx(tuple(twin(hour, lon, lat, places)), abs=1e-9)
