"""A watch whose picture the test makes: what the console asks of :class:`surveil.live.service.Watch`, and no engine."""

import dataclasses
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from surveil.alert import Alert, Change, Compared, Ellipse, Evidence, Helper, RiskPart
from surveil.alerts.acts import Act, acted, refusal
from surveil.config import Config
from surveil.errors import StoreError
from surveil.live.picture import FeedHealth, Snapshot, Targets
from surveil.web.serving import Console
from surveil.web.settings import Address

T0_MS = 1_773_529_200_000
HOSTILE = "<IMG SRC=X ONERROR=A>"


class Clock:
    """Stands still until it is moved; ``real`` makes it the machine's."""

    def __init__(self):
        self.t_ms = 1_795_600_000_000

    def now_ms(self) -> int:
        return self.t_ms


def targets(**changed) -> Targets:
    """A cargo ship, a class B with a hostile name, and a contact without AIS."""
    columns = {
        "slot": [0, 1, 2], "mmsi": [235012345, 235099999, -7], "t_ms": [T0_MS, T0_MS - 600_000, T0_MS],
        "lon": [1.40, 1.50, 1.60], "lat": [51.0, 51.05, 51.02], "sog_kn": [12.34, 0.0, 4.0],
        "cog_deg": [45.0, np.nan, 300.0],
        "heading_deg": [44.0, np.nan, np.nan], "nav_status": [0, 15, 15], "ais_class": [1, 2, 7],
        "ship_type": [70, 37, -1],
        "length_m": [180.0, 9.0, np.nan], "beam_m": [30.0, 3.0, np.nan], "small": [0, 2, 1],
        "motion": [1, 4, 1], "hull": [0, 0, 0],
        "name": [b"SIM TRADER", HOSTILE.encode(), b""], "callsign": [b"MABC1", b"", b""],
        "destination": [b"ROTTERDAM", b"", b""],
        "p_dark": [np.nan, np.nan, 0.93], "exists": [np.nan, np.nan, 0.99], "major_m": [np.nan, np.nan, 400.0],
        "minor_m": [np.nan, np.nan, 150.0], "axis_deg": [np.nan, np.nan, 30.0], "version": [1, 1, 1],
    }  # fmt: skip
    return Targets.build(**{name: np.array(values) for name, values in (columns | changed).items()})


def alert(
    id: str = "aaaaaaaaaaaa", risk: float = 0.8, severity: str = "high", says: str = "Craft without AIS"
) -> Alert:
    compared = (Compared("p_dark", 0.93, ">=", 0.9, "", "assumed"),)
    parts = (RiskPart("an open boat", 4.0, "kn", 2.0, "assumed"),)
    help = (Helper(235012345, "SIM LIFEBOAT", "lifeboat", 5000.0, 80.0, 25.0, 600.0),)
    ahead = (Ellipse(T0_MS + 1_800_000, 1.62, 51.03, 1852.0, 926.0, 30.0),)
    evidence = Evidence("seen by radar alone", compared, (), "buoys", (), parts, help, ahead)
    history = (Change(T0_MS - 60_000, "open", says),)
    return Alert(id, "dark_craft", 1, -7, "", T0_MS - 300_000, T0_MS - 60_000, None, "open", severity, risk, 1.60,
                 51.02, says, evidence, history, simulated=True)  # fmt: skip


class StubWatch:
    """Holds a snapshot; :meth:`show` publishes another."""

    def __init__(self, data, alerts=(), areas=None):
        self.data, self.clock, self.areas, self.failure = data, Clock(), areas, None
        self.past = SimpleNamespace(span_ms=lambda: (T0_MS - 3_600_000, T0_MS))
        self._subscribers = []
        feed = FeedHealth("dover", "tcp", "up", lag_s=1.5, lines=100, decoded=99, refused=1)
        self._first = {a.id: a for a in alerts}
        self._now = Snapshot(1, T0_MS, T0_MS, self.clock.now_ms(), targets(), self._first, (feed,),
                             {"rules": 1.25}, {"ticks": 3}, (), True, False)  # fmt: skip

    def reset(self) -> Snapshot:
        """As it was at the start."""
        anew = targets(version=[self._now.version + 1] * 3)
        return self.show(targets=anew, alerts=self._first, t_ms=T0_MS)

    def snapshot(self) -> Snapshot:
        return self._now

    def subscribe(self, callback):
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def show(self, **changed) -> Snapshot:
        self.clock.t_ms += 1
        self._now = dataclasses.replace(
            self._now, **changed, version=self._now.version + 1, received_ms=self.clock.t_ms
        )
        for tell in tuple(self._subscribers):
            tell(self._now)
        return self._now

    def act(self, kind, alert_id, by, why="", until_ms=None, assigned=None) -> Act:
        found = self._now.alerts[alert_id]
        done = Act.upon(found, kind, by, why, T0_MS, until_ms=until_ms, to=assigned or "")
        if problem := done.problem() or refusal(found, kind):
            raise StoreError(problem)
        self.show(alerts=self._now.alerts | {alert_id: acted(found, done)})
        return done

    def tracks(self, mmsi, since_ms=0, hull=0):
        n = 3 if mmsi == 235012345 else 0
        return {name: np.linspace(1.0, 2.0, n) for name in ("t_ms", "lon", "lat", "sog_kn", "cog_deg")}

    def reception(self):
        counts = np.zeros((2, 3), int)
        heard, due = counts.copy(), counts.copy()
        due[:, 1], heard[:, 1] = (40, 2), (30, 2)
        return {"x": np.array([3628, 3629]), "y": np.array([2820, 2820]), "heard": heard, "expected": due}, 0.05

    def history(self, t_ms):
        return (
            None if t_ms < T0_MS - 3_600_000 else dataclasses.replace(self._now, t_ms=t_ms, replaying=True, alerts={})
        )


@contextmanager
def served(watch, web: dict | None = None):
    """The console of a watch on a real port."""
    with Console(watch, Config(web=web or {}), Address("127.0.0.1", 0)) as console:
        yield console
