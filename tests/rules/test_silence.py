"""A silence is withdrawn when a report that was sent in it comes after all, too late for the picture."""

import numpy as np
import pytest

from surveil.config import Config
from surveil.engine import Engine, Hooks
from surveil.rules.examples import T0_MS
from surveil.rules.silence import Silence
from surveil.schema import Batch
from surveil.tracks.table import SMALL_NO, SMALL_YES

QUIET = 235_123_456
SENT_S, CAME_S = 1500, 2700


def feed(sent_s: int | None):
    """The rule's own example of a vessel silent from its 20th minute on, with one more report that comes late."""
    rows = next(example for example in Silence.examples() if example.fires).positions
    if sent_s is None:
        return rows
    of = rows.take(rows.mmsi == QUIET)
    late = of.take(np.array([len(of) - 1])).replace(
        t_ms=np.array([T0_MS + sent_s * 1000]), digest=np.array([1], np.uint64)
    )
    at = int(np.searchsorted(rows.t_ms, T0_MS + CAME_S * 1000))
    before, after = rows.take(slice(0, at)), rows.take(slice(at, None))
    log = type(rows).concat([before, late, after])
    return log.replace(seq=np.arange(1, len(log) + 1))


class Around:
    """As much of a view as the question takes: what it is, and how likely reception explains it."""

    def __init__(self, small: int, p: float, interval_s: float):
        self.small, self.interval_s = np.array([small]), np.array([interval_s])
        self._p = p

    def silence(self, _rows):
        return self

    def p_reception(self, off_per_hour):
        self.off_per_hour = float(off_per_hour[0])
        return np.array([self._p])


@pytest.mark.parametrize(
    ("small", "p", "seen", "interval_s", "explained"),
    [
        (SMALL_NO, 0.8, 30, 30.0, True),
        (SMALL_YES, 0.8, 9, 30.0, True),
        (SMALL_YES, 0.8, 10, 180.0, False),
        (SMALL_YES, 0.8, 10, 181.0, True),
        (SMALL_YES, 0.96, 30, 30.0, True),
        (SMALL_NO, 0.4, 3, 30.0, False),
        (SMALL_NO, np.nan, 3, np.nan, False),
    ],
)
def test_of_a_small_craft_well_heard_among_many_less_evidence_is_asked(small, p, seen, interval_s, explained):
    rule, around = Silence(Silence.Params()), Around(small, p, interval_s)
    assert bool(rule._explained(around, np.array([0]), np.array([seen]))[0]) is explained
    assert around.off_per_hour == (0.05 if small == SMALL_YES else 0.001)


def told(rows, areas, cuts=()) -> list:
    seen = []
    engine = Engine(Config(), areas, hooks=Hooks(alert=seen.append))
    for part in np.split(np.arange(len(rows)), list(cuts)):
        engine.push(Batch.build(positions=rows.take(part)))
    engine.close()
    return [alert for alert in seen if alert.rule == "silence" and alert.mmsi == QUIET]


def test_a_report_sent_in_the_silence_retracts_it_once_though_it_came_late(areas):
    changes = told(feed(SENT_S), areas)
    assert [alert.history[-1].event for alert in changes] == ["open", "retract"]
    assert changes[-1].history[-1].why == "it was not silent: a report of 22:25 UTC came late"
    assert abs(changes[-1].history[-1].t_ms - (T0_MS + CAME_S * 1000)) <= 40_000  # by event time: 10 s late, every 30 s


@pytest.mark.parametrize("sent_s", [None, 600])
def test_without_one_or_with_one_of_before_it_stands(areas, sent_s):
    assert "retract" not in [alert.history[-1].event for alert in told(feed(sent_s), areas)]


@pytest.mark.parametrize("step", [1, 3, 50])
def test_it_is_told_the_same_however_rows_are_cut(areas, step):
    rows = feed(SENT_S)
    whole = [alert.to_json() for alert in told(rows, areas)]
    assert [alert.to_json() for alert in told(rows, areas, range(1, len(rows), step))] == whole
