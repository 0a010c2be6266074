"""One night made by hand and its replay, for the tests of this folder."""

import pytest

from surveil.run import Replay
from tests.evaluate.made import write_night


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Three and a half hours of the demo's night: both boats launched, one gone silent, its SART on the air."""
    return write_night(tmp_path_factory.mktemp("made") / "night", hours=3.5, lane_ships=6, sea_state=((0, 1), (1, 3)))


@pytest.fixture(scope="session")
def replayed(simulated, tmp_path_factory):
    """The output folder of its replay."""
    out = tmp_path_factory.mktemp("replayed") / "out"
    assert Replay([simulated / "ais"], out).run()["exit_code"] == 0
    return out
