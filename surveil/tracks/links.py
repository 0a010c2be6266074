"""One hull that changes its MMSI: a number first heard where another, just fallen silent, should have been.

Each pair is scored by the natural logarithm of the odds that it is one hull, from what is assumed here: a prior,
how exactly the new number begins where the old one would be by now at its last course and speed, against stations
that appear anywhere nearby, and which static data agree. No kinematics alone reach the odds asked for: some static
datum must agree.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from surveil.kernels.identity import fallen_silent
from surveil.schema import CLASS_ATON, CLASS_BASE, CLASS_CONTACT, CLASS_DEVICE
from surveil.tracks.events import MMSI_CHANGED, TrackEvent
from surveil.tracks.table import TrackTable

WINDOW_S = 900
"""How long the old number may have been silent when the new one is first heard (assumed)."""
WAIT_S = 1200
"""How long a pair is watched for static data: three of the six minutes between them (M.1371-5 annex 1, 2.5)."""
SILENT_S, SILENT_INTERVALS, SILENT_MOST_S = 180, 4, 3600
"""The old number must stay silent for the first, or for so many of its own reporting intervals if that is longer, but
for no longer than the last (assumed). A pair is watched until then."""
NEARBY_M = 10_000.0
"""Where other numbers fallen silent count as rivals of the pair (assumed)."""
GATE_SIGMAS = 4.0
BOX_DEG = 0.35
"""Half a box, twice as wide, that none leaves within the window at 80 kn in our latitudes; a saving, no threshold."""
CANDIDATES = 3
"""Old numbers watched for one new one, the nearest first (assumed)."""
FIX_M, DRIFT_MS = 100.0, 0.7
"""Standard deviation of the predicted place: at once, and its growth a second, by turns and engine (assumed)."""
SPEED_KN, COURSE_DEG, UNDER_WAY_KN = 1.0, 10.0, 2.0
"""Standard deviations of what a hull may change meanwhile; slower ones have no course (assumed)."""
PRIOR, ENOUGH = float(np.log(1e-4)), float(np.log(100.0))
"""One new number in ten thousand is a changed one; a link is reported at odds of a hundred to one (assumed)."""
WEIGHTS = {
    "imo": (10.0, -8.0), "callsign": (8.0, -4.0), "name": (7.0, -3.0), "length_m": (3.0, -4.0),
    "beam_m": (2.0, -2.0), "ship_type": (1.5, -1.0),
}  # fmt: skip
"""What static data add where both numbers gave them, if they agree and if not: by how many hulls share a value, and
how often whoever changes the one changes the other too (assumed)."""
_NOT_CRAFT = (CLASS_BASE, CLASS_ATON, CLASS_DEVICE, CLASS_CONTACT)


@dataclass
class _Pair:
    """A new slot and an old one, with the kinematic part of the score at first hearing."""

    new: int
    old: int
    t_ms: int
    lon: float
    lat: float
    silent_s: float
    apart_m: float
    score: float


class Links:
    """Watches new numbers; ``linked`` gives the slot each was before."""

    kinds = (MMSI_CHANGED,)

    def __init__(self):
        self.linked: dict[int, int] = {}
        self._waiting = np.empty(0, np.int64)
        self._seen = 0
        self._pairs: list[_Pair] = []

    def tick(self, t_ms: int, table: TrackTable) -> list[TrackEvent]:
        """Look at numbers new since the last tick, and decide pairs that can be decided."""
        found = self._heard_first(table)
        if found.size:
            craft = _recent_craft(table, int(table.arrays.first_ms[found].min()) - WINDOW_S * 1000)
            self._pairs += _candidates(table, found, craft)
        events, open_pairs = [], []
        for pair in self._pairs:
            verdict = self._judge(pair, t_ms, table)
            if isinstance(verdict, TrackEvent):
                events.append(verdict)
            elif verdict:
                open_pairs.append(pair)
        self._pairs = open_pairs
        return events

    def _heard_first(self, table: TrackTable) -> np.ndarray:
        """int64[k]: slots that have their first position since the last tick."""
        if self._seen == table.n and not self._waiting.size:
            return self._waiting
        self._waiting = np.append(self._waiting, np.arange(self._seen, table.n))
        self._seen = table.n
        heard = table.arrays.reports[self._waiting] > 0
        found, self._waiting = self._waiting[heard], self._waiting[~heard]
        return found

    def _judge(self, pair: _Pair, t_ms: int, table: TrackTable) -> TrackEvent | bool:
        """The link, or whether to go on watching."""
        s = table.arrays
        interval_s = float(np.nan_to_num(s.interval_s[pair.old]))
        silent_s = min(SILENT_MOST_S, max(SILENT_S, SILENT_INTERVALS * interval_s))
        over = t_ms - pair.t_ms > 1000 * max(WAIT_S, silent_s)
        if over or s.last_ms[pair.old] >= pair.t_ms or pair.new in self.linked:
            return False
        if t_ms - s.last_ms[pair.old] < 1000 * silent_s:
            return True
        agree, differ = _compared(table, pair)
        score = pair.score + sum(WEIGHTS[k][0] for k in agree) + sum(WEIGHTS[k][1] for k in differ)
        if not agree or score < ENOUGH:
            return True
        self.linked[pair.new] = pair.old
        return _event(pair, t_ms, int(s.mmsi[pair.new]), int(s.mmsi[pair.old]), score, agree, differ)

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        few = {
            "linked": list(self.linked.items()), "waiting": self._waiting.tolist(), "seen": self._seen,
            "pairs": [asdict(pair) for pair in self._pairs],
        }  # fmt: skip
        return {"few": np.frombuffer(json.dumps(few).encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        few = json.loads(arrays["few"].tobytes())
        self.linked, self._seen = dict(few["linked"]), few["seen"]
        self._waiting = np.array(few["waiting"], np.int64)
        self._pairs = [_Pair(**pair) for pair in few["pairs"]]


def _recent_craft(table: TrackTable, since_ms: int) -> np.ndarray:
    """int64[k]: slots of craft heard since a time."""
    s, n = table.arrays, table.n
    return np.flatnonzero((s.last_ms[:n] >= since_ms) & (s.reports[:n] > 0) & ~np.isin(s.ais_class[:n], _NOT_CRAFT))


def _candidates(table: TrackTable, new: np.ndarray, craft: np.ndarray) -> list[_Pair]:
    """Old numbers, among slots of craft, that new ones could be, the likeliest first."""
    s = table.arrays
    new = new[~np.isin(s.ais_class[new], _NOT_CRAFT)]
    old, *measured, rivals = fallen_silent(
        new, craft, s.first_ms, s.last_ms, s.lon, s.lat, s.sog_kn, s.cog_deg, WINDOW_S * 1000, BOX_DEG, NEARBY_M,
        FIX_M, DRIFT_MS, GATE_SIGMAS, CANDIDATES,
    )  # fmt: skip
    pairs = []
    for i, j in np.argwhere(old >= 0).tolist():
        silent_s, apart_m, sigma_m = (float(column[i, j]) for column in measured)
        a, b = int(new[i]), int(old[i, j])
        score = PRIOR + _place_score(apart_m, sigma_m, int(rivals[i])) + _motion_score(s, a, b)
        pairs.append(_Pair(a, b, int(s.first_ms[a]), float(s.lon[a]), float(s.lat[a]), silent_s, apart_m, score))
    return pairs


def _place_score(apart_m: float, sigma_m: float, rivals: int) -> float:
    """Log ratio: Gaussian round the predicted place, against so many stations anywhere nearby."""
    density = rivals / (np.pi * NEARBY_M**2)
    return float(-np.log(2 * np.pi * sigma_m**2 * density) - 0.5 * (apart_m / sigma_m) ** 2)


def _motion_score(s, new: int, old: int) -> float:
    """Log ratio of speeds and courses as alike as this, against any up to 20 kn (assumed) and any at all."""
    speeds = float(s.sog_kn[new]), float(s.sog_kn[old])
    if not min(speeds) >= UNDER_WAY_KN:
        return -2.0 if max(speeds) >= 2 * UNDER_WAY_KN else 0.0
    score = _alike(speeds[0] - speeds[1], SPEED_KN, 20.0)
    off_deg = float(s.cog_deg[new]) - float(s.cog_deg[old])
    return score if np.isnan(off_deg) else score + _alike((off_deg + 180) % 360 - 180, COURSE_DEG, 360.0)


def _alike(off: float, sigma: float, span: float) -> float:
    """Never below -6: a hull may stop or turn."""
    return max(-6.0, float(np.log(span / (sigma * np.sqrt(2 * np.pi))) - 0.5 * (off / sigma) ** 2))


def _compared(table: TrackTable, pair: _Pair) -> tuple[list[str], list[str]]:
    """Names of static data that agree and that differ, of those that both gave."""
    agree, differ = [], []
    for name in WEIGHTS:
        a, b = table.statics[name][pair.new], table.statics[name][pair.old]
        if (a and b) if a.dtype.kind == "S" else (a > 0 and b > 0):
            (agree if a == b else differ).append(name)
    return agree, differ


def _event(pair: _Pair, t_ms: int, mmsi: int, before: int, score: float, agree, differ) -> TrackEvent:
    sentence = (
        f"{mmsi} is likely the hull that was {before}: first heard {pair.silent_s:.0f} s after it fell silent, "
        f"{pair.apart_m:.0f} m from where it should be by then; the same {', '.join(agree)}"
    )
    facts = {
        "mmsi_before": before, "silent_s": round(pair.silent_s, 1), "apart_m": round(pair.apart_m, 1),
        "log_odds": round(score, 2), "agree": " ".join(agree), "differ": " ".join(differ),
    }  # fmt: skip
    return TrackEvent(pair.t_ms, t_ms, MMSI_CHANGED, mmsi, pair.lon, pair.lat, sentence, facts)
