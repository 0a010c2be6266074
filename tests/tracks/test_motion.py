"""Moored, at anchor, under way, drifting: by movement and by what a ship says, and never for a moment only."""

import math

import numpy as np
import pytest

from surveil.config import TracksConfig
from surveil.kernels.filter import DEG_M, KN
from surveil.kernels.motion_state import AT_ANCHOR, DRIFTING, MOORED, UNDER_WAY, UNKNOWN
from surveil.schema import CLASS_A, Positions
from surveil.tracks.table import TrackTable

T0_MS = 1_773_525_600_000


def sail(*legs):
    """Rows of one ship every 10 s; legs of (minutes, kn, course, heading, status)."""
    rows, t, x, y = [], 0.0, 0.0, 0.0
    for minutes, kn, course, heading, status in legs:
        for _ in range(int(minutes * 6)):
            rows.append((t, 1.4 + x / DEG_M / math.cos(math.radians(51)), 51 + y / DEG_M, kn, course, heading, status))
            t, x, y = (
                t + 10,
                x + 10 * kn * KN * math.sin(math.radians(course)),
                y + 10 * kn * KN * math.cos(math.radians(course)),
            )
    t, lon, lat, kn, course, heading, status = (np.array(c, float) for c in zip(*rows, strict=True))
    return Positions.build(
        t_ms=T0_MS + (t * 1000).astype(np.int64), mmsi=np.full(len(t), 235_000_001), lon=lon, lat=lat, sog_kn=kn,
        cog_deg=course, heading_deg=heading, nav_status=status, ais_class=np.full(len(t), CLASS_A),
    )  # fmt: skip


def states(rows):
    """State after each row."""
    table, found = TrackTable(TracksConfig()), []
    for i in range(len(rows)):
        table.apply_positions(rows.take(slice(i, i + 1)))
        found.append(int(table.motion["state"][0]))
    return found


@pytest.mark.parametrize(
    ("leg", "state"),
    [
        ((5, 12.0, 40, 40, 0), UNDER_WAY),
        ((5, 0.1, 40, 300, 5), MOORED),
        ((5, 0.4, 40, 300, 1), AT_ANCHOR),
        ((5, 0.1, 40, 300, 6), MOORED),
        ((15, 0.0, 0, 300, 0), MOORED),
        ((15, 2.0, 140, 60, 0), DRIFTING),
        ((15, 2.0, 140, 135, 0), UNDER_WAY),
        ((15, 2.0, 140, 60, 7), UNDER_WAY),
        ((5, 2.0, 140, 135, 2), DRIFTING),
        ((15, 2.0, 140, math.nan, 0), UNDER_WAY),
        ((5, 12.0, 40, 40, 5), UNDER_WAY),
    ],
)
def test_a_ship_is_what_it_does_and_then_what_it_says(leg, state):
    assert states(sail(leg))[-1] == state


def test_a_ship_that_nothing_is_known_of_has_no_state():
    assert states(sail((1, 0.0, 0, 300, 0)))[-1] == UNKNOWN


def test_a_moment_of_speed_does_not_unmoor_a_ship():
    found = states(sail((20, 0.0, 0, 300, 5), (0.5, 4.0, 40, 40, 5), (5, 0.0, 0, 300, 5)))
    assert set(found[6:]) == {MOORED}


def test_a_ship_that_leaves_its_berth_is_under_way_within_two_minutes_and_since_it_left():
    rows = sail((20, 0.0, 0, 300, 5), (10, 8.0, 40, 40, 5))
    table = TrackTable(TracksConfig())
    table.apply_positions(rows.take(slice(20 * 6 + 12)))
    assert table.motion["state"][0] == UNDER_WAY
    assert 0 <= table.motion["since_ms"][0] - (T0_MS + 20 * 60_000) <= 30_000


@pytest.mark.shared
def test_the_drift_of_a_danish_recording_is_found(shared):
    from benchmarks._planting import read_log

    rows = read_log(shared / "data/ais/dma_label_drift_538004030.nmea.gz").positions
    found = states(rows.take(~np.isnan(rows.lon)))
    assert DRIFTING in found
    assert found[20] == UNDER_WAY
