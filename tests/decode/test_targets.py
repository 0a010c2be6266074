"""TTM and TLL: units, references and times as IEC 61162-1 has them; what gives no place is refused and counted."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.decode.syntax import checksum
from surveil.decode.targets import TargetDecoder, tll, ttm
from surveil.ledger import Ledger
from surveil.schema import MISSING_SENSOR, Plots

NOON_MS = 1_767_225_600_000 + 43_200_000


def sentence(body: str) -> bytes:
    return b"$%b*%02X\r\n" % (body.encode(), checksum(body.encode()))


def decoded(data: bytes, cuts=(), sensors=None) -> tuple[Plots, Ledger]:
    ledger = Ledger()
    decoder = TargetDecoder(ledger, ledger.add_source("feed"), sensors or {}, NOON_MS)
    edges = [0, *sorted(c for c in cuts if c < len(data)), len(data)]
    parts = [decoder.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    plots = Plots.concat([*parts, decoder.close()])
    assert not ledger[0].waiting
    return plots, ledger


def test_a_target_in_nautical_miles_is_read():
    line = sentence("RATTM,07,4.30,121.2,T,12.5,045.0,T,0.5,10.0,N,BOAT,T,R,121530.50,A")
    plots, ledger = decoded(line, sensors={b"RA": 3})
    assert plots.range_m[0] == pytest.approx(4.3 * 1852)
    assert (plots.bearing_deg[0], plots.sog_kn[0], plots.cog_deg[0]) == pytest.approx((121.2, 12.5, 45.0))
    assert (plots.track[0], plots.label[0], plots.sensor[0]) == (7, b"BOAT", 3)
    assert plots.t_ms[0] == NOON_MS + 930_500
    assert ledger[0].decoded == 1


@pytest.mark.parametrize(("unit", "metres"), [("N", 1852.0), ("K", 1000.0), ("S", 1609.344)])
def test_distance_and_speed_go_by_the_unit_of_the_sentence(unit, metres):
    plots, _ = decoded(sentence(f"RATTM,07,2.0,121.2,T,10.0,45.0,R,,,{unit},,T,,120000.00,A"))
    assert plots.range_m[0] == pytest.approx(2 * metres)
    assert plots.sog_kn[0] == pytest.approx(10 * metres / 1852)
    assert np.isnan(plots.cog_deg[0])  # relative to a head that is not known


def test_a_place_in_degrees_and_minutes_is_read():
    plots, _ = decoded(sentence("RATLL,01,5103.600,N,00127.000,W,X,120000.00,T,"))
    assert plots.lat[0] == pytest.approx(51.06)
    assert plots.lon[0] == pytest.approx(-1.45)


def test_the_tag_block_names_the_radar_and_the_day():
    body = b"s:dover,c:1767312000"
    line = b"\\%b*%02X\\" % (body, checksum(body)) + sentence("RATTM,07,2.0,121.2,T,,,T,,,N,,T,,235959.00,A")
    plots, ledger = decoded(line, sensors={b"dover": 2})
    assert plots.sensor[0] == 2
    assert plots.t_ms[0] == 1_767_312_000_000 - 1000
    unknown, ledger = decoded(line)
    assert unknown.sensor[0] == MISSING_SENSOR
    assert ledger[0].warnings == {"dover is no sensor of the settings": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (sentence("RATTM,07,4.30,121.2,R,,,T,,,N,,T,,120000,A"), "bearing from a ship's head, which is not known here"),
        (sentence("RATTM,07,4.30,121.2,T,,,T,,,N,,L,,120000,A"), "target lost"),
        (sentence("RATTM,07,4.30,121.2,T,,,T,,,N,,T,,,A"), "no time"),
        (sentence("RATTM,07,,121.2,T,,,T,,,N,,T,,120000,A"), "malformed sentence"),
        (sentence("RATTM,07,1,2"), "malformed sentence"),
        (sentence("RATLL,01,9903.600,N,00127.000,W,X,120000.00,T,"), "malformed sentence"),
        (b"$RATTM,07,4.30,121.2,T,,,T,,,N,,T,,120000,A*00\r\n", "bad checksum"),
        (b"$RATTM,07,4.30\r\n", "malformed sentence"),
    ],
)
def test_what_gives_no_place_is_refused_with_its_reason(line, reason):
    plots, ledger = decoded(line)
    assert len(plots) == 0
    assert ledger[0].refused == {reason: 1}


def test_other_sentences_are_passed_over():
    plots, ledger = decoded(sentence("GPZDA,120000,01,01,2026,00,00") + b"hello\r\n")
    assert len(plots) == 0 and ledger[0].not_ais == 2


targets = st.tuples(
    st.integers(0, 999), st.floats(0, 90_000), st.floats(0, 359.99), st.integers(0, 11 * 3_600_000), st.floats(-89, 89),
    st.floats(-179, 179),
)  # fmt: skip


@given(rows=st.lists(targets, min_size=1, max_size=20), cuts=st.lists(st.integers(1, 500)))
def test_what_is_written_is_read_back_however_it_is_cut(rows, cuts):
    lines = [
        ttm(n, r, b, NOON_MS + t) + b"\r\n" + tll(n, lon, lat, NOON_MS + t) + b"\n" for n, r, b, t, lat, lon in rows
    ]
    plots, ledger = decoded(b"".join(lines), cuts)
    assert ledger[0].decoded == 2 * len(rows)
    number, range_m, bearing, t, lat, lon = (np.array(c) for c in zip(*rows, strict=True))
    assert plots.track.reshape(-1, 2).T.tolist() == [number.tolist()] * 2
    assert np.allclose(plots.range_m[::2], range_m, atol=0.11)
    assert np.allclose(plots.bearing_deg[::2], bearing, atol=0.0051)
    assert np.allclose(plots.lat[1::2], lat, atol=1e-6) and np.allclose(plots.lon[1::2], lon, atol=1e-6)
    assert (NOON_MS + t - plots.t_ms[::2] >= 0).all() and (NOON_MS + t - plots.t_ms[::2] < 10).all()
