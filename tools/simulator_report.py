"""Write ``docs/simulator.md``: what the simulator makes beside real logs, and what it does not model.

A simulated day of the strait is decoded as the real logs are, and the same figures are taken of each. They are not of
the same waters: the real logs are of the Solent, of Danish and of American waters, so that a difference is a question,
not a fault::

    SURVEIL_SHARED=/path/to/shared python -m tools.simulator_report
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveil import __version__
from surveil.decode.times import TimeOptions
from surveil.ledger import Ledger
from surveil.resources import resource, shared_folder
from surveil.schema import CLASS_A, CLASS_B, MISSING_TIME, Positions
from surveil.simulate.giveway import APART_M, close_approaches
from surveil.simulate.produce import simulate
from surveil.simulate.scenario import Scenario, read_scenario
from surveil.simulate.world import World, build_world
from surveil.sources.files import open_sources

PAGE = Path(__file__).parent.parent / "docs" / "simulator.md"
LOGS = {
    "Solent, 12 Jan 2016": "stonesoup_SolentAIS_20160112_130211.csv.gz",
    "Denmark, 12 Nov 2013": "dma_aisabnormal_ais-sample_20131112.txt.gz",
    "United States, 28 Jul 2016": "nais_us_20160728_100k.nmea.gz",
}
UNDER_WAY_KN = 1.0
MIDDLE_LON = 1.4
"""Ships through the strait are counted here."""
TWICE_MS = 10_000
"""Reports of one ship from one place within this time are one, heard twice: as the engine has it."""


@dataclass(frozen=True)
class Sample:
    """Positions of one log, in order of ship and time, without those heard twice."""

    name: str
    rows: Positions

    @classmethod
    def of(cls, name: str, path: Path) -> Sample:
        ledger, parts = Ledger(), []
        for source in open_sources([path], ledger, TimeOptions()):
            parts += [rows for batch in source.batches() for _, rows, _ in batch.parts() if isinstance(rows, Positions)]
        rows = Positions.concat(parts)
        rows = rows.take((rows.t_ms != MISSING_TIME) & np.isin(rows.ais_class, (CLASS_A, CLASS_B, 0)))
        rows = rows.take(np.lexsort((rows.t_ms, rows.mmsi)))
        again = (np.diff(rows.mmsi) == 0) & (np.diff(rows.t_ms) < TWICE_MS)
        again &= (np.diff(rows.lon) == 0) & (np.diff(rows.lat) == 0)
        return cls(name, rows.take(np.append(True, ~again)))

    @property
    def hours(self) -> float:
        return float(np.ptp(self.rows.t_ms)) / 3_600_000

    def speeds_kn(self, *classes: int) -> np.ndarray:
        """Speeds under way of some classes."""
        sog = self.rows.sog_kn[np.isin(self.rows.ais_class, classes)]
        return sog[sog >= UNDER_WAY_KN]

    def intervals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Seconds from each report of a ship to her next, with her class and speed at the first."""
        same = np.diff(self.rows.mmsi) == 0
        seconds = np.diff(self.rows.t_ms)[same] / 1000
        return seconds, self.rows.ais_class[:-1][same], self.rows.sog_kn[:-1][same]

    def turns_deg_min(self) -> np.ndarray:
        """Change of course in a minute, of ships above 5 kn whose reports are at most 30 s apart."""
        rows = self.rows
        same = (np.diff(rows.mmsi) == 0) & (np.diff(rows.t_ms) <= 30_000) & (np.diff(rows.t_ms) > 0)
        same &= (rows.sog_kn[:-1] > 5) & (rows.sog_kn[1:] > 5)
        turned = np.abs((np.diff(rows.cog_deg) + 180) % 360 - 180)[same]
        return (turned / (np.diff(rows.t_ms)[same] / 60_000))[np.isfinite(turned)]


def percentiles(values: np.ndarray, digits: int = 1) -> str:
    """The 10th, 50th and 90th percentile, or a dash where there is too little to say."""
    values = values[np.isfinite(values)]
    if len(values) < 50:
        return "–"
    return " / ".join(f"{v:.{digits}f}" for v in np.percentile(values, [10, 50, 90]))


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def motion(samples: list[Sample]) -> str:
    rows = [
        [
            s.name, percentiles(s.speeds_kn(CLASS_A, 0)), percentiles(s.speeds_kn(CLASS_B)),
            percentiles(s.turns_deg_min()), f"{np.mean(s.rows.sog_kn < UNDER_WAY_KN):.0%}",
        ]
        for s in samples
    ]  # fmt: skip
    return table(["log", "class A, kn", "class B, kn", "turn, deg/min", "reports below 1 kn"], rows)


def reporting(samples: list[Sample]) -> str:
    bins = (("A, 1 to 14 kn", CLASS_A, 1, 14), ("A, 14 to 23 kn", CLASS_A, 14, 23), ("A, below 1 kn", CLASS_A, 0, 1),
            ("B, above 2 kn", CLASS_B, 2, 99))  # fmt: skip
    rows = []
    for s in samples:
        seconds, kinds, sog = s.intervals()
        rows.append([s.name, *(percentiles(seconds[(kinds == c) & (sog >= a) & (sog < b)], 0) for _, c, a, b in bins)])
    return table(["log", *(name for name, *_ in bins)], rows)


def gaps(samples: list[Sample]) -> str:
    rows = []
    for s in samples:
        seconds, _, sog = s.intervals()
        moving = seconds[sog >= 2]
        rows.append([s.name, *(f"{np.mean(moving > limit):.2%}" for limit in (60, 180, 600))])
    return table(["log", "above 1 min", "above 3 min", "above 10 min"], rows)


def density(samples: list[Sample]) -> str:
    rows = []
    for s in samples:
        hour, vessels = s.rows.t_ms // 3_600_000, len(np.unique(s.rows.mmsi))
        pairs = np.unique(np.column_stack([hour, s.rows.mmsi]), axis=0)
        at_once = f"{np.median(np.bincount(pairs[:, 0] - hour.min())):.0f}" if s.hours > 2 else "–"
        reports = f"{len(s.rows) / max(s.hours, 1 / 60) / vessels:.0f}"
        class_b = f"{np.mean(s.rows.ais_class == CLASS_B):.0%}"
        rows.append([s.name, f"{s.hours:.2f}", f"{vessels}", at_once, reports, class_b])
    head = ["log", "hours", "vessels", "vessels in an hour", "reports a vessel and hour", "reports of class B"]
    return table(head, rows)


def through(world: World, scenario: Scenario) -> str:
    """Ships through the middle of the strait in a day, beside what is published."""
    lane = [b for b in world.bodies if b.ship.kind == "lane traffic"]
    crossed = sum(b.track.lon.min() < MIDDLE_LON < b.track.lon.max() for b in lane) * 24 / scenario.hours
    close = close_approaches([b.track for b in lane])
    angles = np.array([e.angle_deg for b in lane for e in b.events if e.kind == "lane_entry"])
    return PASSAGES.format(
        lon=MIDDLE_LON, crossed=crossed, within=np.mean(angles < 20), stays=len(angles), close=len(close), apart=APART_M
    )


def main() -> None:
    shared = shared_folder()
    if shared is None:
        sys.exit("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    scenario = dataclasses.replace(read_scenario(resource("configs", "scenarios", "strait-day.toml")), sensors=())
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "day"
        simulate(scenario, out)
        made = Sample.of("simulated day", out)
    samples = [made, *(Sample.of(name, shared / "data" / "ais" / file) for name, file in LOGS.items())]
    figures = {each.__name__: each(samples) for each in (motion, reporting, gaps, density)}
    figures["through"] = through(build_world(scenario), scenario)
    page = TEXT.format(version=__version__, seed=scenario.seed, **figures)
    PAGE.write_text(page, encoding="utf-8")


PASSAGES = """Through {lon} E in 24 h: {crossed:.0f} ships on the lanes. Published: more than 400 commercial ships a day
(MCA), 400 to 500 (HM Coastguard), 500 to 600 (Guinness).

{within:.1%} of {stays} stays in a lane are within 20 degrees of its flow. After giving way, {close} approaches of two
lane ships are nearer than {apart:.0f} m."""

TEXT = """# The simulator beside real logs

Written by `tools/simulator_report.py` with surveil {version}; the simulated day is `configs/scenarios/strait-day.toml`,
seed {seed}, as its three stations heard it, decoded like the others. Figures are the 10th / 50th / 90th percentile. The
real logs are of other waters and seasons: of the strait itself no free recording is long enough.

## Speed and course

{motion}

Above 1 kn; turns above 5 kn, by course over the ground, so that the noise of the fix is in them.

## Seconds from one report heard to the next

{reporting}

What a log holds is what stations heard and a network passed on. The Solent's does not say of which class a ship is; the
Danish and the American are of minutes, so that no long gap can be in them, and of many stations.

## Gaps of ships above 2 kn

{gaps}

## Density

{density}

## Traffic through the strait

{through}

## What is assumed

Each key of a scenario has its source in `surveil/simulate/scenario.py`, each constant beside it in the code; what
reads "assumed" is a guess to be varied. Assumed above all: spreads and speeds in the lanes, times and grounds of
fishing and yachts, range and slot loss of AIS stations, how rescue craft are sent, and the speed of small boats
(recalled: 3 to 6 kn through the water). [radar-curves.md](radar-curves.md) has the radar's detection curves.

## What is not modelled

- **Ships**: engines, rudders and turning circles (a turn is a rounded corner); giving way by speed; giving way to small
  boats, or small boats to ships; traffic that depends on the hour or the weather; pilots boarding; ships that stop in
  the lanes; ships at anchor that swing; ports other than Dover, Calais, Dunkerque and Ramsgate.
- **Small boats**: helm (the heading is held); flooding other than as an engine failure; people in the water; boats that
  take on people along the shore; several craft at one boat; a boat left adrift after its people were taken off.
- **Stream and wind**: eddies, banks, spring to neap within a scenario, wind-driven current, waves that slow a boat; the
  stream is a mean between six places, four of them recalled or assumed; wind is the same over the whole strait.
- **Rescue**: helicopters and aircraft; sight and search patterns: a craft that is where it was sent goes to the boat if
  it is still afloat; refusals; radio and the crews' own finds.
- **AIS**: slots and collisions one by one (loss grows with the load); antenna patterns; class B "SO"; types 9, 19 and
  27; repeaters and satellites; networks that thin reports; positions shifted by spoofing (jamming takes the fix away).
- **Background**: a real ship is where she said she was, and nowhere while she was silent.
"""

if __name__ == "__main__":
    main()
