"""A wrong setting fails before anything runs, and names file, line and key."""

import pytest

from surveil.config import Config, EngineConfig, load_config
from surveil.errors import ConfigError
from surveil.registry import make_rules, rule_classes


@pytest.fixture
def load(tmp_path):
    """A config and its rules from TOML text."""

    def read(text: str):
        path = tmp_path / "night.toml"
        path.write_text(text)
        config = load_config(path)
        return config, {rule.name: rule for rule in make_rules(config)}

    return read


def test_without_a_file_the_defaults_stand():
    assert load_config() == Config()
    assert {rule.name for rule in make_rules(Config())} == set(rule_classes())


def test_what_is_set_is_set_and_the_rest_is_default(load):
    config, rules = load("[engine]\nlateness_s = 30\n\n[rules.silence]\nmax_gap_s = 600\nkinds = ['lane']\n")
    assert config.engine == EngineConfig(lateness_s=30)
    assert (rules["silence"].params.max_gap_s, rules["silence"].params.kinds) == (600, ("lane",))
    assert rules["silence"].params.min_reports == 20


def test_a_whole_number_will_do_for_a_fraction(load):
    value = load("[tracks]\nmax_speed_kn = 70\n")[0].tracks.max_speed_kn
    assert (value, type(value)) == (70.0, float)


def test_a_rule_is_left_out_when_it_is_not_enabled(load):
    _, rules = load("[rules.loitering]\nenabled = false\n")
    assert "loitering" not in rules
    assert "lane" in rules


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[engine]\ntick_s = 10\nlatness_s = 5\n", r":3: \[engine\] latness_s: unknown setting; known here: "),
        ("[engine]\ntick_s = 0\n", r":2: \[engine\] tick_s: 0 is outside 1 to 600 s"),
        ("[engine]\n\ntick_s = 601\n", r":3: \[engine\] tick_s: 601 is outside"),
        ("[engine]\ntick_s = 1.5\n", r":2: \[engine\] tick_s: must be of kind int, not 1\.5"),
        ("[engine]\ntick_s = true\n", r":2: \[engine\] tick_s: must be of kind int, not True"),
        ("[tracks]\nmax_speed_kn = 'fast'\n", r":2: \[tracks\] max_speed_kn: must be of kind float, not 'fast'"),
        ("[tracks]\nmax_speed_kn = nan\n", r":2: \[tracks\] max_speed_kn: nan is outside 5 to 200 kn"),
        ("[rules.area]\nkinds = 'lane'\n", r":2: \[rules\.area\] kinds: must be a list of names"),
        ("[rules.area]\nservice_craft = 1\n", r":2: \[rules\.area\] service_craft: must be of kind bool"),
        ("[rules.area]\nenabled = 'no'\n", r":2: \[rules\.area\] enabled: must be of kind bool, not 'no'"),
        ("[engine]\ntick_s = 10\n[rules.lane]\ntick_s = 10\n", r":4: \[rules\.lane\] tick_s: unknown setting"),
        ("[tracks]\ngap_s = 60\n[rules.piracy]\n", r":3: \[rules\] piracy: no such rule; there are: area, "),
        ("[engine]\n[radar]\nrange_m = 1\n", r":2: radar: unknown section; known: engine, tracks, fetch, map, rules"),
        ("engine = 5\n", r":1: engine: must be a section"),
        ("[rules]\nlane = 5\n", r":2: \[rules\] lane: must be a section"),
        ("rules = []\n", r":1: rules: must be a section"),
        ("[engine\n", r": is not valid TOML: .*line 1"),
    ],
)
def test_a_wrong_setting_names_file_line_and_key(load, text, message):
    with pytest.raises(ConfigError, match=r"night\.toml" + message):
        load(text)


def test_a_config_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read: No such file"):
        load_config(tmp_path / "absent.toml")


def test_a_config_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"bad\.toml: is not valid TOML"):
        load_config(tmp_path / "bad.toml")
