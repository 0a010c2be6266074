"""`surveil simulate`: what it writes, and that what cannot be writes nothing."""

import json

import pytest

GOOD = """name = "short"
start = 2026-05-02T20:00:00Z
hours = 0.2
[traffic]
lane_ships_per_day = 60
fishing_groups = 1
[[boats]]
beach = "wissant"
launch_h = 0.1
[[stations]]
name = "SIM-DOVER"
place = [1.343, 51.133]
"""


@pytest.fixture
def simulate(surveil, tmp_path):
    def call(text, *options):
        (tmp_path / "night.toml").write_text(text)
        return surveil("simulate", tmp_path / "night.toml", "--out", tmp_path / "out", *options)

    return call


def test_a_night_is_written_and_replaced_and_another_seed_is_another(simulate, tmp_path):
    code, out, _ = simulate(GOOD, "--json")
    first = json.loads(out)
    assert code == 0 and first == json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert first["lines"]["SIM-DOVER"] > 500
    code, out, _ = simulate(GOOD, "--json", "--seed", "9")
    assert code == 0 and json.loads(out)["sha256"] != first["sha256"] and json.loads(out)["seed"] == 9


@pytest.mark.parametrize(
    ("text", "options", "code", "words"),
    [
        (GOOD.replace("beach", "beech"), (), 2, "night.toml:8: [[boats]] 1 beech: unknown key"),
        (GOOD.replace('beach = "wissant"', "place = [1.95, 50.8]"), (), 2, "m inland"),
        (GOOD, ("--seed", "-1"), 2, "--seed -1 is negative"),
        (GOOD, ("--background", "nowhere.nmea"), 3, "no such file"),
    ],
)
def test_what_cannot_be_ends_in_one_clear_line_and_writes_nothing(simulate, tmp_path, text, options, code, words):
    ended, _, err = simulate(text, *options)
    assert ended == code and words in " ".join(err.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_things_is_left_alone(simulate, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    code, _, err = simulate(GOOD)
    assert code == 4 and "holds other files" in err
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.txt"]
