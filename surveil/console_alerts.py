"""Alerts in the terminal: one whole with its reasons, and incidents with what became of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import typer
from rich.markup import escape
from rich.table import Table

from surveil.alert import MACHINE, Alert
from surveil.alerts.sinks import iso
from surveil.console import COLOURS, facts_grid, out
from surveil.words import translated

Say = Callable[[str], str]
"""Puts a text into the language asked for."""


def print_alert(alert: dict, lang: str = "en") -> None:
    """One alert whole, as :func:`surveil.alerts.explain.expanded` has it, for ``surveil explain``."""
    say = partial(translated, code=lang)
    mark = f" [bold black on yellow] {say('SIMULATED')} [/]" if alert["simulated"] else ""
    severity = f"[{COLOURS[alert['severity']]}] {say(alert['severity']).upper()} [/]"
    out.print(f"{severity}{mark} {escape(alert['sentence'])}\n")
    out.print(_facts(alert, say))
    evidence = alert["evidence"]
    out.print(_comparisons(say("What was compared"), evidence["compared"], say))
    _print_almost(evidence["almost"], say)
    _print_danger(evidence, say)
    out.print(f"\n[dim]{say('Input lines')}[/]")
    for row in evidence["inputs"]:
        raw = say("(line not kept)") if row["raw"] is None else row["raw"]
        out.print(f"  {escape(row['source'])}:{row['line']}  {iso(row['t_ms'])}\n    {escape(raw)}")
    _print_history(alert["history"], say)
    if alert["others"]:
        out.print(f"\n[dim]{say('Other alerts of the incident')}[/]")
    for other in alert["others"]:
        out.print(f"  {iso(other['t_raised_ms'])}  {other['id']}  {say(other['state'])}  {escape(other['sentence'])}")


def _facts(alert: dict, say: Say) -> Table:
    grid = facts_grid()
    state = say(alert["state"]) + (f" → {iso(alert['until_ms'])}" if alert["state"] == "silenced" else "")
    grid.add_row("id", f"{alert['id']}  {alert['rule']} v{alert['rule_version']}  {state}")
    grid.add_row(say("incident"), alert["incident"])
    if alert["assigned"]:
        grid.add_row(say("assigned to"), escape(alert["assigned"]))
    grid.add_row(say("risk to life"), f"{alert['risk_to_life']:.2f} / 1")
    grid.add_row(say("began, raised"), f"{iso(alert['t_start_ms'])}, {iso(alert['t_raised_ms'])}")
    grid.add_row(say("last seen"), iso(alert["t_end_ms"]) or say("still open at the end of the input"))
    if alert["lon"] is not None:
        grid.add_row(say("place"), f"{alert['lat']:.5f}, {alert['lon']:.5f}")
    grid.add_row(say("ground"), escape(alert["evidence"]["ground"]))
    grid.add_row(say("may be wrong"), escape(alert["evidence"]["known_false_alarms"]))
    return grid


def _comparisons(title: str, steps: list[dict], say: Say) -> Table:
    """What was compared with what; the nearest to coming out otherwise is marked."""
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2))
    for heading in (
        say("what"),
        say("value"),
        "",
        say("threshold"),
        say("unit"),
        say("what would change it"),
        say("source"),
    ):
        table.add_column(heading)
    for c in steps:
        threshold = "" if c["threshold"] is None else str(c["threshold"])
        style = "bold" if c["tightest"] else None
        cells = (c["what"], str(c["value"]), c["op"], threshold, c["unit"], c["turns"], c["source"])
        table.add_row(*map(escape, cells), style=style)
    return table


def _print_almost(almost: list[dict], say: Say) -> None:
    if almost:
        out.print(f"\n[dim]{say('What other rules almost said of it')}[/]")
    for each in almost:
        lacked = each["lacked"]
        compared = f"{lacked['what']} {lacked['value']} {lacked['op']} {lacked['threshold']} {lacked['unit']}"
        out.print(f"  {each['rule']}  {iso(each['t_start_ms'])}  {escape(compared)}: {escape(lacked['turns'])}")


def _print_danger(evidence: dict, say: Say) -> None:
    """What the risk to life is made of, who can be there, where the target will be and where it may be from."""
    if evidence["risk"]:
        out.print(f"\n[dim]{say('What the risk to life is made of')}[/]")
    for part in evidence["risk"]:
        value = f"{part['value']} {part['unit']}".strip()
        out.print(
            f"  × {part['factor']:<4g}  {escape(part['what'])}: {escape(value)}  [dim]{escape(part['source'])}[/]"
        )
    if evidence["helpers"]:
        out.print(f"\n[dim]{say('Who can be there')}[/]")
    for h in evidence["helpers"]:
        way = f"{h['distance_m'] / 1852:.1f} nm, {h['bearing_deg']:03.0f}°, {h['speed_kn']:g} kn"
        out.print(f"  {h['intercept_s'] / 60:4.0f} min  {escape(h['name'])} {h['mmsi']}  {escape(h['kind'])}  {way}")
    if evidence["forecast"]:
        out.print(f"\n[dim]{say('Where it will be (95 %)')}[/]")
    for e in evidence["forecast"]:
        size = f"{e['major_m'] / 1852:.1f} × {e['minor_m'] / 1852:.1f} nm, {e['axis_deg']:03.0f}°"
        out.print(f"  {iso(e['t_ms'])}  {e['lat']:.5f}, {e['lon']:.5f}  ± {size}")
    if evidence["origins"]:
        out.print(f"\n[dim]{say('Where it may have set out')}[/]")
    for o in evidence["origins"]:
        out.print(f"  {o['share']:4.0%}  {escape(o['beach'])}, {iso(o['t_ms'])}")


def _print_history(history: list[dict], say: Say) -> None:
    """Each change, and what it was decided by."""
    out.print(f"\n[dim]{say('What happened to it, when, by whom and why')}[/]")
    for change in history:
        why = f": {change['why']}" if change["why"] else ""
        told = f"{change['by']}{why}" if change["by"] != MACHINE else f"{change['sentence']}{why}"
        out.print(f"  {iso(change['t_ms'])}  {say(change['event']):<12}  {escape(told)}")
        for c in change["compared"]:
            if c["turns"]:
                out.print(f"      [dim]{escape(c['what'])} {c['value']} {escape(c['unit'])}: {escape(c['turns'])}[/]")


def check_language(code: str) -> None:
    """A language that alerts can be told in, or a BadParameter."""
    from surveil.words import LANGUAGES

    if code not in LANGUAGES:
        raise typer.BadParameter(f"no language {code!r}; there are {', '.join(LANGUAGES)}")


def print_incidents(incidents: list[list[Alert]], lang: str) -> None:
    """Alerts by incident, the most urgent first."""
    say = partial(translated, code=lang)
    for alerts in incidents:
        out.print(f"[dim]{say('incident')} {alerts[0].incident}[/]")
        for alert in alerts:
            state = say(alert.state) + (f" → {iso(alert.until_ms)}" if alert.state == "silenced" else "")
            who = f" → {escape(alert.assigned)}" if alert.assigned else ""
            severity = f"[{COLOURS[alert.severity]}]{say(alert.severity):>8}[/]"
            out.print(f"  {alert.id}  {severity}  {state}{who}  {escape(say(alert.sentence))}")
    if not incidents:
        out.print(say("no open alert"))
