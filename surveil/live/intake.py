"""Feeds as the inflow of a watch: the raw log first, then rows.

Each feed has a thread of its own and room of its own in the inbox, so that a bad one is late alone. One more thread
takes what is there, writes it, tells the feeds that it is safe, and decodes it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from surveil.alerts.acts import Act
from surveil.config import Config
from surveil.ledger import Ledger
from surveil.live import rawlog
from surveil.live.clock import ReceiveClock, steady_s
from surveil.live.decoding import LogDecoder
from surveil.live.feeds import make_feed
from surveil.live.picture import FeedHealth
from surveil.live.rawlog import ACT, BEAT, DATA, FEED, GAP, Place, Record, Writer, note
from surveil.live.service import Mark
from surveil.live.settings import FeedConfig, feeds_of, live_of
from surveil.schema import MISSING_TIME, Batch

ROOM_BYTES = 1 << 20
"""Of one feed, waiting to be written (assumed: a quarter of a second at the most that a feed may bring)."""
PASS_BYTES = 1 << 18
"""Of one feed, written and decoded in one pass (assumed): the others come next."""
_SECTION = 4096
"""Records read again at a time."""
_RATE_S = 60


@dataclass
class Chunk:
    """What a feed delivered at once. ``done`` is called when it is in the log."""

    t_ms: int
    payload: bytes
    cursor: int = 0
    done: Callable[[], None] | None = None
    gap: bool = False


class Inbox:
    """Room for each feed. A feed that may wait does; of one that may not, what finds no room is counted."""

    def __init__(self, n: int, clock: ReceiveClock):
        self.clock = clock
        self._waiting: list[deque[Chunk]] = [deque() for _ in range(n)]
        self._bytes = [0] * n
        self._changed = threading.Condition()
        self.closed = False

    def put(self, feed: int, payload: bytes, cursor: int = 0, done=None, *, wait: bool, gap: bool = False) -> bool:
        """False if there was no room, or there is none any more."""
        with self._changed:
            while self._bytes[feed] > ROOM_BYTES and not self.closed:
                if not wait:
                    return False
                self._changed.wait(0.5)
            if self.closed:
                return False
            self._waiting[feed].append(Chunk(self.clock.now_ms(), payload, cursor, done, gap))
            self._bytes[feed] += len(payload)
            self._changed.notify_all()
        return True

    def take(self, timeout_s: float) -> list[tuple[int, Chunk]]:
        """What waits, up to PASS_BYTES of each feed, in the order in which it was received."""
        with self._changed:
            if not any(self._waiting):
                self._changed.wait(timeout_s)
            taken = []
            for feed, waiting in enumerate(self._waiting):
                size = 0
                while waiting and size < PASS_BYTES:
                    chunk = waiting.popleft()
                    size += len(chunk.payload)
                    taken.append((feed, chunk))
                self._bytes[feed] -= size
            self._changed.notify_all()
        return sorted(taken, key=lambda item: item[1].t_ms)

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify_all()


@dataclass
class _Rate:
    """Bytes a second over the last minute."""

    seconds: deque[tuple[int, int]] = field(default_factory=deque)

    def add(self, now_ms: int, n: int) -> None:
        second = now_ms // 1000
        if self.seconds and self.seconds[-1][0] == second:
            n += self.seconds.pop()[1]
        self.seconds.append((second, n))
        while self.seconds[0][0] <= second - _RATE_S:
            self.seconds.popleft()

    def per_s(self, now_ms: int) -> float:
        since = now_ms // 1000 - _RATE_S
        return sum(n for second, n in tuple(self.seconds) if second > since) / _RATE_S


class Feeds:
    """The feeds of a configuration, with the raw log in ``data/raw``."""

    replaying = False

    def __init__(self, config: Config, data: Path, clock: ReceiveClock | None = None):
        self.config, self.settings, self.feeds = config, live_of(config), feeds_of(config)
        self.clock = clock or ReceiveClock()
        self.folder = Path(data) / "raw"
        self.ledger = Ledger()
        self.decoder = LogDecoder(config, self.settings, self.ledger)
        self.writer = Writer(self.folder, self.settings)
        self.inbox = Inbox(len(self.feeds), self.clock)
        self.torn: list[str] = []
        self._numbers: list[int] = []
        self._cursors: dict[str, int] = {}
        self._running: list = []
        self._rates = [_Rate() for _ in self.feeds]
        self._received_ms: dict[int, int] = {}
        self._bytes = [0] * len(self.feeds)
        self._unacknowledged: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._early: list[Act] = []

    def restore(self, state: dict | None) -> Iterator[Batch]:
        """What the raw log has after the mark; then a new file of it is begun."""
        since = Place()
        if state is not None:
            since, self._cursors = Place(*state["place"]), dict(state["cursors"])
            self.decoder.restore(state["decoder"])
        section: list[Record] = []
        for _, record in rawlog.read(self.folder, since, self.torn):
            section.append(record)
            if len(section) == _SECTION:
                yield from self._again(section)
                section = []
        yield from self._again(section)
        yield from self.decoder.decode(self._begin())

    def _again(self, section: list[Record]) -> Iterator[Batch]:
        yield from self.decoder.decode(section)
        for record in section:
            if record.cursor:
                self._cursors[self._name(record.feed)] = record.cursor

    def _begin(self) -> list[Record]:
        """A new file; gives what is to be decoded of it: streams that cannot be asked again have a gap here."""
        now_ms, before = self.clock.now_ms(), len(self.decoder.feeds)
        self.writer.begin(now_ms, self.decoder.feeds)
        for name, feed in self.feeds.items():
            known = [name, content_of(feed)]
            if known not in self.decoder.feeds:
                self.writer.append(note(FEED, now_ms, known, len(self.decoder.feeds)))
                self.decoder.add(*known)
            self._numbers.append(self.decoder.feeds.index(known))
        lost = [n for n in self._numbers if n < before and not self._cursors.get(self._name(n))]
        gaps = [Record(GAP, number, now_ms) for number in lost]
        for record in (*gaps, *(note(ACT, now_ms, asdict(act)) for act in self._early)):
            self.writer.append(record)
        self.writer.flush(now_ms)
        return gaps

    def _name(self, number: int) -> str:
        return self.decoder.feeds[number][0]

    def keep_act(self, act: Act) -> None:
        """Into the log too, so that a replay of it has everything."""
        if not self._numbers:
            self._early.append(act)  # read again from the store, before there is a file to write to
            return
        with self._lock:
            now_ms = self.clock.now_ms()
            self.writer.append(note(ACT, now_ms, asdict(act)))
            self.writer.flush(now_ms)

    def run(self, emit: Callable[[Batch | Mark], None], stopped: threading.Event) -> None:
        self._start_feeds()
        beat_s, mark_s = steady_s(), steady_s() + self.settings.checkpoint_s
        while not stopped.is_set():
            taken = self.inbox.take(max(0.0, beat_s - steady_s()))
            if taken and not stopped.wait(self.settings.gather_ms / 1000):
                taken += self.inbox.take(0)
            records = self._records(taken)
            if steady_s() >= beat_s:
                records.append(Record(BEAT, 0, self.clock.now_ms()))
                beat_s = steady_s() + self.settings.heartbeat_s
            self._write(records, [chunk.done for _, chunk in taken if chunk.done])
            for batch in self.decoder.decode(records):
                emit(batch)
            if steady_s() >= mark_s:
                emit(self._mark())
                mark_s = steady_s() + self.settings.checkpoint_s
        emit(self._mark())

    def _start_feeds(self) -> None:
        for at, (name, feed) in enumerate(self.feeds.items()):
            running = make_feed(name, feed, at, self.inbox, self._cursors.get(name, 0))
            self._running.append(running)
            running.start()

    def _records(self, taken: list[tuple[int, Chunk]]) -> list[Record]:
        """Chunks as records; pieces of one stream that came one after the other are one."""
        records: list[Record] = []
        for at, chunk in taken:
            number, kind = self._numbers[at], GAP if chunk.gap else DATA
            last = records[-1] if records else None
            if last is not None and last[:2] == (DATA, number) and kind == DATA and self._joins(number):
                cursor = chunk.cursor or last.cursor
                records[-1] = last._replace(payload=last.payload + chunk.payload, cursor=cursor)
            else:
                records.append(Record(kind, number, chunk.t_ms, chunk.payload, chunk.cursor))
            self._rates[at].add(chunk.t_ms, len(chunk.payload))
            self._received_ms[at] = chunk.t_ms
            self._bytes[at] += len(chunk.payload)
        return records

    def _joins(self, number: int) -> bool:
        return not self.decoder.feeds[number][1].endswith("+datagrams")

    def _write(self, records: list[Record], done: list[Callable[[], None]]) -> None:
        """Into the log; feeds that wait for it are told only when it is there."""
        now_ms = self.clock.now_ms()
        with self._lock:
            if self.writer.is_full(now_ms):
                self.writer.begin(now_ms, self.decoder.feeds)
                self.writer.forget_old(now_ms)
            for record in records:
                self.writer.append(record)
            safe = self.writer.flush(now_ms)
        for record in records:
            if record.cursor:
                self._cursors[self._name(record.feed)] = record.cursor
        self._unacknowledged += done
        if safe:
            for acknowledge in self._unacknowledged:
                acknowledge()
            self._unacknowledged = []

    def _mark(self) -> Mark:
        place = self.writer.place
        return Mark({
            "place": [place.file, place.at], "cursors": dict(self._cursors), "decoder": self.decoder.state(),
        })  # fmt: skip

    def health(self) -> tuple[FeedHealth, ...]:
        return tuple(self._health_of(at, running) for at, running in enumerate(self._running))

    def _health_of(self, at: int, running) -> FeedHealth:
        number, now_ms = self._numbers[at], self.clock.now_ms()
        count, heard_ms = self.ledger[self.decoder.places[number]], self.decoder.heard_ms[number]
        received_ms = self._received_ms.get(at)
        known = heard_ms != MISSING_TIME and received_ms is not None
        return FeedHealth(
            running.name, running.config.type, running.state, running.cause, received_ms,
            heard_ms if known else None, (received_ms - heard_ms) / 1000.0 if known else None, self._bytes[at],
            count.lines_read, count.decoded, sum(tuple(count.refused.values())), self._rates[at].per_s(now_ms),
            running.connects, running.gaps, running.dropped_bytes, running.next_try_s,
        )  # fmt: skip

    def troubles(self) -> list[str]:
        told = [self.writer.trouble] if self.writer.trouble else []
        if self.writer.lost_bytes:
            told.append(f"{self.writer.lost_bytes} bytes found no room in the raw log and are in no file")
        if offset_ms := self.clock.offset_ms:
            told.append(f"the machine's clock was set by {offset_ms / 1000:.0f} s; the watch keeps its own time")
        return told + self.torn[-1:]

    def close(self) -> None:
        self.inbox.close()
        for running in self._running:
            running.stop()
        with self._lock:
            self.writer.close()


def content_of(feed: FeedConfig) -> str:
    """What a feed carries, as the log names it: datagrams of ASTERIX are whole."""
    return f"{feed.content}+datagrams" if (feed.type, feed.content) == ("udp", "asterix") else feed.content
