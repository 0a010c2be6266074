"""The command line. Imports of anything heavy are inside the commands, so that `--help` is instant."""

from __future__ import annotations

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
    lenient: Lenient = False,
    as_json: AsJson = False,
) -> None:
    """Replay recorded feeds: tracks, alerts with reasons, and a map in one folder.

    Example: `surveil replay aisdk-2026-03-14.zip --bbox 0,50,3,52 --out night --json`
    """
    from surveil.config import load_config
    from surveil.console import Meter, print_summary
    from surveil.run import Replay, default_times
    from surveil.sources.cut import Cut

    try:
        times = default_times(start_ms=_time_ms(start), rate_per_s=rate, time_from=time_from, lenient=lenient)
        cut = Cut(_time_ms(from_), _time_ms(to), _box(bbox), frozenset(mmsi) if mmsi else None)
        if cut.from_ms is not None and cut.to_ms is not None and cut.from_ms >= cut.to_ms:
            raise ValueError(f"--from {from_} is not before --to {to}")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with Meter() as meter:
        run = Replay(paths, out, load_config(config), times, cut, sort, rejects, tracks or [], meter.update)
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
def demo(
    out: Out = Path("demo-out"),
    seed: Annotated[int, typer.Option(help="Another seed is another night.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Replay a built-in, simulated night in the strait.

    The night's log is kept beside the output folder, to replay again with other settings.

    Example: `surveil demo --out demo-out`, then open `demo-out/report.html`.
    """
    from surveil.console import Meter, print_summary
    from surveil.run import Replay
    from surveil.simulate.demo import make_night

    out.parent.mkdir(parents=True, exist_ok=True)
    log = make_night(seed=seed).write(out.parent / f"{out.name}.nmea")
    with Meter() as meter:
        summary = Replay([log], out, progress=meter.update).run()
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
    as_json: AsJson = False,
) -> None:
    """Bring a day of a public archive: resumed where it broke off, checked, kept, cut to the area.

    Example: `surveil fetch dma --date 2026-03-14 --bbox 9,54,13,58 --to days`, then `surveil replay days`
    """
    import datetime as dt

    from surveil.config import load_config
    from surveil.console import DownloadMeter, print_fetched
    from surveil.fetch.days import ARCHIVES, Fetch, cache_folder

    try:
        day, box = dt.date.fromisoformat(date), _box(bbox)
        if archive not in ARCHIVES:
            raise ValueError(f"no archive {archive!r}; there are {', '.join(ARCHIVES)}")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    settings = load_config(config).fetch
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
def rules() -> None:
    """List the rules with their settings, defaults and sources.

    Example: `surveil rules`
    """
    from surveil.console import print_rules

    print_rules()


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
