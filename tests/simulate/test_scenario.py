"""A scenario is believed whole or refused with file, line, key and cause."""

import pytest

from surveil.errors import ConfigError
from surveil.resources import resource
from surveil.simulate.scenario import read_scenario

GOOD = """name = "a night"
start = 2026-05-02T20:00:00Z
hours = 8

[weather]
wind_kn = [[0, 8], [4, 12]]

[[boats]]
beach = "wissant"
launch_h = 2

[[boats]]
sector = "Calais-Sangatte"
launch_h = 3

[[stations]]
name = "SIM-DOVER"
place = [1.343, 51.133]
"""


@pytest.fixture
def read(tmp_path):
    def call(text):
        path = tmp_path / "night.toml"
        path.write_text(text)
        return read_scenario(path)

    return call


def test_what_is_not_said_has_its_default_and_series_hold_until_the_next(read):
    scenario = read(GOOD)
    assert scenario.traffic.lane_ships_per_day == 450 and scenario.boats[1].kind == "inflatable"
    assert [scenario.weather.wind_kn.at(h) for h in (-1, 0, 3.9, 4, 9)] == [8, 8, 8, 12, 12]
    assert scenario.end_ms - scenario.start_ms == 8 * 3_600_000


@pytest.mark.parametrize(
    ("was", "now", "line", "cause"),
    [
        ('beach = "wissant"', "place = [1.9, 50.7]", 9, r"place: \(1.9, 50.7\) is \d+ m inland"),
        ('beach = "wissant"', 'beach = "wisant"', 9, "unknown beach 'wisant'; did you mean 'wissant'"),
        ('beach = "wissant"', "place = [4.0, 52.0]", 9, "lies outside the area"),
        ('beach = "wissant"', "", 8, "one of beach, sector and place"),
        ("launch_h = 2\n", "", 8, "launch_h: is missing"),
        ("launch_h = 2\n", "launch_h = 9\n", 10, "after the end"),
        ("launch_h = 2\n", "launch_h = 2\nheading_spread_deg = -3\n", 11, "-3.0 is outside 0 to 60 deg"),
        ("launch_h = 2\n", 'launch_h = 2\nkind = "dingy"\n', 11, "unknown kind 'dingy'"),
        ("launch_h = 3", 'launch_h = "late"', 14, r"\[\[boats\]\] 2 launch_h: must be a number"),
        ("[1.343, 51.133]", "[1.343, 57.133]", 18, "place: .* lies outside the area"),
        ("[1.343, 51.133]", "[1.343]", 18, "longitude, latitude"),
        ('"SIM-DOVER"', '"DOVER"', 17, "must begin with SIM"),
        ("hours = 8", "", None, "hours: is missing"),
        ("start = 2026-05-02T20:00:00Z", 'start = "tonight"', None, "must be a date and time"),
        ("[weather]", "[wether]", None, "unknown key 'wether'; did you mean 'weather'"),
        ("wind_kn =", "wind =", 6, "unknown key 'wind'"),
        ("[[0, 8], [4, 12]]", "[[4, 8], [0, 12]]", 6, "in order of time"),
        ("[[0, 8], [4, 12]]", "nan", 6, "must be a number"),
        ("[[boats]]", "[boats]", None, "must be a list|valid TOML"),
        ("[[stations]]", '[[faults.jamming]]\nplace = [1.7, 51.0]\nradius_nm = 5\nfrom_h = 3\nto_h = 3\n\n[[stations]]',
         20, "to_h: is not after from_h"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place_and_cause(read, was, now, line, cause):
    assert was in GOOD
    with pytest.raises(ConfigError, match=cause) as refused:
        read(GOOD.replace(was, now, 1))
    assert refused.value.source.endswith("night.toml")
    assert line is None or refused.value.line == line


def test_two_stations_of_one_name_are_refused(read):
    with pytest.raises(ConfigError, match="'SIM-DOVER' is used twice"):
        read(GOOD + GOOD[GOOD.index("[[stations]]") :])


def test_a_seed_given_replaces_the_files(read, tmp_path):
    assert read(GOOD).seed == 1
    assert read_scenario(tmp_path / "night.toml", seed=7).seed == 7


def test_the_exam_has_ten_nights_of_different_seeds():
    pytest.importorskip("surveil.simulate.sensors")
    nights = [read_scenario(path) for path in sorted((resource("configs") / "scenarios" / "exam").glob("*.toml"))]
    assert len(nights) == 10 == len({night.seed for night in nights})
    assert {bool(night.sensors) for night in nights} == {True, False}
    assert {max(night.weather.sea_state.values) for night in nights} >= {1, 2, 3, 4}


def test_a_sensor_outside_the_area_is_refused(read):
    pytest.importorskip("surveil.simulate.sensors")
    with pytest.raises(ConfigError, match=r"\[\[sensors\]\] 1 place: .* lies outside the area"):
        read(GOOD + '[[sensors]]\nkind = "coastal_radar"\nname = "far"\nplace = [9.0, 55.0]\n')
