"""What a sensor writes is read back as what it saw, by the decoders that read real feeds."""

from collections import Counter

import numpy as np
import pytest

from surveil.ledger import Ledger
from surveil.schema import Plots
from surveil.simulate.sensors import CLUTTER, read, sense, write
from surveil.simulate.settings import Where
from surveil.sources.plotfiles import read_plots
from tests.simulate.sensors.scenes import START_MS, boat, objects, weather

WHERE = Where("night.toml", "sensors", 1)
RESOLUTION = {"cat048": (4, 1852 / 512 + 0.1, 0.003), "cat010": (4, 0.6, 0.003), "ttm": (10, 0.2, 0.006)}
"""Half an LSB, or a unit of the last digit where the time is cut: ms, m, deg."""


def seen_by(table):
    sensor = read(table, WHERE)
    things = objects(boat(1, 1.45, 51.05), boat(2, 1.5, 51.02, np.nan, 200.0, 30.0))
    return sensor, things, sense(sensor, things, weather(2.0, 0.05), np.random.default_rng(1))


def read_back(path, sensors, **options):
    ledger = Ledger()
    plots = Plots.concat(list(read_plots(path, ledger, sensors, near_ms=START_MS, **options)))
    count = ledger[0]
    assert not count.waiting and not count.refused and not count.warnings
    return plots, count


@pytest.mark.parametrize("form", ["cat048", "cat010", "ttm", "csv", "parquet"])
def test_plots_of_a_radar_come_back(tmp_path, form):
    sensor, _, seen = seen_by({"kind": "coastal_radar", "site": "dover", "format": form})
    about = write(sensor, seen, tmp_path, number=7)
    names = {(0, 7): 3, b"dover": 3, "dover": 3}
    plots, count = read_back(tmp_path / about["file"], names, sensor=3)
    assert len(plots) == len(seen.plots) == about["plots"]
    ms, m, deg = RESOLUTION.get(form, (0, 0.01, 1e-5))
    assert np.abs(plots.t_ms - seen.plots.t_ms).max() <= ms
    assert np.abs(plots.range_m - seen.plots.range_m).max() <= m
    assert np.abs((plots.bearing_deg - seen.plots.bearing_deg + 180) % 360 - 180).max() <= deg
    assert (plots.sensor == 3).all()
    if form.startswith("cat"):
        assert count.simulated
        assert np.abs(plots.snr_db - np.clip(seen.plots.snr_db, -128, 127)).max() <= 0.5


def test_a_target_number_is_an_objects_own():
    from surveil.simulate.sensors.writers import OWN_NUMBERS, _ttm

    sensor, _, seen = seen_by({"kind": "coastal_radar", "site": "dover", "format": "ttm"})
    told = [int(line.split(b"TTM,")[1].split(b",")[0]) for line in _ttm(seen, sensor.name, 1).splitlines()]
    own = Counter((o, n) for o, n in zip(seen.object.tolist(), told, strict=True) if o != CLUTTER)
    assert len(own) == 2
    assert all(n >= OWN_NUMBERS for o, n in zip(seen.object.tolist(), told, strict=True) if o == CLUTTER)


def test_a_scene_is_a_table_as_ksat_gives_it(tmp_path):
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(START_MS / 1000 + 60, UTC)
    sensor, _, seen = seen_by({"kind": "satellite", "name": "pass", "t_ms": when, "best_pd": 1.0, "half_length_m": 1.0})
    plots, _ = read_back(tmp_path / write(sensor, seen, tmp_path, number=1)["file"], {})
    assert len(plots) == len(seen.plots) > 1
    assert np.allclose(plots.lon, seen.plots.lon, atol=1e-6)
    assert np.allclose(plots.length_m, seen.plots.length_m, atol=0.01)
    assert np.allclose(plots.probability, seen.plots.probability, atol=0.001)


def test_reports_are_lines_of_json_that_name_their_sensor(tmp_path):
    sensor, _, seen = seen_by({"kind": "camera", "name": "south foreland", "place": [1.343, 51.1325], "every_s": 5.0})
    plots, _ = read_back(tmp_path / write(sensor, seen, tmp_path, number=1)["file"], {"south foreland": 4})
    assert len(plots) == len(seen.plots) > 1
    assert (plots.sensor == 4).all()
    assert np.array_equal(plots.label, seen.plots.label)
    assert np.array_equal(plots.t_ms, seen.plots.t_ms)


def test_truth_has_a_row_for_each_object_that_could_be_seen():
    sensor, things, seen = seen_by({"kind": "coastal_radar", "site": "dover"})
    rows = seen.rows(things, sensor.name)
    assert [r[:2] for r in rows] == [(1, "dover"), (2, "dover")]
    assert all(START_MS <= first <= last for _, _, first, last, _, _ in rows)
    assert all(opportunities >= detections > 0 for *_, opportunities, detections in rows)
