"""What a sensor gives where there is nothing: how often and how strong, learned from the plots that no track claims."""

from __future__ import annotations

import numpy as np

from surveil.kernels import clutter


class ClutterMap:
    """Density of clutter on a grid, plots per square kilometre and scan.

    Each cell forgets with ``memory`` scans, and is drawn towards the mean of all by ``prior`` scans' worth of it (a
    gamma prior on a Poisson rate; both assumed).

    Parameters
    ----------
    west_m, south_m, east_m, north_m : the plane that is covered; what lies outside counts to the nearest cell
    cell_m : side of a cell
    per_km2 : density to start from
    """

    def __init__(self, west_m: float, south_m: float, east_m: float, north_m: float, cell_m: float = 2000.0,
                 per_km2: float = 0.1, memory: float = 100.0, prior: float = 5.0):  # fmt: skip
        self._origin = float(west_m), float(south_m)
        self._cell_m = float(cell_m)
        self._shape = tuple(int(np.ceil(size / cell_m)) for size in (east_m - west_m, north_m - south_m))
        self._memory, self._prior = memory, prior
        self.counts = np.zeros(self._shape)
        self.scans = np.zeros(1)
        self._start = per_km2

    @property
    def _cell_km2(self) -> float:
        return self._cell_m**2 / 1e6

    def density(self, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
        """Plots of clutter expected per square kilometre and scan where plots are, float64[m].

        Each plot's neighbours in this scan count as well, all but itself: before a cell has been seen often they are
        all there is to tell a rough patch from a boat.
        """
        least, scans = self._start * self._cell_km2, float(self.scans[0])
        expected = clutter.density(x_m, y_m, *self._origin, self._cell_m, self.counts, scans, self._prior, least)
        return expected / self._cell_km2

    def learn(self, x_m: np.ndarray, y_m: np.ndarray, is_clutter: np.ndarray) -> None:
        """Count a scan's plots by the probability that each is clutter."""
        keep = 1.0 - 1.0 / self._memory
        self.scans[0] = self.scans[0] * keep + 1.0
        clutter.learn(x_m, y_m, is_clutter, *self._origin, self._cell_m, self.counts, keep)


class Amplitudes:
    """How much likelier a plot's strength is of a target than of clutter.

    Clutter's strengths are counted in bins of 1 dB; a target's are taken to be any from LOW to HIGH alike, as what
    there is ranges from a swimmer to a tanker (an amplitude feature as Lerro and Bar-Shalom 1993, "Interacting multiple
    model tracking with target amplitude feature", IEEE TAES 29(2), with a flat prior instead of a known mean).
    """

    LOW, HIGH = 0, 80
    """dB (assumed)."""
    MOST = 20.0
    """Bound of the ratio, and of its inverse (assumed): strength supports place, it does not replace it."""

    def __init__(self, memory: float = 10_000.0):
        self._memory = memory
        self.counts = np.zeros(self.HIGH - self.LOW)

    def odds(self, strength_db: np.ndarray) -> np.ndarray:
        """float64[m] between 1 / MOST and MOST; 1 where no strength is given."""
        return clutter.odds(strength_db, self.counts, float(self.LOW), self.MOST)

    def learn(self, strength_db: np.ndarray, is_clutter: np.ndarray) -> None:
        """Count plots by the probability that each is clutter."""
        clutter.learn_strengths(strength_db, is_clutter, self.counts, float(self.LOW), self._memory)


class Steadiness:
    """How many plots a sensor's looks give of late against usually: far more, or far fewer, say that it is not well.

    Sea and rain change the plots of the simulated radars by a third within an hour, jamming and a failing receiver
    many times over within a turn. A sensor that stays as it is becomes usual within the hour.
    """

    USUAL, RECENT = 1200.0, 10.0
    """Looks over which either is taken, an hour and half a minute of a radar (assumed)."""
    FIRST = 100
    """Looks before which nothing is usual (assumed)."""
    FAR, FEW = 3.0, 10.0
    """Times more or fewer, after so many plots are added to both, for which nothing is wrong (assumed)."""

    def __init__(self):
        self.looks = np.zeros(3)
        """How many there were; plots of a look usually, and of late."""

    def step(self, plots: int) -> None:
        """Take in how many plots a look gave."""
        self.looks[0] += 1.0
        for i, memory in ((1, self.USUAL), (2, self.RECENT)):
            self.looks[i] += (plots - self.looks[i]) / min(self.looks[0], memory)

    @property
    def trust(self) -> float:
        """Weight of its looks, 1 if all is well."""
        n, usual, recent = self.looks.tolist()
        low, high = sorted((usual + self.FEW, recent + self.FEW))
        return 1.0 if n < self.FIRST else min(self.FAR * low / high, 1.0)
