"""Sentences kept as a message and its values, so that they can be said in English and in French at any later time.

>>> said = Words("{craft} at {speed:.1f} kn since {since:clock}", craft="SIM A", speed=4.1, since=1_783_566_060_000)
>>> str(said)
'SIM A at 4.1 kn since 03:01 UTC (04:01 BST)'
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
import string
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

DOMAIN = "surveil"
LOCALE = Path(__file__).resolve().parent / "locale"
_MO_MAGIC = 0x950412DE


@dataclass(frozen=True)
class Language:
    """How one language writes: the watch's own clock, and the decimal mark."""

    code: str
    zone: str
    decimal: str


LANGUAGES = {"en": Language("en", "Europe/London", "."), "fr": Language("fr", "Europe/Paris", ",")}
"""The co-ordination centres of the strait: Dover and Gris-Nez."""


class Words(str):
    """English text that knows the message and the values it was made of. Immutable.

    Parameters
    ----------
    message : English, with a placeholder ``{name}`` or ``{name:spec}`` for each value; the id in the catalogues.
        Besides Python's own specs, ``clock`` writes UTC milliseconds as UTC and local time, and ``name`` looks the
        value up in the catalogue (names of sea areas and kinds).
    values : text, numbers, other Words, or tuples of these, which are listed with commas.
    """

    message: str
    values: dict

    def __new__(cls, message: str, **values) -> Words:
        values = {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}
        made = super().__new__(cls, _Writer(LANGUAGES["en"]).vformat(message, (), values))
        made.message, made.values = message, values
        return made

    def __deepcopy__(self, memo) -> Words:
        return self

    def __reduce__(self):
        return _from_parts, (self.message, self.values)

    def parts(self) -> list:
        """Plain values, for JSON; :meth:`from_parts` makes it whole again."""
        return [self.message, {name: _plain(value) for name, value in self.values.items()}]

    @classmethod
    def from_parts(cls, parts: list) -> Words:
        message, values = parts
        return cls(message, **{name: _whole(value) for name, value in values.items()})


def _from_parts(message: str, values: dict) -> Words:
    return Words(message, **values)


def _plain(value):
    if isinstance(value, Words):
        return {"words": value.parts()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _whole(value):
    if isinstance(value, dict):
        return Words.from_parts(value["words"])
    return tuple(_whole(item) for item in value) if isinstance(value, list) else value


def translated(text: str, code: str) -> str:
    """A text in another language; what the catalogue does not have stays English.

    Raises
    ------
    ValueError : a language that is none of :data:`LANGUAGES`.
    """
    if code not in LANGUAGES:
        raise ValueError(f"no language {code!r}; there are {', '.join(LANGUAGES)}")
    if isinstance(text, Words):
        return _Writer(LANGUAGES[code]).vformat(catalogue(code).gettext(text.message), (), text.values)
    return catalogue(code).gettext(text) if text else text


class _Writer(string.Formatter):
    """Puts values into a message as one language writes them."""

    def __init__(self, language: Language):
        self.language = language

    def format_field(self, value, spec: str) -> str:
        if isinstance(value, tuple | list):
            return ", ".join(self.format_field(item, spec) for item in value)
        if isinstance(value, Words) or spec == "name":
            return translated(value, self.language.code)
        if spec == "clock":
            return clock(value, self.language.code)
        text = format(value, spec)
        return text.replace(".", self.language.decimal) if isinstance(value, float) else text


def clock(t_ms: int, code: str = "en") -> str:
    """Time of day in UTC, and by the watch's own clock where that differs: ``03:01 UTC (04:01 BST)``."""
    utc = dt.datetime.fromtimestamp(t_ms / 1000, dt.UTC)
    local = utc.astimezone(_zone(LANGUAGES[code].zone))
    text = utc.strftime("%H:%M UTC")
    return text if not local.utcoffset() else f"{text} ({local:%H:%M} {local.tzname()})"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """The translations of a language; English is its own catalogue."""
    path = LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(mo_bytes(read_po(path.read_text(encoding="utf-8")))))


def read_po(text: str) -> dict[str, str]:
    """Translation by message of a .po file without contexts and plurals: those of ours have none."""
    entries: list[dict[str, str]] = []
    for line in text.splitlines():
        key, _, quoted = line.partition(" ")
        if key == "msgid":
            entries.append({"msgid": "", "msgstr": ""})
        if key in ("msgid", "msgstr"):
            last = key
        elif line.startswith('"'):
            quoted = line
        else:
            continue
        entries[-1][last] += _unquoted(quoted)
    return {entry["msgid"]: entry["msgstr"] for entry in entries if entry["msgstr"]}


def _unquoted(text: str) -> str:
    return text.strip()[1:-1].replace(r"\n", "\n").replace(r"\"", '"').replace(r"\\", "\\")


def mo_bytes(translations: dict[str, str]) -> bytes:
    """The catalogue as gettext's binary format (GNU gettext manual, 10.3): header, two tables of lengths, texts."""
    pairs = sorted((a.encode(), b.encode()) for a, b in translations.items())
    tables, texts, at = [b"", b""], b"", 28 + 16 * len(pairs)
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack("<II", len(pair[side]), at + len(texts))
            texts += pair[side] + b"\0"
    head = struct.pack("<7I", _MO_MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + tables[0] + tables[1] + texts
