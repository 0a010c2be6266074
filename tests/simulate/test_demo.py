"""The demo night: reproducible, marked, plausible, and its truth can be seen in its bytes."""

import csv
import time
from datetime import UTC, datetime

import numpy as np
import pyais
import pytest
import shapely

from surveil.areas import load_areas
from surveil.errors import ConfigError
from surveil.simulate.demo import STATIONS, make_night
from surveil.simulate.night import Role, play
from surveil.simulate.vessels import M_PER_DEG, Follow, Plan, Ship, Stream
from tests.simulate.conftest import checksum_holds, sentence_of, stamp_of


@pytest.fixture(scope="module")
def areas():
    return load_areas()


def miles(lon, lat, place):
    east = (np.asarray(lon) - place.lon) * np.cos(np.radians(place.lat))
    return np.hypot(east, np.asarray(lat) - place.lat) * M_PER_DEG / 1852


def one(night, kind):
    (found,) = night.of_kind(kind)
    return found


def boat(night, number):
    return next(t for t in night.of_kind("small craft") if t.ship.name.endswith(str(number)))


def positions(heard, mmsi):
    """(t in s, lon, lat, sog, cog, heading) arrays of what was heard of one MMSI."""
    rows = [(t, m.lon, m.lat, m.speed, m.course, m.heading) for t, m in heard.of(mmsi, 1, 18)]
    return np.array(sorted(rows)).T


def angle(a, b):
    return np.abs((np.asarray(a) - b + 180) % 360 - 180)


def test_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    first = make_night(seed=3, hours=0.5).write(tmp_path / "night.nmea").read_bytes()
    assert make_night(seed=3, hours=0.5).to_bytes() == first
    assert make_night(seed=4, hours=0.5).to_bytes() != first


def test_another_object_changes_no_line_of_the_first():
    route = ((1.3, 51.0), (1.6, 51.1))
    roles = [Role(Ship(235_990_000 + i, f"SIM {i}", "test"), Plan(0, route[0], (Follow(route, 10),))) for i in (1, 2)]
    alone, both = (play(r, STATIONS, Stream(0), 0, 3_600_000, 1).lines for r in (roles[:1], roles))
    others = play(roles[1:], STATIONS, Stream(0), 0, 3_600_000, 1).lines
    assert sorted(both) == sorted(alone + others)


def test_a_night_has_the_promised_size_and_is_made_in_eight_seconds():
    began = time.perf_counter()
    lines = make_night(seed=2).lines
    assert time.perf_counter() - began < 8
    assert 60_000 <= len(lines) <= 90_000


def test_every_line_is_marked_as_simulated(night):
    head, *rest = night.to_bytes().splitlines()
    assert head.startswith(b"# SIMULATED by surveil") and rest == night.lines
    for line in night.lines:
        tag = line.split(b"\\")[1]
        assert b"s:SIM-DOVER," in tag or b"s:SIM-GRISNEZ," in tag
        assert checksum_holds(tag)


def test_names_and_numbers_are_plainly_invented(night):
    for truth in night.truth.values():
        assert truth.ship.name.startswith("SIM ")
        assert "99" in str(truth.mmsi)[3:6] or truth.kind in ("base station", "aid to navigation")


@pytest.mark.shared
def test_no_number_of_a_real_rescue_asset_is_used(night, shared):
    with open(shared / "geodata" / "rescue_assets.csv", encoding="utf-8") as file:
        real = {int(row["mmsi"]) for row in csv.DictReader(file) if row["mmsi"]}
    assert real and not real & night.truth.keys()


def test_pyais_reads_every_line_but_the_deliberately_corrupt(night, heard):
    assert len(heard.refused) == night.corrupt > 0
    assert {m.mmsi for _, m in heard.messages} == night.truth.keys()


def test_voyage_messages_come_in_two_parts_that_pyais_joins(night):
    parts = [line for line in night.lines if b"!AIVDM,2," in line]
    first = next(line for line in parts if b"\\g:1-2-" in line)
    second = parts[parts.index(first) + 1]
    joined = pyais.decode(sentence_of(first), sentence_of(second))
    assert joined.msg_type == 5 and joined.shipname.startswith("SIM ")


def test_stations_overlap_and_their_stamps_differ_by_two_seconds_at_most(night):
    stamps = {}
    for line in night.lines:
        if b"!AIVDM,1,1" in line:
            stamps.setdefault(sentence_of(line), []).append(stamp_of(line))
    spread = [max(s) - min(s) for s in stamps.values() if len(s) == 2]
    assert 0.2 < len(spread) / len(stamps) < 0.8
    assert np.percentile(spread, 99) <= 2


def test_lines_arrive_out_of_order_now_and_then_by_a_few_seconds(night):
    stamps = np.array([stamp_of(line) for line in night.lines])
    behind = np.maximum.accumulate(stamps) - stamps
    assert 0 < (behind > 1).mean() < 0.02 and behind.max() <= 6


def test_nobody_crosses_land_not_even_a_breakwater(night, areas):
    land = shapely.union_all([f.geometry for f in areas.features if f.kind == "land"])
    shapely.prepare(land)
    for truth in night.truth.values():
        if truth.kind != "base station":
            assert not areas.on_land(truth.lon, truth.lat).any(), truth.ship.name
            way = shapely.linestrings(truth.lon, truth.lat)
            assert not shapely.intersects(land, way), truth.ship.name


def test_base_stations_say_the_time_at_which_they_are_heard(heard):
    clocks = [(t, m) for t, m in heard.messages if m.msg_type == 4]
    late = [t - datetime(m.year, m.month, m.day, m.hour, m.minute, m.second, tzinfo=UTC).timestamp() for t, m in clocks]
    assert len(late) > 2000 and min(late) >= 0 and max(late) <= 3


def test_the_stream_sets_ships_off_their_heading(night, heard):
    set_deg = [
        np.median(angle(*positions(heard, t.mmsi)[4:6]))
        for t in (*night.of_kind("fishing"), one(night, "oblique crossing"))
    ]
    assert min(set_deg) > 2


@pytest.mark.parametrize("number", [1, 2])
def test_small_craft_appear_at_the_beach_when_launched(night, heard, number):
    launch = boat(night, number).first("launch")
    t, lon, lat, sog = positions(heard, boat(night, number).mmsi)[:4]
    assert 0 <= t[0] - launch.t_ms / 1000 < 180
    assert miles(lon[0], lat[0], launch) < 0.3
    assert 3 < np.median(sog) < 5


def test_one_small_craft_crosses_both_lanes(night):
    lanes = [e.area for e in boat(night, 1).events if e.kind == "lane_entry"]
    assert lanes == ["lane-ne", "lane-sw"]


def test_the_other_falls_silent_in_the_lane_while_ships_around_it_are_heard(night, heard, areas):
    silence = boat(night, 2).first("silence")
    assert areas.inside(silence.lon, silence.lat)[0, areas.column("lane-ne")]
    last = max(t for t, _ in heard.of(boat(night, 2).mmsi))
    assert -180 < last - silence.t_ms / 1000 <= 3
    after = [m for t, m in heard.messages if 0 < t - silence.t_ms / 1000 < 1800 and m.msg_type == 1]
    near = {m.mmsi for m in after if miles(m.lon, m.lat, silence) < 5}
    assert len(near) >= 3


def test_the_sart_is_heard_by_text_and_status_near_the_silent_boat(night, heard):
    sart = one(night, "SART")
    on, off = sart.first("sart_on"), sart.first("sart_off")
    messages = heard.of(sart.mmsi)
    times = [t for t, _ in messages]
    assert 0 <= min(times) - on.t_ms / 1000 < 120 and max(times) <= off.t_ms / 1000 + 2
    assert {m.text for _, m in messages if m.msg_type == 14} == {"SART ACTIVE"}
    assert {int(m.status) for _, m in messages if m.msg_type == 1} == {14}
    silence = boat(night, 2).first("silence")
    assert on.t_ms > silence.t_ms and miles(on.lon, on.lat, silence) < 2


def test_the_lifeboat_leaves_when_called_and_reaches_the_casualty(night):
    rescue, sart = one(night, "rescue"), one(night, "SART")
    called = rescue.first("rescue_launch").t_ms
    moored = rescue.t_ms < called
    assert np.ptp(rescue.lon[moored]) == 0
    there = np.interp(rescue.t_ms, sart.t_ms, sart.lon), np.interp(rescue.t_ms, sart.t_ms, sart.lat)
    near = np.hypot((rescue.lon - there[0]) * 0.63, rescue.lat - there[1]) * 60 < 0.2
    assert called < rescue.t_ms[near].min() < called + 45 * 60_000


def test_one_ship_goes_against_the_flow_for_forty_minutes(night, heard, areas):
    truth = one(night, "against the flow")
    assert truth.first("lane_entry").angle_deg > 150
    t, lon, lat, _, _, heading = positions(heard, truth.mmsi)
    lane = areas.column("lane-sw")
    against = areas.inside(lon, lat)[:, lane] & (angle(heading, areas.lane_flow_deg(lon, lat, lane)) > 150)
    assert 30 * 60 < np.ptp(t[against]) < 50 * 60


def test_one_ship_crosses_a_lane_forty_degrees_from_its_axis(night):
    entry = one(night, "oblique crossing").first("lane_entry")
    assert entry.area == "lane-ne" and 33 < entry.angle_deg < 50


def test_ferries_cross_near_a_right_angle_and_lie_alongside_between(night, heard):
    for ferry in night.of_kind("ferry"):
        entries = [e for e in ferry.events if e.kind == "lane_entry"]
        assert len(entries) >= 4 and all(65 <= e.angle_deg <= 120 for e in entries)
        states = {int(m.status) for _, m in heard.of(ferry.mmsi, 1)}
        assert states == {0, 5}


def test_one_ship_drifts_two_hours_off_the_lanes(night, heard, areas):
    truth = one(night, "adrift")
    t, lon, lat, sog, _, _ = positions(heard, truth.mmsi)
    slow = (sog < 2) & (t < t[-1] - 1800)
    assert 1.8 * 3600 < np.ptp(t[slow]) < 2.3 * 3600
    lanes = areas.columns_of("lane", "separation_zone")
    assert not areas.inside(lon[slow], lat[slow])[:, lanes].any()


def test_one_ship_jumps_once_and_comes_back(night, heard):
    truth = one(night, "glitch")
    t, lon, lat = positions(heard, truth.mmsi)[:3]
    off = np.hypot(
        (lon - np.interp(t, truth.t_ms / 1000, truth.lon)) * 0.63,
        lat - np.interp(t, truth.t_ms / 1000, truth.lat),
    )
    wild = t[off * 60 > 2]
    assert len(wild) >= 1 and np.ptp(wild) <= 32
    assert wild[0] == pytest.approx(truth.first("glitch").t_ms / 1000, abs=32)


def test_the_deep_ship_takes_the_deep_water_route(night):
    assert "deep-water-route" in {e.area for e in one(night, "deep-water route").events}


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"hours": 0}, {"lane_ships": -1}])
def test_impossible_parameters_are_refused(wrong):
    with pytest.raises(ConfigError, match="out of range"):
        make_night(**wrong)


def test_a_short_night_holds_only_what_happens_in_it():
    night = make_night(hours=0.2, lane_ships=4)
    assert not night.of_kind("SART") and night.of_kind("ferry")
