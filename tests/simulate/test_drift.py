"""The stream is what the sources print where they print it, and boats drift by it and by the wind."""

import csv

import numpy as np
import pytest

from surveil.forecast.leeway import KN_PER_CMS, REFUGEE_RAFT
from surveil.forecast.streams import StreamField
from surveil.resources import resource
from surveil.simulate.drift import INSHORE_M, Drift
from surveil.simulate.vessels import KN, M_PER_DEG, Plan, Steer, sail, steps_m
from surveil.simulate.waters import waters

HOUR_MS = 3_600_000
SEA = (1.45, 51.0)
CALM, BREEZE = ((0, 0.0, 240.0),), ((0, 15.0, 270.0),)


def rows():
    with open(resource("geodata") / "tidal_streams.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_near_a_printed_place_the_stream_runs_as_printed(row):
    middle_h = (float(row["ne_begins_h"]) + float(row["sw_begins_h"])) / 2
    east, north = StreamField(0, 1.0).at(middle_h * HOUR_MS, float(row["lon"]), float(row["lat"]))
    assert np.hypot(east, north) == pytest.approx(float(row["spring_ne_kn"]), rel=0.1)
    assert abs((np.degrees(np.arctan2(east, north)) - float(row["ne_deg"]) + 180) % 360 - 180) < 8


def test_neaps_are_weaker_and_the_stream_turns_twice_a_tide():
    hours = np.arange(0, 12.42, 0.05)
    springs, neaps = (np.hypot(*StreamField(0, s).at(hours * HOUR_MS, *SEA)).max() for s in (1.0, 0.0))
    assert neaps < 0.65 * springs
    _, north = StreamField(0, 1.0).at(hours * HOUR_MS, *SEA)
    assert np.count_nonzero(np.diff(np.sign(north))) == 2


@pytest.mark.parametrize("wind", [CALM, BREEZE])
@pytest.mark.parametrize("place", [SEA, (1.62, 50.97)])
def test_a_drift_found_in_rounds_is_that_of_small_steps(wind, place):
    drift = Drift(StreamField(0, 1.0), REFUGEE_RAFT, wind)
    track = sail(Plan(0, place, (Steer(300, 2.0, 6 * 3600),)), drift, 0, 6 * HOUR_MS, 10_000)
    lon, lat = place
    for t_ms in range(0, 6 * HOUR_MS - 10_000, 10_000):
        east, north = drift.at(np.array([t_ms]), np.array([lon]), np.array([lat]))
        east, north = east[0] + 2 * np.sin(np.radians(300)), north[0] + 2 * np.cos(np.radians(300))
        lat += north * KN * 10 / M_PER_DEG
        lon += east * KN * 10 / (M_PER_DEG * np.cos(np.radians(lat)))
    apart = steps_m(np.array([lon, track.lon[-1]]), np.array([lat, track.lat[-1]]))
    assert np.hypot(*apart)[0] < 200


def test_leeway_is_the_published_share_of_the_wind_and_to_one_side():
    still = Drift(StreamField(0, 1.0), REFUGEE_RAFT, CALM).at(0, *SEA)
    for side in (1, -1):
        east, north = np.subtract(Drift(StreamField(0, 1.0), REFUGEE_RAFT, BREEZE, side=side).at(0, *SEA), still)
        assert east == pytest.approx(0.0156 * 15 + 8.3 * KN_PER_CMS, abs=1e-9)
        assert north == pytest.approx(-side * (0.00078 * 15 + 2.7 * KN_PER_CMS), abs=1e-9)


def test_a_class_spreads_as_its_deviations_say():
    drawn = [Drift.drawn(StreamField(0, 0.5), REFUGEE_RAFT, CALM, np.random.default_rng(i)) for i in range(400)]
    assert np.std([d.down_kn for d in drawn]) == pytest.approx(1.53 * KN_PER_CMS, rel=0.15)
    assert abs(np.mean([d.side for d in drawn])) < 0.2


def test_the_stream_is_slack_at_the_beach():
    lat = np.linspace(50.97, 51.1, 200)
    lon = np.full(200, 1.85)
    offshore = waters().coast_m(lon, lat)
    rate = np.hypot(*Drift(StreamField(0, 1.0), REFUGEE_RAFT, CALM).at(np.full(200, HOUR_MS), lon, lat))
    assert rate[offshore < 200].max() < 0.15 * rate[offshore > INSHORE_M].max()
