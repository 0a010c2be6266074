"""Stations hear farther from higher, less when it is busy, and give a share of their lines twice."""

import dataclasses

import numpy as np
import pytest

from surveil.simulate.ais import Reports
from surveil.simulate.scenario import Faults, Scenario, Station
from surveil.simulate.shore import Air, write_station
from surveil.simulate.world import World
from tests.simulate.conftest import stamp_of

SENTENCE = b"!AIVDM,1,1,,A,13N<U>02jlP6RR>M7hFPlhT4081I,0*71"
PLACE = (1.343, 51.133)
SCENARIO = Scenario(name="test", start=1_777_752_000_000, hours=3)
STATION = Station("SIM-TEST", PLACE, height_m=100.0, slot_loss=0.0)


def air(n, miles) -> Air:
    """``n`` class A reports over three hours from so many nautical miles north."""
    t_ms = SCENARIO.start_ms + np.linspace(0, 3 * 3_600_000 - 1, n).astype(np.int64)
    lat = np.full(n, PLACE[1] + miles / 60)
    reports = Reports.of(t_ms, np.full(n, PLACE[0]), lat, [(SENTENCE,)] * n)
    return Air(reports, np.full(n, 24.0), np.zeros(n, np.int64))


@pytest.fixture
def heard(tmp_path):
    """Share of reports heard, and the lines of the file."""

    def call(station, n=3000, miles=2.0, seed=1, **faults):
        scenario = dataclasses.replace(SCENARIO, seed=seed, faults=Faults(**faults))
        world = World(scenario, (None,))
        done = write_station(station, air(n, miles), world, tmp_path / "a.nmea")
        lines = (tmp_path / "a.nmea").read_bytes().splitlines()[1:]
        assert len(lines) == done.lines
        return int(done.heard[0]) / n, lines

    return call


def test_range_grows_with_the_height_of_the_aerial(heard):
    far = [
        np.mean([heard(dataclasses.replace(STATION, height_m=h), miles=24, seed=s)[0] for s in range(5)])
        for h in (5.0, 100.0, 400.0)
    ]
    assert far[0] < 0.2 < 0.35 < far[1] < 0.65 < 0.8 < far[2]


def test_range_differs_from_hour_to_hour_and_from_night_to_night(heard):
    by_hour = []
    for seed in range(6):
        _, lines = heard(STATION, miles=24, seed=seed)
        hours = np.bincount((np.array([stamp_of(line) for line in lines]) - SCENARIO.start_ms // 1000) // 3600)
        by_hour.append(hours[:3] / 1000)
    assert np.std(by_hour) > 0.05 and np.std(np.diff(by_hour, axis=1)) > 0.02


def test_a_busy_hour_loses_more(heard):
    quiet, busy = heard(STATION, n=2000)[0], heard(STATION, n=180 * 2500)[0]
    assert quiet > 0.99 and 0.6 < busy < 0.85


def test_a_share_of_the_lines_comes_twice_and_later(heard):
    _, once = heard(STATION)
    _, twice = heard(STATION, duplicates=0.2)
    assert len(set(once)) == len(set(twice)) and 0.17 < len(twice) / len(set(twice)) - 1 < 0.23


def test_lines_are_in_order_of_arrival_across_the_hours(heard):
    _, lines = heard(STATION, n=20_000)
    stamps = np.array([stamp_of(line) for line in lines])
    assert (np.maximum.accumulate(stamps) - stamps).max() <= 6


def test_a_clock_that_is_wrong_shows_in_the_stamps_alone(heard):
    _, right = heard(STATION)
    _, wrong = heard(dataclasses.replace(STATION, clock_error_s=90.0))
    apart = np.array([stamp_of(b) - stamp_of(a) for a, b in zip(right, wrong, strict=True)])
    assert (apart == 90).all()
