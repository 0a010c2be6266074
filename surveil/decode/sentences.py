"""From bytes of a log or a feed to batches, one source at a time.

The cut between chunks changes nothing, down to one byte. Lines end with CR, LF or CRLF. A row's ``seq`` is
the line of the first part of its message; its place in the order of arrival is the line that completed it.
"""

from __future__ import annotations

import numpy as np

from surveil.decode import messages
from surveil.decode.fragments import Fragments, Message, key_of
from surveil.decode.lines import LineSplitter
from surveil.decode.syntax import Sentence, TagBlock, parse_line
from surveil.decode.times import Clock, Stamp, TimeOptions, civil_ms
from surveil.errors import NoTimeError
from surveil.ledger import Ledger
from surveil.schema import Batch

_SIMULATED = b"SIM"


class SentenceDecoder:
    """Decodes one source of AIVDM/AIVDO sentences and keeps account of every line.

    Parameters
    ----------
    source : its index in the ledger.
    ledger : where lines are counted and refused ones go.
    time : what to do about sentences without a time, or without a right checksum.
    """

    def __init__(self, source: int, ledger: Ledger, time: TimeOptions | None = None):
        self.source, self.ledger, self.options = source, ledger, time or TimeOptions()
        self.clock = Clock(self.options)
        self.heard_ais = self.heard_time = False
        self._splitter = LineSplitter()
        self._fragments = Fragments()
        self._ready: list[tuple[Message, int]] = []

    @property
    def count(self):
        return self.ledger[self.source]

    def feed(self, chunk: bytes) -> Batch:
        """Rows that these bytes complete, in order of arrival."""
        return self._decode_lines(self._splitter.feed(chunk))

    def close(self) -> Batch:
        """The rest. Parts still waiting are orphans; a source without any time becomes a problem."""
        batch = self._decode_lines(self._splitter.close())
        self._give_up(self._fragments.drain())
        if self.heard_ais and not self.heard_time:
            self.ledger.problem(no_time(self.count.name))
        return batch

    def _decode_lines(self, lines: list[bytes]) -> Batch:
        for line in lines:
            self._take_line(line)
        return self._flush()

    def _take_line(self, line: bytes) -> None:
        count = self.count
        count.lines_read += 1
        taken = parse_line(line, self.options.lenient)
        if taken.tag is not None:
            self._take_tag(taken.tag, alone=not taken.sentences and not taken.companion)
        if taken.companion is not None:
            self.clock.hear(*taken.companion)
        if taken.fault is not None:
            self.ledger.refuse(self.source, count.lines_read, taken.fault, line)
        elif not taken.sentences:
            count.not_ais += 1
        for fault in taken.kept:
            self.ledger.keep(self.source, count.lines_read, fault, line)
        for nth, sentence in enumerate(taken.sentences):
            self._take_sentence(sentence, taken.tag, line, counted=nth == 0)

    def _take_tag(self, tag: TagBlock, alone: bool) -> None:
        if not tag.checksum_ok:
            self.count.warnings["tag block checksum"] += 1
        if tag.station.startswith(_SIMULATED):
            self.count.simulated = True
        if alone:
            self.clock.hear_tag(tag.t_ms)

    def _take_sentence(self, sentence: Sentence, tag: TagBlock | None, raw: bytes, counted: bool) -> None:
        self.heard_ais = True
        line = (self.count.lines_read, raw)
        stamp = self.clock.stamp(tag.t_ms if tag else None, sentence.rest, sentence.lead, first_part=sentence.part == 1)
        self.heard_time |= stamp.t_ms is not None
        if sentence.parts == 1:
            message = Message(1, stamp)
            message.add(sentence, stamp, line, counted)
        else:
            message, given_up = self._fragments.add(sentence, key_of(sentence, tag), stamp, line, counted)
            self._give_up(given_up)
        if message is not None:
            self._take_message(message)

    def _take_message(self, message: Message) -> None:
        if self.options.time_from == "base-stations":
            self._hear_base_station(message)
        if message.stamp.t_ms is None:
            self._refuse(message, "no time" if self.heard_time else "no time yet")
        elif fault := self.options.fault(message.stamp.t_ms):
            self._refuse(message, fault, defect=True)
        else:
            self.count.times[message.stamp.form] += 1
            self._ready.append((message, self.count.lines_read))

    def _hear_base_station(self, message: Message) -> None:
        fields = messages.base_station_fields(*message.joined())
        if fields is None:
            return
        try:
            self.clock.hear_base_station(civil_ms(*fields))
        except ValueError:
            return
        if message.stamp.t_ms is None and self.clock.companion_ms is not None:
            message.stamp = Stamp(self.clock.companion_ms, self.clock.companion, False)
            self.heard_time = True

    def _give_up(self, given_up: list[Message]) -> None:
        for message in given_up:
            self._refuse(message, "orphan fragment")

    def _refuse(self, message: Message, reason: str, defect: bool = False) -> None:
        for number, raw in message.lines:
            self.ledger.refuse(self.source, number, reason, raw, defect=defect)

    def _flush(self) -> Batch:
        if not self._ready:
            return Batch.build()
        ready, self._ready = self._ready, []
        joined = [message.joined() for message, _ in ready]
        payloads = messages.Payloads.build(
            [payload for payload, _ in joined],
            [fill for _, fill in joined],
            [message.stamp.t_ms for message, _ in ready],
            [message.first_line for message, _ in ready],
            [arrival for _, arrival in ready],
        )
        decoded = messages.decode(payloads, self.source)
        self._account(ready, np.diff(payloads.start), decoded)
        origins = decoded.positions_from, decoded.statics_from, decoded.safety_from
        return Batch(decoded.positions, decoded.statics, decoded.safety, *(payloads.arrival[rows] for rows in origins))

    def _account(self, ready: list[tuple[Message, int]], n_chars, decoded: messages.Decoded) -> None:
        self.count.warnings.update(messages.too_long(n_chars, decoded))
        verdicts, kinds = decoded.verdict.tolist(), decoded.msg_type.tolist()
        for (message, _), verdict, kind in zip(ready, verdicts, kinds, strict=True):
            if verdict:
                self._refuse(message, messages.VERDICTS[verdict])
            else:
                self.count.decoded += len(message.lines)
                self.count.types[str(kind)] += 1

    def state(self) -> dict:
        """Everything that feeding so far has left behind, as JSON can carry it. The ledger is kept apart."""
        return {
            "lines": self._splitter.state(),
            "fragments": self._fragments.state(),
            "clock": self.clock.state(),
            "heard": [self.heard_ais, self.heard_time],
        }

    def restore(self, state: dict) -> None:
        """Inverse of :meth:`state`; the ledger must be restored too, since it counts the lines."""
        self._splitter.restore(state["lines"])
        self._fragments.restore(state["fragments"])
        self.clock.restore(state["clock"])
        self.heard_ais, self.heard_time = state["heard"]


def no_time(name: str) -> NoTimeError:
    """The error for a source that never says when."""
    return NoTimeError(
        "its sentences carry no time; give --start and --rate, or --time-from base-stations", source=name
    )
