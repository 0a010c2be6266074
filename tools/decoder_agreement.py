"""Write ``docs/decoder-agreement.md``: surveil's fields beside those of pyais, libais and gpsd, on the real logs.

Every message is compared field by field, and each kind of difference gets a line that says who is right and why;
one that nobody has looked into says so. The fields are those of ``surveil.decode.tables``, which the tests tie to
the decoder (tests/kernels/test_messages.py)::

    SURVEIL_SHARED=/path/to/shared uv run --group peers python -m tools.decoder_agreement
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pyais.exceptions import AISBaseException
from pyais.stream import BinaryIOStream

from surveil.decode.messages import VERDICTS, Payloads, decode
from surveil.decode.tables import DATA, FLAG, SPARE, TEXT, Field, Layout, bits_of, layout_of
from surveil.resources import shared_folder
from tools.decoder_peers import (
    GPSD_LOGS,
    GPSD_NAMES,
    LIBAIS_NAMES,
    Refused,
    Values,
    by_libais,
    by_pyais,
    gpsd_output,
    named,
)
from tools.decoder_verdicts import (
    AFTER_END,
    ALTERED,
    EXTENDED,
    KNOWN,
    LEFT_OVER,
    NOT_EXPLAINED,
    PEER_REFUSES,
    SURVEIL_REFUSES,
    WHY,
)

MESSAGES = 20_000
"""Of each log, from its start."""
NO_LOGS = (".csv", ".md", ".json", ".expected")
PAGE = Path(__file__).parent.parent / "docs" / "decoder-agreement.md"
PEERS = ("pyais", "libais", "gpsd")
UNLIKE = {"pyais": {"rot"}, "libais": {"rot", "radio"}, "gpsd": set()}
"""Fields that a peer gives in another form: degrees a minute; the communication state taken apart."""
STEP = {"lon": 1e-6, "lat": 1e-6}
"""pyais rounds degrees to six places; the others and other fields are good to SINGLE."""
SINGLE = 1e-6
"""Relative: libais keeps some numbers in single precision."""
ALTERS = str.maketrans("_'", "-`")


class Message(NamedTuple):
    """Payload, fill bits and bits of a message, what pyais decodes (or None), and why surveil refuses it (or "")."""

    payload: bytes
    fill: int
    bits: str
    by_pyais: Any
    refused: str

    @property
    def msg_type(self) -> int:
        return int(f"{self.bits:0<6}"[:6], 2)


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


def assembled(path: Path) -> Iterator[Message]:
    """The messages of a log, as pyais puts parts together."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for found in islice(BinaryIOStream(file), MESSAGES):
            if found.payload:
                payload = found.payload
                fill = 6 * len(payload) - len(found.bv)  # its fill_bits are those of the first part
                yield Message(payload, fill, bits_of(payload, fill), _by_pyais(found), verdict(payload, fill))


def _by_pyais(found: Any) -> Any:
    try:
        return found.decode()
    except AISBaseException:
        return None


def verdict(payload: bytes, fill: int) -> str:
    """Why surveil refuses a message; empty if it does not."""
    return VERDICTS[decode(Payloads.build([payload], [fill], [0], [1], [1]), 0).verdict[0]]


def compare(folder: Path, peers: tuple[str, ...] = PEERS) -> dict[str, Tally]:
    """What each peer says of every log; gpsd of those that come with its output."""
    tallies = {peer: Tally() for peer in peers}
    for path in logs(folder):
        messages = list(assembled(path))
        for message in messages:
            for peer in tallies.keys() - {"gpsd"}:
                compare_message(tallies[peer], peer, message)
        if "gpsd" in tallies and path.name in GPSD_LOGS:
            _against_gpsd(tallies["gpsd"], messages, gpsd_output(folder, path.name))
    return tallies


def compare_message(tally: Tally, peer: str, message: Message) -> None:
    """Count what a peer says of one message."""
    try:
        theirs = list(_read(peer, message))
    except Refused as reason:
        if not message.refused:
            tally.differ(message.msg_type, PEER_REFUSES + str(reason), _shown(message))
        return
    if message.refused:
        reason = "too short" if message.refused.endswith("too short") else message.refused
        tally.differ(message.msg_type, SURVEIL_REFUSES + reason, _shown(message))
    else:
        _fields(tally, peer, message, theirs)


def _read(peer: str, message: Message) -> Values:
    """The fields as a peer gives them; of one that surveil refuses nothing but that the peer takes it."""
    if peer == "libais":
        found = by_libais(message.payload, message.fill)
    elif message.by_pyais is None:
        raise Refused("malformed")
    if message.refused:
        return iter(())
    fields = _comparable(layout_of(message.bits), message.bits, peer)
    return named(found, fields, LIBAIS_NAMES) if peer == "libais" else by_pyais(message.by_pyais, fields)


def _comparable(layout: Layout, bits: str, peer: str) -> list[Field]:
    return [f for f in layout.fitted(len(bits)) if f.kind not in (SPARE, DATA) and f.name not in UNLIKE[peer]]


def _shown(message: Message) -> str:
    return f"`{message.payload.decode('latin-1')[:40]}`, {len(message.bits)} bits"


def _fields(tally: Tally, peer: str, message: Message, theirs: list[tuple[Field, Any]]) -> None:
    msg_type, bits = message.msg_type, message.bits
    tally.messages[msg_type] += 1
    for ours, value in theirs:
        if peer == "libais" and ours.kind == TEXT:
            value = value.rstrip("@ ")  # it hands out the whole field as sent
        tally.fields[msg_type] += 1
        if not same(ours, bits, value):
            tally.differ(msg_type, _kind(ours, bits, value), f"`{_plain(ours, bits)!r}`, {peer} `{value!r}`")


def _kind(ours: Field, bits: str, theirs: Any) -> str:
    """What a difference is about: the field, and of a text where it differs."""
    if ours.kind != TEXT or ours.name == "vendor":
        return ours.name
    mine, start = _plain(ours, bits), (theirs or "").partition("@")[0].strip()
    if start == mine:
        return AFTER_END
    if ours.name == "name" and len(ours.raw(bits).partition("@")[0]) == 20 and start.startswith(mine):
        return EXTENDED
    return ALTERED if start == mine.translate(ALTERS) else LEFT_OVER


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
        return mine == (theirs or "").strip()
    if theirs is None:
        return False
    return abs(mine - float(theirs)) <= max(STEP.get(ours.name, 0), SINGLE * abs(mine))


def _against_gpsd(tally: Tally, messages: list[Message], output: list[dict]) -> None:
    """Raw values against gpsd's, paired by type and MMSI in order."""
    waiting: dict[tuple, deque[Message]] = defaultdict(deque)
    for message in messages:
        if layout_of(message.bits):
            waiting[message.msg_type, int(message.bits[8:38], 2)].append(message)
    for want in output:
        if queue := waiting[want["type"], want["mmsi"]]:
            tally.messages[want["type"]] += 1
            _gpsd_fields(tally, queue.popleft().bits, want)


def _gpsd_fields(tally: Tally, bits: str, want: dict) -> None:
    fields = _comparable(layout_of(bits), bits, "gpsd")
    for ours, theirs in named(want, fields, {name: (other,) for name, other in GPSD_NAMES.items()}):
        raw = ours.value(bits) if ours.kind in (TEXT, FLAG) else ours.raw(bits)
        tally.fields[want["type"]] += 1
        if raw != theirs:
            tally.differ(want["type"], _kind(ours, bits, theirs), f"`{raw!r}`, gpsd `{theirs!r}`")


def counts(tallies: dict[str, Tally]) -> str:
    """Messages, fields and fields that differ, by type and peer."""
    types = sorted({t for tally in tallies.values() for t in tally.messages})
    heads = [f"{peer}: messages | fields | differ" for peer in tallies]
    rows = [f"| type | {' | '.join(heads)} |", "|---|" + "---:|" * 3 * len(tallies)]
    rows += [_count_row(str(t), tallies, {t}) for t in types]
    return "\n".join([*rows, _count_row("all", tallies, set(types))])


def _count_row(name: str, tallies: dict[str, Tally], types: set[int]) -> str:
    cells = [name]
    for tally in tallies.values():
        differing = sum(n for (what, t), n in tally.differences.items() if t in types and "refuses" not in what)
        cells += [f"{sum(c[t] for t in types):,}" for c in (tally.messages, tally.fields)]
        cells.append(f"{differing:,}")
    return f"| {' | '.join(cells)} |"


def differences(tallies: dict[str, Tally]) -> str:
    """Each kind of difference: with whom, how often, in which types, an example, and who is right."""
    rows = ["| what | with | how often, by type | example | who is right, by M.1371-5 |", "|---|---|---|---|---|"]
    for what in sorted({what for tally in tallies.values() for what, _ in tally.differences}):
        for peer, tally in tallies.items():
            by_type = {t: n for (w, t), n in sorted(tally.differences.items()) if w == what}
            if by_type:
                example = tally.examples[what, next(iter(by_type))].replace("|", "\\|")
                often = ", ".join(f"{n:,} of type {t}" for t, n in by_type.items())
                rows.append(f"| {what} | {peer} | {often} | {example} | {WHY[peer].get(what, NOT_EXPLAINED)} |")
    return "\n".join(rows)


def known() -> str:
    """The faults that no single message shows, with who is right."""
    rows = ["| what | who | who is right |", "|---|---|---|"]
    return "\n".join([*rows, *(f"| {fault.what} | {', '.join(fault.peers)} | {fault.why} |" for fault in KNOWN)])


def page(folder: Path) -> str:
    """The whole page."""
    tallies = compare(folder)
    names = ", ".join(f"`{path.name}`" for path in logs(folder))
    version = importlib.metadata.version
    return f"""# Where decoders agree

Written by `python -m tools.decoder_agreement`; do not edit. Messages are those that pyais puts together from {names},
the first {MESSAGES:,} of each, decoded by surveil, pyais {version("pyais")} and libais {version("libais")}. gpsd's
are the raw values of the output that its own tests expect of {" and ".join(f"`{log}`" for log in GPSD_LOGS)}. A field
differs if it says something else, not if it is rounded otherwise or padded.

## Side by side

Messages that surveil and the peer both decode. Left out: the rate of turn of pyais and libais, which convert it, and
the communication state of libais, which takes it apart.

{counts(tallies)}

## Every disagreement

Clauses are those of Annex 8 of ITU-R M.1371-5, which lays out Messages 1 to 27, unless another is named; Message 28
is by M.1371-6 (docs/m1371-6.md), and the only ones here are random bits.

{differences(tallies)}

By design: surveil takes a message longer than the standard's and counts a warning, as gpsd does (types 1-3 up to 204
bits); it refuses types 1-3 below 168 bits, where gpsd takes 163 and pyais anything.

## Faults known of decoders

Each row is a test in `tests/decode/test_disagreements.py`: that surveil is right, and, where the peer is installed,
that it still does what is said here (pyais {version("pyais")}, libais {version("libais")}, {_others()}).

{known()}
"""


def _others() -> str:
    """The versions of the peers that read whole streams only."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("marlin-py", "aiscat"))


def main() -> None:
    shared = shared_folder()
    if shared is None:
        sys.exit("real recordings not found; set SURVEIL_SHARED to the folder that holds data/")
    if missing := [name for name in ("ais", "marlin", "aiscat") if importlib.util.find_spec(name) is None]:
        sys.exit(f"not installed: {', '.join(missing)}; the page needs the dependency group peers")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(shared / "data/ais"), encoding="utf-8")


if __name__ == "__main__":
    main()
