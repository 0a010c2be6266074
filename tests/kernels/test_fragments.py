"""Joining in the kernel, against the plain joiner."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.decode.fragments import MAX_AGE_MS, Fragments
from surveil.decode.syntax import Sentence
from surveil.decode.times import Stamp
from surveil.kernels import fragments as kernel
from surveil.kernels.stamps import NO_TIME

NOTHING = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty((0, 10), np.bool_))

part = st.integers(2, 4).flatmap(
    lambda total: st.tuples(
        st.integers(0, 2), st.just(total), st.integers(1, total),
        st.sampled_from([NO_TIME, 0, 1, 59_000, 60_001, 61_000, 200_000]), st.booleans(),
    )
)  # fmt: skip


def _plain(parts):
    """(lines, first line, time) of the messages completed, and lines of those given up."""
    joiner, done, orphans = Fragments(), [], []
    for line, (key, total, number, t_ms, own) in enumerate(parts):
        sentence = Sentence(b"AI", total, number, b"", b"", b"0", 0, b"", b"")
        stamp = Stamp(None if t_ms == NO_TIME else t_ms, "", own)
        message, given_up = joiner.add(sentence, (key, total), stamp, (line + 1, b""), True)
        orphans += [[n for n, _ in m.lines] for m in given_up]
        if message is not None:
            done.append(([n for n, _ in message.lines], message.first_line, message.stamp.t_ms))
    return done, orphans


@settings(max_examples=500)
@given(st.lists(part, min_size=1, max_size=25))
def test_messages_and_orphans_are_those_of_the_plain_joiner(parts):
    key, total, number, t_ms, own = (np.array(c) for c in zip(*parts, strict=True))
    status, last, stamp, first, part_of, by_number = kernel.join(
        10 * key + total, total, number, t_ms, own, *NOTHING, MAX_AGE_MS, 4096
    )
    done, orphans = _plain(parts)
    lines = [(np.flatnonzero(part_of == m) + 1).tolist() for m in range(len(status))]
    whole = sorted(np.flatnonzero(status == kernel.COMPLETE), key=lambda m: last[m])
    assert [(lines[m], first[m] + 1, t_ms[stamp[m]]) for m in whole] == [
        (a, b, NO_TIME if t is None else t) for a, b, t in done
    ]
    assert sorted(lines[m] for m in np.flatnonzero(status == kernel.GIVEN_UP)) == sorted(orphans)
    for m in whole:
        numbered = by_number[m][by_number[m] != kernel.NONE]
        assert number[numbered].tolist() == list(range(1, total[numbered[0]] + 1))


def test_too_many_waiting_gives_up_the_first():
    n = 5
    key = np.arange(n)
    ones = np.ones(n, np.int64)
    status, last, *_ = kernel.join(key, 2 * ones, ones, 0 * ones, ones == 1, *NOTHING, MAX_AGE_MS, 3)
    assert status.tolist() == [kernel.GIVEN_UP, kernel.GIVEN_UP, 0, 0, 0] and last[:2].tolist() == [3, 4]
