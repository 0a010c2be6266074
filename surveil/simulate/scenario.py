"""A scenario: what a simulated night or day holds, read from TOML and checked whole before anything moves.

Hours (``_h``) count from the start of the scenario, unless a key says otherwise. Every default whose source
reads "assumed" is a guess to be varied, not a finding.
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from surveil.errors import ConfigError
from surveil.simulate.drift import KINDS
from surveil.simulate.settings import Series, Where, check_among, key, keys_of, section
from surveil.simulate.vessels import Point
from surveil.simulate.waters import waters

CALM = Series((0.0,), (0.0,))
SECTORS = {
    "Dunkirk-Gravelines": ("leffrinckoucke", "malo-les-bains", "oye-plage-les-escardines"),
    "Calais-Sangatte": ("walde-les-hemmes-de-marck", "bleriot-plage", "sangatte"),
    "Wissant-Ambleteuse": ("wissant", "tardinghen", "audresselles", "ambleteuse"),
    "Wimereux-Hardelot": ("wimereux", "le-portel", "equihen-plage", "hardelot-plage"),
    "Canche-Somme": ("sainte-cecile-plage", "stella-plage", "berck-plage", "fort-mahon-plage"),
}
"""Launch sectors of the French coast (recalled; no document read), by ids of geodata/places.csv; without the beaches at
the mouth of the Aa, which lie behind its moles."""
BEACH_M = 1000.0
"""How far inland a launch may be: places.csv is good to 700 m for beaches, the coast to 200 m."""


@dataclass(frozen=True)
class Weather:
    """Each over time. ``sea_state`` is Douglas, 0 to 9 (WMO code table 3700)."""

    wind_kn: Series = key("series", CALM, "kn", "assumed", 0, 80)
    wind_from_deg: Series = key("series", Series((0.0,), (240.0,)), "deg", "assumed", 0, 360)
    sea_state: Series = key("series", CALM, "", "assumed", 0, 9)
    visibility_nm: Series = key("series", Series((0.0,), (10.0,)), "nm", "assumed", 0, 50)
    rain_mm_h: Series = key("series", CALM, "mm/h", "assumed", 0, 100)


@dataclass(frozen=True)
class Tide:
    """``springs``: 0 is neaps, 1 springs; ``high_water_dover_h``: any high water at Dover."""

    high_water_dover_h: float = key("number", 0.0, "h", "assumed", -13, 25)
    springs: float = key("number", 0.5, "", "assumed", 0, 1.2)


@dataclass(frozen=True)
class Traffic:
    """How many of each; the kinds are said in `traffic`."""

    lane_ships_per_day: int = key("integer", 450, "", "HM Coastguard: 400 to 500 through a day", 0, 1000)
    lane_spread_m: float = key("number", 900.0, "m", "assumed: standard deviation about the centreline", 0, 3000)
    coasters_per_day: int = key("integer", 24, "", "assumed", 0, 200)
    ferries: int = key("integer", 10, "", "assumed: hulls on Dover-Calais and Dover-Dunkerque", 0, 16)
    fishing_groups: int = key("integer", 5, "", "assumed", 0, 8)
    fishing_group_size: int = key("integer", 6, "", "assumed", 1, 15)
    yachts: int = key("integer", 14, "", "assumed", 0, 200)
    wind_farm_boats: int = key("integer", 3, "", "assumed", 0, 10)
    pilot_boats: int = key("integer", 2, "", "assumed", 0, 4)
    anchored: int = key("integer", 8, "", "assumed: in the Downs and off Dungeness", 0, 40)
    moored: int = key("integer", 20, "", "assumed: at Dover, Calais, Dunkerque and Ramsgate", 0, 200)
    without_ais: float = key("number", 0.4, "", "assumed: share of yachts and small fishing boats", 0, 1)
    fixed_stations: bool = key("flag", True, "", "base stations beside the receivers, and aids to navigation")
    rescue_craft: int = key("integer", 5, "", "assumed: ready at Dover, Ramsgate, Calais, Boulogne, Dunkerque", 0, 10)
    patrols: int = key("integer", 2, "", "assumed: at sea from the start", 0, 6)


@dataclass(frozen=True, kw_only=True)
class Boats:
    """One small boat, or ``count`` of them drawn alike; spreads are standard deviations.

    One of ``beach`` (id or name in geodata/places.csv), ``sector`` (of :data:`SECTORS`) and ``place`` says where
    from. ``*_after_h`` count from the launch. When somebody aboard calls, a rescue craft or patrol is sent if there is
    one, and takes the people off; with ``pick_up_after_h`` it stays by the boat until then. A boat that nobody meets
    goes on until it lands or the scenario ends.
    """

    beach: str | None = key("word", None)
    sector: str | None = key("word", None, among=SECTORS)
    place: tuple[float, float] | None = key("point", None, "deg")
    kind: str = key("word", "inflatable", among=KINDS)
    count: int = key("integer", 1, "", "", 1, 60)
    launch_h: float = key("number", unit="h", low=0, high=168)
    launch_spread_h: float = key("number", 0.0, "h", "", 0, 24)
    persons: int = key("integer", 50, "", "Home Office by way of the press: 49 (2023), 53 (2024) a boat", 1, 150)
    persons_spread: float = key("number", 0.0, "", "", 0, 50)
    length_m: float = key("number", 8.5, "m", "recalled: 7 to 10 m", 2, 20)
    rcs_m2: float | None = key("number", None, "m2", "that of its kind: `drift.KINDS`", 0.01, 1000)
    speed_kn: float = key("number", 4.0, "kn", "recalled: 3 to 6 through the water, 2 to 4 loaded", 0, 30)
    speed_spread_kn: float = key("number", 0.0, "kn", "", 0, 5)
    heading_deg: float = key("number", 315.0, "deg", "assumed: held by compass", 0, 360)
    heading_spread_deg: float = key("number", 0.0, "deg", "", 0, 60)
    engine_failure_after_h: float | None = key("number", None, "h", "", 0, 48)
    engine_failure_share: float = key("number", 1.0, "", "share of the boats whose engine fails", 0, 1)
    calls_after_h: float | None = key("number", None, "h", "", 0, 48)
    call_error_nm: float = key("number", 1.0, "nm", "assumed", 0, 20)
    pick_up_after_h: float | None = key("number", None, "h", "", 0, 48)
    carries_ais: bool = key("flag", False, "", "MAIB 7/2023 and MAIB on 14 Dec 2022: no AIS aboard")
    silent_after_h: float | None = key("number", None, "h", "its AIS stops", 0, 48)


@dataclass(frozen=True)
class Station:
    """An AIS receiver ashore. ``height_m`` is the aerial's, above the sea."""

    name: str = key("word")
    place: tuple[float, float] = key("point", unit="deg")
    height_m: float = key("number", 100.0, "m", "assumed", 2, 500)
    lag_s: float = key("number", 0.4, "s", "assumed: stamps are up to this late", 0, 60)
    clock_error_s: float = key("number", 0.0, "s", "", -3600, 3600)
    slot_loss: float = key("number", 0.1, "", "assumed: share lost besides slots used twice", 0, 1)


@dataclass(frozen=True)
class Jamming:
    """Ships within lose their satellite fix from ``from_h`` to ``to_h``."""

    place: tuple[float, float] = key("point", unit="deg")
    radius_nm: float = key("number", unit="nm", low=0, high=100)
    from_h: float = key("number", unit="h", low=0, high=168)
    to_h: float = key("number", unit="h", low=0, high=168)


@dataclass(frozen=True)
class Faults:
    """What goes wrong with AIS besides range and load."""

    duplicates: float = key("number", 0.0, "", "share of lines given twice", 0, 1)
    wrong_static: float = key("number", 0.02, "", "assumed: share of ships with wrong length or type", 0, 1)
    cloned_mmsis: int = key("integer", 0, "", "ships that use the number of another", 0, 20)
    jamming: tuple[Jamming, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A whole scenario. ``area`` is west, south, east, north in degrees; ``text`` the file as it was read."""

    name: str = key("word")
    start: int = key("time", unit="UTC ms")
    hours: float = key("number", unit="h", low=0.1, high=168)
    seed: int = key("integer", 1, "", "", 0, 2**31)
    area: tuple[float, float, float, float] = key("box", (0.45, 50.3, 2.55, 51.55), "deg")
    description: str = key("word", "")
    weather: Weather = Weather()
    tide: Tide = Tide()
    traffic: Traffic = Traffic()
    faults: Faults = Faults()
    boats: tuple[Boats, ...] = ()
    stations: tuple[Station, ...] = ()
    sensors: tuple = ()
    source: str = ""
    text: str = field(default="", repr=False)

    @property
    def start_ms(self) -> int:
        return self.start

    @property
    def end_ms(self) -> int:
        return self.start_ms + round(self.hours * 3_600_000)

    def ms(self, hour: float) -> int:
        """UTC ms of an hour after the start."""
        return self.start_ms + round(hour * 3_600_000)


_SECTIONS = {"weather": Weather, "tide": Tide, "traffic": Traffic, "faults": Faults}
_LISTS = {"boats": Boats, "stations": Station}


def read_scenario(path: str | Path, seed: int | None = None) -> Scenario:
    """Read and check a scenario; ``seed`` replaces the file's.

    Raises
    ------
    ConfigError : naming file, line, key and cause.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", source=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is not valid TOML: {error}", source=str(path)) from None
    scenario = _parse(data, Where(str(path), text=text))
    return scenario if seed is None else dataclasses.replace(scenario, seed=seed)


def _parse(data: dict, top: Where) -> Scenario:
    rest = dict(data)
    for name in rest:
        check_among(name, (*keys_of(Scenario), *_SECTIONS, *_LISTS, "sensors"), top, name, "key")
    parts = {
        name: _one(cls, rest.pop(name, {}), dataclasses.replace(top, name=name)) for name, cls in _SECTIONS.items()
    }
    lists = {name: _list(cls, rest.pop(name, []), dataclasses.replace(top, name=name)) for name, cls in _LISTS.items()}
    sensors = _sensors(rest.pop("sensors", []), dataclasses.replace(top, name="sensors"))
    scenario = section(Scenario, rest, top)
    scenario = dataclasses.replace(scenario, **parts, **lists, sensors=sensors, source=top.path, text=top.text)
    _check(scenario, top)
    return scenario


def _one(cls, table, where: Where):
    if cls is not Faults or not isinstance(table, dict):
        return section(cls, table, where)
    rest = dict(table)
    jamming = _list(Jamming, rest.pop("jamming", []), dataclasses.replace(where, name="faults.jamming"))
    return dataclasses.replace(section(cls, rest, where), jamming=jamming)


def _list(cls, tables, where: Where) -> tuple:
    return tuple(section(cls, table, each) for table, each in _each(tables, where))


def _each(tables, where: Where):
    if not isinstance(tables, list):
        raise where.error("", f"must be a list: write [[{where.name}]]")
    return [(table, dataclasses.replace(where, index=i)) for i, table in enumerate(tables, 1)]


def _sensors(tables, where: Where) -> tuple:
    if not tables:
        return ()
    from surveil.simulate import sensors

    return tuple(sensors.read(table, each) for table, each in _each(tables, where))


def _check(scenario: Scenario, top: Where) -> None:
    """What no key can say alone: places in the area and on the right side of the coast, times within the span."""
    for name in ("boats", "stations", "sensors"):
        for index, each in enumerate(getattr(scenario, name), 1):
            where = dataclasses.replace(top, name=name, index=index)
            place = getattr(each, "place", None)
            if place is not None and not _within(scenario.area, place):
                raise where.error("place", f"{place} lies outside the area {scenario.area}")
            if name == "stations" and not each.name.startswith("SIM"):
                raise where.error(
                    "name", f"{each.name!r} must begin with SIM: by that its lines are known as simulated"
                )
            if name == "boats":
                _check_boats(each, scenario, where)
    for index, jam in enumerate(scenario.faults.jamming, 1):
        if jam.to_h <= jam.from_h:
            raise dataclasses.replace(top, name="faults.jamming", index=index).error("to_h", "is not after from_h")
    names = [each.name for each in (*scenario.stations, *scenario.sensors)]
    for twice in sorted({n for n in names if names.count(n) > 1}):
        raise top.error("name", f"{twice!r} is used twice among stations and sensors")


def _within(area, place) -> bool:
    return area[0] <= place[0] <= area[2] and area[1] <= place[1] <= area[3]


def _check_boats(boats: Boats, scenario: Scenario, where: Where) -> None:
    given = [name for name in ("beach", "sector", "place") if getattr(boats, name) is not None]
    if len(given) != 1:
        raise where.error(
            given[-1] if given else "beach", "one of beach, sector and place, and one only, must be given"
        )
    if boats.launch_h >= scenario.hours:
        raise where.error("launch_h", f"{boats.launch_h} h is after the end, {scenario.hours} h")
    for place in launch_places(boats, where):
        if not _within(scenario.area, place):
            raise where.error(given[0], f"{place} lies outside the area {scenario.area}")
        inland_m = float(waters().coast_m(*place)[0]) if waters().on_land(*place)[0] else 0.0
        if not inland_m <= BEACH_M:
            raise where.error(given[0], f"{place} is {inland_m:.0f} m inland: a boat is launched from a beach")


def launch_places(boats: Boats, where: Where) -> list[Point]:
    """The beaches that a boat may be launched from, as geodata/places.csv or the scenario has them."""
    if boats.place is not None:
        return [boats.place]
    beaches = {p.id: p for p in waters().places if p.kind == "beach"}
    if boats.sector is not None:
        return [(beaches[i].lon, beaches[i].lat) for i in SECTORS[boats.sector]]
    named = beaches | {p.name: p for p in beaches.values()}
    check_among(boats.beach, named, where, "beach", "beach")
    return [(named[boats.beach].lon, named[boats.beach].lat)]
