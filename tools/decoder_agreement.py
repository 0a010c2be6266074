"""Write ``docs/decoder-agreement.md``: surveil's fields against those of pyais and gpsd, on the real logs.

Every message is compared field by field, and each kind of difference gets a line that says who is right and why;
one that nobody has looked into says so. The fields are those of ``surveil.decode.tables``, which the tests tie to
both decoders (tests/kernels/test_messages.py)::

    SURVEIL_SHARED=/path/to/shared python -m tools.decoder_agreement
"""

from __future__ import annotations

import gzip
import importlib.metadata
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import attr
from pyais.exceptions import AISBaseException
from pyais.stream import BinaryIOStream

from surveil.decode.messages import VERDICTS, Payloads, decode
from surveil.decode.tables import DATA, FLAG, SPARE, TEXT, Field, Layout, bits_of, layout_of
from surveil.resources import shared_folder

MESSAGES = 20_000
"""Of each log, from its start."""
NO_LOGS = (".csv", ".md", ".json", ".expected")
PAGE = Path(__file__).parent.parent / "docs" / "decoder-agreement.md"
UNLIKE = ("rot",)
"""Fields that pyais gives in another unit (degrees a minute)."""
STEP = {"lon": 1e-6, "lat": 1e-6}
"""pyais rounds degrees to six places."""

NOT_EXPLAINED = "**not looked into**"
AFTER_END, LEFT_OVER = "text after its `@`", "text at its end"
_ENUM = "surveil: the number was sent; pyais keeps only numbers its enumeration has a name for"
_TENTHS = "surveil: 1/10 minute to degrees; pyais leaves it in minutes"
_REFUSED = "surveil refuses what pyais takes: "
WHY = {
    AFTER_END: "surveil: text ends at the first `@` (M.1371-5 table 47; gpsd ends it there too); pyais reads on",
    LEFT_OVER: "surveil: a character has six bits; pyais makes one of what is left over at the end",
    **dict.fromkeys(("epfd", "interval", "ship_type", "station_type"), _ENUM),
    **dict.fromkeys(("lon", "lat", "ne_lon", "ne_lat", "sw_lon", "sw_lat"), _TENTHS),
    _REFUSED + "too short": "surveil: the last fields are not there; pyais reads them as if they were",
    _REFUSED + "MMSI out of range": "either: surveil asks for a sender of 1 to 999999999 (ITU-R M.585), pyais for none",
    _REFUSED
    + "unknown type": "surveil: M.1371-5 ends at 27; pyais reads type 0 as type 1, and 28 by a table of its own",
}
"""Who is right where pyais differs, by field or by the reason to refuse."""
GPSD_WHY = {
    "radio": "surveil: gpsd does not read the communication state of type 26 and prints 0",
    "name": "both: gpsd prints the name of an aid and its extension as one field, as surveil's columns do",
}
GPSD_NAMES = {
    "sog": "speed", "cog": "course", "utc_s": "second", "nav_status": "status", "rot": "turn", "name": "shipname",
    "ship_type": "shiptype", "altitude": "alt", "vendor": "vendorid",
}  # fmt: skip


@dataclass
class Tally:
    """What was compared with a peer: ``messages`` and ``fields`` by type, ``differences`` with an example each."""

    messages: Counter = field(default_factory=Counter)
    fields: Counter = field(default_factory=Counter)
    differences: Counter = field(default_factory=Counter)
    examples: dict[tuple, str] = field(default_factory=dict)

    def differ(self, msg_type: int, what: str, example: str) -> None:
        self.differences[what, msg_type] += 1
        self.examples.setdefault((what, msg_type), example)


def logs(folder: Path) -> Iterator[Path]:
    """The recordings of sentences."""
    return (p for p in sorted(folder.iterdir()) if not p.name.removesuffix(".gz").endswith(NO_LOGS))


def assembled(path: Path) -> Iterator[tuple[bytes, int, Any]]:
    """(payload, fill bits, what pyais decodes or None) of the messages of a log, as pyais puts parts together."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for message in islice(BinaryIOStream(file), MESSAGES):
            try:
                yield message.payload, message.fill_bits, message.decode()
            except AISBaseException:
                yield message.payload, message.fill_bits, None


def verdict(payload: bytes, fill: int) -> str:
    """Why surveil refuses a message; empty if it does not."""
    return VERDICTS[decode(Payloads.build([payload], [fill], [0], [1], [1]), 0).verdict[0]]


@cache
def places(kind: type) -> dict[int, tuple[str, int]]:
    """Name and width of pyais' fields by their offset."""
    found, offset = {}, 0
    for row in attr.fields(kind):
        found[offset] = row.name, row.metadata["width"]
        offset += row.metadata["width"]
    return found


def against_pyais(folder: Path) -> Tally:
    tally = Tally()
    for path in logs(folder):
        for payload, fill, theirs in assembled(path):
            if not payload:
                continue
            bits, refused = bits_of(payload, fill), verdict(payload, fill)
            msg_type = int(f"{bits:0<6}"[:6], 2)
            if bool(refused) or theirs is None:
                _one_sided(tally, msg_type, refused, theirs, payload)
            else:
                tally.messages[msg_type] += 1
                _fields(tally, msg_type, layout_of(bits), bits, theirs)
    return tally


def _one_sided(tally: Tally, msg_type: int, refused: str, theirs: Any, payload: bytes) -> None:
    shown = payload.decode("latin-1")[:40]
    if refused and theirs is not None:
        reason = "too short" if refused.endswith("too short") else refused
        tally.differ(msg_type, _REFUSED + reason, f"`{shown}`")
    elif not refused:
        tally.differ(msg_type, "pyais refuses what surveil takes", f"`{shown}`")


def _fields(tally: Tally, msg_type: int, layout: Layout, bits: str, theirs: Any) -> None:
    known = places(type(theirs))
    for ours in layout.fitted(len(bits)):
        name, width = known.get(ours.offset, ("", 0))
        if ours.kind in (SPARE, DATA) or ours.name in UNLIKE or (ours.kind != TEXT and width != ours.width):
            continue
        value = getattr(theirs, name)
        tally.fields[msg_type] += 1
        if not same(ours, bits, value):
            tally.differ(msg_type, _kind(ours, bits, value), f"`{_plain(ours, bits)!r}`, pyais `{value!r}`")


def _kind(ours: Field, bits: str, theirs: Any) -> str:
    """What a difference is about: the field, and of a text where it differs."""
    if ours.kind != TEXT:
        return ours.name
    return AFTER_END if (theirs or "").partition("@")[0].strip() == _plain(ours, bits) else LEFT_OVER


def _plain(ours: Field, bits: str) -> Any:
    """A field scaled, whether available or not."""
    raw = ours.raw(bits)
    if ours.kind == TEXT:
        return ours.value(bits).strip()
    return bool(raw) if ours.kind == FLAG else raw / ours.per_unit


def same(ours: Field, bits: str, theirs: Any) -> bool:
    """Whether a peer says the same but for the rounding."""
    mine = _plain(ours, bits)
    if ours.kind == TEXT:
        return mine == (theirs or "")
    if theirs is None:
        return False
    return abs(mine - float(theirs)) <= STEP.get(ours.name, 1e-9)


def against_gpsd(folder: Path) -> Tally:
    """Raw values against gpsd's expected output for its sample, paired by type and MMSI in order."""
    tally = Tally()
    messages = ((p, f) for p, f, _ in assembled(folder / "gpsd_sample.aivdm"))
    lines = (folder / "gpsd_sample.aivdm.expected.unscaled.json").read_text().splitlines()
    for want in (json.loads(line) for line in lines if '"AIS"' in line):
        found = (bits_of(*message) for message in messages)
        for bits in found:
            layout = layout_of(bits)
            if layout and (int(bits[:6], 2), layout["mmsi"].raw(bits)) == (want["type"], want["mmsi"]):
                tally.messages[want["type"]] += 1
                _gpsd_fields(tally, layout, bits, want)
                break
    return tally


def _gpsd_fields(tally: Tally, layout: Layout, bits: str, want: dict) -> None:
    for ours in layout.fitted(len(bits)):
        key = ours.name if ours.name in want else GPSD_NAMES.get(ours.name, ours.name)
        if key not in want or ours.kind in (SPARE, DATA):
            continue
        raw = ours.value(bits) if ours.kind in (TEXT, FLAG) else ours.raw(bits)
        tally.fields[want["type"]] += 1
        if raw != want[key]:
            tally.differ(want["type"], ours.name, f"`{raw!r}`, gpsd `{want[key]!r}`")


def counts(tally: Tally) -> str:
    """Messages and fields compared and fields that differ, by type."""
    differing: Counter = Counter()
    for (what, msg_type), n in tally.differences.items():
        differing[msg_type] += 0 if "refuses" in what else n
    rows = [f"| {t} | {n:,} | {tally.fields[t]:,} | {differing[t]:,} |" for t, n in sorted(tally.messages.items())]
    total = f"| all | {tally.messages.total():,} | {tally.fields.total():,} | {differing.total():,} |"
    return "\n".join(["| type | messages | fields | that differ |", "|---|---:|---:|---:|", *rows, total])


def differences(tally: Tally, why: dict[str, str]) -> str:
    """Each kind of difference: how often, in which types, an example, and who is right."""
    rows = ["| what | how often, by type | example | who is right |", "|---|---|---|---|"]
    for what in sorted({what for what, _ in tally.differences}):
        by_type = {t: n for (w, t), n in sorted(tally.differences.items()) if w == what}
        example = tally.examples[what, next(iter(by_type))].replace("|", "\\|")
        often = ", ".join(f"{n:,} of type {t}" for t, n in by_type.items())
        rows.append(f"| {what} | {often} | {example} | {why.get(what, NOT_EXPLAINED)} |")
    return "\n".join(rows)


def page(folder: Path) -> str:
    """The whole page."""
    pyais, gpsd = against_pyais(folder), against_gpsd(folder)
    names = ", ".join(f"`{path.name}`" for path in logs(folder))
    return f"""# Where decoders agree

Written by `python -m tools.decoder_agreement`; do not edit. Messages are those that pyais puts together from {names},
the first {MESSAGES:,} of each. A field differs if it says something else, not if it is rounded otherwise.

## pyais {importlib.metadata.version("pyais")}

Both decode these; what one alone decodes is below. Rate of turn is left out, since pyais converts it.

{counts(pyais)}

{differences(pyais, WHY)}

## gpsd

Raw values, against the output gpsd expects of its own `gpsd_sample.aivdm`.

{counts(gpsd)}

{differences(gpsd, GPSD_WHY)}

By design: surveil takes a message longer than the standard's and counts a warning, as gpsd does (types 1-3 up to 204
bits); it refuses types 1-3 below 168 bits, where gpsd takes 163 and pyais anything.
"""


def main() -> None:
    shared = shared_folder()
    if shared is None:
        sys.exit("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(shared / "data/ais"), encoding="utf-8")


if __name__ == "__main__":
    main()
