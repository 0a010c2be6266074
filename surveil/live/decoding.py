"""Records of a raw log to batches: the same rows in the same order, whether the log is being written or read again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

from surveil.config import Config
from surveil.decode.capture import Datagram
from surveil.decode.fast import FastDecoder
from surveil.decode.plots import PlotDecoder
from surveil.decode.targets import TargetDecoder
from surveil.decode.times import TimeOptions
from surveil.ledger import Ledger
from surveil.live.rawlog import BEAT, DATA, FEED, GAP, HEAD, Record
from surveil.live.settings import LiveConfig
from surveil.schema import KIND_CLASSES, KINDS, MISSING_SENSOR, MISSING_TIME, Batch, Plots
from surveil.sources.jsonfiles import AISSTREAM, JsonDecoder
from surveil.sources.plotsource import Sensors

LULL_MS = 30_000
"""A heartbeat vouches for time up to so long before it: feeds that lag less lose nothing by it (assumed)."""


class _Rows:
    """One feed of AIS, as sentences or JSON. A sentence without a time of its own has that of its reception."""

    def __init__(self, decoder: FastDecoder | JsonDecoder, ahead_ms: int):
        self.decoder, self.ahead_ms = decoder, ahead_ms

    def feed(self, record: Record) -> Batch:
        self.decoder.options = dataclasses.replace(self.decoder.options, not_after_ms=record.t_ms + self.ahead_ms)
        if isinstance(self.decoder, FastDecoder):
            self.decoder.clock.hear_tag(record.t_ms)
        return self.decoder.feed(record.payload)

    def gap(self) -> Batch:
        """What was cut off must not be joined to what comes."""
        return self.decoder.feed(b"\n")

    def state(self) -> dict:
        return self.decoder.state()

    def restore(self, state: dict) -> None:
        self.decoder.restore(state)


class _Plots:
    """One feed of plots; ``sensor`` is that of all its rows, MISSING_SENSOR where they say themselves."""

    def __init__(self, decoder: TargetDecoder | PlotDecoder, source: int, sensor: int, whole: bool):
        self.decoder, self.source, self.sensor, self.whole = decoder, source, sensor, whole

    def feed(self, record: Record) -> Batch:
        if self.whole:
            return self._batch(self.decoder.datagrams([Datagram(record.t_ms, record.payload)]))
        self.decoder.hear(record.t_ms)
        return self._batch(self.decoder.feed(record.payload))

    def gap(self) -> Batch:
        rest = self.decoder.close()
        return self._batch(Plots.empty() if rest is None else rest)

    def _batch(self, plots: Plots) -> Batch:
        sensor = plots.sensor if self.sensor == MISSING_SENSOR else np.full(len(plots), self.sensor, np.int16)
        return Batch.build(plots=plots.replace(sensor=sensor, source=np.full(len(plots), self.source, np.int16)))

    def state(self) -> dict:
        return self.decoder.state()

    def restore(self, state: dict) -> None:
        self.decoder.restore(state)


class LogDecoder:
    """All feeds of a raw log. Feeds are known by the log itself, in the order in which it names them.

    ``ledger`` accounts for each; ``heard_ms`` is by feed the latest time in its rows.
    """

    def __init__(self, config: Config, settings: LiveConfig, ledger: Ledger):
        self.ledger, self.settings, self.sensors = ledger, settings, Sensors.of(config)
        self.heard_ms: list[int] = []
        self.feeds: list[list[str]] = []
        self.places: list[int] = []
        """Index of each feed in the ledger."""
        self._decoders: list[_Rows | _Plots] = []
        self._rows, self._latest_ms = 0, MISSING_TIME

    def decode(self, records: Iterable[Record]) -> Iterator[Batch]:
        """Batches of many records, one up to each heartbeat: rows before it are judged before it."""
        parts: list[Batch] = []
        for record in records:
            if record.kind == DATA:
                parts.append(self._numbered(record.feed, self._decoders[record.feed].feed(record)))
            elif record.kind == GAP:
                parts.append(self._numbered(record.feed, self._decoders[record.feed].gap()))
            elif record.kind == FEED:
                self.add(*record.json())
            elif record.kind == HEAD:
                for feed in record.json()["feeds"][len(self.feeds) :]:
                    self.add(*feed)
            elif record.kind == BEAT and (beat_ms := self._beat(record.t_ms)) != MISSING_TIME:
                yield dataclasses.replace(joined(parts), heartbeat_ms=beat_ms)
                parts = []
        if any(map(len, parts)):
            yield joined(parts)

    def add(self, name: str, content: str) -> int:
        """A feed more; its number."""
        place = self.ledger.add_source(name, f"live, {content.replace('+', ', ')}")
        self.feeds.append([name, content])
        self.places.append(place)
        self.heard_ms.append(MISSING_TIME)
        self._decoders.append(self._decoder(place, name, content))
        return len(self.feeds) - 1

    def _decoder(self, place: int, name: str, content: str) -> _Rows | _Plots:
        kind, _, datagrams = content.partition("+")
        ahead_ms = round(self.settings.ahead_s * 1000)
        if kind == "ais":
            return _Rows(FastDecoder(place, self.ledger, TimeOptions()), ahead_ms)
        if kind == "aisstream":
            return _Rows(JsonDecoder(place, self.ledger, AISSTREAM, TimeOptions()), ahead_ms)
        of = TargetDecoder if kind == "targets" else PlotDecoder
        decoder = of(self.ledger, place, self.sensors.naming(), 0)
        return _Plots(decoder, place, self.sensors.index(name), kind == "asterix" and bool(datagrams))

    def _numbered(self, feed: int, batch: Batch) -> Batch:
        """The batch with its places in the order of arrival of all feeds."""
        if not len(batch):
            return batch
        at = np.concatenate([at for _, _, at in batch.parts()])
        ordinal = np.empty(len(at), np.int64)
        ordinal[np.argsort(at, kind="stable")] = np.arange(self._rows, self._rows + len(at))
        self._rows += len(at)
        latest_ms = max(int(rows.t_ms.max(initial=MISSING_TIME)) for _, rows, _ in batch.parts())
        self.heard_ms[feed] = max(self.heard_ms[feed], latest_ms)
        self._latest_ms = max(self._latest_ms, latest_ms)
        places = np.split(ordinal, np.cumsum([len(rows) for _, rows, _ in batch.parts()])[:-1])
        return dataclasses.replace(batch, **{f"{kind}_at": p for kind, p in zip(KINDS, places, strict=True)})

    def _beat(self, t_ms: int) -> int:
        """The time that a heartbeat vouches for; none where feeds are recordings, whose time is another."""
        if self._latest_ms == MISSING_TIME or abs(t_ms - self._latest_ms) > self.settings.quiet_s * 1000:
            return MISSING_TIME
        beat_ms = t_ms - LULL_MS
        if beat_ms <= self._latest_ms:
            return MISSING_TIME
        self._latest_ms = beat_ms
        return beat_ms

    def state(self) -> dict:
        """All that :meth:`restore` needs, as JSON can carry it."""
        return {
            "feeds": self.feeds, "heard_ms": self.heard_ms, "rows": self._rows, "latest_ms": self._latest_ms,
            "decoders": [decoder.state() for decoder in self._decoders], "ledger": self.ledger.state(),
            "places": self.places,
        }  # fmt: skip

    def restore(self, state: dict) -> None:
        """Inverse of :meth:`state`, of a decoder that has decoded nothing."""
        for name, content in state["feeds"]:
            self.add(name, content)
        self.ledger.restore(state["ledger"])
        self.heard_ms, self._rows, self._latest_ms = state["heard_ms"], state["rows"], state["latest_ms"]
        for decoder, saved in zip(self._decoders, state["decoders"], strict=True):
            decoder.restore(saved)


def joined(parts: list[Batch]) -> Batch:
    """Batches one after the other as one."""
    found = {}
    for kind in KINDS:
        found[kind] = KIND_CLASSES[kind].concat([getattr(part, kind) for part in parts])
        at = [getattr(part, f"{kind}_at") for part in parts]
        found[f"{kind}_at"] = np.concatenate([np.empty(0, np.int64), *at])
    return Batch(**found)
