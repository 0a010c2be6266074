"""The FROC curve of a sweep as SVG: no library, no script; every mark says what it is when pointed at."""

from __future__ import annotations

import html
import math
from pathlib import Path

from surveil.evaluate.froc import Result, front

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 18, 52


def style() -> str:
    """The style sheet of the curve, for the page it is on."""
    return (Path(__file__).resolve().parent / "static" / "curve.css").read_text("utf-8")


class Svg(str):
    """A curve as text; a notebook draws it, with its style."""

    def _repr_svg_(self) -> str:
        return self.replace(">", f"><style>{style()}</style>", 1)


def curve(found: list[Result], chosen: int, baseline: int = 0) -> Svg:
    """Detection against false alerts a day: a point each with 95 % intervals, and the line of those none betters."""
    most = max((r.false_interval[1] for r in found), default=0.0)
    axes = _Axes(_ceiling(max(most, max(r.false_per_day for r in found), 1.0)))
    above = sorted(range(len(found)), key=lambda i: (i == chosen, i == baseline))  # drawn last, these two are on top
    marks = [_mark(axes, found[i], _class(i, chosen, baseline)) for i in above]
    labels = [_label(axes, found[i], words) for i, words in _labelled(chosen, baseline)]
    parts = [*axes.drawn(), _line(axes, [found[i] for i in front(found)]), *marks, *labels]
    words = "Probability of detection against false alerts a day"
    size = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return Svg(f'<svg class="curve" {size} role="img" aria-label="{words}">{"".join(parts)}</svg>')


def _ceiling(value: float) -> float:
    """The next round number up."""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)


class _Axes:
    """False alerts a day from 0 to ``most`` across, Pd from 0 to 1 upwards."""

    def __init__(self, most: float):
        self.most = most

    def x(self, false_per_day: float) -> float:
        return round(LEFT + false_per_day / self.most * (WIDTH - LEFT - RIGHT), 1)

    def y(self, pd: float) -> float:
        return round(HEIGHT - BOTTOM - pd * (HEIGHT - TOP - BOTTOM), 1)

    def drawn(self):
        for i in range(6):
            pd, false = i / 5, self.most * i / 5
            y, x = self.y(pd), self.x(false)
            yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
            yield f'<text class="tick" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{pd:.1f}</text>'
            yield f'<text class="tick" x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{false:g}</text>'
        across, upwards = (WIDTH + LEFT) / 2, (HEIGHT - BOTTOM + TOP) / 2
        named = 'class="axis" text-anchor="middle"'
        yield f'<text {named} x="{across}" y="{HEIGHT - 10}">false alerts a day</text>'
        yield f'<text {named} transform="translate(18 {upwards}) rotate(-90)">boats found (Pd)</text>'


def _class(index: int, chosen: int, baseline: int) -> str:
    return "chosen" if index == chosen else "baseline" if index == baseline else "point"


def _labelled(chosen: int, baseline: int):
    if chosen == baseline:
        return [(chosen, "chosen, as it is")]
    return [(chosen, "chosen"), (baseline, "as it is")]


def _mark(axes: _Axes, r: Result, kind: str) -> str:
    x, y = axes.x(r.false_per_day), axes.y(r.pd)
    x0, x1 = (axes.x(v) for v in r.false_interval)
    y0, y1 = (axes.y(v) for v in r.pd_interval)
    title = f"{r.point.name}: Pd {r.pd:.2f}, {r.false_per_day:.1f} false alerts a day"
    return (
        f'<g class="{kind}"><title>{html.escape(title)}</title>'
        f'<path class="interval" d="M{x0} {y}H{x1}M{x} {y0}V{y1}"/><circle cx="{x}" cy="{y}" r="5"/></g>'
    )


def _label(axes: _Axes, r: Result, words: str) -> str:
    x, y = axes.x(r.false_per_day), axes.y(r.pd)
    left = x > WIDTH * 0.75
    below = y < TOP + 30
    anchor, dx = ("end", -9) if left else ("start", 9)
    return f'<text class="label" x="{x + dx}" y="{y + (18 if below else -9)}" text-anchor="{anchor}">{words}</text>'


def _line(axes: _Axes, best: list[Result]) -> str:
    places = " ".join(f"{axes.x(r.false_per_day)},{axes.y(r.pd)}" for r in best)
    return f'<polyline class="front" points="{places}"/>'
