"""Each part of the risk to life changes where its table says, by what it says: the tables are repeated here."""

from types import SimpleNamespace

import numpy as np
import pytest

from surveil.alert import Helper
from surveil.alerts import rescue, risk
from surveil.alerts.risk import Assessor, craft_kind, way_made
from surveil.config import ConditionsConfig
from surveil.kernels.motion_state import AT_ANCHOR, DRIFTING, MOORED, UNDER_WAY
from surveil.rules.base import NM_M
from surveil.rules.examples import T0_MS
from surveil.schema import CLASS_A, CLASS_B, CLASS_CONTACT, CLASS_DEVICE
from surveil.tracks.table import SMALL_NO, SMALL_UNKNOWN, SMALL_YES


def test_the_sea_counts_from_state_three_on():
    factors = [Assessor(ConditionsConfig(sea_state=state))._sea().factor for state in range(-1, 10)]
    assert factors == [1, 1, 1, 1, 1.5, 2, 3, 3, 3, 3, 3]


@pytest.mark.parametrize(("water_c", "factor"), [
    (-9.0, 1.0), (-8.9, 2.5), (4.0, 2.5), (4.1, 2.0), (10.0, 2.0), (10.1, 1.5), (15.0, 1.5), (15.1, 1.2), (20.0, 1.2),
    (20.1, 1.0),
])  # fmt: skip
def test_the_colder_the_water_the_more_it_counts(water_c, factor):
    assert Assessor(ConditionsConfig(water_c=water_c))._cold().factor == factor


@pytest.mark.parametrize(("minutes", "factor"), [
    (15, 0.7), (15.1, 1.0), (30, 1.0), (30.1, 1.3), (60, 1.3), (60.1, 1.6), (None, 1.6),
])  # fmt: skip
def test_the_later_help_is_there_the_more_it_counts(minutes, factor):
    near = () if minutes is None else (Helper(1, "", "lifeboat", 0, 0, 0, minutes * 60),)
    assert risk._help(near).factor == factor


@pytest.mark.parametrize(("sun_deg", "factor"), [(-6.1, 1.5), (-6.0, 1.2), (-0.84, 1.2), (-0.83, 1.0), (5.0, 1.0)])
def test_it_is_dark_when_the_sun_is_down_and_darker_after_civil_twilight(monkeypatch, sun_deg, factor):
    monkeypatch.setattr(risk, "sun_altitude_deg", lambda *where: sun_deg)
    assert risk._dark(T0_MS, 1.4, 51.0).factor == factor


@pytest.mark.parametrize(("hours", "factor"), [(3.4, 1.0), (3.5, 1.5), (9, 1.5)])
def test_a_boat_fails_after_so_many_hours(hours, factor):
    table = SimpleNamespace(arrays=SimpleNamespace(first_ms=np.array([T0_MS - int(hours * 3_600_000)])))
    part = risk._at_sea(SimpleNamespace(t_ms=T0_MS, table=table, slots=np.array([0])), 0)
    assert (part.factor, part.value) == (factor, round(hours, 1))


@pytest.mark.parametrize(("ais_class", "small", "kind", "factor"), [
    (CLASS_DEVICE, SMALL_NO, "distress device", 2.0), (CLASS_CONTACT, SMALL_NO, "contact without AIS", 2.0),
    (CLASS_B, SMALL_YES, "small craft", 1.5), (CLASS_A, SMALL_UNKNOWN, "craft of unknown size", 1.0),
    (CLASS_A, SMALL_NO, "ship", 0.5),
])  # fmt: skip
def test_what_it_is_counts(ais_class, small, kind, factor):
    view = SimpleNamespace(ais_class=np.array([CLASS_A, ais_class]), small=np.array([SMALL_NO, small]))
    assert (craft_kind(view, 1), risk.CRAFT[kind]) == (kind, factor)
    assert craft_kind(view, -1) == "distress device"
    assert craft_kind(view, 0) == "ship"


def test_help_of_each_kind_comes_at_its_full_speed():
    assert rescue.SPEED_KN == {
        "SAR aircraft": 120, "lifeboat": 25, "crew transfer vessel": 20, "cutter": 20, "patrol vessel PSP": 20,
        "patrol vessel": 20, "emergency towing vessel": 17, "rescue craft": 20,
    }  # fmt: skip
    assert rescue.MOST == 3


def passing(monkeypatch, chances: list[float]):
    """The part about traffic, with ships that will hit with such chances; and which craft were asked about."""
    asked = {}

    def approaches(view, row, near_m, ahead_s, among):
        asked.update(near_m=near_m, ahead_s=ahead_s, among=among.tolist())
        return np.arange(len(chances)), np.array(chances), np.full(len(chances), 60.0)

    monkeypatch.setattr(risk, "approaches", approaches)
    monkeypatch.setattr(risk, "chance_of_hit", lambda cpa_m, tcpa_s: cpa_m)
    view = SimpleNamespace(
        length_m=np.array([49.0, 50.0, np.nan, np.nan, np.nan, 200.0]),
        ais_class=np.array([CLASS_A, CLASS_A, CLASS_A, CLASS_B, CLASS_A, CLASS_B]),
        small=np.array([SMALL_NO, SMALL_NO, SMALL_UNKNOWN, SMALL_UNKNOWN, SMALL_YES, SMALL_NO]), title=str,
    )  # fmt: skip
    return risk._traffic(view, 0), asked


def test_ships_of_fifty_metres_and_class_a_of_no_known_length_may_run_a_boat_down(monkeypatch):
    _, asked = passing(monkeypatch, [0.5])
    assert asked == {"near_m": 6 * NM_M, "ahead_s": 1800.0, "among": [False, True, True, False, False, True]}


@pytest.mark.parametrize(("chances", "factor", "ship"), [
    ([], 1.0, "none"), ([0.009], 1.0, "none"), ([0.01], 1.02, "0,"), ([0.2, 0.5], 2.0, "1,"), ([1.0], 3.0, "0,"),
])  # fmt: skip
def test_the_likeliest_to_hit_counts_up_to_three_times(monkeypatch, chances, factor, ship):
    part, _ = passing(monkeypatch, chances)
    assert part.factor == factor
    assert str(part.value).startswith(ship)


def test_how_far_off_a_ship_passes_is_known_to_such_errors():
    assert (risk.HIT_M, risk.PLACE_M, risk.WANDER_MS) == (100.0, 30.0, 0.3)
    assert risk.chance_of_hit(100.0, 0.0) == pytest.approx(0.5, abs=1e-6)


def way(since_s: int, *, made_kn: float = 1.0, said_kn: float = 12.0, motion: int = UNDER_WAY, area: int = 0):
    """The part about way made of a boat that was first heard so long ago."""
    t_ms = T0_MS + 1000 * np.arange(0, since_s + 1, 10)
    lat = 51.0 + np.arange(len(t_ms)) * made_kn / 360 / 60
    path = {"t_ms": t_ms, "lon": np.full(len(t_ms), 1.4), "lat": lat}
    view = SimpleNamespace(
        t_ms=int(t_ms[-1]), motion=np.array([motion]), sog_kn=np.array([said_kn]), history=lambda row: path,
        area_of=lambda *kinds: np.array([area]),
    )  # fmt: skip
    return way_made(view, 0)


@pytest.mark.parametrize(("since_s", "made_kn"), [(290, 12.0), (300, 1.0), (900, 1.0)])
def test_way_is_made_good_over_five_minutes_at_least(since_s, made_kn):
    assert way(since_s).value == made_kn


def test_way_is_made_good_over_a_quarter_of_an_hour_at_most():
    t_ms = T0_MS + 1000 * np.array([0, 890, 900, 1800])
    path = {"t_ms": t_ms, "lon": np.full(4, 1.4), "lat": np.array([50.0, 50.9, 51.0, 51.0 + 1 / 60])}
    view = SimpleNamespace(t_ms=int(t_ms[-1]), history=lambda row: path, sog_kn=np.array([9.0]))
    assert risk._made_good_kn(view, 0) == pytest.approx(4.0, rel=0.01)


@pytest.mark.parametrize(("how", "factor"), [
    ({"made_kn": 2.0}, 2.0), ({"made_kn": 0.5}, 4.0), ({"made_kn": 0.5, "area": -1}, 1.0),
    ({"made_kn": 2.0, "motion": AT_ANCHOR}, 1.0), ({"made_kn": 2.0, "motion": MOORED}, 1.0),
    ({"made_kn": 2.0, "motion": DRIFTING, "area": -1}, 4.0), ({"made_kn": 8.0}, 1.0),
])  # fmt: skip
def test_the_less_way_it_makes_in_the_water_of_ships_the_more_it_counts(how, factor):
    assert way(900, **how).factor == pytest.approx(factor, rel=0.01)


def test_water_of_ships_is_lanes_zones_and_what_lies_between():
    assert risk.SHIPS_WATER == ("lane", "deep_water_route", "separation_zone", "precautionary_area")
