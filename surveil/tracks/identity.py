"""Who targets said they were, change by change, and numbers that cannot be right: MMSIs of no form or country, IMO
numbers whose check digit is wrong.

A value stands once it was heard. Another one is a rival until it has been heard again ``LASTING_S`` later: damage
comes once, a new name stays. If the old value was heard in between, two values are in use at once, as by two hulls
under one number: that is reported once, as "alternates". Values that a row does not carry change nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from surveil.identity import KIND_NAMES, WRONG_KINDS, imo_wrong, mmsi_kind
from surveil.schema import MISSING_TIME, Statics
from surveil.tracks.events import IMO_WRONG, MMSI_WRONG, STATIC_ALTERNATES, STATIC_CHANGED, TrackEvent

LASTING_S = 420
"""Static data are sent every 6 minutes (M.1371-5 annex 1, 2.5), and archives repeat what was sent last on each row:
damage to one message is over by then (assumed)."""
FORGET_S = 7200
"""A rival not heard for so long was damage (assumed)."""
KEPT = 16
"""Changes kept of one target, the latest ones (assumed); all are reported."""

FIELDS = {"name": "S34", "callsign": "S7", "imo": "i4", "ship_type": "i2", "length_m": "f4", "beam_m": "f4"}
_WORDS = {"name": "name", "callsign": "call sign", "imo": "IMO number", "ship_type": "ship type",
          "length_m": "length", "beam_m": "beam"}  # fmt: skip
_NONE = {"S": b"", "i": 0, "f": np.nan}
_CARRIED = {"S": lambda v: v != b"", "i": lambda v: v > 0, "f": lambda v: ~np.isnan(v)}
_FIRST_CAPACITY = 256

Value = str | int | float


def static_values(rows: Statics) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By field of a target's static data: (values, bool[n] whether a row carries it)."""
    along, across = rows.to_bow_m + rows.to_stern_m, rows.to_port_m + rows.to_starboard_m
    values = {
        "name": rows.name, "callsign": rows.callsign, "destination": rows.destination, "imo": rows.imo,
        "ship_type": rows.ship_type, "length_m": np.where(along > 0, along, np.nan),
        "beam_m": np.where(across > 0, across, np.nan), "draught_m": rows.draught_m,
    }  # fmt: skip
    return {name: (column, _CARRIED[column.dtype.kind](column)) for name, column in values.items()}


@dataclass(frozen=True)
class StaticChange:
    """``how`` is "changed" or "alternates"; ``t_ms`` when ``new`` was first heard."""

    t_ms: int
    field: str
    old: Value
    new: Value
    how: str


@dataclass
class _Rival:
    """A value that differs from the one that stands."""

    value: Value
    first_ms: int
    last_ms: int
    stood_ms: int | None = None
    reported: bool = False


class StaticHistory:
    """Histories by slot of the track table."""

    kinds = (MMSI_WRONG, IMO_WRONG, STATIC_CHANGED, STATIC_ALTERNATES)

    def __init__(self):
        self.stands = {name: np.full(_FIRST_CAPACITY, _NONE[dtype[0]], dtype) for name, dtype in FIELDS.items()}
        self._busy = np.zeros(_FIRST_CAPACITY, np.int32)
        self._n = self._checked = 0
        self._rivals: dict[tuple[int, str], _Rival] = {}
        self._wrong_imo: dict[int, int] = {}
        self._changes: dict[int, list[StaticChange]] = {}

    def changes(self, slot: int) -> tuple[StaticChange, ...]:
        """The last changes of a target, oldest first."""
        return tuple(self._changes.get(slot, ()))

    def check_numbers(self, mmsi: np.ndarray, first_ms: np.ndarray, found_ms: int) -> list[TrackEvent]:
        """MMSIs that cannot be right, of targets new since the last call. int32[n], int64[n] by slot of the table."""
        if len(mmsi) == self._checked:
            return []
        new = slice(self._checked, len(mmsi))
        self._checked = len(mmsi)
        kind = mmsi_kind(mmsi[new])
        wrong = np.flatnonzero(np.isin(kind, WRONG_KINDS) & (mmsi[new] >= 0))  # a contact's number is not one
        found = zip(mmsi[new][wrong].tolist(), first_ms[new][wrong].tolist(), kind[wrong].tolist(), strict=True)
        return [_wrong_mmsi(m, found_ms if t_ms == MISSING_TIME else t_ms, found_ms, k) for m, t_ms, k in found]

    def observe(self, rows: Statics, slot: np.ndarray, found_ms: int) -> list[TrackEvent]:
        """Learn from rows in the order of time; what changed. ``slot`` int32[n] of the track table."""
        if not len(rows):
            return []
        self._grow(int(slot.max()) + 1)
        values = {name: pair for name, pair in static_values(rows).items() if name in FIELDS}
        odd = np.zeros(len(rows), bool)
        for name, (column, carried) in values.items():
            self._first_values(name, column, carried, slot, rows.t_ms)
            odd |= carried & (column != self.stands[name][slot])
        odd_slot = self._busy > 0
        odd_slot[slot[odd]] = True
        events: list[TrackEvent] = []
        for i in np.flatnonzero(odd_slot[slot]).tolist():
            for name, (column, carried) in values.items():
                if carried[i]:
                    events += self._hear(int(slot[i]), name, _plain(column[i]), rows, i, found_ms)
        return events

    def _grow(self, needed: int) -> None:
        self._n = max(self._n, needed)
        if needed > len(self._busy):
            extra = max(needed, 2 * len(self._busy)) - len(self._busy)
            self._busy = np.concatenate([self._busy, np.zeros(extra, np.int32)])
            for name, dtype in FIELDS.items():
                self.stands[name] = np.concatenate([self.stands[name], np.full(extra, _NONE[dtype[0]], dtype)])

    def _first_values(self, name: str, column, carried, slot, t_ms) -> None:
        """What is said first stands."""
        stands = self.stands[name]
        new = np.flatnonzero(carried & ~_CARRIED[stands.dtype.kind](stands[slot]))
        new = new[np.unique(slot[new], return_index=True)[1]]
        stands[slot[new]] = column[new]
        if name == "imo":
            for i in new[imo_wrong(column[new])].tolist():
                self._wrong_imo[int(slot[i])] = int(t_ms[i])
                self._busy[slot[i]] += 1

    def _hear(self, slot: int, name: str, value: Value, rows: Statics, i: int, found_ms: int) -> list[TrackEvent]:
        t_ms, mmsi = int(rows.t_ms[i]), int(rows.mmsi[i])
        rival = self._rivals.get((slot, name))
        if rival is not None and t_ms - rival.last_ms > FORGET_S * 1000:
            self._drop(slot, name)
            rival = None
        if value == _plain(self.stands[name][slot]):
            if rival is not None:
                rival.stood_ms = t_ms
            return self._wrong(slot, value, mmsi, t_ms, found_ms) if name == "imo" else []
        if rival is None or rival.value != value:
            self._busy[slot] += rival is None
            self._rivals[slot, name] = _Rival(value, t_ms, t_ms)
            return []
        rival.last_ms = t_ms
        return self._judge(slot, name, rival, mmsi, t_ms, found_ms)

    def _judge(self, slot: int, name: str, rival: _Rival, mmsi: int, t_ms: int, found_ms: int) -> list[TrackEvent]:
        """A rival heard again: damage no more, if it has lasted."""
        if t_ms - rival.first_ms < LASTING_S * 1000:
            return []
        alone_ms = t_ms - (rival.first_ms if rival.stood_ms is None else rival.stood_ms)
        old = _plain(self.stands[name][slot])
        if rival.stood_ms is None or alone_ms >= FORGET_S * 1000:
            first_ms = rival.first_ms if rival.stood_ms is None else rival.stood_ms
            change = StaticChange(first_ms, name, old, rival.value, "changed")
            self.stands[name][slot] = rival.value.encode("latin-1") if isinstance(rival.value, str) else rival.value
            self._drop(slot, name)
            self._check_imo(slot, name, rival.value, rival.first_ms)
        elif rival.reported:
            return []
        else:
            rival.reported = True
            change = StaticChange(rival.first_ms, name, old, rival.value, "alternates")
        kept = self._changes.setdefault(slot, [])
        kept.append(change)
        del kept[:-KEPT]
        return [_changed(change, mmsi, found_ms)]

    def _drop(self, slot: int, name: str) -> None:
        del self._rivals[slot, name]
        self._busy[slot] -= 1

    def _check_imo(self, slot: int, name: str, value: Value, t_ms: int) -> None:
        if name != "imo":
            return
        if self._wrong_imo.pop(slot, None) is not None:
            self._busy[slot] -= 1
        if imo_wrong(value):
            self._wrong_imo[slot] = t_ms
            self._busy[slot] += 1

    def _wrong(self, slot: int, value: Value, mmsi: int, t_ms: int, found_ms: int) -> list[TrackEvent]:
        """A wrong IMO number, once it has lasted."""
        first_ms = self._wrong_imo.get(slot)
        if first_ms is None or t_ms - first_ms < LASTING_S * 1000:
            return []
        del self._wrong_imo[slot]
        self._busy[slot] -= 1
        sentence = f"{mmsi} gives the IMO number {value:07d}, whose check digit is wrong"
        return [TrackEvent(first_ms, found_ms, IMO_WRONG, mmsi, None, None, sentence, {"imo": value})]

    def state(self) -> dict[str, np.ndarray]:
        """Everything :meth:`restore` needs, as named arrays."""
        few = {
            "rivals": [[slot, name, asdict(r)] for (slot, name), r in self._rivals.items()],
            "wrong_imo": list(self._wrong_imo.items()),
            "changes": [[slot, [asdict(c) for c in changes]] for slot, changes in self._changes.items()],
        }
        arrays = {"few": np.frombuffer(json.dumps(few).encode(), np.uint8), "busy": self._busy[: self._n].copy()}
        arrays["checked"] = np.array([self._checked])
        return arrays | {f"stands/{name}": column[: self._n].copy() for name, column in self.stands.items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue where :meth:`state` was taken."""
        few = json.loads(arrays["few"].tobytes())
        self._busy = arrays["busy"].copy()
        self._n, self._checked = len(self._busy), int(arrays["checked"][0])
        self.stands = {name: arrays[f"stands/{name}"].copy() for name in FIELDS}
        self._rivals = {(slot, name): _Rival(**r) for slot, name, r in few["rivals"]}
        self._wrong_imo = dict(few["wrong_imo"])
        self._changes = {slot: [StaticChange(**c) for c in changes] for slot, changes in few["changes"]}


def _plain(value) -> Value:
    """A Python value that compares and writes the same everywhere."""
    value = value.item() if isinstance(value, np.generic) else value
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _changed(change: StaticChange, mmsi: int, found_ms: int) -> TrackEvent:
    word = _WORDS[change.field]
    changed = change.how == "changed"
    verb, link = ("changed its", "to") if changed else ("gives two values of its", "and")
    sentence = f"{mmsi} {verb} {word}: {change.old} {link} {change.new}"
    facts = {"field": change.field, "old": change.old, "new": change.new}
    kind = STATIC_CHANGED if changed else STATIC_ALTERNATES
    return TrackEvent(change.t_ms, found_ms, kind, mmsi, None, None, sentence, facts)


def _wrong_mmsi(mmsi: int, t_ms: int, found_ms: int, kind: int) -> TrackEvent:
    words = KIND_NAMES[kind]
    sentence = f"{mmsi:09d} is {'an' if words[0] in 'aeiou' else 'a'} {words}, and no MMSI"
    return TrackEvent(t_ms, found_ms, MMSI_WRONG, mmsi, None, None, sentence, {"why": words})
