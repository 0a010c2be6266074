"""JSON of aisstream.io and AISHub: one object a report, however the bytes are cut; a bad one costs itself alone."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil import schema
from surveil.decode.times import civil_ms
from surveil.ledger import Ledger
from surveil.sources.files import lines_of, open_sources
from surveil.sources.jsonfiles import AISHUB, AISSTREAM, JsonDecoder, recognise
from tests.decode.made import joined, same


def stream(kind: str, time: str = "2022-12-29 18:22:32.318353064 +0000 UTC", **body) -> str:
    meta = {"MMSI": 259000420, "ShipName": "AUGUSTSON", "latitude": 66.02695, "longitude": 12.25381, "time_utc": time}
    message = {"UserID": 259000420, "Valid": True, **body}
    return json.dumps({"Message": {kind: message}, "MessageType": kind, "MetaData": meta})


POSITION = stream(
    "PositionReport", MessageID=1, Latitude=66.02695, Longitude=12.253821666666665, Sog=0.1, Cog=308.2,
    TrueHeading=235, NavigationalStatus=15, Timestamp=31,
)  # fmt: skip
STATIC = stream(
    "ShipStaticData", MessageID=5, ImoNumber=9000001, CallSign="LABC@@@", Name="AUGUSTSON  ", Type=30,
    Dimension={"A": 10, "B": 5, "C": 2, "D": 3}, MaximumStaticDraught=4.4, Destination="BODO",
)  # fmt: skip
PART_A = stream(
    "StaticDataReport", MessageID=24, ReportA={"Valid": True, "Name": "TINY"}, ReportB={"Valid": False, "ShipType": 0}
)
TEXT = stream("SafetyBroadcastMessage", MessageID=14, Text="SART TEST")
TO_ONE = stream("AddressedSafetyMessage", MessageID=12, DestinationID=232000001, Text="CALL ME")

HUMAN = (
    '[{"ERROR":false,"USERNAME":"AH_1","FORMAT":"HUMAN","RECORDS":1},'
    '[{"MMSI":413811000,"TIME":"2026-03-14 22:00:27 GMT",'
    '"LONGITUDE":118.445867,"LATITUDE":38.874833,"COG":356.5,"SOG":0.1,"HEADING":116,"NAVSTAT":1,"IMO":9118824,'
    '"NAME":"JIN HAI XIANG","CALLSIGN":"BVKU","TYPE":70,"A":197,"B":27,"C":20,"D":12,"DRAUGHT":7.5,"DEST":"CAOFEIDIAN",'
    '"ETA":"04-10 07:00"}]]'
)
ENCODED = (
    '[{"ERROR":false,"USERNAME":"AH_1","FORMAT":"AIS","RECORDS":1},[{"MMSI":413811000,"TIME":"1773525627",'
    '"LONGITUDE":71067520,"LATITUDE":23324900,"COG":3565,"SOG":1,"HEADING":116,"NAVSTAT":1,"IMO":9118824,'
    '"NAME":"JIN HAI XIANG","CALLSIGN":"BVKU","TYPE":70,"A":197,"B":27,"C":20,"D":12,"DRAUGHT":75,"DEST":"CAOFEIDIAN",'
    '"ETA":"273408"}]]'
)


def read(*lines: str, form=AISSTREAM, cuts: tuple[int, ...] = ()):
    data = "\n".join(lines).encode()
    ledger = Ledger()
    decoder = JsonDecoder(ledger.add_source("x.json"), ledger, form)
    edges = [0, *sorted(cuts), len(data)]
    parts = [decoder.feed(data[a:b]) for a, b in pairwise(edges)]
    return joined([*parts, decoder.close()]), ledger


def only(rows: schema.Columns) -> dict:
    (row,) = rows.to_arrow().to_pylist()
    return row


def test_a_position_report_of_aisstream_gives_its_position():
    batch, ledger = read(POSITION)
    row = only(batch.positions)
    assert batch.positions.t_ms[0] == civil_ms(2022, 12, 29, 18, 22, 32) + 318
    assert (row["mmsi"], row["lon"], row["lat"]) == (259_000_420, 12.253821666666665, 66.02695)
    assert (row["msg_type"], row["utc_s"], row["heading_deg"], row["nav_status"]) == (1, 31, 235, -1)
    assert row["ais_class"] == schema.CLASS_A
    assert ledger[0].types == {"1": 1}
    assert not len(batch.statics)


def test_statics_of_aisstream_give_no_position_and_each_is_kept():
    batch, _ = read(STATIC, STATIC, PART_A)
    assert not len(batch.positions)
    first, _, part = batch.statics.to_arrow().to_pylist()
    assert (first["name"], first["callsign"], first["imo"], first["ship_type"]) == ("AUGUSTSON", "LABC", 9_000_001, 30)
    assert (first["to_bow_m"], first["to_starboard_m"], first["destination"]) == (10, 3, "BODO")
    assert first["draught_m"] == pytest.approx(4.4)
    assert (part["name"], part["ship_type"], part["to_bow_m"]) == ("TINY", schema.MISSING_SHIP_TYPE, None)


def test_safety_texts_of_aisstream_are_kept_with_their_addressee():
    texts = read(TEXT, TO_ONE)[0].safety.to_arrow().to_pylist()
    assert [(t["text"], t["dest_mmsi"]) for t in texts] == [("SART TEST", 0), ("CALL ME", 232_000_001)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"error": "Api Key Is Not Valid"}', "error reported by aisstream.io"),
        (POSITION[:100], "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"MessageType": "PositionReport", "MetaData": {}}', "not a message of aisstream.io"),
        (POSITION.replace("true", "false"), "said to be invalid by aisstream.io"),
        (POSITION.replace("259000420", "0"), "MMSI out of range"),
        (POSITION.replace("66.02695", "96.5"), "latitude out of range"),
        (POSITION.replace("2022-12-29", "someday"), "time not readable"),
        (stream("UnknownMessage"), "unknown message type"),
    ],
)
def test_a_bad_message_is_refused_by_name_and_costs_itself_alone(line, reason):
    batch, ledger = read(POSITION, line, POSITION)
    assert ledger[0].refused == {reason: 1}
    assert batch.positions.seq.tolist() == [1, 3]
    assert ledger[0].waiting == 0


def test_a_message_without_a_row_of_its_own_is_decoded_as_in_a_log():
    batch, ledger = read(stream("BinaryBroadcastMessage", MessageID=8))
    assert (len(batch), ledger[0].decoded) == (0, 1)


@pytest.mark.parametrize("answer", [HUMAN, ENCODED])
def test_either_encoding_of_aishub_gives_the_same_vessel(answer):
    batch, ledger = read(answer, form=AISHUB)
    row, static = only(batch.positions), only(batch.statics)
    assert batch.positions.t_ms[0] == civil_ms(2026, 3, 14, 22, 0, 27)
    assert row["lon"] == pytest.approx(118.445867, abs=1e-6)
    assert row["lat"] == pytest.approx(38.874833, abs=1e-6)
    assert (round(row["cog_deg"], 1), round(row["sog_kn"], 1), row["nav_status"]) == (356.5, 0.1, 1)
    assert (static["name"], static["imo"], static["ship_type"], static["draught_m"]) == (
        "JIN HAI XIANG",
        9118824,
        70,
        7.5,
    )
    assert ledger.totals()["not_ais"] == 1, "the header of the answer"


def test_answers_of_aishub_one_after_the_other_are_one_source():
    batch, ledger = read(HUMAN, HUMAN.replace("22:00:27", "22:01:27"), form=AISHUB)
    assert batch.positions.seq.tolist() == [2, 4]
    assert len(batch.statics) == 1, "the second says what the first said"
    assert ledger[0].waiting == 0


def test_an_answer_that_is_an_error_and_one_cut_off_are_refused_by_name():
    failed = '[{"ERROR":true,"USERNAME":"AH_1","ERROR_MESSAGE":"Too frequent requests!"}]'
    _, ledger = read(failed, HUMAN, HUMAN[:-30], form=AISHUB)
    assert ledger[0].refused == {"error reported by AISHub": 1, "not JSON": 1}
    assert ledger[0].decoded == 1


@given(st.lists(st.integers(0, 3000), max_size=6), st.sampled_from([AISSTREAM, AISHUB]))
def test_where_the_bytes_are_cut_changes_nothing(cuts, form):
    lines = (POSITION, STATIC, TEXT) if form is AISSTREAM else (HUMAN, ENCODED)
    size = len("\n".join(lines))
    whole, ledger = read(*lines, form=form)
    pieces, again = read(*lines, form=form, cuts=tuple(min(c, size) for c in cuts))
    assert same(whole, pieces)
    assert ledger.totals() == again.totals()


def test_both_are_recognised_by_content(tmp_path):
    assert recognise(POSITION.encode()) == AISSTREAM.name
    assert recognise(HUMAN.encode()) == AISHUB.name
    assert recognise(b'[{"ERROR":false,"USERNAME":"A","RECORDS":0},[]]') == AISHUB.name
    assert recognise(b'{"type": "FeatureCollection"}') == ""
    path = tmp_path / "answers"
    path.write_text(HUMAN)
    (source,) = open_sources([path], Ledger())
    assert source.format == AISHUB.name
    assert sum(len(batch.positions) for batch in source.batches()) == 1
    assert b"JIN HAI XIANG" in source.lines([2])[2]
    assert lines_of(path, [2], AISHUB.name)[2].startswith(b'{"MMSI"')


def test_a_saved_state_goes_on_in_the_middle_of_an_object():
    data = HUMAN.encode()
    ledger = Ledger()
    first = JsonDecoder(ledger.add_source("x"), ledger, AISHUB)
    before = first.feed(data[:200])
    then = JsonDecoder(0, ledger, AISHUB)
    then.restore(json.loads(json.dumps(first.state())))
    whole = joined([before, then.feed(data[200:]), then.close()])
    np.testing.assert_array_equal(whole.positions.mmsi, [413_811_000])
