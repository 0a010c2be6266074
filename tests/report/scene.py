"""A made-up watch for tests of the report: 60 tracks about Dover and eight alerts, the same on every run."""

from __future__ import annotations

import csv
import json
import math

import numpy as np

from surveil.errors import SurveilError
from surveil.resources import resource

T0_MS = 1_763_935_200_000
"""2025-11-23 22:00 UTC."""
HOURS = 8
_SW_LANE = [(1.75, 51.17), (1.42, 50.98), (0.95, 50.72), (0.6, 50.58)]
_NE_LANE = [(0.95, 50.48), (1.35, 50.78), (1.58, 50.95), (1.95, 51.16)]
_FERRY = [(1.345, 51.12), (1.48, 51.07), (1.70, 50.99), (1.845, 50.97)]
_CROSSING = [(1.675, 50.895), (1.52, 50.955), (1.36, 51.02), (1.18, 51.075)]
_LAYERS = ("routeing", "boundaries", "anchorages", "ferry_routes")
HOSTILE_NAME = '</script><img src=x onerror="window.pwned=1">'


def watch(tracks: int = 60) -> dict:
    """`data` of one report: lane traffic, ferries, fishing boats, yachts, small craft, a SART."""
    rng = np.random.default_rng(7)
    vessels = [_vessel(i, rng) for i in range(tracks)]
    alerts = [_alert(i, vessels) for i in range(8)] if tracks >= 8 else []
    areas, land, places = _geography()
    return {
        "title": "Dover Strait, night of 23 November",
        "simulated": True,
        "sources": ["demo/night.nmea", "demo/coast-station-2.nmea.gz"],
        "span": [T0_MS, T0_MS + HOURS * 3_600_000],
        "generated_by": "surveil 0.1.0",
        "summary": _summary(alerts, tracks),
        "areas": areas,
        "land": land,
        "places": places,
        "tracks": vessels,
        "alerts": alerts,
    }


def bare(**changes) -> dict:
    """The least a report may hold: nothing happened, nothing was heard."""
    empty = {"type": "FeatureCollection", "features": []}
    base = {
        "title": "Nothing heard",
        "simulated": False,
        "sources": [],
        "span": [T0_MS, T0_MS],
        "generated_by": "surveil 0.1.0",
        "summary": {
            "lines_read": 0,
            "decoded": 0,
            "refused": {},
            "not_ais": 0,
            "vessels": 0,
            "alerts": {},
            "severities": {},
            "seconds": {},
            "problems": [],
        },
        "areas": empty,
        "land": empty,
        "places": [],
        "tracks": [],
        "alerts": [],
    }
    return {**base, **changes}


def track(mmsi: int, lon, lat, t_ms, **properties) -> dict:
    """A track of one segment with a steady 10 kn on 045."""
    n = len(lon)
    segment = {"t_ms": t_ms, "lon": lon, "lat": lat, "sog_kn": [10.0] * n, "cog_deg": [45.0] * n}
    base = {
        "name": None,
        "ais_class": "A",
        "small_craft": "unknown",
        "small_craft_ground": "",
        "ship_type": None,
        "ship_type_text": None,
        "length_m": None,
        "flag": None,
        "events": [],
    }
    return {**base, "mmsi": mmsi, "segments": [segment], **properties}


_FLEET = [
    ("cargo", 70, "Cargo", "A", 190.0, 13.5, _SW_LANE),
    ("cargo", 79, "Cargo", "A", 140.0, 11.8, _NE_LANE),
    ("tanker", 80, "Tanker", "A", 240.0, 12.4, _NE_LANE),
    ("ferry", 60, "Passenger", "A", 186.0, 18.0, _FERRY),
    ("fisher", 30, "Fishing", "A", 14.0, 3.0, None),
    ("yacht", 36, "Sailing", "B", 11.0, 5.0, _CROSSING),
    ("lifeboat", 51, "Search and rescue", "A", 17.0, 14.0, _FERRY),
    ("small", None, None, "B", 8.0, 4.1, _CROSSING),
    ("cargo", 71, "Cargo", "A", 320.0, 15.0, _SW_LANE),
    ("unknown", None, None, "A", None, 9.0, _SW_LANE),
]
_WORDS = ["NORTHERN", "ALBA", "MERIDIAN", "CAP", "SPIRIT", "ORCA", "HELENE", "STRAIT", "AURORA", "PRIDE"]


def _vessel(i: int, rng) -> dict:
    role, ship_type, text, ais_class, length, speed, route = _FLEET[i % len(_FLEET)]
    start = T0_MS + int(rng.integers(0, 7 * 3_600_000))
    points = _trawl(rng) if route is None else _jitter(route[:: -1 if role == "ferry" and i % 20 > 10 else 1], rng)
    segment = _sail(points, start, speed + rng.normal(0, 0.8))
    properties = {
        "name": f"{_WORDS[i % 10]} {_WORDS[(i * 7 + 3) % 10]}" if i % 9 else None,
        "ais_class": ais_class,
        "ship_type": ship_type,
        "ship_type_text": text,
        "length_m": length,
        "small_craft": "yes" if role == "small" else "no" if (length or 0) > 24 else "unknown",
        "small_craft_ground": "class B, 8 m by its own report" if role == "small" else "",
    }
    if i == 57:
        properties |= {"name": "SART ACTIVE", "ais_class": "distress device", "small_craft": "unknown"}
    if i == 5:
        properties["name"] = HOSTILE_NAME
        sentence = f"{227_000_000 + 1313 * i} changed its name: {HOSTILE_NAME} to HELENE ORCA"
        properties |= {"flag": "France", "events": [{"t_ms": T0_MS + 3_600_000, "sentence": sentence}]}
    return {
        "mmsi": 970_123_456 if i == 57 else 227_000_000 + 1313 * i,
        **properties,
        "segments": _with_gap(segment, i),
    }


def _jitter(route, rng) -> np.ndarray:
    return np.asarray(route) + rng.normal(0, 0.012, 2) + rng.normal(0, 0.004, (len(route), 2))


def _trawl(rng) -> np.ndarray:
    centre = np.array([1.1, 50.8]) + rng.normal(0, 0.12, 2)
    return centre + np.cumsum(rng.normal(0, 0.012, (14, 2)), axis=0)


def _sail(points: np.ndarray, start_ms: int, speed_kn: float) -> dict:
    """Reports at even steps along a line, with SOG and COG to match; cut at the end of the watch."""
    shrink = math.cos(math.radians(51.0))
    legs_nm = np.hypot(np.diff(points[:, 0]) * shrink, np.diff(points[:, 1])) * 60
    along = np.concatenate([[0.0], np.cumsum(legs_nm)])
    at = np.linspace(0, along[-1], 120)
    lon, lat = np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])
    t_ms = start_ms + (at / max(speed_kn, 1.0) * 3_600_000).astype(np.int64)
    cog = np.degrees(np.arctan2(np.gradient(lon) * shrink, np.gradient(lat))) % 360
    sog = speed_kn + 0.3 * np.sin(np.arange(len(at)))
    keep = t_ms <= T0_MS + HOURS * 3_600_000
    columns = {"t_ms": t_ms, "lon": lon, "lat": lat, "sog_kn": sog, "cog_deg": cog}
    return {name: values[keep] for name, values in columns.items()}


def _with_gap(segment: dict, i: int) -> list[dict]:
    if i % 11 != 7:
        return [segment]
    third = len(segment["t_ms"]) // 3
    return [{k: v[part] for k, v in segment.items()} for part in (slice(0, third), slice(2 * third, None))]


_RULES = [
    (
        "distress_device",
        57,
        "distress",
        0.95,
        "SART 970123456 heard 6 nm SE of Dover, in the SW lane",
        "open",
    ),
    (
        "small_craft_crossing",
        7,
        "high",
        0.7,
        "Small craft {name} has crossed the NE lane at 4.1 kn on 312°, 8 nm from Dover; beaches behind it: Wissant",
        "open",
    ),
    (
        "small_craft_crossing",
        17,
        "high",
        0.62,
        "Small craft {name} has entered the NE lane at 3.6 kn on 318°, 9 nm from Dover",
        "closed",
    ),
    (
        "ais_silence",
        27,
        "medium",
        0.45,
        "{name} has not been heard for 41 min in the separation zone, where it should be heard every 30 s",
        "open",
    ),
    (
        "loitering",
        4,
        "low",
        0.1,
        "{name} has stayed within 0.8 nm for 2 h 10 min, 11 nm from the nearest port",
        "closed",
    ),
    (
        "against_flow",
        9,
        "medium",
        0.2,
        "{name} is heading 048° in the SW lane, against its flow of 228°",
        "closed",
    ),
    (
        "lane_crossing_angle",
        5,
        "low",
        0.05,
        "{name} crosses the NE lane at 52°, far from a right angle",
        "retracted",
    ),
    ("area_entry", 3, "info", 0.0, "{name} entered the English inshore zone", "closed"),
]


def _alert(i: int, vessels: list[dict]) -> dict:
    rule, who, severity, risk, sentence, state = _RULES[i]
    vessel = vessels[who % len(vessels)]
    segment = vessel["segments"][0]
    k = len(segment["t_ms"]) // 2
    t, name = int(segment["t_ms"][k]), vessel["name"] or f"MMSI {vessel['mmsi']}"
    text = sentence.format(name=name)
    end = None if state == "open" else t + 1_500_000
    closing = (
        []
        if end is None
        else [
            {
                "t_ms": end,
                "event": "retract" if state == "retracted" else "close",
                "sentence": f"{name}: condition no longer met",
            }
        ]
    )
    return {
        "id": f"{rule[:4]}-{i:04x}c0de",
        "rule": rule,
        "subjects": [{"mmsi": vessel["mmsi"], "name": vessel["name"]}],
        "t_start_ms": t - 600_000,
        "t_end_ms": end,
        "t_raised_ms": t,
        "state": state,
        "severity": severity,
        "risk_to_life": risk,
        "lon": float(segment["lon"][k]),
        "lat": float(segment["lat"][k]),
        "sentence": text,
        "simulated": True,
        "evidence": _evidence(t),
        "history": [
            {"t_ms": t, "event": "open", "sentence": text},
            {"t_ms": t + 600_000, "event": "update", "sentence": f"{name}: still so after 10 min"},
            *closing,
        ],
    }


def _compared(what, value, op, threshold, unit, source) -> dict:
    return {"what": what, "value": value, "op": op, "threshold": threshold, "unit": unit, "source": source}


def _evidence(t: int) -> dict:
    return {
        "ground": "Kinematics and kind: class B of 8 m, from a beach and not a harbour, "
        "crossing the lanes at small-craft speed.",
        "compared": [
            _compared("mean SOG over 10 min", 4.13, "<=", 8.0, "kn", "assumed"),
            _compared("course against lane flow", 84.2, ">=", 45.0, "°", "COLREG rule 10(c)"),
            _compared("length", 8, "<", 20, "m", "COLREG rule 10(j)"),
            _compared("origin", "beach: Wissant", "is not", "harbour", "", "assumed"),
        ],
        "inputs": [
            {
                "source": "demo/night.nmea",
                "line": 10423 + 7 * j,
                "t_ms": t - 60_000 * j,
                "raw": r"\s:demo,c:1763946000*5F\!AIVDM,1,1,,B,B3UH;Oh000=NB@7UkDsOwwRUoP06,0*43" if j < 3 else None,
            }
            for j in range(4)
        ],
        "known_false_alarms": "Sailing yachts on passage and angling boats adrift look the same here.",
    }


def _summary(alerts: list[dict], vessels: int) -> dict:
    def count(key):
        values = [alert[key] for alert in alerts]
        return {value: values.count(value) for value in dict.fromkeys(values)}

    return {
        "lines_read": 182_344,
        "decoded": 181_020,
        "refused": {"checksum": 611, "incomplete_message": 402, "time_in_future": 12},
        "not_ais": 299,
        "vessels": vessels,
        "alerts": count("rule"),
        "severities": count("severity"),
        "seconds": {
            "read": 1.21,
            "decode": 9.84,
            "order": 0.77,
            "tracks": 2.35,
            "rules": 1.92,
            "write": 0.64,
        },
        "problems": ["demo/coast-station-2.nmea.gz:88120: the archive ends early"],
    }


def _geography() -> tuple[dict, dict, list[dict]]:
    try:
        features = [f for layer in _LAYERS for f in _read(f"{layer}.geojson")["features"]]
        return {"type": "FeatureCollection", "features": features}, _read("land.geojson"), _places()
    except SurveilError:
        return (
            _sketch(),
            {"type": "FeatureCollection", "features": []},
            [{"name": "Dover", "kind": "port", "lon": 1.31, "lat": 51.12}],
        )


def _read(name: str) -> dict:
    return json.loads(resource("geodata", name).read_text("utf-8"))


def _places() -> list[dict]:
    with resource("geodata", "places.csv").open(encoding="utf-8", newline="") as rows:
        return [
            {"name": r["name"], "kind": r["kind"], "lon": float(r["lon"]), "lat": float(r["lat"])}
            for r in csv.DictReader(rows)
        ]


def _sketch() -> dict:
    """One lane, where the project's own areas are absent."""
    ring = [[1.7, 51.2], [1.4, 51.0], [0.9, 50.75], [0.95, 50.7], [1.45, 50.95], [1.75, 51.15], [1.7, 51.2]]
    properties = {
        "id": "lane-sw",
        "name": "SW lane",
        "kind": "lane",
        "source": "sketch",
        "licence": "none",
        "accuracy_m": 3000,
    }
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        ],
    }
