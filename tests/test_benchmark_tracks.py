"""What the tracks benchmark compares is the same on both sides, and is what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._fleet import Fleet, first_of_each
from benchmarks.tracks import SAME_AS_MOVINGPANDAS, build, movingpandas_build


@pytest.fixture(scope="module")
def fleet():
    return first_of_each(*Fleet(12).steps(500), 300)


def test_the_made_fleet_is_in_the_order_of_time_with_as_many_fixes_of_each(fleet):
    rows, thrown = fleet
    assert (np.diff(rows.t_ms) >= 0).all()
    assert set(np.unique(rows.mmsi, return_counts=True)[1]) == {300}
    assert 0 < thrown.sum() < len(rows) / 100


def test_every_thrown_fix_is_taken_out_and_no_other(fleet):
    rows, thrown = fleet
    found = build(rows, SAME_AS_MOVINGPANDAS)
    assert found.outliers == set(zip(rows.mmsi[thrown].tolist(), rows.t_ms[thrown].tolist(), strict=True))
    assert len(found.segments) > 12
    assert found.stops


@pytest.mark.filterwarnings("ignore")
def test_movingpandas_says_the_same(fleet):
    pytest.importorskip("movingpandas", reason="MovingPandas is not installed (uv sync --group peers)")
    rows = fleet[0].take(fleet[0].mmsi < 232_000_004)
    ours, theirs = build(rows, SAME_AS_MOVINGPANDAS), movingpandas_build(rows)
    assert (ours.outliers, ours.segments) == (theirs.outliers, theirs.segments)
    assert len(ours.stops & theirs.stops) >= 0.9 * len(theirs.stops)
    for key in ours.made.keys() & theirs.made.keys():
        assert ours.made[key][0] == pytest.approx(theirs.made[key][0], rel=0.004, abs=0.01)
