"""Departure from a beach: a small craft leaves the shore where there is no harbour.

Condition: a small craft, or one of class B of no known size, was seen to set out, or was first heard under way, nearer
to a beach than to any port or harbour and within 1.5 nm of it (`tracks/trips.py`); within `within_s` it has made
`min_made_m` from there, is at least `min_coast_m` off the coast and goes at a small craft's speed. The alert lasts as
long as she goes on, `within_s` at most. One that was seen at rest on the beach counts for more than one first heard
near it; one first heard as the watch began for nothing, since it may have been on its way for long.

Source: departures of small boats from open beaches in MAIB report 7/2023; all figures are assumed.

Known false alarms: angling, sailing and rescue boats kept on a beach; yachts at anchor off one; craft that come within
hearing of a station just there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.config import param
from surveil.kernels.geodesy import distance_m
from surveil.rules.base import (
    NM_M,
    Candidate,
    Details,
    Episodes,
    Rule,
    between,
    by_kind,
    last_input,
    nm,
    off_place,
    under_way,
)
from surveil.rules.common import at_rest, fresh, maybe_small, service_craft
from surveil.rules.examples import IN_SW_LANE, Example, run, sized, together
from surveil.rules.origins import Origin, Origins
from surveil.schema import CLASS_B, Positions
from surveil.tracks.events import TrackEvent
from surveil.words import Words

OFF_WISSANT = (1.648, 50.894)
"""Some 900 m off the beach of Wissant, 4 nm from the next harbour."""
_SENTENCES = {
    True: "{craft} left {beach} at {left:clock}, now {made} from there {motion}{where}",
    False: "{craft} was first heard off {beach} at {left:clock}, now {made} from there {motion}{where}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_made_m: float = param(1.0 * NM_M, "m", "assumed: less is a turn off the beach", 100, 50_000)
    min_coast_m: float = param(0.75 * NM_M, "m", "assumed: anglers along the shore keep nearer", 0, 50_000)
    min_sog_kn: float = param(1.0, "kn", "assumed: slower is drifting", 0, 10)
    max_sog_kn: float = param(12.0, "kn", "assumed: faster than any crowded inflatable", 2, 60)
    within_s: int = param(5400, "s", "assumed: later it is a passage, not a departure", 600, 21600)


class BeachDeparture(Rule):
    """A small craft that left a beach."""

    name = "beach_departure"
    version = 1
    Params = Params
    hold_s = 900
    known_false_alarms = (
        "Angling, sailing and rescue boats kept on a beach; yachts at anchor off one; craft that come within hearing "
        "of a station just there."
    )

    def __init__(self, params):
        super().__init__(params)
        self.origins = Origins(params.within_s)
        self.first = Episodes(grace_s=params.within_s)

    def happened(self, events: list[TrackEvent]) -> None:
        self.origins.take(events)

    def evaluate(self, view) -> list[Candidate]:
        left = self.origins.rows(view)
        near = np.zeros(len(view), bool)
        near[[row for row, _, _ in left]] = True
        if near.any() or (self.first.since_ms > 0).any():
            self.first.update(view, near)  # so that its first input row is known
        if not left:
            return []
        going = _going(view, self.params)
        made = ((row, origin, self._made_m(view, row, origin)) for row, origin, _ in left if going[row])
        return [self._candidate(view, *each) for each in made]

    def _made_m(self, view, row: int, origin: Origin) -> float:
        return distance_m(origin.lon, origin.lat, float(view.lon[row]), float(view.lat[row]))

    def _candidate(self, view, row: int, origin: Origin, made_m: float) -> Candidate:
        p, coast_m = self.params, float(view.coast_m[row])
        almost = None
        if made_m < p.min_made_m:
            almost = self._made(made_m)
        elif not coast_m >= p.min_coast_m:
            almost = Compared("distance to the coast", round(coast_m), ">=", p.min_coast_m, "m", "assumed")
        return Candidate(row, int(view.mmsi[row]), origin.t_ms, origin.beach, almost=almost)

    def _made(self, made_m: float) -> Compared:
        return Compared("distance from the beach", round(made_m), ">=", self.params.min_made_m, "m", "assumed")

    def describe(self, view, candidate: Candidate) -> Details:
        row, p = candidate.row, self.params
        _, origin, beach = next(each for each in self.origins.rows(view) if each[0] == row)
        made_m = self._made_m(view, row, origin)
        sentence = Words(
            _SENTENCES[origin.seen], craft=view.title(row), beach=beach.name, left=origin.t_ms, made=nm(made_m),
            motion=under_way(view, row), where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        speeds = between(p.min_sog_kn, p.max_sog_kn)
        compared = [
            self._made(made_m),
            Compared("distance to the coast", round(float(view.coast_m[row])), ">=", p.min_coast_m, "m", "assumed"),
            Compared("SOG", round(float(view.sog_kn[row]), 1), "between", speeds, "kn", "assumed"),
        ]
        risk = 0.35 + 0.1 * origin.seen + 0.1 * (not view.name(row)) + 0.1 * (view.ship_type[row] <= 0)
        inputs: list[InputRow] = [self.first.first_input(view.slots[row]), last_input(view, row)]
        return Details(
            sentence, "high" if risk >= 0.6 else "medium", risk, view.lon[row], view.lat[row],
            self.evidence(by_kind(view, row), compared, inputs),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        yield Example("8 m, from the beach of Wissant at 5 kn", from_beach(1800), True, sized(235_123_456, 8))
        alone = from_beach(1800, rest=False)
        ship = run(235_000_001, IN_SW_LANE, 227.0, 12.0, 1800)
        yield Example("class B first heard off the beach", together(ship, alone), True)
        yield Example("the same, as the watch began", alone, False)
        yield Example("has made half a mile", from_beach(400), False, sized(235_123_456, 8))
        yield Example("24 m", from_beach(1800), False, sized(235_123_456, 24))


def from_beach(duration_s: int, speed_kn: float = 5.0, course_deg: float = 325.0, rest: bool = True) -> Positions:
    """A craft that lies off Wissant for ten minutes, if at all, and makes for Dover."""
    away = run(235_123_456, OFF_WISSANT, course_deg, speed_kn, duration_s, ais_class=CLASS_B, start_s=600)
    if not rest:
        return away
    return together(run(235_123_456, OFF_WISSANT, course_deg, 0.0, 600, ais_class=CLASS_B), away)


def _going(view, p: Params) -> np.ndarray:
    """bool[n]: small craft that go somewhere, at a small craft's speed."""
    return (
        maybe_small(view)
        & view.craft
        & fresh(view)
        & (view.sog_kn >= p.min_sog_kn)
        & (view.sog_kn <= p.max_sog_kn)
        & ~at_rest(view)
        & ~service_craft(view)
    )
