"""The command line. Imports of anything heavy are inside the commands, so that `--help` is instant."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from surveil import __version__, cli_accounts, cli_alerts, cli_live, study
from surveil.errors import SurveilError
from surveil.options import (
    AsJson,
    Bbox,
    Chained,
    ConfigFile,
    ExecutorName,
    From,
    Lang,
    Lenient,
    Mmsi,
    Out,
    Rate,
    Rejects,
    Resume,
    Scheduler,
    Set,
    SliceH,
    Sort,
    Start,
    TimeFrom,
    To,
    Tracks,
    Workers,
    box_of,
    cut_of,
    finish,
    settings_of,
    time_ms,
    times_of,
)

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
    lang: Lang = "en",
    executor: ExecutorName = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Resume = False,
    slice_h: SliceH = 72.0,
    chained: Chained = False,
    as_json: AsJson = False,
) -> None:
    """Replay recorded feeds: tracks, alerts with reasons, and a map in one folder.

    Example: `surveil replay aisdk-2026-03-14.zip --bbox 0,50,3,52 --out night --json`; months of an archive:
    `surveil replay archive --executor processes --out months`
    """
    from surveil.console import Meter, print_summary
    from surveil.console_alerts import check_language
    from surveil.run import Replay
    from surveil.scale.executors import default_workers
    from surveil.scale.replay import PlannedReplay

    if executor is None and (workers or scheduler or resume or chained):
        raise typer.BadParameter("--workers, --scheduler, --resume and --chained go with --executor")
    check_language(lang)
    times, cut = times_of(start, rate, time_from, lenient), cut_of(from_, to, bbox, mmsi)
    settings = settings_of(config, set_)
    if map_ is not None:
        settings = dataclasses.replace(settings, map=dataclasses.replace(settings.map, file=str(map_)))
    with Meter() as meter:
        what = (paths, out, settings, times, cut, sort, rejects, tracks or [], lang, meter.update)
        if executor is None:
            run = Replay(*what)
        else:
            how = (executor, workers or default_workers(), scheduler or "", resume, slice_h, chained)
            run = PlannedReplay(*what, *how)
        summary = run.run()
    print_summary(summary)
    finish(summary, as_json)


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
        times = default_times(start_ms=time_ms(start), rate_per_s=rate, time_from=time_from, lenient=lenient)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    summary = Importer(to, times).run(list(paths))
    print_import(summary)
    finish(summary, as_json)


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
    executor: ExecutorName = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Learn where ships are heard, and how they usually move, from recorded feeds: a map for replay --map.

    Example: `surveil learn aisdk-2026-03-*.zip --bbox 0,50,3,52 --to strait.npz`
    """
    from surveil.console import Meter, print_learned
    from surveil.learning import Learning, merge_files
    from surveil.scale.executors import default_workers
    from surveil.scale.learning import PlannedLearning

    if merge:
        summary = merge_files(paths, to)
    else:
        times, cut = times_of(start, rate, time_from, lenient), cut_of(from_, until, bbox, None)
        with Meter("learning") as meter:
            what = (paths, to, settings_of(config, set_), times, cut, sort, meter.update)
            how = (executor or "", workers or default_workers(), scheduler or "")
            summary = (PlannedLearning(*what, *how) if executor else Learning(*what)).run()
    print_learned(summary)
    finish(summary, as_json)


@app.command()
def demo(
    out: Out = Path("demo-out"),
    seed: Annotated[int, typer.Option(help="Another seed is another night.")] = 1,
    console: Annotated[
        bool, typer.Option("--console", help="Play it in the console instead, from its beginning, until Ctrl-C.")
    ] = False,
    speed: Annotated[float, typer.Option(help="Of the console: so many times the night's own.")] = 60.0,
    listen: cli_live.Listen = "127.0.0.1:8080",
    config: ConfigFile = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """Replay a built-in, simulated night in the strait, or play it in the console.

    The night's log is kept beside the output folder, to replay again with other settings. The console keeps nothing.

    Example: `surveil demo --out demo-out`, then open `demo-out/report.html`; or `surveil demo --console`, then open
    http://127.0.0.1:8080/
    """
    import tempfile

    from surveil.console import Meter, print_summary
    from surveil.run import Replay
    from surveil.simulate.demo import make_night

    settings = settings_of(config, set_)
    out.parent.mkdir(parents=True, exist_ok=True)
    log = make_night(seed=seed).write(out.parent / f"{out.name}.nmea")
    if console:
        with tempfile.TemporaryDirectory(prefix="surveil-demo-") as folder:
            return cli_live.run_watch(settings, Path(folder), [log], speed, listen)
    with Meter() as meter:
        summary = Replay([log], out, settings, progress=meter.update).run()
    print_summary(summary)
    typer.echo("console: `make console`, or `surveil demo --console`, plays the night at http://127.0.0.1:8080/")
    finish(summary, as_json)


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
        day, box = dt.date.fromisoformat(date), box_of(bbox)
        if archive not in ARCHIVES:
            raise ValueError(f"no archive {archive!r}; there are {', '.join(ARCHIVES)}")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    settings = settings_of(config, set_).fetch
    with DownloadMeter() as meter:
        fetched = Fetch(archive, day, to, box, cache or cache_folder(), settings, sha256, meter.update).run()
    print_fetched(fetched)
    if as_json:
        typer.echo(json.dumps(fetched.summary()))


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
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Print one alert whole: what was compared with what, what would have changed it, what almost fired, the input.

    Example: `surveil explain 3fa8 --out night`
    """
    from surveil.alerts.explain import expanded
    from surveil.alerts.store import AlertStore
    from surveil.console_alerts import check_language, print_alert

    check_language(lang)
    store = AlertStore(out / "alerts.sqlite")
    body = expanded(store, store.one(alert), lang)
    store.close()
    if as_json:
        typer.echo(json.dumps(body, ensure_ascii=False))
    else:
        print_alert(body, lang)


@app.command()
def rules() -> None:
    """List the rules with their settings, defaults and sources.

    Example: `surveil rules`
    """
    from surveil.console import print_rules

    print_rules()


app.add_typer(cli_alerts.app, name="alerts")
app.add_typer(cli_accounts.app, name="accounts")
for command in (*study.COMMANDS, *cli_live.COMMANDS):
    app.command()(command)


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
