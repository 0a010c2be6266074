"""The accounts: refused lines are kept, and the exit code tells of trouble."""

from __future__ import annotations

import json

from surveil.errors import ConfigError, InputError, NoTimeError
from surveil.ledger import Ledger, RejectsFile


def test_a_rejects_file_keeps_every_byte_on_one_line(tmp_path):
    path = tmp_path / "rejects.tsv"
    raw = b"\\s:x*00\\!AIVDM,\t\x00\xff\n"
    with RejectsFile(path) as rejects:
        ledger = Ledger(rejects)
        ledger.refuse(ledger.add_source("log"), 7, "bad checksum", raw)
    header, row = path.read_text("ascii").splitlines()
    assert header == "source\tline\treason\traw"
    source, line, reason, shown = row.split("\t")
    assert (source, line, reason) == ("log", "7", "bad checksum")
    assert shown.encode("ascii").decode("unicode_escape").encode("latin-1") == raw


def test_radio_noise_is_no_problem_and_a_defect_is_one_for_each_reason():
    ledger = Ledger()
    source = ledger.add_source("log")
    ledger.refuse(source, 1, "bad checksum")
    assert ledger.exit_code == 0
    for line in (2, 3):
        ledger.refuse(source, line, "time in the future", b"raw", defect=True)
    assert [(p.line, p.cause) for p in ledger.problems] == [(2, "time in the future")]
    assert ledger.exit_code == 3


def test_the_gravest_problem_gives_the_exit_code():
    ledger = Ledger()
    ledger.problem(ConfigError("wrong"))
    ledger.problem(InputError("wrong"))
    assert ledger.exit_code == 3


def test_accounts_survive_being_written_as_json():
    ledger = Ledger()
    source = ledger.add_source("log", "aivdm")
    ledger.refuse(source, 3, "time in the future", b"\xff", defect=True)
    ledger.problem(NoTimeError("no time", source="log"))
    ledger[source].types["1"] += 2
    ledger.skipped.append(("README.md", "Markdown"))
    other = Ledger()
    other.restore(json.loads(json.dumps(ledger.state())))
    assert other.state() == ledger.state()
    assert (type(other.problems[1]), other.exit_code, other.totals()) == (NoTimeError, 3, ledger.totals())
    assert other[0].refused["no such reason"] == 0


def test_totals_are_summed_over_sources_with_the_commonest_reason_first():
    ledger = Ledger()
    for name in ("one", "two"):
        source = ledger.add_source(name)
        ledger[source].lines_read = 4
        ledger[source].decoded = 1
        ledger[source].warnings["c"] += 1
        for reason in ("a", "b", "b"):
            ledger.refuse(source, 1, reason)
    totals = ledger.totals()
    assert totals == {
        "lines_read": 8, "decoded": 2, "not_ais": 0, "cut_out": 0, "refused": {"b": 4, "a": 2}, "warnings": {"c": 2},
    }  # fmt: skip
    assert list(totals["refused"]) == ["b", "a"]
