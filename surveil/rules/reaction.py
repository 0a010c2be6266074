"""A ship that slows or turns by a contact without AIS: her watch has seen something there too.

Condition: a ship within `near_m` of a contact that with probability `min_p_dark` is a craft without AIS, which was
before her beam, at `min_kn` or more `back_s` ago, and since then slower by `slower` of that or turned by `turned_deg`,
for `min_s`; had she kept on she would have passed it within `would_pass_m`. No other craft with AIS is within `near_m`
of her that she may have turned for. Off ports and the coast.

Source: COLREG rule 8(b): an alteration "large enough to be readily apparent"; figures are assumed.

Known false alarms: ships that slow for a pilot or turn at the end of a lane while a contact is near; contacts that are
a patch of sea or a buoy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import bearing_deg, bearing_deg_array, destination_deg, distance_m
from surveil.kernels.motion import back_then
from surveil.kernels.pairs import approach_of
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Rule, nm, off_place, under_way
from surveil.rules.common import fresh, service_craft, turned_deg
from surveil.rules.examples import IN_SW_LANE, Example, off, run, seen_by_radar, together
from surveil.rules.pairing import OfPairs, dark, now, offshore, small_with_ais, two_inputs
from surveil.words import Words


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    near_m: float = param(1.5 * NM_M, "m", "assumed: a small boat is seen by eye", 100, 1.5 * NM_M)
    back_s: float = param(300.0, "s", "assumed: a turn and more", 60, 1800)
    min_kn: float = param(8.0, "kn", "assumed: a ship on passage", 1, 30)
    slower: float = param(0.3, "", "assumed: share of her speed", 0.05, 1)
    turned_deg: float = param(25.0, "deg", "assumed: readily apparent (COLREG 8(b))", 5, 180)
    would_pass_m: float = param(
        0.5 * NM_M, "m", "assumed: nobody gives way to what passes farther off; COLREG 8(d)", 50, 1.5 * NM_M
    )
    min_s: int = param(60, "s", "assumed: six ticks in a row", 0, 600)
    min_p_dark: float = param(0.85, "", "assumed: as for dark_craft", 0.01, 1)
    min_port_m: float = param(3 * NM_M, "m", "assumed", 0, 50_000)
    min_coast_m: float = param(0.5 * NM_M, "m", "assumed", 0, 50_000)


def _velocity_ms(sog_kn: float, cog_deg: float) -> tuple[float, float]:
    """East and north parts."""
    course = math.radians(cog_deg)
    return sog_kn * KN * math.sin(course), sog_kn * KN * math.cos(course)


class Reaction(OfPairs, Rule):
    """A ship that gives way to a craft without AIS."""

    name = "reaction"
    version = 1
    Params = Params
    hold_s = 600
    known_false_alarms = (
        "Ships that slow for a pilot or turn at the end of a lane while a contact is near; contacts that are a patch "
        "of sea or a buoy."
    )

    def evaluate(self, view) -> list[Candidate]:
        p, pairs, found = self.params, view.pairs, []
        alone = dark(view, p.min_p_dark)
        if not alone.any() and not self.meetings.held:
            return self.candidates(view, [])
        ship = view.craft & ~small_with_ais(view) & ~service_craft(view) & fresh(view)
        ship &= offshore(view, p.min_port_m, p.min_coast_m)
        a, b = np.concatenate([pairs.a, pairs.b]), np.concatenate([pairs.b, pairs.a])
        near = np.concatenate([pairs.distance_m, pairs.distance_m]) <= p.near_m
        company = np.bincount(a[near & view.craft[b]], minlength=len(view))
        at = np.flatnonzero(near & ship[a] & alone[b] & (company[a] == 0))
        at = at[self._reacts(view, a[at], b[at])]
        pass_m = np.array([self._would_pass_m(view, *each) for each in zip(a[at], b[at], strict=True)], float)
        at = at[pass_m <= p.would_pass_m]
        for meeting in self.meetings.update(view, np.minimum(a[at], b[at]), np.maximum(a[at], b[at])):
            row, other = (meeting.b, meeting.a) if view.is_contact[meeting.a] else (meeting.a, meeting.b)
            found.append((meeting, row, other))
        return self.candidates(view, found)

    def _before(self, view, rows) -> tuple[np.ndarray, np.ndarray]:
        """Her speed and course some minutes ago."""
        arrays, at_ms = view.table.arrays, view.t_ms - int(self.params.back_s * 1000)
        return back_then(
            view.slots[rows], at_ms, arrays.ring_n, arrays.ring_t_ms, arrays.ring_sog_kn, arrays.ring_cog_deg
        )

    def _reacts(self, view, rows, contacts) -> np.ndarray:
        p = self.params
        sog_kn, cog_deg = self._before(view, rows)
        bearing = bearing_deg_array(view.lon[rows], view.lat[rows], view.lon[contacts], view.lat[contacts])
        slower = view.sog_kn[rows] <= (1 - p.slower) * sog_kn
        turned = turned_deg(view.cog_deg[rows], cog_deg) >= p.turned_deg
        return (sog_kn >= p.min_kn) & (slower | turned) & (turned_deg(bearing, cog_deg) <= 90.0)

    def _would_pass_m(self, view, row: int, contact: int) -> float:
        """How near she would have passed, with her course and speed of `back_s` ago."""
        path = view.history(row)
        then = int(np.searchsorted(path["t_ms"], view.t_ms - self.params.back_s * 1000, "right")) - 1
        lon, lat, sog_kn, cog_deg = (float(path[name][then]) for name in ("lon", "lat", "sog_kn", "cog_deg"))
        lon, lat = destination_deg(lon, lat, cog_deg, sog_kn * KN * (view.t_ms - int(path["t_ms"][then])) / 1000)
        there = lon, lat, float(view.lon[contact]), float(view.lat[contact])
        away_m, bearing = distance_m(*there), math.radians(bearing_deg(*there))
        ship, boat = _velocity_ms(sog_kn, cog_deg), _velocity_ms(view.sog_kn[contact], view.cog_deg[contact])
        moves = boat[0] - ship[0], boat[1] - ship[1]
        return float(approach_of(away_m * math.sin(bearing), away_m * math.cos(bearing), *moves)[0])

    def describe(self, view, candidate: Candidate) -> Details:
        meeting, row, other = self.meeting_of(view, candidate)
        p, (sog_kn, cog_deg) = self.params, self._before(view, np.array([row]))
        apart_m, _, _ = now(view, row, other)
        sentence = Words(
            "{craft} slows or turns by {contact}, which sends no AIS: {motion} after {speed:.1f} kn, {distance} from "
            "it{where}",
            craft=view.title(row), contact=view.title(other), motion=under_way(view, row), speed=float(sog_kn[0]),
            distance=nm(apart_m), where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            Compared("SOG", round(float(view.sog_kn[row]), 1), "<=", round((1 - p.slower) * float(sog_kn[0]), 1), "kn",
                     "assumed"),
            Compared("or turned by", round(float(turned_deg(view.cog_deg[row], cog_deg[0]))), ">=", p.turned_deg, "deg",
                     "assumed; COLREG 8(b)"),
            Compared("would have passed within", round(self._would_pass_m(view, row, other)), "<=", p.would_pass_m, "m",
                     "assumed; COLREG 8(d)"),
            Compared("distance apart", round(apart_m), "<=", p.near_m, "m", "assumed"),
            self.held(view, meeting),
        ]  # fmt: skip
        ground = "A ship's speed and course before and after she came near a contact"
        evidence = self.evidence(ground, compared, two_inputs(view, meeting))
        return Details(sentence, "medium", 0.6, view.lon[other], view.lat[other], evidence)

    @classmethod
    def examples(cls):
        boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 900)

        def ship(then_kn: float, off_m: float = 0.0):
            """Twelve knots down the lane for 9 min, then another speed."""
            start = off(off(IN_SW_LANE, 47.0, 5000), 137.0, off_m)
            turn = off(start, 227.0, 12 * 1852 / 3600 * 540)
            before = run(235_000_002, start, 227.0, 12.0, 540)
            return together(before, run(235_000_002, turn, 227.0, then_kn, 360, start_s=540))

        near = -1500.0
        yield Example("a ship slows to 6 kn a mile before a boat", fires=True, **boat | {"positions": ship(6, near)})
        yield Example("to 10 kn", fires=False, **boat | {"positions": ship(10, near)})
        yield Example("she would have passed a mile ahead of it", fires=False, **boat | {"positions": ship(6, -3000)})
        yield Example("four miles off", fires=False, **boat | {"positions": ship(6, 7400)})
        yield Example("with nobody there", ship(6), False)
