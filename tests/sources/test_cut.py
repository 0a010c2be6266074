"""Cutting the input: what is left out is counted."""

from __future__ import annotations

from surveil.ledger import Ledger
from surveil.sources.cut import Cut
from tests.decode.made import AT_SEA, T_S, decoded, report, sentences, tagged

LINES = [
    tagged(sentences(1, 235_000_001, **AT_SEA)[0], f"c:{T_S}"),
    tagged(sentences(1, 235_000_002, **{**AT_SEA, "lon": 179.5})[0], f"c:{T_S + 10}"),
    report(1, 970_000_001, lon=181, lat=91),
    report(1, 235_000_003, lon=181, lat=91),
    report(24, 235_000_002, partno=0, shipname="TINY"),
    report(12, 235_000_004, dest_mmsi=235_000_001, text="HELLO"),
]


def cut(**wanted) -> tuple[list[list[int]], Ledger]:
    batch, ledger = decoded(b"\n".join(LINES))
    kept = Cut(**wanted).apply(batch, ledger)
    return [rows.mmsi.tolist() for kind, rows, _ in kept.parts() if kind != "plots"], ledger


def test_no_cut_keeps_all():
    assert sum(map(len, cut()[0])) == 6


def test_a_span_keeps_its_start_and_not_its_end():
    kept, ledger = cut(from_ms=T_S * 1000 + 1, to_ms=T_S * 1000 + 10_001)
    assert kept == [[235_000_002], [], []]
    assert ledger[0].cut_out == 5
    assert cut(to_ms=T_S * 1000 + 10_000)[1][0].cut_out == 1


def test_a_box_cuts_positions_alone_and_never_a_distress_device_without_a_fix():
    kept, ledger = cut(bbox=(1.0, 50.5, 2.0, 51.5))
    assert kept == [[235_000_001, 970_000_001], [235_000_002], [235_000_004]]
    assert ledger[0].cut_out == 2


def test_a_box_may_cross_the_antimeridian():
    assert cut(bbox=(170.0, 50.0, -170.0, 52.0))[0][0] == [235_000_002, 970_000_001]


def test_vessels_are_kept_with_what_is_said_to_them():
    assert cut(mmsi=frozenset({235_000_001}))[0] == [[235_000_001], [], [235_000_004]]
