"""When a report was received: every form in which logs say it, and what is not believed."""

from __future__ import annotations

import pytest

from surveil.decode.times import TimeOptions, civil_ms
from surveil.errors import NoTimeError
from tests.decode.made import AT_SEA, closed, decoded, report, sentences, tagged

PLAIN = sentences(1, **AT_SEA)[0]
BASE = {"year": 2017, "month": 7, "day": 14, "hour": 10, "minute": 15, "lon": 1.3, "lat": 51.1}


def times(*lines: str | bytes, **options) -> list[int]:
    data = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return decoded(data, TimeOptions(**options))[0].positions.t_ms.tolist()


@pytest.mark.parametrize(
    ("line", "t_ms"),
    [
        (tagged(PLAIN, "c:1418169601"), 1_418_169_601_000),
        (tagged(PLAIN, "c:1418169601.25"), 1_418_169_601_250),
        (tagged(PLAIN, "c:1418169601123"), 1_418_169_601_123),
        (PLAIN + ",1418169601", 1_418_169_601_000),
        (PLAIN + ",1328133720012", 1_328_133_720_012),
        (PLAIN + ",b003669794,1272412827", 1_272_412_827_000),
        (PLAIN + ",d-080,S2118,t050056.00,T56.4837741,r003669946,1325394060,1325394001", 1_325_394_060_000),
        ("1437384131 " + PLAIN, 1_437_384_131_000),
        ("1437384131.5," + PLAIN, 1_437_384_131_500),
        ("2015-07-20T09:22:11Z " + PLAIN, 1_437_384_131_000),
        ("2015-07-20 09:22:11.125\t" + PLAIN, 1_437_384_131_125),
        ("[2015-07-20T11:22:11+02:00] " + PLAIN, 1_437_384_131_000),
        ("2015-07-20 09:22:11 UTC; " + PLAIN, 1_437_384_131_000),
    ],
)
def test_a_sentence_may_carry_its_own_time(line, t_ms):
    assert times(line) == [t_ms]


@pytest.mark.parametrize(
    ("companion", "t_ms"),
    [
        ("$PGHP,1,2013,11,12,12,0,0,11,219,,2190067,1,62", civil_ms(2013, 11, 12, 12, 0, 0, 11)),
        ("$GPZDA,235959.50,31,12,2016,00,00", civil_ms(2016, 12, 31, 23, 59, 59, 500)),
        ("$GPZDA,235960,31,12,2016,00,00", civil_ms(2017, 1, 1, 0, 0, 0)),
        ("$GPRMC,035258,A,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A", civil_ms(2011, 7, 26, 3, 52, 58)),
    ],
)
def test_a_companion_sentence_gives_its_time_to_what_follows(companion, t_ms):
    assert times(closed(companion), PLAIN, PLAIN) == [t_ms, t_ms]


@pytest.mark.parametrize(
    "companion",
    [
        "$IIRMC,092210,A,5759.095,N,01144.342,E,5.5,31.1,,0.0,E,A",
        "$GPRMC,035258,V,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A",
        "$GPZDA,250000,31,12,2016,00,00",
        "$GPZDA,120000,30,02,2016,00,00",
        "$SAVSI,D08MN,7,235959.285433,2223,-94,26",
    ],
)
def test_a_companion_without_a_whole_and_valid_date_gives_no_time(companion):
    assert times(closed(companion), PLAIN) == []


@pytest.mark.parametrize(
    "companion",
    [
        "$PGHP,1,2013,11,12,12,0,0,11,219,,2190067,1,62", "$GPZDA,235959.50,31,12,2016,00,00",
        "$GPRMC,035258,A,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A", "$SAVSI,D08MN,7,235959.28,2223,-94,26",
    ],
)  # fmt: skip
def test_a_companion_cut_short_after_any_field_tells_its_whole_time_or_none(companion):
    fields = companion.split(",")
    whole = times(closed(companion), PLAIN)
    for n in range(2, len(fields)):
        assert times(closed(",".join(fields[:n])), PLAIN) in ([], whole)


def test_a_companion_with_a_wrong_checksum_gives_no_time():
    assert times("$GPZDA,235959,31,12,2016,00,00*00", PLAIN) == []


def test_a_time_of_day_moves_a_known_clock_across_midnight():
    zda, vsi = closed("$GPZDA,235959,31,12,2016,00,00"), closed("$SAVSI,r1,7,000001.25,2223,-94,26")
    assert times(zda, PLAIN, vsi, PLAIN) == [civil_ms(2016, 12, 31, 23, 59, 59), civil_ms(2017, 1, 1, 0, 0, 1, 250)]


def test_tag_block_comes_before_suffix_before_leading_stamp_before_companion():
    zda = closed("$GPZDA,000000,01,01,2001,00,00")
    suffixed, led = PLAIN + ",1300000000", "1200000000 "
    lines = [zda, tagged(suffixed, "c:1400000000"), led + suffixed, led + PLAIN, PLAIN]
    assert times(*lines) == [1_400_000_000_000, 1_300_000_000_000, 1_200_000_000_000, civil_ms(2001, 1, 1, 0, 0, 0)]


def test_what_comes_before_the_first_time_is_refused_as_no_time_yet():
    _, ledger = decoded(b"\n".join([PLAIN.encode(), closed("$GPZDA,000000,01,01,2001,00,00").encode(), PLAIN.encode()]))
    assert dict(ledger[0].refused) == {"no time yet": 1}
    assert ledger.exit_code == 0


def test_a_source_without_any_time_says_so_and_asks_for_a_start():
    batch, ledger = decoded(PLAIN.encode())
    assert len(batch) == 0
    (problem,) = ledger.problems
    assert isinstance(problem, NoTimeError)
    assert "log" in str(problem) and "--start" in str(problem) and "base-stations" in str(problem)


def test_start_and_rate_count_messages_and_leave_times_that_are_given():
    voyage = sentences(5, shipname="TWO PARTS")
    lines = [PLAIN, *voyage, PLAIN, tagged(PLAIN, "c:1400000000"), PLAIN]
    start = 1_500_000_000_000
    assert times(*lines, start_ms=start, rate_per_s=2.0) == [start, start + 1000, 1_400_000_000_000, start + 1500]


@pytest.mark.parametrize(("t_s", "reason"), [(5, "time before AIS existed"), (3_471_292_800, "time in the future")])
def test_years_like_1970_and_2080_are_refused_and_told(t_s, reason):
    line = tagged(PLAIN, f"c:{t_s:010d}")
    _, ledger = decoded(line, TimeOptions(not_after_ms=1_800_000_000_000))
    assert dict(ledger[0].refused) == {reason: 1}
    assert (ledger.problems[0].source, ledger.problems[0].line, ledger.exit_code) == ("log", 1, 3)


def test_base_stations_give_the_time_if_asked_and_nothing_else_does():
    base = sentences(4, 2_320_001, **BASE, second=30)[0]
    lines = [tagged(PLAIN), base, PLAIN]
    at = civil_ms(2017, 7, 14, 10, 15, 30)
    assert times(*lines, time_from="base-stations") == [at, at]


def test_one_base_station_with_a_wrong_clock_does_not_move_the_time():
    right = [sentences(4, 2_320_001, **BASE, second=s)[0] for s in (30, 31)]
    wrong = sentences(4, 2_320_002, **{**BASE, "year": 2019}, second=30)[0]
    t_ms = times(right[0], wrong, PLAIN, right[1], PLAIN, time_from="base-stations")
    assert max(t_ms) == civil_ms(2017, 7, 14, 10, 15, 31)


def test_options_that_contradict_themselves_are_refused():
    for wrong in ({"time_from": "stars"}, {"start_ms": 1}, {"rate_per_s": 1.0}, {"start_ms": 1, "rate_per_s": 0.0}):
        with pytest.raises(ValueError):
            TimeOptions(**wrong)


def test_reports_without_rows_still_carry_their_time_forward():
    _, ledger = decoded(report(20, offset1=1, number1=1))
    assert ledger[0].times == {"tag block": 1}
