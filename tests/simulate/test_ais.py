"""Stations report as often as M.1371-5 says, and say what they measured."""

import numpy as np
import pyais
import pytest

from surveil.simulate.ais import Glitch, interval_s, report_times, transmit
from surveil.simulate.vessels import AT_ANCHOR, M_PER_DEG, UNDER_WAY, Ship, Track

N = 4 * 3600


def track(sog_kn, status=UNDER_WAY, turn_deg_s=0.0):
    seconds = np.arange(N)
    course = np.radians(30 + turn_deg_s * seconds)
    east, north = sog_kn * np.sin(course), sog_kn * np.cos(course)
    lon, lat = 1.5 + np.cumsum(east) * 7.3e-6, 51.0 + np.cumsum(north) * 4.6e-6
    return Track(1_773_525_600_000 + 1000 * seconds, lon, lat, east, north, np.degrees(course) % 360,
                 np.full(N, status, np.int8))  # fmt: skip


@pytest.mark.parametrize(
    ("ais_class", "sog_kn", "status", "turn_deg_s", "seconds"),
    [
        ("A", 1, AT_ANCHOR, 0, 180), ("A", 4, AT_ANCHOR, 0, 10), ("A", 12, UNDER_WAY, 0, 10),
        ("A", 12, UNDER_WAY, 1, 10 / 3), ("A", 18, UNDER_WAY, 0, 6), ("A", 18, UNDER_WAY, 1, 2),
        ("A", 25, UNDER_WAY, 0, 2), ("B", 1, UNDER_WAY, 0, 180), ("B", 4, UNDER_WAY, 0, 30),
        ("B", 20, UNDER_WAY, 0, 30),
    ],
)  # fmt: skip
def test_reports_come_at_the_interval_of_the_table(ais_class, sog_kn, status, turn_deg_s, seconds):
    moving = track(sog_kn, status, turn_deg_s)
    assert interval_s(ais_class, moving)[100] == pytest.approx(seconds)
    gaps = np.diff(report_times(ais_class, moving, np.random.default_rng(3))) / 1000
    assert np.median(gaps) == pytest.approx(seconds, rel=0.03)
    assert gaps.min() >= 0.79 * seconds and gaps[5:].max() <= 1.21 * seconds


def decoded(ship, moving, **more):
    reports = transmit(ship, moving, np.random.default_rng(5), **more)
    return reports, [pyais.decode(*parts) for parts in reports.sentences]


def test_reported_motion_is_the_true_one_with_small_noise():
    moving = track(12)
    reports, messages = decoded(Ship(235_990_001, "SIM X", "test"), moving)
    at = [(t, m) for t, m in zip(reports.t_ms, messages, strict=True) if m.msg_type == 1]
    t_ms = np.array([t for t, _ in at])
    lat = np.array([m.lat for _, m in at])
    error_m = (lat - np.interp(t_ms, moving.t_ms, moving.lat)) * M_PER_DEG
    assert 2 < error_m.std() < 6
    assert np.mean([m.speed for _, m in at]) == pytest.approx(12, abs=0.05)
    assert np.mean([m.course for _, m in at]) == pytest.approx(30, abs=0.2)
    assert [m.second for _, m in at] == (t_ms // 1000 % 60).tolist()


def test_statics_go_out_every_six_minutes_and_carry_the_ship():
    ship = Ship(235_990_001, "SIM X", "test", ship_type=71, dims_m=(80, 20, 7, 8), draught_m=5.5, callsign="SIMX")
    reports, messages = decoded(ship, track(12))
    rows = [i for i, m in enumerate(messages) if m.msg_type == 5]
    said = messages[rows[0]]
    assert set(np.diff(reports.t_ms[rows])) == {360_000}
    assert (said.shipname, said.callsign, said.ship_type, said.draught) == ("SIM X", "SIMX", 71, 5.5)
    assert (said.to_bow, said.to_stern, said.to_port, said.to_starboard) == ship.dims_m


def test_class_b_says_its_length_and_has_no_heading():
    _, messages = decoded(Ship(227_990_001, "SIM B", "test", "B", 37, (4, 4, 1, 1)), track(4))
    part_b = next(m for m in messages if m.msg_type == 24 and m.partno == 1)
    assert (part_b.to_bow + part_b.to_stern, part_b.ship_type) == (8, 37)
    assert {m.heading for m in messages if m.msg_type == 18} == {511}


def test_a_sart_sends_eight_messages_a_minute_and_its_text_every_fourth():
    reports, messages = decoded(Ship(970_990_001, "SIM SART", "test", "sart"), track(1))
    minute = (reports.t_ms - reports.t_ms[0]) // 60_000
    assert set(np.bincount(minute)) == {8}
    assert set(np.diff(reports.t_ms[:8])) == {2000}
    texts = {int(k) for k, m in zip(minute, messages, strict=True) if m.msg_type == 14}
    assert {m.text for m in messages if m.msg_type == 14} == {"SART ACTIVE"} and min(np.diff(sorted(texts))) == 4
    assert {int(m.status) for m in messages if m.msg_type == 1} == {14}


def test_a_glitch_moves_the_reports_of_its_half_minute_only():
    moving = track(12)
    glitch = Glitch(int(moving.t_ms[5000]), 9_000, 12_000)
    ship = Ship(235_990_001, "SIM X", "test")
    sane, odd = (decoded(ship, moving, glitches=g)[1] for g in ((), (glitch,)))
    moved = [abs(a.lat - b.lat) for a, b in zip(sane, odd, strict=True) if a.msg_type == 1]
    assert np.count_nonzero(moved) in (2, 3, 4) and max(moved) * M_PER_DEG == pytest.approx(12_000, rel=0.01)
