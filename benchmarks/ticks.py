"""What a tick costs with 1,000 targets and every rule on, and how long a simulated day of the whole strait takes.

Of the targets, all a mile or more off the shores of the strait, half are ships that follow the lanes, a quarter lie at
anchor, a fifth are small craft outside the lanes, and one in twenty is a ship on any course to and fro, through lanes
too: more odd traffic than a real day has. All report every ten seconds; a tick is the rows of ten seconds through the
whole engine: order, track table, view, rules, alerts. ``ms_per_tick_1000`` is the median by processor time;
``ms_by_rule`` what each rule's condition takes of it, on average; the first that asks for the pairs pays for them.
``day_seconds`` is `surveil replay` of configs/scenarios/strait-day.toml with its sensors, once a replay of an hour of
it has warmed everything.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np

N, TICK_S, T0_MS = 1000, 10, 1_767_225_600_000
WARM_TICKS, TURN_TICKS = 40, 60
AREA = (0.9, 50.6, 1.9, 51.35)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ticks", type=int, default=120, help="ticks measured, after the warm-up")
    parser.add_argument("--no-day", action="store_true", help="leave out the day")


def run(options: argparse.Namespace) -> dict:
    figures = tick_figures(options.ticks)
    if not options.no_day:
        figures |= day_figures()
    for name, value in figures.items():
        print(f"{name:<18} {value}")
    return figures


def tick_figures(ticks: int) -> dict:
    """Milliseconds a tick, whole and by rule."""
    from surveil.areas import load_areas
    from surveil.config import Config
    from surveil.engine import Engine, Hooks

    alerts, areas = [], load_areas()
    engine = Engine(Config(), areas, hooks=Hooks(alert=alerts.append))
    statics, batches = fleet(areas, WARM_TICKS + ticks + 2)
    engine.push(statics)
    for batch in batches[:WARM_TICKS]:
        engine.push(batch)
    by_rule = _timed(engine.rules)
    spent = []
    for batch in batches[WARM_TICKS : WARM_TICKS + ticks]:
        started = time.process_time()
        engine.push(batch)
        spent.append(1000 * (time.process_time() - started))
    rules = {name: round(1000 * s / ticks, 3) for name, s in sorted(by_rule.items(), key=lambda each: -each[1])}
    return {
        "targets": len(engine.view()),
        "rules": len(engine.rules),
        "alerts": len({alert.id for alert in alerts}),
        "ms_per_tick_1000": round(float(np.median(spent)), 3),
        "ms_per_tick_95": round(float(np.percentile(spent, 95)), 3),
        "ms_by_rule": rules,
    }


def _timed(rules) -> dict[str, float]:
    """Seconds that each rule spends in `evaluate`, counted from here on."""
    spent = dict.fromkeys((rule.name for rule in rules), 0.0)

    def timed(rule, evaluate):
        def call(view):
            started = time.process_time()
            said = evaluate(view)
            spent[rule.name] += time.process_time() - started
            return said

        return call

    for rule in rules:
        rule.evaluate = timed(rule, rule.evaluate)
    return spent


def fleet(areas, ticks: int):
    """Static data, and a batch of rows for each tick."""
    from surveil.kernels.geodesy import destination_deg_array
    from surveil.kernels.geometry import first_inside
    from surveil.schema import CLASS_A, CLASS_B, Batch, Positions, Statics
    from surveil.tracks.view import LANE_KINDS

    lanes = areas.columns_of(*LANE_KINDS)
    chance = np.random.default_rng(1)
    lon, lat, part = _afloat(areas, lanes, chance)
    small, anchored, along = part == "small", part == "anchored", part == "lane"
    mmsi, length = 232_000_000 + np.arange(N), np.where(small, 8.0, chance.uniform(60, 300, N))
    speed = np.where(small, 5.0, np.where(anchored, 0.1, chance.uniform(8, 18, N)))
    course = chance.uniform(0, 360, N)
    kinds = {"ais_class": np.where(small, CLASS_B, CLASS_A), "msg_type": np.where(small, 18, 1), "mmsi": mmsi}
    statics = Statics.build(
        t_ms=np.full(N, T0_MS), seq=np.arange(N), mmsi=mmsi, msg_type=np.full(N, 5), digest=np.arange(N),
        ship_type=np.where(small, 37, 70), to_bow_m=length / 2, to_stern_m=length / 2,
    )  # fmt: skip
    batches = []
    for k in range(ticks):
        if k % TURN_TICKS == TURN_TICKS - 1:
            course = np.where(along, course, (course + 180) % 360)
        flow = areas.lane_flow_deg(lon, lat, first_inside(areas.inside(lon, lat), lanes))
        course = np.where(along & ~np.isnan(flow), flow, course)
        lon, lat = destination_deg_array(lon, lat, course, speed * 1852 / 3600 * TICK_S)
        rows = Positions.build(
            t_ms=T0_MS + k * TICK_S * 1000 + np.arange(N) * 9, seq=(k + 1) * N + np.arange(N),
            digest=(k + 1) * N + np.arange(N), lon=lon, lat=lat, sog_kn=speed, cog_deg=course,
            nav_status=np.where(anchored, 1, 0), **kinds,
        )  # fmt: skip
        batches.append(Batch.build(positions=rows))
    return Batch.build(statics=statics), batches


def _afloat(areas, lanes, chance) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places a mile or more off any shore, and what is there."""
    west, south, east, north = AREA
    lon, lat = chance.uniform(west, east, 40 * N), chance.uniform(south, north, 40 * N)
    off = areas.coast_m(lon, lat) > 1852
    lon, lat = lon[off], lat[off]
    in_lane = areas.inside(lon, lat, lanes).any(axis=1)
    along, free = np.flatnonzero(in_lane)[: N // 2], np.flatnonzero(~in_lane)[: N - N // 2]
    part = ["lane"] * (N // 2) + ["anchored"] * (N // 4) + ["small"] * (N // 5) + ["odd"] * (N // 20)
    at = np.concatenate([along, free])
    return lon[at], lat[at], np.array(part)


def day_figures() -> dict:
    """The day from files to report, by wall clock."""
    from surveil.resources import resource
    from surveil.run import Replay
    from surveil.simulate.produce import simulate
    from surveil.simulate.scenario import read_scenario

    scenario = read_scenario(resource("configs", "scenarios", "strait-day.toml"))
    with tempfile.TemporaryDirectory() as folder:
        day, hour, out = (Path(folder) / name for name in ("day", "hour", "out"))
        simulate(dataclasses.replace(scenario, hours=1.0), hour)
        Replay([hour], out).run()
        simulate(scenario, day)
        started = time.perf_counter()
        summary = Replay([day], Path(folder) / "day-out").run()
        seconds = time.perf_counter() - started
    return {"day_seconds": round(seconds, 1), "day_lines": summary["lines_read"], "day_by_stage": summary["seconds"]}
