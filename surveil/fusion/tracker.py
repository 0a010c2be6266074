"""Plots to tracks: each target carries the probability that it exists, not a counter of hits.

See :mod:`surveil.kernels.jipda` for the filter and its papers. Here are its decisions: how dense clutter is, how well
a track is seen, when a plot begins a track, when a track is shown, taken to double another, or given up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from surveil.config import FusionConfig
from surveil.fusion.clutter import Amplitudes, ClutterMap
from surveil.kernels import jipda

GATE2 = 16.0
"""Squared Mahalanobis gate: holds all but 0.03 percent of the plots of a target, exp(-16/2) (Rayleigh)."""
LEAST_EXISTS = 1e-6
"""Tracks less likely than that are given up, or not begun (assumed). It must lie below what one plot says where clutter
is dense: births over clutter, some 1e-5 at one plot of clutter a square kilometre and scan. At 1e-4 a boat that a radar
saw in every look off a beach began no track for 40 min."""
DOUBLE_D2, DOUBLE_M = 0.5, 150.0
"""Tracks nearer than that, in variances of their difference and in metres, are one (assumed)."""
SHIP_M, SHIP_SIGMAS, SHIP_MS = 250.0, 3.0, 1.0
"""What is plotted within half the longest hull and her wake, and so many standard errors, of a ship's track is her own;
a track so near that keeps her velocity within 1 m/s is her second (all assumed)."""
LOST_S, GONE_S = 120.0, 900.0
"""A track not seen for so long is not shown, or given up, whatever its existence: it may have left (assumed)."""
PD_LOOKS = 4.0
"""Weight of the detection probability expected, in looks, against what a track's own looks show (assumed)."""
PD_MEMORY = 30.0
"""Looks over which that is learned (assumed)."""
PD_RANGE = 0.2, 0.9
"""However seldom or often a track was seen (assumed): below, it could live on nothing; above, the shadow of a passing
ship would end it."""
STRENGTH_GAIN = 0.2
"""Weight of a new plot in a track's smoothed strength (assumed)."""


SHIP_STRENGTH_DB = 38.0
"""Tracks stronger than that are ships, and have whatever is plotted about them: 10 dB above an 8 m boat (assumed)."""
MOST_NATS = 6.0
"""Bound of what labels say of a track's kind (assumed: 400 to 1; they err alike from look to look)."""
_PLOT_COLUMNS = ("t_ms", "x_m", "y_m", "noise", "snr_db", "strength_db", "ship_nats", "source", "seq")


@dataclass(frozen=True)
class Scan:
    """What a sensor saw in one look, on the tracker's plane.

    ``t_ms`` (int64[m]) and ``x_m``, ``y_m`` (float64[m]) of each plot, with its covariance ``noise`` (float64[m, 3]:
    xx, xy, yy, m2), its ``snr_db`` and, of what size that speaks, its ``strength_db`` (float64[m], NaN if not known);
    ``ship_nats`` (float64[m]) what its label says of its kind, 0 for nothing; ``source`` and ``seq`` lead to its input
    row; ``at_ms`` is when the look ended; ``sight(x_m, y_m)`` says whether a
    target there could be seen, 0 to 1; ``clutter`` and ``amplitudes`` are the sensor's; ``trust`` is the
    weight of its looks, less than 1 of one that is not well.
    """

    at_ms: int
    t_ms: np.ndarray
    x_m: np.ndarray
    y_m: np.ndarray
    noise: np.ndarray
    snr_db: np.ndarray
    strength_db: np.ndarray
    ship_nats: np.ndarray
    source: np.ndarray
    seq: np.ndarray
    sight: Callable[[np.ndarray, np.ndarray], np.ndarray]
    clutter: ClutterMap
    amplitudes: Amplitudes
    trust: float = 1.0

    def in_order(self) -> Scan:
        """Sorted by x, as the kernels want it."""
        order = np.argsort(self.x_m, kind="stable")
        x_m = self.x_m[order]
        if (x_m[1:] == x_m[:-1]).any():
            order = np.lexsort((self.t_ms, self.y_m, self.x_m))
        columns = (getattr(self, name)[order] for name in _PLOT_COLUMNS)
        return Scan(self.at_ms, *columns, self.sight, self.clutter, self.amplitudes, self.trust)

    @property
    def dt_s(self) -> np.ndarray:
        return (self.t_ms - self.at_ms) / 1000.0


class Claims(NamedTuple):
    """Plots that more likely than not belong to a track: its number (0: not shown yet), and the plot."""

    number: np.ndarray
    t_ms: np.ndarray
    x_m: np.ndarray
    y_m: np.ndarray
    noise: np.ndarray


_COLUMNS = {
    "number": "i8", "t_ms": "i8", "born_ms": "i8", "seen_ms": "i8", "exists": "f8", "shown": "?", "hits": "f8",
    "looks": "f8", "strength_db": "f8", "ship_nats": "f8", "source": "i2", "seq": "i8", "first_source": "i2",
    "first_seq": "i8",
}  # fmt: skip
_SHAPES = {"state": (4,), "cov": (4, 4)}


@dataclass
class Tracks:
    """One row a track, in the order of their birth. ``number`` is 0 until a track is first shown.

    ``state`` float64[n, 4] (m, m/s) and ``cov`` float64[n, 4, 4] at ``t_ms``; ``exists`` probability; ``seen_ms`` the
    last time that it more likely had a plot than not; ``hits`` of ``looks`` of late; ``strength_db`` smoothed;
    ``ship_nats`` what labels said of its kind, in all;
    ``source`` and ``seq`` of the input row of its last plot, ``first_source`` and ``first_seq`` of its first.
    """

    number: np.ndarray
    t_ms: np.ndarray
    born_ms: np.ndarray
    seen_ms: np.ndarray
    exists: np.ndarray
    shown: np.ndarray
    hits: np.ndarray
    looks: np.ndarray
    strength_db: np.ndarray
    ship_nats: np.ndarray
    source: np.ndarray
    seq: np.ndarray
    first_source: np.ndarray
    first_seq: np.ndarray
    state: np.ndarray = field(default_factory=lambda: np.empty((0, 4)))
    cov: np.ndarray = field(default_factory=lambda: np.empty((0, 4, 4)))

    @classmethod
    def none(cls) -> Tracks:
        return cls(*(np.empty(0, dtype) for dtype in _COLUMNS.values()))

    def __len__(self) -> int:
        return len(self.t_ms)

    def take(self, rows) -> Tracks:
        return Tracks(*(getattr(self, name)[rows] for name in (*_COLUMNS, *_SHAPES)))

    def join(self, other: Tracks) -> Tracks:
        pairs = ((getattr(self, name), getattr(other, name)) for name in (*_COLUMNS, *_SHAPES))
        return Tracks(*(np.concatenate(pair) for pair in pairs))


class Tracker:
    """Tracks of whatever gives plots, from any number of sensors whose scans come in order of time."""

    def __init__(self, config: FusionConfig | None = None):
        self.config = config or FusionConfig()
        self.tracks = Tracks.none()
        self._now_ms: int | None = None
        self._numbers = 0
        self._waiting_per_km2 = self.config.first_per_km2
        """Targets that have given no plot yet."""

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        arrays = {name: getattr(self.tracks, name) for name in (*_COLUMNS, *_SHAPES)}
        now_ms = -1 if self._now_ms is None else self._now_ms
        return {**arrays, "now": np.array([now_ms, self._numbers]), "waiting": np.array([self._waiting_per_km2])}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.tracks = Tracks(*(arrays[name].copy() for name in (*_COLUMNS, *_SHAPES)))
        now_ms, self._numbers = arrays["now"].tolist()
        self._now_ms = None if now_ms < 0 else now_ms
        self._waiting_per_km2 = float(arrays["waiting"][0])

    def numbers(self, n: int) -> np.ndarray:
        """int64[n]: the next numbers, which nothing has borne before."""
        self._numbers += n
        return self._numbers - n + 1 + np.arange(n)

    def push(self, scan: Scan) -> Claims:
        """Take a scan in. Scans come in ascending order of ``at_ms``."""
        scan = scan.in_order()
        new_per_km2 = self._expect(scan.at_ms)
        clutter_per_km2 = scan.clutter.density(scan.x_m, scan.y_m) / scan.amplitudes.odds(scan.snr_db)
        unclaimed, claims = self._associate(scan, clutter_per_km2 + new_per_km2)
        self._tidy()
        new = unclaimed * new_per_km2 / (new_per_km2 + clutter_per_km2)
        self._begin(scan, new)
        scan.clutter.learn(scan.x_m, scan.y_m, unclaimed - new)
        scan.amplitudes.learn(scan.snr_db, unclaimed - new)
        return claims

    def at(self, t_ms: int) -> Tracks:
        """The tracks as they will be at a time, without changing any; what no sensor has seen of late is not shown."""
        ahead = self.tracks.take(np.arange(len(self.tracks)))
        accel = np.full(len(ahead), self.config.accel)
        jipda.predict(ahead.state, ahead.cov, ahead.exists, ahead.t_ms, t_ms, accel, self.config.life_s)
        ahead.shown &= t_ms - ahead.seen_ms <= LOST_S * 1000
        return ahead

    def _expect(self, at_ms: int) -> float:
        """Bring everything to a time; plots per square kilometre to be expected of targets not seen before."""
        config, tracks = self.config, self.tracks
        dt_s = 0.0 if self._now_ms is None else (at_ms - self._now_ms) / 1000.0
        self._now_ms = at_ms
        accel = np.full(len(tracks), config.accel)
        jipda.predict(tracks.state, tracks.cov, tracks.exists, tracks.t_ms, at_ms, accel, config.life_s)
        waiting = self._waiting_per_km2 * np.exp(-dt_s / config.life_s) + config.births_per_km2_h * dt_s / 3600.0
        self._waiting_per_km2 = waiting * (1.0 - config.pd)
        return waiting * config.pd

    def _associate(self, scan: Scan, density_per_km2: np.ndarray) -> tuple[np.ndarray, Claims]:
        """Update the tracks; the probability that each plot comes from none of them, and whose the others are."""
        tracks, seen = self.tracks, (scan.x_m, scan.y_m, scan.noise, scan.dt_s)
        sight = scan.sight(*tracks.state[:, :2].T) * scan.trust
        first, plot, likelihood = jipda.gate(tracks.state, tracks.cov, *seen, GATE2)
        weight, missed, unseen = jipda.weigh(
            first, plot, likelihood, density_per_km2 * 1e-6, tracks.exists, tracks.hits, tracks.looks, sight,
            self.config.pd, PD_LOOKS, *PD_RANGE,
        )  # fmt: skip
        pair, alone, unclaimed = jipda.marginals(first, plot, weight, missed, len(scan.x_m))
        jipda.update(tracks.state, tracks.cov, tracks.exists, first, plot, pair, alone, unseen, *seen)
        had = jipda.remember(
            first, plot, pair, sight, tracks.hits, tracks.looks, tracks.seen_ms, scan.at_ms, tracks.strength_db,
            scan.strength_db, PD_MEMORY, STRENGTH_GAIN,
        )  # fmt: skip
        row = np.flatnonzero(had >= 0)
        plot = had[row]
        if scan.ship_nats.any():
            tracks.ship_nats[row] = np.clip(tracks.ship_nats[row] + scan.ship_nats[plot], -MOST_NATS, MOST_NATS)
        tracks.source[row], tracks.seq[row] = scan.source[plot], scan.seq[plot]
        return unclaimed, Claims(tracks.number[row], scan.t_ms[plot], scan.x_m[plot], scan.y_m[plot], scan.noise[plot])

    def _tidy(self) -> None:
        """Show, hide, give up."""
        tracks, config = self.tracks, self.config
        order, strong = np.argsort(tracks.state[:, 0], kind="stable"), tracks.strength_db > SHIP_STRENGTH_DB
        keep, newly = jipda.tidy(
            tracks.state, tracks.cov, tracks.exists, tracks.t_ms - tracks.seen_ms, tracks.number, self._numbers + 1,
            tracks.shown, strong, order, config.show, config.hide, LOST_S * 1000, GONE_S * 1000, LEAST_EXISTS,
            DOUBLE_D2, DOUBLE_M, SHIP_M, SHIP_MS,
        )  # fmt: skip
        self._numbers += newly
        self.tracks = tracks if keep.all() else tracks.take(np.flatnonzero(keep))

    def _begin(self, scan: Scan, exists: np.ndarray) -> None:
        """Begin a track at each plot that may be of a target not seen before."""
        tracks = self.tracks
        row, state, cov = jipda.begin(
            scan.x_m, scan.y_m, scan.noise, scan.dt_s, exists, LEAST_EXISTS, tracks.state,
            tracks.shown & (tracks.strength_db > SHIP_STRENGTH_DB), SHIP_M, SHIP_SIGMAS, self.config.speed_sigma_ms**2,
        )  # fmt: skip
        n = len(row)
        if not n:
            return
        at = np.full(n, scan.at_ms, np.int64)
        begun = Tracks(
            np.zeros(n, np.int64), at, at.copy(), at.copy(), exists[row], np.zeros(n, bool), np.zeros(n), np.zeros(n),
            scan.strength_db[row], scan.ship_nats[row], *(2 * (scan.source[row], scan.seq[row])), state, cov,
        )  # fmt: skip
        self.tracks = tracks.join(begun)
