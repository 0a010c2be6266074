"""What would stop a watch, found before it starts."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from surveil.areas import load_areas
from surveil.config import Config
from surveil.errors import SurveilError
from surveil.live.settings import FeedConfig, feeds_of, live_of, sinks_of
from surveil.registry import make_rules

_PACKAGES = {"mqtt": "paho.mqtt", "nats": "nats", "websocket": "websockets", "serial": "serial"}
_TRY_S = 3.0
_HEADROOM = 1.2
"""Of free room over what may be kept, for all that is not the raw log (assumed)."""


@dataclass(frozen=True)
class Check:
    """``verdict`` is ok, warn or BAD."""

    verdict: str
    what: str
    says: str


def checks(config: Config, data: Path) -> list[Check]:
    """All of them, in the order of the way of the data."""
    return [*_settings(config), *_places(), *_feeds(config), *_sensors(config), *_disk(config, data)]


def _settings(config: Config) -> Iterator[Check]:
    for what, read in (("live", live_of), ("feeds", feeds_of), ("sinks", sinks_of), ("rules", make_rules)):
        try:
            found = read(config)
        except SurveilError as error:
            yield Check("BAD", what, str(error))
        else:
            n = f"{len(found)} set" if hasattr(found, "__len__") else "as set"
            yield Check("warn" if what == "feeds" and not found else "ok", what, n)


def _places() -> Iterator[Check]:
    try:
        areas = load_areas()
    except SurveilError as error:
        yield Check("BAD", "geodata", str(error))
    else:
        yield Check("ok", "geodata", f"{len(areas.features)} areas, {len(areas.places)} places")


def _feeds(config: Config) -> Iterator[Check]:
    try:
        feeds = feeds_of(config)
    except SurveilError:
        return  # told already
    for name, feed in feeds.items():
        package = _PACKAGES.get(feed.type)
        if package and importlib.util.find_spec(package.partition(".")[0]) is None:
            yield Check("BAD", f"feed {name}", f"needs the package {package}")
            continue
        if feed.password_env and not os.environ.get(feed.password_env):
            yield Check("BAD", f"feed {name}", f"environment variable {feed.password_env} is not set")
        try:
            yield Check("ok", f"feed {name}", _reach(feed))
        except OSError as error:
            yield Check("warn", f"feed {name}", f"not there now, it would be tried again: {error}")


def _reach(feed: FeedConfig) -> str:
    """What there is of a feed, without taking anything from it."""
    if feed.type in ("tcp", "mqtt"):
        socket.create_connection((feed.host, feed.port or 1883), _TRY_S).close()
        return f"{feed.host} answers"
    if feed.type in ("tcp-server", "http"):
        socket.create_server((feed.host, feed.port)).close()
        return f"port {feed.port} is free"
    if feed.type == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            listener.bind((feed.host, feed.port))
        return f"port {feed.port} is free"
    if feed.type in ("tail", "serial"):
        path = feed.path or feed.device
        os.stat(path)
        if not os.access(path, os.R_OK):
            raise PermissionError(f"not allowed to read {path}")
        return f"{path} is there"
    return f"{feed.url}, not tried"


def _sensors(config: Config) -> Iterator[Check]:
    try:
        plotted = [name for name, feed in feeds_of(config).items() if feed.content in ("targets", "asterix")]
    except SurveilError:
        return
    for name in plotted:
        if name not in config.sensors and not any(s.sac >= 0 for s in config.sensors.values()):
            yield Check("warn", f"feed {name}", f"no section [sensors.{name}]: its plots would be of no known sensor")


def _disk(config: Config, data: Path) -> Iterator[Check]:
    try:
        settings = live_of(config)
        data.mkdir(parents=True, exist_ok=True)
        probe = data / ".probe"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()
    except (OSError, SurveilError) as error:
        yield Check("BAD", f"folder {data}", str(error))
        return
    free, asked = shutil.disk_usage(data).free / 1e9, settings.keep_gb * _HEADROOM
    used = sum(p.stat().st_size for p in data.rglob("*") if p.is_file()) / 1e9
    short = settings.keep_gb and free + used < asked
    yield Check("warn" if short else "ok", f"folder {data}", f"{free:.1f} GB free, up to {asked:.1f} GB may be kept")
