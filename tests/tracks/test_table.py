"""What the table knows of a target: joined statics, size, path; and that it forgets nothing by growing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.config import TracksConfig
from surveil.kernels.tracks import APPLIED, IMPLAUSIBLE, NEW_PATH, NO_POSITION, TRACK_DTYPES
from surveil.schema import (
    CLASS_A,
    CLASS_ATON,
    CLASS_B,
    CLASS_BASE,
    CLASS_DEVICE,
    CLASS_SAR_AIRCRAFT,
    Positions,
    Statics,
)
from surveil.tracks.table import (
    SMALL_NO,
    SMALL_UNKNOWN,
    SMALL_YES,
    STATIC_DTYPES,
    TrackTable,
    small_craft,
    small_craft_ground,
)

T0_MS = 1_773_525_600_000
A, B = 235_000_001, 235_000_002


@pytest.fixture
def table():
    return TrackTable(TracksConfig())


def fixes(mmsi, t_s, lon=1.4, lat=51.0, **columns) -> Positions:
    t_ms = T0_MS + np.atleast_1d(t_s) * 1000
    n = len(t_ms)
    given = {"mmsi": mmsi, "lon": lon, "lat": lat, "ais_class": CLASS_A, **columns}
    return Positions.build(t_ms=t_ms, seq=np.arange(n), **{k: np.broadcast_to(v, n) for k, v in given.items()})


def said(mmsi=A, **columns) -> Statics:
    return Statics.build(t_ms=[T0_MS], seq=[1], mmsi=[mmsi], **{k: [v] for k, v in columns.items()})


def known(table: TrackTable, name: str, mmsi: int = A):
    return table.statics[name][table.slots(np.array([mmsi], np.int32))[0]]


def test_a_field_that_a_row_does_not_carry_leaves_what_is_known(table):
    table.apply_statics(said(name=b"SIM A", to_bow_m=6.0, to_stern_m=3.0))
    table.apply_statics(said(callsign=b"SIM1", ship_type=36))
    assert (known(table, "name"), known(table, "callsign")) == (b"SIM A", b"SIM1")
    assert (known(table, "length_m"), known(table, "ship_type")) == (9.0, 36)


def test_what_is_said_later_stands(table):
    table.apply_statics(said(name=b"SIM A", draught_m=4.0))
    table.apply_statics(Statics.concat([said(name=b"SIM B"), said(name=b"SIM C")]))
    assert known(table, "name") == b"SIM C"
    assert known(table, "draught_m") == 4.0


def test_a_length_of_zero_is_not_a_length(table):
    table.apply_statics(said(to_bow_m=0.0, to_stern_m=0.0, ship_type=0))
    assert np.isnan(known(table, "length_m"))
    table.apply_statics(said(to_bow_m=5.0, to_stern_m=np.nan))
    assert np.isnan(known(table, "length_m"))


def test_parts_a_and_b_of_class_b_statics_join_in_one_slot(table):
    table.apply_positions(fixes(A, 0, ais_class=CLASS_B))
    table.apply_statics(said(name=b"SIM YACHT"))
    table.apply_statics(said(ship_type=37, to_bow_m=5.0, to_stern_m=4.0, ais_class=CLASS_B))
    assert table.n == 1
    assert (known(table, "name"), known(table, "ship_type"), known(table, "length_m")) == (b"SIM YACHT", 37, 9.0)


def test_a_row_that_does_not_say_its_class_leaves_what_is_known(table):
    table.apply_positions(fixes(A, 0, ais_class=CLASS_B))
    table.apply_positions(fixes(A, 10, ais_class=0))
    table.apply_statics(said(ais_class=0))
    assert table.arrays.ais_class[0] == CLASS_B


def test_base_stations_aids_and_devices_are_no_vessels(table):
    for i, ais_class in enumerate((CLASS_A, CLASS_B, CLASS_SAR_AIRCRAFT, CLASS_BASE, CLASS_ATON, CLASS_DEVICE)):
        table.apply_positions(fixes(A + i, 0, ais_class=ais_class))
    assert table.vessels() == 3


@pytest.mark.parametrize(
    ("length_m", "ship_type", "ais_class", "verdict", "words"),
    [
        (19.9, 70, CLASS_A, SMALL_YES, "length as reported, under 20 m"),
        (20.0, 37, CLASS_B, SMALL_NO, "length as reported, 20 m or more"),
        (np.nan, 36, CLASS_A, SMALL_YES, "type: sailing or pleasure craft"),
        (np.nan, 70, CLASS_B, SMALL_NO, "type: passenger, cargo or tanker"),
        (np.nan, 0, CLASS_B, SMALL_UNKNOWN, "class B transponder, no size"),
        (np.nan, -1, CLASS_A, SMALL_UNKNOWN, "no size, type or class B"),
        (np.nan, 30, CLASS_A, SMALL_UNKNOWN, "no size, type or class B"),
    ],
)
def test_a_verdict_on_small_craft_says_its_ground(length_m, ship_type, ais_class, verdict, words):
    small, ground = small_craft(np.float32([length_m]), np.int16([ship_type]), np.uint8([ais_class]))
    assert small[0] == verdict
    assert small_craft_ground(int(ground[0])).startswith(words)


def test_slots_go_by_order_of_first_hearing(table):
    slots = table.slots(np.array([B, A, B, 7], np.int32))
    assert slots.tolist() == [0, 1, 0, 2]


def test_growing_keeps_every_target(table):
    few = fixes(np.arange(1, 101), np.zeros(100, int), lon=np.linspace(1, 2, 100))
    table.apply_positions(few)
    table.apply_statics(said(50, name=b"SIM FIFTY"))
    many = fixes(np.arange(101, 5001), np.full(4900, 10))
    table.apply_positions(many)
    assert table.n == 5000
    assert np.array_equal(table.arrays.mmsi[: table.n], np.arange(1, 5001))
    assert np.array_equal(table.arrays.lon[:100], np.linspace(1, 2, 100))
    assert table.statics["name"][49] == b"SIM FIFTY"
    assert np.array_equal(table.slots(np.arange(1, 5001, dtype=np.int32)), np.arange(5000))
    assert np.isnan(table.statics["length_m"][4999])


def test_a_fix_out_of_reach_is_rejected_and_counted(table):
    applied = table.apply_positions(fixes(A, [0, 10, 20], lon=[1.4, 1.6, 1.4]))
    assert applied.outcome.tolist() == [APPLIED, IMPLAUSIBLE, APPLIED]
    assert (table.arrays.jumps[0], table.arrays.reports[0], table.arrays.segment[0]) == (1, 2, 0)


def test_enough_fixes_that_agree_for_long_enough_make_a_path_of_their_own(table):
    applied = table.apply_positions(fixes(A, [0, 10, 40, 70, 80], lon=[1.4, 1.6, 1.6, 1.6, 1.6]))
    assert applied.outcome.tolist() == [APPLIED, IMPLAUSIBLE, IMPLAUSIBLE, NEW_PATH, APPLIED]
    assert applied.segment.tolist() == [0, 0, 0, 1, 1]


def test_a_glitch_of_many_reports_but_less_than_a_minute_makes_no_path(table):
    applied = table.apply_positions(fixes(A, [0, 10, 20, 30, 40, 60], lon=[1.4, 1.6, 1.6, 1.6, 1.6, 1.4]))
    assert applied.outcome.tolist() == [APPLIED, *[IMPLAUSIBLE] * 4, APPLIED]


def test_an_aircraft_may_go_where_a_ship_may_not(table):
    moved = {"t_s": [0, 60], "lon": [1.4, 1.5]}
    ship = table.apply_positions(fixes(A, **moved))
    aircraft = table.apply_positions(fixes(111_232_001, ais_class=CLASS_SAR_AIRCRAFT, **moved))
    assert (ship.outcome[1], aircraft.outcome[1]) == (IMPLAUSIBLE, APPLIED)


def test_a_gap_splits_the_path(table):
    applied = table.apply_positions(fixes(A, [0, 1800, 3601]))
    assert applied.segment.tolist() == [0, 0, 1]


def test_a_report_without_a_place_moves_nothing(table):
    applied = table.apply_positions(fixes(A, [0, 10], lon=[1.4, np.nan]))
    assert applied.outcome.tolist() == [APPLIED, NO_POSITION]
    assert table.arrays.last_ms[0] == T0_MS


def test_a_target_not_heard_for_the_expiry_leaves_the_picture():
    table = TrackTable(TracksConfig(expire_s=600))
    table.apply_positions(fixes(A, 0))
    table.apply_positions(fixes(B, 300))
    assert table.active(T0_MS + 599_999).tolist() == [0, 1]
    assert table.active(T0_MS + 600_000).tolist() == [1]


rows_of_two = st.lists(
    st.tuples(st.sampled_from([A, B]), st.integers(0, 900), st.sampled_from([1.4, 1.41, 1.9, np.nan])),
    min_size=1,
    max_size=60,
)


@settings(max_examples=40)
@given(rows_of_two, st.floats(0, 1))
def test_saved_and_restored_anywhere_it_goes_on_the_same(rows, share):
    mmsi, t_s, lon = (np.array(column) for column in zip(*sorted(rows, key=lambda row: row[1]), strict=True))
    moves = fixes(mmsi, t_s, lon=lon)
    cut = int(share * len(moves))
    whole, first, second = (TrackTable(TracksConfig()) for _ in range(3))
    expected = whole.apply_positions(moves)
    first.apply_statics(said(name=b"SIM A"))
    whole.apply_statics(said(name=b"SIM A"))
    before = first.apply_positions(moves.take(slice(cut)))
    second.restore({name: array.copy() for name, array in first.state().items()})
    after = second.apply_positions(moves.take(slice(cut, None)))
    for name in ("outcome", "segment"):
        parts = [getattr(before, name), getattr(after, name)]
        assert np.array_equal(np.concatenate(parts), getattr(expected, name))


@settings(max_examples=40)
@given(rows_of_two, st.integers(1, 10))
def test_the_table_does_not_depend_on_how_rows_are_cut(rows, size):
    mmsi, t_s, lon = (np.array(column) for column in zip(*sorted(rows, key=lambda row: row[1]), strict=True))
    moves = fixes(mmsi, t_s, lon=lon)
    whole, cut = TrackTable(TracksConfig()), TrackTable(TracksConfig())
    whole.apply_positions(moves)
    for start in range(0, len(moves), size):
        cut.apply_positions(moves.take(slice(start, start + size)))
    assert whole.state().keys() == TRACK_DTYPES.keys() | STATIC_DTYPES.keys() | {"paths", "hulls", "motion"}
    for name, array in whole.state().items():
        assert cut.state()[name].tobytes() == array.tobytes(), name
