"""Small scenes for tests of sensors."""

import numpy as np

from surveil.simulate.sensors import Objects, Seen, Weather
from surveil.simulate.vessels import displace

START_MS = 1_767_225_600_000
HOUR_MS = 3_600_000


def boat(
    object, lon, lat, rcs_m2=1.4, length_m=8.0, height_m=1.0, hours=1.0, east_kn=0.0, heading_deg=0.0, kind="small boat"
):
    """One boat on a straight course."""
    t_ms = START_MS + np.arange(0, int(hours * HOUR_MS) + 1, 10_000)
    lons, lats = displace((lon, lat), east_kn * 0.514444 * (t_ms - START_MS) / 1000, np.zeros(len(t_ms)))
    return Seen(object, kind, length_m, height_m, rcs_m2, t_ms, lons, lats, np.full(len(t_ms), heading_deg))


def weather(sea_state=1.0, hours=1.0, **kw):
    return Weather.steady(START_MS, START_MS + int(hours * HOUR_MS), sea_state, **kw)


def objects(*boats):
    return Objects.of(boats)
