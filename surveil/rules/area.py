"""Area entry and exit: a target stays in a watched area; the alert ends when it leaves.

Condition: inside an area of the watched kinds for at least `min_stay_s` (0: from the first tick inside).
Watched by default are separation zones, which a vessel "shall not normally enter" unless crossing,
joining or leaving a lane, in an emergency, or fishing (COLREG rule 10(e)). The default stay lets a ferry
cross one.

Source: COLREG rule 10(e); the stay is assumed.

Known false alarms: slow craft that cross lawfully; vessels at work on cables, buoys or wind farms (10(k), (l));
zones digitised with errors of some 200 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.rules.base import (
    Candidate,
    Details,
    Episodes,
    Rule,
    last_input,
    off_place,
)
from surveil.rules.common import fresh, service_craft
from surveil.rules.examples import IN_MAIN_ZONE, Example, run, sized
from surveil.words import Words


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    kinds: tuple = param(("separation_zone",), "kinds of area", "COLREG rule 10(e)")
    min_stay_s: int = param(1200, "s", "assumed: a ferry at 18 kn crosses the widest zone in less", 0, 86400)
    service_craft: bool = param(False, "", "fishing is exempt by COLREG 10(e)(ii), works by 10(k), (l)")


class Area(Rule):
    """A target in an area it should not stay in."""

    name = "area"
    version = 1
    Params = Params
    hold_s = 60
    known_false_alarms = "Slow lawful crossings; craft at work on cables, buoys and wind farms; chart errors of 200 m."

    def __init__(self, params):
        super().__init__(params)
        self.stays = Episodes(grace_s=120)

    def evaluate(self, view) -> list[Candidate]:
        column = view.area_of(*self.params.kinds)
        inside = (column >= 0) & view.craft & fresh(view)
        if not self.params.service_craft:
            inside &= ~service_craft(view)
        staying = np.flatnonzero(self.stays.update(view, inside, column))
        slots = view.slots[staying]
        # one that left early must not ripen in the grace
        ripe = self.stays.seen_ms[slots] - self.stays.since_ms[slots] >= self.params.min_stay_s * 1000
        self._inside, self._unripe = inside, staying[inside[staying] & ~ripe]
        return [self._candidate(view, row, True) for row in staying[ripe].tolist()]

    def almost(self, view) -> list[Candidate]:
        return [self._candidate(view, row, False) for row in self._unripe.tolist()]

    def _candidate(self, view, row: int, ripe: bool) -> Candidate:
        slot = view.slots[row]
        area = view.areas.features[self.stays.key[slot]]
        phase = "in" if self._inside[row] else "left"
        almost = None if ripe else self._stay(slot)
        return Candidate(row, int(view.mmsi[row]), int(self.stays.since_ms[slot]), area.id, phase, almost=almost)

    def _stay(self, slot: int) -> Compared:
        stay_s = round((self.stays.seen_ms[slot] - self.stays.since_ms[slot]) / 1000)
        return Compared("time inside", stay_s, ">=", self.params.min_stay_s, "s", "assumed; COLREG 10(e)")

    def describe(self, view, candidate: Candidate) -> Details:
        row, slot = candidate.row, view.slots[candidate.row]
        area = view.areas.features[self.stays.key[slot]]
        stay_s = (self.stays.seen_ms[slot] - self.stays.since_ms[slot]) / 1000
        message = (
            "{craft} has been in the {area:name} for {minutes:.0f} min (entered {entered:clock}){where}"
            if candidate.phase == "in"
            else "{craft} has left the {area:name} after {minutes:.0f} min (entered {entered:clock}){where}"
        )
        sentence = Words(
            message, craft=view.title(row), area=area.name, minutes=stay_s / 60, entered=candidate.t_start_ms,
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            self._stay(slot),
            Compared("area accuracy", area.accuracy_m, "", None, "m", area.source),
        ]
        inputs = [self.stays.first_input(slot), last_input(view, row)]
        return Details(
            sentence, "low", 0.1, view.lon[row], view.lat[row],
            self.evidence(Words("Inside an area of kind {kind:name}", kind=area.kind), compared, inputs),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def stay(duration_s: int):
            return run(235_123_456, IN_MAIN_ZONE, 40.0, 1.0, duration_s)

        yield Example("stays in a separation zone for 25 min", stay(1500), True)
        yield Example("is in it for 15 min", stay(900), False)
        yield Example("a fishing boat stays in it", stay(1500), False, statics=sized(235_123_456, 12, ship_type=30))
