"""How bytes come in: one thread a feed, which connects, reads, and connects again after growing waits."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from surveil.live.clock import steady_s
from surveil.live.settings import FeedConfig

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
"""Between tries: doubled each time, up to a minute, each times 0.5 to 1 so that feeds do not all come back at once
(assumed)."""
SETTLED_S = 30.0
"""A connection that held so long begins the waits anew (assumed)."""
_READ = 1 << 16
_POLL_S = 0.5
"""So soon a thread notices that it is to stop."""


class Feed(threading.Thread):
    """One feed. Subclasses yield from :meth:`chunks` what they read; an OSError there is a lost connection.

    Attributes
    ----------
    state, cause, connects, gaps, dropped_bytes, next_try_s : see :class:`surveil.live.picture.FeedHealth`.
    cursor : where to go on after a restart, of feeds that can be asked again.
    may_wait : whether the sender can be made to wait; else what finds no room is dropped, and counted.
    """

    may_wait = True
    datagrams = False

    def __init__(self, name: str, config: FeedConfig, at: int, inbox, cursor: int = 0):
        super().__init__(daemon=True)
        self.name, self.config, self.at, self.inbox, self.cursor = name, config, at, inbox, cursor
        self.state, self.cause = "connecting", ""
        self.connects = self.gaps = self.dropped_bytes = 0
        self.next_try_s = 0.0
        self.stopped = threading.Event()
        self._spent, self._since_s = 0, steady_s()

    def chunks(self) -> Iterator[bytes]:
        """Bytes as they come; an empty chunk says that there was nothing for a while."""
        raise NotImplementedError

    def run(self) -> None:
        tries = 0
        while not self.stopped.is_set():
            begun_s = steady_s()
            try:
                self.state = "connecting"
                for chunk in self.chunks():
                    if chunk:
                        self.deliver(chunk)
                    if self.stopped.is_set():
                        return
                self.cause = "the other side ended it"
            except Exception as error:  # whatever a library raises, the feed is lost and tried again
                self.cause = f"{type(error).__name__}: {error}"
            if self.state == "up":
                self.gaps += 1
                self.inbox.put(self.at, b"", wait=True, gap=True)
            tries = 1 if steady_s() - begun_s > SETTLED_S else tries + 1
            self.state, self.next_try_s = "waiting", wait_s(self.name, tries)
            self.stopped.wait(self.next_try_s)
        self.state = "down"

    def up(self) -> None:
        """The connection stands."""
        self.state, self.cause, self.next_try_s = "up", "", 0.0
        self.connects += 1

    def deliver(self, chunk: bytes, cursor: int = 0, done=None) -> bool:
        """Hand bytes on; waits for room if the sender can be made to wait."""
        if not self._within_rate(len(chunk)) or not self.inbox.put(self.at, chunk, cursor, done, wait=self.may_wait):
            self.dropped_bytes += len(chunk)
            return False
        return True

    def _within_rate(self, n: int) -> bool:
        """Whether the feed may bring so many bytes more now; one that may wait does."""
        allowed = self.config.max_kb_s * 1000
        now_s = steady_s()
        self._spent = max(0.0, self._spent - (now_s - self._since_s) * allowed) + n
        self._since_s = now_s
        if self._spent <= allowed:
            return True
        if self.may_wait:
            self.stopped.wait((self._spent - allowed) / allowed)
            return True
        self._spent -= n
        return False

    def stop(self) -> None:
        """Have it end; it does within half a second."""
        self.stopped.set()
        self.state = "down"


def wait_s(name: str, tries: int) -> float:
    """How long to wait before the next try; other feeds and other processes wait otherwise."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(tries - 1, 20))
    jitter = zlib.crc32(f"{name} {os.getpid()} {tries}".encode()) / 2**32
    return longest * (0.5 + 0.5 * jitter)


def _read(feed: Feed, connection: socket.socket) -> Iterator[bytes]:
    """What a connected socket brings, until it ends or is silent for too long."""
    connection.settimeout(_POLL_S)
    heard_s = steady_s()
    while not feed.stopped.is_set():
        try:
            chunk = connection.recv(_READ)
        except TimeoutError:
            if feed.config.quiet_s and steady_s() - heard_s > feed.config.quiet_s:
                raise OSError(f"silent for {feed.config.quiet_s:.0f} s") from None
            continue
        if not chunk:
            return
        heard_s = steady_s()
        yield chunk


class TcpFeed(Feed):
    """Connects to a server that sends sentences or ASTERIX."""

    def chunks(self) -> Iterator[bytes]:
        with socket.create_connection((self.config.host, self.config.port), timeout=10) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self.up()
            yield from _read(self, connection)


class TcpServerFeed(Feed):
    """Listens; senders come one or several at a time, each in its own thread. Lines of several are not mixed up."""

    def chunks(self) -> Iterator[bytes]:
        with socket.create_server((self.config.host, self.config.port)) as server:
            server.settimeout(_POLL_S)
            self.up()
            while not self.stopped.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
                yield b""

    def _serve(self, connection: socket.socket) -> None:
        self.connects += 1
        partial = b""
        with connection:
            try:
                for chunk in _read(self, connection):
                    lines, end, partial = (partial + chunk).rpartition(b"\n")
                    if end:
                        self.deliver(lines + end)
            except OSError as error:
                self.cause = str(error)
        if partial:
            self.deliver(partial + b"\n")
        self.gaps += 1


class UdpFeed(Feed):
    """Listens for datagrams, also of a multicast group. A sentence needs no line end at the end of a datagram."""

    may_wait = False

    def chunks(self) -> Iterator[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            listener.bind((self.config.host, self.config.port))
            if self.config.group:
                joined = socket.inet_aton(self.config.group) + socket.inet_aton("0.0.0.0")
                listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
            listener.settimeout(_POLL_S)
            self.up()
            ends = b"" if self.config.content == "asterix" else b"\n"
            while not self.stopped.is_set():
                try:
                    datagram = listener.recv(_READ)
                except TimeoutError:
                    yield b""
                    continue
                yield datagram if datagram.endswith((b"\n", b"\r")) or not ends else datagram + ends


class SerialFeed(Feed):
    """A receiver on a serial line, opened again when it is unplugged."""

    def chunks(self) -> Iterator[bytes]:
        import serial

        with serial.Serial(self.config.device, self.config.baud, timeout=_POLL_S) as line:
            self.up()
            while not self.stopped.is_set():
                yield line.read(max(1, min(line.in_waiting, _READ)))


class TailFeed(Feed):
    """A file that grows. ``cursor`` is how much of it is in the log; a file that is shorter than that is a new one."""

    def chunks(self) -> Iterator[bytes]:
        path = Path(self.config.path)
        with path.open("rb") as file:
            if path.stat().st_size < self.cursor:
                self.cursor = 0
            file.seek(self.cursor)
            self.up()
            while not self.stopped.is_set():
                if chunk := file.read(_READ):
                    if not self.deliver(chunk, self.cursor + len(chunk)):
                        return
                    self.cursor += len(chunk)
                elif self._replaced(path, file):
                    self.cursor = 0
                    return
                else:
                    self.stopped.wait(0.05)
                yield b""

    @staticmethod
    def _replaced(path: Path, file) -> bool:
        """Whether the name is another file by now, as after a rotation, or this one was emptied."""
        here = os.fstat(file.fileno())
        return here.st_size < file.tell() or (path.exists() and path.stat().st_ino != here.st_ino)


def make_feed(name: str, config: FeedConfig, at: int, inbox, cursor: int) -> Feed:
    """The feed of a section [feeds.NAME]."""
    kinds = {"tcp": TcpFeed, "tcp-server": TcpServerFeed, "udp": UdpFeed, "serial": SerialFeed, "tail": TailFeed}
    if config.type in kinds:
        return kinds[config.type](name, config, at, inbox, cursor)
    from surveil.live import brokers

    return brokers.KINDS[config.type](name, config, at, inbox, cursor)
