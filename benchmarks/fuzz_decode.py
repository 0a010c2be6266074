"""Damaged real logs through both decoders: any difference in rows, counts or reasons is found and printed.

Stretches of the real logs are interleaved with each other. Half their lines, those counted, get bytes changed,
removed or put in, lose their end, go on as another line or run into one, most with the checksum made right again;
line ends are mixed and the bytes cut at random. Besides agreeing, both decoders must account for every line. A stretch
depends on the seed and its number alone, so that ``--stretch N`` tries one again. The run of ten million, and the one
that would see a kernel read past an array, which goes unseen in kernels as they are otherwise compiled::

    python -m benchmarks fuzz_decode --lines 10000000
    python -m benchmarks fuzz_decode --lines 300000 --bounds-check
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import cache, reduce
from itertools import pairwise
from operator import xor

import numpy as np

from surveil.decode import fast
from surveil.decode.fast import FastDecoder
from surveil.decode.sentences import SentenceDecoder
from surveil.decode.times import TimeOptions
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.resources import shared_folder
from surveil.schema import KINDS

STRETCH = 4000
REPORT_S = 15
_BITS = (b",", b"!", b"$", b"\\", b"*", b"VDM,", b"!AIVDM,1,1,,A,", b"\r", b" ", b"9", b"c:1469664000")
_OPTIONS = (
    None, TimeOptions(start_ms=1_600_000_000_000, rate_per_s=7.5), TimeOptions(not_after_ms=1_450_000_000_000),
    TimeOptions(lenient=True),
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, default=400_000, help="about how many damaged lines to try")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="stretches tried at a time")
    parser.add_argument("--stretch", type=int, help="try only the stretch of this number")
    parser.add_argument("--bounds-check", action="store_true", help="with kernels that check every index")


def run(options: argparse.Namespace) -> dict:
    stretches = -(-options.lines // (STRETCH // 2))
    numbers = range(stretches) if options.stretch is None else [options.stretch]
    started, tried, differing = time.perf_counter(), 0, 0
    reported = started
    with _kernels(options.bounds_check):
        for number, damaged, faults in _results(options, numbers):
            if faults:
                print(f"seed {options.seed}, stretch {number}: {', '.join(faults)}", flush=True)
            tried, differing = tried + damaged, differing + bool(faults)
            if time.perf_counter() - reported > REPORT_S:
                reported = time.perf_counter()
                rate = tried / (reported - started)
                left_s = (len(numbers) * STRETCH / 2 - tried) / rate
                progress = f"{tried:,} damaged lines, {differing} stretches differ, {rate:,.0f} a second"
                print(f"{progress}, {left_s / 60:.0f} min left", flush=True)
    print(f"{tried:,} damaged lines, {differing} stretches of {STRETCH:,} that the decoders read differently")
    seconds = round(time.perf_counter() - started, 1)
    return {"damaged_lines": tried, "differing": differing, "seconds": seconds, "bounds_check": options.bounds_check}


@contextmanager
def _kernels(checked: bool) -> Iterator[None]:
    """The processes started in here check bounds or not, with compiled kernels of their own if they do."""
    if not checked:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": folder}
        try:
            yield
        finally:
            del os.environ["NUMBA_BOUNDSCHECK"], os.environ["NUMBA_CACHE_DIR"]


def _results(options: argparse.Namespace, numbers) -> Iterator[tuple[int, int, list[str]]]:
    """Results of the stretches as they come, with a few under way at a time."""
    context = multiprocessing.get_context("spawn")
    todo, under_way = iter(numbers), set()
    with ProcessPoolExecutor(options.processes, context, _start, (options.bounds_check,)) as pool:
        while True:
            for number in todo:
                under_way.add(pool.submit(try_stretch, options.seed, number))
                if len(under_way) > 2 * options.processes:
                    break
            if not under_way:
                return
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


def _start(checked: bool) -> None:
    """Make sure that a process has the kernels that were asked for."""
    import numba

    if bool(numba.config.BOUNDSCHECK) != checked:
        raise RuntimeError(f"bounds checking is {'off' if checked else 'on'}; see NUMBA_BOUNDSCHECK")


def try_stretch(seed: int, number: int) -> tuple[int, int, list[str]]:
    """The number of a stretch, how many lines were damaged, and what is wrong."""
    rng, logs = random.Random(f"{seed} {number}"), _logs()
    chosen = [(line, rng.random() < 0.5) for line in _interleaved(rng, logs)]
    lines = [damage(rng, line, logs) if damaged else line for line, damaged in chosen]
    n_damaged = sum(damaged for _, damaged in chosen)
    data = b"".join(line + rng.choice((b"\n", b"\r\n", b"\n", b"\r")) for line in lines)
    try:
        return number, n_damaged, compare(rng, data, rng.choice(_OPTIONS))
    except Exception as error:  # a decoder must take anything
        return number, n_damaged, [f"{type(error).__name__}: {error}"]


@cache
def _logs() -> list[bytes]:
    """The start of every log; of lines without a sentence only those just before one, such as carry its time."""
    shared = shared_folder()
    if shared is None:
        raise InputError("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    lines: list[bytes] = []
    for path in sorted((shared / "data/ais").iterdir()):
        if not path.name.removesuffix(".gz").endswith((".csv", ".md", ".json", ".expected")):
            data = path.read_bytes()
            found = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()[: 2 * STRETCH]
            lines += [line for line, following in pairwise([*found, b""]) if b"VD" in line or b"VD" in following]
    return lines


def _interleaved(rng: random.Random, logs: list[bytes]) -> Iterator[bytes]:
    """Lines of one to four places of the logs, each place's in order but for a few."""
    length = STRETCH // rng.choice((1, 1, 2, 4))
    places = [iter(logs[at : at + length]) for at in rng.choices(range(len(logs) - length), k=STRETCH // length)]
    held: list[bytes] = []
    while places:
        place = rng.choice(places)
        line = next(place, None)
        if line is None:
            places.remove(place)
        elif rng.random() < 0.02:
            held.append(line)
        else:
            yield line
            if held and rng.random() < 0.1:
                yield held.pop()
    yield from held


def damage(rng: random.Random, line: bytes, others: list[bytes]) -> bytes:
    """A line with one to three faults; its checksum is right more often than not."""
    damaged = bytearray(line)
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, max(len(damaged) - 1, 0))
        fault = rng.choice(("change", "remove", "insert", "cut", "splice", "join"))
        if fault == "change":
            damaged[at : at + 1] = bytes([rng.randrange(256)])
        elif fault == "remove":
            del damaged[at : at + rng.randint(1, 3)]
        elif fault == "insert":
            damaged[at:at] = rng.choice(_BITS)
        elif fault == "cut":
            del damaged[at:]
        elif fault == "splice":
            damaged[at:] = rng.choice(others)[at:]
        else:
            damaged += rng.choice(others)
    start, star = damaged.rfind(b"!"), damaged.rfind(b"*")
    if rng.random() < 0.6 and 0 <= start < star:
        damaged[star + 1 : star + 3] = b"%02X" % reduce(xor, damaged[start + 1 : star], 0)
    return bytes(damaged)


def compare(rng: random.Random, data: bytes, options: TimeOptions | None) -> list[str]:
    """What differs between both decoders, or between their accounts and the lines there are."""
    cuts = sorted(rng.randrange(len(data)) for _ in range(rng.choice((0, 4, 40))))
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    fast.BLOCK_LINES = rng.choice((100, 1000, 16_384))
    plain, quick = _decode(SentenceDecoder, [data], options), _decode(FastDecoder, chunks, options)
    faults = [name for name in plain if not _same(plain[name], quick[name])]
    if plain["lines"] != (len(data.splitlines()), 0):
        faults.append("lines unaccounted for")
    return faults


def _decode(kind: type[SentenceDecoder], chunks: list[bytes], options: TimeOptions | None) -> dict:
    rejects: list[tuple] = []
    ledger = Ledger(lambda *entry: rejects.append(entry))
    decoder = kind(ledger.add_source("fuzz"), ledger, options)
    batches = [*(decoder.feed(chunk) for chunk in chunks), decoder.close()]
    found = {"account": ledger.state(), "rejects": sorted(rejects), "lines": (ledger[0].lines_read, ledger[0].waiting)}
    for name in KINDS:
        rows = [getattr(batch, name) for batch in batches]
        found[f"{name}_at"] = np.concatenate([getattr(batch, f"{name}_at") for batch in batches])
        for column in type(rows[0]).DTYPES:
            found[f"{name}.{column}"] = np.concatenate([getattr(part, column) for part in rows])
    return found


def _same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return one == other
