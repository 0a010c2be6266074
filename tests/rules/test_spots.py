"""What rules about several targets, and about a ferry's own route, remember: how it is joined, kept and forgotten."""

from itertools import pairwise

import numpy as np
import pytest

from surveil.config import Config
from surveil.contract import between, run_example
from surveil.engine import Engine, Hooks
from surveil.kernels.geodesy import distance_m
from surveil.registry import rule_classes
from surveil.rules.examples import IN_SW_LANE, off
from surveil.rules.ferry_off_route import cells_of, within
from surveil.rules.spots import clusters, spread_m
from surveil.schema import Batch

RULES = rule_classes()
NAMES = ("avoided_water", "ferry_off_route", "rescue_gathering")


def restarted(name, example, areas) -> list[str]:
    """Alerts of an example whose engine is thrown away every ten minutes and made anew from its checkpoint."""
    rules = {other: {"enabled": False} for other in RULES if other != name} | {name: example.params or {}}
    seen = []

    def engine() -> Engine:
        return Engine(Config(rules=rules), areas, hooks=Hooks(alert=seen.append))

    now = engine()
    if example.statics is not None:
        now.push(Batch.build(statics=example.statics))
    times = np.unique(example.positions.t_ms // 600_000) * 600_000
    for first, end in pairwise([*times.tolist(), None]):
        now.push(Batch.build(positions=between(example.positions, first, end)))
        state, now = now.state(), engine()
        now.restore(state)
    now.close()
    return [alert.to_json() for alert in seen]


@pytest.mark.parametrize("name", NAMES)
def test_a_restart_from_a_checkpoint_changes_no_alert(name, areas):
    example = next(example for example in RULES[name].examples() if example.fires)
    assert restarted(name, example, areas) == [alert.to_json() for alert in run_example(name, example, areas)]


def test_places_join_the_nearest_group_within_reach_in_their_order():
    here, near, far = IN_SW_LANE, off(IN_SW_LANE, 90.0, 900), off(IN_SW_LANE, 90.0, 3000)
    lon, lat = np.array([here, far, near]).T
    assert clusters(lon, lat, 1000.0) == [[0, 2], [1]]
    assert clusters(lon, lat, 800.0) == [[0], [1], [2]]
    assert clusters(lon[:0], lat[:0], 1000.0) == []


def test_the_spread_of_places_is_from_their_middle():
    lon, lat = np.array([IN_SW_LANE, off(IN_SW_LANE, 90.0, 1000)]).T
    assert spread_m(lon, lat) == pytest.approx(500, abs=1)


def test_a_route_covers_what_lies_within_its_distance_to_half_a_cell():
    way = [IN_SW_LANE, off(IN_SW_LANE, 227.0, 20_000)]
    cells = within(*np.array(way).T, 5000.0)
    for along_m in range(0, 20_000, 2500):
        at = off(IN_SW_LANE, 227.0, along_m)
        for side_deg in (137.0, 317.0):
            inside, outside = off(at, side_deg, 3800), off(at, side_deg, 6500)
            assert cells_of(*np.array([inside]).T)[0] in cells
            assert cells_of(*np.array([outside]).T)[0] not in cells


def test_a_place_without_position_is_in_no_cell():
    assert cells_of(np.array([np.nan, 0.0]), np.array([np.nan, 0.0])).tolist() == [-1, 90 * 60 * 360 * 60 + 180 * 60]


def test_an_alert_about_several_is_where_they_are_and_names_them(areas):
    example = next(example for example in RULES["rescue_gathering"].examples() if example.fires)
    alert = run_example("rescue_gathering", example, areas)[0]
    assert distance_m(alert.lon, alert.lat, *IN_SW_LANE) < 200
    assert "235000001" in alert.sentence
    assert "235000002" in alert.sentence


def test_the_water_that_two_ships_went_round_is_where_they_would_have_been_abreast_of_it(areas):
    example = next(example for example in RULES["avoided_water"].examples() if example.fires)
    alert = run_example("avoided_water", example, areas)[0]
    # they turn 1.4 nm before the place and are back 0.4 nm short of it, on a course 30 degrees off
    assert distance_m(alert.lon, alert.lat, *off(IN_SW_LANE, 47.0, 0.9 * 1852)) < 700
