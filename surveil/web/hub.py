"""Pages that are open: each has a short queue; one that does not keep up gets the picture anew, and holds nobody up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from surveil.live.picture import Snapshot
from surveil.live.service import Watch
from surveil.web import wire

_QUEUE = 20
"""Messages that wait for a page (assumed: two seconds' worth); then it is slow."""


class Page:
    """One open page. ``messages`` are texts; None in their place says: the picture anew."""

    def __init__(self):
        self.queue: asyncio.Queue[str | None] = asyncio.Queue(_QUEUE)

    def put(self, message: str) -> bool:
        """Hand on; False if the page was slow and has been set to begin anew."""
        if not self.queue.full():
            self.queue.put_nowait(message)
            return True
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)
        return False


class Hub:
    """Takes snapshots from the watch's thread and tells all pages what changed, encoded once.

    ``begin`` and ``end`` are called in the server's loop.
    """

    def __init__(self, watch: Watch, every_ms: int, max_pages: int):
        self._watch, self._every_s, self._max = watch, every_ms / 1000, max_pages
        self._told = watch.snapshot()
        self._pages: set[Page] = set()
        self._fresh = asyncio.Event()
        self._whole: tuple[int, str] = (-1, "")
        self.counters = {"messages": 0, "bytes": 0, "slow_pages": 0, "pages_refused": 0}

    @property
    def pages(self) -> int:
        """How many are open."""
        return len(self._pages)

    def begin(self) -> None:
        """Listen to the watch from now on."""
        loop = asyncio.get_running_loop()

        def tell(_snapshot: Snapshot) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._fresh.set)

        self._leave = self._watch.subscribe(tell)
        self._task = loop.create_task(self._run())

    async def end(self) -> None:
        """Listen no more."""
        self._leave()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            begun_s = loop.time()
            self._broadcast(self._watch.snapshot())
            await asyncio.sleep(begun_s + self._every_s - loop.time())

    def _broadcast(self, now: Snapshot) -> None:
        if now.version == self._told.version:
            return
        before, self._told = self._told, now
        if not self._pages:
            return
        message = wire.text(wire.delta(before, now))
        for page in self._pages:
            self.counters["slow_pages"] += not page.put(message)
        self.counters["messages"] += len(self._pages)
        self.counters["bytes"] += len(message) * len(self._pages)

    async def messages(self) -> AsyncIterator[str]:
        """What one page is to be sent, for ever; nothing if too many are open."""
        if len(self._pages) >= self._max:
            self.counters["pages_refused"] += 1
            return
        page = Page()
        self._pages.add(page)
        try:
            yield self._anew()
            while True:
                message = await page.queue.get()
                yield self._anew() if message is None else message
        finally:
            self._pages.discard(page)

    def _anew(self) -> str:
        """The whole picture, encoded once for all pages that begin with it."""
        if self._whole[0] != self._told.version:
            self._whole = (self._told.version, wire.text(wire.whole(self._told)))
        return self._whole[1]
