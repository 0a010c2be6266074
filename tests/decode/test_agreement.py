"""The page that compares decoders is up to date with its script, and explains what it found."""

from __future__ import annotations

import pytest

from surveil.decode.tables import layouts_of
from tools import decoder_agreement as agreement


def test_every_difference_on_the_page_is_explained():
    page = agreement.PAGE.read_text("utf-8")
    assert agreement.NOT_EXPLAINED not in page
    assert "pyais" in page and "gpsd" in page


@pytest.mark.shared
def test_every_difference_from_gpsd_is_explained_and_every_type_compared(shared):
    tally = agreement.against_gpsd(shared / "data/ais")
    assert {what for what, _ in tally.differences} == agreement.GPSD_WHY.keys()
    assert sorted(tally.messages) == [t for t in range(64) if layouts_of(t)]


@pytest.mark.shared
def test_every_difference_from_pyais_is_explained(shared, monkeypatch):
    monkeypatch.setattr(agreement, "MESSAGES", 200)
    tally = agreement.against_pyais(shared / "data/ais")
    assert {what for what, _ in tally.differences} <= agreement.WHY.keys()
    assert tally.messages.total() > 2000
