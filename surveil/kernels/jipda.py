"""One scan of plots against the tracks there are: gates, association probabilities, existence, states.

The recursion is the track-oriented marginal multi-Bernoulli/Poisson filter, which is JIPDA with a Poisson birth model
(Williams 2015, "Marginal multi-Bernoulli filters: RFS derivation of MHT, JIPDA, and association-based MeMBer", IEEE
TAES 51(3); Musicki and Evans 2004, "Joint integrated probabilistic data association: JIPDA", IEEE TAES 40(3)). The
association probabilities come by loopy belief propagation (Williams and Lau 2014, "Approximate evaluation of marginal
association probabilities with belief propagation", IEEE TAES 50(4)), which converges always and costs little more than
the gates, whatever the crowd.

A state is [x_m, y_m, vx, vy] on a plane, float64[4], m and m/s, its covariance float64[4, 4]. Motion is nearly constant
velocity with white acceleration (Bar-Shalom, Li and Kirubarajan 2001, 6.2.2). A plot is seen through H = [I, d I], d
the seconds from the time of the states to its own, so that the plots of a rotation need not have one time.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

MOST_ROUNDS = 500
"""Rounds of belief propagation at most; it converges geometrically (Williams and Lau 2014, theorem 2)."""
NEAR_ENOUGH = 1e-9
"""Change of a message at which it has converged (assumed: far below what a probability is read for)."""


@njit(cache=True, nogil=True)
def predict(state, cov, exists, t_ms, now_ms, accel, life_s):
    """Bring tracks to ``now_ms``, in place.

    Parameters
    ----------
    state : float64[n, 4]; cov : float64[n, 4, 4]; exists : float64[n]; t_ms : int64[n]
    now_ms : int64; accel : float64[n], intensity of the white acceleration, m2/s3
    life_s : float64, mean time that a target stays
    """
    for i in range(t_ms.size):
        dt = (now_ms - t_ms[i]) / 1000.0
        if dt == 0.0:
            continue
        t_ms[i] = now_ms
        exists[i] *= math.exp(-dt / life_s)
        for a in range(2):
            state[i, a] += dt * state[i, a + 2]
        for a in range(2):
            for b in range(2):
                pp, pv, vp, vv = cov[i, a, b], cov[i, a, b + 2], cov[i, a + 2, b], cov[i, a + 2, b + 2]
                cov[i, a, b] = pp + dt * (pv + vp) + dt * dt * vv
                cov[i, a, b + 2] = pv + dt * vv
                cov[i, a + 2, b] = vp + dt * vv
        for a in range(2):
            cov[i, a, a] += accel[i] * dt * dt * dt / 3.0
            cov[i, a, a + 2] += accel[i] * dt * dt / 2.0
            cov[i, a + 2, a] += accel[i] * dt * dt / 2.0
            cov[i, a + 2, a + 2] += accel[i] * dt


@njit(cache=True, nogil=True, inline="always")
def _spread(cov, i, d, a, b):
    """An element of H P H', the covariance of where a track is ``d`` seconds on."""
    return cov[i, a, b] + d * (cov[i, a, b + 2] + cov[i, a + 2, b]) + d * d * cov[i, a + 2, b + 2]


@njit(cache=True, nogil=True)
def gate(state, cov, x_m, y_m, noise, dt_s, gate2):
    """Pairs of a track and a plot that may belong together.

    Parameters
    ----------
    state : float64[n, 4]; cov : float64[n, 4, 4]
    x_m, y_m : float64[m], ``x_m`` ascending; noise : float64[m, 3], covariance xx, xy, yy of each plot, m2
    dt_s : float64[m], time of each plot less that of the states
    gate2 : float64, squared Mahalanobis distance

    Returns
    -------
    first : int64[n + 1], where each track's pairs begin; plot : int64[k]; likelihood : float64[k], 1/m2
    """
    n, m = state.shape[0], x_m.size
    first = np.zeros(n + 1, np.int64)
    plot = np.empty(4 * (n + m) + 16, np.int64)
    likelihood = np.empty(plot.size)
    most_noise, most_dt = 0.0, 0.0
    for j in range(m):
        most_noise = max(most_noise, noise[j, 0])
        most_dt = max(most_dt, abs(dt_s[j]))
    k = 0
    for i in range(n):
        first[i] = k
        sigma = math.sqrt(max(_spread(cov, i, most_dt, 0, 0), _spread(cov, i, -most_dt, 0, 0)) + most_noise)
        reach = math.sqrt(gate2) * sigma + most_dt * abs(state[i, 2])
        j = np.searchsorted(x_m, state[i, 0] - reach)
        while j < m and x_m[j] <= state[i, 0] + reach:
            d = dt_s[j]
            dx, dy = x_m[j] - state[i, 0] - d * state[i, 2], y_m[j] - state[i, 1] - d * state[i, 3]
            sxx = _spread(cov, i, d, 0, 0) + noise[j, 0]
            sxy = _spread(cov, i, d, 0, 1) + noise[j, 1]
            syy = _spread(cov, i, d, 1, 1) + noise[j, 2]
            det = sxx * syy - sxy * sxy
            d2 = (syy * dx * dx - 2.0 * sxy * dx * dy + sxx * dy * dy) / det
            if d2 <= gate2:
                if k == plot.size:
                    plot, likelihood = np.append(plot, plot), np.append(likelihood, likelihood)
                plot[k] = j
                likelihood[k] = math.exp(-0.5 * d2) / (2.0 * math.pi * math.sqrt(det))
                k += 1
            j += 1
    first[n] = k
    return first, plot[:k], likelihood[:k]


@njit(cache=True, nogil=True)
def weigh(first, plot, likelihood, density, exists, hits, looks, sight, expected, trust, least, most):
    """Weights of pairs and of having no plot, from how often each track was seen of late.

    Parameters
    ----------
    first, plot, likelihood : as of :func:`gate`; density : float64[m], of other plots where each is, 1/m2
    exists : float64[n]; hits, looks : float64[n], plots it had of late in how many looks
    sight : float64[n], 1 if it can be seen, 0 if not
    expected, trust : float64, probability of detection expected, and its weight in looks
    least, most : float64, bounds of that probability

    Returns
    -------
    weight : float64[k]; missed : float64[n], as for :func:`marginals`
    unseen : float64[n], probability that a track which is there gives no plot
    """
    weight, missed, unseen = np.empty(plot.size), np.empty(exists.size), np.empty(exists.size)
    for i in range(exists.size):
        pd = min(max((hits[i] + trust * expected) / (looks[i] + trust), least), most) * sight[i]
        missed[i], unseen[i] = 1.0 - exists[i] * pd, 1.0 - pd
        for e in range(first[i], first[i + 1]):
            weight[e] = exists[i] * pd * likelihood[e] / density[plot[e]]
    return weight, missed, unseen


@njit(cache=True, nogil=True)
def marginals(first, plot, weight, missed, n_plots):
    """Probability of each pair, that a track has no plot, and that a plot has no track.

    Parameters
    ----------
    first : int64[n + 1]; plot : int64[k], as of :func:`gate`
    weight : float64[k], of the pair against the plot being clutter or new
    missed : float64[n], weight of a track having no plot

    Returns
    -------
    pair : float64[k]; alone : float64[n]; unclaimed : float64[n_plots]
    """
    n, k = missed.size, plot.size
    to_track, to_plot = np.ones(k), np.zeros(k)
    for _ in range(MOST_ROUNDS):
        for i in range(n):
            total = missed[i]
            for e in range(first[i], first[i + 1]):
                total += weight[e] * to_track[e]
            for e in range(first[i], first[i + 1]):
                to_plot[e] = weight[e] / (total - weight[e] * to_track[e])
        claims = np.ones(n_plots)
        for e in range(k):
            claims[plot[e]] += to_plot[e]
        change = 0.0
        for e in range(k):
            message = 1.0 / max(claims[plot[e]] - to_plot[e], 1.0)
            change = max(change, abs(message - to_track[e]))
            to_track[e] = message
        if change < NEAR_ENOUGH:
            break
    pair, alone, claims = np.empty(k), np.empty(n), np.ones(n_plots)
    for i in range(n):
        total = missed[i]
        for e in range(first[i], first[i + 1]):
            total += weight[e] * to_track[e]
        alone[i] = missed[i] / total
        for e in range(first[i], first[i + 1]):
            pair[e] = weight[e] * to_track[e] / total
    for e in range(k):
        claims[plot[e]] += to_plot[e]
    return pair, alone, 1.0 / claims


@njit(cache=True, nogil=True)
def update(state, cov, exists, first, plot, pair, alone, unseen, x_m, y_m, noise, dt_s):
    """Existence and moment-matched states after a scan, in place.

    Parameters
    ----------
    state : float64[n, 4]; cov : float64[n, 4, 4]; exists : float64[n]
    first, plot, pair, alone : as of :func:`gate` and :func:`marginals`
    unseen : float64[n], probability that a track which is there gives no plot
    x_m, y_m, noise, dt_s : as of :func:`gate`
    """
    gain, mean, mixed = np.empty((4, 2)), np.empty(4), np.empty((4, 4))
    shift = np.empty(4)
    for i in range(exists.size):
        there = exists[i] * unseen[i] / (1.0 - exists[i] + exists[i] * unseen[i])
        total = alone[i] * there
        for e in range(first[i], first[i + 1]):
            total += pair[e]
        if total <= 0.0:
            exists[i] = 0.0
            continue
        exists[i] = min(total, 1.0)
        mean[:] = 0.0
        mixed[:] = cov[i]
        for e in range(first[i], first[i + 1]):
            share = pair[e] / total
            j, d = plot[e], dt_s[plot[e]]
            sxx = _spread(cov, i, d, 0, 0) + noise[j, 0]
            sxy = _spread(cov, i, d, 0, 1) + noise[j, 1]
            syy = _spread(cov, i, d, 1, 1) + noise[j, 2]
            det = sxx * syy - sxy * sxy
            dx, dy = x_m[j] - state[i, 0] - d * state[i, 2], y_m[j] - state[i, 1] - d * state[i, 3]
            for a in range(4):
                ux, uy = cov[i, a, 0] + d * cov[i, a, 2], cov[i, a, 1] + d * cov[i, a, 3]
                gain[a, 0] = (ux * syy - uy * sxy) / det
                gain[a, 1] = (uy * sxx - ux * sxy) / det
                shift[a] = gain[a, 0] * dx + gain[a, 1] * dy
                mean[a] += share * shift[a]
            for a in range(4):
                for b in range(4):
                    ux, uy = cov[i, b, 0] + d * cov[i, b, 2], cov[i, b, 1] + d * cov[i, b, 3]
                    mixed[a, b] += share * (shift[a] * shift[b] - gain[a, 0] * ux - gain[a, 1] * uy)
        for a in range(4):
            state[i, a] += mean[a]
        for a in range(4):
            for b in range(4):
                cov[i, a, b] = 0.5 * (mixed[a, b] + mixed[b, a]) - mean[a] * mean[b]


@njit(cache=True, nogil=True)
def remember(first, plot, pair, sight, hits, looks, seen_ms, at_ms, strength_db, plot_strength_db, memory, gain):
    """How often and how strongly each track was seen, in place.

    Parameters
    ----------
    first, plot, pair : as of :func:`gate` and :func:`marginals`; sight, hits, looks : as of :func:`weigh`
    seen_ms : int64[n], when each last more likely had a plot than not; at_ms : int64, now
    strength_db : float64[n], smoothed; plot_strength_db : float64[m]; both NaN if not known
    memory : float64, looks over which is counted; gain : float64, weight of a new strength

    Returns
    -------
    had : int64[n], the plot that is each one's more likely than not, -1 for none
    """
    had = np.full(hits.size, -1, np.int64)
    for i in range(hits.size):
        total = 0.0
        for e in range(first[i], first[i + 1]):
            total += pair[e]
            if pair[e] > 0.5:
                had[i] = plot[e]
        if total > 0.5:
            seen_ms[i] = at_ms
        keep = 1.0 - sight[i] / memory
        hits[i] = hits[i] * keep + total
        looks[i] = looks[i] * keep + sight[i]
        if had[i] >= 0 and not math.isnan(plot_strength_db[had[i]]):
            new = plot_strength_db[had[i]]
            before = new if math.isnan(strength_db[i]) else strength_db[i]
            strength_db[i] = before + gain * (new - before)
    return had


@njit(cache=True, nogil=True)
def begin(x_m, y_m, noise, dt_s, exists, least, at_m, ships, near_m, sigmas, variance):
    """New tracks at plots that may be of targets not seen before and do not lie about a ship.

    Parameters
    ----------
    x_m, y_m, noise, dt_s : as of :func:`gate`; exists : float64[m], that each plot is such a target
    least : float64, existence below which none is begun
    at_m : float64[n, 4], states of tracks; ships : bool[n], which are ships
    near_m, sigmas : float64, how far about a ship her plots lie, and how many standard errors besides
    variance : float64, of each part of an unknown velocity, m2/s2

    Returns
    -------
    row : int64[k], plots at which tracks begin; state : float64[k, 4]; cov : float64[k, 4, 4]
    """
    row, k = np.empty(x_m.size, np.int64), 0
    for j in range(x_m.size):
        if exists[j] < least:
            continue
        reach_m = near_m + sigmas * math.sqrt(noise[j, 0] + noise[j, 2])
        apart = True
        for i in range(ships.size):
            if ships[i]:
                dx, dy = x_m[j] - at_m[i, 0], y_m[j] - at_m[i, 1]
                if dx * dx + dy * dy <= reach_m * reach_m:
                    apart = False
                    break
        if apart:
            row[k] = j
            k += 1
    state, cov = np.zeros((k, 4)), np.zeros((k, 4, 4))
    for i in range(k):
        j, d = row[i], dt_s[row[i]]
        state[i, 0], state[i, 1] = x_m[j], y_m[j]
        cov[i, 0, 0], cov[i, 1, 1] = noise[j, 0] + d * d * variance, noise[j, 2] + d * d * variance
        cov[i, 0, 1] = cov[i, 1, 0] = noise[j, 1]
        for a in range(2):
            cov[i, a, a + 2] = cov[i, a + 2, a] = -d * variance
            cov[i, a + 2, a + 2] = variance
    return row[:k], state, cov


@njit(cache=True, nogil=True)
def doubles(state, cov, exists, order, most_d2, most_m):
    """Tracks that follow what a likelier one follows: near it in place and in velocity.

    Parameters
    ----------
    state : float64[n, 4]; cov : float64[n, 4, 4]; exists : float64[n]; order : int64[n], tracks by ascending x_m
    most_d2 : float64, squared distance by the sum of both variances, axis by axis, on average over the four
    most_m : float64, distance in place

    Returns
    -------
    double : bool[n]; of two that exist alike, the later
    """
    double = np.zeros(order.size, np.bool_)
    for a in range(order.size):
        i = order[a]
        for b in range(a + 1, order.size):
            j = order[b]
            dx, dy = state[j, 0] - state[i, 0], state[j, 1] - state[i, 1]
            if dx > most_m:
                break
            if dx * dx + dy * dy > most_m * most_m:
                continue
            d2 = 0.0
            for c in range(4):
                difference = state[j, c] - state[i, c]
                d2 += difference * difference / (cov[i, c, c] + cov[j, c, c])
            if d2 <= 4.0 * most_d2:
                later, earlier = max(i, j), min(i, j)
                double[later if exists[earlier] >= exists[later] else earlier] = True
    return double


@njit(cache=True, nogil=True)
def seconds(state, most_m, most_ms):
    """Whether each target has an earlier one by it, nearer than ``most_m`` and ``most_ms`` in velocity.

    Parameters
    ----------
    state : float64[n, 4]; most_m, most_ms : float64

    Returns
    -------
    second : bool[n]
    """
    second = np.zeros(state.shape[0], np.bool_)
    for j in range(state.shape[0]):
        for i in range(j):
            if (
                abs(state[i, 0] - state[j, 0]) < most_m
                and math.hypot(state[i, 0] - state[j, 0], state[i, 1] - state[j, 1]) < most_m
                and math.hypot(state[i, 2] - state[j, 2], state[i, 3] - state[j, 3]) < most_ms
            ):
                second[j] = True
                break
    return second


@njit(cache=True, nogil=True)
def tidy(state, cov, exists, unseen_ms, number, next_number, shown, strong, order, show, hide, lost_ms, gone_ms, least,
         most_d2, most_m, ship_m, ship_ms):  # fmt: skip
    """Show, hide and number tracks, in place, and say which are kept.

    Parameters
    ----------
    state, cov, exists, order, most_d2, most_m : as of :func:`doubles`
    unseen_ms : int64[n], since the last plot; number : int64[n], 0 until a track is first shown; shown : bool[n]
    next_number : int64; strong : bool[n], by its echo a ship
    show, hide : float64, existence from which a track is shown, below which it no longer is
    lost_ms, gone_ms : int64, unseen for longer it is not shown, is given up; least : float64, existence of those kept
    ship_m, ship_ms : float64, as ``most_m`` and ``most_ms`` of :func:`seconds`

    Returns
    -------
    keep : bool[n]; newly : int64, how many were numbered
    """
    newly = 0
    for i in range(exists.size):
        shown[i] = exists[i] >= show or (shown[i] and exists[i] >= hide)
        shown[i] = shown[i] and unseen_ms[i] <= lost_ms
        if shown[i] and number[i] == 0:
            number[i] = next_number + newly
            newly += 1
    keep = ~doubles(state, cov, exists, order, most_d2, most_m)
    ships = np.flatnonzero(shown & strong)
    keep[ships[seconds(state[ships], ship_m, ship_ms)]] = False
    for i in range(exists.size):
        keep[i] = keep[i] and exists[i] >= least and unseen_ms[i] <= gone_ms
    return keep, newly
