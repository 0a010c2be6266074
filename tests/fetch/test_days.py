"""`surveil fetch` against a server that lays files out as NOAA and the Danish archive do."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
import zstandard

from surveil.fetch.cutting import cut_csv
from surveil.fetch.remote import RemoteFile
from surveil.fetch.web import Patience

NOAA_2024 = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
NOAA_2025 = (
    "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,status,length,width,"
    "draft,cargo,transceiver"
)
DANISH = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)


def noaa_csv(n=400, header=NOAA_2024, day="2024-06-20") -> bytes:
    rows = []
    for i in range(n):
        lat, lon = (40.5, -74.0) if i % 4 == 0 else (29.0, -90.0)
        place = f"{lat},{lon}" if header is NOAA_2024 else f"{lon},{lat}"
        stamp = f"{day}{'T' if header is NOAA_2024 else ' '}{i // 60:02}:{i % 60:02}:00"
        rows.append(f'{366000000 + i % 8},{stamp},{place},8.1,90.0,91.0,"NAME, {i % 8}",,WX,70,0,90,15,4.5,70,A')
    return "\n".join([header, *rows, ""]).encode()


def danish_csv(day="14/03/2026", n=300) -> bytes:
    def row(i, lat, lon):
        return (f"{day} {i // 60:02}:{i % 60:02}:00,Class A,{219000000 + i % 5},{lat},{lon},Under way using engine,0.0,"
                f"11.2,45.0,44,9000001,OX,BALTIC {i % 5},Cargo,,15,90,GPS,5.0,KIEL,,AIS,60,30,8,7")  # fmt: skip

    rows = [row(i, *((55.5, 11.0) if i % 3 == 0 else (57.8, 8.0))) for i in range(n)]
    rows += [row(n, "91.0", "0"), row(n, "north", "11.0"), "14/03/2026"]
    return "\r\n".join([DANISH, *rows, ""]).encode()


def zipped(tables: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in tables.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def fetch(site, surveil, tmp_path):
    """Runs `surveil fetch` with the archives' addresses on the local server."""
    config = tmp_path / "local.toml"
    config.write_text(f"""
[fetch]
noaa = ["{site.base}/CMSP/%Y/AIS_%Y_%m_%d.zip", "{site.base}/CMSP/%Y/ais-%Y-%m-%d.csv.zst"]
dma = ["{site.base}/%Y/aisdk-%Y-%m-%d.zip", "{site.base}/aisdk-%Y-%m-%d.zip", "{site.base}/%Y/aisdk-%Y-%m.zip"]
tries = 1
timeout_s = 2
""")

    def run(archive, day, *options):
        code, out, err = surveil(
            "fetch", archive, "--date", day, "--to", tmp_path / "days", "--cache", tmp_path / "cache",
            "--config", config, "--json", *options,
        )  # fmt: skip
        return code, (json.loads(out.splitlines()[-1]) if code == 0 else None), err

    return run


def unpacked(path) -> bytes:
    with open(path, "rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read()


def test_a_noaa_day_of_2024_is_cut_to_the_area_and_replays(fetch, site, surveil, tmp_path):
    site.files["/CMSP/2024/AIS_2024_06_20.zip"] = zipped({"AIS_2024_06_20.csv": noaa_csv()})
    code, said, err = fetch("noaa", "2024-06-20", "--bbox", "-75,40,-73,41")
    assert code == 0, err
    assert said["rows"] == {"rows": 400, "within": 100, "outside": 300, "without_place": 0, "unreadable": 0}
    assert unpacked(said["path"]).count(b"\n") == 101
    code, out, err = surveil("replay", tmp_path / "days", "--out", tmp_path / "out", "--json")
    summary = json.loads(out.splitlines()[-1])
    assert code == 0, err
    assert (summary["decoded"], summary["vessels"]) == (100, 2)


def test_a_noaa_day_of_2025_has_the_newer_layout(fetch, site):
    packed = zstandard.compress(noaa_csv(header=NOAA_2025, day="2025-06-20"))
    site.files["/CMSP/2025/ais-2025-06-20.csv.zst"] = packed
    code, said, err = fetch("noaa", "2025-06-20", "--bbox", "-75,40,-73,41")
    assert code == 0, err
    assert said["rows"]["within"] == 100


def test_a_danish_day_keeps_rows_without_a_place_and_what_it_cannot_read(fetch, site, surveil, tmp_path):
    site.files["/aisdk-2026-03-14.zip"] = zipped({"aisdk-2026-03-14.csv": danish_csv()})
    code, said, err = fetch("dma", "2026-03-14", "--bbox", "10,55,12,56")
    assert code == 0, err
    assert said["rows"] == {"rows": 303, "within": 100, "outside": 200, "without_place": 1, "unreadable": 2}
    code, out, _ = surveil("replay", said["path"], "--out", tmp_path / "out", "--json")
    summary = json.loads(out.splitlines()[-1])
    assert (summary["decoded"], sum(summary["refused"].values())) == (101, 2)


def test_without_a_box_the_archives_own_file_is_there(fetch, site, tmp_path):
    site.files["/2024/aisdk-2024-05-01.zip"] = content = zipped({"aisdk-2024-05-01.csv": danish_csv("01/05/2024")})
    code, said, _ = fetch("dma", "2024-05-01")
    assert (code, said["rows"]) == (0, None)
    assert (tmp_path / "days" / "aisdk-2024-05-01.zip").read_bytes() == content


def test_a_second_area_of_a_day_needs_no_network(fetch, site):
    site.files["/aisdk-2026-03-14.zip"] = zipped({"aisdk-2026-03-14.csv": danish_csv()})
    first = fetch("dma", "2026-03-14", "--bbox", "10,55,12,56")[1]
    site.files.clear()
    site.asked.clear()
    again = fetch("dma", "2026-03-14", "--bbox", "7,57,9,58")[1]
    assert (first["downloaded"], again["downloaded"], site.asked) == (True, False, [])
    assert again["sha256"] == first["sha256"]
    assert again["rows"]["within"] == 200


def test_a_missing_day_names_where_it_was_looked_for(fetch, site, tmp_path):
    code, _, err = fetch("dma", "2026-03-15")
    assert code == 3
    assert "2026-03-15 is not there" in err
    assert f"{site.base}/2026/aisdk-2026-03.zip" in err
    assert len(err.strip().splitlines()) == 1
    assert not list((tmp_path / "days").iterdir())


def test_offline_is_one_line(fetch, site, monkeypatch):
    import socket

    def nowhere(*_args, **_kw):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    code, _, err = fetch("noaa", "2024-06-20")
    assert code == 3
    assert len(err.strip().splitlines()) == 1
    assert "no connection to 127.0.0.1" in err
    assert "fetch needs the network" in err


def test_a_damaged_file_is_told_of_and_does_not_stay(fetch, site, tmp_path):
    content = bytearray(zipped({"AIS_2024_06_20.csv": noaa_csv(4000)}))
    content[len(content) // 2] ^= 0xFF
    site.files["/CMSP/2024/AIS_2024_06_20.zip"] = bytes(content)
    for options in ((), ("--bbox", "-75,40,-73,41")):
        code, _, err = fetch("noaa", "2024-06-20", *options)
        assert code == 3
        assert "deleted, fetch it again" in err
        assert not list((tmp_path / "days").iterdir())
        assert not list((tmp_path / "cache" / "noaa").glob("*.zip"))


def test_a_page_in_place_of_the_archive_is_refused(fetch, site):
    site.files["/CMSP/2025/ais-2025-06-20.csv.zst"] = b"<html>moved</html>"
    code, _, err = fetch("noaa", "2025-06-20", "--bbox", "-75,40,-73,41")
    assert code == 3
    assert "no CSV archive that surveil reads" in err


def test_a_wrong_hash_is_refused(fetch, site):
    site.files["/aisdk-2026-03-14.zip"] = zipped({"aisdk-2026-03-14.csv": danish_csv()})
    code, _, err = fetch("dma", "2026-03-14", "--sha256", "0" * 64)
    assert code == 3
    assert "damaged, or another file" in err


@pytest.fixture
def month(site):
    """A month's zip of big days that do not compress, as the Danish archive had them until 2024."""
    noise = np.random.default_rng(1)
    days = {f"aisdk-2021-12-{d:02}.csv": danish_csv(f"{d:02}/12/2021") + b"#" + noise.bytes(3_000_000) for d in (1, 3)}
    days["aisdk-2021-12-02.csv"] = danish_csv("02/12/2021")
    site.files["/2021/aisdk-2021-12.zip"] = content = zipped(dict(sorted(days.items())))
    return content


def test_a_day_out_of_a_months_zip_brings_that_part_alone(fetch, site, month, monkeypatch):
    monkeypatch.setattr("surveil.fetch.remote.BLOCK", 1 << 16)
    code, said, err = fetch("dma", "2021-12-02", "--bbox", "10,55,12,56")
    assert code == 0, err
    assert (said["rows"]["within"], said["sha256"], said["downloaded"]) == (100, None, True)
    assert 0 < site.sent < len(month) / 10
    site.asked.clear()
    again = fetch("dma", "2021-12-02")[1]
    assert unpacked(again["path"]) == danish_csv("02/12/2021")
    assert not again["downloaded"]
    assert not any(site.ranges_asked())


def test_a_server_without_parts_gives_no_day_of_a_month(fetch, site, month):
    site.ranges = False
    code, _, err = fetch("dma", "2021-12-02")
    assert code == 3
    assert "gives no parts" in err


def test_a_month_without_the_day_says_so(fetch, site, month):
    code, _, err = fetch("dma", "2021-12-31")
    assert code == 3
    assert "holds 0 tables of 2021-12-31" in err


@pytest.mark.parametrize("cuts", [0, 2])
def test_a_remote_file_reads_like_a_local_one(site, tmp_path, cuts):
    site.files["/x"] = content = np.random.default_rng(2).bytes(100_003)
    site.cut_at, site.cuts = 10, cuts
    remote = RemoteFile(site.url("/x"), tmp_path / "x", Patience(2.0, 3, 0.0), block=1000)
    assert remote.seek(-7, 2) == 99_996
    assert remote.read() == content[-7:]
    reader = io.BufferedReader(remote)
    for at, n in ((0, 3), (999, 2), (50_000, 4096), (100_000, 50), (100_003, 5)):
        reader.seek(at)
        assert reader.read(n) == content[at : at + n]


def test_a_remote_file_that_changed_is_brought_anew(site, tmp_path):
    for content in (b"a" * 5000, b"b" * 5000):
        site.files["/x"] = content
        remote = RemoteFile(site.url("/x"), tmp_path / "x", Patience(2.0, 1, 0.0), block=1000)
        assert io.BufferedReader(remote).read() == content


@pytest.mark.parametrize(
    ("options", "words"),
    [(("noaa", "20 June", ()), "20 June"), (("spire", "2024-06-20", ()), "no archive 'spire'"),
     (("dma", "2024-06-20", ("--bbox", "1,2")), "west,south,east,north")],
)  # fmt: skip
def test_a_wrong_option_asks_for_nothing(fetch, site, options, words):
    archive, day, more = options
    code, _, err = fetch(archive, day, *more)
    assert code == 2
    assert words in err
    assert site.asked == []


def test_a_cut_is_the_same_however_the_bytes_come():
    text = danish_csv(n=50)
    whole, pieces = io.BytesIO(), io.BytesIO()
    box = (10, 55, 12, 56)
    counts = cut_csv([text], box, whole, "x")
    assert cut_csv([text[i : i + 7] for i in range(0, len(text), 7)], box, pieces, "x") == counts
    assert whole.getvalue() == pieces.getvalue()


def test_a_box_across_the_antimeridian():
    rows = "\n".join(
        [NOAA_2024, *(f"366000000,2024-06-20T00:00:00,52,{lon},1,2,3,,,,,,,,,," for lon in (179, -179, 0))]
    )
    assert cut_csv([rows.encode()], (170, 50, -170, 60), io.BytesIO(), "x").within == 2


def test_the_addresses_that_come_with_surveil_are_those_of_the_archives():
    import datetime as dt

    from surveil.fetch.days import ARCHIVES, Fetch

    urls = {a: [url for _, url in Fetch(a, dt.date(2024, 3, 1), None)._addresses()] for a in ARCHIVES}
    assert urls["noaa"][0] == "https://coast.noaa.gov/htdata/CMSP/AISDataHandler/2024/AIS_2024_03_01.zip"
    assert urls["noaa"][1] == "https://coast.noaa.gov/htdata/CMSP/AISDataHandler/2024/ais-2024-03-01.csv.zst"
    assert urls["dma"] == [f"http://aisdata.ais.dk/{p}" for p in
                           ("2024/aisdk-2024-03-01.zip", "aisdk-2024-03-01.zip", "2024/aisdk-2024-03.zip")]  # fmt: skip


def test_the_page_of_data_sets_names_every_archive_that_can_be_fetched():
    from pathlib import Path

    from surveil.fetch.days import ARCHIVES

    page = (Path(__file__).resolve().parents[2] / "docs" / "datasets.md").read_text("utf-8")
    for archive in ARCHIVES:
        assert f"surveil fetch {archive} --date" in page
