"""The points of a sweep: every combination of the values given, or a sample of them, each a whole config."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surveil.config import Config, load_config, parse_value
from surveil.errors import ConfigError
from surveil.registry import settings

AS_IT_IS = "as it is"
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?):(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Point:
    """One config of a sweep. ``values`` of the keys that are swept; empty: the config as it is."""

    values: dict[str, Any]
    config: Config
    settings: dict

    @property
    def name(self) -> str:
        """'max_gap_s 900, min_witnesses 2'."""
        return ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in self.values.items()) or AS_IT_IS

    @property
    def text(self) -> str:
        """All settings as text, the same for the same settings."""
        return json.dumps(self.settings, sort_keys=True)

    @property
    def stages_text(self) -> str:
        """Those of the stages before the rules."""
        return json.dumps({k: v for k, v in self.settings.items() if k != "rules"}, sort_keys=True)


def parse_params(items: Iterable[str]) -> dict[str, list | tuple[float, float]]:
    """``KEY=V1,V2,...`` or ``KEY=LOW:HIGH`` texts: a list of values, or a range to sample, by key.

    Raises
    ------
    ConfigError : neither form, no value, or a key twice.
    """
    params: dict[str, list | tuple[float, float]] = {}
    for item in items:
        key, equals, text = (part.strip() for part in item.partition("="))
        if not equals or not key or not text:
            raise ConfigError(f"{item!r} is not KEY=V1,V2,... or KEY=LOW:HIGH", source="--param")
        if key in params:
            raise ConfigError(f"{key} is given twice", source="--param")
        found = _RANGE.fullmatch(text)
        params[key] = (parse_value(found[1]), parse_value(found[2])) if found else _values(text)
    return params


def _values(text: str) -> list:
    try:
        return tomllib.loads(f"values = [{text}]")["values"]
    except tomllib.TOMLDecodeError:
        return [parse_value(part.strip()) for part in text.split(",")]


def make_points(
    params: dict, base: Path | None, overrides: dict[str, Any], sample: int | None = None, seed: int = 0
) -> list[Point]:
    """The config as it is, then the points of the sweep, each setting once and checked.

    Parameters
    ----------
    base, overrides : what the parameters are swept over, as :func:`surveil.config.load_config` takes them.
    sample : so many combinations instead of all: of lists without repeating, of ranges by Latin hypercube (McKay,
        Beckman and Conover 1979), the same for the same ``seed``.

    Raises
    ------
    ConfigError : an unknown key, a value out of range, or a range without ``sample``.
    """
    chosen = _sampled(params, sample, np.random.default_rng(seed)) if sample else _grid(params)
    points: dict[str, Point] = {}
    for values in ({}, *chosen):
        config = load_config(base, {**overrides, **values})
        point = Point(values, config, settings(config))
        if values and points.get(point.text, point).name == AS_IT_IS:
            points[point.text] = point  # a value of the grid is what it is already
        points.setdefault(point.text, point)
    return list(points.values())


def _grid(params: dict) -> list[dict[str, Any]]:
    for key, values in params.items():
        if isinstance(values, tuple):
            raise ConfigError(f"{key}: a range needs --sample", source="--param")
    return [dict(zip(params, values, strict=True)) for values in itertools.product(*params.values())]


def _sampled(params: dict, sample: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    if not any(isinstance(values, tuple) for values in params.values()):
        every = _grid(params)
        return [every[i] for i in sorted(rng.permutation(len(every))[:sample].tolist())]
    columns = {key: _spread(values, sample, rng) for key, values in params.items()}
    return [{key: column[i] for key, column in columns.items()} for i in range(sample)]


def _spread(values, sample: int, rng: np.random.Generator) -> list:
    """One value in each of ``sample`` equal strata, in random order."""
    share = (rng.permutation(sample) + rng.random(sample)) / sample
    if not isinstance(values, tuple):
        return [values[int(s * len(values))] for s in share]
    low, high = values
    whole = isinstance(low, int) and isinstance(high, int)
    return [int(low + s * (high - low + 1)) if whole else round(float(low + s * (high - low)), 6) for s in share]
