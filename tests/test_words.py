"""Every sentence of an alert can be said in French, with the same values in it, and as a watch officer writes them."""

import ast
import copy
import gettext
import io
import json
import pickle
import string

import pytest

from surveil.alert import SEVERITIES, Alert
from surveil.alerts.acts import KINDS
from surveil.alerts.rescue import SPEED_KN
from surveil.alerts.risk import CRAFT
from surveil.contract import run_example
from surveil.geo.features import AREA_KINDS
from surveil.identity import KIND_NAMES, WRONG_KINDS
from surveil.registry import rule_classes
from surveil.rules.identity import _FIELDS as IDENTITY_FIELDS
from surveil.tracks.reception import LEVELS
from surveil.tracks.table import small_craft_ground
from surveil.web.texts import TEXTS as CONSOLE_TEXTS
from surveil.words import LANGUAGES, LOCALE, Words, catalogue, clock, mo_bytes, read_po, translated
from tests.rules.test_contract import EXAMPLES
from tests.test_architecture import SOURCES

SUMMER_MS, WINTER_MS = 1_783_566_060_000, 1_773_525_600_000
TEXT_ARGUMENTS = {"Words": 0, "Compared": 0, "RiskPart": 0, "evidence": 0, "say": 0}
"""Calls whose text people read, and which argument it is."""


def constants(node: ast.AST, module: ast.Module) -> set[str]:
    """The texts that an expression may be: as it stands, by either branch, or by a name or table of the module."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return constants(node.body, module) | constants(node.orelse, module)
    if isinstance(node, ast.Dict):
        return set().union(*(constants(value, module) for value in node.values))
    name = node.value if isinstance(node, ast.Subscript) else node
    if not isinstance(name, ast.Name):
        return set()
    assigned = [n for n in ast.walk(module) if isinstance(n, ast.Assign) and name.id in map(ast.unparse, n.targets)]
    return set().union(*(constants(n.value, module) for n in assigned))


def texts() -> set[str]:
    """Every text in the source that is shown with an alert."""
    found = set()
    for module in SOURCES.values():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and node.args:
                at = TEXT_ARGUMENTS.get(ast.unparse(node.func).rpartition(".")[2])
                if at is not None:
                    found |= constants(node.args[at], module)
    return {text for text in found if text}


def names() -> set[str]:
    """Names of things that sentences have in them, and words of the store."""
    grounds = {small_craft_ground(ground) for ground in range(6)}
    crafts, devices = ("Vessel", "Craft", "Small craft"), ("SART", "MOB device", "EPIRB", "active", "test", "unclear")
    life = ("open", "acknowledged", "silenced", "closed", "retracted", "update", "retract", "unsilence")
    identity = (*(KIND_NAMES[kind] for kind in WRONG_KINDS), *IDENTITY_FIELDS.values())
    others = ("course", "heading", "not reported", "unknown", "kn", "nm", "deg", "not given", "none", *LEVELS)
    dangers = (*CRAFT, *SPEED_KN, "yes", "no", "not known")
    heads = ("Time", "Who", "What", "Alert", "Why", "Name", "State", "Lag", "Losses", "Refused")
    feeds = ("up", "down", "waiting", "connecting", "failed")
    words = (*crafts, *devices, *life, *identity, *others, *dangers, *heads, *feeds, *CONSOLE_TEXTS.values())
    return {*SEVERITIES, *KINDS, *AREA_KINDS, *grounds, *words}


def fields(message: str) -> list[tuple[str, str]]:
    return sorted((name, spec) for _, name, spec, _ in string.Formatter().parse(message) if name is not None)


TEXTS = texts()
PO = (LOCALE / "fr" / "LC_MESSAGES" / "surveil.po").read_text("utf-8")


def as_po(messages: list[str]) -> str:
    return "\n".join(f'msgid "{message}"\nmsgstr ""\n' for message in messages)


def test_the_texts_of_the_rules_are_found():
    assert len(TEXTS) > 40
    assert any("has crossed" in text for text in TEXTS)


def test_every_text_shown_with_an_alert_has_a_french_translation(areas):
    known = read_po(PO)
    rules = rule_classes().values()
    wanted = TEXTS | names() | {cls.known_false_alarms for cls in rules} | {area.name for area in areas.features}
    missing = sorted(text for text in wanted if text not in known and any(c.isalpha() for c in bare(text)))
    assert not missing, f"surveil/locale/fr/LC_MESSAGES/surveil.po lacks:\n{as_po(missing)}"


def test_a_translation_has_the_same_values_in_it_written_the_same_way():
    for message, translation in read_po(PO).items():
        if message:
            assert fields(translation) == fields(message), message


def test_no_translation_is_there_for_what_nobody_says(areas):
    said = TEXTS | names() | {cls.known_false_alarms for cls in rule_classes().values()}
    said |= {area.name for area in areas.features}
    assert sorted(read_po(PO).keys() - said - {""}) == []


@pytest.mark.parametrize(("name", "example"), [e for e in EXAMPLES if e.values[1].fires])
def test_an_alert_is_told_whole_in_french_and_after_it_was_stored(name, example, areas):
    for alert in run_example(name, example, areas):
        stored = Alert.from_dict(json.loads(alert.to_json()))
        assert stored == alert
        french = stored.in_language("fr")
        assert french == alert.in_language("fr")
        assert str(abs(alert.mmsi)) in french.sentence
        assert french.sentence != alert.sentence
        assert french.evidence.ground != alert.evidence.ground
        english = {c.what for c in alert.evidence.compared} & {c.what for c in french.evidence.compared}
        assert english <= {"silence"}
        assert alert.in_language("en").sentence == alert.sentence


def test_a_sentence_knows_what_it_was_made_of():
    inner = Words("{miles:.1f} nm", miles=4.25)
    said = Words("{craft}{where}; since {since:clock}", craft="SIM {A}", where=inner, since=WINTER_MS)
    assert said == "SIM {A}4.2 nm; since 22:00 UTC"
    for other in (Words.from_parts(said.parts()), pickle.loads(pickle.dumps(said)), copy.deepcopy(said)):
        assert (other, other.message, other.values) == (said, said.message, said.values)


def test_numbers_have_the_mark_of_the_language_and_names_stay():
    said = Words("{miles:.1f} nm", miles=4.2)
    assert (translated(said, "en"), translated(said, "fr")) == ("4.2 nm", "4,2 milles")
    assert translated(Words("of {who}", who="4.2 nm"), "fr") == "of 4.2 nm"


def test_lists_are_written_with_commas():
    said = Words("; beaches behind it: {beaches}", beaches=("Sangatte", "Wissant"))
    assert translated(said, "fr") == " ; plages sur l'arrière : Sangatte, Wissant"


def test_times_are_utc_and_the_local_time_of_the_watch_where_it_differs():
    assert (clock(WINTER_MS, "en"), clock(WINTER_MS, "fr")) == ("22:00 UTC", "22:00 UTC (23:00 CET)")
    assert (clock(SUMMER_MS, "en"), clock(SUMMER_MS, "fr")) == ("03:01 UTC (04:01 BST)", "03:01 UTC (05:01 CEST)")


def test_what_has_no_translation_stays_english_and_an_unknown_language_is_refused():
    assert translated("never heard of", "fr") == "never heard of"
    assert translated("", "fr") == ""
    with pytest.raises(ValueError, match="no language 'de'; there are en, fr"):
        translated("low", "de")


def test_a_catalogue_is_read_as_gettext_reads_its_own():
    messages = {"": "Content-Type: text/plain; charset=UTF-8\n", "low": "basse", 'say "no"': "dire « non »\n\\"}
    text = "\n".join(
        "msgid {}\nmsgstr {}\n".format(*(f'"{s}"' for s in map(escaped, pair))) for pair in messages.items()
    )
    assert read_po(text) == messages
    made = gettext.GNUTranslations(io.BytesIO(mo_bytes(messages)))
    assert [made.gettext(m) for m in ("low", 'say "no"', "else")] == ["basse", "dire « non »\n\\", "else"]
    assert {code: catalogue(code).gettext("low") for code in LANGUAGES} == {"en": "low", "fr": "basse"}


def escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def bare(message: str) -> str:
    return "".join(text for text, *_ in string.Formatter().parse(message))
