"""What a service manager and a container are told is so: paths are there, commands exist, the unit is one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from tests.test_packaging import ROOT, build_wheel

UNIT = ROOT / "deploy" / "surveil.service"
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text("utf-8").replace("\\\n", " ")


def instructions(name: str) -> list[str]:
    return [line.removeprefix(f"{name} ").strip() for line in CONTAINER.splitlines() if line.startswith(f"{name} ")]


def copied() -> list[Path]:
    return [ROOT / source for line in instructions("COPY") for source in line.split()[:-1]]


def commands() -> list[list[str]]:
    """What both run of ours: a command of the console entry with its options."""
    in_unit = re.findall(r"^Exec\w+=\S*/surveil (.*)$", UNIT.read_text("utf-8"), re.MULTILINE)
    (in_container,) = re.findall(r"^CMD \[(.*)\]$", CONTAINER, re.MULTILINE)
    return [*(line.split() for line in in_unit), re.findall(r'"([^"]*)"', in_container)]


def test_every_command_and_option_is_one_of_ours():
    from surveil.cli import app

    known = typer.main.get_command(app).commands
    assert len(commands()) == 3
    for name, *options in commands():
        there = {option for parameter in known[name].params for option in parameter.opts}
        assert {option for option in options if option.startswith("-")} <= there, name


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    """But that surveil is installed elsewhere here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/surveil/.venv/bin/surveil", "/bin/true"), "utf-8")
    said = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_a_wheel_is_built_of_what_the_container_copies(tmp_path):
    """And needs nothing besides."""
    place = tmp_path / "checkout"
    place.mkdir()
    for path in copied():
        if path.is_dir():
            shutil.copytree(path, place / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, place)
    assert build_wheel(place, tmp_path).name.startswith("surveil-")
