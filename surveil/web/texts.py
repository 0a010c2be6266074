"""What the console's page says: English by key. Its French is in the catalogue, as that of everything else."""

from __future__ import annotations

from surveil.words import translated

TEXTS = {
    "skip": "Go to the alerts", "search": "Name, MMSI, call sign (/)", "filters": "Filters", "layers": "Layers",
    "measure": "Measure", "replay": "Past", "feeds": "Feeds", "handover": "Hand-over", "sound": "Sound",
    "help": "Help", "logout": "Log out", "map": "Map of the strait", "target": "Target", "alert": "Alert",
    "alerts": "Alerts", "ended": "ended too", "none": "No alert is open.", "pastat": "The picture at",
    "golive": "Back to now", "live": "LIVE", "recording": "RECORDING", "notlive": "PAST, NOT LIVE: the picture of",
    "simulated": "SIMULATED: these vessels do not exist", "stale": "STALE PICTURE: nothing new for",
    "dull": "The map cannot be drawn: this browser has no WebGL 2. Alerts and search work.",
    "shown": "targets shown of", "kind": "Kind", "class": "Class", "speed": "Speed, kn", "age": "Heard within, min",
    "from": "at least", "to": "at most", "reset": "Show all", "acknowledge": "Acknowledge", "silence": "Silence",
    "close": "Close", "reopen": "Reopen", "note": "Note", "assign": "Assign", "back": "List",
    "show": "Show on the map", "evidence": "What was compared", "timeline": "Timeline",
    "false": "Known false alarms", "helpers": "Nearest help", "helper": "Rescue craft", "distance": "Distance",
    "there": "There in", "odds": "Odds", "where": "Where it will be (95 %)", "time": "Time", "middle": "Middle",
    "forecast": "Forecast of the alert", "found": "Measured", "limit": "Limit", "source": "Source",
    "risk": "risk to life", "since": "since", "assigned": "assigned to", "until": "until", "why": "Reason",
    "by": "Your name", "minutes": "Minutes", "whom": "To whom", "do": "Do it", "cancel": "Cancel", "done": "Done",
    "name": "Name", "password": "Password", "login": "Log in", "export": "Export", "selection": "selected",
    "measuring": "Click points on the map; Esc ends.", "at": "at", "knots": "kn", "nodata": "not known",
    "contact": "Contact without AIS", "dark": "probability of being dark", "open": "open",
    "acknowledged": "acknowledged", "silenced": "silenced", "closed": "closed", "retracted": "retracted",
    "distress": "distress", "high": "high", "medium": "medium", "low": "low", "info": "info", "day": "Day",
    "dusk": "Dusk", "night": "Night", "cargo": "cargo", "tanker": "tanker", "passenger": "passenger",
    "fishing": "fishing", "pleasure": "pleasure", "service": "service, rescue", "other": "other",
    "device": "distress device", "aircraft": "aircraft", "aton": "aid to navigation", "base": "base station",
    "darkcontact": "without AIS", "lanes": "Lanes and zones", "lines": "Lines", "places": "Places",
    "trails": "Trails", "vectors": "6 min vectors", "ellipses": "Ellipses", "names": "Names", "heard": "heard",
    "heading": "heading", "course": "course", "length": "length", "callsign": "call sign",
    "destination": "destination", "state": "State", "lag": "Lag", "rate": "Bytes/s", "gaps": "Losses",
    "refused": "Refused", "timings": "Engine, seconds by stage", "counters": "Counted", "troubles": "Troubles",
    "next": "next / previous alert", "opens": "open the alert", "leave": "close what is open",
    "home": "the whole strait", "follow": "show the alert on the map",
    "box": "Shift and drag: select a box to export", "update": "update", "retract": "retract",
    "unsilence": "unsilence", "up": "up", "down": "down", "waiting": "waiting", "connecting": "connecting",
    "failed": "failed",
    "audit": "Audit log", "nothing": "Nothing yet.",
    "who": "Who", "address": "Address", "what": "What", "detail": "Detail", "older": "Older",
    "latest": "Latest", "log-in": "log-in", "log-out": "log-out", "log-in refused": "log-in refused",
    "account": "account", "account removed": "account removed", "token": "token", "minimap": "Map of the alert at",
    "origin": "Where it may have set out", "beach": "Beach", "chance": "Chance", "reception": "Depth of reception",
    "shares": "share of the reports due that came; none where too few were due",
}  # fmt: skip


def texts_in(lang: str) -> dict[str, str]:
    """By key, in one language."""
    return {key: translated(text, lang) for key, text in TEXTS.items()}
