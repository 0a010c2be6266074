"""ASTERIX feeds to :class:`~surveil.schema.Plots`: blocks of files and datagrams, many records at once.

CAT048, CAT010 and CAT062 become plots. What carries none (service messages) is passed over and counted; what cannot be
read is refused with its reason. A record counts as a line of the ledger, a block that is passed over or refused as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from surveil.decode.asterix import SERVICE, VIDEO, WHY_NO_VIDEO, layout
from surveil.decode.asterix_tables import CATEGORIES
from surveil.decode.capture import Datagram
from surveil.kernels import asterix as kernel
from surveil.ledger import Ledger
from surveil.schema import MISSING_SENSOR, MISSING_TRACK, Plots

DAY_MS = 86_400_000
KN_M_S = 1852 / 3600
_UNITS = {"NM": 1852.0, "NM/s": 3600.0, "m/s": 1 / KN_M_S}
"""To metres and knots; other units stay."""

COLUMNS = {
    48: {
        "tod": "140/ToD", "sac": "010/SAC", "sic": "010/SIC", "rho": "040/RHO", "theta": "040/THETA", "x": "042/X",
        "y": "042/Y", "amplitude": "130/PAM/PAM", "track": "161/Tn", "speed": "200/CGS", "course": "200/CHdg",
        "simulated": "020/SIM", "detected": "020/TYP",
    },
    10: {
        "tod": "140/ToD", "sac": "010/SAC", "sic": "010/SIC", "rho": "040/RHO", "theta": "040/THETA", "x": "042/X",
        "y": "042/Y", "lat": "041/Lat", "lon": "041/Lon", "amplitude": "131/PAM", "track": "161/TrkNb",
        "speed": "200/GS", "course": "200/TA", "vx": "202/Vx", "vy": "202/Vy", "length": "270/Length",
        "sigma_x": "500/Qx", "sigma_y": "500/Qy", "simulated": "020/SIM", "message": "000/MsgTyp",
    },
    62: {
        "tod": "070/ToT", "sac": "010/SAC", "sic": "010/SIC", "lat": "105/Lat", "lon": "105/Lon", "track": "040/TrkN",
        "vx": "185/Vx", "vy": "185/Vy", "length": "270/Length", "sigma_x": "500/APC/APC_X", "sigma_y": "500/APC/APC_Y",
        "simulated": "080/SIM",
    },
}  # fmt: skip
"""Item/field, or item/subfield/field, of what is read of each category."""
TARGET_REPORT = 1
"""CAT010 item 000: the others say how the radar does."""
NO_DETECTION = 0
"""CAT048 item 020: a track carried on without an echo."""
NO_STATION = -1
"""In the place of SAC and SIC where a record has none."""
RAW = 40
"""Octets kept of a refused record, whose end is not known here."""
_STATES = {kernel.UNKNOWN_ITEM: "item unknown to the tables", kernel.OVERRUN: "record runs past its block"}


def _key(category: int, path: str) -> tuple[int, str, str]:
    item, *rest = path.split("/")
    return category, item, rest[0] if len(rest) == 2 else ""


@cache
def _layout():
    wanted = dict.fromkeys(_key(number, path) for number, paths in COLUMNS.items() for path in paths.values())
    return layout(tuple(wanted), tuple(COLUMNS))


class PlotDecoder:
    """Decodes one feed in pieces of any size: the rows are the same however it is cut.

    Parameters
    ----------
    ledger, source : where to account, and under which index rows travel.
    sensors : (SAC, SIC) to index of the sensor; of a station not named here, rows have ``MISSING_SENSOR``.
    near_ms : a time within 12 h of the first record, as records carry the time of day only. A captured datagram's
        own time takes its place.
    """

    def __init__(self, ledger: Ledger, source: int, sensors: dict[tuple[int, int], int], near_ms: int):
        self.ledger, self.source, self.sensors = ledger, source, sensors
        self._last_ms, self._rest = near_ms, b""

    @property
    def _count(self):
        return self.ledger[self.source]

    def hear(self, t_ms: int) -> None:
        """What is fed from now on was received then: records carry the time of day alone."""
        self._last_ms = t_ms

    def state(self) -> dict:
        """What feeding so far has left behind, as JSON can carry it; the ledger is kept apart."""
        return {"last_ms": self._last_ms, "rest": self._rest.hex()}

    def restore(self, state: dict) -> None:
        """Inverse of :meth:`state`."""
        self._last_ms, self._rest = state["last_ms"], bytes.fromhex(state["rest"])

    def feed(self, data: bytes) -> Plots:
        """The next octets of a file or stream of blocks."""
        data = self._rest + data
        octets = np.frombuffer(data, np.uint8)
        heads, end = kernel.blocks(octets, 0, len(data))
        self._rest, faults = data[end:], {}
        if len(self._rest) >= 3 and self._rest[1:3] < b"\0\3":
            faults[len(heads)] = "not a block of ASTERIX", self._rest
            heads, self._rest = np.append(heads, 0), b""
        return self._decode(octets, heads, faults, None)

    def close(self) -> None:
        """Account for what was left in the middle of a block."""
        if self._rest:
            self._decode(np.zeros(3, np.uint8), np.zeros(1, np.int64), {0: ("block cut short", self._rest)}, None)
        self._rest = b""

    def datagrams(self, captured: Iterable[Datagram]) -> Plots:
        """Datagrams, each of whole blocks."""
        heads, times, payloads, faults = [], [], [b"\0" * 3], {}
        at, count = 3, 0
        for datagram in captured:
            octets = np.frombuffer(datagram.payload, np.uint8)
            places, end = _stretches(octets)
            fault = datagram.fault or ("not a block of ASTERIX" if end < len(octets) else "")
            if fault:
                faults[count + len(places)] = fault, datagram.payload[end:]
                places = np.append(places, -at)
            heads.append(places + at)
            times.append(np.full(len(places), datagram.t_ms))
            payloads.append(datagram.payload)
            at, count = at + len(octets), count + len(places)
        if not heads:
            return Plots.empty()
        data = np.frombuffer(b"".join(payloads), np.uint8)
        return self._decode(data, np.concatenate(heads), faults, np.concatenate(times))

    def _decode(self, data, heads, faults: dict[int, tuple[str, bytes]], captured_ms) -> Plots:
        """Rows of blocks; those that ``faults`` names by place among them are no blocks."""
        category = data[heads] if len(heads) else np.empty(0, np.uint8)
        category[list(faults)] = 0
        start, end = heads + 3, heads + data[heads + 1] * np.int64(256) + data[heads + 2]
        read = np.isin(category, np.array(list(COLUMNS), np.uint8))
        plan = _layout()
        blocks = data, start[read], end[read], category[read], plan.uap, plan.form, plan.size, plan.subs, plan.want
        counts, states = kernel.walk(*blocks, np.empty((0, 0), np.int64))
        places = np.full((counts.sum(), len(plan.columns) + 1), -1, np.int64)
        if len(places):
            kernel.walk(*blocks, places)
        lines, state = np.ones(len(heads), np.int64), np.full(len(heads), kernel.OK, np.uint8)
        lines[read], state[read] = counts + (states != kernel.OK), states
        first = self._count.lines_read + 1 + np.cumsum(lines) - lines
        self._count.lines_read += int(lines.sum())
        for i in np.flatnonzero(~read | (state != kernel.OK)).tolist():
            reason, raw = faults.get(i, (_STATES.get(int(state[i]), ""), data[heads[i] : end[i]].tobytes()))
            self._pass_over(int(first[i] + lines[i] - 1), int(category[i]), reason, raw)
        seq = np.repeat(first[read] - np.cumsum(counts) + counts, counts) + np.arange(len(places))
        when = None if captured_ms is None else np.repeat(captured_ms[read], counts)
        return self._plots(data, places, np.repeat(category[read], counts), seq, when)

    def _pass_over(self, line: int, category: int, reason: str, raw: bytes) -> None:
        """Count a block that gave no records, or that broke off."""
        if not reason and category in SERVICE:
            self._count.not_ais += 1
            return
        unread = WHY_NO_VIDEO if category == VIDEO else f"category {category} is not read"
        self.ledger.refuse(self.source, line, reason or unread, raw)

    def _plots(self, data, places, category, seq, captured_ms) -> Plots:
        values = _values(data, places, category)
        keep = self._checked(values, category, seq, data, places)
        if not keep.all():
            values, seq = {name: column[keep] for name, column in values.items()}, seq[keep]
        when = None if captured_ms is None else captured_ms[keep]
        t_ms = self._dated(np.rint(values["tod"] * 1000).astype(np.int64), when)
        self._count.decoded += len(seq)
        self._count.simulated |= bool((values["simulated"] == 1).any())
        for number in np.unique(category[keep]).tolist():
            self._count.types[f"CAT{number:03d}"] += int((category[keep] == number).sum())
        return Plots.build(t_ms=t_ms, source=np.full(len(seq), self.source), seq=seq, sensor=self._sensors(values),
                           **_measured(values))  # fmt: skip

    def _checked(self, values, category, seq, data, places) -> np.ndarray:
        """Which records are plots; the others are counted."""
        placed = np.isfinite(values["rho"] + values["theta"]) | np.isfinite(values["lon"]) | np.isfinite(values["x"])
        status = (category == 10) & (values["message"] != TARGET_REPORT)
        faults = {
            "no time of day": ~(values["tod"] * 1000 < DAY_MS),
            "track without an echo": (category == 48) & (values["detected"] == NO_DETECTION),
            "no position": ~placed,
        }
        self._count.not_ais += int(status.sum())
        keep = ~status
        for reason, wrong in faults.items():
            for i in np.flatnonzero(keep & wrong).tolist():
                start = places[i, -1]
                self.ledger.refuse(self.source, int(seq[i]), reason, data[start : start + RAW].tobytes())
            keep &= ~wrong
        return keep

    def _dated(self, tod_ms: np.ndarray, captured_ms) -> np.ndarray:
        """UTC of times of day: each on the day that brings it nearest to the one before, or to the capture."""
        if not len(tod_ms):
            return tod_ms
        if captured_ms is not None:
            return captured_ms + _wrapped(tod_ms - captured_ms)
        steps = _wrapped(np.diff(np.append(self._last_ms, tod_ms)))
        t_ms = self._last_ms + np.cumsum(steps)
        self._last_ms = int(t_ms[-1])
        return t_ms

    def _sensors(self, values) -> np.ndarray:
        station = np.nan_to_num(values["sac"] * 256 + values["sic"], nan=NO_STATION).astype(np.int64)
        out = np.full(len(station), MISSING_SENSOR)
        for code in np.unique(station).tolist():
            name, theirs = divmod(code, 256), station == code
            out[theirs] = self.sensors.get(name, MISSING_SENSOR)
            if name not in self.sensors:
                said = "a record without SAC and SIC" if code == NO_STATION else f"SAC {name[0]} SIC {name[1]}"
                self._count.warnings[f"{said} is of no sensor of the settings"] += int(theirs.sum())
        return out


def _wrapped(difference_ms):
    """A difference of times of day, in [-12 h, 12 h)."""
    return (difference_ms + DAY_MS // 2) % DAY_MS - DAY_MS // 2


def _stretches(octets: np.ndarray) -> tuple[np.ndarray, int]:
    """Places of the blocks of a datagram, and where they end: blocks one after the other, or each lot led by a count
    of two octets (which includes itself) and a time of four, as the ORADIS recorder of Croatia Control frames them."""
    heads, end = kernel.blocks(octets, 0, len(octets))
    found, at = [np.empty(0, np.int64)], 0
    while end < len(octets) and at + 6 <= len(octets):
        stop = at + int(octets[at]) * 256 + int(octets[at + 1])
        lot, reached = kernel.blocks(octets, at + 6, stop) if at + 6 < stop <= len(octets) else (None, 0)
        if reached != stop:
            return heads, end
        found.append(lot)
        at = stop
    return (heads, end) if end == len(octets) else (np.concatenate(found), at)


def _values(data, places, category) -> dict[str, np.ndarray]:
    """What ``COLUMNS`` names, by record; NaN where it has none."""
    plan, out = _layout(), {}
    names = dict.fromkeys(name for paths in COLUMNS.values() for name in paths)
    for name in names:
        out[name] = np.full(len(places), np.nan)
    for number in np.unique(category).tolist():
        rows = category == number
        for name, path in COLUMNS[number].items():
            key = _key(number, path)
            at = places[rows, plan.columns[key]]
            if (at >= 0).any():
                out[name][rows] = _number(data, at, plan.items[key], path.rpartition("/")[2])
    return out


def _number(data, at, item, name: str) -> np.ndarray:
    part, field = item.field(name)
    for k in range(part):  # FX of every part before it must be set
        at = np.where((at >= 0) & (data[np.maximum(at, 0) + (k + 1) * item.octets - 1] & 1 == 1), at, -1)
    first, last = field.offset // 8, (field.offset + field.width - 1) // 8
    octets = np.where(at >= 0, at + part * item.octets + first, -1)
    raw = kernel.integers(data, octets, last - first + 1, False)
    raw = raw >> (8 * (last + 1) - field.offset - field.width) & (1 << field.width) - 1
    if field.coding == "s":
        raw -= (raw >> field.width - 1) << field.width
    return np.where(at >= 0, raw * (field.lsb or 1.0) * _UNITS.get(field.unit, 1.0), np.nan)


def _measured(values) -> dict[str, np.ndarray]:
    """Columns of :class:`Plots` from what the items say."""
    polar = np.isfinite(values["rho"] + values["theta"])
    course = np.degrees(np.arctan2(values["vx"], values["vy"])) % 360
    return {
        "range_m": np.where(polar, values["rho"], np.hypot(values["x"], values["y"])),
        "bearing_deg": np.where(polar, values["theta"], np.degrees(np.arctan2(values["x"], values["y"])) % 360),
        "lon": values["lon"],
        "lat": values["lat"],
        "sigma_m": np.sqrt((values["sigma_x"] ** 2 + values["sigma_y"] ** 2) / 2),
        "snr_db": values["amplitude"],
        "length_m": values["length"],
        "sog_kn": np.where(np.isnan(values["speed"]), np.hypot(values["vx"], values["vy"]), values["speed"]),
        "cog_deg": np.where(np.isnan(values["course"]), course, values["course"]),
        "track": np.where(np.isnan(values["track"]), MISSING_TRACK, values["track"]),
    }


def looks_like_asterix(head: bytes) -> bool:
    """Whether a file that begins so is a row of blocks of known categories (the last may be cut off)."""
    octets = np.frombuffer(head, np.uint8)
    heads, end = kernel.blocks(octets, 0, len(octets))
    known = {*CATEGORIES, *SERVICE, VIDEO}
    sound = end == len(octets) or (end + 1 <= len(octets) and head[end] in known)
    return len(heads) > 0 and sound and all(int(c) in known for c in octets[heads])
