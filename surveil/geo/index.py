"""Arrays that answer a batch fast, built once when geodata are loaded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from surveil.geo.features import Feature
from surveil.kernels import geometry as k
from surveil.kernels.geodesy import bearing_deg_array

ROWS, COLUMNS = 160, 192
"""Grid of both indexes; over the Dover Strait a cell is about 1.4 km square."""
_EDGE_DEG = 1e-9
"""Cells are taken this much larger when asking what boundary touches them: rounding must hide none."""


@dataclass(frozen=True)
class Grid:
    """``ROWS`` by ``COLUMNS`` cells over a box; ``frame`` float64 (4,) as the kernels take it."""

    frame: np.ndarray

    @classmethod
    def over(cls, west: float, south: float, east: float, north: float) -> Grid:
        return cls(np.array([west, south, (east - west) / COLUMNS, (north - south) / ROWS]))

    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """lon, lat of all cell centres, float64 (ROWS, COLUMNS)."""
        lon = self.frame[0] + self.frame[2] * (np.arange(COLUMNS) + 0.5)
        lat = self.frame[1] + self.frame[3] * (np.arange(ROWS) + 0.5)
        return np.meshgrid(lon, lat)

    def rows_of(self, lat: np.ndarray) -> np.ndarray:
        return ((lat - self.frame[1]) / self.frame[3]).astype(np.int64)


def segments_of(geometry) -> np.ndarray:
    """All edges of a polygon's rings, or of lines, as float64 (m, 4): lon, lat, lon, lat."""
    parts = shapely.get_parts(geometry)
    rings = shapely.get_rings(parts) if shapely.get_dimensions(geometry) == 2 else parts
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return np.column_stack([xy[:-1][same], xy[1:][same]])


@dataclass(frozen=True)
class AreaIndex:
    """The areas that each cell is wholly or partly in, and the edges of each area by grid row."""

    grid: Grid
    every: np.ndarray
    start: np.ndarray
    members: np.ndarray
    state: np.ndarray
    row_start: np.ndarray
    edges: np.ndarray

    @classmethod
    def build(cls, areas: tuple[Feature, ...]) -> AreaIndex:
        bounds = np.array([a.geometry.bounds for a in areas]).reshape(-1, 4)
        low = bounds[:, :2].min(axis=0, initial=180.0) - 1e-6
        high = bounds[:, 2:].max(axis=0, initial=-180.0) + 1e-6
        grid = Grid.over(*low, *high) if len(areas) else Grid.over(0.0, 0.0, 1.0, 1.0)
        state = np.zeros((ROWS, COLUMNS, len(areas)), np.uint8)
        lon, lat = grid.centres()
        half = 0.5 * grid.frame[2:] + _EDGE_DEG
        cells = shapely.box(lon - half[0], lat - half[1], lon + half[0], lat + half[1])
        for a, area in enumerate(areas):
            state[..., a] = _cell_states(area.geometry, grid, lon, lat, cells)
        by_cell = state.reshape(ROWS * COLUMNS, len(areas))
        cell, member = np.nonzero(by_cell != k.OUTSIDE)
        start = np.searchsorted(cell, np.arange(ROWS * COLUMNS + 1))
        return cls(grid, np.arange(len(areas)), start, member, by_cell[cell, member], *_edges_by_row(areas, grid))

    def inside(self, lon: np.ndarray, lat: np.ndarray, asked: np.ndarray | None = None) -> np.ndarray:
        """bool[n, m]: which of the areas ``asked`` (int64[m], all if None) each position lies in."""
        asked = self.every if asked is None else asked
        by_cell = (self.grid.frame, COLUMNS, self.start, self.members, self.state)
        return k.inside_areas(lon, lat, asked, *by_cell, self.row_start, self.edges)


def _cell_states(area, grid: Grid, lon: np.ndarray, lat: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """OUTSIDE, INSIDE or BOUNDARY of every cell, uint8 (ROWS, COLUMNS)."""
    state = np.full(lon.shape, k.OUTSIDE, np.uint8)
    west, south, east, north = area.bounds
    near = (np.abs(lon - (west + east) / 2) <= (east - west) / 2 + grid.frame[2]) & (
        np.abs(lat - (south + north) / 2) <= (north - south) / 2 + grid.frame[3]
    )
    edge = area.boundary
    shapely.prepare([area, edge])
    touched = shapely.intersects(edge, cells[near])
    held = shapely.contains_xy(area, lon[near], lat[near])
    state[near] = np.where(touched, k.BOUNDARY, np.where(held, k.INSIDE, k.OUTSIDE))
    return state


def _edges_by_row(areas: tuple[Feature, ...], grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """(row_start int64 (areas * ROWS + 1,), edges float64 (m, 4)); an edge stands in every row it touches."""
    keys, edges = [np.empty(0, np.int64)], [np.empty((0, 4))]
    for a, area in enumerate(areas):
        own = segments_of(area.geometry)
        low = grid.rows_of(np.minimum(own[:, 1], own[:, 3]))
        count = grid.rows_of(np.maximum(own[:, 1], own[:, 3])) - low + 1
        which = np.repeat(np.arange(len(own)), count)
        step = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        keys.append(a * ROWS + low[which] + step)
        edges.append(own[which])
    key = np.concatenate(keys)
    order = np.argsort(key, kind="stable")
    start = np.searchsorted(key[order], np.arange(len(areas) * ROWS + 1))
    return start.astype(np.int64), np.ascontiguousarray(np.concatenate(edges)[order])


@dataclass(frozen=True)
class CoastIndex:
    """Coast segments, and for each cell of a grid those that can be nearest to a point in it."""

    grid: Grid
    centres: np.ndarray
    segments: np.ndarray
    start: np.ndarray
    members: np.ndarray
    away: np.ndarray

    @classmethod
    def build(cls, land: list[Feature], coverage: tuple[float, float, float, float]) -> CoastIndex:
        coast = np.concatenate([np.empty((0, 4)), *(segments_of(f.geometry) for f in land)])
        segments = earth_segments(_packed(coast[~_on_edge(coast, coverage)]))
        ends = segments.reshape(-1, 2, 3)
        chunks = _boxes(ends.min(axis=1), ends.max(axis=1))
        groups = _boxes(chunks[:, :3], chunks[:, 3:])
        grid = Grid.over(*coverage)
        lon, lat = (v.ravel() for v in grid.centres())
        found = k.candidate_segments(lon, lat, _reach_m(grid, lon, lat), segments, chunks, groups)
        return cls(grid, k.ecef_m_array(lon, lat), segments, *found)

    def distance_m(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        near = (self.centres, self.start, self.members, self.away, self.segments)
        return k.coast_distance_m(lon, lat, self.grid.frame, COLUMNS, *near)


def _reach_m(grid: Grid, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """How far a point of a cell can be from its centre: to the corner nearer the equator, and a metre."""
    corner_lat = np.where(lat > 0, lat - grid.frame[3] / 2, lat + grid.frame[3] / 2)
    corner = k.ecef_m_array(lon + grid.frame[2] / 2, corner_lat)
    return np.linalg.norm(corner - k.ecef_m_array(lon, lat), axis=1) + 1.0


def earth_segments(segments: np.ndarray) -> np.ndarray:
    """Degrees, float64 (m, 4), to earth-centred metres, float64 (m, 6)."""
    a, b = segments[:, :2].T, segments[:, 2:].T
    return np.hstack([k.ecef_m_array(*map(np.ascontiguousarray, end)) for end in (a, b)])


def _on_edge(segments: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Segments that run along the box: where land was cut off, not coast."""
    lon, lat = segments[:, [0, 2]], segments[:, [1, 3]]
    on = [np.all(np.abs(v - at) < 1e-6, axis=1) for v, at in zip((lon, lat, lon, lat), box, strict=True)]
    return np.any(on, axis=0)


def _packed(segments: np.ndarray) -> np.ndarray:
    """Sorted so that runs of ``NODE`` lie close together: strips by longitude, then by latitude.

    Sort-tile-recursive packing (Leutenegger et al. 1997).
    """
    if not len(segments):
        return segments
    lon, lat = segments[:, 0] + segments[:, 2], segments[:, 1] + segments[:, 3]
    strips = int(np.ceil(np.sqrt(len(segments) / k.NODE)))
    strip = np.argsort(np.argsort(lon, kind="stable")) * strips // len(segments)
    return segments[np.lexsort((lat, strip))]


def _boxes(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Boxes round runs of ``NODE`` boxes, float64 (ceil(m / NODE), 6)."""
    starts = np.arange(0, len(low), k.NODE)
    if not len(starts):
        return np.empty((0, 6))
    return np.hstack([np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)])


@dataclass(frozen=True)
class FlowIndex:
    """Centreline segments by area column, with their bearings; and the areas' own directions, if any."""

    start: np.ndarray
    segments: np.ndarray
    bearings: np.ndarray
    fixed: np.ndarray

    @classmethod
    def build(cls, areas: tuple[Feature, ...], lines: tuple[Feature, ...]) -> FlowIndex:
        by_area = [
            np.concatenate([np.empty((0, 4)), *(segments_of(f.geometry) for f in lines if f.lane == area.id)])
            for area in areas
        ]
        start = np.concatenate([[0], np.cumsum([len(s) for s in by_area])]).astype(np.int64)
        flat = np.concatenate([np.empty((0, 4)), *by_area])
        bearings = bearing_deg_array(*(np.ascontiguousarray(flat[:, i]) for i in range(4)))
        fixed = np.array([np.nan if a.direction_deg is None else a.direction_deg for a in areas], np.float64)
        return cls(start, earth_segments(flat), bearings, fixed)

    def direction_deg(self, column: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return k.flow_directions_deg(lon, lat, column, self.start, self.segments, self.bearings, self.fixed)
