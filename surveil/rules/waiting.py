"""Waiting off a beach: a small craft keeps about one piece of water off a shore with no berth.

Condition: over the last `window_s` a small craft, or one of class B of no known size, stayed within `radius_m` of its
mean place, between `min_coast_m` and `max_coast_m` from the coast and within `beach_m` of a beach, at least
`min_port_m` from ports, moving at no more than `max_speed_kn`; not moored or at anchor by its motion or status, no
craft at work.

Source: assumed; a boat that picks people up off a beach, or waits for others, does so.

Known false alarms: angling, diving, sailing and rescue boats off a beach by day; yachts that drift for a swim.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.motion import wander
from surveil.kernels.motion_state import AT_ANCHOR, FISHING_STATUS, MOORED
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, by_kind, last_input, nm, off_place
from surveil.rules.beach_departure import OFF_WISSANT
from surveil.rules.common import at_rest, fresh, maybe_small, service_craft
from surveil.rules.examples import Example, run, sized
from surveil.schema import CLASS_B
from surveil.words import Words

_SENTENCE = (
    "{craft} waits off {beach}: within {radius} for {minutes:.0f} min at {speed:.1f} kn, {coast} off the coast{where}"
)


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    window_s: int = param(2400, "s", "assumed: longer than a look at the beach, or a foul tide", 300, 2880)
    max_speed_kn: float = param(2.0, "kn", "assumed: a yacht that stems the tide makes more", 0.1, 10)
    radius_m: float = param(0.35 * NM_M, "m", "assumed", 50, 10_000)
    min_coast_m: float = param(150.0, "m", "assumed: nearer she is on the beach", 0, 10_000)
    max_coast_m: float = param(2.0 * NM_M, "m", "assumed", 100, 50_000)
    beach_m: float = param(2.5 * NM_M, "m", "assumed", 100, 50_000)
    min_port_m: float = param(2.0 * NM_M, "m", "assumed", 0, 50_000)


class Waiting(Rule):
    """A small craft that waits off a beach."""

    name = "waiting_off_beach"
    version = 1
    Params = Params
    hold_s = 1200
    known_false_alarms = "Angling, diving, sailing and rescue boats off a beach by day; yachts that drift for a swim."

    def __init__(self, params):
        super().__init__(params)
        self.waits = Episodes(grace_s=600)

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        near = (view.coast_m <= p.max_coast_m) & (view.coast_m >= p.min_coast_m) & (view.port_m >= p.min_port_m)
        holds = np.zeros(len(view), bool)
        if near.any():
            rows = np.flatnonzero(near & maybe_small(view) & view.craft & fresh(view) & (view.sog_kn <= p.max_speed_kn))
            rows = rows[self._loose(view, rows)]
            span_ms, radius_m, speed_kn = self._motion(view, rows)
            stays = (span_ms >= 900 * p.window_s) & (radius_m <= p.radius_m) & (speed_kn <= p.max_speed_kn)
            rows = rows[stays]
            holds[rows] = view.areas.nearest("beach", view.lon[rows], view.lat[rows])[1] <= p.beach_m
        going = self.waits.update(view, holds)
        return [
            Candidate(row, int(view.mmsi[row]), int(self.waits.since_ms[view.slots[row]]))
            for row in np.flatnonzero(going).tolist()
        ]

    def _loose(self, view, rows: np.ndarray) -> np.ndarray:
        """bool[k]: neither made fast nor at work."""
        motion = view.motion[rows]
        bound = at_rest(view) | service_craft(view) | (view.nav_status == FISHING_STATUS)
        return (motion != AT_ANCHOR) & (motion != MOORED) & ~bound[rows]

    def _motion(self, view, rows: np.ndarray):
        arrays = view.table.arrays
        return wander(
            view.slots[rows], view.t_ms, self.params.window_s * 1000, arrays.ring_n, arrays.ring_t_ms, arrays.ring_lon,
            arrays.ring_lat,
        )  # fmt: skip

    def describe(self, view, candidate: Candidate) -> Details:
        row, p = candidate.row, self.params
        span_ms, radius_m, speed_kn = (float(values[0]) for values in self._motion(view, np.array([row])))
        found, beach_m = view.areas.nearest("beach", view.lon[row], view.lat[row])
        beach, coast_m = view.areas.places[found[0]].name, float(view.coast_m[row])
        sentence = Words(
            _SENTENCE, craft=view.title(row), beach=beach, radius=nm(radius_m), minutes=span_ms / 60_000,
            speed=speed_kn, coast=nm(coast_m), where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            Compared("window", round(span_ms / 1000), ">=", 0.9 * p.window_s, "s", "assumed"),
            Compared("radius", round(radius_m), "<=", p.radius_m, "m", "assumed"),
            Compared("mean speed", round(speed_kn, 1), "<=", p.max_speed_kn, "kn", "assumed"),
            Compared("distance to the beach", round(float(beach_m[0])), "<=", p.beach_m, "m", "assumed"),
        ]
        inputs = [self.waits.first_input(view.slots[row]), last_input(view, row)]
        risk = 0.3 + 0.1 * (not view.name(row)) + 0.1 * (view.ship_type[row] <= 0)
        return Details(
            sentence, "medium", risk, view.lon[row], view.lat[row], self.evidence(by_kind(view, row), compared, inputs)
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def craft(speed_kn: float, duration_s: int):
            return run(235_123_456, OFF_WISSANT, 235.0, speed_kn, duration_s, ais_class=CLASS_B)

        yield Example("8 m, about one place off Wissant for 50 min", craft(0.7, 3000), True, sized(235_123_456, 8))
        yield Example("for 30 min", craft(0.7, 1800), False, sized(235_123_456, 8))
        yield Example("passes at 5 kn", craft(5.0, 2400), False, sized(235_123_456, 8))
        yield Example("lies still", craft(0.0, 2400), False, sized(235_123_456, 8))
