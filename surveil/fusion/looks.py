"""A sensor's plots cut into looks: the turns of an antenna, or the moments of a sensor that does not turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.fusion import bearings
from surveil.fusion.sensors import Sensor, ship_nats
from surveil.fusion.tracker import Scan, Tracks
from surveil.kernels.plots import clusters, merged
from surveil.schema import MISSING_TIME, Plots

NO_PLACE = "neither place nor bearing"
FATES = (bearings.USED, bearings.NO_TRACK, bearings.SEVERAL, NO_PLACE)
"""What can become of a plot without a place."""
PHASE_GAIN = 0.1
"""Weight of a turn in the estimate of when turns begin (assumed)."""
SHIP_SIGMA_M, BOAT_SIGMA_M = 30.0, 5.0
"""How far the centre of the echo wanders over a ship, a boat (assumed)."""


@dataclass(frozen=True)
class _Placed:
    """Plots on the plane, in order of time: what a scan is made of. ``turned`` is the share of a turn that the antenna
    had gone by its bearing, 0 where it has none."""

    t_ms: np.ndarray
    x_m: np.ndarray
    y_m: np.ndarray
    noise: np.ndarray
    snr_db: np.ndarray
    strength_db: np.ndarray
    ship_nats: np.ndarray
    source: np.ndarray
    seq: np.ndarray
    turned: np.ndarray

    def __len__(self) -> int:
        return len(self.t_ms)

    def columns(self) -> dict[str, np.ndarray]:
        return vars(self)

    def take(self, rows) -> _Placed:
        return _Placed(**{name: values[rows] for name, values in self.columns().items()})

    def join(self, other: _Placed) -> _Placed:
        pairs = zip(self.columns().items(), other.columns().values(), strict=True)
        return _Placed(**{name: np.concatenate([values, more]) for (name, values), more in pairs})


class Looks:
    """Plots of one sensor in, scans out, by event time alone.

    A turn begins when the antenna passes where least is seen, which the plots' times and bearings together tell, and
    which is followed from turn to turn, as no rotation is exact. A plot belongs to the turn of its time, as bearings
    scatter.
    """

    def __init__(self, sensor: Sensor):
        self.sensor = sensor
        self.waiting = self._placed(Plots.empty(), *np.empty((2, 0)))
        self.start_ms: float | None = None
        """When the last turn given out began."""
        self.on_land = 0
        self.out_of_reach = 0
        """Plots of a range below zero or beyond the sensor's: junk, whose looks would tell that nothing is there."""
        self.looks = 0
        self.last_ms = MISSING_TIME
        """When its last plot was."""
        self.pointed = np.empty((0, 4))
        """Bearings that wait for :meth:`point`: t_ms, bearing and its standard error in radians, ``ship_nats``."""
        self.fates = dict.fromkeys(FATES, 0)

    def push(self, plots: Plots) -> None:
        """Take plots in, in order of time."""
        if not len(plots):
            return
        self.last_ms = max(self.last_ms, int(plots.t_ms.max()))
        out = (plots.range_m < 0) | (plots.range_m > self.sensor.config.max_range_m)
        self.out_of_reach += int(out.sum())
        plots = plots.take(~out)
        places = np.stack(self.sensor.places(plots))
        placed = np.isfinite(places).all(axis=0)
        self._pointing(plots.take(~placed))
        plots, (lon, lat, x_m, y_m) = plots.take(placed), places[:, placed]
        land = self.sensor.areas.on_land(lon, lat)
        self.on_land += int(land.sum())
        self.waiting = self.waiting.join(self._placed(plots.take(~land), x_m[~land], y_m[~land]))

    def _pointing(self, plots: Plots) -> None:
        """Keep what has a bearing alone; count what has neither that nor a place."""
        plots, before = plots.take(np.isfinite(plots.bearing_deg)), len(plots)
        self.fates[NO_PLACE] += before - len(plots)
        lines = np.stack([plots.t_ms.astype(np.float64), *self.sensor.bearings(plots), ship_nats(plots)], axis=1)
        self.pointed = np.concatenate([self.pointed, lines])

    def point(self, tracks: Tracks, accel: float) -> None:
        """Give the bearings that wait to the tracks, in order of time."""
        sensor = self.sensor
        for t_ms, bearing_rad, sigma_rad, nats in self.pointed.tolist():
            told = int(t_ms), sensor.at, bearing_rad, sigma_rad, sensor.sight, accel
            fate = bearings.update(tracks, *told, ship_nats=nats)
            self.fates[fate] += 1
        self.pointed = self.pointed[:0]

    def health(self) -> dict:
        """How the sensor does: what it gave, what could not be used and why, and its biases with standard errors."""
        bias, sigma = self.sensor.registration.bias, self.sensor.registration.sigma
        steadiness = self.sensor.steadiness
        units = ("range_m", "bearing_deg", "time_s")
        return {
            "looks": self.looks,
            "last_ms": None if self.last_ms == MISSING_TIME else self.last_ms,
            "on_land": self.on_land,
            "out_of_reach": self.out_of_reach,
            "plots_a_look": dict(zip(("usual", "of_late"), np.round(steadiness.looks[1:], 1).tolist(), strict=True)),
            "degraded": steadiness.trust < 1.0,
            "without_place": dict(self.fates),
            "bias": {u: [round(float(b), 4), round(float(s), 4)] for u, b, s in zip(units, bias, sigma, strict=True)},
            "bias_alarm": self.sensor.registration.alarm,
        }

    def _placed(self, plots: Plots, x_m, y_m) -> _Placed:
        sensor = self.sensor
        turned = (np.nan_to_num(plots.bearing_deg.astype(np.float64)) - sensor.cut_deg) % 360.0 / 360.0
        return _Placed(
            plots.t_ms, x_m, y_m, sensor.noise(plots), plots.snr_db.astype(np.float64), sensor.strength_db(plots),
            ship_nats(plots), plots.source, plots.seq, turned,
        )  # fmt: skip

    def due(self, now_ms: int) -> list[Scan]:
        """The looks that ended before a time, in order."""
        waiting, turn_ms, found = self.waiting, self.sensor.config.rotation_s * 1000.0, []
        first = 0
        while first < len(waiting):
            t_ms = int(waiting.t_ms[first])
            if turn_ms:
                if self.start_ms is None:
                    self.start_ms = t_ms - turn_ms * float(waiting.turned[first])
                start = self.start_ms + (t_ms - self.start_ms) // turn_ms * turn_ms
                if start + turn_ms > now_ms:
                    break
                end = int(np.searchsorted(waiting.t_ms, start + turn_ms))
                own = slice(first, end)
                off = waiting.t_ms[own] - turn_ms * waiting.turned[own] - start
                self.start_ms = start + PHASE_GAIN * float(np.median((off + turn_ms / 2) % turn_ms - turn_ms / 2))
            else:
                end = int(np.searchsorted(waiting.t_ms, t_ms, "right"))
            found.append(self._scan(waiting.take(slice(first, end))))
            first = end
        self.waiting = waiting.take(slice(first, None))
        self.looks += len(found)
        return found

    def _scan(self, plots: _Placed) -> Scan:
        """Plots that hang together as one: at the middle of them, as strong as the strongest."""
        sensor, config, x_m, y_m = self.sensor, self.sensor.config, plots.x_m, plots.y_m
        ship = plots.strength_db > config.ship_strength_db
        reach_m = np.where(ship, config.merge_ship_m, config.merge_m)
        of, n = clusters(np.argsort(x_m, kind="stable"), x_m, y_m, reach_m)
        at_ms = int(plots.t_ms[-1])
        row, late_ms, mean_x, mean_y, noise, loudest, strongest = merged(
            of, n, plots.t_ms - at_ms, x_m, y_m, plots.noise, plots.snr_db, plots.strength_db,
            config.ship_strength_db, SHIP_SIGMA_M**2, BOAT_SIGMA_M**2,
        )  # fmt: skip
        if config.rotation_s:
            sensor.steadiness.step(n)
        t_ms = at_ms + np.rint(late_ms - 1000.0 * sensor.registration.bias[2]).astype(np.int64)
        return Scan(
            at_ms, t_ms, mean_x, mean_y, noise, loudest, strongest, plots.ship_nats[row], plots.source[row],
            plots.seq[row], sensor.sight, sensor.clutter, sensor.amplitudes, sensor.steadiness.trust,
        )  # fmt: skip

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        sensor = self.sensor
        arrays = {f"waiting/{name}": values for name, values in self.waiting.columns().items()}
        arrays["start_ms"] = np.array([np.nan if self.start_ms is None else self.start_ms])
        arrays |= {"looks": np.array([self.looks, self.last_ms]), "pointed": self.pointed}
        arrays["fates"] = np.array(list(self.fates.values()))
        arrays |= {"on_land": np.array([self.on_land, self.out_of_reach]), "amplitudes": sensor.amplitudes.counts}
        arrays |= {"clutter": sensor.clutter.counts, "scans": sensor.clutter.scans}
        arrays["steadiness"] = sensor.steadiness.looks.copy()
        return arrays | {f"registration/{name}": array for name, array in sensor.registration.state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.waiting = _Placed(**{name: arrays[f"waiting/{name}"] for name in self.waiting.columns()})
        start_ms = float(arrays["start_ms"][0])
        self.start_ms = None if np.isnan(start_ms) else start_ms
        self.on_land, self.out_of_reach = arrays["on_land"].tolist()
        self.looks, self.last_ms = arrays["looks"].tolist()
        self.pointed = arrays["pointed"]
        self.fates = dict(zip(FATES, arrays["fates"].tolist(), strict=True))
        self.sensor.amplitudes.counts[:] = arrays["amplitudes"]
        self.sensor.clutter.counts[:], self.sensor.clutter.scans[:] = arrays["clutter"], arrays["scans"]
        self.sensor.steadiness.looks[:] = arrays["steadiness"]
        found = {k.partition("/")[2]: v for k, v in arrays.items() if k.startswith("registration/")}
        self.sensor.registration.restore(found)
