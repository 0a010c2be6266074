"""A sensor's range, bearing and time bias, estimated from the ships that carry AIS while it watches them.

A plot that belongs to a ship of known place is off by bias_r - radial_speed * bias_t in range and bias_b -
angular_speed * bias_t in bearing, since a late stamp is held against where she is by then. The three biases are the
state of a Kalman filter whose truth wanders slowly (Bar-Shalom, Li and Kirubarajan 2001, ch. 5; the measurement model
as in Dana 1990, "Registration: a prerequisite for multiple sensor tracking"). Every ship adds what her hull hides: the
echo's centre is not the antenna of her GNSS.
"""

from __future__ import annotations

import numpy as np

from surveil.kernels.registration import learn

START = np.array([200.0, 1.0, 2.0])
"""Standard deviations before anything is known: m, deg, s (assumed)."""
WANDER = np.array([1.0, 0.005, 0.01])
"""Standard deviations of the change in a minute: m, deg, s (assumed)."""
HULL_M = 30.0
"""Standard error of the centre of a ship's echo against her GNSS antenna (assumed)."""
GATE2 = 25.0
"""Squared Mahalanobis distance beyond which a pair is left out: a wrong pair, a jump of AIS (assumed)."""
TOGETHER_S = 60.0
"""A ship's errors are one error for so long: her hull, her heading (assumed)."""
ALARM = np.array([150.0, 1.0, 3.0])
"""Biases, m, deg, s, from which an officer should know (assumed)."""


class Registration:
    """``bias`` float64[3]: range m, bearing deg, time s, measured less true; ``cov`` its covariance."""

    def __init__(self):
        self.bias, self.cov = np.zeros(3), np.diag(START**2)
        self._at_ms: int | None = None

    def step(self, t_ms: int, off, rate, sigma, period_s: float) -> None:
        """Take in a look's pairs of a plot and a ship.

        Parameters
        ----------
        t_ms : int64; period_s : seconds since the look before
        off : float64[2, n], range m and bearing deg of the plot less the ship's, before any correction
        rate : float64[2, n], the ship's, m/s away from the sensor and deg/s clockwise
        sigma : float64[2, n], standard errors of the pair without bias, m and deg
        """
        if self._at_ms is not None:
            self.cov += np.diag(WANDER**2) * (t_ms - self._at_ms) / 60_000.0
        self._at_ms = t_ms
        learn(self.bias, self.cov, off, rate, sigma**2, max(1.0, TOGETHER_S / period_s), GATE2)

    @property
    def sigma(self) -> np.ndarray:
        """float64[3], standard errors of the biases."""
        return np.sqrt(np.diag(self.cov))

    @property
    def alarm(self) -> bool:
        """Whether a bias is, by three standard errors, larger than it may be."""
        return bool((np.abs(self.bias) - 3.0 * self.sigma > ALARM).any())

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        return {
            "bias": self.bias.copy(),
            "cov": self.cov.copy(),
            "at_ms": np.array([-1 if self._at_ms is None else self._at_ms]),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        self.bias, self.cov = arrays["bias"].copy(), arrays["cov"].copy()
        self._at_ms = None if arrays["at_ms"][0] < 0 else int(arrays["at_ms"][0])
