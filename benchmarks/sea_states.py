"""Boats found by radar in seas from calm to rough: the curve of Pd, minutes to the alert and false alerts by sea state.

One short night, simulated again for each sea state with the same seeds: boats off the French beaches within sight of
the two radars of the exam, few ships, no rain, no rescue. A boat counts that a radar had a fair chance to see and that
is 7 m long or more, as in the exam's `by_radar`. Rain and an hour longer would each change the figures.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

STATES = (1, 2, 3, 4, 5)
NIGHT = """
name = "sea state {state}"
start = 2026-10-03T19:00:00Z
hours = {hours}
seed = {seed}
[weather]
wind_kn = {wind_kn}
wind_from_deg = 225
sea_state = {state}
visibility_nm = 8
[tide]
high_water_dover_h = 3
springs = 0.4
[traffic]
lane_ships_per_day = 150
coasters_per_day = 0
ferries = 2
fishing_groups = 1
yachts = 0
wind_farm_boats = 0
pilot_boats = 0
anchored = 0
moored = 0
rescue_craft = 0
patrols = 0
[[boats]]
sector = "Wissant-Ambleteuse"
count = 6
launch_h = 0.3
launch_spread_h = 0.2
speed_kn = 3.4
speed_spread_kn = 0.3
heading_deg = 315
heading_spread_deg = 6
[[boats]]
sector = "Calais-Sangatte"
count = 4
launch_h = 0.3
launch_spread_h = 0.2
speed_kn = 3.4
heading_deg = 320
heading_spread_deg = 6
[[stations]]
name = "SIM-DOVER"
place = [1.343, 51.133]
height_m = 120
[[sensors]]
kind = "coastal_radar"
site = "dover"
[[sensors]]
kind = "coastal_radar"
site = "gris_nez"
"""
WIND_KN = (2, 5, 9, 14, 19, 24)
"""By sea state, of a sea fully grown (WMO code table 3700 against Beaufort's waves; assumed)."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--states", type=int, nargs="+", default=list(STATES), metavar="STATE", choices=range(6))
    parser.add_argument("--hours", type=float, default=2.5)
    parser.add_argument("--seed", type=int, default=401)
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--workers", type=int, help="processes; default: one a processor")


def run(options: argparse.Namespace) -> dict:
    from benchmarks.exam import night_of
    from surveil.evaluate.scores import summarise
    from surveil.evaluate.sweep import default_workers, processes

    figures = {}
    print(f"{'sea state':>9} {'found':>8} {'Pd':>5} {'minutes':>8} {'false/day':>10} {'seconds':>8}")
    with tempfile.TemporaryDirectory() as folder, processes(options.workers or default_workers()) as pool:
        scenarios = [_scenario(Path(folder), state, options) for state in options.states]
        sit = partial(night_of, seed_offset=0, settings=options.settings)
        for state, (night, seconds) in zip(options.states, pool.map(sit, scenarios), strict=True):
            figures[str(state)] = row = _row(summarise([night]))
            print(_line(state, row, seconds), flush=True)
    return {"by_sea_state": figures}


def _scenario(folder: Path, state: int, options: argparse.Namespace) -> Path:
    path = folder / f"sea_state_{state}.toml"
    path.write_text(NIGHT.format(state=state, hours=options.hours, seed=options.seed, wind_kn=WIND_KN[state]))
    return path


def _row(summary: dict) -> dict:
    seen = summary["by_radar"]
    return {
        "boats": seen["boats_sensed"], "found": seen["boats_found"], "pd": seen["pd"],
        "pd_interval": seen["pd_interval"], "median_minutes": seen["minutes"]["median"],
        "p90_minutes": seen["minutes"]["p90"], "false_alerts_per_day": summary["false_alerts_per_day"],
    }  # fmt: skip


def _line(state: int, row: dict, seconds: float) -> str:
    pd, minutes = ("" if v is None else f"{v:.2f}" for v in (row["pd"], row["median_minutes"]))
    found = f"{row['found']}/{row['boats']}"
    return f"{state:>9} {found:>8} {pd:>5} {minutes:>8} {row['false_alerts_per_day']:>10.1f} {seconds:>8.0f}"
