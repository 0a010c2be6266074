"""Scenes of the rules about two, about silence, sensors and what is said; see tests/rules/pins.py."""

from __future__ import annotations

import numpy as np

from surveil.kernels.geodesy import destination_deg
from surveil.kernels.tracks import KN
from surveil.rules.examples import (
    IN_SW_LANE,
    SW_FLOW_DEG,
    off,
    run,
    seen_by_radar,
    together,
)
from surveil.schema import Positions
from tests.rules.pins import SHIP, known, scene

OTHER = 235_000_001


def meets(ahead_m: float, abeam_m: float = 0.0, ship_kn: float = 15.0, boat_kn: float = 4.0) -> Positions:
    """A ship down the lane, and a boat across it that is on her course after so many metres."""
    ship = run(OTHER, IN_SW_LANE, 227.0, ship_kn, 300)
    later_s = ahead_m / (ship_kn * KN)
    meet = off(off(IN_SW_LANE, 227.0, ahead_m), 317.0, abeam_m - boat_kn * KN * later_s)
    return together(ship, run(SHIP, meet, 317.0, boat_kn, 300))


def collision():
    boat = known(SHIP, 8)
    yield scene("collision", "a boat at 4 kn and a ship at 15 kn", meets(3500, 150), statics=boat, alerts={SHIP},
                params={"seen_ahead_s": 300.0},
                untold={"min_closing_kn", "max_small_kn", "min_ship_kn", "min_port_m", "min_coast_m"},
                pins={"small_cpa_m": (146, 143), "seen_ahead_s": (231, 227), "min_closing_kn": (15.5, 15.6),
                      "max_small_kn": (4.02, 3.98), "min_ship_kn": (14.9, 15.1), "min_s": (130, 140),
                      "min_port_m": (12_400, 12_700), "min_coast_m": (11_400, 11_600)})  # fmt: skip
    yield scene("collision", "two ships", meets(1500, 70), statics=known(SHIP, 80), params={"ships_too": True},
                alerts={SHIP},
                untold={"overtaking_deg"},
                pins={"ship_cpa_m": (68, 67), "ship_ahead_s": (64, 60), "overtaking_deg": (89.9, 90.0)})  # fmt: skip
    dark = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 420)
    ship = run(OTHER, off(off(IN_SW_LANE, 317.0, 4 * KN * 600), 47.0, 15 * KN * 600), 227.0, 15.0, 420)
    yield scene("collision", "a contact and a ship", **dark | {"positions": ship}, untold={"min_p_dark"},
                pins={"small_ahead_s": (243, 237), "min_p_dark": (0.91, 0.94)})  # fmt: skip


def reaction():
    boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 900)

    def ship(then_kn: float, then_deg: float = 227.0):
        start = off(IN_SW_LANE, 47.0, 5000)
        turn = off(start, 227.0, 12 * KN * 540)
        return together(run(SHIP, start, 227.0, 12.0, 540), run(SHIP, turn, then_deg, then_kn, 360, start_s=540))

    yield scene("reaction", "slows from 12 to 8 kn", **boat | {"positions": ship(8.0)}, alerts={SHIP},
                params={"would_pass_m": 2778.0},
                untold={"back_s", "min_kn", "slower", "min_p_dark", "min_port_m", "min_coast_m"},
                pins={"near_m": (1780, 1740), "back_s": (71, 69), "min_kn": (12.0, 12.1), "slower": (0.33, 0.34),
                      "min_s": (280, 290), "would_pass_m": (1600, 1560),
                      "min_p_dark": (0.95, 0.99), "min_port_m": (12_200, 12_400),
                      "min_coast_m": (11_100, 11_300)})  # fmt: skip
    yield scene("reaction", "turns by 40 deg", **boat | {"positions": ship(12.0, 267.0)},
                params={"would_pass_m": 2778.0},
                pins={"turned_deg": (40, 40.5)})  # fmt: skip


def rendezvous():
    two = together(run(OTHER, IN_SW_LANE, 227.0, 1.0, 2100), run(SHIP, off(IN_SW_LANE, 0.0, 150), 227.0, 1.0, 2100))
    yield scene("rendezvous", "150 m apart at 1 kn", two, alerts={OTHER}, untold={"min_port_m", "min_coast_m"},
                pins={"near_m": (151, 149), "max_kn": (1.01, 0.99), "min_s": (2070, 2080),
                      "min_port_m": (12_200, 12_400),
                      "min_coast_m": (11_100, 11_300)})  # fmt: skip
    boat = seen_by_radar(IN_SW_LANE, 227.0, 1.0, 1920)
    ship = run(SHIP, off(IN_SW_LANE, 317.0, 200), 227.0, 1.0, 1920)
    yield scene("rendezvous", "with a boat without AIS", **boat | {"positions": ship}, untold={"min_p_dark"},
                pins={"min_dark_s": (1180, 1200), "min_p_dark": (0.94, 0.97)})  # fmt: skip


def shadowing():
    start = off(IN_SW_LANE, 137.0, 2000)
    by = together(
        run(OTHER, off(start, 137.0, 600), 322.0, 4.2, 2700, every_s=60), run(SHIP, start, 317.0, 4.0, 2700, every_s=60)
    )
    yield scene("shadowing", "a cutter behind a boat", by, statics=known(SHIP, 8), alerts={SHIP},
                untold={"min_kn", "min_port_m", "min_coast_m"},
                pins={"near_m": (600, 588), "min_s": (2630, 2650), "min_kn": (3.98, 4.02), "speed_kn": (0.21, 0.19),
                      "course_deg": (5.1, 4.9), "min_port_m": (9400, 9600), "min_coast_m": (8200, 8400)})  # fmt: skip


def silence():
    others = [run(235_200_000 + i, (IN_SW_LANE[0] - 0.05 * i, IN_SW_LANE[1]), 227.0, 4.0, 3000) for i in range(4)]
    quiet = run(SHIP, IN_SW_LANE, 227.0, 6.0, 1200)
    yield scene("silence", "for 30 min among four", together(quiet, *others), params={"max_gap_s": 900},
                untold={"max_gaps", "min_sog_kn", "witness_m"},
                pins={"max_gap_s": (1800, 1820), "intervals": (60.2, 60.8), "max_gaps": (1.02, 1.0),
                      "min_reports": (40, 41),
                      "min_sog_kn": (6.0, 6.1), "min_port_m": (13_000, 13_200), "witness_m": (5300, 5100),
                      "min_witnesses": (4, 5)})  # fmt: skip


def silence_before():
    others = [run(235_200_000 + i, (0.80 - 0.02 * i, 50.45), 40.0, 1.0, 4200) for i in range(5)]
    quiet = run(SHIP, (0.80, 50.30), 0.0, 10.0, 1740)
    yield scene("silence_before_area", "before the NE lane", together(quiet, *others),
                untold={"ahead_s", "intervals", "max_gaps", "min_port_m", "witness_m"},
                pins={"ahead_s": (380, 370), "max_gap_s": (2460, 2480), "intervals": (82.1, 82.6), "max_gaps": (1.02,
                      1.0),
                      "min_reports": (58, 59), "min_sog_kn": (10.0, 10.1), "witness_m": (1760, 1640),
                      "min_witnesses": (5, 6)})  # fmt: skip


def return_elsewhere():
    others = [run(235_200_000 + i, (IN_SW_LANE[0] - 0.02 * i, IN_SW_LANE[1]), 227.0, 1.0, 5400) for i in range(4)]
    out = run(SHIP, IN_SW_LANE, SW_FLOW_DEG, 10.0, 900)
    end = destination_deg(*IN_SW_LANE, SW_FLOW_DEG, 870 * 10.0 * KN)
    again = destination_deg(*end, 137.0, 9.0 * KN * 2700)
    later = run(SHIP, again, 137.0, 10.0, 900, start_s=870 + 2700)
    rows = together(out, later.replace(digest=later.digest + np.uint64(50_000)), *others)
    yield scene("return_elsewhere", "after 45 min, to the side", rows,
                untold={"min_gap_s", "max_gap_s", "intervals", "min_sog_kn", "min_reports", "min_port_m", "witness_m"},
                pins={"min_gap_s": (2700, 2710), "intervals": (90.0, 90.5), "max_gap_s": (2700, 2690),
                      "min_sog_kn": (10.0, 10.1), "min_off_m": (18_600, 18_800), "off_share": (1.34, 1.35),
                      "min_reports": (31, 32), "min_port_m": (13_300, 13_500), "witness_m": (2700, 2590),
                      "min_witnesses": (4, 5)})  # fmt: skip


def dark_craft():
    boat = seen_by_radar(IN_SW_LANE, 317.0, 4.0, 600)
    yield scene("dark_craft", "at 4 kn for 10 min", **boat | {"positions": Positions.empty()},
                untold={"min_coast_m", "min_port_m"},
                pins={"min_p_dark": (0.95, 0.975), "min_age_s": (597, 601), "min_moved_m": (1190, 1215),
                      "max_sigma_m": (18.2, 17.2),
                      "max_kn": (3.72, 3.64), "max_strength_db": (23, 22), "min_coast_m": (10_600, 10_900),
                      "min_port_m": (11_700, 12_000)})  # fmt: skip


def position():
    ship = run(SHIP, IN_SW_LANE, 227.0, 10.0, 1800)
    far = destination_deg(*IN_SW_LANE, 20.0, 20_000.0)
    wild = run(SHIP, far, 300.0, 30.0, 120, start_s=300)
    wild = wild.replace(lon=wild.lon + 0.3 * np.arange(4), digest=wild.digest + np.uint64(50_000))
    rows = together(ship.take(~np.isin(ship.t_ms, wild.t_ms)), wild)
    yield scene("position", "four wild reports", rows, pins={"min_fixes": (4, 5), "min_apart_m": (21_100, 21_300)})


SCENES = [each for make in (collision, reaction, rendezvous, shadowing, silence, silence_before, return_elsewhere,
                            dark_craft, position)
          for each in make()]  # fmt: skip
