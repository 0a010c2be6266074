"""How messages of the outbox go out: webhook, MQTT, NATS, Cursor on Target. Each sends one message, or raises."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import json
import os
import socket
import urllib.request
from xml.etree import ElementTree

from surveil.live.clock import wall_s
from surveil.live.outbox import Send
from surveil.live.settings import SinkConfig

_TIMEOUT_S = 10.0
_UNKNOWN_M = "9999999.0"
"""An error not known, in Cursor on Target (MITRE MTR 04W0000054)."""


def make_sink(name: str, sink: SinkConfig) -> Send:
    """What sends to the sink of a section [sinks.NAME]."""
    return KINDS[sink.type](name, sink)


def webhook(name: str, sink: SinkConfig) -> Send:
    """POST of JSON. ``Idempotency-Key`` is the message's id; ``X-Surveil-Signature`` is ``sha256=`` and the HMAC."""
    key = os.environ.get(sink.secret_env, "").encode()

    def send(id: str, body: dict) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": id}
        if key:
            headers["X-Surveil-Signature"] = f"sha256={hmac.new(key, data, hashlib.sha256).hexdigest()}"
        request = urllib.request.Request(sink.url, data, headers, method="POST")
        urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()  # raises for any answer but 2xx

    return send


def mqtt(name: str, sink: SinkConfig) -> Send:
    """Quality of service 1; the message has its id in ``message_id``."""
    import paho.mqtt.client as paho

    def send(id: str, body: dict) -> None:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        if sink.user:
            client.username_pw_set(sink.user, os.environ.get(sink.secret_env))
        client.connect(sink.host, sink.port or 1883, keepalive=30)
        client.loop_start()
        try:
            sent = client.publish(sink.topic, json.dumps({"message_id": id, **body}, ensure_ascii=False), qos=1)
            sent.wait_for_publish(_TIMEOUT_S)
            if not sent.is_published():
                raise TimeoutError("the broker did not acknowledge it")
        finally:
            client.disconnect()
            client.loop_stop()

    return send


def nats(name: str, sink: SinkConfig) -> Send:
    """With the id as ``Nats-Msg-Id``, by which JetStream drops doubles itself; flushed to the server."""

    async def publish(id: str, body: dict) -> None:
        import nats as client

        login = {"user": sink.user, "password": os.environ.get(sink.secret_env)} if sink.user else {}
        bus = await client.connect(sink.url, allow_reconnect=False, connect_timeout=_TIMEOUT_S, **login)
        try:
            await bus.publish(sink.topic, json.dumps(body, ensure_ascii=False).encode(), headers={"Nats-Msg-Id": id})
            await bus.flush(timeout=int(_TIMEOUT_S))
        finally:
            await bus.close()

    return lambda id, body: asyncio.run(publish(id, body))


def cot_tcp(name: str, sink: SinkConfig) -> Send:
    """One event a connection, as TAK servers take them."""

    def send(id: str, body: dict) -> None:
        if (event := cursor_on_target(body, sink.stale_s)) is not None:
            with socket.create_connection((sink.host, sink.port), _TIMEOUT_S) as line:
                line.sendall(event)

    return send


def cot_udp(name: str, sink: SinkConfig) -> Send:
    """One event a datagram; nobody says whether it has arrived."""

    def send(id: str, body: dict) -> None:
        if (event := cursor_on_target(body, sink.stale_s)) is not None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.sendto(event, (sink.host, sink.port))

    return send


def cursor_on_target(body: dict, stale_s: int, now_s: float | None = None) -> bytes | None:
    """An event of version 2.0 (MITRE MTR 04W0000054), None of an alert without a place. ``uid`` is the alert's.

    A surface contact of unknown side (``a-u-S``); one whose alert has ended is stale at once.
    """
    if body["lon"] is None:
        return None
    now_s = wall_s() if now_s is None else now_s
    lasts_s = 0 if body["state"] in ("closed", "retracted") else stale_s
    times = {"time": _iso(now_s), "start": _iso(body["t_start_ms"] / 1000), "stale": _iso(now_s + lasts_s)}
    event = ElementTree.Element(
        "event", version="2.0", uid=f"surveil.{body['id']}", type="a-u-S", how="m-g", **times
    )  # fmt: skip
    place = {"lat": f"{body['lat']:.6f}", "lon": f"{body['lon']:.6f}"}
    ElementTree.SubElement(event, "point", **place, hae=_UNKNOWN_M, ce=_UNKNOWN_M, le=_UNKNOWN_M)
    detail = ElementTree.SubElement(event, "detail")
    ElementTree.SubElement(detail, "contact", callsign=body["name"] or str(body["mmsi"]))
    ElementTree.SubElement(detail, "remarks").text = body["sentence"]
    return ElementTree.tostring(event, encoding="UTF-8", xml_declaration=True)


def _iso(t_s: float) -> str:
    return dt.datetime.fromtimestamp(t_s, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


KINDS = {"webhook": webhook, "mqtt": mqtt, "nats": nats, "cot-tcp": cot_tcp, "cot-udp": cot_udp}
