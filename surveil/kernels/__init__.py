"""Numba kernels: pure functions over arrays. Compiled on first use and cached beside the code.

Where neither that folder nor the user's cache folder can be written, the cache goes to a temporary one.
"""

import os
import tempfile
from pathlib import Path


def _can_write(folder: Path) -> bool:
    """Whether a file can be made in a folder, or in the nearest one above it that exists."""
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)


def _cache_somewhere() -> None:
    user_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    beside = Path(__file__).resolve().parent / "__pycache__"
    if "NUMBA_CACHE_DIR" not in os.environ and not (_can_write(beside) or _can_write(user_cache)):
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="surveil-kernels-")


_cache_somewhere()
