"""Boats planted in a real recording: its lines stay as they are, its ships are there for the sensors."""

import dataclasses
import gzip

import numpy as np
import pyarrow.parquet as pq
import pytest

from surveil.errors import ConfigError, InputError
from surveil.ledger import Ledger
from surveil.simulate.background import read_background
from surveil.simulate.produce import simulate
from surveil.simulate.scenario import Boats, Scenario, Station
from surveil.sources.files import open_sources

SOLENT = "data/ais/stonesoup_SolentAIS_20160112_130211.csv.gz"
AREA = (-1.7, 50.3, 2.55, 51.55)
PLANTED = Scenario(
    name="planted", start=0, hours=1, area=AREA, boats=(Boats(beach="wissant", launch_h=0.3, carries_ais=True),),
    stations=(Station("SIM-DOVER", (1.343, 51.133)),),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(shared, tmp_path_factory):
    path = tmp_path_factory.mktemp("planted") / "out"
    simulate(PLANTED, path, shared / SOLENT)
    return path


@pytest.mark.shared
def test_the_recording_is_kept_byte_for_byte_and_alone_unmarked(folder, shared):
    (copy,) = (folder / "ais").glob("background-*")
    assert copy.read_bytes() == (shared / SOLENT).read_bytes()
    ledger = Ledger()
    sources = open_sources([folder], ledger)
    for source in sources:
        list(source.batches())
    assert {s.name.rsplit("/", 1)[1]: ledger[s.index].simulated for s in sources} == {
        "SIM-DOVER.nmea": True,
        copy.name: False,
    }


@pytest.mark.shared
def test_only_what_is_planted_is_simulated(folder):
    objects = pq.read_table(folder / "truth" / "objects.parquet").to_pandas()
    assert set(objects.loc[~objects["simulated"], "kind"]) == {"real ship"}
    assert set(objects.loc[objects["simulated"], "kind"]) == {"small craft", "rescue", "patrol"}
    assert objects["mmsi"][~objects["simulated"]].nunique() > 80


@pytest.mark.shared
def test_real_ships_are_where_they_reported(folder, shared):
    objects = pq.read_table(folder / "truth" / "objects.parquet").to_pandas()
    positions = pq.read_table(folder / "truth" / "positions.parquet").to_pandas()
    with gzip.open(shared / SOLENT, "rt") as file:
        file.readline()
        rows = [line.split(",") for line in file]
    mmsi = int(rows[0][1])
    own = positions[positions["object"].isin(objects.loc[objects["mmsi"] == mmsi, "object"])]
    lats = np.array([float(r[2]) for r in rows if int(r[1]) == mmsi])
    assert lats.min() - 1e-6 <= own["lat"].min() and own["lat"].max() <= lats.max() + 1e-6
    assert own["sog_kn"].max() < 40


@pytest.mark.shared
def test_a_boat_launched_after_the_recording_ends_is_refused(shared):
    late = dataclasses.replace(PLANTED, boats=(Boats(beach="wissant", launch_h=3.0),))
    with pytest.raises(ConfigError, match=r"3\.0 h after the start of a recording of 1\.4 h"):
        read_background(shared / SOLENT, AREA).under(late)


@pytest.mark.shared
def test_a_recording_of_other_waters_is_refused(shared):
    with pytest.raises(InputError, match="nobody in it is within the area"):
        read_background(shared / SOLENT, (0.45, 50.3, 2.55, 51.55))
