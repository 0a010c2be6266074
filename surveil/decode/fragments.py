"""Parts of multi-part messages, waiting for each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from surveil.decode.syntax import Sentence, TagBlock
from surveil.decode.times import Stamp

MAX_AGE_MS = 60_000
"""Assumed: a message is sent within 5 slots (M.1371-5 §3.3.7), 0.14 s; a minute is for slow networks."""
MAX_WAITING = 4096
"""Assumed: bounds the memory; a national network holds some tens at a time."""

_STATION = re.compile(rb",([rb][^,]*)")
"""Receiving station in the USCG form, e.g. ``,r003669946`` or ``,b003669969`` after the checksum."""

Key = tuple[bytes, ...]
LineRef = tuple[int, bytes]
"""1-based line number and the line itself."""


@dataclass
class Message:
    """Parts of one message: ``parts`` by their number as (payload, fill), ``lines`` as they came.

    ``stamp`` is the time of the first part that came with one of its own, else of the part that came first.
    """

    total: int
    stamp: Stamp
    parts: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    lines: list[LineRef] = field(default_factory=list)
    first_line: int = 0

    def add(self, sentence: Sentence, stamp: Stamp, line: LineRef, counted: bool) -> None:
        """Take a part; ``counted`` is false if another sentence on its line stands for the line."""
        self.parts[sentence.part] = (sentence.payload, sentence.fill)
        if stamp.own and not self.stamp.own:
            self.stamp = stamp
        if sentence.part == 1 or not self.first_line:
            self.first_line = line[0]
        if counted:
            self.lines.append(line)

    @property
    def complete(self) -> bool:
        return len(self.parts) == self.total

    def joined(self) -> tuple[bytes, int]:
        """Payload and fill bits of the whole."""
        payload = b"".join(self.parts[n][0] for n in range(1, self.total + 1))
        return payload, self.parts[self.total][1]


class Fragments:
    """Joins parts by station, talker, channel, sequence number and number of parts, or by tag-block group.

    What is given up (too old, too many, its place taken by a newer message with the same key) is returned to
    the caller, to be refused as orphans. ``waiting`` has the unfinished ones in the order in which they came.
    """

    def __init__(self):
        self.waiting: dict[Key, Message] = {}

    def __len__(self) -> int:
        return len(self.waiting)

    def add(
        self, sentence: Sentence, key: Key, stamp: Stamp, line: LineRef, counted: bool
    ) -> tuple[Message | None, list[Message]]:
        """(the message if this part completes it, messages given up)."""
        given_up = self._expire(stamp)
        message = self.waiting.get(key)
        if message is not None and sentence.part in message.parts:
            given_up.append(self.waiting.pop(key))
            message = None
        if message is None:
            message = self.waiting[key] = Message(sentence.parts, stamp)
        message.add(sentence, stamp, line, counted)
        if not message.complete:
            return None, given_up + self._shrink()
        return self.waiting.pop(key), given_up

    def drain(self) -> list[Message]:
        """Give up all."""
        given_up = list(self.waiting.values())
        self.waiting.clear()
        return given_up

    def _expire(self, now: Stamp) -> list[Message]:
        """Give up the oldest, by event time. Those that wait are in the order in which they came.

        Own times are compared with own times and neighbours' with neighbours': in real logs the two differ by
        a minute (``$SAVSI`` of stations whose clock is a minute off).
        """
        old = []
        for key, message in self.waiting.items():
            then = message.stamp
            if now.t_ms is None or then.t_ms is None or then.own != now.own:
                continue
            if now.t_ms - then.t_ms <= MAX_AGE_MS:
                break
            old.append(key)
        return [self.waiting.pop(key) for key in old]

    def _shrink(self) -> list[Message]:
        if len(self.waiting) <= MAX_WAITING:
            return []
        return [self.waiting.pop(next(iter(self.waiting)))]

    def state(self) -> list:
        return [
            {
                "key": [k.decode("latin-1") for k in key],
                "total": m.total, "stamp": list(m.stamp), "first_line": m.first_line,
                "parts": [[n, p.decode("latin-1"), fill] for n, (p, fill) in m.parts.items()],
                "lines": [[n, raw.decode("latin-1")] for n, raw in m.lines],
            }
            for key, m in self.waiting.items()
        ]  # fmt: skip

    def restore(self, state: list) -> None:
        self.waiting = {
            tuple(k.encode("latin-1") for k in s["key"]): Message(
                s["total"], Stamp(*s["stamp"]),
                {n: (p.encode("latin-1"), fill) for n, p, fill in s["parts"]},
                [(n, raw.encode("latin-1")) for n, raw in s["lines"]], s["first_line"],
            )
            for s in state
        }  # fmt: skip


def key_of(sentence: Sentence, tag: TagBlock | None) -> Key:
    """What parts of one message share. Later parts of a group name no station: the group stands for it."""
    if tag is not None and tag.group:
        origin = (b"group", tag.group)
    else:
        after = _STATION.search(sentence.rest)
        origin = (b"station", tag.station if tag and tag.station else after[1] if after else b"")
    return (*origin, sentence.talker, sentence.channel, sentence.sequence, b"%d" % sentence.parts)
