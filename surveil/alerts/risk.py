"""Risk to life: the rule's own figure, and parts that change its odds, each shown with the alert.

A part multiplies the odds p / (1 - p) by a factor; 1 changes nothing. The factors are assumed, since nobody publishes
any; what they are of is not: each names its source. Parts that are about people in an open boat (sea, cold, darkness,
time at sea, how soon help is there) count for small craft, contacts of sensors and distress devices; a ship keeps what
her rule says, less what she is. What is not known counts for nothing and says so.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import numpy as np

from surveil.alert import Helper, RiskPart
from surveil.alerts.rescue import helpers
from surveil.config import ConditionsConfig
from surveil.forecast.cloud import Start, Water, expected
from surveil.kernels.motion_state import DRIFTING
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Details
from surveil.rules.common import closest_approach
from surveil.schema import CLASS_A, CLASS_CONTACT, CLASS_DEVICE
from surveil.tracks.table import SMALL_UNKNOWN, SMALL_YES
from surveil.tracks.view import View
from surveil.words import Words

CRAFT = {"distress device": 2.0, "contact without AIS": 2.0, "small craft": 1.5, "craft of unknown size": 1.0,
         "ship": 0.5}  # fmt: skip
"""Small boats here carry dozens of people without AIS or radio (MAIB 7/2023; small_boat_facts); factors assumed."""
ADRIFT = 2.0
BIG_M = 50.0
"""A ship that a small boat cannot make room for: assumed."""
NEAR_M, AHEAD_S, CLOSE_M = 6 * NM_M, 1800.0, 0.5 * NM_M
"""Ships looked at, how far ahead, and from what distance on they are close: assumed."""
SEA = (1.0, 1.0, 1.0, 1.5, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0)
"""By sea state (WMO code 3700): crossings are tried below about 1 m of sea, which is state 3 (small_boat_facts)."""
SURVIVAL_H = ((4.0, 1.5, 2.5), (10.0, 3.0, 2.0), (15.0, 6.0, 1.5), (20.0, 12.0, 1.2), (math.inf, math.inf, 1.0))
"""Water up to °C, hours that people in it expect to live (IAMSAR manual vol. III, recalled), factor (assumed)."""
NIGHT, DUSK = 1.5, 1.2
FAILS_H = 3.5
"""Boats that failed took in water 3.5 to 4 h after leaving (MAIB 7/2023 on 2021; PA on MAIB for 2022)."""
LONG = 1.5
HELP = ((15.0, 0.7), (30.0, 1.0), (60.0, 1.3), (math.inf, 1.6))
"""Minutes up to which the first helper needs, and factor: assumed."""
_MAIB, _NO_NUMBER = "MAIB 7/2023; factor assumed", "not known"


@dataclasses.dataclass(frozen=True)
class Assessor:
    """Adds risk to life, helpers, forecast and origin to what a rule says; called when an alert opens or is worded
    anew."""

    conditions: ConditionsConfig = dataclasses.field(default_factory=ConditionsConfig)

    def __call__(self, details: Details, view: View, row: int) -> Details:
        craft = craft_kind(view, row)
        vx, vy = _velocity_ms(view, row)
        near = helpers(view, details.lon, details.lat, vx, vy, row)
        parts = [RiskPart("what the rule sees", round(float(details.risk_to_life), 3), "", 1.0, "the rule"),
                 RiskPart("craft", craft, "", CRAFT[craft], _MAIB)]  # fmt: skip
        ahead, back = (), ()
        if craft not in ("ship", "craft of unknown size"):
            parts += self._open_boat(view, row, details.lon, details.lat, near)
            if not np.isnan(details.lon):
                start = Start(view.t_ms, float(details.lon), float(details.lat), vx, vy, _sigma_m(view, row))
                ahead, back = expected(start, Water.of(self.conditions), view.areas, craft == "distress device")
        evidence = dataclasses.replace(details.evidence, risk=tuple(parts), helpers=near, forecast=ahead, origins=back)
        return dataclasses.replace(details, risk_to_life=combined(details.risk_to_life, parts), evidence=evidence)

    def _open_boat(self, view: View, row: int, lon: float, lat: float, near: tuple[Helper, ...]) -> list[RiskPart]:
        parts = [RiskPart("persons aboard", _NO_NUMBER, "", 1.0, "no report gives a number")]
        if row >= 0:
            parts += [_adrift(view, row), _traffic(view, row), _at_sea(view, row)]
        parts += [self._sea(), self._cold()]
        if not np.isnan(lon):
            parts += [_dark(view.t_ms, float(lon), float(lat)), _help(near)]
        return parts

    def _sea(self) -> RiskPart:
        state = self.conditions.sea_state
        value, factor = ("not given", 1.0) if state < 0 else (state, SEA[state])
        return RiskPart("sea state", value, "", factor, "WMO code 3700; factor assumed")

    def _cold(self) -> RiskPart:
        water_c, source = self.conditions.water_c, "IAMSAR manual vol. III, recalled; factor assumed"
        if water_c <= ConditionsConfig.water_c:
            return RiskPart("water temperature", "not given", "°C", 1.0, source)
        factor = next(factor for most_c, _, factor in SURVIVAL_H if water_c <= most_c)
        return RiskPart("water temperature", water_c, "°C", factor, source)


def combined(own: float, parts: list[RiskPart]) -> float:
    """The rule's figure after all parts, 0 to 1; what is certain stays so."""
    if not 0 < own < 1:
        return float(own)
    odds = own / (1 - own) * math.prod(part.factor for part in parts)
    return odds / (1 + odds)


def craft_kind(view: View, row: int) -> str:
    """Which of CRAFT a target is; one that sent no position is a device."""
    if row < 0 or view.ais_class[row] == CLASS_DEVICE:
        return "distress device"
    if view.ais_class[row] == CLASS_CONTACT:
        return "contact without AIS"
    return {SMALL_YES: "small craft", SMALL_UNKNOWN: "craft of unknown size"}.get(int(view.small[row]), "ship")


def _velocity_ms(view: View, row: int) -> tuple[float, float]:
    """East and north parts over the ground; nothing where they are not known."""
    if row < 0 or np.isnan(view.sog_kn[row]) or np.isnan(view.cog_deg[row]):
        return 0.0, 0.0
    speed, course = float(view.sog_kn[row]) * KN, math.radians(view.cog_deg[row])
    return speed * math.sin(course), speed * math.cos(course)


def _sigma_m(view: View, row: int) -> float:
    """Standard error of a contact's place; that of AIS is small beside the spread of a drift."""
    if row < 0 or view.ais_class[row] != CLASS_CONTACT or view.contacts is None:
        return 0.0
    i = int(np.searchsorted(view.contacts.number, -view.mmsi[row]))
    return float(np.sqrt(np.linalg.eigvalsh(view.contacts.cov[i][:2, :2])[-1]))


def _adrift(view: View, row: int) -> RiskPart:
    adrift = view.motion[row] == DRIFTING
    return RiskPart("adrift", "yes" if adrift else "no", "", ADRIFT if adrift else 1.0, "both boats of 2021 and 2022: "
                    "engines stopped (MAIB); factor assumed")  # fmt: skip


def _traffic(view: View, row: int) -> RiskPart:
    """Up to three times the odds for a ship that will hit."""
    big = (view.length_m >= BIG_M) | (~(view.length_m > 0) & (view.ais_class == CLASS_A) & (view.small != SMALL_YES))
    ship, cpa_m, tcpa_s = closest_approach(view, row, NEAR_M, AHEAD_S, big)
    source = "assumed: 0.5 nm within 30 min"
    if ship < 0 or cpa_m >= CLOSE_M:
        return RiskPart("ship that will pass close", "none", "", 1.0, source)
    value = Words("{ship}, {away:.2f} nm in {minutes:.0f} min", ship=view.title(ship), away=cpa_m / NM_M,
                  minutes=tcpa_s / 60)  # fmt: skip
    factor = round(1.0 + 2.0 * (1.0 - cpa_m / CLOSE_M), 2)
    return RiskPart("ship that will pass close", value, "", factor, source)


def _at_sea(view: View, row: int) -> RiskPart:
    hours = float(view.t_ms - view.table.arrays.first_ms[view.slots[row]]) / 3_600_000
    return RiskPart("in the picture for", round(hours, 1), "h", LONG if hours >= FAILS_H else 1.0, _MAIB)


def _dark(t_ms: int, lon: float, lat: float) -> RiskPart:
    sun = sun_altitude_deg(t_ms, lon, lat)
    factor = NIGHT if sun < -6 else DUSK if sun < -0.83 else 1.0
    return RiskPart("sun above the horizon", round(sun, 1), "deg", factor, "Astronomical Almanac; factor assumed")


def _help(near: tuple[Helper, ...]) -> RiskPart:
    minutes = near[0].intercept_s / 60 if near else math.inf
    factor = next(factor for most, factor in HELP if minutes <= most)
    value = round(minutes) if near else "none"
    return RiskPart("first rescue craft there in", value, "min", factor, "AIS in the picture; factor assumed")


def sun_altitude_deg(t_ms: int, lon: float, lat: float) -> float:
    """Altitude of the sun's middle, degrees, without refraction.

    Low-precision formulae of the Astronomical Almanac, good to 0.01 degrees from 1950 to 2050.
    """
    days = t_ms / 86_400_000 - dt.datetime(2000, 1, 1, 12, tzinfo=dt.UTC).timestamp() / 86_400
    mean_deg, anomaly = 280.460 + 0.9856474 * days, math.radians(357.528 + 0.9856003 * days)
    ecliptic = math.radians(mean_deg + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    obliquity = math.radians(23.439 - 0.0000004 * days)
    ascension = math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(obliquity) * math.sin(ecliptic))
    sidereal = math.radians(280.46062 + 360.98564737 * days + lon)
    p = math.radians(lat)
    height = math.sin(p) * math.sin(declination) + math.cos(p) * math.cos(declination) * math.cos(sidereal - ascension)
    return math.degrees(math.asin(min(max(height, -1.0), 1.0)))
