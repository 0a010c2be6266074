"""The lanes a scenario is laid in: flow lines and lane passages, from the project's geodata."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely

from surveil.areas import Areas, load_areas

LANE_KINDS = ("lane", "deep_water_route")


@dataclass(frozen=True)
class Passage:
    """A stay in a lane: rows of entry and of the last point inside, and the median angle between heading
    and flow (0 with it, 90 across, 180 against)."""

    lane: str
    entry: int
    leave: int
    angle_deg: float


@cache
def waters() -> Areas:
    """The areas that come with surveil, loaded once."""
    return load_areas()


@cache
def land() -> shapely.Geometry:
    """All land in one piece, prepared."""
    whole = shapely.union_all([f.geometry for f in waters().features if f.kind == "land"])
    shapely.prepare(whole)
    return whole


def route(*centrelines: str, west: float = 0.45) -> np.ndarray:
    """Centrelines joined end to end in the direction of flow, cut at a western longitude; (n, 2) lon, lat."""
    by_id = {line.id: line.geometry for line in waters().lines}
    joined = np.vstack([shapely.get_coordinates(by_id[i]) for i in centrelines])
    return joined[joined[:, 0] > west]


def passages(lon: np.ndarray, lat: np.ndarray, heading_deg: np.ndarray) -> list[Passage]:
    """Every stay of a track in a lane, in order of entry."""
    areas, found = waters(), []
    inside = areas.inside(lon, lat)
    for column in areas.columns_of(*LANE_KINDS).tolist():
        edges = np.flatnonzero(np.diff(np.pad(inside[:, column].astype(np.int8), 1)))
        for entry, after in edges.reshape(-1, 2).tolist():
            stay = slice(entry, after)
            off = heading_deg[stay] - areas.lane_flow_deg(lon[stay], lat[stay], column)
            angle = float(np.median(np.abs((off + 180) % 360 - 180)))
            found.append(Passage(areas.features[column].id, entry, after - 1, angle))
    return sorted(found, key=lambda p: (p.entry, p.lane))
