"""aisstream.io messages, one JSON object a line, and answers of AISHub's web service, one or many in a file.

Both become the columns of text that a table has, so that every check is the same; a bad record costs itself alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa

from surveil.decode.lines import LineSplitter
from surveil.schema import Batch
from surveil.sources.dialects import ISO_TIME, Dialect
from surveil.sources.rows import TableDecoder

_MAX_RECORD = 1 << 16
"""Bytes of a record of AISHub that are looked at; they have some 400."""


class RecordSplitter(LineSplitter):
    """Bytes to JSON objects that hold no others; what stands between them is dropped.

    The six-bit text of AIS has no braces (M.1371-5 table 47), so that each ends at the first closing one.
    """

    def feed(self, chunk: bytes) -> list[bytes]:
        *records, self.partial = (self.partial + chunk).split(b"}")
        self.partial = self.partial.lstrip(b"[], \t\r\n")[:_MAX_RECORD]
        return [record.lstrip(b"[], \t\r\n")[:_MAX_RECORD] + b"}" for record in records]


AISSTREAM = Dialect("aisstream json", "aisstream.io JSON lines", ISO_TIME)
"""https://aisstream.io/documentation; field names: https://github.com/aisstream/ais-message-models"""
AISHUB = Dialect("aishub json", "AISHub JSON", ISO_TIME, splitter=RecordSplitter)
"""https://www.aishub.net/api; ``seq`` is the number of the object in the file, the header of an answer being one."""
FORMS = (AISSTREAM, AISHUB)


def recognise(head: bytes) -> str:
    """Name of the form that a stream's first bytes have, or ``""``."""
    start = head.lstrip()
    if start[:1] == b"{" and b'"MessageType"' in head and b'"MetaData"' in head:
        return AISSTREAM.name
    if start[:1] == b"[" and (
        (b'"MMSI"' in head and b'"LATITUDE"' in head) or (b'"ERROR"' in head and b'"USERNAME"' in head)
    ):
        return AISHUB.name
    return ""


class RecordError(ValueError):
    """Why a record is refused."""


class JsonDecoder(TableDecoder):
    """Decodes one source of either form and keeps account of every record; see :class:`TableDecoder`."""

    def _decode(self, lines: list[bytes]) -> Batch:
        first_number = self.count.lines_read + 1
        self.count.lines_read += len(lines)
        rows, records = [], []
        for number, line in enumerate(lines, first_number):
            try:
                record = _READERS[self.dialect.name](_object(line)) if line.strip() else None
            except RecordError as error:
                self._refuse(number, str(error), line)
                continue
            if record is None:
                self.count.not_ais += 1
            else:
                rows.append((number, line))
                records.append(record)
        if not rows:
            return Batch.build()
        names = sorted({name for record in records for name in record} | {"time", "mmsi"})
        return self._rows(rows, {name: pa.array([_text(r.get(name)) for r in records], pa.string()) for name in names})


def _object(line: bytes) -> dict:
    try:
        found = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        raise RecordError("not JSON") from None
    if not isinstance(found, dict):
        raise RecordError("not a JSON object")
    return found


def _text(value) -> str:
    """As a table has it; a text ends at its first ``@``, which stands for no character (M.1371-5 table 47)."""
    if isinstance(value, str):
        return value.partition("@")[0]
    return "" if value is None or isinstance(value, bool | dict | list) else repr(value)


_AISSTREAM_FIELDS = {
    "mmsi": "UserID", "lat": "Latitude", "lon": "Longitude", "sog": "Sog", "cog": "Cog", "heading": "TrueHeading",
    "status": "NavigationalStatus", "utc_s": "Timestamp", "imo": "ImoNumber", "name": "Name", "callsign": "CallSign",
    "destination": "Destination", "draught": "MaximumStaticDraught", "msg_type": "MessageID", "text": "Text",
    "dest_mmsi": "DestinationID",
}  # fmt: skip
_SIDES = {"to_bow": "A", "to_stern": "B", "to_port": "C", "to_starboard": "D"}


def _aisstream(message: dict) -> dict:
    kind, meta = message.get("MessageType"), message.get("MetaData")
    body = message["Message"].get(kind) if isinstance(message.get("Message"), dict) else None
    if "error" in message:
        raise RecordError("error reported by aisstream.io")
    if not isinstance(body, dict) or not isinstance(meta, dict):
        raise RecordError("not a message of aisstream.io")
    if body.get("Valid") is False:
        raise RecordError("said to be invalid by aisstream.io")
    parts = [body, *(p for p in (body.get("ReportA"), body.get("ReportB")) if isinstance(p, dict) and p.get("Valid"))]
    record = {"time": meta.get("time_utc"), "mmsi": meta.get("MMSI")}
    for part in parts:
        record |= {ours: part[theirs] for ours, theirs in _AISSTREAM_FIELDS.items() if theirs in part}
        if isinstance(part.get("Dimension"), dict):
            record |= {ours: part["Dimension"].get(theirs) for ours, theirs in _SIDES.items()}
        if "ShipType" in part or kind in ("ShipStaticData", "ExtendedClassBPositionReport"):
            record["ship_type"] = part.get("ShipType", part.get("Type"))
    record.setdefault("msg_type", _TYPES.get(kind))
    if not record["msg_type"]:
        raise RecordError("unknown message type")
    return record


_TYPES = {
    "PositionReport": 1, "BaseStationReport": 4, "ShipStaticData": 5, "StandardSearchAndRescueAircraftReport": 9,
    "AddressedSafetyMessage": 12, "SafetyBroadcastMessage": 14, "StandardClassBPositionReport": 18,
    "ExtendedClassBPositionReport": 19, "AidsToNavigationReport": 21, "StaticDataReport": 24,
    "LongRangeAisBroadcastMessage": 27,
}  # fmt: skip
"""Message number where a message does not give its own."""
_AISHUB_FIELDS = {
    "mmsi": "MMSI", "time": "TIME", "lat": "LATITUDE", "lon": "LONGITUDE", "sog": "SOG", "cog": "COG",
    "heading": "HEADING", "status": "NAVSTAT", "imo": "IMO", "name": "NAME", "callsign": "CALLSIGN",
    "ship_type": "TYPE", "draught": "DRAUGHT", "destination": "DEST",
} | _SIDES  # fmt: skip
_AISHUB_UNITS = {"lat": 600_000, "lon": 600_000, "sog": 10, "cog": 10, "draught": 10}
"""What the numbers of its "AIS encoding" are divided by: 1/10000 minute, 0.1 kn, 0.1 degree, decimetre."""


def _aishub(vessel: dict) -> dict | None:
    """A vessel's row; None for the header of an answer. A time in epoch seconds tells the AIS encoding."""
    if vessel.get("ERROR"):
        raise RecordError("error reported by AISHub")
    if "ERROR" in vessel and "MMSI" not in vessel:
        return None
    record = {ours: vessel.get(theirs) for ours, theirs in _AISHUB_FIELDS.items()}
    try:
        seconds = int(record["time"])
    except (TypeError, ValueError):
        return record
    try:
        record["time"] = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return record | {name: float(record[name]) / per for name, per in _AISHUB_UNITS.items() if record[name]}
    except (TypeError, ValueError, OverflowError, OSError):
        raise RecordError("number not readable") from None


_READERS: dict[str, Callable[[dict], dict | None]] = {AISSTREAM.name: _aisstream, AISHUB.name: _aishub}
