"""Calls for help in words, as stations send them."""

import pytest

from surveil.rules.distress_call import call_kind


@pytest.mark.parametrize(("text", "kind"), [
    ("MAYDAY RELAY 50-58N 001-31E BOAT SINKING 40 POB", "distress"),
    ("MAN OVER BOARD NEAR SOUTH FALLS", "distress"),
    ("PERSON OVERBOARD", "distress"),
    ("homme à la mer", "distress"),
    ("PERSONNES A LA MER, SECTEUR GRIS NEZ", "distress"),
    ("PAN PAN PAN-PAN ENGINE FAILURE", "urgency"),
    ("VOIE D'EAU", "urgency"),
    ("SAR OPERATION IN PROGRESS, KEEP CLEAR", "rescue"),
    ("MAYDAY TEST ONLY", "test"),
    ("EXERCICE: HOMME A LA MER", "test"),
    ("GALE WARNING DOVER", ""),
    ("COMPANY WITH SPANISH CREW", ""),
    ("SARDINE", ""),
    ("MOBILE 07700", ""),
    ("TEST", ""),
])  # fmt: skip
def test_a_text_is_known_by_its_words_in_both_languages(text, kind):
    assert call_kind(text) == kind
