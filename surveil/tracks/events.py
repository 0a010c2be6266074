"""What happened to a track: facts about a target that rules and people can use, each with its time and place."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class TrackEvent:
    """Immutable. ``t_ms`` is when it happened, ``found_ms`` the tick that decided it.

    ``kind`` is a word of the module that found it, ``mmsi`` whom it is about, ``lon`` and ``lat`` degrees or None
    where no position is known, ``facts`` the numbers it stands on, named with their units.
    """

    t_ms: int
    found_ms: int
    kind: str
    mmsi: int
    lon: float | None
    lat: float | None
    sentence: str
    facts: dict[str, float | int | str | None] = field(default_factory=dict)

    def to_json(self) -> str:
        """The same bytes in every run."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))
