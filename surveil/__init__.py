"""Maritime surveillance for the Dover Strait: AIS to tracks, alerts with reasons, and a map."""

from importlib import import_module

__version__ = "0.1.0"

_LATER = {"open_archive": "surveil.archive.reading"}
"""Names imported when first used, so that importing the package costs nothing."""


def __getattr__(name: str):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
