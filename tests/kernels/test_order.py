"""The order kernels against their slow, obvious twins."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveil.kernels import order

NONE = np.iinfo(np.int64).min


def admit_twin(times, lateness, leap, confirmations):
    """Row by row, with lists."""
    verdicts, by, held, run_max = [], [], [], None
    for t in times:
        if run_max is not None and t > run_max + leap:
            held.append(t)
            if len(held) == confirmations:
                run_max = held[0]
                for h in held:
                    verdicts.append(order.LATE if h < run_max - lateness else order.ADMITTED)
                    by.append(run_max)
                    run_max = max(run_max, h)
                held = []
            continue
        verdicts += [order.TIME_JUMP] * len(held)
        by += [None] * len(held) + [run_max]
        held = []
        if run_max is not None and t < run_max - lateness:
            verdicts.append(order.LATE)
        else:
            verdicts.append(order.ADMITTED)
            run_max = t if run_max is None else max(run_max, t)
    return verdicts + [order.HELD] * len(held), by + [None] * len(held), run_max


def first_heard_twin(rows, window):
    kept, first = {}, []
    for t, digest in rows:
        again = digest in kept and t - kept[digest] <= window
        first.append(not again)
        if not again:
            kept[digest] = t
    return first


times = st.lists(st.integers(0, 60) | st.integers(500, 560), max_size=40)


@given(times, st.integers(0, 20), st.integers(1, 4))
def test_admission_agrees_with_its_twin(t, lateness, confirmations):
    verdict, by, run_max = order.admit(np.array(t, np.int64), NONE, lateness, 100, confirmations)
    expected, expected_by, expected_max = admit_twin(t, lateness, 100, confirmations)
    assert verdict.tolist() == expected
    assert by.tolist() == [NONE if b is None else b for b in expected_by]
    assert run_max == (NONE if expected_max is None else expected_max)


@given(times, st.integers(0, 20), st.data())
def test_admission_does_not_depend_on_the_cut(t, lateness, data):
    whole, whole_by, whole_max = order.admit(np.array(t, np.int64), NONE, lateness, 100, 3)
    cut = data.draw(st.integers(0, len(t)))
    first, first_by, run_max = order.admit(np.array(t[:cut], np.int64), NONE, lateness, 100, 3)
    held = int((first == order.HELD).sum())
    second, second_by, run_max = order.admit(np.array(t[cut - held :], np.int64), run_max, lateness, 100, 3)
    assert [*first[: cut - held].tolist(), *second.tolist()] == whole.tolist()
    assert [*first_by[: cut - held].tolist(), *second_by.tolist()] == whole_by.tolist()
    assert run_max == whole_max


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6)), max_size=60), st.integers(0, 20))
def test_first_hearing_agrees_with_its_twin(rows, window):
    rows = sorted(rows)
    t = np.array([r[0] for r in rows], np.int64)
    digest = np.array([r[1] * 2**40 for r in rows], np.uint64)
    size = 1 << max(4, int(2 * len(rows)).bit_length())
    first = order.first_heard(t, digest, window, np.zeros(size, np.uint64), np.full(size, NONE))
    assert first.tolist() == first_heard_twin(rows, window)
