"""Which targets are there to rescue: aircraft, lifeboats and patrol craft, by class, ship type and MMSI."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np

from surveil.resources import resource
from surveil.rules.common import of_types
from surveil.schema import CLASS_SAR_AIRCRAFT
from surveil.tracks.view import View

TYPES = {51: "rescue craft", 55: "patrol vessel"}
"""Ship types of search and rescue and of law enforcement (M.1371-5 table 53)."""


@cache
def assets() -> dict[int, str]:
    """Kind by MMSI of the craft in geodata/rescue_assets.csv whose MMSI is known."""
    with open(resource("geodata") / "rescue_assets.csv", encoding="utf-8", newline="") as file:
        return {int(row["mmsi"]): row["kind"] for row in csv.DictReader(file) if row["mmsi"]}


def rescuers(view: View) -> np.ndarray:
    """bool[n]: targets that are there to rescue, of known place."""
    found = of_types(view, tuple(TYPES)) | (view.ais_class == CLASS_SAR_AIRCRAFT)
    for mmsi in assets():
        found |= view.mmsi == mmsi
    return found & ~np.isnan(view.lon)


def kinds(view: View) -> dict[int, str]:
    """Kind of help by row of the view."""
    return {row: _kind(view, row) for row in np.flatnonzero(rescuers(view)).tolist()}


def _kind(view: View, row: int) -> str:
    if view.ais_class[row] == CLASS_SAR_AIRCRAFT:
        return "SAR aircraft"
    return assets().get(int(view.mmsi[row])) or TYPES[int(view.ship_type[row])]
