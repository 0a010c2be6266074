"""Settings of the console: section [web], checked when it is to be served."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from surveil.config import Config, param
from surveil.errors import ConfigError


@dataclass(frozen=True)
class WebConfig:
    """Who may, for how long and how much."""

    session_h: float = param(12.0, "h", "assumed: one watch; after that one logs in again", 0.01, 720)
    login_tries: int = param(
        5, "tries", "assumed: wrong passwords of a name or an address, after which it waits", 1, 100
    )
    login_wait_s: int = param(300, "s", "assumed: so long it waits", 1, 86400)
    max_body_kb: int = param(64, "kB", "assumed: no action is longer", 1, 10_000)
    max_pages: int = param(100, "pages", "assumed: open at once", 1, 10_000)
    broadcast_ms: int = param(50, "ms", "assumed: pages are told no more often", 20, 5000)
    hosts: tuple[str, ...] = param((), "", "names under which the console is reached, as behind a proxy")
    plain_cookies: bool = param(False, "", "sessions also without TLS, where the network itself is trusted")


def web_of(config: Config) -> WebConfig:
    """The section [web].

    Raises
    ------
    ConfigError : naming file, line and key.
    """
    return config.section("web", config.web, WebConfig)


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback


def address_of(text: str) -> Address:
    """An address as ``127.0.0.1:8080``, ``[::1]:8080`` or ``localhost:8080``; port 0 is any free one.

    Raises
    ------
    ConfigError : it is none.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        if host != "localhost":
            ipaddress.ip_address(host)
        if not 0 <= int(port) <= 65535:
            raise ValueError
    except ValueError:
        raise ConfigError(f"{text!r} is no address to listen on; write it as 127.0.0.1:8080") from None
    return Address(host, int(port))
