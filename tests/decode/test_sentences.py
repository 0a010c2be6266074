"""Lines to sentences to messages: what is joined, what is refused, and that every line is accounted for."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.decode.fragments import MAX_AGE_MS
from surveil.decode.sentences import SentenceDecoder
from surveil.decode.times import TimeOptions
from surveil.ledger import Ledger
from tests.decode.made import AT_SEA, T_S, closed, decoded, joined, report, same, sentences, tagged

POSITION = report(1, **AT_SEA)
VOYAGE = sentences(5, shipname="SPIRIT OF TEST", callsign="ABCD", imo=9_000_001, destination="DOVER")
LOG = b"\r\n".join(
    [
        b"# a comment with !AIVDM,1,1,,A,15N,0*00",
        POSITION,
        tagged(VOYAGE[0]),
        report(18, 235_000_002, **AT_SEA),
        tagged(VOYAGE[1]),
        tagged(VOYAGE[0], f"c:{T_S + 1}"),
        closed("$GPZDA,101500.50,14,07,2017,00,00").encode(),
        sentences(1, 235_000_003, **AT_SEA)[0].encode(),
        POSITION[:-6] + b"\xff" + POSITION[-5:],
        b"",
        b"\xf0\x00junk",
        report(19, 235_000_004, shipname="TINY", **AT_SEA),
        report(14, 970_000_001, text="SART TEST"),
        report(1, 235_000_005, lon=1.0, lat=50.5),
    ]
)


GOOD = sentences(1, **AT_SEA)[0]
WRONG, BARE = GOOD[:-2] + ("00" if GOOD[-2:] != "00" else "01"), GOOD[:-3]
UNCHECKED = [
    (WRONG, "bad checksum"), (BARE, "no checksum"), (BARE + "*4", "no checksum"), (BARE + ",1500000000", "no checksum"),
    (BARE + "*G1", "no checksum"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "fault"), UNCHECKED)
def test_a_sentence_without_a_right_checksum_is_refused(line, fault):
    batch, ledger = decoded(tagged(line))
    assert (len(batch), dict(ledger[0].refused), dict(ledger[0].warnings)) == (0, {fault: 1}, {})


@pytest.mark.parametrize(("line", "fault"), UNCHECKED)
def test_it_is_kept_told_and_written_down_if_asked_for(line, fault):
    written = []
    ledger = Ledger(lambda *entry: written.append(entry))
    decoder = SentenceDecoder(ledger.add_source("log"), ledger, TimeOptions(lenient=True))
    batch = joined([decoder.feed(tagged(line)), decoder.close()])
    right, _ = decoded(tagged(GOOD))
    assert same(batch, right)
    assert (ledger[0].decoded, dict(ledger[0].warnings)) == (1, {f"{fault}, kept": 1})
    assert written == [("log", 1, f"kept, but {fault}", tagged(line))]


@pytest.mark.parametrize("cut", [GOOD[:-4], GOOD[:-5], GOOD.replace(",A,", ",A,~"), GOOD.replace("1,1", "1,2")])
def test_lenient_is_about_the_checksum_and_nothing_else(cut):
    batch, ledger = decoded(tagged(cut), TimeOptions(lenient=True))
    assert (len(batch), ledger[0].refused.total(), dict(ledger[0].warnings)) == (0, 1, {})


def accounted(ledger: Ledger, data: bytes) -> bool:
    count = ledger[0]
    total = count.decoded + count.not_ais + count.refused.total()
    return count.lines_read == total == len(data.splitlines())


def test_every_line_is_decoded_refused_or_not_ais():
    batch, ledger = decoded(LOG)
    assert accounted(ledger, LOG)
    assert ledger.totals() == {
        "lines_read": 14, "decoded": 8, "not_ais": 4, "cut_out": 0,
        "refused": {"bad checksum": 1, "orphan fragment": 1}, "warnings": {},
    }  # fmt: skip
    assert [len(rows) for _, rows, _ in batch.parts()] == [5, 2, 1, 0]


@given(st.lists(st.integers(0, len(LOG)), max_size=12))
def test_any_cut_between_chunks_gives_the_same_rows_and_accounts(cuts):
    whole, ledger = decoded(LOG)
    other = Ledger()
    decoder = SentenceDecoder(other.add_source("log"), other)
    edges = [0, *sorted(cuts), len(LOG)]
    batches = [decoder.feed(LOG[a:b]) for a, b in itertools.pairwise(edges)]
    assert same(whole, joined([*batches, decoder.close()]))
    assert other.state() == ledger.state()


def test_one_byte_at_a_time_gives_the_same_rows_and_accounts():
    whole, ledger = decoded(LOG)
    bytewise, other = decoded(LOG, step=1)
    assert same(whole, bytewise)
    assert other.state() == ledger.state()


@given(st.integers(0, len(LOG)))
def test_saved_and_restored_anywhere_it_goes_on_as_if_nothing_had_happened(at):
    whole, ledger = decoded(LOG)
    before, after = Ledger(), Ledger()
    first = SentenceDecoder(before.add_source("log"), before)
    head = first.feed(LOG[:at])
    saved = json.loads(json.dumps([before.state(), first.state()]))
    after.restore(saved[0])
    second = SentenceDecoder(0, after)
    second.restore(saved[1])
    assert same(whole, joined([head, second.feed(LOG[at:]), second.close()]))
    assert after.state() == ledger.state()


@settings(max_examples=60)
@given(st.binary(max_size=400), st.integers(0, len(LOG)))
def test_junk_anywhere_never_breaks_the_accounts(junk, at):
    data = LOG[:at] + junk + LOG[at:]
    _, ledger = decoded(data)
    assert accounted(ledger, data)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_lines_may_end_with_cr_lf_or_both(end):
    _, ledger = decoded(POSITION + end + POSITION + end)
    assert (ledger[0].lines_read, ledger[0].decoded) == (2, 2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (POSITION[:-2] + b"00", "bad checksum"),
        (POSITION[:-3], "no checksum"),
        (b"\\c:1500000000*5C\\!AIVDM,1,1,,B,,0*25", "empty payload"),
        (tagged(closed("!AIVDM,1,2,,B,15N,0")), "malformed sentence"),
        (tagged(closed("!AIVDM,1,1,,B,15\x7f5,0")), "bad payload character"),
        (tagged(closed("!AIVDM,2,1,4,B,15N1u<,0")), "orphan fragment"),
        (tagged(closed("!AIVDM,1,1,,A,15N1u<PP1FJuvSRHOE6QIwwh0HQ,0")), "type 1 too short"),
        (tagged(closed("!AIVDM,1,1,,A,t5N1u<PP1FJuvSRHOE6QIwwh0HQ6,0")), "unknown type"),
        (tagged(closed("!AIVDM,1,1,,A,0" + "0" * 27 + ",0")), "unknown type"),
        (tagged(closed("!AIVDM,1,1,,A,1" + "0" * 27 + ",0")), "MMSI out of range"),
        (tagged(closed("!AIVDM,1,1,,A,H3aDKl;" + "0" * 21 + ",0")), "type 24 unknown part"),
        (b"IVDM,1,1,,A,15N1u<PP1FJuvSRHOE6QIwwh0HQ6,0*30", "no start"),
    ],
)  # fmt: skip
def test_a_damaged_sentence_is_refused_with_its_reason(line, reason):
    batch, ledger = decoded(line)
    assert dict(ledger[0].refused) == {reason: 1}
    assert len(batch) == 0


def test_refused_lines_go_to_the_sink_as_they_were():
    kept = []
    ledger = Ledger(rejects=lambda *refused: kept.append(refused))
    decoder = SentenceDecoder(ledger.add_source("log"), ledger)
    decoder.feed(b"\n" + POSITION[:-2] + b"00\n")
    assert kept == [("log", 2, "bad checksum", POSITION[:-2] + b"00")]


@pytest.mark.parametrize("talker", ["AI", "AB", "AN", "BS", "SA", "B1", "B2", "AD", "AR", "AS", "AT", "AX", "--"])
def test_any_talker_is_accepted(talker):
    batch, _ = decoded(tagged(closed(f"!{talker}VDM,1,1,,A,15N1u<PP1FJuvSRHOE6QIwwh0HQ6,0")))
    assert len(batch.positions) == 1


def test_two_sentences_on_a_line_are_both_decoded_and_the_line_counts_once():
    one, two = (sentences(1, mmsi, **AT_SEA)[0] for mmsi in (235_000_001, 235_000_002))
    batch, ledger = decoded(tagged(one + two))
    assert batch.positions.mmsi.tolist() == [235_000_001, 235_000_002]
    assert (ledger[0].lines_read, ledger[0].decoded) == (1, 1)


def test_a_sentence_cut_into_by_another_loses_itself_alone():
    whole = sentences(1, **AT_SEA)[0]
    batch, ledger = decoded(tagged("!AIVDM,1,1,,A,15N1u<P" + whole))
    assert len(batch.positions) == 1
    assert ledger[0].decoded == 1


def test_a_wrong_tag_block_checksum_is_a_warning_and_its_time_is_used():
    line = b"\\c:1420030798*00\\!ABVDM,1,1,4,B,17P;HV?P008F98Il;EC1mOwL0@KP,0*22"
    batch, ledger = decoded(line)
    assert batch.positions.t_ms.tolist() == [1_420_030_798_000]
    assert ledger[0].warnings == {"tag block checksum": 1}


def test_a_station_that_calls_itself_sim_marks_the_source_as_simulated():
    for station, simulated in (("SIMnight", True), ("rSIM", False)):
        _, ledger = decoded(tagged(sentences(1, **AT_SEA)[0], f"s:{station},c:{T_S}"))
        assert ledger[0].simulated is simulated


def test_parts_in_reverse_order_are_joined_and_the_first_part_gives_the_line():
    batch, ledger = decoded(b"\n".join([tagged(VOYAGE[1]), POSITION, tagged(VOYAGE[0])]))
    assert batch.statics.name.tolist() == [b"SPIRIT OF TEST"]
    assert batch.statics.seq.tolist() == [3]
    assert ledger[0].decoded == 3


def test_a_row_arrives_when_its_last_part_does():
    batch, _ = decoded(b"\n".join([tagged(VOYAGE[0]), POSITION, tagged(VOYAGE[1])]))
    assert (batch.statics.seq.tolist(), batch.statics_at.tolist()) == ([1], [3])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"s:one,c:{T_S}", f"s:two,c:{T_S}"),
        (f"g:1-2-11,s:one,c:{T_S}", "g:2-2-12"),
    ],
)
def test_parts_heard_by_two_stations_never_merge(first, second):
    batch, ledger = decoded(b"\n".join([tagged(VOYAGE[0], first), tagged(VOYAGE[1], second)]))
    assert len(batch.statics) == 0
    assert dict(ledger[0].refused) == {"orphan fragment": 2}


def test_parts_of_two_channels_never_merge():
    other = sentences(5, shipname="OTHER", channel="B")
    _, ledger = decoded(b"\n".join([tagged(VOYAGE[0]), tagged(other[1])]))
    assert dict(ledger[0].refused) == {"orphan fragment": 2}


def test_a_tag_block_group_joins_parts_of_which_only_the_first_names_station_and_time():
    lines = [tagged(VOYAGE[0], f"g:1-2-1604,s:rX,c:{T_S}"), tagged(VOYAGE[1], "g:2-2-1604")]
    batch, _ = decoded(b"\n".join(lines))
    assert batch.statics.t_ms.tolist() == [T_S * 1000]


def test_parts_are_forgotten_by_event_time():
    late = T_S + MAX_AGE_MS // 1000
    for t_s, joined_ in ((late, 1), (late + 1, 0)):
        lines = [tagged(VOYAGE[0]), tagged(VOYAGE[1], f"c:{t_s}")]
        batch, ledger = decoded(b"\n".join(lines))
        assert len(batch.statics) == joined_
        assert ledger[0].refused["orphan fragment"] == 2 * (1 - joined_)


def test_a_neighbours_clock_that_is_a_minute_off_does_not_part_what_belongs_together():
    vsi = closed("$SAVSI,r1,7,024140,2223,-94,26").encode()
    lines = [tagged(VOYAGE[0], f"g:1-3-7,s:rX,c:{T_S}"), vsi, tagged(VOYAGE[1], "g:2-3-7")]
    batch, _ = decoded(b"\n".join(lines))
    assert batch.statics.t_ms.tolist() == [T_S * 1000]


def test_the_own_time_of_a_part_counts_even_if_another_part_came_first():
    zda = closed("$GPZDA,024000,14,07,2017,00,00").encode()
    batch, _ = decoded(b"\n".join([zda, VOYAGE[1].encode(), tagged(VOYAGE[0], f"c:{T_S + 5}")]))
    assert batch.statics.t_ms.tolist() == [(T_S + 5) * 1000]


def test_a_first_part_heard_again_takes_the_place_of_the_first():
    batch, ledger = decoded(b"\n".join(map(tagged, [VOYAGE[0], *VOYAGE])))
    assert batch.statics.seq.tolist() == [2]
    assert dict(ledger[0].refused) == {"orphan fragment": 1}
