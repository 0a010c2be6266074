"""What is seen once becomes a contact if nothing explains it, and no longer once late AIS does."""

import dataclasses
import json
from itertools import pairwise

import numpy as np
import pytest

from surveil.areas import load_areas
from surveil.config import SensorConfig, load_config
from surveil.engine import Engine, Hooks
from surveil.errors import ConfigError
from surveil.rules.examples import IN_SW_LANE, T0_MS, run, seen_by_radar, sized, together
from surveil.run import Replay, alerts_of
from surveil.schema import CLASS_CONTACT, Batch, Plots, Positions
from surveil.sources.plotsource import with_simulated_sensors

LON, LAT = IN_SW_LANE
SAR = SensorConfig(once="satellite", place_error_m=50.0)
SCENE_S = 600


@pytest.fixture(scope="module")
def areas():
    return load_areas()


def detections(places, **columns) -> Plots:
    n, (lon, lat) = len(places), np.transpose(places)
    return Plots.build(t_ms=np.full(n, T0_MS + SCENE_S * 1000), sensor=np.zeros(n), seq=np.arange(1, n + 1), lon=lon,
                       lat=lat, **columns)  # fmt: skip


def ship(mmsi=235_000_077, place=(1.45, 51.04), from_s=0, to_s=2000, **known):
    rows = run(mmsi, place, 45.0, 12.0, to_s, every_s=60, **known)
    return rows.take(rows.t_ms >= T0_MS + from_s * 1000)


def place_at(positions: Positions, t_s: float):
    t_ms = T0_MS + t_s * 1000
    return float(np.interp(t_ms, positions.t_ms, positions.lon)), float(np.interp(t_ms, positions.t_ms, positions.lat))


def in_order(positions: Positions, plots: Plots) -> Batch:
    """Both kinds in one batch, arriving by time."""
    place = np.argsort(np.argsort(np.concatenate([positions.t_ms, plots.t_ms]), kind="stable"), kind="stable")
    batch, n = Batch.build(positions=positions, plots=plots), len(positions)
    return dataclasses.replace(batch, positions_at=place[:n], plots_at=place[n:])


def fed(areas, positions, plots, config=None, cuts=1, checkpoint=None, tmp_path=None, statics=None):
    """Alerts about dark craft as told one after another, the last contacts of each tick, and the engine."""
    config = config or dataclasses.replace(load_config(None), sensors={"sar": SAR})
    alerts = []

    def engine():
        return Engine(config, areas, hooks=Hooks(alert=alerts.append))

    at = engine()
    if statics is not None:
        at.push(Batch.build(statics=statics))
    edges = np.linspace(T0_MS - 1, max(positions.t_ms.max(), plots.t_ms.max()) + 1, cuts + 1)
    for n, (first, end) in enumerate(pairwise(edges)):
        if n == checkpoint:
            at.save(tmp_path / "state")
            at = engine()
            at.load(tmp_path / "state")
        at.push(in_order(*(rows.take((rows.t_ms >= first) & (rows.t_ms < end)) for rows in (positions, plots))))
    at.close()
    return [alert for alert in alerts if alert.rule == "dark_craft"], at


def test_a_detection_that_no_ship_explains_is_a_contact_and_an_alert_that_says_how_little_it_stands_on(areas):
    known = ship(to_s=2000)
    alerts, _ = fed(areas, known, detections([(LON, LAT), place_at(known, SCENE_S)], length_m=[12.0, 120.0]))
    assert [a.history[-1].event for a in alerts] == ["open", "close"]
    told = alerts[0]
    assert "some 12 m long" in told.sentence and "one satellite look at" in told.sentence
    assert told.evidence.ground.startswith("One satellite look")
    assert (round(told.lon, 3), round(told.lat, 3)) == (round(LON, 3), round(LAT, 3))
    assert [row.line for row in told.evidence.inputs] == [1]
    assert "témoignage" not in told.in_language("fr").sentence and "satellite" in told.in_language("fr").sentence


def test_the_error_of_its_place_grows_and_after_ten_minutes_it_is_no_longer_shown(areas):
    engine = Engine(dataclasses.replace(load_config(None), sensors={"sar": SAR}), areas)
    known, plots, sigmas = ship(to_s=2000), detections([(LON, LAT)]), []
    engine.push(Batch.build(positions=known.take(known.t_ms <= plots.t_ms[0]), plots=plots))
    tick = engine.picture.tick
    engine.picture.tick = lambda *a: sigmas.append(tick(*a)) or sigmas[-1]
    engine.push(Batch.build(positions=known.take(known.t_ms > plots.t_ms[0])))
    grown = [float(np.sqrt(c.cov[0, 0, 0])) for c in sigmas if len(c)]
    assert grown[0] < 120 and 1000 < grown[-1] < 1300 and grown == sorted(grown)
    assert not len(sigmas[-1]) and CLASS_CONTACT not in engine.view().ais_class.tolist()


def test_a_ship_whose_last_fix_is_old_and_whose_next_is_later_explains_what_lies_between(areas):
    """Class B at rest reports every 3 min: it is looked for where it was then, not where it was heard."""
    rows = ship(to_s=1200)
    gap = rows.take(np.isin((rows.t_ms - T0_MS) // 1000, [0, 60, 360, 420, 780, 840]))
    assert fed(areas, gap, detections([place_at(rows, SCENE_S)]))[0] == []


def test_ais_heard_for_the_first_time_after_the_scene_takes_the_alert_back_with_the_reason(areas):
    others, late = ship(to_s=2000), ship(235_000_099, (LON, LAT), from_s=SCENE_S + 120, to_s=2000)
    whole = run(235_000_099, (LON, LAT), 45.0, 12.0, 2000, every_s=60)
    alerts, _ = fed(areas, together(others, late), detections([place_at(whole, SCENE_S)], length_m=[12.0]))
    assert [a.history[-1].event for a in alerts] == ["open", "retract"]
    assert alerts[-1].history[-1].why.startswith("AIS explains it")


def test_two_ships_and_three_detections_leave_the_one_that_fits_neither(areas):
    """One assignment over the scene: no ship explains two."""
    a, b = ship(235_000_001, (1.45, 51.04)), ship(235_000_002, (1.46, 51.04))
    pa, pb = place_at(a, SCENE_S), place_at(b, SCENE_S)
    near = (pa[0] + 0.004, pa[1] + 0.002)
    alerts, _ = fed(areas, together(a, b), detections([pa, near, pb], length_m=[100.0, 12.0, 100.0]))
    assert {row.line for alert in alerts for row in alert.evidence.inputs} == {2}


def test_what_a_radar_tracks_already_is_not_a_second_contact(areas):
    boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 1200)
    config = dataclasses.replace(load_config(None), sensors={**boat["sensors"], "sar": SAR})
    scene = detections([place_at(boat["positions"], SCENE_S)]).replace(sensor=np.ones(1, np.int16))
    plots = Plots.concat([boat["plots"], scene])
    plots = plots.take(np.argsort(plots.t_ms, kind="stable"))
    _, engine = fed(areas, ship(to_s=1200), plots, config)
    assert engine.view().ais_class.tolist().count(CLASS_CONTACT) == 1
    assert engine.picture.health()["sar"]["looks"] == 1


def test_the_cutting_of_the_feed_and_a_checkpoint_change_nothing(areas, tmp_path):
    late = ship(235_000_099, (LON, LAT), from_s=SCENE_S + 120, to_s=2000)
    whole = run(235_000_099, (LON, LAT), 45.0, 12.0, 2000, every_s=60)
    plots = detections([place_at(whole, SCENE_S), (1.5, 51.0), (1.6, 51.05)], length_m=[12.0, 9.0, np.nan])
    rows = together(ship(to_s=2000), late)
    told = [
        [a.to_json() for a in fed(areas, rows, plots, **how)[0]]
        for how in ({}, {"cuts": 30}, *({"cuts": 30, "checkpoint": n, "tmp_path": tmp_path} for n in (9, 10, 11, 14)))
    ]
    assert told[0] and all(one == told[0] for one in told)


def test_a_report_by_word_of_mouth_is_as_uncertain_as_it_says(areas):
    """A freighter 400 m from where a small boat was seen, minutes ago, is not the small boat."""
    sensor = SensorConfig(once="report", time_error_s=240.0)
    config = dataclasses.replace(load_config(None), sensors={"patrol": sensor})
    known = ship(to_s=1200)
    place = place_at(known, SCENE_S)
    seen = detections([(place[0], place[1] + 0.0036)], sigma_m=[300.0], label=np.array([b"small boat seen"], "S24"))
    alerts, _ = fed(areas, known, seen, config, statics=sized(235_000_077, 150.0))
    assert alerts and alerts[0].evidence.ground.startswith("One report")
    unsaid = seen.replace(label=np.array([b"a ship"], "S24"))
    assert fed(areas, known, unsaid, config, statics=sized(235_000_077, 150.0))[0] == []


@pytest.mark.parametrize("form", ["csv", "geojson", "parquet"])
def test_a_file_of_detections_named_after_its_sensor_is_replayed(form, tmp_path):
    import pyarrow.parquet as pq

    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / f"sar.{form}"
    t = "2026-07-09T03:00:30Z"
    if form == "csv":
        file.write_text(f"t,lon,lat,length_m\n{t},{LON},{LAT},14\n")
    elif form == "geojson":
        point = {"type": "Point", "coordinates": [LON, LAT]}
        feature = {"type": "Feature", "geometry": point, "properties": {"t": t, "length_m": 14}}
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    else:
        table = Plots.build(t_ms=[1_783_566_030_000], lon=[LON], lat=[LAT], length_m=[14.0]).to_arrow()
        pq.write_table(table.drop_columns(["sensor"]), file)
    lines = [f"235000077,2026-07-09T03:{minute:02d}:00,51.04,1.45,0.0,0.0" for minute in range(20)]
    (tmp_path / "in" / "ais.csv").write_text("\n".join(["MMSI,BaseDateTime,LAT,LON,SOG,COG", *lines]) + "\n")
    settings = tmp_path / "watch.toml"
    settings.write_text('[sensors.sar]\nonce = "satellite"\n[rules.dark_craft]\nmin_p_dark = 0.6\n')
    Replay([tmp_path / "in"], tmp_path / "out", config=load_config(settings)).run()
    assert [a.sentence for a in alerts_of(tmp_path / "out") if "some 14 m long" in a.sentence]


def test_a_kind_of_sensor_that_is_not_known_is_refused(tmp_path):
    settings = tmp_path / "watch.toml"
    settings.write_text('[sensors.sar]\nonce = "satelite"\n')
    with pytest.raises(ConfigError, match="must be one of '', 'satellite', 'report'"):
        load_config(settings)


def test_simulated_satellites_and_reports_stand_alone_and_radars_do_not(tmp_path):
    told = [
        {"name": "s1", "kind": "satellite", "place": [1.4, 51.0]},
        {"name": "lifeboat", "kind": "patrol", "place": [1.5, 51.0], "delay_s": 240.0},
        {"name": "calls", "kind": "telephone", "place": None, "delay_s": 180.0},
        {"name": "dover", "kind": "coastal_radar", "place": [1.343, 51.1325], "rotation_s": 3.0},
        {"name": "mast", "kind": "camera", "place": [1.4, 51.1], "from_deg": 90.0, "to_deg": 200.0},
    ]
    (tmp_path / "manifest.json").write_text(json.dumps({"simulated": True, "format_version": 1, "sensors": told}))
    sensors = with_simulated_sensors(load_config(None), [tmp_path]).sensors
    mast = sensors.pop("mast")
    assert (mast.once, mast.from_deg, mast.to_deg) == ("", 90.0, 200.0), "a camera sees its sector"
    kinds = {name: (sensor.once, sensor.time_error_s) for name, sensor in sensors.items()}
    assert kinds == {"s1": ("satellite", 0), "lifeboat": ("report", 240), "calls": ("report", 180), "dover": ("", 0)}
