"""What a number says: forms, countries, invented numbers, classes, check digits."""

import numpy as np
import pytest

from surveil.identity import (
    KIND_FORMLESS,
    KIND_INVENTED,
    KIND_NAMES,
    KIND_SHIP,
    KIND_UNASSIGNED,
    country,
    flag,
    imo_valid,
    imo_wrong,
    mid_of,
    mmsi_kind,
    station_class,
)
from surveil.schema import (
    CLASS_A,
    CLASS_ATON,
    CLASS_B,
    CLASS_BASE,
    CLASS_DEVICE,
    CLASS_SAR_AIRCRAFT,
    CLASS_UNKNOWN,
)


@pytest.mark.parametrize(
    ("mmsi", "words", "iso2"),
    [
        (235_000_001, "ship", "GB"), (227_123_456, "ship", "FR"), (550_000_123, "ship", "TL"),
        (2_320_001, "coast station", "GB"), (23_200_001, "group of ships", "GB"),
        (111_232_501, "SAR aircraft", "GB"), (992_351_001, "aid to navigation", "GB"),
        (982_351_234, "craft of a parent ship", "GB"), (823_512_345, "handheld", "GB"),
        (970_123_456, "AIS-SART", ""), (972_123_456, "MOB device", ""), (974_123_456, "EPIRB-AIS", ""),
        (979_123_456, "autonomous device", ""),
        (123_456_789, "invented number", ""), (111_111_111, "invented number", ""),
        (555_555_555, "invented number", "PN"), (1, "number of no country", ""), (0, "number of no known form", ""),
        (222_000_001, "number of no country", ""), (100_000_020, "number of no known form", ""),
        (1_000_000_000, "number of no known form", ""), (235_000_000, "ship", "GB"),
    ],
)  # fmt: skip
def test_kind_and_flag_of_a_number(mmsi, words, iso2):
    assert KIND_NAMES[mmsi_kind([mmsi])[0]] == words
    assert flag([mmsi])[0] == iso2


def test_every_country_of_the_table_is_a_ships_country():
    mids = mid_of(np.arange(200, 800) * 1_000_000 + 123_456)
    assert (mids >= 0).sum() == 292
    assert country(235_123_456) == "United Kingdom" and country(100_000_020) == ""


@pytest.mark.parametrize(
    ("mmsi", "heard", "msg_type", "is_now", "why"),
    [
        (235_000_001, CLASS_UNKNOWN, 0, CLASS_UNKNOWN, "a ship's number says neither A nor B"),
        (235_000_001, CLASS_UNKNOWN, 18, CLASS_B, "what it sends does"),
        (970_123_456, CLASS_UNKNOWN, 1, CLASS_DEVICE, "a SART sends a ship's reports"),
        (992_351_001, CLASS_A, 1, CLASS_ATON, "so do some aids"),
        (111_232_501, CLASS_UNKNOWN, 0, CLASS_SAR_AIRCRAFT, "the form alone"),
        (1_193_046, CLASS_BASE, 1, CLASS_A, "digits of no country, a ship's reports: no coast station"),
        (2_320_001, CLASS_BASE, 1, CLASS_BASE, "a British coast station, whatever it sends"),
        (235_000_001, CLASS_BASE, 0, CLASS_BASE, "an archive's word"),
        (1_193_046, CLASS_UNKNOWN, 4, CLASS_BASE, "a base station's report"),
    ],
)
def test_the_class_is_checked_against_the_number(mmsi, heard, msg_type, is_now, why):
    found = station_class(np.array([mmsi]), np.array([heard], np.uint8), np.array([msg_type], np.uint8))
    assert found.dtype == np.uint8
    assert found[0] == is_now, why


def test_kinds_of_no_one_are_told_apart():
    assert mmsi_kind([235_000_001, 5, 111_111_111, 100_000_020]).tolist() == [
        KIND_SHIP, KIND_UNASSIGNED, KIND_INVENTED, KIND_FORMLESS,
    ]  # fmt: skip


@pytest.mark.parametrize("imo", [9_074_729, 7_625_811, 8_814_275])
def test_the_check_digit_of_an_imo_number(imo):
    others = [imo - imo % 10 + d for d in range(10) if d != imo % 10]
    assert imo_valid(imo) and not imo_valid(others).any()


def test_what_else_the_imo_field_may_hold_is_not_wrong():
    assert imo_wrong([9_074_728, 123_456, 1]).all()
    assert not imo_wrong([9_074_729, 0, 10_000_000, 906_296_000]).any()


def test_an_imo_number_has_seven_digits():
    assert not imo_valid([0, 123_456, 90_747_290, 906_296_000]).any()
