"""Settings: TOML into frozen dataclasses. An unknown key or a value out of range fails with name and line."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from surveil.errors import ConfigError

T = TypeVar("T")


def param(default, unit: str, source: str, low=None, high=None):
    """A setting: its default, its unit, where the default is from, and the range that is allowed."""
    meta = {"unit": unit, "source": source, "low": low, "high": high}
    if isinstance(default, list | tuple):
        return field(default_factory=lambda: tuple(default), metadata=meta)
    return field(default=default, metadata=meta)


@dataclass(frozen=True)
class EngineConfig:
    """Order and ticks."""

    lateness_s: int = param(10, "s", "assumed; measure real feeds before changing it", 0, 3600)
    tick_s: int = param(10, "s", "the shortest class A reporting interval under way, M.1371-5 table 1", 1, 600)
    duplicate_window_s: int = param(
        10, "s", "assumed: under the 30 s of a class B whose report may stay the same (M.1371-5 table 2)", 0, 29
    )
    max_time_jump_s: int = param(6 * 3600, "s", "assumed: a longer silence of a whole feed is rare", 60, 10**8)
    jump_confirmations: int = param(3, "rows", "assumed", 1, 100)


@dataclass(frozen=True)
class TracksConfig:
    """The track table."""

    gap_s: int = param(1800, "s", "assumed: ten class A moored intervals (M.1371-5 table 1)", 60, 10**6)
    expire_s: int = param(6 * 3600, "s", "assumed: half a watch; older targets leave the picture", 600, 10**7)
    max_speed_kn: float = param(
        60.0,
        "kn",
        "assumed: above the fastest ferries and patrol craft; bounds where a target may be after a silence",
        5,
        200,
    )
    max_aircraft_speed_kn: float = param(600.0, "kn", "assumed: SAR aircraft", 60, 2000)
    position_slack_m: float = param(
        500.0,
        "m",
        "assumed: two antennas of a ship, stamps some seconds off; a fix so near its path is its own",
        0,
        10**5,
    )
    jump_confirmations: int = param(3, "reports", "assumed: so many reports that fit one another make a path", 2, 100)
    jump_lasting_s: int = param(60, "s", "assumed: a GNSS glitch is over by then", 0, 3600)
    stop_diameter_m: float = param(
        100.0, "m", "assumed: above the noise of a berthed GNSS, below most swings", 1, 10**5
    )
    stop_min_s: int = param(600, "s", "assumed: longer than a lock or a pilot's transfer at speed", 1, 10**6)


@dataclass(frozen=True)
class FetchConfig:
    """Where public archives are: addresses of a day, tried in turn; %Y, %m and %d stand for the date."""

    noaa: tuple[str, ...] = param(
        (
            "https://coast.noaa.gov/htdata/CMSP/AISDataHandler/%Y/AIS_%Y_%m_%d.zip",
            "https://coast.noaa.gov/htdata/CMSP/AISDataHandler/%Y/ais-%Y-%m-%d.csv.zst",
        ),
        "addresses",
        "NOAA Office for Coastal Management: .zip from 2018, .csv.zst from 2025; see docs/datasets.md",
    )
    dma: tuple[str, ...] = param(
        (
            "http://aisdata.ais.dk/%Y/aisdk-%Y-%m-%d.zip",
            "http://aisdata.ais.dk/aisdk-%Y-%m-%d.zip",
            "http://aisdata.ais.dk/%Y/aisdk-%Y-%m.zip",
        ),
        "addresses",
        "Danish archive: by day from March 2024, by month before; see docs/datasets.md",
    )
    timeout_s: float = param(60.0, "s", "assumed: a busy server answers by then", 1, 3600)
    tries: int = param(5, "tries", "assumed", 1, 100)


@dataclass(frozen=True)
class Config:
    """A whole deployment."""

    engine: EngineConfig = field(default_factory=EngineConfig)
    tracks: TracksConfig = field(default_factory=TracksConfig)
    fetch: FetchConfig = field(default_factory=FetchConfig)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    source: str = "built-in defaults"
    text: str = ""

    def section(self, where: str, table: dict[str, Any], cls: type[T]) -> T:
        """Checked dataclass from one table of the TOML."""
        known = {f.name: f for f in dataclasses.fields(cls)}
        values = {}
        for key, value in self.table(where, table).items():
            if key not in known:
                raise self.error(where, key, f"unknown setting; known here: {', '.join(known)}")
            values[key] = self._checked(where, key, value, known[key])
        return cls(**values)

    def table(self, where: str, value) -> dict[str, Any]:
        """The value if it is a section, else a ConfigError."""
        if not isinstance(value, dict):
            parent, _, key = where.rpartition(".")
            raise self.error(parent, key, "must be a section")
        return value

    def switched(self, where: str, value) -> tuple[bool, dict[str, Any]]:
        """Whether a section is enabled, and the rest of it."""
        rest = dict(self.table(where, value))
        enabled = rest.pop("enabled", True)
        if not isinstance(enabled, bool):
            raise self.error(where, "enabled", f"must be of kind bool, not {enabled!r}")
        return enabled, rest

    def _checked(self, where: str, key: str, value, spec: dataclasses.Field):
        default = spec.default if spec.default is not dataclasses.MISSING else spec.default_factory()
        if isinstance(default, tuple):
            if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                raise self.error(where, key, "must be a list of names")
            return tuple(value)
        numeric = isinstance(default, float | int) and not isinstance(default, bool)
        ok = isinstance(value, int | float if isinstance(default, float) else type(default))
        if not ok or (numeric and isinstance(value, bool)):
            raise self.error(where, key, f"must be of kind {type(default).__name__}, not {value!r}")
        low, high = spec.metadata.get("low"), spec.metadata.get("high")
        if not ((low is None or value >= low) and (high is None or value <= high)):  # NaN is neither
            raise self.error(where, key, f"{value!r} is outside {low} to {high} {spec.metadata['unit']}")
        return type(default)(value)

    def error(self, where: str, key: str, cause: str) -> ConfigError:
        """A ConfigError that names file, line, section and key."""
        return ConfigError(
            f"[{where}] {key}: {cause}" if where else f"{key}: {cause}",
            source=self.source,
            line=_line_of(self.text, where, key),
        )


def _line_of(text: str, where: str, key: str) -> int | None:
    """Line of a key or section header in TOML text; tomllib does not say."""
    wanted, section = f"{where}.{key}".lstrip("."), ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = header[1].strip()
            if section == wanted:
                return number
        full = f"{section}.{key}" if section else key
        if re.match(rf'\s*"?{re.escape(key)}"?\s*=', line) and full == wanted:
            return number
    return None


def load_config(path: Path | None = None) -> Config:
    """Read a TOML file; without a path, the built-in defaults.

    Raises
    ------
    ConfigError : naming file, line and key.
    """
    if path is None:
        return Config()
    try:
        text = Path(path).read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", source=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is not valid TOML: {error}", source=str(path)) from None
    raw = Config(source=str(path), text=text)
    sections = {"engine": EngineConfig, "tracks": TracksConfig, "fetch": FetchConfig}
    for key in data:
        if key not in (*sections, "rules"):
            raise raw.error("", key, f"unknown section; known: {', '.join((*sections, 'rules'))}")
    return dataclasses.replace(
        raw,
        rules=raw.table("rules", data.get("rules", {})),
        **{name: raw.section(name, data.get(name, {}), cls) for name, cls in sections.items()},
    )
