"""Vessels, types and fields against pyais, run on its own over real logs."""

from __future__ import annotations

import gzip
from collections import Counter

import numpy as np
import pytest
from pyais.exceptions import AISBaseException
from pyais.stream import BinaryIOStream

from surveil.decode.messages import MAX_MMSI, MIN_BITS, POSITION_TYPES, SAFETY_TYPES, STATIC_TYPES
from surveil.decode.times import TimeOptions
from surveil.schema import AIS_KINDS
from tests.decode.made import decoded

LOGS = [
    "dma_aisabnormal_ais-sample_20131112.txt.gz",
    "kystverket_Ais1000Lines_20190807.nm4",
    "nais_us_20160728_100k.nmea.gz",
]
ANY_TIME = TimeOptions(start_ms=1_500_000_000_000, rate_per_s=1.0)


def contents(path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def by_pyais(path):
    """Messages as pyais reads them; those it cannot read are left out."""
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        for assembled in BinaryIOStream(file):
            try:
                yield assembled.decode(), assembled.bv
            except AISBaseException:
                continue


@pytest.mark.shared
@pytest.mark.parametrize("name", LOGS)
def test_vessels_types_and_positions_agree_with_pyais(shared, name):
    path = shared / "data" / "ais" / name
    batch, ledger = decoded(contents(path), ANY_TIME)
    theirs = [
        m
        for m, bits in by_pyais(path)
        if m.msg_type in MIN_BITS and len(bits) >= MIN_BITS[m.msg_type] and 0 < m.mmsi <= MAX_MMSI
    ]
    assert ledger[0].types == Counter(str(m.msg_type) for m in theirs)
    with_rows = POSITION_TYPES | STATIC_TYPES | SAFETY_TYPES
    vessels = np.unique(np.concatenate([getattr(batch, kind).mmsi for kind in AIS_KINDS]))
    assert vessels.tolist() == sorted({m.mmsi for m in theirs if m.msg_type in with_rows})
    places = sorted((m.mmsi, m.lon, m.lat) for m in theirs if m.msg_type in POSITION_TYPES and abs(m.lon) <= 180)
    known = ~np.isnan(batch.positions.lon)
    ours = sorted(zip(*(getattr(batch.positions, c)[known].tolist() for c in ("mmsi", "lon", "lat")), strict=True))
    places = [p for p in places if abs(p[2]) <= 90]
    assert len(ours) == len(places)
    assert np.allclose(ours, places, rtol=0, atol=1e-6)
