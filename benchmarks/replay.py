"""The main job on the built-in night: seconds by stage, lines a second, times real time; pyais alone as a yardstick.

The yardstick is pyais decoding the same sentences and doing nothing else: no times, order, tracks, rules or map.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hours", type=float, default=6.0, help="length of the simulated night")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, in turn; the fastest counts")


def run(options: argparse.Namespace) -> dict:
    from surveil.run import Replay
    from surveil.simulate.demo import make_night

    night = make_night(seed=1, hours=options.hours)
    with tempfile.TemporaryDirectory() as folder:
        log = night.write(Path(folder) / "night.nmea")
        ours, peer, best = [], [], None
        for _ in range(options.runs):
            started = time.perf_counter()
            summary = Replay([log], Path(folder) / "out").run()
            ours.append(time.perf_counter() - started)
            if ours[-1] == min(ours):
                best = summary
            started = time.perf_counter()
            decode_with_pyais(log)
            peer.append(time.perf_counter() - started)
    figures = {
        "lines": best["lines_read"],
        "lines_per_s": round(best["lines_read"] / min(ours)),
        "x_realtime": round(options.hours * 3600 / min(ours)),
        "seconds": best["seconds"],
        "pyais_alone_s": round(min(peer), 3),
        "ratio_pyais_alone": round(min(peer) / min(ours), 2),
    }
    for name, value in figures.items():
        print(f"{name:<18} {value}")
    return figures


def decode_with_pyais(log: Path) -> int:
    """Messages that pyais decodes from a file, by its own file reader."""
    import pyais

    decoded = 0
    with pyais.FileReaderStream(str(log)) as stream:
        for message in stream:
            try:
                message.decode()
                decoded += 1
            except pyais.exceptions.AISBaseException:
                continue
    return decoded
