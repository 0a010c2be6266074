"""Commands of the researcher: nights with known truth, a score for a replay of one, and settings tried on many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from surveil.options import AsJson, ConfigFile, Scheduler, Set


def simulate(
    scenario: Annotated[Path, typer.Argument(help="The scenario, TOML; examples are in configs/scenarios.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write; an earlier one is replaced at the end.")],
    seed: Annotated[int | None, typer.Option(help="Another seed is another night of the same kind.")] = None,
    background: Annotated[
        Path | None, typer.Option(help="A real AIS log to plant the boats and sensors in, at its time.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a night with known truth: AIS and sensor files to replay, and where everybody really was.

    Example: `surveil simulate configs/scenarios/strait-day.toml --out day`, then `surveil replay day`.
    """
    from surveil.simulate.produce import simulate as made
    from surveil.simulate.scenario import read_scenario

    if seed is not None and seed < 0:
        raise typer.BadParameter(f"--seed {seed} is negative")
    manifest = made(read_scenario(scenario, seed), out, background)
    if as_json:
        typer.echo(json.dumps(manifest, ensure_ascii=False))
    else:
        typer.echo(
            f"{out}: {manifest['scenario']}, seed {manifest['seed']}, {sum(manifest['lines'].values()):,} lines of AIS"
        )


def evaluate(
    run: Annotated[Path, typer.Argument(help="The output folder of a replay.")],
    truth: Annotated[Path, typer.Option("--truth", help="The simulated folder that it read.")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder to write to. Default: that of the replay.")] = None,
    tracks: Annotated[bool, typer.Option(help="Score the tracks too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Score a replay of a simulated night: boats found and when, false alerts a day, tracks against truth.

    docs/evaluation.md says what counts as found. Example: `surveil evaluate out --truth night`
    """
    from surveil.console import print_evaluation
    from surveil.evaluate.evaluation import evaluate, write_evaluation

    evaluation = evaluate(run, truth, tracks=tracks)
    write_evaluation(to or run, evaluation)
    print_evaluation(evaluation.summary)
    if as_json:
        typer.echo(json.dumps(evaluation.summary, ensure_ascii=False))


def sweep(
    more: Annotated[list[Path] | None, typer.Argument(metavar="[SCENARIO]...", help="More scenarios.")] = None,
    scenarios: Annotated[list[Path] | None, typer.Option(help="Scenarios, TOML, or folders of them.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=V1,V2", help="Values to try of a setting, or LOW:HIGH with --sample; repeatable."),
    ] = None,
    to: Annotated[Path, typer.Option("--to", help="Folder for results; another sweep's are used again.")] = Path(
        "sweep"
    ),
    seeds: Annotated[int, typer.Option(min=1, help="Nights of each scenario, from its own seed on.")] = 1,
    seed_offset: Annotated[int, typer.Option(min=0, help="Other nights of the same kind.")] = 0,
    sample: Annotated[int | None, typer.Option(min=1, help="Try so many combinations, not all of them.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. Default: one a processor.")] = None,
    executor: Annotated[str, typer.Option(help="Who does it: serial, processes or dask.")] = "processes",
    scheduler: Scheduler = None,
    budget: Annotated[float, typer.Option(min=0, help="False alerts a day that a watch can bear.")] = 12.0,
    config: ConfigFile = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """Try settings on simulated nights: boats found against false alerts a day, and the point to choose.

    Stopped halfway and started again it goes on where it was.

    Example: `surveil sweep --param rules.silence.max_gap_s=600,900,1800 --seeds 5 --scenarios configs/scenarios/exam`
    """
    from surveil.config import parse_settings
    from surveil.console import SweepMeter, print_sweep
    from surveil.evaluate import froc, nights, points, sweep_report
    from surveil.evaluate import sweep as sweeping
    from surveil.scale.executors import default_workers

    chosen_points = points.make_points(points.parse_params(param or []), config, parse_settings(set_ or []), sample)
    files = sweeping.scenario_files([*(scenarios or []), *(more or [])])
    with SweepMeter() as meter:
        run = sweeping.Sweep(
            chosen_points, files, to, nights.simulate, seeds, seed_offset, workers or default_workers(),
            meter.update, executor, scheduler or "",
        )  # fmt: skip
        found = froc.results(chosen_points, run.run())
    best = froc.choose(found, budget)
    sweep_report.write_results(to, found)
    sweep_report.write_page(to / "report.html", found, best, budget)
    print_sweep(found, best, to / "report.html")
    if as_json:
        typer.echo(json.dumps(froc.as_json(found, best), ensure_ascii=False))


COMMANDS = (simulate, evaluate, sweep)
