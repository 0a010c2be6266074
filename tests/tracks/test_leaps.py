"""What refused fixes are told as: a jump, a new path, another hull, or interference; and each of them once."""

import numpy as np
import pytest

from surveil.config import TracksConfig
from surveil.schema import CLASS_A, Positions
from surveil.tracks.events import CLONE, INTERFERENCE, INTERFERENCE_OVER, JUMP, NEW_PATH
from surveil.tracks.leaps import SHIPS, WINDOW_MS, Leaps
from surveil.tracks.table import TrackTable

T0_MS, TICK_MS, MMSI = 1_773_525_600_000, 10_000, 235_000_000


def fleet(n, minutes, thrown=()):
    """Ships at rest that report every 10 s, 1 km apart; ``thrown`` of (ship, from s, to s, degrees east)."""
    t = np.repeat(np.arange(0, minutes * 60, 10), n)
    ship = np.tile(np.arange(n), minutes * 6)
    lat, lon = 51.0 + 0.009 * ship, np.full(len(t), 1.4)
    for which, from_s, to_s, far in thrown:
        lon[(ship == which) & (t >= from_s) & (t < to_s)] += far
    return Positions.build(
        t_ms=T0_MS + t * 1000 + ship, mmsi=MMSI + ship, lon=lon, lat=lat, sog_kn=np.zeros(len(t)),
        seq=np.arange(len(t)), ais_class=np.full(len(t), CLASS_A),
    )  # fmt: skip


def told(rows, resume_at=None):
    table, leaps, events = TrackTable(TracksConfig()), Leaps(), []
    for t_ms in range(T0_MS + TICK_MS, int(rows.t_ms[-1]) + TICK_MS, TICK_MS):
        now = rows.take((rows.t_ms >= t_ms - TICK_MS) & (rows.t_ms < t_ms))
        events += leaps.tick(t_ms, now, table.apply_positions(now), table)
        if t_ms == resume_at:
            state, leaps = leaps.state(), Leaps()
            leaps.restore(state)
    return events


def kinds(events):
    return [event.kind for event in events]


def test_a_wild_position_is_a_jump_with_its_row_once_it_is_known_to_be_no_more():
    rows = fleet(2, 20, [(0, 300, 310, 0.3)])
    (event,) = told(rows)
    assert (event.kind, event.mmsi, event.t_ms) == (JUMP, MMSI, T0_MS + 300_000)
    assert event.found_ms - event.t_ms > WINDOW_MS
    assert rows.lon[event.facts["line"]] == pytest.approx(1.7)
    assert event.facts["apart_m"] == pytest.approx(21_000, rel=0.01)


def test_many_wild_positions_of_one_ship_are_told_together():
    (event,) = told(fleet(2, 30, [(0, 300, 310, 0.3), (0, 360, 370, -0.4), (0, 480, 490, 0.5)]))
    assert event.facts["fixes"] == 3


def test_a_path_taken_up_elsewhere_is_told_once_and_as_no_jump():
    assert kinds(told(fleet(2, 30, [(0, 300, 1e9, 0.3)]))) == [NEW_PATH]


def test_two_hulls_at_once_are_a_clone():
    rows = fleet(2, 30)
    (event,) = told(rows.replace(mmsi=np.full(len(rows), MMSI), lat=51 + (rows.lat - 51) * 10))
    assert (event.kind, event.mmsi, event.facts["hull"]) == (CLONE, MMSI, 2)
    assert event.sentence.endswith(f"{MMSI}#2")


@pytest.mark.parametrize("resume_at", [None, T0_MS + 310_000, T0_MS + 600_000])
def test_ships_of_an_area_that_jump_together_are_interference_and_nothing_else(resume_at):
    thrown = [(ship, 300, 600, 0.3) for ship in range(SHIPS)]
    events = told(fleet(SHIPS + 1, 40, thrown), resume_at)
    assert kinds(events) == [INTERFERENCE, INTERFERENCE_OVER]
    assert (events[0].mmsi, events[0].facts["ships"]) == (0, SHIPS)
    assert events[0].found_ms <= T0_MS + 320_000


def test_a_few_ships_among_many_that_are_well_are_no_interference():
    thrown = [(ship, 300, 600, 0.3) for ship in range(SHIPS)]
    assert INTERFERENCE not in kinds(told(fleet(3 * SHIPS, 20, thrown)))


def test_clones_that_start_together_are_no_interference():
    one = fleet(SHIPS, 10)
    other = one.replace(t_ms=one.t_ms + 5000, lon=one.lon + 0.5, seq=one.seq + len(one))
    rows = Positions.concat([one, other])
    assert kinds(told(rows.take(np.argsort(rows.t_ms, kind="stable")))) == [CLONE] * SHIPS
