"""What a scenario becomes: a world that obeys it, and a folder that says the truth about it."""

import dataclasses
import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.simulate.produce import simulate
from surveil.simulate.scenario import Boats, Faults, Jamming, Scenario, Station, Traffic, Weather
from surveil.simulate.settings import Series
from surveil.simulate.vessels import M_PER_DEG
from surveil.simulate.waters import land, waters
from surveil.simulate.world import build_world
from surveil.sources.files import open_sources

START_MS = 1_777_752_000_000
HOUR_MS = 3_600_000


def boat(**keys) -> Boats:
    return Boats(**{"beach": "wissant", "launch_h": 0.5} | keys)


NIGHT = Scenario(
    name="test", start=START_MS, hours=5.0, seed=3,
    weather=Weather(wind_kn=Series((0.0,), (8.0,))),
    traffic=Traffic(lane_ships_per_day=240),
    faults=Faults(duplicates=0.05, cloned_mmsis=1, wrong_static=0.2, jamming=(Jamming((1.6, 51.02), 6, 1, 2),)),
    boats=(
        boat(engine_failure_after_h=1.5, calls_after_h=2.0, persons=48),
        boat(beach="sangatte", heading_deg=305.0, carries_ais=True, silent_after_h=1.0),
        boat(sector="Calais-Sangatte", beach=None, count=2, calls_after_h=1.0, pick_up_after_h=3.0),
    ),
    stations=(Station("SIM-DOVER", (1.343, 51.133), height_m=120.0), Station("SIM-LOW", (1.583, 50.869), height_m=9.0)),
)  # fmt: skip


@pytest.fixture(scope="module")
def world():
    return build_world(NIGHT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "night"
    simulate(NIGHT, path)
    return path


def of_kind(world, *kinds):
    return [body for body in world.bodies if body.ship.kind in kinds]


def times(body, kind):
    return [(e.t_ms - START_MS) / HOUR_MS for e in body.events if e.kind == kind]


def table(folder, name):
    return pq.read_table(folder / "truth" / f"{name}.parquet").to_pandas()


def test_nobody_crosses_land(world):
    for body in world.bodies:
        if body.ship.kind not in ("base station", "small craft"):
            assert not waters().on_land(body.track.lon, body.track.lat).any(), body.ship.name
            way = shapely.linestrings(body.track.lon, body.track.lat)
            assert not shapely.intersects(land(), way), body.ship.name


def test_boats_cross_no_land_but_end_at_it(world):
    for body in of_kind(world, "small craft"):
        assert not waters().on_land(body.track.lon[:-1], body.track.lat[:-1]).any(), body.ship.name


def test_as_many_ships_go_through_as_are_wanted():
    scenario = dataclasses.replace(NIGHT, hours=12.0, boats=(), traffic=Traffic(fishing_groups=0, yachts=0, ferries=0))
    ships = of_kind(build_world(scenario), "lane traffic")
    moving = [b for b in ships if b.track.sog_kn.max() > 2]
    middle = [b for b in moving if b.track.lon.min() < 1.4 < b.track.lon.max()]
    assert 0.8 * 225 < len(middle) < 1.2 * 225


def test_fishers_tow_until_the_end():
    alone = Traffic(lane_ships_per_day=0, yachts=0, ferries=0, fishing_groups=2)
    scenario = dataclasses.replace(NIGHT, hours=10.0, boats=(), traffic=alone)
    fishers = of_kind(build_world(scenario), "fishing")
    assert fishers and all(body.track.t_ms[-1] >= scenario.end_ms - 10_000 for body in fishers)


def test_ships_keep_to_their_lanes_and_go_with_the_flow(world):
    angles = [e.angle_deg for b in of_kind(world, "lane traffic") for e in b.events if e.kind == "lane_entry"]
    assert np.mean(np.array(angles) < 30) > 0.95


def test_tracks_are_whole_steps_within_the_span_and_the_area(world):
    west, south, east, north = NIGHT.area
    for body in world.bodies:
        track = body.track
        assert (np.diff(track.t_ms) == 10_000).all() and (track.t_ms % 10_000 == 0).all(), body.ship.name
        assert track.t_ms[0] >= START_MS and track.t_ms[-1] < NIGHT.end_ms
        if body.ship.kind == "lane traffic":
            assert west - 0.01 < track.lon.min() and track.lon.max() < east + 0.01
            assert south - 0.01 < track.lat.min() and track.lat.max() < north + 0.01


def test_nobody_jumps(world):
    for body in world.bodies:
        east = np.diff(body.track.lon) * M_PER_DEG * np.cos(np.radians(51))
        speed_kn = np.hypot(east, np.diff(body.track.lat) * M_PER_DEG) / 10 / (1852 / 3600)
        assert speed_kn.max(initial=0) < 45, body.ship.name


def test_who_calls_is_met_by_a_craft_that_was_sent(world):
    first = of_kind(world, "small craft")[0]
    (call,), (met,) = times(first, "call"), times(first, "pick_up")
    assert call == pytest.approx(2.5) and call < met < call + 2.5
    assert first.track.t_ms[-1] == START_MS + round(met * HOUR_MS)
    near = []
    for craft in of_kind(world, "rescue", "patrol"):
        row = np.flatnonzero(craft.track.t_ms == first.track.t_ms[-1])
        apart = np.hypot(
            (craft.track.lon[row] - first.track.lon[-1]) * 0.63, craft.track.lat[row] - first.track.lat[-1]
        )
        near += [craft for d in apart if d * 60 < 0.1]
    assert len(near) == 1 and met in [pytest.approx(t) for t in times(near[0], "pick_up")]


def test_a_boat_whose_pick_up_is_set_is_shadowed_until_then(world):
    for body in of_kind(world, "small craft")[2:]:
        assert times(body, "pick_up") == [pytest.approx(3.5, abs=0.01)]


def test_with_nobody_to_send_a_boat_drifts_on():
    scenario = dataclasses.replace(
        NIGHT, boats=NIGHT.boats[:1], traffic=Traffic(lane_ships_per_day=0, rescue_craft=0, patrols=0, ferries=0)
    )
    (body,) = of_kind(build_world(scenario), "small craft")
    assert times(body, "call") and not times(body, "pick_up")
    assert body.adrift[-1] and not body.adrift[0]
    assert body.track.t_ms[-1] == scenario.end_ms - 10_000


def test_the_ais_of_a_boat_ends_when_it_falls_silent(world):
    boat = of_kind(world, "small craft")[1]
    assert boat.ship.mmsi and boat.on_air == ((START_MS + HOUR_MS // 2, START_MS + 3 * HOUR_MS // 2),)
    assert times(boat, "silence") == [1.5]
    assert [b.ship.mmsi for b in of_kind(world, "small craft")].count(0) == 3


def test_a_clone_uses_the_number_of_another_ship(world):
    (clone,) = [b for b in world.bodies if any(e.kind == "cloned" for e in b.events)]
    assert sum(b.ship.mmsi == clone.ship.mmsi for b in world.bodies) == 2


def test_names_begin_with_sim_and_numbers_are_unique_but_for_the_clone(world):
    assert all(b.ship.name.startswith("SIM ") for b in world.bodies)
    numbers = [b.ship.mmsi for b in world.bodies if b.ship.mmsi]
    assert len(numbers) == len(set(numbers)) + 1
    assert len({b.ship.name for b in world.bodies}) == len(world.bodies)


def test_the_same_seed_gives_the_same_hashes_and_another_seed_others(folder, tmp_path):
    short = dataclasses.replace(NIGHT, hours=0.5, boats=(boat(launch_h=0.1),))
    once, again = (simulate(short, tmp_path / name) for name in ("once", "again"))
    other = simulate(dataclasses.replace(short, seed=4), tmp_path / "other")
    assert (
        once == again
        and (tmp_path / "once" / "manifest.json").read_bytes() == (tmp_path / "again" / "manifest.json").read_bytes()
    )
    assert other["sha256"]["ais/SIM-DOVER.nmea"] != once["sha256"]["ais/SIM-DOVER.nmea"]


def test_the_manifest_names_every_file_by_its_hash(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}
    assert manifest["simulated"] is True and manifest["seed"] == 3 and set(manifest["sha256"]) == files
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_truth_holds_every_object_every_ten_seconds(folder, world):
    objects, positions = table(folder, "objects"), table(folder, "positions")
    assert objects["object"].tolist() == list(range(len(world.bodies)))
    assert (positions["t_ms"] % 10_000 == 0).all()
    for number, rows in positions.groupby("object"):
        assert np.abs(rows["lon"].to_numpy() - world.bodies[number].track.lon).max() < 1e-6
    boats = objects[objects["boat_kind"] != ""]
    assert boats["persons"].tolist()[0] == 48 and (boats["rcs_m2"] == 1.4).all()
    assert boats["carries_ais"].tolist() == [False, True, False, False]


def test_events_say_what_was_planned_and_what_came_of_it(folder):
    events = table(folder, "events")
    kinds = {"launch", "engine_failure", "call", "silence", "pick_up", "alongside", "lane_entry", "lane_exit"}
    assert kinds | {"cloned", "jammed"} <= set(events["kind"])
    assert events["t_ms"].is_monotonic_increasing


def test_what_stations_could_hear_is_never_less_than_what_they_heard_nearby(folder):
    sensed = table(folder, "sensed")
    assert set(sensed["sensor"]) == {"SIM-DOVER", "SIM-LOW"} and (sensed["first_ms"] <= sensed["last_ms"]).all()
    counts = sensed.groupby("sensor")[["opportunities", "detections"]].sum()
    assert (counts["detections"] < counts["opportunities"]).all()
    assert counts.loc["SIM-DOVER", "detections"] > 1.3 * counts.loc["SIM-LOW", "detections"]


def test_a_replay_reads_the_feeds_and_leaves_the_truth_alone(folder):
    ledger = Ledger()
    sources = open_sources([folder], ledger)
    assert [s.name.rsplit("/", 1)[1] for s in sources] == ["SIM-DOVER.nmea", "SIM-LOW.nmea"]
    assert not ledger.skipped
    for source in sources:
        rows = sum(len(part) for batch in source.batches() for _, part, _ in batch.parts())
        assert rows > 10_000 and ledger[source.index].simulated


def test_a_folder_of_another_format_is_refused_by_name(tmp_path):
    (tmp_path / "ais").mkdir()
    (tmp_path / "manifest.json").write_text('{"simulated": true, "format_version": 99}')
    ledger = Ledger()
    assert not open_sources([tmp_path], ledger)
    (problem,) = ledger.problems
    assert isinstance(problem, InputError) and "format 99" in problem.cause


def test_a_jammed_ship_says_that_it_has_no_position(folder, world):
    jammed = [b for b in world.bodies if b.jammed and b.ship.kind == "lane traffic"]
    assert jammed
    ledger = Ledger()
    (source, _) = open_sources([folder], ledger)
    rows = [batch.positions for batch in source.batches()]
    mmsi, t_ms, lon = (np.concatenate([getattr(r, n) for r in rows]) for n in ("mmsi", "t_ms", "lon"))
    begins, ends = jammed[0].jammed[0]
    own = mmsi == jammed[0].ship.mmsi
    during = own & (t_ms > begins + 5000) & (t_ms < ends - 5000)
    assert during.any() and np.isnan(lon[during]).all()
    assert not np.isnan(lon[own & (t_ms < begins - 5000)]).any()
