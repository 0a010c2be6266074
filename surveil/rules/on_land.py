"""A position on land: a vessel that was at sea reports from where no water is.

Condition: within `since_s` it was at sea, and now, for at least `min_s`, it reports from land at least `min_inland_m`
from the coast and `min_port_m` from ports, moving or not. No aircraft; outside the geodata's coverage nothing is said.

Source: positions on land are a known sign of GNSS spoofing (C4ADS, Above Us Only Stars, 2019); the figures are assumed,
the first beyond the 200 m that the coastline is good to.

Known false alarms: rivers, canals and docks that the coastline does not have; boats carried home on a trailer with the
transponder on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.geodesy import destination_deg
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, nm, off_place
from surveil.rules.common import fresh
from surveil.rules.examples import Example, run, together
from surveil.schema import CLASS_SAR_AIRCRAFT
from surveil.words import Words

_AT_SEA = (1.05, 50.85)
"""Off Dungeness."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_inland_m: float = param(1500.0, "m", "assumed: wider than the rivers and docks of the strait", 200, 100_000)
    min_port_m: float = param(2.0 * NM_M, "m", "assumed", 0, 50_000)
    offing_m: float = param(1000.0, "m", "assumed: so far off the coast it was at sea", 0, 50_000)
    since_s: int = param(7200, "s", "assumed: no lock and canal lie between", 600, 86400)
    min_s: int = param(300, "s", "assumed: a wild position is over by then", 0, 86400)


class OnLand(Rule):
    """A vessel on land that was at sea."""

    name = "on_land"
    version = 1
    Params = Params
    known_false_alarms = "Rivers, canals and docks that the coastline does not have; boats on a trailer."

    def __init__(self, params):
        super().__init__(params)
        self.at_sea = Episodes(grace_s=params.since_s)
        self.stays = Episodes(grace_s=120)

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        off = (view.coast_m >= p.offing_m) & view.craft & (view.ais_class != CLASS_SAR_AIRCRAFT)
        land = off & (view.coast_m >= p.min_inland_m) & (view.port_m >= p.min_port_m) & fresh(view)
        ashore = view.area_of("land") >= 0
        was_at_sea = self.at_sea.update(view, off & ~ashore)
        going = self.stays.update(view, land & ashore & was_at_sea)
        return [self._candidate(view, row) for row in np.flatnonzero(going).tolist()]

    def _candidate(self, view, row: int) -> Candidate:
        slot = view.slots[row]
        lasted = self._lasted(slot)
        almost = None if lasted.value >= self.params.min_s else lasted
        return Candidate(row, int(view.mmsi[row]), int(self.stays.since_ms[slot]), almost=almost)

    def _lasted(self, slot: int) -> Compared:
        lasted_s = round((self.stays.seen_ms[slot] - self.stays.since_ms[slot]) / 1000)
        return Compared("time on land", lasted_s, ">=", self.params.min_s, "s", "assumed")

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, slot = candidate.row, self.params, view.slots[candidate.row]
        inland_m = float(view.coast_m[row])
        sentence = Words(
            "{craft} reports from land, {inland} from the coast{where}; at sea until {until:clock}",
            craft=view.title(row), inland=nm(inland_m), until=int(self.at_sea.seen_ms[slot]),
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            Compared("distance inland", round(inland_m), ">=", p.min_inland_m, "m", "assumed"),
            self._lasted(slot),
        ]
        inputs = [self.stays.first_input(slot), last_input(view, row)]
        return Details(
            sentence, "low", 0.1, view.lon[row], view.lat[row],
            self.evidence("Inside the coastline", compared, inputs),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def spoofed(inland_s: int):
            sea = run(235_123_456, _AT_SEA, 330.0, 30.0, 900)
            end = destination_deg(*_AT_SEA, 330.0, 30.0 * NM_M * 0.25)
            inland = run(235_123_456, end, 330.0, 30.0, inland_s, start_s=900)
            return together(sea, inland.replace(digest=inland.digest + np.uint64(50_000)))

        yield Example("sails on at 30 kn, 8 nm over the marsh behind Dungeness", spoofed(1600), True)
        yield Example("stops at the shore", spoofed(30), False)
        yield Example("on land all the while", run(235_123_456, (0.9, 51.15), 330.0, 5.0, 1800), False)
