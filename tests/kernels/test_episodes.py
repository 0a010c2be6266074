"""Episodes in one pass agree with the plainest telling of the rule, a row at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveil.kernels.episodes import step

SLOTS, GRACE_MS, NONE = 4, 25, np.iinfo(np.int64).min
TICKS = st.lists(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=SLOTS, max_size=SLOTS), max_size=12)


def plainly(history):
    """(since, key) of each slot after each tick, None outside an episode."""
    episodes, told = {}, []
    for tick, rows in enumerate(history):
        t_ms = 10 * (tick + 1)
        for slot, (holds, key) in enumerate(rows):
            since, seen, about = episodes.get(slot, (None, None, None))
            if since is not None and (t_ms - seen > GRACE_MS or (holds and about != key)):
                episodes.pop(slot)
            if holds:
                since, _, about = episodes.get(slot, (t_ms, t_ms, key))
                episodes[slot] = since, t_ms, about
        told.append([episodes.get(slot) for slot in range(SLOTS)])
    return told


@given(TICKS)
def test_an_episode_begins_goes_on_and_ends_as_told(history):
    dtypes = ("i8", "i8", "i4", "i2", "i8", "i8", "f8", "f8")
    state = tuple(np.full(SLOTS, NONE if dtype == "i8" else 0, dtype) for dtype in dtypes)
    slots = np.arange(SLOTS)
    for tick, (rows, expected) in enumerate(zip(history, plainly(history), strict=True)):
        holds, about = np.array([h for h, _ in rows]), np.array([k for _, k in rows])
        n = slots + 100 * (tick + 1)
        given_rows = (n.astype(np.int16), n, n, n.astype(float), n.astype(float))
        going = step(10 * (tick + 1), GRACE_MS, slots, holds, about, *given_rows, *state)
        assert going.tolist() == [each is not None for each in expected]
        for slot, each in enumerate(expected):
            if each is not None:
                began = slot + 10 * each[0]  # the row of the tick at which it began
                assert [int(column[slot]) for column in state] == [*each, began, began, began, began, began]
