"""Silence begun just before an area: a vessel stops reporting on its way into the lanes or a watched area.

Condition: last heard outside all areas of the watched kinds, under way, on a course that leads into one within
`ahead_s`; silent for longer than `max_gap_s` and than `intervals` of its own reporting intervals, but no more than
`max_gaps` times as long, while at least `min_witnesses` other craft within `witness_m` of where it would be by now are
heard; at least `min_reports` before, and away from ports. A silence that a learned map of reception explains is not
raised. Silence inside an area is the rule `silence`, which shares its figures; what it watches is left to it.

Source: as `silence` (Global Fishing Watch; Welch et al. 2022; figures assumed); `ahead_s` is assumed.

Known false alarms: as `silence`; ships that turn off before the area.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared
from surveil.config import param
from surveil.kernels.encounter import witnesses
from surveil.kernels.geodesy import destination_deg_array
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M, Candidate, Details, Episodes, Rule, last_input, off_place, under_way
from surveil.rules.common import at_rest
from surveil.rules.examples import Example, run, together
from surveil.tracks.table import SMALL_NO
from surveil.words import Words

_LATELY_MS = 60_000
"""A witness was heard within this time (assumed: six class A intervals under way, M.1371-5 table 1)."""
_STEPS = 6
"""Places looked at on the way ahead (assumed: every 100 s of ten minutes)."""
_SENTENCE = (
    "{craft} silent for {minutes:.0f} min: last heard {last:clock} just before the {area:name} {motion}{where}; "
    "{seen} craft near where it should be by now are heard"
)


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    kinds: tuple = param(
        ("lane", "deep_water_route", "separation_zone", "precautionary_area", "watch_area"), "kinds of area", "assumed"
    )
    left_out: tuple = param(
        ("inshore_zone", "separation_crossing"), "kinds of area", "assumed: silence there is the rule `silence`"
    )
    ahead_s: int = param(600, "s", "assumed: just before", 60, 7200)
    max_gap_s: int = param(900, "s", "as the rule silence", 60, 86400)
    intervals: float = param(8.0, "intervals", "as the rule silence", 1, 1000)
    max_gaps: float = param(3.0, "", "as the rule silence", 1, 100)
    min_reports: int = param(20, "reports", "as the rule silence", 1, 10000)
    min_sog_kn: float = param(3.0, "kn", "assumed: slower has no course into anything", 0, 20)
    min_port_m: float = param(2 * NM_M, "m", "as the rule silence", 0, 50_000)
    witness_m: float = param(6 * NM_M, "m", "as the rule silence", 100, 100_000)
    min_witnesses: int = param(3, "craft", "as the rule silence", 0, 100)
    max_p_reception: float = param(0.5, "", "as the rule silence; asks for a map", 0, 1)
    off_per_hour: float = param(0.001, "per hour", "as the rule silence", 1e-9, 1)


class SilenceBefore(Rule):
    """A vessel that went silent on its way into an area."""

    name = "silence_before_area"
    version = 1
    Params = Params
    hold_s = 0
    known_false_alarms = (
        "Class B beyond its range; slots lost in dense traffic; ships that turn off before the area and sail out of "
        "range."
    )

    def __init__(self, params):
        super().__init__(params)
        self.silent = Episodes(grace_s=0)

    def evaluate(self, view) -> list[Candidate]:
        p, slots = self.params, view.slots
        self.silent.reach(slots)
        raised, suspect = np.zeros(len(view), bool), np.zeros(len(view), bool)
        late = np.flatnonzero(view.age_s > p.max_gap_s)
        allowed_s = np.maximum(p.max_gap_s, p.intervals * np.nan_to_num(view.interval_s[late], nan=0.0))
        age_s = view.age_s[late]
        suspect[late] = (age_s > allowed_s) & (age_s <= p.max_gaps * allowed_s) & view.craft[late]
        raised[late] = (self.silent.row_ms[slots[late]] == view.last_ms[late]) & (self.silent.seen_ms[slots[late]] > 0)
        new = np.flatnonzero(suspect & ~raised)
        suspect[new] = False
        new = new[self._on_course(view, new)]
        if new.size:
            new = new[self._enters(view, new) >= 0]
            enough = self._witnesses(view, new) >= p.min_witnesses
            suspect[new[enough & ~self._explained(view, new)]] = True
        self.silent.update(view, suspect | raised)
        return [
            Candidate(row, int(view.mmsi[row]), int(view.last_ms[row]))
            for row in np.flatnonzero(suspect | raised).tolist()
        ]

    def _on_course(self, view, rows: np.ndarray) -> np.ndarray:
        """bool[k]: was under way, well heard, outside what is watched."""
        p = self.params
        columns = view.areas.columns_of(*p.kinds, *p.left_out)
        return (
            (view.reports[rows] >= p.min_reports)
            & (view.sog_kn[rows] >= p.min_sog_kn)
            & ~np.isnan(view.cog_deg[rows])
            & (view.port_m[rows] >= p.min_port_m)
            & ~view.inside[rows][:, columns].any(axis=1)
            & ~at_rest(view)[rows]
        )

    def _enters(self, view, rows: np.ndarray) -> np.ndarray:
        """int64[k]: the column of the first area that the course leads into, -1 for none."""
        after_s = self.params.ahead_s * np.arange(1, _STEPS + 1) / _STEPS
        at = np.repeat(rows, _STEPS)
        made_m = view.sog_kn[at] * KN * np.tile(after_s, rows.size)
        inside = view.areas.inside(*_ahead(view, at, made_m), view.areas.columns_of(*self.params.kinds))
        first = inside.reshape(rows.size, -1)  # step by step, area by area
        columns = np.tile(view.areas.columns_of(*self.params.kinds), _STEPS)
        return np.where(first.any(axis=1), columns[first.argmax(axis=1)], -1)

    def _witnesses(self, view, rows: np.ndarray) -> np.ndarray:
        """int64[k]: other craft heard about where each would be by now."""
        place = _ahead(view, rows, view.sog_kn[rows] * KN * view.age_s[rows])
        return witnesses(
            view.lon, view.lat, view.last_ms, view.craft, *place, view.last_ms[rows], view.t_ms - _LATELY_MS,
            self.params.witness_m,
        )  # fmt: skip

    def _explained(self, view, rows: np.ndarray) -> np.ndarray:
        """bool[k]: bad reception is known to be the likelier cause."""
        silence = view.silence(rows) if rows.size else None
        if silence is None:
            return np.zeros(rows.size, bool)
        return silence.p_reception(self.params.off_per_hour) > self.params.max_p_reception

    def describe(self, view, candidate: Candidate) -> Details:
        row, p, rows = candidate.row, self.params, np.array([candidate.row])
        age_s, seen = float(view.age_s[row]), int(self._witnesses(view, rows)[0])
        area = view.areas.features[self._enters(view, rows)[0]]
        sentence = Words(
            _SENTENCE, craft=view.title(row), minutes=age_s / 60, last=candidate.t_start_ms, area=area.name, seen=seen,
            motion=under_way(view, row), where=off_place(view.areas, view.lon[row], view.lat[row]),
        )  # fmt: skip
        compared = [
            Compared("silence", round(age_s), ">", p.max_gap_s, "s", "assumed"),
            Compared("reports before", int(view.reports[row]), ">=", p.min_reports, "", "assumed"),
            Compared("craft heard near where it should be", seen, ">=", p.min_witnesses, "", "assumed"),
            Compared("SOG", round(float(view.sog_kn[row]), 1), ">=", p.min_sog_kn, "kn", "assumed"),
        ]
        severity, risk = ("high", 0.6) if view.small[row] != SMALL_NO else ("medium", 0.3)
        return Details(
            sentence, severity, risk, view.lon[row], view.lat[row],
            self.evidence("Silence that reception near by does not explain", compared, [last_input(view, row)]),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def others(count: int):
            return [run(235_200_000 + i, (0.80 - 0.02 * i, 50.45), 40.0, 1.0, 4200) for i in range(count)]

        def from_the_south(last_s: int, course_deg: float = 0.0):
            return run(235_123_456, (0.80, 50.30), course_deg, 10.0, last_s)

        yield Example("silent minutes before the NE lane", together(from_the_south(1740), *others(5)), True)
        yield Example("on a course away from it", together(from_the_south(1740, 120.0), *others(5)), False)
        yield Example("goes on reporting", together(from_the_south(4200), *others(5)), False)
        yield Example("silent where nobody is heard", together(from_the_south(1740), *others(1)), False)


def _ahead(view, rows: np.ndarray, made_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """lon, lat float64[k]: so far on, by the last course."""
    return destination_deg_array(
        view.lon[rows], view.lat[rows], view.cog_deg[rows].astype(np.float64), made_m.astype(np.float64)
    )
