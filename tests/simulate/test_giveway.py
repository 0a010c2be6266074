"""Who gives way under COLREG, and that she then passes clear."""

import numpy as np
import pytest

from surveil.simulate.giveway import APART_M, Bend, bent, close_approaches, gives_way, keep_clear
from surveil.simulate.vessels import M_PER_DEG, Follow, Plan, Stream, Track, sail

MIDDLE = (1.5, 51.02)
SLACK = Stream(0, peak_kn=0)


def through_middle(heading_deg, speed_kn, late_s=0) -> Track:
    """A ship through the middle of the strait an hour after the start, on a straight course."""
    toward = np.radians(heading_deg)
    scale = np.array([M_PER_DEG * np.cos(np.radians(MIDDLE[1])), M_PER_DEG])
    reach = speed_kn * 1852 * np.array([np.sin(toward), np.cos(toward)]) / scale
    ends = [tuple(np.array(MIDDLE) + k * reach * 0.8) for k in (-1, 1)]
    start_ms = int(3600 * 0.2 + late_s) * 1000 // 10_000 * 10_000
    return sail(Plan(start_ms, ends[0], (Follow(tuple(ends), speed_kn),)), SLACK, 0, 10**8, 10_000)


@pytest.mark.parametrize(
    ("headings", "speeds", "kinds", "giver", "overtakes"),
    [
        ((40, 310), (12, 12), ("lane traffic",) * 2, 0, False),
        ((40, 130), (12, 12), ("lane traffic",) * 2, 1, False),
        ((40, 42), (15, 10), ("lane traffic",) * 2, 0, True),
        ((40, 42), (10, 15), ("lane traffic",) * 2, 1, True),
        ((40, 130), (12, 3), ("lane traffic", "fishing"), 0, False),
        ((40, 310), (5, 12), ("yacht", "ferry"), 1, False),
        ((40, 42), (15, 3), ("yacht", "fishing"), 0, True),
    ],
)
def test_who_gives_way_by_rules_13_15_and_18(headings, speeds, kinds, giver, overtakes):
    tracks = [through_middle(h, s) for h, s in zip(headings, speeds, strict=True)]
    found = gives_way(tracks, list(kinds), 0, 1, 3_600_000)
    assert (found[0], found[2]) == (giver, overtakes)
    swapped = gives_way(tracks[::-1], list(kinds[::-1]), 0, 1, 3_600_000)
    assert (1 - swapped[0], swapped[2]) == (giver, overtakes)


@pytest.mark.parametrize("late_s", [0, 40, -40])
@pytest.mark.parametrize(("headings", "speeds"), [((40, 310), (12, 14)), ((40, 43), (16, 10)), ((40, 220), (12, 12))])
def test_ships_that_would_meet_pass_clear(headings, speeds, late_s):
    tracks = [through_middle(headings[0], speeds[0]), through_middle(headings[1], speeds[1], late_s)]
    assert close_approaches(tracks)
    assert not close_approaches(keep_clear(tracks, ["lane traffic"] * 2))


def test_a_bend_goes_to_starboard_and_back_and_keeps_the_timetable():
    track = through_middle(40, 12)
    after = bent(track, Bend(0, 3_600_000, APART_M))
    assert (after.t_ms == track.t_ms).all()
    east = (after.lon - track.lon) * M_PER_DEG * np.cos(np.radians(51))
    north = (after.lat - track.lat) * M_PER_DEG
    starboard = east * np.cos(np.radians(40)) - north * np.sin(np.radians(40))
    assert starboard.max() == pytest.approx(APART_M, rel=0.01) and starboard.min() > -1
    assert starboard[0] == starboard[-1] == 0
    assert np.abs(after.sog_kn - 12).max() < 2


def test_no_bend_is_made_towards_a_coast_that_is_near():
    along = ((1.39, 51.12), (1.44, 51.2))
    track = sail(Plan(0, along[0], (Follow(along, 10),)), SLACK, 0, 10**8, 10_000)
    assert bent(track, Bend(0, int(track.t_ms[60]), -5000.0)) is track


def test_boats_fishing_together_stay_together():
    tracks = [through_middle(40, 3), through_middle(44, 3)]
    kept = keep_clear(tracks, ["fishing"] * 2)
    assert all(a is b for a, b in zip(kept, tracks, strict=True))
