"""Nights decoded once and configs evaluated together say what each config alone says of the files."""

import shutil
from dataclasses import replace

import pytest

from surveil.config import load_config
from surveil.engine import Engine, Hooks
from surveil.evaluate import nights
from surveil.evaluate.nights import alerts_of_night, code_version, ready_night, write_decoded
from surveil.ledger import Ledger
from surveil.sources.files import open_sources
from surveil.sources.merge import merge
from tests.evaluate.made import simulate_by_hand, write_scenario

SETS = (
    {},
    {"rules.silence.max_gap_s": 300, "rules.silence.min_witnesses": 0, "rules.loitering.enabled": False},
    {"rules.small_craft_crossing.min_s": 1200, "rules.loitering.max_speed_kn": 3.0},
)


@pytest.fixture(scope="module")
def decoded(simulated, tmp_path_factory):
    folder = tmp_path_factory.mktemp("decoded") / "night"
    write_decoded(simulated, folder)
    return folder


def spoken(alerts) -> list[str]:
    """What alerts say, byte for byte but for what rests on the other rules of a config: incidents and what almost
    fired."""
    return sorted(
        replace(alert, incident="", evidence=replace(alert.evidence, almost=())).to_json() for alert in alerts
    )


def alone(folder, config, areas) -> list:
    """What an engine of its own says of the files."""
    said = {}
    hooks = Hooks(alert=lambda alert: said.update({alert.id: alert}))
    engine = Engine(config, areas, simulated=lambda source: True, hooks=hooks)
    for batch in merge(open_sources([folder], Ledger())):
        engine.push(batch)
    engine.close()
    return list(said.values())


def test_many_configs_in_one_pass_say_byte_for_byte_what_each_says_of_the_files(simulated, decoded, areas):
    configs = [load_config(None, overrides) for overrides in SETS]
    together = [spoken(alerts) for alerts in alerts_of_night(decoded, configs, areas)]
    assert together == [spoken(alone(simulated, config, areas)) for config in configs]
    assert len({tuple(alerts) for alerts in together}) == len(SETS), "the settings change nothing"


def test_a_night_is_made_once(tmp_path):
    asked = []

    def counted(scenario, seed, folder):
        asked.append(seed)
        simulate_by_hand(scenario, seed, folder)

    scenario = write_scenario(tmp_path / "s.toml", hours=0.3)
    first = ready_night(scenario, 1, tmp_path, counted)
    assert ready_night(scenario, 1, tmp_path, counted) == first
    assert ready_night(scenario, 2, tmp_path, counted) != first
    assert asked == [1, 2]
    assert sorted(p.name for p in first.iterdir()) == [
        "manifest.json", "plots.parquet", "positions.parquet", "safety.parquet", "statics.parquet", "truth",
    ]  # fmt: skip


def test_a_night_that_fails_leaves_nothing(tmp_path):
    def failing(scenario, seed, folder):
        simulate_by_hand(scenario, seed, folder)
        shutil.rmtree(folder / "truth")

    (tmp_path / "nights").mkdir()
    with pytest.raises(FileNotFoundError):
        ready_night(write_scenario(tmp_path / "s.toml", hours=0.3), 1, tmp_path / "nights", failing)
    assert list((tmp_path / "nights").iterdir()) == []


def test_other_code_is_another_version(tmp_path, monkeypatch):
    package = tmp_path / "surveil"
    shutil.copytree(nights.Path(nights.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    before = code_version.__wrapped__()
    monkeypatch.setattr(nights, "__file__", str(package / "evaluate" / "nights.py"))
    assert code_version.__wrapped__() == before
    (package / "engine.py").write_text("# other code\n")
    assert code_version.__wrapped__() != before
