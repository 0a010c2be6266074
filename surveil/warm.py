"""`python -m surveil.warm`: compile every kernel of the main jobs into the cache, so that a first run need not."""

from __future__ import annotations

import tempfile
from pathlib import Path

_TABLE = "MMSI,BaseDateTime,LAT,LON,SOG,COG\n" + "235000001,2026-03-14T22:00:00,51.0,1.4,10.0,45.0\n" * 200


def main() -> None:
    """Replay a short simulated night, import it with a table, watch a boat by radar, and throw the results away."""
    from surveil.archive.importing import Importer
    from surveil.areas import load_areas
    from surveil.config import Config, MapConfig
    from surveil.engine import Engine
    from surveil.rules.examples import IN_SW_LANE, seen_by_radar
    from surveil.run import Replay
    from surveil.schema import Batch
    from surveil.simulate.demo import make_night

    with tempfile.TemporaryDirectory(prefix="surveil-warm-") as folder:
        log = make_night(hours=0.5).write(Path(folder) / "night.nmea")
        Replay([log], Path(folder) / "out", Config(map=MapConfig(learn=True))).run()
        table = Path(folder) / "day.csv"
        table.write_text(_TABLE)
        archive = Path(folder) / "archive"
        Importer(archive).run([log, table])
        Replay([archive], Path(folder) / "again").run()
    boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 120)
    radar = Engine(Config(sensors=boat["sensors"]), load_areas())
    radar.push(Batch.build(positions=boat["positions"], plots=boat["plots"]))
    radar.close()


if __name__ == "__main__":
    main()
