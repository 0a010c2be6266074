"""Rendezvous: two targets that keep close together, slowly, in open water; one of them may send no AIS.

Condition: within `near_m` of each other, both at `max_kn` or less, for at least `min_s`, or `min_dark_s` if one is a
contact without AIS; off ports, the coast and anchorages, neither at rest by its status nor a service craft. Two small
craft with AIS are left out (they fish a wreck together), and two contacts, which may be one craft.

Source: Skylight, standard rendezvous (within 250 m for 30 min) and dark rendezvous (15 min); 2 kn after Global Fishing
Watch's encounters, and 1 kn more for the tide; the rest is assumed.

Known false alarms: bunkering and stores outside a charted anchorage; wind-farm and guard vessels of an unsaid type; a
ship's own echo that is not known for its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from surveil.alert import Compared
from surveil.config import param
from surveil.rules.base import NM_M, Candidate, Details, Rule, off_place
from surveil.rules.common import at_rest, service_craft
from surveil.rules.examples import IN_SW_LANE, Example, off, run, seen_by_radar, sized, together
from surveil.rules.pairing import Meeting, OfPairs, dark, now, offshore, small_with_ais, two_inputs
from surveil.schema import Positions
from surveil.words import Words


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    near_m: float = param(250.0, "m", "Skylight, standard rendezvous", 10, 1000)
    max_kn: float = param(3.0, "kn", "Global Fishing Watch: 2 kn; 1 more for the tide", 0.5, 10)
    min_s: int = param(1800, "s", "Skylight, standard rendezvous: 30 min", 60, 86400)
    min_dark_s: int = param(900, "s", "Skylight, dark rendezvous: 15 min", 60, 86400)
    min_p_dark: float = param(0.85, "", "assumed: as for dark_craft", 0.01, 1)
    min_port_m: float = param(2 * NM_M, "m", "assumed", 0, 50_000)
    min_coast_m: float = param(1 * NM_M, "m", "assumed", 0, 50_000)


class Rendezvous(OfPairs, Rule):
    """Two that meet at sea."""

    name = "rendezvous"
    version = 1
    Params = Params
    hold_s = 900
    least_s_source = "Skylight, rendezvous"
    known_false_alarms = (
        "Bunkering and stores outside a charted anchorage; wind-farm and guard vessels of an unsaid type; a ship's own "
        "echo that is not known for its own."
    )

    def evaluate(self, view) -> list[Candidate]:
        p, pairs = self.params, view.pairs.where(view.pairs.distance_m <= self.params.near_m)
        a, b = pairs.a, pairs.b
        alone, small = dark(view, p.min_p_dark), small_with_ais(view)
        judged = (
            (alone | view.craft)
            & (pairs.sog_kn <= p.max_kn)
            & offshore(view, p.min_port_m, p.min_coast_m)
            & (view.area_of("anchorage") < 0)
            & ~at_rest(view)
            & ~service_craft(view)
        )
        holds = judged[a] & judged[b]
        holds &= ~(small[a] & small[b]) & ~(view.is_contact[a] & view.is_contact[b])
        # the one with AIS comes first, if there is one: contacts come and go
        return self.candidates(view, [
            (m, m.b, m.a) if view.is_contact[m.a] else (m, m.a, m.b)
            for m in self.meetings.update(view, a[holds], b[holds])
        ])  # fmt: skip

    def least_s(self, view, meeting: Meeting) -> int:
        with_dark = view.is_contact[meeting.a] or view.is_contact[meeting.b]
        return self.params.min_dark_s if with_dark else self.params.min_s

    def describe(self, view, candidate: Candidate) -> Details:
        meeting, row, other = self.meeting_of(view, candidate)
        distance_m, _, _ = now(view, row, other)
        kn = view.pairs.sog_kn[[row, other]].max()
        sentence = Words(
            "{craft} and {other} keep together in open water, {metres:.0f} m apart at {speed:.1f} kn or less, for "
            "{minutes:.0f} min{where}; since {since:clock}",
            craft=view.title(row), other=view.title(other), metres=distance_m, speed=float(kn),
            minutes=(view.t_ms - meeting.since_ms) / 60_000, since=meeting.since_ms,
            where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            Compared("distance apart", round(distance_m), "<=", self.params.near_m, "m", "Skylight, rendezvous"),
            Compared("speed of the faster", round(float(kn), 1), "<=", self.params.max_kn, "kn", "GFW; assumed"),
            self.held(view, meeting),
        ]
        with_dark = bool(view.is_contact[other])
        severity, risk = ("medium", 0.5) if with_dark or small_with_ais(view)[[row, other]].any() else ("low", 0.15)
        evidence = self.evidence("Two targets close together at slow speed", compared, two_inputs(view, meeting))
        return Details(sentence, severity, risk, view.lon[row], view.lat[row], evidence)

    @classmethod
    def examples(cls):
        def two(apart_m: float, duration_s: int = 2100):
            return together(
                run(235_000_001, IN_SW_LANE, 227.0, 1.0, duration_s),
                run(235_123_456, off(IN_SW_LANE, 0.0, apart_m), 227.0, 1.0, duration_s),
            )

        boat = seen_by_radar(IN_SW_LANE, 227.0, 1.0, 1920)
        ship = run(235_123_456, off(IN_SW_LANE, 317.0, 200), 227.0, 1.0, 1920)
        yield Example("two ships 150 m apart for 35 min", two(150), True)
        yield Example("a ship and a boat without AIS for 30 min", fires=True, **boat | {"positions": ship})
        yield Example("half a mile apart", two(926), False)
        yield Example("25 min", two(150, 1500), False)
        yield Example("one is a pilot boat", two(150), False, statics=sized(235_123_456, 18, ship_type=50))
        yield Example("the boat alone", fires=False, **boat | {"positions": Positions.empty()})
