"""A file on a server read here and there, as a zip of a whole month is for one of its days.

Blocks that were read stay in a sparse file on disk, so a further try goes on where one broke off.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np

from surveil.errors import InputError
from surveil.fetch.download import Progress, store
from surveil.fetch.web import BrokenOff, Patience, answered, content_range, length, validator
from surveil.files import replace_file

BLOCK = 1 << 22
"""Bytes asked for at a time (assumed: far above a request's overhead, a second on a slow line)."""


class RemoteFile(io.RawIOBase):
    """A seekable, readable file over HTTP Range requests.

    Parameters
    ----------
    store_path : where its blocks are kept, with a note beside it.
    progress : told of bytes brought in this run; the number needed is not known.
    block : bytes of a request, BLOCK if 0.

    Raises
    ------
    InputError : no network, or the server does not give parts of files.
    """

    def __init__(
        self, url: str, store_path: Path, patience: Patience, progress: Progress = lambda got, size: None,
        block: int = 0,
    ):  # fmt: skip
        super().__init__()
        self.url, self.path, self.patience, self.progress, self.block = (
            url,
            store_path,
            patience,
            progress,
            block or BLOCK,
        )
        self.brought = 0
        self._at = 0
        self.size, self._validator = patience.persist(url, self._ask)
        self._have = self._kept_blocks()

    def _ask(self) -> tuple[int, str]:
        with answered(self.url, {}, self.patience.timeout_s, "HEAD") as answer:
            size = length(answer.headers)
            if size is None:
                raise InputError("the server does not say how long it is", source=self.url)
            return size, validator(answer.headers)

    @property
    def _note_path(self) -> Path:
        return Path(f"{self.path}.json")

    def _note(self) -> dict:
        return {"url": self.url, "size": self.size, "validator": self._validator, "block": self.block}

    def _kept_blocks(self) -> np.ndarray:
        """bool[n], which blocks are on disk already; none if the file has changed since."""
        try:
            note = json.loads(self._note_path.read_text("utf-8"))
            have = np.array([c == "1" for c in note.pop("have")])
            if note == self._note() and self._validator and self.path.exists():
                return have
        except (OSError, ValueError, KeyError, TypeError):
            pass
        store(self.path, lambda: self.path.write_bytes(b""))
        return np.zeros(-(-self.size // self.block), bool)

    def _bring(self, n: int) -> None:
        a, b = n * self.block, min(self.size, (n + 1) * self.block)
        content = self.patience.persist(self.url, lambda: self._span(a, b))
        store(self.path, lambda: self._keep(a, content))
        self._have[n] = True
        note = {**self._note(), "have": "".join("01"[int(h)] for h in self._have)}
        store(self.path, lambda: replace_file(self._note_path, json.dumps(note).encode()))
        self.brought += len(content)
        self.progress(self.brought, None)

    def _span(self, a: int, b: int) -> bytes:
        headers = {"Range": f"bytes={a}-{b - 1}"} | ({"If-Range": self._validator} if self._validator else {})
        with answered(self.url, headers, self.patience.timeout_s) as answer:
            if content_range(answer) != (a, self.size):
                raise InputError("the server gives no parts of it, or it has changed meanwhile", source=self.url)
            content = answer.read(b - a)
        if len(content) != b - a:
            raise BrokenOff(f"cut off after {len(content):,} of {b - a:,} bytes")
        return content

    def _keep(self, at: int, content: bytes) -> None:
        with open(self.path, "r+b") as file:
            file.seek(at)
            file.write(content)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence])
        return self._at

    def readinto(self, buffer) -> int:
        n = self._at // self.block
        wanted = min(len(buffer), self.size - self._at, (n + 1) * self.block - self._at)
        if wanted <= 0:
            return 0
        if not self._have[n]:
            self._bring(n)
        with open(self.path, "rb") as file:
            file.seek(self._at)
            got = file.readinto(memoryview(buffer)[:wanted])
        self._at += got
        return got
