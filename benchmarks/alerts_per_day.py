"""Alerts per vessel-day on real logs with the default config, by rule and by log.

A vessel-day is a day in the picture: the time from the first report of a craft to its last, summed over craft. The logs
are short, so what is pooled counts, not what one gives. ``per_vessel_day`` leaves out rules of distress and identity:
what a craft sends in distress, or says of itself wrongly, is so, and is told apart. Alerts that were retracted count.
``covered`` is how many of the vessel-days lie in the waters of the geodata: elsewhere, rules that ask for coasts, ports
or lanes are silent. docs/false-alarms.md, written by `tools/write_false_alarms.py`, looks at each alert.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

LOGS = {
    "solent": "stonesoup_SolentAIS_20160112_130211.csv.gz",
    "danish": "dma_aisabnormal_ais-sample_20131112.txt.gz",
    "us": "nais_us_20160728_100k.nmea.gz",
    "guernsey": "opencpn_go_to_guernsey_20110726.nmea.gz",
    "kystverket": "kystverket_Ais1000Lines_20190807.nm4",
}
APART = ("distress", "identity")
"""How the names of rules begin that ``per_vessel_day`` leaves out."""
DAY_MS = 86_400_000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--show", action="store_true", help="print each alert's sentence")


def run(options: argparse.Namespace) -> dict:
    from surveil.resources import shared_folder

    shared = shared_folder()
    if shared is None:
        raise SystemExit("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    counts, days, covered, logs = Counter(), 0.0, 0.0, {}
    for name, file in LOGS.items():
        alerts, vessel_days, inside = replayed(shared / "data" / "ais" / file)
        found = Counter(alert.rule for alert in alerts)
        logs[name] = {"vessel_days": round(vessel_days, 3), "alerts": dict(sorted(found.items()))}
        print(f"{name:<12} {vessel_days:8.2f} vessel-days  {dict(sorted(found.items()))}", flush=True)
        if options.show:
            print(*(f"    {alert.rule}: {alert.sentence}" for alert in alerts), sep="\n")
        counts, days, covered = counts + found, days + vessel_days, covered + inside
    counted = sum(n for rule, n in counts.items() if not rule.startswith(APART))
    by_rule = {rule: round(n / days, 4) for rule, n in sorted(counts.items())}
    print(
        f"{'all':<12} {days:8.2f} vessel-days  {counted / days:.4f} a vessel-day but distress and identity; {by_rule}"
    )
    return {
        "per_vessel_day": round(counted / days, 4), "by_rule": by_rule, "vessel_days": round(days, 3),
        "covered": round(covered, 3), "logs": logs,
    }  # fmt: skip


def replayed(path: Path) -> tuple[list, float, float]:
    """Each alert of a log as it was last, its vessel-days, and those of craft last heard in the geodata's waters."""
    from surveil.areas import load_areas
    from surveil.config import Config
    from surveil.engine import Engine, Hooks
    from surveil.ledger import Ledger
    from surveil.schema import CLASS_ATON, CLASS_BASE, CLASS_CONTACT
    from surveil.sources.files import open_sources
    from surveil.sources.merge import merge

    alerts: dict[str, object] = {}
    engine = Engine(Config(), load_areas(), hooks=Hooks(alert=lambda alert: alerts.update({alert.id: alert})))
    for batch in merge(open_sources([path], Ledger())):
        engine.push(batch)
    engine.close()
    table = engine.table.arrays
    known = slice(engine.table.n)
    craft = ~np.isin(table.ais_class[known], (CLASS_BASE, CLASS_ATON, CLASS_CONTACT))
    craft &= table.reports[known] > 0
    days = (table.last_ms[known] - table.first_ms[known])[craft] / DAY_MS
    inside = engine.areas.covers(table.lon[known][craft], table.lat[known][craft])
    return list(alerts.values()), float(days.sum()), float(days[inside].sum())
