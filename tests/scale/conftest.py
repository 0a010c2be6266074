"""A night in an archive, and settings with which a few hours of it make several slices."""

import pytest

from surveil.archive.importing import Importer
from surveil.config import load_config
from surveil.registry import rule_classes
from surveil.simulate.demo import make_night
from surveil.sources.cut import Cut

HOUR_MS = 3_600_000
ASKED = ("silence", "lane", "drifting", "small_craft_crossing", "crossing_shape", "identity")
"""Rules whose memory of ticks is short, so that a slice needs facts from before it."""


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("night")
    log = make_night(seed=1).write(folder / "night.nmea")
    Importer(folder / "archive", stretch_rows=5_000).run([log])
    return folder / "archive"


@pytest.fixture(scope="session")
def config():
    off = {f"rules.{name}.enabled": False for name in rule_classes() if name not in ASKED}
    return load_config(None, {**off, "alerts.again_s": 600, "map.halve_days": 1})


@pytest.fixture(scope="session")
def cut():
    """Three hours, over a midnight at which what was learned is halved."""
    return Cut(to_ms=1_773_525_600_000 + 3 * HOUR_MS)
