"""One line of a log taken apart: tag block, sentence, what stands around it, and what is wrong with it."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import NamedTuple

from surveil.decode.times import epoch_ms

_SENTENCE = re.compile(rb"!([^!$,*]{2})(VD[MO]),([1-9]),([1-9]),(\d?),([^,!]?),([0-W`-w]*),([0-5])\*([0-9A-Fa-f]{2})")
_UNCHECKED = re.compile(_SENTENCE.pattern.replace(rb"\*([0-9A-Fa-f]{2})", rb"(?:\*([0-9A-Fa-f]{2})|(?![0-9A-Za-z]))"))
"""A sentence whose checksum need not be there."""
_LOOKS_LIKE_AIS = re.compile(rb"VD[MO],\d?,\d?,")
_COMPANION = re.compile(rb"\$(?:(PGHP)|[A-Z]{2}(ZDA|RMC|VSI)),([^*$!]*)\*([0-9A-Fa-f]{2})")
_WITH_CHECKSUM = re.compile(rb"!([^!*]*)\*([0-9A-Fa-f]{2})")
_PAYLOAD = re.compile(rb"!..VD[MO],[^,]*,[^,]*,[^,]*,[^,]*,[0-W`-w]*,")


def checksum(body: bytes) -> int:
    """XOR of all characters between ``!`` or ``$`` and ``*`` (IEC 61162-1 §7.2.2)."""
    return reduce(xor, body, 0)


class TagBlock(NamedTuple):
    """What a tag block says (NMEA 0183 4.10 §7). ``group`` is the id of ``g:part-parts-id``."""

    station: bytes = b""
    t_ms: int | None = None
    group: bytes = b""
    checksum_ok: bool = True


class Sentence(NamedTuple):
    """A VDM or VDO sentence. ``lead`` and ``rest`` are what stands around it."""

    talker: bytes
    parts: int
    part: int
    sequence: bytes
    channel: bytes
    payload: bytes
    fill: int
    lead: bytes
    rest: bytes


class Line(NamedTuple):
    """A line: its tag block, its sentences or its companion, or the reason to refuse it.

    ``kept`` are the faults, one a sentence, in spite of which sentences were kept.
    """

    tag: TagBlock | None = None
    sentences: tuple[Sentence, ...] = ()
    companion: tuple[bytes, list[bytes]] | None = None
    fault: str | None = None
    kept: tuple[str, ...] = ()


_PLAIN = Line()


def parse_line(line: bytes, lenient: bool = False) -> Line:
    """Take a line apart. Neither sentences nor companion nor fault means: not AIS.

    ``lenient`` keeps sentences whose checksum is wrong or missing.

    Any talker is accepted (real feeds hold ``--``, ``BY`` and ``SS`` besides the registered ones), text
    before the sentence too, and several sentences on a line; a comment is never looked into.
    """
    if not line or line.startswith(b"#"):
        return _PLAIN
    tag, body = _split_tag(line)
    pattern = _UNCHECKED if lenient else _SENTENCE
    first = pattern.search(body)
    if first is None:
        return Line(tag, companion=_companion(body), fault=_fault(body))
    sentences, kept = [], []
    start = 0
    while first is not None:
        after = pattern.search(body, first.end())
        wrong = _checksum_fault(body, first)
        if lenient or not wrong:
            rest = body[first.end() : after.start() if after else None]
            sentences.append(_sentence(first, body[start : first.start()], rest))
            kept += [wrong] if wrong else []
        start, first = first.end(), after
    if not sentences:
        return Line(tag, fault="bad checksum")
    faults = [f for f in map(_sentence_fault, sentences) if f]
    return Line(tag, fault=faults[0]) if faults else Line(tag, tuple(sentences), kept=tuple(kept))


def _sentence(found: re.Match, lead: bytes, rest: bytes) -> Sentence:
    talker, _, parts, part, sequence, channel, payload, fill = found.groups()[:8]
    return Sentence(talker, int(parts), int(part), sequence, channel, payload, int(fill), lead, rest)


def _checksum_fault(body: bytes, found: re.Match) -> str | None:
    if found[9] is None:
        return "no checksum"
    return None if checksum(body[found.start() + 1 : found.end(8)]) == int(found[9], 16) else "bad checksum"


def _sentence_fault(sentence: Sentence) -> str | None:
    if sentence.part > sentence.parts:
        return "malformed sentence"
    return None if sentence.payload else "empty payload"


def _split_tag(line: bytes) -> tuple[TagBlock | None, bytes]:
    if line[:1] != b"\\":
        return None, line
    end = line.find(b"\\", 1)
    if end < 0:
        return None, line
    return parse_tag(line[1:end]), line[end + 1 :]


def parse_tag(block: bytes) -> TagBlock:
    """The text between the backslashes. A wrong checksum is told but does not void the block: whole
    archives are written with ``*00``."""
    body, _, given = block.partition(b"*")
    station, t_ms, group = b"", None, b""
    for field in body.split(b","):
        key, _, value = field.partition(b":")
        if key == b"s":
            station = value
        elif key == b"c":
            t_ms = epoch_ms(value, fewest_digits=1)
        elif key == b"g":
            group = value.rpartition(b"-")[2]
    return TagBlock(station, t_ms, group, given.upper() == b"%02X" % checksum(body))


def _companion(body: bytes) -> tuple[bytes, list[bytes]] | None:
    found = _COMPANION.search(body)
    if found is None or checksum(body[found.start() + 1 : found.end() - 3]) != int(found[4], 16):
        return None
    return found[1] or found[2], found[3].split(b",")


def _fault(body: bytes) -> str | None:
    """Why a line that looks like AIS holds no readable sentence; None if it does not look like AIS."""
    if not _LOOKS_LIKE_AIS.search(body):
        return None
    summed = _WITH_CHECKSUM.search(body)
    if summed is None:
        return "no start" if b"!" not in body else "no checksum"
    if checksum(summed[1]) != int(summed[2], 16):
        return "bad checksum"
    return "malformed sentence" if _PAYLOAD.search(body) else "bad payload character"
