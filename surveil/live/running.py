"""A watch as a process: opened from settings, run until it is told to stop."""

from __future__ import annotations

import fcntl
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from surveil.config import Config
from surveil.errors import StoreError
from surveil.live.clock import ReceiveClock
from surveil.live.intake import Feeds
from surveil.live.picture import Snapshot
from surveil.live.recorded import Recorded
from surveil.live.service import Watch
from surveil.live.settings import feeds_of, live_of

_SWITCH_S = 0.001
"""So soon a thread lets others go on (assumed): in a tick, pages waited for Python's 5 ms at each step of a message."""


def open_watch(config: Config, data: Path, recordings: list[Path] | None = None, speed: float = 1.0) -> Watch:
    """A watch over the feeds of the settings or, if any are named, over recordings; not started.

    Raises
    ------
    ConfigError : a setting is wrong, or no feed is set. InputError : a recording cannot be read.
    StoreError : the folder cannot be used, or is another watch's.
    """
    data, clock = Path(data), ReceiveClock()
    settings = live_of(config)
    if not recordings and not feeds_of(config):
        raise config.error("", "feeds", "no feed is set; write a section [feeds.NAME], or give --replay")
    try:
        data.mkdir(parents=True, exist_ok=True)
        claim(data)
    except OSError as error:
        raise StoreError(f"cannot be used: {error.strerror}", source=str(data)) from None
    if recordings:
        recorded = Recorded(config, recordings, speed, settings.checkpoint_s)
        return Watch(recorded.config, data, recorded, clock=clock)
    return Watch(config, data, Feeds(config, data, clock), clock=clock)


class Teller:
    """Says in lines, as a journal has them, what changed: alerts, feeds, troubles."""

    def __init__(self, say: Callable[[str], None]):
        self.say = say
        self._told: dict[tuple[str, str], str] = {}

    def update(self, snapshot: Snapshot) -> None:
        """Compare with what was told before."""
        for feed in snapshot.feeds:
            self._tell("feed", feed.name, f"{feed.state}{f', {feed.cause}' if feed.cause else ''}")
        for alert in snapshot.alerts.values():
            self._tell("alert", alert.id, f"{alert.state}: {alert.sentence}")
        for trouble in snapshot.troubles:
            self._tell("TROUBLE", "", trouble)

    def _tell(self, what: str, name: str, says: str) -> None:
        if self._told.get((what, name)) != says:
            self._told[what, name] = says
            self.say(f"{what} {name}: {says}" if name else f"{what}: {says}")


_claims: dict[Path, object] = {}


def claim(data: Path) -> None:
    """Make sure that no other process watches over the folder; the system lets go when this one ends.

    Raises
    ------
    StoreError : another does.
    """
    if data.resolve() in _claims:
        return
    lock = open(data / "lock", "w")  # noqa: SIM115 - held for as long as the process lives
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StoreError("another watch is running over this folder", source=str(data)) from None
    _claims[data.resolve()] = lock


def run_until_stopped(
    watch: Watch, tell: Callable[[Snapshot], None], until_end: bool = False,
    beside: Callable[[Watch], AbstractContextManager] | None = None,
) -> None:  # fmt: skip
    """Run until SIGINT or SIGTERM, a failure or, if asked, the end of a recording; ``tell`` is given the picture.

    ``beside`` makes what runs as long as the watch does: the console.

    Raises
    ------
    Exception : what made the watch fail.
    """
    asked, switch_s = threading.Event(), sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    before = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with watch, beside(watch) if beside else nullcontext():
            while not asked.wait(0.2) and watch.failure is None and not (until_end and watch.ended.is_set()):
                tell(watch.snapshot())
            tell(watch.snapshot())
    finally:
        sys.setswitchinterval(switch_s)
        for number, handler in before.items():
            signal.signal(number, handler)
    if watch.failure is not None:
        raise watch.failure
