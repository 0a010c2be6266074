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


def test_a_camera_without_ranges_sharpens_a_contact_of_the_radar(areas):
    """And what it sees is told in its health; the cutting of the feed changes nothing."""
    radar = BOAT["plots"]
    ((name, sensor),) = BOAT["sensors"].items()
    config = Config(sensors={name: sensor, "mast": dataclasses.replace(sensor, rotation_s=0.0, bearing_error_deg=0.1)})
    camera = radar.take(np.arange(0, len(radar), 10))
    unknown = np.full(len(camera), np.nan, np.float32)
    camera = dataclasses.replace(
        camera, sensor=np.ones(len(camera), np.int16), range_m=unknown, lon=unknown.astype(float),
        lat=unknown.astype(float),
    )  # fmt: skip
    both = Plots.concat([radar, camera])
    both = both.take(np.argsort(both.t_ms, kind="stable"))

    def health(count):
        engine = Engine(config, areas)
        for batch in parts(both, count):
            engine.push(batch)
        engine.close()
        return engine.picture.health()

    told = health(1)
    assert told == health(7)
    assert told[name]["looks"] > 100
    fates = told["mast"]["without_place"]
    assert sum(fates.values()) == len(camera)
    assert fates["used"] > 0.5 * len(camera)


@pytest.mark.parametrize(
    ("range_m", "leap_ms", "account"),
    [(-50.0, 0, "out_of_reach"), (1e9, 0, "out_of_reach"), (1e9, 30 * 86_400_000, "out_of_reach")],
)
def test_a_radar_that_sends_junk_or_leaps_in_time_leaves_the_other_as_it_was(areas, range_m, leap_ms, account):
    """Only its own account shows it."""
    good = BOAT["plots"]
    ((name, sensor),) = BOAT["sensors"].items()
    config = Config(sensors={name: sensor, "broken": sensor})
    rng, n = np.random.default_rng(4), 60
    junk = good.take(np.sort(rng.integers(0, len(good) - 20, n)))
    junk = dataclasses.replace(
        junk, t_ms=junk.t_ms + rng.choice([0, leap_ms], n), sensor=np.ones(n, np.int16),
        range_m=np.full(n, range_m, np.float32), lon=np.full(n, np.nan), lat=np.full(n, np.nan),
    )  # fmt: skip
    both = Plots.concat([good, junk])
    both = both.take(np.argsort(both.t_ms % 86_400_000, kind="stable"))
    alerts, healths = [], []
    for rows in (good, both):
        found = []
        engine = Engine(config, areas, hooks=Hooks(alert=found.append))
        engine.push(Batch.build(plots=rows))
        engine.close()
        alerts.append([(a.id, a.history) for a in found if a.rule == "dark_craft"])
        healths.append(engine.picture.health())
    assert alerts[0]
    assert alerts[1] == alerts[0]
    assert healths[1][name] == healths[0][name]
    assert healths[1]["broken"][account] > 10
