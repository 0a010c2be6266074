"""Sensors and AIS in the engine: contacts, how they come and go, and what a bad feed does."""

import dataclasses

import numpy as np
import pytest

from surveil.areas import load_areas
from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.rules.examples import IN_SW_LANE, seen_by_radar
from surveil.schema import CLASS_CONTACT, Batch, Plots

BOAT = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 900)
CONFIG = Config(sensors=BOAT["sensors"])


@pytest.fixture(scope="module")
def areas():
    return load_areas()


def replayed(areas, *batches, checkpoint=None, tmp_path=None):
    """Alerts of the rule for dark craft, and the engine."""
    alerts = []
    engine = Engine(CONFIG, areas, hooks=Hooks(alert=alerts.append))
    for n, batch in enumerate(batches):
        if n == checkpoint:
            engine.save(tmp_path / "state")
            engine = Engine(CONFIG, areas, hooks=Hooks(alert=alerts.append))
            engine.load(tmp_path / "state")
        engine.push(batch)
    engine.close()
    return [alert for alert in alerts if alert.rule == "dark_craft"], engine


def parts(plots: Plots, count: int) -> list[Batch]:
    return [Batch.build(plots=plots.take(rows)) for rows in np.array_split(np.arange(len(plots)), count)]


def test_a_boat_without_ais_becomes_a_contact_of_the_picture(areas):
    alerts, engine = replayed(areas, Batch.build(plots=BOAT["plots"]))
    view = engine.view()
    assert view.ais_class.tolist() == [CLASS_CONTACT]
    assert abs(view.sog_kn[0] - 4.0) < 0.7
    assert abs(view.cog_deg[0] - 317) < 12
    assert alerts[0].sentence.startswith("Contact 1: small craft without AIS")
    assert alerts[0].history[-1].event == "open"


def test_ais_that_comes_late_takes_the_alert_back(areas):
    late = BOAT["positions"].take(BOAT["positions"].t_ms > BOAT["positions"].t_ms[0] + 400_000)
    whole = Batch.build(plots=BOAT["plots"], positions=late)
    order = np.argsort(np.concatenate([late.t_ms, BOAT["plots"].t_ms]), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    whole = dataclasses.replace(whole, positions_at=place[: len(late)], plots_at=place[len(late) :])
    alerts, engine = replayed(areas, whole)
    assert [alert.history[-1].event for alert in alerts][-1] in ("close", "retract")
    assert CLASS_CONTACT not in engine.view().ais_class.tolist()


def test_with_ais_from_the_start_there_is_no_contact_and_no_alert(areas):
    both = Batch.build(plots=BOAT["plots"], positions=BOAT["positions"])
    alerts, _ = replayed(areas, both)
    assert alerts == []


def test_the_cutting_of_the_feed_and_a_checkpoint_change_nothing(areas, tmp_path):
    whole, _ = replayed(areas, Batch.build(plots=BOAT["plots"]))
    cut, _ = replayed(areas, *parts(BOAT["plots"], 40))
    resumed, _ = replayed(areas, *parts(BOAT["plots"], 40), checkpoint=17, tmp_path=tmp_path)
    assert [a.to_json() for a in whole] == [a.to_json() for a in cut] == [a.to_json() for a in resumed]


def test_a_doubled_feed_changes_nothing(areas):
    plots = BOAT["plots"]
    doubled = plots.take(np.repeat(np.arange(len(plots)), 2))
    once, _ = replayed(areas, Batch.build(plots=plots))
    twice, engine = replayed(areas, Batch.build(plots=doubled))
    assert [a.to_json() for a in once] == [a.to_json() for a in twice]
    assert engine.order.counts["duplicate"] == {0: len(plots)}


def test_a_feed_that_stops_ends_its_contacts(areas):
    plots = BOAT["plots"]
    lasting = BOAT["positions"].replace(mmsi=np.full(len(BOAT["positions"]), 235_000_009, np.int32))
    later = lasting.replace(t_ms=lasting.t_ms + 900_000, lon=lasting.lon + 0.3)
    alerts, engine = replayed(areas, Batch.build(plots=plots), Batch.build(positions=later))
    assert alerts[-1].history[-1].event == "close"
    assert CLASS_CONTACT not in engine.view().ais_class.tolist()


def test_plots_of_no_known_sensor_are_left_out(areas):
    stray = BOAT["plots"].replace(sensor=np.full(len(BOAT["plots"]), 5, np.int16))
    alerts, engine = replayed(areas, Batch.build(plots=stray))
    assert alerts == [] and len(engine.picture.tracker.tracks) == 0
