"""The CSV archives that surveil reads: their columns, their time, their words."""

from __future__ import annotations

from dataclasses import dataclass, field

from surveil.decode.lines import LineSplitter
from surveil.schema import (
    CLASS_A,
    CLASS_ATON,
    CLASS_B,
    CLASS_BASE,
    CLASS_DEVICE,
    CLASS_SAR_AIRCRAFT,
)

_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d+))?"
_ZONE = r"\s*(?:Z|UTC|GMT|(?P<sign>[+-])(?P<zone_hour>\d\d):?(?P<zone_minute>\d\d)(?: UTC)?)?$"
ISO_TIME = r"^(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ]" + _CLOCK + _ZONE
COMPACT_TIME = r"^(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)_(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)" + (
    r"(?:\.(?P<fraction>\d+))?" + _ZONE
)
DAY_FIRST_TIME = r"^(?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4})[T ]" + _CLOCK + _ZONE

NAV_STATUS = {
    "under way using engine": 0, "at anchor": 1, "not under command": 2, "restricted maneuverability": 3,
    "restricted manoeuvrability": 3, "constrained by her draught": 4, "moored": 5, "aground": 6,
    "engaged in fishing": 7, "under way sailing": 8, "reserved for future amendment [hsc]": 9,
    "reserved for future amendment of navigational status for hsc": 9,
    "reserved for future amendment [wig]": 10,
    "reserved for future amendment of navigational status for wig": 10,
    "power-driven vessel towing astern": 11, "power-driven vessel pushing ahead or towing alongside": 12,
    "reserved for future use [13]": 13, "ais-sart": 14, "ais-sart (active)": 14,
}  # fmt: skip
"""M.1371-5 table 45 in the words of the Danish and the early NOAA files, lower case. Others: missing."""
SHIP_TYPE = {
    "wig": 20, "fishing": 30, "towing": 31, "towing long/wide": 32, "dredging": 33, "diving": 34,
    "military": 35, "sailing": 36, "pleasure": 37, "hsc": 40, "pilot": 50, "sar": 51, "tug": 52, "port tender": 53,
    "anti-pollution": 54, "law enforcement": 55, "spare 1": 56, "spare 2": 57, "medical": 58,
    "not party to conflict": 59, "ships not party to armed conflict": 59, "passenger": 60, "cargo": 70,
    "tanker": 80, "other": 90,
}  # fmt: skip
"""M.1371-5 table 53 in the words of the Danish files, lower case."""
STATION_CLASS = {
    "a": CLASS_A, "class a": CLASS_A, "b": CLASS_B, "class b": CLASS_B, "base station": CLASS_BASE,
    "aton": CLASS_ATON, "sar airborne": CLASS_SAR_AIRCRAFT, "search and rescue transponder": CLASS_DEVICE,
    "man overboard device": CLASS_DEVICE, "emergency position indicating radio beacon": CLASS_DEVICE,
}  # fmt: skip

REQUIRED = ("time", "mmsi", "lat", "lon")


@dataclass(frozen=True)
class Dialect:
    """An archive: the names each column goes by (case does not matter), and the form of its time.

    ``needs`` are names, lower case, without which a table is another; ``nothing`` is a word for no value; ``scale`` is
    what a column's numbers are times our unit; ``splitter`` makes what cuts bytes into lines.
    """

    name: str
    title: str
    time_form: str
    columns: dict[str, tuple[str, ...]] = field(hash=False, default_factory=dict)
    needs: tuple[str, ...] = ()
    nothing: str = ""
    scale: dict[str, float] = field(hash=False, default_factory=dict)
    splitter: type = LineSplitter

    def find(self, header: list[str]) -> dict[str, int]:
        """Our column names to their places in a header."""
        places = {name.strip().lower(): at for at, name in reversed(list(enumerate(header)))}
        return {
            column: places[name]
            for column, names in self.columns.items()
            for name in map(str.lower, names)
            if name in places
        }  # fmt: skip


NOAA = Dialect(
    "noaa csv", "NOAA MarineCadastre CSV", ISO_TIME,
    {
        "time": ("BaseDateTime", "base_date_time"), "mmsi": ("MMSI",), "lat": ("LAT", "latitude"),
        "lon": ("LON", "longitude"), "sog": ("sog",), "cog": ("cog",), "heading": ("heading",),
        "status": ("status",), "imo": ("imo",), "name": ("VesselName", "vessel_name"),
        "callsign": ("CallSign", "call_sign"), "ship_type": ("vesseltype", "vessel_type"),
        "length": ("length",), "width": ("width",), "draught": ("draft",),
        "station": ("transceiverclass", "transcieverclass", "transceiver_class", "transceiver"),
    },
)  # fmt: skip
"""2015 to 2024 (``BaseDateTime,LAT,LON``, the class misspelt at times) and later (``base_date_time``); UTC:
https://coast.noaa.gov/data/marinecadastre/ais/data-dictionary.pdf"""

DANISH = Dialect(
    "danish csv", "Danish Maritime Authority CSV", DAY_FIRST_TIME,
    {
        "time": ("# Timestamp", "timestamp"), "mmsi": ("MMSI",), "lat": ("Latitude",), "lon": ("Longitude",),
        "station": ("type of mobile",), "status": ("navigational status",), "sog": ("sog",), "cog": ("cog",),
        "heading": ("heading",), "imo": ("imo",), "callsign": ("callsign",), "name": ("name",),
        "ship_type": ("ship type",), "length": ("length",), "width": ("width",), "draught": ("draught",),
        "destination": ("destination",), "to_bow": ("a",), "to_stern": ("b",), "to_port": ("c",),
        "to_starboard": ("d",),
    },
)  # fmt: skip
"""UTC: http://aisdata.ais.dk (readme)."""

SOLENT = Dialect(
    "solent csv", "Solent AIS CSV (Stone Soup)", ISO_TIME,
    {
        "time": ("Time",), "mmsi": ("MMSI",), "lat": ("Latitude_degrees",), "lon": ("Longitude_degrees",),
        "cog": ("cog_degrees",), "sog": ("sog_knots",),
    },
)  # fmt: skip

EXACT_EARTH = Dialect(
    "exactearth csv", "exactEarth CSV", COMPACT_TIME,
    {
        "time": ("Time",), "millisecond": ("millisecond",), "mmsi": ("MMSI",), "lat": ("Latitude",),
        "lon": ("Longitude",), "msg_type": ("message_id",), "status": ("navigational_status",), "sog": ("sog",),
        "cog": ("cog",), "heading": ("heading",), "utc_s": ("utc_second",), "imo": ("imo",),
        "name": ("vessel_name",), "aid_name": ("aton_name",), "callsign": ("call_sign",),
        "ship_type": ("ship_type",), "destination": ("destination",), "draught": ("draught",),
        "to_bow": ("dimension_to_bow",), "to_stern": ("dimension_to_stern",), "to_port": ("dimension_to_port",),
        "to_starboard": ("dimension_to_starboard",), "text": ("safety_text",), "dest_mmsi": ("destination_id",),
    },
    needs=("message_id",), nothing="None", scale={"draught": 0.1},
)  # fmt: skip
"""One message a row, all types; draught in decimetres as it is sent, ``None`` for what the standard calls not
available. As in AISdb's test data, https://github.com/AISViz/AISdb (aisdb/tests/testdata)."""

SPIRE = Dialect(
    "spire csv", "Spire CSV", ISO_TIME,
    {
        "time": ("timestamp",), "mmsi": ("mmsi",), "lat": ("latitude",), "lon": ("longitude",),
        "msg_type": ("msg_type",), "sog": ("speed",), "cog": ("course",), "heading": ("heading",),
        "status": ("status",), "imo": ("imo",), "name": ("name",), "callsign": ("call_sign",),
        "ship_type": ("ship_type", "ship_and_cargo_type"), "length": ("length",), "width": ("width",),
        "draught": ("draught",), "destination": ("destination",),
    },
    needs=("created_at",),
)  # fmt: skip
"""One message a row, or positions with the last statics joined to them; UTC:
https://documentation.spire.com/data-extracts/ and .../combined-data-extracts/"""

DIALECTS = (NOAA, DANISH, SOLENT, EXACT_EARTH, SPIRE)
BY_NAME = {d.name: d for d in DIALECTS}


def guess(header: list[str]) -> tuple[Dialect | None, list[str], str]:
    """(dialect, names of missing columns, what else it looks like) of a header line.

    A table that has three of the four columns we need is that dialect with a column missing.
    """
    names = {name.strip().strip('"').lower() for name in header}
    known = [d for d in DIALECTS if names.issuperset(d.needs)]
    best = max(known, key=lambda d: (len(d.find(header).keys() & set(REQUIRED)), len(d.find(header))))
    found = best.find(header)
    missing = [c for c in REQUIRED if c not in found]
    if len(missing) > 1:
        return None, [], "a CSV table" if len(header) > 2 else ""
    return best, [best.columns[c][0] for c in missing], ""
