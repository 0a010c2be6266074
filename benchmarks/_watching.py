"""A watch to be tormented, and what it watches."""

from __future__ import annotations

import contextlib
import resource
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

from surveil.alert import Alert
from surveil.alerts.store import AlertStore
from surveil.config import load_config
from surveil.errors import StoreError
from surveil.live import rawlog
from surveil.live.running import open_watch, run_until_stopped
from surveil.simulate.demo import make_night

HOURS = 3.42
"""Of the demo's night: six rules have spoken by then."""


def night_lines(lane_ships: int = 6) -> list[bytes]:
    """The part of the demo's night in which something happens."""
    night = make_night(seed=1, hours=HOURS, lane_ships=lane_ships)
    from_s = night.start_ms // 1000 + 100 * 60
    return [line + b"\n" for line in night.lines if int(line.split(b"c:")[1][:10]) >= from_s]


def tail_config(folder: Path, feed: Path, more: str = "") -> Path:
    """Settings of a watch over a growing file."""
    path = folder / "watch.toml"
    text = f'[live]\ncheckpoint_s = 1\n{more}\n[feeds.station]\ntype = "tail"\npath = "{feed}"\nmax_kb_s = 1000000\n'
    path.write_text(text, encoding="utf-8")
    return path


def logged(data: Path, feed: int = 0) -> bytes:
    """All that the raw log has of one feed."""
    records = (record for _, record in rawlog.read(data / "raw"))
    return b"".join(r.payload for r in records if r.kind == rawlog.DATA and r.feed == feed)


def alerts_in(data: Path) -> dict[str, Alert]:
    """What the store of a watch has, by id."""
    if not (data / "alerts.sqlite").exists():
        return {}
    store = AlertStore(data / "alerts.sqlite")
    try:
        return {alert.id: alert for alert in store.alerts()}
    finally:
        store.close()


def until(what, seconds: float = 120.0, every_s: float = 0.05) -> bool:
    """Wait until something is so; False if it never is."""
    deadline = time.perf_counter() + seconds
    while not what():
        if time.perf_counter() > deadline:
            return False
        time.sleep(every_s)
    return True


def watch_over(config: Path, data: Path, room_bytes: int, said: Connection) -> None:
    """Watch, act upon each alert once, and say so when that is on disk; runs in a process of its own.

    With room given, no file may grow beyond it until SIGUSR1.
    """
    if room_bytes:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, hard))
        signal.signal(signal.SIGUSR1, lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard)))
    watch = open_watch(load_config(config), data)
    acted, told = set(), set()

    def tell(snapshot) -> None:
        for trouble in snapshot.troubles:
            if (words := trouble.split("(")[0].split(":")[0]) not in told:
                told.add(words)
                said.send(("trouble", words))
        for alert in snapshot.alerts.values():
            if alert.id not in acted and not any(change.event == "note" for change in alert.history):
                with contextlib.suppress(StoreError):  # refused: the disk is full; done again later
                    act = watch.act("note", alert.id, "Ann", "seen")
                    acted.add(alert.id)
                    said.send(("act", (act.alert_id, act.t_ms)))
        if snapshot.tick_ms > snapshot.t_ms - 30_000 or not snapshot.counters["lines_read"]:
            said.send(("has", snapshot.counters["lines_read"]))

    run_until_stopped(watch, tell)
