"""Imported by the process that watches are forked from: it has loaded what each start would load again."""

import tempfile
from pathlib import Path

from benchmarks._watching import night_lines
from surveil.config import Config
from surveil.run import Replay

with tempfile.TemporaryDirectory() as folder:
    night = Path(folder) / "night.nmea"
    night.write_bytes(b"".join(night_lines()))
    Replay([night], Path(folder) / "out", Config()).run()
