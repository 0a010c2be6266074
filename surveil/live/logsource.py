"""A watch's raw log as a source for `surveil replay`: the same rows in the same order, and what people did."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from surveil.alerts.acts import Act
from surveil.config import Config
from surveil.decode.lines import LineSplitter
from surveil.errors import InputError
from surveil.ledger import Ledger
from surveil.live.decoding import LogDecoder
from surveil.live.rawlog import ACT, DATA, FEED, GAP, HEAD, Record, files_of, is_raw_log, read
from surveil.live.settings import live_of
from surveil.schema import Batch
from surveil.sources.recognise import RAW_LOG

__all__ = ["RawLogSource", "is_raw_log"]
_SECTION = 4096


class RawLogSource:
    """All feeds of one log; each is a source of its own in the ledger. ``path`` is the log, or a folder with ``raw``.

    A replay of nothing else says what the watch said, under the same settings.
    """

    format = RAW_LOG

    def __init__(self, path: Path, config: Config, ledger: Ledger):
        self.path, self.config, self.ledger = path if files_of(path) else path / "raw", config, ledger
        self.name, self.index, self.read_bytes = str(path), len(ledger.sources), 0
        self.size_bytes = sum(file.stat().st_size for _, file in files_of(self.path))

    def batches(self) -> Iterator[Batch]:
        """All rows. A torn end becomes a problem in the ledger, and costs nothing else."""
        torn: list[str] = []
        yield from self._batches(self.ledger, torn)
        self.read_bytes = self.size_bytes
        for cause in torn:
            self.ledger.problem(InputError(cause, source=self.name))

    def glance(self) -> Iterator[Batch]:
        """The same again, counted nowhere."""
        return self._batches(Ledger(), [])

    def _batches(self, ledger: Ledger, torn: list[str]) -> Iterator[Batch]:
        decoder = LogDecoder(self.config, live_of(self.config), ledger)
        records = (record for _, record in read(self.path, torn=torn))
        while section := list(itertools.islice(records, _SECTION)):
            yield from decoder.decode(section)

    def peek_ms(self) -> int | None:
        """Time of the first row, None if there is none."""
        for batch in self.glance():
            for _, rows, at in batch.parts():
                if len(rows) and at.min() == 0:
                    return int(rows.t_ms[at.argmin()])
        return None

    def acts(self) -> list[Act]:
        """What people did, each once, in the order in which it was done."""
        records = (record for _, record in read(self.path) if record.kind == ACT)
        return list(dict.fromkeys(Act(**record.json()) for record in records))

    def lines_of(self, wanted: dict[int, Iterable[int]]) -> dict[int, dict[int, bytes]]:
        """Raw lines by source and number, of feeds that are lines."""
        feeds: list[str] = []
        splitters: dict[int, LineSplitter] = {}
        count: dict[int, int] = {}
        found: dict[int, dict[int, bytes]] = {}
        sought = {source: set(numbers) for source, numbers in wanted.items()}
        for _, record in read(self.path):
            for content in _contents(record, len(feeds)):
                feeds.append(content)
            if record.kind not in (DATA, GAP) or feeds[record.feed].startswith("asterix"):
                continue
            source = self.index + record.feed
            splitter = splitters.setdefault(source, LineSplitter())
            for line in splitter.feed(record.payload if record.kind == DATA else b"\n"):
                count[source] = count.get(source, 0) + 1
                if count[source] in sought.get(source, ()):
                    found.setdefault(source, {})[count[source]] = line
        return found


def _contents(record: Record, known: int) -> list[str]:
    """What feeds carry that a record names."""
    if record.kind == HEAD:
        return [content for _, content in record.json()["feeds"][known:]]
    return [record.json()[1]] if record.kind == FEED else []
