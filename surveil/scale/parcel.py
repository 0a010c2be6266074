"""What goes between a run and its tasks, as bytes: several members in one zip archive."""

from __future__ import annotations

import io
import zipfile

import numpy as np


def pack(members: dict[str, bytes]) -> bytes:
    """Members by name as one; the same members give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def unpack(parcel: bytes) -> dict[str, bytes]:
    """Inverse of :func:`pack`."""
    with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack_state(arrays: dict[str, np.ndarray]) -> bytes:
    """Named arrays as bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def state_of(packed: bytes) -> dict[str, np.ndarray]:
    """Inverse of :func:`pack_state`."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return dict(arrays)
