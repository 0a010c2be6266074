"""AIS sentences to columns and back, for use from Python.

:func:`decode` and, for its batches, :func:`to_arrow` and :func:`to_geopandas`; :func:`decode_one` and, for a log,
:func:`decode_each`; :func:`encode`.

What they need is imported when they are first asked for, so that ``import surveil.decode`` costs nothing.
"""

from __future__ import annotations

__all__ = ["TimeOptions", "decode", "decode_each", "decode_one", "encode", "to_arrow", "to_geopandas"]


def __getattr__(name: str):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from surveil.decode import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
