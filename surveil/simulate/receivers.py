"""Shore stations: which of the transmissions they hear, and the tag-blocked lines they pass on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.simulate import aivdm
from surveil.simulate.ais import Reports
from surveil.simulate.vessels import M_PER_DEG, Point

HALF_HEARD_NM = {"A": 24.0, "B": 15.0, "sart": 12.0, "aton": 20.0, "base": 60.0}
"""Range at which half of what is not lost to slot load is heard. Class B: a modelled 15 nm to a coast
station; class A: 1.6 times class B (12.5 W against 2 W). SART (1 m above the sea), aid to navigation and
base station (mast to mast): assumed."""
FADE_NM = 3.0
"""Over how many miles reception fades: assumed."""
LATE, LATE_S = 0.003, 5.0
"""Share of lines that a network delays, and by up to how long: assumed."""
CORRUPT = 0.0006
"""Share of lines with one payload character wrong, so that the checksum fails: assumed."""


@dataclass(frozen=True)
class Station:
    """A receiver; ``lag_s``: its time stamps are up to this late; ``slot_loss``: share lost under load."""

    name: str
    place: Point
    lag_s: float
    slot_loss: float = 0.35


@dataclass(frozen=True)
class Lines:
    """Lines as they arrive: ``arrival_ms`` int64, the bytes, and how many of them were corrupted."""

    arrival_ms: np.ndarray
    lines: list[bytes]
    corrupt: int


def hearing(station: Station, ais_class: str, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Probability that a transmission from each place is received."""
    east = (lon - station.place[0]) * np.cos(np.radians(lat))
    distance_nm = np.hypot(east, lat - station.place[1]) * M_PER_DEG / 1852
    return (1 - station.slot_loss) / (1 + np.exp((distance_nm - HALF_HEARD_NM[ais_class]) / FADE_NM))


def hear(station: Station, ais_class: str, reports: Reports, rng: np.random.Generator) -> Lines:
    """One station's lines of one ship's reports, in the order of transmission."""
    n = len(reports.t_ms)
    heard = rng.random(n) < hearing(station, ais_class, reports.lon, reports.lat)
    stamp_ms = reports.t_ms + (rng.uniform(0, station.lag_s, n) * 1000).astype(np.int64)
    late_s = np.where(rng.random(n) < LATE, rng.uniform(1, LATE_S, n), 0)
    wrong = rng.random(n) < CORRUPT
    place = rng.integers(0, 20, n)
    arrival, lines, corrupt = [], [], 0
    for i in np.flatnonzero(heard).tolist():
        parts = reports.sentences[i]
        for part in _tagged(station.name, int(stamp_ms[i]) // 1000, parts):
            spoil = wrong[i] and len(parts) == 1
            lines.append(_spoilt(part, int(place[i])) if spoil else part)
            arrival.append(stamp_ms[i] + int(1000 * late_s[i]))
            corrupt += bool(spoil)
    return Lines(np.array(arrival, np.int64), lines, corrupt)


def _tagged(station: str, t_s: int, parts: tuple[bytes, ...]) -> list[bytes]:
    if len(parts) == 1:
        return [aivdm.tag_block(station, t_s) + parts[0]]
    group = parts[0].split(b",")[3].decode()
    return [aivdm.tag_block(station, t_s, f"{i}-{len(parts)}-{group}") + part for i, part in enumerate(parts, 1)]


def _spoilt(line: bytes, place: int) -> bytes:
    """The line with the payload character at ``place`` replaced by another of the alphabet."""
    at = line.index(b",", line.index(b"AIVDM,1,1,,") + 11) + 1 + place % 14
    return line[:at] + (b"0" if line[at : at + 1] != b"0" else b"w") + line[at + 1 :]
