"""What is learned of reception and traffic: exact sums, decay by event time, one file, what it says of a silence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.config import MapConfig, TracksConfig
from surveil.errors import InputError, StoreError
from surveil.kernels.reception import EXPECTED, HEARD
from surveil.rules.examples import IN_SW_LANE, T0_MS, run, together
from surveil.schema import CLASS_A, CLASS_B, CLASS_UNKNOWN, Positions
from surveil.tracks.learned import Increments, Learned, merge_maps
from surveil.tracks.reception import LEVELS
from surveil.tracks.table import TrackTable

DAY_S = 86_400
ELSEWHERE = (2.5, 51.5)


def learn(*runs: Positions, into: Learned | None = None, halve_days: int = 0, cuts=()) -> Learned:
    """A map of some runs in one feed, taken in by pieces."""
    learned = into or Learned(0.05, 3600, halve_days)
    rows, table = together(*runs), TrackTable(TracksConfig())
    for part in np.split(np.arange(len(rows)), sorted(int(cut * len(rows)) for cut in cuts)):
        some = rows.take(part)
        applied = table.apply_positions(some)
        learned.learn(some, applied, table.arrays.ais_class[applied.slot])
    return learned


def lane(mmsi: int, *, lost: float = 0.0, seed: int = 0, place=IN_SW_LANE, duration_s: int = 3600, **kw) -> Positions:
    """A ship at 10 kn that sends every 10 s, of which a share is lost one by one."""
    rows = run(mmsi, place, 227.0, 10.0, duration_s, every_s=10, **kw)
    return rows.take(np.random.default_rng([seed, mmsi]).random(len(rows)) >= lost)


def silence(learned: Learned, age_s: float, place=IN_SW_LANE, ais_class: int = CLASS_A, slot: int = 0):
    return learned.reception.silence(
        slots=np.array([slot]), lon=np.array(place[:1]), lat=np.array(place[1:]), sog_kn=np.array([10.0], np.float32),
        cog_deg=np.array([227.0], np.float32), nav_status=np.zeros(1, np.int8),
        ais_class=np.array([ais_class], np.uint8), last_ms=np.array([T0_MS]), age_s=np.array([age_s]),
    )  # fmt: skip


def same(a: Learned, b: Learned) -> bool:
    return all(
        (x == y).all() for n in ("reception", "traffic")
        for x, y in zip(getattr(a, n).counts.sorted(), getattr(b, n).counts.sorted(), strict=True)
    )  # fmt: skip


GOOD = [lane(235_000_001 + i, lost=0.1) for i in range(6)]
POOR = [lane(235_000_001 + i, lost=0.8) for i in range(6)]


def test_what_was_heard_is_counted_of_what_was_due():
    learned = learn(*POOR)
    cells = learned.reception.cells()
    assert 0.17 < cells["heard"].sum() / cells["expected"].sum() < 0.23


def test_a_silence_is_likelier_where_reception_is_poor_and_less_likely_the_longer_it_is():
    good, poor = learn(*GOOD), learn(*POOR)
    for learned in (good, poor):
        chances = [silence(learned, age_s).chance[0] for age_s in (20, 60, 120, 600)]
        assert chances == sorted(chances, reverse=True) and chances[-1] < chances[0]
    assert silence(poor, 60).p_reception(0.001)[0] > 0.99
    assert silence(good, 120).p_reception(0.001)[0] < 0.01


def test_a_ship_badly_heard_among_others_well_heard_may_be_silent_for_longer_and_the_other_way_round():
    weak = learn(lane(235_000_099, lost=0.6), *GOOD)
    strong = learn(lane(235_000_099), *POOR)
    assert silence(weak, 60).chance[0] > 5 * silence(learn(*GOOD), 60).chance[0]
    assert silence(strong, 60).chance[0] < silence(learn(*POOR), 60).chance[0] / 2


def test_what_is_known_of_a_ship_goes_on_after_a_checkpoint():
    learned, again = learn(lane(235_000_099, lost=0.6), *GOOD), Learned(0.05, 3600)
    again.restore(learned.state())
    assert silence(again, 60).chance[0] == silence(learned, 60).chance[0]


def test_misses_in_runs_make_a_long_silence_likelier_than_the_same_share_lost_one_by_one():
    def in_runs(mmsi):
        rows = run(mmsi, IN_SW_LANE, 227.0, 10.0, 3600, every_s=10)
        return rows.take(np.arange(len(rows)) % 30 < 20)  # a third lost, ten in a row

    runs, single = (
        learn(*(in_runs(235_000_001 + i) for i in range(6))),
        learn(*(lane(235_000_001 + i, lost=1 / 3) for i in range(6))),
    )
    assert silence(runs, 100).chance[0] > 100 * silence(single, 100).chance[0]


def test_one_ship_switched_off_does_not_make_its_silence_usual():
    off = lane(235_000_099).take(np.r_[0:100, 190:360])
    assert silence(learn(*GOOD, off), 900).p_reception(0.001)[0] < 0.01


def test_where_nothing_was_learned_the_chance_is_unknown_and_not_a_number_made_up():
    found = silence(learn(*GOOD), 600, ELSEWHERE)
    assert np.isnan(found.chance[0]) and LEVELS[found.level[0]] == "unknown"
    assert np.isnan(found.p_reception(0.001)[0])


def test_a_class_of_which_nothing_was_heard_is_judged_by_the_others_there():
    found = silence(learn(*GOOD), 300, ais_class=CLASS_B)
    assert LEVELS[found.level[0]] == "any class" and found.due[0] == 10


def test_how_soon_a_craft_of_class_b_would_be_heard_goes_by_the_reception_there():
    def unheard(learned: Learned, age_s: float, place=IN_SW_LANE, speed_kn: float = 4.0) -> float:
        values = (np.array([v]) for v in (*place, speed_kn))
        return float(learned.reception.unheard(*values, T0_MS + 3_600_000, np.array([age_s]))[0])

    good, poor = learn(*GOOD), learn(*POOR)
    assert unheard(good, 120) < 0.01 < 0.1 < unheard(poor, 120)
    assert unheard(good, 300) < unheard(good, 120) < unheard(good, 40)
    assert unheard(good, 120, speed_kn=0.5) == 1.0, "at rest it reports every three minutes"
    assert np.isnan(unheard(good, 120, ELSEWHERE))


def test_a_silence_longer_than_the_limit_teaches_nothing():
    gone = together(lane(235_000_001, duration_s=600), lane(235_000_001, duration_s=600, start_s=600 + 3700))
    assert learn(gone).reception.cells()["expected"].sum() == 2 * 59


def test_a_craft_that_does_not_say_its_class_is_taken_for_what_its_intervals_show():
    rows = run(235_000_001, IN_SW_LANE, 227.0, 10.0, 3600, every_s=30, ais_class=CLASS_UNKNOWN)
    cells = learn(rows.replace(msg_type=np.zeros(len(rows), np.uint8))).reception.cells()
    assert cells["expected"][:, 0].sum() == 0
    assert cells["heard"].sum() == cells["expected"].sum() > 100


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), max_size=6))
def test_any_cut_of_the_rows_gives_the_same_map_decayed_or_not(cuts):
    runs = [lane(235_000_001 + i, lost=0.3, start_s=i * 8 * 3600) for i in range(4)]
    for halve_days in (0, 1):
        assert same(learn(*runs, halve_days=halve_days, cuts=cuts), learn(*runs, halve_days=halve_days))


def test_counts_are_halved_at_midnight_of_event_time_and_nothing_else_changes_them():
    late = lane(235_000_001, duration_s=3000)
    day_1, next_night = learn(late), lane(235_000_001, start_s=DAY_S, duration_s=20)
    both = learn(late, next_night, halve_days=1)
    before, after = (m.reception.counts.values[..., EXPECTED].sum() for m in (day_1, both))
    assert before / 2 - 40 < after <= before / 2 + 2
    assert same(learn(late, lane(235_000_001, start_s=3000, duration_s=20), halve_days=1),
                learn(late, lane(235_000_001, start_s=3000, duration_s=20)))  # fmt: skip


@given(st.permutations(range(3)))
def test_maps_add_up_exactly_in_any_order(order):
    def maps():
        return [learn(*GOOD[:2]), learn(*POOR[:3]), learn(lane(235_000_001, place=ELSEWHERE))]

    expected, total, parts = maps()[0], maps()[order[0]], maps()
    for other in parts[1:]:
        expected.merge(other)
    for i in order[1:]:
        total.merge(parts[i])
    assert same(total, expected) and total.reports == expected.reports and total.span_ms == expected.span_ms


@settings(max_examples=20)
@given(cuts=st.lists(st.floats(0, 1), max_size=4), halve_days=st.integers(0, 2))
def test_what_stretches_of_time_add_follows_on_as_one_map_learned_it_halved_or_not(cuts, halve_days):
    runs = [lane(235_000_001 + i, lost=0.3, start_s=i * 20 * 3600) for i in range(4)]
    increments, total = Increments(0.05, 3600, halve_days), Learned(0.05, 3600, halve_days)
    rows, table = together(*runs), TrackTable(TracksConfig())
    for part in np.split(np.arange(len(rows)), sorted(int(cut * len(rows)) for cut in cuts)):
        some = rows.take(part)
        applied = table.apply_positions(some)
        increments.learn(some, applied, table.arrays.ais_class[applied.slot])
        for each in increments.parts():
            total.follow(each)
    whole = learn(*runs, halve_days=halve_days)
    assert same(total, whole) and (total.reports, total.span_ms) == (whole.reports, whole.span_ms)


def test_a_map_of_two_fleets_is_the_sum_of_their_maps():
    total = learn(*GOOD[:3])
    total.merge(learn(*GOOD[3:]))
    assert same(total, learn(*GOOD))


def test_a_map_is_read_back_as_it_was_and_the_same_counts_give_the_same_bytes(tmp_path):
    learned = learn(*GOOD, *[lane(235_000_010, place=ELSEWHERE)])
    learned.save(tmp_path / "a.npz")
    again = Learned.load(tmp_path / "a.npz")
    again.save(tmp_path / "b.npz")
    assert same(again, learned) and (again.reports, again.span_ms) == (learned.reports, learned.span_ms)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    stranger = 999  # a map knows no vessels
    assert silence(again, 60).chance[0] == silence(learned, 60, slot=stranger).chance[0]


def broken(**changes):
    """Makes of a good map's arrays a bad one's."""
    return lambda arrays: {**arrays, **{k: v(arrays[k]) for k, v in changes.items()}}


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda arrays: {k: v for k, v in arrays.items() if k != "traffic_keys"}, "has no traffic_keys"),
        (broken(version=lambda v: v + 1), "its version is 2, not 1"),
        (broken(reception_keys=lambda k: k[::-1]), "reception keys are not cells in order"),
        (broken(traffic_counts=lambda c: c[:, 1:]), "traffic counts are not counts of"),
        (broken(reception_counts=lambda c: c[..., ::-1]), "more reports heard than expected"),
        (broken(reception_counts=lambda c: c.astype(float)), "reception counts are not counts of"),
    ],
)
def test_a_file_that_is_no_map_is_refused_by_name_and_cause(tmp_path, spoil, cause):
    path = tmp_path / "map.npz"
    learn(*POOR).save(path)
    with np.load(path) as arrays:
        np.savez(path, **spoil(dict(arrays)))
    with pytest.raises(InputError, match=rf"map\.npz: .*{cause}"):
        Learned.load(path)


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 cut off"])
def test_junk_is_no_map(tmp_path, content):
    (tmp_path / "map.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"map\.npz: is not a map of this version"):
        Learned.load(tmp_path / "map.npz")


def test_a_map_that_is_not_there_is_said_to_be_unreadable(tmp_path):
    with pytest.raises(InputError, match=r"no\.npz: the map cannot be read: No such file"):
        Learned.of(MapConfig(file=str(tmp_path / "no.npz")))


def test_a_map_is_not_written_where_there_is_no_folder(tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        learn(*GOOD[:1]).save(tmp_path / "nowhere" / "map.npz")


def test_maps_of_other_cells_are_not_added_up(tmp_path):
    learn(*GOOD[:1]).save(tmp_path / "fine.npz")
    learn(*GOOD[:1], into=Learned(0.1, 3600)).save(tmp_path / "coarse.npz")
    with pytest.raises(InputError, match=r"coarse\.npz: cannot be added to .*fine\.npz: its cell_deg is 0\.1"):
        merge_maps([tmp_path / "fine.npz", tmp_path / "coarse.npz"])


def rarity(learned: Learned, sog_kn: float, cog_deg: float, place=IN_SW_LANE) -> float:
    return learned.traffic.rarity(
        lon=np.array(place[:1]), lat=np.array(place[1:]), sog_kn=np.array([sog_kn], np.float32),
        cog_deg=np.array([cog_deg], np.float32), ais_class=np.array([CLASS_A], np.uint8),
    ).p[0]  # fmt: skip


def test_going_with_the_traffic_is_usual_and_against_it_rare():
    def slow(mmsi, course_deg, start_s):
        return run(mmsi, IN_SW_LANE, course_deg, 3.5, 1200, every_s=60, start_s=start_s)

    learned = learn(*(slow(235_000_001 + i, 227.0, 1200 * i) for i in range(20)), slow(235_000_099, 47.0, 90_000))
    assert rarity(learned, 4.0, 225.0) > 0.9
    assert rarity(learned, 4.0, 47.0) < 0.1
    assert rarity(learned, 4.0, 137.0) < 0.01
    assert np.isnan(rarity(learned, 4.0, 225.0, ELSEWHERE))


def test_a_craft_counts_once_a_minute_however_often_it_reports():
    often, seldom = (run(235_000_001, ELSEWHERE, 90.0, 0.1, 3600, every_s=s) for s in (2, 60))
    assert same_traffic(learn(often), learn(seldom))


def same_traffic(a: Learned, b: Learned) -> bool:
    return (a.traffic.density()["minutes"] == b.traffic.density()["minutes"]).all()


def test_heard_is_never_more_than_expected():
    values = learn(*GOOD, *POOR).reception.counts.values
    assert (values[..., HEARD] <= values[..., EXPECTED]).all()
