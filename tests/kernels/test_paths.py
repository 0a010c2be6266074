"""The filter against a Kalman filter in matrices, and the choice of paths against its rule in plain words."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from surveil.config import TracksConfig
from surveil.kernels import filter as model
from surveil.kernels import paths as kernel
from surveil.kernels.geodesy import distance_m
from surveil.kernels.tracks import APPLIED, IMPLAUSIBLE, NEW_HULL, NEW_PATH, NO_POSITION, RING
from surveil.schema import CLASS_A, Positions
from surveil.tracks.table import TrackTable

CONFIG = TracksConfig()
MMSI, T0_MS = 235_000_001, 1_773_525_600_000


@dataclass
class Path:
    """A target's filter: state (east m, north m, east m/s, north m/s) from where it is, covariance 4 x 4."""

    t: float = 0.0
    lon: float = 0.0
    lat: float = 0.0
    cos_at: float = 0.0
    v: np.ndarray = field(default_factory=lambda: np.zeros(2))
    turn: float = 0.0
    cov: np.ndarray = field(default_factory=lambda: np.zeros((4, 4)))
    check_t: float = 0.0
    check: np.ndarray = field(default_factory=lambda: np.zeros(2))
    heard: int = 0
    sound: bool = True
    first: float = 0.0


def two_by_two(pp, pv, vv):
    return np.kron(np.array([[pp, pv], [pv, vv]]), np.eye(2))


class Twin:
    """All paths of one MMSI."""

    def __init__(self):
        self.hulls, self.rival = [Path()], Path()
        self.run = self.between = self.switches = 0
        self.run_t = self.switch_t = 0.0

    @staticmethod
    def velocity(row):
        _, _, _, sog, cog = row
        speed = sog * model.KN
        if not 0 <= sog <= CONFIG.max_speed_kn or (math.isnan(cog) and sog >= model.STILL_KN):
            return None, 0.0
        course = 0.0 if math.isnan(cog) else math.radians(cog)
        size = 0.0 if math.isnan(cog) else speed
        return size * np.array([math.sin(course), math.cos(course)]), model.SPEED_M2S2 + model.COURSE_2 * speed**2

    def metres(self, p, row):
        scale = model.DEG_M * np.array([math.cos(math.radians(p.cos_at)), 1.0])
        return np.array([row[1] - p.lon, row[2] - p.lat]) * scale, scale

    def predicted(self, p, row):
        dt = row[0] - p.t
        angle = p.turn * dt / (1 + dt / model.TURN_S)

        def turned(a):  # clockwise
            return np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) @ p.v

        go, v = p.v * dt, p.v
        if abs(angle) > 0.01:
            go, v = turned(angle / 2) * dt * math.sin(angle / 2) / (angle / 2), turned(angle)
        told, _ = self.velocity(row)
        speed2 = max(v @ v, 0.0 if told is None else told @ told)
        s2 = max(model.WANDER_M2S2[CLASS_A], model.WANDER_SHARE * speed2)
        x, tau = dt / model.WANDER_S, model.WANDER_S
        noise = two_by_two(
            s2 * tau**2 * 2 / 3 * x**3 / (1 + 0.5774 * x) ** 2, s2 * tau * x**2 / (1 + x) ** 2, s2 * 2 * x / (1 + 2 * x)
        )
        step = np.eye(4)
        step[0, 2] = step[1, 3] = dt
        return dt, go, v, speed2, s2, step @ p.cov @ step.T + noise

    def off(self, p, row):
        """Squared normalised miss, and the logarithm that compares hulls."""
        place, _ = self.metres(p, row)
        dt, go, _, speed2, _, cov = self.predicted(p, row)
        told, _ = self.velocity(row)
        missed = place - go
        if told is not None and np.hypot(*(place - told * dt)) < np.hypot(*missed):
            missed = place - told * dt
        variance = cov[0, 0] + model.PLACE_M2 + model.STAMP_S2 * speed2
        off = missed @ missed / variance
        if p.heard == 0:
            off = 0.0
        elif dt > CONFIG.gap_s:
            reach = CONFIG.max_speed_kn * model.KN * dt + CONFIG.position_slack_m
            off = 0.99 * model.GATE if distance_m(p.lon, p.lat, row[1], row[2]) <= reach else math.inf
        elif np.hypot(*missed) <= CONFIG.position_slack_m:
            off = min(off, 0.99 * model.GATE)
        return off, 2 * math.log(variance)

    def begin(self, row):
        told, variance = self.velocity(row)
        vv = model.UNKNOWN_M2S2 + model.WANDER_M2S2[CLASS_A] if told is None else variance
        v = np.zeros(2) if told is None else told
        return Path(row[0], row[1], row[2], row[2], v, 0.0, two_by_two(model.PLACE_M2, 0.0, vv), row[0], np.zeros(2),
                    1, True, row[0])  # fmt: skip

    def take(self, p, row):
        place, scale = self.metres(p, row)
        dt, go, old_v, speed2, s2, cov = self.predicted(p, row)
        state, noise = np.concatenate([go, old_v]), model.PLACE_M2 + model.STAMP_S2 * speed2
        surprise = (place - go) @ (place - go) / model.SURPRISE - cov[0, 0] - noise
        if surprise > 0:
            faster = min(surprise / max(dt * dt, 1), s2)
            cov = cov + two_by_two(surprise, math.sqrt(surprise * faster), faster)
        state, cov = updated(state, cov, np.eye(4)[:2], place, noise)
        told, variance = self.velocity(row)
        if told is not None:
            p.check = p.check + place - told * dt
            if row[0] - p.check_t >= model.CHECK_MS / 1000:
                limit = model.CHECK_M + model.CHECK_SHARE * math.sqrt(speed2) * (row[0] - p.check_t)
                p.sound, p.check_t = p.check @ p.check <= limit**2, row[0]
                p.check = np.zeros(2)
            if p.sound:
                state, cov = updated(state, cov, np.eye(4)[2:], told, variance)
        v = state[2:]
        if v @ v < model.TURNING_M2S2 or dt > model.TURN_S or dt <= 0:
            p.turn = 0.0
        else:
            rate = (old_v[1] * v[0] - old_v[0] * v[1]) / (v @ v * dt)
            p.turn = p.turn / (1 + dt / model.TURN_S) + model.TURN_GAIN * rate
        p.lon, p.lat = np.array([p.lon, p.lat]) + state[:2] / scale
        p.t, p.v, p.cov, p.heard = row[0], v, cov, p.heard + 1
        if abs(p.lat - p.cos_at) > 0.01:
            p.cos_at = p.lat

    def row(self, row):
        """Outcome, and the number of the hull."""
        if math.isnan(row[1]):
            return NO_POSITION, 0
        fits = [(sum(self.off(p, row)), n) for n, p in enumerate(self.hulls) if self.off(p, row)[0] <= model.GATE]
        if fits:
            n = min(fits)[1]
            if self.hulls[n].heard == 0 or row[0] - self.hulls[n].t > CONFIG.gap_s:
                self.hulls[n] = self.begin(row)
            else:
                self.take(self.hulls[n], row)
            if self.rival.heard:
                self.between += 1
                if self.run:
                    self.run, self.switches, self.switch_t = 0, self.switches + 1, row[0]
            return APPLIED, n
        return self.refused(row)

    def refused(self, row):
        goes_on = (
            self.rival.heard and row[0] - self.rival.t <= CONFIG.gap_s and self.off(self.rival, row)[0] <= model.GATE
        )
        if not goes_on:
            if not self.rival.heard or row[0] - self.rival.t > kernel.HOLD_MS / 1000:
                self.rival = self.begin(row)
                self.between, self.switches, self.run, self.run_t, self.switch_t = 0, 1, 1, row[0], row[0]
            return IMPLAUSIBLE, 0
        self.take(self.rival, row)
        if not self.run:
            self.switches = 1 if row[0] - self.switch_t > kernel.FORGET_MS / 1000 else self.switches + 1
            self.run_t = self.switch_t = row[0]
        self.run += 1
        if self.rival.heard < CONFIG.jump_confirmations:
            return IMPLAUSIBLE, 0
        if self.switches >= kernel.SWITCHES and self.between >= CONFIG.jump_confirmations - 1:
            if len(self.hulls) == kernel.MOST_HULLS:
                return IMPLAUSIBLE, 0
            self.hulls.append(self.rival)
            self.rival, self.run, self.switches = Path(), 0, 0
            return NEW_HULL, len(self.hulls) - 1
        p = self.hulls[0]
        mean_s = (p.t - p.first) / p.heard
        silence = max(CONFIG.jump_lasting_s, kernel.PATIENCE * mean_s)
        lasts = row[0] - self.run_t >= CONFIG.jump_lasting_s and row[0] - p.t >= silence
        if self.run >= CONFIG.jump_confirmations and lasts:
            self.hulls[0], self.rival = self.rival, self.hulls[0]
            self.between, self.run = self.run, 0
            return NEW_PATH, 0
        return IMPLAUSIBLE, 0


def updated(state, cov, h, measured, noise):
    gain = cov @ h.T @ np.linalg.inv(h @ cov @ h.T + noise * np.eye(2))
    return state + gain @ (measured - h @ state), cov - gain @ h @ cov


PLACES = ((1.4, 51.0), (1.45, 51.0), (1.9, 51.3), (2.5, 51.5), (math.nan, math.nan))
reports = st.lists(
    st.tuples(
        st.integers(1, 60), st.sampled_from(PLACES), st.floats(-0.002, 0.002),
        st.sampled_from([(0.0, math.nan), (9.0, 40.0), (12.0, 220.0), (math.nan, math.nan), (30.0, math.nan)]),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


def positions(rows) -> Positions:
    t, lon, lat, sog, cog = (np.array(column, float) for column in zip(*rows, strict=True))
    return Positions.build(
        t_ms=T0_MS + (1000 * t).astype(np.int64), mmsi=np.full(len(t), MMSI), lon=lon, lat=lat, sog_kn=sog, cog_deg=cog,
        ais_class=np.full(len(t), CLASS_A), seq=np.arange(len(t)),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(reports)
def test_paths_agree_with_matrices_and_the_rule_in_words(given_rows):
    t, rows = 0, []
    for wait, (lon, lat), shift, (sog, cog) in given_rows:
        t += wait
        rows.append((float(t), lon + shift, lat + shift, sog, cog))
    table, twin = TrackTable(CONFIG), Twin()
    applied = table.apply_positions(positions(rows))
    expected = [twin.row(row) for row in rows]
    assert applied.outcome.tolist() == [outcome for outcome, _ in expected]
    assert applied.hull.tolist() == [hull for _, hull in expected]
    for n, p in enumerate(twin.hulls):
        q = table.paths[n, table.hulls["believed"][n]]
        assert q["heard"] == p.heard
        if p.heard:
            assert np.allclose([q["lon"], q["lat"]], [p.lon, p.lat], rtol=0, atol=1e-9)
            assert np.allclose([q["east_ms"], q["north_ms"]], p.v, atol=1e-6)
            assert np.allclose(two_by_two(q["pp"], q["pv"], q["vv"]), p.cov, rtol=1e-6, atol=1e-6)


def sail(every_s, n, lon, lat, kn, course_deg, start_s=0.0):
    t = start_s + every_s * np.arange(n)
    metres = t * kn * model.KN
    north = metres * math.cos(math.radians(course_deg)) / model.DEG_M
    east = metres * math.sin(math.radians(course_deg)) / model.DEG_M / math.cos(math.radians(lat))
    return [(float(s), lon + x, lat + y, kn, course_deg) for s, x, y in zip(t, east, north, strict=True)]


def test_two_ships_under_one_mmsi_become_two_hulls_and_stay_apart():
    a, b = sail(10, 60, 1.4, 51.0, 12.0, 40.0), sail(11, 60, 1.8, 51.2, 9.0, 220.0, start_s=3.0)
    rows = sorted(a + b)
    table = TrackTable(CONFIG)
    applied = table.apply_positions(positions(rows))
    begun = int(np.flatnonzero(applied.outcome == NEW_HULL)[0])
    assert (applied.outcome == NEW_HULL).sum() == 1
    assert rows[begun][0] < 60
    own = np.array([row in a for row in rows])
    assert ((applied.hull[begun:] == 0) == own[begun:]).all()
    assert table.arrays.mmsi[:2].tolist() == [MMSI, MMSI]


@pytest.mark.parametrize("size", [1, 7, 50])
def test_hulls_number_the_same_however_rows_are_cut(size):
    moves = positions(sorted(sail(10, 60, 1.4, 51.0, 12.0, 40.0) + sail(11, 60, 1.8, 51.2, 9.0, 220.0, start_s=3.0)))
    late = positions(sail(10, 20, 1.0, 50.5, 12.0, 40.0, start_s=400.0))
    rows = Positions.concat([moves, late.replace(mmsi=late.mmsi + 1)])
    rows = rows.take(np.argsort(rows.t_ms, kind="stable"))
    whole, cut = TrackTable(CONFIG), TrackTable(CONFIG)
    whole.apply_positions(rows)
    for start in range(0, len(rows), size):
        cut.apply_positions(rows.take(slice(start, start + size)))
    assert whole.n == 3
    for name, array in whole.state().items():
        assert cut.state()[name].tobytes() == array.tobytes(), name


def test_a_ship_that_goes_on_elsewhere_has_a_new_path_and_no_twin():
    rows = sail(10, 30, 1.4, 51.0, 12.0, 40.0) + sail(10, 30, 1.8, 51.2, 12.0, 40.0, start_s=300.0)
    applied = TrackTable(CONFIG).apply_positions(positions(rows))
    assert np.flatnonzero(applied.outcome == NEW_PATH).size == 1
    assert not applied.hull.any()
    assert (applied.outcome[-20:] == APPLIED).all()


def test_reports_that_come_late_with_a_new_stamp_make_no_second_hull():
    rows = sail(10, 200, 1.4, 51.0, 12.0, 40.0)
    late = [(row[0] + 605.0, *row[1:]) for row in rows[20:100:10]]
    applied = TrackTable(CONFIG).apply_positions(positions(sorted(rows + late)))
    assert not applied.hull.any()
    assert (applied.outcome != APPLIED).sum() == len(late)


def test_a_wild_fix_is_refused_and_a_turning_ship_is_not():
    rows = []
    lon, lat, course = 1.4, 51.0, 0.0
    for i in range(60):
        rows.append((10.0 * i, lon, lat, 20.0, course % 360))
        course += 30.0  # 3 degrees a second
        lat += 20 * model.KN * 10 * math.cos(math.radians(course)) / model.DEG_M
        lon += 20 * model.KN * 10 * math.sin(math.radians(course)) / model.DEG_M / math.cos(math.radians(lat))
    rows[40] = (400.0, 1.5, 51.1, 20.0, 0.0)
    applied = TrackTable(CONFIG).apply_positions(positions(rows))
    assert np.flatnonzero(applied.outcome != APPLIED).tolist() == [40]


def test_speed_and_course_that_contradict_the_places_are_not_used():
    stuck = [(t, lon, lat, 0.0, math.nan) for t, lon, lat, _, _ in sail(10, 60, 1.4, 51.0, 12.0, 40.0)]
    table = TrackTable(CONFIG)
    table.apply_positions(positions(stuck))
    now = table.at(np.array([0]), T0_MS + 590_000)
    assert now.sog_kn[0] == pytest.approx(12.0, abs=1.0)


def test_where_a_target_is_later_has_a_covariance_that_grows():
    table = TrackTable(CONFIG)
    table.apply_positions(positions(sail(10, 60, 1.4, 51.0, 12.0, 40.0)))
    slots = np.array([0, 0, 0])
    later = table.at(slots, T0_MS + 590_000 + np.array([0, 60_000, 600_000]))
    assert later.sog_kn == pytest.approx(np.full(3, 12.0), abs=0.2)
    assert later.cog_deg == pytest.approx(np.full(3, 40.0), abs=1.0)
    far_m = distance_m(float(later.lon[0]), float(later.lat[0]), float(later.lon[2]), float(later.lat[2]))
    assert far_m == pytest.approx(600 * 12 * model.KN, rel=0.02)
    assert (np.diff(later.place_m2) > 0).all()
    assert (np.linalg.eigvalsh(later.covariance) > 0).all()
    assert np.isnan(table.at(np.array([0]), T0_MS).lon[0])


def echo_twin(lon, lat, sog, cog, past):
    """Whether a report of a moving ship is within 100 m of a leg between entries that it began at such a speed, on such
    a course."""
    if not sog >= model.STILL_KN or sog > CONFIG.max_speed_kn or math.isnan(cog):
        return False
    scale = model.DEG_M * np.array([math.cos(math.radians(lat)), 1.0])
    return any(
        abs(a[2] - sog) <= kernel.ECHO_KN
        and abs((a[3] - cog + 180) % 360 - 180) <= kernel.ECHO_DEG
        and LineString([a[:2] * scale, b[:2] * scale]).distance(Point(np.array([lon, lat]) * scale)) < kernel.ECHO_M
        for a, b in pairwise(np.array(past[-RING:]))
    )


legs = st.lists(
    st.tuples(
        st.integers(-30, 30), st.integers(-30, 30), st.sampled_from([0.0, 9.0, 9.4, 12.0, math.nan]),
        st.sampled_from([2.0, 40.0, 48.0, 355.0, math.nan]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


backs = st.sampled_from([1, 2, 3, 5, 8, RING - 1, RING, RING + 1])
offs = st.tuples(
    st.sampled_from([0.0, 3e-4, -2e-3]), st.sampled_from([0.0, 3e-4, -8e-4]), st.sampled_from([0.0, 0.45, -0.55]),
    st.sampled_from([0.0, 9.0, -11.0]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(legs, st.sampled_from([0, 1, RING - 6, RING - 1, 2 * RING - 3]), backs, offs)
def test_an_echo_is_told_by_the_last_entries_of_the_ring_in_their_order(late, older, back, off):
    past = [(1.2 + n / 500, 50.8, 9.0, 40.0) for n in range(older)]
    for x, y, kn, deg in late:
        lon, lat = past[-1][:2] if past else (1.4, 51.0)
        past.append((lon + x / 4e3, lat + y / 4e3, kn, deg))
    ring = np.zeros((4, RING))
    for n, entry in enumerate(past):
        ring[:, n % RING] = entry
    lon, lat, sog, cog = np.array(past[-min(back, len(past))]) + off
    fix = model.make_fix(T0_MS, lon, lat, sog, cog % 360, CLASS_A, 1, CONFIG.max_speed_kn)
    assert kernel.is_echo(fix, sog, cog % 360, len(past), *ring) == echo_twin(lon, lat, sog, cog % 360, past)
