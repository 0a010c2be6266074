"""Alerts about one thing are one incident: one hull, or things without a number near each other."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field

from surveil.alert import Alert
from surveil.config import AlertsConfig
from surveil.kernels.geodesy import distance_m

_SHIPS = range(200_000_000, 800_000_000)
"""MMSIs of ships by their form (ITU-R M.585-9 annex 1). A device or a sensor's contact may be of a ship near it."""


@dataclass
class _Incident:
    id: str
    last_ms: int
    hulls: list[int] = field(default_factory=list)
    lon: float | None = None
    lat: float | None = None
    nameless: bool = False


class Incidents:
    """Those that an alert may still belong to, the oldest first."""

    def __init__(self, config: AlertsConfig):
        self.config = config
        self._known: list[_Incident] = []

    def join(self, alert: Alert, hull: int, t_ms: int, active: list[str]) -> str:
        """Id of the incident that an alert just opened is part of: a known one, or a new one.

        Parameters
        ----------
        hull : the first MMSI known of it; active : incidents of which an alert is open
        """
        live_ms = t_ms - self.config.incident_s * 1000
        self._known = [i for i in self._known if i.last_ms >= live_ms or i.id in active]
        incident = self._same_hull(hull) or self._near(alert)
        if incident is None:
            incident = _Incident(hashlib.sha256(f"incident|{alert.id}".encode()).hexdigest()[:12], t_ms)
            self._known.append(incident)
        if hull not in incident.hulls:
            incident.hulls.append(hull)
        incident.nameless |= hull not in _SHIPS
        self._moved(incident, alert, t_ms)
        return incident.id

    def touch(self, alert: Alert, t_ms: int) -> None:
        """An alert of it changed."""
        for incident in self._known:
            if incident.id == alert.incident:
                self._moved(incident, alert, t_ms)

    def _moved(self, incident: _Incident, alert: Alert, t_ms: int) -> None:
        incident.last_ms = t_ms
        if alert.lon is not None and alert.lat is not None:
            incident.lon, incident.lat = alert.lon, alert.lat

    def _same_hull(self, hull: int) -> _Incident | None:
        return next((i for i in self._known if hull in i.hulls), None)

    def _near(self, alert: Alert) -> _Incident | None:
        """The nearest within ``incident_m``, if either has something without a ship's number in it."""
        if alert.lon is None or alert.lat is None:
            return None
        nameless = alert.mmsi not in _SHIPS
        placed = [i for i in self._known if i.lon is not None and (nameless or i.nameless)]
        away = [(distance_m(i.lon, i.lat, alert.lon, alert.lat), n) for n, i in enumerate(placed)]
        nearest_m, n = min(away, default=(float("inf"), 0))
        return placed[n] if nearest_m <= self.config.incident_m else None

    def state(self) -> list[dict]:
        """Plain values, for JSON."""
        return [asdict(incident) for incident in self._known]

    def restore(self, state: list[dict]) -> None:
        """Continue where :meth:`state` was taken."""
        self._known = [_Incident(**values) for values in state]
