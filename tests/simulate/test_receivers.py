"""Stations hear less far out, stamp what they hear, and pass on a few broken lines."""

import numpy as np
import pytest

from surveil.simulate.ais import Reports
from surveil.simulate.receivers import HALF_HEARD_NM, hear, hearing
from surveil.simulate.scenario import Station
from tests.simulate.conftest import checksum_holds, sentence_of, stamp_of

STATION = Station("SIM-TEST", (1.343, 51.133), lag_s=2.0, slot_loss=0.3)
SENTENCE = b"!AIVDM,1,1,,A,13N<U>02jlP6RR>M7hFPlhT4081I,0*71"


def reports(n, miles=1.0):
    lon, lat = np.full(n, 1.343), np.full(n, 51.133 + miles / 60)
    return Reports.of(1_773_525_600_000 + 10_000 * np.arange(n), lon, lat, [(SENTENCE,)] * n)


@pytest.mark.parametrize("ais_class", HALF_HEARD_NM)
def test_reception_falls_with_distance_and_is_halved_at_the_stated_range(ais_class):
    miles = np.array([0, 10, 20, 40, 80]) * 1852 / 111_194.93
    heard = hearing(STATION, HALF_HEARD_NM[ais_class], np.full(5, 1.343), 51.133 + miles)
    assert (np.diff(heard) < 0).all() and heard[0] <= 0.7
    edge = 51.133 + HALF_HEARD_NM[ais_class] * 1852 / 111_194.93
    assert hearing(STATION, HALF_HEARD_NM[ais_class], np.array([1.343]), np.array([edge])) == pytest.approx(0.35)


def test_the_share_heard_nearby_is_what_slot_loss_leaves():
    lines = hear(STATION, "A", reports(20_000), np.random.default_rng(1)).lines
    assert len(lines) / 20_000 == pytest.approx(0.7, abs=0.02)


def test_lines_are_stamped_after_sending_and_a_few_arrive_late():
    heard = hear(STATION, "A", reports(20_000), np.random.default_rng(2))
    stamps = np.array([stamp_of(line) for line in heard.lines])
    lag_s = stamps % 10
    delay_s = heard.arrival_ms / 1000 - stamps
    assert lag_s.max() <= 2 and (delay_s >= 0).all() and delay_s.max() <= 6
    assert 0.001 < (delay_s > 1).mean() < 0.01


def test_exactly_the_counted_lines_fail_their_checksum():
    heard = hear(STATION, "A", reports(20_000), np.random.default_rng(3))
    failed = sum(not checksum_holds(sentence_of(line)[1:]) for line in heard.lines)
    assert failed == heard.corrupt > 0
