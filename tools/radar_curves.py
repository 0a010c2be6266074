"""Write docs/radar-curves.md and its drawing: how often simulated radars detect, against the formula they are built on.

    .venv/bin/python tools/radar_curves.py

Curves are the probability of detection by `surveil.simulate.sensors` for one scan; dots are the share of scans in which
boats that lie still were plotted in a simulated hour. The radar is the example at Dover.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surveil.simulate.sensors import Objects, Seen, Weather, read, sense
from surveil.simulate.settings import Where

DOCS = Path(__file__).parent.parent / "docs"
TARGETS = {"Zodiac, 1.4 m2, 1 m high": (1.4, 1.0, 5.2), "Fishing boat, 20 m2, 5 m high": (20.0, 5.0, 12.0)}
"""Cross-section, height and length. The Zodiac's was measured (Terma); the fishing boat is assumed."""
STATES = (0, 2, 3, 4, 5)
COLOURS = ("#4575b4", "#1a9850", "#b8a000", "#e07b00", "#c0282d")
RANGES_M = np.arange(1000.0, 40_001.0, 250.0)
DOTS_M = np.arange(4000.0, 30_001.0, 2000.0)
BEARING_DEG = 165.0
"""From Dover down the strait, where no land is in the way."""
START_MS, HOUR_MS = 1_767_225_600_000, 3_600_000
WIDTH, HEIGHT, LEFT, TOP = 460, 250, 60, 40


def main() -> None:
    radar = read({"kind": "coastal_radar", "site": "dover"}, Where("radar_curves"))
    panels, rows = [], []
    for at, (name, (rcs_m2, height_m, length_m)) in enumerate(TARGETS.items()):
        lines = []
        for state, colour in zip(STATES, COLOURS, strict=True):
            curve = radar.detection(RANGES_M, rcs_m2, height_m, float(state))[0]
            dots = simulated(radar, rcs_m2, height_m, length_m, state)
            expected = radar.detection(DOTS_M, rcs_m2, height_m, float(state))[0]
            lines += [
                drawn(curve, colour, f"sea state {state}"),
                *(dot(r, p, colour) for r, p in zip(DOTS_M, dots, strict=True)),
            ]
            half_m = RANGES_M[curve >= 0.5].max(initial=0)
            rows.append(f"| {name} | {state} | {half_m / 1852:.1f} | {np.abs(dots - expected).max():.3f} |")
        panels.append(panel(name, lines, TOP + at * (HEIGHT + 80)))
    (DOCS / "radar-curves.svg").write_text(picture(panels), encoding="utf-8")
    (DOCS / "radar-curves.md").write_text(page(rows), encoding="utf-8")


def simulated(radar, rcs_m2: float, height_m: float, length_m: float, state: int) -> np.ndarray:
    """Share of scans of an hour in which a boat at each of the ranges of the dots was plotted."""
    t_ms = START_MS + np.arange(0, HOUR_MS + 1, 10_000)
    lon, lat = radar.lonlat(DOTS_M, np.full(len(DOTS_M), BEARING_DEG))
    boats = [
        Seen(i, "boat", length_m, height_m, rcs_m2, t_ms, *(np.full(len(t_ms), v) for v in (lon[i], lat[i], 0.0)))
        for i in range(len(DOTS_M))
    ]
    weather = Weather.steady(START_MS, START_MS + HOUR_MS, float(state))
    seen = sense(radar, Objects.of(boats), weather, np.random.default_rng(state))
    plotted = np.array([(seen.object == i).sum() for i in range(len(DOTS_M))])
    return plotted / (HOUR_MS / 1000 / radar.rotation_s)


def x(range_m: float) -> float:
    return LEFT + WIDTH * range_m / RANGES_M[-1]


def y(pd: float) -> float:
    return HEIGHT * (1 - pd)


def drawn(curve: np.ndarray, colour: str, title: str) -> str:
    points = " ".join(f"{x(r):.1f},{y(p):.1f}" for r, p in zip(RANGES_M, curve, strict=True))
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"><title>{title}</title></polyline>'
    )


def dot(range_m: float, pd: float, colour: str) -> str:
    return f'<circle cx="{x(range_m):.1f}" cy="{y(pd):.1f}" r="3" fill="{colour}"/>'


def panel(name: str, lines: list[str], top: int) -> str:
    grid = [
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y(p)}" y2="{y(p)}" stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{y(p) + 4}" text-anchor="end">{p:g}</text>'
        for p in (0, 0.25, 0.5, 0.75, 1)
    ]
    grid += [
        f'<text x="{x(nm * 1852):.1f}" y="{HEIGHT + 18}" text-anchor="middle">{nm}</text>' for nm in range(0, 22, 3)
    ]
    words = f"{name}: probability of detection in one scan, by range in nm"
    title = f'<text x="{LEFT}" y="-12" font-weight="bold">{words}</text>'
    return f'<g transform="translate(0 {top})">{"".join([title, *grid, *lines])}</g>'


def picture(panels: list[str]) -> str:
    legend = "".join(
        f'<text x="{LEFT + WIDTH + 16}" y="{TOP + 20 + 18 * i}" fill="{colour}">sea state {state}</text>'
        for i, (state, colour) in enumerate(zip(STATES, COLOURS, strict=True))
    )
    size = f'width="{LEFT + WIDTH + 120}" height="{TOP + len(panels) * (HEIGHT + 80)}"'
    style = 'font-family="sans-serif" font-size="12"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{legend}{"".join(panels)}</svg>\n'


def page(rows: list[str]) -> str:
    return TEXT.replace("ROWS", "\n".join(rows))


TEXT = """# What a simulated coastal radar detects

Written by `tools/radar_curves.py`; do not edit.

The example radar at Dover (antenna 120 m above the sea, X-band, 24 nm), no rain. Curves: the formula. Dots: share of
scans of a simulated hour with a plot. Formulas and their sources: `surveil/simulate/sensors/physics.py` (radar
equation; two-ray propagation on a 4/3 earth after Kerr and Miller, Brown and Vegh; sea clutter after Gregers-Hansen
and Mital; rain after Marshall and Palmer, Probert-Jones and ITU-R P.838-3; Swerling 1).

![Probability of detection by range](radar-curves.svg)

| target | sea state | farthest range with 0.5 (nm) | largest difference of a dot from its curve |
|---|---|---|---|
ROWS

A dot has a standard error of up to 0.014 (1,200 scans).

Not modelled: ducting and diffraction beyond the horizon, boats hidden in wave troughs, side lobes, interference of
other radars, echoes of land, birds and moving rain cells, a plot extractor that drops or merges what lies close
together.
"""


if __name__ == "__main__":
    main()
