"""Distress device heard: AIS-SART (970), MOB (972) or EPIRB-AIS (974).

Condition: a position report or a text from an MMSI of these formats. Active devices send navigational
status 14 and the text "SART ACTIVE", "MOB ACTIVE" or "EPIRB ACTIVE"; under test they send status 15 and
"... TEST".

Source: ITU-R M.585-9 annex 2 (formats); ITU-R M.1371-5 annex 9 and table 45 (status 14); IEC 61097-14.

Known false alarms: tests sent with status 14 by mistake; devices set off in port or in a locker.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from surveil.alert import Compared, InputRow
from surveil.config import param
from surveil.rules.base import Candidate, Details, Rule, off_place
from surveil.rules.examples import IN_SW_LANE, Example, run
from surveil.schema import CLASS_A, CLASS_DEVICE, MISSING_STATUS, Positions, Safety
from surveil.words import Words

_KINDS = {970: "SART", 972: "MOB device", 974: "EPIRB"}
_SART_STATUS = 14
_MESSAGES = {
    "active": "{kind:name} {mmsi} is ACTIVE{where}; first heard {first:clock}",
    "test": "{kind:name} {mmsi} is under test{where}; first heard {first:clock}",
    "unclear": "{kind:name} {mmsi} heard, not marked active or test{where}; first heard {first:clock}",
}


@dataclass(frozen=True)
class Params:
    """Settings of the rule."""

    quiet_s: int = param(600, "s", "assumed: ten of a SART's one-minute cycles (IEC 61097-14)", 60, 86400)


@dataclass
class _Device:
    first_ms: int
    last_ms: int
    active: bool = False
    test: bool = False
    reports: int = 0
    lon: float | None = None
    lat: float | None = None
    first: tuple = ()
    last: tuple = ()


class Distress(Rule):
    """Any report from a distress device, at once, above everything else."""

    name = "distress"
    version = 1
    Params = Params
    hold_s = 0
    known_false_alarms = "Tests sent as active; devices set off in port, in a locker or on a lifejacket ashore."

    def __init__(self, params):
        super().__init__(params)
        self._devices: dict[int, _Device] = {}

    def observe(self, positions: Positions, safety: Safety) -> None:
        rows = [(int(positions.t_ms[i]), 0, i) for i in np.flatnonzero(positions.ais_class == CLASS_DEVICE)]
        if len(safety):
            rows += [(int(safety.t_ms[i]), 1, i) for i in np.flatnonzero(np.isin(safety.mmsi // 10**6, list(_KINDS)))]
        for _, is_text, i in sorted(rows):
            self._hear(safety if is_text else positions, i, is_text)

    def _hear(self, rows, i: int, is_text: int) -> None:
        t_ms = int(rows.t_ms[i])
        device = self._devices.get(int(rows.mmsi[i]))
        if device is None or t_ms - device.last_ms > self.params.quiet_s * 1000:
            device = self._devices[int(rows.mmsi[i])] = _Device(t_ms, t_ms)
        line = (int(rows.source[i]), int(rows.seq[i]), t_ms)
        device.first, device.last = device.first or line, line
        device.last_ms = t_ms
        device.reports += 1
        if is_text:
            device.active |= b"ACTIVE" in rows.text[i].upper()
            device.test |= b"TEST" in rows.text[i].upper()
            return
        device.active |= rows.nav_status[i] == _SART_STATUS
        if not np.isnan(rows.lon[i]):
            device.lon, device.lat = float(rows.lon[i]), float(rows.lat[i])

    def evaluate(self, view) -> list[Candidate]:
        live = {m: d for m, d in self._devices.items() if view.t_ms - d.last_ms <= self.params.quiet_s * 1000}
        self._devices = live
        return [
            Candidate(-1, mmsi, device.first_ms, phase=f"{_state(device)}, {_placed(device)}")
            for mmsi, device in sorted(live.items())
        ]

    def describe(self, view, candidate: Candidate) -> Details:
        device = self._devices[candidate.mmsi]
        kind, state = _KINDS[candidate.mmsi // 10**6], _state(device)
        inputs = [InputRow(*device.first), InputRow(*device.last)]
        compared = [
            Compared("MMSI prefix", candidate.mmsi // 10**6, "in", "970, 972, 974", "", "ITU-R M.585-9 annex 2"),
            Compared("reports heard", device.reports, ">=", 1, "", "any single report counts"),
        ]
        lon, lat = (np.nan, np.nan) if device.lon is None else (device.lon, device.lat)
        severity, risk = {"active": ("distress", 1.0), "test": ("low", 0.05)}.get(state, ("high", 0.8))
        return Details(
            Words(
                _MESSAGES[state], kind=kind, mmsi=candidate.mmsi, where=_where(view, lon, lat), first=device.first_ms
            ),
            severity,
            risk,
            lon,
            lat,
            self.evidence(
                Words("Distress device: {state:name}, by status 14 or its text", state=state), compared, inputs
            ),
        )

    def state(self) -> dict[str, np.ndarray]:
        text = json.dumps({m: vars(d) for m, d in self._devices.items()}, default=bool)
        return {"devices": np.frombuffer(text.encode(), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        saved = json.loads(arrays["devices"].tobytes())
        self._devices = {int(m): _Device(**d) for m, d in saved.items()}

    @classmethod
    def examples(cls):
        def heard(mmsi: int, status: int, ais_class: int = CLASS_DEVICE) -> Positions:
            return run(mmsi, IN_SW_LANE, 0.0, 0.0, 90, ais_class=ais_class, nav_status=status)

        yield Example("an active SART", heard(970_123_456, _SART_STATUS), True)
        yield Example("a ship with status 14 but a ship's MMSI", heard(235_123_456, _SART_STATUS, CLASS_A), False)
        yield Example("a ship under way", heard(235_123_456, 0, CLASS_A), False)
        yield Example("a SART without status", heard(970_123_456, MISSING_STATUS), True)


def _state(device: _Device) -> str:
    return "active" if device.active else "test" if device.test else "unclear"


def _placed(device: _Device) -> str:
    return "no place" if device.lon is None else "placed"


def _where(view, lon: float, lat: float) -> Words:
    if np.isnan(lon):
        return Words(", no position sent yet")
    return off_place(view.areas, lon, lat) or Words(" at {lat}, {lon}", lat=f"{lat:.4f}", lon=f"{lon:.4f}")
