"""`surveil alerts`: the list of alerts in an output folder, and what people do to them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from surveil.options import Lang, time_ms

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "List the alerts of a replay and act upon them: each act is kept with who, when and why.\n\n"
        "Times are event times: by default the end of the input. A later replay into the same folder keeps what was "
        "done, in its place in time.\n\n"
        "Example: `surveil alerts ack 3fa8 --out night --why 'lifeboat is there'`"
    ),
)

Id = Annotated[str, typer.Argument(help="The alert's id, or its beginning.")]
Out = Annotated[Path, typer.Option("--out", help="The output folder of the replay.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it. Default: the name you are logged in with.")]
Why = Annotated[str, typer.Option("--why", help="The reason, as the next watch will read it.")]
At = Annotated[str | None, typer.Option("--at", help="Event time, UTC, ISO 8601. Default: the end of the input.")]
_HERE = Path("surveil-out")


@app.command("list")
def list_(
    out: Out = _HERE,
    all_: Annotated[bool, typer.Option("--all", help="Also closed and retracted ones.")] = False,
    lang: Lang = "en",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, an alert each.")] = False,
) -> None:
    """Alerts by incident, the most urgent first.

    Example: `surveil alerts list --out night`
    """
    from surveil.console_alerts import check_language, print_incidents

    check_language(lang)
    store = _store(out)
    incidents = [[a for a in alerts if all_ or not a.ended] for alerts in store.incidents()]
    store.close()
    if as_json:
        for alert in (alert for alerts in incidents for alert in alerts):
            typer.echo(json.dumps(alert.to_dict(), ensure_ascii=False))
    else:
        print_incidents([alerts for alerts in incidents if alerts], lang)


@app.command()
def ack(alert: Id, out: Out = _HERE, by: By = None, why: Why = "", at: At = None) -> None:
    """Acknowledge: seen and dealt with. It stays away unless it becomes more severe.

    Example: `surveil alerts ack 3fa8 --out night`
    """
    _act(out, alert, "acknowledge", by, why, at)


@app.command()
def silence(
    alert: Id,
    until: Annotated[str, typer.Option("--until", help="Event time, ISO 8601, or how long from --at: 90min, 2h, 3d.")],
    out: Out = _HERE,
    by: By = None,
    why: Why = "",
    at: At = None,
) -> None:
    """Silence until an event time; later episodes of the same thing too.

    Example: `surveil alerts silence 3fa8 --until 6h --why 'works on the cable' --out night`
    """
    _act(out, alert, "silence", by, why, at, until=until)


@app.command()
def close(alert: Id, out: Out = _HERE, by: By = None, why: Why = "", at: At = None) -> None:
    """Close: over. It is not alerted again while the same episode lasts.

    Example: `surveil alerts close 3fa8 --why 'towed into Dover' --out night`
    """
    _act(out, alert, "close", by, why, at)


@app.command()
def reopen(alert: Id, out: Out = _HERE, by: By = None, why: Why = "", at: At = None) -> None:
    """Open again what was acknowledged, silenced, closed or retracted.

    Example: `surveil alerts reopen 3fa8 --out night`
    """
    _act(out, alert, "reopen", by, why, at)


@app.command()
def note(alert: Id, why: Why, out: Out = _HERE, by: By = None, at: At = None) -> None:
    """Add a note; the state stays.

    Example: `surveil alerts note 3fa8 --why 'radar sees two boats' --out night`
    """
    _act(out, alert, "note", by, why, at)


@app.command()
def assign(
    alert: Id,
    to: Annotated[str, typer.Option("--to", help="Whom it is for.")],
    out: Out = _HERE,
    by: By = None,
    why: Why = "",
    at: At = None,
) -> None:
    """Give it to somebody; the state stays.

    Example: `surveil alerts assign 3fa8 --to 'desk 2' --out night`
    """
    _act(out, alert, "assign", by, why, at, to=to)


def _store(out: Path):
    from surveil.alerts.store import AlertStore

    return AlertStore(out / "alerts.sqlite")


def _act(
    out: Path, prefix: str, kind: str, by: str | None, why: str, at: str | None, *, until: str | None = None, to=""
) -> None:
    import getpass

    store = _store(out)
    try:
        alert = store.one(prefix)
        last_ms = max(alert.history[-1].t_ms, (store.meta("summary") or {}).get("span", {}).get("end_ms") or 0)
        t_ms = last_ms if at is None else _event_time(at, 0)
        until_ms = None if until is None else _event_time(until, t_ms)
        after = store.act(alert.id, kind, by or getpass.getuser(), why, t_ms, until_ms, to)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    finally:
        store.close()
    if after.history[-1].t_ms > t_ms:
        typer.echo(f"{after.id}: kept; it was before the alert's last change and has effect when the input is replayed")
    else:
        typer.echo(f"{after.id}: {after.state}")


def _event_time(text: str, since_ms: int) -> int:
    """Event time from ISO 8601, or so long after another time."""
    if span := re.fullmatch(r"(\d+)\s*(min|h|d)", text):
        return since_ms + int(span[1]) * {"min": 60_000, "h": 3600_000, "d": 86_400_000}[span[2]]
    return time_ms(text)
