"""What the terminal shows: progress, the closing summary, figures, the rules."""

from __future__ import annotations

import dataclasses
import inspect

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

COLOURS = {"distress": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan", "info": "dim"}
_LEFT_OUT = {
    "duplicate": "heard twice",
    "late": "too late",
    "time_jump": "leapt in time",
    "jumps": "implausible positions",
    "cut_out": "outside the cut",
}
_SHARE_STEPS = 10_000

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
    grid = facts_grid()
    grid.add_row("from", f"{escape(fetched.url)}{'' if fetched.downloaded else ' (kept from before)'}")
    grid.add_row("sha256", fetched.sha256 or "not known: a day out of a month, checked by the zip's CRC-32")
    if c := fetched.counts:
        parts = f"{c.within:,} within + {c.outside:,} outside + {c.without_place:,} without a place"
        grid.add_row("rows", f"{c.rows:,} = {parts} + {c.unreadable:,} not readable; all but those outside are kept")
    out.print(grid)
    out.print(f"replay: [bold]{escape(str(fetched.path))}[/]  {fetched.path.stat().st_size:,} bytes")


def facts_grid() -> Table:
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
    grid = facts_grid()
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
    grid = facts_grid()
    _add_account(grid, s)
    left_out = [f"{s[key]:,} {words}" for key, words in _LEFT_OUT.items() if s[key]]
    grid.add_row("left out", ", ".join(left_out) or "nothing")
    grid.add_row("vessels", f"{s['vessels']:,}")
    span = f"{s['span']['start']} to {s['span']['end']}" if s["span"]["start"] else "no report had a time"
    grid.add_row("span", span)
    grid.add_row("alerts", ", ".join(f"{n} {rule}" for rule, n in s["alerts"].items()) or "none")
    grid.add_row("", "  ".join(f"[{COLOURS[k]}]{n} {k}[/]" for k, n in s["severities"].items()))
    grid.add_row("seconds", ", ".join(f"{stage} {secs:.1f}" for stage, secs in s["seconds"].items()))
    if "plan" in s:
        grid.add_row("plan", _plan_line(s["plan"]))
    out.print(grid)
    if s["interrupted"]:
        again = "; go on with --resume" if "plan" in s else ""
        out.print(f"[bold yellow]stopped before the end:[/] this is what had been read{again}")
    _tell_troubles(s)
    out.print(f"report: [bold]{escape(s['out'])}/report.html[/]")


def _plan_line(plan: dict) -> str:
    edges = ", ".join(f"{n} {what}" for what, n in plan["edges"].items())
    return f"{plan['slices']} slices of {plan['slice_h']:g} h, by {plan['executor']}; alerts open at edges: {edges}"


def print_learned(summary: dict) -> None:
    """What a map holds, after ``surveil learn``."""
    s, grid = summary, facts_grid()
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


def print_evaluation(e: dict) -> None:
    """The figures of an evaluation, on standard output."""
    grid = facts_grid()
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
    table = _table("Points", "point", "boats found", "Pd", "false alerts a day", "minutes from launch")
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
