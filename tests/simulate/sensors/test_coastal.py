"""A coastal radar sees what its formulas say, where the land lets it, with the errors it is given."""

import numpy as np
import pytest

from surveil.errors import ConfigError
from surveil.simulate.sensors import CLUTTER, EXAMPLE_SITES, read, sense
from surveil.simulate.sensors.clutter import texture_pfa
from surveil.simulate.settings import Where
from surveil.simulate.waters import waters
from tests.simulate.sensors.scenes import START_MS, boat, objects, weather

WHERE = Where("night.toml", "sensors", 1, "[[sensors]]\nkind = 'coastal_radar'\n")


def radar(**settings):
    return read({"kind": "coastal_radar", "site": "dover"} | settings, WHERE)


def seen(sensor, *boats, sea_state=1.0, seed=1, hours=1.0):
    return sense(sensor, objects(*boats), weather(sea_state, hours), np.random.default_rng(seed))


@pytest.mark.parametrize("sea_state", [0.0, 3.0, 5.0])
@pytest.mark.parametrize("lat", [51.05, 51.0])
def test_a_boat_is_detected_as_often_as_the_formula_says(sea_state, lat):
    sensor = radar(rotation_s=2.0)
    found = seen(sensor, boat(1, 1.45, lat), sea_state=sea_state)
    range_m, bearing = sensor.polar(np.array([1.45]), np.array([lat]))
    assert sensor.sees(range_m, bearing).all()
    pd = float(sensor.detection(range_m, 1.4, 1.0, sea_state)[0][0])
    looks = found.opportunities[0]
    assert looks == pytest.approx(1800, abs=1)
    assert found.detections[0] / looks == pytest.approx(pd, abs=4 * np.sqrt(0.25 / looks))


def test_detection_falls_with_range_sea_and_rain_and_grows_with_the_echo():
    sensor, range_m = radar(), np.array([5e3, 12e3, 18e3, 24e3])
    calm = sensor.detection(range_m, 1.4, 1.0, 0.0)[0]
    assert (np.diff(calm) <= 0).all()
    assert calm[-1] < 0.1 < 0.9 < calm[0]
    assert (sensor.detection(range_m, 1.4, 1.0, 4.0)[0] <= calm + 1e-9).all()
    assert (sensor.detection(range_m, 1.4, 1.0, 0.0, 10.0)[0] <= calm + 1e-9).all()
    assert (sensor.detection(range_m, 14.0, 1.0, 4.0)[0] >= sensor.detection(range_m, 1.4, 1.0, 4.0)[0]).all()


def test_signal_to_noise_is_that_of_the_radar_equation_in_decibels():
    """By hand: 44.0 dBW + 2 x 35.0 dB + 20 log 0.03186 m - 33.0 dB ((4 pi)^3) - 4 x 40 dB (10 km) - (-204.0 dBW/Hz
    + 71.0 dB (12.5 MHz) + 4.0 dB) - 8.0 dB."""
    snr_db = 10 * np.log10(float(radar().snr_per_m2(10_000.0)))
    assert snr_db == pytest.approx(43.98 + 70 - 29.94 - 32.98 - 160 - (-203.98 + 70.97 + 4) - 8, abs=0.05)


def test_a_ten_metre_craft_is_seen_at_the_range_that_the_imo_asks_of_a_ships_radar():
    """MSC.192(79): an antenna at 15 m first detects a 10 m vessel at 3.4 nm in 8 of 10 scans with Pfa 1e-4, no clutter.
    The resolution gives no cross-section; 2.5 m2 is assumed, as of a small vessel without a reflector."""
    sensor = radar(antenna_m=15.0, pfa=1e-4)
    assert sensor.detection(np.array([3.4 * 1852]), 2.5, 2.0)[0] > 0.8


def test_errors_and_biases_are_those_asked_for():
    sensor = radar(range_bias_m=120.0, bearing_bias_deg=1.5, clock_bias_s=3.0)
    found = seen(sensor, boat(1, 1.45, 51.05))
    own = found.plots.take(found.object == 1)
    range_m, bearing = sensor.polar(np.array([1.45]), np.array([51.05]))
    assert np.mean(own.range_m - range_m) == pytest.approx(120, abs=3)
    assert np.std(own.range_m) == pytest.approx(sensor.range_error_m, rel=0.15)
    assert np.mean(own.bearing_deg - bearing) == pytest.approx(1.5, abs=0.03)
    turn_ms = 1000 * sensor.rotation_s
    phase = (own.t_ms - 3000 - turn_ms * bearing / 360 - START_MS) % turn_ms
    assert np.ptp(phase) <= 2  # once a turn, when the beam comes by
    assert found.first_ms[0] < START_MS + 2 * turn_ms


def test_a_plot_carries_the_time_at_which_the_beam_passed():
    found = seen(radar(), boat(1, 1.45, 51.05, east_kn=20.0))
    own = found.plots.take(found.object == 1)
    assert (np.diff(found.plots.t_ms) >= 0).all()
    assert np.array_equal(found.plots.seq, np.arange(1, len(found.plots) + 1))
    assert np.diff(own.t_ms).min() > 2900


def test_nothing_is_seen_behind_land_beyond_the_horizon_or_out_of_range():
    inland, far, france = boat(1, 1.1, 51.3), boat(2, 2.2, 51.3), boat(3, 1.45, 50.6)
    assert not seen(radar(), inland, far, france).opportunities.any()
    low = seen(radar(antenna_m=5.0), boat(1, 1.55, 51.0))
    assert low.opportunities[0] == 0


@pytest.mark.parametrize("site", EXAMPLE_SITES)
def test_land_in_the_way_is_the_coastline_of_the_geodata(site):
    sensor = radar(site=site)
    sample = np.random.default_rng(1).integers(0, len(sensor.land_m), 40)
    ranges = np.arange(sensor.own_land_m, sensor.max_range_m, 100.0)
    for ray in sample.tolist():
        land = waters().on_land(*sensor.lonlat(ranges, np.full(len(ranges), ray * 360 / len(sensor.land_m))))
        assert not land[ranges < sensor.land_m[ray] - 100].any()
        if sensor.own_land_m < sensor.land_m[ray] < sensor.max_range_m:
            shore = sensor.lonlat(sensor.land_m[[ray]], np.array([ray * 360 / len(sensor.land_m)]))
            assert waters().coast_m(*shore)[0] < 100


def test_clutter_grows_with_the_sea_and_comes_in_patches():
    false = [seen(radar(), sea_state=s, hours=0.2) for s in (0.0, 2.0, 5.0)]
    counts = [len(f.plots) for f in false]
    assert counts[0] < counts[1] < counts[2]
    assert (false[2].object == CLUTTER).all()
    cells = (false[2].plots.t_ms // 30_000, false[2].plots.range_m // 500, false[2].plots.bearing_deg // 4)
    near = false[2].plots.range_m < 3000
    keys = np.stack([c[near].astype(int) for c in cells])
    per_patch = np.unique(keys, axis=1, return_counts=True)[1]
    assert per_patch.var() > 3 * per_patch.mean()  # a Poisson count has variance and mean alike


def test_false_alarms_in_noise_have_the_probability_asked_for():
    assert texture_pfa(1e-6, 0.0, np.array([0.1, 1.0, 9.0])) == pytest.approx(1e-6)
    assert texture_pfa(1e-6, 100.0, np.array([2.0])) > 1e-4


def test_no_clutter_lies_on_land():
    found = seen(radar(site="dungeness"), sea_state=4.0, hours=0.05)
    lon, lat = radar(site="dungeness").lonlat(found.plots.range_m, found.plots.bearing_deg)
    assert waters().on_land(lon, lat).mean() < 0.05


def test_a_big_ship_gives_several_plots_along_her_length():
    found = seen(radar(), boat(1, 1.5, 51.02, np.nan, 300.0, 40.0, heading_deg=90.0))
    own = found.plots.take(found.object == 1)
    assert len(own) > 1.5 * found.detections[0]
    lon, _ = radar().lonlat(own.range_m, own.bearing_deg)
    east_m = (lon - 1.5) * 111_195 * np.cos(np.radians(51.02))
    assert 40 < east_m.std() < 150


def test_two_big_ships_near_each_other_give_ghosts_on_the_bearing_of_one():
    pair = [boat(i, 1.5, lat, np.nan, 250.0, 40.0) for i, lat in ((1, 51.02), (2, 51.0))]
    found = seen(radar(ghost_pd=0.5, pfa=1e-9), *pair, sea_state=0.0)
    beyond_the_clutter = found.plots.range_m > 10_000
    assert (found.object[beyond_the_clutter] == CLUTTER).sum() == pytest.approx(2 * 0.5 * 1200, rel=0.15)


def test_nothing_is_told_after_the_end_or_while_the_radar_is_off():
    found = seen(radar(off_from_h=0.2, off_to_h=0.3), boat(1, 1.45, 51.05), hours=0.5)
    hours = (found.plots.t_ms - START_MS) / 3_600_000
    assert 0 <= hours.min() < 0.01 and 0.49 < hours.max() <= 0.5
    assert not ((hours > 0.202) & (hours < 0.3)).any()
    assert found.opportunities[0] == pytest.approx(0.4 * 1200, abs=3)


def test_the_same_seed_gives_the_same_plots():
    one, two, other = (seen(radar(), boat(1, 1.45, 51.05), seed=s, hours=0.1) for s in (3, 3, 4))
    assert one.plots.t_ms.tobytes() == two.plots.t_ms.tobytes()
    assert one.plots.range_m.tobytes() == two.plots.range_m.tobytes()
    assert one.plots.range_m.tobytes() != other.plots.range_m.tobytes()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"kind": "sonar"}, "unknown kind of sensor 'sonar'"),
        ({"kind": "coastal_radar", "name": "x"}, "place: is missing"),
        ({"kind": "coastal_radar", "site": "dovre"}, "did you mean 'dover'"),
        ({"kind": "coastal_radar", "site": "dover", "rotation_s": -1}, "outside 0.5 to 60 s"),
        ({"kind": "coastal_radar", "site": "dover", "format": "cat240"}, "unknown format"),
        ({"kind": "coastal_radar", "site": "dover", "name": "../dover"}, "letters, digits, space"),
        ("radar", "must be a section"),
    ],
)
def test_an_impossible_sensor_is_refused_with_its_key(table, said):
    with pytest.raises(ConfigError, match=r"night\.toml") as trouble:
        read(table, WHERE)
    assert said in str(trouble.value)
