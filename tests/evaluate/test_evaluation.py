"""A whole run against its truth: figures that are known, and everything that must not be believed."""

import json
import re
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from surveil.evaluate.evaluation import evaluate
from surveil.evaluate.matching import from_alerts, read_alerts
from surveil.evaluate.picture import identity_switches
from surveil.run import Replay, alerts_of
from tests.evaluate.made import write_manifest


@pytest.fixture(scope="module")
def figures(replayed, simulated):
    return evaluate(replayed, simulated).summary


def test_both_boats_of_the_night_are_found_and_yachts_are_false(figures):
    assert (figures["boats"], figures["boats_found"], figures["pd"]) == (2, 2, 1.0)
    assert figures["false_were"].keys() <= {"yacht"}
    assert figures["by_rule"]["distress"]["pd"] == figures["by_rule"]["silence"]["pd"] == 1.0
    assert figures["not_read"] == []


def test_minutes_count_from_the_launch_and_from_the_first_fair_chance(figures):
    launch, sensed = (figures["minutes"][k]["first_right"]["median"] for k in ("from_launch", "from_first_sensing"))
    assert launch == pytest.approx(sensed + 0.5)
    assert figures["median_minutes_to_alert"] == launch > 5


def test_tracks_follow_what_is_there(figures):
    picture = figures["tracks"]
    assert picture["siap"]["completeness"] > 0.8
    assert picture["siap"]["position_m"] < 100
    assert picture["gospa_m"] >= picture["ospa_m"] > 0


def test_the_command_prints_and_writes_rows_that_add_up(surveil, replayed, simulated, tmp_path):
    code, out, _ = surveil("evaluate", replayed, "--truth", simulated, "--to", tmp_path, "--no-tracks", "--json")
    printed = json.loads(out.splitlines()[-1])
    assert code == 0
    assert "boats found" in out and "Pd 1.00" in out
    assert json.loads((tmp_path / "evaluation.json").read_text()) == printed
    outcomes = pq.read_table(tmp_path / "evaluated_alerts.parquet").column("outcome").to_pylist()
    assert len(outcomes) == printed["alerts"]
    assert len(outcomes) == sum(printed[k] for k in ("right", "beside", "unknown", "false_alerts"))
    assert pq.read_table(tmp_path / "evaluated_boats.parquet").num_rows == printed["boats"]


def test_alerts_read_from_a_file_are_those_of_the_store(replayed):
    kept = from_alerts(alerts_of(replayed))
    read = read_alerts(replayed / "alerts.parquet")
    assert [repr(alert) for alert in read] == [repr(alert) for alert in kept]


@pytest.fixture
def copied(replayed, simulated, tmp_path):
    """Copies of run and truth that a test may spoil."""
    shutil.copytree(replayed, tmp_path / "out")
    shutil.copytree(simulated, tmp_path / "night")
    return tmp_path / "out", tmp_path / "night"


def spoil_summary(run, **changes):
    told = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(told | changes))


def another_seed(run, truth):
    with open(truth / "ais" / "all.nmea", "ab") as file:
        file.write(b"# of another seed\n")
    rewrite_manifest(truth)


def another_span(run, truth):
    spoil_summary(run, span={"start_ms": 0, "end_ms": 1000})


def stopped(run, truth):
    spoil_summary(run, interrupted=True)


def cut(run, truth):
    spoil_summary(run, cut_out=12)


def old(run, truth):
    told = json.loads((run / "run.json").read_text())
    told.pop("inputs")
    (run / "run.json").write_text(json.dumps(told))


def no_run(run, truth):
    (run / "run.json").unlink()


def no_alerts(run, truth):
    (run / "alerts.parquet").unlink()


def no_positions(run, truth):
    (truth / "truth" / "positions.parquet").unlink()


def other_truth(run, truth):
    path = truth / "truth" / "objects.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["boat_kind"]), path)


def no_column(run, truth):
    other_truth(run, truth)
    rewrite_manifest(truth)


def rewrite_manifest(truth):
    manifest = json.loads((truth / "manifest.json").read_text())
    manifest.pop("sha256")
    write_manifest(truth, **manifest)


def newer(run, truth):
    manifest = json.loads((truth / "manifest.json").read_text())
    (truth / "manifest.json").write_text(json.dumps(manifest | {"format_version": 2}))


def rubbish(run, truth):
    (truth / "manifest.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (another_seed, r"night \(seed 1\): they do not belong together"),
        (another_span, r"out: has reports from 1970-01-01T00:00:00Z to .*, where the truth is of 2026-03-14"),
        (stopped, "out: was stopped early: replay it whole"),
        (cut, r"out: left 12 rows out \(--from, --bbox\): replay it whole"),
        (old, r"run\.json: does not say what was read"),
        (no_run, r"run\.json: cannot be read: No such file"),
        (no_alerts, r"alerts\.parquet: is missing"),
        (no_positions, r"positions\.parquet: is missing"),
        (other_truth, r"objects\.parquet: is not the file that the manifest names"),
        (no_column, r"objects\.parquet: .*boat_kind"),
        (newer, r"manifest\.json: .*2"),
        (rubbish, r"manifest\.json: is not a manifest"),
    ],
)
def test_what_does_not_belong_together_or_is_broken_is_refused(surveil, copied, spoil, message):
    run, truth = copied
    spoil(run, truth)
    code, _, err = surveil("evaluate", run, "--truth", truth)
    assert code == 3
    assert err.count("\n") == 1
    assert re.search(message, err)


def test_feeds_that_a_run_did_not_read_are_named(copied, tmp_path):
    _, truth = copied
    (truth / "sensors").mkdir()
    (truth / "sensors" / "radar.ast").write_bytes(b"\x30\x00\x03")
    rewrite_manifest(truth)
    Replay([truth / "ais"], tmp_path / "again").run()
    assert evaluate(tmp_path / "again", truth, tracks=False).summary["not_read"] == ["sensors/radar.ast"]


def test_an_identity_switch_is_a_change_of_number_and_not_two_ships_side_by_side():
    truth = np.zeros((6, 2, 4))
    truth[:, 1, 0] = 50.0  # metres beside each other
    swapped = truth[:, ::-1] + 1.0
    tracks = np.concatenate([truth, swapped * np.nan], axis=1)
    assert identity_switches(truth, tracks, np.array([1, 2, 3, 4])) == 0
    tracks[3:, 0], tracks[3:, 2] = np.nan, truth[3:, 0]
    assert identity_switches(truth, tracks, np.array([1, 2, 3, 4])) == 1
    assert identity_switches(truth, tracks, np.array([1, 2, 1, 4])) == 0, "another track of the same number"
