"""Alerts made by hand."""

import pytest

from surveil.alert import Alert, Compared, Evidence, InputRow, alert_id

T0_MS = 1_773_525_600_000


@pytest.fixture
def make_alert():
    """An alert just opened; keywords change its fields."""

    def make(mmsi: int = 235_123_456, **fields) -> Alert:
        evidence = Evidence(
            "Kinematics and kind: <b>under 20 m</b>",
            (Compared("SOG", 4.1, "<=", 12.0, "kn", "assumed"), Compared("length", "not reported", "<", 20.0, "m", "")),
            (InputRow(0, 17, T0_MS - 60_000), InputRow(1, 4, T0_MS)),
            "Yachts.",
        )
        alert = Alert(
            id=alert_id("small_craft_crossing", mmsi, "lane-sw", T0_MS), rule="small_craft_crossing", rule_version=1,
            mmsi=mmsi, name="SIM ÉTOILE", t_start_ms=T0_MS, t_raised_ms=T0_MS + 10_000, t_end_ms=None, state="open",
            severity="high", risk_to_life=0.7, lon=1.4268, lat=51.0316, sentence="crosses at 4.1 kn on 312°",
            evidence=evidence, simulated=True,
        ).changed(T0_MS + 10_000, "open")  # fmt: skip
        return alert.changed(T0_MS + 20_000, "update", **fields) if fields else alert

    return make
