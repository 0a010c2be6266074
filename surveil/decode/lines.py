"""Bytes to lines, however the bytes are cut."""

from __future__ import annotations

MAX_LINE = 4096
"""What is beyond this many bytes of a line is not looked at. A sentence has 82, a tag block some 200."""


class LineSplitter:
    """Bytes to whole lines, however the bytes are cut. Memory is bounded by MAX_LINE."""

    def __init__(self):
        self.partial = b""
        self.after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        if self.after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self.after_cr = False
        lines = (self.partial + chunk).splitlines()
        if chunk.endswith((b"\n", b"\r")):
            self.partial, self.after_cr = b"", chunk.endswith(b"\r")
        elif lines:
            self.partial = lines.pop()[:MAX_LINE]
        return [line[:MAX_LINE] for line in lines]

    def close(self) -> list[bytes]:
        rest, self.partial, self.after_cr = self.partial, b"", False
        return [rest] if rest else []

    def state(self) -> dict:
        return {"partial": self.partial.decode("latin-1"), "after_cr": self.after_cr}

    def restore(self, state: dict) -> None:
        self.partial, self.after_cr = state["partial"].encode("latin-1"), state["after_cr"]
