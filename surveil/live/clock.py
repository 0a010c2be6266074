"""When something was received: never earlier than what was received before it, whatever is done to the wall clock.

Within a run, time is the wall clock at its start plus what a steady counter says has passed. A step of the wall clock
(NTP, a hand) is told as :attr:`offset_ms` and moves nothing until the next run: a watch whose time leaps ahead by an
hour would refuse an hour of reports as late. The kernel's slewing is followed, since it moves the counter too.
"""

from __future__ import annotations

import time
from collections.abc import Callable

STEP_MS = 2000
"""A wall clock that is off by more has been set (assumed: NTP slews what is less than 128 ms, a busy machine waits)."""


def wall_s() -> float:
    """Seconds since 1970, as the machine has it now."""
    return time.time()


def steady_s() -> float:
    """Seconds of a counter that nobody sets."""
    return time.monotonic()


class ReceiveClock:
    """``now_ms()`` in UTC ms, never going back; ``not_before_ms`` is the latest time that earlier runs have used."""

    def __init__(
        self, wall: Callable[[], float] = wall_s, steady: Callable[[], float] = steady_s, not_before_ms: int = 0
    ):
        self._wall, self._steady, self._last_ms = wall, steady, not_before_ms
        self._base_s = wall() - steady()

    def now_ms(self) -> int:
        """UTC ms."""
        self._last_ms = max(self._last_ms, round(1000 * (self._base_s + self._steady())))
        return self._last_ms

    @property
    def offset_ms(self) -> int:
        """How far the wall clock is ahead of this one; 0 unless somebody has set it."""
        off_ms = round(1000 * self._wall()) - self.now_ms()
        return off_ms if abs(off_ms) > STEP_MS else 0
