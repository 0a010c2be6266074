"""`python -m surveil.warm`: compile every kernel of the main job into the cache, so that a first run need not."""

from __future__ import annotations

import tempfile
from pathlib import Path


def main() -> None:
    """Replay a short simulated night and throw the result away."""
    from surveil.config import Config, MapConfig
    from surveil.run import Replay
    from surveil.simulate.demo import make_night

    with tempfile.TemporaryDirectory(prefix="surveil-warm-") as folder:
        log = make_night(hours=0.5).write(Path(folder) / "night.nmea")
        Replay([log], Path(folder) / "out", Config(map=MapConfig(learn=True))).run()


if __name__ == "__main__":
    main()
