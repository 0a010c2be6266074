"""What stands before every request: whose name it asks for, where it comes from, how long it is; and the headers."""

from __future__ import annotations

from urllib.parse import urlsplit

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _CSP, "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin", "permissions-policy": "geolocation=(), camera=(), microphone=()",
}  # fmt: skip
"""OWASP Secure Headers; HSTS is for the proxy that has the certificate."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names of this machine to itself."""


class Guard:
    """ASGI middleware.

    Parameters
    ----------
    hosts : names that requests may be for, so that no other site's name leads here (DNS rebinding); an empty tuple
        allows all.
    max_body : bytes of a request.
    """

    def __init__(self, app, hosts: tuple[str, ...], max_body: int):
        self.app, self.hosts, self.max_body = app, hosts, max_body

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        why = self._refused(scope["type"], headers)
        if why and scope["type"] == "websocket":
            await receive()
            return await send({"type": "websocket.close", "code": 1008, "reason": why[1]})
        if why:
            return await _answer(send, *why)
        if scope["type"] == "websocket":
            return await self.app(scope, receive, send)
        await self._http(scope, receive, send)

    def _refused(self, kind: str, headers: dict[bytes, str]) -> tuple[int, str] | None:
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if self.hosts and urlsplit(f"//{host}").hostname not in self.hosts:
            return 421, "this name is not served here"
        if (origin is not None and urlsplit(origin).netloc != host) or (origin is None and kind == "websocket"):
            return 403, "from another site"
        length = headers.get(b"content-length", "0")
        if not length.isdecimal() or int(length) > self.max_body:
            return 413, "too long"
        return None

    async def _http(self, scope, receive, send):
        body = await _read(receive, self.max_body)
        if body is None:
            return await _answer(send, 413, "too long")
        await self.app(scope, _again(body, receive), _headed(send))


async def _read(receive, most: int) -> bytes | None:
    """A whole body, or None if it is too long, whatever its header said."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > most:
            return None
    return b"".join(parts)


def _again(body: bytes, receive):
    """A receive that gives the body, then what comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def given():
        return waiting.pop() if waiting else await receive()

    return given


def _headed(send):
    async def headed(message):
        if message["type"] == "http.response.start":
            there = {name for name, _ in message["headers"]}
            more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in there]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return headed


async def _answer(send, status: int, text: str) -> None:
    headers = [(k.encode(), v.encode()) for k, v in HEADERS.items()]
    await send({"type": "http.response.start", "status": status,
                "headers": [(b"content-type", b"text/plain; charset=utf-8"), *headers]})  # fmt: skip
    await send({"type": "http.response.body", "body": text.encode()})
