"""A reader finds the old output or the new one, never half of either."""

import stat

import pytest

from surveil.errors import StoreError
from surveil.files import MARK, replace_file, replaced_folder


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_output(path, text: str = "new") -> None:
    with replaced_folder(path) as work:
        (work / MARK).write_text("{}")
        (work / "data.txt").write_text(text)


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "state.bin"
    replace_file(path, b"old" * 1000)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["state.bin"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_failed_write_leaves_the_old_file_and_no_scraps(tmp_path):
    path = tmp_path / "state.bin"
    replace_file(path, b"old")
    with pytest.raises(TypeError):
        replace_file(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["state.bin"]


def test_a_folder_appears_only_when_it_is_whole(tmp_path):
    out = tmp_path / "deep" / "out"
    with replaced_folder(out) as work:
        (work / MARK).write_text("{}")
        assert not out.exists()
        assert work.parent == out.parent
    assert names(out) == [MARK]
    assert names(out.parent) == ["out"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o755


def test_an_earlier_output_is_replaced_and_nothing_of_it_stays(tmp_path):
    out = tmp_path / "out"
    write_output(out, "old")
    (out / "extra.txt").write_text("of the old run")
    with replaced_folder(out) as work:
        (work / MARK).write_text("{}")
        assert (out / "data.txt").read_text() == "old"
    assert names(out) == [MARK]
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_earlier_output_and_no_scraps(tmp_path, error):
    out = tmp_path / "out"
    write_output(out, "old")
    with pytest.raises(error), replaced_folder(out) as work:
        (work / "data.txt").write_text("half")
        raise error
    assert (out / "data.txt").read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_a_folder_of_other_files_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(StoreError, match=f"holds other files .*{MARK}"), replaced_folder(tmp_path):
        pytest.fail("it was opened")
    assert names(tmp_path) == ["thesis.txt"]


def test_an_empty_folder_may_be_used(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write_output(out)
    assert names(out) == ["data.txt", MARK]


def test_the_current_folder_may_be_used(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)
    write_output(".")
    assert names(out) == ["data.txt", MARK]
    assert names(tmp_path) == ["out"]


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    write_output(tmp_path / "disk", "old")
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    write_output(tmp_path / "out", "new")
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "disk" / "data.txt").read_text() == "new"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(StoreError, match="is a file"), replaced_folder(tmp_path / "out"):
        pytest.fail("it was opened")


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"), replaced_folder(tmp_path / "file" / "out"):
        pytest.fail("it was opened")
