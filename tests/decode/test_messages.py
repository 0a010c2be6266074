"""Messages to columns: what is missing, who sent it, and a digest that tells copies."""

from __future__ import annotations

import numpy as np
import pytest

from surveil import schema
from surveil.decode.messages import MIN_BITS, VERDICTS, Payloads, decode, digests
from surveil.decode.tables import LAYOUTS
from tests.decode.made import AT_SEA, closed, decoded, report, sentences, tagged


def positions(*lines: bytes) -> schema.Positions:
    return decoded(b"\n".join(lines))[0].positions


def statics(*lines: bytes) -> schema.Statics:
    return decoded(b"\n".join(lines))[0].statics


@pytest.mark.parametrize("kind", [1, 2, 3, 18, 19])
def test_a_position_keeps_what_was_sent(kind):
    rows = positions(report(kind, **AT_SEA))
    assert rows.lon[0] == round(1.4 * 600_000) / 600_000
    assert rows.lat[0] == 51.0
    assert (rows.sog_kn[0], rows.cog_deg[0], rows.heading_deg[0]) == (np.float32(12.3), np.float32(45.6), 44)
    assert (rows.utc_s[0], rows.msg_type[0], rows.mmsi[0]) == (7, kind, 235_000_001)


def test_not_available_becomes_missing():
    rows = positions(report(1, lon=181, lat=91, speed=102.3, course=360, heading=511, status=15, second=60))
    for name in ("lon", "lat", "sog_kn", "cog_deg", "heading_deg"):
        assert np.isnan(getattr(rows, name)[0]), name
    assert (rows.nav_status[0], rows.utc_s[0]) == (schema.MISSING_STATUS, 60)


def test_the_highest_speed_that_can_be_sent_is_kept():
    assert positions(report(1, **{**AT_SEA, "speed": 102.2})).sog_kn[0] == np.float32(102.2)


def test_a_longitude_that_cannot_be_takes_the_latitude_with_it():
    rows = positions(report(1, lon=200.0, lat=51.0))
    assert np.isnan(rows.lon[0]) and np.isnan(rows.lat[0])


def test_long_range_reports_have_their_own_scales_and_codes_for_not_available():
    rows = positions(
        report(27, lon=1.4, lat=51.0, speed=12, course=45, status=0),
        report(27, lon=181, lat=91, speed=63, course=511, status=15),
    )
    assert (rows.lon[0], rows.sog_kn[0], rows.cog_deg[0]) == (pytest.approx(1.4, abs=1 / 1200), 12, 45)
    assert np.isnan([rows.lon[1], rows.sog_kn[1], rows.cog_deg[1]]).all()


def test_a_rescue_aircraft_reports_whole_knots():
    rows = positions(report(9, 111_232_001, lon=1.4, lat=51.0, speed=180, course=45.0))
    assert (rows.sog_kn[0], rows.ais_class[0]) == (180, schema.CLASS_SAR_AIRCRAFT)


def test_a_distress_device_without_a_fix_still_makes_a_row():
    rows = positions(report(1, 970_123_456, lon=181, lat=91, status=14))
    assert (rows.ais_class[0], rows.nav_status[0]) == (schema.CLASS_DEVICE, 14)


@pytest.mark.parametrize(
    ("kind", "mmsi", "ais_class"),
    [
        (1, 235_000_001, schema.CLASS_A),
        (18, 235_000_001, schema.CLASS_B),
        (4, 2_320_001, schema.CLASS_BASE),
        (11, 235_000_001, schema.CLASS_UNKNOWN),
        (27, 235_000_001, schema.CLASS_UNKNOWN),
        (21, 992_351_000, schema.CLASS_ATON),
        (1, 972_000_001, schema.CLASS_DEVICE),
        (1, 974_000_001, schema.CLASS_DEVICE),
        (1, 111_232_001, schema.CLASS_SAR_AIRCRAFT),
        (18, 982_350_001, schema.CLASS_B),
    ],
)
def test_class_comes_from_the_message_and_before_it_from_the_mmsi(kind, mmsi, ais_class):
    lines = map(tagged, sentences(kind, mmsi, lon=1.0, lat=51.0))
    assert positions(*lines).ais_class.tolist() == [ais_class]


def test_voyage_data_is_kept_and_text_trimmed():
    lines = sentences(
        5, imo=9_000_001, callsign="2ABC", shipname="SPIRIT OF TEST  ", destination="DOVER", ship_type=69,
        to_bow=100, to_stern=50, to_port=12, to_starboard=13, draught=6.5,
    )  # fmt: skip
    row = statics(*map(tagged, lines)).to_arrow().to_pylist()[0]
    sent = {
        "imo": 9_000_001, "name": "SPIRIT OF TEST", "callsign": "2ABC", "destination": "DOVER", "ship_type": 69,
        "to_bow_m": 100, "to_stern_m": 50, "to_port_m": 12, "to_starboard_m": 13, "draught_m": 6.5,
    }  # fmt: skip
    assert {key: row[key] for key in sent} == sent


def test_a_length_and_draught_of_zero_are_missing_but_a_zero_at_one_end_is_not():
    rows = statics(
        *map(tagged, sentences(5, to_bow=0, to_stern=0, to_port=0, to_starboard=8, draught=0)),
    )
    assert np.isnan([rows.to_bow_m[0], rows.to_stern_m[0], rows.draught_m[0]]).all()
    assert (rows.to_port_m[0], rows.to_starboard_m[0]) == (0, 8)


def test_parts_a_and_b_of_type_24_leave_missing_what_they_do_not_carry():
    rows = statics(
        report(24, partno=0, shipname="TINY"),
        report(24, partno=1, ship_type=37, callsign="2XYZ", to_bow=5, to_stern=5, to_port=1, to_starboard=2),
    )
    assert rows.name.tolist() == [b"TINY", b""]
    assert rows.ship_type.tolist() == [schema.MISSING_SHIP_TYPE, 37]
    assert np.isnan(rows.to_bow_m[0]) and rows.to_bow_m[1] == 5


def test_the_mothership_in_place_of_dimensions_is_not_read_as_dimensions():
    row = statics(report(24, 982_350_001, partno=1, ship_type=37, callsign="X", mothership_mmsi=235_000_009))
    assert np.isnan([row.to_bow_m[0], row.to_port_m[0]]).all()


def test_the_name_of_an_aid_goes_on_in_its_extension():
    long = sentences(21, 992_351_000, name="ABCDEFGHIJKLMNOPQRST", name_ext="UVWX", lon=1.0, lat=51.0)
    assert statics(*map(tagged, long)).name.tolist() == [b"ABCDEFGHIJKLMNOPQRSTUVWX"]


def test_a_space_stays_where_the_name_of_an_aid_runs_into_its_extension():
    halves = {"name": "ABCDEFGHIJKLMNOPQRS ", "name_ext": " UV"}
    assert statics(*map(tagged, sentences(21, 992_351_000, **halves, lon=1.0, lat=51.0))).name.tolist() == [
        b"ABCDEFGHIJKLMNOPQRS  UV"
    ]


def test_bits_left_over_after_the_last_whole_character_make_none():
    bits = f"{14:06b}00{970_000_001:030b}00{8:06b}{9:06b}" + "0001"
    payload, fill = payload_of(bits)
    assert decode(Payloads.build([payload], [fill], [0], [1], [1]), 0).safety.text.tolist() == [b"HI"]


def test_safety_texts_keep_text_and_addressee():
    batch, _ = decoded(
        b"\n".join(
            [report(14, 970_000_001, text="SART ACTIVE"), report(12, dest_mmsi=235_000_002, text="YOU ARE IN MY LANE")]
        )
    )
    assert batch.safety.text.tolist() == [b"SART ACTIVE", b"YOU ARE IN MY LANE"]
    assert batch.safety.dest_mmsi.tolist() == [0, 235_000_002]


def test_the_digest_is_the_same_for_every_station_and_channel_and_in_every_run():
    (by_ship,) = sentences(1, **AT_SEA, talker="AI", channel="A")
    (by_coast,) = sentences(1, **AT_SEA, talker="BS", channel="B")
    rows = positions(tagged(by_ship), tagged(by_coast, "s:other,c:1500000009"), report(1, **{**AT_SEA, "second": 8}))
    assert rows.digest[0] == rows.digest[1] != rows.digest[2]
    assert int(rows.digest[0]) == 5886525661496321129


def test_fill_bits_do_not_count_in_the_digest_but_the_length_does():
    def digest(payload: bytes, fill: int) -> int:
        payloads = Payloads.build([payload], [fill], [0], [1], [1])
        return int(digests(payloads)[0])

    assert digest(b"15N0", 2) == digest(b"15N3", 2)
    assert digest(b"15N0", 2) != digest(b"15N4", 2)
    assert digest(b"15N0", 0) != digest(b"15N00", 0)


def payload_of(bits: str) -> tuple[bytes, int]:
    """Characters and fill bits of a message written as a string of 0 and 1."""
    fill = -len(bits) % 6
    values = [int((bits + "0" * fill)[at : at + 6], 2) for at in range(0, len(bits), 6)]
    return bytes(v + 48 if v < 40 else v + 56 for v in values), fill


@pytest.mark.parametrize("layout", [f for f in LAYOUTS if f.types[0] in (25, 26)], ids=lambda f: f"{f.types}{f.select}")
def test_each_form_of_types_25_and_26_has_its_own_least_length(layout):
    bits = f"{layout.types[0]:06b}00{235_000_001:030b}" + "".join(str(want[0]) for _, want in layout.select) + "0" * 99

    def verdict(n: int) -> str:
        payload, fill = payload_of(bits[:n])
        return VERDICTS[decode(Payloads.build([payload], [fill], [0], [1], [1]), 0).verdict[0]]

    assert verdict(layout.min_bits) == ""
    assert verdict(layout.min_bits - 1) == f"type {layout.types[0]} too short"


@pytest.mark.parametrize(("n_bits", "n_warned"), [(168, 0), (174, 1), (204, 1)])
def test_a_message_longer_than_the_standard_has_it_is_read_and_warned_of(n_bits, n_warned):
    warned = {"type 1 too long": 1} if n_warned else {}
    body = sentences(1, **AT_SEA)[0].split(",")[5]
    line = closed(f"!AIVDM,1,1,,A,{body}{'0' * ((n_bits - 168) // 6)},0")
    batch, ledger = decoded(tagged(line))
    assert (len(batch.positions), ledger[0].decoded, dict(ledger[0].warnings)) == (1, 1, warned)


@pytest.mark.parametrize("kind", sorted(MIN_BITS))
def test_one_bit_too_few_is_refused_and_just_enough_is_not(kind):
    bits = f"{kind:06b}00{235_000_001:030b}" + "0" * 400
    need = 162 if kind == 24 else MIN_BITS[kind]
    bits = bits[:38] + ("01" if kind == 24 else "00") + bits[40:]

    def verdict(n: int) -> int:
        payload, fill = payload_of(bits[:n])
        return int(decode(Payloads.build([payload], [fill], [0], [1], [1]), 0).verdict[0])

    assert verdict(need) == 0
    assert verdict(need - 1) != 0
