"""The ten exam nights, simulated, replayed and evaluated: boats found, false alerts a day, minutes to the alert.

Other seeds (`--seed-offset`) are other nights of the same kind: settings that do well on the exam's own seeds alone
are fitted to them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

KEYS = (
    "pd", "pd_of_all", "false_alerts_per_day", "median_minutes_to_alert", "boats", "boats_sensed", "boats_found",
    "endangered_first", "by_radar", "false_were",
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed-offset", type=int, default=0, help="added to every scenario's own seed")
    parser.add_argument("--scenarios", type=Path, nargs="+", help="other scenarios, or folders of them")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--workers", type=int, help="processes; default: one a processor")


def run(options: argparse.Namespace) -> dict:
    from surveil.config import load_config, parse_settings
    from surveil.evaluate.scores import summarise
    from surveil.evaluate.sweep import scenario_files
    from surveil.resources import resource
    from surveil.scale.executors import default_workers, processes

    load_config(None, parse_settings(options.settings))  # a wrong setting is told of before anything runs
    scenarios = scenario_files(options.scenarios or [resource("configs", "scenarios", "exam")])
    sit = partial(night_of, seed_offset=options.seed_offset, settings=options.settings)
    nights, figures = [], {}
    print(f"{'night':<36} {'seed':>5} {'boats':>9} {'Pd':>5} {'false/day':>9} {'minutes':>8} {'seconds':>8}")
    with processes(options.workers or default_workers()) as pool:
        for night, seconds in pool.map(sit, scenarios):
            nights.append(night)
            figures[night.name] = _figures(summarise([night])) | {"seed": night.seed}
            print(_line(night.name, night.seed, figures[night.name], seconds), flush=True)
    whole = summarise(nights)
    print(_line("all", "", _figures(whole), None))
    low, high = whole["pd_interval"]
    print("boats: found, that a sensor or AIS could have shown, in all; minutes: from the first fair chance of any")
    first = whole["endangered_first"]
    print(f"the boat in most danger comes first on {first['first']} of {first['nights']} nights")
    print(f"Pd is {low:.2f} to {high:.2f} with 95 % confidence; false alerts were {_counts(whole['false_were'])}")
    return {**_figures(whole), "pd_interval": [low, high], "seed_offset": options.seed_offset, "nights": figures}


def night_of(scenario: Path, seed_offset: int, settings: list[str]):
    """A night's rows and the seconds it took, by way of files as a user has them."""
    from surveil.config import load_config, parse_settings
    from surveil.evaluate.evaluation import evaluate
    from surveil.evaluate.nights import simulate
    from surveil.evaluate.sweep import own_seed
    from surveil.run import Replay

    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        night, out = Path(folder) / "night", Path(folder) / "out"
        simulate(scenario, own_seed(scenario) + seed_offset, night)
        Replay([night], out, load_config(None, parse_settings(settings))).run()
        return evaluate(out, night, tracks=False).night, time.perf_counter() - started


def _figures(summary: dict) -> dict:
    """The keys of the issue, and what is said of radars and of rules apart."""
    rules = summary["by_rule"]
    return {key: summary[key] for key in KEYS} | {
        "median_minutes_from_sensing": summary["minutes"]["from_first_sensing"]["first_right"]["median"],
        "false_by_rule_per_day": {name: r["false_alerts_per_day"] for name, r in rules.items() if r["false_alerts"]},
    }


def _line(name: str, seed, figures: dict, seconds: float | None) -> str:
    pd, minutes = ("" if v is None else f"{v:.2f}" for v in (figures["pd"], figures["median_minutes_from_sensing"]))
    boats = f"{figures['boats_found']}/{figures['boats_sensed']}/{figures['boats']}"
    took = "" if seconds is None else f"{seconds:.0f}"
    return f"{name:<36} {seed:>5} {boats:>9} {pd:>5} {figures['false_alerts_per_day']:>9.1f} {minutes:>8} {took:>8}"


def _counts(counts: dict) -> str:
    return ", ".join(f"{n} {what}" for what, n in counts.items()) or "none"
