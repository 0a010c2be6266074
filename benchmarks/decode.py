"""AIS bytes into arrays: sentences a second of this decoder and of pyais, libais, marlin-py and aiscat.

The input is every VDM and VDO sentence of the real logs in the shared folder, over and over until there are some
600,000, once bare and once with a tag block before each. Each decoder runs in a process of its own, in turn,
on one thread, and brings mmsi, type, time, lon, lat, sog and cog into numpy arrays; the fastest run counts.
Peers that are not installed are named and left out. A second row is this decoder on two threads, a file each.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import multiprocessing
import re
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from surveil.errors import InputError
from surveil.resources import shared_folder

CHUNK_BYTES = 4 << 20
START_S, RATE_PER_S = 1_600_000_000, 200
STATION_LINES = 500
_SENTENCE = re.compile(rb"!..VD[MO],[^*\r\n]*\*[0-9A-Fa-f]{2}")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sentences", type=int, default=600_000, help="about how many to decode")
    parser.add_argument("--runs", type=int, default=3, help="runs of each decoder, in turn; the fastest counts")


def run(options: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        inputs = build_inputs(Path(folder), options.sentences)
        there = {name: task for name, (module, task) in DECODERS.items() if importlib.util.find_spec(module)}
        for name in DECODERS.keys() - there.keys():
            print(f"{name} is not installed and left out")
        results = {kind: _race(there, path, options.runs) for kind, path in inputs.items()}
        two = {kind: _alone(_two_threads, path) for kind, path in inputs.items()}
    for kind, rows in results.items():
        _print(kind, {**rows, "surveil, two threads": two[kind]})
    return _figures(results, two)


def build_inputs(folder: Path, sentences: int) -> dict[str, Path]:
    """Files to decode, by kind."""
    shared = shared_folder()
    if shared is None:
        raise InputError("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    lines: list[bytes] = []
    for path in sorted((shared / "data/ais").iterdir()):
        if ".expected" not in path.name:
            data = path.read_bytes()
            lines += _SENTENCE.findall(gzip.decompress(data) if path.suffix == ".gz" else data)
    lines *= max(1, round(sentences / len(lines)))
    inputs = {"bare": folder / "bare.nmea", "tagged": folder / "tagged.nmea"}
    inputs["bare"].write_bytes(b"\n".join(lines) + b"\n")
    inputs["tagged"].write_bytes(b"".join(_tagged(i, line) for i, line in enumerate(lines)))
    return inputs


def _tagged(i: int, line: bytes) -> bytes:
    block = b"s:st%d,c:%d" % (i // STATION_LINES % 7, START_S + i // RATE_PER_S)
    checksum = 0
    for byte in block:
        checksum ^= byte
    return b"\\%b*%02X\\%b\n" % (block, checksum, line)


def decode_surveil(path: Path) -> int:
    from surveil.decode.fast import FastDecoder
    from surveil.decode.times import TimeOptions
    from surveil.ledger import Ledger

    ledger = Ledger()
    options = TimeOptions(start_ms=START_S * 1000, rate_per_s=RATE_PER_S)
    decoder = FastDecoder(ledger.add_source(path.name), ledger, options)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            decoder.feed(chunk)
    decoder.close()
    return sum(ledger[0].types.values())


def decode_pyais(path: Path) -> int:
    from pyais.stream import FileReaderStream

    columns = _Columns()
    for sentence in FileReaderStream(path):
        try:
            m = sentence.decode()
        except Exception:  # whatever a peer cannot decode does not count for it
            continue
        block = sentence.tag_block
        if block:
            block.init()
        t = float(block.receiver_timestamp) if block else None
        place = getattr(m, "lon", None), getattr(m, "lat", None), getattr(m, "speed", None), getattr(m, "course", None)
        columns.add((m.mmsi, m.msg_type, t, *place))
    return columns.finish()


def decode_libais(path: Path) -> int:
    import ais.stream

    columns = _Columns()
    with path.open() as file:
        for m in ais.stream.decode(file, keep_nmea=False):
            get = m.get
            t = get("tagblock_timestamp")
            columns.add((m["mmsi"], m["id"], t, get("x"), get("y"), get("sog"), get("cog")))
    return columns.finish()


def decode_aiscat(path: Path) -> int:
    import aiscat

    columns, decoder = _Columns(), aiscat.Decoder()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            decoder.feed(chunk)
            while (m := decoder.next()) is not None:
                get = m.get
                place = get("lon"), get("lat"), get("speed"), get("course")
                columns.add((get("mmsi"), get("type"), get("rxuxtime"), *place))
    return columns.finish()


def decode_marlin(path: Path) -> int:
    from marlin.ais import AisParser

    columns, parser, numbers = _Columns(), AisParser.streaming(), {}
    with path.open("rb") as file:
        while chunk := file.read(65_536):  # drops data when fed more at once
            parser.feed(chunk)
            for m in parser:
                body, kind = m.body, numbers.setdefault(m.type_tag, len(numbers))
                if hasattr(body, "longitude_deg"):
                    place = body.longitude_deg.value, body.latitude_deg.value
                    moving = hasattr(body, "speed_over_ground")
                    place += (body.speed_over_ground.value, body.course_over_ground.value) if moving else (None, None)
                    columns.add((body.mmsi, kind, None, *place))
                else:
                    columns.add((getattr(body, "mmsi", None), kind, None, None, None, None, None))
    return columns.finish()


DECODERS = {
    "surveil": ("surveil", decode_surveil), "pyais": ("pyais", decode_pyais), "libais": ("ais", decode_libais),
    "marlin-py": ("marlin", decode_marlin), "aiscat": ("aiscat", decode_aiscat),
}  # fmt: skip


class _Columns:
    """Values a message at a time, made into an array at the end, the way that costs the peers least."""

    def __init__(self):
        self._rows: list[tuple] = []
        self.add = self._rows.append

    def finish(self) -> int:
        import numpy as np

        return len(np.array(self._rows, np.float64))


def _two_threads(path: Path) -> int:
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(decode_surveil, [path, path]))


def _race(decoders: dict, path: Path, runs: int) -> dict[str, dict]:
    best: dict[str, dict] = {}
    for _ in range(runs):
        for name, task in decoders.items():
            found = _alone(task, path)
            if name not in best or found["seconds"] < best[name]["seconds"]:
                best[name] = found
    return best


def _alone(task, path: Path) -> dict:
    """Seconds, messages and peak memory of a task in a process of its own, after a short run to warm up."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (task, path))


def _measure(task, path: Path) -> dict:
    with path.open("rb") as file:
        head = path.with_suffix(f".{task.__name__}")
        head.write_bytes(b"".join(file.readline() for _ in range(5000)))
        sentences = 5000 + sum(1 for _ in file)
    task(head)
    started = time.perf_counter()
    messages = task(path)
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rounds = 2 if task is _two_threads else 1
    return {
        "seconds": round(seconds, 3), "sentences_per_s": round(rounds * sentences / seconds), "messages": messages,
        "peak_rss_mb": round(peak_mb),
    }  # fmt: skip


def _print(kind: str, rows: dict[str, dict]) -> None:
    print(f"\n{kind:<22}{'sentences/s':>12}{'messages':>10}{'peak MB':>9}{'surveil is':>12}")
    ours = rows["surveil"]["sentences_per_s"]
    for name, row in rows.items():
        ratio = f"{ours / row['sentences_per_s']:.1f} x"
        print(f"{name:<22}{row['sentences_per_s']:>12,}{row['messages']:>10,}{row['peak_rss_mb']:>9}{ratio:>12}")


def _figures(results: dict, two: dict) -> dict:
    """The figures of the slower of both inputs, and everything by input."""
    ratios = {}
    for kind, rows in results.items():
        ours = rows["surveil"]["sentences_per_s"]
        peers = {name: row for name, row in rows.items() if name != "surveil"}
        ratios[kind] = {name: round(ours / row["sentences_per_s"], 2) for name, row in peers.items()}
    ours = [rows["surveil"] for rows in results.values()]
    return {
        "sentences_per_s": min(row["sentences_per_s"] for row in ours),
        "peak_rss_mb": max(row["peak_rss_mb"] for row in ours),
        "ratio_pyais": min((r["pyais"] for r in ratios.values() if "pyais" in r), default=None),
        "ratio_best_peer": min((min(r.values()) for r in ratios.values() if r), default=None),
        "two_threads_sentences_per_s": min(row["sentences_per_s"] for row in two.values()),
        "by_input": results,
    }
