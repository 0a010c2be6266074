"""What a run writes stays of bounded size, however long the run."""

import numpy as np

from surveil import outputs
from surveil.config import TracksConfig
from surveil.rules.examples import IN_SW_LANE, run, together
from surveil.tracks.table import TrackTable


def drawn(tmp_path, hours: int) -> dict[str, np.ndarray]:
    table, writer = TrackTable(TracksConfig()), outputs.TrackWriter(tmp_path / f"{hours}.parquet", TracksConfig())
    for hour in range(hours):
        span = {"start_s": 3600 * hour, "every_s": 30}
        rows = together(*(run(235_000_001 + i, IN_SW_LANE, 227.0, 0.0, 3600, **span) for i in range(3)))
        writer.add(rows, table.apply_positions(rows))
        writer.flush()
    writer.close()
    (path, *others) = [track["segments"] for track in writer.tracks(table)]
    assert len(others) == 2
    return {name: np.concatenate([segment[name] for segment in path]) for name in path[0]}


def test_the_map_of_a_long_run_has_no_more_points_than_a_browser_draws_from_all_of_its_time(tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "_DRAW_MOST", 300)
    short, long = drawn(tmp_path, 1), drawn(tmp_path, 20)
    assert len(short["t_ms"]) == 60, "one a minute"
    assert 50 <= len(long["t_ms"]) <= 100
    assert np.ptp(long["t_ms"]) > 19.5 * 3_600_000
    assert np.diff(long["t_ms"]).max() <= 2 * np.diff(long["t_ms"]).min()
