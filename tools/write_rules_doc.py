"""Write docs/rules.md from the rules themselves: condition, source, settings, known false alarms, examples."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from surveil.registry import rule_classes
from surveil.rules.base import Rule

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rules.md"
HEAD = """\
# Rules

Written by `python tools/write_rules_doc.py` from the rules that are installed, those of other packages too; a test
checks that it is up to date. [writing-a-rule.md](writing-a-rule.md) shows how to add one. Settings are those of
`[rules.NAME]` in a config; "assumed" says that no published figure was found.
"""


def page(classes: dict[str, type[Rule]]) -> str:
    """The whole page."""
    index = "\n".join(f"- [{name}](#{name}): {first_line(cls)}" for name, cls in classes.items())
    return "\n".join([HEAD, index, "", *(section(name, cls) for name, cls in classes.items())])


def section(name: str, cls: type[Rule]) -> str:
    """One rule."""
    examples = [f"- {'fires' if e.fires else 'silent'}: {e.title}" for e in cls.examples()]
    parts = [
        f"## {name}", f"Version {cls.version}. An alert closes {cls.hold_s} s after the condition last held.",
        said(cls), f"May be wrong: {cls.known_false_alarms}", settings(cls), "Examples, each a test:",
        "\n".join(examples),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def first_line(cls: type[Rule]) -> str:
    return said(cls).split("\n", 1)[0]


def said(cls: type[Rule]) -> str:
    """What the rule's module says of it: condition, source, known false alarms; else what the class does."""
    return (sys.modules[cls.__module__].__doc__ or cls.__doc__ or "").strip()


def settings(cls: type[Rule]) -> str:
    """Its settings as a table."""
    rows = [_row(field) for field in dataclasses.fields(cls.Params)]
    head = "| setting | default | unit | from | to | source |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(rows) if rows else ""


def _row(field: dataclasses.Field) -> str:
    default = field.default if field.default is not dataclasses.MISSING else ", ".join(field.default_factory())
    low, high = ("" if field.metadata[bound] is None else f"{field.metadata[bound]:g}" for bound in ("low", "high"))
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    return f"| `{field.name}` | {shown} | {field.metadata['unit']} | {low} | {high} | {field.metadata['source']} |"


if __name__ == "__main__":
    PAGE.write_text(page(rule_classes()), encoding="utf-8")
