"""CSV archives: a bad row costs itself alone, and the cut between chunks costs nothing."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil import schema
from surveil.decode.times import TimeOptions, civil_ms
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.sources.csvfiles import CsvDecoder
from surveil.sources.dialects import DANISH, EXACT_EARTH, NOAA, SOLENT, SPIRE, guess
from tests.decode.made import joined, same

NOAA_HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
ROW = "235000001,2023-01-11T00:00:05,51.0,1.4,12.3,45.6,44.0,SPIRIT,IMO9000001,2ABC,69,0.0,150.0,25.0,6.5,60.0,A"
DANISH_HEADER = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type"
)
DANISH_ROW = (
    "01/06/2018 00:00:00,Class B,219007101,55.1,8.3,Engaged in fishing,,3.2,182.5,181,Unknown,XPE2447,TINY,Fishing,,"
    "4,8,GPS,1.5,ESBJERG,,AIS"
)


def read(*lines: str | bytes, dialect=NOAA, time: TimeOptions | None = None):
    data = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    ledger = Ledger()
    decoder = CsvDecoder(ledger.add_source("table.csv"), ledger, dialect, time)
    return joined([decoder.feed(data), decoder.close()]), ledger


def test_a_noaa_row_gives_a_position_and_statics():
    batch, ledger = read(NOAA_HEADER, ROW)
    row = batch.positions.to_arrow().to_pylist()[0]
    assert batch.positions.t_ms[0] == civil_ms(2023, 1, 11, 0, 0, 5)
    assert (row["mmsi"], row["lon"], row["lat"], row["nav_status"], row["seq"]) == (235_000_001, 1.4, 51.0, 0, 2)
    assert row["ais_class"] == schema.CLASS_A
    static = batch.statics.to_arrow().to_pylist()[0]
    assert (static["name"], static["callsign"], static["imo"], static["ship_type"]) == ("SPIRIT", "2ABC", 9_000_001, 69)
    assert (static["to_bow_m"] + static["to_stern_m"], static["to_port_m"] + static["to_starboard_m"]) == (150, 25)
    assert ledger.totals() == {"lines_read": 2, "decoded": 1, "not_ais": 1, "cut_out": 0, "refused": {}, "warnings": {}}


def test_the_lower_case_noaa_header_is_the_same_table():
    header = (
        "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,status,length,"
        "width,draft,cargo,transceiver"
    )
    batch, _ = read(header, "235000001,2025-01-11 00:00:05,1.4,51.0,12.3,45.6,44,SPIRIT,,,69,0,150,25,6.5,60,B")
    assert (batch.positions.lon[0], batch.positions.ais_class[0]) == (1.4, schema.CLASS_B)
    assert batch.statics.name.tolist() == [b"SPIRIT"]


def test_a_danish_row_has_its_day_first_and_its_codes_in_words():
    batch, _ = read(DANISH_HEADER, DANISH_ROW, dialect=DANISH)
    assert batch.positions.t_ms[0] == civil_ms(2018, 6, 1, 0, 0, 0)
    assert (batch.positions.nav_status[0], batch.positions.ais_class[0]) == (7, schema.CLASS_B)
    static = batch.statics.to_arrow().to_pylist()[0]
    assert (static["ship_type"], static["destination"], static["imo"]) == (30, "ESBJERG", 0)


def test_newer_danish_files_place_the_antenna():
    batch, _ = read(DANISH_HEADER + ",A,B,C,D", DANISH_ROW + ",5,3,1,3", dialect=DANISH)
    assert (batch.statics.to_bow_m[0], batch.statics.to_stern_m[0], batch.statics.to_port_m[0]) == (5, 3, 1)


EXACT_HEADER = (
    "MMSI,Message_ID,Time,Millisecond,Vessel_Name,Call_sign,IMO,Ship_Type,Dimension_to_Bow,Dimension_to_stern,"
    "Dimension_to_port,Dimension_to_starboard,Draught,Destination,Navigational_status,SOG,Longitude,Latitude,COG,"
    "Heading,UTC_second,Destination_ID,Safety_text,ATON_name"
)


def exact(mmsi: int, kind: int, **fields) -> str:
    row = {"MMSI": mmsi, "Message_ID": kind, "Time": "20210701_185151", "Millisecond": 680, **fields}
    return ",".join(f'"{row.get(name, "")}"' for name in EXACT_HEADER.split(","))


def test_exactearth_rows_give_what_their_message_carries_and_no_more():
    batch, ledger = read(
        EXACT_HEADER,
        exact(432905000, 1, SOG="13.6", Longitude="-103.63687", Latitude="8.87", COG="None", UTC_second=48),
        exact(538007407, 5, Vessel_Name="GH ZONDA            ", IMO=9436472, Ship_Type=71, Draught=87),
        exact(538007407, 5, Vessel_Name="GH ZONDA            ", IMO=9436472, Ship_Type=71, Draught=87),
        exact(997011013, 21, Longitude="-57.6", Latitude="-34.7", ATON_name="BRL 64K6"),
        exact(232000001, 14, Safety_text="SART TEST"),
        exact(232000001, 12, Safety_text="CALL ME", Destination_ID=232000002),
        exact(232000001, 8),
        dialect=EXACT_EARTH,
    )
    assert batch.positions.seq.tolist() == [2, 5]
    assert batch.positions.t_ms[0] == civil_ms(2021, 7, 1, 18, 51, 51) + 680
    assert np.isnan(batch.positions.cog_deg[0])
    assert (batch.positions.msg_type.tolist(), batch.positions.utc_s[0]) == ([1, 21], 48)
    assert batch.positions.ais_class.tolist() == [schema.CLASS_A, schema.CLASS_ATON]
    assert batch.statics.seq.tolist() == [3, 4, 5], "each message of statics is kept"
    assert batch.statics.name.tolist() == [b"GH ZONDA", b"GH ZONDA", b"BRL 64K6"]
    assert batch.statics.draught_m[0] == np.float32(8.7)
    assert [(s["text"], s["dest_mmsi"]) for s in batch.safety.to_arrow().to_pylist()] == [
        ("SART TEST", 0), ("CALL ME", 232_000_002),
    ]  # fmt: skip
    assert (ledger[0].decoded, ledger[0].types["5"]) == (7, 2)


def test_the_speed_that_means_none_is_that_of_the_message():
    rows = [exact(111232001, 9, SOG=n, Longitude=1, Latitude=51) for n in (300, 1023)]
    rows += [exact(232000001, 27, SOG=n, Longitude=1, Latitude=51) for n in (62, 63)]
    sog = read(EXACT_HEADER, *rows, dialect=EXACT_EARTH)[0].positions.sog_kn
    np.testing.assert_array_equal(sog, [300, np.nan, 62, np.nan])


SPIRE_HEADER = (
    "created_at,timestamp,mmsi,msg_type,latitude,longitude,speed,course,heading,rot,imo,name,call_sign,flag,draught,"
    "ship_type,ship_and_cargo_type,length,width,eta,destination,status,maneuver,accuracy,collection_type"
)


def test_spire_rows_are_messages():
    batch, _ = read(
        SPIRE_HEADER,
        "2020-01-01T00:00:09Z,2020-01-01 00:00:05.25 UTC,235000001,1,51.0,1.4,12.3,45.6,44,0,,,,GB,,,,,,,,0,0,1,sat",
        "2020-01-01T00:00:09Z,2020-01-01T00:00:06Z,235000001,5,,,,,,,9000001,SPIRIT,2ABC,GB,6.5,Cargo,79,150,25,,DOVER,"
        ",,,satellite",
        dialect=SPIRE,
    )
    assert batch.positions.t_ms.tolist() == [civil_ms(2020, 1, 1, 0, 0, 5) + 250]
    static = batch.statics.to_arrow().to_pylist()[0]
    assert (static["name"], static["ship_type"], static["destination"]) == ("SPIRIT", 79, "DOVER")
    assert (static["to_bow_m"] + static["to_stern_m"], static["msg_type"]) == (150, 5)


@pytest.mark.parametrize(
    ("header", "dialect"),
    [(NOAA_HEADER, NOAA), (DANISH_HEADER, DANISH), (EXACT_HEADER, EXACT_EARTH), (SPIRE_HEADER, SPIRE)],
)
def test_a_header_tells_the_archive(header, dialect):
    assert guess(header.split(","))[0] is dialect
    assert guess(["time", "mmsi", "latitude", "longitude"])[0] not in (EXACT_EARTH, SPIRE)


def test_not_available_becomes_missing():
    row = ROW.replace("51.0,1.4,12.3,45.6,44.0", "91.0,181.0,102.3,360.0,511.0").replace(",0.0,", ",15.0,")
    rows = read(NOAA_HEADER, row)[0].positions
    for name in ("lon", "lat", "sog_kn", "cog_deg", "heading_deg"):
        assert np.isnan(getattr(rows, name)[0]), name
    assert rows.nav_status[0] == schema.MISSING_STATUS


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (ROW + ",extra", "wrong number of columns"),
        (ROW.rpartition(",")[0], "wrong number of columns"),
        (ROW.replace("SPIRIT", '"SPIRIT'), "quote not closed"),
        (ROW.replace("2023-01-11T", "11.1.2023 "), "time not readable"),
        (ROW.replace("2023-01-11", "2023-02-30"), "time not readable"),
        (ROW.replace("2023", "1970"), "time before AIS existed"),
        (ROW.replace("2023", "2080"), "time in the future"),
        (ROW.replace("235000001", "23500000x"), "MMSI not a number"),
        (ROW.replace("235000001", ""), "MMSI not a number"),
        (ROW.replace("235000001", "0"), "MMSI out of range"),
        (ROW.replace("235000001", "2350000012"), "MMSI out of range"),
        (ROW.replace("51.0", "north"), "latitude not a number"),
        (ROW.replace("51.0", "90.5"), "latitude out of range"),
        (ROW.replace("1.4,", "1.4.1,"), "longitude not a number"),
        (ROW.replace("1.4,", "180.5,"), "longitude out of range"),
        (ROW.replace("12.3", "fast"), "SOG not a number"),
    ],
)
def test_a_bad_row_in_the_middle_is_refused_with_its_line_and_the_others_count(bad, reason):
    time = TimeOptions(not_after_ms=civil_ms(2030, 1, 1, 0, 0, 0))
    batch, ledger = read(NOAA_HEADER, ROW, bad, ROW.replace("05,", "06,"), time=time)
    assert batch.positions.seq.tolist() == [2, 4]
    assert ledger.totals()["refused"] == {reason: 1}
    (problem,) = ledger.problems
    assert (problem.source, problem.line, problem.cause) == ("table.csv", 3, reason)
    assert ledger.exit_code == 3


def test_a_quote_that_is_not_closed_does_not_swallow_what_follows():
    rows = [ROW.replace("SPIRIT", '"A, ""B"""'), ROW.replace("SPIRIT", '"LOST'), *[ROW] * 50]
    batch, ledger = read(NOAA_HEADER, *rows)
    assert (ledger[0].decoded, ledger[0].refused.total()) == (51, 1)
    assert batch.statics.name.tolist()[0] == b'A, "B"'


def test_bytes_that_are_not_utf8_cost_no_row():
    batch, _ = read(NOAA_HEADER, ROW.encode().replace(b"SPIRIT", b"\xc5SGARD"), ROW)
    assert len(batch.positions) == 2


def test_zones_are_honoured_and_a_stamp_without_one_is_utc():
    stamps = ["2023-01-11T12:00:00Z", "2023-01-11T14:00:00+02:00", "2023-01-11 06:30:00-0530", "2023-01-11T12:00:00.25"]
    batch, _ = read(NOAA_HEADER, *(ROW.replace("2023-01-11T00:00:05", stamp) for stamp in stamps))
    noon = civil_ms(2023, 1, 11, 12, 0, 0)
    assert batch.positions.t_ms.tolist() == [noon, noon, noon, noon + 250]


@pytest.mark.parametrize("column", ["MMSI", "BaseDateTime", "LAT", "LON"])
def test_a_missing_column_is_named_with_the_file(column):
    with pytest.raises(InputError, match=f"table.csv.*{column}"):
        read(NOAA_HEADER.replace(column, "other"), ROW)


def test_statics_come_again_only_when_they_change():
    lines = [ROW, ROW, ROW.replace("6.5", "7.0"), ROW.replace("235000001", "235000002"), ROW, ROW.replace("12.3", "9")]
    batch, _ = read(NOAA_HEADER, *lines)
    assert batch.statics.seq.tolist() == [2, 4, 5, 6]


def test_a_table_without_statics_gives_none():
    batch, _ = read(
        "Time,MMSI,Latitude_degrees,Longitude_degrees,COG_degrees,SOG_knots",
        "2016-01-12 13:02:11.218,235070762,50.77,-1.09,157.8,5.9",
        dialect=SOLENT,
    )
    assert (len(batch.positions), len(batch.statics)) == (1, 0)
    assert batch.positions.t_ms[0] % 1000 == 218


def test_the_digest_is_of_the_content_and_not_of_the_time():
    later, elsewhere = ROW.replace("00:05", "00:09"), ROW.replace("51.0", "51.1")
    digest = read(NOAA_HEADER, ROW, later, elsewhere)[0].positions.digest
    assert digest[0] == digest[1] != digest[2]


TABLE = "\r\n".join(
    [
        "\ufeff" + NOAA_HEADER,
        ROW,
        "",
        ROW + ",",
        ROW.replace("6.5", "7"),
        ROW.replace("SPIRIT", '"X, Y"'),
        ROW.replace("A", "Å"),
    ]
).encode()


@given(st.lists(st.integers(0, len(TABLE)), max_size=8))
def test_any_cut_between_chunks_gives_the_same_rows_and_accounts(cuts):
    results = []
    for edges in ([0, len(TABLE)], [0, *sorted(cuts), len(TABLE)]):
        ledger = Ledger()
        decoder = CsvDecoder(ledger.add_source("table.csv"), ledger, NOAA)
        batches = []
        for a, b in itertools.pairwise(edges):
            batches.append(decoder.feed(TABLE[a:b]))
            saved, decoder = json.loads(json.dumps(decoder.state())), CsvDecoder(0, ledger, NOAA)
            decoder.restore(saved)
        results.append((joined([*batches, decoder.close()]), ledger.state()))
    assert same(results[0][0], results[1][0])
    assert results[0][1] == results[1][1]
