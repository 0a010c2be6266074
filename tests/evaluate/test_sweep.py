"""A sweep tries every point on every night once, whatever stops it, and says honestly what it found."""

import dataclasses
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from surveil.errors import ConfigError, StoreError
from surveil.evaluate import froc, nights, sweep
from surveil.evaluate.points import AS_IT_IS, make_points, parse_params
from surveil.evaluate.scores import AlertRow, BoatRow, Night
from surveil.evaluate.sweep import Sweep, scenario_files
from tests.evaluate.made import simulate_by_hand, write_scenario

GAP = "rules.silence.max_gap_s"


def points_of(*items, sample=None, overrides=None):
    return make_points(parse_params(items), None, overrides or {}, sample)


def test_a_grid_is_every_combination_after_the_config_as_it_is():
    points = points_of(f"{GAP}=600,1800", "rules.lane.enabled=true,false")
    assert [p.name for p in points] == [
        AS_IT_IS, "max_gap_s 600, enabled True", "max_gap_s 600, enabled False",
        "max_gap_s 1800, enabled True", "max_gap_s 1800, enabled False",
    ]  # fmt: skip
    assert points[2].settings["rules"]["lane"] is None


def test_a_value_that_is_the_default_is_the_config_as_it_is():
    assert [p.name for p in points_of(f"{GAP}=600,900")] == ["max_gap_s 900", "max_gap_s 600"]
    assert points_of(f"{GAP}=600,900", overrides={GAP: 600})[0].name == "max_gap_s 600"


def test_lists_of_names_can_be_swept():
    points = points_of('rules.area.kinds=["lane"],["separation_zone"]')
    assert [p.config.rules.get("area") for p in points] == [{"kinds": ["separation_zone"]}, {"kinds": ["lane"]}]


def test_a_sample_of_a_grid_repeats_nothing_and_is_the_same_each_time():
    first, again = (points_of(f"{GAP}=300,600,900,1200,1800,2400", sample=4) for _ in range(2))
    assert [p.values for p in first] == [p.values for p in again]
    assert len({p.text for p in first}) == len(first) >= 4


def test_a_range_is_sampled_once_in_each_stratum():
    points = points_of(f"{GAP}=600:1599", "rules.lane.against_deg=10.0:20", sample=10)[1:]
    gaps = sorted(p.values[GAP] for p in points)
    assert [(gap - 600) // 100 for gap in gaps] == list(range(10))
    assert all(isinstance(gap, int) for gap in gaps)
    assert all(10 <= p.values["rules.lane.against_deg"] <= 20 for p in points)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([GAP], f"--param: '{GAP}' is not KEY=V1,V2"),
        ([f"{GAP}="], f"--param: '{GAP}=' is not"),
        ([f"{GAP}=1000", f"{GAP}=2000"], f"--param: {GAP} is given twice"),
        ([f"{GAP}=600:900"], f"--param: {GAP}: a range needs --sample"),
        ([f"{GAP}=600,5"], f"--set: {GAP}: 5 is outside 60 to 86400 s"),
        (["rules.silnce.max_gap_s=600"], "rules.silnce: no such rule"),
    ],
)
def test_a_wrong_parameter_is_named_before_anything_runs(items, message):
    with pytest.raises(ConfigError, match=message):
        points_of(*items)


class Counted:
    """A simulator that counts, and fails when told to."""

    def __init__(self, fail_at=None):
        self.asked, self.fail_at = [], fail_at

    def __call__(self, scenario, seed, folder):
        self.asked.append((scenario.stem, seed))
        if len(self.asked) == self.fail_at:
            raise KeyboardInterrupt
        simulate_by_hand(scenario, seed, folder)


@pytest.fixture
def scenarios(tmp_path):
    folder = tmp_path / "scenarios"
    folder.mkdir()
    return [write_scenario(folder / f"{n}.toml", seed=n, hours=0.3, lane_ships=2) for n in (1, 2)]


def test_a_sweep_that_is_stopped_goes_on_where_it_was_and_makes_nothing_twice(scenarios, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(sweep, "replace_file", lambda path, content: made.append(path) or path.write_bytes(content))
    points, folder = points_of(f"{GAP}=600,1800"), tmp_path / "sweep"
    stopped = Counted(fail_at=3)
    with pytest.raises(KeyboardInterrupt):
        Sweep(points, scenarios, folder, stopped, seeds=2).run()
    again = Counted()
    told = []
    whole = Sweep(points, scenarios, folder, again, seeds=2, progress=lambda *at: told.append(at)).run()
    assert stopped.asked == [("1", 1), ("1", 2), ("2", 2)]
    assert again.asked == [("2", 2), ("2", 3)]
    assert told == [(6, 12), (9, 12), (12, 12)]
    cells = [path for path in made if path.suffix == ".json" and path.parent.name == "cells"]
    assert len(cells) == len(set(cells)) == 12
    assert [len(nights) for nights in whole] == [4, 4, 4]
    assert not list((folder / "nights").glob(f"{nights.PART}*"))


def test_more_points_later_use_the_nights_and_results_that_are_there(scenarios, tmp_path):
    first, more = Counted(), Counted()
    told = []
    Sweep(points_of(f"{GAP}=600"), scenarios, tmp_path / "sweep", first).run()
    wider = points_of(f"{GAP}=600,1800", "engine.tick_s=10,30")
    Sweep(wider, scenarios, tmp_path / "sweep", more, progress=lambda *at: told.append(at)).run()
    assert (len(first.asked), len(more.asked)) == (2, 0)
    assert told[0] == (4, 2 * len(wider))


def test_two_processes_find_what_one_does(scenarios, tmp_path):
    points = points_of(f"{GAP}=600")
    one, two = (
        Sweep(points, scenarios, tmp_path / str(workers), simulate_by_hand, workers=workers).run()
        for workers in (1, 2)
    )  # fmt: skip
    assert [[n.to_dict() for n in nights] for nights in one] == [[n.to_dict() for n in nights] for nights in two]


def test_no_process_of_a_pool_outlives_a_killed_parent(tmp_path):
    code = (
        "import os, signal\nfrom surveil.scale.executors import processes\n"
        "if __name__ == '__main__':\n    pool = processes(1)\n    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "parent.py").write_text(code)
    env, command = {**os.environ, "PYTHONPATH": os.getcwd()}, [sys.executable, tmp_path / "parent.py"]
    # its output is read to the end, which a child that lives on would hold open
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, timeout=120)
    assert (done.returncode, len(done.stdout.split())) == (-signal.SIGKILL, 1)


def test_a_changed_scenario_is_another_night(scenarios, tmp_path):
    Sweep(points_of(), scenarios[:1], tmp_path / "sweep", Counted()).run()
    write_scenario(scenarios[0], seed=1, hours=0.3, lane_ships=3)
    again = Counted()
    Sweep(points_of(), scenarios[:1], tmp_path / "sweep", again).run()
    assert len(again.asked) == 1


def test_a_folder_with_something_else_in_it_is_left_alone(scenarios, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mother.txt").write_text("dear")
    with pytest.raises(StoreError, match="letters: holds other files"):
        Sweep(points_of(), scenarios, tmp_path / "letters", Counted()).run()


def test_scenarios_are_files_folders_or_patterns_each_once(scenarios, tmp_path):
    folder = scenarios[0].parent
    assert scenario_files([folder]) == scenario_files([folder / "*.toml", scenarios[0]]) == scenarios
    with pytest.raises(ConfigError, match="no scenario was given"):
        scenario_files([])
    with pytest.raises(ConfigError, match="holds no scenario"):
        scenario_files([tmp_path])
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        Sweep(points_of(), [tmp_path / "absent.toml"], tmp_path / "sweep", Counted()).run()


def boat(found: bool, number: int = 0) -> BoatRow:
    found_ms = 1000 if found else None
    return BoatRow(number, f"B{number}", "inflatable", 0, 9, 0, 2, found_ms, found_ms, "r", 5.0, int(found))


def said(outcome="false", raised_ms=0, rule="r", end_ms=None, mmsi=1, object=None) -> AlertRow:
    end_ms = raised_ms if end_ms is None else end_ms
    return AlertRow("id", rule, mmsi, raised_ms, raised_ms, end_ms, outcome, object, "yacht", 1.0, False, 2, "said")


def night(found=(), alerts=(), days=1.0) -> Night:
    boats = tuple(boat(f, i) for i, f in enumerate(found))
    return Night("night", 1, days, ((2, days),), boats, tuple(alerts), ())


def results_of(*nights_by_point):
    points = [dataclasses.replace(points_of()[0], values={"a.b": i}) for i in range(len(nights_by_point))]
    return froc.results(points, [list(nights) for nights in nights_by_point], resamples=4000)


def test_rates_are_pooled_and_their_intervals_are_those_of_the_nights():
    nights_ = [night([i < 6], [said()] * (i % 3)) for i in range(12)]
    (result,) = results_of(nights_)
    assert (result.pd, result.false_per_day) == (0.5, 1.0)
    half_pd = 1.96 * 0.5 / np.sqrt(12)
    half_false = 1.96 * np.std([n % 3 for n in range(12)]) / np.sqrt(12)
    assert result.pd_interval == pytest.approx((0.5 - half_pd, 0.5 + half_pd), abs=0.06)
    assert result.false_interval == pytest.approx((1 - half_false, 1 + half_false), abs=0.06)


def test_nights_that_are_all_alike_leave_no_doubt_and_no_boats_leave_all():
    (alike,) = results_of([night([True], [said()])] * 5)
    assert (alike.pd_interval, alike.false_interval) == ((1.0, 1.0), (1.0, 1.0))
    (none,) = results_of([night()] * 3)
    assert (none.pd, none.pd_interval) == (0.0, (0.0, 1.0))


def test_the_point_chosen_finds_most_within_the_budget_or_else_bothers_least():
    found = results_of(
        [night([True, False], [said()] * 3)], [night([True, True], [said()] * 9)], [night([True, True], [said()] * 8)]
    )
    assert [froc.choose(found, budget) for budget in (100, 8, 5, 1)] == [2, 2, 0, 0]
    assert froc.front(found) == [0, 2]


def test_of_points_that_do_alike_the_one_that_changes_least_is_chosen():
    as_it_is, both, one = points_of(f"{GAP}=600", "rules.silence.min_witnesses=2,3")
    worse, good = [night([False])], [night([True])]
    assert froc.choose(froc.results([as_it_is, both, one], [worse, good, good])) == 2
    assert froc.choose(froc.results([as_it_is, both, one], [good, good, good])) == 0


def test_alerts_of_two_points_are_the_same_incident_if_they_touch_in_time():
    early, later = said(raised_ms=0, end_ms=10), said(raised_ms=froc.SAME_MS)
    late = said(raised_ms=2 * froc.SAME_MS + 1)
    assert froc.incidents(results_of([night(alerts=[early])], [night(alerts=[later])])) == []
    (lost, gained) = froc.incidents(results_of([night(alerts=[early])], [night(alerts=[late])]))
    assert (lost.points, gained.points) == ((0,), (1,))


def test_another_rule_object_or_outcome_is_another_incident():
    first = said(object=1)
    for other in (said(object=2), said(object=1, rule="q"), said(object=1, outcome="right")):
        assert len(froc.incidents(results_of([night(alerts=[first])], [night(alerts=[other])]))) == 2


def test_boats_that_one_point_finds_and_another_does_not_are_named():
    found = results_of([night([True, False, False])], [night([True, True, False])])
    assert [(b.name, b.points) for b in froc.boats_that_differ(found)] == [("B1", (1,))]


def test_the_command_prints_the_points_and_writes_rows_and_a_page(surveil, scenarios, tmp_path, monkeypatch):
    monkeypatch.setattr(nights, "simulate", simulate_by_hand)
    code, out, _ = surveil(
        "sweep", "--param", f"{GAP}=600,1800", "--scenarios", *scenarios, "--seeds", 2, "--to", tmp_path / "sweep",
        "--workers", 1, "--set", "rules.lane.enabled=false", "--json",
    )  # fmt: skip
    told = json.loads(out.splitlines()[-1])
    assert code == 0
    assert [p["name"] for p in told["points"]] == [AS_IT_IS, "max_gap_s 600", "max_gap_s 1800"]
    assert "(chosen)" in out and "report.html" in out
    rows = pq.read_table(tmp_path / "sweep" / "results.parquet").to_pylist()
    assert len(rows) == 3 * 2 * 2
    assert {row[GAP] for row in rows} == {600, 900, 1800}
    assert "SIMULATED" in (tmp_path / "sweep" / "report.html").read_text("utf-8")
