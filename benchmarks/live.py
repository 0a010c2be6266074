"""10,000 sentences a second from several feeds through a whole watch: how soon they are in the picture, what is lost.

`p50_ms` and `p99_ms` are from the sending of a sentence to the snapshot that has it; `alert_p99_s` from the moment that
a tick is due (its end and the lateness) to the first snapshot with the alert. `subscribers` read snapshots in this
process; they are no browsers.
"""

from __future__ import annotations

import argparse
import resource
import socket
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks._watching import until
from surveil.config import load_config
from surveil.live.intake import Feeds
from surveil.live.service import Watch
from surveil.simulate.aivdm import pack, sentences

_PULSE_S, _ROUNDS = 0.1, 16
_PROBE, _NAMES = 235_999_001, 1000
"""One ship's speed names the pulse that its report was sent in."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=600.0, help="how long")
    parser.add_argument("--rate", type=int, default=10_000, help="sentences a second, of all feeds")
    parser.add_argument("--feeds", type=int, default=4, help="TCP feeds")
    parser.add_argument("--ships", type=int, default=20_000, help="that report by turns")
    parser.add_argument("--subscribers", type=int, default=20, help="readers of the picture")


def reports(ships: int, rounds: int = _ROUNDS) -> list[bytes]:
    """Sentences of ships between Ireland and Denmark, all of them in each round with another course."""
    chance, found = np.random.default_rng(1), []
    lon, lat = chance.uniform(-5, 8, ships), chance.uniform(48, 56, ships)
    for turn in range(rounds):
        found += _sentences(200_000_000 + np.arange(ships), lon, lat, 100, 10 * (turn + 1))
    return found


def _sentences(mmsi, lon, lat, sog: int, cog: int) -> list[bytes]:
    n = len(mmsi)
    place = {"lon": np.round(lon * 600_000).astype(np.int64), "lat": np.round(lat * 600_000).astype(np.int64)}
    raw = pack(1, n, mmsi=mmsi, sog=np.full(n, sog), cog=np.full(n, cog), **place)
    return [bytes(line) + b"\r\n" for line in sentences(raw, np.full(n, b"A")).tolist()]


def run(options: argparse.Namespace) -> dict:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(options.feeds)]
    with tempfile.TemporaryDirectory() as folder:
        feeds = "".join(f'[feeds.f{n}]\ntype = "tcp"\nport = {s.getsockname()[1]}\n' for n, s in enumerate(servers))
        (Path(folder) / "watch.toml").write_text(feeds, encoding="utf-8")
        config = load_config(Path(folder) / "watch.toml")
        with Watch(config, Path(folder), Feeds(config, Path(folder))) as watch:
            lines = [server.accept()[0] for server in servers]
            meter = Meter(config.engine.lateness_s * 1000)
            watch.subscribe(meter.see)
            for _ in range(options.subscribers):
                watch.subscribe(lambda snapshot: snapshot.targets.version > snapshot.version - 2)
            sent = _pour(lines, reports(options.ships), options, meter)
            until(lambda: watch.snapshot().counters["lines_read"] >= sent, 60)
            figures = meter.figures() | _counted(watch.snapshot(), sent)
    figures["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figures |= {"sent": sent, "rate": options.rate, "seconds": options.seconds, "subscribers": options.subscribers}
    for name, value in figures.items():
        print(f"{name:<18} {value}")
    return figures


def _counted(snapshot, sent: int) -> dict:
    refused, dropped = snapshot.counters["refused"], sum(feed.dropped_bytes for feed in snapshot.feeds)
    stages = {stage: round(seconds, 1) for stage, seconds in snapshot.timings.items()}
    return {"lost": sent - snapshot.counters["decoded"], "refused": refused, "dropped_bytes": dropped,
            "targets": len(snapshot.targets), "seconds_by_stage": stages}  # fmt: skip


def _pour(lines: list[socket.socket], of_fleet: list[bytes], options, meter: Meter) -> int:
    """Send at the rate asked for, a pulse each tenth of a second; returns how many sentences."""
    each = max(1, round(options.rate * _PULSE_S / len(lines)))
    sent, begun, at = 0, time.perf_counter(), 0
    for pulse in range(1, round(options.seconds / _PULSE_S) + 1):
        for nth, line in enumerate(lines):
            part = [of_fleet[(at + i) % len(of_fleet)] for i in range(each)]
            at += each
            if nth == pulse % len(lines):
                part += _sentences(np.array([_PROBE]), np.array([1.4]), np.array([51.0]), pulse % _NAMES, 450)
                meter.sent[pulse % _NAMES] = time.perf_counter()
            line.sendall(b"".join(part))
            sent += len(part)
        time.sleep(max(0.0, begun + pulse * _PULSE_S - time.perf_counter()))
    return sent


class Meter:
    """Reads snapshots: when each pulse's probe, and each alert, was first in one."""

    def __init__(self, lateness_ms: int):
        self.sent: dict[int, float] = {}
        self.waits_s: list[float] = []
        self.alerts_s: dict[str, float] = {}
        self.lateness_ms = lateness_ms

    def see(self, snapshot) -> None:
        row = np.flatnonzero(snapshot.targets.mmsi == _PROBE)
        if len(row):
            pulse = round(float(snapshot.targets.sog_kn[row[0]]) * 10)
            seen_s, at = time.perf_counter(), self.sent.get(pulse, 0.0)
            for earlier in [
                name for name, sent_s in tuple(self.sent.items()) if sent_s <= at
            ]:  # it, and those it hides
                self.waits_s.append(seen_s - self.sent.pop(earlier))
        for id, alert in snapshot.alerts.items():
            due_ms = alert.t_raised_ms + self.lateness_ms
            self.alerts_s.setdefault(id, (snapshot.received_ms - due_ms) / 1000.0)

    def figures(self) -> dict:
        waits = np.array(self.waits_s or [np.nan]) * 1000
        alerts = np.array(list(self.alerts_s.values()) or [np.nan])
        return {
            "p50_ms": round(float(np.percentile(waits, 50)), 1), "p99_ms": round(float(np.percentile(waits, 99)), 1),
            "alert_p99_s": round(float(np.percentile(alerts, 99)), 2), "alerts": len(self.alerts_s),
            "probes": len(self.waits_s),
        }  # fmt: skip
