"""Echoes of what stands or is moored for good, as the geodata know it: they are no contacts.

A track is such an echo if it was first shown within the place's own error of a known object, and as long as it has not
left where it was first shown. So a boat that comes by is none, and one that lay there is none as soon as it drifts off.
What a satellite sees there cannot be watched for that: it is taken for the object, unless that is a mere buoy.
"""

from __future__ import annotations

import numpy as np

from surveil.areas import Areas
from surveil.fusion.plane import Plane
from surveil.fusion.tracker import Tracks

KINDS = ("buoy", "lightvessel", "platform", "wind_farm")
"""Kinds of places that give echoes and stay. ``accuracy_m`` of a wind farm is its radius."""
SMALL = ("buoy",)
"""Of these, what a satellite does not see."""
SWING_M = 80.0
"""How far a buoy's echo gets from any place that it had: twice 40 m of chain, in 30 m of water (assumed)."""
SIGMAS = 3.0
"""Standard errors that are allowed for besides (assumed)."""


class Fixed:
    """Which tracks are echoes of fixed objects, and which detections lie on one."""

    def __init__(self, areas: Areas, plane: Plane):
        places = [p for p in areas.places if p.kind in KINDS]
        self._x_m, self._y_m = plane.xy([p.lon for p in places], [p.lat for p in places])
        self._reach_m = np.array([p.accuracy_m for p in places])
        self._big = np.array([p.kind not in SMALL for p in places], bool)
        self._newest = 0
        self._number, self._first = np.empty(0, np.int64), np.empty((0, 3))
        """Tracks that have not left their first place since; that place, and its standard error: m."""

    @property
    def count(self) -> int:
        """How many tracks are taken for fixed objects."""
        return len(self._number)

    def hold(self, x_m, y_m, sigma_m) -> np.ndarray:
        """bool[n]: places that, by so many of their standard errors, may be a fixed object that a satellite sees."""
        return self._near(x_m, y_m, sigma_m, self._big)

    def tick(self, tracks: Tracks, living: np.ndarray) -> np.ndarray:
        """bool[n]: of tracks shown, ascending by number, those that are fixed objects. ``living``: numbers of all."""
        number, (x_m, y_m) = tracks.number, tracks.state[:, :2].T
        sigma_m = np.sqrt((tracks.cov[:, 0, 0] + tracks.cov[:, 1, 1]) / 2)
        places = np.stack([x_m, y_m, sigma_m], axis=1)
        new = (number > self._newest) & self._near(x_m, y_m, sigma_m, np.ones(len(self._big), bool))
        self._newest = max(self._newest, int(number.max(initial=0)))
        self._first = np.concatenate([self._first, places[new]])
        self._number = np.concatenate([self._number, number[new]])
        at = np.searchsorted(number, self._number)
        shown = np.append(number, -1)[at] == self._number
        away = np.zeros(len(self._number), bool)
        off = places[at[shown]] - self._first[shown]
        spread_m = np.hypot(places[at[shown], 2], self._first[shown, 2])
        away[shown] = np.hypot(off[:, 0], off[:, 1]) > SWING_M + SIGMAS * spread_m
        keep = ~away & np.isin(self._number, living)
        self._number, self._first = self._number[keep], self._first[keep]
        return np.isin(number, self._number)

    def _near(self, x_m, y_m, sigma_m, among: np.ndarray) -> np.ndarray:
        apart_m = np.hypot(np.subtract.outer(x_m, self._x_m[among]), np.subtract.outer(y_m, self._y_m[among]))
        return (apart_m <= self._reach_m[among] + SIGMAS * np.asarray(sigma_m)[:, None]).any(axis=1)

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        return {"number": self._number, "first": self._first, "newest": np.array([self._newest])}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self._number, self._first, self._newest = arrays["number"], arrays["first"], int(arrays["newest"][0])
