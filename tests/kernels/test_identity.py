"""MMSI forms against the digits as M.585-9 writes them; numbers fallen silent against every pair looked at."""

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
from surveil.kernels.geodesy import destination_deg, distance_m
from surveil.kernels.identity import fallen_silent
from surveil.kernels.tracks import KN

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


WINDOW_MS, BOX_DEG, NEARBY_M, FIX_M, DRIFT_MS, GATE, MOST = 900_000, 0.35, 10_000.0, 100.0, 0.7, 4.0, 2
targets = st.lists(
    st.tuples(
        st.integers(0, 1200), st.integers(0, 60), st.floats(0, 0.02), st.floats(0, 0.02),
        st.sampled_from([0.0, 3.0, 12.0, np.nan]), st.sampled_from([0.0, 90.0, 225.0, np.nan]),
    ),
    min_size=2, max_size=12,
)  # fmt: skip


def every_pair(new: int, craft, first_ms, last_ms, lon, lat, sog_kn, cog_deg):
    """(old slots by how likely, with silence, distance and deviation; how many fell silent nearby)."""
    near, rivals = [], 0
    for old in craft:
        if not 0 < first_ms[new] - last_ms[old] <= WINDOW_MS:
            continue
        silent_s = (last_ms[new] - last_ms[old]) / 1000
        moves = not np.isnan(sog_kn[old]) and not np.isnan(cog_deg[old])
        way = (float(cog_deg[old]), float(sog_kn[old]) * KN * silent_s) if moves else (0.0, 0.0)
        apart_m = distance_m(*destination_deg(lon[old], lat[old], *way), lon[new], lat[new])
        sigma_m = float(np.hypot(FIX_M, DRIFT_MS * silent_s))
        rivals += apart_m < NEARBY_M
        if apart_m < GATE * sigma_m:
            near.append((apart_m / sigma_m, old, silent_s, apart_m, sigma_m))
    return [pair[1:] for pair in sorted(near)[:MOST]], rivals


@given(targets, st.sampled_from([0.0, 179.99]))
def test_numbers_fallen_silent_agree_with_every_pair(rows, west_deg):
    first_s, lasted_s, east, north, sog_kn, cog_deg = (np.array(column) for column in zip(*rows, strict=True))
    lon = (west_deg + east + 180.0) % 360.0 - 180.0
    first_ms, last_ms = first_s * 1000, (first_s + lasted_s) * 1000
    columns = first_ms, last_ms, lon, 51.0 + north, sog_kn.astype(np.float32), cog_deg.astype(np.float32)
    slots = np.arange(len(rows))
    old, *measured, rivals = fallen_silent(
        slots, slots, *columns, WINDOW_MS, BOX_DEG, NEARBY_M, FIX_M, DRIFT_MS, GATE, MOST
    )
    for new in slots:
        pairs, near = every_pair(new, slots, *columns)
        assert old[new].tolist() == [pair[0] for pair in pairs] + [-1] * (MOST - len(pairs))
        for column, values in zip(measured, list(zip(*pairs, strict=True))[1:], strict=False):
            np.testing.assert_allclose(column[new, : len(pairs)], values, rtol=1e-9)
        assert rivals[new] == near
