"""Rules by name: our own, one file each in `surveil/rules/`, and those of other packages by entry point."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from importlib.metadata import entry_points

from surveil.errors import ConfigError

ENTRY_POINT = "surveil.rules"
"""Entry-point group in which another package names its rule classes."""


def rule_classes() -> dict[str, type]:
    """Rule class by rule name, in order of name.

    Raises
    ------
    ConfigError : two rules share a name.
    """
    from surveil import rules
    from surveil.rules.base import Rule

    for module in pkgutil.iter_modules(rules.__path__):
        importlib.import_module(f"surveil.rules.{module.name}")
    found = [cls for cls in Rule.__subclasses__() if cls.__module__.startswith("surveil.rules.")]
    found += [point.load() for point in entry_points(group=ENTRY_POINT)]
    by_name: dict[str, type] = {}
    for cls in sorted(found, key=lambda cls: cls.name):
        if cls.name in by_name:
            raise ConfigError(f"two rules are named {cls.name!r}: {by_name[cls.name]} and {cls}")
        by_name[cls.name] = cls
    return by_name


def make_rules(config) -> list:
    """The rules that a config asks for, in order of name; ``enabled = false`` in its section leaves one out.

    Raises
    ------
    ConfigError : a section for a rule that does not exist, or a bad parameter.
    """
    classes = rule_classes()
    for name in config.rules:
        if name not in classes:
            raise config.error("rules", name, f"no such rule; there are: {', '.join(classes)}")
    made = []
    for name, cls in classes.items():
        enabled, section = config.switched(f"rules.{name}", config.rules.get(name, {}))
        if enabled:
            made.append(cls(config.section(f"rules.{name}", section, cls.Params)))
    return made


def settings(config) -> dict:
    """Every setting at the value it has, as plain data: what a run can be done again with. A rule left out is None.

    Raises
    ------
    ConfigError : as :func:`make_rules`.
    """
    sections = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    told = {name: _plain(part) for name, part in sections.items() if dataclasses.is_dataclass(part)}
    params = {rule.name: _plain(rule.params) for rule in make_rules(config)}
    return {**told, "rules": {name: params.get(name) for name in rule_classes()}}


def _plain(section) -> dict:
    """A section as JSON has it."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(section).items()}
