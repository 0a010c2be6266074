"""The whole way: a log in, an output folder out, and in it what really happened that night."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from surveil.alert import SEVERITIES, Alert
from surveil.alerts.explain import expanded
from surveil.alerts.sinks import iso
from surveil.alerts.store import AlertStore
from surveil.config import Config, EngineConfig
from surveil.errors import InputError, StoreError
from surveil.rules.silence import Silence
from surveil.run import EXIT_INTERRUPTED, Replay, alerts_of
from surveil.simulate import aivdm
from surveil.simulate.demo import make_night
from surveil.simulate.night import Night
from surveil.sources import opening

MINUTE_MS = 60_000
OUTPUTS = {
    "alerts.sqlite", "alerts.geojson", "alerts.parquet", "tracks.parquet", "events.parquet", "report.html",
    "refused.tsv", "run.json",
}  # fmt: skip
REAL_LOGS = (
    "dma_aisabnormal_ais-sample_20131112.txt.gz",
    "stonesoup_SolentAIS_20160112_130211.csv.gz",
    "aisdb_test_data_noaa_20230101.csv",
    "dma_aisdk_20180601_138rows.csv",
    "opencpn_go_to_guernsey_20110726.nmea.gz",
    "kystverket_Ais1000Lines_20190807.nm4",
    "nais_us_20160728_100k.nmea.gz",
)
"""Those that the issue's acceptance names."""

POSITION = b"\\s:X,c:1773525600\\!AIVDM,1,1,,A,15MgK45P3@G?fl0E`JbR0OwT0@MS,0*4E"
TWO_PARTS = aivdm.rare("A", 1, msg_type=5, mmsi=232_990_001, name="SIM A")


@dataclass(frozen=True)
class Done:
    """A night that was replayed."""

    night: Night
    log: Path
    out: Path
    summary: dict
    alerts: list[Alert]

    def of(self, rule: str, mmsi: int) -> list[Alert]:
        return [a for a in self.alerts if a.rule == rule and a.mmsi == mmsi]


@pytest.fixture(scope="session")
def done(tmp_path_factory) -> Done:
    folder = tmp_path_factory.mktemp("replay")
    night = make_night(seed=1, hours=4.2, lane_ships=6)
    log, out = night.write(folder / "night.nmea"), folder / "out"
    summary = Replay([log], out).run()
    return Done(night, log, out, summary, alerts_of(out))


@pytest.fixture(scope="session")
def short_log(tmp_path_factory) -> Path:
    """Twenty minutes, in which a ferry and the lane traffic move and nothing happens."""
    night = make_night(seed=1, hours=0.35, lane_ships=8)
    return night.write(tmp_path_factory.mktemp("short") / "short.nmea")


def accounted(summary: dict) -> int:
    return summary["decoded"] + sum(summary["refused"].values()) + summary["not_ais"]


def test_a_run_leaves_its_outputs_and_nothing_else(done):
    assert {path.name for path in done.out.iterdir()} == OUTPUTS
    assert {path.name for path in done.out.parent.iterdir()} == {"night.nmea", "out"}


def test_every_line_of_the_log_is_accounted_for(done):
    n_lines = len(done.night.lines) + 1
    assert done.summary["lines_read"] == accounted(done.summary) == n_lines
    assert done.summary["refused"] == {"bad checksum": done.night.corrupt}
    assert done.summary["not_ais"] == 1


def test_every_refused_line_is_kept_with_its_place_and_reason(done):
    header, *rows = (done.out / "refused.tsv").read_text().splitlines()
    assert header.split("\t") == ["source", "line", "reason", "raw"]
    log = done.log.read_bytes().split(b"\n")
    assert len(rows) == done.night.corrupt > 0
    for row in rows:
        source, line, reason, raw = row.split("\t")
        assert (source, reason) == (str(done.log), "bad checksum")
        assert raw.encode().decode("unicode_escape").encode("latin-1") == log[int(line) - 1]


def test_what_happened_to_tracks_is_in_a_table_with_its_time_and_place(done):
    boat = next(o for o in done.night.of_kind("small craft") if "SMALL CRAFT 1" in o.ship.name)
    events = pq.read_table(done.out / "events.parquet").to_pandas()
    (first,) = events[events.mmsi == boat.mmsi].iloc[:1].itertuples()
    assert (first.kind, json.loads(first.facts)["place"]) == ("appeared", "wissant")
    assert first.t <= first.found and abs(first.lat - 50.89) < 0.05
    assert events.kind.value_counts().to_dict() == done.summary["track_events"]


def test_the_vessels_counted_are_the_ships_of_the_night(done):
    ships = [o for o in done.night.truth.values() if o.ship.ais_class in ("A", "B")]
    assert done.summary["vessels"] == len(ships)


def test_the_small_craft_that_crossed_is_found(done):
    boat = next(o for o in done.night.of_kind("small craft") if "SMALL CRAFT 1" in o.ship.name)
    entry = boat.first("lane_entry")
    (alert,) = [a for a in done.of("small_craft_crossing", boat.mmsi) if "NE lane" in a.sentence]
    assert abs(alert.t_start_ms - entry.t_ms) < MINUTE_MS
    assert "has crossed the NE lane" in alert.sentence
    assert "Wissant" in alert.sentence


def test_the_boat_that_fell_silent_is_found(done):
    boat = next(o for o in done.night.of_kind("small craft") if "SMALL CRAFT 2" in o.ship.name)
    (alert,) = done.of("silence", boat.mmsi)
    assert 0 <= boat.first("silence").t_ms - alert.t_start_ms < 2 * MINUTE_MS
    assert alert.severity == "high"


def test_the_sart_is_found_at_once_and_above_everything_else(done):
    (sart,) = done.night.of_kind("SART")
    (alert,) = done.of("distress", sart.mmsi)
    assert 0 <= alert.t_raised_ms - sart.first("sart_on").t_ms < MINUTE_MS
    assert alert.severity == SEVERITIES[0]
    assert done.alerts[0] == alert


@pytest.mark.parametrize(
    ("kind", "words"), [("against the flow", "against the flow"), ("oblique crossing", "far from a right angle")]
)
def test_the_ship_that_broke_the_lane_rule_is_found(done, kind, words):
    (ship,) = done.night.of_kind(kind)
    (alert,) = done.of("lane", ship.mmsi)
    first, last = ship.first("lane_entry").t_ms, ship.first("lane_exit").t_ms
    assert first - MINUTE_MS <= alert.t_start_ms < last
    assert words in alert.sentence


def test_the_ship_adrift_is_found(done):
    (ship,) = done.night.of_kind("adrift")
    (alert,) = done.of("loitering", ship.mmsi)
    at = int(np.searchsorted(ship.t_ms, alert.t_raised_ms))
    assert (alert.lon, alert.lat) == pytest.approx((ship.lon[at], ship.lat[at]), abs=0.005)


def test_nobody_is_accused_who_did_nothing(done):
    """Lane traffic, ferries, fishing boats, pilot and rescue raise no alert; a yacht that crosses may.

    Ferries and lane traffic of this night do not give way: who is about to collide is told so.
    """
    accused = {done.night.truth[alert.mmsi].kind for alert in done.alerts if alert.rule != "collision"}
    assert accused <= {"small craft", "yacht", "SART", "against the flow", "oblique crossing", "adrift", "glitch"}


def test_everything_that_is_simulated_says_so(done):
    assert done.summary["simulated"]
    assert json.loads((done.out / "run.json").read_text())["simulated"]
    assert all(alert.simulated for alert in done.alerts)
    features = json.loads((done.out / "alerts.geojson").read_text())["features"]
    assert all(feature["properties"]["simulated"] for feature in features)
    assert all(pq.read_table(done.out / "alerts.parquet").column("simulated").to_pylist())
    assert "simulated" in (done.out / "report.html").read_text().lower()


def test_the_geojson_is_what_rfc_7946_asks_for(done):
    """Sections 3 and 4: members, positions as lon, lat in WGS84, no `crs`."""
    world = json.loads((done.out / "alerts.geojson").read_text())
    assert set(world) == {"type", "features"}
    assert world["type"] == "FeatureCollection"
    assert [f["id"] for f in world["features"]] == [a.id for a in done.alerts]
    for feature, alert in zip(world["features"], done.alerts, strict=True):
        assert feature["type"] == "Feature"
        assert feature["geometry"] == {"type": "Point", "coordinates": [alert.lon, alert.lat]}
        assert feature["properties"]["raised"] == iso(alert.t_raised_ms)


def test_geopandas_opens_the_geojson(done):
    import geopandas

    frame = geopandas.read_file(done.out / "alerts.geojson")
    assert len(frame) == len(done.alerts)
    assert frame.crs.to_epsg() == 4326


def test_the_track_file_holds_each_report_once_and_no_step_out_of_reach_within_a_segment(done):
    rows = pq.read_table(done.out / "tracks.parquet").to_pandas().sort_values(["mmsi", "segment", "t"], kind="stable")
    assert not rows.duplicated(["source", "line"]).any()
    same = (rows.mmsi.diff() == 0) & (rows.segment.diff() == 0)
    hours = (rows.t.diff().dt.total_seconds() / 3600).to_numpy()[same]
    east = np.diff(rows.lon, prepend=0.0) * np.cos(np.radians(rows.lat))
    step_nm = 60 * np.hypot(east, np.diff(rows.lat, prepend=0.0))[same]
    assert (hours >= 0).all()
    assert (step_nm <= 60 * hours + 0.3).all()
    assert done.summary["jumps"] > 0


def test_an_alert_is_explained_by_lines_that_are_in_the_log(done):
    log = done.log.read_bytes().split(b"\n")
    store = AlertStore(done.out / "alerts.sqlite")
    seen = 0
    for alert in store.alerts():
        for row in expanded(store, alert)["evidence"]["inputs"]:
            assert row["source"] == str(done.log)
            assert row["raw"].encode() == log[row["line"] - 1]
            assert abs(int(re.search(r"c:(\d+)", row["raw"])[1]) * 1000 - row["t_ms"]) < 1000
            seen += 1
    store.close()
    assert seen >= len(done.alerts)


def test_the_summary_on_disk_is_the_summary_returned(done):
    kept = json.loads((done.out / "run.json").read_text())
    assert kept.pop("surveil")
    assert kept == done.summary


def test_the_report_stands_alone(done):
    page = (done.out / "report.html").read_text()
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)
    assert all(alert.id in page for alert in done.alerts)


def test_the_progress_reported_grows_to_the_whole(short_log, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "CHUNK", 1 << 16)
    shares = []
    Replay([short_log], tmp_path / "out", progress=lambda ledger, engine, share: shares.append(share)).run()
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == 1


def test_an_earlier_output_stays_until_the_new_one_is_whole(short_log, tmp_path):
    out = tmp_path / "out"
    Replay([short_log], out).run()
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def look(ledger, engine, share):
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
        raise RuntimeError("the machine is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        Replay([short_log], out, progress=look).run()
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_foreign_files_is_refused_and_left_alone(short_log, tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(StoreError, match=r"holds other files"):
        Replay([short_log], tmp_path).run()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_interrupted_run_leaves_what_there_was_and_says_so(done, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "CHUNK", 100_003)
    seen = []

    def stop(ledger, engine, share):
        seen.append(ledger.totals()["lines_read"])
        if len(seen) == 25:
            raise KeyboardInterrupt

    summary = Replay([done.log], tmp_path / "out", progress=stop).run()
    assert summary["interrupted"]
    assert summary["exit_code"] == EXIT_INTERRUPTED == 130
    assert summary["lines_read"] == accounted(summary) == seen[-1] < done.summary["lines_read"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == OUTPUTS
    assert json.loads((tmp_path / "out" / "run.json").read_text())["interrupted"]
    assert {a.id for a in alerts_of(tmp_path / "out")} < {a.id for a in done.alerts}
    assert pq.read_table(tmp_path / "out" / "tracks.parquet").num_rows > 0


def test_ctrl_c_is_granted_between_batches_so_that_nothing_is_left_half_done(done, tmp_path, monkeypatch):
    """A signal in the middle of a tick: the batch is finished, and the alerts are those of its rows."""
    monkeypatch.setattr(opening, "CHUNK", 100_003)
    before = signal.getsignal(signal.SIGINT)
    evaluate = Silence.evaluate

    def interrupt_once(rule, view):
        if view.t_ms == done.night.start_ms + 200 * MINUTE_MS:
            signal.raise_signal(signal.SIGINT)
        return evaluate(rule, view)

    monkeypatch.setattr(Silence, "evaluate", interrupt_once)
    summary = Replay([done.log], tmp_path / "out").run()
    assert summary["interrupted"]
    assert summary["lines_read"] == accounted(summary) < done.summary["lines_read"]
    end_ms = summary["span"]["end_ms"]
    assert end_ms > done.night.start_ms + 200 * MINUTE_MS
    expected = {a.id for a in done.alerts if a.t_raised_ms <= end_ms}
    assert {a.id for a in alerts_of(tmp_path / "out")} == expected
    assert signal.getsignal(signal.SIGINT) == before


def test_a_message_half_read_when_the_run_is_stopped_is_accounted_for(tmp_path, monkeypatch):
    first, second = (b"\\s:X,c:%d\\" % (1_773_525_600 + i) + line for i, line in enumerate(TWO_PARTS))
    log = tmp_path / "parts.nmea"
    log.write_bytes(POSITION + b"\n" + first + b"\n" + second + b"\n")
    monkeypatch.setattr(opening, "CHUNK", len(POSITION) + len(first) + 2)

    def stop(ledger, engine, share):
        raise KeyboardInterrupt

    summary = Replay([log], tmp_path / "out", progress=stop).run()
    assert (summary["lines_read"], summary["decoded"]) == (2, 1)
    assert summary["lines_read"] == accounted(summary)


def test_a_run_without_any_row_still_leaves_a_readable_output(tmp_path):
    log = tmp_path / "fields.nmea"
    log.write_bytes(b"$GPGGA,1*5A\n!AIVDM,1,1,,A,15MgK45P3@G?fl0E`JbR0OwT0@MS,0*00\n")
    summary = Replay([log], tmp_path / "out").run()
    assert (summary["lines_read"], summary["decoded"], summary["not_ais"]) == (2, 0, 1)
    assert summary["span"]["start"] is None
    assert {path.name for path in (tmp_path / "out").iterdir()} == OUTPUTS


def test_nothing_to_read_leaves_no_output(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Replay([tmp_path / "absent.nmea"], tmp_path / "out").run()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL_LOGS)
def test_every_line_of_a_real_log_is_accounted_for(shared, name, tmp_path):
    coarse = Config(engine=EngineConfig(tick_s=600))  # the accounting is the same at any tick
    summary = Replay([shared / "data/ais" / name], tmp_path / "out", coarse).run()
    assert summary["lines_read"] == accounted(summary)
    assert summary["decoded"] > 0
    assert not summary["simulated"]
    assert len(summary["seconds"]) > 3


@pytest.mark.shared
def test_the_change_of_speed_that_others_labelled_is_the_one_found(shared, tmp_path):
    summary = Replay([shared / "data/ais/dma_label_ssc_219165000.nmea"], tmp_path / "out").run()
    assert summary["alerts"] == {"sudden_change": 1}
    (alert,) = alerts_of(tmp_path / "out")
    reported_ms = 1_412_525_410_659  # 2014-10-05 16:10:10, 102.2 kn between two of none
    assert 0 <= alert.t_start_ms - reported_ms < 60_000


@pytest.mark.shared
def test_the_drift_that_others_labelled_is_the_one_found(shared, tmp_path):
    log = shared / "data/ais/dma_label_drift_538004030.nmea.gz"
    summary = Replay([log], tmp_path / "out").run()
    assert summary["alerts"] == {"drifting": 1}
    (alert,) = alerts_of(tmp_path / "out")
    # 2014-09-28 16:38: from then on 1 to 5 kn, the course 45 degrees or more off the heading, as the labellers ask
    assert 0 <= alert.t_start_ms - 1_411_922_280_000 < 600_000
    assert alert.severity == "medium"
