"""Cloned MMSIs, jumps, jamming and changed MMSIs planted into real logs: what the engine finds, and what it invents.

Logs: Solent (84 minutes), the US network (33 seconds), the Danish one (5 minutes), a yacht's in the Channel (18
hours). Each fault is planted with a seed into a copy of each log (``benchmarks/_planting.py`` says how), and the
real engine reads the copy, with no rules. A fault counts as found if what the engine says of it fits in kind, MMSI
and time. False findings are counted on the logs as they are and per 1,000 of their vessels: a real fault of a log
counts against the engine, so these figures are upper bounds. ``gap_auc`` is that of ``benchmarks gaps``. A figure of
what this engine does not look for is null, and ``absent`` says why.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

import numpy as np

from benchmarks import gaps
from benchmarks._planting import (
    Fault,
    Log,
    plant_changes,
    plant_clones,
    plant_jamming,
    plant_jumps,
    read_log,
)
from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.errors import InputError
from surveil.kernels.tracks import IMPLAUSIBLE, NEW_PATH
from surveil.registry import make_rules
from surveil.resources import shared_folder
from surveil.tracks.events import CLONE, INTERFERENCE, MMSI_CHANGED, TrackEvent

LOGS = (
    "stonesoup_SolentAIS_20160112_130211.csv.gz", "nais_us_20160728_100k.nmea.gz",
    "dma_aisabnormal_ais-sample_20131112.txt.gz", "opencpn_go_to_guernsey_20110726.nmea.gz",
)  # fmt: skip
EVENTS = {"clone": CLONE, "interference": INTERFERENCE, "change": MMSI_CHANGED}
"""The kind of track event that says a fault was found. Jumps are read from the outcome of each row."""
PLANTS = {"clone": plant_clones, "jump": plant_jumps, "interference": plant_jamming, "change": plant_changes}
ASKED = {
    "clone_recall": ">= 0.95", "clone_false_per_1000_vessels": "<= 1", "teleport_recall": ">= 0.98",
    "interference_recall": "", "gap_auc": ">= 0.9",
}  # fmt: skip
SLACK_MS = 600_000
"""A fault may be named so long after its span."""
PLANTED = 20
"""Faults of one kind in one copy of a log; of jamming one."""
GAP_SEEDS = 20
"""Copies of each log with silences planted: few give figures that differ by hundredths."""
PATH_MS = 60_000
"""A lasting jump is a path after a minute (``tracks.jump_lasting_s``); one is asked of those twice as long."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=3, help="copies of each log for each kind of fault")
    parser.add_argument("--missed", type=int, default=0, help="list so many faults of each kind that were missed")


@dataclass
class Heard:
    """What the engine said of a log: events, and the outcome of each position by its ``seq``, -1 if dropped."""

    outcome: np.ndarray
    events: list[TrackEvent] = field(default_factory=list)

    def of(self, kind: str) -> list[TrackEvent]:
        return [event for event in self.events if event.kind == EVENTS[kind]]

    def told(self, fault: Fault) -> bool:
        """Whether some event names the fault."""
        return any(_names(event, fault) for event in self.of(fault.kind))

    def wrong(self, kind: str, faults: list[Fault]) -> int:
        """How many events of a kind name no fault."""
        return sum(not any(_names(event, fault) for fault in faults) for event in self.of(kind))

    def threw_out(self, fault: Fault) -> bool:
        """Whether the first false report was refused, or begins a path of its own."""
        heard = self.outcome[fault.rows]
        heard = heard[heard >= 0]
        return bool(heard.size) and heard[0] in (IMPLAUSIBLE, NEW_PATH)

    def followed(self, fault: Fault) -> bool:
        """Whether a lasting jump was believed in the end."""
        return bool((self.outcome[fault.rows] == NEW_PATH).any())


def _names(event: TrackEvent, fault: Fault) -> bool:
    """An event without an MMSI is of an area."""
    within = fault.from_ms <= event.found_ms <= fault.to_ms + SLACK_MS
    return within and (not event.mmsi or event.mmsi == fault.mmsi or event.mmsi in fault.others)


def listen(log: Log, areas) -> Heard:
    """The engine without rules over a log."""
    batch = log.batch()
    place = np.full(len(batch) + 1, -1)
    place[batch.positions.seq] = np.arange(len(batch.positions))
    heard = Heard(np.full(len(batch.positions), -1))

    def applied(rows, what) -> None:
        heard.outcome[place[rows.seq]] = what.outcome

    off = {rule.name: {"enabled": False} for rule in make_rules(Config())}
    engine = Engine(Config(rules=off), areas, hooks=Hooks(applied=applied, event=heard.events.append))
    engine.push(batch)
    engine.close()
    return heard


def run(options: argparse.Namespace) -> dict:
    from surveil.areas import load_areas

    shared = shared_folder()
    if shared is None:
        raise InputError("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    areas = load_areas()
    looked_for = Engine(Config(), areas).event_kinds
    missing = {kind: f"the engine looks for no {told}" for kind, told in EVENTS.items() if told not in looked_for}
    tallies = {}
    for at, name in enumerate(LOGS):
        log = read_log(shared / "data/ais" / name)
        tallies[log.name] = _one_log(log, at, options, areas, [kind for kind in PLANTS if kind not in missing])
    figures = _figures(list(tallies.values())) | {"gap_auc": gaps.gap_auc(GAP_SEEDS)["gap_auc"]}
    absent = {
        name: missing.get(name.partition("_")[0], "too few planted") for name, value in figures.items() if value is None
    }
    for name, value in figures.items():
        print(f"{name:<34} {absent.get(name, value)!s:<8} {ASKED.get(name, '')}")
    logs = {name: vars(tally) | _figures([tally]) for name, tally in tallies.items()}
    return figures | {"absent": absent, "logs": logs}


@dataclass
class Tally:
    """Of one log: vessels; by kind the faults planted and found, the findings that name no fault of a planted copy,
    and the findings in the log as it is."""

    vessels: int
    planted: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    false: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, found: bool) -> None:
        self.planted[kind] = self.planted.get(kind, 0) + 1
        self.found[kind] = self.found.get(kind, 0) + found


def _one_log(log: Log, at: int, options: argparse.Namespace, areas, kinds: list[str]) -> Tally:
    tally, missed = Tally(log.vessels), {}
    plain = listen(log, areas)
    tally.false |= {kind: plain.wrong(kind, []) for kind in kinds if kind in EVENTS}
    jumped = np.isin(plain.outcome, (IMPLAUSIBLE, NEW_PATH))
    tally.false["teleport"] = len(np.unique(log.positions.mmsi[jumped]))
    for kind in kinds:
        for seed in range(options.seeds):
            rng = np.random.default_rng([seed, at, list(PLANTS).index(kind)])
            planted, faults = PLANTS[kind](log, rng, PLANTED)
            if not faults:
                continue
            heard = listen(planted, areas)
            if kind in EVENTS:
                tally.wrong[kind] = tally.wrong.get(kind, 0) + heard.wrong(kind, faults)
            for fault in faults:
                found = _judge(tally, heard, fault)
                if not found and len(missed.setdefault(fault.kind, [])) < options.missed:
                    missed[fault.kind].append((seed, fault.mmsi, fault.others[:1], len(fault.rows)))
    print(
        f"{log.name}: {tally.vessels} vessels, planted {tally.planted}, found {tally.found}, "
        f"wrong {tally.wrong}, false {tally.false}"
    )
    for kind, examples in missed.items() if options.missed else ():
        print(f"  missed {kind} (seed, MMSI, other, reports): {examples}")
    return tally


def _judge(tally: Tally, heard: Heard, fault: Fault) -> bool:
    if fault.kind in EVENTS:
        found = heard.told(fault)
    else:
        found = heard.threw_out(fault)
        if fault.kind == "lasting" and fault.to_ms - fault.from_ms >= 2 * PATH_MS:
            tally.add("new_path", heard.followed(fault))
    tally.add(fault.kind, found)
    return found


def _figures(tallies: list[Tally]) -> dict[str, float | None]:
    def total(what: str, *kinds: str) -> int:
        return sum(getattr(tally, what).get(kind, 0) for tally in tallies for kind in kinds)

    def recall(*kinds: str) -> float | None:
        planted = total("planted", *kinds)
        return round(total("found", *kinds) / planted, 4) if planted else None

    def false(kind: str) -> float | None:
        looked_for = any(kind in tally.false for tally in tallies)
        return round(1000 * total("false", kind) / sum(tally.vessels for tally in tallies), 3) if looked_for else None

    return {
        "clone_recall": recall("clone"), "clone_false_per_1000_vessels": false("clone"),
        "teleport_recall": recall("single", "lasting"), "teleport_false_per_1000_vessels": false("teleport"),
        "new_path_recall": recall("new_path"), "interference_recall": recall("interference"),
        "interference_false_per_1000_vessels": false("interference"), "change_recall": recall("change"),
        "change_false_per_1000_vessels": false("change"),
    }  # fmt: skip
