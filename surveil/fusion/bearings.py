"""Bearings without a range, as a camera gives them: they sharpen tracks that are there, and begin none.

A bearing counts for a track if it is the only one that it could be of: where two lie on one line, the bearing does not
say which it was. The update is the extended Kalman filter's (Bar-Shalom, Li and Kirubarajan 2001, Estimation with
Applications to Tracking and Navigation, ch. 10.3). Existence stays as it was: how often a camera is wrong isn't known.
"""

from __future__ import annotations

import numpy as np

from surveil.fusion.tracker import LOST_S, MOST_NATS, Tracks

GATE2 = 9.0
"""Squared gate, three standard errors (assumed)."""
BREADTH_M = 15.0
"""How far from its middle a craft is pointed at, standard error (assumed)."""
USED, NO_TRACK, SEVERAL = "used", "no track on the bearing", "several tracks on the bearing"


def update(
    tracks: Tracks,
    t_ms: int,
    at: tuple[float, float],
    bearing_rad: float,
    sigma_rad: float,
    sight,
    accel,
    breadth_m: float = BREADTH_M,
    ship_nats: float = 0.0,
) -> str:
    """Let the one shown track that a bearing may be of take it in; what became of the bearing.

    ``at`` where the sensor is, m, ``bearing_rad`` clockwise from the y axis, both on the tracks' plane; ``sight`` as in
    :class:`surveil.fusion.tracker.Scan`; ``accel`` m2/s3, by which a track is less certain away from its own time;
    ``breadth_m`` how far from its middle a craft is pointed at; ``ship_nats`` what the sensor's label says of its kind
    (:func:`surveil.fusion.sensors.ship_nats`).
    """
    dt_s = (t_ms - tracks.t_ms) / 1000.0
    x_m, y_m = (tracks.state[:, :2] + dt_s[:, None] * tracks.state[:, 2:]).T
    east_m, north_m = x_m - at[0], y_m - at[1]
    range2 = np.maximum(east_m**2 + north_m**2, 1.0)
    slope = np.stack([north_m / range2, -east_m / range2], axis=1)
    h = np.concatenate([slope, slope * dt_s[:, None]], axis=1)
    gain = np.einsum("nij,nj->ni", tracks.cov, h)
    wander2 = breadth_m**2 + accel * np.abs(dt_s) ** 3 / 3.0
    variance = np.einsum("ni,ni->n", h, gain) + sigma_rad**2 + wander2 / range2
    off = (bearing_rad - np.arctan2(east_m, north_m) + np.pi) % (2 * np.pi) - np.pi
    able = tracks.shown & (np.abs(dt_s) <= LOST_S) & (sight(x_m, y_m) > 0)
    rows = np.flatnonzero(able & (off**2 <= GATE2 * variance))
    if len(rows) != 1:
        return SEVERAL if len(rows) else NO_TRACK
    row = rows[0]
    tracks.state[row] += gain[row] * (off[row] / variance[row])
    tracks.cov[row] -= np.outer(gain[row], gain[row]) / variance[row]
    tracks.ship_nats[row] = np.clip(tracks.ship_nats[row] + ship_nats, -MOST_NATS, MOST_NATS)
    return USED
