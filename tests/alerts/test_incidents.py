"""Alerts about one thing are one incident."""

from surveil.alerts.incidents import Incidents
from surveil.config import AlertsConfig

T0_MS = 1_773_525_600_000
SHIP, OTHER, SART = 235_123_456, 227_000_001, 970_123_456
HOUR_MS = 3600_000


def join(incidents, alert, t_ms=T0_MS, hull=None, active=()) -> str:
    return incidents.join(alert, alert.mmsi if hull is None else hull, t_ms, list(active))


def test_alerts_about_one_ship_are_one_incident_wherever_it_is(make_alert):
    incidents = Incidents(AlertsConfig())
    first = join(incidents, make_alert(SHIP))
    assert join(incidents, make_alert(SHIP, lon=2.5, rule="silence")) == first
    assert first != make_alert(SHIP).id


def test_a_hull_under_a_new_number_is_still_it(make_alert):
    incidents = Incidents(AlertsConfig())
    first = join(incidents, make_alert(SHIP))
    assert join(incidents, make_alert(OTHER, lon=2.5), hull=SHIP) == first


def test_two_ships_near_each_other_are_two_incidents(make_alert):
    incidents = Incidents(AlertsConfig())
    assert join(incidents, make_alert(SHIP)) != join(incidents, make_alert(OTHER))


def test_a_device_belongs_to_what_is_near_it_and_the_nearest_counts(make_alert):
    incidents = Incidents(AlertsConfig())
    join(incidents, make_alert(OTHER, lon=1.45))
    ship = join(incidents, make_alert(SHIP))
    assert join(incidents, make_alert(SART, lon=1.43)) == ship
    assert join(incidents, make_alert(SART + 1, lon=1.60)) != ship
    assert join(incidents, make_alert(SART + 2, lon=None, lat=None)) != ship


def test_an_incident_ends_when_nothing_of_it_happens_for_long_unless_an_alert_is_open(make_alert):
    incidents = Incidents(AlertsConfig(incident_s=7200))
    first = join(incidents, make_alert(SHIP))
    assert join(incidents, make_alert(SHIP, key="b"), T0_MS + 2 * HOUR_MS) == first
    assert join(incidents, make_alert(SHIP, key="c"), T0_MS + 5 * HOUR_MS, active=[first]) == first
    assert join(incidents, make_alert(SHIP, id="later"), T0_MS + 8 * HOUR_MS) != first


def test_a_change_of_an_alert_keeps_its_incident_alive_and_moves_it(make_alert):
    incidents = Incidents(AlertsConfig())
    first = join(incidents, make_alert(SHIP))
    incidents.touch(make_alert(SHIP, incident=first, lon=1.9), T0_MS + HOUR_MS)
    assert join(incidents, make_alert(SART, lon=1.9), T0_MS + 2.5 * HOUR_MS) == first


def test_it_goes_on_where_it_was_saved(make_alert):
    incidents, other = Incidents(AlertsConfig()), Incidents(AlertsConfig())
    first = join(incidents, make_alert(SHIP))
    other.restore(incidents.state())
    assert join(other, make_alert(SHIP)) == first
