"""The raw log: what every feed delivered, as it came, with the time it came; written before all else.

A folder of files ``00000001.rawlog.zst``, each one zstd frame of a line ``MAGIC`` and records. A record is a header
(:data:`_HEADER`: kind, feed, time of reception in UTC ms, cursor, length) and so many bytes. Every pass of the watch
ends a zstd block and hands it to the system, so that a killed process leaves whole records; what a power cut leaves of
a block is cut off by readers, and counted. A new run begins a new file.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import zstandard

from surveil.errors import InputError
from surveil.live.settings import LiveConfig
from surveil.sources.opening import Member

MAGIC = b"surveil raw log 1\n"
ENDING = ".rawlog.zst"
HEAD, FEED, DATA, BEAT, GAP, ACT = range(6)
"""Kinds: what feeds there are, by their numbers; one more; bytes of one; only the time; one was lost and comes anew;
what a person did. HEAD, FEED and ACT carry JSON."""
_HEADER = struct.Struct("<BHqqI")
_LEVEL = 3


class Record(NamedTuple):
    """``cursor`` is where a feed that can be asked again has come to; 0 for others."""

    kind: int
    feed: int
    t_ms: int
    payload: bytes = b""
    cursor: int = 0

    def packed(self) -> bytes:
        return _HEADER.pack(self.kind, self.feed, self.t_ms, self.cursor, len(self.payload)) + self.payload

    def json(self):
        return json.loads(self.payload)


def note(kind: int, t_ms: int, value, feed: int = 0) -> Record:
    """A record with JSON in it."""
    return Record(kind, feed, t_ms, json.dumps(value, sort_keys=True).encode())


@dataclass(order=True, frozen=True)
class Place:
    """Right behind a record: the number of its file, and how many unpacked bytes of that are before."""

    file: int = 0
    at: int = 0


def files_of(folder: Path) -> list[tuple[int, Path]]:
    """Files of a raw log with their numbers, in order."""
    return sorted((int(p.name[: -len(ENDING)]), p) for p in Path(folder).glob(f"*{ENDING}") if p.name[0].isdigit())


def is_raw_log(path: Path) -> bool:
    """Whether a folder is one, or has one in it as a watch's does."""
    return path.is_dir() and bool(files_of(path) or files_of(path / "raw"))


def read(folder: Path, since: Place | None = None, torn: list[str] | None = None) -> Iterator[tuple[Place, Record]]:
    """Records with the place behind each, after a place. Of a torn end ``torn`` is told."""
    since = since or Place()
    for number, path in files_of(folder):
        if number >= since.file:
            for at, record in _records(path, [] if torn is None else torn):
                if (place := Place(number, at)) > since:
                    yield place, record


def _records(path: Path, torn: list[str]) -> Iterator[tuple[int, Record]]:
    troubles: list[InputError] = []
    held, at, begun = b"", 0, False
    for chunk in Member(path).chunks(troubles.append):
        held += chunk
        if not begun:
            if not held.startswith(MAGIC):
                break
            held, at, begun = held[len(MAGIC) :], len(MAGIC), True
        used = 0
        while used + _HEADER.size <= len(held):
            kind, feed, t_ms, cursor, length = _HEADER.unpack_from(held, used)
            end = used + _HEADER.size + length
            if end > len(held):
                break
            yield at + end, Record(kind, feed, t_ms, held[used + _HEADER.size : end], cursor)
            used = end
        held, at = held[used:], at + used
    if held:
        torn.append(f"{path.name}: {len(held)} bytes of a record that was never finished")


class Writer:
    """Appends to a raw log. ``trouble`` says in words that it cannot be written, or is empty.

    While there is no room it holds up to ``hold_mb`` in memory and tries again at each :meth:`flush`; what is beyond is
    counted in ``lost_bytes``.
    """

    def __init__(self, folder: Path, settings: LiveConfig):
        self.folder, self.settings = Path(folder), settings
        self.folder.mkdir(parents=True, exist_ok=True)
        self.trouble, self.lost_bytes, self.written_bytes, self.deleted_files = "", 0, 0, 0
        self._fd: int | None = None
        self._number = max((number for number, _ in files_of(self.folder)), default=0)
        self._at, self._begun_ms, self._synced_ms = 0, 0, 0
        self._fresh, self._pending = bytearray(), bytearray()

    @property
    def place(self) -> Place:
        """Behind the last record appended."""
        return Place(self._number, self._at)

    @property
    def safe(self) -> bool:
        """Whether everything appended has been handed to the system."""
        return not self._fresh and not self._pending

    def begin(self, t_ms: int, feeds: list[list[str]]) -> None:
        """The next file. ``feeds`` are (name, content) of each, by their numbers."""
        self._close_file()
        self._number, self._begun_ms, self._at = self._number + 1, t_ms, 0
        self._packer = zstandard.ZstdCompressor(_LEVEL).compressobj()
        self._add(MAGIC)
        self.append(note(HEAD, t_ms, {"feeds": feeds}))

    def is_full(self, t_ms: int) -> bool:
        """Whether the next file is due; never while this one cannot be written."""
        full = self._at >= self.settings.rotate_mb * 1e6 or t_ms - self._begun_ms >= self.settings.rotate_s * 1000
        return full and self.safe

    def append(self, record: Record) -> bool:
        """Take a record; False if it could not be held, and is lost to the log."""
        packed = record.packed()
        if self.trouble and len(self._pending) + len(self._fresh) > self.settings.hold_mb * 1e6:
            self.lost_bytes += len(packed)
            return False
        self._add(packed)
        return True

    def _add(self, data: bytes) -> None:
        self._fresh += data
        self._at += len(data)

    def flush(self, t_ms: int) -> bool:
        """Hand everything to the system; False if it could not be, and is held."""
        if self._fresh:
            self._pending += self._packer.compress(bytes(self._fresh))
            self._pending += self._packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            self._fresh = bytearray()
        self._write()
        if self.safe and t_ms - self._synced_ms >= self.settings.sync_s * 1000:
            self._sync(t_ms)
        return self.safe

    def _write(self) -> None:
        try:
            if self._fd is None:
                path = self.folder / f"{self._number:08d}{ENDING}"
                self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            while self._pending:
                done = os.write(self._fd, self._pending)
                del self._pending[:done]
                self.written_bytes += done
        except OSError as error:
            held = len(self._pending) / 1e6
            self.trouble = f"THE RAW LOG CANNOT BE WRITTEN ({error.strerror}): {held:.1f} MB are in memory alone"
            return
        self.trouble = ""

    def _sync(self, t_ms: int) -> None:
        self._synced_ms = t_ms
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            self.trouble = f"THE RAW LOG CANNOT BE WRITTEN ({error.strerror})"

    def _close_file(self) -> None:
        if self._fd is None:
            return
        self._pending += self._packer.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)
        self._write()
        os.close(self._fd)
        self._fd, self._pending = None, bytearray()

    def close(self) -> None:
        """End the file, as well as the disk allows."""
        self.flush(self._synced_ms)
        self._close_file()

    def forget_old(self, now_ms: int) -> None:
        """Delete the oldest files, by age and by the size of all; never the one that is written."""
        settings = self.settings
        files = [(p, p.stat()) for number, p in files_of(self.folder) if number < self._number]
        size = sum(stat.st_size for _, stat in files)
        for path, stat in files:
            old = settings.keep_days and now_ms / 1000 - stat.st_mtime > settings.keep_days * 86400
            if not old and not (settings.keep_gb and size > settings.keep_gb * 1e9):
                break
            path.unlink(missing_ok=True)
            size, self.deleted_files = size - stat.st_size, self.deleted_files + 1
