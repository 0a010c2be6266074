"""The console beside a watch, in a thread of its own."""

from __future__ import annotations

import socket
import threading

import uvicorn

from surveil.config import Config
from surveil.errors import ConfigError, StoreError
from surveil.live.service import Watch
from surveil.web.accounts import Accounts
from surveil.web.server import app
from surveil.web.settings import Address

_BACKLOG = 100
"""Connections that may wait (assumed)."""


class Console:
    """Serves a watch that has been started, from :meth:`start` to :meth:`close`.

    Raises
    ------
    StoreError : nobody could log in at an address that others reach, or the address is taken.
    """

    def __init__(self, watch: Watch, config: Config, address: Address):
        accounts = Accounts(watch.data / "accounts.sqlite", watch.clock.now_ms)
        if not address.loopback and not accounts.names():
            raise ConfigError(
                f"{address.host} can be reached by others, and there is no account yet; make one with `surveil "
                "accounts add NAME --role admin --data FOLDER`, or listen on 127.0.0.1"
            )
        self._socket = _bound(address)
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        made = app(watch, config, address=address, accounts=accounts)
        settings = uvicorn.Config(
            made, log_level="warning", access_log=False, ws="websockets-sansio", ws_max_size=4096, ws_ping_interval=20,
            ws_per_message_deflate=False,  # each page would have its own: with 20, most of the console's time
            timeout_keep_alive=20, limit_concurrency=400, server_header=False, proxy_headers=False,
            h11_max_incomplete_event_size=65536, timeout_graceful_shutdown=2,
        )  # fmt: skip
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="surveil-web", daemon=True
        )

    def __enter__(self) -> Console:
        self.start()
        return self

    def __exit__(self, *_exc) -> None:
        self.close()

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()


def _bound(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((address.host, address.port))
        made.listen(_BACKLOG)  # who comes before the server is up waits for it
    except OSError as error:
        made.close()
        raise StoreError(f"cannot listen there: {error.strerror}", source=f"{address.host}:{address.port}") from None
    return made
