"""Fixtures shared by all tests."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

from surveil.resources import shared_folder

# the first call of a kernel compiles it, and a red main must be red again when run again
settings.register_profile("surveil", deadline=None, derandomize=True)
settings.load_profile("surveil")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings, or a skip that says so."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    return folder


@pytest.fixture
def surveil(monkeypatch, capsys):
    """Calls the console entry in this process; gives (exit code, standard output, standard error)."""
    from surveil import cli

    def call(*args) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["surveil", *map(str, args)])
        monkeypatch.setenv("COLUMNS", "1000")
        capsys.readouterr()
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        else:
            code = 0
        return (code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def areas():
    """The project's own geodata, loaded once."""
    from surveil.areas import load_areas

    return load_areas()
