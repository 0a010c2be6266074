"""Plots to pictures of tracks, by this tracker and by Stone Soup's, and figures of either by both projects' metrics."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

EPOCH = datetime(2026, 1, 1)
BREADTH_M = 5.0
"""How far from the middle of a boat, in these data, a camera points, standard error (assumed)."""

Picture = list[tuple[np.ndarray, np.ndarray]]
"""By scan, the numbers (from 1 on) and the states float64[n, 4] of the tracks shown: x, y m, vx, vy m/s."""


class Task(NamedTuple):
    """Scans at ``t_s`` float64[scans], and the plots of each, float64[m, 2], over a square; what a tracker is told."""

    t_s: np.ndarray
    plots: list[np.ndarray]
    west_m: float
    south_m: float
    side_m: float
    sigma_m: float
    pd: float
    accel: float
    speed_ms: float
    clutter: float
    targets: float = 100.0
    """Expected at the beginning; as many come within four hours."""

    def first(self, scans: int) -> Task:
        return self._replace(t_s=self.t_s[:scans], plots=self.plots[:scans])


class Kind(NamedTuple):
    """A further sensor: ``sigma`` of its plots by axis, m, or of its bearings, rad; how far it sees, m, and how many
    plots of clutter it gives a look, which bearings do not need."""

    sigma: float
    reach_m: float
    clutter: float = 0.0
    bearings: bool = False


class Look(NamedTuple):
    """What a further sensor, then at ``own`` (m), saw at ``t_s``: places float64[m, 2], or bearings float64[m], rad
    clockwise from the y axis."""

    t_s: float
    kind: Kind
    own: tuple[float, float]
    seen: np.ndarray


def ours(task: Task, others: Sequence[Look] = ()) -> Picture:
    """Tracks at the times of the task's scans; ``others``, in order of time, are taken in between."""
    from surveil.config import FusionConfig
    from surveil.fusion.clutter import Amplitudes
    from surveil.fusion.tracker import Tracker

    area_km2 = (task.side_m / 1000) ** 2
    there = {"first_per_km2": task.targets / area_km2, "births_per_km2_h": task.targets / area_km2 / 4}
    tracker = Tracker(FusionConfig(accel=task.accel, speed_sigma_ms=task.speed_ms, pd=task.pd, **there))
    learned, picture, at = (_clutter(task, task.clutter / area_km2), Amplitudes()), [], 0
    seas: dict[Kind, tuple] = {}
    for at_s, plots in zip(task.t_s, task.plots, strict=True):
        while at < len(others) and others[at].t_s <= at_s:
            _take_in(tracker, others[at], task, seas)
            at += 1
        tracker.push(_scan(at_s, plots, task.sigma_m, everywhere, learned))
        shown = tracker.tracks.shown
        picture.append((tracker.tracks.number[shown], tracker.tracks.state[shown]))
    return picture


def _clutter(task: Task, per_km2: float):
    from surveil.fusion.clutter import ClutterMap

    east_m, north_m = task.west_m + task.side_m, task.south_m + task.side_m
    return ClutterMap(task.west_m, task.south_m, east_m, north_m, cell_m=task.side_m / 20, per_km2=per_km2)


def _scan(at_s: float, plots: np.ndarray, sigma_m: float, sight: Callable, learned: tuple):
    from surveil.fusion.tracker import Scan

    at_ms, n = int(at_s * 1000), len(plots)
    noise = np.tile([sigma_m**2, 0.0, sigma_m**2], (n, 1))
    none, rows = np.full(n, np.nan), (np.zeros(n, np.int16), np.arange(n))
    return Scan(at_ms, np.full(n, at_ms), *plots.T.copy(), noise, none, none, np.zeros(n), *rows, sight, *learned)


def _take_in(tracker, look: Look, task: Task, seas: dict[Kind, tuple]) -> None:
    from surveil.fusion import bearings
    from surveil.fusion.clutter import Amplitudes

    kind, (east_m, north_m) = look.kind, look.own

    def sight(x_m, y_m):
        return (np.hypot(x_m - east_m, y_m - north_m) <= kind.reach_m).astype(float)

    if kind.bearings:
        for bearing in look.seen.tolist():
            told = int(look.t_s * 1000), look.own, bearing, kind.sigma, sight, task.accel, BREADTH_M
            bearings.update(tracker.tracks, *told)
        return
    if kind not in seas:
        seas[kind] = _clutter(task, kind.clutter / (np.pi * (kind.reach_m / 1000) ** 2)), Amplitudes()
    tracker.push(_scan(look.t_s, look.seen, kind.sigma, sight, seas[kind]))


def everywhere(x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
    """Nothing is hidden."""
    return np.ones(len(x_m))


def stone_soup(task: Task, jpda: bool = False, others: Sequence[Look] = ()) -> Picture:
    """The same by Stone Soup, with nearest neighbours out of a k-d tree or JPDA with hypothesis management."""
    tracker, numbers, picture = _stone_soup_tracker(task, jpda, others), {}, []
    wanted = {EPOCH + timedelta(seconds=at_s) for at_s in task.t_s.tolist()}
    for at, tracks in tracker:
        if at not in wanted:
            continue
        ordered = sorted(tracks, key=lambda track: track.id)
        number = [numbers.setdefault(track.id, len(numbers) + 1) for track in ordered]
        states = [np.asarray(track.state.mean, float).ravel()[[0, 2, 1, 3]] for track in ordered]
        picture.append((np.array(number, int), np.array(states).reshape(-1, 4)))
    return picture


def _stone_soup_tracker(task: Task, jpda: bool, others: Sequence[Look]):
    """Its usual parts. With further sensors a track lasts for as long without an update as it does for scans without
    them, and nearest neighbours are looked for one by one: a k-d tree holds no bearings."""
    from stonesoup.dataassociator.neighbour import NearestNeighbour
    from stonesoup.dataassociator.tree import DetectionKDTreeMixIn
    from stonesoup.deleter.time import UpdateTimeDeleter, UpdateTimeStepsDeleter
    from stonesoup.hypothesiser.distance import DistanceHypothesiser
    from stonesoup.hypothesiser.probability import PDAHypothesiser
    from stonesoup.initiator.simple import MultiMeasurementInitiator
    from stonesoup.measures import Mahalanobis
    from stonesoup.models.measurement.linear import LinearGaussian
    from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
    from stonesoup.predictor.kalman import KalmanPredictor
    from stonesoup.tracker.simple import MultiTargetMixtureTracker, MultiTargetTracker
    from stonesoup.types.state import GaussianState
    from stonesoup.updater.kalman import ExtendedKalmanUpdater, KalmanUpdater

    class InTree(DetectionKDTreeMixIn, NearestNeighbour):
        pass

    seen = LinearGaussian(4, (0, 2), np.eye(2) * task.sigma_m**2)
    predictor = KalmanPredictor(CombinedLinearGaussianTransitionModel([ConstantVelocity(task.accel)] * 2))
    updater = ExtendedKalmanUpdater(None) if others else KalmanUpdater(seen)
    by_distance = DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=4)

    def nearest() -> NearestNeighbour:
        if others:
            return NearestNeighbour(by_distance)
        return InTree(by_distance, predictor, updater, number_of_neighbours=3, max_distance=10 * task.sigma_m)

    def unseen_for(scans: int):
        step_s = float(np.median(np.diff(task.t_s)))
        return UpdateTimeDeleter(timedelta(seconds=scans * step_s)) if others else UpdateTimeStepsDeleter(scans)

    prior = GaussianState([0, 0, 0, 0], np.diag([0, task.speed_ms**2, 0, task.speed_ms**2]))
    initiator = MultiMeasurementInitiator(
        prior, unseen_for(1), nearest(), updater, None if others else seen, min_points=3,
        skip_non_reversible=bool(others),
    )  # fmt: skip
    detections, deleter = _detections(task, seen, others), unseen_for(3)
    if not jpda:
        return MultiTargetTracker(initiator, deleter, detections, nearest(), updater)
    from stonesoup.plugins.pyehm import JPDAWithEHM2

    by_probability = PDAHypothesiser(
        predictor, updater, clutter_spatial_density=task.clutter / task.side_m**2, prob_detect=task.pd, prob_gate=0.9997
    )
    return MultiTargetMixtureTracker(initiator, deleter, detections, JPDAWithEHM2(by_probability), updater)


def _detections(task: Task, model, others: Sequence[Look]) -> list:
    """(time, detections) of all looks, in order of time."""
    from stonesoup.types.detection import Detection

    looks = [(at_s, rows[:, :, None], model) for at_s, rows in zip(task.t_s.tolist(), task.plots, strict=True)]
    looks += [(look.t_s, *_as_stone_soup(look)) for look in others]
    scans = []
    for at_s, rows, of in sorted(looks, key=lambda look: look[0]):
        at = EPOCH + timedelta(seconds=at_s)
        scans.append((at, {Detection(row, timestamp=at, measurement_model=of) for row in rows}))
    return scans


def _as_stone_soup(look: Look) -> tuple[list, object]:
    """Its state vectors and their measurement model."""
    from stonesoup.models.measurement.linear import LinearGaussian
    from stonesoup.models.measurement.nonlinear import Cartesian2DToBearing
    from stonesoup.types.angle import Bearing
    from stonesoup.types.state import StateVector

    sigma, (east_m, north_m) = look.kind.sigma, look.own
    if not look.kind.bearings:
        return [row[:, None] for row in look.seen], LinearGaussian(4, (0, 2), np.eye(2) * sigma**2)
    at = StateVector([north_m, east_m])
    model = Cartesian2DToBearing(4, (2, 0), np.array([[sigma**2]]), translation_offset=at)
    return [StateVector([Bearing(bearing)]) for bearing in look.seen.tolist()], model


class Judgement(NamedTuple):
    """How a tracker's picture is compared: ``truth`` float64[scans, objects, 4]; whether Stone Soup's metrics too."""

    truth: np.ndarray
    cutoff_m: float
    near_m: float
    both: bool = False

    def of(self, task: Task, track: Callable[[Task], Picture]) -> dict:
        """Speed by processor time, GOSPA of order 2 and SIAP of a tracker's work."""
        from surveil.evaluate.metrics import associate, gospa, siap

        started = time.process_time()
        picture = track(task)
        seconds = time.process_time() - started
        truth, tracks = self.truth[: len(task.t_s)], on_grid(picture)
        distance = gospa(truth, tracks, cutoff_m=self.cutoff_m, order=2.0, switching_m=0.0).distance_m
        found = associate(truth, tracks, threshold_m=self.near_m, confirm=2)
        whole = siap(task.t_s, truth, tracks, found)
        return {
            "scans": len(task.t_s), "scans_per_s": len(task.t_s) / seconds, "gospa_m": float(distance.mean()),
            "completeness": whole.completeness, "spuriousness": whole.spuriousness, "ambiguity": whole.ambiguity,
            "position_m": whole.position_m, "switches": whole.switches,
            "false_tracks": tracks.shape[1] - len(np.unique(found.track)),
        } | (self._by_stone_soup(task.t_s, truth, tracks) if self.both else {})  # fmt: skip

    def _by_stone_soup(self, t_s: np.ndarray, truth: np.ndarray, tracks: np.ndarray) -> dict:
        from benchmarks.metrics import by_stone_soup, stone_soup_paths

        paths = stone_soup_paths(t_s, truth, tracks)
        found = by_stone_soup(*paths, cutoff_m=self.cutoff_m, order=2, switching_m=0, near_m=self.near_m)
        return {f"stonesoup_{name}": float(found[name]) for name in ("gospa_m", "completeness", "position_m")}


def on_grid(picture: Picture) -> np.ndarray:
    """float64[scans, numbers, 4], NaN where a track is not shown."""
    most = max((int(number.max()) for number, _ in picture if len(number)), default=0)
    tracks = np.full((len(picture), most, 4), np.nan)
    for k, (number, states) in enumerate(picture):
        tracks[k, number - 1] = states
    return tracks


def installed(name: str) -> bool:
    """Whether a peer is there; said if not."""
    there = importlib.util.find_spec(name) is not None
    if not there:
        print(f"{name} is not installed: left out")
    return there
