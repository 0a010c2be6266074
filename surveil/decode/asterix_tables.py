"""EUROCONTROL ASTERIX categories as tables in the order of their specifications: items, length forms, LSB, units.

Part 4 (CAT048) edition 1.21, Part 7 (CAT010) 1.1, Part 9 (CAT062) 1.18, Part 2b (CAT034) 1.27, Part 2a (CAT001) 1.2
and (CAT002) 1.0; lengths of items are the same in later editions, whose further extents of extended items are passed
over. Fields are written ``NAME:width``, then ``s`` for two's complement, ``o`` octal, ``x`` hexadecimal, ``c`` six-bit
characters (ICAO Annex 10 IV, 3.1.2.9), ``a`` ASCII; then ``*LSB unit`` where the value is scaled; ``-`` is spare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

FIXED, EXTENDED, REPETITIVE, EXPLICIT, COMPOUND = range(5)
"""Length forms (Part 1, 4.3.3 to 4.3.6). FIXED; EXTENDED by parts, each with FX as its last bit; REPETITIVE, led by an
octet of how many; EXPLICIT, led by an octet of how long; COMPOUND, led by an extended item of what follows."""

_FIELD = re.compile(r"([\w/-]+):(\d+)([soxca]?)(?:\*([\d/.^]+)([\w/]*))?$")


@dataclass(frozen=True)
class Field:
    """``width`` bits at ``offset`` bits into the item; ``lsb`` of them in a ``unit``, 0 where it is a plain number."""

    name: str
    width: int
    coding: str
    lsb: float
    unit: str
    offset: int


@dataclass(frozen=True)
class Item:
    """A data item or subfield. ``parts``: the fields of each part (one, but for extended items); ``octets`` of a part;
    ``subs``: of a compound item, in the order of their presence bits (None: unused)."""

    id: str
    title: str
    form: int
    octets: int = 0
    parts: tuple[tuple[Field, ...], ...] = ()
    subs: tuple[Item | None, ...] = ()

    def field(self, name: str) -> tuple[int, Field]:
        """A field by name, and which part it is in."""
        return next((i, f) for i, part in enumerate(self.parts) for f in part if f.name == name)


@dataclass(frozen=True)
class Category:
    """``uap``: ids of items by field reference number, the first being 1; "" for one not used."""

    number: int
    edition: str
    uap: tuple[str, ...]
    items: dict[str, Item]


def _fields(text: str) -> tuple[Field, ...]:
    fields, offset = [], 0
    for word in text.split():
        name, width, coding, lsb, unit = _FIELD.match(word).groups()
        fields.append(Field(name, int(width), coding, _lsb(lsb), unit or "", offset))
        offset += int(width)
    return tuple(fields)


def _lsb(text: str | None) -> float:
    if not text:
        return 0.0
    above, _, below = text.partition("/")
    base, _, power = below.partition("^")
    return float(Fraction(above) / (int(base) ** int(power or 1) if base else 1))


def fixed(id: str, title: str, fields: str) -> Item:
    """Of fixed length."""
    part = _fields(fields)
    return Item(id, title, FIXED, sum(f.width for f in part) // 8, (part,))


def extended(id: str, title: str, *parts: str) -> Item:
    """Of parts with FX; a part's fields leave FX out."""
    read = tuple(map(_fields, parts))
    return Item(id, title, EXTENDED, (sum(f.width for f in read[0]) + 1) // 8, read)


def repetitive(id: str, title: str, fields: str) -> Item:
    part = _fields(fields)
    return Item(id, title, REPETITIVE, sum(f.width for f in part) // 8, (part,))


def compound(id: str, title: str, *subs: Item | None) -> Item:
    return Item(id, title, COMPOUND, 1, (), subs)


def explicit(id: str) -> Item:
    return Item(id, "Reserved Expansion Field" if id == "RE" else "Special Purpose Field", EXPLICIT)


def _category(number: int, edition: str, uap: str, *items: Item) -> Category:
    return Category(number, edition, tuple(i.strip("-") for i in uap.split()), {i.id: i for i in items})


_SOURCE = fixed("010", "Data Source Identifier", "SAC:8 SIC:8")
_TIME = fixed("140", "Time of Day", "ToD:24*1/128s")
_MODE_3A = "V:1 G:1 L:1 -:1 Mode3A:12o"
_CONFIDENCE = "-:4 QA4:1 QA2:1 QA1:1 QB4:1 QB2:1 QB1:1 QC4:1 QC2:1 QC1:1 QD4:1 QD2:1 QD1:1"
_MODE_C = "V:1 G:1 -:2 ModeC:12 -:4 QC1:1 QA1:1 QC2:1 QA2:1 QC4:1 QA4:1 QB1:1 QD1:1 QB2:1 QD2:1 QB4:1 QD4:1"
_ACAS = (
    "BDS30:8x ARA41:1 ARA42:1 ARA43:1 ARA44:1 ARA45:1 ARA46:1 ARA47:1 ACAS3:7 "
    "RAC55:1 RAC56:1 RAC57:1 RAC58:1 RAT:1 MTE:1 TTI:2 TID:26"
)
_POLAR = "RHO:16*1/256NM THETA:16*360/2^16deg"

CAT048 = _category(
    48, "1.21",
    "010 140 020 040 070 090 130 220 240 250 161 042 200 170 210 030 080 100 110 120 230 260 055 050 065 060 SP RE",
    _SOURCE,
    extended("020", "Target Report Descriptor", "TYP:3 SIM:1 RDP:1 SPI:1 RAB:1", "TST:1 -:1 XPP:1 ME:1 MI:1 FOEFRI:2"),
    extended("030", "Warning/Error Conditions", "WE:7"),
    fixed("040", "Measured Position in Polar Co-ordinates", _POLAR),
    fixed("042", "Calculated Position in Cartesian Co-ordinates", "X:16s*1/128NM Y:16s*1/128NM"),
    fixed("050", "Mode-2 Code", "V:1 G:1 L:1 -:1 Mode2:12o"),
    fixed("055", "Mode-1 Code", "V:1 G:1 L:1 Mode1:5"),
    fixed("060", "Mode-2 Code Confidence Indicator", _CONFIDENCE),
    fixed("065", "Mode-1 Code Confidence Indicator", "-:3 QA4:1 QA2:1 QA1:1 QB2:1 QB1:1"),
    fixed("070", "Mode-3/A Code", _MODE_3A),
    fixed("080", "Mode-3/A Code Confidence Indicator", _CONFIDENCE),
    fixed("090", "Flight Level", "V:1 G:1 FL:14s*1/4FL"),
    fixed("100", "Mode-C Code and Code Confidence Indicator", _MODE_C),
    fixed("110", "Height Measured by a 3D Radar", "-:2 3D_Height:14s*25ft"),
    compound(
        "120", "Radial Doppler Speed",
        fixed("CAL", "Calculated", "D:1 -:5 CAL:10s*1m/s"), repetitive("RDS", "Raw",
            "DOP:16*1m/s AMB:16*1m/s FRQ:16*1MHz"),
    ),
    compound(
        "130", "Radar Plot Characteristics",
        fixed("SRL", "SSR plot runlength", "SRL:8*360/2^13deg"), fixed("SRR", "Number of replies", "SRR:8"),
        fixed("SAM", "Amplitude of replies", "SAM:8s*1dBm"), fixed("PRL", "Primary plot runlength",
            "PRL:8*360/2^13deg"),
        fixed("PAM", "Amplitude of primary plot", "PAM:8s*1dBm"), fixed("RPD", "Range PSR - SSR", "RPD:8s*1/256NM"),
        fixed("APD", "Azimuth PSR - SSR", "APD:8s*360/2^14deg"),
    ),
    _TIME,
    fixed("161", "Track Number", "-:4 Tn:12"),
    extended("170", "Track Status", "CNF:1 RAD:2 DOU:1 MAH:1 CDM:2", "TRE:1 GHO:1 SUP:1 TCC:1 -:3"),
    fixed("200", "Calculated Track Velocity in Polar Co-ordinates", "CGS:16*1/2^14NM/s CHdg:16*360/2^16deg"),
    fixed("210", "Track Quality", "SigmaX:8*1/128NM SigmaY:8*1/128NM SigmaV:8*1/2^14NM/s SigmaH:8*360/2^12deg"),
    fixed("220", "Aircraft Address", "ACAddr:24x"),
    fixed("230", "Communications/ACAS Capability", "COM:3 STAT:3 SI:1 -:1 ModeSSSC:1 ARC:1 AIC:1 BDS16:1 BDS37:4"),
    fixed("240", "Aircraft Identification", "TId:48c"),
    repetitive("250", "Mode S MB Data", "MB:56x BDS:8x"),
    fixed("260", "ACAS Resolution Advisory Report", _ACAS),
    explicit("SP"), explicit("RE"),
)  # fmt: skip

CAT010 = _category(
    10, "1.1",
    "010 000 020 140 041 040 042 200 202 161 170 060 220 245 250 300 090 091 270 550 310 500 280 131 210 - SP RE",
    fixed("000", "Message Type", "MsgTyp:8"),
    _SOURCE,
    extended("020", "Target Report Descriptor", "TYP:3 DCR:1 CHN:1 GBS:1 CRT:1", "SIM:1 TST:1 RAB:1 LOP:2 TOT:2",
        "SPI:1 -:6"),
    fixed("040", "Measured Position in Polar Co-ordinates", "RHO:16*1m THETA:16*360/2^16deg"),
    fixed("041", "Position in WGS-84 Co-ordinates", "Lat:32s*180/2^31deg Lon:32s*180/2^31deg"),
    fixed("042", "Position in Cartesian Co-ordinates", "X:16s*1m Y:16s*1m"),
    fixed("060", "Mode-3/A Code in Octal Representation", _MODE_3A),
    fixed("090", "Flight Level in Binary Representation", "V:1 G:1 FL:14s*1/4FL"),
    fixed("091", "Measured Height", "MHeight:16s*6.25ft"),
    fixed("131", "Amplitude of Primary Plot", "PAM:8"),
    _TIME,
    fixed("161", "Track Number", "-:4 TrkNb:12"),
    extended("170", "Track Status", "CNF:1 TRE:1 CST:2 MAH:1 TCC:1 STH:1", "TOM:2 DOU:3 MRS:2", "GHO:1 -:6"),
    fixed("200", "Calculated Track Velocity in Polar Co-ordinates", "GS:16*1/2^14NM/s TA:16*360/2^16deg"),
    fixed("202", "Calculated Track Velocity in Cartesian Co-ordinates", "Vx:16s*1/4m/s Vy:16s*1/4m/s"),
    fixed("210", "Calculated Acceleration", "Ax:8s*1/4m/s2 Ay:8s*1/4m/s2"),
    fixed("220", "Target Address", "TAddr:24x"),
    fixed("245", "Target Identification", "STI:2 -:6 TId:48c"),
    repetitive("250", "Mode S MB Data", "MB:56x BDS:8x"),
    extended("270", "Target Size and Orientation", "Length:7*1m", "Ori:7*360/128deg", "Width:7*1m"),
    repetitive("280", "Presence", "DRHO:8s*1m DTHETA:8s*0.15deg"),
    fixed("300", "Vehicle Fleet Identification", "VFI:8"),
    fixed("310", "Pre-programmed Message", "TRB:1 MSG:7"),
    fixed("500", "Standard Deviation of Position", "Qx:8*1/4m Qy:8*1/4m Qxy:16s*1/4m2"),
    fixed("550", "System Status", "NOGO:2 OVL:1 TSV:1 DIV:1 TTF:1 -:2"),
    explicit("SP"), explicit("RE"),
)  # fmt: skip


def _ages(names: str) -> tuple[Item, ...]:
    """Subfields of items 290 and 295."""
    return tuple(fixed(n, "Age", f"{n}:{16 if n == 'ADS' else 8}*1/4s") for n in names.split())


_WGS_24 = "Lat:24s*180/2^23deg Lon:24s*180/2^23deg"

CAT062 = _category(
    62, "1.18",
    "010 - 015 070 105 100 185 210 060 245 380 040 080 290 200 295 136 130 135 220 390 270 300 110 120 510 500 340 "
    "- - - - - RE SP",
    _SOURCE,
    fixed("015", "Service Identification", "SID:8"),
    fixed("040", "Track Number", "TrkN:16"),
    fixed("060", "Track Mode 3/A Code", "V:1 G:1 CH:1 -:1 Mode3A:12o"),
    fixed("070", "Time Of Track Information", "ToT:24*1/128s"),
    extended(
        "080", "Track Status", "MON:1 SPI:1 MRH:1 SRC:3 CNF:1", "SIM:1 TSE:1 TSB:1 FPC:1 AFF:1 STP:1 KOS:1",
        "AMA:1 MD4:2 ME:1 MI:1 MD5:2", "CST:1 PSR:1 SSR:1 MDS:1 ADS:1 SUC:1 AAC:1", "SDS:2 EMS:3 PFT:1 FPLT:1",
        "DUPT:1 DUPF:1 DUPM:1 SFC:1 IDD:1 IEC:1 -:1",
    ),
    fixed("100", "Calculated Track Position (Cartesian)", "X:24s*1/2m Y:24s*1/2m"),
    fixed("105", "Calculated Position In WGS-84 Co-ordinates", "Lat:32s*180/2^25deg Lon:32s*180/2^25deg"),
    compound(
        "110", "Mode 5 Data reports and Extended Mode 1 Code",
        fixed("SUM", "Summary", "M5:1 ID:1 DA:1 M1:1 M2:1 M3:1 MC:1 X:1"),
        fixed("PMN", "PIN, Origin and Mission", "-:2 PIN:14 -:3 NAT:5 -:2 MIS:6"), fixed("POS", "Position", _WGS_24),
        fixed("GA", "Altitude", "-:1 RES:1 GA:14s*25ft"), fixed("EM1", "Mode 1", "-:4 EM1:12o"),
        fixed("TOS", "Time Offset", "TOS:8s*1/128s"), fixed("XP", "X Pulse", "-:3 X5:1 XC:1 X3:1 X2:1 X1:1"),
    ),
    fixed("120", "Track Mode 2 Code", "-:4 Mode2:12o"),
    fixed("130", "Calculated Track Geometric Altitude", "Alt:16s*6.25ft"),
    fixed("135", "Calculated Track Barometric Altitude", "QNH:1 CTBA:15s*25ft"),
    fixed("136", "Measured Flight Level", "MFL:16s*25ft"),
    fixed("185", "Calculated Track Velocity (Cartesian)", "Vx:16s*1/4m/s Vy:16s*1/4m/s"),
    fixed("200", "Mode of Movement", "TRANSA:2 LONGA:2 VERTA:2 ADF:1 -:1"),
    fixed("210", "Calculated Acceleration (Cartesian)", "Ax:8s*1/4m/s2 Ay:8s*1/4m/s2"),
    fixed("220", "Calculated Rate Of Climb/Descent", "RoC:16s*6.25ft/min"),
    fixed("245", "Target Identification", "STI:2 -:6 TId:48c"),
    extended("270", "Target Size and Orientation", "Length:7*1m", "Ori:7*360/128deg", "Width:7*1m"),
    compound("290", "System Track Update Ages", *_ages("TRK PSR SSR MDS ADS ES VDL UAT LOP MLT")),
    compound(
        "295", "Track Data Ages",
        *_ages("MFL MD1 MD2 MDA MD4 MD5 MHG IAS TAS SAL FSS TID COM SAB ACS BVR GVR RAN TAR TAN GSP VUN MET EMC POS "
               "GAL PUN MB IAR MAC BPS"),
    ),
    fixed("300", "Vehicle Fleet Identification", "VFI:8"),
    compound(
        "340", "Measured Information",
        fixed("SID", "Sensor", "SAC:8 SIC:8"), fixed("POS", "Position", _POLAR), fixed("HEI", "Height",
            "HEIGHT:16*25ft"),
        fixed("MDC", "Mode C", "CV:1 CG:1 ModeC:14s*1/4FL"), fixed("MDA", "Mode 3/A", _MODE_3A),
        fixed("TYP", "Report Type", "TYP:3 SIM:1 RAB:1 TST:1 -:2"),
    ),
    compound(
        "380", "Aircraft Derived Data",
        fixed("ADR", "Target Address", "ADR:24x"), fixed("ID", "Target Identification", "ACID:48c"),
        fixed("MHG", "Magnetic Heading", "MAH:16*360/2^16deg"), fixed("IAS", "Airspeed", "IM:1 AS:15"),
        fixed("TAS", "True Airspeed", "TAS:16*1kt"), fixed("SAL", "Selected Altitude", "SAS:1 SRC:2 Alt:13s*25ft"),
        fixed("FSS", "Final State Selected Altitude", "MV:1 AH:1 AM:1 Alt:13s*25ft"),
        extended("TIS", "Trajectory Intent Status", "NAV:1 NVB:1 -:5"),
        repetitive("TID", "Trajectory Intent Data",
                   "TCA:1 NC:1 TCPnum:6 Alt:16s*10ft " + _WGS_24 + " PT:4 TD:2 TRA:1 TOA:1 TOV:24*1s TTR:16*0.01NM"),
        fixed("COM", "Communications", "COM:3 STAT:3 -:2 SSC:1 ARC:1 AIC:1 B1A:1 B1B:4"),
        fixed("SAB", "ADS-B Status", "AC:2 MN:2 DC:2 GBS:1 -:6 STAT:3"), fixed("ACS", "ACAS Resolution", _ACAS),
        fixed("BVR", "Barometric Vertical Rate", "BVR:16s*6.25ft/min"),
        fixed("GVR", "Geometric Vertical Rate", "GVR:16s*6.25ft/min"), fixed("RAN", "Roll Angle", "RAN:16s*0.01deg"),
        fixed("TAR", "Track Angle Rate", "TI:2 -:6 RoT:7s*1/4deg/s -:1"), fixed("TAN", "Track Angle",
            "TAN:16*360/2^16deg"),
        fixed("GSP", "Ground Speed", "GS:16s*1/2^14NM/s"), fixed("VUN", "Velocity Uncertainty", "VUN:8"),
        fixed("MET", "Meteorological Data",
            "WS:1 WD:1 TMP:1 TRB:1 -:4 WS_D:16*1kt WD_D:16*1deg TMP_D:16s*1/4degC TRB_D:8"),
        fixed("EMC", "Emitter Category", "ECAT:8"), fixed("POS", "Position", _WGS_24),
        fixed("GAL", "Geometric Altitude", "GAL:16s*6.25ft"), fixed("PUN", "Position Uncertainty", "-:4 PUN:4"),
        repetitive("MB", "Mode S MB Data", "MB:56x BDS:8x"), fixed("IAR", "Indicated Airspeed", "IAS:16*1kt"),
        fixed("MAC", "Mach Number", "MNO:16*0.008Mach"), fixed("BPS", "Barometric Pressure Setting",
            "-:4 BPS:12*0.1mbar"),
    ),
    compound(
        "390", "Flight Plan Related Data",
        fixed("TAG", "FPPS Identification", "SAC:8 SIC:8"), fixed("CSN", "Callsign", "CS:56a"),
        fixed("IFI", "IFPS Flight Identification", "TYP:2 -:3 NBR:27"),
        fixed("FCT", "Flight Category", "GATOAT:2 FR1FR2:2 RVSM:2 HPR:1 -:1"), fixed("TAC", "Type of Aircraft",
            "TYPE:32a"),
        fixed("WTC", "Wake Turbulence Category", "WTC:8a"), fixed("DEP", "Departure Airport", "DEP:32a"),
        fixed("DST", "Destination Airport", "DES:32a"), fixed("RDS", "Runway", "NU1:8a NU2:8a LTR:8a"),
        fixed("CFL", "Cleared Flight Level", "CFL:16*1/4FL"), fixed("CTL", "Control Position", "Centre:8 Position:8"),
        repetitive("TOD", "Time of Departure", "TYP:5 DAY:2 -:4 HOR:5 -:2 MIN:6 AVS:1 -:1 SEC:6"),
        fixed("AST", "Aircraft Stand", "AS:48a"), fixed("STS", "Stand Status", "EMP:2 AVL:2 -:4"),
        fixed("STD", "Standard Departure", "SID:56a"), fixed("STA", "Standard Arrival", "STAR:56a"),
        fixed("PEM", "Pre-Emergency Mode 3/A", "-:3 VAL:1 PEM:12o"), fixed("PEC", "Pre-Emergency Callsign", "PAC:56a"),
    ),
    compound(
        "500", "Estimated Accuracies",
        fixed("APC", "Position (Cartesian)", "APC_X:16*1/2m APC_Y:16*1/2m"), fixed("COV", "XY Covariance",
            "COV_XY:16s*1/2m"),
        fixed("APW", "Position (WGS-84)", "APW_Lat:16*180/2^25deg APW_Long:16*180/2^25deg"),
        fixed("AGA", "Geometric Altitude", "AGA_Acc:8*6.25ft"), fixed("ABA", "Barometric Altitude", "ABA_Acc:8*25ft"),
        fixed("ATV", "Velocity", "ATV_X:8*1/4m/s ATV_Y:8*1/4m/s"), fixed("AA", "Acceleration",
            "AA_X:8*1/4m/s2 AA_Y:8*1/4m/s2"),
        fixed("ARC", "Rate of Climb/Descent", "ARC_Acc:8*6.25ft/min"),
    ),
    extended("510", "Composed Track Number", "SDPSUID:8 STN:15"),
    explicit("RE"), explicit("SP"),
)  # fmt: skip

CAT034 = _category(
    34, "1.27", "010 000 030 020 041 050 060 070 100 110 120 090 RE SP",
    fixed("000", "Message Type", "MsgTyp:8"),
    _SOURCE,
    fixed("020", "Sector Number", "Azi:8*360/2^8deg"),
    fixed("030", "Time of Day", "ToD:24*1/128s"),
    fixed("041", "Antenna Rotation Speed", "RotS:16*1/128s"),
    compound(
        "050", "System Configuration and Status",
        fixed("COM", "Common", "NOGO:1 RDPC:1 RDPR:1 OVLRDP:1 OVLXMT:1 MSC:1 TSV:1 -:1"), None, None,
        fixed("PSR", "Primary", "PSRANT:1 PSRCHAB:2 PSROVL:1 PSRMSC:1 -:3"),
        fixed("SSR", "Secondary", "SSRANT:1 SSRCHAB:2 SSROVL:1 SSRMSC:1 -:3"),
        fixed("MDS", "Mode S", "MDSANT:1 MDSCHAB:2 MDSOVLSUR:1 MDSMSC:1 MDSSCF:1 MDSDLF:1 MDSOVLSCF:1 MDSOVLDLF:1 -:7"),
    ),
    compound(
        "060", "System Processing Mode",
        fixed("COM", "Common", "-:1 REDRDP:3 REDXMT:3 -:1"), None, None, fixed("PSR", "Primary",
            "POL:1 PSRREDRAD:3 STC:2 -:2"),
        fixed("SSR", "Secondary", "SSRREDRAD:3 -:5"), fixed("MDS", "Mode S", "MDSREDRAD:3 CLU:1 -:4"),
    ),
    repetitive("070", "Message Count Values", "TYP:5 counter:11"),
    fixed("090", "Collimation Error", "RngErr:8s*1/128NM AziErr:8s*360/2^14deg"),
    fixed("100", "Generic Polar Window", "RhoS:16*1/256NM RhoE:16*1/256NM ThetaS:16*360/2^16deg ThetaE:16*360/2^16deg"),
    fixed("110", "Data Filter", "TYP:8"),
    fixed("120", "3D-Position of Data Source", "Height:16s*1m " + _WGS_24),
    explicit("RE"), explicit("SP"),
)  # fmt: skip

_CAT001 = (
    _SOURCE,
    extended("020", "Target Report Descriptor", "TYP:1 SIM:1 SSRPSR:2 ANT:1 SPI:1 RAB:1",
        "TST:1 DS1DS2:2 ME:1 MI:1 -:2"),
    extended("030", "Warning/Error Conditions", "WE:7"),
    fixed("040", "Measured Position in Polar Co-ordinates", "RHO:16*1/128NM THETA:16*360/2^16deg"),
    fixed("042", "Calculated Position in Cartesian Co-ordinates", "X:16s*1/64NM Y:16s*1/64NM"),
    fixed("050", "Mode-2 Code", "V:1 G:1 L:1 -:1 Mode2:12o"),
    fixed("060", "Mode-2 Code Confidence Indicator", _CONFIDENCE),
    fixed("070", "Mode-3/A Code", _MODE_3A),
    fixed("080", "Mode-3/A Code Confidence Indicator", _CONFIDENCE),
    fixed("090", "Mode-C Code", "V:1 G:1 ModeC:14s*1/4FL"),
    fixed("100", "Mode-C Code and Code Confidence Indicator", _MODE_C),
    fixed("120", "Measured Radial Doppler Speed", "mrdp:8s*1/2^14NM/s"),
    extended("130", "Radar Plot Characteristics", "Ind:7"),
    fixed("131", "Received Power", "Power:8s*1dBm"),
    fixed("141", "Truncated Time of Day", "Time:16*1/128s"),
    fixed("150", "Presence of X-Pulse", "XA:1 -:1 XC:1 -:2 X2:1 -:2"),
    fixed("161", "Track/Plot Number", "tpn:16"),
    extended("170", "Track Status", "CON:1 RAD:1 MAN:1 DOU:1 RDPC:1 -:1 GHO:1", "TRE:1 -:6"),
    fixed("200", "Calculated Track Velocity in Polar Co-ordinates", "CalcGS:16*1/2^14NM/s CalcHdg:16*360/2^16deg"),
    extended("210", "Track Quality", "Qty:7"),
    explicit("SP"),
)  # fmt: skip
CAT001_PLOT = _category(1, "1.2", "010 020 040 070 090 130 141 050 120 131 080 100 060 030 150 - - - - SP -", *_CAT001)
CAT001_TRACK = _category(
    1, "1.2", "010 020 161 040 042 200 070 090 141 130 131 120 170 210 050 080 100 060 030 SP - 150", *_CAT001
)
"""A record of CAT001 is a plot or a track by the first bit of item 020. Random Field Sequencing is not read."""

CAT002 = _category(
    2, "1.0", "010 000 020 030 041 050 060 070 100 090 080",
    fixed("000", "Message Type", "type:8"),
    _SOURCE,
    fixed("020", "Sector Number", "Azi:8*360/2^8deg"),
    fixed("030", "Time of Day", "ToD:24*1/128s"),
    fixed("041", "Antenna Rotation Speed", "RotS:16*1/128s"),
    extended("050", "Station Configuration Status", "Stat:7"),
    extended("060", "Station Processing Mode", "mode:7"),
    repetitive("070", "Plot Count Values", "A:1 ident:5 counter:10"),
    extended("080", "Warning/Error Conditions", "err_value:7"),
    fixed("090", "Collimation Error", "RngE:8s*1/128NM AziE:8s*360/2^14deg"),
    fixed("100", "Dynamic Window",
        "rho_start:16*1/128NM rho_end:16*1/128NM theta_start:16*360/2^16deg theta_end:16*360/2^16deg"),
)  # fmt: skip

CATEGORIES = {48: CAT048, 10: CAT010, 62: CAT062, 34: CAT034, 1: CAT001_PLOT, 2: CAT002}
