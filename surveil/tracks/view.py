"""What rules see: the targets in the picture at one tick, and where they are in the world. Read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

import numpy as np

from surveil.areas import Areas
from surveil.kernels.geometry import first_inside
from surveil.schema import CLASS_ATON, CLASS_BASE, CLASS_CONTACT, CLASS_DEVICE
from surveil.tracks.learned import Learned
from surveil.tracks.pairs import Pairs, find_pairs
from surveil.tracks.reception import Silence
from surveil.tracks.table import TrackTable, small_craft, small_craft_ground
from surveil.words import Words

PORT_KINDS = ("port", "harbour")
LANE_KINDS = ("lane", "deep_water_route")


class Surroundings:
    """Where each slot is: areas, coast, nearest port. Looked up again only for slots that moved."""

    def __init__(self, areas: Areas):
        self.areas = areas
        self.inside = np.zeros((0, len(areas.features)), bool)
        self.coast_m = np.zeros(0)
        self.port = np.zeros(0, np.int64)
        self.port_m = np.zeros(0)

    def refresh(self, table: TrackTable) -> None:
        """Look up every slot marked dirty, and clear the marks."""
        self._grow(len(table.dirty))
        moved = np.flatnonzero(table.dirty[: table.n])
        table.dirty[moved] = False
        moved = moved[table.arrays.reports[moved] > 0]
        if not moved.size:
            return
        lon, lat = table.arrays.lon[moved], table.arrays.lat[moved]
        self.inside[moved] = self.areas.inside(lon, lat)
        self.coast_m[moved] = self.areas.coast_m(lon, lat)
        self.port[moved], port_m = self.areas.nearest(PORT_KINDS, lon, lat)
        self.port_m[moved] = np.where(self.areas.covers(lon, lat), port_m, np.nan)

    def _grow(self, capacity: int) -> None:
        extra = capacity - len(self.coast_m)
        if extra > 0:
            self.inside = np.concatenate([self.inside, np.zeros((extra, self.inside.shape[1]), bool)])
            self.coast_m = np.concatenate([self.coast_m, np.full(extra, np.nan)])
            self.port = np.concatenate([self.port, np.zeros(extra, np.int64)])
            self.port_m = np.concatenate([self.port_m, np.full(extra, np.nan)])


def once_a_tick(ask: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A column that is a function of a view and settings, worked out when first asked for; not to be written to."""

    @wraps(ask)
    def asked(view: View, *settings) -> np.ndarray:
        key = (ask, settings)
        if key not in view.kept:
            view.kept[key] = ask(view, *settings)
        return view.kept[key]

    return asked


@dataclass(frozen=True)
class View:
    """Targets heard within the expiry, as equal-length arrays; row ``i`` is slot ``slots[i]`` of the table.

    ``motion`` is a state of :mod:`surveil.kernels.motion_state` and ``motion_since_ms`` when it began; ``hull`` counts
    the targets of one MMSI, 0 for the first. ``coast_m`` and ``port_m`` are NaN outside the geodata's coverage;
    ``port`` indexes ``areas.places``.
    """

    t_ms: int
    table: TrackTable
    areas: Areas
    learned: Learned | None
    slots: np.ndarray
    mmsi: np.ndarray
    ais_class: np.ndarray
    last_ms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    sog_kn: np.ndarray
    cog_deg: np.ndarray
    heading_deg: np.ndarray
    nav_status: np.ndarray
    source: np.ndarray
    seq: np.ndarray
    reports: np.ndarray
    interval_s: np.ndarray
    length_m: np.ndarray
    ship_type: np.ndarray
    small: np.ndarray
    small_ground: np.ndarray
    craft: np.ndarray
    hull: np.ndarray
    motion: np.ndarray
    motion_since_ms: np.ndarray
    inside: np.ndarray
    coast_m: np.ndarray
    port: np.ndarray
    port_m: np.ndarray
    contacts: Any = None
    """:class:`surveil.fusion.picture.Contacts` of the tick, None without sensors; in the view they have the class
    CONTACT and their number, negative, as MMSI."""
    kept: dict = field(default_factory=dict, repr=False)
    """Columns of :func:`once_a_tick`."""

    def __len__(self) -> int:
        return len(self.slots)

    @cached_property
    def lane(self) -> np.ndarray:
        """int64[n]: the traffic lane each target is in, as an area column, or -1."""
        return self.area_of(*LANE_KINDS)

    @cached_property
    def lane_flow_deg(self) -> np.ndarray:
        """float64[n]: where traffic of that lane flows there, degrees true; NaN outside lanes."""
        return self.areas.lane_flow_deg(self.lon, self.lat, self.lane)

    @once_a_tick
    def area_of(self, *kinds: str) -> np.ndarray:
        """int64[n]: the first area of some kinds that each target is in, as an area column, or -1."""
        return first_inside(self.inside, self.areas.columns_of(*kinds))

    def contact_rows(self) -> tuple[np.ndarray, np.ndarray]:
        """int64[k] each: rows of contacts that no AIS explains, and which of ``contacts`` each is."""
        rows = np.flatnonzero(self.ais_class == CLASS_CONTACT)
        return rows, np.searchsorted(self.contacts.number, -self.mmsi[rows])

    @cached_property
    def pairs(self) -> Pairs:
        """Pairs of targets that are near each other or soon will be."""
        return find_pairs(self)

    @cached_property
    def is_contact(self) -> np.ndarray:
        """bool[n]: a sensor's track that no AIS explains."""
        return self.ais_class == CLASS_CONTACT

    @cached_property
    def age_s(self) -> np.ndarray:
        """Seconds since each target was last heard."""
        return (self.t_ms - self.last_ms) / 1000.0

    @cached_property
    def rarity(self) -> np.ndarray:
        """float64[n]: the share of what was seen thereabouts, of the class, that moved in a way as rare or rarer.

        NaN without a map, where too little was seen, and where course or speed is not said.
        """
        if self.learned is None:
            return np.full(len(self), np.nan)
        return self.learned.traffic.rarity(
            lon=self.lon, lat=self.lat, sog_kn=self.sog_kn, cog_deg=self.cog_deg, ais_class=self.ais_class
        ).p

    def silence(self, rows: np.ndarray) -> Silence | None:
        """How well bad reception explains that some targets have been silent so long; None without a map."""
        if self.learned is None:
            return None
        columns = ("slots", "lon", "lat", "sog_kn", "cog_deg", "nav_status", "ais_class", "last_ms", "age_s")
        return self.learned.reception.silence(**{name: getattr(self, name)[rows] for name in columns})

    def name(self, row: int) -> str:
        """The target's name as it broadcasts it, or an empty string."""
        return self.table.name(self.slots[row])

    def title(self, row: int) -> Words:
        """How an officer would call the target: kind, name, MMSI."""
        if self.ais_class[row] == CLASS_CONTACT:
            return Words("Contact {number}", number=-self.mmsi[row])
        kind, name = ("Vessel", "Craft", "Small craft")[self.small[row]], self.name(row)
        number = f"{self.mmsi[row]}{self.suffix(row)}"
        if not name:
            return Words("{kind:name} {number}", kind=kind, number=number)
        return Words("{kind:name} {name} ({number})", kind=kind, name=name, number=number)

    def suffix(self, row: int) -> str:
        """'#2' of the second hull under an MMSI, and so on; nothing of the first."""
        return f"#{self.hull[row] + 1}" if self.hull[row] else ""

    def ground(self, row: int) -> str:
        """Why the target is taken for a small craft, or not."""
        return small_craft_ground(int(self.small_ground[row]))

    def history(self, row: int) -> dict[str, np.ndarray]:
        """The target's recent path, oldest first: t_ms, lon, lat, sog_kn, cog_deg."""
        return self.table.path(self.slots[row])


_COPIED = (
    "mmsi", "ais_class", "last_ms", "lon", "lat", "sog_kn", "cog_deg", "heading_deg", "nav_status", "source",
    "seq", "reports", "interval_s",
)  # fmt: skip
_LOOKED_UP = ("inside", "coast_m", "port", "port_m")
_IS_CRAFT = ~np.isin(np.arange(2**8), (CLASS_BASE, CLASS_ATON, CLASS_DEVICE, CLASS_CONTACT))


def make_view(
    t_ms: int, table: TrackTable, surroundings: Surroundings, learned: Learned | None = None, contacts: Any = None
) -> View:
    """The picture at a tick."""
    surroundings.refresh(table)
    slots = table.active(t_ms)
    columns = {name: getattr(table.arrays, name).take(slots) for name in _COPIED}
    columns |= {name: table.statics[name].take(slots) for name in ("length_m", "ship_type")}
    columns["small"], columns["small_ground"] = small_craft(
        columns["length_m"], columns["ship_type"], columns["ais_class"]
    )
    columns["craft"] = _IS_CRAFT[columns["ais_class"]]
    columns |= {"hull": table.hulls["number"][slots], "motion": table.motion["state"][slots]}
    columns["motion_since_ms"] = table.motion["since_ms"][slots]
    columns |= {
        name: getattr(surroundings, name).take(slots, axis=0) for name in ("inside", "coast_m", "port", "port_m")
    }
    return View(
        t_ms=t_ms, table=table, areas=surroundings.areas, learned=learned, slots=slots, contacts=contacts, **columns
    )
