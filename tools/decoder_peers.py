"""What pyais, libais and gpsd read in an AIS message, under the names of ``surveil.decode.tables``.

libais is optional (the dependency group peers); gpsd speaks through the output that its own tests expect.
"""

from __future__ import annotations

import gzip
import json
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import attr

from surveil.decode.tables import TEXT, Field

Values = Iterator[tuple[Field, Any]]

GPSD_LOGS = {
    "gpsd_sample.aivdm": "gpsd_sample.aivdm.expected.unscaled.json",
    "gpsd_ais-nmea-type6-fid55.log": "gpsd_ais-nmea-type6-fid55.log.expected.gz",
}
"""The logs of which there is gpsd's output, in raw values."""
GPSD_NAMES = {
    "sog": "speed", "cog": "course", "utc_s": "second", "nav_status": "status", "rot": "turn", "name": "shipname",
    "ship_type": "shiptype", "altitude": "alt", "vendor": "vendorid",
}  # fmt: skip
LIBAIS_NAMES = {
    "msg_type": ("id",), "repeat": ("repeat_indicator",), "accuracy": ("position_accuracy",), "lon": ("x",),
    "lat": ("y",), "heading": ("true_heading",), "utc_s": ("timestamp",), "maneuver": ("special_manoeuvre",),
    "epfd": ("fix_type",), "imo": ("imo_num",), "ship_type": ("type_and_cargo",), "to_bow": ("dim_a",),
    "to_stern": ("dim_b",), "to_port": ("dim_c",), "to_starboard": ("dim_d",), "seqno": ("seq", "seq_num"),
    "dest_mmsi": ("dest_mmsi", "mmsi_dest"), "retransmit": ("retransmit", "retransmitted"), "fid": ("fi",),
    "altitude": ("alt",), "assigned": ("assigned_mode", "mode_flag"), "cs": ("unit_flag",),
    "display": ("display_flag",), "dsc": ("dsc_flag",), "band": ("band_flag",), "msg22": ("m22_flag",),
    "mmsi1": ("mmsi_1", "dest_mmsi_a"), "mmsi2": ("mmsi_2", "dest_mmsi_b"), "type1_1": ("msg_1_1",),
    "offset1_1": ("slot_offset_1_1",), "type1_2": ("dest_msg_1_2",), "offset1_2": ("slot_offset_1_2",),
    "type2_1": ("msg_2",), "offset2_1": ("slot_offset_2",), "offset1": ("offset_a",), "offset2": ("offset_b",),
    "increment1": ("inc_a",), "increment2": ("inc_b",), "aid_type": ("aton_type",), "off_position": ("off_pos",),
    "regional": ("aton_status",), "virtual_aid": ("virtual_aton",), "channel_a": ("chan_a",),
    "channel_b": ("chan_b",), "txrx": ("txrx_mode",), "power": ("power_low",), "zonesize": ("zone_size",),
    "band_a": ("chan_a_bandwidth",), "band_b": ("chan_b_bandwidth",), "dest1": ("dest_mmsi_1",),
    "dest2": ("dest_mmsi_2",), "ne_lon": ("x1",), "ne_lat": ("y1",), "sw_lon": ("x2",), "sw_lat": ("y2",),
    "interval": ("interval_raw",), "partno": ("part_num",), "vendor": ("vendor_id",),
}  # fmt: skip
"""libais' names of a field where they are not ours."""


class Refused(Exception):
    """A peer does not read a message; the text is a class of reasons."""


@cache
def _places(kind: type) -> dict[int, tuple[str, int]]:
    """Name and width of pyais' fields by their offset."""
    found, offset = {}, 0
    for row in attr.fields(kind):
        found[offset] = row.name, row.metadata["width"]
        offset += row.metadata["width"]
    return found


def by_pyais(message: Any, fields: Iterable[Field]) -> Values:
    """Values of a message that pyais decoded. They lie where ours do, whatever they are called."""
    known = _places(type(message))
    for ours in fields:
        name, width = known.get(ours.offset, ("", 0))
        if name and (ours.kind == TEXT or width == ours.width):
            yield ours, getattr(message, name)


def by_libais(payload: bytes, fill: int) -> dict[str, Any]:
    """Fields of a message as libais decodes it.

    Raises
    ------
    Refused : libais does not decode it, for its length or as an application that it does not know.
    """
    ais = libais()
    try:
        found = ais.decode(payload.decode("latin-1"), fill)
    except ais.DecodeError as error:
        raise Refused("unknown application" if "DAC:FI" in str(error) else _reason(str(error))) from error
    for i, (mmsi, number) in enumerate(found.pop("acks", ()), 1):
        found |= {f"mmsi{i}": mmsi, f"mmsiseq{i}": number}
    for i, row in enumerate(found.pop("reservations", ()), 1):
        found |= {
            f"offset{i}": row["offset"], f"number{i}": row["num_slots"], f"timeout{i}": row["timeout"],
            f"increment{i}": row["incr"],
        }  # fmt: skip
    return found


def _reason(error: str) -> str:
    if "not handled" in error:
        return "unknown type"
    return "unknown application" if error.startswith("Ais8: AIS_UNINIT") else "length"


def libais() -> Any:
    """The package, which warns of a part of it when imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import ais
    return ais


def named(found: dict[str, Any], fields: Iterable[Field], names: dict[str, tuple[str, ...]]) -> Values:
    """Values by the names of a peer."""
    for ours in fields:
        for name in (*names.get(ours.name, ()), ours.name):
            if name in found:
                yield ours, found[name]
                break


def gpsd_output(folder: Path, log: str) -> list[dict[str, Any]]:
    """The messages that gpsd expects of a log."""
    path = folder / GPSD_LOGS[log]
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.splitlines() if b'"AIS"' in line]
