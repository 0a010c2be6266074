"""The report's data as compact JSON: integer deltas, and nothing that can leave its script element."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

DEGREE_DECIMALS = 5
"""Decimals kept of a coordinate: 1e-5 degree is 1.1 m, finer than AIS's own 10 m accuracy flag."""
_DEGREE_STEPS = 10**DEGREE_DECIMALS
_TENTHS = 10
"""SOG and COG are carried in tenths, the resolution of M.1371-5 table 48."""

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script_safe_json(value: Any) -> str:
    """JSON that may stand inside ``<script>``: no character of it can end the element or start markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in _UNSAFE.items():
        text = text.replace(character, escaped)
    return text.encode("utf-8", "replace").decode("utf-8")


def plain(value: Any) -> Any:
    """Numpy values and arrays as Python's own; NaN and infinities as ``None``."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def payload_json(data: Mapping[str, Any]) -> str:
    """:func:`payload_pieces` as one text."""
    return "".join(payload_pieces(data))


def payload_pieces(data: Mapping[str, Any]) -> Iterator[str]:
    """What the page reads, as :func:`script_safe_json`: `data` of :func:`surveil.report.write_report`, its coordinates
    made short. Alert by alert and track by track, since all at once would take more memory than a replay."""
    coded = ("areas", "land", "tracks", "alerts")
    others = {
        "places": [],
        "reception": None,
        **plain({key: value for key, value in data.items() if key not in coded}),
        "areas": _rounded_features(data.get("areas")),
        "land": _rounded_features(data.get("land")),
    }
    yield script_safe_json(others)[:-1]
    for name, encode in {"alerts": plain, "tracks": encode_track}.items():
        yield f',"{name}":['
        for n, each in enumerate(data.get(name) or []):
            yield ("," if n else "") + script_safe_json(encode(each))
        yield "]"
    yield "}"


def encode_track(track: Mapping[str, Any]) -> dict[str, Any]:
    """A track whose segments are encoded; a segment that passes the antimeridian becomes several."""
    parts = [part for segment in track["segments"] for part in _split_at_antimeridian(segment)]
    known = plain({key: value for key, value in track.items() if key != "segments"})
    return {**known, "segments": [encode_segment(part) for part in parts]}


def encode_segment(segment: Mapping[str, Any]) -> dict[str, list]:
    """Integer columns of one segment.

    ``t`` [ms], ``x`` and ``y`` [1e-5 degree] hold their first value, then differences; ``v`` [0.1 kn] and
    ``c`` [0.1 degree] hold values, ``None`` where missing.
    """
    return {
        "t": _deltas(np.asarray(segment["t_ms"], np.int64)),
        "x": _deltas(_steps(segment["lon"])),
        "y": _deltas(_steps(segment["lat"])),
        "v": _tenths(segment["sog_kn"]),
        "c": _tenths(segment["cog_deg"]),
    }


def _split_at_antimeridian(segment: Mapping[str, Any]) -> list[dict[str, np.ndarray]]:
    columns = {name: np.asarray(values) for name, values in segment.items()}
    lon = np.asarray(segment["lon"], float)
    cuts = np.flatnonzero(np.abs(np.diff(lon)) > 180.0) + 1
    pieces = {name: np.split(values, cuts) for name, values in columns.items()}
    return [dict(zip(pieces, part, strict=True)) for part in zip(*pieces.values(), strict=True) if len(part[0])]


def _steps(degrees) -> np.ndarray:
    return np.rint(np.asarray(degrees, float) * _DEGREE_STEPS).astype(np.int64)


def _deltas(values: np.ndarray) -> list[int]:
    return np.diff(values, prepend=0).tolist()


def _tenths(values) -> list[int | None]:
    scaled = np.rint(np.asarray(values, float) * _TENTHS)
    return [int(value) if math.isfinite(value) else None for value in scaled.tolist()]


def _rounded_features(collection: Mapping[str, Any] | None) -> dict[str, Any]:
    features = (collection or {}).get("features") or []
    return {
        "type": "FeatureCollection",
        "features": [_rounded_feature(f) for f in features if f.get("geometry")],
    }


def _rounded_feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    geometry = feature["geometry"]
    rounded = {"type": geometry["type"], "coordinates": _rounded(plain(geometry["coordinates"]))}
    return {"type": "Feature", "properties": plain(feature.get("properties") or {}), "geometry": rounded}


def _rounded(coordinates):
    if isinstance(coordinates, list | tuple):
        return [_rounded(item) for item in coordinates]
    return round(coordinates, DEGREE_DECIMALS)
