"""One file with everything a watch needs to go on: the engine's arrays and, as JSON, the place in the inflow."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from surveil.errors import StoreError
from surveil.files import replaced_file

_NOTES = "live"


class Checkpoint:
    """Written whole in place of the one before, or not at all."""

    def __init__(self, path: Path):
        self.path = path

    def save(self, state: dict) -> None:
        """``engine`` are arrays; the rest is what JSON can carry.

        Raises
        ------
        OSError : it cannot be written; the one before stays.
        """
        notes = json.dumps({key: value for key, value in state.items() if key != "engine"})
        with replaced_file(self.path) as file:
            np.savez(file, **state["engine"], **{_NOTES: np.array(notes)})

    def load(self, trouble: dict[str, str]) -> dict | None:
        """The state, None if there is none; one that cannot be read is told of in ``trouble``."""
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                found = dict(arrays)
            return {"engine": found, **json.loads(str(found.pop(_NOTES)))}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            cause = StoreError(f"is no checkpoint, the raw log is read instead: {error}", source=str(self.path))
            trouble["checkpoint"] = str(cause)
            return None
