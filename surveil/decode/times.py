"""When a sentence was received: every way in which real logs say it.

A sentence's own time wins over a neighbour's, and the more explicit form over the less:

1. the tag block's ``c:`` (NMEA 0183 4.10 §7), seconds or milliseconds, with or without a fraction;
2. fields after the checksum: the first that looks like an epoch. In the USCG form
   ``...,r003669946,1325394060,1325394001`` that is the one next to the station, the time of reception;
3. a stamp before the sentence, ISO 8601 or epoch; one without a zone is UTC;
4. the last companion sentence: ``$PGHP`` (Gatehouse: date and time to ms), ``$--ZDA``, ``$--RMC`` with
   status A and a date; ``$--VSI`` (time of day) moves a clock whose date is known;
5. ``start_ms`` and a rate, or type 4 reports, if and only if the user asked for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

AIS_BEGAN_MS = 883_612_800_000
"""1998-01-01: M.1371 was approved in November 1998, so no AIS report can be older."""
DAY_MS = 86_400_000
_MS_FROM = 10**11
"""An epoch number at least this large is in ms (in seconds it would be the year 5138)."""
_BASE_LEAP_MS = 3_600_000
"""Assumed: base stations agree to the second; one that differs by more than an hour has a wrong clock."""
_BASE_CONFIRMATIONS = 3
"""Assumed: so many base stations in a row that agree on a leap are right, and the clock was wrong."""

_EPOCH = re.compile(rb"(\d{1,10}|\d{12,13})(\.\d+)?$")
_LIKELY_DIGITS = 9
"""A number outside a field that is a time by its name must have so many digits to be one: from 1973 on."""
_ISO = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?$")
_AROUND_STAMP = b" \t[](){}<>,;|\"'"


@dataclass(frozen=True)
class TimeOptions:
    """What to do about sentences that carry no time, and what to believe.

    Parameters
    ----------
    start_ms, rate_per_s : time of the first sentence without a time, and how many of them a second.
    time_from : ``"auto"``, or ``"base-stations"`` to use type 4 reports and nothing else.
    not_after_ms : a later time is refused; the caller passes its clock plus a day.
    lenient : keep sentences whose checksum is wrong or missing, and warn of each; else they are refused.
    """

    start_ms: int | None = None
    rate_per_s: float | None = None
    time_from: str = "auto"
    not_after_ms: int | None = None
    lenient: bool = False

    def __post_init__(self):
        if self.time_from not in ("auto", "base-stations"):
            raise ValueError(f"time_from is {self.time_from!r}; it must be 'auto' or 'base-stations'")
        if (self.start_ms is None) != (self.rate_per_s is None) or (
            self.rate_per_s is not None and not self.rate_per_s > 0
        ):
            raise ValueError("a start needs a rate above 0, and a rate needs a start")

    def fault(self, t_ms: int) -> str | None:
        """Why a time cannot be true, or None."""
        if t_ms < AIS_BEGAN_MS:
            return "time before AIS existed"
        if self.not_after_ms is not None and t_ms > self.not_after_ms:
            return "time in the future"
        return None


def epoch_ms(text: bytes, fewest_digits: int = _LIKELY_DIGITS) -> int | None:
    """Milliseconds from an epoch number in s or ms, or None."""
    found = _EPOCH.match(text)
    if found is None or len(found[1]) < fewest_digits:
        return None
    whole = int(found[1])
    if whole >= _MS_FROM:
        return whole
    return whole * 1000 + int((found[2] or b".")[1:4].ljust(3, b"0"))


def suffix_ms(rest: bytes) -> int | None:
    """Time in what follows the checksum, e.g. ``,r003669946,1325394060,1325394001``."""
    if not rest.startswith(b","):
        return None
    return next((t for t in map(epoch_ms, rest.strip().split(b",")) if t is not None), None)


def leading_ms(lead: bytes) -> int | None:
    """Time in what stands before the sentence: an epoch or ISO 8601 stamp, naive meaning UTC."""
    text = lead.strip(_AROUND_STAMP)
    if not _ISO.match(text):
        return epoch_ms(text)
    try:
        stamp = datetime.fromisoformat(text.decode().replace("UTC", "Z").replace(",", ".").replace(" Z", "Z"))
    except ValueError:
        return None
    return _to_ms(stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC))


def companion_ms(kind: bytes, fields: list[bytes], known_ms: int | None) -> int | None:
    """Time in a companion sentence (PGHP, ZDA, RMC, VSI), or None if it has none that is whole."""
    try:
        return _COMPANIONS[kind](fields, known_ms)
    except (ValueError, IndexError, OverflowError):
        return None


def _to_ms(stamp: datetime) -> int:
    since = stamp - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def civil_ms(year: int, month: int, day: int, hour: int, minute: int, second: int, ms: int = 0) -> int:
    """UTC calendar time to epoch ms; second 60, a leap second, is the next minute's first."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 60 and 0 <= ms <= 999):
        raise ValueError("no such time of day")
    midnight = _to_ms(datetime(year, month, day, tzinfo=UTC))
    return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + ms


def _clock(text: bytes) -> tuple[int, int, int, int]:
    """hhmmss[.fff] to hour, minute, second, ms."""
    found = re.fullmatch(rb"(\d\d)(\d\d)(\d\d)(?:\.(\d*))?", text)
    if found is None:
        raise ValueError("not hhmmss")
    return int(found[1]), int(found[2]), int(found[3]), int((found[4] or b"")[:3].ljust(3, b"0"))


def _pghp(fields, _known_ms):
    year, month, day, hour, minute, second, ms = (int(f) for f in fields[1:8])
    return civil_ms(year, month, day, hour, minute, second, ms)


def _zda(fields, _known_ms):
    return civil_ms(int(fields[3]), int(fields[2]), int(fields[1]), *_clock(fields[0]))


def _rmc(fields, _known_ms):
    if fields[1] != b"A" or not re.fullmatch(rb"\d{6}", fields[8]):
        return None
    year = int(fields[8][4:])
    century = 1900 if year >= 80 else 2000  # GPS time began in 1980
    return civil_ms(century + year, int(fields[8][2:4]), int(fields[8][:2]), *_clock(fields[0]))


def _vsi(fields, known_ms):
    """A time of day next to the last known time: the day before or after it around midnight."""
    if known_ms is None:
        return None
    hour, minute, second, ms = _clock(fields[2])
    of_day = ((hour * 60 + minute) * 60 + second) * 1000 + ms
    ahead = (of_day - known_ms) % DAY_MS
    return known_ms + (ahead if ahead < DAY_MS // 2 else ahead - DAY_MS)


_COMPANIONS = {b"PGHP": _pghp, b"ZDA": _zda, b"RMC": _rmc, b"VSI": _vsi}


class Stamp(NamedTuple):
    """Time of a sentence: ``t_ms`` or None, ``form`` it was given in, ``own`` or a neighbour's."""

    t_ms: int | None
    form: str
    own: bool


class Clock:
    """The time of a source between its stamps: what sentences without a time of their own get.

    ``companion_ms`` and ``companion`` are the last neighbour's time and its form, ``last_ms`` the last time at all,
    ``assumed`` how many messages got theirs from ``start_ms`` and the rate.
    """

    def __init__(self, options: TimeOptions):
        self.options = options
        self.companion_ms: int | None = None
        self.companion = ""
        self.last_ms: int | None = None
        self.assumed = 0
        self._leaps: list[int] = []

    def stamp(self, tag_ms: int | None, rest: bytes, lead: bytes, first_part: bool) -> Stamp:
        """When a sentence was received: its own time, or else that of its neighbours.

        Parameters
        ----------
        tag_ms : what its tag block says; rest, lead : what stands after and before it.
        first_part : whether it begins a message; the rate of ``start_ms`` counts messages.
        """
        own = self._own(tag_ms, rest, lead)
        if own is None:
            return self._neighbours(first_part)
        self.last_ms = own.t_ms
        return own

    def _own(self, tag_ms: int | None, rest: bytes, lead: bytes) -> Stamp | None:
        if self.options.time_from == "base-stations":
            return None
        if tag_ms is not None:
            return Stamp(tag_ms, "tag block", True)
        if rest and (t_ms := suffix_ms(rest)) is not None:
            return Stamp(t_ms, "after the checksum", True)
        if lead and (t_ms := leading_ms(lead)) is not None:
            return Stamp(t_ms, "before the sentence", True)
        return None

    def _neighbours(self, advance: bool) -> Stamp:
        if self.companion_ms is not None or self.options.start_ms is None:
            return Stamp(self.companion_ms, self.companion, False)
        self.assumed += advance
        after = max(self.assumed - 1, 0) * 1000 / self.options.rate_per_s
        self.last_ms = self.options.start_ms + int(after)
        return Stamp(self.last_ms, "start and rate", False)

    def hear(self, kind: bytes, fields: list[bytes]) -> None:
        """Take a companion sentence's time."""
        if self.options.time_from != "base-stations":
            self._set(companion_ms(kind, fields, self.last_ms), kind.decode())

    def hear_base_station(self, t_ms: int | None) -> None:
        """Take a type 4 report's time, unless it leaps and stands alone."""
        if t_ms is None or self.options.fault(t_ms):
            return
        if self.companion_ms is None or abs(t_ms - self.companion_ms) <= _BASE_LEAP_MS:
            self._leaps = []
        else:
            self._leaps = [t for t in self._leaps if abs(t - t_ms) <= _BASE_LEAP_MS] + [t_ms]
            if len(self._leaps) < _BASE_CONFIRMATIONS:
                return
            self._leaps = []
        self._set(t_ms, "base stations")

    def hear_tag(self, t_ms: int | None) -> None:
        """Take the time of a tag block that stands on a line of its own."""
        if self.options.time_from != "base-stations":
            self._set(t_ms, "tag block")

    def _set(self, t_ms: int | None, companion: str) -> None:
        if t_ms is not None:
            self.companion_ms = self.last_ms = t_ms
            self.companion = companion

    def state(self) -> dict:
        return {
            "companion_ms": self.companion_ms, "companion": self.companion, "last_ms": self.last_ms,
            "assumed": self.assumed, "leaps": self._leaps,
        }  # fmt: skip

    def restore(self, state: dict) -> None:
        self.companion_ms, self.companion = state["companion_ms"], state["companion"]
        self.last_ms = state["last_ms"]
        self.assumed, self._leaps = state["assumed"], state["leaps"]
