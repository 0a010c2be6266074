"""A crossing by its whole shape: from a beach, across the lanes, to the other country, before it is finished.

Condition: a small craft, or one of class B of no known size, that left a beach (`tracks/trips.py`) has made at least
`min_made_m` from it at no more than `max_mean_kn`, straight enough (the way made good is at least `min_straight` of the
way gone), and the way it makes good leads, within `reach_m`, through a traffic lane not yet passed to the shore of
another country, where a beach or port lies within `sector_deg` of it. It is raised before the first lane is reached, if
she makes for it, and worded anew in a lane and between the lanes. `small_craft_crossing` is about the lane alone, and
about any small craft.

Source: COLREG rule 10(c), (j) for the lanes; the way of small boats from the French coast in MAIB report 7/2023;
figures are assumed.

Known false alarms: yachts that cross from an anchorage off a beach; escorted swimmers' boats, which cross so by
intention.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import bearing_deg, destination_deg_array, distance_m
from surveil.rules.base import (
    NM_M,
    Candidate,
    Details,
    Episodes,
    Rule,
    by_kind,
    direction,
    last_input,
    nm,
    off_place,
    under_way,
)
from surveil.rules.beach_departure import from_beach
from surveil.rules.common import at_rest, fresh, maybe_small, service_craft
from surveil.rules.examples import Example, sized
from surveil.rules.origins import Origin, Origins
from surveil.tracks.events import TrackEvent
from surveil.tracks.view import LANE_KINDS
from surveil.words import Words

_STEP_M = 0.5 * NM_M
"""How finely the way ahead is looked at (assumed: lanes are 2.5 nm wide or more)."""
_SHORES = ("beach", "port", "harbour")
_SENTENCES = {
    "before": "{craft} from {beach} ({left:clock}) makes for the lanes and {shore} {motion}{where}; {made} made",
    "in a lane": "{craft} from {beach} ({left:clock}) is in the lanes, for {shore} {motion}{where}; {made} made",
    "between": "{craft} from {beach} ({left:clock}) is between the lanes, for {shore} {motion}{where}; {made} made",
    "after": "{craft} from {beach} ({left:clock}) has crossed the lanes, for {shore} {motion}{where}; {made} made",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_made_m: float = param(3.0 * NM_M, "m", "assumed: less shows no purpose yet", 500, 50_000)
    max_mean_kn: float = param(10.0, "kn", "assumed: a crowded inflatable over an hour", 2, 60)
    min_straight: float = param(0.8, "", "assumed: an angler's or racer's way is less", 0, 1)
    sector_deg: float = param(25.0, "deg", "assumed: the tide sets a slow craft so far", 1, 90)
    reach_m: float = param(30 * NM_M, "m", "assumed: the strait is 18 to 30 nm wide here", 1000, 200_000)
    keep_s: int = param(43200, "s", "assumed: longer than any crossing", 3600, 200_000)


class Crossing(Rule):
    """A crossing from a beach to the other country, as soon as its shape shows."""

    name = "crossing_shape"
    version = 1
    Params = Params
    of_facts = ("keep_s",)
    hold_s = 1200
    known_false_alarms = "Yachts that cross from an anchorage off a beach; boats that escort swimmers."

    def __init__(self, params):
        super().__init__(params)
        self.origins = Origins(params.keep_s)
        self.first = Episodes(grace_s=params.keep_s)
        self.crossings = Episodes(grace_s=900)

    def happened(self, events: list[TrackEvent]) -> None:
        self.origins.take(events)

    def evaluate(self, view) -> list[Candidate]:
        left = self.origins.rows(view)
        holds, from_beach = np.zeros(len(view), bool), np.zeros(len(view), bool)
        if not left and not (self.crossings.since_ms > 0).any():
            return []
        able = maybe_small(view) & view.craft & fresh(view) & ~at_rest(view) & ~service_craft(view)
        for row, origin, beach in left:
            from_beach[row] = True
            holds[row] = able[row] and self._crosses(view, row, origin, beach.country)
        self.first.update(view, from_beach)
        going = self.crossings.update(view, holds)
        return [
            Candidate(row, int(view.mmsi[row]), origin.t_ms, origin.beach, self._phase(view, row))
            for row, origin, _ in left
            if going[row]
        ]

    def _crosses(self, view, row: int, origin: Origin, country: str) -> bool:
        p, made_m = self.params, self._made_m(view, row, origin)
        if made_m < p.min_made_m or self._mean_kn(view, made_m, origin) > p.max_mean_kn:
            return False
        if self._straight(view, row) < p.min_straight:
            return False
        raised = (
            self.crossings.since_ms[view.slots[row]] > 0 if view.slots[row] < len(self.crossings.since_ms) else False
        )
        return bool(self._shores(view, row, origin, country)) and (raised or self._lanes_ahead(view, row, origin))

    def _made_m(self, view, row: int, origin: Origin) -> float:
        return distance_m(origin.lon, origin.lat, float(view.lon[row]), float(view.lat[row]))

    def _mean_kn(self, view, made_m: float, origin: Origin) -> float:
        return made_m / max(1.0, (view.t_ms - origin.t_ms) / 1000) * 3600 / NM_M

    def _good_deg(self, view, row: int, origin: Origin) -> float:
        """The way made good since the beach."""
        return bearing_deg(origin.lon, origin.lat, float(view.lon[row]), float(view.lat[row]))

    def _straight(self, view, row: int) -> float:
        """Way made good over way gone, of what is remembered; 1 where that is too little to say."""
        past = view.history(row)
        lon, lat = past["lon"], past["lat"]
        gone = sum(distance_m(lon[i - 1], lat[i - 1], lon[i], lat[i]) for i in range(4, len(lon), 4))
        return distance_m(lon[0], lat[0], lon[-1], lat[-1]) / gone if gone > 2 * NM_M else 1.0

    def _shores(self, view, row: int, origin: Origin, country: str) -> list:
        """Beaches and ports of another country on the way ahead, nearest first."""
        good = self._good_deg(view, row, origin)
        at = float(view.lon[row]), float(view.lat[row])
        found, _ = view.areas.sector(_SHORES, *at, good, self.params.sector_deg, self.params.reach_m)
        places = (view.areas.places[i] for i in found.tolist())
        return [place for place in places if place.country and place.country != country]

    def _lanes_ahead(self, view, row: int, origin: Origin) -> bool:
        """Whether she is in a lane, or the way made good leads through one."""
        ahead_m = np.arange(0.0, self.params.reach_m, _STEP_M)
        good = np.full(len(ahead_m), self._good_deg(view, row, origin))
        lon, lat = (np.full(len(ahead_m), float(v[row])) for v in (view.lon, view.lat))
        lanes = view.areas.columns_of(*LANE_KINDS)
        return bool(view.areas.inside(*destination_deg_array(lon, lat, good, ahead_m), lanes).any())

    def _phase(self, view, row: int) -> str:
        if view.lane[row] >= 0:
            return "in a lane"
        if view.inside[row, view.areas.columns_of("separation_zone", "separation_crossing")].any():
            return "between"
        origin = self.origins.by_mmsi[int(view.mmsi[row])]
        return "before" if self._lanes_ahead(view, row, origin) else "after"

    def describe(self, view, candidate: Candidate) -> Details:
        row, p = candidate.row, self.params
        _, origin, beach = next(each for each in self.origins.rows(view) if each[0] == row)
        made_m = self._made_m(view, row, origin)
        shores = [place.name for place in self._shores(view, row, origin, beach.country)[:2]]
        sentence = Words(
            _SENTENCES[candidate.phase], craft=view.title(row), beach=beach.name, left=origin.t_ms,
            shore=tuple(shores) or Words("the other shore"), motion=under_way(view, row),
            where=off_place(view.areas, view.lon[row], view.lat[row]), made=nm(made_m),
        )  # fmt: skip
        compared = [
            Compared("distance made good", round(made_m), ">=", p.min_made_m, "m", "assumed"),
            Compared("mean speed", round(self._mean_kn(view, made_m, origin), 1), "<=", p.max_mean_kn, "kn", "assumed"),
            Compared("straightness", round(self._straight(view, row), 2), ">=", p.min_straight, "", "assumed"),
            Compared("way made good", direction(self._good_deg(view, row, origin)), "", None, "", ""),
        ]
        inputs = [self.first.first_input(view.slots[row]), last_input(view, row)]
        risk = 0.6 + 0.1 * (not view.name(row)) + 0.1 * (candidate.phase == "in a lane")
        return Details(
            sentence, "high", risk, view.lon[row], view.lat[row], self.evidence(by_kind(view, row), compared, inputs)
        )  # fmt: skip

    @classmethod
    def examples(cls):
        yield Example("8 m, from Wissant toward Dover at 5 kn", from_beach(3600), True, sized(235_123_456, 8))
        yield Example("has made 2 nm", from_beach(1500), False, sized(235_123_456, 8))
        yield Example("along its own shore", from_beach(3600, course_deg=50.0), False, sized(235_123_456, 8))
        yield Example("24 m", from_beach(3600), False, sized(235_123_456, 24))
