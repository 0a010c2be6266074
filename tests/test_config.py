"""A wrong setting fails before anything runs, and names file, line and key."""

import pytest

from surveil.config import Config, EngineConfig, load_config, parse_settings
from surveil.errors import ConfigError
from surveil.registry import make_rules, rule_classes, settings


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
        (
            "[engine]\n[radar]\nrange_m = 1\n",
            r":2: radar: unknown section; known: engine, tracks, fetch, map, fusion, alerts, conditions, sensors, "
            r"lists, rules",
        ),
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


@pytest.fixture
def overridden(tmp_path):
    """A config and its rules from TOML text and --set options."""

    def read(text: str, *items: str):
        path = tmp_path / "night.toml"
        path.write_text(text)
        config = load_config(path, parse_settings(items))
        return config, {rule.name: rule for rule in make_rules(config)}

    return read


def test_what_is_set_by_hand_goes_before_the_file_and_the_rest_of_the_file_stands(overridden):
    text = "[engine]\nlateness_s = 30\n[rules.silence]\nmax_gap_s = 600\nmin_reports = 7\n"
    config, rules = overridden(text, "rules.silence.max_gap_s=1200", 'rules.area.kinds = ["lane"]', "engine.tick_s=5")
    assert (config.engine.lateness_s, config.engine.tick_s) == (30, 5)
    assert (rules["silence"].params.max_gap_s, rules["silence"].params.min_reports) == (1200, 7)
    assert rules["area"].params.kinds == ("lane",)


def test_a_rule_can_be_left_out_by_hand(overridden):
    assert "lane" not in overridden("", "rules.lane.enabled=false")[1]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("rules.silence.max_gap_s", r"^--set: 'rules\.silence\.max_gap_s' is not KEY=VALUE"),
        ("=5", r"^--set: '=5' is not KEY=VALUE"),
        ("rules.silence.max_gap_s=1", r"^--set: rules\.silence\.max_gap_s: 1 is outside 60 to 86400 s"),
        ("rules.silence.max_gap_s=soon", r"^--set: rules\.silence\.max_gap_s: must be of kind int, not 'soon'"),
        ("rules.silence.gap=1", r"^--set: rules\.silence\.gap: unknown setting; known here: kinds, max_gap_s"),
        ("rules.silnce.gap=1", r"^--set: rules\.silnce: no such rule"),
        ("engine=5", r"^--set: engine: must be a section"),
        ("engine.tick_s.x=5", r"^--set: engine\.tick_s: must be a section"),
        ("radar.range_m=5", r"^--set: radar: unknown section"),
    ],
)
def test_a_wrong_setting_by_hand_is_named_and_not_looked_for_in_the_file(overridden, item, message):
    with pytest.raises(ConfigError, match=message):
        overridden("[engine]\ntick_s = 10\n", item)


def test_a_wrong_line_of_the_file_is_still_named_when_something_else_is_set_by_hand(overridden):
    with pytest.raises(ConfigError, match=r"night\.toml:2: \[engine\] latness_s: unknown setting"):
        overridden("[engine]\nlatness_s = 10\n", "engine.tick_s=5")


def test_settings_are_complete_and_say_what_is_off(overridden):
    told = settings(overridden("[rules.lane]\nenabled = false\n", "rules.silence.max_gap_s=1200")[0])
    assert told["rules"].keys() == rule_classes().keys()
    assert (told["rules"]["lane"], told["rules"]["silence"]["max_gap_s"], told["engine"]["tick_s"]) == (None, 1200, 10)
