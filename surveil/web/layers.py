"""What a page draws besides targets: the map, how well things are heard, where a small craft may go and be from."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
from shapely.geometry import mapping

from surveil.alert import Alert
from surveil.areas import Areas
from surveil.forecast.cloud import Start, Water, expected
from surveil.live.picture import Snapshot
from surveil.schema import CLASS_DEVICE
from surveil.tracks.reception import LEAST
from surveil.web.wire import keys_of, target_of

_KN_MS = 1852.0 / 3600.0


def map_of(areas: Areas) -> bytes:
    """The features of the map, as GeoJSON."""
    features = [
        _feature(mapping(f.geometry), id=f.id, name=f.name, kind=f.kind, direction_deg=f.direction_deg)
        for f in (*areas.features, *areas.lines, *areas.places)
    ]
    return _collection(features)


def reception_of(cells: dict[str, np.ndarray], cell_deg: float) -> bytes:
    """Cells of :meth:`surveil.tracks.reception.ReceptionMap.cells` as GeoJSON, with the share of reports due that came.

    Only those where enough were due to tell.
    """
    due, heard = cells["expected"].sum(axis=1), cells["heard"].sum(axis=1)
    features = []
    for i in np.flatnonzero(due >= LEAST).tolist():
        west, south = (round(float(cells[name][i] * cell_deg) - half, 6) for name, half in (("x", 180), ("y", 90)))
        east, north = round(west + cell_deg, 6), round(south + cell_deg, 6)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append(_feature(shape, share=round(float(heard[i] / due[i]), 2), due=int(due[i])))
    return _collection(features)


def drift_of(alert: Alert, shown: Snapshot, water: Water, areas: Areas) -> dict:
    """Where the target of an alert will be and may be from, by its last report: ``t_ms``, ``forecast``, ``origins``.

    As the alert itself has it, where that told of no drift, or of a target that is gone.
    """
    keys = keys_of(shown.targets)
    known = alert.evidence
    if not known.forecast or (target := target_of(alert)) not in keys:
        return _told(alert.history[-1].t_ms, known.forecast, known.origins)
    at = {name: getattr(shown.targets, name)[keys.index(target)].item() for name in _STARTS}
    if math.isnan(at["lon"]):
        return _told(alert.history[-1].t_ms, known.forecast, known.origins)
    speed_ms, course = (0.0 if math.isnan(at[name]) else at[name] for name in ("sog_kn", "cog_deg"))
    speed_ms, course = speed_ms * _KN_MS, math.radians(course)
    sigma_m = 0.0 if math.isnan(at["major_m"]) else at["major_m"]
    way = speed_ms * math.sin(course), speed_ms * math.cos(course)
    start = Start(at["t_ms"], at["lon"], at["lat"], *way, sigma_m)
    return _told(at["t_ms"], *expected(start, water, areas, at["ais_class"] == CLASS_DEVICE))


_STARTS = ("t_ms", "lon", "lat", "sog_kn", "cog_deg", "major_m", "ais_class")


def _told(t_ms: int, forecast, origins) -> dict:
    return {"t_ms": t_ms, "forecast": [asdict(e) for e in forecast], "origins": [asdict(o) for o in origins]}


def _feature(geometry: dict, **properties) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _collection(features: list[dict]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode()


NOTHING = _collection([])
