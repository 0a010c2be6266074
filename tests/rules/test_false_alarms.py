"""The page of false alarms has every alert of the real logs, each looked at."""

import pytest

from benchmarks.alerts_per_day import LOGS, replayed
from tools.write_false_alarms import NOT_LOOKED_AT, PAGE, rows_of, verdict


@pytest.mark.shared
@pytest.mark.parametrize("name", ["danish", "us", "kystverket"])  # the others take ten times as long
def test_the_page_has_every_alert_of_a_log_and_what_was_found_on_looking(shared, name):
    alerts, _, _ = replayed(shared / "data" / "ais" / LOGS[name])
    ours = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| {name} |")]
    assert rows_of(name, alerts) == ours, "run tools/write_false_alarms.py"
    assert not [alert.sentence for alert in alerts if verdict(alert) == NOT_LOOKED_AT]
