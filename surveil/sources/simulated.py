"""Folders that `surveil simulate` made: their feeds are read like any, and their truth is left alone."""

from __future__ import annotations

import json
from pathlib import Path

from surveil.errors import InputError

MANIFEST, FORMAT_VERSION = "manifest.json", 1
FEEDS = ("ais", "sensors")
"""What a station or sensor delivered; beside them lies the truth, which nobody watching would have."""


def simulated_sensors(path: Path) -> list[dict]:
    """What the manifest of a simulated folder says of each of its sensors; nothing if it is something else."""
    manifest = _manifest(path)
    return [] if manifest is None else list(manifest.get("sensors") or [])


def _manifest(path: Path) -> dict | None:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("simulated") is True else None


def start_of(path: Path) -> int:
    """UTC ms at which a simulated folder begins."""
    return int((_manifest(path) or {}).get("start_ms", 0))


def simulated_feeds(path: Path) -> list[Path]:
    """The folders of feeds in a simulated folder; none if it is something else.

    Raises
    ------
    InputError : it was made by a version that writes another format, or holds no feed.
    """
    manifest = _manifest(path)
    if manifest is None:
        return []
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        cause = f"a simulated folder of format {version}; this version reads {FORMAT_VERSION}"
        raise InputError(cause, source=str(path / MANIFEST))
    feeds = [path / feed for feed in FEEDS if (path / feed).is_dir()]
    if not feeds:
        raise InputError(f"a simulated folder without {' or '.join(FEEDS)}", source=str(path))
    return feeds
