"""ASTERIX: the tables against Croatia Control's decoder, the kernels against the tables, what is written read back."""

import gzip
import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.decode.asterix import Malformed, encode, read_records
from surveil.decode.asterix_tables import CAT010, CAT048, CATEGORIES
from surveil.decode.capture import datagrams
from surveil.decode.plots import PlotDecoder, looks_like_asterix
from surveil.errors import InputError
from surveil.kernels import asterix as kernel
from surveil.ledger import Ledger
from surveil.schema import MISSING_SENSOR, Plots

DAY_MS = 86_400_000
NOON_MS = 1_767_225_600_000 + DAY_MS // 2


def blocks_of(payload: bytes) -> list[bytes]:
    heads, end = kernel.blocks(np.frombuffer(payload, np.uint8), 0, len(payload))
    assert end == len(payload)
    return [payload[h : h + int.from_bytes(payload[h + 1 : h + 3], "big")] for h in heads.tolist()]


def decoded(data: bytes, near_ms=NOON_MS, sensors=None, cuts=()) -> tuple[Plots, Ledger]:
    """Plots of a stream that comes in pieces cut at ``cuts``."""
    ledger = Ledger()
    decoder = PlotDecoder(ledger, ledger.add_source("feed"), sensors or {}, near_ms)
    edges = [0, *sorted(c for c in cuts if c < len(data)), len(data)]
    parts = [decoder.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    decoder.close()
    assert not ledger[0].waiting
    return Plots.concat(parts), ledger


def flat(value):
    """Values of an item, in the order of its table."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from flat(part)
    else:
        yield value


def same(ours, said: str) -> bool:
    """Whether a value is the text, raw or scaled, that the other decoder prints; knots there are NM/s here."""
    if isinstance(ours, str):
        return said.split(" (")[0].strip() == ours.strip()
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", said)]
    return any(abs(ours * k - n) <= 1e-6 * max(1, abs(n)) * k for n in numbers for k in (1, 3600))


@pytest.mark.shared
def test_monoradar_capture_agrees_with_croatia_control_item_by_item(shared):
    """All but the inside of item 250, which is aircraft's Mode S."""
    folder = shared / "data" / "radar"
    packets = datagrams((folder / "croatiacontrol_cat_034_048.pcap").read_bytes(), "capture")
    ours = [record for p in packets for block in blocks_of(p.payload) for record in read_records(block)]
    text = gzip.decompress((folder / "croatiacontrol_cat_034_048.expected.txt.gz").read_bytes()).decode()
    theirs = re.split(r"\nData Record \d+\n", text)[1:]
    assert len(ours) == len(theirs) == 162
    compared = 0
    for record, printed in zip(ours, theirs, strict=True):
        items = {part.split(" :")[0].strip(): part for part in re.split(r"\nItem ", printed)[1:]}
        assert list(record) == list(items)
        for id in record.keys() - {"250"}:
            said = [v for k, v in re.findall(r"\n\t(.*?): (.*)", items[id]) if not re.match("FX|spare", k)]
            values = list(flat(record[id]))
            assert len(values) == len(said)
            assert all(map(same, values, said)), (id, values, said)
            compared += len(values)
    assert compared > 4000


@pytest.mark.shared
def test_older_monoradar_capture_agrees_with_croatia_control(shared):
    """In ORADIS frames. They print CAT001's ground speed with an LSB of 0.22 kt, where 2^-14 NM/s is 0.2197."""
    folder = shared / "data" / "radar"
    packets = datagrams((folder / "croatiacontrol_cat_001_002.pcap").read_bytes(), "capture")
    payload, ours = next(packets).payload, []
    while payload:
        size = int.from_bytes(payload[:2], "big")
        ours += [(b[0], r) for b in blocks_of(payload[6:size]) for r in read_records(b)]
        payload = payload[size:]
    theirs = [
        json.loads(line) for line in (folder / "croatiacontrol_cat_001_002.expected.jsonl").read_text().splitlines()
    ]
    assert [c for c, _ in ours] == [t["cat"] for t in theirs]
    for (category, record), their in zip(ours, theirs, strict=True):
        for id, fields in their[f"CAT{category:03d}"].items():
            for each in fields if isinstance(fields, list) else [fields]:
                for name, said in each.items():
                    if name in ("FX", "spare"):
                        continue
                    value = record[id[1:]][name]
                    factor = 3600 * 0.22 / (3600 / 2**14) if name == "CalcGS" else 1
                    assert value == said or float(value) * factor == pytest.approx(float(said), rel=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["croatiacontrol_cat_034_048.pcap", "asterix_cat_062_065.pcap"])
def test_kernels_and_tables_read_the_same_plots_of_a_capture(shared, name):
    data = (shared / "data" / "radar" / name).read_bytes()
    ledger = Ledger()
    decoder = PlotDecoder(ledger, ledger.add_source(name), {(25, 201): 5}, 0)
    plots = decoder.datagrams(datagrams(data, name))
    plain = [
        r for p in datagrams(data, name) for b in blocks_of(p.payload) if b[0] in (48, 62) for r in read_records(b)
        if ("040" in r or "105" in r) and not ("020" in r and r["020"]["TYP"] == 0)
    ]  # fmt: skip
    assert len(plots) == len(plain) > 0
    for i, record in enumerate(plain):
        clock = record.get("140", {}).get("ToD") or record["070"]["ToT"]
        assert plots.t_ms[i] % DAY_MS == round(clock * 1000)
        assert plots.sensor[i] == (5 if record["010"] == {"SAC": 25, "SIC": 201} else MISSING_SENSOR)
        if "105" in record:
            assert (plots.lon[i], plots.lat[i]) == (record["105"]["Lon"], record["105"]["Lat"])
        else:
            assert plots.range_m[i] == pytest.approx(record["040"]["RHO"] * 1852)
            assert plots.track[i] == record.get("161", {"Tn": -1})["Tn"]
    capture_ms = next(datagrams(data, name)).t_ms
    assert np.abs(plots.t_ms - capture_ms).max() < DAY_MS // 2 + 120_000


def head(category: int, body: bytes) -> bytes:
    return bytes([category]) + (len(body) + 3).to_bytes(2, "big") + body


def test_item_lengths_and_scales_are_those_of_the_specification():
    """CAT048 ed. 1.21: FSPEC, 010, 140, 020, 040, 130 with PAM; one record by hand."""
    body = bytes([0b11110010, 25, 201]) + (43_200 * 128).to_bytes(3, "big") + bytes([0b00110000])
    body += (256 * 10).to_bytes(2, "big") + (16_384).to_bytes(2, "big") + bytes([0b00001000, 236])
    (record,) = read_records(head(48, body))
    assert record["140"]["ToD"] == 43_200
    assert record["040"] == {"RHO": 10.0, "THETA": 90.0}
    assert record["130"] == {"PAM": {"PAM": -20}}
    plots, ledger = decoded(head(48, body), sensors={(25, 201): 2})
    assert (plots.t_ms[0], plots.range_m[0], plots.bearing_deg[0]) == (NOON_MS, 18_520, 90)
    assert (plots.snr_db[0], plots.sensor[0], plots.seq[0]) == (-20, 2, 1)
    assert ledger[0].simulated


def test_surface_radar_position_size_and_velocity_are_read():
    """CAT010 ed. 1.1: 010, 000, 020, 140, 041, 042, 202, 161, 270 (two parts), 500."""
    frns = [1, 2, 3, 4, 5, 7, 9, 10, 19, 22]
    fspec = bytearray(4)
    for frn in frns:
        fspec[(frn - 1) // 7] |= 128 >> (frn - 1) % 7
    for octet in range(3):
        fspec[octet] |= 1
    body = bytes(fspec) + bytes([0, 9, 1, 0b01100000]) + (128).to_bytes(3, "big")
    body += (2**30).to_bytes(4, "big") + (2**29).to_bytes(4, "big")
    body += (300).to_bytes(2, "big") + (-400 & 0xFFFF).to_bytes(2, "big")
    body += (8).to_bytes(2, "big") + (0).to_bytes(2, "big") + (77).to_bytes(2, "big")
    body += bytes([40 << 1 | 1, 64 << 1]) + bytes([12, 16, 0, 0])
    plots, _ = decoded(head(10, body))
    assert (plots.lat[0], plots.lon[0]) == (90.0, 45.0)
    assert plots.range_m[0] == 500
    assert plots.bearing_deg[0] == pytest.approx(180 - np.degrees(np.arctan2(300, 400)), abs=1e-4)
    assert (plots.track[0], plots.length_m[0], plots.cog_deg[0]) == (77, 40, 90)
    assert plots.sog_kn[0] == pytest.approx(2 * 3600 / 1852)
    assert plots.sigma_m[0] == pytest.approx(np.sqrt((3**2 + 4**2) / 2))


raw = st.integers(0, 2**16 - 1)
RECORDS = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 86_399), raw, raw, st.integers(-128, 127)), min_size=1)


@given(rows=RECORDS, cuts=st.lists(st.integers(1, 400)), category=st.sampled_from([48, 10]))
def test_what_is_written_is_read_back_by_both_readers_however_it_is_cut(rows, cuts, category):
    sic, tod, rho, theta, amplitude = (np.array(c) for c in zip(*rows, strict=True))
    amplitude = amplitude if category == 48 else amplitude + 128
    values = {"010/SAC": 7, "010/SIC": sic, "140/ToD": tod, "020/TYP": 1, "020/SIM": 1}
    if category == 48:
        ids, table = ("010", "140", "020", "040", "130/PAM"), CAT048
        values |= {"040/RHO": rho / 256, "130/PAM/PAM": amplitude}
    else:
        ids, table = ("010", "000", "020", "140", "040", "131"), CAT010
        values |= {"040/RHO": rho, "131/PAM": amplitude, "000/MsgTyp": 1}
    values["040/THETA"] = theta * (360 / 65_536)
    data = encode(table, ids, values, tod // 100)
    records = [r for block in blocks_of(data) for r in read_records(block)]
    assert [r["040"]["RHO"] * (256 if category == 48 else 1) for r in records] == rho.tolist()
    plots, ledger = decoded(data, sensors={(7, i): i for i in range(256)}, cuts=cuts)
    assert ledger[0].decoded == len(rows) and ledger[0].simulated
    assert plots.sensor.tolist() == sic.tolist()
    assert (plots.t_ms % DAY_MS).tolist() == (tod * 1000).tolist()
    assert np.allclose(plots.range_m, rho * (1852 / 256 if category == 48 else 1))
    assert np.allclose(plots.bearing_deg, theta * 360 / 65_536)
    assert plots.snr_db.tolist() == amplitude.tolist()
    assert plots.seq.tolist() == list(range(1, len(rows) + 1))


def plain_count(block: bytes) -> tuple[int, bool]:
    """Records before the first that cannot be read, and whether there is one: by the plain reader."""
    count, records = 0, read_records(block)
    while True:
        try:
            next(records)
        except StopIteration:
            return count, True
        except Malformed:
            return count, False
        count += 1


@given(
    category=st.sampled_from([48, 10, 62]), bodies=st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=4)
)
def test_kernels_and_tables_break_off_at_the_same_record_of_junk(category, bodies):
    blocks = [head(category, body) for body in bodies]
    ledger = Ledger()
    decoder = PlotDecoder(ledger, ledger.add_source("junk"), {}, 0)
    decoder.feed(b"".join(blocks))
    decoder.close()
    counts = [plain_count(block) for block in blocks]
    broken = sum(not whole for _, whole in counts)
    assert ledger[0].lines_read == sum(n for n, _ in counts) + broken
    assert not ledger[0].waiting
    structural = ledger[0].refused["item unknown to the tables"] + ledger[0].refused["record runs past its block"]
    assert structural == broken


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (head(240, bytes(20)), "CAT240 is raw radar video: pictures, no plots"),
        (head(21, bytes(20)), "category 21 is not read"),
        (head(48, bytes([0b11110010, 25])), "record runs past its block"),
        (head(10, bytes([1, 1, 1, 0b00001000])), "item unknown to the tables"),
        (b"\x30\x00\x02junk", "not a block of ASTERIX"),
        (b"\x30\x00\x50cut", "block cut short"),
        (head(48, bytes([0b11000000, 25, 1]) + (99 * 3600 * 128 & 0xFFFFFF).to_bytes(3, "big")), "no time of day"),
        (head(48, bytes([0b11000000, 25, 1]) + (128).to_bytes(3, "big")), "no position"),
        (head(48, bytes([0b11110000, 25, 1, 0, 1, 0, 0, 1, 0, 1, 0])), "track without an echo"),
    ],
)
def test_what_gives_no_plot_is_refused_with_its_reason(data, reason):
    plots, ledger = decoded(data)
    assert len(plots) == 0
    assert [r for r in ledger[0].refused if r.startswith(reason)] == list(ledger[0].refused)
    assert ledger[0].refused.total() == 1


def test_service_messages_are_passed_over_and_counted():
    plots, ledger = decoded(head(34, bytes([0b11000000, 25, 1, 1])))
    assert len(plots) == 0 and ledger[0].not_ais == 1 and not ledger[0].refused


def test_a_broken_record_leaves_the_blocks_about_it_standing():
    good = encode(CAT048, ("010", "140", "040"), {"140/ToD": np.arange(3.0), "040/RHO": 1.0}, np.zeros(3))
    plots, ledger = decoded(good + head(48, b"\xff\xff") + good)
    assert len(plots) == 6 and ledger[0].refused.total() == 1
    assert plots.seq.tolist() == [1, 2, 3, 5, 6, 7]


def test_time_of_day_goes_over_midnight_and_back():
    tod = np.array([86_399.0, 0.5, 86_399.5, 1.0])
    data = encode(CAT048, ("010", "140", "040"), {"140/ToD": tod, "040/RHO": 1.0}, np.zeros(4))
    plots, _ = decoded(data, near_ms=NOON_MS + 11 * 3_600_000)
    midnight = NOON_MS + DAY_MS // 2
    assert (plots.t_ms - midnight).tolist() == [-1000, 500, -500, 1000]


def test_a_value_that_does_not_fit_is_not_written():
    with pytest.raises(InputError, match="RHO does not fit 16 bits"):
        encode(CAT048, ("040",), {"040/RHO": np.array([256.0])}, np.zeros(1))


def test_every_table_places_its_items_and_fills_whole_octets():
    for category in CATEGORIES.values():
        used = [id for id in category.uap if id]
        assert len(used) == len(set(used)) and set(used) <= category.items.keys()
        for item in [*category.items.values(), *(s for i in category.items.values() for s in i.subs if s)]:
            bits = [sum(f.width for f in part) for part in item.parts]
            extension = 1 if item.form == kernel.EXTENDED else 0
            assert all(b + extension == 8 * item.octets for b in bits), (category.number, item.id)


def test_a_file_is_known_by_its_blocks():
    data = encode(CAT048, ("010", "140", "040"), {"140/ToD": np.arange(50.0), "040/RHO": 1.0}, np.arange(50))
    assert looks_like_asterix(data) and looks_like_asterix(data[:101])
    assert not looks_like_asterix(b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n")
    assert not looks_like_asterix(b"t,lon,lat\n1,2,3\n") and not looks_like_asterix(b"")
