"""A watch tormented: killed at random, disk full, feed cut and doubled, clock set, sink down, junk at full rate.

Keys: `lost` and `doubled` count input lines that the raw log does not have, or has twice, acts of people that returned
and are not in the store, and alerts of the undisturbed run that are missing, or are there besides; `equal` says that
the alerts are those of the undisturbed run, word for word. Of each fault the same by its name.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks._watching import alerts_in, logged, night_lines, tail_config, until, watch_over
from surveil.alert import Alert
from surveil.alerts.store import AlertStore
from surveil.config import load_config
from surveil.live.clock import ReceiveClock
from surveil.live.intake import Feeds
from surveil.live.rawlog import read
from surveil.live.service import Watch

_STEP = 200
"""Lines written to the feed at a time."""
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["benchmarks._loaded"])


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=200, help="how often the watch is killed")
    parser.add_argument("--only", choices=tuple(FAULTS), nargs="+", help="these faults")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")


def run(options: argparse.Namespace) -> dict:
    lines, found = night_lines(), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, fault in FAULTS.items():
            if options.only and name not in options.only:
                continue
            place = Path(folder) / name
            place.mkdir()
            found[name] = fault(place, lines, options)
            print(f"{name:<16} {found[name]}", flush=True)
    figures = {key: sum(each[key] for each in found.values()) for key in ("lost", "doubled")}
    figures |= {"equal": all(each["equal"] for each in found.values()), **found}
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

    def __init__(self, config: Path, data: Path, room_bytes: int = 0):
        self.acts: set[tuple[str, int]] = set()
        self.troubles: list[str] = []
        self.has = 0
        self._said, said = _FORKS.Pipe(duplex=False)
        self.process = _FORKS.Process(target=watch_over, args=(config, data, room_bytes, said), daemon=True)
        self.process.start()
        said.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                word, said = self._said.recv()
                if word == "act":
                    self.acts.add(said)
                elif word == "trouble":
                    self.troubles.append(said)
                else:
                    self.has = said

    def end(self, number: int = signal.SIGTERM) -> None:
        os.kill(self.process.pid, number)
        self.process.join(120)
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
    """No room for half of the night: it says so, goes on, and makes up for it.

    A file system of its own that is filled, where mounting is allowed; else no file may grow beyond 64 kB.
    """
    feed, data = place / "feed.nmea", place / "data"
    feed.touch()
    data.mkdir()
    steps = range(0, len(lines), _STEP)
    full_at, free_at = steps[len(steps) // 4], steps[len(steps) * 3 // 4]
    with _small_disk(data) as mounted:
        watch = Tormented(tail_config(place, feed), data, 0 if mounted else 1 << 16)
        for start in steps:
            if start == full_at:
                until(lambda: watch.has > 0)
            if mounted and full_at <= start < free_at:
                _fill(data / "ballast")
            if start == free_at:
                until(lambda: len(watch.troubles) > 1, 60)
                (data / "ballast").unlink() if mounted else os.kill(watch.process.pid, signal.SIGUSR1)
            _write(feed, lines, start, start + _STEP)
            time.sleep(0.005)
        until(lambda: watch.has >= len(lines))
        watch.end()
        found = compared(place, data, watch.acts)
    return {**found, "told": sorted(watch.troubles), "disk": "tmpfs" if mounted else "limit of a file's size"}


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """64 MB in memory at a folder, if this process may mount; whether it may."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "surveil-faults", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, timeout=10).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True, timeout=10)


def _fill(path: Path) -> None:
    """Take all the room there is; again and again, since what could not be written is let go."""
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass


class _Desk(ThreadingHTTPServer):
    """A receiver of alerts; ``taken`` are (id, body) that it has said it has, ``refused`` counts the others."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.down, self.refused, self.taken = True, 0, []
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.down:
            self.server.refused += 1
        else:
            self.server.taken.append((self.headers["Idempotency-Key"], body))
        self.send_response(503 if self.server.down else 204)
        self.end_headers()

    def log_message(self, *_args) -> None:
        pass


def sink_down(place: Path, lines: list[bytes], options) -> dict:
    """Who is to be told is down for more than an hour of the night, in which the watch is killed once.

    The night goes by faster than it was, so that waits between tries stay short. `lost` also counts alerts of which the
    last word never came, `doubled` messages that came again with the same id and said something else.
    """
    feed, data, desk, acts = place / "feed.nmea", place / "data", _Desk(), set()
    feed.touch()
    config = tail_config(place, feed)
    config.write_text(f'{config.read_text()}\n[sinks.desk]\ntype = "webhook"\nurl = "{desk.url}"\n', encoding="utf-8")
    down_s = [int(line.split(b"c:")[1][:10]) for line in (lines[0], lines[len(lines) * 3 // 4])]
    for part, how in ((0, signal.SIGKILL), (1, signal.SIGTERM)):
        watch = Tormented(config, data)
        half, upto = len(lines) * part // 2, len(lines) * (part + 1) // 2
        for start in range(half, upto, _STEP):
            desk.down = start < len(lines) * 3 // 4
            _write(feed, lines, start, min(start + _STEP, upto))
            time.sleep(0.02)
        until(lambda w=watch, n=upto: w.has >= n)
        if how == signal.SIGTERM:
            until(lambda: _told(desk, data), 90, every_s=0.5)
        watch.end(how)
        acts |= watch.acts
    desk.shutdown()
    found, bodies = compared(place, data, acts), defaultdict(set)
    for id, body in desk.taken:
        bodies[id].add(body)
    untold = sum(f"{alert.id}-{len(alert.history)}" not in bodies for alert in alerts_in(data).values())
    found["lost"] += untold
    found["doubled"] += sum(len(said) > 1 for said in bodies.values())
    more = {"messages": len(bodies), "refused": desk.refused, "sent_again": len(desk.taken) - len(bodies)}
    return {**found, **more, "down_min": round((down_s[1] - down_s[0]) / 60)}


def _told(desk: _Desk, data: Path) -> bool:
    """Whether the last word of every alert has come."""
    taken = {id for id, _ in tuple(desk.taken)}
    return all(f"{alert.id}-{len(alert.history)}" in taken for alert in alerts_in(data).values())


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
    "kills": kills, "disk_full": disk_full, "feed_cut": feed_cut, "clock_set": clock_set, "sink_down": sink_down,
    "junk": junk,
}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run(argparse.Namespace(kills=3, seed=1))))
