"""Who is out in the demo's night besides the lane traffic: each role is data, in places off real berths.

Names begin with SIM and MMSIs have 99 after the country's digits. Routes off the lanes, berths and times are
assumed. The tide turns near 01:45 (see `demo`): drifts and the slow crossing lie about that hour.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surveil.simulate.ais import Glitch
from surveil.simulate.night import Role
from surveil.simulate.vessels import (
    AT_ANCHOR,
    FISHING,
    Follow,
    Plan,
    Point,
    Ship,
    Stay,
    Steer,
    Stream,
    sail,
)

Route = tuple[Point, ...]

FLAGS = (232, 235, 228, 351, 355, 357, 636)
"""MIDs: United Kingdom, France, Panama, Liberia."""

DOVER_EAST: Route = ((1.3375, 51.1225), (1.3434, 51.1208), (1.348, 51.119), (1.356, 51.115))
DOVER_WEST: Route = ((1.326, 51.115), (1.3285, 51.111), (1.335, 51.105))
CALAIS: Route = ((1.85, 50.969), (1.84, 50.972), (1.837, 50.9735), (1.82, 50.983))
DUNKERQUE: Route = ((2.178, 51.0305), (2.155, 51.046), (2.15, 51.05), (2.13, 51.057))
RAMSGATE: Route = ((1.428, 51.3265), (1.44, 51.326), (1.46, 51.325))
"""From the berth to open water, between the breakwaters of geodata/land.geojson."""
DOVER_CALAIS: Route = (*DOVER_EAST, (1.39, 51.09), (1.66, 50.99), (1.79, 50.985), *CALAIS[::-1])
DUNKERQUE_DOVER: Route = (
    *DUNKERQUE, (2.06, 51.055), (1.9, 51.025), (1.7, 50.995), (1.4, 51.1), *DOVER_EAST[::-1]
)  # fmt: skip
"""Of ferries; the lanes are crossed within 20 degrees of a right angle."""
KENT_COAST: Route = (*RAMSGATE, (1.46, 51.27), (1.44, 51.2), (1.42, 51.14), (1.36, 51.1), *DOVER_WEST[::-1])
DOVER_CALAIS_SLOW: Route = (*DOVER_WEST, (1.36, 51.09), (1.6, 50.985), (1.75, 50.98), *CALAIS[::-1])
FRENCH_COAST: Route = ((1.54, 50.6), (1.545, 50.87), (1.63, 50.925), (1.74, 50.97), *CALAIS[::-1])
"""Of yachts."""
DOWNS: Point = (1.43, 51.2)
DUNGENESS_ROAD: Point = (1.06, 50.93)


class Clock:
    """Times of the night, UTC ms, from hours and minutes after its start."""

    def __init__(self, start_ms: int, hours: float):
        self.start_ms, self.end_ms = start_ms, start_ms + int(hours * 3_600_000)

    def __call__(self, hours: float, minutes: float = 0) -> int:
        return self.start_ms + int((hours * 60 + minutes) * 60_000)


def mmsi(mid: int, number: int) -> int:
    """Plainly invented: the country's MID, then 99."""
    return mid * 1_000_000 + 990_000 + number


def trader(number: int, rng: np.random.Generator) -> Ship:
    """A cargo ship or tanker of 85 to 300 m with beam, draught and type to match (proportions assumed)."""
    tanker = rng.random() < 0.3
    length = int(rng.integers(85, 300))
    bow, beam = round(length * 0.8), max(12, round(length / 6.5))
    return Ship(
        mmsi=mmsi(int(rng.choice(FLAGS)), number),
        name=f"SIM {'TANKER' if tanker else 'TRADER'} {number:02}",
        kind="lane traffic",
        ship_type=int(rng.choice([80, 81, 84, 89] if tanker else [70, 71, 74, 79])),
        dims_m=(bow, length - bow, beam // 2, beam - beam // 2),
        draught_m=round(length / 25, 1),
        callsign=f"SIM{number:02}",
        destination=str(rng.choice(["SIM ROTTERDAM", "SIM ANTWERP", "SIM LE HAVRE", "SIM ALGECIRAS"])),
    )


def odd_ships(clock: Clock) -> list[Role]:
    """One against the flow for some 45 minutes, one across a lane at 40 degrees, one adrift for two hours."""
    wrong = (
        DUNGENESS_ROAD, (1.12, 50.985), (1.2, 51.025), (1.33, 51.035), (1.385, 51.01), (1.45, 51.05),
        (1.53, 51.097), (1.45, 51.145), DOWNS,
    )  # fmt: skip
    slant = ((1.5, 50.45), (1.54, 50.79), (1.533, 50.87), (1.5475, 51.06), (1.46, 51.135), DOWNS)
    waiting = ((0.8, 50.83), (1.0, 50.885), (1.1, 50.95), (1.25, 51.03))
    called_in = ((1.31, 51.06), (1.42, 51.13), DOWNS)
    anchored = Stay(clock.end_ms, AT_ANCHOR)
    against = (Stay(clock(0, 50), AT_ANCHOR), Follow(wrong, 10.5), anchored)
    idle = (Follow(waiting, 10, ramp=True), Steer(310, 0.2, 2 * 3600), Follow(called_in, 9), anchored)
    return [
        Role(_coaster(232, 81, "WRONG WAY", "against the flow"), Plan(clock(0), wrong[0], against)),
        Role(
            _coaster(357, 82, "SLANT", "oblique crossing"),
            Plan(clock(0, 15), slant[0], (Follow(slant, 10), anchored)),
        ),
        Role(_coaster(636, 83, "IDLER", "adrift"), Plan(clock(0, 35), waiting[0], idle)),
    ]


def _coaster(mid: int, number: int, name: str, kind: str) -> Ship:
    return Ship(
        mmsi(mid, number), f"SIM {name}", kind, ship_type=70, dims_m=(72, 18, 7, 7), draught_m=4.8,
        callsign=f"SIM{number}", destination="SIM DOWNS",
    )  # fmt: skip


def glitching(route: Route, clock: Clock) -> Role:
    """A ship down a lane one of whose reports is 8 nm off."""
    ship = Ship(
        mmsi(355, 84), "SIM GLITCH", "glitch", ship_type=79, dims_m=(140, 30, 13, 13), draught_m=8.1,
        callsign="SIM84", destination="SIM LE HAVRE",
    )  # fmt: skip
    plan = Plan(clock(-0.3), route[0], (Follow(route, 13),))
    return Role(ship, plan, glitches=(Glitch(clock(2, 20), 9_000, 12_000),))


def ferries(clock: Clock) -> list[Role]:
    """Two ferries on their timetables, the lanes crossed within 20 degrees of a right angle."""
    build = {"ship_type": 60, "dims_m": (150, 35, 14, 14), "draught_m": 6.5}
    first = Ship(mmsi(232, 101), "SIM FERRY CALAIS", "ferry", callsign="SIMF1", destination="SIM CALAIS", **build)
    second = Ship(mmsi(228, 102), "SIM FERRY DUNKIRK", "ferry", callsign="SIMF2", destination="SIM DOVER", **build)
    return [
        shuttle(first, DOVER_CALAIS, 20, (clock(0, 20), clock(2, 25), clock(4, 30)), clock),
        shuttle(second, DUNKERQUE_DOVER, 20, (clock(0, 5), clock(2, 45), clock(5, 15)), clock),
    ]


def shuttle(ship: Ship, route: Route, speed_kn: float, departures: tuple[int, ...], clock: Clock) -> Role:
    """To and fro, alongside until each departure."""
    legs = []
    for trip, leaves_ms in enumerate(departures):
        way = route if trip % 2 == 0 else route[::-1]
        legs += [Stay(leaves_ms), Follow(way, speed_kn, ramp=True)]
    return Role(ship, Plan(clock.start_ms, route[0], (*legs, Stay(clock.end_ms))))


def trawlers(clock: Clock, random: Callable[[str], np.random.Generator]) -> list[Role]:
    """Four working north and south on the French side, off the lanes, at 2 to 4 kn over the ground."""
    roles = []
    for i in range(4):
        ship = Ship(
            mmsi(227, 201 + i), f"SIM FISHER {i + 1}", "fishing", ship_type=30, dims_m=(6, 12, 3, 3),
            draught_m=3.0, callsign=f"SIMT{i + 1}", destination="SIM FISHING",
        )  # fmt: skip
        rng = random(ship.name)
        lat = 50.705 + np.tile([-0.02, 0.02], 12) + rng.normal(0, 0.004, 24)
        lon = 1.5 + 0.008 * (i - 1.5) + np.cumsum(rng.normal(0, 0.002, 24))
        tows = tuple(zip(lon.tolist(), lat.tolist(), strict=True))
        tow = Follow(tows, float(rng.uniform(2.4, 3.6)), FISHING, over_ground=True)
        roles.append(Role(ship, Plan(clock(0), tows[0], (tow,))))
    return roles


def yachts(clock: Clock) -> list[Role]:
    """Ramsgate to Dover, Dover to Calais across both lanes, and along the French coast to Calais."""
    plans = (
        (mmsi(235, 301), 36, clock(0, 6), KENT_COAST, 5.5),
        (mmsi(232, 302), 36, clock(0, 30), DOVER_CALAIS_SLOW, 6.0),
        (mmsi(227, 303), 37, clock(-0.6), FRENCH_COAST, 5.0),
    )
    roles = []
    for i, (number, ship_type, leaves_ms, route, speed_kn) in enumerate(plans, 1):
        ship = Ship(number, f"SIM YACHT {i}", "yacht", "B", ship_type, (9, 4, 2, 2), callsign=f"SIMY{i}")
        roles.append(Role(ship, Plan(leaves_ms, route[0], (Follow(route, speed_kn), Stay(clock.end_ms)))))
    return roles


def pilot_legs(leaves_ms: int) -> tuple:
    """Out of Dover, a ship boarded, and home."""
    out = (*DOVER_WEST, (1.35, 51.09), (1.36, 51.083))
    return Stay(leaves_ms), Follow(out, 18, ramp=True), Steer(230, 2, 900), Follow(out[::-1], 18, ramp=True)


def wind_farm_legs(leaves_ms: int) -> tuple:
    """Out of Ramsgate to the Thanet wind farm, from turbine to turbine, and home."""
    farm = (*RAMSGATE, (1.52, 51.36), (1.6, 51.41))
    turbines = (Steer(40, 0.5, 1500), Follow(((1.62, 51.425), (1.61, 51.42)), 8)) * 4
    return Stay(leaves_ms), Follow(farm, 22, ramp=True), *turbines, Follow(farm[::-1], 22, ramp=True)


def workboats(clock: Clock) -> list[Role]:
    """A pilot cutter out of Dover, and a crew vessel out of Ramsgate for the Thanet wind farm."""
    pilot = Ship(
        mmsi(232, 401), "SIM PILOT", "pilot", ship_type=50, dims_m=(6, 9, 2, 3), draught_m=1.5,
        callsign="SIMP1", destination="SIM PILOTS",
    )  # fmt: skip
    crew = Ship(
        mmsi(235, 402), "SIM CREW VESSEL", "crew vessel", ship_type=90, dims_m=(8, 16, 4, 4), draught_m=2.0,
        callsign="SIMC1", destination="SIM WINDFARM",
    )  # fmt: skip
    jobs = [leg for leaves_ms in (clock(0, 30), clock(2), clock(4, 10)) for leg in pilot_legs(leaves_ms)]
    shift = wind_farm_legs(clock(0, 45))
    return [
        Role(pilot, Plan(clock(0), DOVER_WEST[0], (*jobs, Stay(clock.end_ms)))),
        Role(crew, Plan(clock(0), RAMSGATE[0], (*shift, Stay(clock.end_ms)))),
    ]


def fixed_stations(clock: Clock, dover: Point, gris_nez: Point) -> list[Role]:
    """Base stations, and aids to navigation (30 special mark, 31 light vessel: M.1371-5 Annex 8, 3.19)."""
    posts = (
        (Ship(2_359_901, "SIM BASE DOVER", "base station", "base"), dover),
        (Ship(2_279_902, "SIM BASE GRISNEZ", "base station", "base"), gris_nez),
        (Ship(992_351_991, "SIM MPC BUOY", "aid to navigation", "aton", 30), (1.6365, 51.1017)),
        (Ship(992_271_992, "SIM SANDETTIE", "aid to navigation", "aton", 31), (1.7853, 51.156)),
    )
    return [Role(ship, Plan(clock(0), place, (Stay(clock.end_ms),))) for ship, place in posts]


def _small_craft(number: int, ship_type: int) -> Ship:
    return Ship(
        mmsi(227, 900 + number), f"SIM SMALL CRAFT {number}", "small craft", "B", ship_type, (4, 4, 1, 1)
    )  # fmt: skip


def crossing_boat(clock: Clock) -> Role:
    """From the beach at Wissant towards Dover at 4 kn, across both lanes; the turn of the tide is midway."""
    launch = clock(1, 30)
    plan = Plan(launch, (1.6605, 50.8895), (Steer(315, 4.1, 4.5 * 3600),))
    return Role(_small_craft(1, 37), plan, happens=(("launch", launch),))


def casualty(clock: Clock, stream: Stream) -> list[Role]:
    """A boat from Sangatte whose AIS falls silent in the NE lane, then a SART by it, and the lifeboat."""
    launch, silent, sart_on, sart_off = clock(0, 30), clock(2, 30), clock(3, 15), clock(4, 15)
    called, alongside = clock(3, 25), clock(4)
    under_way, adrift = Steer(283, 3.9, (silent - launch) / 1000), Steer(20, 0, 4 * 3600)
    boat = Plan(launch, (1.7555, 50.9485), (under_way, adrift))
    drift = sail(boat, stream, launch, clock(6))
    beacon = Plan(sart_on, drift.at(sart_on), (Steer(20, 0, (sart_off - sart_on) / 1000),))
    home = (*DOVER_WEST, (1.36, 51.09))
    rescue = (
        Stay(called), Follow((*home, drift.at(alongside)), 24, ramp=True), Steer(20, 0.1, 2400),
        Follow(home[::-1], 16, ramp=True), Stay(clock.end_ms),
    )  # fmt: skip
    lifeboat = Ship(
        mmsi(232, 501), "SIM LIFEBOAT", "rescue", ship_type=51, dims_m=(5, 12, 3, 3), draught_m=1.4,
        callsign="SIML1", destination="SIM RESCUE",
    )  # fmt: skip
    return [
        Role(
            _small_craft(2, 0), boat, on_air=((launch, silent),),
            happens=(("launch", launch), ("silence", silent)),
        ),
        Role(
            Ship(970_990_001, "SIM SART", "SART", "sart"), beacon,
            happens=(("sart_on", sart_on), ("sart_off", sart_off)),
        ),
        Role(lifeboat, Plan(clock(0), home[0], rescue), happens=(("rescue_launch", called),)),
    ]  # fmt: skip
