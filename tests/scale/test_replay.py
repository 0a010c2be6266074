"""Whoever runs the tasks of a plan, the answer is that of one engine."""

import os
import shutil
import signal
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

import pyarrow.parquet as pq
import pytest

from surveil.alerts.store import AlertStore
from surveil.errors import ConfigError, StoreError
from surveil.run import Replay, alerts_of
from surveil.scale import executors, running
from surveil.scale import replay as planned
from surveil.scale.replay import PlannedReplay
from tests.scale.conftest import HOUR_MS

SAME = ("lines_read", "decoded", "vessels", "alerts", "severities", "span", "cut_out", "late", "duplicate", "jumps",
        "track_events", "kept_back", "problems", "simulated", "exit_code")  # fmt: skip


def lines_of(out) -> list[str]:
    return [alert.to_json() for alert in alerts_of(out)]


@pytest.fixture(scope="module")
def plain(archive, config, cut, tmp_path_factory):
    """(output folder, summary) of one engine."""
    out = tmp_path_factory.mktemp("plain") / "out"
    return out, Replay([archive], out, config, cut=cut).run()


@pytest.fixture
def run(archive, config, cut, tmp_path):
    def run(name: str = "out", **how):
        return PlannedReplay([archive], tmp_path / name, config, cut=cut, slice_h=1.0, **how)

    return run


@pytest.fixture(scope="module")
def serial(archive, config, cut, tmp_path_factory):
    """(output folder, summary) of the plan, one task after the other."""
    out = tmp_path_factory.mktemp("serial") / "out"
    return out, PlannedReplay([archive], out, config, cut=cut, slice_h=1.0).run()


def test_slices_find_what_one_engine_finds(plain, serial):
    (out, one), (planned_out, summary) = plain, serial
    assert summary["plan"]["slices"] == 3 and len(lines_of(out)) > 4
    assert lines_of(planned_out) == lines_of(out)
    assert {key: summary[key] for key in SAME} == {key: one[key] for key in SAME}


def test_tracks_and_events_of_slices_are_those_of_one_engine(plain, serial):
    for name in ("tracks.parquet", "events.parquet"):
        ours, theirs = (pq.read_table(out / name) for out, _ in (serial, plain))
        assert ours.equals(theirs), name


def test_an_alert_that_lasts_over_an_edge_is_one(serial):
    out, summary = serial
    start_ms = summary["span"]["start_ms"]
    edges = [start_ms + n * HOUR_MS for n in range(1, 3)]
    over = [a for a in alerts_of(out) for edge in edges if a.t_raised_ms < edge < (a.t_end_ms or edge + 1)]
    assert 0 < len(over) <= summary["plan"]["edges"]["met"]


def test_what_people_did_has_the_same_effect_in_slices(plain, run, archive, config, cut, tmp_path):
    for name in ("one", "out"):
        shutil.copytree(plain[0], tmp_path / name)
        store = AlertStore(tmp_path / name / "alerts.sqlite")
        late_ms = plain[1]["span"]["start_ms"] + 5 * HOUR_MS // 2
        lasting = [a for a in store.alerts() if a.t_raised_ms < late_ms - HOUR_MS and not a.t_end_ms]
        store.act(lasting[0].id, "acknowledge", "watch officer", "", late_ms)
        store.close()
    Replay([archive], tmp_path / "one", config, cut=cut).run()
    run().run()
    assert lines_of(tmp_path / "out") == lines_of(tmp_path / "one")
    assert any(alert.state == "acknowledged" for alert in alerts_of(tmp_path / "out"))


def test_two_processes_find_what_one_does_and_facts_may_be_chained(serial, run, tmp_path):
    assert run(executor="processes", workers=2, chained=True).run()["plan"]["chained"]
    assert lines_of(tmp_path / "out") == lines_of(serial[0])


class _Dying(Executor):
    """Submits to processes, and kills one of them at the second task."""

    def __init__(self, pool: ProcessPoolExecutor, deaths: list[int]):
        self.pool, self.deaths = pool, deaths

    def submit(self, fn, /, *args, **kwargs):
        future = self.pool.submit(fn, *args, **kwargs)
        if len(self.deaths) == 1:
            os.kill(self.pool.submit(os.getpid).result(), signal.SIGKILL)
        self.deaths.append(0)
        return future


def test_a_killed_process_costs_its_task_only(serial, run, tmp_path, monkeypatch):
    deaths: list[int] = []

    @contextmanager
    def dying(name, workers, scheduler):
        with executors.executor("processes", workers) as pool:
            yield _Dying(pool, deaths)

    monkeypatch.setattr(planned, "executor", dying)
    run(executor="processes", workers=1).run()
    assert lines_of(tmp_path / "out") == lines_of(serial[0])
    tasks = 3 + 2
    assert tasks <= len(deaths) <= tasks + 2, "what was done before is not done again"


def test_a_dask_cluster_finds_the_same_and_loses_no_task_with_a_worker(serial, run, tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra `scale` is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]

        def kill_one(*_told) -> None:
            if len(pids) > 1:
                os.kill(pids.pop(), signal.SIGKILL)

        run(executor="dask", scheduler=cluster.scheduler_address, workers=2, progress=kill_one).run()
    assert len(pids) == 1
    assert lines_of(tmp_path / "out") == lines_of(serial[0])


def test_dask_that_is_not_installed_is_told_of(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="Dask is not installed"):
        run(executor="dask").run()


def test_a_run_that_was_stopped_goes_on_where_it_was(serial, run, tmp_path, monkeypatch):
    made, watch = [], running.watch

    def failing(*args):
        if len(made) == 1:
            raise StoreError("no space left")
        made.append(args[1].number)
        return watch(*args)

    monkeypatch.setattr(running, "watch", failing)
    with pytest.raises(StoreError, match="no space left"):
        run().run()
    monkeypatch.setattr(running, "watch", lambda *args: made.append(args[1].number) or watch(*args))
    run(resume=True).run()
    assert made == [0, 1, 2]
    assert lines_of(tmp_path / "out") == lines_of(serial[0])
    assert not (tmp_path / "out.work").exists()


def test_only_archives_are_planned(tmp_path, config):
    log = tmp_path / "log.nmea"
    log.write_text("!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24\n")
    with pytest.raises(ConfigError, match="is no archive; import it first"):
        PlannedReplay([log], tmp_path / "out", config).run()


def test_a_work_folder_with_something_else_in_it_is_left_alone(run, tmp_path):
    (tmp_path / "out.work").mkdir()
    (tmp_path / "out.work" / "mother.txt").write_text("dear")
    with pytest.raises(StoreError, match=r"out\.work: holds other files"):
        run().run()


def test_an_unknown_executor_is_named(run):
    with pytest.raises(ConfigError, match="no executor 'threads'; there are serial, processes, dask"):
        run(executor="threads").run()
