"""`surveil info` of an archive."""

from surveil import info
from surveil.archive.importing import Importer
from surveil.simulate.demo import make_night


def test_an_archive_is_described_by_what_was_imported(tmp_path):
    log = make_night(seed=5, hours=0.2, lane_ships=4).write(tmp_path / "night.nmea")
    Importer(tmp_path / "archive").run([log])
    of_log, of_archive = (info.describe(path)["files"][0] for path in (log, tmp_path / "archive"))
    told = ("lines_read", "decoded", "refused", "not_ais", "vessels", "rows", "span", "bbox", "types", "replay")
    assert {k: of_archive[k] for k in told} == {k: of_log[k] for k in told}
    assert "in an archive" in info.render(info.describe(tmp_path / "archive"))
