"""A watch tormented: killed at random moments, disk full, feed cut and doubled, clock set, junk at full rate.

Keys: `lost` and `doubled` count input lines that the raw log does not have, or has twice, acts of people that returned
and are not in the store, and alerts of the undisturbed run that are missing, or are there besides; `equal` says that
the alerts are those of the undisturbed run, word for word. Of each fault the same by its name.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from benchmarks._watching import alerts_in, logged, night_lines, tail_config, until
from surveil.alert import Alert
from surveil.alerts.store import AlertStore
from surveil.config import load_config
from surveil.live.clock import ReceiveClock
from surveil.live.intake import Feeds
from surveil.live.rawlog import read
from surveil.live.service import Watch

_STEP = 200
"""Lines written to the feed at a time."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=200, help="how often the watch is killed")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")


def run(options: argparse.Namespace) -> dict:
    lines, found = night_lines(), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, fault in FAULTS.items():
            place = Path(folder) / name
            place.mkdir()
            found[name] = fault(place, lines, options)
            print(f"{name:<16} {found[name]}", flush=True)
    figures = {key: sum(each[key] for each in found.values()) for key in ("lost", "doubled")}
    figures |= {"equal": all(each["equal"] for each in found.values()), "killed": options.kills, **found}
    return figures


def compared(place: Path, data: Path, acts: set[tuple[str, int]], feed: int = 0, *, inputs: bool = True) -> dict:
    """What a tormented watch has, beside an undisturbed one over what it was given, with the same acts."""
    given = (place / "feed.nmea").read_bytes()
    there, gone = Counter(logged(data, feed).splitlines()), Counter(given.splitlines())
    kept = AlertStore(data / "alerts.sqlite")
    done = kept.acts()
    kept.close()
    calm = undisturbed(place, done)
    has, should = ({i: essence(a, inputs) for i, a in of.items()} for of in (alerts_in(data), calm))
    lost_acts = len(acts - {(act.alert_id, act.t_ms) for act in done})
    return {
        "lost": (gone - there).total() + lost_acts + len(should.keys() - has.keys()),
        "doubled": (there - gone).total() + len(has.keys() - should.keys()),
        "equal": has == should, "lines": gone.total(), "alerts": len(should), "acts": len(acts),
    }  # fmt: skip


def essence(alert: Alert, inputs: bool) -> str:
    """All of an alert; without the numbers of its lines where feeds were cut."""
    if not inputs:
        alert = dataclasses.replace(alert, evidence=dataclasses.replace(alert.evidence, inputs=()))
    return alert.to_json()


def undisturbed(place: Path, acts=()) -> dict[str, Alert]:
    """What a watch over the whole feed shows that nothing befalls, with acts that the engine has yet to come to."""
    data = place / "calm"
    data.mkdir()
    feed = place / "feed.nmea"
    config = load_config(tail_config(data, feed))
    store = AlertStore(data / "alerts.sqlite", create=True)
    store.put_acts(acts)
    store.close()
    with Watch(config, data, Feeds(config, data)) as watch:
        done = until(lambda: watch.snapshot().counters["lines_read"] >= feed.read_bytes().count(b"\n"))
    if not done or watch.failure:
        raise RuntimeError(f"the undisturbed watch did not come to the end: {watch.failure}")
    return watch.snapshot().alerts


class Tormented:
    """A watch in a process of its own, and what it has said."""

    def __init__(self, config: Path, data: Path, *more: str):
        self.acts: set[tuple[str, int]] = set()
        self.troubles: list[str] = []
        self.has = 0
        command = [sys.executable, "-m", "benchmarks._watching", str(config), str(data), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "ACT":
                alert, t_ms = rest.split()
                self.acts.add((alert, int(t_ms)))
            elif word == "TROUBLE":
                self.troubles.append(rest)
            elif word == "HAS":
                self.has = int(rest)

    def end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(120)
        self._reader.join(10)


def kills(place: Path, lines: list[bytes], options) -> dict:
    """`kill -9` at random moments, also while it starts and while it reads the log again."""
    chance, feed, data, acts = random.Random(options.seed), place / "feed.nmea", place / "data", set()
    feed.touch()
    config, written = tail_config(place, feed), 0
    for nth in range(options.kills):
        watch = Tormented(config, data)
        until(lambda w=watch: w.has > 0, seconds=chance.choice((1.0, 30.0)))
        share = len(lines) * (nth + 1) // (options.kills + 1)
        while written < share:
            written = _write(feed, lines, written, min(share, written + _STEP))
            time.sleep(chance.random() * 0.05)
        time.sleep(chance.random() * 0.5)
        watch.end(signal.SIGKILL)
        acts |= watch.acts
    _write(feed, lines, written, len(lines))
    watch = Tormented(config, data)
    until(lambda: watch.has >= len(lines))
    watch.end()
    return {**compared(place, data, acts | watch.acts), "kills": options.kills}


def _write(feed: Path, lines: list[bytes], start: int, end: int) -> int:
    with feed.open("ab") as file:
        file.write(b"".join(lines[start:end]))
    return end


def disk_full(place: Path, lines: list[bytes], options) -> dict:
    """No file may grow beyond 64 kB for a while: it says so, goes on, and makes up for it."""
    feed, data = place / "feed.nmea", place / "data"
    feed.touch()
    watch = Tormented(tail_config(place, feed), data, str(1 << 16))
    for start in range(0, len(lines), _STEP):
        if start // _STEP == len(lines) // _STEP * 3 // 4:
            until(lambda: len(watch.troubles) > 1, 60)
            watch.process.send_signal(signal.SIGUSR1)
        _write(feed, lines, start, start + _STEP)
        time.sleep(0.005)
    until(lambda: watch.has >= len(lines))
    watch.end()
    return {**compared(place, data, watch.acts), "told": sorted(watch.troubles)}


class _Sender:
    """A TCP server that sends lines to whoever connects, and can cut the line."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.line = self.server.getsockname()[1], None

    def connected(self) -> socket.socket:
        if self.line is None:
            self.server.settimeout(30)
            self.line, _ = self.server.accept()
        return self.line

    def cut(self) -> None:
        self.connected().close()
        self.line = None


def feed_cut(place: Path, lines: list[bytes], options) -> dict:
    """Two stations send the same; one is cut time and again and then sends the last minute anew."""
    data, chance, senders = place / "data", random.Random(options.seed), (_Sender(), _Sender())
    feeds = "".join(f'[feeds.s{n}]\ntype = "tcp"\nport = {s.port}\n' for n, s in enumerate(senders))
    (place / "watch.toml").write_text(feeds, encoding="utf-8")
    config, sent = load_config(place / "watch.toml"), 0
    (place / "feed.nmea").write_bytes(b"".join(lines))
    with Watch(config, data, Feeds(config, data)) as watch:
        for start in range(0, len(lines), _STEP):
            part = lines[start : start + _STEP]
            for nth, sender in enumerate(senders):
                if nth and chance.random() < 0.02:
                    sender.cut()
                    again = lines[max(0, start - 50) : start]
                    sender.connected().sendall(b"".join(again))
                    sent += len(again)
                sender.connected().sendall(b"".join(part))
                sent += len(part)
            if not until(lambda n=sent: watch.snapshot().counters["lines_read"] >= n, every_s=0.002):
                break
    return compared(place, data, set(), inputs=False)


def clock_set(place: Path, lines: list[bytes], options) -> dict:
    """The wall clock is set an hour ahead, then two back."""
    moved, data, feed = [0.0], place / "data", place / "feed.nmea"
    feed.touch()
    config = load_config(tail_config(place, feed))
    clock = ReceiveClock(wall=lambda: time.time() + moved[0])
    with Watch(config, data, Feeds(config, data, clock), clock=clock) as watch:
        for n, ahead_s in enumerate((0.0, 3600.0, -3600.0)):
            moved[0] = ahead_s
            _write(feed, lines, len(lines) * n // 3, len(lines) * (n + 1) // 3)
            until(lambda end=len(lines) * (n + 1) // 3: watch.snapshot().counters["lines_read"] >= end)
        told = any("clock was set" in trouble for trouble in watch.snapshot().troubles)
    times = [record.t_ms for _, record in read(data / "raw")]
    return {**compared(place, data, set()), "told": told, "monotone": times == sorted(times)}


def junk(place: Path, lines: list[bytes], options) -> dict:
    """A second feed sends junk as fast as it can, beside one that is sound."""
    data, feed, sender, ended = place / "data", place / "feed.nmea", _Sender(), threading.Event()
    feed.touch()
    path = tail_config(place, feed)
    path.write_text(path.read_text() + f'[feeds.junk]\ntype = "tcp"\nport = {sender.port}\n', encoding="utf-8")
    config, chance = load_config(path), random.Random(options.seed)
    rubbish = b"".join(chance.choice((chance.randbytes(60), b"!AIVDM,1,1,,A,zz*00\r\n")) for _ in range(2000))

    def pour() -> None:
        line = sender.connected()
        with contextlib.suppress(OSError):
            while not ended.is_set():
                line.sendall(rubbish)

    with Watch(config, data, Feeds(config, data)) as watch:
        threading.Thread(target=pour, daemon=True).start()
        for start in range(0, len(lines), _STEP):
            _write(feed, lines, start, start + _STEP)
            time.sleep(0.02)
        until(lambda: watch.snapshot().feeds[0].lines >= len(lines))
        junk_bytes = watch.snapshot().feeds[1].bytes
        ended.set()
    return {**compared(place, data, set()), "junk_bytes": junk_bytes}


FAULTS = {
    "kills": kills, "disk_full": disk_full, "feed_cut": feed_cut, "clock_set": clock_set, "junk": junk,
}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run(argparse.Namespace(kills=3, seed=1))))
