"""10,000 sentences a second from several feeds to 20 open pages: how soon they are on the wire, and what is lost.

Three processes: this one sends; `surveil live` watches and serves the console; one has the pages, as clients of its
WebSocket (:mod:`benchmarks._browsers`). `p50_ms` and `p99_ms` are from the sending of a sentence to a page's having it,
over all pages, after `--settle` seconds; `alert_p99_s` from the moment that a tick is due (its end and the lateness) to
a page's having the alert. `peak_rss_mb` is the watch's; `watch_cpu_s`, its processor time,
says what a machine needs whose processors others use meanwhile. `lost` are sentences sent and not decoded.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks._browsers import PROBE
from benchmarks._watching import until
from surveil.areas import load_areas
from surveil.config import load_config
from surveil.simulate.aivdm import pack, sentences

_PULSE_S = 0.1
_FIRST_MMSI = 232_100_000
"""Numbers of ships of one country: ones of none are alerts, 20,000 at the first tick."""
_SART_S = 5.0
"""So often a distress device begins to send, which the rules tell at their next tick."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=600.0, help="how long")
    parser.add_argument("--settle", type=float, default=15.0, help="of them, before latency counts")
    parser.add_argument("--rate", type=int, default=10_000, help="sentences a second, of all feeds")
    parser.add_argument("--feeds", type=int, default=4, help="TCP feeds")
    parser.add_argument("--ships", type=int, default=20_000, help="that report by turns")
    parser.add_argument("--browsers", type=int, default=20, help="pages that are open")


class World:
    """Ships that hold course and speed: nine in ten on the Atlantic, the others in the open water of the map.

    Each call of :meth:`reports` is of the next ones, where they are after so many seconds.
    """

    def __init__(self, ships: int):
        chance, near = np.random.default_rng(1), ships // 10
        lon, lat = _open_water(chance, near)
        self.lon = np.concatenate([lon, chance.uniform(-40, -12, ships - near)])
        self.lat = np.concatenate([lat, chance.uniform(30, 60, ships - near)])
        self.cog_deg, self.sog_kn = chance.integers(0, 360, ships), chance.integers(8, 21, ships)
        self.mmsi, self._next = chance.permutation(_FIRST_MMSI + np.arange(ships)), 0
        self._order = chance.permutation(ships)

    def reports(self, n: int, passed_s: float) -> list[bytes]:
        at = self._order[(self._next + np.arange(n)) % len(self._order)]
        self._next = (self._next + n) % len(self._order)
        miles, course = self.sog_kn[at] * passed_s / 3600, np.radians(self.cog_deg[at])
        lat = self.lat[at] + miles * np.cos(course) / 60
        lon = self.lon[at] + miles * np.sin(course) / 60 / np.cos(np.radians(lat))
        return _sentences(self.mmsi[at], lon, lat, self.sog_kn[at] * 10, self.cog_deg[at] * 10)


def _open_water(chance: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Places two miles off the coast and in no area of the map."""
    areas = load_areas()
    west, south, east, north = areas.coverage
    lon, lat = chance.uniform(west, east, 50 * n), chance.uniform(south, north, 50 * n)
    free = np.flatnonzero((areas.coast_m(lon, lat) > 2 * 1852) & ~areas.inside(lon, lat).any(axis=1))
    if len(free) < n:
        raise RuntimeError("the map has too little open water for so many ships")
    return lon[free[:n]], lat[free[:n]]


def _sentences(mmsi, lon, lat, sog, cog, status: int = 0) -> list[bytes]:
    n = len(mmsi)
    place = {"lon": np.round(lon * 600_000).astype(np.int64), "lat": np.round(lat * 600_000).astype(np.int64)}
    raw = pack(1, n, mmsi=mmsi, sog=sog, cog=cog, nav_status=np.full(n, status), **place)
    return [bytes(line) + b"\r\n" for line in sentences(raw, np.full(n, b"A")).tolist()]


def probe(pulse: int) -> bytes:
    """One ship's speed and course name the pulse that its report was sent in."""
    return _sentences(np.array([PROBE]), np.array([1.4]), np.array([51.0]), pulse % 1000, pulse // 1000 * 10)[0]


def sart(n: int) -> bytes:
    """The first report of the ``n``-th distress device."""
    at = np.array([1.3 + 0.002 * (n % 100)])
    return _sentences(np.array([970_100_000 + n]), at, np.array([51.0]), 0, 0, status=14)[0]


def run(options: argparse.Namespace) -> dict:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(options.feeds)]
    with tempfile.TemporaryDirectory() as folder:
        feeds = "".join(f'[feeds.f{n}]\ntype = "tcp"\nport = {s.getsockname()[1]}\n' for n, s in enumerate(servers))
        config = Path(folder) / "watch.toml"
        config.write_text(feeds, encoding="utf-8")
        with _Watch(config, Path(folder) / "data") as watch:
            lines = [server.accept()[0] for server in servers]
            with _Browsers(watch.address, options.browsers) as browsers:
                until(lambda: browsers.status, 60)
                before_s = watch.cpu_s()
                sent, at_s = _pour(lines, World(options.ships), options)
                until(lambda: browsers.status["counters"]["lines_read"] >= sent, 60)
            used = {"peak_rss_mb": watch.peak_rss_mb(), "watch_cpu_s": round(watch.cpu_s() - before_s, 1)}
            counted = _counted(browsers.status, sent) | used
        lateness_ms = load_config(config).engine.lateness_s * 1000
    figures = _latency(browsers.end, at_s, options.settle, lateness_ms) | counted
    figures |= {name: getattr(options, name) for name in ("rate", "seconds", "settle", "browsers", "ships")}
    for name, value in figures.items():
        print(f"{name:<18} {value}")
    return figures


def _pour(lines: list[socket.socket], world: World, options) -> tuple[int, dict[int, float]]:
    """Send at the rate asked for, a pulse each tenth of a second; how many sentences, and when each pulse."""
    each = max(1, round(options.rate * _PULSE_S / len(lines)))
    sent, begun, at_s = 0, time.perf_counter(), {}
    for pulse in range(1, round(options.seconds / _PULSE_S) + 1):
        parts = [world.reports(each, pulse * _PULSE_S) for _ in lines]
        if pulse % round(_SART_S / _PULSE_S) == 0:
            parts[pulse % len(lines)].append(sart(pulse))
        parts[pulse % len(lines)].append(probe(pulse))
        time.sleep(max(0.0, begun + pulse * _PULSE_S - time.perf_counter()))
        at_s[pulse] = time.perf_counter()
        for line, part in zip(lines, parts, strict=True):
            line.sendall(b"".join(part))
            sent += len(part)
    return sent, at_s


def _latency(end: dict, at_s: dict[int, float], settle_s: float, lateness_ms: int) -> dict:
    """Of each page and pulse: a pulse that a later one hid was had with it; one that never came waits to the end."""
    waits, unseen, since, end_s = [], 0, round(settle_s / _PULSE_S), time.perf_counter()
    for client in end["clients"]:
        last = since
        for pulse, seen_s in client["seen"]:
            waits += [seen_s - at_s[earlier] for earlier in range(last + 1, pulse + 1)]
            last = max(last, pulse)
        late = [end_s - at_s[pulse] for pulse in range(last + 1, max(at_s) + 1)]
        waits, unseen = waits + late, unseen + len(late)
    alerts = [(wall - raised - lateness_ms) / 1000 for client in end["clients"] for raised, wall in client["alerts"]]
    p50, p99 = np.percentile(np.array(waits or [np.nan]) * 1000, (50, 99))
    return {
        "p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1),
        "alert_p99_s": round(float(np.percentile(alerts, 99)), 2) if alerts else None,
        "alerts": max(len(client["alerts"]) for client in end["clients"]), "probes": len(waits), "unseen": unseen,
        "pages_left": end["left"], "mb_a_page": round(max(client["bytes"] for client in end["clients"]) / 1e6, 1),
    }  # fmt: skip


def _counted(status: dict, sent: int) -> dict:
    counters, dropped = status["counters"], sum(feed["dropped_bytes"] for feed in status["feeds"])
    stages = {stage: round(seconds, 1) for stage, seconds in status["timings"].items()}
    return {
        "lost": sent - counters["decoded"], "sent": sent, "read": counters["lines_read"],
        "refused": counters["refused"], "dropped_bytes": dropped, "troubles": status["troubles"],
        "seconds_by_stage": stages,
    }  # fmt: skip


class _Watch:
    """`surveil live` as a process, with a console at ``address``."""

    def __init__(self, config: Path, data: Path):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [sys.executable, "-c", "from surveil.cli import main; main()", "live", "--listen", self.address]
        command += ["--config", str(config), "--data", str(data)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def __enter__(self) -> _Watch:
        host, port = self.address.split(":")

        def answers() -> bool:
            try:
                socket.create_connection((host, int(port)), 1).close()
            except OSError:
                return self.process.poll() is not None
            return True

        if not until(answers) or self.process.poll() is not None:
            raise RuntimeError("the watch did not start")
        return self

    def __exit__(self, *_exc) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:  # overloaded: what waits is worked off before it ends
            self.process.kill()
            self.process.wait()

    def cpu_s(self) -> float:
        """Processor time so far, of all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_rss_mb(self) -> int:
        """As the kernel has counted it, of this process alone."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


class _Browsers:
    """The pages. ``status`` is what the first was told last of the watch, ``end`` what all had."""

    def __init__(self, address: str, n: int):
        command = [sys.executable, "-m", "benchmarks._browsers", address, str(n)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.status, self.end = {}, {}
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> _Browsers:
        self._reader.start()
        return self

    def __exit__(self, *_exc) -> None:
        self.process.stdin.close()
        self._reader.join(60)
        self.process.wait(60)

    def _read(self) -> None:
        for line in self.process.stdout:
            told = json.loads(line)
            if "clients" in told:
                self.end = told
            else:
                self.status = told
