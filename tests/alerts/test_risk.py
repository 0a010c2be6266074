"""Risk to life is made of parts that are shown; who can be there is found by time, not distance."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from surveil.alert import Alert, RiskPart
from surveil.alerts.risk import (
    CRAFT,
    HIT_M,
    PLACE_M,
    WANDER_MS,
    chance_of_hit,
    combined,
    sun_altitude_deg,
    way_made,
)
from surveil.config import ConditionsConfig, Config
from surveil.contract import between
from surveil.engine import Engine, Hooks
from surveil.kernels.geodesy import destination_deg
from surveil.kernels.motion_state import DRIFTING, MOORED, UNDER_WAY
from surveil.kernels.tracks import KN
from surveil.registry import rule_classes
from surveil.rules.examples import IN_SW_LANE, T0_MS, run, seen_by_radar, sized, together
from surveil.schema import CLASS_B, CLASS_SAR_AIRCRAFT, Batch, Positions


def utc_ms(*when):
    return int(dt.datetime(*when, tzinfo=dt.UTC).timestamp() * 1000)


def raised(areas, rule, conditions=None, **batch):
    """The first alert of one rule."""
    seen, sensors = [], batch.pop("sensors", {})
    rules = {name: {"enabled": False} for name in rule_classes() if name != rule}
    config = Config(rules=rules, sensors=sensors, conditions=conditions or ConditionsConfig())
    engine = Engine(config, areas, hooks=Hooks(alert=seen.append))
    if "statics" in batch:
        engine.push(Batch.build(statics=batch.pop("statics")))
    for t_ms in range(T0_MS, T0_MS + 1500_000, 10_000):  # as feeds come, in turn: none is late
        engine.push(Batch.build(**{kind: between(rows, t_ms, t_ms + 10_000) for kind, rows in batch.items()}))
    engine.close()
    return seen[0]


def dark_boat(areas, *others, conditions=None, statics=None):
    boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 600)
    rows = together(*others) if others else Positions.empty()
    extra = {} if statics is None else {"statics": statics}
    return raised(areas, "dark_craft", conditions, **boat | {"positions": rows} | extra)


def part(alert, what):
    return next(p for p in alert.evidence.risk if p.what == what)


def test_the_risk_of_an_alert_is_what_its_parts_make_of_the_rules_own(areas):
    alert = dark_boat(areas)
    own = part(alert, "what the rule sees").value
    assert alert.risk_to_life == round(combined(own, alert.evidence.risk), 3)
    assert alert.risk_to_life > own
    assert all(p.source for p in alert.evidence.risk)


@pytest.mark.parametrize(
    ("what", "conditions"),
    [("sea state", ConditionsConfig(sea_state=5)), ("water temperature", ConditionsConfig(water_c=7.0))],
)
def test_sea_and_cold_count_where_they_are_given_and_for_nothing_where_not(areas, what, conditions):
    plain, worse = dark_boat(areas), dark_boat(areas, conditions=conditions)
    assert part(plain, what).value == "not given"
    assert part(plain, what).factor == 1
    assert part(worse, what).factor > 1
    assert worse.risk_to_life > plain.risk_to_life


def test_a_ship_that_will_run_a_boat_down_raises_its_risk(areas):
    meet = destination_deg(*IN_SW_LANE, 317.0, 4.0 * KN * 1200)
    ship = run(235_000_009, destination_deg(*meet, 47.0, 15.0 * KN * 1200), 227.0, 15.0, 600)
    alert, alone = dark_boat(areas, ship, statics=sized(235_000_009, 200.0)), dark_boat(areas)
    assert part(alone, "ship that will pass close").value == "none"
    assert "235000009" in part(alert, "ship that will pass close").value
    assert alert.risk_to_life > alone.risk_to_life


def test_a_pass_that_is_sure_counts_for_more_than_one_far_ahead_and_a_wide_one_for_nothing():
    sure, soon, far = (chance_of_hit(20.0, seconds) for seconds in (30.0, 300.0, 1500.0))
    assert sure > 0.95
    assert 0.5 < soon < 0.8
    assert 0.05 < far < 0.2
    assert chance_of_hit(400.0, 120.0) < 1e-3
    # the normal distribution's table: within one standard error of nought lie 68.27 %
    assert chance_of_hit(0.0, (HIT_M**2 - PLACE_M**2) ** 0.5 / WANDER_MS) == pytest.approx(0.6827, abs=1e-4)


@pytest.mark.parametrize(
    ("speed_kn", "motion", "area", "factor"),
    [(8.0, UNDER_WAY, 0, 1), (4.0, UNDER_WAY, 0, 1), (2.0, UNDER_WAY, 0, 2), (1.0, UNDER_WAY, 0, 4),
     (0.5, UNDER_WAY, 0, 4), (1.0, UNDER_WAY, -1, 1), (3.5, DRIFTING, -1, 4), (0.1, MOORED, 0, 1)],
)  # fmt: skip
def test_the_slower_a_boat_gets_on_in_the_water_of_ships_the_longer_it_is_in_their_way(speed_kn, motion, area, factor):
    t_ms = T0_MS + 60_000 * np.arange(31)
    path = {"t_ms": t_ms, "lon": np.full(31, 1.4), "lat": 51.0 + np.arange(31) * speed_kn / 3600}
    view = SimpleNamespace(
        t_ms=int(t_ms[-1]), motion=np.array([motion]), sog_kn=np.array([12.0]), history=lambda row: path,
        area_of=lambda *kinds: np.array([area]),
    )  # fmt: skip
    assert way_made(view, 0).factor == pytest.approx(factor, rel=0.01)


def test_who_is_there_first_comes_first_though_another_is_nearer(areas):
    lon, lat = IN_SW_LANE
    near = run(235_118_075, (lon, lat + 0.10), 0.0, 0.0, 600)  # 6 nm at 20 kn
    fast = run(235_000_008, (lon, lat + 0.12), 0.0, 0.0, 600).replace(
        ais_class=[CLASS_SAR_AIRCRAFT] * 20
    )  # 7 nm by air
    plain = run(235_000_009, (lon, lat + 0.08), 0.0, 0.0, 600)
    helpers = dark_boat(areas, near, fast, plain).evidence.helpers
    assert [(h.mmsi, h.kind) for h in helpers] == [
        (235_000_008, "SAR aircraft"), (235_118_075, "crew transfer vessel"),
    ]  # fmt: skip
    assert helpers[0].intercept_s < helpers[1].intercept_s
    assert helpers[0].distance_m > helpers[1].distance_m


def test_a_craft_of_the_type_of_search_and_rescue_is_help(areas):
    lifeboat = run(232_000_001, (IN_SW_LANE[0], IN_SW_LANE[1] + 0.1), 0.0, 0.0, 600)
    statics = sized(232_000_001, 17.0, ship_type=51)
    alert = dark_boat(areas, lifeboat, statics=statics)
    assert [h.kind for h in alert.evidence.helpers] == ["rescue craft"]
    assert part(alert, "first rescue craft there in").value == round(alert.evidence.helpers[0].intercept_s / 60)


def test_night_counts_and_day_does_not():
    # almanac: on the equinox the sun is overhead near (0, 0) at noon; at Dover, June noon is 90 - lat + 23.44
    assert sun_altitude_deg(utc_ms(2026, 3, 20, 12, 7), 0.0, 0.0) == pytest.approx(90, abs=0.5)
    assert sun_altitude_deg(utc_ms(2026, 6, 21, 11, 57), 1.31, 51.13) == pytest.approx(62.31, abs=0.05)
    assert sun_altitude_deg(utc_ms(2026, 12, 21, 23, 53), 1.31, 51.13) == pytest.approx(-62.31, abs=0.05)


def test_what_is_certain_stays_so_and_odds_stay_between():
    worse = [RiskPart("sea state", 5, "", 3.0, "")]
    assert (combined(0.0, worse), combined(1.0, worse)) == (0.0, 1.0)
    assert 0.5 < combined(0.5, worse) < combined(0.5, worse * 2) < 1


def test_a_ship_keeps_what_her_rule_says_less_what_she_is(areas):
    rows = run(235_000_001, IN_SW_LANE, 47.0, 12.0, 1500)
    alert = raised(areas, "lane", positions=rows, statics=sized(235_000_001, 200.0))
    assert [p.what for p in alert.evidence.risk] == ["what the rule sees", "craft"]
    assert alert.risk_to_life < part(alert, "what the rule sees").value
    assert alert.evidence.forecast == ()


def test_parts_helpers_and_forecast_outlive_storage_and_are_said_in_french(areas):
    alert = dark_boat(areas, run(235_118_075, (IN_SW_LANE[0], IN_SW_LANE[1] + 0.1), 0.0, 0.0, 600))
    assert Alert.from_dict(alert.to_dict()) == alert
    assert alert.evidence.forecast
    french = alert.in_language("fr").evidence
    assert not {p.what for p in french.risk} & {p.what for p in alert.evidence.risk}
    assert french.helpers[0].kind != alert.evidence.helpers[0].kind
    assert set(CRAFT) >= {part(alert, "craft").value}


def test_a_small_craft_with_ais_gets_the_parts_of_an_open_boat(areas):
    rows = run(235_000_001, IN_SW_LANE, 317.0, 4.0, 1500, ais_class=CLASS_B)
    alert = raised(areas, "small_craft_crossing", positions=rows, statics=sized(235_000_001, 8.0))
    assert part(alert, "craft").value == "small craft"
    assert part(alert, "sun above the horizon").value < -6
