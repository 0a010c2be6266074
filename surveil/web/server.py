"""The console's server: one page, its API, its WebSocket. No request of it leaves the machine."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.websockets import WebSocket, WebSocketDisconnect

from surveil.config import Config
from surveil.forecast.cloud import Water
from surveil.live.service import Watch
from surveil.web import api
from surveil.web.access import Access, Viewer
from surveil.web.accounts import Accounts
from surveil.web.guard import LOOPBACK, Guard
from surveil.web.hub import Hub
from surveil.web.layers import map_of
from surveil.web.metrics import metrics_of
from surveil.web.settings import Address, web_of
from surveil.web.texts import texts_in
from surveil.words import LANGUAGES

_STATIC = Path(__file__).resolve().parent / "static"
_VENDOR = Path(__file__).resolve().parent.parent / "report" / "static" / "vendor"
"""The map library travels once in the wheel, for this page and the report's."""
_MEDIA = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
_STALE_MS = 5000
"""A picture that is older is not healthy: what the page says in red."""


def app(
    watch: Watch, config: Config, *, address: Address = Address("127.0.0.1", 8080), accounts: Accounts | None = None
) -> FastAPI:
    """The application of a watch.

    Parameters
    ----------
    watch : started.
    address : what it will listen on; other than loopback, everyone must log in.
    accounts : by default those in the watch's folder.

    Raises
    ------
    ConfigError : a setting is wrong. StoreError : the accounts cannot be used.
    """
    settings = web_of(config)
    accounts = accounts or Accounts(watch.data / "accounts.sqlite", watch.clock.now_ms)
    hub = Hub(watch, settings.broadcast_ms, settings.max_pages)

    @asynccontextmanager
    async def lifespan(_app: FastAPI):
        hub.begin()
        yield
        await hub.end()
        accounts.close()

    made = FastAPI(title="surveil", version="1", lifespan=lifespan, docs_url=None, redoc_url=None,
                   openapi_url="/api/openapi.json", description="The watch's picture, alerts and acts.")  # fmt: skip
    made.state.watch, made.state.hub, made.state.map = watch, hub, map_of(watch.areas)
    made.state.water = Water.of(config.conditions)
    made.state.access = Access(accounts, settings, watch.clock.now_ms, open=address.loopback and not accounts.names())
    made.include_router(api.router)
    _add_pages(made)
    _add_machines(made)
    _add_socket(made)
    hosts = (*LOOPBACK, *settings.hosts) if address.loopback else settings.hosts
    made.add_middleware(Guard, hosts=hosts, max_body=settings.max_body_kb * 1000)
    return made


def _add_pages(made: FastAPI) -> None:
    files = {f"vendor/{p.name}": p for p in _VENDOR.glob("*.mjs")} | {
        p.name: p for p in _STATIC.iterdir() if p.is_file()
    }
    bodies = {name: path.read_bytes() for name, path in files.items()}
    tags = {name: f'"{hashlib.sha256(body).hexdigest()[:20]}"' for name, body in bodies.items()}

    def served(request: Request, name: str) -> Response:
        if name not in bodies:
            return Response("there is nothing here", 404, media_type="text/plain")
        headers = {"etag": tags[name], "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tags[name]:
            return Response(status_code=304, headers=headers)
        return Response(bodies[name], media_type=_MEDIA[Path(name).suffix], headers=headers)

    @made.get("/", include_in_schema=False)
    def page(request: Request) -> Response:
        return served(request, "index.html")

    @made.get("/words/{lang}", include_in_schema=False)
    def words(lang: str) -> Response:
        """What the page says, which it asks for before anyone has logged in."""
        return JSONResponse(texts_in(lang)) if lang in LANGUAGES else Response("there is nothing here", 404)

    @made.get("/static/{name:path}", include_in_schema=False)
    def static(request: Request, name: str) -> Response:
        return served(request, name)


def _add_machines(made: FastAPI) -> None:
    watch, metrics = made.state.watch, metrics_of(made.state.watch, made.state.hub)

    @made.get("/healthz", include_in_schema=False)
    def healthz() -> Response:
        """Whether the watch is making pictures; says nothing else to those who have not logged in."""
        fresh = watch.clock.now_ms() - watch.snapshot().received_ms < _STALE_MS and watch.failure is None
        return Response("ok" if fresh else "the picture is stale", 200 if fresh else 503, media_type="text/plain")

    @made.get("/metrics", include_in_schema=False)
    def metrics_page(who: Viewer) -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_socket(made: FastAPI) -> None:
    @made.websocket("/ws")
    async def ws(socket: WebSocket) -> None:
        """The picture, then what changes; nothing is read but its end. The session must last all along."""
        access, hub = made.state.access, made.state.hub
        if access.who(socket) is None:
            return await socket.close(1008, "log in")
        await socket.accept()
        async with anyio.create_task_group() as group:
            group.start_soon(_until_left, socket, group.cancel_scope)
            await _send_all(socket, hub, access)
            group.cancel_scope.cancel()


async def _send_all(socket: WebSocket, hub: Hub, access: Access) -> None:
    try:
        async for message in hub.messages():
            if access.who(socket) is None:
                return await socket.close(1008, "the session is over")
            await socket.send_text(message)
        await socket.close(1013, "too many pages are open")
    except (WebSocketDisconnect, RuntimeError, OSError):
        return


async def _until_left(socket: WebSocket, scope: anyio.CancelScope) -> None:
    """A page says nothing; one that does, or leaves, is done with."""
    await socket.receive()
    scope.cancel()
