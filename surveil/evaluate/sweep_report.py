"""What a sweep leaves for people: one HTML page that needs nothing else, and the results as Parquet."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
from pathlib import Path
from string import Template

from surveil import __version__
from surveil.errors import StoreError
from surveil.evaluate.curve import curve
from surveil.evaluate.curve import style as curve_style
from surveil.evaluate.froc import Result, boats_that_differ, incidents
from surveil.files import replace_file, replaced_file
from surveil.report.encode import script_safe_json

_STATIC = Path(__file__).resolve().parent / "static"
MOST_INCIDENTS = 20_000
"""What a page carries of what differs between points; beyond it the Parquet has them (assumed: some 5 MB)."""


def write_results(folder: Path, found: list[Result]) -> None:
    """``results.parquet``: a row for each point and night, with the swept keys as columns and the figures.

    Raises
    ------
    StoreError : it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    keys = dict.fromkeys(key for r in found for key in r.point.values)
    rows = []
    for number, result in enumerate(found):
        swept = {key: _setting(result.point.settings, key) for key in keys}
        for night in result.nights:
            false = sum(a.outcome == "false" for a in night.alerts)
            rows.append({
                "point": number, "name": result.point.name, **swept, "scenario": night.name, "seed": night.seed,
                "days": night.days, "boats": len(night.boats),
                "boats_sensed": sum(b.sensed_ms is not None for b in night.boats),
                "boats_found": sum(b.right_ms is not None and b.sensed_ms is not None for b in night.boats),
                "alerts": len(night.alerts), "false_alerts": false, "false_alerts_per_day": false / night.days,
            })  # fmt: skip
    try:
        with replaced_file(folder / "results.parquet") as file:
            pq.write_table(pa.Table.from_pylist(rows), file)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(folder)) from None


def _setting(settings: dict, key: str):
    """The value of a key in a config's settings; a rule that is off has none."""
    for part in key.split("."):
        settings = (settings or {}).get(part)
    return json.dumps(settings) if isinstance(settings, list | tuple) else settings


def write_page(path: Path, found: list[Result], chosen: int, budget_per_day: float) -> None:
    """The page; the same results give the same bytes.

    Raises
    ------
    StoreError : it cannot be written.
    """
    try:
        replace_file(path, build_page(found, chosen, budget_per_day).encode())
    except OSError as error:
        raise StoreError(f"the report cannot be written: {error.strerror}", source=str(path)) from None


def build_page(found: list[Result], chosen: int, budget_per_day: float, baseline: int = 0) -> str:
    """The page as text. ``baseline``: the point that the chosen one is first compared with."""
    page, script, style = (_STATIC.joinpath(f"sweep.{kind}").read_text("utf-8") for kind in ("html", "js", "css"))
    style += curve_style()
    differing = incidents(found)
    data = {
        "points": [r.point.name for r in found], "chosen": chosen, "baseline": baseline,
        "nights": [f"{n.name}, seed {n.seed}" for n in found[0].nights],
        "boats": [dataclasses.astuple(b) for b in boats_that_differ(found)],
        "incidents": [dataclasses.astuple(i) for i in differing[:MOST_INCIDENTS]], "incidents_in_all": len(differing),
    }  # fmt: skip
    return Template(page).substitute(
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'",
        style=style, script=script, data=script_safe_json(data), version=__version__,
        intro=_intro(found, chosen, budget_per_day), curve=curve(found, chosen, baseline),
        rows="".join(_row(i, r, chosen, baseline) for i, r in enumerate(found)),
    )  # fmt: skip


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _intro(found: list[Result], chosen: int, budget_per_day: float) -> str:
    first, best = found[0], found[chosen]
    nights = first.nights
    scenarios = dict.fromkeys(n.name for n in nights)
    within = best.false_per_day <= budget_per_day
    why = (
        f"most boats found with at most {budget_per_day:g} false alerts a day"
        if within
        else f"no point has as few as {budget_per_day:g} false alerts a day; this one has the fewest"
    )
    return (
        f"<p>{len(found)} points on {len(nights)} simulated nights ({html.escape(', '.join(scenarios))}): "
        f"{first.figures['boats']} small boats, of which {first.figures['boats_sensed']} could be shown, "
        f"{first.figures['days']:.2f} days.</p>"
        f"<p>Chosen: <b>{html.escape(best.point.name)}</b> ({why}): Pd {_with(best.pd, best.pd_interval, 2)}, "
        f"{_with(best.false_per_day, best.false_interval, 1)} false alerts a day.</p>"
    )


def _with(value: float, interval: tuple[float, float], digits: int) -> str:
    low, high = (f"{v:.{digits}f}" for v in interval)
    return f"{value:.{digits}f} ({low} to {high})"


def _row(index: int, r: Result, chosen: int, baseline: int) -> str:
    marks = [words for words, at in (("chosen", chosen), ("as it is", baseline)) if at == index]
    since = (r.figures["minutes"][start]["first_right"]["median"] for start in ("from_launch", "from_first_sensing"))
    minutes = ", ".join("none" if m is None else f"{m:.0f}" for m in since)
    cells = (
        html.escape(r.point.name) + (f" <em>{', '.join(marks)}</em>" if marks else ""),
        f"{r.figures['boats_found']} of {r.figures['boats_sensed']}", _with(r.pd, r.pd_interval, 2),
        _with(r.false_per_day, r.false_interval, 1), minutes,
        html.escape(", ".join(f"{n} {what}" for what, n in list(r.figures["false_were"].items())[:4])),
    )  # fmt: skip
    kind = ' class="chosen"' if index == chosen else ""
    return f"<tr{kind}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
