"""When a new MMSI is taken for the hull of another that fell silent, and when not."""

import numpy as np
import pytest

from surveil.config import TracksConfig
from surveil.kernels.geodesy import destination_deg_array
from surveil.kernels.tracks import KN
from surveil.schema import CLASS_A, Positions, Statics
from surveil.tracks.links import SILENT_S, WINDOW_S, Links
from surveil.tracks.table import TrackTable

T0_MS = 1_773_525_600_000
OLD, NEW, OTHER = 235_000_001, 311_000_001, 244_000_001
LON, LAT, COURSE_DEG = 1.4, 51.0, 45.0
HULL = {"callsign": b"SIM1", "name": b"SIM ALPHA", "to_bow_m": 90.0, "to_stern_m": 10.0}


def sailing(mmsi, t_s, speed_kn=12.0, off_m=0.0, course_deg=COURSE_DEG) -> Positions:
    """Reports of a hull on one straight line from (LON, LAT) at second 0, ``off_m`` ahead of it."""
    t_s = np.asarray(t_s, np.float64)
    n = len(t_s)
    along = np.full(n, COURSE_DEG)
    lon, lat = destination_deg_array(np.full(n, LON), np.full(n, LAT), along, 12.0 * KN * t_s + off_m)
    if speed_kn == 0:
        lon, lat = np.full(n, LON), np.full(n, LAT)
    return Positions.build(
        t_ms=T0_MS + (t_s * 1000).astype(np.int64), mmsi=np.full(n, mmsi), ais_class=np.full(n, CLASS_A), lon=lon,
        lat=lat, sog_kn=np.full(n, speed_kn), cog_deg=np.full(n, course_deg), digest=np.arange(n),
    )  # fmt: skip


def statics(mmsi, t_s, **columns) -> Statics:
    return Statics.build(t_ms=[T0_MS + t_s * 1000], mmsi=[mmsi], **{k: [v] for k, v in columns.items()})


def events_of(positions: list[Positions], said: list[Statics], end_s: int = 2400, checkpoint_s: int | None = None):
    """Every event over a table fed in ticks of 10 s."""
    table, links, found = TrackTable(TracksConfig()), Links(), []
    moves, words = Positions.concat(positions), Statics.concat(said)
    moves = moves.take(np.argsort(moves.t_ms, kind="stable"))
    for t_ms in range(T0_MS + 10_000, T0_MS + end_s * 1000, 10_000):
        for rows, apply in ((words, table.apply_statics), (moves, table.apply_positions)):
            apply(rows.take((rows.t_ms >= t_ms - 10_000) & (rows.t_ms < t_ms)))
        found += links.tick(t_ms, table)
        if checkpoint_s is not None and t_ms == T0_MS + checkpoint_s * 1000:
            state, links = links.state(), Links()
            links.restore(state)
    return found


def renamed(gap_s=120, hull=HULL, speed_kn=12.0, off_m=0.0, course_deg=COURSE_DEG, **more):
    """OLD until second 600, NEW after a gap; both tell their hull."""
    positions = [
        sailing(OLD, np.arange(0, 600, 10), speed_kn),
        sailing(NEW, np.arange(600 + gap_s, 2000, 10), speed_kn, off_m, course_deg),
    ]
    return positions + more.get("positions", []), [statics(OLD, 60, **HULL), statics(NEW, 900, **hull)]


@pytest.mark.parametrize("speed_kn", [12.0, 0.0])
@pytest.mark.parametrize("gap_s", [20, 120, 290])
def test_a_hull_under_a_new_number_is_linked_to_the_old_one(gap_s, speed_kn):
    (event,) = events_of(*renamed(gap_s, speed_kn=speed_kn))
    assert (event.kind, event.mmsi, event.facts["mmsi_before"]) == ("mmsi_changed", NEW, OLD)
    assert event.t_ms == T0_MS + (600 + gap_s) * 1000
    assert event.found_ms >= T0_MS + (590 + SILENT_S) * 1000


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("another hull, by all it says", {"hull": {"callsign": b"SIM2", "name": b"SIM BRAVO", "to_bow_m": 40.0}}),
        ("nothing said", {"hull": {}}),
        ("far from where it should be", {"off_m": 5000.0}),
        ("silent too long", {"gap_s": WINDOW_S + 60}),
    ],
)
def test_no_link_without_the_same_place_and_the_same_word(why, changed):
    assert events_of(*renamed(**changed)) == [], why


def test_no_link_while_the_old_number_goes_on():
    both = {"positions": [sailing(OLD, np.arange(800, 2000, 60))]}
    assert events_of(*renamed(120, **both)) == []


def test_of_two_that_fell_silent_the_one_that_says_the_same_is_linked():
    near = sailing(OTHER, np.arange(0, 600, 10), off_m=30.0)
    positions, said = renamed(positions=[near])
    said.append(statics(OTHER, 70, callsign=b"SIM9", name=b"SIM OTHER", to_bow_m=30.0, to_stern_m=5.0))
    assert [e.facts["mmsi_before"] for e in events_of(positions, said)] == [OLD]


@pytest.mark.parametrize("checkpoint_s", [500, 730, 890])
def test_a_checkpoint_while_a_pair_is_watched_changes_nothing(checkpoint_s):
    positions, said = renamed()
    assert events_of(positions, said, checkpoint_s=checkpoint_s) == events_of(positions, said)


def test_a_number_heard_only_every_six_minutes_must_be_silent_for_longer():
    positions = [sailing(OLD, np.arange(0, 3600, 360), 0.0), sailing(NEW, np.arange(3400, 6000, 60), 0.0)]
    said = [statics(OLD, 60, **HULL), statics(NEW, 3600, **HULL)]
    (event,) = events_of(positions, said, 6000)
    assert T0_MS + (3240 + 4 * 360 - 10) * 1000 <= event.found_ms <= T0_MS + (3240 + 4 * 360 + 20) * 1000
