"""Satellites, cameras, patrols and telephones: what they see, how well, and what they make of it."""

from datetime import UTC, datetime

import numpy as np
import pytest

from surveil.simulate.sensors import CLUTTER, read, sense
from surveil.simulate.sensors.lookouts import johnson
from surveil.simulate.settings import Where
from surveil.simulate.waters import waters
from tests.simulate.sensors.scenes import START_MS, boat, objects, weather

WHERE = Where("night.toml", "sensors", 1)
NOON = datetime.fromtimestamp(START_MS / 1000 + 1800, UTC)


def look(table, *boats, seed=1, **more):
    return sense(read({"name": "it"} | table, WHERE), objects(*boats), weather(**more), np.random.default_rng(seed))


def scene(**settings):
    return {"kind": "satellite", "t_ms": NOON, "area": [1.0, 50.7, 2.0, 51.3]} | settings


def test_a_satellite_finds_long_ships_and_misses_most_small_boats():
    sensor = read({"name": "s"} | scene(), WHERE)
    assert sensor.detection(60.0) > 0.8
    assert sensor.detection(np.array([8.0, 20.0, 30.0, 45.0])).mean() == pytest.approx(0.4, abs=0.1)
    fleet = [boat(i, 1.3 + i / 1000, 51.0, np.nan, 200.0 if i % 2 else 8.0, 10.0) for i in range(200)]
    found = look(scene(false_per_1000_km2=0.0), *fleet)
    assert (found.opportunities == 1).all()
    assert found.detections[1::2].sum() > 90
    assert found.detections[::2].sum() < 25


def test_a_satellite_sees_one_instant_within_its_box_only():
    found = look(
        scene(best_pd=1.0, false_per_1000_km2=0.0), boat(1, 1.5, 51.0, 1.4, 300.0), boat(2, 2.3, 51.0, 1.4, 300.0)
    )
    assert found.object.tolist() == [1]
    assert found.plots.t_ms.tolist() == [START_MS + 1_800_000]
    assert len(look(scene(t_ms=datetime.fromtimestamp(START_MS / 1000 - 60, UTC)), boat(1, 1.5, 51.0)).plots) == 0


def test_false_detections_are_as_many_as_asked_for_and_at_sea():
    found = look(scene(false_per_1000_km2=100.0))
    west, south, east, north = 1.0, 50.7, 2.0, 51.3
    lon, lat = np.meshgrid(np.linspace(west, east, 60), np.linspace(south, north, 60))
    sea = 1 - waters().on_land(lon.ravel(), lat.ravel()).mean()
    km2 = sea * (east - west) * np.cos(np.radians(51.0)) * (north - south) * 111.195**2
    assert (found.object == CLUTTER).sum() == pytest.approx(km2 / 10, rel=0.2)


def test_a_ship_that_moves_is_seen_beside_her_place_where_nobody_put_that_right():
    """112 s of slant range over speed, and 10 kn straight away from the satellite: 576 m."""
    east = boat(1, 1.5, 51.0, np.nan, 300.0, 40.0, east_kn=10.0)
    settings = {"best_pd": 1.0, "false_per_1000_km2": 0.0, "position_error_m": 0.0, "path_deg": 0.0}
    still, moved = (look(scene(shift_s=s, **settings), east).plots for s in (0.0, 112.0))
    assert (moved.lat[0] - still.lat[0]) * 111_195 == pytest.approx(-112 * 10 * 1852 / 3600, rel=0.01)


CAMERA = {"kind": "camera", "place": [1.343, 51.1325], "false_per_h": 0.0, "every_s": 10.0}


def test_a_camera_sees_less_in_haze_and_nothing_outside_its_sector():
    near = boat(1, 1.40, 51.10)
    counts = [look(CAMERA, near, visibility_m=v).detections[0] for v in (30_000.0, 6000.0, 3000.0)]
    assert counts[0] > counts[1] > counts[2] == 0
    assert look(CAMERA | {"from_deg": 180.0, "to_deg": 300.0}, near).opportunities[0] == 0
    assert look(CAMERA | {"from_deg": 90.0, "to_deg": 200.0}, near).opportunities[0] > 0


def test_a_camera_confuses_what_is_far_and_not_what_is_near():
    near, far = (look(CAMERA, boat(1, lon, lat)).plots for lon, lat in ((1.36, 51.12), (1.42, 51.07)))
    right = [np.mean(p.label == b"small boat") for p in (near, far)]
    assert right[0] > 0.95 > 0.8 > right[1]
    assert near.probability.mean() > far.probability.mean()


def test_half_of_the_observers_succeed_at_the_number_of_cycles_of_johnson():
    assert johnson(np.array([4.0]), 4.0) == pytest.approx(0.5)
    assert (np.diff(johnson(np.linspace(0.1, 40, 50), 4.0)) >= 0).all()


def test_a_patrol_reports_small_craft_near_it_late_and_about():
    table = {"kind": "patrol", "place": [1.45, 51.05], "every_s": 60.0}
    found = look(table, boat(1, 1.46, 51.05), boat(2, 1.46, 51.05, np.nan, 120.0, 20.0), boat(3, 1.7, 51.05))
    assert set(found.object.tolist()) == {1}
    assert found.plots.sigma_m[0] == pytest.approx(50 + 400 * 701 / 10_000, rel=0.02)
    off = np.abs(found.plots.lon - 1.46).mean() * 111_195 * np.cos(np.radians(51.05))
    assert 20 < off < 300
    assert found.plots.t_ms.mean() - START_MS > 1_800_000


def test_a_call_is_logged_where_the_caller_says_and_called_again_while_the_boat_is_there():
    called_ms = START_MS + 600_000
    own = boat(7, 1.45, 51.05)
    caller = type(own)(**{**vars(own), "calls": ((called_ms, 1.44, 51.04),)})
    found = look({"kind": "telephone", "again": 5.0}, caller, boat(8, 1.5, 51.0))
    assert set(found.object.tolist()) == {7}
    assert found.opportunities.tolist() == [len(found.plots), 0]
    assert (found.plots.t_ms >= called_ms).all()
    assert (1.44, 51.04) in list(zip(found.plots.lon.tolist(), found.plots.lat.tolist(), strict=True))
    assert found.first_ms[0] == called_ms
