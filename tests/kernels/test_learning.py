"""The kernels that learn reception and traffic against their slow, obvious twins."""

import csv
import math
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels import counts as sparse
from surveil.kernels import reception, silence, traffic
from surveil.kernels.geodesy import destination_deg
from surveil.kernels.reception import EXPECTED, HEARD, HOURS, KINDS, RUNS
from surveil.kernels.tracks import APPLIED, IMPLAUSIBLE, KN, NEW_PATH
from surveil.schema import CLASS_A, CLASS_B, CLASS_BASE, CLASS_UNKNOWN, Positions
from surveil.tracks.counts import Counts, columns_of
from surveil.tracks.reception import LEAST, WEIGHT, ReceptionMap, kind_of
from surveil.tracks.table import Applied
from surveil.tracks.traffic import TrafficMap

CELL_DEG = 0.25
MAX_GAP_S = 600
T0_MS = 1_773_525_600_000


def applied(rows: list[tuple], outcome=None) -> tuple[Positions, Applied]:
    """(slot, t_s, lon, lat, sog, cog, status, class, msg_type) rows as the table would hand them on."""
    slot, t_s, lon, lat, sog, cog, status, ais_class, msg_type = zip(*rows, strict=True)
    positions = Positions.build(
        t_ms=T0_MS + 1000 * np.array(t_s, np.int64), lon=lon, lat=lat, sog_kn=sog, cog_deg=cog, nav_status=status,
        ais_class=ais_class, msg_type=msg_type, mmsi=slot,
    )  # fmt: skip
    n = len(rows)
    return positions, Applied(
        np.array(slot, np.int32), np.zeros(n, np.uint8) if outcome is None else np.array(outcome, np.uint8),
        np.zeros(n, np.int32), np.zeros(n, np.int8),
    )  # fmt: skip


def kind_twin(ais_class, spacings):
    """0 is class A, 1 class B; of a class not said the shortest of five spacings under way tells."""
    shown = None if len(spacings) < 5 else 1 if min(spacings) > 20 else 0
    return {CLASS_A: 0, CLASS_B: 1, CLASS_UNKNOWN: shown}.get(ais_class)


def interval_twin(kind, sog, status):
    if math.isnan(sog):
        return math.nan
    if kind == 1:
        return 30 if sog > 2 else 180
    if status in (1, 5) and sog <= 3:
        return 180
    if status < 0 and sog < 0.5:
        return math.nan
    return 2 if sog > 23 else 6 if sog > 14 else 10


def cell_twin(lon, lat):
    return (math.floor(((lon + 180) % 360) / CELL_DEG), math.floor((lat + 90) / CELL_DEG))


def reception_twin(rows, outcome):
    """Counter of (x, y, class, hour, run, heard or expected); by slot the record: (ms, longitude, latitude, due)."""
    found, last, spacings, record = Counter(), {}, defaultdict(list), defaultdict(list)
    for (slot, t_s, lon, lat, sog, _, status, ais_class, msg_type), what in zip(rows, outcome, strict=True):
        if what not in (APPLIED, NEW_PATH) or msg_type == 27:
            continue
        kind = kind_twin(ais_class, spacings[slot])
        steps = 0
        if slot in last and what == APPLIED and kind is not None:
            t0, lon0, lat0, _, interval = last[slot]
            dt = t_s - t0
            if interval > 0 and 0 < dt <= MAX_GAP_S:
                steps = max(1, math.floor(dt / interval + 0.5))
                for j in range(1, steps + 1):
                    hour = (T0_MS + 1000 * t0 + 1000 * dt * j // steps) // 3_600_000 % 24
                    place = cell_twin(
                        lon0 + ((lon - lon0 + 180) % 360 - 180) * (j / steps), lat0 + (lat - lat0) * (j / steps)
                    )
                    run = min((j - 1).bit_length(), RUNS - 1)
                    found[(*place, kind, hour, run, EXPECTED)] += 1
                    found[(*place, kind, hour, run, HEARD)] += j == steps
        if what == NEW_PATH or (slot in last and t_s - last[slot][0] > MAX_GAP_S):
            record[slot] = []
        if slot not in last or t_s != last[slot][0] or what == NEW_PATH:
            record[slot].append((T0_MS + 1000 * t_s, lon, lat, steps))
        if slot in last and what == APPLIED and t_s > last[slot][0] and last[slot][3] > 2:
            spacings[slot].append(t_s - last[slot][0])
        kind = kind_twin(ais_class, spacings[slot])
        last[slot] = (t_s, lon, lat, sog, math.nan if kind is None else interval_twin(kind, sog, status))
    return +found, record


def unpacked(keys, values):
    """A reception map's counts as :func:`reception_twin` has them."""
    columns = columns_of(CELL_DEG)
    found = Counter()
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        cell, kind, hour = key // HOURS // KINDS, key // HOURS % KINDS, key % HOURS
        for run, pair in enumerate(value):
            for what in (HEARD, EXPECTED):
                found[(cell % columns, cell // columns, kind, hour, run, what)] += pair[what]
    return +found


lons = st.sampled_from([1.1, 1.3, 1.4999, 179.9, -179.9])
lats = st.sampled_from([50.9, 51.1, 51.26])
speeds = st.sampled_from([0.0, 0.4, 1.0, 2.5, 10.0, 15.0, 30.0, math.nan])
courses = st.sampled_from([0.0, 11.2, 11.3, 90.0, 227.0, 355.0, math.nan])
classes = st.sampled_from([CLASS_A, CLASS_A, CLASS_B, CLASS_UNKNOWN, CLASS_BASE])
times = st.one_of(st.integers(0, 300), st.integers(0, 8000))
reports = st.tuples(
    st.integers(0, 2), times, lons, lats, speeds, courses, st.sampled_from([0, 1, 5, -1]), classes,
    st.sampled_from([1, 1, 1, 27]),
)  # fmt: skip
outcomes = st.sampled_from([APPLIED] * 5 + [NEW_PATH, IMPLAUSIBLE])
logs = st.lists(st.tuples(reports, outcomes), min_size=1, max_size=40).map(
    lambda rows: sorted(rows, key=lambda r: r[0][1])
)


@given(logs, st.integers(0, 40))
def test_learned_reception_agrees_with_its_twin_however_it_is_cut(log, cut):
    rows, outcome = [r for r, _ in log], [o for _, o in log]
    learned = ReceptionMap(CELL_DEG, MAX_GAP_S)
    for part in (slice(0, cut), slice(cut, None)):
        if rows[part]:
            positions, what = applied(rows[part], outcome[part])
            learned.learn(positions, what, kind_of(positions.ais_class))
    found, record = reception_twin(rows, outcome)
    assert unpacked(*learned.counts.sorted()) == found
    for slot, n in enumerate(learned.state()["past_n"].tolist()):
        past = [learned.state()["past"][slot, k % reception.RECORD].tolist() for k in range(n)]
        assert past[-reception.RECORD :] == record[slot][-reception.RECORD :]


@given(logs)
def test_learned_traffic_agrees_with_its_twin(log):
    rows, outcome = [r for r, _ in log], [o for _, o in log]
    positions, what = applied(rows, outcome)
    learned = TrafficMap(CELL_DEG)
    learned.learn(positions, what, kind_of(positions.ais_class))
    expected, counted = Counter(), set()
    for (slot, t_s, lon, lat, sog, cog, _, ais_class, _), done in log_rows(rows, outcome):
        minute = (T0_MS + 1000 * t_s) // 60_000
        if done and ais_class != CLASS_BASE and counted.isdisjoint({(slot, minute)}):
            counted = {c for c in counted if c[0] != slot} | {(slot, minute)}
            kind = {CLASS_A: 0, CLASS_B: 1, CLASS_UNKNOWN: 2}[ais_class]
            expected[(*cell_twin(lon, lat), kind, motion_twin(sog, cog))] += 1
    keys, values = learned.counts.sorted()
    found, columns = Counter(), columns_of(CELL_DEG)
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        cell = key // KINDS
        for column, count in enumerate(value):
            found[(cell % columns, cell // columns, key % KINDS, column)] += count
    assert +found == expected


def log_rows(rows, outcome):
    return [(row, what in (APPLIED, NEW_PATH)) for row, what in zip(rows, outcome, strict=True)]


def motion_twin(sog, cog):
    if math.isnan(sog):
        return 0
    if sog < 0.5:
        return 1
    if math.isnan(cog):
        return 0
    band = sum(sog >= edge for edge in (3, 7, 12, 18, 25))
    return 2 + 16 * band + math.floor(cog / 22.5 + 0.5) % 16


def filled(values: dict[int, np.ndarray], shape) -> Counts:
    counts = Counts(shape)
    if values:
        counts.add(np.array(list(values), np.int64), np.array(list(values.values()), np.int32).reshape(-1, *shape))
    return counts


def key_at(lon, lat, kind=0, hour=None):
    x, y = cell_twin(lon, lat)
    cell = y * columns_of(CELL_DEG) + x
    return cell * KINDS + kind if hour is None else (cell * KINDS + kind) * HOURS + hour


records = st.lists(
    st.tuples(st.integers(T0_MS - 7_200_000, T0_MS), lons, lats, st.integers(0, 40)),
    max_size=reception.RECORD + 4,
).map(sorted)
"""Reports of a vessel's record, in the order of time: (ms, longitude, latitude, reports due)."""
some_runs = st.lists(st.integers(0, 60), min_size=RUNS, max_size=RUNS).map(
    lambda missed: np.array([[m // 3, m] for m in missed])
)


@given(
    st.dictionaries(
        st.builds(key_at, st.sampled_from([1.1, 1.3, 1.6]), st.sampled_from([50.9, 51.1]), st.integers(0, 2),
                  st.sampled_from([9, 22, 23])),
        some_runs, max_size=12,
    ),
    lons, lats, speeds, courses, st.integers(0, 2), st.integers(0, 700), records,
)  # fmt: skip
def test_the_chance_of_a_silence_agrees_with_its_twin(values, lon, lat, sog, cog, kind, due, record):
    counts, usual = filled(values, (RUNS, 2)), np.linspace(0.1, 0.9, KINDS * RUNS).reshape(KINDS, RUNS)
    past = np.zeros((1, reception.RECORD), reception.PAST)
    for n, report in enumerate(record):
        past[0, n % reception.RECORD] = report
    chance, level, known = silence.silence_chance(
        np.array([lon]), np.array([lat]), np.array([sog], np.float32), np.array([cog], np.float32),
        np.array([kind], np.int8), np.array([T0_MS]), np.array([10.0]), np.array([due]), np.array([0 if record else 1]),
        np.array([len(record)]), past, CELL_DEG, columns_of(CELL_DEG), counts.keys, counts.table, counts.values, usual,
        LEAST, WEIGHT,
    )  # fmt: skip
    expected = silence_twin(values, usual, lon, lat, sog, cog, kind, due, record)
    assert (level[0], known[0]) == expected[1:]
    assert chance[0] == pytest.approx(expected[0], rel=1e-9, nan_ok=True)


def shares_twin(values, usual, cell, kind, hour):
    """Miss shares by run, and the finest level that knows, None of none."""
    columns, by_place = columns_of(CELL_DEG), defaultdict(lambda: np.zeros((RUNS, 2)))
    for key, value in values.items():
        by_place[key // HOURS // KINDS, key // HOURS % KINDS, key % HOURS] = value

    def summed(cells, kinds, hours):
        return sum((by_place[c, k, h] for c in cells for k in kinds for h in hours), np.zeros((RUNS, 2)))

    around = [cell + dy * columns + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    around = [a // columns * columns + a % columns for a in around]
    levels = [summed(around, [kind], range(24)), summed([cell], range(KINDS), range(24)),
              summed([cell], [kind], range(24)), summed([cell], [kind], [hour])]  # fmt: skip
    shares = []
    for run in range(RUNS):
        width, share = 1 if run == 0 else 2 ** (run - 1), usual[kind, run]
        for heard, expected in (total[run] for total in levels):
            missed = max(0, expected - heard - width)
            share = (missed + WEIGHT * width * share) / (heard + missed + WEIGHT * width)
        shares.append(share)
    return shares, next((i for i, t in enumerate(levels[::-1]) if t[:, EXPECTED].sum() >= LEAST), None)


def factors_twin(values, usual, kind, record):
    """How likely it is, by its record, that a vessel is missed so many times as easily: Bayes' rule, trial by trial."""
    chances = {f: math.exp(-0.5 * (math.log(f) / 0.5) ** 2) for f in silence.FACTOR}
    for (t0, lon0, lat0, _), (t, lon, lat, due) in pairwise(record[-reception.RECORD :]):
        for j in range(1, due + 1):  # the j-th report due, after j - 1 missed
            begins, width = j == 1 or (j - 1) & (j - 2) == 0, 2 ** max(0, (j - 1).bit_length() - 1)
            if j < due and not begins:
                continue
            place = lon0 + ((lon - lon0 + 180) % 360 - 180) * (j / due), lat0 + (lat - lat0) * (j / due)
            cell, hour = sparse.cell_of(*place, CELL_DEG, columns_of(CELL_DEG)), (t0 + (t - t0) * j // due) // 3_600_000
            shares, level = shares_twin(values, usual, cell, kind, hour % 24)
            if level is None:
                continue
            share = shares[min((j - 1).bit_length(), RUNS - 1)]
            for f in chances:
                missed = share * f / (1 - share + share * f)
                chances[f] *= (1 - missed) ** (1 / width) if j == due else missed
    return {f: p / sum(chances.values()) for f, p in chances.items()}


def silence_twin(values, usual, lon, lat, sog, cog, kind, due, record):
    columns, coarsest, known = columns_of(CELL_DEG), reception.HOUR, 0
    chances = factors_twin(values, usual, kind, record)
    for j in range(due):
        x, y = lon, lat
        if sog > 0 and not math.isnan(cog):
            x, y = destination_deg(x, y, np.float32(cog), np.float32(sog) * KN * 10.0 * (j + 1))
        cell, hour = sparse.cell_of(x, y, CELL_DEG, columns), (T0_MS + 10_000 * (j + 1)) // 3_600_000 % 24
        shares, level = shares_twin(values, usual, cell, kind, hour)
        if level is None:
            break
        share = shares[min(j.bit_length(), RUNS - 1)]
        chances = {f: p * share * f / (1 - share + share * f) for f, p in chances.items()}
        coarsest, known = max(coarsest, level), known + 1
    if not known and due:
        return math.nan, reception.UNKNOWN, 0
    return sum(chances.values()), coarsest, known


@given(
    st.lists(st.lists(st.integers(0, 30), min_size=traffic.WIDTH, max_size=traffic.WIDTH), min_size=1, max_size=3),
    speeds, courses,
)  # fmt: skip
def test_rarity_agrees_with_its_twin(values, sog, cog):
    counts = filled({key_at(1.1, 50.9, kind): np.array(v) for kind, v in enumerate(values)}, (traffic.WIDTH,))
    p, level = traffic.rarity(
        np.array([1.1]), np.array([50.9]), np.array([sog], np.float32), np.array([cog], np.float32),
        np.zeros(1, np.int8), CELL_DEG, columns_of(CELL_DEG), counts.keys, counts.table, counts.values, 900,
    )  # fmt: skip
    own, all_of_it = np.array(values[0]), np.sum(values, axis=0)
    total = next((t for t in (own, all_of_it, own) if t[1:].sum() >= 900), None)
    column = motion_twin(sog, cog)
    if total is None or column == 0:
        assert math.isnan(p[0]) and level[0] == reception.UNKNOWN
        return
    moving = total[2:].reshape(-1, 16)
    smooth = np.concatenate(
        [4 * total[:2], (2 * moving + np.roll(moving, 1, axis=1) + np.roll(moving, -1, axis=1)).ravel()]
    )
    rarer = sum(total[i] for i in range(1, traffic.WIDTH) if smooth[i] <= smooth[column])
    assert p[0] == pytest.approx((rarer + 1) / (total[1:].sum() + 1))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=80))
def test_sparse_counts_add_up_like_a_dictionary(pairs):
    counts, expected = Counts((1,)), Counter()
    for key, value in pairs:
        counts.add(np.array([key]), np.array([[value]], np.int32))
        expected[key] += value
    keys, values = counts.sorted()
    assert dict(zip(keys.tolist(), values[:, 0].tolist(), strict=True)) == expected


def test_counts_grow_and_every_key_is_found_again():
    keys = np.random.default_rng(1).permutation(np.arange(50_000) * 72 + 5)
    counts = Counts((1,))
    counts.add(keys, np.ones((len(keys), 1), np.int32))
    assert (counts.keys[sparse.find_rows(keys, counts.keys, counts.table)] == keys).all()
    assert (sparse.find_rows(keys + 1, counts.keys, counts.table) == -1).all()


def test_a_sum_too_large_is_refused_and_nothing_is_added():
    counts = filled({7: np.array([2**31 - 1])}, (1,))
    with pytest.raises(OverflowError):
        counts.add(np.array([7, 8]), np.array([[1], [1]], np.int32))
    assert counts.n == 1


@pytest.mark.shared
def test_reporting_intervals_are_those_of_the_standard(shared):
    path = shared / "geodata/reporting_intervals.csv"
    names, checked = {"A": 0, "B CS": 1}, 0
    for row in csv.DictReader(path.open(encoding="utf-8")):
        if row["class"] not in names or "changing" in row["condition"] or not row["min_sog_kn"]:
            continue
        low = float(row["min_sog_kn"])
        sog = (low + float(row["max_sog_kn"] or low + 10)) / 2
        status = 1 if "anchor" in row["condition"] else 0
        assert reception.interval_s(names[row["class"]], np.float32(sog), status) == float(row["interval_s"]), row
        checked += 1
    assert checked == 7
