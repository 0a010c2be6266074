"""The notebooks in docs/ run from the first cell to the last, and say what they claim to say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTEBOOKS = sorted(path.name for path in DOCS.glob("*.ipynb"))


def code_cells(name: str) -> list[str]:
    cells = json.loads((DOCS / name).read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def ran(name: str) -> dict:
    """What the names of a notebook stand for after a run. A notebook is JSON: it needs no Jupyter to run its cells."""
    names: dict = {}
    for number, source in enumerate(code_cells(name), 1):
        exec(compile(source, f"{name}, code cell {number}", "exec"), names)
    return names


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_kept_without_the_output_of_an_earlier_run(name):
    cells = json.loads((DOCS / name).read_text("utf-8"))["cells"]
    assert [c for c in cells if c.get("outputs") or c.get("execution_count")] == []
    assert len({c["id"] for c in cells}) == len(cells)


def test_what_happened(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = ran("what-happened.ipynb")
    assert names["summary"]["exit_code"] == 0
    assert len(names["tracks"]) > 10_000
    assert {"silence", "distress"} <= {alert.rule for alert in names["alerts"]}
    assert len(names["places"]) == len(names["alerts"])
    assert len(names["stops"]) > 0
    before, after = (names["heard"][when].mmsi.nunique() for when in ("before", "after"))
    assert after >= before > 0, "the notebook says that others were heard as before"
    assert "AIVDM" in capsys.readouterr().out


def test_archives(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ran("archives.ipynb")
    assert list(names["then"]["sources"].values()) == ["there already", "there already", "imported"]
    assert names["by_vessel"].nights.max() == 3
    assert len(names["hour"]) > 0 and set(names["hour"].positions.mmsi) == {names["mmsi"]}
    assert names["everyone"].duplicates > 0, "the notebook says that two stations hear the same report"
    assert names["known"].sum() > 10 and names["learned"]["reception_cells"] > 10
    replayed = names["Replay"](names["logs"], tmp_path / "by-log")
    replayed.run()
    assert names["alerts_of"](tmp_path / "by-log") == names["alerts"] != [], "the notebook says that they are the same"


def test_sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ran("sweep.ipynb")
    table, chosen = names["table"], names["chosen"]
    assert len(table) == 6
    assert table.boats.min() == table.boats.max() == 6
    affordable = table.false_alerts_per_day <= names["budget"]
    assert affordable[chosen] and table.pd[chosen] == table.pd[affordable].max(), "the notebook says how it is chosen"
    assert len(names["changes"]) > 0, "the notebook shows what would change"
    assert (tmp_path / "sweep" / "report.html").exists()
