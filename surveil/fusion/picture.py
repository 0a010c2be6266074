"""Sensors and AIS as one picture: plots to tracks, tracks to AIS, and how likely each track is a craft without AIS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.areas import Areas
from surveil.config import FusionConfig, SensorConfig
from surveil.fusion import dark
from surveil.fusion.association import Association, Reported
from surveil.fusion.looks import Looks
from surveil.fusion.plane import Plane
from surveil.fusion.registration import HULL_M
from surveil.fusion.sensors import Sensor
from surveil.fusion.tracker import Claims, Tracker
from surveil.kernels.tracks import KN
from surveil.schema import CLASS_CONTACT, Plots, Positions
from surveil.tracks.learned import Learned

FRESH_M = 100.0
"""AIS places less certain than that teach a sensor nothing (assumed)."""


@dataclass(frozen=True)
class Contacts:
    """Tracks shown at a tick, as equal-length arrays in the order of their numbers.

    ``lon``, ``lat`` deg; ``vx``, ``vy`` m/s east and north; ``cov`` float64[n, 4, 4] of place and velocity (m, m/s);
    ``exists``, ``p_dark`` probabilities; ``slot`` the AIS target it is, -1 for none; ``explained`` how likely the best
    AIS target is it; ``strength_db`` of its echo at 10 km, NaN if not known; ``born_ms``, ``seen_ms``; the input rows
    of its first and last plot; ``hits`` of ``looks`` of late.
    """

    number: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    vx: np.ndarray
    vy: np.ndarray
    cov: np.ndarray
    exists: np.ndarray
    p_dark: np.ndarray
    slot: np.ndarray
    explained: np.ndarray
    strength_db: np.ndarray
    born_ms: np.ndarray
    seen_ms: np.ndarray
    hits: np.ndarray
    looks: np.ndarray
    source: np.ndarray
    seq: np.ndarray
    first_source: np.ndarray
    first_seq: np.ndarray

    def __len__(self) -> int:
        return len(self.number)

    def unexplained(self, t_ms: int) -> Positions:
        """Those that no AIS target explains, as rows for the track table."""
        own = self.slot < 0
        speed_ms = np.hypot(self.vx[own], self.vy[own])
        return Positions.build(
            t_ms=np.full(own.sum(), t_ms), mmsi=-self.number[own], ais_class=np.full(own.sum(), CLASS_CONTACT),
            lon=self.lon[own], lat=self.lat[own], sog_kn=speed_ms / KN,
            cog_deg=np.degrees(np.arctan2(self.vx[own], self.vy[own])) % 360.0, source=self.source[own],
            seq=self.seq[own],
        )  # fmt: skip


class Picture:
    """All sensors of a configuration. ``sensors`` by name, in the order in which ``Plots.sensor`` counts them."""

    def __init__(self, sensors: dict[str, SensorConfig], areas: Areas, tracker: FusionConfig | None = None):
        places = [(s.lon, s.lat) for s in sensors.values()] or [(0.0, 0.0)]
        self.plane = Plane(*np.mean(places, axis=0).tolist())
        self.looks = [Looks(Sensor(name, config, self.plane, areas)) for name, config in sensors.items()]
        self.tracker = Tracker(tracker)
        self.association = Association()
        self._was: dict[int, int] = {}
        """The AIS slot that each track was last joined with, by number, as long as the slot is not heard elsewhere."""

    def __bool__(self) -> bool:
        return bool(self.looks)

    def push(self, plots: Plots) -> None:
        """Take in the plots of a tick, in order of time; those of no known sensor are left out."""
        for index, looks in enumerate(self.looks):
            looks.push(plots.take(plots.sensor == index))

    def tick(self, t_ms: int, reported: Reported, learned: Learned | None = None) -> Contacts:
        """Everything as it stands at a time, after the looks that ended before it.

        ``reported``: where AIS targets are at that time, on ``plane``; ``learned``: what is known of reception.
        """
        due = [(scan.at_ms, index, scan) for index, looks in enumerate(self.looks) for scan in looks.due(t_ms)]
        due.sort(key=lambda item: item[:2])
        claims = [(index, self.tracker.push(scan)) for _, index, scan in due]
        for looks in self.looks:
            looks.point(self.tracker.tracks, self.tracker.config.accel)
        tracks = self.tracker.at(t_ms)
        tracks = tracks.take(np.flatnonzero(tracks.shown)[np.argsort(tracks.number[tracks.shown])])
        self.association.step(t_ms, tracks.number, tracks.state, tracks.cov, reported)
        slot, evidence = self.association.of(tracks.number)
        for index, claimed in claims:
            self._register(t_ms, self.looks[index].sensor, claimed, tracks.number, slot, reported)
        lon, lat = self.plane.lonlat(*tracks.state[:, :2].T)
        silent = self._fell_silent(tracks.number, slot, reported)
        explained = np.where(
            silent, np.maximum(dark.explained_by_best(evidence), dark.KNOWN), dark.explained_by_best(evidence)
        )
        age_s = (t_ms - tracks.born_ms) / 1000.0
        missed = np.full(len(tracks), np.nan)
        if learned is not None:
            speed_kn = np.hypot(tracks.state[:, 2], tracks.state[:, 3]) / KN
            missed = learned.reception.unheard(lon, lat, speed_kn, t_ms, age_s)
        p_dark = dark.probability(tracks.exists, explained, age_s, tracks.strength_db, missed)
        return Contacts(
            tracks.number, lon, lat, tracks.state[:, 2], tracks.state[:, 3], tracks.cov, tracks.exists, p_dark, slot,
            explained, tracks.strength_db, tracks.born_ms, tracks.seen_ms, tracks.hits,
            tracks.looks, tracks.source,
            tracks.seq, tracks.first_source, tracks.first_seq,
        )  # fmt: skip

    def _fell_silent(self, number: np.ndarray, slot: np.ndarray, reported: Reported) -> np.ndarray:
        """bool[n]: tracks that were an AIS target which has not been heard since they came apart from it."""
        heard = set(reported.slot[reported.sigma_m < FRESH_M].tolist())
        was = {}
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

    def _register(self, t_ms: int, sensor: Sensor, claims: Claims, number, slot, reported: Reported) -> None:
        """Let a sensor learn its biases from the plots of ships whose AIS is fresh."""
        slot_of = dict(zip(number[slot >= 0].tolist(), slot[slot >= 0].tolist(), strict=True))
        row_of = {s: i for i, s in enumerate(reported.slot.tolist()) if reported.sigma_m[i] < FRESH_M}
        pairs = [(i, row_of.get(slot_of.get(n))) for i, n in enumerate(claims.number.tolist())]
        pairs = np.array([(i, row) for i, row in pairs if row is not None], np.int64).reshape(-1, 2)
        if not len(pairs) or not sensor.config.rotation_s:
            return
        plot, ship = pairs.T
        back_s = (t_ms - claims.t_ms[plot]) / 1000.0
        vx, vy = np.nan_to_num(reported.vx[ship]), np.nan_to_num(reported.vy[ship])
        true = sensor.polar(reported.x_m[ship] - vx * back_s, reported.y_m[ship] - vy * back_s)
        later = sensor.polar(reported.x_m[ship] + vx * (1 - back_s), reported.y_m[ship] + vy * (1 - back_s))
        seen = sensor.polar(claims.x_m[plot], claims.y_m[plot])
        rates = later[0] - true[0], _turned_deg(later[1], true[1])
        bias_r, bias_b, bias_t = sensor.registration.bias
        sigma_m = np.hypot(HULL_M, reported.sigma_m[ship])
        across = np.degrees(np.hypot(sigma_m, np.sqrt(claims.noise[plot].max(axis=1))) / true[0])
        sensor.registration.step(
            t_ms, seen[0] - true[0] + bias_r - rates[0] * bias_t,
            _turned_deg(seen[1], true[1]) + bias_b - rates[1] * bias_t, *rates,
            np.hypot(sigma_m, sensor.config.range_error_m), across, sensor.config.rotation_s,
        )  # fmt: skip

    def health(self) -> dict[str, dict]:
        """How each sensor does, by name: see :meth:`surveil.fusion.looks.Looks.health`."""
        return {looks.sensor.name: looks.health() for looks in self.looks}

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        parts = {"tracker": self.tracker, "association": self.association}
        parts |= {f"looks/{looks.sensor.name}": looks for looks in self.looks}
        was = {"was|pairs": np.array(sorted(self._was.items()), np.int64).reshape(-1, 2)}
        return was | {f"{part}|{name}": array for part, of in parts.items() for name, array in of.state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken, with the same sensors."""
        self._was = dict(arrays["was|pairs"].tolist())
        parts = {"tracker": self.tracker, "association": self.association}
        parts |= {f"looks/{looks.sensor.name}": looks for looks in self.looks}
        for part, of in parts.items():
            of.restore({k.partition("|")[2]: v for k, v in arrays.items() if k.startswith(f"{part}|")})


def _turned_deg(a, b):
    """How far one bearing lies clockwise of another, -180 to 180."""
    return (a - b + 180.0) % 360.0 - 180.0
