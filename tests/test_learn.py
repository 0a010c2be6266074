"""`surveil learn` and what a map changes: silences that bad reception explains are not raised."""

import dataclasses
import json

import numpy as np
import pytest

from surveil.archive.importing import Importer
from surveil.config import Config, MapConfig
from surveil.engine import Engine, Hooks
from surveil.learning import Learning
from surveil.live.rawlog import DATA, Record, Writer
from surveil.live.settings import LiveConfig
from surveil.registry import rule_classes
from surveil.rules.examples import IN_SW_LANE, Example, run, together
from surveil.rules.silence import Silence
from surveil.schema import Batch
from surveil.simulate.demo import make_night
from surveil.tracks.learned import Learned


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return make_night(seed=5, hours=0.3, lane_ships=6).write(tmp_path_factory.mktemp("learn") / "night.nmea")


@pytest.fixture(scope="module")
def fires() -> Example:
    return next(example for example in Silence.examples() if example.fires)


def silence_alerts(example: Example, areas, **settings):
    """Alerts of the silence rule alone."""
    off = {name: {"enabled": False} for name in rule_classes() if name != "silence"}
    seen = []
    engine = Engine(
        Config(rules=off, map=MapConfig(**{"learn": False} | settings)), areas, hooks=Hooks(alert=seen.append)
    )
    engine.push(Batch.build(positions=example.positions))
    engine.close()
    return seen


def taught(areas, path, lost_runs: bool, place=IN_SW_LANE) -> str:
    """A map of craft that pass a place, heard all the time, or for some minutes of every half hour."""
    rows = together(*(run(235_500_000 + i, place, 227.0, 4.0, 20_000, every_s=10, start_s=60 * i) for i in range(8)))
    if lost_runs:
        rows = rows.take((rows.t_ms // 1000 + 200 * (rows.mmsi % 8)) % 1800 < 400)
    off = {name: {"enabled": False} for name in rule_classes()}
    engine = Engine(Config(rules=off, map=MapConfig(learn=True)), areas)
    engine.push(Batch.build(positions=rows))
    engine.close()
    engine.learned.save(path)
    return str(path)


def compared(alert) -> dict:
    return {c.what: c.value for c in alert.evidence.compared}


def test_without_a_map_an_alert_says_nothing_of_reception(fires, areas):
    assert "p_reception" not in compared(silence_alerts(fires, areas)[0])


def test_where_the_map_knows_nothing_the_silence_is_raised_and_says_unknown(fires, areas, tmp_path):
    path = taught(areas, tmp_path / "map.npz", False, place=(2.4, 51.4))
    assert compared(silence_alerts(fires, areas, file=path)[0])["p_reception"] == "unknown"


def test_a_silence_where_all_is_heard_is_raised_with_its_probability(fires, areas, tmp_path):
    path = taught(areas, tmp_path / "map.npz", False)
    told = compared(silence_alerts(fires, areas, file=path)[0])
    assert 0 <= told["p_reception"] < 0.01
    assert told["reports missed"] >= 90


def test_a_silence_that_bad_reception_explains_is_not_raised(fires, areas, tmp_path):
    path = taught(areas, tmp_path / "map.npz", True)
    assert silence_alerts(fires, areas, file=path) == []


def test_a_map_learned_while_running_needs_no_file(fires, areas):
    told = compared(silence_alerts(fires, areas, learn=True)[0])
    assert "p_reception" in told


def test_learn_makes_a_map_that_replay_takes_and_the_report_shows(surveil, log, tmp_path):
    code, printed, _ = surveil("learn", log, "--to", tmp_path / "map.npz", "--json")
    told = json.loads(printed.splitlines()[-1])
    assert code == 0 and told["reports"] > 0 and 0.3 < told["heard_share"] < 0.9
    code, _, _ = surveil("replay", log, "--map", tmp_path / "map.npz", "--out", tmp_path / "out")
    assert code == 0
    assert f'"reception":{{"cell_deg":{told["cell_deg"]}' in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_the_same_log_gives_the_same_map_byte_for_byte(surveil, log, tmp_path):
    for name in ("a", "b"):
        assert surveil("learn", log, "--to", tmp_path / f"{name}.npz")[0] == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_maps_are_added_up(surveil, log, tmp_path):
    one, two = tmp_path / "one.npz", tmp_path / "two.npz"
    surveil("learn", log, "--to", one)
    code, printed, _ = surveil("learn", "--merge", one, one, "--to", two, "--json")
    assert code == 0
    assert json.loads(printed.splitlines()[-1])["expected"] == 2 * Learned.load(one).reception.cells()["expected"].sum()


def test_what_is_no_map_is_refused_by_name_before_anything_is_read(surveil, log, tmp_path):
    code, _, said = surveil("replay", log, "--map", log, "--out", tmp_path / "out")
    assert code == 3 and "night.nmea: is not a map of this version" in said
    assert not (tmp_path / "out").exists()


def test_a_map_takes_the_place_of_nothing_but_a_map(surveil, log, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    code, _, said = surveil("learn", log, "--to", tmp_path / "notes.txt")
    assert code == 4 and "notes.txt: is something else already" in said
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_input_that_is_not_there_leaves_no_map(surveil, tmp_path):
    code, _, _ = surveil("learn", tmp_path / "no.nmea", "--to", tmp_path / "map.npz")
    assert code == 3 and not (tmp_path / "map.npz").exists()


def test_the_map_of_a_config_is_read(surveil, log, tmp_path):
    surveil("learn", log, "--to", tmp_path / "map.npz")
    (tmp_path / "c.toml").write_text(f'[map]\nfile = "{tmp_path / "map.npz"}"\n')
    assert surveil("replay", log, "--config", tmp_path / "c.toml", "--out", tmp_path / "out")[0] == 0


def test_rarity_is_in_the_view_of_every_target(areas, tmp_path):
    rows = together(*(run(235_500_000 + i, IN_SW_LANE, 227.0, 4.0, 3000) for i in range(4)))
    engine = Engine(Config(map=MapConfig(learn=True)), areas)
    engine.push(Batch.build(positions=rows))
    engine.close()
    view = engine.view()
    assert view.rarity.shape == (len(view),) == (4,)
    without = dataclasses.replace(view, learned=None)
    assert np.isnan(without.rarity).all() and without.silence(np.arange(4)) is None


def test_an_archive_teaches_what_its_logs_teach(log, tmp_path):
    Importer(tmp_path / "archive").run([log])
    for path, name in ((log, "log.npz"), (tmp_path / "archive", "archive.npz")):
        assert Learning([path], tmp_path / name).run()["reception_cells"] > 0
    assert (tmp_path / "log.npz").read_bytes() == (tmp_path / "archive.npz").read_bytes()


def test_a_watchs_raw_log_teaches_what_its_lines_do(log, tmp_path):
    lines, received_ms = log.read_bytes(), 1_773_525_600_000 + 3_600_000
    writer = Writer(tmp_path / "raw", LiveConfig())
    writer.begin(received_ms, [["station", "ais"]])
    writer.append(Record(DATA, 0, received_ms, lines, cursor=0))
    writer.flush(received_ms)
    learned = [Learning([path], tmp_path / f"{path.name}.npz").run() for path in (log, tmp_path / "raw")]
    assert learned[0]["reports"] == learned[1]["reports"] > 0
    assert learned[0]["expected"] == learned[1]["expected"]
