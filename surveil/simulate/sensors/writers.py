"""What sensors reported, in the formats in which real ones send it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from surveil.decode.asterix import encode
from surveil.decode.asterix_tables import CAT010, CAT048
from surveil.decode.targets import ttm
from surveil.schema import Plots
from surveil.simulate.aivdm import tag_block
from surveil.simulate.sensors.scene import CLUTTER, Sensed

SAC = 0
"""System area code of simulated radars; 0 is no country's (EUROCONTROL's list, recalled). SIC counts them."""
SECTORS_S = 0.25
"""Span of a block: what a radar gathers before it sends (assumed)."""
PRIMARY, SIMULATED, PLOT = 1, 1, 1
"""CAT048 item 020: TYP single PSR detection, SIM. CAT010 item 000: target report."""
KSAT_HEADER = (
    ",lon,lat,Name,Probability,DetectionId,ProductStartTime,ProductStopTime,Polarization,Beam,Length,Type,Heading,"
    "scene_id,footprint"
)
TOLD = ["t", *(n for n in Plots.DTYPES if n not in ("t_ms", "source", "seq", "sensor", "track"))]
"""Columns of a table that a sensor writes: simulated ones do not number tracks."""
OWN_NUMBERS, ALL_NUMBERS = 700, 1000
"""Target numbers of TTM: objects share the first of them, clutter the rest (assumed)."""


def _cat048(seen: Sensed, name: str, number: int) -> bytes:
    plots = seen.plots
    values = _common(plots, number) | {
        "020/TYP": PRIMARY,
        "020/SIM": SIMULATED,
        "040/RHO": plots.range_m / 1852,
        "130/PAM/PAM": np.clip(plots.snr_db, -128, 127),
    }
    return encode(CAT048, ("010", "140", "020", "040", "130/PAM"), values, _cuts(plots))


def _cat010(seen: Sensed, name: str, number: int) -> bytes:
    plots = seen.plots
    values = _common(plots, number) | {
        "000/MsgTyp": PLOT,
        "020/TYP": 3,  # primary surveillance radar
        "020/SIM": SIMULATED,
        "040/RHO": plots.range_m,
        "131/PAM": np.clip(plots.snr_db, 0, 255),
    }
    return encode(CAT010, ("010", "000", "020", "140", "040", "131"), values, _cuts(plots))


def _common(plots: Plots, number: int) -> dict:
    theta = np.rint(plots.bearing_deg * (65_536 / 360)) % 65_536
    clock = {"140/ToD": plots.t_ms % 86_400_000 / 1000}
    return clock | {"010/SAC": SAC, "010/SIC": number, "040/THETA": theta * (360 / 65_536)}


def _cuts(plots: Plots) -> np.ndarray:
    return plots.t_ms // int(1000 * SECTORS_S)


def _ttm(seen: Sensed, name: str, number: int) -> bytes:
    plots, lines = seen.plots, []
    clutter = seen.object == CLUTTER
    numbers = np.where(
        clutter, OWN_NUMBERS + np.cumsum(clutter) % (ALL_NUMBERS - OWN_NUMBERS), seen.object % OWN_NUMBERS
    )
    rows = zip(numbers.tolist(), plots.range_m.tolist(), plots.bearing_deg.tolist(), plots.t_ms.tolist(), strict=True)
    for target, range_m, bearing_deg, t_ms in rows:
        lines.append(tag_block(name, t_ms // 1000) + ttm(target, range_m, bearing_deg, t_ms))
    return b"".join(line + b"\r\n" for line in lines)


def _csv(seen: Sensed, name: str, number: int) -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    table, sink = seen.plots.to_arrow(), pa.BufferOutputStream()
    filled = [name for name in TOLD if table[name].null_count < len(table)]
    csv.write_csv(table.select(filled), sink)
    return sink.getvalue().to_pybytes()


def _ksat(seen: Sensed, name: str, number: int) -> bytes:
    """The table in which KSAT gives the vessels found in RADARSAT-2 scenes; what is not simulated is left empty."""
    plots = seen.plots
    times = [np.datetime_as_string(t, "ms").replace("T", " ") + "+00:00" for t in plots.t_ms.astype("M8[ms]")]
    rows = zip(plots.lon, plots.lat, plots.probability * 100, times, plots.length_m, strict=True)
    lines = [
        f"{i},{lon:.6f},{lat:.6f},FID: {i + 1},{probability:.1f},{name}-{i + 1},{t},{t},,,{length:.2f},VESSEL,,{name},"
        for i, (lon, lat, probability, t, length) in enumerate(rows)
    ]
    return "".join(line + "\n" for line in [KSAT_HEADER, *lines]).encode()


def _parquet(seen: Sensed, name: str, number: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(seen.plots.to_arrow(), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def _jsonl(seen: Sensed, name: str, number: int) -> bytes:
    rows = seen.plots.to_arrow().select(TOLD).to_pylist()
    told = ({"sensor": name} | {k: _spoken(v) for k, v in row.items() if v is not None} for row in rows)
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in told)


def _spoken(value):
    """As JSON has it: times in ISO 8601, numbers to what a float32 holds (lon and lat to a centimetre)."""
    if isinstance(value, float):
        return round(value, 7)
    return value if isinstance(value, str) else value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


FORMATS: dict[str, tuple[str, Callable[[Sensed, str, int], bytes]]] = {
    "cat048": ("ast", _cat048),
    "cat010": ("ast", _cat010),
    "ttm": ("nmea", _ttm),
    "csv": ("csv", _csv),
    "parquet": ("parquet", _parquet),
    "jsonl": ("jsonl", _jsonl),
    "ksat": ("csv", _ksat),
}
"""Ending and writer of each format; a writer takes what was seen, the sensor's name and its number."""


def write(sensor, seen: Sensed, folder: Path, number: int) -> dict:
    """Write sensors/<name>.<ending> under ``folder``, and return what the manifest says of the sensor.

    ``number`` counts the sensors of a scenario from 1, and is the SIC of an ASTERIX radar.
    """
    ending, made = FORMATS[sensor.format]
    path = folder / "sensors" / f"{sensor.name}.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made(seen, sensor.name, number))
    about = {
        "name": sensor.name,
        "kind": sensor.kind,
        "place": sensor.place and list(sensor.place),
        "format": sensor.format,
    }
    station = {"sac": SAC, "sic": number} if sensor.format.startswith("cat") else {}
    return (
        about | station | {"file": path.relative_to(folder).as_posix(), "plots": len(seen.plots), **sensor.described()}
    )
