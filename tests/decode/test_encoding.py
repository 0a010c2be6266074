"""What is encoded reads back, here and in pyais."""

from __future__ import annotations

import attr
import pyais
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyais.constants import EpfdType, ShipType

from surveil.decode import decode, decode_one, encode
from surveil.decode.encoding import MAX_CHARS
from surveil.decode.syntax import parse_line
from surveil.decode.tables import DATA, FLAG, LAYOUTS, SIGNED, SIX_BIT, SPARE, TEXT, Field, Layout, layout_of
from surveil.errors import InputError
from surveil.schema import CLASS_ATON
from tests.decode.made import decoded, same

NAMES = ("msg_type", "mmsi", "name_ext")
"""Fields that are not drawn by their own table row."""
PAIRS = (("lon", "lat"), ("to_bow", "to_stern"), ("to_port", "to_starboard"))
FORMS = [pytest.param(f, id=f"{f.types}-{f.title}-{f.select}") for f in LAYOUTS]
OF_PYAIS = (1, 2, 3, 4, 5, 9, 14, 18, 19, 21, 24, 27)
SIGNS = SIX_BIT[1:].replace(" ", "")


def _values(field: Field, want=None) -> st.SearchStrategy:
    """What can be sent in a field and comes back."""
    if want is not None:
        return st.integers(want[0], want[-1])
    if field.kind == FLAG:
        return st.booleans()
    if field.kind == TEXT:
        return st.text(SIGNS, max_size=field.width // 6)
    if field.kind == DATA:
        return st.text("01", max_size=field.width)
    low = -(1 << field.width - 1) if field.kind == SIGNED else 0
    span = range(low, low + (1 << field.width))
    top = span[-1] if field.limit is None else min(field.limit, span[-1])
    raws = st.integers(max(low, -top), top).filter(lambda raw: raw != field.na)
    sent = raws.map(lambda raw: raw + field.bias if field.per_unit == 1 else (raw + field.bias) / field.per_unit)
    return sent if field.na is None else st.none() | sent


@st.composite
def messages(draw, form: Layout) -> dict:
    """Fields of a message: all of them, as ``decode_one`` gives them back."""
    select = dict(form.select)
    drawn = [f for f in form.fields if f.kind != SPARE and f.name not in NAMES]
    fields = {f.name: draw(_values(f, select.get(f.name))) for f in drawn}
    fields |= {"msg_type": draw(st.sampled_from(form.types))}
    fields |= {"mmsi": draw(_values(form["mmsi"], select["mmsi"]) if "mmsi" in select else st.integers(1, 979_999_999))}
    if "name_ext" in form:
        fields["name"] = draw(st.text(SIGNS, max_size=34))
    for pair in PAIRS:
        if pair[0] in form and (None in (fields[pair[0]], fields[pair[1]]) or not any(fields[p] for p in pair)):
            fields |= dict.fromkeys(pair)
    return fields


def told(lines: list[str]) -> dict:
    return {name: value for name, value in decode_one(*lines).items() if name not in ("application", "content")}


@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_every_type_reads_back_as_it_was(form):
    @given(messages(form), st.integers(0, 9), st.sampled_from(["A", "B", ""]), st.booleans())
    @settings(max_examples=25)
    def check(fields, sequence, channel, own_ship):
        lines = encode(fields, sequence=sequence, channel=channel, own_ship=own_ship)
        got = told(lines)
        data_cut = form.types[0] in (6, 8, 17, 25, 26)
        assert {k: v for k, v in got.items() if not data_cut or k in fields} == fields
        assert encode(got, sequence=sequence, channel=channel, own_ship=own_ship) == lines
        assert all(len(line) + 2 <= 82 and line[5] == ("O" if own_ship else "M") for line in lines)

    check()


def _by_pyais(lines: list[str]) -> dict[int, tuple[object, int]]:
    """Value and width of the fields that pyais reads, by offset."""
    message = pyais.decode(*lines)
    found, offset = {}, 0
    for row in attr.fields(type(message)):
        found[offset] = getattr(message, row.name), row.metadata["width"]
        offset += row.metadata["width"]
    return found


SCALED_BY_PYAIS = {"rot": "degrees a minute"}
ENUMERATED = {"epfd": [int(e) for e in EpfdType], "ship_type": [int(t) for t in ShipType]}
"""pyais makes 0 of numbers that its enumerations have no name for."""


@pytest.mark.parametrize("form", [p for p in FORMS if p.values[0].types[0] in OF_PYAIS])
def test_pyais_reads_the_same(form):
    @given(messages(form))
    @settings(max_examples=25)
    def check(fields):
        for name, known in ENUMERATED.items():
            if name in fields:
                fields[name] = known[fields[name] % len(known)]
        lines = encode(fields)
        theirs = _by_pyais(lines)
        for field in form.fields:
            value, width = theirs.get(field.offset, (None, 0))
            if field.kind == SPARE or field.name in (*SCALED_BY_PYAIS, "name_ext"):
                continue
            if width != field.width and field.kind != TEXT:
                continue
            sent = fields[field.name]
            if field.kind == TEXT:
                assert (value or "") == sent[: field.width // 6], field.name
            elif sent is None:
                assert value == pytest.approx((field.na or 0) / field.per_unit, abs=1e-6), field.name
            else:
                assert value == pytest.approx(sent, abs=1e-6), field.name

    check()


def test_a_message_of_two_sentences_is_joined_by_pyais_and_by_the_batch():
    fields = {"msg_type": 5, "mmsi": 235_000_001, "name": "SPIRIT OF TEST", "destination": "DOVER", "draught": 6.5}
    lines = encode(fields, channel="B", sequence=7, station="DOVER", t_ms=1_700_000_000_250)
    assert len(lines) == 2 and pyais.decode(*(line.rpartition("\\")[2] for line in lines)).shipname == "SPIRIT OF TEST"
    (batch,) = decode(lines)
    assert batch.statics.name.tolist() == [b"SPIRIT OF TEST"] and batch.statics.t_ms.tolist() == [1_700_000_000_250]


def test_a_single_slot_aid_to_navigation_gives_a_position_by_both_decoders():
    fields = {"msg_type": 28, "mmsi": 992_351_000, "lon": 1.4, "lat": 51.0, "utc_s": 7, "aid_type": 30, "mrn": 12_345}
    line = encode(fields, t_ms=1_700_000_000_000)[0]
    (batch,) = decode([line])
    slow, _ = decoded(line.encode())
    assert same(batch, slow)
    row = batch.positions.to_arrow().to_pylist()[0]
    seen = {name: row[name] for name in ("lon", "lat", "utc_s", "ais_class", "sog_kn", "msg_type")}
    assert seen == {"lon": 1.4, "lat": 51.0, "utc_s": 7, "ais_class": CLASS_ATON, "sog_kn": None, "msg_type": 28}


def test_the_tag_block_names_station_time_and_group():
    fields = {"msg_type": 5, "mmsi": 235_000_001}
    tags = [parse_line(line.encode()).tag for line in encode(fields, sequence=4, station="S1", t_ms=1_700_000_000_000)]
    assert [(t.station, t.t_ms, t.group, t.checksum_ok) for t in tags] == [(b"S1", 1_700_000_000_000, b"4", True)] * 2
    assert encode(fields, station="S1")[0].startswith("\\g:1-2-0,s:S1*")
    assert encode({"msg_type": 10, "mmsi": 1}, t_ms=1_700_000_000_000)[0].startswith("\\c:1700000000*")
    assert encode({"msg_type": 10, "mmsi": 1})[0].startswith("!AIVDM,1,1,,A,")


@pytest.mark.parametrize(
    ("fields", "n_bits"),
    [
        ({"msg_type": 5}, 424), ({"msg_type": 14, "text": "SART ACTIVE"}, 112), ({"msg_type": 21, "name": "X"}, 272),
        ({"msg_type": 21, "name": "X" * 21}, 280), ({"msg_type": 21, "name": "X" * 34}, 360),
        ({"msg_type": 24, "partno": 0}, 160), ({"msg_type": 24, "partno": 1}, 168), ({"msg_type": 27}, 96),
        ({"msg_type": 15, "mmsi1": 5}, 88), ({"msg_type": 15, "mmsi1": 5, "mmsi2": 6}, 160),
        ({"msg_type": 7, "mmsi1": 5, "mmsi2": 6}, 104), ({"msg_type": 8, "data": "1" * 11}, 67),
    ],
)  # fmt: skip
def test_messages_have_the_length_that_the_standard_gives_them(fields, n_bits):
    sentences = [parse_line(line.encode()).sentences[0] for line in encode(fields | {"mmsi": 235_000_001})]
    assert sum(len(s.payload) for s in sentences) * 6 - sentences[-1].fill == n_bits
    assert all(len(s.payload) == MAX_CHARS for s in sentences[:-1])


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"mmsi": 5}, "no msg_type"), ({"msg_type": 1}, "no mmsi"), ({"msg_type": 1, "mmsi": 0}, "MMSI out of range"),
        ({"msg_type": 29, "mmsi": 5}, "no form"), ({"msg_type": 24, "mmsi": 5, "partno": 2}, "no form"),
        ({"msg_type": 1, "mmsi": 5, "speed": 3}, "no field speed"),
        ({"msg_type": 1, "mmsi": 5, "sog": 102.3}, "sog beyond"),
        ({"msg_type": 1, "mmsi": 5, "sog": -1}, "sog beyond"), ({"msg_type": 1, "mmsi": 5, "lon": 180.1}, "lon beyond"),
        ({"msg_type": 1, "mmsi": 5, "sog": float("nan")}, "sog is no number"),
        ({"msg_type": 1, "mmsi": 5, "sog": "fast"}, "sog is no number"),
        ({"msg_type": 1, "mmsi": 5, "lat": float("inf")}, "lat is no number"),
        ({"msg_type": 14, "mmsi": 5, "text": "Sart"}, "text is not six-bit text"),
        ({"msg_type": 14, "mmsi": 5, "text": "A@B"}, "text is not six-bit text"),
        ({"msg_type": 5, "mmsi": 5, "callsign": "ABCDEFGH"}, "callsign has 8 characters, 7 fit"),
        ({"msg_type": 8, "mmsi": 5, "data": "102"}, "data is not 0 and 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_an_error_that_names_the_field(fields, cause):
    with pytest.raises(InputError, match=cause):
        encode(fields)


def test_numbers_are_rounded_to_the_nearest_step():
    assert decode_one(*encode({"msg_type": 1, "mmsi": 5, "sog": 12.34, "cog": 0.06}))["sog"] == 12.3


def test_what_a_decoded_payload_means_is_sent_as_the_data_say():
    line = "!AIVDM,1,1,,B,83aDChPj2d<dL<uM=hhhI?a@6HP0,0*40"
    found = decode_one(line)
    assert found["content"]["vin"] == "02103547" and encode(found, channel="B") == [line]


def test_every_form_is_drawn_so_that_it_is_chosen():
    assert {layout_of(f"{t:06b}".ljust(400, "0")) is not None for f in LAYOUTS for t in f.types} == {True}
