"""How far a coastal radar sees: the radar equation, propagation over the sea, clutter, and detection.

Every formula with its source. Arrays broadcast; SI units unless a name says otherwise; ratios are linear, not dB.

Not modelled: diffraction beyond the horizon and ducting (both carry further), divergence, side lobes.
"""

from __future__ import annotations

import math

import numpy as np

LIGHT_M_S = 299_792_458.0
BOLTZMANN = 1.380649e-23
"""Both exact (SI, 2019)."""
STANDARD_K = 290.0
"""Reference temperature of a noise figure (IEEE Std 686)."""
EFFECTIVE_RADIUS_M = 4 / 3 * 6_371_008.8
"""Of the earth for a ray in the standard atmosphere, 4/3 (ITU-R P.834)."""

_WAVE_M = np.array([0.0, 0.1, 0.5, 1.25, 2.5, 4.0, 6.0, 9.0])
"""Upper bound of the significant wave height of sea states 0 to 7 (WMO code table 3700)."""


def from_db(db):
    return 10 ** (np.asarray(db, float) / 10)


def to_db(ratio):
    return 10 * np.log10(ratio)


def significant_wave_m(sea_state) -> np.ndarray:
    """Significant wave height of a sea state, the middle of its class in WMO code table 3700."""
    middles = np.append(0.0, (_WAVE_M[1:] + _WAVE_M[:-1]) / 2)
    return np.interp(sea_state, np.arange(len(middles)), middles)


def horizon_m(antenna_m, target_m):
    """Range at which a target of a height drops below the radar horizon of the 4/3 earth."""
    return np.sqrt(2 * EFFECTIVE_RADIUS_M * np.asarray(antenna_m)) + np.sqrt(2 * EFFECTIVE_RADIUS_M * target_m)


def ship_rcs_m2(length_m, frequency_hz: float = 9.4e9) -> np.ndarray:
    """Median radar cross-section of a ship at low grazing angle: 52 sqrt(f/MHz) (D/kiloton)^1.5 m2 (Skolnik,
    Introduction to Radar Systems, 2nd ed. 1980, eq. 2.47, after nine ships of 2 to 17 kt).

    The displacement is taken as 6 kt (L / 100 m)^3: assumed, a full-bodied ship of common proportions. Outside
    30 to 300 m it is an extrapolation; it gives 0.5 m2 for 7 m, where 1.4 m2 was measured on a 5.2 m Zodiac (Terma).
    """
    displacement_kt = 6 * (np.asarray(length_m, float) / 100) ** 3
    return 52 * math.sqrt(frequency_hz / 1e6) * displacement_kt**1.5


def propagation(range_m, antenna_m: float, target_m, wave_m, wavelength_m: float) -> np.ndarray:
    """Propagation factor F^4 over the sea, averaged over the height of a target (0 below the horizon).

    Direct and sea-reflected ray on the 4/3 earth, the reflecting point by Fishback's solution of the cubic (Kerr,
    Propagation of Short Radio Waves, 1951, 2.4); reflection -rho, reduced by roughness as Miller, Brown and Vegh
    (IEE Proc. F 131, 1984): rho = exp(-2 x^2) I0(2 x^2), x = 2 pi s sin(grazing) / wavelength, with s a quarter
    of the significant wave height ``wave_m``. Scatterers are spread evenly from the water to ``target_m``: the mean
    of (1 + rho^2 - 2 rho cos p)^2 over phases p from 0 at the water to that of the top, less what the earth hides.
    """
    range_m, target_m, wave_m = np.broadcast_arrays(*(np.asarray(v, float) for v in (range_m, target_m, wave_m)))
    range_m = np.maximum(range_m, 1.0)
    to_point = _reflection_m(range_m, antenna_m, target_m)
    above = np.maximum(antenna_m - to_point**2 / (2 * EFFECTIVE_RADIUS_M), 0)
    below = np.maximum(target_m - (range_m - to_point) ** 2 / (2 * EFFECTIVE_RADIUS_M), 0)
    rho = _bessel_scaled(2 * (2 * math.pi * wave_m / 4 * (above + below) / range_m / wavelength_m) ** 2)
    phase = 4 * math.pi * above * below / (range_m * wavelength_m)
    steady, beat = 1 + rho**2, 2 * rho
    mean = steady**2 - 2 * steady * beat * _sinc(phase) + beat**2 / 2 * (1 + _sinc(2 * phase))
    hidden = np.maximum(range_m - math.sqrt(2 * EFFECTIVE_RADIUS_M * antenna_m), 0) ** 2 / (2 * EFFECTIVE_RADIUS_M)
    return np.clip(1 - hidden / target_m, 0, 1) * mean


def _sinc(x) -> np.ndarray:
    """sin(x) / x."""
    return np.sinc(np.asarray(x) / math.pi)


def _reflection_m(range_m, antenna_m, height_m) -> np.ndarray:
    """Distance from the antenna to the point of reflection (Kerr 1951, eq. 2.4.18)."""
    p = 2 / math.sqrt(3) * np.sqrt(EFFECTIVE_RADIUS_M * (antenna_m + height_m) + (range_m / 2) ** 2)
    slant = np.arcsin(np.clip(2 * EFFECTIVE_RADIUS_M * (antenna_m - height_m) * range_m / p**3, -1, 1))
    return range_m / 2 + p * np.sin(slant / 3)


def _bessel_scaled(z) -> np.ndarray:
    """exp(-z) I0(z) (Abramowitz and Stegun 9.8.1, 9.8.2 by way of numpy; its limit 1 / sqrt(2 pi z) beyond 100)."""
    near = np.minimum(z, 100.0)
    return np.where(z > 100, 1 / np.sqrt(2 * math.pi * np.maximum(z, 1)), np.exp(-near) * np.i0(near))


def grazing_deg(range_m, antenna_m: float) -> np.ndarray:
    """Angle between ray and sea at a range, on the 4/3 earth; negative beyond the horizon."""
    range_m = np.asarray(range_m, float)
    return np.degrees(antenna_m / range_m - range_m / (2 * EFFECTIVE_RADIUS_M))


_NRL = {"H": (-73.00, 20.78, 7.351, 25.65, 0.00540), "V": (-50.79, 25.93, 0.7093, 21.58, 0.00211)}
"""Gregers-Hansen and Mital, "An improved empirical model for radar sea clutter reflectivity", NRL/MR/5310--12-9346,
2012 (also IEEE Trans. AES 48 (4), 2012), table 1 and equation 7; fitted to Nathanson's tables for 0.1 to 60 degrees,
0.5 to 35 GHz and sea states 0 to 6 with a mean deviation of 2.3 dB up to 10 degrees."""


def sea_reflectivity(grazing, sea_state, frequency_hz: float, polarisation: str = "H") -> np.ndarray:
    """Mean sea clutter cross-section per area, sigma0 in m2/m2, by the NRL model (see ``_NRL``).

    ``grazing`` in degrees; 0 where it is not positive. Below 0.1 degrees the formula is extrapolated.
    """
    c1, c2, c3, c4, c5 = _NRL[polarisation]
    angle = np.maximum(grazing, 1e-6)
    by_frequency = (27.5 + c3 * angle) * math.log10(frequency_hz / 1e9) / (1 + 0.95 * angle)
    by_sea = c4 * (1 + np.asarray(sea_state, float)) ** (1 / (2 + 0.085 * angle + 0.033 * np.asarray(sea_state)))
    db = c1 + c2 * np.log10(np.sin(np.radians(angle))) + by_frequency + by_sea + c5 * angle**2
    return np.where(np.asarray(grazing) > 0, from_db(db), 0.0)


def rain_reflectivity(rain_mm_h, wavelength_m: float) -> np.ndarray:
    """Cross-section of rain per volume, m2/m3: pi^5 |K|^2 Z / lambda^4 with |K|^2 = 0.93 (Probert-Jones 1962) and
    Z = 200 r^1.6 mm6/m3 (Marshall and Palmer 1948)."""
    return math.pi**5 * 0.93 * 200e-18 * np.asarray(rain_mm_h, float) ** 1.6 / wavelength_m**4


_RAIN_K = ((-5.33980, -0.10008, 1.13098), (-0.35351, 1.26970, 0.45400), (-0.23789, 0.86036, 0.15354),
           (-0.94158, 0.64552, 0.16817))  # fmt: skip
_RAIN_ALPHA = ((-0.14318, 1.82442, -0.55187), (0.29591, 0.77564, 0.19822), (0.32177, 0.63773, 0.13164),
               (-5.37610, -0.96230, 1.47828), (16.1721, -3.29980, 3.43990))  # fmt: skip
"""ITU-R P.838-3 (2005), tables 1 and 3, horizontal polarisation: a, b, c of each term."""


def rain_loss_db_km(rain_mm_h, frequency_hz: float) -> np.ndarray:
    """One-way attenuation by rain in dB/km, k r^alpha (ITU-R P.838-3, horizontal polarisation)."""
    f = math.log10(frequency_hz / 1e9)
    k = 10 ** (_gaussians(_RAIN_K, f) - 0.18961 * f + 0.71147)
    return k * np.asarray(rain_mm_h, float) ** (_gaussians(_RAIN_ALPHA, f) + 0.67849 * f - 1.95537)


def _gaussians(table, f: float) -> float:
    return sum(a * math.exp(-(((f - b) / c) ** 2)) for a, b, c in table)


def erlang(n: int, x) -> np.ndarray:
    """Regularised incomplete gamma function P(n, x) for whole n (Abramowitz and Stegun 6.5.13)."""
    x = np.asarray(x, float)
    term, tail = np.exp(-x), np.zeros(x.shape)
    for k in range(n):
        tail = tail + term
        term = term * x / (k + 1)
    return 1 - tail


def threshold(n: int, pfa: float) -> float:
    """The level, in units of mean interference, that the sum of ``n`` pulses of it exceeds with probability ``pfa``."""
    low, high = 0.0, 50.0 + 10 * n - 2 * math.log(pfa)
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - float(erlang(n, middle)) > pfa else (low, middle)
    return high


def swerling1(snr, n: int, pfa: float) -> np.ndarray:
    """Probability of detection of a target whose echo fluctuates from scan to scan (Swerling 1), ``n`` pulses summed
    after a square-law detector, at a mean signal to interference ratio ``snr`` per pulse.

    Swerling, "Probability of detection for fluctuating targets", RAND RM-1217, 1954, as DiFranco and Rubin, Radar
    Detection, 1968, give it in closed form. For one pulse it is pfa^(1 / (1 + snr)).
    """
    snr = np.maximum(snr, 1e-9)
    level = threshold(n, pfa)
    if n == 1:
        return np.exp(-level / (1 + snr))
    gain = 1 + 1 / (n * snr)
    # (1 + 1/nS)^(n-1) overflows for a vanishing signal, where the other factor is all but zero
    rest = np.exp(np.minimum((n - 1) * np.log(gain) - level / (1 + n * snr), 0.0))
    pd = 1 - erlang(n - 1, level) + rest * erlang(n - 1, level / gain)
    return np.where(n * snr < 1e-3, pfa, np.clip(pd, pfa, 1.0))
