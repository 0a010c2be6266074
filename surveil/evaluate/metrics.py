"""How good a picture is: OSPA, GOSPA and SIAP of tracks against truth, on one grid of time.

Truth is float64[T, J, 4] and tracks float64[T, N, 4]: x, y in metres east and north of any point, vx, vy in m/s, NaN
where an object is not there. All agree with Stone Soup's on the same input (`tests/evaluate/test_metrics.py`), with
one exception that is on purpose: for an order above 1 Stone Soup's OSPA pairs by distance, not by its power as the
definition has it, and can come out larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.kernels import metrics as kernel


@dataclass(frozen=True)
class Gospa:
    """GOSPA (alpha = 2) at each time, float64[T]. The middle three are to the power of the order."""

    distance_m: np.ndarray
    localisation: np.ndarray
    missed: np.ndarray
    false: np.ndarray
    switching_m: np.ndarray


@dataclass(frozen=True)
class Associations:
    """Which track followed which object, and when: int64[k] each; ``start`` and ``end`` index the grid, both inside."""

    track: np.ndarray
    truth: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def __iter__(self):
        columns = (self.track, self.truth, self.start, self.end)
        return zip(*(column.tolist() for column in columns), strict=True)


@dataclass(frozen=True)
class Siap:
    """Single Integrated Air Picture attributes (Votruba et al. 2001), over the whole time.

    completeness, spuriousness, longest_segment : shares; ambiguity : tracks per tracked object; position_m,
    velocity_ms : mean error of associated tracks; changes_per_s : rate of track number changes; switches :
    how often an object changed its track, the numerator of that rate.
    """

    completeness: float
    ambiguity: float
    spuriousness: float
    position_m: float
    velocity_ms: float
    changes_per_s: float
    longest_segment: float
    switches: int


def ospa(truth, tracks, *, cutoff_m: float, order: float = 1.0) -> np.ndarray:
    """OSPA distance in metres at each time, float64[T]: Schuhmacher, Vo and Vo 2008."""
    _check(truth, tracks)
    return kernel.ospa(truth, tracks, float(cutoff_m), float(order))


def gospa(truth, tracks, *, cutoff_m: float, order: float = 2.0, switching_m: float = 0.0) -> Gospa:
    """GOSPA at each time, in parts: Rahmathullah, García-Fernández and Svensson 2017."""
    _check(truth, tracks)
    return Gospa(*kernel.gospa(truth, tracks, float(cutoff_m), float(order), float(switching_m)).T)


def associate(truth, tracks, *, threshold_m: float, confirm: int = 3, misses: int = 2) -> Associations:
    """Give each track the object it follows: the nearest within ``threshold_m`` at ``confirm`` times in a row, until
    it is not for ``misses`` times in a row. An object may have several tracks, a track one object at a time.

    The rules of Stone Soup's `TrackToTruth`, whose SIAP is counted on them.
    """
    _check(truth, tracks)
    nearest = kernel.nearest_truth(truth, tracks, float(threshold_m))
    found = []
    for track in range(tracks.shape[1]):
        times = np.flatnonzero(nearest[:, track] != kernel.NO_TRACK)
        found += [(track, *spell) for spell in _spells(times.tolist(), nearest[times, track].tolist(), confirm, misses)]
    return Associations(*np.array(found, np.int64).reshape(-1, 4).T)


def _spells(times: list[int], nearest: list[int], confirm: int, misses: int):
    """(object, start, end) of each association of one track."""
    current = start = end = None
    candidate, since, in_a_row, missed = kernel.NO_OBJECT, None, 0, 0
    for time, near in zip(times, nearest, strict=True):
        if near == current:
            missed, end, candidate, in_a_row = 0, time, kernel.NO_OBJECT, 0
            continue
        candidate, since, in_a_row = (near, since, in_a_row + 1) if near == candidate >= 0 else (near, time, 1)
        missed += current is not None
        if current is not None and missed < misses:
            continue
        if current is not None:
            yield current, start, end
            current = None
        missed = 0
        if near >= 0 and in_a_row >= confirm:
            current, start, end = near, since, time
            candidate, in_a_row = kernel.NO_OBJECT, 0
    if current is not None:
        yield current, start, end


def siap(t_s, truth, tracks, associations: Associations) -> Siap:
    """SIAP attributes over the whole time, by the formulas that Stone Soup's `SIAPMetrics` documents.

    Parameters
    ----------
    t_s : float64[T], seconds
    truth : float64[T, J, 4]; tracks : float64[T, N, 4]
    associations : see :func:`associate`
    """
    _check(truth, tracks)
    tracked = np.zeros(truth.shape[:2], bool)
    following = np.zeros(tracks.shape[:2], bool)
    position_m = velocity_ms = 0.0
    spans: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(truth.shape[1])]
    for track, obj, start, end in associations:
        spans[obj].setdefault(track, []).append((start, end))
        span = slice(start, end + 1)
        tracked[span, obj] = following[span, track] = True
        error = np.nan_to_num(tracks[span, track] - truth[span, obj])
        position_m += np.hypot(error[:, 0], error[:, 1]).sum()
        velocity_ms += np.hypot(error[:, 2], error[:, 3]).sum()
    objects, heard = ~np.isnan(truth[..., 0]), ~np.isnan(tracks[..., 0])
    continuity = [_continuity(np.flatnonzero(there), t_s, held) for there, held in zip(objects.T, spans, strict=True)]
    needed, tracked_s, longest_s, life_s = np.array(continuity).reshape(-1, 4).T
    switches = int((needed[needed > 0] - 1).sum())
    return Siap(
        completeness=_share(tracked.sum(), objects.sum()),
        ambiguity=_share(following.sum(), tracked.sum(), 1.0),
        spuriousness=_share(heard.sum() - following.sum(), heard.sum()),
        position_m=_share(position_m, following.sum()),
        velocity_ms=_share(velocity_ms, following.sum()),
        changes_per_s=_share(switches, tracked_s.sum()),
        longest_segment=_share(longest_s.sum(), life_s.sum()),
        switches=switches,
    )


def _share(part, whole, otherwise: float = 0.0) -> float:
    return float(part / whole) if whole else otherwise


def _continuity(there, t_s, spans: dict[int, list[tuple[int, int]]]) -> tuple[int, float, float, float]:
    """Of one object: the fewest tracks that cover its tracked time, that time, the longest by one track, its life.

    ``there`` int64[k], when it is there; ``spans``: when each track followed it.
    """
    longest_s = max((sum(t_s[b] - t_s[a] for a, b in held) for held in spans.values()), default=0.0)
    covered = np.zeros(max(len(t_s) - 1, 0), bool)
    for held in spans.values():
        for start, end in held:
            covered[start:end] = True
    inside = np.zeros_like(covered)
    if there.size:
        inside[there[0] : there[-1]] = True
    tracked_s = float(np.diff(t_s)[covered & inside].sum())
    life_s = float(t_s[there[-1]] - t_s[there[0]]) if there.size else 0.0
    return _fewest(spans, there.tolist()), tracked_s, float(longest_s), life_s


def _fewest(spans: dict[int, list[tuple[int, int]]], there: list[int]) -> int:
    """How many tracks it takes, going on with the one that lasts longest each time one ends."""
    by_end = sorted(spans.values(), key=lambda held: held[-1][1], reverse=True)
    needed, after = 0, -1
    for time in there:
        if time <= after:
            continue
        end = next((end for held in by_end for start, end in held if start <= time <= end), None)
        if end is not None:
            needed, after = needed + 1, end
    return needed


def _check(truth, tracks) -> None:
    if truth.ndim != 3 or tracks.ndim != 3 or len(truth) != len(tracks) or {truth.shape[2], tracks.shape[2]} != {4}:
        raise ValueError(f"truth {truth.shape} and tracks {tracks.shape} are not [T, J, 4] and [T, N, 4] on one grid")
