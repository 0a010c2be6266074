"""Files of plots: recognised by content, read whole, every row a plot or refused with its line and reason."""

import gzip

import numpy as np
import pytest

from surveil.decode.asterix import encode
from surveil.decode.asterix_tables import CAT048
from surveil.decode.targets import ttm
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.schema import Plots
from surveil.sources.plotfiles import read_plots

NOON_MS = 1_767_225_600_000 + 43_200_000


def read(path, sensors=None, **options) -> tuple[Plots, Ledger]:
    ledger = Ledger()
    plots = Plots.concat(list(read_plots(path, ledger, sensors or {}, near_ms=NOON_MS, **options)))
    assert not ledger[0].waiting
    return plots, ledger


def test_files_of_each_kind_are_known_by_content_and_not_by_name(tmp_path):
    asterix = encode(CAT048, ("010", "140", "040"), {"140/ToD": np.arange(50.0), "040/RHO": 1.0}, np.arange(50))
    contents = {
        "asterix": asterix,
        "nmea": ttm(1, 1000.0, 90.0, NOON_MS) + b"\r\n",
        "csv": b"t,lon,lat\n2026-01-01T12:00:00Z,1.4,51.0\n",
        "jsonl": b'{"t": 1767268800, "lon": 1.4, "lat": 51.0}\n',
        "geojson": b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"t": 1767268800000},'
        b' "geometry": {"type": "Point", "coordinates": [1.4, 51.0]}}]}',
    }
    for kind, content in contents.items():
        path = tmp_path / "feed.dat"
        path.write_bytes(gzip.compress(content))
        plots, ledger = read(path)
        assert ledger[0].format == kind
        assert len(plots) == (50 if kind == "asterix" else 1)
        assert abs(plots.t_ms[-1] - NOON_MS) <= 43_200_000
        if kind in ("csv", "jsonl", "geojson"):
            assert (plots.t_ms[0], plots.lon[0], plots.lat[0]) == (NOON_MS, 1.4, 51.0)


def test_a_row_that_is_no_plot_is_refused_with_its_line(tmp_path):
    path = tmp_path / "plots.csv"
    path.write_bytes(
        b"\xef\xbb\xbftime,sensor,range_m,bearing_deg,label\n"
        b"2026-01-01 12:00:00.250,east,1500,90.5,boat\n"
        b"soon,east,1500,90.5,boat\n"
        b"\n"
        b"2026-01-01 12:00:01,east,,90.5,boat\n"
        b"2026-01-01 12:00:02,east,1500\n"
        b"2026-01-01 12:00:03,west,1600,91,\n"
    )
    plots, ledger = read(path, {"east": 1}, sensor=9)
    assert plots.t_ms.tolist() == [NOON_MS + 250, NOON_MS + 3000]
    assert plots.seq.tolist() == [2, 7]
    assert plots.sensor.tolist() == [1, 9]
    assert plots.label.tolist() == [b"boat", b""]
    assert ledger[0].refused == {"no time": 1, "no position": 1, "wrong number of fields": 1}
    assert ledger[0].first_refused == {"no time": 3, "no position": 5, "wrong number of fields": 6}


def test_json_lines_that_hold_no_report_are_refused(tmp_path):
    path = tmp_path / "reports.jsonl"
    path.write_bytes(b'{"t": "2026-01-01T12:00:00.5Z", "lon": 1.4, "lat": 51.0}\nnonsense\n[1]\n{"t": 5}\n')
    plots, ledger = read(path)
    assert plots.t_ms.tolist() == [NOON_MS + 500]
    assert ledger[0].refused == {"no time": 2, "no position": 1}


@pytest.mark.parametrize("content", [b"", b"hello world\n", b"\x00\x01\x02\x03" * 50, b"a,b,c\n1,2,3\n"])
def test_what_is_no_file_of_plots_is_refused(tmp_path, content):
    path = tmp_path / "what.ast"
    path.write_bytes(content)
    with pytest.raises(InputError, match="holds neither ASTERIX"):
        read(path)


def test_a_damaged_parquet_file_is_told_of(tmp_path):
    path = tmp_path / "plots.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(InputError, match="damaged parquet data"):
        read(path)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows"),
    [("gfw_ksat_sar_detections_indian_20191006_20200107.csv.gz", 320), ("gfw_ksat_sar_detections_pacific.csv.gz", 173)],
)
def test_satellite_detections_of_ksat_are_read(shared, name, rows):
    plots, ledger = read(shared / "data" / "radar" / name)
    assert len(plots) == rows
    assert not ledger[0].refused
    assert plots.probability.max() <= 1 and plots.probability.min() > 0
    assert plots.length_m.max() < 500
    assert (plots.t_ms > 1_500_000_000_000).all()


@pytest.mark.shared
@pytest.mark.parametrize(("name", "rows"), [("croatiacontrol_cat_034_048.pcap", 126), ("asterix_cat_062_065.pcap", 2)])
def test_captures_are_read(shared, name, rows):
    plots, ledger = read(shared / "data" / "radar" / name)
    assert len(plots) == rows
    assert ledger[0].format == "pcap"
