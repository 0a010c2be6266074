"""Write configs/dover.toml: every setting there is, at its default, with its unit, range and source."""

from __future__ import annotations

import dataclasses
import json

from surveil.config import (
    AlertsConfig,
    ConditionsConfig,
    EngineConfig,
    FetchConfig,
    FusionConfig,
    MapConfig,
    SensorConfig,
    TracksConfig,
)
from surveil.registry import rule_classes
from surveil.resources import resource

HEAD = """\
# The Dover Strait with every setting at its default. Copy it, change what you must, and give it with --config.
# An unknown key or a value out of range is refused by name and line. Written by tools/write_dover_config.py.
"""
LISTS = """\
# Whom not to alert on, and exceptions. Each entry needs a why and one key or more: mmsi, area (ids), type (codes), hour
# (UTC), rule. One that names no rule says nothing of distress. What is kept back is counted in run.json.
# [[lists.deny]]
# why = "works on the cable until June"
# mmsi = [235000000]
# rule = ["loitering", "area"]
"""

SENSORS = """\
# Each radar, camera or other watch that gives plots is a section of its own, by the name that its feed has; for example
# [sensors.dover-radar]
"""


def setting(field: dataclasses.Field) -> str:
    """One line of TOML and the comment that explains it."""
    default = field.default if field.default is not dataclasses.MISSING else list(field.default_factory())
    meta = field.metadata
    span = "" if meta["low"] is None else f" {meta['low']} to {meta['high']}"
    unit = " ".join(part for part in (meta["unit"], span.strip()) if part)
    return f"# {unit + '; ' if unit else ''}{meta['source']}\n{field.name} = {json.dumps(default)}\n"


def main() -> None:
    sections = {
        "engine": EngineConfig, "tracks": TracksConfig, "fetch": FetchConfig, "map": MapConfig, "fusion": FusionConfig,
        "alerts": AlertsConfig, "conditions": ConditionsConfig,
    }  # fmt: skip
    sections |= {f"rules.{name}": cls.Params for name, cls in rule_classes().items()}
    parts = [HEAD]
    for name, cls in sections.items():
        switch = "enabled = true\n" if name.startswith("rules.") else ""
        if name.startswith("rules.") and LISTS not in parts:
            parts.append(LISTS)
        parts.append(f"[{name}]\n{switch}" + "".join(setting(f) for f in dataclasses.fields(cls)))
    example = "".join(setting(field) for field in dataclasses.fields(SensorConfig))
    parts.append(SENSORS + "".join(f"# {line}\n" for line in example.splitlines()))
    (resource("configs") / "dover.toml").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
