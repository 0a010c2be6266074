"""Puts page, styles, scripts, map library and data into one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from surveil.errors import StoreError
from surveil.files import replaced_file
from surveil.report.encode import payload_pieces

_STATIC = Path(__file__).resolve().parent / "static"
_SCRIPTS = (
    "dom.js", "model.js", "format.js", "state.js", "mercator.js", "symbols.js", "areas.js", "gestures.js",
    "map_canvas.js", "map_gl.js", "overlay.js", "chart.js", "vessel.js", "timebar.js", "table.js",
    "alert_page.js", "summary.js", "main.js",
)  # fmt: skip
"""In order of dependence: each file defines one constant that later ones use."""
_LIBRARY = {"MAPLIBRE": "vendor/maplibre-gl.mjs", "MAPLIBRE_WORKER": "vendor/maplibre-gl-worker.mjs"}


def write_report(path: str | os.PathLike, data: Mapping[str, Any]) -> None:
    """Write one offline page with a map, a time slider, the alerts and a page for each.

    Parameters
    ----------
    path : the HTML file; replaced whole or not at all.
    data : what the page shows. Arrays may be numpy; NaN is missing; text is shown, never run.

        - ``title``, ``simulated`` (bool), ``sources`` (names), ``span`` [t0_ms, t1_ms], ``generated_by``;
        - ``summary``: ``lines_read``, ``decoded``, ``refused`` {reason: n}, ``not_ais``, ``vessels``,
          ``alerts`` {rule: n}, ``severities`` {severity: n}, ``seconds`` {stage: s}, ``problems`` (texts);
        - ``areas``, ``land``: GeoJSON FeatureCollections, degrees WGS84; ``kind`` chooses an area's style
          (static/areas.js); ``places``: ``name``, ``kind``, ``lon``, ``lat``;
        - ``reception``: None, or the learned map's cells of ``cell_deg`` degrees: ``x``, ``y`` from 180 W and 90 S, and
          by class, A and B and not said, ``heard`` and ``expected`` reports. A layer that is off at first;
        - ``tracks``, any iterable: ``mmsi``, ``name``, ``ais_class``, ``small_craft`` yes/no/unknown,
          ``small_craft_ground``, ``ship_type``, ``ship_type_text``, ``length_m``, ``flag`` (the country
          of its MMSI), ``events`` [``t_ms``, ``sentence``] and ``segments``, each of equal-length ``t_ms``,
          ``lon``, ``lat``, ``sog_kn``, ``cog_deg`` in order of time;
        - ``alerts``, any iterable: ``id``, ``rule``, ``subjects`` [``mmsi``, ``name``], ``t_start_ms``,
          ``t_raised_ms``, ``t_end_ms`` or None, ``state``, ``severity`` distress/high/medium/low/info,
          ``risk_to_life`` 0..1, ``lon``, ``lat``, ``sentence``, ``simulated``,
          ``evidence`` (``ground``, ``compared``, ``almost``,
          ``inputs``, ``known_false_alarms``), ``history``, and, if known, ``sentences`` by language,
          ``incident``, ``others`` of it, ``until_ms`` and ``assigned``.

    Raises
    ------
    StoreError : the file cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(path) as file:
            for piece in page_pieces(data):
                file.write(piece.encode("utf-8"))
    except OSError as error:
        raise StoreError(f"the report cannot be written: {error.strerror or error}", source=str(path)) from error


def build_page(data: Mapping[str, Any]) -> str:
    """The page as text; the same data gives the same text."""
    return "".join(page_pieces(data))


def page_pieces(data: Mapping[str, Any]) -> Iterator[str]:
    """:func:`build_page` in pieces, each alert and track made when it is asked for."""
    script, style = _joined_scripts(), _static("style.css")
    before, after = _static("page.html").split("$data")
    fields = {
        "title": html.escape(str(data.get("title") or "surveil report")),
        "policy": _content_policy(script, style),
        "style": style,
        "licence": html.escape(_static("vendor/maplibre-gl-LICENSE.txt")),
        "script": script,
        **{name: _packed(file) for name, file in _LIBRARY.items()},
    }
    yield Template(before).substitute(fields)
    yield from payload_pieces(data)
    yield Template(after).substitute(fields)


def _content_policy(script: str, style: str) -> str:
    """The browser itself refuses what is not of this page: other scripts, handlers, any request."""
    rules = {
        "default-src": "'none'",
        "script-src": f"{_hash_source(script)} blob:",
        "style-src": _hash_source(style),
        "worker-src": "blob: data:",
        "connect-src": "blob: data:",
        "img-src": "blob: data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _hash_source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _static(name: str) -> str:
    return (_STATIC / name).read_text("utf-8")


@cache
def _joined_scripts() -> str:
    return "\n".join(_static(name) for name in _SCRIPTS)


@cache
def _packed(name: str) -> str:
    """A library file as base64 of gzip: a third of its size, and nothing in it that HTML could misread."""
    return base64.b64encode(gzip.compress(_static(name).encode("utf-8"), 9, mtime=0)).decode("ascii")
