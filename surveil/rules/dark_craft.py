"""A small craft without AIS: a contact of radar, camera or satellite that no AIS target explains.

Condition: a sensor's track, off the shore and away from berths, that is with probability `min_p_dark` or more a craft
without AIS (see surveil/fusion/dark.py for how that is found), seen for at least `min_age_s`, or `fast_age_s` if
faster than `fast_kn`, that has moved by `min_moved_m` (a buoy, a mark or an anchored craft has not), is placed to
`max_sigma_m` (ghosts of ships and patches of clutter are not), is no faster than `max_kn` and has an echo no stronger
than a small craft's. It lasts until the track is lost or AIS explains it. What a satellite or a person saw but once
(see surveil/fusion/scenes.py) need not last, move or be placed so well, and is shown for ten minutes. It ranks higher
if it was first seen within `origin_m` of a beach, lower if of a port, which yachts come from; higher in a lane. It is
told anew, as severe, once it has lost its way: over `lost_s` it made at most `lost_share` of the speed it had made.

Source: the co-ordination centres' own task; figures are assumed, and measured on simulated nights only
(`python -m benchmarks exam`).

Known false alarms: yachts and angling boats without AIS, which are many near harbours on a fine day; craft that lost
their fix to jamming before a radar saw them; a patch of rough water that holds together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.config import param
from surveil.kernels.geodesy import distance_m, distance_m_array
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Rule, behind, nm, off_place, under_way
from surveil.rules.common import beaches_behind, closest_approach
from surveil.rules.examples import IN_SW_LANE, Example, seen_by_radar
from surveil.schema import Positions
from surveil.words import Words

EXPLAINED = 0.5
"""Probability that AIS explains a contact from which on an alert about it was wrong (assumed: rather than not)."""
SURE = 2.0
"""Standard errors by which a contact's speed is taken to be less than it seems (assumed)."""
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
    min_moved_m: float = param(250.0, "m", "assumed: five times the swing of a buoy on her chain", 0, 10_000)
    max_sigma_m: float = param(
        60.0, "m", "measured on the exam's nights: boats are placed to 10 to 60, ghosts to 70 up", 1, 10_000
    )
    max_kn: float = param(30.0, "kn", "assumed: faster than any crowded inflatable", 2, 100)
    fast_kn: float = param(15.0, "kn", "assumed: no boat with people aboard; a ship's echoes taken for a track", 2, 100)
    fast_age_s: float = param(300.0, "s", "assumed: 100 turns of a radar", 0, 7200)
    max_strength_db: float = param(38.0, "dB at 10 km", "assumed: 10 dB above an 8 m boat", -100, 200)
    min_coast_m: float = param(300.0, "m", "the coastline in geodata is good to some 200 m", 0, 50_000)
    min_port_m: float = param(1000.0, "m", "assumed", 0, 50_000)
    near_m: float = param(6 * NM_M, "m", "assumed: ships looked at for their closest approach", 100, 100_000)
    near_s: float = param(1800.0, "s", "assumed: half an hour ahead", 60, 20_000)
    sector_deg: float = param(25.0, "deg", "assumed: spread of the way it may have come", 1, 90)
    beach_m: float = param(30 * NM_M, "m", "assumed: the strait is 18 to 30 nm wide here", 1000, 200_000)
    origin_m: float = param(1500.0, "m", "assumed: as near as the start of a trip (tracks/trips.py)", 100, 20_000)
    lost_s: int = param(900, "s", "assumed: longer than changing a fuel tank", 60, 1400)
    lost_share: float = param(0.6, "", "assumed: an inflatable's 4 kn become the tide's 1 to 2", 0.05, 1)
    made_kn: float = param(3.0, "kn", "assumed: what it must have made before; slower is the tide's", 1, 20)


@dataclass
class _Raised:
    """Since when a contact meets the condition; the index in ``areas.places`` of where it was first seen, -1 for at
    sea; since when it has lost its way, -1 if it has not."""

    since_ms: int
    origin: int
    lost_ms: int = -1


class DarkCraft(Rule):
    """A small craft that sends no AIS."""

    name = "dark_craft"
    version = 1
    Params = Params
    hold_s = 180
    known_false_alarms = (
        "Yachts and angling boats without AIS; craft jammed before radar saw them; rough water that holds together."
    )

    def __init__(self, params):
        super().__init__(params)
        self.raised: dict[int, _Raised] = {}
        """By number of the contact."""

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
        least_s = np.where(speed_kn > p.fast_kn, p.fast_age_s, p.min_age_s)
        old = once | raised | (view.t_ms - contacts.born_ms[index] >= least_s * 1000)
        afloat = ~(view.coast_m[rows] < p.min_coast_m) & ~(view.port_m[rows] < p.min_port_m)
        meets = likely & weak & old & (afloat | raised) & (once | (speed_kn <= p.max_kn))
        new = np.flatnonzero(meets & ~raised & ~once)
        meets[new] = (sigma_m(contacts.cov[index[new]]) <= p.max_sigma_m) & self._moved(view, rows[new], index[new])
        numbers = contacts.number[index[meets]].tolist()
        met = list(zip(rows[meets].tolist(), numbers, strict=True))
        before, self.raised = self.raised, {n: self._followed(view, row, self.raised.get(n)) for row, n in met}
        return [
            Candidate(row, -number, self.raised[number].since_ms, phase=self._phase(view, row, self.raised[number]))
            for row, number in met
        ] + self._explained(contacts, {n: r.since_ms for n, r in before.items() if n not in self.raised})

    def _followed(self, view, row: int, raised: _Raised | None) -> _Raised:
        """What is remembered of a contact, brought up to a tick."""
        if raised is None:
            raised = _Raised(view.t_ms, self._origin(view, row))
        made_kn, now_kn = self._speeds_kn(view, row)
        if raised.lost_ms < 0 and made_kn >= self.params.made_kn and now_kn <= self.params.lost_share * made_kn:
            raised.lost_ms = view.t_ms
        elif raised.lost_ms >= 0 and now_kn >= self.params.made_kn:
            raised.lost_ms = -1
        return raised

    def _origin(self, view, row: int) -> int:
        """The beach, port or harbour at which the path begins, -1 if none is near."""
        path = view.history(row)
        if not len(path["lon"]):
            return -1
        found, away_m = view.areas.nearest(("port", "harbour", "beach"), path["lon"][:1], path["lat"][:1])
        return int(found[0]) if away_m[0] <= self.params.origin_m else -1

    def _speeds_kn(self, view, row: int) -> tuple[float, float]:
        """The fastest it made over ``lost_s`` as far back as its path is known, and over the last ``lost_s``."""
        path, span_ms = view.history(row), self.params.lost_s * 1000
        t_ms, lon, lat = path["t_ms"], path["lon"], path["lat"]
        ends = np.flatnonzero(t_ms >= t_ms[0] + span_ms) if len(t_ms) else np.empty(0, np.int64)
        if not ends.size:
            return np.nan, np.nan
        starts = np.searchsorted(t_ms, t_ms[ends] - span_ms, "right") - 1
        made_m = distance_m_array(lon[starts], lat[starts], lon[ends], lat[ends])
        made_kn = made_m / (t_ms[ends] - t_ms[starts]) * 1000 / KN
        return float(made_kn.max()), float(made_kn[-1])

    def _moved(self, view, rows: np.ndarray, index: np.ndarray) -> np.ndarray:
        """bool[k]: far enough from where it was first seen, or the oldest place still known."""
        pairs = zip(rows.tolist(), index.tolist(), strict=True)
        return np.array([_made_m(view, *pair) >= self.params.min_moved_m for pair in pairs], bool)

    def _explained(self, contacts, over: dict[int, int]) -> list[Candidate]:
        """Those that AIS, heard late, turns out to explain: to be retracted."""
        found = []
        for number, since_ms in over.items():
            i = int(np.searchsorted(contacts.number, number))
            if i < len(contacts.number) and contacts.number[i] == number and contacts.explained[i] >= EXPLAINED:
                why = Words("AIS explains it ({percent:.0f} %)", percent=100 * contacts.explained[i])
                found.append(Candidate(-1, -number, since_ms, retract=why))
        return found

    def _phase(self, view, row: int, raised: _Raised) -> str:
        """Worded anew when it comes into other water, or loses its way."""
        column = int(view.area_of(*_REGIONS)[row])
        return (view.areas.features[column].id if column >= 0 else "") + (" lost" if raised.lost_ms >= 0 else "")

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, contacts = candidate.row, self.params, view.contacts
        i = int(np.searchsorted(contacts.number, -candidate.mmsi))
        within_m = 2 * float(sigma_m(contacts.cov[i]))
        column = int(view.area_of(*_REGIONS)[row])
        beaches = beaches_behind(view, row, p.sector_deg, p.beach_m)
        ship, cpa_m, tcpa_s = closest_approach(view, row, p.near_m, p.near_s)
        passing = _passing(view, ship, cpa_m, tcpa_s)
        sentence = _seen_once(view, row, i, within_m, passing) if contacts.once[i] else Words(
            "{contact}: small craft without AIS ({p_dark:.0f} %), {motion}{zone}{where}; seen for {minutes:.0f} min, "
            "within {within:.0f} m{passing}{behind}",
            contact=view.title(row), p_dark=100 * contacts.p_dark[i], motion=under_way(view, row),
            zone=Words(" in the {area:name}", area=view.areas.features[column].name) if column >= 0 else "",
            where=off_place(view.areas, view.lon[row], view.lat[row]),
            minutes=(view.t_ms - contacts.born_ms[i]) / 60_000, within=within_m,
            passing=passing, behind=behind(beaches),
        )  # fmt: skip
        raised = self.raised[-candidate.mmsi]
        risk, lost = self._risk(view, row, raised), raised.lost_ms >= 0
        return Details(
            sentence, "high" if risk >= 0.6 or lost else "medium", risk, view.lon[row], view.lat[row],
            self.evidence(_GROUNDS[int(contacts.once[i])], self._compared(view, row, i, cpa_m), [
                InputRow(int(contacts.first_source[i]), int(contacts.first_seq[i]), int(contacts.born_ms[i])),
                InputRow(int(contacts.source[i]), int(contacts.seq[i]), int(contacts.seen_ms[i])),
            ]),
        )  # fmt: skip

    def _compared(self, view, row: int, i: int, cpa_m: float) -> list[Compared]:
        contacts, p = view.contacts, self.params
        strength = float(contacts.strength_db[i])
        major_m, minor_m = np.sqrt(np.linalg.eigvalsh(contacts.cov[i][:2, :2]))[::-1].tolist()
        explained = float(contacts.explained[i])
        seen = contacts.hits[i] / max(float(contacts.looks[i]), 1.0)
        speed_kn = float(np.hypot(contacts.vx[i], contacts.vy[i])) / KN
        length_m = float(contacts.length_m[i])
        least_s = p.fast_age_s if view.sog_kn[row] > p.fast_kn else p.min_age_s
        seen_s = float(view.t_ms - contacts.born_ms[i]) / 1000.0
        moved_m, number, once = _made_m(view, row, i), int(contacts.number[i]), bool(contacts.once[i])
        asked = [] if once else [
            Compared("distance made since first seen", round(moved_m), ">=", p.min_moved_m, "m", "assumed"),
            Compared("standard error of its place", _by(major_m, minor_m), "<=", p.max_sigma_m, "m", "measured"),
        ]  # fmt: skip
        return [
            Compared("probability of no AIS", round(float(contacts.p_dark[i]), 3), ">=", p.min_p_dark, "", "assumed"),
            Compared("probability that it exists", round(float(contacts.exists[i]), 3), "", None, "", "shown only"),
            Compared("probability that AIS explains it", round(explained, 3), "", None, "", "shown only"),
            Compared("seen for", round(seen_s), ">=", least_s, "s", "assumed"),
            Compared("share of looks that saw it", round(float(seen), 2), "", None, "", "shown only"),
            Compared(
                "speed", "not given" if np.isnan(speed_kn) else round(speed_kn, 1), "<=", p.max_kn, "kn", "assumed",
            ),
            *([] if np.isnan(length_m) else [Compared("length", round(length_m), "", None, "m", "shown only")]),
            Compared(
                "strength of its echo", "not given" if np.isnan(strength) else round(strength), "<=", p.max_strength_db,
                "dB at 10 km", "assumed",
            ),
            *asked,
            Compared("first seen off", _named(view, self.raised[number].origin), "", None, "", "shown only"),
            self._way(view, row),
            Compared(
                "closest approach of a ship", "none" if np.isnan(cpa_m) else round(cpa_m / NM_M, 2), "", None, "nm",
                "shown only",
            ),
        ]  # fmt: skip

    def _way(self, view, row: int) -> Compared:
        """How much of the speed that it had made it has kept."""
        made_kn, now_kn = self._speeds_kn(view, row)
        share = "not known" if np.isnan(made_kn) else round(now_kn / max(made_kn, 0.1), 2)
        return Compared("speed kept, of the fastest it made", share, "<=", self.params.lost_share, "", "assumed")

    def _risk(self, view, row: int, raised: _Raised) -> float:
        """Assumed weights: a lane and a start from a beach add, a start from a port takes away; ships that will pass
        close and how little way it makes are parts of the risk to life of their own."""
        kind = view.areas.places[raised.origin].kind if raised.origin >= 0 else ""
        return 0.5 + 0.15 * (view.lane[row] >= 0) + {"": 0.0, "beach": 0.15}.get(kind, -0.15)

    def state(self):
        rows = [[n, r.since_ms, r.origin, r.lost_ms] for n, r in sorted(self.raised.items())]
        return {"raised": np.array(rows, np.int64).reshape(-1, 4)}

    def restore(self, arrays) -> None:
        self.raised = {int(n): _Raised(*map(int, rest)) for n, *rest in arrays["raised"]}

    @classmethod
    def examples(cls):
        none = Positions.empty()
        boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 600)
        brief = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 60)
        yield Example("a boat at 4 kn across the lane, seen by radar alone", fires=True, **boat | {"positions": none})
        yield Example("the same with AIS", fires=False, **boat)
        yield Example("seen for a minute", fires=False, **brief | {"positions": none})


def sigma_m(cov: np.ndarray) -> np.ndarray:
    """float64[...]: the longer half-axis of the ellipses of places, of float64[..., 4, 4]."""
    return np.sqrt(np.linalg.eigvalsh(cov[..., :2, :2])[..., -1])


def _made_m(view, row: int, i: int) -> float:
    """Metres from the oldest place in a contact's path, and what it made, at the least, from its first plot to there.

    So long a track is not shown yet, which at a boat's speed is most of the distance asked for.
    """
    path, contacts = view.history(row), view.contacts
    if not len(path["lon"]):
        return 0.0
    shown_m = distance_m(path["lon"][0], path["lat"][0], view.lon[row], view.lat[row])
    before_s = max(0.0, float(path["t_ms"][0] - contacts.born_ms[i]) / 1000.0)
    sigma_ms = float(np.sqrt(np.linalg.eigvalsh(contacts.cov[i][2:, 2:])[-1]))
    least_ms = max(0.0, float(np.hypot(contacts.vx[i], contacts.vy[i])) - SURE * sigma_ms)
    return shown_m + least_ms * before_s


def _named(view, place: int) -> str:
    return view.areas.places[place].name if place >= 0 else "none"


def _seen_once(view, row: int, i: int, within_m: float, passing: Words | str) -> Words:
    """The alert about what one look of a satellite, or one report, told."""
    contacts = view.contacts
    length_m = float(contacts.length_m[i])
    return Words(
        _SEEN_ONCE[int(contacts.once[i])], contact=view.title(row), p_dark=100 * contacts.p_dark[i],
        length="" if np.isnan(length_m) else Words(", some {metres:.0f} m long", metres=length_m),
        where=off_place(view.areas, view.lon[row], view.lat[row]), seen=int(contacts.seen_ms[i]), within=within_m,
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
