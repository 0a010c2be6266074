"""Sensors and AIS as one picture: plots to tracks, tracks to AIS, and how likely each track is a craft without AIS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surveil.areas import Areas
from surveil.config import FusionConfig, SensorConfig
from surveil.fusion import dark
from surveil.fusion.association import Association, Reported
from surveil.fusion.contacts import Contacts
from surveil.fusion.fixed import Fixed
from surveil.fusion.looks import Looks
from surveil.fusion.plane import Plane
from surveil.fusion.registration import HULL_M
from surveil.fusion.scenes import Scenes
from surveil.fusion.sensors import Sensor
from surveil.fusion.tracker import Claims, Tracker, Tracks
from surveil.kernels import registration
from surveil.kernels.tracks import KN
from surveil.schema import Plots
from surveil.tracks.learned import Learned

FRESH_M = 100.0
"""AIS places less certain than that teach a sensor nothing (assumed)."""
STRAIT = (1.4, 51.0)
"""The middle of the plane if no sensor says where it stands: that of the Dover Strait."""


class Picture:
    """All sensors of a configuration. ``sensors`` by name, in the order in which ``Plots.sensor`` counts them."""

    def __init__(self, sensors: dict[str, SensorConfig], areas: Areas, tracker: FusionConfig | None = None):
        places = [(s.lon, s.lat) for s in sensors.values() if (s.lon, s.lat) != (0.0, 0.0)] or [STRAIT]
        self.plane = Plane(*np.mean(places, axis=0).tolist())
        self.fixed = Fixed(areas, self.plane)
        self.looks, self.scenes = {}, {}
        for index, (name, config) in enumerate(sensors.items()):
            sensor = Sensor(name, config, self.plane, areas)
            if config.once:
                self.scenes[index] = Scenes(sensor, self.fixed)
            else:
                self.looks[index] = Looks(sensor)
        self.tracker = Tracker(tracker)
        self.association = Association()
        self._was: dict[int, int] = {}
        """The AIS slot that each track was last joined with, by number, as long as the slot is not heard elsewhere."""
        self._since_ms: int | None = None
        """Since when AIS has been heard."""

    def __bool__(self) -> bool:
        return bool(self.looks or self.scenes)

    def push(self, plots: Plots) -> None:
        """Take in the plots of a tick, in order of time; those of no known sensor are left out."""
        for index, looks in (self.looks | self.scenes).items():
            looks.push(plots.take(plots.sensor == index))

    def tick(self, t_ms: int, where: Callable[[int], Reported], learned: Learned | None = None) -> Contacts:
        """Everything as it stands at a time, after the looks that ended before it.

        ``where``: where AIS targets are at a time, on ``plane``; ``learned``: what is known of reception.
        """
        reported = where(t_ms)
        if self._since_ms is None and len(reported.slot):
            self._since_ms = t_ms
        claims = self._follow(t_ms)
        tracks = self.tracker.at(t_ms)
        tracks = tracks.take(np.flatnonzero(tracks.shown)[np.argsort(tracks.number[tracks.shown])])
        self.association.step(t_ms, tracks.number, tracks.state, tracks.cov, reported)
        slot, evidence = self.association.of(tracks.number)
        ships = _fresh(tracks.number, slot, reported)
        for index, claimed in claims:
            self._register(t_ms, self.looks[index].sensor, claimed, ships, reported)
        own = np.flatnonzero(~self.fixed.tick(tracks, self.tracker.tracks.number) | (slot >= 0))
        tracks, slot, evidence = tracks.take(own), slot[own], evidence[own]
        tracked = self._contacts(t_ms, tracks, slot, evidence, reported, learned)
        since_ms = t_ms if self._since_ms is None else self._since_ms
        for scenes in self.scenes.values():
            scenes.tick(t_ms, where, tracks.take(np.flatnonzero(slot < 0)), self.tracker.numbers)
        return Contacts.joined([tracked, *(scenes.contacts(t_ms, since_ms) for scenes in self.scenes.values())])

    def _follow(self, t_ms: int) -> list[tuple[int, Claims]]:
        """Take in the looks that ended before a time; the sensor of each and the plots that its tracks claim."""
        due = [(scan.at_ms, index, scan) for index, looks in self.looks.items() for scan in looks.due(t_ms)]
        due.sort(key=lambda item: item[:2])
        claims = [(index, self.tracker.push(scan)) for _, index, scan in due]
        for looks in self.looks.values():
            looks.point(self.tracker.tracks, self.tracker.config.accel)
        return claims

    def _contacts(self, t_ms: int, tracks: Tracks, slot, evidence, reported: Reported, learned) -> Contacts:
        """Tracks with the AIS slot of each, -1 for none, and what speaks for its best one."""
        lon, lat = self.plane.lonlat(*tracks.state[:, :2].T)
        silent = self._fell_silent(tracks.number, slot, reported)
        explained = dark.explained_by_best(evidence)
        explained = np.where(silent, np.maximum(explained, dark.KNOWN), explained)
        age_s = (t_ms - tracks.born_ms) / 1000.0
        missed = np.full(len(tracks), np.nan)
        if learned is not None:
            speed_kn = np.hypot(tracks.state[:, 2], tracks.state[:, 3]) / KN
            missed = learned.reception.unheard(lon, lat, speed_kn, t_ms, age_s)
        p_dark = dark.probability(tracks.exists, explained, age_s, tracks.strength_db, tracks.ship_nats, missed)
        return Contacts(
            tracks.number, lon, lat, tracks.state[:, 2], tracks.state[:, 3], tracks.cov, tracks.exists, p_dark, slot,
            explained, tracks.strength_db, tracks.born_ms, tracks.seen_ms, tracks.hits, tracks.looks, tracks.source,
            tracks.seq, tracks.first_source, tracks.first_seq, *Contacts.not_once(len(tracks)),
        )  # fmt: skip

    def _fell_silent(self, number: np.ndarray, slot: np.ndarray, reported: Reported) -> np.ndarray:
        """bool[n]: tracks that were an AIS target which has not been heard since they came apart from it.

        One that is not shown for a while, as behind a ship, is remembered for as long as the tracker keeps it.
        """
        heard = set(reported.slot[reported.sigma_m < FRESH_M].tolist())
        hidden = set(self.tracker.tracks.number.tolist()) - set(number.tolist())
        was = {track: before for track, before in self._was.items() if track in hidden}
        for track, joined in zip(number.tolist(), slot.tolist(), strict=True):
            before = self._was.get(track, -1)
            if joined >= 0:
                was[track] = joined
            elif before >= 0 and before not in heard:
                was[track] = before
        self._was = was
        return np.array(
            [joined < 0 and track in was for track, joined in zip(number.tolist(), slot.tolist(), strict=True)], bool
        )

    def _register(self, t_ms: int, sensor: Sensor, claims: Claims, ships, reported: Reported) -> None:
        """Let a sensor learn its biases from the plots of ships whose AIS is fresh: see :func:`_fresh`."""
        number, row = ships
        if not len(number) or not sensor.config.rotation_s:
            return
        at = np.minimum(np.searchsorted(number, claims.number), len(number) - 1)
        plot = np.flatnonzero(number[at] == claims.number)
        if not len(plot):
            return
        ship = row[at[plot]]
        back_s = (t_ms - claims.t_ms[plot]) / 1000.0
        places = np.empty((2, 3, len(plot)))
        for own, x_m, v_ms, seen in (
            (places[0], reported.x_m, reported.vx, claims.x_m), (places[1], reported.y_m, reported.vy, claims.y_m)
        ):  # fmt: skip
            v_ms = np.where(np.isnan(v_ms[ship]), 0.0, v_ms[ship])
            own[0] = x_m[ship] - v_ms * back_s
            own[1] = own[0] + v_ms
            own[2] = seen[plot]
        true_m, *off, away, clockwise = registration.offsets(*sensor.from_it(*places.reshape(2, -1)).reshape(2, 3, -1))
        rate, (bias_r, bias_b, bias_t) = np.stack([away, clockwise]), sensor.registration.bias
        off = np.stack([off[0] + bias_r, off[1] + bias_b]) - rate * bias_t
        sigma_m = np.hypot(HULL_M, reported.sigma_m[ship])
        across = np.degrees(np.hypot(sigma_m, np.sqrt(claims.noise[plot].max(axis=1))) / true_m)
        sigma = np.stack([np.hypot(sigma_m, sensor.config.range_error_m), across])
        sensor.registration.step(t_ms, off, rate, sigma, sensor.config.rotation_s)

    def health(self) -> dict[str, dict]:
        """How each sensor does, by name: see :meth:`surveil.fusion.looks.Looks.health`."""
        return {of.sensor.name: of.health() for _, of in sorted((self.looks | self.scenes).items())}

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        since = {"since|ms": np.array([-1 if self._since_ms is None else self._since_ms])}
        was = {"was|pairs": np.array(sorted(self._was.items()), np.int64).reshape(-1, 2)}
        parts = self._parts()
        return since | was | {f"{part}|{name}": a for part, of in parts.items() for name, a in of.state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken, with the same sensors."""
        since_ms = int(arrays["since|ms"][0])
        self._since_ms = None if since_ms < 0 else since_ms
        self._was = dict(arrays["was|pairs"].tolist())
        for part, of in self._parts().items():
            of.restore({k.partition("|")[2]: v for k, v in arrays.items() if k.startswith(f"{part}|")})

    def _parts(self) -> dict:
        """What has a state of its own, by name."""
        parts = {"tracker": self.tracker, "association": self.association, "fixed": self.fixed}
        return parts | {f"looks/{of.sensor.name}": of for of in (*self.looks.values(), *self.scenes.values())}


def _fresh(number: np.ndarray, slot: np.ndarray, reported: Reported) -> tuple[np.ndarray, np.ndarray]:
    """Tracks, by number, that are a ship whose AIS place is certain, and the row of each in ``reported``."""
    rows = np.flatnonzero(reported.sigma_m < FRESH_M)
    tracks = np.flatnonzero(np.isin(slot, reported.slot[rows]))
    return number[tracks], rows[np.searchsorted(reported.slot[rows], slot[tracks])]
