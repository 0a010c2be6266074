"""ASTERIX CAT048 records a second into plots, beside asterix-decoder and aviconv-asterix where installed.

The stream is a simulated radar's. Peers give one dictionary or object a record; that is what they are for.
"""

from __future__ import annotations

import argparse
import time

import numpy as np


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=1_000_000, help="for the kernels")
    parser.add_argument("--peer-records", type=int, default=20_000, help="for those that read one by one")


def run(options: argparse.Namespace) -> dict:
    from surveil.decode.plots import PlotDecoder
    from surveil.ledger import Ledger

    def ours(data: bytes) -> int:
        ledger = Ledger()
        decoder = PlotDecoder(ledger, ledger.add_source("stream"), {(0, 1): 0}, 0)
        count = sum(len(decoder.feed(data[at : at + (1 << 20)])) for at in range(0, len(data), 1 << 20))
        decoder.close()
        return count

    ours(stream(1000))  # compiles
    started = time.perf_counter()
    data = stream(options.records)
    written = options.records / (time.perf_counter() - started)
    print(f"{'surveil writes':<24} {written:>12,.0f} records/s")
    result = {"written_per_s": written, "records_per_s": _rate("surveil reads", ours, data, options.records)}
    few = stream(options.peer_records)
    for name, read in (
        ("tables, one by one", _tables),
        ("asterix-decoder", _asterix_decoder),
        ("aviconv-asterix", _aviconv),
    ):
        try:
            rate = _rate(name, read, few, options.peer_records)
        except ImportError:
            print(f"{name} is not installed: left out")
            rate = None
        key = name.split(",")[0].replace("-", "_")
        result |= {f"{key}_per_s": rate, f"ratio_{key}": rate and result["records_per_s"] / rate}
    return result


def _rate(name: str, read, data: bytes, records: int) -> float:
    started = time.perf_counter()
    found = read(data)
    rate = records / (time.perf_counter() - started)
    print(f"{name:<24} {rate:>12,.0f} records/s{'' if found == records else f', but {found} of {records}'}")
    return rate


def stream(n: int) -> bytes:
    """Plots of a radar as the simulator writes them, in the order of time, blocks of a quarter of a second."""
    from surveil.decode.asterix import encode
    from surveil.decode.asterix_tables import CAT048

    rng = np.random.default_rng(1)
    clock_s = np.sort(rng.uniform(0, n / 60, n))
    values = {
        "010/SAC": 0, "010/SIC": 1, "140/ToD": clock_s, "020/TYP": 1, "020/SIM": 1, "040/RHO": rng.uniform(0, 24, n),
        "040/THETA": rng.uniform(0, 359.99, n), "130/PAM/PAM": rng.uniform(11, 60, n),
    }  # fmt: skip
    return encode(CAT048, ("010", "140", "020", "040", "130/PAM"), values, (clock_s * 4).astype(np.int64))


def _tables(data: bytes) -> int:
    from surveil.decode.asterix import read_records

    count, at = 0, 0
    while at < len(data):
        end = at + int.from_bytes(data[at + 1 : at + 3], "big")
        count += sum(1 for _ in read_records(data[at:end]))
        at = end
    return count


def _asterix_decoder(data: bytes) -> int:
    import asterix

    return len(asterix.parse(data, verbose=False))


def _aviconv(data: bytes) -> int:
    from aviconv_asterix import iter_records

    return sum(1 for _ in iter_records(data))
