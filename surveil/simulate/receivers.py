"""Shore stations: which of the transmissions they hear, and the tag-blocked lines they pass on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveil.simulate import aivdm
from surveil.simulate.ais import Reports
from surveil.simulate.scenario import Station
from surveil.simulate.vessels import M_PER_DEG

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
class Lines:
    """Lines as they are passed on: ``arrival_ms`` int64 (n,), their ``text`` uint8 (n, m) with NULs that do not
    count, and how many of them were corrupted."""

    arrival_ms: np.ndarray
    text: np.ndarray
    corrupt: int

    @property
    def lines(self) -> list[bytes]:
        """Each line's bytes."""
        text = aivdm.as_text(self.text).tolist() if len(self.text) else []
        return [line.replace(b"\0", b"") for line in text]


def hearing(station: Station, half_heard_nm, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Probability that a transmission from each place is received, ``half_heard_nm`` being of its kind of sender."""
    east = (lon - station.place[0]) * np.cos(np.radians(lat))
    distance_nm = np.hypot(east, lat - station.place[1]) * M_PER_DEG / 1852
    return (1 - station.slot_loss) / (1 + np.exp((distance_nm - half_heard_nm) / FADE_NM))


def hear(station: Station, ais_class: str, reports: Reports, rng: np.random.Generator) -> Lines:
    """One station's lines of one ship's reports, in the order of transmission."""
    heard = rng.random(len(reports.t_ms)) < hearing(station, HALF_HEARD_NM[ais_class], reports.lon, reports.lat)
    return passed_on(station, reports, heard, rng)


def passed_on(station: Station, reports: Reports, heard: np.ndarray, rng: np.random.Generator) -> Lines:
    """The lines of what a station ``heard`` (bool, by message): stamped, now and then late, or spoilt."""
    n = len(reports.t_ms)
    seen_ms = reports.t_ms + (rng.uniform(0, station.lag_s, n) * 1000).astype(np.int64)
    late_s = np.where(rng.random(n) < LATE, rng.uniform(1, LATE_S, n), 0)
    wrong = rng.random(n) < CORRUPT
    place = rng.integers(0, 20, n)
    rows = np.flatnonzero(heard[reports.message])
    message, text = reports.message[rows], _characters(reports.text[rows])
    parts = _parts(text)
    spoilt = wrong[message] & (parts[0] == 0)
    _spoil(text, np.flatnonzero(spoilt), place[message])
    stamp_s = (seen_ms[message] + round(1000 * station.clock_error_s)) // 1000
    lines = np.hstack([aivdm.tag_blocks(station.name, stamp_s, *parts), text])
    arrival_ms = seen_ms + (1000 * late_s).astype(np.int64)
    return Lines(arrival_ms[message], lines, int(spoilt.sum()))


def _characters(text: np.ndarray) -> np.ndarray:
    """Byte strings (n,) as characters, uint8 (n, m); a copy."""
    return text.view(np.uint8).reshape(len(text), text.dtype.itemsize).copy()


def _parts(text: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of parts (0: alone), which of them, and the group, each (n,), of sentences !AIVDM,parts,part,group,..."""
    parts, part, group = (text[:, at].astype(np.int64) - ord("0") for at in (7, 9, 11))
    return np.where(parts > 1, parts, 0), part, np.where(parts > 1, group, 0)


def _spoil(text: np.ndarray, rows: np.ndarray, place: np.ndarray) -> None:
    """Replace one payload character of some single sentences by another of the alphabet."""
    at = len(b"!AIVDM,1,1,,A,") + place[rows] % 14
    text[rows, at] = np.where(text[rows, at] != ord("0"), ord("0"), ord("w"))
