"""What happened to a track: facts about a target that rules and people can use, each with its time and place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

MMSI_WRONG, IMO_WRONG = "mmsi_wrong", "imo_wrong"
STATIC_CHANGED, STATIC_ALTERNATES = "static_changed", "static_alternates"
MMSI_CHANGED = "mmsi_changed"
DEPARTED, APPEARED, ARRIVED = "departed", "appeared", "arrived"
CLONE, NEW_PATH, JUMP = "clone", "new_path", "jump"
INTERFERENCE, INTERFERENCE_OVER = "interference", "interference_over"
KINDS = {
    MMSI_WRONG: "a number that is no MMSI by its form or country",
    IMO_WRONG: "an IMO number whose check digit is wrong",
    STATIC_CHANGED: "name, call sign, IMO number, type or size became another",
    STATIC_ALTERNATES: "two values of one of these are in use at once",
    MMSI_CHANGED: "a hull under a new MMSI",
    DEPARTED: "set out from a port or beach",
    APPEARED: "first heard under way, off a port or beach",
    ARRIVED: "came to rest at a port or beach",
    CLONE: "one MMSI used by two hulls at once",
    NEW_PATH: "goes on from another place than where it could be",
    JUMP: "a position where it cannot be",
    INTERFERENCE: "many ships of an area jump together; MMSI 0",
    INTERFERENCE_OVER: "none of them jumped any more; MMSI 0",
}
"""Every kind of event, in words. Which of them an engine looks for is ``Engine.event_kinds``."""


@dataclass(frozen=True)
class TrackEvent:
    """Immutable. ``t_ms`` is when it happened, ``found_ms`` the tick that decided it.

    ``kind`` is one of :data:`KINDS`, ``mmsi`` whom it is about (0: an area). ``lon`` and ``lat`` are degrees, of what
    was only said those where the target was last heard, None if nowhere. ``facts`` are the numbers it stands on,
    named with their units.
    """

    t_ms: int
    found_ms: int
    kind: str
    mmsi: int
    lon: float | None
    lat: float | None
    sentence: str
    facts: dict[str, float | int | str | None] = field(default_factory=dict)

    def facts_json(self) -> str:
        """The same bytes in every run."""
        return json.dumps(self.facts, ensure_ascii=False, separators=(",", ":"))
