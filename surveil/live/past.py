"""Pictures of the past: one a minute of event time, in SQLite, the oldest deleted by age and size."""

from __future__ import annotations

import io
import sqlite3
import threading
from pathlib import Path

import numpy as np
import zstandard

from surveil.alert import Alert
from surveil.live.picture import Targets
from surveil.live.settings import LiveConfig
from surveil.schema import MISSING_TIME

_EVERY_MS = 60_000
_SHARE = 0.1
"""Of ``keep_gb``; the rest is the raw log's (assumed)."""


class Past:
    """Any thread may read; one writes."""

    def __init__(self, path: Path, settings: LiveConfig):
        self.settings = settings
        self._lock, self._last_ms = threading.Lock(), MISSING_TIME
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # a picture may be lost with the power, an alert may not
        self._db.execute("CREATE TABLE IF NOT EXISTS pictures (t_ms INTEGER PRIMARY KEY, body BLOB NOT NULL)")

    def keep(self, t_ms: int, targets: Targets) -> None:
        """Keep the picture of a tick, if that of its minute is not kept yet."""
        if t_ms // _EVERY_MS == self._last_ms // _EVERY_MS:
            return
        body = io.BytesIO()
        np.savez(body, **{name: getattr(targets, name) for name in Targets.DTYPES if name != "version"})
        packed = zstandard.ZstdCompressor(1).compress(body.getvalue())
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO pictures VALUES (?,?)", (t_ms, packed))
            self._last_ms = t_ms
            self._forget(t_ms)

    def _forget(self, t_ms: int) -> None:
        settings = self.settings
        if settings.keep_days:
            self._db.execute("DELETE FROM pictures WHERE t_ms < ?", (t_ms - settings.keep_days * 86_400_000,))
        pages, size, free = (self._db.execute(f"PRAGMA {p}").fetchone()[0]
                             for p in ("page_count", "page_size", "freelist_count"))  # fmt: skip
        if settings.keep_gb and (pages - free) * size > settings.keep_gb * _SHARE * 1e9:
            self._db.execute("DELETE FROM pictures WHERE t_ms IN (SELECT t_ms FROM pictures ORDER BY t_ms LIMIT 60)")

    def span_ms(self) -> tuple[int, int] | None:
        """Times of the first and the last picture kept."""
        with self._lock:
            first, last = self._db.execute("SELECT min(t_ms), max(t_ms) FROM pictures").fetchone()
        return None if first is None else (first, last)

    def at(self, t_ms: int) -> tuple[int, Targets] | None:
        """The last picture at or before a time, with its own."""
        with self._lock:
            row = self._db.execute(
                "SELECT t_ms, body FROM pictures WHERE t_ms <= ? ORDER BY t_ms DESC LIMIT 1", (t_ms,)
            ).fetchone()
        if row is None:
            return None
        with np.load(io.BytesIO(zstandard.ZstdDecompressor().decompress(row[1])), allow_pickle=False) as arrays:
            return row[0], Targets.build(**dict(arrays))

    @staticmethod
    def alerts_at(alerts: list[Alert], t_ms: int) -> dict[str, Alert]:
        """Alerts that had been raised by then and had not ended, in the state of then."""
        return {a.id: then for a in alerts if (then := a.as_of(t_ms)) is not None and not then.ended}

    def close(self) -> None:
        with self._lock:
            self._db.close()
