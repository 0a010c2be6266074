"""Columns that leave for Arrow come back as they were."""

import numpy as np
import pytest

from surveil.schema import KIND_CLASSES


def filled(cls):
    """Two rows: one with a value in every column, one with all missing but its time."""
    columns = {name: [b"SIM" if dtype.startswith("S") else 7, cls.missing(name)] for name, dtype in cls.DTYPES.items()}
    return cls.build(**{**columns, "t_ms": [1_773_525_600_123, 1_773_525_600_124]})


@pytest.mark.parametrize("cls", KIND_CLASSES.values())
def test_arrow_and_back_changes_nothing(cls):
    rows = filled(cls)
    back = cls.from_arrow(rows.to_arrow())
    for name in cls.DTYPES:
        np.testing.assert_array_equal(getattr(back, name), getattr(rows, name), err_msg=name)
        assert getattr(back, name).dtype == getattr(rows, name).dtype


@pytest.mark.parametrize("cls", KIND_CLASSES.values())
def test_what_is_missing_is_null_in_arrow(cls):
    table = filled(cls).to_arrow()
    for name, dtype in cls.DTYPES.items():
        if np.dtype(dtype).kind in "fS":
            assert table.column(name).to_pylist()[1] is None, name


def test_a_column_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="speed"):
        KIND_CLASSES["positions"].build(t_ms=[1], speed=[2])
