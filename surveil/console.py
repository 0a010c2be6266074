"""What the terminal shows: progress, the closing summary, an alert, the rules."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from surveil.alert import MACHINE, Alert
from surveil.alerts.sinks import iso
from surveil.words import translated

_COLOURS = {"distress": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan", "info": "dim"}
_LEFT_OUT = {
    "duplicate": "heard twice",
    "late": "too late",
    "time_jump": "leapt in time",
    "jumps": "implausible positions",
    "cut_out": "outside the cut",
}
_SHARE_STEPS = 10_000
Say = Callable[[str], str]
"""Puts a text into the language asked for."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)


class _Bar:
    """A bar of progress on standard error. Silent when that is not a terminal."""

    def __init__(self, *columns, **fields):
        self._bar = Progress(*columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal)
        self._task = self._bar.add_task("", **{"total": None, **fields})

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *_exc) -> None:
        self._bar.stop()


class Meter(_Bar):
    """Progress over lines, of a replay or the like: lines, rate, time left."""

    def __init__(self, doing: str = "replaying"):
        counts = "{task.percentage:>3.0f}%  {task.fields[lines]:,} lines  {task.fields[rate]:,.0f}/s"
        columns = TextColumn(doing), BarColumn(), TextColumn(counts)
        super().__init__(*columns, total=_SHARE_STEPS, lines=0, rate=0.0)

    def update(self, ledger, engine, share: float) -> None:
        lines = sum(source.lines_read for source in ledger.sources)
        elapsed = self._bar.tasks[0].elapsed or 0.0
        rate = lines / elapsed if elapsed else 0.0
        self._bar.update(self._task, completed=share * _SHARE_STEPS, lines=lines, rate=rate)


class DownloadMeter(_Bar):
    """Progress of a download."""

    def __init__(self):
        super().__init__(TextColumn("fetching"), BarColumn(), DownloadColumn(), TransferSpeedColumn())

    def update(self, got: int, size: int | None) -> None:
        self._bar.update(self._task, completed=got, total=size)


class SweepMeter(_Bar):
    """Results there, of those asked for."""

    def __init__(self):
        super().__init__(TextColumn("sweeping"), BarColumn(), TextColumn("{task.completed:.0f} of {task.total:.0f}"))

    def update(self, done: int, of: int) -> None:
        self._bar.update(self._task, completed=done, total=of)


def print_fetched(fetched) -> None:
    """What came of a :class:`surveil.fetch.days.Fetch`."""
    grid = _grid()
    grid.add_row("from", f"{escape(fetched.url)}{'' if fetched.downloaded else ' (kept from before)'}")
    grid.add_row("sha256", fetched.sha256 or "not known: a day out of a month, checked by the zip's CRC-32")
    if c := fetched.counts:
        parts = f"{c.within:,} within + {c.outside:,} outside + {c.without_place:,} without a place"
        grid.add_row("rows", f"{c.rows:,} = {parts} + {c.unreadable:,} not readable; all but those outside are kept")
    out.print(grid)
    out.print(f"replay: [bold]{escape(str(fetched.path))}[/]  {fetched.path.stat().st_size:,} bytes")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    return grid


def _add_account(grid: Table, s: dict) -> None:
    refused = sum(s["refused"].values())
    parts = f"{s['decoded']:,} decoded + {refused:,} refused + {s['not_ais']:,} not AIS"
    grid.add_row("lines read", f"{s['lines_read']:,} = {parts}")
    for reason, count in s["refused"].items():
        grid.add_row("", f"{count:,} {escape(reason)}")
    warned = ", ".join(f"{count:,} {escape(what)}" for what, count in s["warnings"].items())
    grid.add_row("warnings", warned or "none")


def _tell_troubles(s: dict) -> None:
    for skipped in s["skipped"]:
        err.print(f"[dim]skipped:[/] {escape(skipped)}")
    for problem in s["problems"]:
        err.print(f"[bold red]problem:[/] {escape(problem)}")


def print_import(summary: dict) -> None:
    """What an import has done, on standard output."""
    grid = _grid()
    for name, outcome in summary["sources"].items():
        grid.add_row(outcome, escape(name))
    _add_account(grid, summary)
    held = summary["archive"]
    rows = ", ".join(f"{n:,} {kind}" for kind, n in held["rows"].items())
    grid.add_row("archive", f"{rows} of {held['imports']:,} sources in {held['files']:,} files")
    out.print(grid)
    _tell_troubles(summary)
    out.print(f"archive: [bold]{escape(summary['out'])}[/]")


def print_summary(summary: dict) -> None:
    """The closing summary of a run, on standard output."""
    s = summary
    if s["simulated"]:
        out.print("[bold black on yellow] SIMULATED [/] this input was made by a simulator, not received at sea")
    grid = _grid()
    _add_account(grid, s)
    left_out = [f"{s[key]:,} {words}" for key, words in _LEFT_OUT.items() if s[key]]
    grid.add_row("left out", ", ".join(left_out) or "nothing")
    grid.add_row("vessels", f"{s['vessels']:,}")
    span = f"{s['span']['start']} to {s['span']['end']}" if s["span"]["start"] else "no report had a time"
    grid.add_row("span", span)
    grid.add_row("alerts", ", ".join(f"{n} {rule}" for rule, n in s["alerts"].items()) or "none")
    grid.add_row("", "  ".join(f"[{_COLOURS[k]}]{n} {k}[/]" for k, n in s["severities"].items()))
    grid.add_row("seconds", ", ".join(f"{stage} {secs:.1f}" for stage, secs in s["seconds"].items()))
    out.print(grid)
    if s["interrupted"]:
        out.print("[bold yellow]stopped before the end:[/] this is what had been read")
    _tell_troubles(s)
    out.print(f"report: [bold]{escape(s['out'])}/report.html[/]")


def print_learned(summary: dict) -> None:
    """What a map holds, after ``surveil learn``."""
    s, grid = summary, _grid()
    if "lines_read" in s:
        refused = sum(s["refused"].values())
        parts = f"{s['decoded']:,} decoded + {refused:,} refused + {s['not_ais']:,} not AIS"
        grid.add_row("lines read", f"{s['lines_read']:,} = {parts}")
    grid.add_row("reports", f"{s['reports']:,} positions of craft, {s['span']['start']} to {s['span']['end']}")
    share = "nothing expected" if s["heard_share"] is None else f"{s['heard_share']:.1%} of {s['expected']:,} expected"
    grid.add_row("heard", f"{share}, in {s['reception_cells']:,} cells of {s['cell_deg']:g} degrees")
    grid.add_row("traffic", f"in {s['traffic_cells']:,} cells")
    out.print(grid)
    for problem in s.get("problems", ()):
        err.print(f"[bold red]problem:[/] {escape(problem)}")
    out.print(f"map: [bold]{escape(s['map'])}[/]")


def print_alert(alert: dict, lang: str = "en") -> None:
    """One alert whole, as :func:`surveil.alerts.explain.expanded` has it, for ``surveil explain``."""
    say = partial(translated, code=lang)
    mark = f" [bold black on yellow] {say('SIMULATED')} [/]" if alert["simulated"] else ""
    severity = f"[{_COLOURS[alert['severity']]}] {say(alert['severity']).upper()} [/]"
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
    grid = _grid()
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
    """What the risk to life is made of, who can be there, and where the target will be."""
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
            severity = f"[{_COLOURS[alert.severity]}]{say(alert.severity):>8}[/]"
            out.print(f"  {alert.id}  {severity}  {state}{who}  {escape(say(alert.sentence))}")
    if not incidents:
        out.print(say("no open alert"))


def print_evaluation(e: dict) -> None:
    """The figures of an evaluation, on standard output."""
    grid = _grid()
    grid.add_row("night", f"{escape(e['scenario'])}, seed {e['seed']}, {e['span']['start']} to {e['span']['end']}")
    shown = f"{e['boats_found']} of {e['boats_sensed']} that could be shown: Pd {_share(e)}; {e['boats']} in all"
    grid.add_row("boats found", shown)
    if nights := e["endangered_first"]["nights"]:
        first = e["endangered_first"]["first"]
        grid.add_row("first in the list", f"the boat in most danger, on {first} of {nights} nights")
    for since, words in (("from_launch", "from the launch"), ("from_first_sensing", "from the first fair chance")):
        spread = e["minutes"][since]["first_right"]
        grid.add_row("minutes to alert", f"{words}: {_spread(spread)}")
    grid.add_row("place error", _spread(e["place_error_m"], " m"))
    per_day = f"{e['false_alerts_per_day']:.1f} a day" if e["days"] else ""
    grid.add_row("false alerts", f"{e['false_alerts']} of {e['alerts']}, {per_day}: {_counts(e['false_were'])}")
    if e["unknown"]:
        grid.add_row(
            "not judged", f"{e['unknown']} about vessels of the real recording, of which the truth is not known"
        )
    if e["not_read"]:
        grid.add_row("not read", escape(", ".join(e["not_read"])))
    if picture := e["tracks"]:
        siap = picture["siap"]
        grid.add_row("tracks", f"{picture['tracks']} of {picture['objects']} objects; OSPA {picture['ospa_m']:.0f} m, "
                     f"GOSPA {picture['gospa_m']:.0f} m, {picture['identity_switches']} identity switches")  # fmt: skip
        grid.add_row("SIAP", ", ".join(f"{name} {value:.3g}" for name, value in siap.items()))
    out.print(grid)
    _print_splits(e)


def _print_splits(e: dict) -> None:
    by_rule = _table("By rule", "rule", "alerts", "right", "beside", "false", "a day", "due", "Pd of the due")
    for rule, r in e["by_rule"].items():
        counts = (str(r[k]) for k in ("alerts", "right", "beside", "false_alerts"))
        by_rule.add_row(rule, *counts, _number(r["false_alerts_per_day"]), str(r["cases"]), _share(r))
    by_kind = _table("By kind of boat", "kind", "boats", "Pd", "median minutes")
    for kind, k in e["by_boat_kind"].items():
        by_kind.add_row(escape(kind), str(k["boats"]), _share(k), _number(k["median_minutes_to_alert"]))
    by_sea = _table("By sea state", "state", "days", "boats", "Pd", "false a day")
    for state, s in e["by_sea_state"].items():
        by_sea.add_row(state, f"{s['days']:.2f}", str(s["boats"]), _share(s), _number(s["false_alerts_per_day"]))
    out.print(by_rule, by_kind, by_sea)


def print_sweep(found: list, chosen: int, page) -> None:
    """The points of a sweep, and which was chosen."""
    table = _table("Points", "point", "boats found", "Pd", "false alerts a day", "minutes")
    table.columns[0].no_wrap = False
    for i, r in enumerate(found):
        low, high = r.false_interval
        table.add_row(
            escape(r.point.name) + (" [bold green](chosen)[/]" if i == chosen else ""),
            f"{r.figures['boats_found']} of {r.figures['boats_sensed']}",
            _share({"pd": r.pd, "pd_interval": r.pd_interval}),
            f"{r.false_per_day:.1f} ({low:.1f}–{high:.1f})",
            _number(r.figures["median_minutes_to_alert"]),
        )
    out.print(table)
    out.print(f"report: [bold]{escape(str(page))}[/]")


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _share(figures: dict) -> str:
    """'0.67 (0.30–0.90)', a probability with its 95 % interval."""
    if figures["pd"] is None:
        return "none to find"
    low, high = figures["pd_interval"]
    return f"{figures['pd']:.2f} ({low:.2f}–{high:.2f})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _spread(spread: dict, unit: str = "") -> str:
    if not spread["n"]:
        return "none"
    return f"median {spread['median']:.1f}{unit}, nine in ten within {spread['p90']:.1f}{unit}"


def _counts(counts: dict) -> str:
    return escape(", ".join(f"{n} {what}" for what, n in counts.items()))


def print_rules() -> None:
    """Every rule with its docstring and its settings."""
    from surveil.registry import rule_classes

    for name, cls in rule_classes().items():
        out.print(f"[bold]{name}[/]  version {cls.version}\n{escape(inspect.getdoc(inspect.getmodule(cls)) or '')}\n")
        table = Table(box=None, padding=(0, 2))
        for heading in ("setting", "default", "unit", "from", "to", "source"):
            table.add_column(heading)
        for f in dataclasses.fields(cls.Params):
            default = f.default if f.default is not dataclasses.MISSING else list(f.default_factory())
            low, high = ("" if f.metadata[k] is None else str(f.metadata[k]) for k in ("low", "high"))
            table.add_row(f.name, escape(str(default)), f.metadata["unit"], low, high, escape(f.metadata["source"]))
        out.print(table, "")
