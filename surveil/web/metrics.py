"""/metrics, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from surveil.live.service import Watch
from surveil.schema import MISSING_TIME
from surveil.web.hub import Hub

_STATES = ("connecting", "up", "waiting", "down", "failed")
_OF_A_FEED = ("bytes", "lines", "decoded", "refused", "connects", "gaps", "dropped_bytes")


class Collector:
    """Reads the snapshot of the moment when it is asked."""

    def __init__(self, watch: Watch, hub: Hub):
        self._watch, self._hub = watch, hub

    def collect(self) -> Iterator:
        now = self._watch.snapshot()
        yield _gauge("targets", "Targets in the picture.", len(now.targets))
        yield _gauge("picture_age_seconds", "Since the picture was made.", self._age_s(now.received_ms))
        if now.t_ms != MISSING_TIME:
            yield _gauge(
                "event_lag_seconds", "How far event time is behind this machine's.", (now.received_ms - now.t_ms) / 1e3
            )
        yield _gauge("troubles", "Troubles told to people.", len(now.troubles))
        yield _gauge("pages", "Pages open.", self._hub.pages)
        yield _labelled(
            GaugeMetricFamily, "alerts", "Alerts by state.", "state", _count(a.state for a in now.alerts.values())
        )
        yield _labelled(CounterMetricFamily, "engine_seconds", "Seconds by stage.", "stage", now.timings)
        yield _labelled(CounterMetricFamily, "events", "Counted by the watch.", "what", now.counters)
        yield _labelled(CounterMetricFamily, "console", "Counted by the console.", "what", self._hub.counters)
        yield from self._feeds(now)

    def _age_s(self, received_ms: int) -> float:
        return (self._watch.clock.now_ms() - received_ms) / 1e3

    def _feeds(self, now) -> Iterator:
        for name in _OF_A_FEED:
            values = {feed.name: getattr(feed, name) for feed in now.feeds}
            yield _labelled(CounterMetricFamily, f"feed_{name}", f"{name} of a feed.", "feed", values)
        state = GaugeMetricFamily("surveil_feed_state", "1 for the state a feed is in.", labels=["feed", "state"])
        for feed in now.feeds:
            for each in _STATES:
                state.add_metric([feed.name, each], float(feed.state == each))
        yield state


def _count(values) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"surveil_{name}", says, value=value)


def _labelled(family, name: str, says: str, label: str, values: dict):
    made = family(f"surveil_{name}", says, labels=[label])
    for key, value in values.items():
        made.add_metric([key], value)
    return made


def metrics_of(watch: Watch, hub: Hub):
    """A function that gives the page."""
    registry = CollectorRegistry()
    registry.register(Collector(watch, hub))
    return lambda: generate_latest(registry)
