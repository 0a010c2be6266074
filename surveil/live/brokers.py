"""Feeds by way of others' servers and protocols: MQTT, NATS, WebSocket, HTTP. Their packages are loaded when used."""

from __future__ import annotations

import asyncio
import hmac
import os
import queue
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from surveil.live.feeds import Feed

_LOGGED_S = 10.0
"""A sender waits so long for its message to be in the log, then is told to try again (assumed)."""
MAX_POST = 1 << 20
"""Bytes of one post (assumed)."""
_POLL_S = 0.5


def _secret(name: str) -> str | None:
    return os.environ.get(name) if name else None


def _line(payload: bytes) -> bytes:
    return payload if payload.endswith(b"\n") else payload + b"\n"


def _told(events: queue.Queue, stopped: threading.Event) -> Iterator:
    """What another thread puts there until stopped, None when it was nothing for a while; raises an error put there."""
    while not stopped.is_set():
        try:
            event = events.get(timeout=_POLL_S)
        except queue.Empty:
            event = None
        if isinstance(event, Exception):
            raise event
        yield event


class MqttFeed(Feed):
    """Subscribes with quality of service 1 in a session that lasts; a message is acknowledged when it is in the log."""

    def chunks(self) -> Iterator[bytes]:
        import paho.mqtt.client as mqtt

        events: queue.Queue = queue.Queue(1000)
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=f"surveil-{self.name}", clean_session=False, manual_ack=True
        )
        if self.config.user:
            client.username_pw_set(self.config.user, _secret(self.config.password_env))
        client.on_connect = lambda c, *_: c.subscribe(self.config.topic, qos=1)
        client.on_subscribe = lambda *_: self.up()
        client.on_message = lambda c, _, m: events.put(m)
        client.on_disconnect = lambda c, u, flags, reason, p: events.put(OSError(f"disconnected: {reason}"))
        client.connect(self.config.host, self.config.port or 1883, keepalive=30)
        client.loop_start()
        try:
            for event in _told(events, self.stopped):
                if event is None:
                    yield b""
                else:
                    self.deliver(_line(event.payload), done=lambda m=event: client.ack(m.mid, m.qos))
        finally:
            client.disconnect()
            client.loop_stop()


class NatsFeed(Feed):
    """Plain NATS, or JetStream: a durable consumer whose messages are acknowledged when they are in the log.

    ``cursor`` is the last sequence of the stream in the log, so that what was not acknowledged is not logged twice.
    """

    def chunks(self) -> Iterator[bytes]:
        events: queue.Queue = queue.Queue(1000)
        ended = threading.Event()
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._listen, args=(loop, events, ended), daemon=True)
        thread.start()
        try:
            for event in _told(events, self.stopped):
                if event is None:
                    yield b""
                else:
                    self._take(event, loop)
        finally:
            ended.set()
            thread.join(5)

    def _take(self, message, loop) -> None:
        if not self.config.stream:
            self.deliver(_line(message.data))
            return
        sequence = message.metadata.sequence.stream

        def acknowledge() -> None:
            asyncio.run_coroutine_threadsafe(message.ack(), loop)

        if sequence <= self.cursor:
            acknowledge()
        elif self.deliver(_line(message.data), sequence, acknowledge):
            self.cursor = sequence

    def _listen(self, loop, events: queue.Queue, ended: threading.Event) -> None:
        try:
            loop.run_until_complete(self._subscribed(events, ended))
        except Exception as error:
            events.put(error)
        finally:
            loop.close()

    async def _subscribed(self, events: queue.Queue, ended: threading.Event) -> None:
        import nats

        async def lost() -> None:
            events.put(OSError("disconnected"))

        login = {"user": self.config.user, "password": _secret(self.config.password_env)} if self.config.user else {}
        client = await nats.connect(
            self.config.url, allow_reconnect=False, connect_timeout=5, disconnected_cb=lost, **login
        )

        async def take(message) -> None:
            while not ended.is_set():
                try:
                    events.put_nowait(message)
                    return
                except queue.Full:
                    await asyncio.sleep(0.02)

        if self.config.stream:
            durable = re.sub(r"\W", "-", f"surveil-{self.name}")
            await client.jetstream().subscribe(
                self.config.topic, stream=self.config.stream, durable=durable, cb=take, manual_ack=True
            )
        else:
            await client.subscribe(self.config.topic, cb=take)
        self.up()
        while not ended.is_set():
            await asyncio.sleep(0.1)
        await client.close()


class WebSocketFeed(Feed):
    """A WebSocket such as aisstream.io's: one JSON object, or some sentences, a message."""

    def chunks(self) -> Iterator[bytes]:
        from websockets.sync.client import connect

        with connect(self.config.url, open_timeout=10, max_size=MAX_POST) as connection:
            if self.config.subscribe:
                connection.send(os.path.expandvars(self.config.subscribe))
            self.up()
            while not self.stopped.is_set():
                try:
                    message = connection.recv(timeout=_POLL_S)
                except TimeoutError:
                    yield b""
                    continue
                yield _line(message.encode() if isinstance(message, str) else message)


class HttpFeed(Feed):
    """Takes posts; answers 204 when the post is in the log, 503 if it is not in time, to be sent again."""

    def chunks(self) -> Iterator[bytes]:
        feed, token = self, _secret(self.config.password_env)

        class Handler(BaseHTTPRequestHandler):
            timeout = 30

            def do_POST(self):
                length = int(self.headers.get("Content-Length") or -1)
                given = self.headers.get("Authorization", "")
                if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                    self.answer(401)
                elif feed.config.path and self.path != feed.config.path:
                    self.answer(404)
                elif not 0 <= length <= MAX_POST:
                    self.answer(413 if length > MAX_POST else 411)
                else:
                    self.answer(feed.logged(_line(self.rfile.read(length))))

            def answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args) -> None:
                pass

        server = ThreadingHTTPServer((self.config.host, self.config.port), Handler)
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True)
        serving.start()
        self.up()
        try:
            while not self.stopped.wait(_POLL_S):
                yield b""
        finally:
            server.shutdown()
            server.server_close()

    def logged(self, body: bytes) -> int:
        """Status to answer when a body has been taken, or could not be."""
        written = threading.Event()
        taken = self.deliver(body, done=written.set)
        return 204 if taken and written.wait(_LOGGED_S) else 503


KINDS = {"mqtt": MqttFeed, "nats": NatsFeed, "websocket": WebSocketFeed, "http": HttpFeed}
