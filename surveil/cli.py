"""The command line. Imports of anything heavy are inside the commands, so that `--help` is instant."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from surveil import __version__
from surveil.errors import SurveilError

app = typer.Typer(
    name="surveil",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Maritime surveillance for the Dover Strait: AIS to tracks, alerts with reasons, and a map.\n\n"
        "Example: `surveil replay log.nmea.gz --out night`, then open `night/report.html`.\n\n"
        "Exit codes: 0 all well; 1 an unexpected failure; 2 a wrong option or setting; 3 some input was wrong or "
        "could not be read (the rest was used); 4 the output could not be written or read; 130 stopped with Ctrl-C "
        "(what there is was written)."
    ),
)

Out = Annotated[Path, typer.Option("--out", help="Folder to write; an earlier run there is replaced at the end.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="Settings, TOML. Default: the built-in ones.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: rules.silence.max_gap_s=900; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object, last line of output.")]
From = Annotated[str | None, typer.Option("--from", help="Use reports from this UTC time on, ISO 8601.")]
To = Annotated[str | None, typer.Option("--to", help="Use reports before this UTC time.")]
Bbox = Annotated[str | None, typer.Option(help="Use positions inside west,south,east,north (degrees).")]
Mmsi = Annotated[list[int] | None, typer.Option(help="Use only these vessels; may be repeated.")]
Start = Annotated[str | None, typer.Option(help="Time of the first line, for a log without times; needs --rate.")]
Rate = Annotated[float | None, typer.Option(help="Sentences a second, for a log without times; needs --start.")]
TimeFrom = Annotated[str, typer.Option(help="'base-stations': take times from type 4 reports and nothing else.")]
Rejects = Annotated[Path | None, typer.Option(help="Copy refused.tsv, all refused lines with reasons, to this file.")]
Tracks = Annotated[
    list[Path] | None,
    typer.Option(help="Write the tracks to this file too: .parquet, .geojson, .kml, .gpx, .mfjson; may be repeated."),
]
Lenient = Annotated[
    bool, typer.Option("--lenient", help="Use sentences with a wrong or missing checksum; warn of each.")
]
Sort = Annotated[
    str,
    typer.Option(help="Sort by time first: 'auto' sorts CSV archives that are not in order, or 'always', 'never'."),
]


@app.command()
def replay(
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders: AIVDM logs, or NOAA, Danish or Solent CSV; packed or not.")
    ],
    out: Out = Path("surveil-out"),
    config: ConfigFile = None,
    set_: Set = None,
    from_: From = None,
    to: To = None,
    bbox: Bbox = None,
    mmsi: Mmsi = None,
    start: Start = None,
    rate: Rate = None,
    time_from: TimeFrom = "auto",
    sort: Sort = "auto",
    rejects: Rejects = None,
    tracks: Tracks = None,
    map_: Annotated[
        Path | None, typer.Option("--map", help="What `surveil learn` made: silences that it explains are not raised.")
    ] = None,
    lenient: Lenient = False,
    as_json: AsJson = False,
) -> None:
    """Replay recorded feeds: tracks, alerts with reasons, and a map in one folder.

    Example: `surveil replay aisdk-2026-03-14.zip --bbox 0,50,3,52 --out night --json`
    """
    from surveil.console import Meter, print_summary
    from surveil.run import Replay

    times, cut = _times(start, rate, time_from, lenient), _cut(from_, to, bbox, mmsi)
    settings = _config(config, set_)
    if map_ is not None:
        settings = dataclasses.replace(settings, map=dataclasses.replace(settings.map, file=str(map_)))
    with Meter() as meter:
        run = Replay(paths, out, settings, times, cut, sort, rejects, tracks or [], meter.update)
        summary = run.run()
    print_summary(summary)
    _finish(summary, as_json)


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders: what `replay` reads.")],
    to: Annotated[Path, typer.Option("--to", help="The archive, a folder; made if it is not there.")],
    start: Start = None,
    rate: Rate = None,
    time_from: TimeFrom = "auto",
    lenient: Lenient = False,
    as_json: AsJson = False,
) -> None:
    """Import files into an archive of GeoParquet by day and vessel, to replay and to query.

    What is in the archive already, under whatever name, is not added again. An import that was interrupted goes on
    when it is run again, and so does that of a file that has grown since.

    Example: `surveil import logs/ --to archive`, then `surveil replay archive`.
    """
    from surveil.archive.importing import Importer
    from surveil.console import print_import
    from surveil.run import default_times

    try:
        times = default_times(start_ms=_time_ms(start), rate_per_s=rate, time_from=time_from, lenient=lenient)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    summary = Importer(to, times).run(list(paths))
    print_import(summary)
    _finish(summary, as_json)


@app.command()
def learn(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders, as replay takes them; with --merge, maps.")],
    to: Annotated[Path, typer.Option("--to", help="The map to write; an earlier map there is replaced.")],
    merge: Annotated[bool, typer.Option("--merge", help="Add maps of several days or stations up.")] = False,
    config: ConfigFile = None,
    set_: Set = None,
    from_: From = None,
    until: Annotated[str | None, typer.Option(help="Use reports before this UTC time.")] = None,
    bbox: Bbox = None,
    start: Start = None,
    rate: Rate = None,
    time_from: TimeFrom = "auto",
    sort: Sort = "auto",
    lenient: Lenient = False,
    as_json: AsJson = False,
) -> None:
    """Learn where ships are heard, and how they usually move, from recorded feeds: a map for replay --map.

    Example: `surveil learn aisdk-2026-03-*.zip --bbox 0,50,3,52 --to strait.npz`
    """
    from surveil.console import Meter, print_learned
    from surveil.learning import Learning, merge_files

    if merge:
        summary = merge_files(paths, to)
    else:
        times, cut = _times(start, rate, time_from, lenient), _cut(from_, until, bbox, None)
        with Meter("learning") as meter:
            summary = Learning(paths, to, _config(config, set_), times, cut, sort, meter.update).run()
    print_learned(summary)
    _finish(summary, as_json)


@app.command()
def demo(
    out: Out = Path("demo-out"),
    seed: Annotated[int, typer.Option(help="Another seed is another night.")] = 1,
    config: ConfigFile = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """Replay a built-in, simulated night in the strait.

    The night's log is kept beside the output folder, to replay again with other settings.

    Example: `surveil demo --out demo-out`, then open `demo-out/report.html`.
    """
    from surveil.console import Meter, print_summary
    from surveil.run import Replay
    from surveil.simulate.demo import make_night

    settings = _config(config, set_)
    out.parent.mkdir(parents=True, exist_ok=True)
    log = make_night(seed=seed).write(out.parent / f"{out.name}.nmea")
    with Meter() as meter:
        summary = Replay([log], out, settings, progress=meter.update).run()
    print_summary(summary)
    _finish(summary, as_json)


@app.command()
def fetch(
    archive: Annotated[str, typer.Argument(help="noaa (United States) or dma (Denmark).")],
    date: Annotated[str, typer.Option(help="The day, UTC, YYYY-MM-DD.")],
    to: Annotated[Path, typer.Option(help="Folder to put the day into.")],
    bbox: Bbox = None,
    cache: Annotated[Path | None, typer.Option(help="Where downloads are kept. Default: ~/.cache/surveil.")] = None,
    sha256: Annotated[str, typer.Option(help="The hash that the archive's own file must have.")] = "",
    config: ConfigFile = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """Bring a day of a public archive: resumed where it broke off, checked, kept, cut to the area.

    Example: `surveil fetch dma --date 2026-03-14 --bbox 9,54,13,58 --to days`, then `surveil replay days`
    """
    import datetime as dt

    from surveil.console import DownloadMeter, print_fetched
    from surveil.fetch.days import ARCHIVES, Fetch, cache_folder

    try:
        day, box = dt.date.fromisoformat(date), _box(bbox)
        if archive not in ARCHIVES:
            raise ValueError(f"no archive {archive!r}; there are {', '.join(ARCHIVES)}")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    settings = _config(config, set_).fetch
    with DownloadMeter() as meter:
        fetched = Fetch(archive, day, to, box, cache or cache_folder(), settings, sha256, meter.update).run()
    print_fetched(fetched)
    if as_json:
        typer.echo(json.dumps(fetched.summary()))


@app.command()
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


@app.command()
def info(
    paths: Annotated[list[Path], typer.Argument(help="Files to look into.")],
    as_json: AsJson = False,
) -> None:
    """Say what a file holds before anyone replays it: format, span, area, types, vessels, share refused.

    Example: `surveil info log.nmea.gz`
    """
    from surveil.info import describe, render

    found = [describe(path) for path in paths]
    for each in found:
        typer.echo(render(each))
    if as_json:
        typer.echo(json.dumps(found if len(found) > 1 else found[0], ensure_ascii=False))
    if any(not each["replayable"] for each in found):
        raise typer.Exit(3)


@app.command()
def explain(
    alert: Annotated[str, typer.Argument(help="The alert's id, or its beginning.")],
    out: Annotated[Path, typer.Option("--out", help="The output folder of the replay.")] = Path("surveil-out"),
    as_json: AsJson = False,
) -> None:
    """Print one alert whole: what was compared with what, and the input lines it rests on.

    Example: `surveil explain 3fa8 --out night`
    """
    from surveil.alerts.store import AlertStore, expanded
    from surveil.console import print_alert
    from surveil.errors import StoreError

    store = AlertStore(out / "alerts.sqlite")
    found = store.find(alert)
    if len(found) != 1:
        several = f"several alerts begin with {alert!r}: {', '.join(a.id for a in found[:5])}"
        raise StoreError(several if found else f"no alert begins with {alert!r}", source=str(out))
    body = expanded(store, found[0])
    store.close()
    if as_json:
        typer.echo(json.dumps(body, ensure_ascii=False))
    else:
        print_alert(body)


@app.command()
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


@app.command()
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

    chosen_points = points.make_points(points.parse_params(param or []), config, parse_settings(set_ or []), sample)
    files = sweeping.scenario_files([*(scenarios or []), *(more or [])])
    with SweepMeter() as meter:
        run = sweeping.Sweep(
            chosen_points, files, to, nights.simulate, seeds, seed_offset, workers or sweeping.default_workers(),
            meter.update,
        )  # fmt: skip
        found = froc.results(chosen_points, run.run())
    best = froc.choose(found, budget)
    sweep_report.write_results(to, found)
    sweep_report.write_page(to / "report.html", found, best, budget)
    print_sweep(found, best, to / "report.html")
    if as_json:
        typer.echo(json.dumps(froc.as_json(found, best), ensure_ascii=False))


@app.command()
def rules() -> None:
    """List the rules with their settings, defaults and sources.

    Example: `surveil rules`
    """
    from surveil.console import print_rules

    print_rules()


def _config(path: Path | None, set_: list[str] | None):
    from surveil.config import load_config, parse_settings

    return load_config(path, parse_settings(set_ or []))


def _times(start: str | None, rate: float | None, time_from: str, lenient: bool):
    from surveil.run import default_times

    try:
        return default_times(start_ms=_time_ms(start), rate_per_s=rate, time_from=time_from, lenient=lenient)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _cut(from_: str | None, to: str | None, bbox: str | None, mmsi: list[int] | None):
    from surveil.sources.cut import Cut

    try:
        cut = Cut(_time_ms(from_), _time_ms(to), _box(bbox), frozenset(mmsi) if mmsi else None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if cut.from_ms is not None and cut.to_ms is not None and cut.from_ms >= cut.to_ms:
        raise typer.BadParameter(f"--from {from_} is not before {to}")
    return cut


def _time_ms(text: str | None) -> int | None:
    """UTC milliseconds from ISO 8601; without a zone it is UTC."""
    import datetime as dt

    if text is None:
        return None
    stamp = dt.datetime.fromisoformat(text)
    return int((stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)).timestamp() * 1000)


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(f"--bbox is west,south,east,north in degrees, not {text!r}")
    return west, south, east, north


def _finish(summary: dict, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    if summary["exit_code"]:
        raise typer.Exit(summary["exit_code"])


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"surveil {__version__}")
        raise typer.Exit


def main() -> None:
    """Entry point: errors made on purpose become one clear line and their exit code."""
    try:
        app()
    except SurveilError as error:
        print(f"surveil: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
