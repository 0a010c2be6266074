"""What rules share: who is judged, how distances and directions are told, since when something has held."""

from types import SimpleNamespace

import numpy as np
import pytest

from surveil.alert import InputRow
from surveil.rules import common, pairing
from surveil.rules.base import (
    NM_M,
    Candidate,
    Episodes,
    behind,
    direction,
    last_input,
    nm,
    off_place,
    under_way,
)
from surveil.rules.examples import IN_SW_LANE, T0_MS
from surveil.rules.origins import Origins
from surveil.rules.pairing import OfPairs, PairEpisodes
from surveil.rules.spots import Spots, clusters
from surveil.schema import CLASS_A, CLASS_B
from surveil.tracks.events import APPEARED, ARRIVED, DEPARTED, TrackEvent
from surveil.tracks.table import SMALL_NO, SMALL_UNKNOWN, SMALL_YES


class Seen(SimpleNamespace):
    """As much of a view as the question takes."""

    def __len__(self) -> int:
        return len(self.slots)


def seen(**columns) -> Seen:
    return Seen(kept={}, **{k: np.asarray(v) if isinstance(v, list) else v for k, v in columns.items()})


@pytest.mark.parametrize(("miles", "told"), [(4.24, "4.2 nm"), (9.94, "9.9 nm"), (10.0, "10 nm"), (12.6, "13 nm")])
def test_distances_are_told_in_tenths_below_ten_miles(miles, told):
    assert nm(miles * NM_M) == told


@pytest.mark.parametrize(("deg", "told"), [(7.4, "007°"), (359.4, "359°"), (359.6, "000°"), (360.0, "000°")])
def test_directions_have_three_figures(deg, told):
    assert direction(deg) == told


@pytest.mark.parametrize(("sog_kn", "cog_deg", "told"), [
    (4.1, 312.0, "at 4.1 kn on 312°"), (4.1, np.nan, "at 4.1 kn"), (np.nan, 312.0, "on 312°"),
    (np.nan, np.nan, "at unknown speed"),
])  # fmt: skip
def test_motion_is_told_as_far_as_it_is_known(sog_kn, cog_deg, told):
    assert under_way(seen(sog_kn=[sog_kn], cog_deg=[cog_deg]), 0) == told


def test_a_place_is_told_from_the_nearest_port_or_headland_where_the_geodata_reaches(areas):
    assert off_place(areas, 1.45, 50.98) != ""
    assert off_place(areas, np.nan, 50.98) == ""
    assert off_place(areas, 20.0, 10.0) == ""
    assert behind([]) == ""
    assert behind(["Wissant"]) == "; beaches behind it: Wissant"


def test_the_last_row_of_a_contact_is_its_sensors():
    contacts = SimpleNamespace(
        number=np.array([3, 5]), source=np.array([7, 8]), seq=np.array([70, 80]), seen_ms=np.array([1, 2])
    )
    view = seen(is_contact=[False, True], mmsi=[1, -5], source=[0, 0], seq=[9, 9], last_ms=[4, 4], contacts=contacts)
    assert last_input(view, 0) == InputRow(0, 9, 4)
    assert last_input(view, 1) == InputRow(8, 80, 2)


def test_who_was_heard_twice_the_longest_interval_ago_is_not_judged():
    assert common.fresh(seen(age_s=[0.0, 360.0, 360.1])).tolist() == [True, True, False]


def test_who_is_at_rest_or_at_work_says_so():
    status = seen(nav_status=np.arange(-1, 16, dtype=np.int8))
    assert (np.flatnonzero(common.at_rest(status)) - 1).tolist() == [1, 5, 6]
    types = seen(ship_type=np.arange(-1, 100, dtype=np.int16))
    assert (np.flatnonzero(common.service_craft(types)) - 1).tolist() == [30, 33, 50, 51, 52, 53, 54, 55, 58]


def test_small_craft_are_those_known_for_it_and_class_b_of_no_known_size():
    view = seen(
        small=[SMALL_YES, SMALL_UNKNOWN, SMALL_UNKNOWN, SMALL_NO], ais_class=[CLASS_A, CLASS_A, CLASS_B, CLASS_B]
    )
    assert common.maybe_small(view).tolist() == [True, False, True, False]
    craft = seen(small=view.small, ais_class=view.ais_class, craft=np.array([True, True, False, True]))
    assert pairing.small_with_ais(craft).tolist() == [True, False, False, False]


def test_a_craft_points_by_its_heading_where_it_gives_one():
    assert common.pointing_deg(seen(heading_deg=[np.nan, 10.0], cog_deg=[20.0, 30.0])).tolist() == [20.0, 10.0]
    assert common.turned_deg(np.array([350.0, 10.0, 180.0]), np.array([10.0, 350.0, 0.0])).tolist() == [20, 20, 180]
    assert common.to_axis_deg(np.array([0.0, 80.0, 100.0, 180.0])).tolist() == [0, 80, 80, 0]


def test_up_to_three_beaches_are_named_of_those_behind_a_course_that_is_known(areas):
    view = seen(lon=[IN_SW_LANE[0]], lat=[IN_SW_LANE[1]], cog_deg=[317.0], areas=areas)
    assert len(common.beaches_behind(view, 0, 90.0, 60_000.0)) == 3
    assert (
        common.beaches_behind(seen(lon=view.lon, lat=view.lat, cog_deg=[np.nan], areas=areas), 0, 90.0, 60_000.0) == []
    )


def meeting(north_m: float, closing_kn: float, *, age_s: float = 0.0, craft: bool = True, among=None):
    """Rows met by one at rest: one due north that comes down to it."""
    deg = np.degrees(north_m / common.EARTH_RADIUS_M)
    view = seen(
        lon=[1.4, 1.4], lat=[51.0, 51.0 + deg], cog_deg=[0.0, 180.0], sog_kn=[0.0, closing_kn], age_s=[0.0, age_s],
        craft=[True, craft],
    )  # fmt: skip
    rows, cpa_m, tcpa_s = common.approaches(view, 0, 5000.0, 600.0, among)
    return rows.tolist(), [round(m) for m in cpa_m], [round(s) for s in tcpa_s]


def test_approaches_are_those_near_and_soon_of_craft_heard_lately():
    kn = 5.0 / common.KN  # 5 m/s
    assert meeting(2500, kn) == ([1], [0], [500])
    assert meeting(2500, kn, age_s=100)[2] == [400]
    assert meeting(2990, kn)[0] == [1]
    assert meeting(3010, kn)[0] == []  # later than 600 s
    assert meeting(4990, 2 * kn)[0] == [1]
    assert meeting(5010, 2 * kn)[0] == []  # farther than 5 km
    assert meeting(2500, -kn)[0] == []  # goes away
    assert meeting(2500, kn, craft=False)[0] == []
    assert meeting(2500, kn, age_s=361)[0] == []
    assert meeting(2500, kn, among=np.array([True, False]))[0] == []


def test_of_several_the_closest_approach_counts():
    view = seen(
        lon=[1.4, 1.4, 1.405], lat=[51.0, 51.02, 51.01], cog_deg=[0.0, 180.0, 180.0], sog_kn=[0.0, 10.0, 10.0],
        age_s=[0.0] * 3, craft=[True] * 3,
    )  # fmt: skip
    assert common.closest_approach(view, 0, 5000.0, 900.0)[0] == 1
    assert common.closest_approach(view, 0, 100.0, 900.0)[0] == -1


def held(*at_s: int, grace_s: float = 60) -> list[tuple[float, float]]:
    """(since, lasted) of one target at each tick of ten seconds, with a condition that held at some of them."""
    episodes, said = Episodes(grace_s), []
    for t_s in range(0, max(at_s) + 10, 10):
        t_ms = T0_MS + 1000 * t_s
        view = seen(
            t_ms=t_ms, slots=np.array([0], np.int32), source=np.zeros(1, np.int16), seq=np.zeros(1, np.int64),
            last_ms=np.array([t_ms]), lon=np.zeros(1), lat=np.zeros(1), table=SimpleNamespace(n=1),
        )  # fmt: skip
        episodes.update(view, np.array([t_s in at_s]))
        since = episodes.since_ms[0]
        said.append(((since - T0_MS) / 1000 if since > 0 else None, float(episodes.lasted_s(view)[0])))
    return said


def test_an_episode_outlasts_a_break_of_its_grace_and_no_longer_one():
    assert held(10, 70)[-1] == (10, 60)
    assert held(10, 80)[-1] == (80, 0)
    assert held(10, 20, 100, grace_s=60)[5] == (10, 40)
    assert held(30)[0] == (None, 0)


class Pair(SimpleNamespace):
    def __len__(self) -> int:
        return len(self.slots)


def pair_at(t_s: int) -> Pair:
    return Pair(
        t_ms=T0_MS + 1000 * t_s, slots=np.array([4, 7]), is_contact=np.zeros(2, bool), source=np.zeros(2, int),
        seq=np.array([1, 2]), last_ms=np.array([t_s, t_s]),
    )  # fmt: skip


def test_a_meeting_outlasts_a_break_of_its_grace_and_no_longer_one():
    def last(*at_s: int):
        meetings = PairEpisodes(grace_s=60)
        for t_s in range(0, max(at_s) + 10, 10):
            both = np.array([0, 1] if t_s in at_s else [], int)
            found = meetings.update(pair_at(t_s), both[:1], both[1:])
        return [(m.a, m.b, (m.since_ms - T0_MS) // 1000, m.held_s, m.inputs[0].t_ms) for m in found]

    assert last(10, 70) == [(0, 1, 10, 60.0, 10)]
    assert last(10, 80) == [(0, 1, 80, 0.0, 80)]


def test_a_meeting_whose_target_has_left_the_picture_is_kept_and_not_told():
    meetings = PairEpisodes(grace_s=60)
    assert len(meetings.update(pair_at(0), np.array([0]), np.array([1]))) == 1
    alone = pair_at(10)
    alone.slots = np.array([4])
    assert meetings.update(alone, np.array([], int), np.array([], int)) == []
    alone.slots = np.array([], int)
    assert meetings.update(alone, np.array([], int), np.array([], int)) == []
    assert len(meetings.update(pair_at(60), np.array([], int), np.array([], int))) == 1
    assert OfPairs.grace_s == 300


def test_a_meeting_is_found_again_by_its_row_and_the_other_number():
    rule = OfPairs.__new__(OfPairs)
    rule._now = [("a", 0, 1), ("b", 0, 2), ("c", 1, 2)]
    view = SimpleNamespace(mmsi=np.array([10, 11, 12]), suffix=lambda row: "")
    assert rule.meeting_of(view, Candidate(0, 10, 0, "12"))[0] == "b"
    assert rule.meeting_of(view, Candidate(1, 11, 0, "12"))[0] == "c"


def test_offshore_is_where_ports_and_coast_are_known_to_be_far():
    view = seen(port_m=[1000.0, 999.0, 1000.0, np.nan], coast_m=[500.0, 500.0, 499.0, 500.0])
    assert pairing.offshore(view, 1000.0, 500.0).tolist() == [True, False, False, False]


def test_contacts_are_dark_from_a_probability_on():
    view = seen(
        slots=np.arange(3), contacts=SimpleNamespace(p_dark=np.array([0.8, 0.79])),
        contact_rows=lambda: (np.array([1, 2]), np.array([0, 1])),
    )  # fmt: skip
    assert pairing.dark(view, 0.8).tolist() == [False, True, False]
    none = seen(slots=np.arange(2), contacts=None)
    assert pairing.dark(none, 0.8).tolist() == [False, False]


def spot(*found, grace_s: float = 100, near_m: float = 1000) -> Spots:
    spots = Spots(near_m, grace_s)
    for t_s, north_m in found:
        view = seen(t_ms=T0_MS + 1000 * t_s, slots=[3], is_contact=[False], source=[0], seq=[1], last_ms=[0])
        lat = 51.0 + np.degrees(north_m / common.EARTH_RADIUS_M)
        spots.update(view, [] if np.isnan(north_m) else [(1.4, lat, [0])])
    return spots


def test_what_is_found_near_a_spot_is_the_same_until_it_has_not_been_for_the_grace():
    assert len(spot((0, 0.0), (10, 990.0)).held) == 1
    assert len(spot((0, 0.0), (10, 1010.0)).held) == 2
    assert spot((0, 0.0), (10, 0.0)).held[0].held_s == 10
    assert len(spot((0, 0.0), (100, np.nan)).held) == 1
    assert len(spot((0, 0.0), (110, np.nan)).held) == 0


def test_places_near_the_middle_of_others_are_with_them():
    deg = float(np.degrees(1000 / common.EARTH_RADIUS_M))
    assert clusters(np.full(3, 1.4), 51.0 + deg * np.array([0.0, 0.99, 3.0]), 1000.0) == [[0, 1], [2]]
    assert clusters(np.full(2, 1.4), 51.0 + deg * np.array([0.0, 1.01]), 1000.0) == [[0], [1]]
    assert clusters(np.full(3, 1.4), 51.0 + deg * np.array([0.0, 3.0, 2.5]), 1000.0) == [[0], [1, 2]]


def trip(kind: str, mmsi: int, place: str, t_s: int = 0) -> TrackEvent:
    t_ms = T0_MS + 1000 * t_s
    return TrackEvent(t_ms, t_ms, kind, mmsi, 1.6, 50.9, "", {"place": place})


def test_who_set_out_from_a_beach_is_remembered_until_it_arrives(areas):
    beach = next(place.id for place in areas.places if place.kind == "beach")
    port = next(place.id for place in areas.places if place.kind == "port")
    origins = Origins(keep_s=3600)
    origins.take([trip(DEPARTED, 1, beach), trip(APPEARED, 2, beach), trip(DEPARTED, 3, "unknown"),
                  trip(DEPARTED, 4, port), trip(DEPARTED, 5, beach), trip(ARRIVED, 5, port)])  # fmt: skip
    assert {mmsi: origin.seen for mmsi, origin in origins.by_mmsi.items()} == {1: True, 2: False, 4: True}

    def there(t_s: int) -> list[int]:
        since = SimpleNamespace(first_ms=np.array([T0_MS - 10**8]))  # long enough ago for all to have been heard
        table = SimpleNamespace(slots=lambda mmsi: mmsi.astype(np.int32), n=1, arrays=since)
        view = seen(t_ms=T0_MS + 1000 * t_s, areas=areas, table=table, slots=[1, 4], mmsi=[1, 4])
        return [view.mmsi[row] for row, _, _ in origins.rows(view)]

    assert there(3600) == [1]
    assert there(3601) == []
