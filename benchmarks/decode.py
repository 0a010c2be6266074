"""AIS bytes into arrays: sentences a second of this decoder and of pyais, libais, marlin-py and aiscat.

The input is every VDM and VDO sentence of the real logs in the shared folder, over and over until there are some
600,000, once bare and once with a tag block before each. Each decoder runs in a process of its own, in turn, and the
fastest run counts. Sentences a second, and the ratios, are by the processor time of that process (user and system),
which others at work on the machine change less than the clock's; "wall_s" has the clock's. Peers that are not
installed, or fail, are named and left out. There are two tasks: "fields" brings mmsi, type, time, lon, lat, sog and
cog into numpy arrays; "everything" reads every value that a message of the peer offers, and of this decoder makes
Arrow tables of all its columns (positions, static data, safety texts; it always decodes all of them, and leaves out
what nothing here needs, such as RAIM or the communication state). All run on one thread but "two threads", this
decoder on a file each, which alone goes by the clock.
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
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from surveil.errors import InputError
from surveil.resources import shared_folder

CHUNK_BYTES = 1 << 20
"""As much as ``surveil.decode`` and ``surveil replay`` read at a time."""
START_S, RATE_PER_S = 1_600_000_000, 200
STATION_LINES = 500
THREADS = 2
WARM_UP_LINES, WARM_UP_EVERY = 2_000, 20_000
"""Every so often as many lines are decoded to warm up, so that all kinds of message have been seen."""
_SENTENCE = re.compile(rb"!..VD[MO],[^*\r\n]*\*[0-9A-Fa-f]{2}")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sentences", type=int, default=600_000, help="about how many to decode")
    parser.add_argument("--runs", type=int, default=3, help="runs of each decoder, in turn; the fastest counts")


def run(options: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        inputs = build_inputs(Path(folder), options.sentences)
        there = [name for name, (module, *_) in DECODERS.items() if importlib.util.find_spec(module)]
        for name in DECODERS.keys() - set(there):
            print(f"{name} is not installed and left out")
        results = {
            f"{kind}, {what}": _race({name: DECODERS[name][which] for name in there}, path, options.runs)
            for kind, path in inputs.items()
            for which, what in ((1, "fields"), (2, "everything"))
        }
    for title, rows in results.items():
        _print(title, rows)
    return _figures(results)


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


def _surveil(path: Path, take: Callable) -> int:
    from surveil.decode.fast import FastDecoder
    from surveil.decode.times import TimeOptions
    from surveil.ledger import Ledger

    ledger = Ledger()
    options = TimeOptions(start_ms=START_S * 1000, rate_per_s=RATE_PER_S)
    decoder = FastDecoder(ledger.add_source(path.name), ledger, options)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            take(decoder.feed(chunk))
    take(decoder.close())
    return sum(ledger[0].types.values())


def surveil_fields(path: Path) -> int:
    return _surveil(path, len)


def surveil_everything(path: Path) -> int:
    return _surveil(path, lambda batch: [rows.to_arrow() for _, rows, _ in batch.parts()])


def surveil_threads(path: Path) -> int:
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(surveil_fields, [path] * THREADS))


def surveil_everything_threads(path: Path) -> int:
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(surveil_everything, [path] * THREADS))


def _pyais(path: Path) -> Iterator[tuple]:
    """Sentences and messages."""
    from pyais.stream import FileReaderStream

    for sentence in FileReaderStream(path):
        try:
            yield sentence, sentence.decode()
        except Exception:  # whatever a peer cannot decode does not count for it
            continue


def pyais_fields(path: Path) -> int:
    columns = _Columns()
    for sentence, m in _pyais(path):
        block = sentence.tag_block
        if block:
            block.init()
        t = float(block.receiver_timestamp) if block else None
        place = getattr(m, "lon", None), getattr(m, "lat", None), getattr(m, "speed", None), getattr(m, "course", None)
        columns.add((m.mmsi, m.msg_type, t, *place))
    return columns.finish()


def pyais_everything(path: Path) -> int:
    return sum(len(m.asdict()) > 0 for _, m in _pyais(path))


def _libais(path: Path) -> Iterator[dict]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import ais.stream

    with path.open() as file:
        yield from ais.stream.decode(file, allow_unknown=True, allow_missing_timestamps=True)


def libais_fields(path: Path) -> int:
    columns = _Columns()
    for m in _libais(path):
        get = m.get
        t = get("tagblock_timestamp")
        columns.add((m["mmsi"], m["id"], t, get("x"), get("y"), get("sog"), get("cog")))
    return columns.finish()


def libais_everything(path: Path) -> int:
    return sum(len(list(m.values())) > 0 for m in _libais(path))


def _aiscat(path: Path) -> Iterator[dict]:
    import aiscat

    decoder = aiscat.Decoder()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            decoder.feed(chunk)
            while (m := decoder.next()) is not None:
                yield m


def aiscat_fields(path: Path) -> int:
    columns = _Columns()
    for m in _aiscat(path):
        get = m.get
        columns.add((get("mmsi"), get("type"), get("toa"), get("lon"), get("lat"), get("speed"), get("course")))
    return columns.finish()


def aiscat_everything(path: Path) -> int:
    return sum(len(list(m.values())) > 0 for m in _aiscat(path))


def _marlin(path: Path) -> Iterator:
    from marlin.ais import AisParser

    parser = AisParser.streaming()
    with path.open("rb") as file:
        while chunk := file.read(32_768):  # loses what is more than 64 KiB with what is left from the last
            parser.feed(chunk)
            yield from parser


def marlin_fields(path: Path) -> int:
    columns, numbers = _Columns(), {}
    for m in _marlin(path):
        body, kind = m.body, numbers.setdefault(m.type_tag, len(numbers))
        if hasattr(body, "longitude_deg"):
            place = body.longitude_deg.value, body.latitude_deg.value
            moving = hasattr(body, "speed_over_ground")
            place += (body.speed_over_ground.value, body.course_over_ground.value) if moving else (None, None)
            columns.add((body.mmsi, kind, None, *place))
        else:
            columns.add((getattr(body, "mmsi", None), kind, None, None, None, None, None))
    return columns.finish()


def marlin_everything(path: Path) -> int:
    names: dict[type, list[str]] = {}
    messages = 0
    for m in _marlin(path):
        body = m.body
        if type(body) not in names:
            names[type(body)] = [name for name in dir(body) if not name.startswith("_")]
        messages += len([getattr(body, name) for name in names[type(body)]]) > 0
    return messages


DECODERS = {
    "surveil": ("surveil", surveil_fields, surveil_everything),
    "surveil, two threads": ("surveil", surveil_threads, surveil_everything_threads),
    "pyais": ("pyais", pyais_fields, pyais_everything),
    "libais": ("ais", libais_fields, libais_everything),
    "marlin-py": ("marlin", marlin_fields, marlin_everything),
    "aiscat": ("aiscat", aiscat_fields, aiscat_everything),
}
"""Package to import, and the two tasks, by name."""
OURS = ("surveil", "surveil, two threads")


class _Columns:
    """Values a message at a time, made into an array at the end, the way that costs the peers least."""

    def __init__(self):
        self._rows: list[tuple] = []
        self.add = self._rows.append

    def finish(self) -> int:
        import numpy as np

        return len(np.array(self._rows, np.float64))


def _race(decoders: dict, path: Path, runs: int) -> dict[str, dict]:
    best: dict[str, dict] = {}
    for _ in range(runs):
        for name, task in list(decoders.items()):
            try:
                found = _alone(task, path)
            except Exception as error:  # a peer may raise anything, or take its process with it
                if name in OURS:
                    raise
                print(f"{name} fails and is left out: {error!r}")
                del decoders[name]
                best.pop(name, None)
                continue
            if name not in best or found["sentences_per_s"] > best[name]["sentences_per_s"]:
                best[name] = found
    return best


def _alone(task: Callable, path: Path) -> dict:
    """Times, messages and peak memory of a task in a process of its own, after a short run to warm up."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measure, task, path).result()


def _measure(task: Callable, path: Path) -> dict:
    warm_up = path.with_suffix(f".{task.__name__}")
    with path.open("rb") as file, warm_up.open("wb") as head:
        for sentences, line in enumerate(file, 1):
            if sentences % WARM_UP_EVERY < WARM_UP_LINES:
                head.write(line)
    task(warm_up)
    started, started_cpu = time.perf_counter(), time.process_time()
    messages = task(path)
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    threaded = task in (surveil_threads, surveil_everything_threads)
    rate = THREADS * sentences / wall_s if threaded else sentences / cpu_s
    return {
        "wall_s": round(wall_s, 3), "cpu_s": round(cpu_s, 3), "sentences_per_s": round(rate), "messages": messages,
        "peak_rss_mb": round(peak_mb),
    }  # fmt: skip


def _print(title: str, rows: dict[str, dict]) -> None:
    print(f"\n{title:<22}{'sentences/s':>12}{'messages':>10}{'peak MB':>9}{'surveil is':>12}")
    ours = rows["surveil"]["sentences_per_s"]
    for name, row in rows.items():
        ratio = f"{ours / row['sentences_per_s']:.1f} x"
        print(f"{name:<22}{row['sentences_per_s']:>12,}{row['messages']:>10,}{row['peak_rss_mb']:>9}{ratio:>12}")


def _figures(results: dict[str, dict[str, dict]]) -> dict:
    """The figures of the slower of both inputs, for either task, and every row."""
    fields, everything = (
        [rows for title, rows in results.items() if title.endswith(what)] for what in ("fields", "everything")
    )
    return {
        "sentences_per_s": min(rows["surveil"]["sentences_per_s"] for rows in fields),
        "peak_rss_mb": max(rows["surveil"]["peak_rss_mb"] for rows in fields),
        **_ratios(fields),
        "two_threads_sentences_per_s": min(rows["surveil, two threads"]["sentences_per_s"] for rows in fields),
        "everything": {
            "sentences_per_s": min(rows["surveil"]["sentences_per_s"] for rows in everything), **_ratios(everything),
        },
        "by_input": results,
    }  # fmt: skip


def _ratios(inputs: list[dict[str, dict]]) -> dict[str, float | None]:
    """How many times as fast as pyais and as the best peer, at least; None without one."""
    pyais, best = [], []
    for rows in inputs:
        peers = {name: rows["surveil"]["sentences_per_s"] / row["sentences_per_s"] for name, row in rows.items()}
        peers = {name: ratio for name, ratio in peers.items() if name not in OURS}
        pyais += [peers["pyais"]] if "pyais" in peers else []
        best += [min(peers.values())] if peers else []
    return {
        "ratio_pyais": round(min(pyais), 2) if pyais else None,
        "ratio_best_peer": round(min(best), 2) if best else None,
    }
