"""A scene seen once, from a satellite or an aircraft, against where each AIS target could have been at that instant.

Global Fishing Watch matches so, by the likelihood of a vessel's places about the time of the image (Kroodsma et al.
2022, doi 10.1038/s41598-022-23688-7), and picks pairs greedily. Here every detection and every target of the scene is
weighed at once: a detection may be a target, another craft or nothing; a target may have been missed. The probabilities
are the marginals over all one-to-one assignments, by belief propagation (:func:`surveil.kernels.jipda.marginals`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.kernels import jipda

LENGTH_SIGMA = 0.35
"""Standard deviation of the logarithm of measured over reported length (assumed; the reviewed pairs of the samples give
0.4, outliers included)."""
LENGTH_SPREAD = 0.8
"""Of lengths of craft that have nothing to do with each other (assumed: 20 to 300 m)."""


@dataclass(frozen=True)
class Scene:
    """Matches of one scene: ``pair`` float64[d, t], that a detection is a target; ``unclaimed`` float64[d], that it is
    none of them; ``missed`` float64[t], that a target was not detected."""

    pair: np.ndarray
    unclaimed: np.ndarray
    missed: np.ndarray


def match(density_per_km2, length_m, target_length_m, pd, others_per_km2: float) -> Scene:
    """Weigh every detection of a scene against every target.

    Parameters
    ----------
    density_per_km2 : float64[d, t], how likely each target was where each detection is, per square kilometre
    length_m : float64[d], target_length_m : float64[t], NaN where not known
    pd : float64[t], probability that each target was detected if it was in the scene
    others_per_km2 : detections of other craft, and of nothing, to be expected
    """
    density = np.asarray(density_per_km2, float) * length_ratio(length_m, target_length_m)
    detection, target = np.nonzero(density.T > 0)[::-1]
    pd = np.broadcast_to(np.asarray(pd, float), density.shape[1])
    first = np.searchsorted(target, np.arange(density.shape[1] + 1))
    weight = pd[target] * density[detection, target] / others_per_km2
    pair, alone, unclaimed = jipda.marginals(first, detection, weight, 1.0 - pd, density.shape[0])
    full = np.zeros(density.shape)
    full[detection, target] = pair
    return Scene(full, unclaimed, alone)


def length_ratio(length_m, target_length_m) -> np.ndarray:
    """float64[d, t]: how much likelier two lengths are if they are of one craft; 1 where either is not known."""
    off = np.log(np.asarray(length_m, float))[:, None] - np.log(np.asarray(target_length_m, float))
    same, other = _normal(off, LENGTH_SIGMA), _normal(off, np.hypot(LENGTH_SPREAD, LENGTH_SPREAD))
    return np.where(np.isnan(off), 1.0, same / other)


def _normal(off, sigma: float):
    return np.exp(-0.5 * (off / sigma) ** 2) / sigma
