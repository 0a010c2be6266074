"""The sea as rules see it: which areas a position lies in, how far the coast is, which way a lane flows.

>>> areas = load_areas()
>>> at = areas.inside(lon, lat)[:, areas.column("lane-sw")]      # doctest: +SKIP
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from surveil.errors import GeodataError
from surveil.geo.features import AREA_KINDS, LINE_KINDS, PLACE_KINDS, Feature, Geodata, read_geodata
from surveil.geo.index import AreaIndex, CoastIndex, FlowIndex
from surveil.kernels.geodesy import angle_diff_deg_array, bearing_deg_array
from surveil.kernels.geometry import ecef_m_array, nearest_points
from surveil.resources import resource


def load_areas(folder: str | Path | None = None) -> Areas:
    """Geodata of a folder, by default those of the Dover Strait that come with surveil, ready to be asked.

    Raises
    ------
    GeodataError : names the file, the feature and what is wrong with it.
    """
    return Areas(read_geodata(Path(folder) if folder is not None else resource("geodata")))


def _positions(lon, lat) -> tuple[np.ndarray, np.ndarray]:
    """As writable arrays of one length; a read-only one would make numba compile everything again."""
    if _is_plain(lon) and _is_plain(lat) and len(lon) == len(lat):
        return lon, lat
    if np.shape(lon) != np.shape(lat) or not np.ndim(lon):
        lon, lat = np.broadcast_arrays(np.atleast_1d(lon), lat)
    return np.array(lon, np.float64), np.array(lat, np.float64)


def _is_plain(values) -> bool:
    """Whether kernels can take it as it stands."""
    if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.ndim != 1:
        return False
    return values.flags.c_contiguous and values.flags.writeable


class Areas:
    """Areas, lines and places with indexes over them. Immutable; build it with :func:`load_areas`.

    Positions are degrees WGS84, scalars or arrays ``(n,)``; answers are arrays ``(n,)``. A missing position
    (NaN) is inside nothing and at no distance (False, NaN, -1).

    Attributes
    ----------
    features : the areas; ``inside`` has one column for each, in this order.
    lines, places : all others.
    coverage : (west, south, east, north) of the water whose coast is known, or None.
    """

    def __init__(self, geodata: Geodata):
        self.features: tuple[Feature, ...] = tuple(f for f in geodata.features if f.kind in AREA_KINDS)
        self.lines: tuple[Feature, ...] = tuple(f for f in geodata.features if f.kind in LINE_KINDS)
        self.places: tuple[Feature, ...] = tuple(f for f in geodata.features if f.kind in PLACE_KINDS)
        self.coverage = geodata.coverage
        self._column = {f.id: i for i, f in enumerate(self.features)}
        self._columns_of: dict[tuple[str, ...], np.ndarray] = {}
        self._index = AreaIndex.build(self.features)
        self._flow = FlowIndex.build(self.features, self.lines)
        self._land = self.columns_of("land")
        land = [self.features[c] for c in self._land]
        self._coast = CoastIndex.build(land, self.coverage) if self.coverage else None
        self._place_lon = np.array([p.lon for p in self.places], np.float64)
        self._place_lat = np.array([p.lat for p in self.places], np.float64)
        self._place_ecef = ecef_m_array(self._place_lon, self._place_lat)
        self._places_of: dict[tuple[str, ...], np.ndarray] = {}

    def column(self, id: str) -> int:
        """Column of an area in :meth:`inside`. Raises GeodataError for an id that is no area."""
        if id not in self._column:
            close = difflib.get_close_matches(id, self._column, n=3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise GeodataError(f"no area has the id {id!r}{hint}")
        return self._column[id]

    def columns_of(self, *kinds: str) -> np.ndarray:
        """Columns of all areas of some kinds, int64. Raises GeodataError for an unknown kind."""
        if kinds not in self._columns_of:
            _check_kinds(kinds, AREA_KINDS)
            found = [i for i, f in enumerate(self.features) if f.kind in kinds]
            self._columns_of[kinds] = np.array(found, np.int64)
        return self._columns_of[kinds]

    def inside(self, lon, lat, columns: np.ndarray | None = None) -> np.ndarray:
        """Which areas each position lies in, bool ``(n, len(features))``. On a boundary it may be either.

        ``columns`` int64 asks of some areas only, one column for each.
        """
        return self._index.inside(*_positions(lon, lat), columns)

    def on_land(self, lon, lat) -> np.ndarray:
        """Whether a position is on land, bool. Harbours may be either: the coast is good to about 200 m."""
        return self.inside(lon, lat, self._land).any(axis=1)

    def covers(self, lon, lat) -> np.ndarray:
        """Whether the coast is known here, bool."""
        lon, lat = _positions(lon, lat)
        if self.coverage is None:
            return np.zeros(len(lon), bool)
        west, south, east, north = self.coverage
        return (lon >= west) & (lon < east) & (lat >= south) & (lat < north)

    def coast_m(self, lon, lat) -> np.ndarray:
        """Metres to the nearest coastline, from sea or land; NaN where not :meth:`covers`.

        Near the rim of the coverage a coast beyond it may be nearer: there it is an upper bound.
        """
        lon, lat = _positions(lon, lat)
        return np.full(len(lon), np.nan) if self._coast is None else self._coast.distance_m(lon, lat)

    def flow_deg(self, column: int, lon: float, lat: float) -> float:
        """Direction of traffic in an area at one position: see :meth:`lane_flow_deg`."""
        return float(self.lane_flow_deg(lon, lat, column)[0])

    def lane_flow_deg(self, lon, lat, columns) -> np.ndarray:
        """Direction of traffic at each position in the area of its column, degrees true.

        The bearing of the nearest piece of the area's centreline, else the area's own direction, else NaN.

        Parameters
        ----------
        columns : one column for all positions or one for each, int; -1 gives NaN.
        """
        lon, lat = _positions(lon, lat)
        column = np.array(np.broadcast_to(columns, lon.shape), np.int64)
        return self._flow.direction_deg(column, lon, lat)

    def places_of(self, *kinds: str) -> np.ndarray:
        """Indices into ``places`` of all places of some kinds, int64."""
        if kinds not in self._places_of:
            _check_kinds(kinds, PLACE_KINDS)
            found = [i for i, p in enumerate(self.places) if p.kind in kinds]
            self._places_of[kinds] = np.array(found, np.int64)
        return self._places_of[kinds]

    def nearest(self, kind: str | Iterable[str], lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """Nearest place of a kind, or of several: (index into ``places``, distance in metres).

        -1 and NaN where the position is missing or there is no such place.
        """
        among = self.places_of(*_kinds(kind))
        index, distance_m = nearest_points(*_positions(lon, lat), self._place_ecef[among])
        return np.append(among, -1)[index], distance_m

    def sector(
        self,
        kind: str | Iterable[str],
        lon: float,
        lat: float,
        bearing_deg: float,
        half_width_deg: float,
        max_m: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Places of a kind, or of several, within a sector, nearest first: (indices into ``places``, metres).

        Parameters
        ----------
        bearing_deg, half_width_deg : middle of the sector, degrees true, and how far it opens to either side.
        max_m : how far it reaches.
        """
        among = self.places_of(*_kinds(kind))
        to_lon, to_lat = self._place_lon[among], self._place_lat[among]
        from_lon, from_lat = np.full(len(among), float(lon)), np.full(len(among), float(lat))
        _, metres = nearest_points(to_lon, to_lat, ecef_m_array(from_lon[:1], from_lat[:1]))
        bearings = bearing_deg_array(from_lon, from_lat, to_lon, to_lat)
        off = np.abs(angle_diff_deg_array(bearings, np.full(len(among), float(bearing_deg))))
        order = np.argsort(metres, kind="stable")
        order = order[(off <= half_width_deg)[order] & (metres <= max_m)[order]]
        return among[order], metres[order]

    def to_geojson(self, kinds: Iterable[str] | None = None) -> dict:
        """Feature collection of areas, lines and places, all or of some kinds, for a map."""
        wanted = set(AREA_KINDS + LINE_KINDS + PLACE_KINDS) if kinds is None else set(kinds)
        _check_kinds(sorted(wanted), AREA_KINDS + LINE_KINDS + PLACE_KINDS)
        chosen = [f for f in self.features + self.lines + self.places if f.kind in wanted]
        return {"type": "FeatureCollection", "features": [f.to_geojson() for f in chosen]}


def _kinds(kind: str | Iterable[str]) -> tuple[str, ...]:
    return (kind,) if isinstance(kind, str) else tuple(kind)


def _check_kinds(kinds: Iterable[str], known: tuple[str, ...]) -> None:
    for kind in kinds:
        if kind not in known:
            raise GeodataError(f"unknown kind {kind!r}; known are {', '.join(known)}")
