"""What applications put into types 6, 8, 25 and 26, as tables in the style of :mod:`surveil.decode.tables`.

Offsets count from the first bit after the application id. Field names are gpsd's. A payload shorter than its
table, or longer than it by more than a byte, is not that application's: some encrypt under a public id, and
what is missing at the end is not zero. It keeps its raw bits, as one whose id is not listed here.

Sources: IMO SN/Circ.236 (2004) and SN.1/Circ.289 (2010); ITU-R M.1371-5 Annex 5 for the system's own (1/0 to 1/5),
M.1371-1 for 1/40; IALA A-126 for 235/10 and 250/10; Inland AIS, ECE/TRANS/SC.3/176, for 200. The circulars were
read in gpsd's AIVDM/AIVDO protocol decoding 1.58, and compared with pyais and libais.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from surveil.decode import tables
from surveil.decode.tables import SPARE, Field, Layout, data, flag, layout, position_or_none, s, spare, text, u

SLACK = 8
"""Bits that a payload may be longer than its table: receivers hand on whole bytes and characters."""


@dataclass(frozen=True)
class Form:
    """A table, and after it up to ``most`` rows in a list called ``rows``, each by the first of ``forms`` that fits.

    Rows have the same width in bits whatever their form.
    """

    head: Layout
    rows: str = ""
    forms: tuple[Form, ...] = ()
    most: int = 0

    @property
    def end(self) -> int:
        """First bit after the head."""
        return sum(field.width for field in self.head.fields)

    @property
    def row_width(self) -> int:
        return self.forms[0].end if self.forms else 0

    def fits(self, n_bits: int) -> bool:
        """Whether a payload of so many bits is one of this table: the head, and a row where rows follow."""
        least = self.end + self.row_width if self.forms else self.head.min_bits
        return least <= n_bits <= self.end + self.most * self.row_width + SLACK

    def values(self, bits: str) -> dict[str, Any]:
        """Every field, in its unit, as :meth:`surveil.decode.tables.Layout.values`; rows as a list."""
        found = position_or_none(self.head.values(bits[: self.end]))
        if self.forms:
            n_rows = min((len(bits) - self.end) // self.row_width, self.most)
            starts = range(self.end, self.end + n_rows * self.row_width, self.row_width)
            found[self.rows] = [self._row(bits[at : at + self.row_width]) for at in starts]
        return self._in_metres(found)

    def _row(self, bits: str) -> dict[str, Any]:
        return next(f for f in self.forms if f.head.chosen_by(bits)).values(bits)

    def _in_metres(self, found: dict[str, Any]) -> dict[str, Any]:
        """Lengths times 10 to the power of ``scale``, where there is one; of points, those that are any."""
        if "scale" not in found:
            return found
        times = 10 ** found.pop("scale")
        found |= {f.name: found[f.name] * times for f in self.head.fields if f.unit == "m"}
        if "points" in found:
            found["points"] = [p | {"distance": p["distance"] * times} for p in found["points"] if p["distance"]]
        return found


def _form(title: str, *fields: Field, rows: str = "", forms=(), most: int = 0, least: int = 0, **select) -> Form:
    """``least``: the fewest bits, where a text at the end may be shorter; spare bits at the end may be missing."""
    end = sum(f.width for f in fields)
    trailing = fields[-1].width if fields and fields[-1].kind == SPARE else 0
    head = layout(title, (6, 8, 25, 26), range(least or end - trailing, end + SLACK + 1), *fields, **select)
    return Form(head, rows, tuple(forms), most)


# Positions in 1/1,000 minute, and the times that many tables share, with SN.1/Circ.289's "not available".
LON = s("lon", 25, 60_000, "deg", na=181 * 60_000, limit=180 * 60_000)
LAT = s("lat", 24, 60_000, "deg", na=91 * 60_000, limit=90 * 60_000)
HOUR, MINUTE = u("hour", 5, na=24, limit=23), u("minute", 6, na=60, limit=59)
DAY = u("day", 5, na=0)
MONTH = u("month", 4, na=0, limit=12)
WHEN = (MONTH, DAY, HOUR, MINUTE)
LINKAGE = u("linkage", 10)
DURATION = u("duration", 18, 1, "min", na=262_143)

WIND = (
    u("wspeed", 7, 1, "kn", na=127), u("wgust", 7, 1, "kn", na=127), u("wdir", 9, 1, "deg", na=360, limit=359),
    u("wgustdir", 9, 1, "deg", na=360, limit=359),
)  # fmt: skip
SEA = (  # speeds from 251 on: 25.1 kn or more, heights likewise
    u("leveltrend", 2, na=3), u("cspeed", 8, 10, "kn", na=255, limit=251),
    u("cdir", 9, 1, "deg", na=360, limit=359), u("cspeed2", 8, 10, "kn", na=255, limit=251),
    u("cdir2", 9, 1, "deg", na=360, limit=359), u("cdepth2", 5, 1, "m", na=31),
    u("cspeed3", 8, 10, "kn", na=255, limit=251), u("cdir3", 9, 1, "deg", na=360, limit=359),
    u("cdepth3", 5, 1, "m", na=31), u("waveheight", 8, 10, "m", na=255, limit=251),
    u("waveperiod", 6, 1, "s", na=63, limit=60), u("wavedir", 9, 1, "deg", na=360, limit=359),
    u("swellheight", 8, 10, "m", na=255, limit=251), u("swellperiod", 6, 1, "s", na=63, limit=60),
    u("swelldir", 9, 1, "deg", na=360, limit=359), u("seastate", 4, na=13, limit=12),
)  # fmt: skip
LAST = (u("preciptype", 3, na=7), u("salinity", 9, 10, "permille", na=510, limit=501), u("ice", 2, na=3, limit=1))
"""Circ.236 says "not available" by all bits set, which lies beyond the same limits as Circ.289's values do."""
HUMIDITY = u("humidity", 7, 1, "%", na=101, limit=100)
TREND = u("pressuretend", 2, na=3)

METEO_236 = _form(
    "meteorological and hydrological data, Circ.236",
    s("lat", 24, 60_000, "deg", na=(1 << 23) - 1, limit=90 * 60_000),
    s("lon", 25, 60_000, "deg", na=(1 << 24) - 1, limit=180 * 60_000),
    u("day", 5, na=0), u("hour", 5, na=31, limit=23), u("minute", 6, na=63, limit=59), *WIND,
    u("airtemp", 11, 10, "degC", na=2047, limit=1200, bias=-600), HUMIDITY,
    u("dewpoint", 10, 10, "degC", na=1023, limit=700, bias=-200),
    u("pressure", 9, 1, "hPa", na=511, limit=400, bias=800), TREND, u("visibility", 8, 10, "nm", na=255, limit=250),
    u("waterlevel", 9, 10, "m", na=511, limit=400, bias=-100),
    *SEA, u("watertemp", 10, 10, "degC", na=1023, limit=600, bias=-100), *LAST, spare(6),
)  # fmt: skip
METEO_289 = _form(
    "meteorological and hydrological data",
    LON, LAT, flag("accuracy"), DAY, HOUR, MINUTE, *WIND, s("airtemp", 11, 10, "degC", na=-1024, limit=600), HUMIDITY,
    s("dewpoint", 10, 10, "degC", na=501, limit=500), u("pressure", 9, 1, "hPa", na=511, limit=402, bias=799), TREND,
    flag("visgreater"), u("visibility", 7, 10, "nm", na=127),
    u("waterlevel", 12, 100, "m", na=4001, limit=4000, bias=-1000),
    *SEA, s("watertemp", 10, 10, "degC", na=501, limit=500), *LAST, spare(10),
)  # fmt: skip

_SHAPE, _SCALE = u("shape", 3), u("scale", 2)
_CENTRE = (_SHAPE, _SCALE, LON, LAT, u("precision", 3))
_RADIUS = u("radius", 12, 1, "m")
_BEARING = _form("point", u("bearing", 10, 2, "deg", na=720, limit=719), u("distance", 10, 1, "m"))
_ANGLE = u("orientation", 9, 1, "deg", limit=359)
SUB_AREAS = (
    _form("circle or point", *_CENTRE, _RADIUS, spare(18), shape=(0,)),
    _form("rectangle", *_CENTRE, u("east", 8, 1, "m"), u("north", 8, 1, "m"), _ANGLE, spare(5), shape=(1,)),
    _form(
        "sector", *_CENTRE, _RADIUS, u("left", 9, 1, "deg", limit=359), u("right", 9, 1, "deg", limit=359), shape=(2,)
    ),
    _form("polyline", _SHAPE, _SCALE, rows="points", forms=(_BEARING,), most=4, shape=(3,)),
    _form("polygon", _SHAPE, _SCALE, rows="points", forms=(_BEARING,), most=4, shape=(4,)),
    _form("text", _SHAPE, text("text", 14), shape=(5,)),
    _form("reserved", _SHAPE, data("data", 84)),
)
"""Parts of an area notice, 87 bits each. The points of a line go on from the circle or line before it."""
AREA_NOTICE = _form(
    "area notice", LINKAGE, u("notice", 7, na=127), *WHEN, DURATION, rows="areas", forms=SUB_AREAS, most=10
)
ROUTE = _form(
    "route information", LINKAGE, u("sender", 3), u("rtype", 5), *WHEN, DURATION, u("waycount", 5),
    rows="waypoints", forms=(_form("waypoint", tables.LON, tables.LAT),), most=16,
)  # fmt: skip
TEXT = _form("text description", LINKAGE, text("text", 161), least=16)
PERSONS = u("persons", 13, na=0)

_WINDOW = (
    u("from_hour", 5, na=24, limit=23), u("from_min", 6, na=60, limit=59), u("to_hour", 5, na=24, limit=23),
    u("to_min", 6, na=60, limit=59), u("cdir", 9, 1, "deg", na=360, limit=359),
)  # fmt: skip
_TIDE_236 = _form("tide", tables.LAT, tables.LON, *_WINDOW, u("cspeed", 7, 10, "kn", na=127))
_TIDE_289 = _form("tide", LON, LAT, *_WINDOW, u("cspeed", 8, 10, "kn", na=255, limit=251))


def _target(identity: Field, **select) -> Form:
    """A target of a vessel traffic service; ``id_type`` 0 MMSI, 1 IMO number, 2 call sign, 3 other."""
    return _form(
        "target", u("id_type", 2), identity, spare(4), LAT, LON, u("cog", 9, 1, "deg", na=360, limit=359),
        u("utc_s", 6, 1, "s", na=60), u("sog", 8, 1, "kn", na=255), **select,
    )  # fmt: skip


VTS_TARGETS = _form(
    "VTS targets", rows="targets", forms=(_target(text("id", 7), id_type=(2,)), _target(u("id", 42))), most=7
)
PLACE = (text("country", 2), text("locode", 3), text("section", 5), text("terminal", 5), text("hectometre", 5))
_PORT_TIME = tuple(f"{port}{part}" for port in "ln" for part in ("month", "day", "hour", "minute"))
_LAST_TIME, _NEXT_TIME = (
    tuple(replace(field, name=name) for field, name in zip(WHEN, names, strict=True))
    for names in (_PORT_TIME[:4], _PORT_TIME[4:])
)
ATON_MONITORING = _form(
    "monitoring of an aid to navigation", u("ana_int", 10, 20, "V", na=0), u("ana_ext1", 10, 20, "V", na=0),
    u("ana_ext2", 10, 20, "V", na=0), u("racon", 2), u("light", 2), flag("alarm"), u("stat_ext", 8), flag("off_pos"),
    spare(4),
)  # fmt: skip

ADDRESSED, BROADCAST = (True,), (False,)
EITHER = ADDRESSED + BROADCAST
APPLICATIONS: tuple[tuple[tuple[bool, ...], int, int, Form], ...] = (
    (EITHER, 1, 0, _form("text", flag("ack_required"), u("sequence", 11), text("text", 157), least=12)),
    (ADDRESSED, 1, 2, _form("interrogation", u("req_dac", 10), u("req_fid", 6), spare(64))),
    (ADDRESSED, 1, 3, _form("capability interrogation", u("req_dac", 10), spare(70))),
    (ADDRESSED, 1, 4, _form("capability reply", u("ack_dac", 10), data("capabilities", 128), spare(126))),
    (ADDRESSED, 1, 5, _form(
        "acknowledgement", u("ack_dac", 10), u("ack_fid", 6), u("sequence", 11), flag("available"), u("response", 3),
        spare(49),
    )),
    (BROADCAST, 1, 11, METEO_236),
    (ADDRESSED, 1, 12, _form(
        "dangerous cargo, Circ.236", text("lastport", 5), *_LAST_TIME, text("nextport", 5), *_NEXT_TIME,
        text("dangerous", 20), text("imdcat", 4), u("unid", 13, na=0), u("amount", 10), u("unit", 2, na=0), spare(3),
    )),
    (ADDRESSED, 1, 14, _form("tidal window, Circ.236", MONTH, DAY, rows="tidals", forms=(_TIDE_236,), most=3)),
    (EITHER, 1, 16, _form("persons on board, Circ.236", PERSONS, spare(3))),
    (ADDRESSED, 1, 16, _form("persons on board", PERSONS, spare(35))),
    (BROADCAST, 1, 16, VTS_TARGETS),
    (BROADCAST, 1, 17, VTS_TARGETS),
    (ADDRESSED, 1, 18, _form(
        "clearance time to enter port", LINKAGE, *WHEN, text("portname", 20), text("destination", 5), LON, LAT,
        spare(43),
    )),
    (BROADCAST, 1, 22, AREA_NOTICE),
    (ADDRESSED, 1, 23, AREA_NOTICE),
    (ADDRESSED, 1, 25, _form(
        "dangerous cargo", u("unit", 2, na=0), u("amount", 10, na=0), rows="cargos",
        forms=(_form("cargo", u("code", 4, na=0), u("subtype", 13)),), most=28,
    )),
    (BROADCAST, 1, 27, ROUTE),
    (ADDRESSED, 1, 28, ROUTE),
    (BROADCAST, 1, 29, TEXT),
    (ADDRESSED, 1, 30, TEXT),
    (BROADCAST, 1, 31, METEO_289),
    (ADDRESSED, 1, 32, _form("tidal window", MONTH, DAY, rows="tidals", forms=(_TIDE_289,), most=3)),
    (ADDRESSED, 1, 40, _form("persons on board, M.1371-1", PERSONS, spare(3))),
    (BROADCAST, 200, 10, _form(
        "inland ship static and voyage data", text("vin", 8), u("length", 13, 10, "m", na=0, limit=8000),
        u("beam", 10, 10, "m", na=0, limit=1000), u("shiptype", 14, na=0), u("hazard", 3, na=5, limit=4),
        u("draught", 11, 100, "m", na=0, limit=2000), u("loaded", 2, na=0, limit=2), flag("speed_q"), flag("course_q"),
        flag("heading_q"), spare(8),
    )),
    (ADDRESSED, 200, 21, _form(
        "ETA at lock, bridge or terminal", *PLACE, *WHEN, u("tugs", 3, na=7), u("airdraught", 12, 100, "m", na=0),
        spare(5),
    )),
    (ADDRESSED, 200, 22, _form("RTA at lock, bridge or terminal", *PLACE, *WHEN, u("status", 2, na=3), spare(2))),
    (ADDRESSED, 200, 55, _form(
        "inland persons on board", u("crew", 8, na=255), u("passengers", 13, na=8191), u("personnel", 8, na=255),
        spare(51),
    )),
    (EITHER, 235, 10, ATON_MONITORING),
    (EITHER, 250, 10, ATON_MONITORING),
)  # fmt: skip
"""(whether addressed, area code, function identifier, table). Two tables of one id differ in length."""


def application_of(addressed: bool, dac: int, fid: int, n_bits: int) -> Form | None:
    """The table of a payload of so many bits; None if none is known."""
    known = (form for to, d, f, form in APPLICATIONS if (d, f) == (dac, fid) and addressed in to)
    return next((form for form in known if form.fits(n_bits)), None)


def content_of(values: dict[str, Any]) -> dict[str, Any]:
    """``application`` (its title) and ``content`` (its fields) of a message with an application id, None if unknown.

    ``values`` are the message's fields with ``dac``, ``fid`` and ``data``, as its table gives them.
    """
    form = application_of("dest_mmsi" in values, values["dac"], values["fid"], len(values["data"]))
    return {
        "application": form and form.head.title,
        "content": form and form.values(values["data"]),
    }
