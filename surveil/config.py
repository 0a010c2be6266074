"""Settings: TOML into frozen dataclasses. An unknown key or a value out of range fails with name and line."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from surveil.errors import ConfigError

T = TypeVar("T")
_TABLES = ("feeds", "sinks", "live", "web")
"""Sections that only a live watch reads and checks: see :mod:`surveil.live.settings`."""
_NO_SETTINGS = ("source", "text", "fetch", "overridden", *_TABLES)
"""Fields of a Config that change nothing in what it finds."""


def param(default, unit: str, source: str, low=None, high=None, among: tuple[str, ...] = ()):
    """A setting: its default, its unit, where the default is from, and the range or the words that are allowed."""
    meta = {"unit": unit, "source": source, "low": low, "high": high, "among": among}
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
class AlertsConfig:
    """The life of alerts."""

    again_s: int = param(3600, "s", "assumed: what holds again within an hour is the same episode", 0, 86400)
    incident_s: int = param(7200, "s", "assumed: alerts of one incident follow each other by then", 0, 86400)
    incident_m: float = param(3704.0, "m", "assumed: 2 nm, what a boat drifts in an hour with the tide", 0, 50_000)


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
class MapConfig:
    """What is learned of reception and traffic: from a file, live, or both."""

    file: str = param("", "", "none: made by `surveil learn`, read at the start")
    learn: bool = param(True, "", "go on learning while running: the edge of what is heard makes silences otherwise")
    cell_deg: float = param(0.05, "deg", "assumed: 3 by 5 km at 51 N; the file's own stands", 0.005, 5)
    max_gap_s: int = param(3600, "s", "assumed: a longer silence may be a station switched off", 60, 86400)
    halve_days: int = param(7, "days", "assumed: counts learned live are halved so often, 0 is never", 0, 10000)


ONCE = ("", "satellite", "report")
"""Kinds of sensors whose detections stand alone; the first is of those that look again and again."""


@dataclass(frozen=True)
class SensorConfig:
    """One radar, camera, satellite or other watch that gives plots: a section [sensors.NAME]."""

    sac: int = param(-1, "", "system area code in ASTERIX; -1: its files bear its name", -1, 255)
    sic: int = param(-1, "", "system identification code in ASTERIX", -1, 255)
    lon: float = param(0.0, "deg", "where it stands", -180, 180)
    lat: float = param(0.0, "deg", "where it stands", -90, 90)
    rotation_s: float = param(3.0, "s", "20 turns a minute, typical; 0: it looks now and then", 0, 60)
    range_error_m: float = param(20.0, "m", "standard error, assumed", 0.1, 10_000)
    bearing_error_deg: float = param(0.2, "deg", "standard error, assumed", 0.01, 30)
    place_error_m: float = param(100.0, "m", "standard error of a place given as such, assumed", 0.1, 20_000)
    min_range_m: float = param(200.0, "m", "assumed", 0, 10_000)
    max_range_m: float = param(44_448.0, "m", "24 nm, assumed", 100, 500_000)
    from_deg: float = param(0.0, "deg", "the sector seen begins there", 0, 360)
    to_deg: float = param(360.0, "deg", "and ends there, clockwise", 0, 360)
    own_land_m: float = param(4000.0, "m", "land that the antenna looks over, assumed", 0, 50_000)
    ship_strength_db: float = param(
        38.0, "dB at 10 km", "assumed: 10 dB above an 8 m boat by a 25 kW X-band radar; set it from known ships",
        -100, 200,
    )  # fmt: skip
    merge_m: float = param(60.0, "m", "assumed: plots nearer than that are one small target", 0, 1000)
    merge_ship_m: float = param(200.0, "m", "assumed: plots of a ship hang together over that", 0, 2000)
    once: str = param("", "", "its detections stand alone: of a satellite, or reports by word of mouth", among=ONCE)
    time_error_s: float = param(0.0, "s", "standard error of the time of a report", 0, 7200)


@dataclass(frozen=True)
class FusionConfig:
    """The tracker of sensors' plots."""

    accel: float = param(0.02, "m2/s3", "assumed: white acceleration; a velocity wanders by 1 m/s in 50 s", 0, 100)
    speed_sigma_ms: float = param(
        8.0, "m/s", "assumed: standard deviation of each part of an unknown velocity", 0.1, 50
    )
    life_s: float = param(14_400.0, "s", "assumed: mean time that a target stays in the picture", 60, 10**7)
    births_per_km2_h: float = param(0.02, "per km2 and hour", "assumed: targets that come into view", 0, 1000)
    first_per_km2: float = param(0.05, "per km2", "assumed: targets that are there at the beginning", 0, 1000)
    pd: float = param(0.7, "", "assumed: that a target in sight gives a plot, before its own looks tell", 0.01, 1)
    show: float = param(0.95, "", "assumed: probability of existence from which a track is shown", 0, 1)
    hide: float = param(0.2, "", "assumed: probability below which it no longer is", 0, 1)


@dataclass(frozen=True)
class ConditionsConfig:
    """Sea and weather of a run, for risk to life and drift; what is not given counts for nothing."""

    sea_state: int = param(-1, "", "WMO code 3700; -1: not given", -1, 9)
    water_c: float = param(-9.0, "°C", "temperature of the water; -9: not given", -9, 40)
    wind_kn: float = param(0.0, "kn", "at 10 m; 0: a calm, or not given", 0, 100)
    wind_from_deg: float = param(0.0, "deg", "whence it blows", 0, 360)
    high_water: str = param(
        "", "", "a high water at Dover near the time, ISO 8601, UTC; empty: no tide is reckoned with"
    )
    springs: float = param(0.5, "", "0 at neaps, 1 at springs; assumed half way", 0, 1)


@dataclass(frozen=True)
class Config:
    """A whole deployment."""

    engine: EngineConfig = field(default_factory=EngineConfig)
    tracks: TracksConfig = field(default_factory=TracksConfig)
    fetch: FetchConfig = field(default_factory=FetchConfig)
    map: MapConfig = field(default_factory=MapConfig)
    fusion: FusionConfig = field(default_factory=FusionConfig)
    sensors: dict[str, SensorConfig] = field(default_factory=dict)
    alerts: AlertsConfig = field(default_factory=AlertsConfig)
    conditions: ConditionsConfig = field(default_factory=ConditionsConfig)
    lists: dict[str, list] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    feeds: dict[str, Any] = field(default_factory=dict)
    sinks: dict[str, Any] = field(default_factory=dict)
    live: dict[str, Any] = field(default_factory=dict)
    web: dict[str, Any] = field(default_factory=dict)
    source: str = "built-in defaults"
    text: str = ""
    overridden: frozenset[str] = frozenset()
    """Keys, as ``rules.silence.max_gap_s``, that did not come from ``source``."""

    @property
    def digest(self) -> str:
        """Name of what is set: equal settings have equal names, wherever they are from."""
        values = {k: v for k, v in dataclasses.asdict(self).items() if k not in _NO_SETTINGS}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:12]

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
        among = spec.metadata.get("among")
        if among and value not in among:
            raise self.error(where, key, f"must be one of {', '.join(map(repr, among))}, not {value!r}")
        low, high = spec.metadata.get("low"), spec.metadata.get("high")
        if not ((low is None or value >= low) and (high is None or value <= high)):  # NaN is neither
            raise self.error(where, key, f"{value!r} is outside {low} to {high} {spec.metadata['unit']}")
        return type(default)(value)

    def error(self, where: str, key: str, cause: str) -> ConfigError:
        """A ConfigError that names file, line, section and key; of a key that was overridden, the override."""
        full = f"{where}.{key}".lstrip(".")
        if any(f"{full}.".startswith(f"{k}.") or k.startswith(f"{full}.") for k in self.overridden):
            return ConfigError(f"{full}: {cause}", source="--set")
        return ConfigError(
            f"[{where}] {key}: {cause}" if where else f"{key}: {cause}",
            source=self.source,
            line=_line_of(self.text, where, key),
        )


def _line_of(text: str, where: str, key: str) -> int | None:
    """Line of a key or section header in TOML text; tomllib does not say."""
    wanted, section = f"{where}.{key}".lstrip("."), ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?([^\[\]]+)\]", line):
            section = header[1].strip()
            if section == wanted:
                return number
        full = f"{section}.{key}" if section else key
        if re.match(rf'\s*"?{re.escape(key)}"?\s*=', line) and full == wanted:
            return number
    return None


def load_config(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read a TOML file; without a path, the built-in defaults.

    Parameters
    ----------
    overrides : values by key, as ``{"rules.silence.max_gap_s": 900}``, that stand instead of the file's; see
        :func:`parse_settings`.

    Raises
    ------
    ConfigError : naming file, line and key.
    """
    text, data = ("", {}) if path is None else _read(Path(path))
    source = Config.source if path is None else str(path)
    raw = Config(source=source, text=text, overridden=frozenset(overrides or ()))
    for key, value in (overrides or {}).items():
        _put(raw, data, key.split("."), value)
    sections = {
        "engine": EngineConfig, "tracks": TracksConfig, "fetch": FetchConfig, "map": MapConfig, "fusion": FusionConfig,
        "alerts": AlertsConfig, "conditions": ConditionsConfig,
    }  # fmt: skip
    for key in data:
        if key not in (known := (*sections, "sensors", "lists", "rules", *_TABLES)):
            raise raw.error("", key, f"unknown section; known: {', '.join(known)}")
    sensors = raw.table("sensors", data.get("sensors", {}))
    lists = raw.table("lists", data.get("lists", {}))
    for key, entries in lists.items():
        if not isinstance(entries, list):
            raise raw.error("lists", key, f"must be written as [[lists.{key}]]")
    return dataclasses.replace(
        raw,
        rules=raw.table("rules", data.get("rules", {})),
        sensors={name: raw.section(f"sensors.{name}", table, SensorConfig) for name, table in sensors.items()},
        lists=lists,
        **{name: raw.table(name, data.get(name, {})) for name in _TABLES},
        **{name: raw.section(name, data.get(name, {}), cls) for name, cls in sections.items()},
    )


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", source=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is not valid TOML: {error}", source=str(path)) from None


def _put(raw: Config, data: dict[str, Any], keys: list[str], value) -> None:
    """Set a value deep in the data of a TOML file, making sections on the way."""
    for depth, key in enumerate(keys[:-1], 1):
        data = raw.table(".".join(keys[:depth]), data.setdefault(key, {}))
    data[keys[-1]] = value


def parse_settings(items: Iterable[str]) -> dict[str, Any]:
    """``KEY=VALUE`` texts as overrides of :func:`load_config`; a value is written as in TOML, a word needs no quotes.

    Raises
    ------
    ConfigError : no ``=``, or no key.
    """
    return {key: parse_value(text) for key, text in map(_split_setting, items)}


def _split_setting(item: str) -> tuple[str, str]:
    key, equals, text = item.partition("=")
    key = key.strip()
    if not equals or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", key):
        raise ConfigError(f"{item!r} is not KEY=VALUE, as in rules.silence.max_gap_s=900", source="--set")
    return key, text.strip()


def parse_value(text: str):
    """One value as TOML has it; what is no TOML is a word."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text
