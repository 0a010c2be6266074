"""What a station on a simulated ship transmits, and when: ITU-R M.1371-5 Annex 1 tables 1 and 2.

Class A: 3 min at anchor or moored below 3 kn, else 10 s to 14 kn, 6 s to 23 kn, 2 s above; changing course
3 1/3 s to 14 kn, 2 s above. Class B "CS": 3 min to 2 kn, else 30 s. Statics every 6 min, aids to navigation
every 3 min, base stations every 10 s. (Recalled, and agreeing with published copies of the tables except
the SART's; no text of the Recommendation was at hand.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from surveil.simulate import aivdm
from surveil.simulate.vessels import AT_ANCHOR, MOORED, SART_ACTIVE, Ship, Track, displace

STATIC_S, ATON_S, BASE_S = 360, 180, 10
"""M.1371-5 Annex 1 table 2."""
SART_BURST, SART_SPACING_S, SART_TEXT_EVERY = 8, 2.0, 4
"""Eight messages a minute, 75 slots (2 s) apart; every fourth minute the 5th and 6th are the text, type 14
(IEC 61097-14, recalled; the text is M.1371-5 Annex 8, message 14)."""
TURN_DEG = 5.0
"""A ship changes course when her heading is this far from its mean over 30 s (M.1371-5, recalled)."""
TEXT = "S82"
"""A sentence is of 82 characters at most (IEC 61162-1)."""
NO_FIX = {"lon": 181 * 600_000, "lat": 91 * 600_000, "sog": 1023, "cog": 3600, "utc_s": 63, "accuracy": 0}
"""What goes out without a satellite fix: not available, in the steps of the standard; second 63 says that the
positioning system is inoperative (M.1371-5 Annex 8, 3.1)."""
POSITION_SIGMA_M, VELOCITY_SIGMA_KN, HEADING_SIGMA_DEG = 4.0, 0.08, 0.7
"""Noise of GNSS fix, its velocity by component, and gyro with yaw: assumed."""


@dataclass(frozen=True)
class Glitch:
    """A bad fix: reports from ``t_ms`` on for ``duration_s`` have their position off by metres."""

    t_ms: int
    east_m: float
    north_m: float
    duration_s: float = 30.0


Spoken = np.ndarray | list[tuple[bytes, ...]]
"""Messages of one sentence each, as byte strings, or the sentences of each message."""


@dataclass(frozen=True)
class Reports:
    """What went out: when (``t_ms`` int64) and from where (true), by message; ``text`` of each sentence (byte
    strings) in order, and ``message``, the row of the message it is a part of."""

    t_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    text: np.ndarray
    message: np.ndarray

    @classmethod
    def of(cls, t_ms, lon, lat, sentences: list[tuple[bytes, ...]]) -> Reports:
        """From the sentences of each message."""
        message = np.repeat(np.arange(len(sentences)), [len(parts) for parts in sentences])
        return cls(t_ms, lon, lat, np.array([s for parts in sentences for s in parts], TEXT), message)

    @property
    def sentences(self) -> list[tuple[bytes, ...]]:
        """The sentences of each message."""
        first = np.searchsorted(self.message, np.arange(len(self.t_ms) + 1)).tolist()
        text = self.text.tolist()
        return [tuple(text[a:b]) for a, b in pairwise(first)]


def interval_s(ais_class: str, track: Track) -> np.ndarray:
    """Nominal seconds between position reports at each row of a track of class "A" or "B"."""
    sog = track.sog_kn
    if ais_class == "B":
        return np.where(sog > 2, 30.0, 180.0)
    turning = _turning(track.heading_deg, track.step_ms)
    nominal = np.select([sog > 23, (sog > 14) & turning, sog > 14, turning], [2.0, 2.0, 6.0, 10 / 3], default=10.0)
    resting = np.isin(track.status, (AT_ANCHOR, MOORED)) & (sog <= 3)
    return np.where(resting, 180.0, nominal)


def _turning(heading_deg: np.ndarray, step_ms: int) -> np.ndarray:
    heading = np.degrees(np.unwrap(np.radians(heading_deg)))
    total = np.append(0, np.cumsum(heading))
    now = np.arange(1, len(total))
    first = np.maximum(now - max(1, 30_000 // step_ms), 0)
    return np.abs(heading - (total[now] - total[first]) / (now - first)) > TURN_DEG


def report_times(ais_class: str, track: Track, rng: np.random.Generator) -> np.ndarray:
    """``t_ms`` of position reports: each falls within 10 % of the interval about its nominal time, the
    selection interval of M.1371-5 Annex 2 (0.2 of the nominal increment, recalled)."""
    phase = np.append(0, np.cumsum(track.step_ms / 1000 / interval_s(ais_class, track)[:-1]))
    nominal = np.arange(rng.uniform(0.1, 1), phase[-1], 1.0)
    wanted = nominal + rng.uniform(-0.1, 0.1, len(nominal))
    return np.interp(wanted, phase, track.t_ms).astype(np.int64)


def periodic(period_s: float, track: Track, rng: np.random.Generator) -> np.ndarray:
    """``t_ms`` every ``period_s`` from a random start."""
    first = track.t_ms[0] + int(rng.uniform(0, period_s) * 1000)
    return np.arange(first, track.t_ms[-1], int(period_s * 1000), dtype=np.int64)


def transmit(
    ship: Ship,
    track: Track,
    rng: np.random.Generator,
    glitches: tuple[Glitch, ...] = (),
    jammed: tuple[tuple[int, int], ...] = (),
) -> Reports:
    """Everything a ship's station sends along a track, in order of time; within ``jammed`` (UTC ms) without a fix."""
    senders = {"A": (_positions, _voyage), "B": (_positions, _class_b_static)}
    senders |= {"base": (_base,), "aton": (_aton,), "sart": (_sart,)}
    parts = [send(ship, track, rng, (glitches, jammed)) for send in senders[ship.ais_class]]
    t_ms = np.concatenate([t for t, _ in parts])
    order = np.argsort(t_ms, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    text, message = _flat([spoken for _, spoken in parts])
    message = place[message]
    by_message = np.argsort(message, kind="stable")
    t_ms = t_ms[order]
    lon, lat = np.interp(t_ms, track.t_ms, track.lon), np.interp(t_ms, track.t_ms, track.lat)
    return Reports(t_ms, lon, lat, text[by_message], message[by_message])


def _flat(spoken: list[Spoken]) -> tuple[np.ndarray, np.ndarray]:
    """All sentences, and the row of the message that each belongs to."""
    text, message, rows = [], [], 0
    for each in spoken:
        lengths = np.ones(len(each), np.int64)
        if isinstance(each, list):
            lengths = np.array([len(parts) for parts in each], np.int64)
            each = np.array([s for parts in each for s in parts], TEXT)
        text.append(each.astype(TEXT))
        message.append(rows + np.repeat(np.arange(len(lengths)), lengths))
        rows += len(lengths)
    return np.concatenate(text), np.concatenate(message)


def _channels(n: int) -> np.ndarray:
    return np.where(np.arange(n) % 2, b"B", b"A").astype("S1")


def _slot(t_ms: np.ndarray) -> np.ndarray:
    """SOTDMA communication state: UTC direct, slot time-out 2, so the number of the slot follows
    (2,250 slots a minute; M.1371-5 Annex 2, 3.3.7)."""
    return (2 << 14) | (t_ms % 60_000 * 2250 // 60_000)


def _motion(track: Track, t_ms, rng, faults=((), ())) -> dict[str, np.ndarray]:
    """Raw position, speed and course fields as measured at ``t_ms``; ``faults`` are glitches and jammed spans."""
    glitches, jammed = faults
    lon, lat, east, north = (
        np.interp(t_ms, track.t_ms, getattr(track, name)) for name in ("lon", "lat", "east_kn", "north_kn")
    )
    error_m = rng.normal(0, POSITION_SIGMA_M, (2, len(t_ms)))
    for glitch in glitches:
        since_ms = t_ms - glitch.t_ms
        bad = (since_ms >= 0) & (since_ms < glitch.duration_s * 1000)
        error_m += bad * np.array([[glitch.east_m], [glitch.north_m]])
    lon, lat = displace((lon, lat), *error_m)
    east, north = np.array([east, north]) + rng.normal(0, VELOCITY_SIGMA_KN, (2, len(t_ms)))
    measured = {
        "lon": np.rint(lon * 600_000),
        "lat": np.rint(lat * 600_000),
        "sog": np.rint(10 * np.hypot(east, north)),
        "cog": np.rint(10 * np.degrees(np.arctan2(east, north))) % 3600,
        "utc_s": t_ms // 1000 % 60,
        "accuracy": np.ones(len(t_ms)),
    }
    for begins_ms, ends_ms in jammed:
        without = (t_ms >= begins_ms) & (t_ms < ends_ms)
        measured = {name: np.where(without, NO_FIX[name], values) for name, values in measured.items()}
    return measured


def _gyro(track: Track, t_ms, rng) -> dict[str, np.ndarray]:
    """Raw heading, rate of turn and status. ROT is 4.733 sqrt(deg/min) (M.1371-5 Annex 8, 3.1)."""
    at = np.minimum(np.searchsorted(track.t_ms, t_ms), len(track.t_ms) - 1)
    heading = np.degrees(np.unwrap(np.radians(track.heading_deg)))
    reach = max(1, 10_000 // track.step_ms)
    degrees = heading[np.minimum(at + reach, len(heading) - 1)] - heading[np.maximum(at - reach, 0)]
    rate = degrees * (60_000 / (2 * reach * track.step_ms))
    turn = np.sign(rate) * np.minimum(np.rint(4.733 * np.sqrt(np.abs(rate))), 126)
    measured = heading[at] + rng.normal(0, HEADING_SIGMA_DEG, len(at))
    return {"heading": np.rint(measured) % 360, "rot": turn, "nav_status": track.status[at]}


def _positions(ship: Ship, track: Track, rng, faults):
    t_ms = report_times(ship.ais_class, track, rng)
    fields = _motion(track, t_ms, rng, faults)
    if ship.ais_class == "A":
        msg_type, fields = 1, fields | _gyro(track, t_ms, rng) | {"radio": _slot(t_ms)}
    else:
        msg_type, fields = 18, fields | {"cs": 1, "msg22": 1, "radio": 0xE0006}
    return t_ms, _packed(msg_type, t_ms, mmsi=ship.mmsi, **fields)


def _packed(msg_type: int, t_ms, **fields) -> np.ndarray:
    payloads = aivdm.pack(msg_type, len(t_ms), **fields)
    return aivdm.sentences(payloads, _channels(len(t_ms)))


def _dims(ship: Ship) -> dict[str, int]:
    return dict(zip(("to_bow", "to_stern", "to_port", "to_starboard"), ship.dims_m, strict=True))


def _repeated(t_ms, groups: int = 1, **fields):
    """The same message at each time, on alternating channels, with the group numbers going round."""
    return [aivdm.rare("AB"[i % 2], i % groups, **fields) for i in range(len(t_ms))]


def _voyage(ship: Ship, track: Track, rng, _):
    """Type 5; no IMO number, as an invented one could be a real ship's."""
    t_ms = periodic(STATIC_S, track, rng)
    return t_ms, _repeated(
        t_ms, 10, msg_type=5, mmsi=ship.mmsi, callsign=ship.callsign, name=ship.name, epfd=1,
        ship_type=ship.ship_type, draught=ship.draught_m, destination=ship.destination, **_dims(ship),
    )  # fmt: skip


def _class_b_static(ship: Ship, track: Track, rng, _):
    """Type 24 part A and, 30 s after it (within a minute: M.1371-5 Annex 8, 3.22), part B."""
    first = periodic(STATIC_S, track, rng)
    name = _repeated(first, msg_type=24, mmsi=ship.mmsi, partno=0, name=ship.name)
    second = first[first + 30_000 < track.t_ms[-1]] + 30_000
    what = _repeated(
        second, msg_type=24, mmsi=ship.mmsi, partno=1, ship_type=ship.ship_type, callsign=ship.callsign,
        vendor="SIM", **_dims(ship),
    )  # fmt: skip
    return np.concatenate([first, second]), name + what


def _base(ship: Ship, track: Track, rng, _):
    t_ms = periodic(BASE_S, track, rng)
    utc = [datetime.fromtimestamp(t // 1000, UTC) for t in t_ms.tolist()]
    clock = {f: [getattr(u, f) for u in utc] for f in ("year", "month", "day", "hour", "minute", "second")}
    place = {"lon": round(track.lon[0] * 600_000), "lat": round(track.lat[0] * 600_000), "epfd": 7}
    return t_ms, _packed(4, t_ms, mmsi=ship.mmsi, accuracy=1, radio=_slot(t_ms), **place, **clock)


def _aton(ship: Ship, track: Track, rng, _):
    t_ms = periodic(ATON_S, track, rng)
    where = {"lon": round(float(track.lon[0]), 5), "lat": round(float(track.lat[0]), 5)}
    return t_ms, _repeated(t_ms, msg_type=21, mmsi=ship.mmsi, aid_type=ship.ship_type, name=ship.name, epfd=7, **where)


def _sart(ship: Ship, track: Track, rng, _):
    minutes = np.arange(track.t_ms[0] + 1000, track.t_ms[-1] - 15_000, 60_000, dtype=np.int64)
    t_ms = (minutes[:, None] + (np.arange(SART_BURST) * SART_SPACING_S * 1000).astype(np.int64)).ravel()
    fixes = np.repeat(minutes, SART_BURST)
    fields = _motion(track, fixes, rng)
    fields |= {"nav_status": SART_ACTIVE}
    spoken = [(s,) for s in _packed(1, t_ms, mmsi=ship.mmsi, radio=_slot(t_ms), **fields).tolist()]
    for burst in range(0, len(minutes), SART_TEXT_EVERY):
        for message in (4, 5):
            text = aivdm.rare("AB"[message % 2], 0, msg_type=14, mmsi=ship.mmsi, text="SART ACTIVE")
            spoken[burst * SART_BURST + message] = text
    return t_ms, spoken
