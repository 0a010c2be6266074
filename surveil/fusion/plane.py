"""Places on the earth to metres on a plane and back, about one point: azimuthal equidistant on WGS84, by PROJ."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.polynomial import chebyshev
from pyproj import Proj

from surveil.kernels.places import polynomials

DEGREE = 7
"""Of the polynomials of :class:`Fitted`. From one plane to another, what is left out is some R (d / R)^8: a nanometre
at 44 km, 30 mm at 500 km."""


class Plane:
    """x east and y north of (``lon``, ``lat``), m. From there ranges and bearings are true; 100 km off, lengths across
    the line to it are too long by 4e-5 (Snyder 1987, Map Projections, USGS PP 1395, ch. 25)."""

    def __init__(self, lon: float, lat: float):
        self.lon, self.lat = float(lon), float(lat)

    @cached_property
    def _proj(self) -> Proj:
        return Proj(proj="aeqd", lon_0=self.lon, lat_0=self.lat, ellps="WGS84")

    def xy(self, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """float64[n] metres east and north."""
        return self._proj(np.asarray(lon, float), np.asarray(lat, float))

    def lonlat(self, x_m, y_m) -> tuple[np.ndarray, np.ndarray]:
        """float64[n] degrees."""
        return self._proj(np.asarray(x_m, float), np.asarray(y_m, float), inverse=True)

    def polar(self, lon, lat) -> tuple[np.ndarray, np.ndarray]:
        """(metres, degrees true in [0, 360)) of places from the middle: geodesics of the ellipsoid. float64[n]."""
        x_m, y_m = self.xy(lon, lat)
        return np.hypot(x_m, y_m), np.degrees(np.arctan2(x_m, y_m)) % 360.0

    def from_polar(self, range_m, bearing_deg) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) in degrees of ranges and bearings from the middle. float64[n]."""
        bearing = np.radians(np.asarray(bearing_deg, float))
        return self.lonlat(range_m * np.sin(bearing), range_m * np.cos(bearing))


class Fitted:
    """Smooth functions of a place on a plane, within ``reach_m`` of ``at``, by polynomials: to rounding, and faster
    than PROJ.

    ``function`` takes x and y in metres, float64[n] each, and gives a tuple of float64[n].
    """

    def __init__(self, at: tuple[float, float], reach_m: float, function: Callable):
        self._at, self._reach_m = at, reach_m
        node = chebyshev.chebpts1(2 * DEGREE)
        x, y = (grid.ravel() for grid in np.meshgrid(node, node))
        wanted = function(at[0] + reach_m * x, at[1] + reach_m * y)
        terms = chebyshev.chebvander2d(x, y, [DEGREE, DEGREE])
        found = np.linalg.lstsq(terms, np.stack(wanted, axis=1), rcond=None)[0]
        self._terms = np.ascontiguousarray(found.T).reshape(-1, DEGREE + 1, DEGREE + 1)

    def __call__(self, x_m, y_m) -> np.ndarray:
        """float64[functions, n]."""
        x, y = (np.asarray(x_m, float) - self._at[0]) / self._reach_m, (y_m - self._at[1]) / self._reach_m
        return polynomials(x, y, self._terms)
