"""Damaged real logs through both decoders: any difference in rows, counts or reasons is found and printed.

Half the lines of stretches of the real logs get bytes changed, removed or put in, lose their end or run into
another line, most with the checksum made right again; line ends are mixed and the bytes cut at random.
"""

from __future__ import annotations

import argparse
import gzip
import random
import time
from functools import reduce
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
_BITS = (b",", b"!", b"$", b"\\", b"*", b"VDM,", b"!AIVDM,1,1,,A,", b"\r", b" ", b"9", b"c:1469664000")
_OPTIONS = (
    None, TimeOptions(start_ms=1_600_000_000_000, rate_per_s=7.5), TimeOptions(not_after_ms=1_450_000_000_000),
    TimeOptions(lenient=True),
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, default=400_000, help="about how many lines to try")
    parser.add_argument("--seed", type=int, default=1)


def run(options: argparse.Namespace) -> dict:
    rng, logs = random.Random(options.seed), _logs()
    tried = differing = 0
    started = time.perf_counter()
    while tried < options.lines:
        begin = rng.randrange(len(logs) - STRETCH)
        lines = [damage(rng, line, logs) if rng.random() < 0.5 else line for line in logs[begin : begin + STRETCH]]
        data = b"".join(line + rng.choice((b"\n", b"\r\n", b"\n", b"\r")) for line in lines)
        differences = compare(rng, data, rng.choice(_OPTIONS))
        if differences:
            print(f"seed {options.seed}, line {tried}: {', '.join(differences)}")
        tried, differing = tried + len(lines), differing + bool(differences)
    print(f"{tried:,} lines, {differing} stretches of {STRETCH:,} that the decoders read differently")
    return {"lines": tried, "differing": differing, "seconds": round(time.perf_counter() - started, 1)}


def _logs() -> list[bytes]:
    shared = shared_folder()
    if shared is None:
        raise InputError("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    lines: list[bytes] = []
    for path in sorted((shared / "data/ais").iterdir()):
        if not path.name.removesuffix(".gz").endswith((".csv", ".md", ".json", ".expected")):
            data = path.read_bytes()
            lines += (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()[:STRETCH]
    return lines


def damage(rng: random.Random, line: bytes, others: list[bytes]) -> bytes:
    """A line with one to three faults; its checksum is right more often than not."""
    damaged = bytearray(line)
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, max(len(damaged) - 1, 0))
        fault = rng.choice(("change", "remove", "insert", "cut", "join"))
        if fault == "change":
            damaged[at : at + 1] = bytes([rng.randrange(256)])
        elif fault == "remove":
            del damaged[at : at + rng.randint(1, 3)]
        elif fault == "insert":
            damaged[at:at] = rng.choice(_BITS)
        elif fault == "cut":
            del damaged[at:]
        else:
            damaged += rng.choice(others)
    start, star = damaged.rfind(b"!"), damaged.rfind(b"*")
    if rng.random() < 0.6 and 0 <= start < star:
        damaged[star + 1 : star + 3] = b"%02X" % reduce(xor, damaged[start + 1 : star], 0)
    return bytes(damaged)


def compare(rng: random.Random, data: bytes, options: TimeOptions | None) -> list[str]:
    """What differs between both decoders."""
    cuts = sorted(rng.randrange(len(data)) for _ in range(4))
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    fast.BLOCK_LINES = rng.choice((100, 1000, 16_384))
    plain, quick = _decode(SentenceDecoder, [data], options), _decode(FastDecoder, chunks, options)
    return [name for name in plain if not _same(plain[name], quick[name])]


def _decode(kind: type[SentenceDecoder], chunks: list[bytes], options: TimeOptions | None) -> dict:
    rejects: list[tuple] = []
    ledger = Ledger(lambda *entry: rejects.append(entry))
    decoder = kind(ledger.add_source("fuzz"), ledger, options)
    batches = [*(decoder.feed(chunk) for chunk in chunks), decoder.close()]
    found = {"account": ledger.state(), "rejects": sorted(rejects)}
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
