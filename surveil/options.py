"""Options that commands share, and what is made of them. Imports of anything heavy are inside the functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

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
Lang = Annotated[str, typer.Option("--lang", help="Language of alerts: en or fr. The files have both.")]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor", help="Cut an archive's time into tasks and let these run them: serial, processes or dask."
    ),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes. Default: one a processor.")]
Scheduler = Annotated[str | None, typer.Option(help="With dask: address of a scheduler. Default: a cluster here.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what an interrupted run of the same has done.")]
SliceH = Annotated[float, typer.Option(min=0.02, help="Hours of event time a task answers for.")]
Chained = Annotated[
    bool, typer.Option("--chained", help="Pass facts on from task to task: exact, but one after the other.")
]
Sort = Annotated[
    str,
    typer.Option(help="Sort by time first: 'auto' sorts CSV archives that are not in order, or 'always', 'never'."),
]


def settings_of(path: Path | None, set_: list[str] | None):
    from surveil.config import load_config, parse_settings

    return load_config(path, parse_settings(set_ or []))


def times_of(start: str | None, rate: float | None, time_from: str, lenient: bool):
    from surveil.run import default_times

    try:
        return default_times(start_ms=time_ms(start), rate_per_s=rate, time_from=time_from, lenient=lenient)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def cut_of(from_: str | None, to: str | None, bbox: str | None, mmsi: list[int] | None):
    from surveil.sources.cut import Cut

    try:
        cut = Cut(time_ms(from_), time_ms(to), box_of(bbox), frozenset(mmsi) if mmsi else None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if cut.from_ms is not None and cut.to_ms is not None and cut.from_ms >= cut.to_ms:
        raise typer.BadParameter(f"--from {from_} is not before {to}")
    return cut


def time_ms(text: str | None) -> int | None:
    """UTC milliseconds from ISO 8601; without a zone it is UTC."""
    import datetime as dt

    if text is None:
        return None
    stamp = dt.datetime.fromisoformat(text)
    return int((stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)).timestamp() * 1000)


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(f"--bbox is west,south,east,north in degrees, not {text!r}")
    return west, south, east, north


def finish(summary: dict, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    if summary["exit_code"]:
        raise typer.Exit(summary["exit_code"])
