"""Scenes of the rules about one craft; what each pins is told in tests/rules/pins.py."""

from __future__ import annotations

import numpy as np

from surveil.kernels.geodesy import destination_deg, destination_deg_array
from surveil.kernels.tracks import KN
from surveil.rules.base import NM_M
from surveil.rules.beach_departure import OFF_WISSANT, from_beach
from surveil.rules.examples import IN_MAIN_ZONE, IN_SW_LANE, SW_FLOW_DEG, off, run, together
from surveil.schema import CLASS_A, CLASS_ATON, CLASS_B, Positions, Statics
from tests.rules.pins import SHIP, known, like, scene

PILOT, ANCHORED, BIG, UNSIZED, BUOY = 235_000_011, 235_000_012, 235_000_013, 235_000_014, 992_351_000
OFF_LANE = (IN_SW_LANE[0] + 0.05, IN_SW_LANE[1] - 0.05)


def headed(rows: Positions, heading_deg: float) -> Positions:
    return rows.replace(heading_deg=np.full(len(rows), heading_deg % 360, np.float32))


def fleet(rows: Positions, length_m: float, ship_type: int = 0, **others: dict) -> dict:
    """A craft, and others that report the same: one at work, one at anchor by her status, and those named."""
    crews = {PILOT: {"ship_type": 50}, ANCHORED: {"nav_status": 1}, BUOY: {"ais_class": CLASS_ATON}, **others}
    statics, all_rows = [known(SHIP, length_m, ship_type)], [rows]
    for mmsi, how in crews.items():
        said = {"length_m": length_m, "ship_type": ship_type} | {
            k: how[k] for k in ("length_m", "ship_type") if k in how
        }
        statics.append(known(mmsi, **said))
        all_rows.append(like(rows, mmsi, **{k: v for k, v in how.items() if k not in said}))
    return {"positions": together(*all_rows), "statics": Statics.concat(statics)}


def paused(rows: Positions, from_s: float, to_s: float) -> Positions:
    """Without the reports of a while."""
    t_s = (rows.t_ms - rows.t_ms[0]) / 1000
    return rows.take((t_s < from_s) | (t_s >= to_s))


def then(*legs: tuple[float, float, int], at=IN_SW_LANE, every_s: int = 30, **more) -> Positions:
    """Legs of one craft, each (course, knots, seconds), one after the other."""
    parts, place, start_s = [], at, 0
    for course_deg, speed_kn, seconds in legs:
        parts.append(run(SHIP, place, course_deg, speed_kn, seconds, every_s=every_s, start_s=start_s, **more))
        place, start_s = off(place, course_deg, speed_kn * KN * seconds), start_s + seconds
    rows = together(*parts)
    return rows.replace(digest=np.arange(len(rows), dtype=np.uint64) + np.uint64(SHIP))


def area():
    stays = run(SHIP, IN_MAIN_ZONE, 40.0, 1.0, 1500)
    yield scene("area", "some stay 25 min", **fleet(stays, 80), alerts={SHIP, ANCHORED},
                pins={"min_stay_s": (1470, 1480)})  # fmt: skip


def beach_departure():
    gone = fleet(from_beach(1800), 8)
    yield scene("beach_departure", "at 5 kn for 20 min", **gone, alerts={SHIP}, untold={"within_s"},
                pins={"min_made_m": (4500, 4600), "min_coast_m": (5500, 5580), "min_sog_kn": (5.0, 5.1),
                      "max_sog_kn": (5.0, 4.9), "within_s": (770, 750)})  # fmt: skip


def crossing():
    gone = fleet(from_beach(3600), 8)
    yield scene("crossing_shape", "an hour at 5 kn", **gone, alerts={SHIP}, untold={"sector_deg", "reach_m", "keep_s"},
                pins={"min_made_m": (9150, 9250), "max_mean_kn": (4.96, 4.9), "reach_m": (25_000, 24_500),
                      "sector_deg": (3.1, 2.8)})  # fmt: skip


def drifting():
    adrift = headed(run(SHIP, OFF_LANE, 40.0, 2.5, 2400, every_s=10), 100.0)
    yield scene("drifting", "at 60 deg to the heading", **fleet(adrift, 80), alerts={SHIP},
                untold={"min_coast_m"},
                pins={"min_s": (1710, 1730), "min_sog_kn": (2.5, 2.6), "max_sog_kn": (2.5, 2.4),
                      "min_off_deg": (60, 60.5), "min_made_m": (2190, 2230), "min_coast_m": (15_100,
                      15_300)})  # fmt: skip


def grounding():
    ashore = run(SHIP, (0.975, 50.88), 0.0, 10.0, 600)
    yield scene("grounding", "for the shore at 10 kn", **fleet(ashore, 90), alerts={SHIP},
                params={"ahead_s": 480.0},
                untold={"port_m"},
                pins={"ahead_s": (178, 168), "min_kn": (10.0, 10.1), "min_s": (360, 370), "port_m": (13_900,
                      14_200)})  # fmt: skip


def landing():
    start, way_s = destination_deg(*OFF_WISSANT, 325.0, 6 * NM_M), 3600
    way = run(SHIP, start, 145.0, 6.0, way_s, ais_class=CLASS_B)
    rest = run(SHIP, OFF_WISSANT, 145.0, 0.2, 900, ais_class=CLASS_B, start_s=way_s)
    rest = rest.replace(digest=rest.digest + np.uint64(50_000))
    yield scene("landing", "from 6 nm off", **fleet(together(way, rest), 8), alerts={SHIP, ANCHORED},
                untold={"offing_m"},
                pins={"offing_m": (11_550, 11_700), "near_m": (1005, 985), "min_port_m": (16_300, 16_500),
                      "since_s": (2960, 2930), "min_s": (140, 160)})  # fmt: skip


def loitering():
    slow = run(SHIP, IN_SW_LANE, 227.0, 1.0, 3000)
    yield scene("loitering", "at 1 kn for 50 min", **fleet(slow, 80, 70), alerts={SHIP}, untold={"min_coast_m"},
                pins={"max_speed_kn": (1.005, 0.995), "min_speed_kn": (0.995, 1.005), "radius_m": (560, 552),
                      "min_port_m": (12_400, 12_700), "min_coast_m": (11_400, 11_600)})  # fmt: skip
    short = run(SHIP, IN_SW_LANE, 227.0, 1.0, 2000)
    yield scene(
        "loitering",
        "at 1 kn for 33 min",
        short,
        statics=known(SHIP, 80, 70),
        pins={"window_s": (2180, 2230)},
        untold={"window_s"},
    )
    yield scene(
        "loitering",
        "of an unsaid type",
        run(SHIP, IN_SW_LANE, 227.0, 1.0, 4200),
        pins={"untyped_s": (4170, 4190)},
        untold={"untyped_s"},
    )


def on_land():
    at_sea = (1.05, 50.85)
    sea = run(SHIP, at_sea, 330.0, 30.0, 900)
    end = destination_deg(*at_sea, 330.0, 30.0 * NM_M * 0.25)
    inland = run(SHIP, end, 330.0, 30.0, 1600, start_s=900)
    rows = together(sea, inland.replace(digest=inland.digest + np.uint64(50_000)))
    yield scene("on_land", "8 nm over the marsh", **fleet(rows, 80), alerts={SHIP, PILOT, ANCHORED},
                untold={"min_port_m", "offing_m", "since_s"},
                pins={"min_inland_m": (16_400, 16_550), "min_port_m": (100, 50_000), "offing_m": (8550, 8650),
                      "since_s": (800, 785), "min_s": (1500, 1510)})  # fmt: skip


def small_craft():
    across = run(SHIP, IN_SW_LANE, SW_FLOW_DEG + 50, 4.0, 900, ais_class=CLASS_B)
    yield scene("small_craft_crossing", "at 4 kn", **fleet(across, 8), alerts={SHIP},
                untold={"min_axis_deg"},
                pins={"min_s": (860, 880), "min_sog_kn": (4.0, 4.1), "max_sog_kn": (4.0, 3.9), "min_axis_deg": (49.6,
                      50.1)})  # fmt: skip


def stopped():
    lies = run(SHIP, IN_SW_LANE, 40.0, 0.3, 1200)
    yield scene("stopped_in_lane", "for 20 min", **fleet(lies, 80), alerts={SHIP, ANCHORED}, untold={"min_port_m"},
                pins={"max_sog_kn": (0.3, 0.25), "min_s": (1170, 1180), "min_port_m": (12_200, 12_400)})  # fmt: skip


def sudden_change():
    halts = then((227.0, 12.0, 600), (227.0, 0.5, 300), every_s=10)
    yield scene("sudden_change", "from 12 kn to half a knot", **fleet(halts, 90), alerts={SHIP, ANCHORED},
                untold={"min_length_m", "min_port_m"},
                pins={"fast_kn": (11.9, 12.0), "slow_kn": (0.6, 0.5), "drop_s": (10, 9.9), "held_s": (290, 300),
                      "min_length_m": (90, 91), "min_port_m": (13_000, 13_200)})  # fmt: skip
    turns = then((227.0, 12.0, 600), (87.0, 12.0, 300), every_s=10)
    yield scene("sudden_change", "turns by 140 deg", turns, statics=known(SHIP, 90),
                untold={"turn_s", "min_turn_kn"},
                pins={"turned_deg": (140, 141), "turn_s": (71, 69), "min_turn_kn": (12.0, 12.1), "held_s": (290,
                      300)})  # fmt: skip


def waiting():
    waits = run(SHIP, OFF_WISSANT, 235.0, 0.7, 3000, ais_class=CLASS_B)
    yield scene("waiting_off_beach", "for 50 min", **fleet(waits, 8), alerts={SHIP},
                untold={"min_coast_m", "max_coast_m", "min_port_m"},
                pins={"max_speed_kn": (0.705, 0.695), "radius_m": (394, 386), "min_coast_m": (1140, 1155),
                      "max_coast_m": (1100, 1085), "beach_m": (1500, 1480), "min_port_m": (17_300,
                      17_500)})  # fmt: skip

    short = run(SHIP, OFF_WISSANT, 235.0, 0.7, 2000, ais_class=CLASS_B)
    yield scene(
        "waiting_off_beach",
        "for 33 min",
        short,
        statics=known(SHIP, 8),
        pins={"window_s": (2180, 2230)},
        untold={"window_s"},
    )


def lane():
    against = headed(run(SHIP, IN_SW_LANE, SW_FLOW_DEG + 160, 10.0, 1200), SW_FLOW_DEG + 160)
    yield scene("lane", "against the flow", **fleet(against, 80), alerts={SHIP},
                untold={"against_deg"}, pins={"against_deg": (21, 19), "min_sog_kn": (10.0, 10.1), "against_s": (1170,
                1180)})  # fmt: skip
    oblique = headed(run(SHIP, IN_SW_LANE, SW_FLOW_DEG + 50, 5.0, 1080), SW_FLOW_DEG + 50)
    yield scene("lane", "at 50 deg to the flow", oblique,
                pins={"crossing_deg": (50.4, 49.4), "oblique_s": (1050,
                      1060)})  # fmt: skip
    nearer = headed(run(SHIP, IN_SW_LANE, SW_FLOW_DEG + 40, 5.0, 1080), SW_FLOW_DEG + 40)
    yield scene("lane", "at 40 deg to the flow", nearer, pins={"joining_deg": (39, 40.5)})
    to_fork = headed(run(SHIP, (1.740, 51.120), 12.0, 6.0, 1500), 12.0)
    yield scene("lane", "on its way to a fork", to_fork, untold={"fork_m"}, pins={"fork_m": (2150, 2250)})
    unsaid = run(SHIP, IN_SW_LANE, SW_FLOW_DEG + 180, 10.0, 1200)
    yield scene("lane", "against it, without a heading", unsaid, pins={"tide_kn": (7.0, 7.1)}, untold={"tide_kn"})


def rare_route():
    ships = [run(235_000_001 + i, off(IN_SW_LANE, 47.0, 600.0 * i), 227.0, 12.0, 2400) for i in range(20)]
    up = run(SHIP, IN_SW_LANE, 47.0, 12.0, 1200, start_s=1200)
    yield scene("rare_route", "up the lane", together(*ships, up), params={"share": 0.05, "min_s": 300},
                untold={"min_kn", "min_port_m"},
                pins={"share": (0.0192, 0.019), "min_s": (770, 790), "min_kn": (12.0, 12.1), "min_port_m": (12_100,
                      12_300)})  # fmt: skip


def _round(turns: float, wobble_m: float = 0.0) -> Positions:
    """Round a circle of 926 m radius in 13 min, at 14.5 kn, now outside it, now inside."""
    t_s = np.arange(0, int(turns * 780), 30)
    n, bearing = len(t_s), t_s / 780 * 360.0
    radius = 926.0 + wobble_m * np.where(np.arange(n) % 2, 1.0, -1.0)
    lon, lat = destination_deg_array(np.full(n, IN_SW_LANE[0]), np.full(n, IN_SW_LANE[1]), bearing, radius)
    like = run(SHIP, IN_SW_LANE, 0.0, 14.5, int(turns * 780), ais_class=CLASS_A)
    return like.replace(lon=lon, lat=lat, cog_deg=((bearing + 90) % 360).astype(like.cog_deg.dtype))


def spoofed_track():
    yield scene("spoofed_track", "three times round", _round(3.2, 15.0), untold={"window_s", "max_rms_m",
                "min_radius_m", "max_radius_m", "min_sog_kn"},
                pins={"window_s": (1970, 1940), "min_turns": (3.07, 3.09), "max_rms": (0.0163, 0.0161),
                      "max_rms_m": (15.1, 14.9),
                      "min_radius_m": (925, 927), "max_radius_m": (927, 925), "min_sog_kn": (14.5, 14.6)})  # fmt: skip
    spot = together(
        *(like(run(SHIP, IN_SW_LANE, 227.0, 6.0, 600, every_s=10), m) for m in (SHIP, 235_000_001, 235_000_002))
    )
    yield scene("spoofed_track", "three at one spot", spot, untold={"min_sog_kn", "spot_age_s", "spot_m"},
                params={"min_ships": 3},
                pins={"min_ships": (3, 4), "min_sog_kn": (6.0, 6.1), "spot_s": (590, 600)})  # fmt: skip


SCENES = [each for make in (area, beach_departure, crossing, drifting, grounding, landing, loitering, on_land,
                            small_craft, stopped, sudden_change, waiting, lane, rare_route, spoofed_track)
          for each in make()]  # fmt: skip
