"""Lists keep back what their entries name and nothing else, and say so."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from surveil.alerts.lifecycle import Lifecycle
from surveil.alerts.lists import Entry, Lists, make_lists
from surveil.config import Config, load_config
from surveil.errors import ConfigError
from tests.alerts.test_lifecycle import T0_MS, TICK_MS, FakeRule, FakeView, one

RULES = ["distress", "lane"]


def a_view(areas, hour: int = 22, ship_type: int = 30, inside: tuple[str, ...] = ("lane-sw",)):
    columns = np.zeros((1, len(areas.features)), bool)
    columns[0, [areas.column(id) for id in inside]] = True
    t_ms = T0_MS + (hour - 22) * 3600_000
    return SimpleNamespace(t_ms=t_ms, areas=areas, inside=columns, ship_type=np.array([ship_type]))


@pytest.mark.parametrize(
    ("keys", "applies"),
    [
        ({"mmsi": (1, 2)}, True),
        ({"mmsi": (2,)}, False),
        ({"rule": ("lane",)}, True),
        ({"rule": ("area",)}, False),
        ({"type": (30, 31)}, True),
        ({"type": (31,)}, False),
        ({"hour": (22,)}, True),
        ({"hour": (21, 23)}, False),
        ({"area": ("lane-ne", "lane-sw")}, True),
        ({"area": ("lane-ne",)}, False),
        ({"mmsi": (1,), "hour": (3,)}, False),
    ],
)
def test_an_entry_applies_where_each_of_its_keys_does(areas, keys, applies):
    assert Entry("deny 1", **keys).applies("lane", one(), a_view(areas)) == applies


def test_what_has_no_place_is_in_no_area_and_of_no_type(areas):
    for keys in ({"area": ("lane-sw",)}, {"type": (30,)}):
        assert not Entry("deny 1", **keys).applies("lane", one(row=-1), a_view(areas))


def test_allow_lets_through_what_deny_keeps_back(areas):
    lists = Lists((Entry("deny 1", rule=("lane",)),), (Entry("allow 1", mmsi=(7,)),))
    assert lists.keeps_back("lane", one(1), a_view(areas)) == "deny 1"
    assert lists.keeps_back("lane", one(7), a_view(areas)) is None


def test_distress_is_kept_back_only_by_name(areas):
    assert Lists((Entry("deny 1", mmsi=(1,)),)).keeps_back("distress", one(), a_view(areas)) is None
    named = Entry("deny 1", mmsi=(1,), rule=("distress",))
    assert Lists((named,)).keeps_back("distress", one(), a_view(areas)) == "deny 1"


def test_what_is_kept_back_is_counted_once_an_episode():
    lifecycle = Lifecycle(lists=Lists((Entry("deny 1: works", mmsi=(1,)),)))
    hour = 3600_000 // TICK_MS
    for n in [0, 1, 2, hour * 3, hour * 3 + 1]:
        assert lifecycle.tick(FakeRule(), [one()], FakeView(T0_MS + n * TICK_MS), lambda source: False) == []
        restored = Lifecycle(lists=lifecycle.lists)
        restored.restore(lifecycle.state())
        lifecycle = restored
    assert [dataclasses.astuple(each) for each in lifecycle.kept_back] == [("deny 1: works", "fake", 1, 2)]


def read(tmp_path, areas, text: str) -> Lists:
    path = tmp_path / "night.toml"
    path.write_text(text)
    return make_lists(load_config(path), areas, RULES)


def test_the_lists_of_a_config_are_read(tmp_path, areas):
    lists = read(tmp_path, areas, '[[lists.deny]]\nwhy = "works"\nmmsi = [1, 2]\n[[lists.deny]]\nwhy="x"\nhour=[3]\n')
    assert lists == Lists((Entry("deny 1: works", mmsi=(1, 2)), Entry("deny 2: x", hour=(3,))))
    assert make_lists(Config(), areas, RULES) == Lists()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[lists]\nban = []\n", "unknown list"),
        ("[lists.deny]\nmmsi = [1]\n", r"written as \[\[lists.deny\]\]"),
        ('[[lists.deny]]\nwhy = "x"\n', "one key or more"),
        ("[[lists.deny]]\nmmsi = [1]\n", "needs a why"),
        ('[[lists.deny]]\nwhy = "x"\nmmsi = 1\n', "must be a list"),
        ('[[lists.deny]]\nwhy = "x"\nmmsi = []\n', "must be a list"),
        ('[[lists.deny]]\nwhy = "x"\nmmsi = ["1"]\n', "must be a list"),
        ('[[lists.deny]]\nwhy = "x"\nname = ["SIM"]\n', "unknown key"),
        ('[[lists.deny]]\nwhy = "x"\nrule = ["lanes"]\n', "no such rule: lanes"),
        ('[[lists.deny]]\nwhy = "x"\narea = ["lane-se"]\n', "did you mean lane-"),
        ('[[lists.allow]]\nwhy = "x"\nhour = [24]\n', "24 is outside 0 to 23"),
    ],
)
def test_a_wrong_list_is_refused_and_says_why(tmp_path, areas, text, cause):
    with pytest.raises(ConfigError, match=cause):
        read(tmp_path, areas, text)
