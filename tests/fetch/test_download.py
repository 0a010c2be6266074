"""A download ends with the whole, right file or an error that says why, whatever the server does."""

from __future__ import annotations

import hashlib
import socket

import numpy as np
import pytest

from surveil.errors import ConfigError, InputError, StoreError
from surveil.fetch.download import digest, download, kept
from surveil.fetch.web import MissingError, Patience

from .conftest import b64

CONTENT = np.random.default_rng(1).bytes(3_000_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(timeout_s=2.0, tries=3, pause_s=0.0)


@pytest.fixture
def get(site, tmp_path):
    site.files["/a.zip"] = CONTENT

    def run(**how):
        return download(site.url("/a.zip"), tmp_path / "a.zip", **{"patience": QUICK, **how})

    return run


def test_a_file_arrives_whole_with_its_hash_and_no_leftovers(get, site, tmp_path):
    told = []
    assert get(progress=lambda got, size: told.append((got, size))) == SHA
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "a.zip.json"]
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_cut_connection_is_gone_on_with_where_it_broke_off(get, site, tmp_path):
    site.cut_at, site.cuts = 1_000_000, 2
    assert get() == SHA
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert site.ranges_asked() == ["", "bytes=1000000-", "bytes=2000000-"]


def test_a_later_run_goes_on_with_what_an_earlier_one_left(get, site, tmp_path):
    site.cut_at, site.cuts = 1_000_000, 1
    with pytest.raises(InputError, match=r"cut off after 1,000,000 of 3,000,000 bytes.*1,000,000 bytes are kept"):
        get(patience=Patience(2.0, 1, 0.0))
    assert get() == SHA
    assert site.ranges_asked() == ["", "bytes=1000000-"]


def test_a_server_that_ignores_range_gives_the_file_from_its_start(get, site, tmp_path):
    site.cut_at, site.cuts, site.ranges = 1_000_000, 1, False
    assert get() == SHA
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_without_a_validator_nothing_old_is_built_upon(get, site):
    site.cut_at, site.cuts, site.etag = 1_000_000, 1, False
    assert get() == SHA
    assert site.ranges_asked() == ["", ""]


def test_a_file_that_changed_meanwhile_is_fetched_anew(get, site, tmp_path):
    site.cut_at, site.cuts = 1_000_000, 1
    with pytest.raises(InputError):
        get(patience=Patience(2.0, 1, 0.0))
    site.files["/a.zip"] = changed = CONTENT[::-1]
    get()
    assert (tmp_path / "a.zip").read_bytes() == changed


def test_a_file_shorter_than_said_is_an_error_that_keeps_what_came(get, site, tmp_path):
    site.say_size, site.etag = len(CONTENT) + 5, False
    with pytest.raises(InputError, match=r"cut off after 3,000,000 of 3,000,005 bytes; gave up after 3 tries$"):
        get()
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("stated", [{"Repr-Digest": f"sha-256=:{b64('sha256', b'other')}:"},
                                    {"Digest": f"sha-256={b64('sha256', b'other')}"},
                                    {"Content-MD5": b64("md5", b"other")}])  # fmt: skip
def test_a_file_of_another_hash_than_the_server_states_is_deleted(get, site, tmp_path, stated):
    site.say_digest = stated
    with pytest.raises(InputError, match="damaged, or another file; deleted"):
        get()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_hash_the_server_states_passes(get, site):
    site.say_digest = {"Repr-Digest": f"sha-256=:{b64('sha256', CONTENT)}:", "Content-MD5": b64("md5", CONTENT)}
    assert get(sha256=SHA.upper()) == SHA


def test_a_hash_header_that_is_none_is_no_reason_to_refuse(get, site):
    site.say_digest = {"Content-MD5": "see below", "Repr-Digest": "sha-512=:AAAA:"}
    assert get() == SHA


def test_a_file_of_another_hash_than_asked_for_is_deleted_and_fetched_anew(get, site, tmp_path):
    with pytest.raises(InputError, match=f"its sha256 is {SHA}, not {'0' * 64}"):
        get(sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []
    assert get() == SHA


def test_what_is_not_there_is_missing_at_once(get, site):
    del site.files["/a.zip"]
    with pytest.raises(MissingError, match="404"):
        get()
    assert len(site.asked) == 1


def test_a_busy_server_is_asked_again_and_a_refusal_is_final(get, site):
    site.status["/a.zip"] = [503, 429]
    assert get() == SHA
    site.status["/a.zip"] = [401]
    with pytest.raises(InputError, match="401"):
        get()


def test_offline_is_one_clear_line_without_retries(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")

    def nowhere(*_args, **_kw):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(InputError) as error:
        download("https://archive.example/a.zip", tmp_path / "a.zip", patience=Patience(pause_s=60))
    assert "no connection to archive.example (Temporary failure in name resolution)" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_server_that_says_nothing_is_given_up_after_its_time(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/a.zip"
        with pytest.raises(InputError, match="gave up after 2 tries"):
            download(url, tmp_path / "a.zip", patience=Patience(0.1, 2, 0.0))


def test_an_address_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no http"):
        download("file:///etc/passwd", tmp_path / "a.zip")


def test_a_place_that_cannot_be_written_is_no_fault_of_the_network(get, site, tmp_path):
    (tmp_path / "a.zip.part").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        get()


def test_a_kept_file_is_used_as_long_as_it_is_as_it_was(get, site, tmp_path):
    path, url = tmp_path / "a.zip", site.url("/a.zip")
    assert kept(path, [url]) is None
    get()
    assert kept(path, [url]) == url
    assert kept(path, [url], SHA) == url
    assert kept(path, [url], "0" * 64) is None
    assert kept(path, ["http://elsewhere/a.zip"]) is None
    path.write_bytes(CONTENT[:-1] + b"x")
    assert digest(path, "sha256") != SHA
    assert kept(path, [url]) is None
