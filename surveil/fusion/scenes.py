"""What is seen once: scenes of a satellite, and reports by word of mouth, as contacts of the picture.

Each detection is weighed against every AIS target and every track of other sensors by where each could have been at
that instant (:mod:`surveil.fusion.snapshots`). An AIS target's place then is reckoned from its last fix before and its
first after: AIS that is heard later, within ``SHOWN_S``, is weighed too, and may explain what nothing explained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surveil.config import ONCE
from surveil.fusion.association import Reported
from surveil.fusion.contacts import Contacts
from surveil.fusion.dark import NEVER_HEARD, SHIP_WITHOUT, SMALL_WITHOUT, UNHEARD_S
from surveil.fusion.fixed import Fixed
from surveil.fusion.reported import OLDEST_S
from surveil.fusion.sensors import Sensor
from surveil.fusion.snapshots import match
from surveil.fusion.tracker import Tracks
from surveil.kernels.tracks import KN
from surveil.schema import Plots

SCENE_S = 30.0
"""Detections of one sensor within so long are of one scene: a satellite passes the strait in it (assumed)."""
SHOWN_S = 600.0
"""How long they are shown, and late AIS may explain them: a boat at 8 kn is 2.5 km off by then (assumed)."""
DRIFT_MS = 2.0
"""Standard deviation by axis of what an unknown velocity adds to the error of a place (assumed: a boat's 4 kn)."""
PD = 0.8
"""That a ship in a scene is detected: as of those above 60 m by Sentinel-1 (Pelich et al. 2019)."""
REPORTED_PER_KM2 = 0.5
"""Density of craft without AIS against that of a ship at the place told, in a report (assumed: eight reports in ten
are of such craft, and 200 ships are spread over 1,000 km2)."""
LEAST_KM2 = 1000.0
"""Scenes are no smaller (assumed): their area is taken from what was detected."""
IS_VESSEL = 0.9
"""That a detection is a vessel where the sensor does not say (assumed)."""
SHIP_LENGTH_M = 45.0
"""Length about which ships are of 300 GT and must carry AIS (SOLAS V/19; the length assumed)."""
LABELLED_M = {b"small boat": 8.0, b"ship": 100.0}
"""Lengths that a label tells (assumed: the middle of what is called so)."""
TRACK = -1
"""``slot`` of a sensor's track among what may explain a detection; of a detection, that nothing does."""
SEEN = np.dtype([
    ("number", "i8"), ("t_ms", "i8"), ("x_m", "f8"), ("y_m", "f8"), ("vx", "f8"), ("vy", "f8"), ("sigma_m", "f8"),
    ("length_m", "f8"), ("exists", "f8"), ("source", "i2"), ("seq", "i8"), ("slot", "i8"), ("explained", "f8"),
])  # fmt: skip
"""Of a detection; ``number`` is 0 until it is shown, NaN velocities and lengths are not known."""
SHIP = np.dtype([
    ("slot", "i8"), ("x_m", "f8"), ("y_m", "f8"), ("vx", "f8"), ("vy", "f8"), ("sigma_m", "f8"), ("length_m", "f8"),
    ("after", "?"),
])  # fmt: skip
"""Of what may explain it, at the time of the scene; ``after``: its first fix after the scene is in that."""


@dataclass
class Scene:
    """Detections (``seen``, of SEEN) about one time and what was there then (``ships``, of SHIP, by slot)."""

    at_ms: int
    seen: np.ndarray
    ships: np.ndarray

    def learn(self, reported: Reported) -> bool:
        """Take in AIS not met before, and the first fix after the scene; whether there was anything new."""
        after = reported.heard_ms > self.at_ms
        at = np.searchsorted(self.ships["slot"], reported.slot)
        known = np.append(self.ships["slot"], TRACK - 1)[at] == reported.slot
        again = np.flatnonzero(known & after)
        again = again[~self.ships["after"][at[again]]]
        self._better(at[again], reported, again)
        new = np.flatnonzero(~known)
        rows = np.zeros(len(new), SHIP)
        for name in ("slot", "x_m", "y_m", "sigma_m", "length_m"):
            rows[name] = getattr(reported, name)[new]
        rows["vx"], rows["vy"] = np.nan_to_num(reported.vx[new]), np.nan_to_num(reported.vy[new])
        rows["after"] = after[new]
        ships = np.concatenate([self.ships, rows])
        self.ships = ships[np.argsort(ships["slot"], kind="stable")]
        return bool(len(new) or len(again))

    def _better(self, at: np.ndarray, reported: Reported, rows: np.ndarray) -> None:
        """Places reckoned from before and from after, weighed by their variances."""
        before, after = self.ships["sigma_m"][at] ** 2, reported.sigma_m[rows] ** 2
        for name in ("x_m", "y_m"):
            both = (self.ships[name][at] * after + getattr(reported, name)[rows] * before) / (before + after)
            self.ships[name][at] = both
        self.ships["sigma_m"][at] = np.sqrt(before * after / (before + after))
        self.ships["length_m"][at] = reported.length_m[rows]
        self.ships["after"][at] = True

    def solve(self, time_error_s: float, others_per_km2: float) -> None:
        """Weigh every detection against everything that was there."""
        seen, ships = self.seen, self.ships
        dt_s = (seen["t_ms"] - self.at_ms)[:, None] / 1000.0
        dx_m = ships["x_m"] + ships["vx"] * dt_s - seen["x_m"][:, None]
        dy_m = ships["y_m"] + ships["vy"] * dt_s - seen["y_m"][:, None]
        moved2 = (ships["vx"] ** 2 + ships["vy"] ** 2) * time_error_s**2
        variance = ships["sigma_m"] ** 2 + moved2 + seen["sigma_m"][:, None] ** 2
        density = 1e6 / (2 * np.pi * variance) * np.exp(-0.5 * (dx_m**2 + dy_m**2) / variance)
        found = match(density, seen["length_m"], ships["length_m"], PD, others_per_km2)
        seen["explained"] = 1.0 - found.unclaimed
        if len(ships):
            best = ships["slot"][found.pair.argmax(axis=1)]
            seen["slot"] = np.where(seen["explained"] >= 0.5, best, TRACK)

    @property
    def dark(self) -> np.ndarray:
        """bool[n]: detections that are rather nothing known than anything."""
        return self.seen["explained"] < 0.5


class Scenes:
    """All that one sensor saw, of late, in scenes or reports."""

    def __init__(self, sensor: Sensor, fixed: Fixed):
        self.sensor, self.fixed = sensor, fixed
        self.scenes: list[Scene] = []
        self.waiting = Plots.empty()
        self.on_land = self.on_fixed = self.without_place = self.looks = 0
        self._kind = ONCE.index(sensor.config.once)

    def push(self, plots: Plots) -> None:
        """Take plots in, in order of time; those without a place, on land or on a fixed object are counted."""
        places = np.stack(self.sensor.places(plots))
        placed = np.isfinite(places).all(axis=0)
        self.without_place += int((~placed).sum())
        plots, (lon, lat, x_m, y_m) = plots.take(placed), places[:, placed]
        land = self.sensor.areas.on_land(lon, lat)
        self.on_land += int(land.sum())
        held = ~land & self._held(plots, x_m, y_m)
        self.on_fixed += int(held.sum())
        self.waiting = Plots.concat([self.waiting, plots.take(~land & ~held)])

    def _held(self, plots: Plots, x_m, y_m) -> np.ndarray:
        """bool[n]: what may be a fixed object; people who report a craft know one from a platform."""
        if ONCE[self._kind] == "report" or not len(plots):
            return np.zeros(len(plots), bool)
        return self.fixed.hold(x_m, y_m, _sigma_m(self.sensor.noise(plots)))

    def tick(
        self, t_ms: int, where: Callable[[int], Reported], tracks: Tracks, numbers: Callable[[int], np.ndarray]
    ) -> None:
        """Weigh what is complete or may be explained by what was heard since.

        ``where``: where AIS targets were at a time; ``tracks`` of other sensors that no AIS explains, at ``t_ms``;
        ``numbers`` for new contacts.
        """
        self.scenes = [scene for scene in self.scenes if t_ms - scene.at_ms <= SHOWN_S * 1000]
        while len(self.waiting) and self.waiting.t_ms[0] + SCENE_S * 1000 <= t_ms:
            end = int(np.searchsorted(self.waiting.t_ms, self.waiting.t_ms[0] + SCENE_S * 1000))
            self.scenes.append(self._scene(self.waiting.take(slice(0, end)), t_ms, tracks))
            self.waiting = self.waiting.take(slice(end, None))
            self.looks += 1
        for scene in self.scenes:
            if scene.learn(where(scene.at_ms)):
                scene.solve(self.sensor.config.time_error_s, self._others_per_km2(scene.seen))
            new = scene.dark & (scene.seen["number"] == 0)
            scene.seen["number"][new] = numbers(int(new.sum()))

    def _scene(self, plots: Plots, t_ms: int, tracks: Tracks) -> Scene:
        """Plots that belong together, with the tracks as they were then."""
        at_ms, seen = int(plots.t_ms[0]), np.zeros(len(plots), SEEN)
        seen["t_ms"], seen["source"], seen["seq"], seen["slot"] = plots.t_ms, plots.source, plots.seq, TRACK
        _, _, seen["x_m"], seen["y_m"] = self.sensor.places(plots)
        course, speed_ms = np.radians(plots.cog_deg.astype(float)), plots.sog_kn.astype(float) * KN
        seen["vx"], seen["vy"] = speed_ms * np.sin(course), speed_ms * np.cos(course)
        seen["sigma_m"] = _sigma_m(self.sensor.noise(plots))
        told = [next((m for word, m in LABELLED_M.items() if label.startswith(word)), np.nan) for label in plots.label]
        seen["length_m"] = np.where(np.isnan(plots.length_m), told, plots.length_m)
        seen["exists"] = np.where(np.isnan(plots.probability), IS_VESSEL, plots.probability)
        ships, back_s = np.zeros(len(tracks), SHIP), (at_ms - t_ms) / 1000.0
        ships["slot"], ships["length_m"] = TRACK, np.nan
        ships["vx"], ships["vy"] = tracks.state[:, 2], tracks.state[:, 3]
        ships["x_m"], ships["y_m"] = (tracks.state[:, :2] + tracks.state[:, 2:] * back_s).T
        ships["sigma_m"] = np.sqrt((tracks.cov[:, 0, 0] + tracks.cov[:, 1, 1]) / 2)
        return Scene(at_ms, seen, ships)

    def _others_per_km2(self, seen: np.ndarray) -> float:
        if ONCE[self._kind] == "report":
            return REPORTED_PER_KM2
        return len(seen) / max(float(np.ptp(seen["x_m"]) * np.ptp(seen["y_m"])) * 1e-6, LEAST_KM2)

    def contacts(self, t_ms: int, since_ms: int) -> Contacts:
        """What is shown of it at a time. ``since_ms``: since when AIS has been heard."""
        parts = [scene.seen for scene in self.scenes]
        seen = np.concatenate(parts) if parts else np.zeros(0, SEEN)
        seen = seen[(seen["number"] > 0) & ((seen["explained"] < 0.5) | (seen["slot"] != TRACK))]
        n, age_s = len(seen), (t_ms - seen["t_ms"]) / 1000.0
        listened_s = age_s + np.clip((seen["t_ms"] - since_ms) / 1000.0, 0.0, OLDEST_S)
        unknown2 = np.where(np.isnan(seen["vx"]), DRIFT_MS, 0.5) ** 2
        known_s = self.sensor.config.time_error_s
        cov = np.zeros((n, 4, 4))
        cov[:, [0, 1], [0, 1]] = (seen["sigma_m"] ** 2 + unknown2 * (age_s**2 + known_s**2))[:, None]
        cov[:, [2, 3], [2, 3]] = unknown2[:, None]
        moved_x, moved_y = (np.nan_to_num(seen[v]) * age_s for v in ("vx", "vy"))
        lon, lat = self.sensor.plane.lonlat(seen["x_m"] + moved_x, seen["y_m"] + moved_y)
        rows = seen["source"], seen["seq"]
        return Contacts(
            seen["number"], lon, lat, seen["vx"], seen["vy"], cov, seen["exists"], p_dark(seen, listened_s),
            seen["slot"], seen["explained"], np.full(n, np.nan), seen["t_ms"], seen["t_ms"], np.ones(n), np.ones(n),
            *rows, *rows, seen["length_m"], np.full(n, self._kind, np.int8),
        )  # fmt: skip

    def health(self) -> dict:
        """How the sensor does: scenes so far, and detections that could not be used and why."""
        return {"looks": self.looks, "on_land": self.on_land, "on_fixed": self.on_fixed,
                "without_place": self.without_place}  # fmt: skip

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        arrays = {f"waiting/{name}": getattr(self.waiting, name) for name in Plots.DTYPES}
        arrays["counts"] = np.array([self.on_land, self.on_fixed, self.without_place, self.looks])
        arrays["at_ms"] = np.array([scene.at_ms for scene in self.scenes], np.int64)
        for i, scene in enumerate(self.scenes):
            arrays |= {f"seen/{i}": scene.seen, f"ships/{i}": scene.ships}
        return arrays

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.waiting = Plots(**{name: arrays[f"waiting/{name}"] for name in Plots.DTYPES})
        self.on_land, self.on_fixed, self.without_place, self.looks = arrays["counts"].tolist()
        self.scenes = [
            Scene(at_ms, arrays[f"seen/{i}"].copy(), arrays[f"ships/{i}"].copy())
            for i, at_ms in enumerate(arrays["at_ms"].tolist())
        ]


def _sigma_m(noise: np.ndarray) -> np.ndarray:
    return np.sqrt((noise[:, 0] + noise[:, 2]) / 2)


def p_dark(seen: np.ndarray, listened_s) -> np.ndarray:
    """float64[n]: that each detection (of SEEN) is a craft without AIS, as :mod:`surveil.fusion.dark` has it of a
    track; ``listened_s`` float64[n], how long its AIS would have been listened to."""
    without = np.where(seen["length_m"] > SHIP_LENGTH_M, SHIP_WITHOUT, SMALL_WITHOUT)
    unheard = NEVER_HEARD + (1.0 - NEVER_HEARD) * np.exp(-listened_s / UNHEARD_S)
    return seen["exists"] * (1.0 - seen["explained"]) * without / (without + (1.0 - without) * unheard)
