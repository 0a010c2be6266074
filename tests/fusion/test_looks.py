"""Plots cut into turns by time and bearing alone."""

import numpy as np
import pytest

from surveil.areas import load_areas
from surveil.config import SensorConfig
from surveil.fusion.looks import Looks
from surveil.fusion.plane import Plane
from surveil.fusion.sensors import Sensor
from surveil.schema import Plots
from tests.fusion.scene import plots

TURN_MS = 3000
START_MS = 1_773_525_600_000


@pytest.fixture(scope="module")
def areas():
    return load_areas()


def radar(areas, **settings) -> Looks:
    config = SensorConfig(lon=1.343, lat=51.1325, **settings)
    return Looks(Sensor("dover", config, Plane(1.5, 51.0), areas))


def turns(bearings, count, jitter_deg=0.0, turn_ms=TURN_MS, seed=0) -> Plots:
    """Targets at 8 km and more on bearings, once a turn, measured with an error in bearing."""
    rng = np.random.default_rng(seed)
    bearing = np.tile(np.asarray(bearings, float), (count, 1))
    t_ms = START_MS + np.arange(count)[:, None] * turn_ms + bearing / 360 * turn_ms
    order = np.argsort(t_ms.ravel(), kind="stable")
    seen = (bearing + rng.normal(0, jitter_deg, bearing.shape)) % 360
    range_m = np.broadcast_to(8000.0 + 500 * np.arange(bearing.shape[1]), bearing.shape)
    return plots(np.rint(t_ms).astype(np.int64).ravel()[order], range_m.ravel()[order], seen.ravel()[order])


def fed(looks: Looks, rows: Plots, step_ms: int) -> list:
    found, end_ms = [], int(rows.t_ms.max()) + 2 * TURN_MS
    for now_ms in range(START_MS, end_ms + step_ms, step_ms):
        looks.push(rows.take((rows.t_ms >= now_ms - step_ms) & (rows.t_ms < now_ms)))
        found += looks.due(now_ms)
    return found


def test_each_turn_is_one_look(areas):
    found = fed(radar(areas), turns([90, 120, 150, 180], 10), 10_000)
    assert [len(scan.x_m) for scan in found][1:-1] == [4] * (len(found) - 2)


def test_plots_scattered_about_north_stay_in_their_turn(areas):
    looks = radar(areas, own_land_m=40_000.0)
    looks.sensor.areas = Sea()
    looks.sensor.cut_deg = 250.0
    found = fed(looks, turns([0.1, 120, 359.9], 40, jitter_deg=0.4), 10_000)
    assert [len(scan.x_m) for scan in found][1:-1] == [3] * (len(found) - 2)


def test_a_turn_begins_where_land_is_nearest(areas):
    sensor = radar(areas).sensor
    assert sensor.first_land_m[int(sensor.cut_deg * 4)] == sensor.first_land_m.min() < np.inf


def test_a_rotation_that_is_not_quite_as_stated_is_followed(areas):
    found = fed(radar(areas), turns([90, 150, 180], 200, turn_ms=TURN_MS * 1.004), 10_000)
    assert {len(scan.x_m) for scan in found[1:-1]} == {3}


def test_the_step_of_the_engine_changes_nothing(areas):
    rows = turns([90, 120, 150, 180], 20, jitter_deg=0.2)
    one, other = fed(radar(areas), rows, 10_000), fed(radar(areas), rows, 1000)
    assert [s.at_ms for s in one] == [s.at_ms for s in other]
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.x_m, b.x_m)


def test_plots_on_land_are_left_out_and_counted(areas):
    looks = radar(areas)
    looks.push(plots([START_MS], [3000.0], [330.0]))
    assert looks.on_land == 1
    assert not len(looks.waiting)


def test_a_sensor_that_does_not_turn_looks_when_it_has_plots(areas):
    looks = radar(areas, rotation_s=0.0)
    looks.push(plots([START_MS, START_MS, START_MS + 40_000], [8000.0] * 3, [90.0, 150.0, 90.0]))
    assert [len(scan.x_m) for scan in looks.due(START_MS + 60_000)] == [2, 1]


def test_what_hangs_together_is_one_plot_and_what_does_not_is_not(areas):
    looks = radar(areas)
    at = [START_MS + 750] * 4
    looks.push(plots(at, [8000.0, 8040.0, 8400.0, 8550.0], [90.0] * 4, snr_db=[20, 20, 70, 70]))
    (scan,) = looks.due(START_MS + 10_000)
    assert len(scan.x_m) == 2, "two boats 40 m apart, and a ship of 150 m"


class Sea:
    """No land anywhere."""

    def on_land(self, lon, lat):
        return np.zeros(len(lon), bool)


def test_land_hides_what_lies_behind_it(areas):
    sensor = Sensor("dungeness", SensorConfig(lon=0.973, lat=50.9137, max_range_m=60_000), Plane(1.5, 51.0), areas)
    lon, lat = np.array([1.2, 1.45]), np.array([50.95, 51.25])
    seen = sensor.sight(*sensor.plane.xy(lon, lat))
    assert seen.tolist() == [1.0, 0.0], "the bay is seen, the Downs lie behind Dover"


def test_range_sector_and_the_blind_circle_bound_what_is_seen(areas):
    config = SensorConfig(lon=1.5, lat=51.05, min_range_m=500, max_range_m=10_000, from_deg=300, to_deg=60)
    sensor = Sensor("afloat", config, Plane(1.5, 51.05), areas)
    sensor.areas = Sea()
    x_m, y_m = np.array([0.0, 0.0, 0.0, 0.0, 5000.0]), np.array([5000.0, 100.0, 11_000.0, -5000.0, 0.0])
    assert sensor.sight(x_m, y_m).tolist() == [1, 0, 0, 0, 0]
