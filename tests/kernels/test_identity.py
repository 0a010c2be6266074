"""MMSI forms against the digits as M.585-9 writes them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.identity import (
    KIND_AMRD,
    KIND_ASSOCIATED,
    KIND_ATON,
    KIND_COAST,
    KIND_EPIRB,
    KIND_FORMLESS,
    KIND_GROUP,
    KIND_HANDHELD,
    KIND_MOB,
    KIND_SAR_AIRCRAFT,
    KIND_SART,
    KIND_SHIP,
    _form,
)

PREFIXES = (
    ("970", KIND_SART, False), ("972", KIND_MOB, False), ("974", KIND_EPIRB, False), ("979", KIND_AMRD, False),
    ("99", KIND_ATON, True), ("98", KIND_ASSOCIATED, True), ("111", KIND_SAR_AIRCRAFT, True),
    ("00", KIND_COAST, True), ("0", KIND_GROUP, True), ("8", KIND_HANDHELD, True),
)  # fmt: skip

near_forms = st.builds(
    lambda prefix, rest: int((prefix + rest)[:9]),
    st.sampled_from([p for p, _, _ in PREFIXES] + list("12345679")),
    st.text("0123456789", min_size=8, max_size=8),
)


def by_digits(mmsi: int) -> tuple[int, int]:
    digits = f"{mmsi:09d}"
    if len(digits) > 9 or mmsi < 1:
        return KIND_FORMLESS, -1
    for prefix, kind, country in PREFIXES:
        if digits.startswith(prefix):
            return kind, int(digits[len(prefix) : len(prefix) + 3]) if country else -1
    return (KIND_SHIP, int(digits[:3])) if digits[0] in "234567" else (KIND_FORMLESS, -1)


@given(st.lists(st.one_of(near_forms, st.integers(-5, 2**31 - 1)), max_size=50))
def test_forms_agree_with_the_digits(numbers):
    kind, mid = _form(np.array(numbers, np.int32))
    assert list(zip(kind.tolist(), mid.tolist(), strict=True)) == [by_digits(m) for m in numbers]
