"""Who is right where decoders differ, and why: by the peer and the kind of difference.

"Message N" is the section of that message in ITU-R M.1371-5, Annex 8, with its table of parameters.
"""

from __future__ import annotations

from typing import NamedTuple

NOT_EXPLAINED = "**not looked into**"
AFTER_END, LEFT_OVER, ALTERED = "text after its `@`", "text at its end", "text, other characters"
EXTENDED = "name with its extension"
SURVEIL_REFUSES, PEER_REFUSES = "surveil refuses what the peer takes: ", "the peer refuses what surveil takes: "
_TOO_SHORT, _NO_MMSI = SURVEIL_REFUSES + "too short", SURVEIL_REFUSES + "MMSI out of range"
_MMSI_WHY = (
    "surveil: an identity has nine digits (ITU-R M.585-9, Annex 1), which 30 bits can exceed, and 0 is nobody's; "
    "the peer does not look"
)
_END_WHY = (
    "surveil: `@` fills what a text leaves of its field (table 47), so text ends at the first; gpsd ends it there"
)
_NAME_WHY = (
    "both: Message 21 continues a name of 20 characters in its last field; the peer gives both as one, as surveil's "
    "columns and `decode_one` do"
)
_ENUM = "surveil: the field is a number, and this one was sent; pyais keeps only numbers that it has a name for"


def _tenths(messages: str) -> str:
    return f"surveil: 1/10 min, two's complement ({messages}), is a six-hundredth of a degree; pyais divides by 10"


WHY = {
    "pyais": {
        AFTER_END: _END_WHY + "; pyais reads on",
        LEFT_OVER: "surveil: a character has six bits (table 47); pyais makes one of what is left over at the end",
        "aid_type": _ENUM + " (Message 28, M.1371-6: type of aid 0 to 127)",
        "epfd": _ENUM + " (Messages 4 and 5: 9 to 14 not used, 15 internal)",
        "interval": _ENUM + " (Message 23: reporting interval 0 to 15)",
        "ship_type": _ENUM + " (Message 5, types of ship: 0 to 255)",
        "station_type": _ENUM + " (Message 23: station type 0 to 15)",
        "lon": _tenths("Message 17"),
        "lat": _tenths("Message 17") + " and takes the sign for a number",
        **{f"{corner}_{name}": _tenths("Messages 22 and 23") for corner in ("ne", "sw") for name in ("lon", "lat")},
        _TOO_SHORT: "surveil: the parameters of a Message add up to its number of bits, and the last are not there; "
        "pyais reads them as missing, and one cut in the middle as a small number (a latitude near the equator)",
        _NO_MMSI: _MMSI_WHY,
    },
    "libais": {
        AFTER_END: _END_WHY + "; libais hands out the field as sent",
        ALTERED: "surveil: table 47 gives 31 to `_` and 39 to `'`; libais prints `-` and a backquote",
        EXTENDED: _NAME_WHY,
        "dac": "surveil: two spare bits follow the destination (Messages 25 and 26); libais reads it two bits early",
        "fid": "surveil: two spare bits follow the destination (Messages 25 and 26); libais reads it two bits early",
        "gnss": "both: 0 is a current position (Message 27); surveil gives the bit, libais the meaning",
        "retransmit": "surveil: 1 is retransmitted (Message 6); libais says the opposite, but not of Message 12",
        "vendor": "surveil: vendor ID is three characters, then model and serial number (Message 24 part B); "
        "libais reads all 42 bits as text, as earlier editions did",
        _TOO_SHORT: "surveil: Message 26 ends in the communication state of 20 bits, which cannot overlap its head",
        _NO_MMSI: _MMSI_WHY,
        PEER_REFUSES
        + "length": "surveil: the parameters are there (but the DTE flag of a Message 5 of 422 bits); what "
        "follows, since stations pad or give fill bits as 0, is none of them. libais asks for the exact length",
        PEER_REFUSES + "unknown type": "surveil, pyais: M.1371-6 has a Message 28; libais ends at 27",
        PEER_REFUSES + "unknown application": "surveil: Messages 6 and 8 carry an application identifier and data for "
        "whoever knows it (Annex 5); libais drops the message, its sender too",
    },
    "gpsd": {
        "radio": "surveil: Message 26 ends in a communication state of 20 bits; gpsd does not read it and prints 0",
        EXTENDED: _NAME_WHY,
    },
}
"""Who is right where a peer differs."""


class Fault(NamedTuple):
    """What decoders do wrong with a stream of sentences; ``key`` names its test."""

    key: str
    what: str
    peers: tuple[str, ...]
    why: str


KNOWN = (
    Fault(
        "parts of two ships", "part 1 of one ship and part 2 of another, of two stations, sequence number and channel "
        "alike, become one message", ("pyais", "marlin-py", "aiscat"),
        "surveil, libais: the sequence number is given by each receiver (IEC 61162-1, VDM), so parts belong together "
        "only within a station; both are refused as orphans",
    ),
    Fault(
        "parts an hour apart", "the same with parts of one station, an hour apart", ("pyais", "marlin-py", "aiscat"),
        "surveil, libais: a message is sent in at most five slots of 27 ms (M.1371-5 Annex 2, §3.3.7)",
    ),
    Fault(
        "bad checksum", "a sentence with a wrong checksum is read", ("pyais", "aiscat"),
        "surveil, libais, marlin-py: a sentence whose checksum does not match is to be discarded (IEC 61162-1). "
        "pyais tells by `is_valid`, aiscat by `quality` 512; surveil uses and tells of each only with `--lenient`",
    ),
    Fault(
        "after the checksum", "a sentence with a station and a time after its checksum is dropped", ("aiscat",),
        "surveil, pyais, libais, marlin-py: the form of the US Coast Guard, in many archives",
    ),
    Fault(
        "two on a line", "of two sentences on a line one or both are lost", ("pyais", "libais", "aiscat"),
        "surveil, marlin-py: a sentence starts at `!` (IEC 61162-1) and is whole if its checksum matches",
    ),
    Fault(
        "large chunk", "of more than 64 KiB fed at once, the rest is lost without a word", ("marlin-py",),
        "surveil and all others: the cut between chunks carries no meaning",
    ),
)  # fmt: skip
