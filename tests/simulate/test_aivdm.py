"""The packed bits mean what pyais reads."""

import numpy as np
import pyais
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.errors import InputError
from surveil.simulate import aivdm
from tests.simulate.conftest import checksum_holds

mmsis = st.integers(1, 999_999_999)
lons, lats = st.integers(-180 * 600_000, 181 * 600_000), st.integers(-90 * 600_000, 91 * 600_000)
motion = st.fixed_dictionaries(
    {
        "mmsi": mmsis, "lon": lons, "lat": lats, "sog": st.integers(0, 1023), "cog": st.integers(0, 3600),
        "heading": st.one_of(st.integers(0, 359), st.just(511)), "utc_s": st.integers(0, 63),
        "accuracy": st.integers(0, 1), "raim": st.integers(0, 1),
    }
)  # fmt: skip


def decoded(msg_type, fields):
    payload = aivdm.pack(msg_type, 1, **fields)
    (sentence,) = aivdm.sentences(payload, np.array([b"A"]))
    assert checksum_holds(sentence[1:])
    return pyais.decode(sentence).asdict()


def agree(got, fields, names):
    scale = {"lon": 600_000, "lat": 600_000, "sog": 10, "cog": 10}
    for ours, theirs in names.items():
        assert got[theirs] == pytest.approx(fields[ours] / scale.get(ours, 1), abs=1e-6), ours


MOTION = {
    "mmsi": "mmsi", "lon": "lon", "lat": "lat", "sog": "speed", "cog": "course", "heading": "heading",
    "utc_s": "second", "accuracy": "accuracy", "raim": "raim",
}  # fmt: skip


@given(motion, st.integers(0, 15), st.integers(-128, 127), st.integers(0, (1 << 19) - 1))
@settings(max_examples=150, deadline=None)
def test_class_a_position_reads_back_in_pyais(fields, status, turn, radio):
    got = decoded(1, fields | {"nav_status": status, "rot": turn, "radio": radio})
    agree(got, fields, MOTION)
    assert (int(got["status"]), got["radio"]) == (status, radio)
    if abs(turn) < 127:
        assert abs(float(got["turn"])) == pytest.approx((turn / 4.733) ** 2, abs=1)


@given(motion, st.integers(0, (1 << 20) - 1))
@settings(max_examples=150, deadline=None)
def test_class_b_position_reads_back_in_pyais(fields, radio):
    got = decoded(18, fields | {"cs": 1, "radio": radio})
    agree(got, fields, MOTION)
    assert (bool(got["cs"]), got["radio"]) == (True, radio)


@given(st.datetimes(), mmsis, lons, lats)
@settings(max_examples=80, deadline=None)
def test_base_station_report_reads_back_in_pyais(utc, mmsi, lon, lat):
    clock = {f: getattr(utc, f) for f in ("year", "month", "day", "hour", "minute", "second")}
    got = decoded(4, {"mmsi": mmsi, "lon": lon, "lat": lat, **clock})
    agree(got, {"lon": lon, "lat": lat, "mmsi": mmsi}, {"lon": "lon", "lat": "lat", "mmsi": "mmsi"})
    assert {f: got[f] for f in clock} == clock


@given(st.lists(motion, min_size=2, max_size=5))
@settings(max_examples=30, deadline=None)
def test_packing_many_equals_packing_each(rows):
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    together = aivdm.pack(18, len(rows), **columns)
    apart = np.vstack([aivdm.pack(18, 1, **row) for row in rows])
    assert (together == apart).all()


def test_a_value_that_does_not_fit_its_field_is_refused():
    with pytest.raises(InputError, match="sog does not fit 10 bits"):
        aivdm.pack(1, 1, sog=1024)


def test_an_unknown_field_is_refused():
    with pytest.raises(KeyError, match="speed"):
        aivdm.pack(1, 1, speed=3)


def test_many_tag_blocks_are_those_made_one_by_one():
    text = aivdm.tag_blocks("SIM-DOVER", np.array([1773525600, 1773525601]), [2, 0], [1, 0], [7, 0])
    grouped, alone = (bytes(row).replace(b"\0", b"") for row in text)
    assert grouped == aivdm.tag_block("SIM-DOVER", 1773525600, "1-2-7")
    assert alone == aivdm.tag_block("SIM-DOVER", 1773525601)


def test_a_ship_that_reports_nothing_has_no_sentence():
    payloads = aivdm.pack(1, 0, mmsi=235_990_001)
    assert payloads.shape == (0, 28)
    assert len(aivdm.sentences(payloads, np.empty(0, "S1"))) == 0
