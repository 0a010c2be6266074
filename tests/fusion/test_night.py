"""A simulated night with a satellite's scene and no radar, from its files to the alert and its score."""

import numpy as np
import pytest

from surveil.config import load_config, parse_settings
from surveil.evaluate.evaluation import evaluate
from surveil.run import Replay, alerts_of
from surveil.simulate.produce import simulate
from surveil.simulate.scenario import read_scenario

NIGHT = """
name = "a scene"
start = 2026-05-02T20:00:00Z
hours = 0.75
seed = 5
[traffic]
lane_ships_per_day = 200
coasters_per_day = 0
ferries = 1
fishing_groups = 0
yachts = 0
wind_farm_boats = 0
pilot_boats = 0
anchored = 2
moored = 0
rescue_craft = 0
patrols = 0
[[boats]]
place = [1.5, 51.0]
launch_h = 0.05
[[stations]]
name = "SIM-DOVER"
place = [1.343, 51.133]
height_m = 120
[[sensors]]
kind = "satellite"
name = "scene"
t_ms = 2026-05-02T20:27:00Z
area = [1.0, 50.7, 2.0, 51.3]
half_length_m = 1.0
length_spread_m = 0.5
best_pd = 1.0
false_per_1000_km2 = 0.0
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    scenario, night, out = folder / "scene.toml", folder / "night", folder / "out"
    scenario.write_text(NIGHT)
    simulate(read_scenario(scenario), night)
    # the satellite itself says that the boat is a vessel with 0.58
    config = load_config(None, parse_settings(["rules.dark_craft.min_p_dark=0.4"]))
    summary = Replay([night], out, config).run()
    alerts = [a for a in alerts_of(out) if a.rule == "dark_craft"]
    return summary, alerts, evaluate(out, night, tracks=False).night


def test_the_boat_that_only_the_satellite_saw_is_found_and_nothing_else_is_called_dark(told):
    _, alerts, night = told
    (boat,) = night.boats
    right = [a for a in night.alerts if a.rule == "dark_craft" and a.object == boat.object]
    assert len(alerts) == len(right) == 1
    assert boat.rule == "dark_craft" and boat.away_m < 500


def test_the_alert_says_that_it_stands_on_one_look_and_leads_to_its_row(told):
    summary, (alert, *_), _ = told
    assert "one satellite look" in alert.sentence
    assert summary["sensors"]["scene"]["looks"] == 1
    assert alert.evidence.inputs and np.isfinite([alert.lon, alert.lat]).all()
