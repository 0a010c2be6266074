"""An archive in object storage answers as the folder does, and no more of it is read than a query needs."""

import functools
import http.server
import re
import threading
from pathlib import Path

import numpy as np
import pytest

import surveil
from surveil.archive import parquet
from surveil.archive.importing import Importer
from surveil.archive.remote import address_of
from surveil.errors import InputError, StoreError
from surveil.run import Replay, alerts_of
from surveil.sources.cut import Cut
from tests.archive.conftest import noaa, noaa_row

pytest.importorskip("fsspec", reason="the extra `scale` is not installed")
DAY_S = 86_400
DAY = ("2026-03-18", "2026-03-19")
BOX = (1.0, 50.9, 3.0, 51.1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """Thirty days of 40 vessels, each about a place of its own, in one bucket."""
    folder = tmp_path_factory.mktemp("remote")
    rows = [
        noaa_row(day * DAY_S + at, 16 * n, f"{51 + noise / 1e5:.5f}", f"{1.4 + n * 0.2 + noise % 997 / 1e5:.5f}")
        for day in range(30) for at in range(0, DAY_S, 1200) for n in range(40)
        for noise in [(at * 7919 + n * 104_729 + day * 611_953) % 10_007]
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "_GROUP_ROWS", 400)
        Importer(folder / "archive").run([noaa(folder / "days.csv", rows)])
    return folder / "archive"


class Ranges(http.server.SimpleHTTPRequestHandler):
    """Serves files, or the ranges of them that are asked for; ``sent`` counts the bytes."""

    def __init__(self, *args, sent: list[int], **how):
        self.sent = sent
        super().__init__(*args, **how)

    def do_HEAD(self):
        self._answer(b"")

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        self._answer(path.read_bytes() if path.is_file() else b"")

    def _answer(self, body: bytes) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        size, wanted = path.stat().st_size, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        first, last = (int(wanted[1]), min(int(wanted[2]), size - 1)) if wanted else (0, size - 1)
        self.send_response(206 if wanted else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        self.sent.append(len(body[first : last + 1]))
        self.wfile.write(body[first : last + 1])

    def log_message(self, *_about) -> None:
        pass


@pytest.fixture
def served(archive):
    """(address, sent): the archive over HTTP."""
    pytest.importorskip("aiohttp", reason="the extra `scale` is not installed")
    sent: list[int] = []
    handler = functools.partial(Ranges, directory=str(archive.parent), sent=sent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/archive", sent
        server.shutdown()


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def assert_same_tracks(ours, theirs) -> None:
    assert len(ours) == len(theirs) > 0
    for name in ("t_ms", "mmsi", "lon", "lat", "seq"):
        np.testing.assert_array_equal(getattr(ours.positions, name), getattr(theirs.positions, name))


def test_a_day_of_an_area_reads_under_a_tenth_of_the_bytes(archive, served):
    address, sent = served
    found = surveil.open_archive(address).tracks(bbox=BOX, time=DAY)
    assert_same_tracks(found, surveil.open_archive(archive).tracks(bbox=BOX, time=DAY))
    assert 0 < sum(sent) < size_of(archive) / 10


def test_a_replay_of_an_address_is_that_of_the_folder(archive, served, tmp_path):
    hour = [int(np.datetime64(t, "ms").astype(int)) for t in ("2026-03-18T10", "2026-03-18T11")]
    summaries = [Replay([Path(place)], tmp_path / str(n), cut=Cut(*hour, BOX)).run()
                 for n, place in enumerate((archive, served[0]))]  # fmt: skip
    same = ("lines_read", "decoded", "cut_out", "vessels", "alerts", "span", "exit_code")
    assert [{k: s[k] for k in same} for s in summaries[:1]] == [{k: s[k] for k in same} for s in summaries[1:]]
    assert alerts_of(tmp_path / "0") == alerts_of(tmp_path / "1")


def test_a_bucket_of_s3_gives_the_same(archive, monkeypatch):
    server_of = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    pytest.importorskip("s3fs", reason="the extra `scale` is not installed")
    import fsspec

    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": "http://{}:{}".format(*server.get_host_and_port()),
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        s3 = fsspec.filesystem("s3", skip_instance_cache=True)
        s3.mkdir("ais")
        s3.put(str(archive), "ais/archive", recursive=True)
        found = surveil.open_archive("s3://ais/archive").tracks(bbox=BOX, time=DAY)
    finally:
        server.stop()
    assert_same_tracks(found, surveil.open_archive(archive).tracks(bbox=BOX, time=DAY))


def test_an_address_without_an_archive_is_told_of(served):
    with pytest.raises(StoreError, match="nothing: is not an archive"):
        surveil.open_archive(served[0] + "/nothing")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9/archive: cannot be reached"):
        surveil.open_archive("http://127.0.0.1:9/archive")


def test_a_file_that_is_gone_is_named(archive, served):
    file = next(archive.glob("positions/day=2026-03-18/bucket=*/*.parquet"))
    file.rename(archive / "elsewhere")
    try:
        with pytest.raises(InputError, match=r"http://127.*\.parquet: is a file of the archive and is gone"):
            surveil.open_archive(served[0]).tracks(time=DAY)
    finally:
        (archive / "elsewhere").rename(file)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (Path("s3://bucket/ais"), "s3://bucket/ais"),
        ("https://host/ais/", "https://host/ais"),
        ("gs://b/a", "gs://b/a"),
        (Path("/data/s3:/b"), None),
        ("C:/data", None),
        ("days.csv", None),
    ],
)
def test_addresses_are_told_from_paths(path, address):
    assert address_of(path) == address
