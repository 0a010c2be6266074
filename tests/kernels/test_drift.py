"""Particles drift, clouds spread and craft meet as slow, obvious twins say."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.forecast.streams import M2_PERIOD_S, M_PER_DEG, NEAR_M, StreamField
from surveil.kernels.drift import drift, spread
from surveil.kernels.intercept import intercept_s

KN_MS = 1852 / 3600
TIDE = np.array([M2_PERIOD_S / 3600, NEAR_M, M_PER_DEG])
speeds = st.floats(-12, 12).map(lambda speed: round(speed, 6))  # of a tinier one the direction is noise


def slow_drift(lon, lat, way, leeway, jibe_s, wind, current, field, t_ms, step_s, steps):
    """One particle, in compass directions: downwind and a right angle to the right of it."""
    speed, toward = math.hypot(*wind), math.atan2(*wind)
    for k in range(steps):
        moves = [(way[0], way[1]), tuple(current)]
        if field is not None:
            middle = t_ms + (k + 0.5) * step_s * 1000
            east, north = field.at(middle, lon, lat)
            moves.append((float(east) * KN_MS, float(north) * KN_MS))
        side = -1 if abs(step_s) * (k + 0.5) > jibe_s else 1
        if speed > 0:
            down, right = leeway[0] * speed + leeway[1], side * leeway[2] * speed + leeway[3]
            for rate, angle in ((down, toward), (right, toward + math.pi / 2)):
                moves.append((rate * math.sin(angle), rate * math.cos(angle)))
        north = sum(move[1] for move in moves) * step_s / M_PER_DEG
        scale = math.cos(math.radians(lat + north / 2))
        lon, lat = lon + sum(move[0] for move in moves) * step_s / (M_PER_DEG * scale), lat + north
    return lon, lat


@given(
    st.tuples(speeds, speeds), st.tuples(speeds, speeds), st.tuples(*[st.floats(-0.2, 0.2)] * 4),
    st.floats(0, 9000), st.floats(-12, 12), st.booleans(), st.sampled_from([600.0, -600.0]),
)  # fmt: skip
def test_a_particle_drifts_as_its_twin(way, wind, leeway, jibe_s, hours, tidal, step_s):
    field = StreamField(0, 0.7) if tidal else None
    if wind == (0, 0):
        leeway = (leeway[0], 0.0, leeway[2], 0.0)
    lon, lat = drift(
        np.array([1.4, 1.5]), np.array([51.0, 50.9]), np.array([way, (0.0, 0.0)]), np.array([leeway] * 2),
        np.array([jibe_s, 1e9]), np.array(wind), np.array([0.2, -0.1]), hours,
        field.places if tidal else np.zeros((0, 8)), TIDE, step_s, 9,
    )  # fmt: skip
    wanted = slow_drift(1.4, 51.0, way, leeway, jibe_s, wind, (0.2, -0.1), field, hours * 3_600_000, step_s, 9)
    np.testing.assert_allclose((lon[-1, 0], lat[-1, 0]), wanted, atol=1e-9)


@given(st.integers(0, 10**6), st.floats(10, 5000), st.floats(10, 5000), st.floats(0, 180))
def test_an_ellipse_is_that_of_the_covariance(seed, a, b, turn):
    rng = np.random.default_rng(seed)
    along, across = rng.normal(0, a, 50), rng.normal(0, b, 50)
    sin, cos = math.sin(math.radians(turn)), math.cos(math.radians(turn))
    lat = 51 + (along * cos - across * sin) / M_PER_DEG
    scale = M_PER_DEG * math.cos(math.radians(lat.mean()))
    lon = 1.4 + (along * sin + across * cos) / scale
    mid_lon, mid_lat, major_m, minor_m, axis_deg = spread(lon, lat, M_PER_DEG)
    cov = np.cov((lon - mid_lon) * scale, (lat - mid_lat) * M_PER_DEG, bias=True)
    values, vectors = np.linalg.eigh(cov)
    np.testing.assert_allclose((minor_m, major_m), np.sqrt(values), rtol=1e-6)
    pointing = np.array([math.sin(math.radians(axis_deg)), math.cos(math.radians(axis_deg))])
    if values[1] > 1.01 * values[0]:
        assert abs(pointing @ vectors[:, 1]) > 1 - 1e-6


@given(st.floats(-40_000, 40_000), st.floats(-40_000, 40_000), speeds, speeds, st.floats(1, 60))
def test_a_craft_meets_a_target_when_it_can_and_not_before(east, north, vx, vy, speed):
    (soon_s,) = intercept_s(np.array([east]), np.array([north]), vx, vy, np.array([speed]))

    def lacks_m(t_s):
        return math.hypot(east + vx * t_s, north + vy * t_s) - speed * t_s

    if math.isinf(soon_s):
        assert all(lacks_m(t_s) > -1e-3 for t_s in np.linspace(0, 200_000, 2001))
    else:
        assert soon_s >= 0
        assert abs(lacks_m(soon_s)) < 1e-6 * max(speed * soon_s, math.hypot(east, north), 1.0)
        assert all(lacks_m(t_s) > -1e-3 for t_s in np.linspace(0, soon_s, 100))
