"""AIS silence inside an area: a vessel stops reporting where others around it are still heard.

Condition: last heard in a watched area, under way, away from ports, after at least `min_reports`; silent for
longer than `max_gap_s` and than `intervals` of its own reporting intervals, but not so long that it could be
anywhere; while at least `min_witnesses` other craft within `witness_m` of where it would be by now, on its last
course and speed, are heard: so the receiver is shown to work there, and a ship that sails out of its range is
left alone. A report of that time that comes after all, late, retracts it.

With a learned map (`surveil learn`) a silence that bad reception explains is not raised: one for which the chance
that a station that goes on sending is heard so little there, at that hour, outweighs the chance that it was switched
off, by `max_p_reception`; small craft fall silent for more reasons than ships, and matter more, so that less evidence
is asked of theirs (`off_small_per_hour`, and `max_p_among_many` where `many_witnesses` are heard about them now and
they were heard each `well_heard_s` themselves, whatever was learned). The alert starts at the last report and ends when
it is heard again.

Source: the rule of Global Fishing Watch and Welch et al. 2022 (doi 10.1126/sciadv.abq2109) asks for 12 h and
50 nm from shore, which no point of the strait is; figures here are assumed, after the reporting intervals of
M.1371-5 tables 1 and 2. How often ships switch off is not published by the hour; Welch et al. find up to 6 % of the
activity of fishing vessels hidden so.

Known false alarms: class B beyond its range (2 W against 12.5 W); slots lost in dense traffic; a transponder
switched off outside a port that the geodata does not know. A map hides what often happened where it was learned.
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
from surveil.rules.examples import IN_SW_LANE, Example, run, together
from surveil.schema import Positions
from surveil.tracks.reception import LEVELS
from surveil.tracks.table import SMALL_NO, SMALL_YES
from surveil.words import Words

_LATELY_MS = 60_000
"""A witness was heard within this time (assumed: six class A intervals under way, M.1371-5 table 1)."""
_SILENT = "{craft} silent for {minutes:.0f} min: last heard {last:clock} in the {zone:name} {motion}{where}"
_ASKED = (
    "{craft} silent for {minutes:.0f} min: last heard {last:clock} in the {zone:name} {motion}{where}; "
    "{seen} craft within {within:.0f} nm of where it should be by now are heard"
)

_LEAST_TOLD = 1e-6
"""A map of some million reports says nothing of what is rarer (assumed)."""


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    kinds: tuple = param(
        ("lane", "deep_water_route", "separation_zone", "separation_crossing", "precautionary_area", "inshore_zone"),
        "kinds of area", "assumed",
    )  # fmt: skip
    max_gap_s: int = param(900, "s", "assumed: five of the longest intervals under way, 3 min", 60, 86400)
    intervals: float = param(8.0, "intervals", "assumed", 1, 1000)
    max_gaps: float = param(
        3.0, "", "assumed: after so many times the longest gap allowed it could be anywhere", 1, 100
    )
    min_reports: int = param(20, "reports", "assumed", 1, 10000)
    min_sog_kn: float = param(1.0, "kn", "assumed: slower may be at rest", 0, 20)
    min_port_m: float = param(2 * NM_M, "m", "assumed", 0, 50_000)
    witness_m: float = param(6 * NM_M, "m", "assumed", 100, 100_000)
    min_witnesses: int = param(3, "craft", "assumed", 0, 100)
    max_p_reception: float = param(0.5, "", "assumed: rather bad reception than not; asks for a map", 0, 1)
    off_per_hour: float = param(0.001, "per hour", "assumed: a ship under way switches off once in 1,000 h", 1e-9, 1)
    many_witnesses: int = param(
        10, "craft", "assumed: so many heard about it now show that reception is not to blame", 0, 1000
    )
    max_p_among_many: float = param(
        0.95, "", "assumed: of a small craft among many witnesses; its own aerial is left to blame", 0, 1
    )
    well_heard_s: float = param(
        180.0, "s", "the longest reporting interval (M.1371-5 table 2): one heard less often has no witness", 1, 3600
    )
    off_small_per_hour: float = param(
        0.05, "per hour", "assumed: a small craft's set is switched off, runs flat or is swamped once in 20 h", 1e-9, 1
    )


class Silence(Rule):
    """A vessel that went silent where it should be heard."""

    name = "silence"
    version = 1
    Params = Params
    hold_s = 0
    known_false_alarms = (
        "Class B beyond its range; slots lost in dense traffic; transponders switched off near harbours."
    )

    def __init__(self, params):
        super().__init__(params)
        self.silent = Episodes(grace_s=0)
        self._came_late: dict[int, int] = {}
        self._broken: dict[int, tuple[int, int]] = {}

    def late(self, positions: Positions) -> None:
        for mmsi, t_ms in zip(positions.mmsi.tolist(), positions.t_ms.tolist(), strict=True):
            self._came_late[mmsi] = max(t_ms, self._came_late.get(mmsi, t_ms))

    def evaluate(self, view) -> list[Candidate]:
        p = self.params
        self.silent.reach(view.slots)
        late = np.flatnonzero(view.age_s > p.max_gap_s)
        # raised once, it lasts until the vessel is heard: witnesses may come and go
        slots, raised, suspect = view.slots[late], np.zeros(len(view), bool), np.zeros(len(view), bool)
        raised[late] = (self.silent.row_ms[slots] == view.last_ms[late]) & (self.silent.seen_ms[slots] > 0)
        suspect[late] = self._suspect(view, late)
        new = np.flatnonzero(suspect & ~raised)
        if new.size:
            seen = self._witnesses(view, new)
            suspect[new] = (seen >= p.min_witnesses) & ~self._explained(view, new, seen)
        self.silent.update(view, suspect | raised)
        rows = np.flatnonzero(suspect | raised)
        self._hear_late(view, rows)
        return [self._candidate(view, int(row)) for row in rows]

    def _suspect(self, view, rows: np.ndarray) -> np.ndarray:
        """bool[k]: under way in a watched area, well heard, and silent for longer than is nothing."""
        p, allowed_s, age_s = self.params, self._allowed_s(view, rows), view.age_s[rows]
        return (
            view.craft[rows]
            & (view.area_of(*p.kinds)[rows] >= 0)
            & (age_s > allowed_s)
            & (age_s <= p.max_gaps * allowed_s)
            & (view.reports[rows] >= p.min_reports)
            & (view.sog_kn[rows] >= p.min_sog_kn)
            & (view.port_m[rows] >= p.min_port_m)
            & ~at_rest(view)[rows]
        )

    def _hear_late(self, view, rows: np.ndarray) -> None:
        """Silences in which a report was sent, though it came too late to be seen: by MMSI, last heard and sent."""
        of = {int(view.mmsi[row]): int(view.last_ms[row]) for row in rows}
        late = {m: (of[m], t_ms) for m, t_ms in self._came_late.items() if t_ms > of.get(m, t_ms)}
        kept = {m: broken for m, broken in self._broken.items() if of.get(m) == broken[0]}
        self._broken, self._came_late = late | kept, {}

    def _candidate(self, view, row: int) -> Candidate:
        mmsi, last_ms = int(view.mmsi[row]), int(view.last_ms[row])
        sent = self._broken.get(mmsi)
        why = Words("it was not silent: a report of {sent:clock} came late", sent=sent[1]) if sent else ""
        return Candidate(row, mmsi, last_ms, phase=self._phase(float(view.age_s[row])), retract=why)

    def _allowed_s(self, view, rows: np.ndarray) -> np.ndarray:
        """float64[k]: the longest silence that is nothing yet."""
        return np.maximum(self.params.max_gap_s, self.params.intervals * np.nan_to_num(view.interval_s[rows], nan=0.0))

    def _phase(self, age_s: float) -> str:
        """Worded anew each time the silence has doubled."""
        return f"doubled {int(np.log2(max(age_s / self.params.max_gap_s, 1.0)))} times"

    def _witnesses(self, view, rows: np.ndarray) -> np.ndarray:
        """int64[k]: other craft heard about where each would be by now."""
        made_m = view.sog_kn[rows] * KN * view.age_s[rows]
        place = destination_deg_array(
            view.lon[rows], view.lat[rows], view.cog_deg[rows].astype(np.float64), made_m.astype(np.float64)
        )
        lately_ms = view.t_ms - _LATELY_MS
        return witnesses(
            view.lon, view.lat, view.last_ms, view.craft, *place, view.last_ms[rows], lately_ms, self.params.witness_m
        )

    def _explained(self, view, rows: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """bool[k]: bad reception is known to be the likelier cause, ``seen`` being the witnesses about each."""
        silence = view.silence(rows) if rows.size else None
        if silence is None:
            return np.zeros(rows.size, bool)
        p = silence.p_reception(self._off_per_hour(view, rows))
        return p > self._most_p(view, rows, seen)  # NaN, unknown, is not

    def _most_p(self, view, rows: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """float64[k]: up to what probability of bad reception a silence is raised."""
        p = self.params
        among_many = (view.small[rows] == SMALL_YES) & (seen >= p.many_witnesses)
        among_many &= ~(view.interval_s[rows] > p.well_heard_s)
        return np.where(among_many, p.max_p_among_many, p.max_p_reception)

    def _off_per_hour(self, view, rows: np.ndarray) -> np.ndarray:
        """float64[k]: how often craft like these fall silent of themselves."""
        return np.where(view.small[rows] == SMALL_YES, self.params.off_small_per_hour, self.params.off_per_hour)

    def _reception(self, view, row: int, seen: int) -> list[Compared]:
        """What the map says of the silence; nothing without one."""
        at = np.array([row])
        silence = view.silence(at)
        if silence is None:
            return []
        p, on = float(silence.p_reception(self._off_per_hour(view, at))[0]), LEVELS[silence.level[0]]
        most = float(self._most_p(view, at, np.array([seen]))[0])
        if np.isnan(p):
            return [Compared("p_reception", "unknown", "<=", None, "", "nothing learned of reception there")]
        return [
            Compared("p_reception", _told(p), "<=", most, Words("learned of {level:name}", level=on), "assumed"),
            Compared("reports missed", int(silence.due[0]), "", None, _due(silence.interval_s[0]), ""),
            Compared("chance of that while sending", _told(float(silence.chance[0])), "", None, "", ""),
        ]

    def state(self) -> dict[str, np.ndarray]:
        broken = [[mmsi, *times] for mmsi, times in sorted(self._broken.items())]
        came = [[mmsi, t_ms] for mmsi, t_ms in sorted(self._came_late.items())]
        mine = {"broken": np.array(broken, np.int64).reshape(-1, 3), "late": np.array(came, np.int64).reshape(-1, 2)}
        return super().state() | mine

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        super().restore(arrays)
        self._broken = {mmsi: (last_ms, sent_ms) for mmsi, last_ms, sent_ms in arrays["broken"].tolist()}
        self._came_late = dict(arrays["late"].tolist())

    def describe(self, view, candidate: Candidate) -> Details:
        row, p = candidate.row, self.params
        age_s = float(view.age_s[row])
        zone = view.areas.features[view.area_of(*p.kinds)[row]].name
        asked = age_s <= p.max_gaps * self._allowed_s(view, np.array([row]))[0]  # later it could be anywhere
        seen = self._witnesses(view, np.array([row]))[0]
        within_nm = p.witness_m / NM_M
        sentence = Words(
            _ASKED if asked else _SILENT, craft=view.title(row), minutes=age_s / 60, last=candidate.t_start_ms,
            zone=zone, motion=under_way(view, row), where=off_place(view.areas, view.lon[row], view.lat[row]),
            seen=int(seen), within=within_nm,
        )  # fmt: skip
        usual_s = float(view.interval_s[row])
        usual = "unknown" if np.isnan(usual_s) else round(age_s / usual_s)
        port_nm, min_port_nm = float(view.port_m[row]) / NM_M, p.min_port_m / NM_M
        compared = [
            Compared("silence", round(age_s), ">", p.max_gap_s, "s", "assumed"),
            Compared("silence, in its usual intervals", usual, ">", p.intervals, _unit(usual_s), "assumed"),
            Compared("reports before", int(view.reports[row]), ">=", p.min_reports, "", "assumed"),
            Compared(
                Words("craft heard within {within:.0f} nm of it", within=within_nm),
                int(seen),
                ">=",
                p.min_witnesses if asked else None,
                "",
                "assumed",
            ),
            Compared("distance to port", round(port_nm, 1), ">=", round(min_port_nm, 1), "nm", "assumed"),
        ]
        compared += self._reception(view, row, int(seen))
        small = view.small[row] != SMALL_NO
        severity, risk = ("high", 0.7) if small else ("medium", 0.3)
        return Details(
            sentence, severity, risk, view.lon[row], view.lat[row],
            self.evidence("Silence that reception near by does not explain", compared, [last_input(view, row)]),
        )  # fmt: skip

    @classmethod
    def examples(cls):
        def others(count: int):
            return [
                run(235_200_000 + i, (IN_SW_LANE[0] - 0.05 * i, IN_SW_LANE[1]), 227.0, 4.0, 3000) for i in range(count)
            ]

        def quiet(duration_s: int, start_s: int = 0):
            return run(235_123_456, IN_SW_LANE, 227.0, 6.0, duration_s, start_s=start_s)

        yield Example("silent for 30 min among others", together(quiet(1200), *others(4)), True)
        yield Example("heard again after 10 min", together(quiet(1200), quiet(1200, 1800), *others(4)), False)
        yield Example("silent where nobody is heard", together(quiet(1200), *others(1)), False)


def _told(p: float) -> float:
    """A probability to two figures; what is smaller than any map can tell is said to be that small."""
    return float(f"{max(p, _LEAST_TOLD):.2g}")


def _unit(usual_s: float) -> Words:
    """Of a number of reporting intervals."""
    return Words("of an unknown length") if np.isnan(usual_s) else Words("of {seconds:.0f} s", seconds=usual_s)


def _due(interval_s: float) -> Words:
    return Words("due every {seconds:.0f} s", seconds=float(interval_s))
