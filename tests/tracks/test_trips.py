"""Where trips start and end, and what is not known of them."""

import numpy as np
import pytest

from surveil.config import TracksConfig
from surveil.schema import CLASS_ATON, CLASS_B, Positions
from surveil.tracks.table import TrackTable
from surveil.tracks.trips import Trips

T0_MS = 1_773_525_600_000
MMSI = 227_000_001
DOVER, SANGATTE = (1.312, 51.1165), (1.75, 50.945)
MID_CHANNEL = (1.5, 51.03)
FAR_AWAY = (3.0, 55.0), (3.1, 55.0)


def leg(start_s, end_s, at, to=None, sog_kn=0.0, ais_class=CLASS_B) -> Positions:
    t_s = np.arange(start_s, end_s, 30)
    share = np.linspace(0, 1, len(t_s))
    to = at if to is None else to
    lon, lat = (a + share * (b - a) for a, b in zip(at, to, strict=True))
    n = len(t_s)
    return Positions.build(
        t_ms=T0_MS + t_s * 1000, mmsi=np.full(n, MMSI), ais_class=np.full(n, ais_class), lon=lon, lat=lat,
        sog_kn=np.full(n, sog_kn),
    )  # fmt: skip


def events_of(areas, *legs: Positions, checkpoint_s: int | None = None) -> list:
    table, trips, found = TrackTable(TracksConfig()), Trips(areas), []
    rows = Positions.concat(list(legs))
    for t_ms in range(T0_MS + 10_000, int(rows.t_ms[-1]) + 10_001, 10_000):
        table.apply_positions(rows.take((rows.t_ms >= t_ms - 10_000) & (rows.t_ms < t_ms)))
        found += trips.tick(t_ms, table)
        if checkpoint_s is not None and t_ms == T0_MS + checkpoint_s * 1000:
            state, trips = trips.state(), Trips(areas)
            trips.restore(state)
    return found


def crossing(rest_s=900):
    return (
        leg(0, 900, DOVER), leg(900, 8100, DOVER, SANGATTE, 10.0), leg(8100, 8100 + rest_s, SANGATTE),
    )  # fmt: skip


def test_a_trip_seen_from_berth_to_beach_has_both_ends(areas):
    departed, arrived = events_of(areas, *crossing())
    assert (departed.kind, departed.facts["place"], departed.t_ms) == (
        "departed",
        "dover-western-docks",
        T0_MS + 900_000,
    )
    assert (arrived.kind, arrived.facts["place"]) == ("arrived", "sangatte")
    assert (arrived.facts["origin"], arrived.facts["left_ms"]) == ("dover-western-docks", departed.t_ms)


def test_what_is_first_heard_under_way_off_a_beach_says_so_and_no_origin(areas):
    appeared, arrived = events_of(areas, leg(0, 5000, SANGATTE, MID_CHANNEL, 5.0), leg(5000, 6000, MID_CHANNEL))
    assert (appeared.kind, appeared.facts["place"]) == ("appeared", "sangatte")
    assert "origin is unknown" in appeared.sentence
    assert (arrived.facts["place"], arrived.facts["origin"]) == ("unknown", "not seen")


def test_away_from_every_place_the_ends_are_unknown(areas):
    legs = leg(0, 900, FAR_AWAY[0]), leg(900, 2200, *FAR_AWAY, 10.0)
    (departed,) = events_of(areas, *legs)
    assert departed.facts == {"place": "unknown", "place_m": None}


@pytest.mark.parametrize(
    ("why", "legs"),
    [
        ("a lock or a wave", [leg(0, 900, DOVER), leg(900, 930, DOVER, sog_kn=3.0), leg(930, 1800, DOVER)]),
        ("a short stop", [leg(0, 900, MID_CHANNEL, sog_kn=8.0), leg(900, 1100, MID_CHANNEL),
                          leg(1100, 2000, MID_CHANNEL, sog_kn=8.0)]),
        ("between rest and under way", [leg(0, 900, DOVER), leg(900, 3000, DOVER, sog_kn=1.2)]),
        ("no speed", [leg(0, 900, DOVER), leg(900, 3000, DOVER, sog_kn=np.nan)]),
        ("a buoy", [leg(0, 900, DOVER, ais_class=CLASS_ATON), leg(900, 2000, DOVER, sog_kn=5.0, ais_class=CLASS_ATON)]),
    ],
)  # fmt: skip
def test_no_trip(areas, why, legs):
    assert events_of(areas, *legs) == [], why


def test_after_a_long_silence_nothing_is_known_of_the_origin(areas):
    first, second, third = crossing()
    late = leg(6000, 8100, MID_CHANNEL, SANGATTE, 10.0)
    departed, arrived = events_of(areas, first, second.take(slice(0, 60)), late, third)
    assert departed.kind == "departed"
    assert (arrived.facts["place"], arrived.facts["origin"]) == ("sangatte", "not seen")


@pytest.mark.parametrize("checkpoint_s", [600, 930, 5000, 8200])
def test_a_checkpoint_anywhere_changes_nothing(areas, checkpoint_s):
    assert events_of(areas, *crossing(), checkpoint_s=checkpoint_s) == events_of(areas, *crossing())
