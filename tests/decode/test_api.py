"""The decoder as a library."""

from __future__ import annotations

import doctest
import gzip
import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

import surveil.decode
from surveil.decode import api, decode, decode_each, decode_one, encoding, to_geopandas
from surveil.decode.syntax import parse_line
from surveil.decode.tables import LAYOUTS
from surveil.errors import InputError, NoTimeError
from surveil.ledger import Ledger
from surveil.schema import AIS_KINDS
from tests.decode.made import AT_SEA, closed, joined, report, same, sentences
from tests.decode.test_messages import payload_of

VOYAGE = sentences(5, shipname="SPIRIT OF TEST", callsign="ABCD", imo=9_000_001, destination="DOVER")
LOG = b"\n".join(
    [report(1, **AT_SEA), *(b"\\c:1500000000*00\\" + part.encode() for part in VOYAGE), report(14, text="HI")]
)


def test_the_examples_in_the_docstrings_run():
    for module, least in ((api, 6), (encoding, 2)):
        failed, tried = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
        assert (failed, tried >= least) == (0, True)


def test_importing_the_package_imports_nothing_heavy():
    code = "import json, sys, surveil.decode; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "numba", "pyais", "geopandas"} & set(json.loads(ran.stdout))
    assert set(surveil.decode.__all__) <= set(dir(surveil.decode))


def test_a_path_bytes_lines_and_an_open_file_give_the_same_rows(tmp_path):
    path, packed = tmp_path / "log.nmea", tmp_path / "log.nmea.gz"
    path.write_bytes(LOG)
    packed.write_bytes(gzip.compress(LOG))
    whole = joined(list(decode(LOG)))
    assert len(whole) == 3
    lines = [line.decode() for line in LOG.split(b"\n")]
    with gzip.open(packed) as unpacked:
        for source in (path, str(path), LOG.splitlines(keepends=True), lines, unpacked):
            assert same(joined(list(decode(source))), whole)


def test_a_source_without_a_time_is_an_error_or_a_problem_of_the_ledger():
    bare = sentences(1, **AT_SEA)
    with pytest.raises(NoTimeError):
        list(decode(bare))
    ledger = Ledger()
    assert list(decode(bare, ledger=ledger)) == []
    assert [type(problem) for problem in ledger.problems] == [NoTimeError]


def test_each_message_of_a_log_has_the_fields_time_and_line_that_its_row_has():
    ledger = Ledger()
    found = list(decode_each(LOG, ledger=ledger))
    whole = joined(list(decode(LOG)))
    assert [(m["msg_type"], m["t_ms"], m["seq"]) for m in found] == [
        (rows.msg_type[0], rows.t_ms[0], rows.seq[0]) for rows in (getattr(whole, kind) for kind in AIS_KINDS)
    ]
    assert (found[1]["destination"], found[2]["text"], ledger.totals()["decoded"]) == ("DOVER", "HI", 4)
    assert [m["msg_type"] for m in decode_each(LOG.splitlines(), types=(5, 14))] == [5, 14]
    assert list(decode_each(LOG, types=())) == []


def test_what_is_refused_is_not_among_each_message_and_is_accounted_for():
    ledger, short = Ledger(), closed("!AIVDM,1,1,,A,15N,0")
    assert list(decode_each([f"\\c:1500000000*5A\\{short}"], ledger=ledger)) == []
    assert ledger.totals()["refused"] == {"type 1 too short": 1}
    with pytest.raises(NoTimeError):
        list(decode_each(sentences(1, **AT_SEA)))


@pytest.mark.shared
def test_each_message_of_a_real_log_is_one_that_the_batch_decoder_counts(shared):
    log = shared / "data/ais/gpsd_ais-nmea-type6-fid55.log"
    time, batch, each = surveil.decode.TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1), Ledger(), Ledger()
    list(decode(log, time, batch))
    types = Counter(str(m["msg_type"]) for m in decode_each(log, time=time, ledger=each))
    assert types == batch[0].types == each[0].types and types["6"] == 68


@pytest.mark.parametrize("parts", [VOYAGE, VOYAGE[::-1]])
def test_parts_of_one_message_come_in_any_order(parts):
    found = decode_one(*parts)
    assert (found["imo"], found["name"], found["destination"]) == (9_000_001, "SPIRIT OF TEST", "DOVER")


@pytest.mark.parametrize("parts", [VOYAGE[:1], [VOYAGE[0], VOYAGE[0]], [*VOYAGE, VOYAGE[0]]])
def test_what_is_not_all_of_one_message_is_an_error(parts):
    with pytest.raises(InputError, match="not all parts"):
        decode_one(*parts)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("", "no sentences"),
        (sentences(1, **AT_SEA)[0][:-1] + "x", "checksum"),
        (closed("!AIVDM,1,1,,A,15N,0"), "too short"),
    ],
)
def test_a_line_that_holds_no_message_is_an_error_with_its_reason(line, cause):
    with pytest.raises(InputError, match=cause):
        decode_one(line)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f"{f.types}{f.select}")
def test_every_field_of_every_type_is_told(layout):
    bits = f"{layout.types[0]:06b}00{235_000_001:030b}".ljust(layout.max_bits, "1")
    for name, want in layout.select:
        field = layout[name]
        bits = bits[: field.offset] + f"{min(want):0{field.width}b}" + bits[field.end :]
    payload, fill = payload_of(bits)
    found = decode_one(closed(f"!AIVDM,1,1,,A,{payload.decode()},{fill}"))
    more = {"application", "content"} if "dac" in layout else set()
    assert found.keys() == {f.name for f in layout.fields if f.kind != "spare"} - {"name_ext"} | more


COLUMNS = {"sog_kn": "sog", "cog_deg": "cog", "heading_deg": "heading"} | {
    f"{name}_m": name for name in ("to_bow", "to_stern", "to_port", "to_starboard", "draught")
}
SAME_NAME = (
    "mmsi",
    "msg_type",
    "lon",
    "lat",
    "nav_status",
    "imo",
    "ship_type",
    "name",
    "callsign",
    "destination",
    "text",
)
MISSING = {"nav_status": -1, "imo": 0, "ship_type": -1}


def _agrees(column: str, ours, theirs) -> bool:
    if isinstance(ours, bytes):
        return ours.decode() == (theirs or "")
    if theirs is None:
        return ours == MISSING[column] if column in MISSING else bool(np.isnan(ours))
    return bool(np.isclose(ours, theirs, rtol=1e-6))


@pytest.mark.shared
def test_one_message_says_what_its_row_in_the_batch_says(shared):
    logs = ("libais_typeexamples.nmea", "gpsd_sample.aivdm", "kystverket_Ais1000Lines_20190807.nm4")
    lines = [line for log in logs for line in (shared / "data/ais" / log).read_bytes().splitlines()[:300]]
    compared = 0
    for line in lines:
        taken = parse_line(line).sentences
        if len(taken) != 1 or taken[0].parts != 1:
            continue
        try:
            found = decode_one(line)
        except InputError:
            continue
        batches = decode([line], surveil.decode.TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1))
        for rows in (rows for batch in batches for _, rows, _ in batch.parts() if len(rows)):
            for column in (*SAME_NAME, *COLUMNS):
                if column in rows.DTYPES:
                    compared += 1
                    ours = getattr(rows, column)[0]
                    assert _agrees(column, ours, found.get(COLUMNS.get(column, column))), (line, column, ours)
    assert compared > 200


def test_tables_of_all_batches_and_of_one_have_the_same_rows():
    tables = surveil.decode.to_arrow(decode(LOG))
    assert {kind: table.num_rows for kind, table in tables.items()} == {"positions": 1, "statics": 1, "safety": 1}
    (batch,) = decode(LOG + b"\n")
    assert batch.to_arrow() == tables == surveil.decode.to_arrow(batch)
    assert {k: t.num_rows for k, t in surveil.decode.to_arrow([]).items()} == dict.fromkeys(tables, 0)
    (only,) = decode(report(1, **AT_SEA))
    assert list(only.to_arrow()) == ["positions"]


def test_a_frame_has_a_row_for_each_position_and_no_place_where_there_is_none():
    log = b"\n".join([report(1, **AT_SEA), report(1, 970_123_456, lon=181, lat=91, status=14)])
    frame = to_geopandas(decode(log))
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.isna().tolist() == [False, True]
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == (frame.lon.iloc[0], 51.0)
    assert len(to_geopandas([])) == 0
