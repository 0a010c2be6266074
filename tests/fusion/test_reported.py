"""Where AIS targets are held to be."""

import numpy as np

from surveil.config import TracksConfig
from surveil.fusion.plane import Plane
from surveil.fusion.reported import OLDEST_S, reported
from surveil.schema import CLASS_A, CLASS_ATON, CLASS_CONTACT, Positions
from surveil.tracks.table import TrackTable

PLANE, T0_MS = Plane(1.5, 51.0), 1_773_525_600_000


def after(age_s, **row):
    table = TrackTable(TracksConfig())
    given = {"mmsi": 235_000_001, "lon": 1.5, "lat": 51.0, "ais_class": CLASS_A, "sog_kn": 10.0, "cog_deg": 90.0} | row
    table.apply_positions(Positions.build(t_ms=[T0_MS], **{name: [value] for name, value in given.items()}))
    return reported(table, PLANE, T0_MS + age_s * 1000)


def test_a_ship_is_where_her_course_and_speed_bring_her():
    found = after(60)
    np.testing.assert_allclose([found.x_m[0], found.y_m[0]], [60 * 10 * 1852 / 3600, 0], atol=1)


def test_an_older_position_is_less_certain():
    assert after(170).sigma_m[0] > 2 * after(5).sigma_m[0]


def test_a_buoy_stays_as_certain_as_ever():
    buoy = {"mmsi": 992_351_001, "ais_class": CLASS_ATON, "sog_kn": np.nan, "cog_deg": np.nan}
    old, new = after(170, **buoy), after(5, **buoy)
    assert old.sigma_m[0] == new.sigma_m[0] < 100
    assert (old.vx[0], old.vy[0]) == (0, 0)


def test_what_has_not_been_heard_for_long_and_contacts_explain_nothing():
    assert len(after(int(OLDEST_S) + 10).slot) == 0
    assert len(after(5, mmsi=-3, ais_class=CLASS_CONTACT).slot) == 0
