"""An alert about a craft without AIS is withdrawn, with its reason, when its AIS is heard after all; its risk goes by
where the craft was first seen and whether it has lost its way."""

from types import SimpleNamespace

import numpy as np
import pytest

from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.rules.dark_craft import DarkCraft, Params, _made_m
from surveil.rules.examples import IN_SW_LANE, T0_MS, seen_by_radar
from surveil.schema import Batch

HEARD_S = 600


@pytest.fixture(scope="module")
def told(areas):
    """What is told of a boat seen by radar for 20 min whose AIS is heard from the tenth minute on."""
    boat, seen = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 1200), []
    engine = Engine(Config(sensors=boat["sensors"]), areas, hooks=Hooks(alert=seen.append))
    for start_s in range(0, 1200, 30):
        parts = {}
        for kind in ("plots", "positions"):
            t_s = (boat[kind].t_ms - T0_MS) / 1000
            from_s = max(start_s, HEARD_S) if kind == "positions" else start_s
            parts[kind] = boat[kind].take((t_s >= from_s) & (t_s < start_s + 30))
        engine.push(Batch.build(**parts))
    engine.close()
    return [alert for alert in seen if alert.rule == "dark_craft"]


def test_it_is_retracted_once_when_ais_explains_the_contact(told):
    assert [alert.history[-1].event for alert in told] == ["open", "retract"]
    retracted = told[-1]
    assert (retracted.state, retracted.id) == ("retracted", told[0].id)
    assert HEARD_S < (retracted.history[-1].t_ms - T0_MS) / 1000 < HEARD_S + 120


def test_the_reason_is_told_in_both_languages(told):
    change = told[-1].history[-1]
    assert change.why.startswith("AIS explains it (")
    assert told[-1].in_language("fr").history[-1].why.startswith("expliqué par l'AIS (")


OFF_WISSANT, OFF_DOVER, IN_THE_STRAIT = (1.660, 50.892), (1.320, 51.108), (1.45, 50.98)


def seen(areas, start, *legs_kn: float):
    """A view of one contact that went north from a place, 20 min at each of the speeds."""
    minutes = 20 * len(legs_kn)
    t_ms = T0_MS + 30_000 * np.arange(2 * minutes)
    lat = start[1] + np.cumsum(np.repeat(legs_kn, 40) / 60 / 120)
    path = {"t_ms": t_ms, "lon": np.full(len(t_ms), start[0]), "lat": lat}
    return SimpleNamespace(t_ms=int(t_ms[-1]), lane=np.array([-1]), areas=areas, history=lambda row: path)


def risk(view) -> float:
    rule = DarkCraft(Params())
    return rule._risk(view, 0, rule._followed(view, 0, None))


def test_a_start_from_a_beach_ranks_above_one_at_sea_and_that_above_one_from_a_port(areas):
    beach, sea, port = (risk(seen(areas, place, 4.0)) for place in (OFF_WISSANT, IN_THE_STRAIT, OFF_DOVER))
    assert beach > sea > port


@pytest.mark.parametrize(("legs_kn", "lost"), [((4.0, 1.5), True), ((4.0, 3.2), False), ((1.5, 0.5), False)])
def test_it_has_lost_its_way_when_it_keeps_little_of_a_boats_speed(areas, legs_kn, lost):
    view = seen(areas, IN_THE_STRAIT, *legs_kn)
    assert (DarkCraft(Params())._followed(view, 0, None).lost_ms == view.t_ms) == lost


@pytest.mark.parametrize(("speed_ms", "sigma_ms", "made_m"), [(2.0, 0.4, 144), (0.5, 0.4, 0), (2.0, 1.2, 0)])
def test_what_it_made_before_its_track_was_shown_counts_as_far_as_it_is_sure(speed_ms, sigma_ms, made_m):
    t_ms, contacts = T0_MS + 120_000, SimpleNamespace(
        born_ms=np.array([T0_MS]), vx=np.array([speed_ms]), vy=np.zeros(1),
        cov=np.diag([100.0, 100.0, sigma_ms**2, sigma_ms**2])[None],
    )  # fmt: skip
    here = {"t_ms": np.array([t_ms]), "lon": np.array([1.45]), "lat": np.array([50.98])}
    view = SimpleNamespace(contacts=contacts, history=lambda row: here, lon=np.array([1.45]), lat=np.array([50.98]))
    assert _made_m(view, 0, 0) == pytest.approx(made_m, abs=0.1)


def test_one_that_makes_way_again_is_no_longer_lost(areas):
    rule = DarkCraft(Params())
    lost = rule._followed(seen(areas, IN_THE_STRAIT, 4.0, 1.5), 0, None)
    assert rule._followed(seen(areas, IN_THE_STRAIT, 1.5, 4.0), 0, lost).lost_ms == -1
