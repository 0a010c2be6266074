"""What rules see at a tick: targets not expired, where they are, and what is known of them."""

import numpy as np
import pytest

from surveil.config import TracksConfig
from surveil.kernels.tracks import RING
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, T0_MS, run, sized
from surveil.schema import CLASS_B, CLASS_BASE, CLASS_DEVICE
from surveil.tracks.table import SMALL_YES, TrackTable
from surveil.tracks.view import Surroundings, make_view

A = 235_123_456
FAR = (-30.0, 40.0)


@pytest.fixture
def table():
    return TrackTable(TracksConfig(expire_s=600))


@pytest.fixture
def look(table, areas):
    """The view of the table so many seconds after the start."""
    surroundings = Surroundings(areas)
    return lambda at_s: make_view(T0_MS + at_s * 1000, table, surroundings)


def test_a_target_is_placed_among_areas_ports_and_coast(table, look):
    table.apply_positions(run(A, IN_SW_LANE, 0.0, 0.0, 30))
    view = look(60)
    lane = view.areas.features[view.lane[0]]
    assert lane.kind == "lane"
    assert "SW" in lane.name
    assert view.lane_flow_deg[0] == pytest.approx(SW_FLOW_DEG, abs=5)
    assert 0 < view.coast_m[0] < view.port_m[0] + 5000 < 40_000
    assert view.age_s.tolist() == [60.0]


def test_outside_the_geodata_nothing_is_claimed_of_ports(table, look):
    table.apply_positions(run(A, FAR, 0.0, 0.0, 30))
    view = look(60)
    assert np.isnan(view.port_m[0])
    assert not view.inside[0].any()
    assert view.lane[0] == -1


def test_a_target_that_moves_is_placed_anew_and_one_that_does_not_stays(table, look):
    table.apply_positions(run(A, IN_SW_LANE, 0.0, 0.0, 30))
    first = look(30)
    assert first.inside[0].any()
    table.apply_positions(run(A, (1.4268, 51.0400), 0.0, 0.0, 30, start_s=300))
    second = look(360)
    assert second.port_m[0] != first.port_m[0]
    assert second.port_m[0] == look(370).port_m[0]


def test_an_expired_target_is_out_of_the_picture_and_returns_to_its_row(table, look):
    table.apply_positions(run(A, IN_SW_LANE, 0.0, 0.0, 30))
    table.apply_positions(run(A + 1, IN_SW_LANE, 0.0, 0.0, 30, start_s=500))
    assert look(550).mmsi.tolist() == [A, A + 1]
    assert look(700).mmsi.tolist() == [A + 1]
    assert look(700).slots.tolist() == [1]


def test_stations_ashore_and_devices_are_no_craft(table, look):
    for i, ais_class in enumerate((CLASS_B, CLASS_BASE, CLASS_DEVICE)):
        table.apply_positions(run(A + i, IN_SW_LANE, 0.0, 0.0, 30, ais_class=ais_class))
    assert look(30).craft.tolist() == [True, False, False]


def test_a_target_known_by_its_statics_alone_is_not_in_the_picture(table, look):
    table.apply_statics(sized(A, 8))
    assert len(look(30)) == 0


def test_a_target_is_called_by_kind_name_and_number(table, look):
    table.apply_positions(run(A, IN_SW_LANE, 0.0, 0.0, 30))
    assert look(30).title(0) == f"Craft {A}"
    table.apply_statics(sized(A, 8).replace(name=np.array([b"SIM A"], "S34")))
    view = look(40)
    assert view.title(0) == f"Small craft SIM A ({A})"
    assert view.small[0] == SMALL_YES
    assert "under 20 m" in view.ground(0)


def test_the_history_is_the_last_of_the_path_oldest_first(table, look):
    table.apply_positions(run(A, IN_SW_LANE, 227.0, 6.0, (RING + 20) * 30))
    history = look((RING + 20) * 30).history(0)
    assert len(history["t_ms"]) == RING
    assert (np.diff(history["t_ms"]) == 30_000).all()
    assert history["t_ms"][-1] == T0_MS + (RING + 19) * 30_000


def test_restoring_the_table_places_every_target_anew(table, look, areas):
    table.apply_positions(run(A, IN_SW_LANE, 0.0, 0.0, 30))
    view = look(30)
    other = TrackTable(TracksConfig(expire_s=600))
    other.restore(table.state())
    again = make_view(T0_MS + 30_000, other, Surroundings(areas))
    for name in ("inside", "port", "port_m", "coast_m"):
        assert np.array_equal(getattr(again, name), getattr(view, name)), name
