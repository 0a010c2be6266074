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
from surveil.kernels.geodesy import distance_m
from surveil.kernels.motion_state import AT_ANCHOR, DRIFTING, MOORED
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Details
from surveil.rules.common import approaches
from surveil.schema import CLASS_A, CLASS_CONTACT, CLASS_DEVICE
from surveil.tracks.table import SMALL_UNKNOWN, SMALL_YES
from surveil.tracks.view import View
from surveil.words import Words

CRAFT = {"distress device": 2.0, "contact without AIS": 2.0, "small craft": 1.5, "craft of unknown size": 1.0,
         "ship": 0.5}  # fmt: skip
"""Small boats here carry dozens of people without AIS or radio (MAIB 7/2023; small_boat_facts); factors assumed."""
WAY_KN, WAY_MOST, WAY_S, WAY_LEAST_S = 4.0, 4.0, 900.0, 300.0
"""A boat is in the way of ships for as long as it takes to get across, so its odds go by WAY_KN, the speed of a crowded
inflatable (assumed), over what it made good in the last WAY_S, up to WAY_MOST times (assumed); adrift, most of all."""
SHIPS_WATER = ("lane", "deep_water_route", "separation_zone", "precautionary_area")
"""Where that counts (COLREG rule 10): elsewhere slow boats fish."""
BIG_M = 50.0
"""A ship that a small boat cannot make room for: assumed."""
NEAR_M, AHEAD_S = 6 * NM_M, 1800.0
"""Ships looked at, and how far ahead: assumed."""
HIT_M, PLACE_M, WANDER_MS = 100.0, 30.0, 0.3
"""A ship that passes within half her length may run a boat down. How far off she passes is known to the error of both
places and, for every second to go, that of velocities which nobody keeps exactly (half a knot): all assumed."""
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
            parts += [way_made(view, row), _traffic(view, row), _at_sea(view, row)]
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


def way_made(view: View, row: int) -> RiskPart:
    """The slower it gets on in the water of ships, the longer it is in their way; one that drifts gets on least."""
    source = "MAIB 7/2023: both boats of 2021 and 2022 were adrift; as the time in a lane goes, bounds assumed"
    made_kn, factor = _made_good_kn(view, row), 1.0
    if view.motion[row] == DRIFTING:
        factor = WAY_MOST
    elif view.area_of(*SHIPS_WATER)[row] >= 0 and view.motion[row] not in (AT_ANCHOR, MOORED):
        factor = min(max(WAY_KN / max(made_kn, 0.1), 1.0), WAY_MOST) if made_kn >= 0 else 1.0
    value = "not given" if np.isnan(made_kn) else round(made_kn, 1)
    return RiskPart("way made", value, "kn", round(factor, 2), source)


def _made_good_kn(view: View, row: int) -> float:
    """Speed over the last WAY_S, as far as they are known, from place to place; its present speed if hardly any is."""
    path = view.history(row)
    late = np.flatnonzero(view.t_ms - path["t_ms"] <= WAY_S * 1000)
    if not late.size or (path["t_ms"][late[-1]] - path["t_ms"][late[0]]) < WAY_LEAST_S * 1000:
        return float(view.sog_kn[row])
    a, b = late[0], late[-1]
    made_m = distance_m(path["lon"][a], path["lat"][a], path["lon"][b], path["lat"][b])
    return float(made_m / (path["t_ms"][b] - path["t_ms"][a]) * 1000 / KN)


def _traffic(view: View, row: int) -> RiskPart:
    """Up to three times the odds for a ship that will hit."""
    big = (view.length_m >= BIG_M) | (~(view.length_m > 0) & (view.ais_class == CLASS_A) & (view.small != SMALL_YES))
    ships, cpa_m, tcpa_s = approaches(view, row, NEAR_M, AHEAD_S, big)
    chance = [chance_of_hit(*each) for each in zip(cpa_m.tolist(), tcpa_s.tolist(), strict=True)]
    source = "assumed: the chance that she passes within 100 m, by the error of the forecast"
    if max(chance, default=0.0) < 0.01:
        return RiskPart("ship that will pass close", "none", "", 1.0, source)
    at = int(np.argmax(chance))
    value = Words("{ship}, {away:.2f} nm in {minutes:.0f} min", ship=view.title(int(ships[at])),
                  away=float(cpa_m[at]) / NM_M, minutes=float(tcpa_s[at]) / 60)  # fmt: skip
    return RiskPart("ship that will pass close", value, "", round(1.0 + 2.0 * chance[at], 2), source)


def chance_of_hit(cpa_m: float, tcpa_s: float) -> float:
    """Chance that one who is to pass at ``cpa_m`` in ``tcpa_s`` passes within HIT_M: the error is normal, and grows."""
    scale = math.sqrt(2.0) * math.hypot(PLACE_M, WANDER_MS * tcpa_s)
    return 0.5 * (math.erf((HIT_M - cpa_m) / scale) + math.erf((HIT_M + cpa_m) / scale))


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
