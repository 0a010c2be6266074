"""What must be true for an alert of each rule to count as right: the table, and the spells of truth it asks for.

An alert is right if what its rule is *for* is true of its subject, not only what it says: the false alarms that a
rule's own page knows of (a yacht that crosses lawfully, a trawler that lingers) are false here too.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from surveil.evaluate.truth import STEP_MS, Subject, Truth
from surveil.kernels.approach import approaches
from surveil.kernels.geodesy import EARTH_RADIUS_M

NM_M = 1852.0
EARLY_MS = 60_000
"""An alert may come so long before what it is about (assumed: clocks of stations, and truth kept each 10 s)."""
LATE_MS = 600_000
"""An alert may come so long after what it is about ended (assumed: what a watch still acts on)."""

AGAINST_DEG, OBLIQUE_DEG, ACROSS_DEG = 135.0, 30.0, 60.0
"""Angles between heading and flow from which a lane passage is against the flow, oblique (either way), across: as the
rule `lane` has them by default (COLREG rule 10(b), (c); the figures assumed)."""
ZONE_STAY_MS = 1_200_000
"""A stay in a separation zone of at least so long is one: as the rule `area` has it by default."""

CLOSE_M = 0.15 * NM_M
"""A ship that passed a small craft so near did what the rule `collision` says that she will: its limit of 200 m and the
error of a place (assumed)."""
SMALL_M, SHIP_M = 20.0, 50.0
"""Shorter than that is small craft, as the track table has it; from that on they are ships that run boats down."""
SOON_MS = 600_000
"""So long before it a close pass may be told, as the rule `collision` looks ahead by default; not after it."""
FASTEST_MS = 30.0
"""Nothing on the water moves faster: 58 kn."""
SEEN_M = 0.25 * NM_M
"""A contact of a sensor is placed to tens of metres; what is farther off is another (SIAP here takes 500 m)."""


@dataclass(frozen=True)
class Claim:
    """What a rule's alerts are for: spells of these kinds; how far off an alert without an identity may be.

    ``device``: the MMSI of its alerts is a device's or a witness's, which says nothing of the boat it is about.
    ``cases``: kinds of spell of which every one should be found; None where they are the same.
    """

    spells: tuple[str, ...]
    within_m: float = NM_M
    device: bool = False
    cases: tuple[str, ...] | None = None


CLAIMS = {
    "area": Claim(("in_zone",)),
    "avoided_water": Claim(("boat", "dark", "adrift"), 2 * NM_M, device=True, cases=()),
    "collision": Claim(("boat", "dark", "close"), SEEN_M, cases=()),
    "dark_craft": Claim(("boat", "dark"), cases=("boat",)),
    "beach_departure": Claim(("boat",)),
    "crossing_shape": Claim(("boat",)),
    "distress": Claim(("boat", "sart"), 2 * NM_M, device=True, cases=("sart",)),
    "distress_call": Claim(("boat", "sart"), 2 * NM_M, device=True, cases=()),
    "drifting": Claim(("adrift",)),
    "ferry_off_route": Claim(("adrift",), cases=()),
    "identity": Claim(("cloned",), cases=()),
    "landing": Claim(("boat",)),
    "lane": Claim(("against", "oblique")),
    "loitering": Claim(("adrift", "rendezvous")),
    "on_land": Claim(("jammed", "cloned"), cases=()),
    "position": Claim(("jammed", "cloned"), cases=()),
    "rescue_gathering": Claim(("boat", "sart", "adrift"), device=True, cases=()),
    "return_elsewhere": Claim(("silence", "jammed", "cloned"), cases=()),
    "reaction": Claim(("boat", "dark"), SEEN_M, device=True, cases=()),
    "rendezvous": Claim(("rendezvous", "boat"), cases=("rendezvous",)),
    "shadowing": Claim(("boat", "dark"), SEEN_M, cases=()),
    "silence": Claim(("silence", "jammed")),
    "silence_before_area": Claim(("silence", "jammed"), cases=()),
    "small_craft_crossing": Claim(("boat",)),
    "spoofed_track": Claim(("jammed", "cloned"), cases=()),
    "stopped_in_lane": Claim(("adrift", "rendezvous"), cases=()),
    "waiting_off_beach": Claim(("boat",)),
}
"""By name of the rule. Distances: a mile is what a lifeboat looks over from where it is sent (assumed); a distress
device may be that far from its last fix, so two."""
OTHERWISE = Claim(("boat",))
"""For rules not in the table, of other packages: they are taken to look for small boats."""

_ENDS = {"sart": ("sart_off",), "silence": ("heard_again",)}
"""Kinds of event that end a spell, besides ``<kind>_end``."""
_BEGINS = {"sart_on": "sart"}
_PAIRED = ("silence", "jammed", "cloned", "rendezvous", "sart_on")


@dataclass(frozen=True)
class Spell:
    """Something that was true of a subject (by its index) from one time to another, both inside."""

    subject: int
    kind: str
    start_ms: int
    end_ms: int

    def covers(self, t_ms: int) -> bool:
        """Whether an alert raised then may be about it."""
        return self.start_ms - EARLY_MS <= t_ms <= self.end_ms + LATE_MS


def claim_of(rule: str) -> Claim:
    return CLAIMS.get(rule, OTHERWISE)


def spells_of(truth: Truth, zones=None) -> dict[int, list[Spell]]:
    """Everything that an alert could be right about, by index of the subject.

    Parameters
    ----------
    zones : :class:`surveil.areas.Areas`; without it there are no spells ``in_zone``.
    """
    found = {}
    for index, subject in enumerate(truth.subjects):
        spells = [*_boat(subject), *_dark(subject), *_adrift(subject), *_passages(subject), *_paired(subject)]
        if zones is not None:
            spells += _in_zone(subject, zones)
        found[index] = [Spell(index, *spell) for spell in spells]
    for index, t_ms in _close_passes(truth.subjects):
        found[index].append(Spell(index, "close", t_ms - SOON_MS, max(t_ms - LATE_MS, t_ms - SOON_MS)))
    return found


def _close_passes(subjects: tuple[Subject, ...]) -> list[tuple[int, int]]:
    """Each time that a ship passed a small craft within CLOSE_M: index of the craft, and when she was nearest."""
    whole = [(i, s) for i, s in enumerate(subjects) if np.ptp(s.course.t_ms) == STEP_MS * (len(s.course.t_ms) - 1)]
    small = [i for i, s in whole if s.length_m < SMALL_M]
    told = small + [i for i, s in whole if s.length_m >= SHIP_M]
    courses = [subjects[i].course for i in told]
    start = np.cumsum([0, *(len(c.t_ms) for c in courses)]).astype(np.int64)
    first = np.array([c.t_ms[0] // STEP_MS for c in courses], np.int64)
    lon, lat = (np.concatenate([np.empty(0), *(getattr(c, name) for c in courses)]) for name in ("lon", "lat"))
    x_m, y_m = np.radians(lon) * np.cos(np.radians(lat.mean() if len(lat) else 0.0)), np.radians(lat)
    pairs, _ = approaches(
        start, first, x_m * EARTH_RADIUS_M, y_m * EARTH_RADIUS_M, CLOSE_M, FASTEST_MS * STEP_MS / 1000
    )
    return [(told[i], step * STEP_MS) for i, j, step in pairs.tolist() if i < len(small) <= j]


def _dark(subject: Subject):
    """What a contact without AIS is said to be is true of every craft that carries none, small boat or yacht."""
    if not subject.carries_ais and subject.simulated:
        yield "dark", int(subject.course.t_ms[0]), int(subject.course.t_ms[-1])


def _boat(subject: Subject):
    if subject.is_boat:
        yield "boat", subject.launched_ms, subject.ended_ms


def _runs(holds: np.ndarray):
    """(first, last) index of each run of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, holds, False]))
    return zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)


def _adrift(subject: Subject):
    course = subject.course
    for a, b in _runs(course.adrift):
        yield "adrift", int(course.t_ms[a]), int(course.t_ms[b])


def _passages(subject: Subject):
    """Lane passages that go against the flow, or across it at an odd angle."""
    passing = [e for e in subject.events if e.kind in ("lane_entry", "lane_exit")]
    for _, events in itertools.groupby(sorted(passing, key=lambda e: e.area), key=lambda e: e.area):
        start_ms = int(subject.course.t_ms[0])
        for event in (several := list(events)):
            if event.kind == "lane_entry":
                start_ms = event.t_ms
            elif kind := passage_kind(event.angle_deg):
                yield kind, start_ms, event.t_ms
        if several[-1].kind == "lane_entry" and (kind := passage_kind(several[-1].angle_deg)):
            yield kind, start_ms, int(subject.course.t_ms[-1])


def passage_kind(angle_deg: float) -> str:
    """'against', 'oblique' or '' by the angle between heading and flow."""
    if angle_deg >= AGAINST_DEG:
        return "against"
    return "oblique" if OBLIQUE_DEG < min(angle_deg, 180 - angle_deg) < ACROSS_DEG else ""


def _paired(subject: Subject):
    """Spells between an event and the one that ends it, or the end of the subject's course."""
    for event in subject.events:
        if event.kind not in _PAIRED:
            continue
        kind = _BEGINS.get(event.kind, event.kind)
        ends = (f"{kind}_end", *_ENDS.get(kind, ()))
        later = (e.t_ms for e in subject.events if e.kind in ends and e.t_ms >= event.t_ms)
        yield kind, event.t_ms, next(later, int(subject.course.t_ms[-1]))


def _in_zone(subject: Subject, zones):
    """Long stays in a separation zone, looked up once a minute."""
    course, step = subject.course, 60_000 // STEP_MS
    columns = zones.columns_of("separation_zone")
    t_ms = course.t_ms[::step]
    inside = zones.inside(course.lon[::step], course.lat[::step], columns)
    for column in np.flatnonzero(inside.any(axis=0)):
        for a, b in _runs(inside[:, column]):
            if t_ms[b] - t_ms[a] >= ZONE_STAY_MS:
                yield "in_zone", int(t_ms[a]), int(t_ms[b])
