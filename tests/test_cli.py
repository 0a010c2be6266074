"""The command line: what it prints, what it cuts, and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
import typer

from surveil import __version__, cli, errors
from surveil.run import EXIT_INTERRUPTED, alerts_of
from surveil.simulate.demo import make_night

SUMMARY_KEYS = {"lines_read", "decoded", "refused", "not_ais", "vessels", "alerts", "span", "seconds"}
"""What the issue asks of the object on the last line of `--json`."""
HEAVY = ("numpy", "numba", "pandas", "geopandas", "shapely", "pyproj", "pyarrow", "pyais")
COMMANDS = sorted(typer.main.get_command(cli.app).commands)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Forty minutes of the night, before anything happens."""
    night = make_night(seed=1, hours=0.67, lane_ships=8)
    return night.write(tmp_path_factory.mktemp("cli") / "night.nmea")


@pytest.fixture(scope="module")
def sart_log(tmp_path_factory):
    """Five minutes with a SART."""
    night = make_night(seed=1, hours=3.3, lane_ships=0)
    from_s = night.end_ms // 1000 - 300
    late = [line for line in night.lines if int(line.split(b"c:")[1][:10]) >= from_s]
    path = tmp_path_factory.mktemp("sart") / "sart.nmea"
    path.write_bytes(b"\n".join([*late, b""]))
    return path


def last_object(text: str) -> dict:
    return json.loads(text.splitlines()[-1])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(surveil, command):
    code, out, _ = surveil(command, "--help")
    assert code == 0
    assert re.search(rf"Example: .*surveil {command}", out)


def test_the_help_lists_every_exit_code_there_is(surveil):
    _, out, _ = surveil("--help")
    text = " ".join(re.sub(r"[│\n]", " ", out).split())
    told = {int(n) for n in re.findall(r"(?:: |; )(\d+) ", text[text.index("Exit codes") :])}
    kinds = [errors.SurveilError, *errors.SurveilError.__subclasses__()]
    assert told == {0, EXIT_INTERRUPTED, *(kind.exit_code for kind in kinds)}


@pytest.mark.parametrize("args", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_imports_nothing_heavy(args):
    code = (
        f"import sys\nsys.argv = ['surveil', *{args!r}]\nfrom surveil.cli import main\n"
        f"try:\n    main()\nexcept SystemExit:\n    pass\nprint('heavy:', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_the_version_is_printed(surveil):
    assert surveil("--version")[:2] == (0, f"surveil {__version__}\n")


def test_no_command_shows_the_help(surveil):
    code, out, err = surveil()
    assert code in (0, 2)
    assert "Usage" in out + err


def test_json_is_one_object_on_the_last_line(surveil, log, tmp_path):
    code, out, err = surveil("replay", log, "--out", tmp_path / "out", "--json")
    summary = last_object(out)
    assert code == 0
    assert summary.keys() >= SUMMARY_KEYS
    assert summary["lines_read"] == summary["decoded"] + sum(summary["refused"].values()) + summary["not_ais"]
    assert all(isinstance(summary[k], dict) for k in ("refused", "alerts", "span", "seconds"))
    assert "replaying" not in err  # no progress where nobody watches


def test_the_closing_summary_names_the_report_and_says_simulated(surveil, log, tmp_path):
    _, out, _ = surveil("replay", log, "--out", tmp_path / "out")
    assert "SIMULATED" in out
    assert f"{tmp_path / 'out'}/report.html" in out
    for word in ("lines read", "refused", "vessels", "span", "alerts", "seconds"):
        assert word in out


def test_an_alert_is_explained_by_the_beginning_of_its_id(surveil, sart_log, tmp_path):
    out_folder = tmp_path / "out"
    surveil("replay", sart_log, "--out", out_folder)
    (alert,) = alerts_of(out_folder)
    code, out, _ = surveil("explain", alert.id[:4], "--out", out_folder)
    assert code == 0
    first_line = sart_log.read_text().splitlines()[alert.evidence.inputs[0].line - 1]
    for part in ("DISTRESS", "SIMULATED", alert.id, alert.sentence, first_line, "970, 972, 974"):
        assert part in out
    code, out, _ = surveil("explain", alert.id, "--out", out_folder, "--json")
    assert last_object(out)["evidence"]["inputs"][0]["raw"] == first_line


def test_an_alert_that_is_not_there_is_an_error_of_the_store(surveil, sart_log, tmp_path):
    surveil("replay", sart_log, "--out", tmp_path / "out")
    code, _, err = surveil("explain", "zzzz", "--out", tmp_path / "out")
    assert code == 4
    assert "no alert begins with 'zzzz'" in err
    code, _, err = surveil("explain", "zzzz", "--out", tmp_path / "nowhere")
    assert code == 4
    assert "name the output folder of a replay" in err


def test_info_describes_a_file(surveil, log):
    code, out, _ = surveil("info", log, "--json")
    (about,) = last_object(out)["files"]
    assert code == 0
    assert about["format"] == "aivdm"
    assert about["vessels"] > 10
    assert about["simulated"]


def test_info_says_why_a_file_cannot_be_replayed(surveil, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40)
    code, out, _ = surveil("info", path)
    assert code == 3
    assert "binary data" in out


def test_rules_lists_every_rule_with_its_settings_and_sources(surveil):
    from surveil.registry import rule_classes

    code, out, _ = surveil("rules")
    assert code == 0
    for name in rule_classes():
        assert name in out
    assert "max_gap_s" in out
    assert "COLREG" in out


def replay_cut(surveil, log, tmp_path, *options) -> dict:
    code, out, err = surveil("replay", log, "--out", tmp_path / "out", "--json", *options)
    assert code == 0, err
    return last_object(out)


def test_from_and_to_cut_the_time(surveil, log, tmp_path):
    options = ("--from", "2026-03-14T22:10:00Z", "--to", "2026-03-14T23:20:00+01:00")
    span = replay_cut(surveil, log, tmp_path, *options)["span"]
    assert span["start"] >= "2026-03-14T22:10:00Z"
    assert span["end"] < "2026-03-14T22:20:00Z"
    assert span["end_ms"] - span["start_ms"] > 9 * 60_000


def test_a_time_without_a_zone_is_utc(surveil, log, tmp_path):
    naive = replay_cut(surveil, log, tmp_path, "--from", "2026-03-14 22:30")
    aware = replay_cut(surveil, log, tmp_path, "--from", "2026-03-14T22:30:00+00:00")
    assert naive["span"] == aware["span"]
    assert naive["cut_out"] > 0


def test_mmsi_cuts_to_the_vessels_named(surveil, log, tmp_path):
    summary = replay_cut(surveil, log, tmp_path, "--mmsi", 232_990_101, "--mmsi", 228_990_102)
    assert summary["vessels"] == 2
    assert summary["lines_read"] == len(log.read_bytes().splitlines())


def test_bbox_cuts_positions(surveil, log, tmp_path):
    import pyarrow.parquet as pq

    summary = replay_cut(surveil, log, tmp_path, "--bbox", "1.2,51.0,1.5,51.2")
    rows = pq.read_table(tmp_path / "out" / "tracks.parquet").to_pandas()
    assert summary["cut_out"] > 0
    assert len(rows)
    assert rows.lon.between(1.2, 1.5).all()
    assert rows.lat.between(51.0, 51.2).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "yesterday"], "yesterday"),
        (["--bbox", "1,2,3"], "west,south,east,north"),
        (["--bbox", "a,b,c,d"], "west,south,east,north"),
        (["--bbox", "0,52,1,50"], "west,south,east,north"),
        (["--bbox", "nan,50,1,52"], "west,south,east,north"),
        (["--from", "2026-03-15", "--to", "2026-03-14"], "--from"),
        (["--mmsi", "SIMONE"], "--mmsi"),
        (["--start", "2026-03-14"], "rate"),
        (["--start", "2026-03-14", "--rate", "-1"], "rate"),
        (["--time-from", "the stars"], "base-stations"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_a_bad_option_is_refused_before_anything_is_read(surveil, log, tmp_path, options, words):
    code, out, err = surveil("replay", log, "--out", tmp_path / "out", *options)
    assert code == 2
    assert words in err + out
    assert list(tmp_path.iterdir()) == []


def test_a_config_reaches_the_rules(surveil, sart_log, tmp_path):
    config = tmp_path / "quiet.toml"
    config.write_text("[rules.distress]\nenabled = false\n")
    code, out, _ = surveil("replay", sart_log, "--out", tmp_path / "out", "--config", config, "--json")
    assert code == 0
    assert last_object(out)["alerts"] == {}


def test_a_bad_config_names_file_line_and_key_and_leaves_no_output(surveil, log, tmp_path):
    config = tmp_path / "bad.toml"
    config.write_text("[engine]\ntick_s = 10\nlatness_s = 5\n")
    code, _, err = surveil("replay", log, "--out", tmp_path / "out", "--config", config)
    assert code == 2
    assert f"{config}:3: [engine] latness_s: unknown setting" in err
    assert not (tmp_path / "out").exists()


def test_an_output_folder_with_other_files_is_refused_with_its_own_code(surveil, log, tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years of work")
    code, _, err = surveil("replay", log, "--out", tmp_path)
    assert code == 4
    assert "holds other files" in err


def test_the_demo_replays_its_night_and_names_the_report(surveil, tmp_path, monkeypatch):
    from surveil.simulate import demo

    monkeypatch.setattr(demo, "make_night", lambda seed: make_night(seed=seed, hours=0.35, lane_ships=4))
    code, out, _ = surveil("demo", "--out", tmp_path / "demo", "--seed", 3, "--json")
    assert code == 0
    assert last_object(out)["simulated"]
    assert f"{tmp_path / 'demo'}/report.html" in out
    assert (tmp_path / "demo.nmea").read_bytes().startswith(b"# SIMULATED")
