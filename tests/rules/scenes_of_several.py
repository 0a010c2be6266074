"""Scenes of the rules about what several do at one place, about ferries, and of what changes words alone."""

from __future__ import annotations

from surveil.rules.base import NM_M
from surveil.rules.beach_departure import OFF_WISSANT
from surveil.rules.examples import IN_SW_LANE, SW_FLOW_DEG, off, run, seen_by_radar, together
from surveil.schema import CLASS_B, CLASS_SAR_AIRCRAFT, Positions, Statics
from tests.rules.pins import SHIP, known, scene
from tests.rules.scenes import then

BOAT, PATROL, PLANE = SHIP, 235_000_002, 111_232_501
UNITS = Statics.concat([known(BOAT, ship_type=51), known(PATROL, ship_type=55)])


def _comes(mmsi: int, from_deg: float, to: tuple[float, float] = IN_SW_LANE) -> Positions:
    """At 20 kn for ten minutes, and at 2 kn for ten more."""
    before = run(mmsi, off(to, from_deg, 20 * NM_M / 6), (from_deg + 180) % 360, 20.0, 600)
    return together(before, run(mmsi, to, 10.0, 2.0, 600, start_s=600))


def _circling(place: tuple[float, float]) -> Positions:
    """An aircraft that turns round a place a mile off, once in three minutes."""
    return together(*(
        run(PLANE, off(place, bearing, NM_M), (bearing + 90) % 360, 120.0, 30, start_s=30 * i, every_s=30,
            ais_class=CLASS_SAR_AIRCRAFT, nav_status=15)
        for i, bearing in enumerate(range(0, 60 * 40, 60))
    ))  # fmt: skip


def rescue_gathering():
    two = together(_comes(BOAT, 317), _comes(PATROL, 47, off(IN_SW_LANE, 0.0, 1000)))
    yield scene("rescue_gathering", "two come and stop", two, statics=UNITS,
                untold={"slow_kn", "came_kn", "came_s", "min_port_m", "min_coast_m"},
                pins={"min_units": (2, 3), "near_m": (1005, 990), "slow_kn": (2.0, 1.9), "came_kn": (20.0, 20.1),
                      "came_s": (244, 232), "min_s": (540, 550), "min_port_m": (11_400, 11_600),
                      "min_coast_m": (10_200, 10_400)})  # fmt: skip
    with_plane = together(_circling(IN_SW_LANE), _comes(BOAT, 317))
    yield scene("rescue_gathering", "an aircraft over a lifeboat", with_plane, statics=UNITS,
                untold={"circle_m", "circle_s"},
                pins={"circle_m": (2150, 2120), "circle_s": (1150, 1170)})  # fmt: skip


def _swerving(mmsi: int, start_s: int, by_deg: float, back_deg: float = 0.0, aside_m: float = 0.0) -> Positions:
    """Down the lane at 12 kn for 8 min, off her course for 6, and on it again, but for so much."""
    start = off(off(IN_SW_LANE, SW_FLOW_DEG + 180, 3 * NM_M), SW_FLOW_DEG + 90, aside_m)
    turn = off(start, SW_FLOW_DEG, 1.6 * NM_M)
    end = off(turn, SW_FLOW_DEG + by_deg, 1.2 * NM_M)
    return together(
        run(mmsi, start, SW_FLOW_DEG, 12.0, 480, start_s=start_s),
        run(mmsi, turn, SW_FLOW_DEG + by_deg, 12.0, 360, start_s=start_s + 480),
        run(mmsi, end, SW_FLOW_DEG + back_deg, 12.0, 600, start_s=start_s + 840),
    )


def avoided_water():
    two = together(_swerving(SHIP, 0, 30.0, 5.0), _swerving(235_000_002, 900, 30.0, 5.0, 500))
    yield scene("avoided_water", "two ships go round one place", two,
                untold={"window_s", "min_kn", "back_deg", "most_s", "mark_m", "min_port_m", "min_coast_m"},
                pins={"min_ships": (2, 3), "window_s": (905, 895), "near_m": (505, 494), "min_kn": (12.0, 12.1),
                      "turned_deg": (30, 30.2), "back_deg": (5.02, 4.95), "most_s": (452, 445), "mark_m": (3600, 3690),
                      "min_port_m": (11_500, 11_700), "min_coast_m": (10_300, 10_500)})  # fmt: skip
    boat = run(235_000_009, off(off(IN_SW_LANE, 47.0, 1500), 137.0, 1500), 0.0, 0.2, 2700)
    yield scene("avoided_water", "with a boat to one side", together(two, boat), untold={"clear_m", "ahead_s"},
                pins={"clear_m": (1430, 1465)})  # fmt: skip


def ferry_off_route():
    here, there = IN_SW_LANE, off(IN_SW_LANE, 137.0, 7 * NM_M)
    legs = [((137.0, 317.0)[i % 2], (here, there)[i % 2]) for i in range(4)]
    ways = [run(SHIP, at, deg, 14.0, 1800, start_s=2400 * i, every_s=60) for i, (deg, at) in enumerate(legs)]
    stops = [run(SHIP, (there, here)[i % 2], 0.0, 0.0, 600, start_s=2400 * i + 1800, every_s=120) for i in range(4)]
    last = run(SHIP, here, 227.0, 14.0, 2400, start_s=9600, every_s=60)
    yield scene("ferry_off_route", "elsewhere after four passages", together(*ways, *stops, last),
                statics=known(SHIP, 90, 60), params={"min_passages": 2},
                untold={"min_kn", "min_port_m", "min_leg_m"},
                pins={"off_m": (10_900, 11_100), "min_s": (1440, 1450), "min_kn": (14.0, 14.1),
                      "min_port_m": (15_500, 15_800), "min_passages": (3, 4), "min_leg_m": (12_500,
                      12_600)})  # fmt: skip


def shadowing():
    start = (1.0, 50.35)
    legs = (40.0, 4.0, 600), (80.0, 4.0, 600)
    ahead = then(*legs, at=off(start, 40.0, 500))
    other = then(*legs, at=start)
    other = other.replace(mmsi=other.mmsi - 1, digest=other.digest + 10**6)
    ships = Statics.concat([known(SHIP, 80), known(SHIP - 1, 80)])
    yield scene("shadowing", "two ships turn together", together(ahead, other), statics=ships, params={"min_s": 900,
                "ships_too": True},
                untold={"turned_deg"}, pins={"turned_deg": (40, 40.5)})  # fmt: skip
    boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 600)
    by = run(SHIP, off(IN_SW_LANE, 137.0, 400), 317.0, 4.0, 600)
    yield scene("shadowing", "a ship by a boat without AIS", **boat | {"positions": by}, params={"min_s": 60},
                untold={"min_p_dark"}, pins={"min_p_dark": (0.95, 0.99)})  # fmt: skip


def distress_call():
    ship = run(SHIP, IN_SW_LANE, 227.0, 8.0, 300, nav_status=14)
    yield scene("distress_call", "status 14 for five minutes", ship, pins={"min_s": (270, 280)})


def words():
    dark = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 600)
    ship = run(235_000_002, off(IN_SW_LANE, 317.0, 4000), 227.0, 12.0, 600)
    yield scene("dark_craft", "a ship near by", **dark | {"positions": ship},
                says={"sector_deg": (12.5, 12), "beach_m": (23_500, 22_800)})  # fmt: skip
    rest = run(SHIP, off(OFF_WISSANT, 325.0, 6 * NM_M), 145.0, 6.0, 3600, ais_class=CLASS_B)
    yield scene("landing", "comes in at 6 kn", rest, statics=known(SHIP, 8), params={"near_m": 2500.0},
                says={"min_sog_kn": (6.0, 6.1)})  # fmt: skip
    across = run(SHIP, IN_SW_LANE, SW_FLOW_DEG + 90, 6.0, 3000, ais_class=CLASS_B)
    yield scene("small_craft_crossing", "right across at 6 kn", across, statics=known(SHIP, 8),
                says={"sector_deg": (14.7, 14.3), "beach_m": (26_800, 26_300), "min_across_m": (3300,
                      3380)})  # fmt: skip


SCENES = [each for make in (rescue_gathering, avoided_water, ferry_off_route, shadowing, distress_call, words)
          for each in make()]  # fmt: skip
