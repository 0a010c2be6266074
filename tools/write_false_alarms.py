"""Write docs/false-alarms.md: every alert on the real logs with the default config, and what was found on looking.

SURVEIL_SHARED=/path/to/shared python -m tools.write_false_alarms
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from benchmarks.alerts_per_day import APART, LOGS, replayed
from surveil.alert import Alert
from surveil.resources import shared_folder

PAGE = Path(__file__).resolve().parents[1] / "docs" / "false-alarms.md"
NOT_LOOKED_AT = ("nobody looked", "")
SHORT = "fewer than nine digits: a number never set, or cut (ITU-R M.585-9 annex 1)"
NO_COUNTRY = "nine digits, but no country has the first three (ITU table of maritime identification digits)"
NO_FORM = "begins as no station's number does (ITU-R M.585-9)"
INVENTED = "one figure nine times, or 0x123456: as units leave the factory"
VERDICTS = {
    "identity": {
        SHORT: (11388, 9111254, 5, 100292, 123456, 270995, 486685, 507027, 712703, 4910),
        INVENTED: (1193046, 111111111, 666666666),
        NO_FORM: (912190065, 113366811, 122292919, 904349980),
        NO_COUNTRY: (
            704643072, 298811848, 360000000, 365526000, 365798606, 365824084, 365903144, 365920564, 365925005,
            365940304, 365945334, 433867110, 549000000, 800025809, 283528111, 388126795, 571758000, 848507543,
        ),
        "heard off Savannah and off Fort Lauderdale in the same half minute": (367014190,),
    },
}  # fmt: skip
"""Of each rule, why its alerts about some MMSIs are true."""
FALSE = {
    ("distress_call", 538001652): (
        "a ship at up to 17.8 kn in the Bay of Kiel sends status 14 in each of her 57 reports: a wrong setting. Not "
        "changed: the status is a distress device's (M.1371-5 table 45), and one call from the watch settles it; "
        "medium, not distress, since a ship sends it"
    ),
    ("distress", 970000099): (
        "six reports in one second from exactly 52° N 3° E, 180 nm from everything else that was heard: planted, or a "
        "test sent as active. Not changed: an active SART is told at once, whatever else"
    ),
}

HEAD = """\
# False alarms: each alert on real logs, looked at

Written by `python -m tools.write_false_alarms` from what the engine says of the logs with the default config; a test
checks the rows. `python -m benchmarks alerts_per_day --json` gives the figures alone. A vessel-day is the time that a
craft was in the picture, summed over craft. The rate leaves out distress and identity: they are told whatever their
number.

"""
LIMITS = """\

**What this does not show.** The logs are short, and none of their vessel-days lies in the waters of the geodata
(third column). Rules that ask for lanes, ports, coasts or beaches had nothing to say there, among them `area`,
`lane`, `stopped_in_lane`, `small_craft_crossing`, `beach_departure`, `crossing_shape`, `waiting_off_beach`,
`landing`, `grounding`, `on_land`, `rendezvous`, `collision`, `reaction`, `shadowing`, `avoided_water` and
`rescue_gathering`. Without `[map]` nothing was learned, which `rare_route` and part of `silence` need; without a
sensor there are no contacts. None of the recordings at hand is of the strait. What those rules say falsely is
measured on simulated nights ([evaluation.md](evaluation.md)), whose traffic is as we think it to be. In {days}
vessel-days none at all says with 95 % that the rules that could speak raise fewer than {bound} a vessel-day (rule of
three): the logs at hand cannot show 0.05.

## One by one

"""
TAIL = """\


## What was changed on looking

- `avoided_water`: on three simulated nights its first form told of ten pairs of ships at four places, where lanes
  bend or ships join them; there is nothing there that they avoided. Now a ship does not count if the flow of her lane
  where she is back differs by more than `back_deg` from that where she left it. None of the ten is left.
- Asked without its distances from ports and coasts, it finds 50 swerves in the Solent and Guernsey logs, seven of
  which nothing explains, and no two of these at one place; `rescue_gathering`, asked so, and `ferry_off_route` say
  nothing there either.
- The two logs that others labelled, one ship each, give one alert each, at the labelled event: `drifting` (medium),
  begun in the spell in which the ship meets the labellers' own terms (they give no time), and `sudden_change` (low,
  as a fault, since 102.2 kn was reported). `tests/test_replay.py` holds them to it.
"""


def verdict(alert: Alert) -> tuple[str, str]:
    """('true' or 'false', why) of an alert that somebody looked at."""
    if (alert.rule, alert.mmsi) in FALSE:
        return "false", FALSE[alert.rule, alert.mmsi]
    known = VERDICTS.get(alert.rule, {}).items()
    return next((("true", why) for why, about in known if alert.mmsi in about), NOT_LOOKED_AT)


def rows_of(name: str, alerts: list[Alert]) -> list[str]:
    """The table's rows for one log."""
    return [_row(name, alert) for alert in sorted(alerts, key=lambda a: (a.t_raised_ms, a.rule, a.mmsi))]


def _row(name: str, alert: Alert) -> str:
    at = dt.datetime.fromtimestamp(alert.t_raised_ms / 1000, dt.UTC).strftime("%H:%M:%S")
    cells = (name, at, f"`{alert.rule}`", alert.severity, str(alert.sentence), *verdict(alert))
    return f"| {' | '.join(cells)} |"


def page(found: dict[str, tuple[list[Alert], float, float]]) -> str:
    """The whole page from alerts, vessel-days and covered vessel-days by log."""
    days = sum(each[1] for each in found.values())
    counted = [a for alerts, _, _ in found.values() for a in alerts if not a.rule.startswith(APART)]
    logs = [
        "| log | vessel-days | in the geodata's waters | alerts | but distress and identity |",
        "|---|---|---|---|---|",
    ]
    for name, (alerts, log_days, covered) in found.items():
        others = sum(not a.rule.startswith(APART) for a in alerts)
        logs.append(f"| `{LOGS[name]}` | {log_days:.2f} | {covered:.2f} | {len(alerts)} | {others} |")
    logs.append(
        f"\n{len(counted)} in {days:.2f} vessel-days, {len(counted) / days:.4f} a vessel-day; 0.05 is allowed.\n"
    )
    head = "| log | raised, UTC | rule | severity | what it says | true? | why |\n|---|---|---|---|---|---|---|"
    rows = [row for name, (alerts, _, _) in found.items() for row in rows_of(name, alerts)]
    limits = LIMITS.format(days=f"{days:.1f}", bound=f"{3 / days:.2f}")
    return HEAD + "\n".join(logs) + limits + "\n".join([head, *rows]) + TAIL


def main() -> None:
    folder = shared_folder()
    if folder is None:
        raise SystemExit("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    PAGE.write_text(page({name: replayed(folder / "data" / "ais" / file) for name, file in LOGS.items()}), "utf-8")


if __name__ == "__main__":
    main()
