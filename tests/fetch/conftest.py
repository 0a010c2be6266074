"""A web server that lays files out as the archives do, and can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import http.server
import re
import threading
from dataclasses import dataclass, field

import pytest


@dataclass
class Site:
    """``files`` by path. ``cut_at``: close the connection after so many bytes of an answer, ``cuts`` times."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    cut_at: int = 0
    cuts: int = 0
    ranges: bool = True
    etag: bool = True
    say_size: int | None = None
    say_digest: dict[str, str] = field(default_factory=dict)
    status: dict[str, list[int]] = field(default_factory=dict)
    base: str = ""
    sent: int = 0

    def url(self, path: str) -> str:
        return self.base + path

    def ranges_asked(self) -> list[str]:
        return [said for method, _, said in self.asked if method == "GET"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, body: bool):
        site: Site = self.server.site
        site.asked.append((self.command, self.path, self.headers.get("Range", "")))
        content, forced = site.files.get(self.path), site.status.get(self.path)
        status = forced.pop(0) if forced else 200 if content is not None else 404
        if status != 200:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        etag = f'"{hashlib.sha1(content).hexdigest()}"'
        span = re.match(r"bytes=(\d+)-(\d*)$", self.headers.get("Range", "")) if site.ranges else None
        if span and self.headers.get("If-Range", etag) == etag:
            start, end = int(span[1]), int(span[2] or len(content) - 1) + 1
            if start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
            part = content[start:end]
        else:
            self.send_response(200)
            part = content
        self.send_header("Content-Length", str(site.say_size or len(part)))
        if site.etag:
            self.send_header("ETag", etag)
        for name, value in site.say_digest.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self._send(site, part)

    def _send(self, site: Site, part: bytes):
        if site.cuts and len(part) > site.cut_at:
            site.cuts -= 1
            part = part[: site.cut_at]
            self.close_connection = True
        self.wfile.write(part)
        site.sent += len(part)
        if site.say_size:
            self.close_connection = True


@pytest.fixture
def site(monkeypatch):
    """A running server."""
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.site = Site(base=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.site
    server.shutdown()
    server.server_close()


def b64(name: str, content: bytes) -> str:
    return base64.b64encode(hashlib.new(name, content).digest()).decode()
