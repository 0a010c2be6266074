"""What a number says about who carries it: MMSI by form and country, IMO numbers by their check digit.

Forms: ITU-R M.585-9 (05/2022), annex 1 (ships, groups, coast stations, SAR aircraft, aids to navigation, craft
associated with a parent ship) and annex 2 (handhelds, AIS-SART, MOB, EPIRB-AIS). Countries: the ITU's maritime
identification digits (MID), ``geodata/mids.csv``, with its date in ``geodata/SOURCES.md``.
"""

from __future__ import annotations

import csv
from functools import cache

import numpy as np

from surveil.kernels.identity import mmsi_forms
from surveil.resources import resource
from surveil.schema import (
    CLASS_A,
    CLASS_ATON,
    CLASS_B,
    CLASS_BASE,
    CLASS_DEVICE,
    CLASS_SAR_AIRCRAFT,
    CLASS_UNKNOWN,
)

(
    KIND_FORMLESS, KIND_SHIP, KIND_GROUP, KIND_COAST, KIND_SAR_AIRCRAFT, KIND_ATON, KIND_ASSOCIATED, KIND_HANDHELD,
    KIND_SART, KIND_MOB, KIND_EPIRB, KIND_AMRD, KIND_UNASSIGNED, KIND_INVENTED,
) = range(14)  # fmt: skip
"""What :func:`mmsi_kind` answers. UNASSIGNED has a form, but digits that are no country's."""
KIND_NAMES = (
    "number of no known form", "ship", "group of ships", "coast station", "SAR aircraft", "aid to navigation",
    "craft of a parent ship", "handheld", "AIS-SART", "MOB device", "EPIRB-AIS", "autonomous device",
    "number of no country", "invented number",
)  # fmt: skip

_FORMS = np.array([
    (KIND_SART, 970_000_000, 970_999_999, 0), (KIND_MOB, 972_000_000, 972_999_999, 0),
    (KIND_EPIRB, 974_000_000, 974_999_999, 0), (KIND_AMRD, 979_000_000, 979_999_999, 0),
    (KIND_ATON, 990_000_000, 999_999_999, 10_000), (KIND_ASSOCIATED, 980_000_000, 989_999_999, 10_000),
    (KIND_HANDHELD, 800_000_000, 899_999_999, 100_000), (KIND_SHIP, 200_000_000, 799_999_999, 1_000_000),
    (KIND_SAR_AIRCRAFT, 111_000_000, 111_999_999, 1000), (KIND_GROUP, 10_000_000, 99_999_999, 100_000),
    (KIND_COAST, 1, 9_999_999, 10_000),
])  # fmt: skip
"""Kind, first and last number, and what to divide by to bring the MID to the end; 0 where there is none."""

_CLASS_OF_KIND = np.zeros(len(KIND_NAMES), np.uint8)
_CLASS_OF_KIND[[KIND_COAST, KIND_SAR_AIRCRAFT, KIND_ATON]] = CLASS_BASE, CLASS_SAR_AIRCRAFT, CLASS_ATON
_CLASS_OF_KIND[[KIND_SART, KIND_MOB, KIND_EPIRB]] = CLASS_DEVICE
CLASS_OF_TYPE = np.zeros(256, np.uint8)
"""By message number, what stations that send it are (M.1371-5 annex 8); CLASS_UNKNOWN if more than one."""
CLASS_OF_TYPE[[1, 2, 3, 5]] = CLASS_A
CLASS_OF_TYPE[[18, 19, 24]] = CLASS_B
CLASS_OF_TYPE[[4, 9, 21, 28]] = CLASS_BASE, CLASS_SAR_AIRCRAFT, CLASS_ATON, CLASS_ATON

WRONG_KINDS = (KIND_FORMLESS, KIND_UNASSIGNED, KIND_INVENTED)
"""Kinds that no administration gives out."""
_IS_WRONG = np.zeros(len(KIND_NAMES), bool)
_IS_WRONG[list(WRONG_KINDS)] = True

_INVENTED = np.array(sorted({int(str(d) * 9) for d in range(1, 10)} | {123_456_789, 987_654_321, 1_193_046}))
"""Numbers people type in for want of their own (assumed), and 0x123456, a transponder's setting as it is sold."""


@cache
def _countries() -> dict[int, tuple[str, str]]:
    with resource("geodata", "mids.csv").open(newline="", encoding="utf-8") as file:
        return {int(row["mid"]): (row["iso2"], row["country"]) for row in csv.DictReader(file)}


@cache
def _assigned() -> np.ndarray:
    """bool[1000]: which MIDs are a country's."""
    table = np.zeros(1000, bool)
    table[list(_countries())] = True
    return table


@cache
def _iso2() -> np.ndarray:
    table = np.full(1000, "", "U2")
    for mid, (iso2, _) in _countries().items():
        table[mid] = iso2
    return table


def _form(mmsi) -> tuple[np.ndarray, np.ndarray]:
    """(uint8[n] kind by form alone, int64[n] MID or -1)."""
    return mmsi_forms(np.array(mmsi, np.int64), _FORMS)


def mid_of(mmsi) -> np.ndarray:
    """int64[n]: the maritime identification digits in each MMSI, -1 where its form has none or they are no country's.

    >>> mid_of([235_000_001, 2_320_001, 970_123_456, 222_000_001]).tolist()
    [235, 232, -1, -1]
    """
    _, mid = _form(mmsi)
    return np.where((mid >= 0) & _assigned()[mid], mid, -1)


def flag(mmsi) -> np.ndarray:
    """str[n]: ISO 3166 code of the country that gave out each MMSI, "" where its digits name none.

    >>> flag([235_000_001, 992_271_001, 970_123_456]).tolist()
    ['GB', 'FR', '']
    """
    mid = mid_of(mmsi)
    return np.where(mid >= 0, _iso2()[mid], "")


def country(mmsi: int) -> str:
    """Name of the country that gave out one MMSI, or "": see :func:`flag`."""
    return _countries().get(int(mid_of([mmsi])[0]), ("", ""))[1]


def mmsi_kind(mmsi) -> np.ndarray:
    """uint8[n]: KIND_* of each MMSI, by its form, its country digits, and a short list of invented numbers.

    A number whose serial part is all zeros (235000000) passes: administrations give those out.

    >>> [KIND_NAMES[k] for k in mmsi_kind([235_000_001, 111_232_501, 111_111_111, 982_351_234, 200_000_001])]
    ['ship', 'SAR aircraft', 'invented number', 'craft of a parent ship', 'number of no country']
    """
    kind, mid = _form(mmsi)
    kind[(mid >= 0) & ~_assigned()[mid]] = KIND_UNASSIGNED
    invented = _INVENTED[np.searchsorted(_INVENTED[:-1], mmsi)]
    kind[invented == mmsi] = KIND_INVENTED
    return kind


def station_class(mmsi, heard_class, msg_type) -> np.ndarray:
    """uint8[n] CLASS_* of stations: what the MMSI's form says, else what was heard of them, else what they send.

    A form says what a station is only with a country's digits in it, and what was heard may come from the form: so
    what a number of no country sends goes before it. 1193046 sends a ship's reports and is no coast station.

    Parameters
    ----------
    mmsi : int[n]; heard_class : uint8[n] CLASS_*; msg_type : uint8[n] M.1371-5 message number, 0 unknown
    """
    kind = mmsi_kind(mmsi)
    by_form, by_type = _CLASS_OF_KIND[kind], CLASS_OF_TYPE[np.asarray(msg_type)]
    heard_class = np.asarray(heard_class, np.uint8)
    type_first = (heard_class == CLASS_UNKNOWN) | (_IS_WRONG[kind] & (by_type != CLASS_UNKNOWN))
    return np.where(by_form != CLASS_UNKNOWN, by_form, np.where(type_first, by_type, heard_class))


def imo_wrong(number) -> np.ndarray:
    """bool[n]: which numbers in the IMO field of static data are none, by :func:`imo_valid`; 0 says there is none.

    Above seven digits the field holds an official number of the flag state instead (M.1371-5 table 52).

    >>> imo_wrong([9_074_728, 9_074_729, 0, 906_296_000]).tolist()
    [True, False, False, False]
    """
    number = np.asarray(number, np.int64)
    return (number > 0) & (number <= 9_999_999) & ~imo_valid(number)


def imo_valid(imo) -> np.ndarray:
    """bool[n]: seven digits, the last of which is right.

    IMO ship identification number scheme, resolution A.1117(30): the last digit is that of the sum of the
    others weighted 7 to 2.

    >>> imo_valid([9_074_729, 9_074_728, 1]).tolist()
    [True, False, False]
    """
    imo = np.asarray(imo, np.int64)
    digits = imo[..., None] // 10 ** np.arange(6, 0, -1) % 10
    right = (digits * np.arange(7, 1, -1)).sum(axis=-1) % 10 == imo % 10
    return right & (imo >= 1_000_000) & (imo <= 9_999_999)
