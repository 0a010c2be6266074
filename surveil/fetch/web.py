"""Asking a server over HTTP, with patience, in words that say what went wrong.

With the standard library: what fetching needs beyond a plain GET (Range, If-Range, digests) no HTTP client does for its
caller, and urllib brings redirects, proxies and the system's certificates.
"""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from surveil.errors import ConfigError, InputError

T = TypeVar("T")

_GONE = (403, 404, 410)
"""S3 answers 403 for what is not there to those who may not list (Danish archive)."""
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)$")


class MissingError(InputError):
    """The server has no such file."""


class BrokenOff(Exception):
    """Something that a further try may mend."""


class Unsatisfiable(BrokenOff):
    """The server has no bytes where they were asked for: the file has another size than before."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server to say anything, and how often to go on after a break."""

    timeout_s: float = 60.0
    tries: int = 5
    pause_s: float = 1.0

    def persist(self, url: str, attempt: Callable[[], T], hint: Callable[[], str] = lambda: "") -> T:
        """What an attempt gives, after as many as it takes.

        Raises
        ------
        InputError : it broke off every time; ``hint`` says what is left of it.
        """
        cause = ""
        for n in range(self.tries):
            try:
                return attempt()
            except BrokenOff as broken:
                cause = str(broken)
            if n + 1 < self.tries:
                time.sleep(self.pause_s * (n + 1))
        raise InputError(f"{cause}; gave up after {self.tries} tries{hint()}", source=url)


@contextmanager
def answered(url: str, headers: dict[str, str], timeout_s: float, method: str = "GET"):
    """The server's answer to a request, 200 or 206.

    Raises
    ------
    BrokenOff : worth another try. MissingError : not there. InputError : refused, or no network.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError("is no http or https address", source=url)
    headers = {"Accept-Encoding": "identity", "User-Agent": "surveil", **headers}
    try:
        request = urllib.request.Request(url, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        raise _refusal(url, error) from None
    except urllib.error.URLError as error:
        raise _unreachable(url, error.reason) from None
    except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise BrokenOff(f"the connection broke ({error or type(error).__name__})") from None


def content_range(answer) -> tuple[int, int] | None:
    """(first byte, size of the whole) of a 206."""
    span = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
    return (int(span[1]), int(span[2])) if answer.status == 206 and span and span[1] else None


def validator(headers) -> str:
    """What proves that a file is still the same one: a strong ETag, else Last-Modified."""
    etag = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def length(headers) -> int | None:
    """Content-Length, if the server says it."""
    said = headers.get("Content-Length", "")
    return int(said) if said.isdigit() else None


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    said = f"{error.code} {error.reason}"
    if error.code in _GONE:
        return MissingError(f"is not there ({said})", source=url)
    if error.code == 416:
        return Unsatisfiable("the file has another size than before")
    if error.code in _PASSING:
        return BrokenOff(f"the server says {said}")
    return InputError(f"the server says {said}", source=url)


def _unreachable(url: str, reason) -> Exception:
    if isinstance(reason, TimeoutError | ConnectionResetError | BrokenPipeError):
        return BrokenOff("no answer in time" if isinstance(reason, TimeoutError) else "the connection broke")
    said = getattr(reason, "strerror", None) or reason
    return InputError(f"no connection to {urlsplit(url).hostname} ({said}); fetch needs the network", source=url)
