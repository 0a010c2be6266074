"""Months of archive: a simulated strait replayed by one process, two, and Dask; the same alerts from each?

Spells of up to three days are simulated with AIS alone, each with its own seed, and follow each other in one archive:
at a seam all ships leave and others come, which no day of the real strait has. The archive is replayed as one plan: by
one process (``serial``), by two, by Dask with one worker and with two, and by two processes of which one is killed.
``equal``: all gave the same alerts, byte for byte. ``speedup_2``: time of ``serial`` over that of two processes;
``overhead_dask_1``: time of Dask with one worker over that of ``serial``; both by the clock on the wall, so the machine
must have nothing else to do (``load`` says what it had). ``x_realtime``: how much faster than the sea the archive was
imported and replayed by two processes; ``cpu_s`` is processor time, by run; ``most_mb`` the most memory of this process
and of any worker. ``plain_equal``: how many alerts of one unbroken engine the plan gave to the letter, and how many it
has in other words, lacks, or adds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import re
import resource
import signal
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

SPELL_H, FIRST = 72.0, dt.datetime(2026, 6, 1, 18)
_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
RUNS = ("serial", "processes 2", "processes 2, one killed", "dask 1", "dask 2")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days", type=float, default=30.0, help="days simulated, 1 or more; each takes 15 s of a processor"
    )
    parser.add_argument("--slice-h", type=float, default=72.0, help="hours of a slice")
    parser.add_argument("--folder", type=Path, help="where to keep the days and the archive, to use them again")
    parser.add_argument("--no-plain", action="store_true", help="leave out the one unbroken engine")
    parser.add_argument("--runs", nargs="+", choices=RUNS, default=RUNS, help="those to do; serial is always done")


def run(options: argparse.Namespace) -> dict:
    if options.folder is None:
        with tempfile.TemporaryDirectory(prefix="surveil-scale-") as folder:
            return measured(options, Path(folder))
    options.folder.mkdir(parents=True, exist_ok=True)
    return measured(options, options.folder)


def measured(options: argparse.Namespace, folder: Path) -> dict:
    """Do the runs; returns the figures."""
    archive, import_s = imported(spells(options.days, folder), folder / "archive")
    figures: dict = {"days": options.days, "slice_h": options.slice_h, "import_s": import_s, "load": []}
    wall, cpu, alerts = {}, {}, {}
    for name in dict.fromkeys(("serial", *options.runs)):
        if name.startswith("dask") and not _has_dask():
            print(f"{name:<26} Dask is not installed")
            continue
        figures["load"].append(round(os.getloadavg()[0], 1))
        wall[name], cpu[name], alerts[name], summary = _timed(partial(planned, name, archive, folder, options.slice_h))
        print(
            f"{name:<26} {wall[name]:8.1f} s, {cpu[name]:8.1f} s of processors, {len(alerts[name])} alerts", flush=True
        )
        figures["plan"] = summary["plan"]
    hashes = {name: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] for name, lines in alerts.items()}
    figures["most_mb"] = [resource.getrusage(who).ru_maxrss // 1000 for who in _WHO]
    figures |= {"wall_s": wall, "cpu_s": cpu, "alerts": len(alerts["serial"]), "hashes": hashes}
    figures["equal"] = len(set(hashes.values())) == 1
    figures["speedup_2"] = _ratio(wall, "serial", "processes 2")
    figures["overhead_dask_1"] = _ratio(wall, "dask 1", "serial")
    if "processes 2" in wall:
        figures["x_realtime"] = round(options.days * 86_400 / (import_s + wall["processes 2"]))
    if not options.no_plain:
        figures |= _against_plain(alerts["serial"], archive, folder)
    print({name: value for name, value in figures.items() if name != "plan"})
    return figures


def spells(days: float, folder: Path) -> list[Path]:
    """Folders of simulated days, AIS alone; made if they are not there."""
    from surveil.resources import resource
    from surveil.simulate.produce import simulate
    from surveil.simulate.scenario import read_scenario

    text = Path(resource("configs", "scenarios", "strait-day.toml")).read_text("utf-8").partition("[[sensors]]")[0]
    found, done_h = [], 0.0
    while done_h < 24 * days:
        hours = min(SPELL_H, 24 * days - done_h)
        start = f"{FIRST + dt.timedelta(hours=done_h):%Y-%m-%dT%H:%M:%SZ}"
        spell = folder / f"spell-{len(found):02}-{hours:g}h"
        found.append(spell)
        done_h += hours
        if not (spell / "manifest.json").exists():
            scenario = folder / f"{spell.name}.toml"
            dated = re.sub(r"start = \S+", f"start = {start}", text, count=1)
            scenario.write_text(re.sub(r"hours = [\d.]+", f"hours = {hours}", dated, count=1), "utf-8")
            simulate(read_scenario(scenario, seed=len(found)), spell, None)
            print(f"simulated {spell.name} from {start}", flush=True)
    return found


def imported(days: list[Path], archive: Path) -> tuple[Path, float]:
    """The archive of all days, and the seconds that importing them took, 0 if they were there."""
    from surveil.archive.importing import Importer

    started = time.perf_counter()
    Importer(archive).run([day / "ais" for day in days])
    return archive, round(time.perf_counter() - started, 1)


def planned(name: str, archive: Path, folder: Path, slice_h: float):
    """Replay the archive as a plan; returns its alerts as lines, and the summary."""
    from surveil.run import alerts_of
    from surveil.scale.replay import PlannedReplay

    executor, workers = re.match(r"(\w+) ?(\d*)", name).groups()
    out = folder / f"out {name}"
    killed = threading.Event() if "killed" in name else None
    if killed is not None:
        threading.Thread(target=_kill_a_child, args=(killed,), daemon=True).start()
    run = PlannedReplay([archive], out, executor=executor, workers=int(workers or 1), slice_h=slice_h)
    summary = run.run()
    if killed is not None and not killed.is_set():
        raise RuntimeError("the run was over before any process of its was killed")
    return [alert.to_json() for alert in alerts_of(out)], summary


def _kill_a_child(killed: threading.Event) -> None:
    """Kill one of our own worker processes once it has worked for a while."""
    import multiprocessing

    while not killed.wait(5.0):
        children = [c for c in multiprocessing.active_children() if c.is_alive()]
        if children:
            time.sleep(20.0)
            os.kill(children[-1].pid, signal.SIGKILL)
            killed.set()


def _timed(call) -> tuple[float, float, list[str], dict]:
    def spent() -> float:
        used = [resource.getrusage(who) for who in _WHO]
        return sum(each.ru_utime + each.ru_stime for each in used)

    cpu, wall = spent(), time.perf_counter()
    lines, summary = call()
    return round(time.perf_counter() - wall, 1), round(spent() - cpu, 1), lines, summary


def _ratio(seconds: dict[str, float], of: str, to: str) -> float | None:
    return round(seconds[of] / seconds[to], 2) if of in seconds and to in seconds else None


def _has_dask() -> bool:
    try:
        import distributed  # noqa: F401
    except ImportError:
        return False
    return True


def _against_plain(lines: list[str], archive: Path, folder: Path) -> dict:
    """The plan's alerts beside those of one unbroken engine, by id."""
    from surveil.run import Replay, alerts_of

    def plain() -> tuple[list[str], dict]:
        summary = Replay([archive], folder / "out plain").run()
        return [alert.to_json() for alert in alerts_of(folder / "out plain")], summary

    wall, cpu, theirs, _ = _timed(plain)
    ids = [{re.search(r'"id":"(\w{12})"', line)[1]: line for line in each} for each in (lines, theirs)]
    both = ids[0].keys() & ids[1].keys()
    same = sum(ids[0][id] == ids[1][id] for id in both)
    differ = {"same": same, "other_words": len(both) - same, "lacks": len(ids[1]) - len(both),
              "adds": len(ids[0]) - len(both)}  # fmt: skip
    return {"plain_equal": differ, "plain_wall_s": wall, "plain_cpu_s": cpu}
