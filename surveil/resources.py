"""Where `geodata/` and `configs/` are: inside an installed wheel, or at the top of a checkout."""

from __future__ import annotations

import os
from pathlib import Path

from surveil.errors import SurveilError

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Path of a file shipped with the project, e.g. ``resource("geodata", "tss.geojson")``."""
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise SurveilError("this file should have come with surveil; reinstall it", source="/".join(parts))


def shared_folder() -> Path | None:
    """Folder of real recordings for tests and benchmarks: ``$SURVEIL_SHARED``, else ``../shared``."""
    named = os.environ.get("SURVEIL_SHARED")
    path = Path(named) if named else _PACKAGE.parent.parent / "shared"
    return path if (path / "data").is_dir() else None
