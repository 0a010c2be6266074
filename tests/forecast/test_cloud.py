"""A forecast is OpenDrift's on the same wind and current, has no chance in it, and runs backwards too."""

import dataclasses
import datetime as dt
import itertools

import numpy as np
import pytest

from surveil.config import ConditionsConfig
from surveil.forecast.cloud import Start, Water, expected, forecast, origins, paths, to_geojson
from surveil.forecast.leeway import LIFE_RAFT, REFUGEE_RAFT, SKIFF
from surveil.forecast.streams import M_PER_DEG

SEA = (1.4, 51.0)
BREEZE = Water(wind=(6.0, 2.0), current=(0.3, 0.2))


def metres(lon, lat):
    return (lon - SEA[0]) * M_PER_DEG * np.cos(np.radians(SEA[1])), (lat - SEA[1]) * M_PER_DEG


def opendrift_leeway(key, hours, particles=1000):
    """Where OpenDrift's Leeway model leaves particles of the class of a name, in the same wind and current."""
    leeway = pytest.importorskip("opendrift.models.leeway", reason="OpenDrift, of the group peers, is not installed")
    from opendrift.readers import reader_constant

    model = leeway.Leeway(loglevel=50)
    names = ("x_wind", "y_wind", "x_sea_water_velocity", "y_sea_water_velocity")
    constant = dict(zip(names, (*BREEZE.wind, *BREEZE.current), strict=True))
    model.add_reader(reader_constant.Reader({**constant, "land_binary_mask": 0}))
    number = 1 + [each["OBJKEY"] for each in model.leewayprop.values()].index(key)
    np.random.seed(1)
    start = {"lon": SEA[0], "lat": SEA[1], "radius": 0, "time": dt.datetime(2026, 7, 1)}
    model.seed_elements(number=particles, object_type=number, **start)
    model.run(duration=dt.timedelta(hours=hours), time_step=600, time_step_output=3600)
    return metres(np.asarray(model.elements.lon), np.asarray(model.elements.lat))


@pytest.mark.parametrize(("key", "leeway"), [("REFUGEE-RAFT-1", REFUGEE_RAFT), ("SKIFF-1", SKIFF)])
def test_a_cloud_is_within_ten_percent_of_opendrift(key, leeway):
    east, north = opendrift_leeway(key, 6)
    _, lon, lat = paths(Start(0, *SEA), BREEZE, 6, leeway=leeway, adrift=True)
    ours_east, ours_north = metres(lon[-1], lat[-1])
    gone = np.hypot(east.mean(), north.mean())
    apart = np.hypot(ours_east.mean() - east.mean(), ours_north.mean() - north.mean())
    spreads = [np.sqrt(np.linalg.eigvalsh(np.cov(*cloud))) for cloud in ((east, north), (ours_east, ours_north))]
    assert apart < 0.1 * gone
    assert spreads[1] == pytest.approx(spreads[0], rel=0.1), f"{key}: {apart / gone:.1%} apart, spreads {spreads}"


def test_a_forecast_is_the_same_each_time_and_wider_the_later():
    first, again = (forecast(*SEA, 0.0, 0.0, 0, 6, water=BREEZE) for _ in range(2))
    assert first == again
    assert [e.t_ms for e in first] == [h * 3_600_000 for h in range(1, 7)]
    assert all(a.major_m < b.major_m for a, b in itertools.pairwise(first))


def test_a_boat_under_way_goes_on_and_one_adrift_goes_with_the_water():
    going = forecast(*SEA, 2.0 + BREEZE.current[0], 2.0 + BREEZE.current[1], 0, 1, water=Water(current=BREEZE.current))
    east, north = metres(going[-1].lon, going[-1].lat)
    assert (east, north) == (pytest.approx(3600 * 2.3, rel=0.06), pytest.approx(3600 * 2.2, rel=0.06))
    adrift = forecast(*SEA, 0.35, 0.25, 0, 1, water=Water(current=BREEZE.current))
    east, north = metres(adrift[-1].lon, adrift[-1].lat)
    assert (east, north) == (pytest.approx(1080, rel=0.01), pytest.approx(720, rel=0.01))


def test_the_ellipse_holds_nineteen_particles_in_twenty():
    _, lon, lat = paths(Start(0, *SEA), BREEZE, 3, leeway=LIFE_RAFT, particles=1000, adrift=True)
    (ellipse,) = forecast(*SEA, 0, 0, 0, 3, water=BREEZE, every_s=10_800, leeway=LIFE_RAFT, adrift=True)
    scale = M_PER_DEG * np.cos(np.radians(ellipse.lat))
    east, north = (lon[-1] - ellipse.lon) * scale, (lat[-1] - ellipse.lat) * M_PER_DEG
    sin, cos = np.sin(np.radians(ellipse.axis_deg)), np.cos(np.radians(ellipse.axis_deg))
    along, across = east * sin + north * cos, east * cos - north * sin
    inside = (along / ellipse.major_m) ** 2 + (across / ellipse.minor_m) ** 2 <= 1
    assert 0.9 < inside.mean() <= 1


def test_an_ellipse_is_a_closed_ring_about_its_middle():
    (one,) = forecast(*SEA, 0, 0, 0, 1, water=BREEZE)
    (feature,) = to_geojson((one,))["features"]
    ring = np.array(feature["geometry"]["coordinates"][0])
    assert ring[0].tolist() == ring[-1].tolist()
    assert ring[:-1].mean(axis=0) == pytest.approx((one.lon, one.lat), abs=1e-5)


def test_the_tide_of_the_settings_carries_a_boat_and_none_is_reckoned_with_where_none_is_given():
    still = Water.of(ConditionsConfig())
    tidal = Water.of(ConditionsConfig(high_water="2026-03-14T22:00:00", springs=1.0))
    t_ms = tidal.tide.high_water_ms
    assert still.stream_ms(t_ms, *SEA) == (0.0, 0.0)
    (east, north), (gone,) = tidal.stream_ms(t_ms + 5_400_000, *SEA), forecast(*SEA, 0, 0, t_ms, 1, water=tidal)
    assert np.hypot(east, north) == pytest.approx(2.5 * 1852 / 3600, rel=0.1)
    assert gone.lat > SEA[1] and gone.lon > SEA[0]


def test_a_boat_traced_back_left_the_beach_that_she_left(areas):
    beach = next(place for place in areas.places if place.kind == "beach" and place.country == "FR")
    t_ms, hours, speed_ms = 0, 3, 2.0
    east, north = -speed_ms * 0.8, speed_ms * 0.6
    lat = beach.lat + north * hours * 3600 / M_PER_DEG
    lon = beach.lon + east * hours * 3600 / (M_PER_DEG * np.cos(np.radians((lat + beach.lat) / 2)))
    found = origins(Start(t_ms, lon, lat, east, north), Water(), areas)
    assert 0 < sum(each.share for each in found) <= 1
    near = [each for each in found if each.beach == beach.name]
    off = Start(t_ms, beach.lon, beach.lat + 0.005, 0.0, speed_ms)
    assert origins(off, Water(), areas)[0].beach == beach.name  # she has just left
    arriving = origins(dataclasses.replace(off, vy_ms=-speed_ms), Water(), areas)
    assert beach.name not in {each.beach for each in arriving}
    assert near and abs(near[0].t_ms + hours * 3_600_000) < 3_600_000


def test_what_is_told_of_a_boat_ends_where_she_lands(areas):
    """At 5 m/s from mid-strait to the north-west she is ashore within two hours; at rest she stays at sea."""
    ahead, _ = expected(Start(0, *SEA, -3.5, 3.5), Water(), areas, adrift=False)
    assert len(ahead) < 3 and not areas.on_land([e.lon for e in ahead], [e.lat for e in ahead]).any()
    assert len(expected(Start(0, *SEA), Water(), areas, adrift=True)[0]) == 6
