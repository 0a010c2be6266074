"""The message tables against pyais' field lists and gpsd's expected output."""

import json
import re

import attr
import pyais.messages as pyais_messages
import pytest

from surveil.decode.tables import DATA, FLAG, LAYOUTS, SIGNED, SPARE, TEXT, bits_of, layout_of, layouts_of

FORMS = {  # pyais' name of the layouts that are one form of a type
    "channel management": "MessageType22Broadcast",
    "channel management, addressed": "MessageType22Addressed",
    "static data report, part A": "MessageType24PartA",
    "static data report, part B": "MessageType24PartB",
    "static data report, part B, craft of a mother ship": "MessageType24PartBAuxiliaryCraft",
    "assignment mode command": "MessageType16DestinationAB",
}
FLAWS = {  # where pyais and the standard differ
    (17, 40): "longitude is in two's complement",
    (17, 58): "latitude is in two's complement",
    (14, 40): "161 characters of text fit, not 161 and a third",
    (21, 272): "14 characters of name extension fit, not 14 and two thirds",
    (4, 138): "transmission control of type 27 (M.1371-6 table 49); pyais has it as spare",
    (9, 134): "altitude sensor (M.1371-6 table 60); pyais has it as reserved",
    (18, 139): "transmit power (M.1371-6 table 68); pyais has it as reserved",
    (24, 162): "position fixing device (M.1371-6 table 77); pyais has it as spare",
    (24, 166): "VDES capabilities (M.1371-6 table 77); pyais has it as spare",
}
GPSD_NAMES = {
    "sog": "speed", "cog": "course", "utc_s": "second", "nav_status": "status", "rot": "turn",
    "name": "shipname", "ship_type": "shiptype", "altitude": "alt", "vendor": "vendorid",
}  # fmt: skip
GPSD_WAYS = {
    (26, "radio"): "gpsd prints 0 for the communication state, it does not read it",
    (21, "name"): "gpsd prints name and extension as one; compared below",
}


def _pyais_class(layout):
    name = FORMS.get(layout.title, f"MessageType{layout.types[0]}")
    if layout.types[0] in (25, 26):
        chosen = dict(layout.select)
        name += "Addressed" if chosen["addressed"][0] else "Broadcast"
        name += "Structured" if chosen["structured"][0] else "Unstructured"
    if layout.types[0] in (6, 8) and not hasattr(pyais_messages, name + "Dac"):
        name = name + "Default"
    return getattr(pyais_messages, name)


def _pyais_fields(cls):
    offset, rows = 0, []
    for field in attr.fields(cls):
        meta = field.metadata
        if not meta["is_spare"] and meta["d_type"] is not bytes and not field.name.startswith(("reserved", "empty")):
            rows.append((offset, meta["width"], meta["signed"]))
        offset += meta["width"]
    return rows


def _our_fields(layout):
    return [
        (f.offset, f.width, f.kind == SIGNED)
        for f in layout.fields
        if f.kind not in (SPARE, DATA) and f.name not in ("dac", "fid", "regional")
    ]


def test_there_is_a_table_for_each_of_the_28_types_and_no_other():
    assert [t for t in range(64) if layouts_of(t)] == list(range(1, 29))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f"{f.types}-{f.title}-{f.select}")
def test_fields_lie_where_pyais_reads_them(layout):
    ours, theirs = _our_fields(layout), _pyais_fields(_pyais_class(layout))
    if layout.types[0] in (
        6,
        8,
        25,
        26,
    ):  # pyais names their data otherwise; what both name must agree
        theirs = [row for row in theirs if row[0] in {o for o, _, _ in ours}]
        ours = [row for row in ours if row[0] in {o for o, _, _ in theirs}]
    known = {offset for t, offset in FLAWS if t in layout.types}
    assert [r for r in ours if r[0] not in known] == [r for r in theirs if r[0] not in known]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f"{f.types}-{f.title}-{f.select}")
def test_fields_follow_each_other_without_gap_and_fill_the_longest_length(layout):
    for before, after in zip(layout.fields, layout.fields[1:], strict=False):
        assert before.end == after.offset
    padding = layout.max_bits - layout.fields[-1].end
    assert 0 <= padding < 6 or layout.types in ((14,), (27,))


def test_not_available_values_are_those_of_the_standard():
    a, long_range, sar = layouts_of(1)[0], layouts_of(27)[0], layouts_of(9)[0]
    assert a["lon"].na / a["lon"].per_unit == 181 and a["lat"].na / a["lat"].per_unit == 91
    assert a["sog"].na == 1023 and a["cog"].na == 3600 and a["heading"].na == 511 and a["rot"].na == -128
    assert long_range["sog"].na == 63 and long_range["cog"].na == 511 and sar["altitude"].na == 4095
    assert long_range["lon"].na / long_range["lon"].per_unit == 181


def test_type_17_south_west_reads_negative():
    bits = f"{17:06b}" + "00" + f"{2655651:030b}" + "00" + f"{(1 << 18) - 600:018b}" + f"{(1 << 17) - 1200:017b}"
    values = layouts_of(17)[0].values(bits + "00000")
    assert (values["lon"], values["lat"]) == (-1.0, -2.0)


def test_radio_state_of_type_26_is_read_at_the_end_whatever_the_length():
    head = f"{26:06b}" + "00" + f"{2655651:030b}" + "00"
    bits = head + "10101010" + f"{0xABCDE:020b}"
    values = layout_of(bits).values(bits)
    assert values["data"] == "10101010" and values["radio"] == 0xABCDE


def _messages(text):
    """Messages of a log whose parts follow each other, as strings of bits."""
    parts, held = [], ""
    for m in re.finditer(r"^!..VD[MO],(\d),(\d),[^,]*,[^,]*,([^,]*),(\d)\*", text, re.M):
        total, number, payload, fill = m.groups()
        held = bits_of(payload.encode(), int(fill)) if number == "1" else held + bits_of(payload.encode(), int(fill))
        if total == number and held:
            parts.append(held)
    return parts


def _expected(shared):
    lines = (shared / "data/ais/gpsd_sample.aivdm.expected.unscaled.json").read_text().splitlines()
    return [json.loads(line) for line in lines if '"AIS"' in line]


def _paired(shared):
    """(layout, bits, gpsd's object) for each message gpsd prints, found by type and MMSI in order."""
    messages = iter(_messages((shared / "data/ais/gpsd_sample.aivdm").read_text()))
    for want in _expected(shared):
        for bits in messages:
            layout = layout_of(bits)
            if layout and (int(bits[:6], 2), layout["mmsi"].raw(bits)) == (want["type"], want["mmsi"]):
                yield layout, bits, want
                break


def _comparable(field, bits):
    raw = field.raw(bits)
    return field.value(bits) if field.kind == TEXT else bool(raw) if field.kind == FLAG else raw


@pytest.mark.shared
def test_raw_values_are_those_gpsd_expects(shared):
    pairs, differences, compared = list(_paired(shared)), [], 0
    for layout, bits, want in pairs:
        for field in layout.fitted(len(bits)):
            key = field.name if field.name in want else GPSD_NAMES.get(field.name, field.name)
            if key in want and field.kind not in (SPARE, DATA) and (want["type"], field.name) not in GPSD_WAYS:
                compared += 1
                if want[key] != (got := _comparable(field, bits)):
                    differences.append((want["type"], len(bits), field.name, want[key], got))
    assert len(pairs) > 0.9 * len(_expected(shared)) and compared > 700
    assert differences == []


@pytest.mark.shared
def test_name_of_an_aid_goes_on_in_its_extension_as_gpsd_prints_it(shared):
    names = [
        (f.values(bits)["name"] + f.values(bits).get("name_ext", ""), want["name"])
        for f, bits, want in _paired(shared)
        if want["type"] == 21
    ]
    assert names and all(ours == theirs for ours, theirs in names)
