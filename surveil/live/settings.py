"""Settings of a watch: sections [live], [feeds.NAME] and [sinks.NAME], checked when a watch is to start."""

from __future__ import annotations

import math
from dataclasses import dataclass

from surveil.alert import SEVERITIES
from surveil.config import Config, param

STREAMS = ("tcp", "tcp-server", "serial", "tail")
FEED_TYPES = (*STREAMS, "udp", "mqtt", "nats", "websocket", "http")
SINK_TYPES = (
    "webhook", "mqtt", "nats", "cot-tcp", "cot-udp", "aivdm-tcp", "aivdm-udp", "ttm-tcp", "ttm-udp", "geojson", "smtp",
)  # fmt: skip
TLS = ("starttls", "tls", "none")
CONTENTS = ("ais", "targets", "asterix", "aisstream")


@dataclass(frozen=True)
class LiveConfig:
    """The watch itself."""

    checkpoint_s: int = param(60, "s", "assumed: what a restart has to read again takes a second or two", 1, 86400)
    heartbeat_s: float = param(1.0, "s", "assumed: time goes on in the log when nothing is heard", 0.1, 60)
    gather_ms: int = param(20, "ms", "assumed: what comes within it is written and decoded at once", 0, 1000)
    picture_ms: int = param(50, "ms", "assumed: the picture changes no more often", 10, 5000)
    sync_s: float = param(1.0, "s", "assumed: a power cut loses no more; a killed process loses nothing", 0, 3600)
    rotate_mb: float = param(64.0, "MB", "assumed: a file of the raw log, before it is packed", 0.01, 10_000)
    rotate_s: int = param(3600, "s", "assumed: a file of the raw log holds no more", 10, 86400)
    keep_days: float = param(14.0, "days", "assumed: raw log and past pictures older than that are deleted", 0, 10_000)
    keep_gb: float = param(20.0, "GB", "assumed: and the oldest beyond that size; 0 keeps all, of either", 0, 100_000)
    hold_mb: float = param(64.0, "MB", "assumed: of raw log held in memory while the disk is full", 1, 10_000)
    ahead_s: float = param(60.0, "s", "assumed: a report stamped so long after its reception is wrong", 1, 86400)
    quiet_s: float = param(900.0, "s", "assumed: heartbeats move no time that the feeds are farther behind", 1, 86400)
    ended_h: float = param(24.0, "h", "assumed: alerts that ended stay on the list for two watches", 0, 10_000)


@dataclass(frozen=True)
class FeedConfig:
    """One feed. ``type`` says how it comes, ``content`` what it carries; of the others each type asks its own."""

    type: str = param("", "", f"how it comes: {', '.join(FEED_TYPES)}")
    content: str = param("ais", "", f"what it carries: {', '.join(CONTENTS)}; targets are TTM and TLL")
    host: str = param("127.0.0.1", "", "to connect to, or the address to listen on")
    port: int = param(0, "", "of the host", 0, 65535)
    device: str = param("", "", "serial: the device, as /dev/ttyUSB0")
    baud: int = param(38400, "baud", "serial: IEC 61162-2, the speed of AIS", 300, 4_000_000)
    path: str = param("", "", "tail: the file; http: the path to post to")
    url: str = param("", "", "nats and websocket: the address")
    topic: str = param("", "", "mqtt: topic; nats: subject")
    stream: str = param("", "", "nats: the JetStream stream, each message once; without it, plain NATS")
    subscribe: str = param("", "", "websocket: what to send first; ${NAME} is taken from the environment")
    user: str = param("", "", "mqtt and nats: name to log in with")
    password_env: str = param("", "", "mqtt, nats, http: environment variable that has the password or token")
    group: str = param("", "", "udp: multicast group to join")
    quiet_s: float = param(60.0, "s", "assumed: silent for longer, it is connected anew; 0 waits for ever", 0, 86400)
    max_kb_s: float = param(4000.0, "kB/s", "assumed: six times all the world's AIS; more waits, by UDP it is dropped",
                            1, 10**6)  # fmt: skip


@dataclass(frozen=True)
class SinkConfig:
    """Where alerts go."""

    type: str = param("", "", f"how they go: {', '.join(SINK_TYPES)}")
    url: str = param("", "", "webhook and nats: the address")
    host: str = param("127.0.0.1", "", "mqtt, cot, aivdm, ttm, smtp: where to")
    port: int = param(0, "", "of the host", 0, 65535)
    topic: str = param("surveil/alerts", "", "mqtt: topic; nats: subject")
    user: str = param("", "", "to log in with")
    secret_env: str = param("", "", "environment variable with the key of the signature, or the password")
    min_severity: str = param(SEVERITIES[-1], "", f"alerts less severe stay here: {', '.join(SEVERITIES)}")
    stale_s: int = param(600, "s", "cot: assumed, how long a receiver shows it without news", 1, 86400)
    lang: str = param("en", "", "language of the sentences")
    path: str = param("", "", "geojson: the file, replaced at each change")
    mmsi: int = param(0, "", "aivdm: of the station in whose name safety texts go", 0, 999_999_999)
    lon: float = param(math.nan, "degrees", "ttm: where distance and bearing are from", -180, 180)
    lat: float = param(math.nan, "degrees", "ttm: where distance and bearing are from", -90, 90)
    sender: str = param("", "", "smtp: the address that mail is from")
    to: tuple[str, ...] = param((), "", "smtp: the addresses that mail goes to")
    tls: str = param("starttls", "", "smtp: starttls, tls (port 465 as a rule) or none, for a server on this machine")


def live_of(config: Config) -> LiveConfig:
    """The section [live].

    Raises
    ------
    ConfigError : naming file, line and key.
    """
    return config.section("live", config.live, LiveConfig)


def feeds_of(config: Config) -> dict[str, FeedConfig]:
    """Feeds by name, in the order of the file.

    Raises
    ------
    ConfigError : naming file, line and key.
    """
    choices = {"type": FEED_TYPES, "content": CONTENTS}
    return _sections(config, "feed", config.feeds, FeedConfig, choices, _ASKED)


def sinks_of(config: Config) -> dict[str, SinkConfig]:
    """Sinks by name, in the order of the file.

    Raises
    ------
    ConfigError : naming file, line and key.
    """
    choices = {"type": SINK_TYPES, "min_severity": SEVERITIES, "tls": TLS}
    return _sections(config, "sink", config.sinks, SinkConfig, choices, _SINKS_ASK)


def _sections(config: Config, kind: str, tables: dict, cls: type, choices: dict, asked: dict) -> dict:
    """The sections of a kind by name; keys with a choice have one of its values, and what a type asks for is there."""
    found = {name: config.section(f"{kind}s.{name}", table, cls) for name, table in tables.items()}
    for name, section in found.items():
        where = f"{kind}s.{name}"
        for key, allowed in choices.items():
            if (value := getattr(section, key)) not in allowed:
                raise config.error(where, key, f"{value!r} is none of {', '.join(allowed)}")
        for key in asked[section.type]:
            if _missing(getattr(section, key)):
                raise config.error(where, key, f"a {section.type} {kind} needs it")
    return found


def _missing(value) -> bool:
    return math.isnan(value) if isinstance(value, float) else not value


_SINKS_ASK = {
    "webhook": ("url",), "mqtt": ("host", "topic"), "nats": ("url", "topic"), "cot-tcp": ("host", "port"),
    "cot-udp": ("host", "port"), "aivdm-tcp": ("host", "port", "mmsi"), "aivdm-udp": ("host", "port", "mmsi"),
    "ttm-tcp": ("host", "port", "lon", "lat"), "ttm-udp": ("host", "port", "lon", "lat"), "geojson": ("path",),
    "smtp": ("host", "sender", "to"),
}  # fmt: skip
_ASKED = {
    "tcp": ("host", "port"), "tcp-server": ("port",), "udp": ("port",), "serial": ("device",), "mqtt": ("topic",),
    "nats": ("url", "topic"), "websocket": ("url",), "http": ("port",), "tail": ("path",),
}  # fmt: skip
