"""A small craft without AIS: a contact of radar, camera or satellite that no AIS target explains.

Condition: a sensor's track, off the shore and away from berths, that is with probability `min_p_dark` or more a craft
without AIS (see surveil/fusion/dark.py for how that is found), seen for at least `min_age_s`, no faster than `max_kn`
and with an echo no stronger than a small craft's. It lasts until the track is lost or AIS explains it. What a satellite
or a person saw but once (see surveil/fusion/scenes.py) need not last nor move, and is shown for ten minutes.

Source: the co-ordination centres' own task; figures are assumed, and measured on simulated nights only
(`python -m benchmarks exam`).

Known false alarms: yachts and angling boats without AIS, which are many near harbours on a fine day; buoys that geodata
does not know; a patch of rough water that holds together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.config import param
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Rule, behind, nm, off_place, under_way
from surveil.rules.common import beaches_behind, closest_approach
from surveil.rules.examples import IN_SW_LANE, Example, seen_by_radar
from surveil.schema import Positions
from surveil.words import Words

EXPLAINED = 0.5
"""Probability that AIS explains a contact from which on an alert about it was wrong (assumed: rather than not)."""
_GROUNDS = {
    0: "A sensor's contact that no AIS target explains",
    1: "One satellite look: a detection that no AIS target's place at that instant explains",
    2: "One report by word of mouth that no AIS target's place about that time explains",
}
_SEEN_ONCE = {
    1: "{contact}: craft without AIS ({p_dark:.0f} %){length}{where}; one satellite look at {seen:clock}, within "
    "{within:.0f} m now{passing}",
    2: "{contact}: craft without AIS ({p_dark:.0f} %){length}{where}; one report of {seen:clock}, within "
    "{within:.0f} m now{passing}",
}
"""By what saw it: :data:`surveil.config.ONCE`."""
_REGIONS = ("lane", "deep_water_route", "separation_zone", "precautionary_area", "inshore_zone")


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_p_dark: float = param(0.85, "", "assumed", 0.01, 1)
    clear_p_dark: float = param(0.5, "", "assumed: once raised, it lasts down to this", 0, 1)
    min_age_s: float = param(120.0, "s", "assumed: 40 turns of a radar", 0, 7200)
    max_kn: float = param(30.0, "kn", "assumed: faster than any crowded inflatable", 2, 100)
    max_strength_db: float = param(38.0, "dB at 10 km", "assumed: 10 dB above an 8 m boat", -100, 200)
    min_coast_m: float = param(300.0, "m", "the coastline in geodata is good to some 200 m", 0, 50_000)
    min_port_m: float = param(1000.0, "m", "assumed", 0, 50_000)
    near_m: float = param(6 * NM_M, "m", "assumed: ships looked at for their closest approach", 100, 100_000)
    near_s: float = param(1800.0, "s", "assumed: half an hour ahead", 60, 20_000)
    sector_deg: float = param(25.0, "deg", "assumed: spread of the way it may have come", 1, 90)
    beach_m: float = param(30 * NM_M, "m", "assumed: the strait is 18 to 30 nm wide here", 1000, 200_000)


class DarkCraft(Rule):
    """A small craft that sends no AIS."""

    name = "dark_craft"
    version = 1
    Params = Params
    hold_s = 180
    known_false_alarms = "Yachts and angling boats without AIS; unknown buoys; rough water that holds together."

    def __init__(self, params):
        super().__init__(params)
        self.raised: dict[int, int] = {}
        """Since when each contact meets the condition, by number."""

    def evaluate(self, view) -> list[Candidate]:
        contacts, p = view.contacts, self.params
        if contacts is None:
            return []
        rows, index = view.contact_rows()
        raised = np.isin(contacts.number[index], list(self.raised))
        speed_kn = view.sog_kn[rows]
        likely = contacts.p_dark[index] >= np.where(raised, p.clear_p_dark, p.min_p_dark)
        weak = ~(contacts.strength_db[index] > p.max_strength_db)
        once = contacts.once[index] > 0
        old = once | (view.t_ms - contacts.born_ms[index] >= p.min_age_s * 1000)
        afloat = ~(view.coast_m[rows] < p.min_coast_m) & ~(view.port_m[rows] < p.min_port_m)
        meets = likely & weak & old & (afloat | raised) & (once | (speed_kn <= p.max_kn))
        numbers = contacts.number[index[meets]].tolist()
        before, self.raised = self.raised, {number: self.raised.get(number, view.t_ms) for number in numbers}
        return [
            Candidate(row, -number, self.raised[number], phase=self._phase(view, row))
            for row, number in zip(rows[meets].tolist(), numbers, strict=True)
        ] + self._explained(contacts, {n: t_ms for n, t_ms in before.items() if n not in self.raised})

    def _explained(self, contacts, over: dict[int, int]) -> list[Candidate]:
        """Those that AIS, heard late, turns out to explain: to be retracted."""
        found = []
        for number, since_ms in over.items():
            i = int(np.searchsorted(contacts.number, number))
            if i < len(contacts.number) and contacts.number[i] == number and contacts.explained[i] >= EXPLAINED:
                why = Words("AIS explains it ({percent:.0f} %)", percent=100 * contacts.explained[i])
                found.append(Candidate(-1, -number, since_ms, retract=why))
        return found

    def _phase(self, view, row: int) -> str:
        """Worded anew when it comes into other water."""
        column = int(view.area_of(*_REGIONS)[row])
        return view.areas.features[column].id if column >= 0 else ""

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, contacts = candidate.row, self.params, view.contacts
        i = int(np.searchsorted(contacts.number, -candidate.mmsi))
        sigma_m = float(np.sqrt(np.linalg.eigvalsh(contacts.cov[i][:2, :2])[-1]))
        column = int(view.area_of(*_REGIONS)[row])
        beaches = beaches_behind(view, row, p.sector_deg, p.beach_m)
        ship, cpa_m, tcpa_s = closest_approach(view, row, p.near_m, p.near_s)
        passing = _passing(view, ship, cpa_m, tcpa_s)
        sentence = _seen_once(view, row, i, sigma_m, passing) if contacts.once[i] else Words(
            "{contact}: small craft without AIS ({p_dark:.0f} %), {motion}{zone}{where}; seen for {minutes:.0f} min, "
            "within {within:.0f} m{passing}{behind}",
            contact=view.title(row), p_dark=100 * contacts.p_dark[i], motion=under_way(view, row),
            zone=Words(" in the {area:name}", area=view.areas.features[column].name) if column >= 0 else "",
            where=off_place(view.areas, view.lon[row], view.lat[row]),
            minutes=(view.t_ms - contacts.born_ms[i]) / 60_000, within=2 * sigma_m,
            passing=passing, behind=behind(beaches),
        )  # fmt: skip
        risk = self._risk(view, row, cpa_m, bool(beaches))
        return Details(
            sentence, "high" if risk >= 0.6 else "medium", risk, view.lon[row], view.lat[row],
            self.evidence(_GROUNDS[int(contacts.once[i])], self._compared(view, i, cpa_m), [
                InputRow(int(contacts.first_source[i]), int(contacts.first_seq[i]), int(contacts.born_ms[i])),
                InputRow(int(contacts.source[i]), int(contacts.seq[i]), int(contacts.seen_ms[i])),
            ]),
        )  # fmt: skip

    def _compared(self, view, i: int, cpa_m: float) -> list[Compared]:
        contacts, p = view.contacts, self.params
        strength = float(contacts.strength_db[i])
        sigma_m = np.sqrt(np.linalg.eigvalsh(contacts.cov[i][:2, :2]))[::-1]
        explained = float(contacts.explained[i])
        seen = contacts.hits[i] / max(float(contacts.looks[i]), 1.0)
        speed_kn = float(np.hypot(contacts.vx[i], contacts.vy[i])) / KN
        length_m = float(contacts.length_m[i])
        seen_s = float(view.t_ms - contacts.born_ms[i]) / 1000.0
        return [
            Compared("probability of no AIS", round(float(contacts.p_dark[i]), 3), ">=", p.min_p_dark, "", "assumed"),
            Compared("probability that it exists", round(float(contacts.exists[i]), 3), "", None, "", "shown only"),
            Compared("probability that AIS explains it", round(explained, 3), "", None, "", "shown only"),
            Compared("seen for", round(seen_s), ">=", p.min_age_s, "s", "assumed"),
            Compared("share of looks that saw it", round(float(seen), 2), "", None, "", "shown only"),
            Compared(
                "speed", "not given" if np.isnan(speed_kn) else round(speed_kn, 1), "<=", p.max_kn, "kn", "assumed",
            ),
            *([] if np.isnan(length_m) else [Compared("length", round(length_m), "", None, "m", "shown only")]),
            Compared(
                "strength of its echo", "not given" if np.isnan(strength) else round(strength), "<=", p.max_strength_db,
                "dB at 10 km", "assumed",
            ),
            Compared(
                "standard error of its place", _by(*sigma_m.tolist()), "", None, "m", "shown only"
            ),
            Compared(
                "closest approach of a ship", "none" if np.isnan(cpa_m) else round(cpa_m / NM_M, 2), "", None, "nm",
                "shown only",
            ),
        ]  # fmt: skip

    def _risk(self, view, row: int, cpa_m: float, from_beach: bool) -> float:
        """Assumed weights: no AIS, a lane, a ship that will pass close, and the way from a beach each add."""
        in_lane = view.lane[row] >= 0
        close = cpa_m < NM_M / 2
        return 0.5 + 0.15 * in_lane + 0.15 * close + 0.1 * from_beach

    def state(self):
        numbers = sorted(self.raised)
        return {"raised": np.array([[n, self.raised[n]] for n in numbers], np.int64).reshape(-1, 2)}

    def restore(self, arrays) -> None:
        self.raised = {int(n): int(t) for n, t in arrays["raised"]}

    @classmethod
    def examples(cls):
        none = Positions.empty()
        boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 600)
        brief = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 60)
        yield Example("a boat at 4 kn across the lane, seen by radar alone", fires=True, **boat | {"positions": none})
        yield Example("the same with AIS", fires=False, **boat)
        yield Example("seen for a minute", fires=False, **brief | {"positions": none})


def _seen_once(view, row: int, i: int, sigma_m: float, passing: Words | str) -> Words:
    """The alert about what one look of a satellite, or one report, told."""
    contacts = view.contacts
    length_m = float(contacts.length_m[i])
    return Words(
        _SEEN_ONCE[int(contacts.once[i])], contact=view.title(row), p_dark=100 * contacts.p_dark[i],
        length="" if np.isnan(length_m) else Words(", some {metres:.0f} m long", metres=length_m),
        where=off_place(view.areas, view.lon[row], view.lat[row]), seen=int(contacts.seen_ms[i]), within=2 * sigma_m,
        passing=passing,
    )  # fmt: skip


def _by(major_m: float, minor_m: float) -> Words:
    """The two axes of an ellipse."""
    return Words("{major:.0f} by {minor:.0f}", major=major_m, minor=minor_m)


def _passing(view, ship: int, cpa_m: float, tcpa_s: float) -> Words | str:
    """Who will pass closest, how far off, and when."""
    if ship < 0:
        return ""
    at_ms = view.t_ms + int(tcpa_s * 1000)
    return Words("; {ship} passes {away} off at {at:clock}", ship=view.title(ship), away=nm(cpa_m), at=at_ms)
