"""One demo night, and what pyais reads in it."""

from dataclasses import dataclass

import numpy as np
import pyais
import pytest

from surveil.simulate.demo import make_night


def sentence_of(line: bytes) -> bytes:
    return line.split(b"\\")[-1]


def stamp_of(line: bytes) -> int:
    return int(line.split(b"c:")[1].split(b"*")[0])


def checksum_holds(text: bytes) -> bool:
    body, _, given = text.partition(b"*")
    return np.bitwise_xor.reduce(np.frombuffer(body, np.uint8)) == int(given, 16)


@dataclass(frozen=True)
class Heard:
    """Single-line messages that decode: (stamp in s, message), and the lines pyais must refuse."""

    messages: list
    refused: list

    def of(self, mmsi: int, *types: int) -> list:
        return [(t, m) for t, m in self.messages if m.mmsi == mmsi and (not types or m.msg_type in types)]


@pytest.fixture(scope="session")
def night():
    return make_night(seed=1)


@pytest.fixture(scope="session")
def heard(night):
    messages, refused = [], []
    for line in night.lines:
        sentence = sentence_of(line)
        if sentence.startswith(b"!AIVDM,2"):
            continue
        if checksum_holds(sentence[1:]):
            messages.append((stamp_of(line), pyais.decode(sentence)))
        else:
            refused.append(line)
    return Heard(messages, refused)
