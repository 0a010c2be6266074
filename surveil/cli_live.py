"""`surveil live` and `surveil check`: a watch over feeds or a recording, and what would stop it before it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surveil.options import ConfigFile, Set, settings_of

if TYPE_CHECKING:
    from surveil.config import Config
    from surveil.live.service import Watch

Data = Annotated[Path, typer.Option("--data", help="Folder of the raw log, the alerts and the checkpoints; kept.")]
Listen = Annotated[
    str, typer.Option(help="Where the console is served; wider than this machine needs accounts. '' for none.")
]


def live(
    config: ConfigFile = None,
    data: Data = Path("surveil-live"),
    set_: Set = None,
    replay: Annotated[
        list[Path] | None,
        typer.Option("--replay", help="Play this recording instead of the feeds: whatever `replay` reads; repeatable."),
    ] = None,
    speed: Annotated[float, typer.Option(help="Of a recording: so many times its own; 0 is as fast as it goes.")] = 1.0,
    until_end: Annotated[bool, typer.Option("--until-end", help="Stop when the recording is over.")] = False,
    listen: Listen = "127.0.0.1:8080",
) -> None:
    """Watch: feeds of the settings' [feeds.NAME] to alerts, day and night. Ctrl-C or SIGTERM ends it in good order.

    Whatever comes is in the raw log before anything is done with it; a watch that was killed goes on where it was.

    Example: `surveil live --config strait.toml --data /var/lib/surveil`, then open http://127.0.0.1:8080/
    """
    run_watch(settings_of(config, set_), data, replay or [], speed, listen, until_end)


def run_watch(config: Config, data: Path, recordings: list[Path], speed: float, listen: str, until_end: bool = False):
    """Watch until it is told to stop, with a console at ``listen``, if any, whose address it says."""
    from surveil.live.running import Teller, open_watch, run_until_stopped

    beside = None
    if listen:
        from surveil.web.serving import Console
        from surveil.web.settings import address_of

        address = address_of(listen)

        def beside(watch: Watch) -> Console:
            console = Console(watch, config, address)
            typer.echo(f"console: {console.url}")
            return console

    run_until_stopped(open_watch(config, data, recordings, speed), Teller(typer.echo).update, until_end, beside)


def check(
    config: ConfigFile = None,
    data: Data = Path("surveil-live"),
    set_: Set = None,
) -> None:
    """Check settings, feeds, places and the disk before a watch starts: a line for each, exit code 2 if any is bad.

    Example: `surveil check --config strait.toml --data /var/lib/surveil`
    """
    from surveil.live.checking import checks

    found = checks(settings_of(config, set_), data)
    for one in found:
        typer.echo(f"{one.verdict:<5} {one.what}: {one.says}")
    if any(one.verdict == "BAD" for one in found):
        raise typer.Exit(2)


COMMANDS = (live, check)
