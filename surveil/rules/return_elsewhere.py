"""Return after silence elsewhere: a vessel comes back where its last course does not lead.

Condition: a craft that was under way and silent for at least `min_gap_s` and `intervals` of its own reporting
intervals, no longer than `max_gap_s`, is heard again at least `min_off_m`, and at least `off_share` of the way that it
would have made, from where its last course and speed lead; away from ports at both ends, while at least
`min_witnesses` other craft within `witness_m` of where it was last heard are heard.

Source: assumed; the witnesses are those of the rule `silence`.

Known false alarms: turns at the end of a lane, pilots and orders during a silence that poor reception explains; class B
at the edge of what is heard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.encounter import witnesses
from surveil.kernels.geodesy import destination_deg, destination_deg_array, distance_m_array
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, nm, off_place, under_way
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, Example, run, together
from surveil.tracks.view import View
from surveil.words import Words

_LATELY_MS = 60_000
"""A witness was heard within this time (assumed: six class A intervals under way, M.1371-5 table 1)."""
_SENTENCE = (
    "{craft} is heard again after {minutes:.0f} min of silence, {off} from where its last course leads{where}, "
    "{motion}; last heard {last:clock}"
)


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    min_gap_s: int = param(1200, "s", "assumed: seven of the longest intervals under way, 3 min", 60, 86400)
    intervals: float = param(8.0, "intervals", "as the rule silence", 1, 1000)
    max_gap_s: int = param(7200, "s", "assumed: after that it could be anywhere", 600, 86400)
    min_sog_kn: float = param(3.0, "kn", "assumed: slower has no course", 0, 20)
    min_off_m: float = param(5 * NM_M, "m", "assumed", 500, 100_000)
    off_share: float = param(0.8, "", "assumed: a turn by 47 degrees at once, or a stop soon after", 0, 2)
    min_reports: int = param(20, "reports", "as the rule silence", 1, 10000)
    min_port_m: float = param(2 * NM_M, "m", "as the rule silence", 0, 50_000)
    witness_m: float = param(6 * NM_M, "m", "as the rule silence", 100, 100_000)
    min_witnesses: int = param(3, "craft", "as the rule silence", 0, 100)


class Heard(Episodes):
    """What each slot last said, and of one that came back, what it had said before."""

    FIELDS = Episodes.FIELDS | {
        "last_ms": ("i8", -1), "last_lon": ("f8", np.nan), "last_lat": ("f8", np.nan), "sog_kn": ("f4", np.nan),
        "cog_deg": ("f4", np.nan), "last_port_m": ("f8", np.nan), "gap_s": ("f8", 0.0), "off_m": ("f8", 0.0),
        "made_m": ("f8", 0.0), "seen_others": ("i4", 0), "line_ms": ("i8", 0),
    }  # fmt: skip

    def remember(self, view: View, rows: np.ndarray) -> None:
        """Keep what rows say now."""
        slots = view.slots[rows]
        self.last_ms[slots], self.last_lon[slots], self.last_lat[slots] = (
            view.last_ms[rows],
            view.lon[rows],
            view.lat[rows],
        )
        self.sog_kn[slots], self.cog_deg[slots] = view.sog_kn[rows], view.cog_deg[rows]
        self.last_port_m[slots] = view.port_m[rows]


class ReturnElsewhere(Rule):
    """A vessel that comes back from a silence elsewhere than its course leads."""

    name = "return_elsewhere"
    version = 1
    Params = Params
    known_false_alarms = (
        "Turns at the end of a lane, pilots and orders during a silence that poor reception explains; class B at the "
        "edge of what is heard."
    )

    def __init__(self, params):
        super().__init__(params)
        self.heard = Heard(grace_s=600)

    def evaluate(self, view) -> list[Candidate]:
        self.heard.reach(view.slots)
        before_ms = self.heard.last_ms[view.slots]
        news = np.flatnonzero(view.last_ms != before_ms)
        back = news[(before_ms[news] >= 0) & (view.last_ms[news] - before_ms[news] >= self.params.min_gap_s * 1000)]
        holds = np.zeros(len(view), bool)
        if back.size:
            holds[back] = self._elsewhere(view, back)
        self.heard.remember(view, news)
        going = self.heard.update(view, holds)
        return [
            Candidate(row, int(view.mmsi[row]), int(self.heard.line_ms[view.slots[row]]))
            for row in np.flatnonzero(going).tolist()
        ]

    def _elsewhere(self, view, rows: np.ndarray) -> np.ndarray:
        """bool[k]: where none would look for them, though others were heard; keeps the figures."""
        p, h, slots = self.params, self.heard, view.slots[rows]
        gap_s = (view.last_ms[rows] - h.last_ms[slots]) / 1000.0
        made_m = np.nan_to_num(h.sog_kn[slots] * KN).astype(np.float64) * gap_s
        course = np.nan_to_num(h.cog_deg[slots]).astype(np.float64)
        due = destination_deg_array(h.last_lon[slots], h.last_lat[slots], course, made_m)
        off_m = distance_m_array(*due, view.lon[rows], view.lat[rows])
        found = (
            view.craft[rows]
            & (gap_s <= p.max_gap_s)
            & ~(gap_s < p.intervals * view.interval_s[rows])
            & (h.sog_kn[slots] >= p.min_sog_kn)
            & ~np.isnan(h.cog_deg[slots])
            & (off_m >= np.maximum(p.min_off_m, p.off_share * made_m))
            & (np.minimum(h.last_port_m[slots], view.port_m[rows]) >= p.min_port_m)
            & (view.reports[rows] >= p.min_reports)
        )
        others = witnesses(
            view.lon, view.lat, view.last_ms, view.craft, h.last_lon[slots], h.last_lat[slots], h.last_ms[slots],
            view.t_ms - _LATELY_MS, p.witness_m,
        )  # fmt: skip
        found &= others >= p.min_witnesses
        kept = slots[found]
        h.gap_s[kept], h.off_m[kept], h.made_m[kept] = gap_s[found], off_m[found], made_m[found]
        h.seen_others[kept], h.line_ms[kept] = others[found], h.last_ms[kept]
        return found

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, h, slot = candidate.row, self.params, self.heard, view.slots[candidate.row]
        gap_s, off_m, made_m = float(h.gap_s[slot]), float(h.off_m[slot]), float(h.made_m[slot])
        sentence = Words(
            _SENTENCE, craft=view.title(row), minutes=gap_s / 60, off=nm(off_m), motion=under_way(view, row),
            where=off_place(view.areas, view.lon[row], view.lat[row]), last=candidate.t_start_ms,
        )  # fmt: skip
        compared = [
            Compared("silence", round(gap_s), "between", f"{p.min_gap_s} and {p.max_gap_s}", "s", "assumed"),
            Compared("distance from where its course leads", round(off_m), ">=", p.min_off_m, "m", "assumed"),
            Compared("the same, of the way it would have made", round(off_m / max(made_m, 1.0), 2), ">=", p.off_share,
                     "", "assumed"),
            Compared("craft heard where it fell silent", int(h.seen_others[slot]), ">=", p.min_witnesses, "",
                     "assumed"),
        ]  # fmt: skip
        return Details(
            sentence, "low", 0.2, view.lon[row], view.lat[row],
            self.evidence("Where it came back, against its last course and speed", compared,
                          [h.first_input(slot), last_input(view, row)]),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        others = [run(235_200_000 + i, (IN_SW_LANE[0] - 0.02 * i, IN_SW_LANE[1]), 227.0, 1.0, 5400) for i in range(4)]

        def back(course_deg: float, speed_kn: float, gap_s: int = 2700):
            out = run(235_123_456, IN_SW_LANE, SW_FLOW_DEG, 10.0, 900)
            end = destination_deg(*IN_SW_LANE, SW_FLOW_DEG, 870 * 10.0 * KN)
            again = destination_deg(*end, course_deg, speed_kn * KN * gap_s)
            later = run(235_123_456, again, course_deg, 10.0, 900, start_s=870 + gap_s)
            return together(out, later.replace(digest=later.digest + np.uint64(50_000)), *others)

        yield Example("45 min silent, back 7 nm to the side", back(137.0, 9.0), True)
        yield Example("back where its course leads", back(SW_FLOW_DEG, 10.0), False)
        yield Example("a turn of 30°", back(SW_FLOW_DEG - 30, 10.0), False)
        yield Example("to the side after 15 min", back(137.0, 20.0, 900), False)
