"""The 28 message types of ITU-R M.1371-6, Annex 7, as tables in the order in which the standard lists them.

M.1371-5, Annex 8, had 27 of them; table numbers are those of M.1371-5 unless they say otherwise, and
docs/m1371-6.md tells what changed and how it is known.

A :class:`Layout` is one table of the standard: what it is called, the lengths in bits it may have, and its
fields. Types whose content depends on a part number or a flag (16, 22, 24, 25, 26) have one layout for each
form. Offsets follow from the widths; the tests compare both with pyais and with gpsd's expected output.

``lengths`` are those the standard gives, without and with the bits that fill the last character or byte.
Anything shorter is refused, since its last fields would be read from nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

UNSIGNED, SIGNED, FLAG, TEXT, DATA, SPARE = "unsigned", "signed", "flag", "text", "data", "spare"

SIX_BIT = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?"
"""Six-bit ASCII, M.1371-5 Annex 8 table 47: the character of each value 0-63."""


@dataclass(frozen=True)
class Field:
    """One row of a message table.

    ``width`` and ``offset`` in bits; ``per_unit`` raw steps make one ``unit``, counted from ``-bias`` (raw 0 is
    ``bias`` steps); ``na`` is the raw value that says "not available"; ``limit`` the largest raw magnitude the
    standard gives a meaning to (None: no limit). The last text or data field of a message may be shorter than
    its width.
    """

    name: str
    kind: str
    width: int
    per_unit: int = 1
    unit: str = ""
    na: int | None = None
    limit: int | None = None
    bias: int = 0
    offset: int = -1

    @property
    def end(self) -> int:
        """First bit after the field."""
        return self.offset + self.width

    def raw(self, bits: str) -> int | str:
        """The field's content in a message written as a string of 0 and 1, not scaled."""
        part = bits[self.offset : self.end]
        if self.kind in (DATA, SPARE):
            return part
        if self.kind == TEXT:
            return "".join(SIX_BIT[int(part[i : i + 6], 2)] for i in range(0, len(part) - 5, 6))
        value = int(part, 2)
        return value - (1 << self.width) if self.kind == SIGNED and part[0] == "1" else value

    def value(self, bits: str) -> Any:
        """The field's content in its unit; None where not available or without meaning."""
        raw = self.raw(bits)
        if self.kind == TEXT:
            return raw.split("@")[0].rstrip(" ")
        if self.kind == FLAG:
            return bool(raw)
        if self.kind == DATA:
            return raw
        if raw == self.na or (self.limit is not None and abs(raw) > self.limit):
            return None
        steps = raw + self.bias
        return steps if self.per_unit == 1 else steps / self.per_unit


@dataclass(frozen=True)
class Layout:
    """One message table: ``select`` gives the values of fields that choose it among the forms of a type."""

    title: str
    types: tuple[int, ...]
    lengths: Collection[int]
    fields: tuple[Field, ...]
    select: tuple[tuple[str, Collection[int]], ...] = ()

    def __getitem__(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    def __contains__(self, name: str) -> bool:
        return any(f.name == name for f in self.fields)

    @property
    def min_bits(self) -> int:
        return min(self.lengths)

    @property
    def max_bits(self) -> int:
        return max(self.lengths)

    @property
    def open_ended(self) -> bool:
        """Whether text or data may have any length up to their width."""
        return isinstance(self.lengths, range)

    @property
    def holds_data(self) -> bool:
        return any(field.kind == DATA for field in self.fields)

    def chosen_by(self, bits: str) -> bool:
        """Whether a message of one of ``types`` has this form."""
        return all(self[name].end <= len(bits) and self[name].raw(bits) in want for name, want in self.select)

    def fitted(self, n_bits: int) -> list[Field]:
        """The fields as they lie in a message of so many bits: what follows data (26) lies at the end."""
        kinds = [f.kind for f in self.fields[:-1]]
        if DATA not in kinds:
            return [f for f in self.fields if _carried(f, n_bits)]
        at = kinds.index(DATA)
        slack = self.fields[-1].end - n_bits
        stretched = replace(self.fields[at], width=self.fields[at].width - slack)
        return [
            *self.fields[:at],
            stretched,
            *(replace(f, offset=f.offset - slack) for f in self.fields[at + 1 :]),
        ]

    def values(self, bits: str) -> dict[str, Any]:
        """Every field but the spares, in its unit. A field past the end of the message is left out."""
        return {f.name: f.value(bits) for f in self.fitted(len(bits)) if f.kind != SPARE}


def _carried(field: Field, n_bits: int) -> bool:
    return field.offset <= n_bits if field.kind in (TEXT, DATA) else field.end <= n_bits


def u(name, width, per_unit=1, unit="", na=None, limit=None, bias=0):
    """An unsigned number."""
    return Field(name, UNSIGNED, width, per_unit, unit, na, limit, bias)


def s(name, width, per_unit=1, unit="", na=None, limit=None):
    """A number in two's complement."""
    return Field(name, SIGNED, width, per_unit, unit, na, limit)


def flag(name):
    """A single bit."""
    return Field(name, FLAG, 1)


def text(name, characters):
    """Six-bit text; it ends at the first ``@``."""
    return Field(name, TEXT, 6 * characters)


def data(name, width):
    """Bits for an application."""
    return Field(name, DATA, width)


def spare(width):
    return Field("spare", SPARE, width)


def layout(title, types, lengths, *fields, **select) -> Layout:
    """A table whose fields follow each other; ``select``: the values that choose it, by field."""
    placed, offset = [], 0
    for field in fields:
        placed.append(replace(field, offset=offset))
        offset += field.width
    return Layout(title, types, lengths, tuple(placed), tuple(select.items()))


# Fields that many tables share, with the standard's "not available" values.
HEADER = (u("msg_type", 6), u("repeat", 2), u("mmsi", 30))
LON = s("lon", 28, 600_000, "deg", na=181 * 600_000, limit=180 * 600_000)
LAT = s("lat", 27, 600_000, "deg", na=91 * 600_000, limit=90 * 600_000)
LON_COARSE = s("lon", 18, 600, "deg", na=181 * 600, limit=180 * 600)
LAT_COARSE = s("lat", 17, 600, "deg", na=91 * 600, limit=90 * 600)
SOG = u("sog", 10, 10, "kn", na=1023, limit=1022)
COG = u("cog", 12, 10, "deg", na=3600, limit=3599)
HEADING = u("heading", 9, 1, "deg", na=511, limit=359)
UTC_S = u("utc_s", 6, 1, "s", na=60, limit=63)  # 61 manual, 62 dead reckoning, 63 inoperative
NAV_STATUS = u("nav_status", 4, na=15, limit=14)
SHIP_TYPE = u("ship_type", 8)
NAME = text("name", 20)
CALLSIGN = text("callsign", 7)
SIZE = (
    u("to_bow", 9, 1, "m"), u("to_stern", 9, 1, "m"), u("to_port", 6, 1, "m"), u("to_starboard", 6, 1, "m"),
)  # fmt: skip
EPFD = u("epfd", 4)
VDES = u("vdes", 2)  # M.1371-6 table 77: 0 AIS alone, 1 ASM, 2 ASM and VDE-TER, 3 these and VDE-SAT
WHEN = (
    u("year", 14, na=0), u("month", 4, na=0, limit=12), u("day", 5, na=0), u("hour", 5, na=24, limit=23),
    u("minute", 6, na=60, limit=59), u("second", 6, na=60, limit=59),
)  # fmt: skip
ETA = (
    u("eta_month", 4, na=0, limit=12), u("eta_day", 5, na=0), u("eta_hour", 5, na=24, limit=23),
    u("eta_minute", 6, na=60, limit=59),
)  # fmt: skip
ADDRESSED = (u("seqno", 2), u("dest_mmsi", 30), flag("retransmit"), spare(1))
APPLICATION = (u("dac", 10), u("fid", 6))
AREA = tuple(
    replace(field, name=f"{corner}_{field.name}") for corner in ("ne", "sw") for field in (LON_COARSE, LAT_COARSE)
)
CHANNELS = (u("channel_a", 12), u("channel_b", 12), u("txrx", 4), flag("power"))
BANDS = (flag("addressed"), flag("band_a"), flag("band_b"), u("zonesize", 3), spare(23))
POSITION_B = (  # head of types 18 and 19
    *HEADER, spare(8), SOG, flag("accuracy"), LON, LAT, COG, HEADING, UTC_S,
)  # fmt: skip
STATIC_B = (
    *HEADER, u("partno", 2), SHIP_TYPE, text("vendor", 3), u("model", 4), u("serial", 20), CALLSIGN,
)  # fmt: skip


def _acknowledged(i):
    return u(f"mmsi{i}", 30), u(f"mmsiseq{i}", 2)


def _reservation(i):
    return u(f"offset{i}", 12), u(f"number{i}", 4), u(f"timeout{i}", 3), u(f"increment{i}", 11)


def _assignment(i):
    return u(f"mmsi{i}", 30), u(f"offset{i}", 12), u(f"increment{i}", 10)


def _binary(msg_type, title, longest, data_bits, tail):
    """The four forms of types 25 and 26: addressed or not, structured (with an application id) or not."""
    for addressed in (0, 1):
        for structured in (0, 1):
            head = (*HEADER, flag("addressed"), flag("structured"))
            head += (u("dest_mmsi", 30), spare(2)) if addressed else ()
            head += APPLICATION if structured else ()
            taken = sum(f.width for f in head) - 40
            lengths = range(40 + taken + sum(f.width for f in tail), longest + 1)
            yield layout(
                title, (msg_type,), lengths, *head, data("data", data_bits - taken), *tail,
                addressed=(addressed,), structured=(structured,),
            )  # fmt: skip


LAYOUTS: tuple[Layout, ...] = (
    layout(
        "position report", (1, 2, 3), (168,),
        *HEADER, NAV_STATUS, s("rot", 8, na=-128, limit=127), SOG, flag("accuracy"), LON, LAT, COG, HEADING,
        UTC_S, u("maneuver", 2), spare(3), flag("raim"), u("radio", 19),
    ),
    layout(
        "base station report; UTC and date response", (4, 11), (168,),
        *HEADER, *WHEN, flag("accuracy"), LON, LAT, EPFD, flag("long_range"), spare(9), flag("raim"),
        u("radio", 19),
    ),
    layout(
        "ship static and voyage related data", (5,), (422, 424, 426),
        *HEADER, u("ais_version", 2), u("imo", 30, na=0), CALLSIGN, NAME, SHIP_TYPE, *SIZE, EPFD, *ETA,
        u("draught", 8, 10, "m", na=0), text("destination", 20), flag("dte"), spare(1),
    ),
    layout(
        "addressed binary message", (6,), range(88, 1009),
        *HEADER, *ADDRESSED, *APPLICATION, data("data", 920),
    ),
    layout(
        "acknowledgement, binary or safety related", (7, 13), (72, 104, 136, 168),
        *HEADER, spare(2), *_acknowledged(1), *_acknowledged(2), *_acknowledged(3), *_acknowledged(4),
    ),
    layout(
        "binary broadcast message", (8,), range(56, 1009),
        *HEADER, spare(2), *APPLICATION, data("data", 952),
    ),
    layout(
        "standard SAR aircraft position report", (9,), (168,),
        *HEADER, u("altitude", 12, 1, "m", na=4095), u("sog", 10, 1, "kn", na=1023, limit=1022),
        flag("accuracy"), LON, LAT, COG, UTC_S, flag("alt_sensor"), spare(7), flag("dte"), spare(3),
        flag("assigned"), flag("raim"), u("radio", 20),
    ),
    layout("UTC and date inquiry", (10,), (72,), *HEADER, spare(2), u("dest_mmsi", 30), spare(2)),
    layout(
        "addressed safety related message", (12,), range(72, 1009), *HEADER, *ADDRESSED, text("text", 156)
    ),
    layout(
        "safety related broadcast message", (14,), range(40, 1009), *HEADER, spare(2), text("text", 161)
    ),
    layout(
        "interrogation", (15,), (88, 110, 112, 160),
        *HEADER, spare(2), u("mmsi1", 30), u("type1_1", 6), u("offset1_1", 12), spare(2), u("type1_2", 6),
        u("offset1_2", 12), spare(2), u("mmsi2", 30), u("type2_1", 6), u("offset2_1", 12), spare(2),
    ),
    layout(
        "assignment mode command", (16,), (96, 144),
        *HEADER, spare(2), *_assignment(1), *_assignment(2),
    ),
    layout(
        "GNSS broadcast binary message", (17,), range(80, 817),
        *HEADER, spare(2), LON_COARSE, LAT_COARSE, spare(5), data("data", 736),
    ),
    layout(
        "standard class B position report", (18,), (168,),
        *POSITION_B, flag("power"), spare(1), flag("cs"), flag("display"), flag("dsc"), flag("band"), flag("msg22"),
        flag("assigned"), flag("raim"), u("radio", 20),
    ),
    layout(
        "extended class B position report", (19,), (312,),
        *POSITION_B, spare(4), NAME, SHIP_TYPE, *SIZE, EPFD, flag("raim"), flag("dte"), flag("assigned"),
        spare(4),
    ),
    layout(
        "data link management message", (20,), (72, 104, 136, 160),
        *HEADER, spare(2), *_reservation(1), *_reservation(2), *_reservation(3), *_reservation(4),
    ),
    layout(
        "aid to navigation report", (21,), range(272, 361),
        *HEADER, u("aid_type", 5), NAME, flag("accuracy"), LON, LAT, *SIZE, EPFD, UTC_S, flag("off_position"),
        u("regional", 8), flag("raim"), flag("virtual_aid"), flag("assigned"), spare(1),
        text("name_ext", 14), spare(4),
    ),
    layout(
        "channel management", (22,), (168,),
        *HEADER, spare(2), *CHANNELS, *AREA, *BANDS, addressed=(0,),
    ),
    layout(
        "channel management, addressed", (22,), (168,),
        *HEADER, spare(2), *CHANNELS, u("dest1", 30), spare(5), u("dest2", 30), spare(5), *BANDS,
        addressed=(1,),
    ),
    layout(
        "group assignment command", (23,), (160,),
        *HEADER, spare(2), *AREA, u("station_type", 4), SHIP_TYPE, spare(22), u("txrx", 2), u("interval", 4),
        u("quiet", 4), spare(6),
    ),
    layout(
        "static data report, part A", (24,), (160, 162, 168),
        *HEADER, u("partno", 2), NAME, spare(8), partno=(0,),
    ),
    layout(
        "static data report, part B, craft of a mother ship", (24,), (162, 168),
        *STATIC_B, u("mothership_mmsi", 30), EPFD, VDES, partno=(1,), mmsi=range(980_000_000, 990_000_000),
    ),
    layout(
        "static data report, part B", (24,), (162, 168),
        *STATIC_B, *SIZE, EPFD, VDES, partno=(1,),
    ),
    *_binary(25, "single slot binary message", 168, 128, ()),
    *_binary(26, "multiple slot binary message", 1064, 1004, (u("radio", 20),)),
    layout(
        "long range position report", (27,), (96, 168),
        *HEADER, flag("accuracy"), flag("raim"), NAV_STATUS, LON_COARSE, LAT_COARSE,
        u("sog", 6, 1, "kn", na=63, limit=62), u("cog", 9, 1, "deg", na=511, limit=359), flag("gnss"),
        spare(1),
    ),
    layout(  # M.1371-6 tables 84 and 85; what dim_a and dim_b are, dim_type says
        "aid to navigation report, single slot", (28,), (168,),
        *HEADER, UTC_S, LON, LAT, u("restricted", 2), u("station_type", 3), u("aid_type", 7), u("mrn", 17),
        u("dim_type", 4), u("dim_a", 9), u("dim_b", 11), flag("more_dims"), flag("charted"), u("on_station", 4),
        u("aton_status", 8), spare(1), flag("authenticated"),
    ),
)  # fmt: skip


def position_or_none(values: dict[str, Any]) -> dict[str, Any]:
    """The fields, where longitude and latitude are there or missing together."""
    if "lon" in values and None in (values["lon"], values["lat"]):
        values.update(lon=None, lat=None)
    return values


def layouts_of(msg_type: int) -> list[Layout]:
    """The forms a message type has: one for most, none for a type the standard does not know."""
    return [form for form in LAYOUTS if msg_type in form.types]


def layout_of(bits: str) -> Layout | None:
    """The table by which to read a message given as a string of 0 and 1, the first that fits; else None."""
    if len(bits) < 38:
        return None
    return next((form for form in layouts_of(int(bits[:6], 2)) if form.chosen_by(bits)), None)


def bits_of(payload: bytes, fill: int = 0) -> str:
    """Six bits a character (IEC 61162-1 table "6-bit binary field conversion"), less the fill bits."""
    bits = "".join(f"{(c - 48 if c < 88 else c - 56) & 63:06b}" for c in payload)
    return bits[: len(bits) - fill] if fill else bits
