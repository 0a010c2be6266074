"""Moored, at anchor, under way or drifting: the kernel, against its rule told from a target's whole past."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.kernels import motion_state as kernel
from surveil.kernels.filter import DEG_M, KN, PATH
from surveil.kernels.motion_state import AT_ANCHOR, DRIFTING, MOORED, MOTION, UNDER_WAY, UNKNOWN

T0_MS, LON, LAT = 1_773_525_600_000, 1.4, 51.0
COS_LAT = math.cos(math.radians(LAT))


def place_of_stay(fixes):
    """The fix from which on none lay farther from it than 150 m, and how far the farthest did."""
    begun = 0
    while True:
        away_m = [math.hypot(f["east_m"] - fixes[begun]["east_m"], f["north_m"] - fixes[begun]["north_m"])
                  for f in fixes[begun:]]  # fmt: skip
        far = next((i for i, m in enumerate(away_m) if m > kernel.STAY_M), None)
        if far is None:
            return fixes[begun], max(away_m)
        begun += far


def crabbing(fixes):
    """Share of late that the target moved more than 25 degrees off its heading: of each fix by the time before it."""
    share, before_ms = 0.0, fixes[0]["t_ms"]
    for f in fixes:
        if f["speed_kn"] >= kernel.SLOW_KN:
            off_deg = abs((f["course_deg"] - f["heading_deg"] + 180) % 360 - 180)  # NaN without a heading
            weight = (f["t_ms"] - before_ms) / (f["t_ms"] - before_ms + kernel.CRAB_MS)
            share = share * (1 - weight) + weight * (off_deg > 25)
        before_ms = f["t_ms"]
    return share


def spoken_for(fixes, state):
    """What the last of the fixes speaks for, of a target said to be in a state."""
    last, (stay, reach_m) = fixes[-1], place_of_stay(fixes)
    stays = last["t_ms"] - stay["t_ms"] >= 600_000
    rules = [
        (last["speed_kn"] >= 3, UNDER_WAY),
        (last["status"] == 1, AT_ANCHOR),
        (last["status"] in (5, 6), MOORED),
        (stays and reach_m <= 25, MOORED),
        (stays, AT_ANCHOR),
        (last["speed_kn"] < 0.5, state),
        (last["status"] == 7, UNDER_WAY),
        (last["status"] == 2, DRIFTING),
        (crabbing(fixes) > (0.3 if state == DRIFTING else 0.7), DRIFTING),
    ]
    return next((what for holds, what in rules if holds), UNDER_WAY)


def motion_twin(fixes):
    """(state, since when) after each fix: one is said once all fixes of its time have spoken for it."""
    hold_ms = {UNKNOWN: 0, UNDER_WAY: 60_000, DRIFTING: 300_000, AT_ANCHOR: 120_000, MOORED: 120_000}
    state, since_ms, told, found = UNKNOWN, fixes[0]["t_ms"], [(fixes[0]["t_ms"], UNKNOWN)], []
    for n, f in enumerate(fixes, 1):
        speaks = spoken_for(fixes[:n], state)
        told.append((f["t_ms"], speaks))
        alone = next((i for i in range(len(told) - 1, -1, -1) if told[i][1] != speaks), -1) + 1
        if speaks != state and (state == UNKNOWN or f["t_ms"] - told[alone][0] >= hold_ms[speaks]):
            state, since_ms = speaks, told[alone][0]
        found.append((state, since_ms))
    return found


def followed(fixes, motion):
    """The same by the kernel, the first fix of a path begun anew."""
    path, found = np.zeros(1, PATH), []
    for n, f in enumerate(fixes):
        speed_ms, course = f["speed_kn"] * KN, math.radians(f["course_deg"])
        path["t_ms"], path["cos_lat"] = f["t_ms"], COS_LAT
        path["lon"], path["lat"] = LON + f["east_m"] / DEG_M / COS_LAT, LAT + f["north_m"] / DEG_M
        path["east_ms"], path["north_ms"] = speed_ms * math.sin(course), speed_ms * math.cos(course)
        kernel.follow(motion[0], path[0], n == 0, np.float32(f["heading_deg"]), np.int8(f["status"]))
        found.append((int(motion["state"][0]), int(motion["since_ms"][0])))
    return found


kept = st.tuples(
    st.sampled_from([0.1, 0.4, 0.7, 1.0, 2.0, 2.5, 12.0]), st.integers(0, 359),
    st.sampled_from([0.0, 20.0, -40.0, 100.0, math.nan]), st.sampled_from([-1, -1, 0, 1, 2, 2, 5, 7]),
    st.sampled_from([10_000, 61_000]), st.sampled_from([3.1, 9.3, 20.3, 110.9]), st.integers(5, 40),
)  # fmt: skip
spells = st.tuples(st.lists(kept, min_size=1, max_size=4), st.integers(0, 2**32 - 1))


def sailed(spells):
    """Fixes of a target that keeps for some of them at a time to a speed, a course off its heading and a status."""
    fixes, t_ms, east_m, north_m = [], T0_MS, 0.0, 0.0
    chance = np.random.default_rng(spells[1])
    for speed_kn, course_deg, off_deg, status, every_ms, goes_m, n in spells[0]:
        for east, north in chance.integers(-1, 2, (n, 2)).tolist():
            fixes.append({
                "t_ms": t_ms, "east_m": east_m, "north_m": north_m, "speed_kn": speed_kn, "course_deg": course_deg,
                "heading_deg": (course_deg + off_deg) % 360, "status": status,
            })  # fmt: skip
            t_ms, east_m, north_m = t_ms + every_ms, east_m + goes_m * east, north_m + goes_m * north
    return fixes


@settings(max_examples=200, deadline=None)
@given(spells, spells)
def test_motion_told_fix_by_fix_is_that_told_from_the_whole_past(this, before):
    motion, fixes = np.zeros(1, MOTION), sailed(this)
    followed(sailed(before), motion)  # of a path that ended: nothing of it may count
    assert followed(fixes, motion) == motion_twin(fixes)
