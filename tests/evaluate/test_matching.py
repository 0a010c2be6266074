"""What counts as found: every rule of docs/evaluation.md on a sea with a handful of objects."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from surveil.evaluate.claims import CLAIMS, LATE_MS, OTHERWISE, passage_kind, spells_of
from surveil.evaluate.danger import most_endangered
from surveil.evaluate.matching import BESIDE, FALSE, NOTHING, RIGHT, UNKNOWN, Said, _said, match
from surveil.evaluate.scores import Night, score, summarise, wilson
from surveil.evaluate.truth import Course, Event, Subject, Truth
from surveil.registry import rule_classes

T0_MS, HOUR_MS = 1_773_000_000_000, 3_600_000
NM_DEG = 1 / 60
"""A nautical mile of latitude in degrees."""


def course(lat, lon=1.5, start_h=0.0, end_h=6.0, north_kn=0.0, adrift=False) -> Course:
    t_ms = np.arange(T0_MS + int(start_h * HOUR_MS), T0_MS + int(end_h * HOUR_MS) + 1, 10_000)
    there = np.full(len(t_ms), float(lon)), lat + (t_ms - t_ms[0]) / HOUR_MS * north_kn * NM_DEG
    return Course(t_ms, *there, np.full(len(t_ms), north_kn), np.zeros(len(t_ms)), np.full(len(t_ms), adrift))


def boat(number, lat, events=(), mmsi=0, **where) -> Subject:
    where = course(lat, **where)
    return Subject(
        number, f"B{number}", mmsi, "small craft", "inflatable", bool(mmsi), True, where, events, int(where.t_ms[0])
    )


def ship(number, lat, kind="lane traffic", mmsi=0, events=(), **where) -> Subject:
    return Subject(
        number, f"S{number}", mmsi, kind, "", bool(mmsi), kind != "real ship", course(lat, **where), events, None,
        length_m=150.0,
    )  # fmt: skip


def passes_at(hour: float) -> Subject:
    """A ship that passes 51° N at an hour, half a mile off."""
    return ship(2, 51.0 - hour * 10 * NM_DEG, north_kn=10.0, lon=1.5 + 0.8 * NM_DEG)


def alert(rule, lat=np.nan, hour=3.0, mmsi=0, lon=1.5, placed_h=None, id="a", risk=np.nan) -> Said:
    raised_ms = T0_MS + int(hour * HOUR_MS)
    placed_ms = raised_ms if placed_h is None else T0_MS + int(placed_h * HOUR_MS)
    lon = np.nan if np.isnan(lat) else lon
    return Said(id, rule, mmsi, raised_ms, raised_ms, raised_ms, placed_ms, lon, lat, risk=risk)


def truth_of(*subjects, sea_state=((0, 2),)) -> Truth:
    states = [[T0_MS + h * HOUR_MS, state] for h, state in sea_state]
    manifest = {"start_ms": T0_MS, "end_ms": T0_MS + 6 * HOUR_MS, "seed": 1, "sea_state": states}
    return Truth(Path("made"), manifest, subjects)


def matched(truth, *alerts):
    return match(list(alerts), truth, spells_of(truth))


def scored(truth, *alerts, rules=()) -> Night:
    spells = spells_of(truth)
    return score(match(list(alerts), truth, spells), truth, spells, rules)


def test_an_alert_that_names_a_vessel_is_about_it_even_if_another_is_nearer():
    truth = truth_of(boat(0, 51.0, mmsi=235990001), boat(1, 51.2))
    (found,) = matched(truth, alert("small_craft_crossing", 51.2, mmsi=235990001))
    assert (found.subject, found.outcome) == (0, RIGHT)
    assert found.away_m == pytest.approx(12 * 1852, rel=0.01)


def test_of_two_with_one_number_the_nearer_is_meant():
    truth = truth_of(ship(0, 51.0, mmsi=5), ship(1, 51.2, mmsi=5))
    assert matched(truth, alert("lane", 51.19, mmsi=5))[0].subject == 1


@pytest.mark.parametrize(("miles", "outcome"), [(0.97, RIGHT), (1.03, FALSE)])
def test_an_alert_without_a_number_finds_a_boat_within_a_mile(miles, outcome):
    (found,) = matched(truth_of(boat(0, 51.0)), alert("dark_contact", 51.0 + miles * NM_DEG))
    assert (found.outcome, found.what) == (outcome, "inflatable" if outcome == RIGHT else NOTHING)


def test_of_two_boats_the_nearer_is_found_and_of_a_boat_and_a_nearer_ship_the_boat():
    truth = truth_of(boat(0, 51.0), boat(1, 51.01), ship(2, 51.0001))
    assert matched(truth, alert("dark_contact", 51.0004))[0].subject == 0
    assert matched(truth, alert("dark_contact", 51.0096))[0].subject == 1


def test_a_number_that_nobody_has_says_nothing_and_the_place_counts():
    assert matched(truth_of(boat(0, 51.0)), alert("dark_contact", 51.0, mmsi=999))[0].outcome == RIGHT


def test_a_false_alert_says_what_it_was():
    (found,) = matched(truth_of(ship(0, 51.0, "yacht", mmsi=7)), alert("small_craft_crossing", 51.0, mmsi=7))
    assert (found.outcome, found.what) == (FALSE, "yacht")


def test_of_real_vessels_of_a_recording_nobody_says_that_an_alert_was_false():
    truth = truth_of(ship(0, 51.0, "real ship", mmsi=7), boat(1, 51.5), ship(2, 52.0, "rescue", mmsi=8))
    said = [alert("silence", 51.0, mmsi=m) for m in (7, 9)] + [alert("silence", 52.0, mmsi=8), alert("dark", 40.0)]
    assert [m.outcome for m in matched(truth, *said)] == [UNKNOWN, UNKNOWN, FALSE, FALSE]
    figures = summarise([scored(truth, *said)])
    assert (figures["alerts"], figures["unknown"], figures["false_alerts"]) == (4, 2, 2)


def test_an_alert_on_a_boat_for_a_reason_that_is_not_true_of_it_is_beside_the_point():
    truth = truth_of(boat(0, 51.0, mmsi=7))
    assert matched(truth, alert("lane", 51.0, mmsi=7))[0].outcome == BESIDE
    night = scored(truth, alert("lane", 51.0, hour=2, mmsi=7), alert("small_craft_crossing", 51.0, mmsi=7))
    (row,) = night.boats
    assert (row.alert_ms - T0_MS, row.right_ms - T0_MS) == (2 * HOUR_MS, 3 * HOUR_MS)
    assert summarise([night])["false_alerts"] == 0


def test_a_boat_is_not_found_before_its_launch_nor_long_after_its_rescue():
    launch, rescue = Event("launch", T0_MS + HOUR_MS, "", np.nan), Event("pick_up", T0_MS + 3 * HOUR_MS, "", np.nan)
    truth = truth_of(boat(0, 51.0, (launch, rescue)))
    late_h = LATE_MS / HOUR_MS
    outcomes = {h: matched(truth, alert("dark_contact", 51.0, h))[0].outcome for h in (0.5, 2, 3 + late_h / 2, 3.5)}
    assert list(outcomes.values()) == [FALSE, RIGHT, RIGHT, FALSE]


def test_a_place_is_compared_with_where_the_boat_was_when_it_was_said():
    truth = truth_of(boat(0, 51.0, mmsi=7, north_kn=4))
    moved = alert("small_craft_crossing", 51.0 + 8 * NM_DEG, hour=1, mmsi=7, placed_h=2)
    assert matched(truth, moved)[0].away_m < 30


def test_a_boat_is_found_once_and_what_follows_is_a_repeat():
    night = scored(truth_of(boat(0, 51.0)), *(alert("dark_contact", 51.0, h, id=str(h)) for h in (1, 2, 3)))
    figures = summarise([night])
    assert (figures["boats_found"], figures["right"], figures["repeats"]) == (1, 3, 2)
    assert [a.repeat for a in night.alerts] == [False, True, True]


def test_a_silence_is_right_while_it_lasts():
    silent = ship(0, 51.0, mmsi=7, events=(Event("silence", T0_MS + HOUR_MS, "", np.nan),))
    again = Event("silence_end", T0_MS + 2 * HOUR_MS, "", np.nan)
    ended = dataclasses.replace(silent, events=(*silent.events, again))
    assert matched(truth_of(silent), alert("silence", 51.0, 3, mmsi=7))[0].outcome == RIGHT
    assert matched(truth_of(ended), alert("silence", 51.0, 3, mmsi=7))[0].outcome == FALSE
    assert matched(truth_of(silent), alert("silence", 51.0, 0.5, mmsi=7))[0].outcome == FALSE


def test_a_passage_is_judged_by_its_angle():
    kinds = [passage_kind(a) for a in (0, 29, 31, 59, 61, 90, 119, 121, 134, 136, 180)]
    assert kinds == ["", "", "oblique", "oblique", "", "", "", "oblique", "oblique", "against", "against"]


def test_a_passage_counts_from_entry_to_exit():
    events = (Event("lane_entry", T0_MS + HOUR_MS, "sw", 170.0), Event("lane_exit", T0_MS + 2 * HOUR_MS, "sw", 170.0))
    truth = truth_of(ship(0, 51.0, mmsi=7, events=events))
    outcomes = [matched(truth, alert("lane", 51.0, h, mmsi=7))[0].outcome for h in (0.5, 1.5, 2.5)]
    assert outcomes == [FALSE, RIGHT, FALSE]


def test_a_beacon_finds_the_boat_it_is_on_and_is_found_itself():
    sart = ship(1, 51.0, "SART", mmsi=970990001, events=(Event("sart_on", T0_MS, "", np.nan),))
    night = scored(
        truth_of(boat(0, 51.001), sart), alert("distress", 51.0, mmsi=970990001), rules=["distress"]
    )  # fmt: skip
    figures = summarise([night])
    assert (figures["boats_found"], figures["by_rule"]["distress"]["pd"]) == (1, 1.0)


def test_a_beacon_that_has_sent_no_place_is_known_by_its_number():
    sart = ship(0, 51.0, "SART", mmsi=970990001, events=(Event("sart_on", T0_MS, "", np.nan),))
    assert matched(truth_of(sart), alert("distress", mmsi=970990001))[0].outcome == RIGHT


def test_what_a_rule_should_have_found_and_did_not_lowers_its_pd():
    adrift = [ship(i, 51.0 + i, mmsi=i + 1, adrift=True) for i in range(4)]
    night = scored(truth_of(*adrift), alert("loitering", 51.0, mmsi=1), rules=["loitering"])
    rule = summarise([night])["by_rule"]["loitering"]
    assert (rule["cases"], rule["cases_found"], rule["pd"]) == (4, 1, 0.25)


def test_the_table_has_no_rule_that_does_not_exist_and_others_are_taken_to_look_for_boats():
    assert CLAIMS.keys() <= rule_classes().keys()
    assert OTHERWISE.spells == ("boat",)


def test_boats_and_false_alerts_are_split_by_the_sea_state_of_their_time():
    truth = truth_of(boat(0, 51.0), boat(1, 52.0, start_h=4), sea_state=((0, 1), (3, 4)))
    night = scored(truth, alert("dark_contact", 52.0, 5), alert("dark_contact", 40.0, 1))
    split = summarise([night])["by_sea_state"]
    assert [(split[s]["days"], split[s]["pd"], split[s]["false_alerts_per_day"]) for s in ("1", "4")] == [
        (0.125, 0.0, 8.0), (0.125, 1.0, 0.0),
    ]  # fmt: skip


def test_an_alert_placed_soon_after_a_boat_landed_is_about_it_and_one_placed_later_is_not():
    landed = boat(0, 51.0, (Event("landing", T0_MS + 2 * HOUR_MS, "", np.nan),), end_h=2.0)
    late_h = LATE_MS / HOUR_MS
    outcomes = [
        matched(truth_of(landed), alert("dark_contact", 51.001, 1.9, placed_h=2 + share * late_h))[0].outcome
        for share in (0.9, 1.1)
    ]
    assert outcomes == [RIGHT, FALSE]


def test_a_boat_that_nothing_could_show_is_no_miss_but_counts_in_the_share_of_all():
    unseen = dataclasses.replace(boat(1, 52.0), sensed_ms=None)
    figures = summarise([scored(truth_of(boat(0, 51.0), unseen), alert("dark_contact", 51.0))])
    assert (figures["boats"], figures["boats_sensed"], figures["boats_found"]) == (2, 1, 1)
    assert (figures["pd"], figures["pd_of_all"]) == (1.0, 0.5)


def test_radars_are_judged_by_boats_of_some_length_from_when_a_radar_first_could_see_them():
    seen_ms = T0_MS + HOUR_MS
    long, short = (
        dataclasses.replace(boat(i, 51.0 + i), radar_ms=seen_ms, length_m=m) for i, m in ((0, 8.0), (1, 4.0))
    )
    by_radar = summarise([scored(truth_of(long, short, boat(2, 53.0)), alert("dark_contact", 51.0, 1.5))])["by_radar"]
    assert (by_radar["boats"], by_radar["boats_found"], by_radar["minutes"]["median"]) == (1, 1, 30.0)


def test_the_boat_adrift_is_in_more_danger_than_the_one_that_a_ship_passes_and_that_than_the_third():
    passing, third = boat(0, 51.0), boat(1, 51.5)
    truth = truth_of(passing, third, ship(2, 51.002))
    assert most_endangered(truth).object == 0
    assert (
        most_endangered(
            truth_of(passing, dataclasses.replace(third, course=course(51.5, adrift=True)), ship(2, 51.002))
        ).object
        == 1
    )
    assert most_endangered(truth_of(dataclasses.replace(passing, sensed_ms=None))) is None


def test_what_befell_a_boat_before_anything_could_show_it_makes_it_no_more_endangered():
    early, other = boat(0, 51.0), boat(1, 51.5)
    truth = truth_of(early, other, ship(2, 51.002, end_h=1.0), ship(3, 51.51))
    assert most_endangered(truth).object == 0
    late = dataclasses.replace(early, sensed_ms=T0_MS + 2 * HOUR_MS)
    assert most_endangered(truth_of(late, *truth.subjects[1:])).object == 1


@pytest.mark.parametrize(
    ("hour", "miles", "outcome"), [(2.9, 0.1, RIGHT), (2.9, 0.3, FALSE), (2.5, 0.1, FALSE), (3.1, 0.1, FALSE)]
)
def test_a_collision_told_of_a_yacht_is_right_if_the_ship_then_passed_so_close(hour, miles, outcome):
    yacht = dataclasses.replace(ship(0, 51.0, kind="yacht", mmsi=5), length_m=11.0)
    passes = ship(1, 51.0 - 0.5, north_kn=10.0, lon=1.5 + miles * NM_DEG / np.cos(np.radians(51.0)))
    (found,) = matched(truth_of(yacht, passes), alert("collision", 51.0, hour, mmsi=5))
    assert found.outcome == outcome


@pytest.mark.parametrize(("risks", "first"), [((0.9, 0.5), 1), ((0.5, 0.9), 0), ((0.5, 0.5), 0)])
def test_the_list_begins_with_the_highest_risk_and_of_equals_the_earlier(risks, first):
    truth = truth_of(boat(0, 51.0), boat(1, 51.5), passes_at(4.0))
    said = [alert("dark_contact", 51.0, risk=risks[0], id="a"), alert("dark_contact", 51.5, risk=risks[1], id="b")]
    said = [said[0], dataclasses.replace(said[1], raised_ms=said[1].raised_ms - HOUR_MS)]
    counted = summarise([scored(truth, *said)])["endangered_first"]
    assert counted == {"nights": 1, "first": first, "first_of_all": first}


@pytest.mark.parametrize(("raised_h", "closed_h", "first"), [(1.0, 6.0, 0), (1.0, 2.0, 1), (5.0, 6.0, 1)])
def test_the_list_is_that_of_open_alerts_when_the_danger_was_greatest(raised_h, closed_h, first):
    truth = truth_of(boat(0, 51.0), boat(1, 51.5), passes_at(4.0))
    other = dataclasses.replace(alert("dark_contact", 51.5, raised_h, risk=0.9), closed_ms=T0_MS + closed_h * HOUR_MS)
    counted = summarise([scored(truth, other, alert("dark_contact", 51.0, risk=0.5, id="b"))])["endangered_first"]
    assert counted == {"nights": 1, "first": first, "first_of_all": 0}


def test_an_alert_has_the_risk_in_the_list_that_it_had_then():
    truth = truth_of(boat(0, 51.0), boat(1, 51.5), passes_at(4.0))
    rose = ((T0_MS + HOUR_MS, 0.4), (T0_MS + 5 * HOUR_MS, 0.9))
    other = dataclasses.replace(alert("dark_contact", 51.5, 1.0, risk=0.9), risks=rose)
    counted = summarise([scored(truth, other, alert("dark_contact", 51.0, risk=0.5, id="b"))])["endangered_first"]
    assert (counted["first"], counted["first_of_all"]) == (1, 0)


def test_a_boat_adrift_is_in_most_danger_when_a_ship_passes_it_adrift():
    made = course(51.0)
    drifts = dataclasses.replace(made, adrift=made.t_ms >= T0_MS + 3 * HOUR_MS)
    near, far = passes_at(1.0), dataclasses.replace(passes_at(4.5), object=3)
    at_ms = most_endangered(truth_of(dataclasses.replace(boat(0, 51.0), course=drifts), near, far)).at_ms
    assert abs(at_ms - T0_MS - 4.5 * HOUR_MS) < 300_000


def test_an_alert_leaves_the_list_when_it_is_closed_and_not_when_it_is_opened_again():
    history = [{"event": event, "t_ms": t_ms} for t_ms, event in enumerate(("open", "close", "reopen", "close"))]
    row = {"id": "a", "rule": "r", "mmsi": 0, "start": 0, "raised": 0, "end": 2, "lon": None, "lat": None}
    closed_ms = [_said(row | {"history": json.dumps(history[:n])}).closed_ms for n in (1, 2, 3, 4)]
    assert closed_ms == [np.inf, 1.0, np.inf, 3.0]


def test_nights_are_pooled_by_adding_what_is_counted():
    one = scored(truth_of(boat(0, 51.0)), alert("dark_contact", 51.0, 2))
    other = scored(truth_of(boat(0, 51.0)), alert("dark_contact", 40.0), alert("dark_contact", 40.0, 4))
    figures = summarise([one, other])
    assert (figures["pd"], figures["days"], figures["false_alerts_per_day"]) == (0.5, 0.5, 4.0)
    assert figures["median_minutes_to_alert"] == 120


def test_a_night_without_boats_or_alerts_has_no_pd_and_fails_nowhere():
    figures = summarise([scored(truth_of(ship(0, 51.0)))])
    assert (figures["pd"], figures["median_minutes_to_alert"], figures["false_alerts_per_day"]) == (None, None, 0.0)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 4, 0.0456, 0.6994)],
)
def test_the_interval_is_that_of_wilson(found, of, low, high):
    """Figures of R's binom::binom.wilson."""
    assert wilson(found, of) == pytest.approx((low, high), abs=2e-4)


def test_a_night_survives_json():
    night = scored(truth_of(boat(0, 51.0)), alert("dark_contact", 51.0), rules=["dark_contact"])
    assert Night.from_dict(json.loads(json.dumps(night.to_dict()))) == night


def test_the_page_has_every_line_of_the_table():
    page = (Path(__file__).resolve().parents[2] / "docs" / "evaluation.md").read_text("utf-8")
    for rule, claim in CLAIMS.items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{rule}` |") and line.count("|") == 5]
        assert line.split("|")[2].strip() == ", ".join(f"`{kind}`" for kind in claim.spells)
        assert line.split("|")[4].strip() == f"{claim.within_m / 1852:g} nm"


def test_a_contact_without_ais_is_right_of_a_yacht_without_and_false_of_a_ship_with_it():
    truth = truth_of(ship(0, 51.0, kind="yacht"), ship(1, 51.3, mmsi=5))
    yacht, seen = matched(truth, alert("dark_craft", 51.0, mmsi=-7), alert("dark_craft", 51.3, mmsi=-8, id="b"))
    assert (yacht.outcome, seen.outcome) == (RIGHT, FALSE)


def test_of_a_yacht_and_a_small_boat_both_dark_the_boat_is_meant():
    truth = truth_of(ship(0, 51.0, kind="yacht"), boat(1, 51.002))
    assert matched(truth, alert("dark_craft", 51.0, mmsi=-7))[0].subject == 1
