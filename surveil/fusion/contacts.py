"""What sensors show at a tick, one row a contact."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from surveil.kernels.tracks import KN
from surveil.schema import CLASS_CONTACT, Positions


@dataclass(frozen=True)
class Contacts:
    """Tracks shown at a tick, as equal-length arrays in the order of their numbers.

    ``lon``, ``lat`` deg; ``vx``, ``vy`` m/s east and north; ``cov`` float64[n, 4, 4] of place and velocity (m, m/s);
    ``exists``, ``p_dark`` probabilities; ``slot`` the AIS target it is, -1 for none; ``explained`` how likely the best
    AIS target is it; ``strength_db`` of its echo at 10 km, NaN if not known; ``born_ms``, ``seen_ms``; the input rows
    of its first and last plot; ``hits`` of ``looks`` of late. ``length_m`` as measured, NaN if not known; ``once``
    says that it is no track but was seen once: an index into :data:`surveil.config.ONCE`, 0 for a track.
    """

    number: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    vx: np.ndarray
    vy: np.ndarray
    cov: np.ndarray
    exists: np.ndarray
    p_dark: np.ndarray
    slot: np.ndarray
    explained: np.ndarray
    strength_db: np.ndarray
    born_ms: np.ndarray
    seen_ms: np.ndarray
    hits: np.ndarray
    looks: np.ndarray
    source: np.ndarray
    seq: np.ndarray
    first_source: np.ndarray
    first_seq: np.ndarray
    length_m: np.ndarray
    once: np.ndarray

    @staticmethod
    def not_once(n: int) -> tuple[np.ndarray, np.ndarray]:
        """``length_m`` and ``once`` of tracks."""
        return np.full(n, np.nan), np.zeros(n, np.int8)

    @classmethod
    def joined(cls, parts: list[Contacts]) -> Contacts:
        """All of them, in the order of their numbers."""
        if len(parts) == 1:
            return parts[0]
        columns = [np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(column[order] for column in columns))

    def __len__(self) -> int:
        return len(self.number)

    def unexplained(self, t_ms: int) -> Positions:
        """Those that no AIS target explains, as rows for the track table."""
        own = self.slot < 0
        speed_ms = np.hypot(self.vx[own], self.vy[own])
        return Positions.build(
            t_ms=np.full(own.sum(), t_ms), mmsi=-self.number[own], ais_class=np.full(own.sum(), CLASS_CONTACT),
            lon=self.lon[own], lat=self.lat[own], sog_kn=speed_ms / KN,
            cog_deg=np.degrees(np.arctan2(self.vx[own], self.vy[own])) % 360.0, source=self.source[own],
            seq=self.seq[own],
        )  # fmt: skip
