"""Ships keep clear of each other, in the large: who gives way under COLREG bends her track.

Once all tracks are known, every close approach of two ships at sea is looked for. The one that gives way gets a bend
about the time of the approach, large enough for the wanted distance, to starboard, or in overtaking to the nearer
side; then it is looked again, a few times over. This is an offset of a finished track and no manoeuvring: the speed
over the ground rises by some per cent in a bend, and what stays close after the last round stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.kernels.approach import approaches
from surveil.simulate.vessels import KN, M_PER_DEG, Track, beside, steps_m
from surveil.simulate.waters import LANE_KINDS, waters

APART_M = 550.0
"""0.3 nm, what ships in lanes are content with: assumed."""
BEND_S = 600.0
"""A bend begins this long before the closest approach and ends this long after: assumed."""
ROUNDS = 4
UNDER_WAY_KN = 2.0
"""Slower ships do not bend: assumed."""
OFF_COAST_M = 2000.0
"""Nearer to the coast ships pass as harbours make them: assumed."""
FASTEST_M_S = 25.0
"""Nothing that keeps clear moves faster: 48 kn."""
SPEED_UP = 1.4
"""No bend makes a ship faster than this; where she turns it might: assumed."""
PRIVILEGE = {"yacht": 1, "fishing": 2}
"""Rule 18: a power-driven vessel keeps out of the way of one under sail, and both of one engaged in fishing."""
ASTERN_DEG = 112.5
"""Rule 13: overtaking is coming up from more than 22.5 degrees abaft the beam."""


@dataclass(frozen=True)
class Bend:
    """An offset of one ship, at its largest at ``t_ms``; to port if ``aside_m`` is negative."""

    ship: int
    t_ms: int
    aside_m: float


def keep_clear(tracks: list[Track], kinds: list[str]) -> list[Track]:
    """Tracks bent so that ships pass at APART_M or more where they can.

    Parameters
    ----------
    tracks : all on one grid of times.
    kinds : of each ship, as `vessels.Ship.kind`.
    """
    tracks = list(tracks)
    for _ in range(ROUNDS):
        bends: dict[int, list[Bend]] = {}
        for a, b, t_ms in close_approaches(tracks):
            bend = _bend(tracks, kinds, a, b, t_ms)
            if bend is None:
                continue
            own = bends.setdefault(bend.ship, [])
            if all(abs(bend.t_ms - other.t_ms) > 2000 * BEND_S for other in own):
                own.append(bend)
        for ship, own in bends.items():
            for bend in own:
                tracks[ship] = bent(tracks[ship], bend)
    return tracks


def close_approaches(tracks: list[Track]) -> list[tuple[int, int, int]]:
    """Every approach nearer than APART_M off the coast: two ships and the time, UTC ms, in order of time."""
    step_ms = tracks[0].step_ms if tracks else 1
    lengths = [len(track.t_ms) for track in tracks]
    start = np.cumsum([0, *lengths]).astype(np.int64)
    first = np.array([track.t_ms[0] // step_ms for track in tracks], np.int64)
    lon, lat = (np.concatenate([[], *(getattr(t, name) for t in tracks)]) for name in ("lon", "lat"))
    x_m, y_m = lon * M_PER_DEG * np.cos(np.radians(51.0)), lat * M_PER_DEG
    pairs, _ = approaches(start, first, x_m, y_m, APART_M, FASTEST_M_S * step_ms / 1000)
    at = start[pairs[:, 0]] + pairs[:, 2] - first[pairs[:, 0]]
    pairs = pairs[waters().coast_m(lon[at], lat[at]) >= OFF_COAST_M]
    return sorted(((a, b, step * step_ms) for a, b, step in pairs.tolist()), key=lambda p: (p[2], p[0], p[1]))


def _bend(tracks: list[Track], kinds: list[str], a: int, b: int, t_ms: int) -> Bend | None:
    """What the ship that gives way does; None if neither is to, or she hardly moves."""
    if kinds[a] == kinds[b] == "fishing":
        return None
    giver, other, overtaking = gives_way(tracks, kinds, a, b, t_ms)
    east, north, _ = _motion(tracks[giver], t_ms)
    speed = np.hypot(east, north)
    if speed < UNDER_WAY_KN:
        return None
    off_east, off_north = _offset_m(tracks[giver], tracks[other], t_ms)
    starboard_m = (off_east * north - off_north * east) / speed
    to_starboard, to_port = starboard_m + APART_M * 1.1, starboard_m - APART_M * 1.1
    aside_m = to_port if overtaking and -to_port < to_starboard else to_starboard
    return Bend(giver, t_ms, float(aside_m))


def gives_way(tracks: list[Track], kinds: list[str], a: int, b: int, t_ms: int) -> tuple[int, int, bool]:
    """(who gives way, to whom, whether she overtakes), by rules 13, 15 and 18, as the two lie five minutes before."""
    before_ms = max(t_ms - 300_000, int(tracks[a].t_ms[0]), int(tracks[b].t_ms[0]))
    rank_a, rank_b = PRIVILEGE.get(kinds[a], 0), PRIVILEGE.get(kinds[b], 0)
    moving = [np.hypot(*_motion(tracks[ship], before_ms)[:2]) >= UNDER_WAY_KN for ship in (a, b)]
    if moving[0] != moving[1]:
        return (a, b, False) if moving[0] else (b, a, False)
    if abs(_bearing_deg(tracks, b, a, before_ms)) > ASTERN_DEG:
        return a, b, True
    if abs(_bearing_deg(tracks, a, b, before_ms)) > ASTERN_DEG:
        return b, a, True
    if rank_a != rank_b:
        return (a, b, False) if rank_a < rank_b else (b, a, False)
    return (a, b, False) if _bearing_deg(tracks, a, b, before_ms) >= 0 else (b, a, False)


def _motion(track: Track, t_ms: int) -> tuple[float, float, float]:
    row = min(max(int((t_ms - track.t_ms[0]) // track.step_ms), 0), len(track.t_ms) - 1)
    return float(track.east_kn[row]), float(track.north_kn[row]), float(track.heading_deg[row])


def _offset_m(track: Track, other: Track, t_ms: int) -> tuple[float, float]:
    here, there = track.at(t_ms), other.at(t_ms)
    scale = M_PER_DEG * np.cos(np.radians(here[1]))
    return (there[0] - here[0]) * scale, (there[1] - here[1]) * M_PER_DEG


def _bearing_deg(tracks: list[Track], ship: int, other: int, t_ms: int) -> float:
    """Relative bearing of another from a ship, (-180, 180], positive to starboard."""
    east, north = _offset_m(tracks[ship], tracks[other], t_ms)
    return (np.degrees(np.arctan2(east, north)) - _motion(tracks[ship], t_ms)[2] + 180) % 360 - 180


def bent(track: Track, bend: Bend) -> Track:
    """The track with a bend in it, or as it was where she slows down or cannot go."""
    rows = slice(*np.searchsorted(track.t_ms, (bend.t_ms - 1000 * BEND_S, bend.t_ms + 1000 * BEND_S)))
    near = track.rows(rows)
    if len(near.t_ms) < 3 or near.sog_kn.min() < UNDER_WAY_KN:
        return track
    share = np.cos(np.pi / 2 * (near.t_ms - bend.t_ms) / (1000 * BEND_S)) ** 2
    lon, lat = beside(np.column_stack([near.lon, near.lat]), bend.aside_m * share).T
    if not _passable(near, lon, lat):
        return track
    whole_lon, whole_lat = track.lon.copy(), track.lat.copy()
    whole_lon[rows], whole_lat[rows] = lon, lat
    return _moved(track, whole_lon, whole_lat)


def _passable(near: Track, lon: np.ndarray, lat: np.ndarray) -> bool:
    """Whether a ship can go there instead: clear of land, in no other lane, and not much faster."""
    lanes = waters().columns_of(*LANE_KINDS)
    before, after = (waters().inside(*place, lanes) for place in ((near.lon, near.lat), (lon, lat)))
    strays = (after & ~before)[before.any(axis=1)].any()
    aground = (waters().coast_m(lon, lat) < OFF_COAST_M / 2).any() or waters().on_land(lon, lat).any()
    speed_kn = np.hypot(*steps_m(lon, lat)) / KN / (near.step_ms / 1000)
    return not (strays or aground or speed_kn.max() > SPEED_UP * near.sog_kn.max())


def _moved(track: Track, lon: np.ndarray, lat: np.ndarray) -> Track:
    """The track along other positions: velocities follow, and the heading turns by as much as the course."""
    east, north = (
        np.gradient(v) * scale for v, scale in ((lon, M_PER_DEG * np.cos(np.radians(lat))), (lat, M_PER_DEG))
    )
    per_kn = KN * track.step_ms / 1000
    east, north = east / per_kn, north / per_kn
    turn = np.arctan2(east, north) - np.arctan2(track.east_kn, track.north_kn)
    still = np.hypot(track.east_kn, track.north_kn) < UNDER_WAY_KN
    heading = (track.heading_deg + np.where(still, 0, np.degrees(turn))) % 360
    return Track(track.t_ms, lon, lat, east, north, heading, track.status)
