"""Application payloads: hand-made ones, pyais' field lists, and what gpsd expects of its own sample."""

from __future__ import annotations

import gzip
import json
import re
from itertools import islice

import attr
import pyais
import pyais.messages as pyais_messages
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais.stream import BinaryIOStream

from surveil.decode import decode_one, encode
from surveil.decode.applications import APPLICATIONS, SUB_AREAS, Form, application_of
from surveil.decode.tables import SIGNED, SPARE, TEXT, Field, Layout, layout_of
from tests.decode.test_tables import _messages, _paired


def content(dac: int, fid: int, data: str, msg_type: int = 8) -> dict | None:
    """What a payload of 0 and 1 says."""
    fields = {"msg_type": msg_type, "mmsi": 2_320_001, "dac": dac, "fid": fid, "data": data}
    if msg_type == 6:
        fields |= {"dest_mmsi": 235_000_001}
    elif msg_type in (25, 26):
        fields |= {"structured": True}
    return decode_one(*encode(fields))["content"]


def bits(*values: tuple[int, int]) -> str:
    """(value, width) after each other, negative ones in two's complement."""
    return "".join(f"{value & ((1 << width) - 1):0{width}b}" for value, width in values)


def six_bit(text: str, characters: int) -> str:
    return bits(*((ord(c) & 63, 6) for c in text.ljust(characters, "@")))


HEADER = bits((77, 10), (74, 7), (11, 4), (25, 5), (3, 5), (40, 6), (120, 18))
CIRCLE = bits((0, 3), (1, 2), (84_000, 25), (-3_060_000, 24), (4, 3), (500, 12), (0, 18))
RECTANGLE = bits((1, 3), (2, 2), (-84_000, 25), (3_060_000, 24), (4, 3), (20, 8), (30, 8), (45, 9), (0, 5))
SECTOR = bits((2, 3), (0, 2), (84_000, 25), (3_060_000, 24), (4, 3), (4095, 12), (350, 9), (10, 9))
LINE = bits((3, 3), (3, 2), (90, 10), (2, 10), (720, 10), (1, 10), (0, 10), (0, 10), (0, 10), (0, 10), (0, 2))
POLYGON = bits((4, 3), (0, 2), (719, 10), (1023, 10), (0, 60), (0, 2))
TEXT_AREA = bits((5, 3)) + six_bit("PERSON IN WATR", 14)
RESERVED = bits((7, 3), (5, 84))


def test_an_area_notice_tells_each_kind_of_area_in_metres_and_degrees():
    shapes = CIRCLE + RECTANGLE + SECTOR + LINE + POLYGON + TEXT_AREA + RESERVED
    for msg_type, fid in ((8, 22), (6, 23)):
        found = content(1, fid, HEADER + shapes, msg_type)
        areas = found.pop("areas")
        assert found == {
            "linkage": 77, "notice": 74, "month": 11, "day": 25, "hour": 3, "minute": 40, "duration": 120,
        }  # fmt: skip
        assert areas == [
            {"shape": 0, "lon": 1.4, "lat": -51.0, "precision": 4, "radius": 5000},
            {"shape": 1, "lon": -1.4, "lat": 51.0, "precision": 4, "east": 2000, "north": 3000, "orientation": 45},
            {"shape": 2, "lon": 1.4, "lat": 51.0, "precision": 4, "radius": 4095, "left": 350, "right": 10},
            {"shape": 3, "points": [{"bearing": 45.0, "distance": 2000}, {"bearing": None, "distance": 1000}]},
            {"shape": 4, "points": [{"bearing": 359.5, "distance": 1023}]},
            {"shape": 5, "text": "PERSON IN WATR"},
            {"shape": 7, "data": bits((5, 84))},
        ]


def test_ten_areas_at_most_and_the_bits_that_fill_the_last_byte_are_none():
    assert len(content(1, 22, HEADER + CIRCLE * 10 + "0000")["areas"]) == 10
    assert len(content(1, 22, HEADER + CIRCLE + "0000000")["areas"]) == 1
    assert content(1, 22, HEADER + CIRCLE[:-1]) is None


NOTHING_289 = bits(
    (181 * 60_000, 25), (91 * 60_000, 24), (0, 1), (0, 5), (24, 5), (60, 6), (127, 7), (127, 7), (360, 9), (360, 9),
    (-1024, 11), (101, 7), (501, 10), (511, 9), (3, 2), (0, 1), (127, 7), (4001, 12), (3, 2), (255, 8), (360, 9),
    (255, 8), (360, 9), (31, 5), (255, 8), (360, 9), (31, 5), (255, 8), (63, 6), (360, 9), (255, 8), (63, 6),
    (360, 9), (13, 4), (501, 10), (7, 3), (510, 9), (3, 2), (0, 10),
)  # fmt: skip
WEATHER_289 = bits(
    (-84_000, 25), (3_060_000, 24), (1, 1), (25, 5), (6, 5), (30, 6), (126, 7), (40, 7), (225, 9), (230, 9), (-35, 11),
    (88, 7), (-200, 10), (214, 9), (2, 2), (1, 1), (126, 7), (875, 12), (1, 2), (251, 8), (40, 9), (12, 8), (220, 9),
    (10, 5), (0, 8), (0, 9), (30, 5), (42, 8), (8, 6), (200, 9), (23, 8), (12, 6), (210, 9), (5, 4), (113, 10), (1, 3),
    (345, 9), (0, 2), (0, 10),
)  # fmt: skip


def test_weather_is_in_its_units_and_missing_where_not_available():
    nothing = content(1, 31, NOTHING_289)
    assert {name for name, value in nothing.items() if value is not None} == {"accuracy", "visgreater"}
    assert content(1, 31, WEATHER_289) == {
        "lon": -1.4, "lat": 51.0, "accuracy": True, "day": 25, "hour": 6, "minute": 30, "wspeed": 126, "wgust": 40,
        "wdir": 225, "wgustdir": 230, "airtemp": -3.5, "humidity": 88, "dewpoint": -20.0, "pressure": 1013,
        "pressuretend": 2, "visgreater": True, "visibility": 12.6, "waterlevel": -1.25, "leveltrend": 1, "cspeed": 25.1,
        "cdir": 40, "cspeed2": 1.2, "cdir2": 220, "cdepth2": 10, "cspeed3": 0.0, "cdir3": 0, "cdepth3": 30,
        "waveheight": 4.2, "waveperiod": 8, "wavedir": 200, "swellheight": 2.3, "swellperiod": 12, "swelldir": 210,
        "seastate": 5, "watertemp": 11.3, "preciptype": 1, "salinity": 34.5, "ice": 0,
    }  # fmt: skip


def test_the_older_weather_message_counts_from_other_zeros_and_has_all_bits_set_where_not_available():
    fields = application_of(False, 1, 11, 296).head.fields
    most = {f.name: (1 << f.width - (f.kind == SIGNED)) - 1 for f in fields}
    nothing = content(1, 11, bits(*((most[f.name], f.width) for f in fields)))
    assert {name for name, value in nothing.items() if value is not None} == {"day"}
    zero = content(1, 11, "0" * 296)
    assert {n: zero[n] for n in ("airtemp", "dewpoint", "pressure", "waterlevel", "watertemp")} == {
        "airtemp": -60.0, "dewpoint": -20.0, "pressure": 800, "waterlevel": -10.0, "watertemp": -10.0,
    }  # fmt: skip


INLAND = six_bit("02103547", 8) + bits(
    (1350, 13), (114, 10), (8030, 14), (1, 3), (285, 11), (2, 2), (1, 1), (0, 2), (0, 8)
)


def test_an_inland_ship_tells_her_number_and_size():
    assert content(200, 10, INLAND) == {
        "vin": "02103547", "length": 135.0, "beam": 11.4, "shiptype": 8030, "hazard": 1, "draught": 2.85, "loaded": 2,
        "speed_q": True, "course_q": False, "heading_q": False,
    }  # fmt: skip
    unknown = content(200, 10, "0" * 85 + "101" + "0" * 24)
    assert {unknown[name] for name in ("length", "beam", "shiptype", "hazard", "draught", "loaded")} == {None}


@pytest.mark.parametrize(
    ("dac", "fid", "data", "expected"),
    [
        (200, 55, bits((4, 8), (8191, 13), (255, 8), (0, 51)), {"crew": 4, "passengers": None, "personnel": None}),
        (1, 2, bits((200, 10), (55, 6)), {"req_dac": 200, "req_fid": 55}),
        (1, 40, bits((12, 13), (0, 3)), {"persons": 12}),
        (1, 16, bits((12, 13), (0, 35)), {"persons": 12}),
        (1, 30, bits((5, 10)) + six_bit("KEEP CLEAR", 10), {"linkage": 5, "text": "KEEP CLEAR"}),
        (1, 25, bits((1, 2), (0, 10), (1, 4), (77, 13), (0, 4), (1, 13)),
         {"unit": 1, "amount": None, "cargos": [{"code": 1, "subtype": 77}, {"code": None, "subtype": 1}]}),
        (250, 10, bits((274, 10), (0, 10), (1, 10), (2, 2), (1, 2), (1, 1), (129, 8), (1, 1), (0, 4)),
         {"ana_int": 13.7, "ana_ext1": None, "ana_ext2": 0.05, "racon": 2, "light": 1, "alarm": True, "stat_ext": 129,
          "off_pos": True}),
    ],
)  # fmt: skip
def test_addressed_payloads(dac, fid, data, expected):
    assert content(dac, fid, data, 6) == expected


def test_targets_of_a_traffic_service_are_named_by_number_or_call_sign():
    rest = bits((0, 4), (3_060_000, 24), (84_000, 25), (360, 9), (60, 6), (255, 8))
    found = content(1, 16, bits((0, 2), (235_000_001, 42)) + rest + bits((2, 2)) + six_bit("2ABC", 7) + rest)
    where = {"lat": 51.0, "lon": 1.4, "cog": None, "utc_s": None, "sog": None}
    assert found["targets"] == [{"id_type": 0, "id": 235_000_001, **where}, {"id_type": 2, "id": "2ABC", **where}]


def test_position_is_there_or_missing_as_a_whole_in_payloads_too():
    half = bits((181 * 60_000, 25)) + WEATHER_289[25:]
    assert (content(1, 31, half)["lon"], content(1, 31, half)["lat"]) == (None, None)


@pytest.mark.parametrize(
    ("dac", "fid", "data"),
    [(316, 1, "0101"), (1, 31, WEATHER_289[:200]), (200, 10, INLAND + "0" * 256), (1, 22, ""), (1, 63, "1" * 9)],
)
def test_what_is_not_known_or_has_another_length_keeps_its_id_and_bits(dac, fid, data):
    fields = {"msg_type": 8, "mmsi": 5, "dac": dac, "fid": fid, "data": data}
    found = decode_one(*encode(fields))
    assert {name: found[name] for name in fields} == fields
    assert (found["application"], found["content"]) == (None, None)


@pytest.mark.parametrize("msg_type", [25, 26])
def test_types_25_and_26_carry_the_same_applications_as_6_and_8(msg_type):
    assert content(1, 40, bits((12, 13), (0, 3)), msg_type) is None
    assert content(1, 29, bits((5, 10)) + six_bit("HI", 2), msg_type) == {"linkage": 5, "text": "HI"}
    bare = {"msg_type": msg_type, "mmsi": 5, "data": "1010"}
    assert "content" not in decode_one(*encode(bare)) and decode_one(*encode(bare))["data"] == "1010"


@given(st.sampled_from(APPLICATIONS), st.text("01", max_size=920))
def test_any_bits_under_a_known_id_are_read_or_kept(application, data):
    to, dac, fid, _ = application
    found = content(dac, fid, data, 6 if True in to else 8)
    form = application_of(True in to, dac, fid, len(data))
    assert (found is None) == (form is None)
    assert form is None or found.keys() >= {f.name for f in form.head.fields if f.kind != SPARE} - {"scale"}


def test_rows_of_all_forms_are_equally_wide():
    widths = {form.end + form.most * form.row_width for form in SUB_AREAS}
    assert widths == {85, 87}  # a line's last two bits are spare


OF_PYAIS = {
    (1, 11): "MessageType8Dac1Fid11", (1, 31): "MessageType8Dac1Fid31", (200, 10): "MessageType8Dac200Fid10",
    (1, 22): "MessageType8Dac1Fid22", (1, 23): "MessageType6Dac1Fid23", (1, 18): "MessageType6Dac1Fid18",
    (1, 25): "MessageType6Dac1Fid25", (1, 27): "MessageType8Dac1Fid27", (1, 29): "MessageType8Dac1Fid29",
    (1, 0): "MessageType8Dac1Fid0",
}  # fmt: skip


@pytest.mark.parametrize(("dac", "fid"), OF_PYAIS)
def test_fields_lie_where_pyais_reads_them(dac, fid):
    cls = getattr(pyais_messages, OF_PYAIS[dac, fid])
    start, offset, theirs = (88 if "Type6" in cls.__name__ else 56), 0, []
    for row in attr.fields(cls):
        meta = row.metadata
        if offset >= start and not meta["is_spare"] and meta["d_type"] is not bytes:
            theirs.append((offset - start, meta["width"], meta["signed"]))
        offset += meta["width"]
    form = next(form for _, d, f, form in APPLICATIONS if (d, f) == (dac, fid))
    ours = [(f.offset, f.width, f.kind == SIGNED) for f in form.head.fields if f.kind != SPARE]
    open_ended = form.head.fields[-1].kind == TEXT
    assert (ours[:-1], ours[-1][0]) == (theirs[:-1], theirs[-1][0]) if open_ended else ours == theirs


@given(st.integers(1, 10).flatmap(lambda n: st.text("01", min_size=87 * n, max_size=87 * n)))
def test_areas_of_any_bits_are_those_pyais_reads(rows):
    lines = encode({"msg_type": 8, "mmsi": 5, "dac": 1, "fid": 22, "data": HEADER + rows})
    ours, theirs = decode_one(*lines)["content"]["areas"], pyais.decode(*lines).sub_areas
    assert [area["shape"] for area in ours] == [area["shape"] for area in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        for name in mine.keys() & other.keys() - {"text", "data", "points"}:
            assert mine[name] is None or mine[name] == pytest.approx(other[name], abs=1e-5)
        points = [p for p in other.get("points", ()) if p["distance"]]
        assert [p["distance"] for p in mine.get("points", ())] == [p["distance"] for p in points]
        assert all(p["bearing"] in (None, q["bearing"]) for p, q in zip(mine.get("points", ()), points, strict=True))


CUT_SHORT = {(1, 12), (1, 14), (1, 18), (1, 32)}
"""Payloads in gpsd's sample that end before their table does; gpsd reads zeros, or what its buffer holds, there."""
DATA_IN_GPSD = {(1, 16), (1, 40)}
"""Applications whose fields gpsd does not read."""
TIMES = {
    "timestamp": ("day", "hour", "minute"), "departure": ("lmonth", "lday", "lhour", "lminute"),
    "eta": ("nmonth", "nday", "nhour", "nminute"), "arrival": ("month", "day", "hour", "minute"),
}  # fmt: skip


def _stamp(layout: Layout, payload: str, names: tuple[str, ...]) -> str:
    """A time as gpsd prints it."""
    *date, hour, minute = (f"{layout[name].raw(payload):02d}" for name in names)
    return f"{'-'.join(date)}T{hour}:{minute}Z"


def _compared(form: Form, payload: str, raw: dict, scaled: dict) -> int:
    """Fields of a payload, whole within it, that agree with gpsd's."""
    n = 0
    for field in (f for f in form.head.fields if f.kind != SPARE and f.end <= len(payload)):
        if field.name in raw and field.name not in TIMES:
            assert _same(field, payload, raw[field.name], scaled[field.name]), (form.head.title, field.name)
            n += 1
    for name, parts in TIMES.items():
        if name in raw and form.head[parts[-1]].end <= len(payload):
            assert raw[name] == _stamp(form.head, payload, parts)
            n += 1
    return n


def _same(field: Field, payload: str, raw, scaled) -> bool:
    if field.kind == TEXT:
        return field.value(payload) == raw
    value = field.value(payload)
    if isinstance(scaled, str) or field.name in ("shiptype", "length", "beam", "draught"):  # words, or left unscaled
        scaled = None
    shown = 1e-6 if field.name in ("lon", "lat") else 0.051  # the digits that gpsd prints
    return field.raw(payload) == raw and (value is None or scaled is None or value == pytest.approx(scaled, abs=shown))


@pytest.mark.shared
def test_payloads_of_gpsd_s_sample_say_what_gpsd_expects(shared):
    lines = (shared / "data/ais/gpsd_sample.aivdm.expected.scaled.json").read_text().splitlines()
    scaled = [json.loads(line) for line in lines if '"AIS"' in line]
    compared, decoded, only_ours, cut = 0, set(), set(), set()
    wanted = [s for s in scaled if s["type"] in (6, 8)]
    pairs = [p for p in _paired(shared) if p[2]["type"] in (6, 8)]
    assert len(pairs) == len(wanted)
    for (layout, whole, raw), in_units in zip(pairs, wanted, strict=True):
        key, payload = (raw["dac"], raw["fid"]), layout.values(whole)["data"]
        form = application_of(raw["type"] == 6, *key, len(payload))
        if "data" in raw:
            only_ours |= {key} if form else set()
            continue
        if form is None:
            cut |= {key}
            form = next(f for to, d, i, f in APPLICATIONS if (d, i) == key and (raw["type"] == 6) in to)
        else:
            decoded |= {key}
        compared += _compared(form, payload, raw, in_units)
    assert decoded == {(235, 10), (1, 30), (1, 11), (1, 31), (200, 10)}
    assert (cut, only_ours) == (CUT_SHORT, DATA_IN_GPSD)
    assert compared > 350


@pytest.mark.shared
def test_payloads_of_gpsd_s_inland_log_say_what_gpsd_expects(shared):
    name = "gpsd_ais-nmea-type6-fid55.log"
    text = gzip.decompress((shared / f"data/ais/{name}.expected.gz").read_bytes()).decode()
    found = {}
    for whole in _messages(re.sub(r"^[{].*$", "", text, flags=re.M)):
        found.setdefault((int(whole[:6], 2), int(whole[8:38], 2)), []).append(whole)
    compared, keys = 0, set()
    for want in (json.loads(line) for line in text.splitlines() if line.startswith("{")):
        if want.get("type") not in (6, 8) or "data" in want:
            continue
        whole = found[want["type"], want["mmsi"]].pop(0)
        payload = layout_of(whole).values(whole)["data"]
        form = application_of(want["type"] == 6, want["dac"], want["fid"], len(payload))
        compared += _compared(form, payload, want, dict.fromkeys(want))
        keys |= {(want["dac"], want["fid"])}
    assert keys == {(200, 55), (235, 10), (1, 11), (1, 31), (200, 10)}
    assert compared > 1000


@pytest.mark.shared
@pytest.mark.parametrize("log", ["opencpn_hakefjord_20150720.nmea.gz", "gpsd_ais-nmea-type6-fid55.log"])
def test_payloads_of_real_logs_say_what_pyais_reads(shared, log):
    path, compared = shared / "data/ais" / log, 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        binary = (m for m in BinaryIOStream(file) if m.payload[:1] in b"68")
        for message in islice(binary, 400):
            found = decode_one(*message.raw.split(b"\n"))["content"] or {}
            theirs = message.decode().asdict()
            for name in found.keys() & theirs.keys():
                if found[name] is not None:
                    assert found[name] == pytest.approx(theirs[name], abs=2e-5), (message.payload, name)
                    compared += 1
    assert compared > 500
