"""How messages of the outbox go out. Each kind of sink sends one message, or raises.

Webhook, MQTT, NATS and SMTP are acknowledged by who takes them. By TCP a message counts as sent when the system has
taken it and the other side has not refused it; by UDP when it has left.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import hmac
import json
import os
import smtplib
import socket
import ssl
import unicodedata
import urllib.request
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree

from surveil.alert import ENDED
from surveil.decode.encoding import encode, tag_block
from surveil.decode.tables import SIX_BIT
from surveil.decode.targets import ttm
from surveil.kernels.geodesy import bearing_deg, distance_m
from surveil.live.clock import wall_s
from surveil.live.outbox import Send
from surveil.live.settings import SinkConfig

_TIMEOUT_S = 10.0
_REFUSED_S = 0.2
"""A receiver by TCP that has gone says so within (assumed: a round trip)."""
_FEATURES = 1000
"""Alerts in a GeoJSON file (assumed: more than any watch has open)."""
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


Encode = Callable[[str, dict, SinkConfig], bytes | None]
"""A message as bytes, None of one that cannot be told in that form."""


def by_tcp(encoded: Encode) -> Callable[[str, SinkConfig], Send]:
    """A connection for each message, as TAK servers take them. One that is reset has not taken it."""

    def make(name: str, sink: SinkConfig) -> Send:
        def send(id: str, body: dict) -> None:
            if (data := encoded(id, body, sink)) is None:
                return
            with socket.create_connection((sink.host, sink.port), _TIMEOUT_S) as line:
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
                line.settimeout(_REFUSED_S)
                with contextlib.suppress(TimeoutError):
                    while line.recv(4096):
                        pass

        return send

    return make


def by_udp(encoded: Encode) -> Callable[[str, SinkConfig], Send]:
    """A datagram for each message; nobody says whether it has arrived."""

    def make(name: str, sink: SinkConfig) -> Send:
        def send(id: str, body: dict) -> None:
            if (data := encoded(id, body, sink)) is not None:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                    line.sendto(data, (sink.host, sink.port))

        return send

    return make


def as_cot(id: str, body: dict, sink: SinkConfig) -> bytes | None:
    """See :func:`cursor_on_target`."""
    return cursor_on_target(body, sink.stale_s)


def as_aivdm(id: str, body: dict, sink: SinkConfig) -> bytes | None:
    """The sentence as a safety text (ITU-R M.1371-5, message 14) from ``mmsi``; the tag block's source is the id."""
    t_ms, text = body["change"]["t_ms"], six_bit(f"{body['state']}: {body['sentence']}")
    lines = encode({"msg_type": 14, "mmsi": sink.mmsi, "text": text}, sequence=t_ms // 1000 % 10, station=id, t_ms=t_ms)
    return "".join(f"{line}\r\n" for line in lines).encode()


def six_bit(text: str) -> str:
    """Text as AIS can carry it: capitals without accents, 161 at most (M.1371-5, message 14)."""
    plain = unicodedata.normalize("NFKD", text).upper()
    found = "".join(c if c in SIX_BIT and c != "@" else "?" for c in plain if not unicodedata.combining(c))
    return found[:161]


def as_ttm(id: str, body: dict, sink: SinkConfig) -> bytes | None:
    """Where the alert is, as a tracked target (IEC 61162-1) from the sink's ``lon``, ``lat``, named by its MMSI.

    The tag block's source is the id. An alert that has ended is told no more; receivers drop its target in time.
    """
    if body["lon"] is None or body["state"] in ENDED:
        return None
    there = (sink.lon, sink.lat, body["lon"], body["lat"])
    number, t_ms = zlib.crc32(body["id"].encode()) % 100, body["change"]["t_ms"]
    told = ttm(number, distance_m(*there), bearing_deg(*there), t_ms, str(body["mmsi"]))
    return tag_block(id, str(t_ms // 1000)).encode() + told + b"\r\n"


def geojson(name: str, sink: SinkConfig) -> Send:
    """A file with the newest alerts as points, replaced as a whole; a feature has the alert's ``id``."""
    path = Path(sink.path)

    def send(id: str, body: dict) -> None:
        features = json.loads(path.read_text("utf-8"))["features"] if path.exists() else []
        place = None if body["lon"] is None else {"type": "Point", "coordinates": [body["lon"], body["lat"]]}
        feature = {"type": "Feature", "id": body["id"], "geometry": place, "properties": {"message_id": id, **body}}
        kept = [other for other in features if other["id"] != body["id"]][1 - _FEATURES :]
        collection = {"type": "FeatureCollection", "features": [*kept, feature]}
        beside = path.with_name(f".{path.name}.part")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(collection, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    return send


def smtp(name: str, sink: SinkConfig) -> Send:
    """Mail, with the id in ``Message-ID`` and ``X-Surveil-Id``; sent when the server has taken it for all addresses."""
    connect = smtplib.SMTP_SSL if sink.tls == "tls" else smtplib.SMTP
    port = sink.port or (465 if sink.tls == "tls" else 587)

    def send(id: str, body: dict) -> None:
        with connect(sink.host, port, timeout=_TIMEOUT_S) as server:
            if sink.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if sink.user:
                server.login(sink.user, os.environ.get(sink.secret_env, ""))
            if refused := server.send_message(mail(id, body, sink)):
                raise OSError(f"refused for {', '.join(refused)}")

    return send


def mail(id: str, body: dict, sink: SinkConfig) -> EmailMessage:
    """An alert as a letter."""
    letter = EmailMessage()
    letter["From"], letter["To"] = sink.sender, ", ".join(sink.to)
    letter["Subject"] = " ".join(f"[{body['severity']}, {body['state']}] {body['sentence']}".split())
    letter["Date"] = format_datetime(dt.datetime.fromtimestamp(wall_s(), dt.UTC))
    letter["Message-ID"], letter["X-Surveil-Id"] = f"<{id}@{sink.sender.rpartition('@')[2]}>", id
    facts = {key: value for key, value in body.items() if key not in ("sentence", "change")}
    letter.set_content("\n".join([body["sentence"], "", *(f"{key}: {value}" for key, value in facts.items())]))
    return letter


def cursor_on_target(body: dict, stale_s: int, now_s: float | None = None) -> bytes | None:
    """An event of version 2.0 (MITRE MTR 04W0000054), None of an alert without a place. ``uid`` is the alert's.

    A surface contact of unknown side (``a-u-S``); one whose alert has ended is stale at once.
    """
    if body["lon"] is None:
        return None
    now_s = wall_s() if now_s is None else now_s
    lasts_s = 0 if body["state"] in ENDED else stale_s
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


KINDS = {
    "webhook": webhook, "mqtt": mqtt, "nats": nats, "geojson": geojson, "smtp": smtp,
    "cot-tcp": by_tcp(as_cot), "cot-udp": by_udp(as_cot), "aivdm-tcp": by_tcp(as_aivdm),
    "aivdm-udp": by_udp(as_aivdm), "ttm-tcp": by_tcp(as_ttm), "ttm-udp": by_udp(as_ttm),
}  # fmt: skip
